"""Several workers on one PostgreSQL: who is gone and who hangs is known, and has no say any more in what was theirs."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import Connection, select, text, update

from bot.clock import Clock
from bot.conversation import delivery, intake, ticking
from bot.conversation.worker import Worker
from bot.store import database as databases
from bot.store import outbox, shift
from bot.store import tables as t
from bot.store.case import SCHEDULED, Timer
from bot.store.database import CutShort, Database
from bot.store.due import put
from bot.store.leaving import Leaving, Settled
from bot.store.lock import lock_chats
from bot.store.shift import CLOCK, RECEIVING, Shift
from bot.store.vault import Vault
from bot.telegram.gateway import Gateway
from bot.telegram.pacer import Pacer
from tests.bot.desk_office import Office

CLAIRE, COACH = 501, 900
END = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = "
           "current_database() AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')")  # fmt: skip


@pytest.fixture
def office(database: Database, vault: Vault, now: datetime) -> Office:
    made = Office(database, vault, now)
    made.join("participant", "Claire", CLAIRE, made.join("coach", "Anne", COACH))
    made.heard(COACH)
    return made


@pytest.fixture
def two(database_url: str, store: str) -> Iterator[tuple[Shift, Shift]]:
    if store != "postgres":
        pytest.skip("on SQLite there is one process")
    opened = Database.open(database_url)
    made = [opened.shift({RECEIVING, CLOCK}) for _ in "12"]
    assert isinstance(made[0], Shift) and isinstance(made[1], Shift)
    yield made[0], made[1]
    for one in made:
        one.close()
    opened.close()


def row(office: Office, id: int) -> Any:
    return office.db.read_now(lambda conn: conn.execute(select(t.outbox).where(t.outbox.c.id == id)).one())


def claimed(office: Office, sender: str | None = None) -> Leaving:
    """A message to Claire on its way."""
    office.keep(CLAIRE, "message", office.message(CLAIRE, "/reprendre"))
    office.work()
    [leaving] = office.db.write_now(outbox.claim, office.vault, 5, 5, office.now, sender)
    return leaving


# --- a send that is not ours any more ----------------------------------------------------------


def test_who_was_held_to_be_gone_cannot_have_it_sent_again(office: Office) -> None:
    leaving = claimed(office)
    later = office.now + outbox.LEASE + timedelta(seconds=1)
    assert office.db.write_now(delivery.recover, office.vault, office.house, later, False) == 1
    for state in ("ready", "held", "dropped"):
        office.db.write_now(delivery.settle, office.vault, office.house, [Settled(leaving, state)], later)
        assert row(office, leaving.id).state == "doubtful"


def test_what_another_one_sends_now_is_not_settled_by_the_former(office: Office) -> None:
    leaving = claimed(office)
    office.db.write_now(outbox.settle, office.vault, [Settled(leaving, "ready")], office.now)
    [again] = office.db.write_now(outbox.claim, office.vault, 5, 5, office.now, "sender 2")
    assert office.db.write_now(outbox.settle, office.vault, [Settled(leaving, "ready")], office.now) == []
    assert (row(office, leaving.id).state, row(office, leaving.id).reason) == ("sending", "sender 2")
    sent = Settled(again, "sent", 77, sent_at=office.now)
    assert office.db.write_now(outbox.settle, office.vault, [sent], office.now) == [sent]


def test_written_twice_a_result_counts_once(office: Office) -> None:
    leaving = claimed(office)
    for _ in range(2):
        sent = [Settled(leaving, "doubtful", sent_at=office.now)]
        office.db.write_now(delivery.settle, office.vault, office.house, sent, office.now)
    events = select(t.events.c.kind).where(t.events.c.kind == "send_doubtful")
    assert len(office.db.read_now(lambda conn: conn.execute(events).all())) == 1
    assert row(office, leaving.id).attempts == 1


def test_one_in_doubt_that_arrived_after_all_is_known_and_not_asked_again(office: Office) -> None:
    leaving = claimed(office)
    assert leaving.step is not None
    later = office.now + outbox.LEASE + timedelta(seconds=1)
    office.db.write_now(delivery.recover, office.vault, office.house, later, False)
    sent = [Settled(leaving, "sent", 77, sent_at=later)]
    office.db.write_now(delivery.settle, office.vault, office.house, sent, later)
    assert (row(office, leaving.id).state, row(office, leaving.id).message_id) == ("sent", 77)
    states = select(t.timers.c.state).where(t.timers.c.kind == "reoffer")
    assert office.db.read_now(lambda conn: list(conn.execute(states).scalars())) == ["cancelled"]


def beat_until(one: Shift, so: Callable[[], bool]) -> None:
    """A server ends a session when it comes to it."""
    until = monotonic() + 30
    while not so():
        assert monotonic() < until
        one.beat()


# --- who is there ------------------------------------------------------------------------------


def test_a_post_is_one_s_alone_and_another_s_as_soon_as_that_one_ends(two: tuple[Shift, Shift]) -> None:
    first, second = two
    for one in (*two, *two):
        one.beat()
    assert [one.sure() for one in two] == [True, True]
    assert [(one.has(RECEIVING), one.has(CLOCK)) for one in two] == [(True, True), (False, False)]
    first.leave(RECEIVING)
    first.beat()
    second.beat()
    assert (second.has(RECEIVING), second.has(CLOCK), first.has(RECEIVING), first.has(CLOCK)) == (
        True, False, False, True,
    )  # fmt: skip
    first.close()
    beat_until(second, lambda: second.has(CLOCK))
    assert not first.sure()


def test_whose_session_was_ended_is_sure_of_nothing_until_back(two: tuple[Shift, Shift], office: Office) -> None:
    for one in two:
        one.beat()
    office.db.write_now(lambda conn: conn.execute(END))
    first, second = two
    beat_until(second, lambda: not second.sure())
    beat_until(second, lambda: second.sure() and second.has(RECEIVING))
    beat_until(first, lambda: not first.sure())
    beat_until(first, first.sure)
    assert not first.has(RECEIVING)


def test_without_a_beat_nothing_is_sure_for_long_and_the_server_ends_the_session(
    two: tuple[Shift, Shift], office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = two
    first.beat()
    shown = text("SHOW idle_session_timeout")
    assert first._session and first._session.execute(shown).scalar() == f"{int(shift.LASTS)}s"
    began = shift.monotonic()
    monkeypatch.setattr(shift, "monotonic", lambda: began + shift.LASTS - shift.MARGIN + 0.1)
    assert not first.sure() and not first.has(RECEIVING)


def test_what_a_sender_who_is_gone_was_sending_is_in_doubt_long_before_its_lease(
    two: tuple[Shift, Shift], office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two
    for one in two:
        one.beat()
    leaving = claimed(office, first.name)

    def gone(conn: Connection) -> list[str]:
        return second.gone(conn, outbox.senders(conn))

    began = shift.monotonic()
    assert office.db.write_now(gone) == [] and not second._missing
    first.close()
    while not second._missing:  # until the server has noticed
        assert office.db.write_now(gone) == [], "it may have been restarted: everybody is given time to come back"
    monkeypatch.setattr(shift, "monotonic", lambda: began + shift.GRACE + 60)
    assert office.db.write_now(gone) == [first.name]
    office.db.write_now(delivery.recover, office.vault, office.house, office.now, False, [first.name])
    assert row(office, leaving.id).state == "doubtful"


# --- the wheel ---------------------------------------------------------------------------------


class Forgetful(Database):
    """A store whose answer to a commit is lost, as often as `losing` says."""

    losing = 0

    async def write(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        made = await super().write(fn, *args, **kwargs)
        if self.losing:
            self.losing -= 1
            raise CutShort("the answer was lost")
        return made


def wheel_of(office: Office, db: Database, mine: Shift | None = None) -> Worker:
    """A worker at the office's hour; nobody answers at its Telegram."""
    clock = Clock(lambda: office.now - datetime.now(UTC))
    made = Worker(db, office.vault, office.house, Gateway("1:test", "http://127.0.0.1:1"), clock, Pacer(monotonic))
    if mine:
        made.shift = mine
    return made


@pytest.fixture
def forgetful(database_url: str) -> Iterator[Forgetful]:
    opened = Forgetful.open(database_url)
    yield opened
    opened.close()


def test_results_stay_until_they_are_written_and_count_once(office: Office, forgetful: Forgetful) -> None:
    leaving = claimed(office)
    wheel = wheel_of(office, forgetful)
    wheel._results.append(Settled(leaving, "sent", 77, sent_at=office.now))
    forgetful.losing = 1

    async def turns() -> None:
        with pytest.raises(CutShort):
            await wheel.turn()
        assert len(wheel._results) == 1
        await wheel.turn()
        await wheel.gateway.close()

    asyncio.run(turns())
    assert wheel._results == []
    assert (row(office, leaving.id).state, row(office, leaving.id).attempts) == ("sent", 1)


def test_what_was_claimed_in_a_commit_nobody_heard_of_is_claimed_anew(
    two: tuple[Shift, Shift], office: Office, forgetful: Forgetful
) -> None:
    first, _ = two
    first.beat()
    office.keep(CLAIRE, "message", office.message(CLAIRE, "/reprendre"))
    wheel = wheel_of(office, forgetful, first)
    forgetful.losing = 1

    async def turn() -> None:
        with pytest.raises(CutShort):
            await wheel.turn()

    asyncio.run(turn())
    [lost] = office.db.read_now(outbox.senders)
    assert lost == first.name
    _, [leaving] = forgetful.write_now(wheel._turn, [], 10)
    assert (leaving.chat_id, leaving.attempts) == (CLAIRE, 1)


def test_a_worker_that_may_have_been_replaced_neither_claims_nor_sends(
    two: tuple[Shift, Shift], office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = two
    first.beat()
    leaving = claimed(office, first.name)
    wheel = wheel_of(office, office.db, first)
    began = shift.monotonic()
    monkeypatch.setattr(shift, "monotonic", lambda: began + shift.LASTS)
    asyncio.run(wheel._send(leaving))
    assert wheel._results == [Settled(leaving, "ready")], "nowhere would have given a reason"
    office.db.write_now(outbox.settle, office.vault, wheel._results, office.now)
    assert office.db.write_now(wheel._claim, office.now, 10) == []
    first.beat()
    monkeypatch.undo()
    first.beat()
    assert len(office.db.write_now(wheel._claim, office.now, 10)) == 1


def test_what_nobody_waits_for_is_sent_by_one_alone(two: tuple[Shift, Shift], office: Office) -> None:
    office.keep(CLAIRE, "message", office.message(CLAIRE, "/reprendre"))
    office.work()
    office.db.write_now(lambda conn: conn.execute(update(t.outbox).values(rank=SCHEDULED)))
    wheels = []
    for one in two:
        one.beat()
        wheels.append(wheel_of(office, office.db, one))
    assert [len(office.db.write_now(wheel._claim, office.now, 10)) for wheel in reversed(wheels)] == [0, 1]


# --- the store itself --------------------------------------------------------------------------


def test_a_connection_that_is_cut_is_nobody_s_fault_and_the_next_one_works(office: Office, store: str) -> None:
    if store != "postgres":
        pytest.skip("SQLite is a file")
    for ask in (office.db.write_now, office.db.read_now):
        with pytest.raises(CutShort):
            ask(lambda conn: conn.execute(text("SELECT pg_terminate_backend(pg_backend_pid())")))
        assert ask(lambda conn: conn.execute(text("SELECT 1")).scalar()) == 1


def test_connections_that_were_cut_while_at_rest_are_not_noticed(office: Office, store: str, database_url: str) -> None:
    if store != "postgres":
        pytest.skip("SQLite is a file")
    others = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND "
                  "datname = current_database()")  # fmt: skip
    other = Database.open(database_url)
    other.write_now(lambda conn: conn.execute(others))
    other.close()
    for ask in (office.db.write_now, office.db.read_now):
        assert ask(lambda conn: conn.execute(text("SELECT 1")).scalar()) == 1


def test_a_transaction_of_one_that_hangs_is_ended_and_its_chats_are_free(
    office: Office, store: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if store != "postgres":
        pytest.skip("on SQLite there is one process")
    monkeypatch.setattr(databases, "STILL", 1)
    hanging = Database.open(database_url)
    hanging.hold()

    def hang(conn: Connection) -> None:
        assert lock_chats(conn, [CLAIRE]) == [CLAIRE]
        assert office.db.write_now(lock_chats, [CLAIRE]) == []
        until = monotonic() + 30
        while not office.db.write_now(lock_chats, [CLAIRE]):
            assert monotonic() < until, "held for ever"
        conn.execute(text("SELECT 1"))

    with pytest.raises(CutShort):
        hanging.write_now(hang)
    hanging.close()


def test_whatever_one_who_is_gone_had_begun_is_ended_by_another(
    store: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if store != "postgres":
        pytest.skip("on SQLite there is one process")
    monkeypatch.setattr(shift, "GRACE", 0.0)
    hanging, carrying_on = Database.open(database_url), Database.open(database_url)
    gone, other = hanging.shift(()), carrying_on.shift(())
    gone.beat()

    def hang(conn: Connection) -> None:
        lock_chats(conn, [CLAIRE])
        gone.close()
        until = monotonic() + 30
        while not carrying_on.write_now(lock_chats, [CLAIRE]):
            assert monotonic() < until, "held for ever"
            other.beat()
        conn.execute(text("SELECT 1"))

    with pytest.raises(CutShort):
        hanging.write_now(hang)
    other.close()
    hanging.close()
    carrying_on.close()


def test_an_update_is_not_counted_as_failed_for_what_the_store_does(office: Office, store: str) -> None:
    if store != "postgres":
        pytest.skip("SQLite is a file")
    office.keep(CLAIRE, "message", office.message(CLAIRE, "bonjour"))

    def cut(conn: Connection, how: str) -> None:
        def hurt(_: Any, case: Any, *__: Any) -> None:
            conn.execute(text(how))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(intake.door, "handle", hurt)
            intake.work_alone(conn, office.vault, office.house, office.now)

    tries = select(t.inbox.c.attempts).where(t.inbox.c.state == "new")
    for how in (
        "SELECT pg_terminate_backend(pg_backend_pid())",
        "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'deadlock_detected'; END $$",
    ):
        with pytest.raises(CutShort):
            office.db.write_now(cut, how)
        assert office.db.read_now(lambda conn: conn.execute(tries).scalar_one()) == 0
    office.db.write_now(cut, "SELECT 1 / 0")
    assert office.db.read_now(lambda conn: conn.execute(tries).scalar_one()) == 1


def test_timers_of_whom_another_one_is_talking_with_are_left_to_the_next_tick(
    office: Office, store: str, database_url: str
) -> None:
    if store != "postgres":
        pytest.skip("on SQLite there is one process")
    enrolment = office.db.read_now(lambda conn: conn.execute(select(t.enrolments.c.id)).scalar_one())
    timer = Timer(f"e{enrolment}", "dormancy", "1", office.now, {"run": 1, "step": 1}, enrolment_id=enrolment)
    office.db.write_now(put, [timer])
    talking = Database.open(database_url)

    def talk(conn: Connection) -> None:
        assert lock_chats(conn, [CLAIRE]) == [CLAIRE]
        assert office.do(ticking.tick, office.now) == 0, "or the clock would run in circles until they are free"

    talking.write_now(talk)
    talking.close()
    assert office.do(ticking.tick, office.now) == 1
