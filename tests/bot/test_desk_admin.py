"""An admin's chat: somebody invited with their coach and cohort, and who is there, counted."""

from typing import Any

import pytest
from sqlalchemy import select

from bot.admin import placing
from bot.desk import cohorts
from bot.store import audit
from bot.store import tables as t
from bot.store.audit import OPERATOR
from bot.store.database import Database
from bot.store.vault import Vault
from tests.bot.desk_office import Office, Sent, alert, button, words

ADMIN = 703


@pytest.fixture
def office(database: Database, vault: Vault, now: Any) -> Office:
    office = Office(database, vault, now)
    office.join("admin", "Nadia", ADMIN)
    office.ines = office.join("coach", "Anne", 701)
    return office


def chosen(office: Office, sent: list[Sent], label: str) -> list[Sent]:
    return office.press(ADMIN, button(sent, label))


def spaced(sent: list[Sent]) -> str:
    return words(sent)[0].replace("\u00a0", " ")


def enrolled(office: Office) -> list[Any]:
    e = t.enrolments.c
    query = select(e.coach_id, e.cohort, e.format, e.programme, e.state).order_by(e.id)
    return office.db.read_now(lambda conn: [tuple(row) for row in conn.execute(query)])


@pytest.mark.parametrize("asked", [True, False], ids=["name asked", "name given"])
def test_somebody_is_invited_with_their_coach_and_cohort(office: Office, asked: bool) -> None:
    office.db.write_now(cohorts.create, OPERATOR, "été", office.now)
    marc = office.join("coach", "Marc", 702)
    if asked:
        assert "Quel est le prénom" in words(office.say(ADMIN, "/inviter"))[0]
        sent = office.say(ADMIN, "Claire")
    else:
        sent = office.say(ADMIN, "/inviter Claire")
    assert "Qui accompagnera Claire" in words(sent)[0]
    sent = chosen(office, sent, "Marc")
    assert "Dans quelle cohorte" in words(sent)[0]
    said = words(chosen(office, sent, "été"))
    assert "L'invitation de Claire est prête" in said[0].replace("’", "'") and "t.me/marge_essai_bot?start=" in said[1]
    assert enrolled(office) == [(marc, "été", "accompagne", "bilan", "invited")]
    [entry] = office.db.read_now(audit.newest, 9, None, "invite")
    assert (entry.by.role, entry.by.door, entry.about["coach"], entry.about["cohort"]) == (
        "admin",
        "telegram",
        marc,
        "été",
    )
    office.say(801, f"/start {said[1].split('start=')[1].split()[0]}")
    assert enrolled(office)[0][4] == "welcomed"


def test_without_a_cohort_there_is_nothing_more_to_ask(office: Office) -> None:
    sent = chosen(office, office.say(ADMIN, "/inviter Claire"), "Anne")
    assert "est prête" in words(sent)[0] and enrolled(office) == [(office.ines, None, "accompagne", "bilan", "invited")]
    office.db.write_now(cohorts.create, OPERATOR, "été", office.now)
    sent = chosen(office, office.say(ADMIN, "/inviter Paul"), "Anne")
    chosen(office, sent, "Aucune cohorte")
    assert enrolled(office)[1][1] is None


def test_an_older_button_invites_nobody(office: Office) -> None:
    office.db.write_now(cohorts.create, OPERATOR, "été", office.now)
    first = office.say(ADMIN, "/inviter Claire")
    second = office.say(ADMIN, "/inviter Paul")
    assert alert(chosen(office, first, "Anne")) != ""
    group = chosen(office, second, "Anne")
    assert alert(chosen(office, second, "Anne")) != ""
    chosen(office, group, "été")
    assert alert(chosen(office, group, "été")) != "" and len(enrolled(office)) == 1
    for odd in ("d:pc:", "d:pk:x:0", "d:pc:abc:p", "d:pk::-", "d:pc:x:99999"):
        assert alert(office.press(ADMIN, odd)) != ""
    assert len(enrolled(office)) == 1


def test_what_cannot_be_is_told(office: Office) -> None:
    chosen(office, office.say(ADMIN, "/inviter Claire"), "Anne")
    said = words(chosen(office, office.say(ADMIN, "/inviter claire"), "Anne"))
    assert "figure déjà" in said[0] and len(enrolled(office)) == 1
    assert "prénom de 1 à 64" in words(office.say(ADMIN, f"/inviter {'x' * 65}"))[0]
    assert len(enrolled(office)) == 1


def test_before_there_is_a_coach(database: Database, vault: Vault, now: Any) -> None:
    office = Office(database, vault, now)
    office.join("admin", "Nadia", ADMIN)
    assert "/inviter_coach" in words(office.say(ADMIN, "/inviter Claire"))[0]
    assert "pas encore de cohorte" in words(office.say(ADMIN, "/cohortes"))[0]
    assert "encore inscrit" in words(office.say(ADMIN, "/personnes"))[0]


def test_many_coaches_and_cohorts_are_leafed_through(office: Office) -> None:
    for n in range(placing.PAGE + 2):
        office.join("coach", f"Coach {n:02}", 7100 + n)
        office.db.write_now(cohorts.create, OPERATOR, f"cohorte {n:02} " + "é" * 40, office.now)
    sent = office.say(ADMIN, "/inviter Claire")
    sent = chosen(office, sent, "Suite")
    sent = chosen(office, sent, "Coach 09")
    sent = chosen(office, sent, "Suite")
    assert all(len(data.encode()) <= 64 for each in sent for data in each.buttons.values())
    chosen(office, sent, "cohorte 09")
    assert enrolled(office)[0][1] == "cohorte 09 " + "é" * 40


def test_who_is_there_is_counted(office: Office) -> None:
    office.join("participant", "Claire", 801, office.ines, cohort="été")
    office.invite("participant", "Paul", office.ines, cohort="été *gras*")
    office.db.write_now(cohorts.close, OPERATOR, "été", office.now)
    said = spaced(office.say(ADMIN, "/cohortes"))
    assert "• été *gras* : 1 personne" in said and "• été (close) : 1 personne" in said
    said = spaced(office.say(ADMIN, "/personnes"))
    assert "• lien pas encore ouvert : 1" in said and "• en cours : 1" in said and "Claire" not in said


def test_a_coach_has_none_of_it(office: Office) -> None:
    for command in ("/cohortes", "/personnes"):
        assert "commande" in words(office.say(701, command))[0]
    office.db.write_now(cohorts.create, OPERATOR, "été", office.now)
    held = office.say(ADMIN, "/inviter Claire")
    assert alert(office.press(701, button(held, "Anne"))) != "" and enrolled(office) == []


def test_every_link_given_by_chat_leaves_its_row(office: Office) -> None:
    office.say(701, "/inviter Claire")
    office.say(ADMIN, "/inviter_coach Marc")
    claire = office.join("participant", "Paul", 801, office.ines)
    office.press(701, f"d:n:{claire}")
    found = [entry for entry in office.db.read_now(audit.newest, 20) if entry.by.door == "telegram"]
    assert [(entry.action, entry.by.role) for entry in found] == [
        ("reinvite", "coach"), ("invite_staff", "admin"), ("invite", "coach")]  # fmt: skip
    assert found[0].about == {"person": claire, "moves": True} and found[1].about["role"] == "coach"
