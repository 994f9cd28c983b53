"""What a coach sets in motion for a participant: what they are told, when, and what the coach may not do."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, update

from bot.conversation import actions, ticking
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


def test_a_pause_until_a_date_ends_that_day(office: Office) -> None:
    today = office.now.astimezone(PARIS).date()
    until = act(office, "pause_until", today + timedelta(days=10))
    assert until.astimezone(PARIS).date() == today + timedelta(days=10) and state(office) == "paused"
    for wrong in (today, today - timedelta(days=1), today + timedelta(days=400)):
        assert refused(office, "pause_until", wrong) == "pause_date"


def test_whoever_takes_it_back_is_named_and_a_pause_untold_stays_untold(office: Office) -> None:
    office.now = office.now.replace(hour=22)
    act(office, "pause", 2)
    at = act(office, "resume")
    office.now = at
    assert act(office, "resume") == at
    heard = tick(office)
    assert heard[0].startswith("Anne a repris votre programme avec vous")
    assert not any("en pause" in said for said in heard)


def test_a_pause_lifted_by_themselves_is_not_announced_afterwards(office: Office) -> None:
    office.now = office.now.replace(hour=22)
    act(office, "pause", 2)
    office.say(CLAIRE, "/reprendre")
    assert state(office) == "active"
    assert not any("en pause" in said for said in tick(office, hours=14))


def test_nothing_is_set_in_motion_for_whoever_stopped(office: Office) -> None:
    office.say(CLAIRE, "/stop")
    office.press(CLAIRE, "c:stop:oui")
    for what, args in (("pause", [1]), ("ask", ["?"]), ("send", ["capsule:marge"]), ("set_aside", [])):
        assert refused(office, what, *args) == "has_stopped"


def test_what_a_pause_holds_is_shown_and_may_be_let_fall(office: Office) -> None:
    claire = office.claire  # type: ignore[attr-defined]
    act(office, "send", f"capsule:{sorted(office.house.library.capsules)[0]}")
    act(office, "pause", 1)
    tick(office)
    with espace(office) as page:
        browser = page.of(office.ines)
        seen = browser.get(f"/espace/personnes/{claire}/suivi")
        assert "retenu pour l’instant" in seen.text and "programme en pause" in seen.text
        assert "seuls les rappels des rendez-vous partent" in seen.text
        fallen = browser.submit(seen, "/passer")
    assert "retenu pour l’instant" not in fallen.text
    assert settled(office, "capsule") == ("skipped", "coach")


# --- a reading -------------------------------------------------------------------------------


def test_a_capsule_is_sent_once_beside_the_open_question(office: Office) -> None:
    flow = f"capsule:{sorted(office.house.library.capsules)[0]}"
    act(office, "send", flow)
    assert refused(office, "send", flow) == "already_read"
    heard = tick(office)
    assert heard[0].startswith("Anne vous propose une lecture")
    assert office.house.library.flow(flow).title.replace("\u202f", " ") in heard[1]
    assert refused(office, "send", flow) == "already_read"
    assert refused(office, "send", "capsule:rien") == refused(office, "send", "accueil") == "unknown_capsule"


def test_the_page_marks_what_was_received_alone_or_in_a_module(office: Office) -> None:
    claire = office.claire  # type: ignore[attr-defined]
    first, second, third = sorted(office.house.library.capsules)[:3]
    module = office.run(claire, "doux-energie", state="done")
    said = update(t.runs).where(t.runs.c.id == module).values(said=[f"experiences[0].{second}"])
    office.db.write_now(lambda conn: conn.execute(said))
    act(office, "send", f"capsule:{first}")
    with espace(office) as page:
        seen = page.of(office.ines).get(f"/espace/personnes/{claire}/actions").html
    options = {id: seen.partition(f'value="{id}"')[2].partition("</option>")[0] for id in (first, second, third)}
    assert options[first].startswith(" disabled") and "déjà reçue" in options[first]
    assert not options[second].startswith(" disabled") and "déjà reçue" in options[second]
    assert "déjà reçue" not in options[third]
    act(office, "send", f"capsule:{second}")


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


def aside(office: Office) -> Any:
    """The welcome's open question, put aside a while ago."""
    act(office, "set_aside")
    tick(office)
    office.now += timedelta(hours=30)
    return next(one for one in office.do(_left, office) if one.key)


def offers(office: Office) -> int:
    return sum("Y revenir" in str(buttons) for buttons in office.do(_sent, office))


def test_what_was_taken_up_meanwhile_is_not_offered_again(office: Office) -> None:
    left = aside(office)
    office.now = office.now.replace(hour=23)
    at = act(office, "reopen", left.run, left.key)
    assert at > office.now
    reply = select(t.replies.c.id).where(t.replies.c.run_id == left.run, t.replies.c.key == left.key)
    number = office.db.read_now(lambda conn: conn.execute(reply).scalar_one())
    office.press(CLAIRE, f"c:amend:{number}")
    office.say(CLAIRE, "7")
    assert [one for one in office.do(_left, office) if one.key == left.key] == []
    office.now = at
    tick(office)
    assert offers(office) == 0
    assert settled(office, "reopen") == ("stale", "answered")


def settled(office: Office, kind: str) -> tuple[str, str]:
    query = select(t.timers.c.state, t.timers.c.why).where(t.timers.c.kind == kind)
    return tuple(office.db.read_now(lambda conn: conn.execute(query).one()))  # type: ignore[return-value]


def test_two_proposals_leave_a_day_apart(office: Office) -> None:
    left = aside(office)
    at = act(office, "reopen", left.run, left.key)
    module = office.run(office.claire, "doux-energie", state="dormant")  # type: ignore[attr-defined]
    assert act(office, "reopen", module, None) >= at + timedelta(days=1)
    tick(office)
    query = select(t.timers.c.state, t.timers.c.due_at).where(t.timers.c.kind == "reopen").order_by(t.timers.c.id)
    first, second = office.db.read_now(lambda conn: conn.execute(query).all())
    assert (first.state, second.state) == ("fired", "pending")
    assert second.due_at >= office.now + timedelta(days=1)


def test_a_proposal_keeps_a_day_from_what_left_meanwhile(office: Office) -> None:
    """It was planned for now, and something else left this morning (S16)."""
    left = aside(office)
    office.now = office.now.replace(day=26, hour=10)
    assert act(office, "reopen", left.run, left.key) == office.now
    morning = update(t.enrolments).values(asked_at=office.now - timedelta(hours=1))
    office.db.write_now(lambda conn: conn.execute(morning))
    tick(office, hours=2)
    assert offers(office) == 0
    tick(office, hours=22)
    assert offers(office) == 1


def test_a_question_that_was_read_cannot_be_taken_back(office: Office) -> None:
    """Late in the evening Claire ends what was open: the coach's question comes at once, before its hour."""
    office.now = office.now.replace(hour=22)
    act(office, "ask", "Et la danse ?")
    query = select(t.timers.c.id).where(t.timers.c.kind == "ask")
    timer = office.db.read_now(lambda conn: conn.execute(query).scalar_one())
    close_all_but_queued(office)
    assert "Et la danse ?" in str(words(office.say(CLAIRE, "/reprendre")))
    assert refused(office, "skip", timer) == "already_left"


def test_a_module_that_was_finished_meanwhile_is_left_alone(office: Office) -> None:
    office.now = office.now.replace(hour=23)
    module = office.run(office.claire, "doux-energie", state="dormant")  # type: ignore[attr-defined]
    at = act(office, "reopen", module, None)
    office.db.write_now(lambda conn: conn.execute(update(t.runs).where(t.runs.c.id == module).values(state="done")))
    office.now = at
    tick(office)
    assert settled(office, "reopen") == ("stale", "answered")


def test_asked_twice_it_is_planned_and_told_once(office: Office) -> None:
    office.now = office.now.replace(hour=23)
    assert act(office, "set_aside") == act(office, "set_aside")
    kinds = office.db.read_now(lambda conn: list(conn.execute(select(t.events.c.kind)).scalars()))
    assert kinds.count("question_set_aside") == 1


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


def test_a_colleague_is_not_named_for_what_another_coach_decided(office: Office) -> None:
    """The participant was handed over before the message left."""
    office.now = office.now.replace(hour=23)
    act(office, "pause", 1)
    paul = office.join("coach", "Paul", PAUL)
    office.db.write_now(lambda conn: conn.execute(update(t.enrolments).values(coach_id=paul)))
    [told] = tick(office, hours=11)
    assert told.startswith("Votre coach a mis votre programme en pause")


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
        dated = browser.submit(paused, "/pause-date", jusquau="2026-12-15")
        assert "mardi 15 décembre" in dated.text
        odd = browser.submit(dated, "/pause-date", jusquau="demain")
        assert odd.status == 422 and "Choisissez une date à venir" in odd.text
        follow = browser.get(f"/espace/personnes/{claire}/suivi")
        assert "Anne a préparé une question" in follow.text and "Pause jusqu" in follow.text
        assert "Et la danse" not in follow.text
        fallen = browser.submit(follow, "/passer")
        assert "cela ne partira pas" in fallen.text
        assert len(page.woken) == 5


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


def test_the_chat_puts_aside_and_asks_again(office: Office) -> None:
    claire = office.claire  # type: ignore[attr-defined]
    assert "est mise de côté" in words(office.press(ANNE, f"d:ho:{claire}"))[0]
    tick(office)
    offered = office.press(ANNE, f"d:hl:{claire}")
    [(label, data)] = [pair for one in offered for pair in one.buttons.items()]
    assert "énergie" in label and data.startswith(f"d:hr:{claire}:") and len(data.encode()) <= 64
    assert "revenir partira vers Claire mercredi 25 novembre à 10 h" in words(office.press(ANNE, data))[0]
    for odd in ("", "1", "1:2", "x:y", data.rpartition(":")[2]):
        assert office.press(ANNE, f"d:hr:{claire}:{odd}")[0].text == office.house.speech.label("old_button")


def test_a_module_that_waits_can_be_let_fall_from_the_page(office: Office) -> None:
    claire = office.claire  # type: ignore[attr-defined]
    module = office.run(claire, "doux-energie", state="queued")
    with espace(office) as page:
        browser = page.of(office.ines)
        seen = browser.get(f"/espace/personnes/{claire}/suivi")
        fallen = browser.submit(seen, "/retirer")
        assert "cela ne partira pas" in fallen.text and "/retirer" not in fallen.html
    one = select(t.runs.c.state).where(t.runs.c.id == module)
    assert office.db.read_now(lambda conn: conn.execute(one).scalar_one()) == "stopped"
    assert refused(office, "skip_module", module) == refused(office, "skip_module", 3) == "already_left"


def test_todays_list_in_the_chat(office: Office) -> None:
    claire = office.claire  # type: ignore[attr-defined]
    assert "Rien de prévu : Claire" in words(office.say(ANNE, "/aujourdhui"))[0]
    office.do(appointments.put, claire, "S1", office.now + timedelta(days=2), None, office.now)
    office.reply(claire, "journal", "DES MOTS", how="journal", question="")
    [said] = office.say(ANNE, "/aujourdhui")
    assert "jeudi 26 novembre à 10 h, Claire" in words([said])[0] and "À lire : Claire (1)" in words([said])[0]
    assert "DES MOTS" not in said.text
    assert "Claire" in words(office.press(ANNE, button([said], "Claire")))[0]


@pytest.mark.parametrize("odd", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "hier", ""])
def test_an_odd_instant_in_an_address_is_not_said(office: Office, odd: str) -> None:
    claire = office.claire  # type: ignore[attr-defined]
    with espace(office) as page:
        seen = page.of(office.ines).get(f"/espace/personnes/{claire}/actions?{urlencode({'quand': odd})}")
        assert seen.status == 200 and "Prévu" not in seen.text


@pytest.mark.parametrize(
    ("state", "said"),
    [({"state": "paused"}, "à la fin de la pause"), ({"held_at": datetime(2026, 11, 24, tzinfo=UTC)}, "relancés")],
)
def test_what_a_pause_or_a_hold_keeps_back_is_not_said_to_leave(
    office: Office, state: dict[str, Any], said: str
) -> None:
    claire = office.claire  # type: ignore[attr-defined]
    office.db.write_now(lambda conn: conn.execute(update(t.enrolments).values(**state)))
    capsule = sorted(office.house.library.capsules)[0]
    with espace(office) as page:
        browser = page.of(office.ines)
        seen = browser.get(f"/espace/personnes/{claire}/actions")
        for part, typed in (("/capsule", {"capsule": capsule}), ("/question", {"question": "Et la danse ?"})):
            done = browser.submit(seen, part, **typed)
            assert "C’est prêt" in done.text and said in done.text and "part maintenant" not in done.text
    assert tick(office, hours=2) == []
    office.press(ANNE, f"d:hq:{claire}")
    assert said in words(office.say(ANNE, "Qu'est-ce qui vous porte ?"))[0], "in the chat too"


@pytest.mark.parametrize("state", ["stopped", "ended", "welcomed"])
def test_nothing_is_offered_that_would_be_refused(office: Office, state: str) -> None:
    claire = office.claire  # type: ignore[attr-defined]
    office.db.write_now(lambda conn: conn.execute(update(t.enrolments).values(state=state)))
    with espace(office) as page:
        seen = page.of(office.ines).get(f"/espace/personnes/{claire}/actions")
    offered = {form["action"].rpartition("/")[2] for form in seen.forms()} - {"sortir", "terminer"}
    assert not offered
    assert ("n’a pas donné son accord" if state == "welcomed" else "a choisi d’arrêter") in seen.text


def plan(office: Office, private: bool = False) -> int:
    """An action of Claire's plan, and its recall in a week."""
    claire = office.claire  # type: ignore[attr-defined]
    run = office.run(claire, "plan-action")
    for id, value in (("plan", "Appeler Sami"), ("date", "2026-12-01")):
        office.reply(claire, f"actions[0].action_{id}", value, run=run, private=private)

    def put(conn: Any) -> int:
        id = office.enrolment(conn, claire)
        row = {"enrolment_id": id, "owner": f"e{id}", "kind": "action", "scope": f"{run}:actions[0]",
               "due_at": office.now + timedelta(days=7), "state": "pending",
               "about": {"flow": "plan-action", "run": run, "date": "2026-12-01"}}  # fmt: skip
        return int(conn.execute(insert(t.timers).values(**row).returning(t.timers.c.id)).scalar_one())

    return office.db.write_now(put)


def test_the_recall_of_an_action_may_be_let_fall_and_does_not_come_back(office: Office) -> None:
    claire, timer = office.claire, plan(office)  # type: ignore[attr-defined]
    with espace(office) as page:
        browser = page.of(office.ines)
        seen = browser.get(f"/espace/personnes/{claire}/suivi")
        assert "rappel d’une action" in seen.text and f"/suivi/{timer}/passer" in seen.html
        fallen = browser.submit(seen, f"/{timer}/passer")
        assert "cela ne partira pas" in fallen.text and "rappel d’une action" not in fallen.text.partition("parti")[0]

    def follow(conn: Any, vault: Vault, house: Any) -> list[str]:
        case = people.file(conn, vault, claire, office.now)
        house.shelf.complete(conn, [case])
        actions.follow(house, case)
        return [held.state for held in case.timers if held.kind == "action"]

    assert office.do(follow) == ["skipped"]


@pytest.mark.parametrize("fired", [False, True])
def test_the_recall_of_a_private_action_is_nowhere(office: Office, fired: bool) -> None:
    claire, timer = office.claire, plan(office, private=True)  # type: ignore[attr-defined]
    if fired:
        done = update(t.timers).where(t.timers.c.id == timer).values(state="fired", settled_at=office.now)
        office.db.write_now(lambda conn: conn.execute(done))
    with espace(office) as page:
        seen = page.of(office.ines).get(f"/espace/personnes/{claire}/suivi")
        assert "action du plan" not in seen.text and "rappel d’une action" not in seen.text
        office.db.write_now(lambda conn: conn.execute(update(t.replies).values(private=False)))
        assert "d’une action" in page.of(office.ines).get(f"/espace/personnes/{claire}/suivi").text
