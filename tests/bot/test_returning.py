"""What was made for a coach and did not leave: it is told later, once, as things stand then, and nothing private."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from bot import duties
from bot.conversation import delivery, ticking
from bot.desk import appointments, digest
from bot.store import outbox
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from bot.telegram.outcome import Unreachable
from tests.bot.desk_office import Office, Sent

COACH, ANNA = 701, 801
_runs = count(2)
AT = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)


@pytest.fixture
def office(database: Database, vault: Vault, now: datetime) -> Office:
    made = Office(database, vault, now)
    made.house = replace(made.house, due=duties.DUE, excerpts=True)
    return made


@pytest.fixture
def coach(office: Office) -> int:
    return office.join("coach", "Inès", COACH)


@pytest.fixture
def anna(office: Office, coach: int) -> int:
    person = office.join("participant", "Anna", ANNA, coach)
    office.db.write_now(lambda conn: conn.execute(t.timers.delete()))
    office.db.write_now(lambda conn: conn.execute(t.events.delete()))
    office.db.write_now(lambda conn: conn.execute(t.runs.delete()))
    office.heard(COACH), office.heard(ANNA)
    return person


def tick(office: Office) -> None:
    while office.db.write_now(ticking.tick, office.vault, office.house, office.now):
        pass


def shut(office: Office) -> None:
    """Telegram answers that the coach blocked the bot, to the first message that leaves for them."""

    def refuse(conn: Any) -> None:
        for leaving in outbox.claim(conn, office.vault, 50, 50, office.now):
            settled = delivery.judged(leaving, Unreachable("Forbidden: bot was blocked by the user"), office.now)
            delivery.settle(conn, office.vault, office.house, [settled], office.now)

    office.db.write_now(refuse)
    assert not office.heard(COACH)


def back(office: Office) -> list[Sent]:
    """The coach unblocks the bot; what reaches them then."""
    chat = {"id": COACH, "type": "private"}
    office.keep(COACH, "my_chat_member", {"chat": chat, "new_chat_member": {"status": "member"}})
    office.work()
    tick(office)
    return office.heard(COACH)


def digests(office: Office) -> list[str]:
    return list(office.db.read_now(lambda conn: conn.execute(select(t.digests.c.period)).scalars().all()))


def said(office: Office, person: int, value: str, **about: Any) -> int:
    run = office.run(person, "sens-du-travail", session="S2", nth=next(_runs))
    return office.reply(person, "moment_sens", value, run=run, session="S2", question="Racontez", **about)


def private(office: Office, reply: int) -> bool:
    one = select(t.replies.c.private).where(t.replies.c.id == reply)
    return bool(office.db.read_now(lambda conn: conn.execute(one).scalar()))


# --- a digest --------------------------------------------------------------------------------


def test_a_digest_due_while_nothing_reached_the_coach_leaves_when_they_are_back(
    office: Office, coach: int, anna: int
) -> None:
    due = office.db.write_now(digest.schedule, coach, office.now)
    said(office, anna, "mot")
    chat = {"id": COACH, "type": "private"}
    office.keep(COACH, "my_chat_member", {"chat": chat, "new_chat_member": {"status": "kicked"}})
    office.work()
    office.now = due
    tick(office)
    assert digests(office) == [] and not office.heard(COACH)
    office.now = due + timedelta(days=2)
    told = back(office)
    assert ["Votre synthèse" in one.text for one in told] == [True, False] and "Anna (1)" in told[0].text
    assert digests(office) == [due.date().isoformat()]
    assert back(office) == []


def test_back_without_having_missed_anything_brings_no_digest(office: Office, coach: int, anna: int) -> None:
    due = office.db.write_now(digest.schedule, coach, office.now)
    said(office, anna, "mot")
    office.now = due
    tick(office)
    assert len(office.heard(COACH)) == 2
    office.now += timedelta(days=1)
    said(office, anna, "autre mot")
    chat = {"id": COACH, "type": "private"}
    office.keep(COACH, "my_chat_member", {"chat": chat, "new_chat_member": {"status": "kicked"}})
    office.work()
    assert back(office) == [] and len(digests(office)) == 1


def test_a_digest_that_was_refused_is_told_as_things_stand_on_return(office: Office, coach: int, anna: int) -> None:
    kept, taken = said(office, anna, "gardé"), None
    office.now += timedelta(minutes=1)
    taken = said(office, anna, "REPRIS")
    assert office.do(digest.send, coach, "2026-11-02", office.now) is None
    shut(office)
    office.press(ANNA, f"c:own:{taken}")
    assert private(office, taken) and not private(office, kept)
    office.now += timedelta(days=3)
    told = back(office)
    assert "Anna (1)" in told[0].text and "REPRIS" not in str([one.text for one in told])
    assert "gardé" in told[1].text and len(told) == 2
    assert digests(office) == ["2026-11-02"]


def test_a_digest_that_has_not_left_counts_nothing_taken_back(office: Office, coach: int, anna: int) -> None:
    reply = said(office, anna, "REPRIS")
    assert office.do(digest.send, coach, "2026-11-02", office.now) is None
    office.press(ANNA, f"c:own:{reply}")
    tick(office)
    assert private(office, reply) and office.heard(COACH) == [] and digests(office) == []


def test_a_digest_of_today_is_not_promised_again_today(office: Office, coach: int, anna: int) -> None:
    due = office.db.write_now(digest.schedule, coach, office.now)
    said(office, anna, "mot")
    office.now = due
    tick(office)
    assert len(digests(office)) == 1
    at = office.db.write_now(digest.set_day, coach, due.weekday(), 18, office.now)
    assert at == due.replace(hour=17) + timedelta(days=7)


# --- a brief ---------------------------------------------------------------------------------


def briefs(told: list[Sent]) -> list[Sent]:
    return [one for one in told if "Héritages et vision du travail" in one.text and one.params.get("protect_content")]


@pytest.fixture
def eve(office: Office, anna: int) -> int:
    """Thursday at ten, and it is Wednesday at five: an answer that its brief quotes."""
    office.do(appointments.put, anna, "S2", AT, None, office.now)
    reply = said(office, anna, "un mot à moi")
    office.heard(ANNA)
    office.now = AT - timedelta(hours=17)
    return reply


def test_a_brief_due_while_nothing_reached_the_coach_leaves_when_they_are_back(office: Office, eve: int) -> None:
    chat = {"id": COACH, "type": "private"}
    office.keep(COACH, "my_chat_member", {"chat": chat, "new_chat_member": {"status": "kicked"}})
    office.work()
    tick(office)
    assert not office.heard(COACH)
    office.now += timedelta(minutes=20)
    [one] = briefs(back(office))
    assert "un mot à moi" in one.text and one.params["disable_notification"] is False


def test_a_brief_that_was_refused_leaves_as_things_stand_then(office: Office, eve: int) -> None:
    tick(office)
    shut(office)
    office.press(ANNA, f"c:own:{eve}")
    assert private(office, eve)
    office.now += timedelta(minutes=20)
    [one] = briefs(back(office))
    assert "un mot à moi" not in one.text


def test_a_brief_that_was_refused_does_not_leave_once_its_session_has_begun(office: Office, eve: int) -> None:
    tick(office)
    shut(office)
    office.now = AT + timedelta(minutes=5)
    assert briefs(back(office)) == []


def test_words_taken_back_while_the_brief_waits_do_not_leave(office: Office, eve: int) -> None:
    tick(office)
    office.press(ANNA, f"c:own:{eve}")
    tick(office)
    told = briefs(office.heard(COACH))
    assert private(office, eve) and len(told) == 1 and "un mot à moi" not in told[0].text


def test_a_limit_keeps_the_brief_that_waits(office: Office, eve: int) -> None:
    tick(office)
    office.press(ANNA, "c:limit:oui")
    tick(office)
    assert briefs(office.heard(COACH)) == []
