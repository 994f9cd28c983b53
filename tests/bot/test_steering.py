"""What a coach sets in motion for a participant: what they are told, when, and what the coach may not do."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from bot.conversation import ticking
from bot.conversation.speech import coded
from bot.desk import DeskError, appointments, people, review
from bot.desk.leftovers import leftovers
from bot.desk.steering import LONGEST, Steering
from bot.store import tables as t
from bot.store.cases import by_person
from bot.store.database import Database
from bot.store.vault import Vault
from tests.bot import desk_office
from tests.bot.desk_office import Office, Sent, button
from tests.bot.web_office import espace

ANNE, PAUL, CLAIRE = 701, 702, 801
PARIS = ZoneInfo("Europe/Paris")


def words(sent: list[Sent]) -> list[str]:
    """With the spaces of a keyboard."""
    return [said.replace("\xa0", " ").replace("\u202f", " ") for said in desk_office.words(sent)]


@pytest.fixture
def office(database: Database, vault: Vault, now: Any) -> Office:
    """A Tuesday at ten, in Paris; Claire's welcome has begun: a question stands open."""
    office = Office(database, vault, now.astimezone(PARIS).replace(year=2026, month=11, day=24, hour=10))
    office.ines = office.join("coach", "Anne", ANNE)
    office.claire = office.join("participant", "Claire", CLAIRE, office.ines)  # type: ignore[attr-defined]
    return office


def act(office: Office, what: str, *args: Any) -> Any:
    def steer(conn: Any, vault: Vault, house: Any) -> Any:
        by = by_person(conn, vault, [office.ines], office.now)[office.ines].person
        served = people.one(conn, vault, office.claire, office.now)  # type: ignore[attr-defined]
        assert by is not None and served is not None
        return getattr(Steering(conn, vault, house, served, by, office.now), what)(*args)

    return office.do(steer)


def tick(office: Office, **later: float) -> list[str]:
    """What Claire hears when the clock has moved on."""
    office.now += timedelta(**later)
    while office.db.write_now(ticking.tick, office.vault, office.house, office.now):
        pass
    return words(office.heard(CLAIRE))


def refused(office: Office, what: str, *args: Any) -> str:
    with pytest.raises(DeskError) as error:
        act(office, what, *args)
    return error.value.reason


def close_all(office: Office) -> None:
    office.db.write_now(lambda conn: conn.execute(update(t.runs).values(state="done")))


def state(office: Office) -> str:
    query = select(t.enrolments.c.state)
    return str(office.db.read_now(lambda conn: conn.execute(query).scalar_one()))


def read(office: Office) -> list[review.Read]:
    return list(office.do(review.replies, office.claire, office.now, for_coach=True))  # type: ignore[attr-defined]


# --- a question ------------------------------------------------------------------------------


QUESTIONS = ["Et la danse ?", "*Vraiment* <b>_sûre_</b> & [x](y) `z` ?", "# Un\n- deux\n1. trois", "نور ?"]


@pytest.mark.parametrize("asked", QUESTIONS)
def test_a_question_of_the_coach_is_asked_and_its_answer_comes_back(office: Office, asked: str) -> None:
    close_all(office)
    assert act(office, "ask", asked) == office.now
    [put] = tick(office)
    assert asked in put
    office.say(CLAIRE, "J'y pense encore.")
    office.say(CLAIRE, "Un jour, peut-être.")
    office.press(CLAIRE, _finish(office))
    [answer] = [one for one in read(office) if one.flow == "question-du-coach"]
    assert answer.value == "J'y pense encore.\n\nUn jour, peut-être."
    kept = office.db.read_now(lambda conn: conn.execute(select(t.runs.c.words)).scalars().all())
    assert not any(asked.encode() in bytes(one) for one in kept if one)


def _finish(office: Office) -> str:
    run = office.db.read_now(lambda conn: conn.execute(select(t.runs).where(t.runs.c.state == "waiting")).one())
    return f"a:{coded(run.id)}:{run.step}:!fin"


def test_it_waits_for_the_open_question_and_for_the_morning(office: Office) -> None:
    office.now = office.now.replace(hour=22)
    at = act(office, "ask", "Et la danse ?")
    assert at.astimezone(PARIS).hour == 9 and at > office.now
    assert tick(office, minutes=1) == []
    tick(office, hours=12)
    assert "Et la danse" not in str(tick(office, hours=1))  # the welcome's question stands open
    close_all_but_queued(office)
    office.say(CLAIRE, "/reprendre")
    assert "Et la danse ?" in str(tick(office)) or "Et la danse ?" in str(words(office.say(CLAIRE, "/reprendre")))


def close_all_but_queued(office: Office) -> None:
    close = update(t.runs).where(t.runs.c.flow != "question-du-coach").values(state="done")
    office.db.write_now(lambda conn: conn.execute(close))


def test_a_question_without_words_or_too_long_is_refused(office: Office) -> None:
    assert refused(office, "ask", " \n") == "no_words"
    assert refused(office, "ask", "é" * (LONGEST + 1)) == "many_words"
    assert act(office, "ask", "é" * LONGEST)


# --- a pause ---------------------------------------------------------------------------------


def test_a_pause_by_the_coach_is_told_and_ends_by_itself(office: Office) -> None:
    until = act(office, "pause", 2)
    assert state(office) == "paused" and (until - office.now).days >= 13
    [told] = tick(office)
    assert told.startswith("Anne a mis votre programme en pause") and "/reprendre" in told
    tick(office, days=16)
    assert state(office) == "active"


def test_it_can_be_taken_back(office: Office) -> None:
    act(office, "pause", 4)
    act(office, "resume")
    tick(office, minutes=1)
    assert state(office) == "active"
    assert refused(office, "resume") == "not_paused"
    assert refused(office, "pause", 3) == "unknown_state"


def test_nothing_is_set_in_motion_for_whoever_stopped(office: Office) -> None:
    office.say(CLAIRE, "/stop")
    office.press(CLAIRE, "c:stop:oui")
    for what, args in (("pause", [1]), ("ask", ["?"]), ("send", ["capsule:marge"]), ("set_aside", [])):
        assert refused(office, what, *args) == "has_stopped"


# --- a reading -------------------------------------------------------------------------------


def test_a_capsule_is_sent_once_beside_the_open_question(office: Office) -> None:
    flow = f"capsule:{sorted(office.house.library.capsules)[0]}"
    act(office, "send", flow)
    assert refused(office, "send", flow) == "already_read"
    heard = tick(office)
    assert heard[0].startswith("Anne vous propose une lecture")
    assert office.house.library.flow(flow).title in heard[1]
    assert refused(office, "send", flow) == "already_read"
    assert refused(office, "send", "capsule:rien") == refused(office, "send", "accueil") == "unknown_capsule"


def test_in_a_pause_a_reading_waits(office: Office) -> None:
    act(office, "pause", 1)
    tick(office)
    act(office, "send", f"capsule:{sorted(office.house.library.capsules)[0]}")
    assert tick(office, hours=1) == []
    act(office, "resume")
    assert "lecture" in str(tick(office, hours=1) + tick(office, hours=24))


# --- put aside, let fall, opened again ---------------------------------------------------------


def test_the_open_question_is_put_aside_and_offered_again_a_day_later(office: Office) -> None:
    act(office, "set_aside")
    heard = tick(office)
    assert heard[0].startswith("Anne a mis la dernière question de côté")
    [left] = [one for one in office.do(_left, office) if one.key]
    assert left.how == "skipped"
    office.db.write_now(lambda conn: conn.execute(update(t.enrolments).values(asked_at=office.now)))
    at = act(office, "reopen", left.run, left.key)
    assert at >= office.now + timedelta(days=1)
    tick(office, hours=20)
    office.now = at
    tick(office)
    office.now = at + timedelta(minutes=1)
    sent = office.do(_sent, office)
    assert any("Y revenir" in str(buttons) for buttons in sent)


def _left(conn: Any, vault: Vault, house: Any, office: Any) -> Any:
    served = people.one(conn, vault, office.claire, office.now)
    assert served is not None
    return leftovers(conn, vault, house, served, office.now)


def _sent(conn: Any, vault: Vault, house: Any, office: Any) -> list[Any]:
    o = t.outbox
    rows = conn.execute(select(o).where(o.c.chat_id == CLAIRE)).all()
    vault.ready(conn, [row.owner_id for row in rows], office.now)
    return [vault.open_json(row.owner_id, "outbox.payload", row.payload)["params"].get("reply_markup") for row in rows]


def test_what_was_let_fall_does_not_come_back_when_the_appointment_moves(office: Office) -> None:
    claire = office.claire  # type: ignore[attr-defined]
    office.do(appointments.put, claire, "S1", office.now + timedelta(days=10), None, office.now)

    def ahead() -> dict[str, int]:
        w = t.timers
        pending = select(w).where(w.c.kind == "envoi", w.c.state == "pending")
        rows = office.db.read_now(lambda conn: conn.execute(pending).all())
        return {row.about["envoi"]: row.id for row in rows}

    envoi, timer = next(iter(ahead().items()))
    act(office, "skip", timer)
    assert envoi not in ahead()
    assert refused(office, "skip", timer) == "already_left"
    office.do(appointments.put, claire, "S1", office.now + timedelta(days=12), None, office.now)
    assert ahead() and envoi not in ahead()


def test_a_private_question_cannot_be_opened_again_by_the_coach(office: Office) -> None:
    flow, key = next(
        (flow, step.id)
        for flow in office.house.library.flows.values()
        for step in flow.steps
        if getattr(step, "private", False)
    )
    run = office.run(office.claire, flow.id, state="done")  # type: ignore[attr-defined]
    office.reply(office.claire, key, None, run=run, how="skipped", private=True)  # type: ignore[attr-defined]
    assert office.do(_left, office) == []
    assert refused(office, "reopen", run, key) == "nothing_to_reopen"


# --- on the page and in the chat ---------------------------------------------------------------


def test_the_page_says_what_happens_and_when(office: Office) -> None:
    claire = office.claire  # type: ignore[attr-defined]
    office.now = office.now.replace(hour=22)
    with espace(office) as page:
        browser = page.of(office.ines)
        seen = browser.get(f"/espace/personnes/{claire}/actions")
        asked = browser.submit(seen, "/question", question="Et la danse ?")
        assert "prochaine heure permise" in asked.text and "Prévu mercredi 25 novembre à 9 h" in asked.text
        paused = browser.submit(asked, "/pause", semaines="2")
        assert "La pause est posée" in paused.text and "en pause jusqu" in paused.text
        follow = browser.get(f"/espace/personnes/{claire}/suivi")
        assert "Question de Anne" in follow.text and "Pause jusqu" in follow.text and "Et la danse" not in follow.text
        fallen = browser.submit(follow, "/passer")
        assert "cela ne partira pas" in fallen.text
        assert len(page.woken) == 3


def test_a_refusal_keeps_what_was_typed(office: Office) -> None:
    claire = office.claire  # type: ignore[attr-defined]
    with espace(office) as page:
        browser = page.of(office.ines)
        long = "pourquoi " * 200
        refused_ = browser.submit(browser.get(f"/espace/personnes/{claire}/actions"), "/question", question=long)
        assert refused_.status == 422 and long.strip() in " ".join(refused_.text.split())


def test_the_chat_offers_the_same(office: Office) -> None:
    claire = office.claire  # type: ignore[attr-defined]
    card = office.press(ANNE, f"d:p:{claire}")
    assert words(office.press(ANNE, button(card, "À venir")))[0].startswith("À venir pour Claire")
    asked = office.press(ANNE, button(card, "Poser une question"))
    assert "Votre prochain message lui sera posé" in words(asked)[0]
    assert "dépasse de 5 signes" in words(office.say(ANNE, "é" * (LONGEST + 5)))[0]
    assert "Votre question part" in words(office.say(ANNE, "Et la danse ?"))[0]
    weeks = office.press(ANNE, button(card, "Pause"))
    assert "est posée jusqu" in words(office.press(ANNE, button(weeks, "2 semaines")))[0]
    again = office.press(ANNE, button(office.press(ANNE, f"d:p:{claire}"), "Pause"))
    assert "reprend" in words(office.press(ANNE, button(again, "Reprendre")))[0]


def test_todays_list_in_the_chat(office: Office) -> None:
    claire = office.claire  # type: ignore[attr-defined]
    assert "Rien de prévu : Claire" in words(office.say(ANNE, "/aujourdhui"))[0]
    office.do(appointments.put, claire, "S1", office.now + timedelta(days=2), None, office.now)
    office.reply(claire, "journal", "DES MOTS", how="journal", question="")
    [said] = office.say(ANNE, "/aujourdhui")
    assert "jeudi 26 novembre à 10 h, Claire" in words([said])[0] and "À lire : Claire (1)" in words([said])[0]
    assert "DES MOTS" not in said.text
    assert "Claire" in words(office.press(ANNE, button([said], "Claire")))[0]
