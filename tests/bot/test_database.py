"""The store's connections: what is committed stays, what fails leaves nothing, nobody's writing is lost."""

import asyncio
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from bot.store import StoreError, sqlite
from bot.store.database import Database
from bot.store.lock import FileLock, lock_chats
from bot.store.tables import consents, events, guesses, keys, people
from bot.store.vault import Vault


def guess(connection: Connection, chat_id: int, at: datetime) -> int:
    """Any small row will do."""
    result = connection.execute(insert(guesses).values(chat_id=chat_id, at=at))
    assert result.inserted_primary_key
    return int(result.inserted_primary_key[0])


def chats(connection: Connection) -> list[int]:
    return list(connection.execute(select(guesses.c.chat_id).order_by(guesses.c.id)).scalars())


@pytest.fixture
def file(sqlite_template: Path, tmp_path: Path) -> Path:
    """A migrated SQLite file that nobody has open."""
    path = tmp_path / "house.db"
    path.write_bytes(sqlite_template.read_bytes())
    sqlite.keyring_path(path).write_bytes(sqlite.keyring_path(sqlite_template).read_bytes())
    return path


@pytest.fixture
def small(file: Path) -> Iterator[Database]:
    """An open SQLite store."""
    opened = Database.open(f"sqlite:///{file}")
    yield opened
    opened.close()


def run(script: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


# --- transactions ------------------------------------------------------------------------------


async def test_writes_run_one_by_one_in_the_order_asked(database: Database, now: datetime) -> None:
    given = await asyncio.gather(*(database.write(guess, number, now) for number in range(100)))
    assert given == sorted(given)
    assert await database.read(chats) == list(range(100))


async def test_a_write_that_fails_leaves_nothing(database: Database, now: datetime) -> None:
    def fail(connection: Connection) -> None:
        guess(connection, 1, now)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(fail)
    await database.write(guess, 2, now)
    assert await database.read(chats) == [2]


async def test_a_cancelled_caller_does_not_break_the_writer(database: Database, now: datetime) -> None:
    begun, go = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        begun.set()
        assert go.wait(10)
        guess(connection, 1, now)

    waiting = asyncio.create_task(database.write(slow))
    await asyncio.to_thread(begun.wait, 10)
    never = asyncio.create_task(database.write(guess, 2, now))
    await asyncio.sleep(0)
    waiting.cancel()
    never.cancel()
    await asyncio.gather(waiting, never, return_exceptions=True)
    go.set()
    await database.write(guess, 3, now)
    assert await database.read(chats) == [1, 3]


def test_a_read_cannot_write(database: Database, now: datetime) -> None:
    with pytest.raises(DBAPIError):
        database.read_now(guess, 1, now)
    assert database.read_now(chats) == []


def test_a_read_sees_one_state(database: Database, now: datetime) -> None:
    def twice(connection: Connection) -> tuple[list[int], list[int]]:
        before = chats(connection)
        database.write_now(guess, 1, now)
        return before, chats(connection)

    assert database.read_now(twice) == ([], [])
    assert database.read_now(chats) == [1]


def test_a_write_in_a_write_is_refused(database: Database, now: datetime) -> None:
    with pytest.raises(RuntimeError, match="inside a write"):
        database.write_now(lambda _: database.write_now(guess, 1, now))


def test_opened_to_read_it_does_not_write(database_url: str, now: datetime) -> None:
    database = Database.open(database_url, writer=False)
    with pytest.raises(RuntimeError, match="writer=False"):
        database.write_now(guess, 1, now)
    assert database.read_now(chats) == []
    database.close()


def test_references_are_kept(database: Database, now: datetime) -> None:
    row = {"person_id": 9, "kind": "ia", "version": "1", "given_at": now}
    with pytest.raises(IntegrityError):
        database.write_now(lambda connection: connection.execute(insert(consents).values(**row)))


def add_person(connection: Connection) -> int:
    row = {"role": "coach", "name": b"", "zone": "Europe/Paris", "created_at": datetime(2026, 1, 1, tzinfo=UTC)}
    made = connection.execute(insert(people).values(**row)).inserted_primary_key
    assert made
    return int(made[0])


def test_the_number_of_somebody_erased_never_comes_back(database: Database) -> None:
    first = database.write_now(add_person)
    database.write_now(lambda connection: connection.execute(delete(people)))
    assert database.write_now(add_person) > first


def test_a_failed_statement_does_not_tell_its_values(database: Database) -> None:
    row = {"chat_id": "les mots de quelqu'un", "at": "hier"}
    with pytest.raises(StatementError) as caught:
        database.write_now(lambda connection: connection.execute(insert(guesses), [row]))
    assert "quelqu'un" not in str(caught.value)


# --- instants ----------------------------------------------------------------------------------

INSTANTS = st.datetimes(datetime(1900, 1, 2), datetime(2200, 1, 1), timezones=st.timezones())
FREELY = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FREELY
@given(st.lists(INSTANTS, min_size=1, max_size=20))
def test_instants_come_back_the_same_in_utc_and_in_order(database: Database, instants: list[datetime]) -> None:
    def write(connection: Connection) -> list[datetime]:
        connection.execute(delete(guesses))
        connection.execute(insert(guesses), [{"chat_id": 1, "at": at} for at in instants])
        return list(connection.execute(select(guesses.c.at).order_by(guesses.c.at)).scalars())

    back = database.write_now(write)
    assert back == sorted(at.astimezone(UTC) for at in instants)
    assert all(at.tzinfo is UTC for at in back)


def test_instants_compare_in_any_zone(database: Database, now: datetime) -> None:
    database.write_now(guess, 1, now)
    elsewhere = now.astimezone(timezone(timedelta(hours=-9, minutes=-30)))

    def count(connection: Connection, until: datetime) -> Any:
        return connection.execute(select(func.count()).where(guesses.c.at <= until)).scalar()

    assert database.read_now(count, elsewhere) == 1
    assert database.read_now(count, elsewhere - timedelta(microseconds=1)) == 0


def test_a_naive_instant_is_refused_by_name(database: Database, now: datetime) -> None:
    for use in (
        lambda connection: guess(connection, 1, now.replace(tzinfo=None)),
        lambda connection: connection.execute(select(guesses).where(guesses.c.at < now.replace(tzinfo=None))),
    ):
        with pytest.raises(StatementError, match=r"guesses\.at: naive") as caught:
            database.write_now(use)
        assert isinstance(caught.value.orig, ValueError)


def test_json_and_absent_instants_come_back(database: Database, now: datetime) -> None:
    about = {"étape": ["é", 1, None, True]}
    row = {"at": now, "kind": "x", "about": about}
    database.write_now(lambda connection: connection.execute(insert(events).values(**row)))
    found = database.read_now(lambda connection: connection.execute(select(events.c.about, events.c.at)).one())
    assert found == (about, now)


# --- opening -----------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["", "marge.db", "mysql://localhost/x", "sqlite://", "sqlite:///:memory:"])
def test_an_unfit_address_is_refused_in_one_line(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        Database.open(url)
    assert "\n" not in str(caught.value)


def test_what_is_not_a_store_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "letter.db").write_text("Chère Madame, " * 100)
    for path in (tmp_path / "letter.db", tmp_path / "nowhere" / "marge.db", tmp_path):
        with pytest.raises(StoreError) as caught:
            Database.open(f"sqlite:///{path}")
        assert "\n" not in str(caught.value) and "Impossible" in str(caught.value)


def test_an_absent_server_is_refused_without_its_password() -> None:
    with pytest.raises(StoreError) as caught:
        Database.open("postgresql://marge:secret@127.0.0.1:1/marge")
    assert "secret" not in str(caught.value) and "\n" not in str(caught.value)


def test_the_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'new.db'}")
    database.hold()
    database.create_all()
    database.write_now(lambda connection: connection.execute(insert(keys).values(person_id=1, master="", wrapped=b"")))
    names = {path.name for path in tmp_path.iterdir()}
    assert {"new.db", "new.keys.db", "new.db.lock", "new.keys.db-wal"} <= names
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
    database.close()


def test_sqlite_is_set_to_lose_nothing(small: Database) -> None:
    def settings_of(connection: Connection) -> dict[str, Any]:
        names = (
            "keyring.journal_mode",
            "house.journal_mode",
            "keyring.synchronous",
            "house.synchronous",
            "foreign_keys",
            "busy_timeout",
            "wal_autocheckpoint",
            "query_only",
            "keyring.secure_delete",
        )
        return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}

    written = small.write_now(settings_of)
    assert written == {
        "keyring.journal_mode": "wal",
        "house.journal_mode": "wal",
        "keyring.synchronous": 2,
        "house.synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 5000,
        "wal_autocheckpoint": 0,
        "query_only": 0,
        "keyring.secure_delete": 1,
    }
    assert small.read_now(settings_of) == {**written, "query_only": 1}
    small.hold()
    assert small.write_now(settings_of)["wal_autocheckpoint"] == 1000


@pytest.mark.parametrize(
    ("version", "risky"),
    [((3, 40, 1), True), ((3, 44, 5), True), ((3, 44, 6), False), ((3, 45, 0), True), ((3, 50, 6), True),
     ((3, 50, 7), False), ((3, 51, 2), True), ((3, 51, 3), False), ((3, 52, 0), False), ((4, 0, 0), False)],
)  # fmt: skip
def test_versions_of_sqlite_that_can_corrupt(version: tuple[int, int, int], risky: bool) -> None:
    assert sqlite.sqlite_version_risky(version) is risky


# --- several processes -------------------------------------------------------------------------

WRITER = """
import sys
from datetime import UTC, datetime
from sqlalchemy import select, update
from bot.store.database import Database
from bot.store.tables import guesses

def add(connection):
    seen = connection.execute(select(guesses.c.chat_id)).scalar_one()
    connection.execute(update(guesses).values(chat_id=seen + 1))

database = Database.open(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for _ in range(int(sys.argv[2])):
    database.write_now(add)
database.close()
"""


def test_two_processes_that_read_then_write_lose_nothing(file: Path, small: Database, now: datetime) -> None:
    """BEGIN IMMEDIATE: a plain BEGIN would let both read the same number, or fail at the write."""
    small.write_now(guess, 0, now)
    writers = [run(WRITER, f"sqlite:///{file}", 150) for _ in range(2)]
    for writer in writers:
        assert writer.stdout is not None and writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=60)
    assert [writer.returncode for writer in writers] == [0, 0]
    assert small.read_now(chats) == [300]


def test_a_writer_holds_the_store_from_its_first_moment(file: Path, small: Database) -> None:
    def other_begins(_: Connection) -> str:
        with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as other:
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                return str(error)
        return "begun"

    assert small.write_now(other_begins) == "database is locked"
    assert small.read_now(other_begins) == "begun"


def test_a_store_that_stays_busy_says_so(file: Path, small: Database) -> None:
    small.write_now(lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout=1"))
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="occupée"):
            small.write_now(chats)
        other.execute("ROLLBACK")
    assert small.write_now(chats) == []


HOLDER = """
import sys
from bot.store.database import Database
database = Database.open(sys.argv[1])
database.hold()
print("held", flush=True)
sys.stdin.readline()
"""


def test_one_long_running_process_per_file(file: Path, small: Database, now: datetime) -> None:
    holder = run(HOLDER, f"sqlite:///{file}")
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    with pytest.raises(StoreError, match=rf"processus {holder.pid}\).*PostgreSQL"):
        small.hold()
    small.write_now(guess, 1, now)
    holder.kill()
    holder.communicate()
    small.hold()
    small.hold()
    assert not FileLock(file.with_name("house.db.lock")).take()


def test_postgresql_takes_several_processes(database_url: str, store: str) -> None:
    databases = [Database.open(database_url) for _ in range(2)]
    databases[0].hold()
    if store == "postgres":
        databases[1].hold()
    else:
        with pytest.raises(StoreError):
            databases[1].hold()
    for database in databases:
        database.close()


CRASH = """
import os, signal, sys
from datetime import UTC, datetime
from sqlalchemy import insert
from bot.store.database import Database
from bot.store.tables import guesses, keys

def write(connection, last):
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for chat in range(200):
        connection.execute(insert(guesses).values(chat_id=chat, at=at))
    connection.execute(insert(keys).values(person_id=int(last), master="m", wrapped=b"w"))
    if last:
        os.kill(os.getpid(), signal.SIGKILL)

database = Database.open(sys.argv[1])
database.write_now(write, False)
database.write_now(write, True)
"""


def test_a_kill_in_the_middle_rolls_back(database_url: str) -> None:
    crashed = run(CRASH, database_url)
    crashed.communicate(timeout=60)
    assert crashed.returncode == -signal.SIGKILL
    database = Database.open(database_url)
    assert len(database.write_now(chats)) == 200
    assert database.read_now(lambda connection: list(connection.execute(select(keys.c.person_id)).scalars())) == [0]
    database.close()


KEY_FIRST = """
import resource, sys
from sqlalchemy import insert
from bot.store.database import Database
from bot.store.tables import keys, people
from datetime import UTC, datetime

def write(connection):
    connection.execute(insert(keys).values(person_id=1, master="m", wrapped=b"w"))
    row = {"role": "coach", "name": bytes(600_000), "zone": "x", "created_at": datetime(2026, 1, 1, tzinfo=UTC)}
    connection.execute(insert(people).values(**row))

database = Database.open(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    database.write_now(write)
except Exception:
    sys.exit(7)
"""


def test_the_key_reaches_the_disk_before_the_words(file: Path) -> None:
    """SQLite commits attached files one by one: when only the first is done, it must be the keyring."""
    stopped = run(KEY_FIRST, f"sqlite:///{file}")
    stopped.communicate(timeout=60)
    assert stopped.returncode == 7
    with closing(sqlite3.connect(file)) as house, closing(sqlite3.connect(sqlite.keyring_path(file))) as keyring:
        assert house.execute("SELECT count(*) FROM people").fetchone() == (0,)
        assert keyring.execute("SELECT person_id FROM keys").fetchall() == [(1,)]


# --- keys that must leave the disk -------------------------------------------------------------


def wrapped_key(database: Database, owner: int) -> bytes:
    def read(connection: Connection) -> bytes:
        return bytes(connection.execute(select(keys.c.wrapped).where(keys.c.person_id == owner)).scalar_one())

    return database.read_now(read)


def on_disk(file: Path, data: bytes) -> bool:
    return any(data in path.read_bytes() for path in file.parent.iterdir())


def test_a_reader_delays_the_scrub_to_a_later_write(file: Path, small: Database, vault: Vault, now: datetime) -> None:
    small.write_now(lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout=1"))
    small.write_now(vault.create_key, 1, now)
    data = wrapped_key(small, 1)

    def read(connection: Connection) -> bool:
        connection.execute(select(keys)).all()
        small.write_now(vault.forget, 1)
        return on_disk(file, data)

    assert small.read_now(read) is True
    small.write_now(guess, 1, now)
    assert on_disk(file, data) is False


def test_the_holder_scrubs_what_another_forgot(file: Path, small: Database, vault: Vault, now: datetime) -> None:
    small.hold()
    small.write_now(vault.create_key, 1, now)
    data = wrapped_key(small, 1)
    other = Database.open(f"sqlite:///{file}")
    other.write_now(vault.forget, 1)
    other.close()
    assert on_disk(file, data) is True
    small.scrub()
    assert on_disk(file, data) is False


# --- chats -------------------------------------------------------------------------------------


def test_chats_are_locked_for_one_transaction_alone(database_url: str, store: str) -> None:
    one, two = Database.open(database_url), Database.open(database_url)
    asked = [3, -100123, 3, 2**52, 1]
    everything = [3, -100123, 2**52, 1]

    def outer(connection: Connection) -> None:
        assert lock_chats(connection, asked) == everything
        if store == "postgres":
            assert two.write_now(lock_chats, [5, 1, 3, 4]) == [5, 4]

    one.write_now(outer)
    assert two.write_now(lock_chats, asked) == everything
    assert two.write_now(lock_chats, []) == []
    one.close()
    two.close()


# --- the guard ---------------------------------------------------------------------------------


def test_no_test_leaves_this_machine() -> None:
    import socket

    with socket.socket() as outside, pytest.raises(AssertionError):
        outside.connect(("192.0.2.1", 80))
    with pytest.raises(AssertionError):
        socket.getaddrinfo("api.telegram.org", 443)
