"""Words of danger, from the message that holds them to the one who says « j'ai vu »; through the tables."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.conversation import ticking
from bot.desk import absences, appointments, digest
from bot.store import tables as t
from bot.store.cases import person
from bot.store.database import Database
from bot.store.vault import Vault
from flows.calendar import days_after, zone
from tests.bot.desk_office import Office, alert, button, words
from tests.bot.web_office import espace

ANNE, PAUL, ADMIN, REFERENT, CLAIRE, YANIS, STRANGER = 701, 702, 703, 704, 801, 802, 999
DANGER = "je veux mourir"
HELP = "3114"
PARIS = zone("Europe/Paris")


@pytest.fixture
def office(database: Database, vault: Vault, now: Any) -> Iterator[Office]:
    made = Office(database, vault, now)
    made.ines = made.join("coach", "Anne", ANNE)
    yield made


@pytest.fixture
def claire(office: Office) -> int:
    made = office.join("participant", "Claire", CLAIRE, office.ines)
    office.heard(ANNE)
    return made


def passes(office: Office, **time: float) -> None:
    """Time goes by, and what is due is done."""
    office.now += timedelta(**time)
    while office.db.write_now(ticking.tick, office.vault, office.house, office.now):
        pass


def events(office: Office, kind: str) -> list[Any]:
    v = t.events
    return list(office.db.read_now(lambda conn: conn.execute(select(v).where(v.c.kind == kind)).all()))


def calls(office: Office, chat: int) -> list[str]:
    return [text for text in words(office.heard(chat)) if "Alerte sans réponse" in text]


STATES = ("invited", "welcomed", "active", "paused", "stopped", "ended")


@pytest.mark.parametrize("state", STATES)
def test_help_comes_in_every_state_and_the_coach_is_called(office: Office, claire: int, state: str) -> None:
    e = t.enrolments
    office.db.write_now(lambda conn: conn.execute(update(e).values(state=state)))
    said = words(office.say(CLAIRE, DANGER))
    assert HELP in said[0] and "Anne" in said[0]
    assert not any(text.endswith("?") for text in said), said
    [told] = words(office.heard(ANNE))
    assert "Claire" in told and DANGER not in told
    assert len(events(office, "distress")) == 1
    assert ("n'est pas gardé" in said[0].replace("’", "'")) == (state in ("invited", "welcomed", "ended"))


def test_a_stranger_is_helped_and_nothing_else(office: Office) -> None:
    said = words(office.say(STRANGER, DANGER))
    assert len(said) == 1 and HELP in said[0] and "gardé" not in said[0]
    assert not events(office, "distress")


def test_a_caption_an_edit_and_words_behind_a_command_are_read(office: Office, claire: int) -> None:
    photo: dict[str, Any] = {"photo": [{"file_id": "f", "width": 9, "height": 9}], "caption": DANGER}
    photo |= {name: value for name, value in office.message(CLAIRE, "").items() if name != "text"}
    office.keep(CLAIRE, "message", photo)
    office.work()
    assert HELP in words(office.heard(CLAIRE))[0]
    assert HELP in words(office.say(CLAIRE, f"/pause\n{DANGER}"))[0]
    message = office.message(CLAIRE, "tout va bien")
    office.keep(CLAIRE, "message", message)
    office.work()
    office.heard(CLAIRE)
    office.keep(CLAIRE, "edited_message", {**message, "text": DANGER, "edit_date": 5})
    office.work()
    assert HELP in words(office.heard(CLAIRE))[0]
    assert len(events(office, "distress")) == 3


def test_nobody_answers_then_the_deputy_then_the_referents(office: Office, claire: int) -> None:
    paul = office.join("coach", "Paul", PAUL)
    office.join("referent", "Sam", REFERENT)
    office.join("admin", "Régie", ADMIN)
    today = office.now.date()
    anne = office.db.read_now(_person, office, ANNE)
    office.do(absences.put, anne, paul, today, today + timedelta(days=3), office.now)
    office.heard(PAUL)
    office.say(CLAIRE, DANGER)
    assert "Claire" in words(office.heard(ANNE))[0] and "Claire" in words(office.heard(PAUL))[0]
    passes(office, minutes=14)
    assert not calls(office, ANNE) and not calls(office, REFERENT)
    passes(office, minutes=1)
    assert calls(office, ANNE) and calls(office, PAUL) and not calls(office, REFERENT)
    passes(office, minutes=15)
    assert calls(office, ANNE) and calls(office, PAUL) and not calls(office, ADMIN)
    [called] = [sent for sent in office.heard(REFERENT) if "Alerte" in sent.text]
    assert DANGER not in called.text and "Anne" in called.text
    office.press(REFERENT, button([called], "J’ai vu"))
    assert "Sam a vu" in words(office.heard(CLAIRE))[-1]
    passes(office, hours=9)
    assert not any(calls(office, chat) for chat in (ANNE, PAUL, REFERENT))
    assert len(events(office, "alert_seen")) == 1 and events(office, "distress")[0].seen_by is not None


def _person(conn: Any, office: Office, chat: int) -> Any:
    row = conn.execute(select(t.people).where(t.people.c.chat_id == chat)).one()
    office.vault.ready(conn, [row.id], office.now)
    return person(office.vault, row)


def test_without_a_coach_in_reach_the_referents_are_called_at_once(office: Office, claire: int) -> None:
    office.join("referent", "Sam", REFERENT)
    p = t.people
    office.db.write_now(lambda conn: conn.execute(update(p).where(p.c.chat_id == ANNE).values(reachable=False)))
    assert "joindre personne" in words(office.say(CLAIRE, DANGER))[0]
    passes(office, seconds=1)
    assert calls(office, REFERENT) and not calls(office, ANNE)


def test_a_house_without_referent_calls_its_admins(office: Office, claire: int) -> None:
    office.join("admin", "Régie", ADMIN)
    office.say(CLAIRE, DANGER)
    passes(office, minutes=30)
    [called] = [sent for sent in office.heard(ADMIN) if "Alerte" in sent.text]
    assert "C’est noté" in words(office.press(ADMIN, button([called], "J’ai vu")))[0]


def test_only_those_who_are_called_may_answer(office: Office, claire: int) -> None:
    office.join("coach", "Paul", PAUL)
    office.say(CLAIRE, DANGER)
    for chat in (PAUL, CLAIRE, STRANGER):
        assert alert(office.press(chat, f"d:ack:{claire}"))
    assert events(office, "distress")[0].seen_at is None
    assert "C’est noté" in words(office.press(ANNE, f"d:ack:{claire}"))[0]
    assert "déjà" in alert(office.press(ANNE, f"d:ack:{claire}"))


def test_a_referent_opens_nothing(office: Office, claire: int) -> None:
    office.join("referent", "Sam", REFERENT)
    office.reply(claire, "journal", "MOTS-SECRETS", how="journal", question="")
    assert "Aucune alerte" in words(office.say(REFERENT, "/alertes"))[0]
    office.say(CLAIRE, DANGER)
    listed = office.say(REFERENT, "/alertes")
    assert "Claire" in words(listed)[0]
    for text in ("/participants", "/espace", "/brief", "/mes_reponses", "/pousser", "bonjour"):
        assert not any("SECRETS" in said or DANGER in said for said in words(office.say(REFERENT, text))), text
    for data in (f"d:r:{claire}", f"d:ro:{claire}:-", f"d:b:{claire}", f"d:hu:{claire}"):
        assert "plus actif" in alert(office.press(REFERENT, data))


def test_a_false_alarm_is_thanked_and_closes_nothing(office: Office, claire: int) -> None:
    said = office.say(CLAIRE, DANGER)
    office.press(CLAIRE, button(said, "fausse"))
    assert any("Fausse alerte" in text for text in words(office.heard(ANNE)))
    passes(office, minutes=15)
    assert calls(office, ANNE) and len(events(office, "false_alarm")) == 1


def test_what_was_on_its_way_waits_until_the_coach_lets_it_go(office: Office, claire: int) -> None:
    office.do(appointments.put, claire, "S1", days_after(office.now, 9, PARIS), None, office.now)
    o = t.outbox
    push = {"cause": "x:1", "chat_id": CLAIRE, "owner_id": claire, "method": "sendMessage", "rank": 3, "state": "ready",
            "attempts": 0, "created_at": office.now}  # fmt: skip

    def put(conn: Any) -> None:
        office.vault.ready(conn, [claire], office.now)
        body = office.vault.seal_json(claire, "outbox.payload", {"params": {"text": "une lecture"}})
        conn.execute(o.insert().values(**push, payload=body))

    office.heard(CLAIRE)
    office.db.write_now(put)
    office.keep(CLAIRE, "message", office.message(CLAIRE, DANGER))
    office.work()
    said = words(office.heard(CLAIRE))
    assert HELP in said[0] and "une lecture" not in " ".join(said)
    passes(office, days=1)
    held = office.db.read_now(lambda conn: conn.execute(select(t.timers.c.why).where(t.timers.c.state == "held")).all())
    assert all(row.why == "distress" for row in held)
    assert not any("une lecture" in text for text in words(office.heard(CLAIRE)))
    with espace(office) as page:
        browser = page.of(office.ines)
        seen = browser.get(f"/espace/personnes/{claire}/actions")
        assert "Envois suspendus" in seen.text
        after = browser.submit(seen, f"/personnes/{claire}/actions/lever")
        assert "reprennent" in after.text or "reprendront" in after.text
    passes(office, days=3)
    said = words(office.heard(CLAIRE))
    assert any("une lecture" in text for text in said) and any("a relancé" in text for text in said)
    enrolment = office.db.read_now(lambda conn: conn.execute(select(t.enrolments.c.held_at)).scalar())
    assert enrolment is None


def test_an_appointment_is_still_reminded(office: Office, claire: int) -> None:
    office.do(appointments.put, claire, "S1", office.now + timedelta(days=2), None, office.now)
    passes(office, minutes=1)
    office.heard(CLAIRE)
    office.say(CLAIRE, DANGER)
    print(
        office.db.read_now(
            lambda conn: conn.execute(
                select(t.timers.c.kind, t.timers.c.due_at, t.timers.c.state, t.timers.c.about)
            ).all()
        )
    )
    passes(office, hours=33)
    assert any("rendez-vous" in text for text in words(office.heard(CLAIRE)))


def test_what_is_heard_in_a_voice_is_read_like_the_rest(office: Office, claire: int) -> None:
    office.file(claire, "m1", "voice", mime="audio/ogg")
    reply = office.reply(claire, "journal", None, how="journal", question="", media=("m1",))
    with espace(office) as page:
        browser = page.of(office.ines)
        seen = browser.get(f"/espace/personnes/{claire}/reponses")
        place = f"/personnes/{claire}/reponses/{reply}/fichiers/m1/texte"
        after = browser.submit(seen, place, mots=f"Voilà, {DANGER}.")
        assert "est gardé avec le fichier" in after.text and DANGER in after.text
    assert HELP in words(office.heard(CLAIRE))[0]
    assert "Claire" in words(office.heard(ANNE))[0]


def test_a_fatigue_said_to_oneself_is_answered_and_told_to_nobody(office: Office, claire: int) -> None:
    tired = "je suis à bout, je n'en peux plus"
    office.db.write_now(lambda conn: conn.execute(t.runs.delete()))
    office.run(claire, "trois-montants", state="waiting", key="montant_plancher", nth=1)
    said = office.say(CLAIRE, tired)
    assert any("ralentir" in text for text in words(said)) and "à bout" not in str(words(office.heard(ANNE)))
    assert events(office, "fatigue") == [] and len(events(office, "fatigue_own")) == 1
    assert not any("ralentir" in text for text in words(office.say(CLAIRE, tired)))  # not twice in a week
    assert "fatigue" not in office.do(digest.now, office.ines, office.now)
    with espace(office) as page:
        assert "fatigue" not in page.of(office.ines).get(f"/espace/personnes/{claire}/suivi").text


def test_energies_that_one_keeps_to_oneself_tell_the_coach_nothing(office: Office, claire: int) -> None:
    _weary(office, claire, private=True)
    assert any("ralentir" in text for text in words(office.heard(CLAIRE))) and events(office, "fatigue") == []
    assert len(events(office, "fatigue_own")) == 1


def test_little_energy_three_times_offers_a_slower_pace_once(office: Office, claire: int) -> None:
    _weary(office, claire)
    said = office.heard(CLAIRE)
    assert any("ralentir" in text for text in words(said)) and len(events(office, "fatigue")) == 1
    office.press(CLAIRE, button(said, "Ralentir"))
    gentle = office.db.read_now(lambda conn: conn.execute(select(t.enrolments.c.gentle)).scalar())
    assert gentle is True


def _weary(office: Office, claire: int, private: bool = False) -> None:
    programme = office.house.library.programmes["bilan"]
    keys = programme.energy[:4]
    for n, name in enumerate(keys):
        flow, _, key = name.partition(".")
        run = office.run(claire, flow, nth=9)
        at = office.now + timedelta(days=n)
        office.reply(claire, key, 1 if n else 8, run=run, at=at, private=private)
    wake = {"enrolment_id": office.db.read_now(office.enrolment, claire), "owner": "e1", "kind": "energy",
            "scope": "fatigue", "due_at": office.now, "state": "pending", "about": {}}  # fmt: skip
    office.db.write_now(lambda conn: conn.execute(t.timers.insert().values(**wake)))
    passes(office, days=4)
