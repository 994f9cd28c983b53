"""A participant passes to another coach: who hears what, who may read what from then on, and what falls away."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot.conversation import ticking
from bot.desk import DeskError, appointments, handover, notes, people
from bot.store import tables as t
from bot.store.cases import by_person
from bot.store.database import Database
from bot.store.vault import Vault
from tests.bot.desk_office import Office, button, words
from tests.bot.web_office import espace

ANNE, PAUL, CLAIRE = 701, 702, 801


@pytest.fixture
def office(database: Database, vault: Vault, now: Any) -> Office:
    office = Office(database, vault, now)
    office.ines = office.join("coach", "Anne", ANNE)
    return office


@pytest.fixture
def paul(office: Office) -> int:
    return office.join("coach", "Paul", PAUL)


@pytest.fixture
def claire(office: Office) -> int:
    claire = office.join("participant", "Claire", CLAIRE, office.ines)
    office.do(appointments.put, claire, "S1", office.now + timedelta(days=3), None, office.now)
    office.reply(claire, "journal", "DES MOTS", how="journal", question="")
    office.heard(CLAIRE), office.heard(ANNE)
    return claire


def give(office: Office, person: int, to: int, with_notes: bool = False) -> str:
    def act(conn: Any, vault: Vault, house: Any) -> str:
        giver = by_person(conn, vault, [office.ines], office.now)[office.ines].person
        served = people.one(conn, vault, person, office.now)
        assert giver is not None and served is not None
        return handover.hand_over(conn, vault, house, served, giver, to, with_notes, office.now)

    return office.do(act)  # type: ignore[no-any-return]


def live_on(office: Office, days: float) -> None:
    end = office.now + timedelta(days=days)
    while office.now < end:
        office.now += timedelta(hours=1)
        while office.db.write_now(ticking.tick, office.vault, office.house, office.now):
            pass


def briefs(office: Office) -> list[Any]:
    w = t.timers
    query = select(w.c.due_at).where(w.c.kind == "brief", w.c.state == "pending")
    return list(office.db.read_now(lambda conn: conn.execute(query).scalars().all()))


def test_each_hears_what_concerns_them(office: Office, paul: int, claire: int) -> None:
    office.now = office.now.replace(hour=22)  # night, in Paris
    assert give(office, claire, paul) == "Paul"
    [told] = words(office.heard(PAUL))
    assert "Anne vous confie Claire" in told and "1 réponse à lire" in told and "DES MOTS" not in told
    assert not office.heard(CLAIRE)
    live_on(office, 1)
    said = words(office.heard(CLAIRE))
    assert len([text for text in said if "c’est Paul qui vous accompagne" in text]) == 1


def test_the_one_who_gives_sees_nothing_any_more(office: Office, paul: int, claire: int) -> None:
    office.say(ANNE, "/participants")
    card = button(office.press(ANNE, f"d:p:{claire}"), "Réponses")
    with espace(office) as page:
        anne, new = page.of(office.ines), page.of(paul)
        assert anne.get(f"/espace/personnes/{claire}/reponses").status == 200
        give(office, claire, paul)
        for path in ("", "/reponses", "/notes", "/rendez-vous", "/fiche"):
            assert anne.get(f"/espace/personnes/{claire}{path}").status == 404
            assert new.get(f"/espace/personnes/{claire}{path}").status == 200
    assert "pas dans votre liste" in str(office.press(ANNE, card)[0].params["text"])
    assert "Claire" not in str(words(office.say(ANNE, "/participants")))
    assert "DES MOTS" in str(words(office.press(PAUL, f"d:rs:{claire}:-")))


def test_private_notes_pass_only_when_asked(office: Office, paul: int, claire: int) -> None:
    def seen(reader: int) -> list[str]:
        def read(conn: Any, vault: Vault, house: Any) -> list[str]:
            served = people.one(conn, vault, claire, office.now)
            assert served is not None
            return [str(note.body["text"]) for note in notes.private(conn, vault, served, reader)[0]]

        return office.do(read)  # type: ignore[no-any-return]

    def keep(conn: Any, vault: Vault, house: Any) -> None:
        served = people.one(conn, vault, claire, office.now)
        assert served is not None
        notes.note(conn, vault, served, office.ines, "à moi", office.now)

    office.do(keep)
    give(office, claire, paul)
    assert (seen(office.ines), seen(paul)) == (["à moi"], [])
    office.db.write_now(lambda conn: conn.execute(update(t.enrolments).values(coach_id=office.ines)))
    give(office, claire, paul, with_notes=True)
    assert (seen(office.ines), seen(paul)) == ([], ["à moi"])


def test_what_waited_for_the_one_who_gives_falls_away(office: Office, paul: int, claire: int) -> None:
    office.press(ANNE, f"d:rs:{claire}:-")
    office.keep(ANNE, "callback_query", {"id": "x", "data": f"d:rs:{claire}:-", "message": {
        "message_id": 7, "chat": {"id": ANNE, "type": "private"}, "date": 0}})  # fmt: skip
    office.work()
    give(office, claire, paul)
    assert "DES MOTS" not in str(words(office.heard(ANNE)))


def test_the_brief_follows_the_new_coach_hour_and_zone(office: Office, paul: int, claire: int) -> None:
    [before] = briefs(office)
    far = {"zone": "America/Martinique", "digest": {"day": 0, "hour": 8, "brief": 9}}
    office.db.write_now(lambda conn: conn.execute(update(t.people).where(t.people.c.id == paul).values(**far)))
    give(office, claire, paul)
    [after] = briefs(office)
    assert after != before and after.hour == 13  # 9 h in Martinique


def test_on_the_eve_the_new_coach_has_the_brief_too_and_with_a_sound(office: Office, paul: int, claire: int) -> None:
    live_on(office, 2.5)
    [old] = [one for one in office.heard(ANNE) if one.params.get("protect_content")]
    assert "DES MOTS" in old.text
    give(office, claire, paul)
    live_on(office, 0.1)
    [told] = [one for one in office.heard(PAUL) if one.params.get("protect_content")]
    assert told.text == old.text and told.params["disable_notification"] is False
    live_on(office, 0.3)
    assert not [one for one in office.heard(PAUL) if one.params.get("protect_content")]


@pytest.mark.parametrize("who", ["oneself", "participant", "nobody", "unreachable"])
def test_only_another_coach_who_can_be_reached(office: Office, paul: int, claire: int, who: str) -> None:
    gone = update(t.people).where(t.people.c.id == paul).values(reachable=False)
    office.db.write_now(lambda conn: conn.execute(gone))
    to = {"oneself": office.ines, "participant": claire, "nobody": 9999, "unreachable": paul}[who]
    with pytest.raises(DeskError) as refused:
        give(office, claire, to)
    assert refused.value.reason == "unknown_colleague"
    assert not office.heard(PAUL)


def test_on_the_page_it_is_said_then_confirmed(office: Office, paul: int, claire: int) -> None:
    with espace(office) as page:
        browser = page.of(office.ines)
        asked = browser.get(f"/espace/personnes/{claire}/relais?coach={paul}")
        assert "Claire l'apprendra tout de suite" in asked.text.replace("’", "'")
        assert "Paul recevra tout de suite" in asked.text and "Vous ne verrez plus rien" in asked.text
        done = browser.submit(asked, "/relais")
        assert "C'est fait" in done.text.replace("’", "'") and "Claire" not in done.text


def test_the_page_says_when_the_participant_will_know(office: Office, paul: int, claire: int) -> None:
    office.now = office.now.replace(hour=22)
    with espace(office) as page:
        browser, path = page.of(office.ines), f"/espace/personnes/{claire}/relais?coach={paul}"
        assert "mardi 3 novembre à 9 h, à une heure qui ne dérange pas" in browser.get(path).text
        office.db.write_now(lambda conn: conn.execute(update(t.enrolments).values(state="stopped")))
        assert "ne recevra pas de message" in browser.get(path).text
    give(office, claire, paul)
    live_on(office, 2)
    assert not office.heard(CLAIRE)


def test_it_is_given_once(office: Office, paul: int, claire: int) -> None:
    """The second of two windows of the one who gives."""
    other = office.join("coach", "Zoé", 703)
    give(office, claire, paul)
    with pytest.raises(DeskError) as refused:
        give(office, claire, other)
    assert refused.value.reason == "unknown_person"
    assert not office.heard(703)[1:]


def test_what_was_not_told_is_in_the_digest_of_the_one_who_takes(office: Office, paul: int, claire: int) -> None:
    give(office, claire, paul)
    office.heard(PAUL)
    assert "Claire" in words(office.say(PAUL, "/digest"))[0]
    assert "Claire" not in words(office.say(ANNE, "/digest"))[0]


def test_the_same_confirmation_twice_is_told_so(office: Office, paul: int, claire: int) -> None:
    with espace(office) as page:
        browser = page.of(office.ines)
        form = browser.get(f"/espace/personnes/{claire}/relais?coach={paul}").form("/relais")
        assert browser.post(form["action"], form).status == 303
        again = browser.post(form["action"], form)
        assert again.headers["location"].startswith("/espace/personnes?") and "déjà fait" in browser.follow(again).text


def distress(office: Office, person: int, seen: bool) -> None:
    def put(conn: Any) -> None:
        id = office.enrolment(conn, person)
        row = {"enrolment_id": id, "at": office.now, "kind": "distress", "about": {}}
        conn.execute(insert(t.events).values(**row, seen_at=office.now if seen else None))
        conn.execute(update(t.enrolments).where(t.enrolments.c.id == id).values(held_at=office.now))

    office.db.write_now(put)


def test_an_alert_that_nobody_saw_goes_along_and_may_be_seen(office: Office, paul: int, claire: int) -> None:
    distress(office, claire, seen=False)
    with espace(office) as page:
        asked = page.of(office.ines).get(f"/espace/personnes/{claire}/relais?coach={paul}")
        assert "Paul recevra aussi l’alerte" in asked.text
    give(office, claire, paul)
    told = office.heard(PAUL)
    assert "moment grave" in str(words(told)) and "DES MOTS" not in str(words(told))
    office.press(PAUL, button(told, "J’ai vu"))
    seen_by = office.db.read_now(lambda conn: conn.execute(select(t.events.c.seen_by).where(
        t.events.c.kind == "distress")).scalar_one())  # fmt: skip
    assert seen_by == paul


def test_a_hold_goes_along_and_may_be_lifted(office: Office, paul: int, claire: int) -> None:
    distress(office, claire, seen=True)
    with espace(office) as page:
        browser = page.of(office.ines)
        assert "Rien ne part depuis l’alerte" in browser.get(f"/espace/personnes/{claire}").text
        assert "Les envois restent suspendus" in browser.get(f"/espace/personnes/{claire}/relais?coach={paul}").text
    give(office, claire, paul)
    told = office.heard(PAUL)
    assert "sont suspendus depuis l" in str(words(told)) and "moment grave" not in str(words(told))
    assert "reprennent" in str(words(office.press(PAUL, button(told, "Relancer les envois"))))
