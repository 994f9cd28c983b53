"""Keys change while people write and read: nobody ever fails to, nothing is lost, and a kill stops nothing."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from bot.clock import Clock, format_duration
from bot.settings import known
from bot.store import StoreError, rotation
from bot.store.classes import SEALED, Seat, seats
from bot.store.database import Database
from bot.store.rotation import PAUSE, Phase, Progress
from bot.store.tables import keys, people
from bot.store.vault import FRESH, KeyMissing, Keyring, Unsealable, Vault
from tests.bot.full_house import FullHouse

ROOT = Path(__file__).parents[2]
LATER = PAUSE + timedelta(seconds=1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of master keys, with `m1`."""
    path = tmp_path / "masters"
    Keyring.load(path, create=True)
    return path


@pytest.fixture
def ring(file: Path) -> Keyring:
    return Keyring.load(file)


def join(database: Database, vault: Vault, now: datetime, *ids: int) -> None:
    """People whose name is « Nom <id> »."""

    def put(conn: Connection) -> None:
        for id in ids:
            vault.create_key(conn, id, now)
            row = {"id": id, "role": "coach", "zone": "Europe/Paris", "created_at": now}
            conn.execute(insert(people).values(**row, name=vault.seal_text(id, "people.name", f"Nom {id}")))

    database.write_now(put)


def names(database: Database, vault: Vault, now: datetime) -> dict[int, str]:
    def read(conn: Connection) -> dict[int, str]:
        rows = conn.execute(select(people.c.id, people.c.name)).all()
        vault.ready(conn, [row.id for row in rows], now)
        return {row.id: vault.open_text(row.id, "people.name", row.name) for row in rows}

    return database.read_now(read)


def renamed(database: Database, vault: Vault, now: datetime, id: int, name: str) -> None:
    def put(conn: Connection) -> None:
        vault.ready(conn, [id], now)
        sealed = vault.seal_text(id, "people.name", name)
        conn.execute(update(people).where(people.c.id == id).values(name=sealed))

    database.write_now(put)


def wrapped(database: Database) -> dict[int, tuple[bytes, bytes | None]]:
    rows = database.read_now(lambda conn: conn.execute(select(keys)).all())
    return {row.person_id: (row.wrapped, row.other) for row in rows}


def changed(
    database: Database, ring: Keyring, now: datetime, after: Callable[[Progress], None] | None = None
) -> datetime:
    """A change of everybody's key from end to end; the clock goes on where it must wait. When it ended."""
    begin = True
    while (step := rotation.advance(database, ring, now, begin=begin)).phase is not Phase.DONE:
        begin = False
        now += step.wait
        if after:
            after(step)
    return now


# --- the master key ------------------------------------------------------------------------------


def test_every_key_is_wrapped_anew_and_opens_the_same_words(
    database: Database, file: Path, ring: Keyring, now: datetime
) -> None:
    join(database, Vault(ring), now, *range(1, 51))
    new = Keyring.extend(file, "m2")
    assert database.write_now(rotation.rewrap, new, "m2") == 50
    assert database.write_now(rotation.rewrap, new, "m2") == 0
    assert database.read_now(rotation.masters) == {"m2": 50}
    file.write_text("\n".join(line for line in file.read_text().splitlines() if line.startswith("m2 ")))
    assert names(database, Vault(Keyring.load(file)), now)[50] == "Nom 50"


def test_both_keys_of_somebody_are_wrapped_anew(database: Database, file: Path, ring: Keyring, now: datetime) -> None:
    """Both rotations at once: the change of people's keys is in its middle."""
    join(database, Vault(ring), now, 1)
    for step in (0, 1):
        rotation.advance(database, ring, now + step * LATER, begin=True)
    before = wrapped(database)[1]
    new = Keyring.extend(file, "m2")
    database.write_now(rotation.rewrap, new, "m2")
    after = wrapped(database)[1]
    assert before[1] and after[1] and before[1][:1] == after[1][:1] == b"O" and before[1] != after[1]
    assert names(database, Vault(new), now + LATER) == {1: "Nom 1"}
    end = changed(database, new, now + 2 * LATER)
    assert names(database, Vault(new), end + FRESH) == {1: "Nom 1"}


def test_a_process_at_work_follows_the_file(database: Database, file: Path, ring: Keyring, now: datetime) -> None:
    at_work = Vault(ring)
    join(database, at_work, now, 1)
    database.write_now(rotation.rewrap, Keyring.extend(file, "m2"), "m2")
    assert names(database, at_work, now + FRESH) == {1: "Nom 1"}
    join(database, at_work, now, 2)
    assert database.read_now(rotation.masters) == {"m2": 2}, "a newcomer's key was wrapped by the master of before"


def test_a_file_lost_meanwhile_stops_nobody_at_work(
    database: Database, file: Path, ring: Keyring, now: datetime
) -> None:
    at_work = Vault(ring)
    join(database, at_work, now, 1)
    file.unlink()
    join(database, at_work, now, 2)
    assert names(database, at_work, now + FRESH) == {1: "Nom 1", 2: "Nom 2"}


def test_a_master_key_leaves_once_nothing_needs_it(
    database: Database, file: Path, ring: Keyring, now: datetime
) -> None:
    at_work = Vault(ring)
    join(database, at_work, now, 1)
    real = Clock.real().now()
    with pytest.raises(StoreError, match="ouvre encore 1"):
        database.write_now(rotation.retire, file, "m1", real + LATER)
    database.write_now(rotation.rewrap, Keyring.extend(file, "m2"), "m2")
    with pytest.raises(StoreError, match="recommencez dans"):
        database.write_now(rotation.retire, file, "m1", real)
    with pytest.raises(StoreError, match="n'est pas dans"):
        database.write_now(rotation.retire, file, "m7", real + LATER)
    database.write_now(rotation.retire, file, "m1", real + LATER)
    assert Keyring.load(file).names == ("m2",) and file.stat().st_mode & 0o777 == 0o600
    join(database, at_work, now, 2)
    assert names(database, at_work, now + FRESH) == {1: "Nom 1", 2: "Nom 2"} and "m1" not in ring
    with pytest.raises(StoreError, match="m2"):
        database.write_now(rotation.retire, file, "m2", real + LATER)


def test_rotation_to_an_unknown_key_is_refused(database: Database, ring: Keyring) -> None:
    with pytest.raises(StoreError, match="m9"):
        database.write_now(rotation.rewrap, ring, "m9")


# --- people's own keys -----------------------------------------------------------------------------


def test_everything_sealed_is_sealed_anew_under_a_new_key(database: Database, vault: Vault, now: datetime) -> None:
    office = FullHouse(database, vault, now).live()
    before, held = values(database), wrapped(database)
    words = opened(database, vault, now)
    assert {place for place, _ in before} == SEALED.keys(), "the house is not furnished with every kind of words"
    end = changed(database, vault._keyring, now)
    after = values(database)
    assert before.keys() == after.keys() and not before.items() & after.items()
    assert all(other is None for _, other in wrapped(database).values())
    assert not {key for key, _ in held.values()} & {key for key, _ in wrapped(database).values()}
    assert opened(database, Vault(vault._keyring), end) == words
    with pytest.raises(Unsealable):
        office.vault.open(1, "people.name", after["people.name", 1])  # it has the key of before


def values(database: Database) -> dict[tuple[str, Any], bytes]:
    def read(conn: Connection, seat: Seat) -> dict[tuple[str, Any], bytes]:
        return {(seat.place, row.key): row.sealed for row in conn.execute(seat.rows)}

    return {key: value for seat in seats() for key, value in database.read_now(read, seat).items()}


def opened(database: Database, vault: Vault, now: datetime) -> dict[tuple[str, Any], bytes]:
    def read(conn: Connection, seat: Seat) -> dict[tuple[str, Any], bytes]:
        rows = conn.execute(seat.rows).all()
        vault.ready(conn, {row.owner for row in rows}, now)
        return {(seat.place, row.key): vault.open(row.owner, seat.place, row.sealed) for row in rows}

    return {key: value for seat in seats() for key, value in database.read_now(read, seat).items()}


def test_nobody_fails_whatever_they_remember(database: Database, ring: Keyring, now: datetime) -> None:
    """Between two steps, processes with keys as old as may be read and write; each step waits for the one before."""
    join(database, Vault(ring), now, *range(1, 6))
    readers = [Vault(ring) for _ in range(4)]
    moment = now
    names_now = {id: f"Nom {id}" for id in range(1, 6)}
    begin, turn, phases = True, 0, []
    while True:
        step = rotation.advance(database, ring, moment, begin=begin)
        phases.append(step.phase)
        if step.phase is Phase.DONE:
            break
        begin = False
        for reader in readers:
            assert names(database, reader, moment) == names_now
            turn += 1
            id = turn % 5 + 1
            renamed(database, reader, moment, id, f"Tour {turn}")
            names_now[id] = f"Tour {turn}"
        moment += min(step.wait, FRESH / 2)
    assert list(dict.fromkeys(phases)) == [Phase.PUBLISH, Phase.SWAP, Phase.RESEAL, Phase.DROP, Phase.DONE]
    assert moment - now > 3 * PAUSE


def test_who_is_erased_meanwhile_stays_erased(database: Database, ring: Keyring, now: datetime) -> None:
    vault = Vault(ring)
    join(database, vault, now, 1, 2)
    erased: list[Phase] = []

    def erase(step: Progress) -> None:
        if step.phase is Phase.SWAP and not erased:
            erased.append(step.phase)
            database.write_now(vault.forget, 2)

    end = changed(database, ring, now, erase)
    assert wrapped(database).keys() == {1} and erased
    other = Vault(ring)
    database.read_now(other.ready, [1, 2], end)
    with pytest.raises(KeyMissing):
        other.seal(2, "people.name", b"x")


def test_who_comes_meanwhile_is_read(database: Database, ring: Keyring, now: datetime) -> None:
    vault, coming = Vault(ring), iter(range(10, 1000))
    join(database, vault, now, 1)
    end = changed(database, ring, now, lambda step: join(database, vault, now, next(coming)))
    found = names(database, Vault(ring), end)
    assert len(found) > 4 and all(name == f"Nom {id}" for id, name in found.items())


def test_a_change_done_is_not_begun_again_by_itself(database: Database, ring: Keyring, now: datetime) -> None:
    join(database, Vault(ring), now, 1)
    end = changed(database, ring, now)
    before = wrapped(database)
    assert rotation.advance(database, ring, end + LATER).phase is Phase.DONE
    assert wrapped(database) == before


def test_the_old_key_is_overwritten_on_the_disk(
    database_url: str, store: str, ring: Keyring, now: datetime, tmp_path: Path
) -> None:
    if store != "sqlite":
        pytest.skip("files are PostgreSQL's own")
    database = Database.open(database_url)
    join(database, Vault(ring), now, 1, 2)
    old = [key for key, _ in wrapped(database).values()]
    changed(database, ring, now)
    found = [path.name for path in tmp_path.iterdir() for key in old if key in path.read_bytes()]
    database.close()
    assert found == []


# --- killed ----------------------------------------------------------------------------------------


@pytest.fixture
def shift(tmp_path: Path) -> Path:
    path = tmp_path / "shift"
    path.write_text("PT0S")
    return path


class Writers:
    """Two people at work on the store while keys change: one reads and writes names, one reads."""

    def __init__(self, database: Database, ring: Keyring, clock: Clock, people: int) -> None:
        self.database, self.clock, self.people = database, clock, people
        self.vaults = [Vault(ring), Vault(ring)]
        self.names = {id: f"Nom {id}" for id in range(1, people + 1)}
        self.jumping = threading.Lock()  # the clock does not jump within a transaction
        self.faults: list[BaseException] = []
        self.turns = 0
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._live)

    def __enter__(self) -> "Writers":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.thread.join()

    def _live(self) -> None:
        chance = random.Random(7)
        try:
            while not self.done.is_set():
                with self.jumping:
                    id = chance.randint(1, self.people)
                    name = f"Nom {id}, {self.turns}"
                    renamed(self.database, self.vaults[0], self.clock.now(), id, name)
                    self.names[id] = name
                    for vault in self.vaults:
                        assert names(self.database, vault, self.clock.now()) == self.names
                self.turns += 1
        except BaseException as fault:
            self.faults.append(fault)


def test_killed_again_and_again_it_goes_on_and_nobody_notices(
    database_url: str, file: Path, ring: Keyring, now: datetime, shift: Path, tmp_path: Path
) -> None:
    clock, people = Clock.rehearsal(shift), 300
    database = Database.open(database_url)
    join(database, Vault(ring), clock.now(), *range(1, people + 1))
    before = wrapped(database)
    gone, chance, kills = timedelta(), random.Random(3), 0
    own = {name: value for name, value in os.environ.items() if name not in known()}
    env = {**own, "PYTHONPATH": str(ROOT), "DATABASE_URL": database_url, "MARGE_KEYS": str(file),
           "MARGE_CLOCK": str(shift), "TELEGRAM_API_URL": "http://127.0.0.1:9"}  # fmt: skip
    line = [sys.executable, "-m", "bot.cli", "keys", "rotate", "--contents"]
    with Writers(database, ring, clock, people) as writers:
        for attempt in range(40):
            with subprocess.Popen(line, cwd=tmp_path, env=env, stderr=subprocess.PIPE, text=True) as run:
                assert run.stderr is not None
                said = run.stderr.readline()
                kill = attempt < 6 and database.read_now(rotation.unfinished)
                while said and not kill and "Encore" not in said:
                    said = run.stderr.readline()
                time.sleep(chance.random() / 20 if kill else 0)  # anywhere in its work, not in place of a condition
                run.send_signal(signal.SIGKILL)
                kills += run.wait(30) == -signal.SIGKILL
            if run.returncode == 0 or (attempt and not database.read_now(rotation.unfinished)):
                break
            with writers.jumping:
                gone += LATER
                shift.write_text(format_duration(gone))
        assert writers.thread.is_alive() or writers.faults
    if writers.faults:
        raise writers.faults[0]
    assert kills >= 3 and writers.turns > 10
    after = wrapped(database)
    assert all(other is None for _, other in after.values())
    assert not {key for key, _ in before.values()} & {key for key, _ in after.values()}
    assert names(database, Vault(ring), clock.now()) == writers.names
    database.close()


def test_ten_thousand_people(database: Database, file: Path, ring: Keyring, now: datetime) -> None:
    """The figure is printed; it must be a matter of seconds."""
    rows = [
        {"person_id": id, "master": "m1", "wrapped": ring.wrap("m1", os.urandom(32), id)} for id in range(1, 10_001)
    ]
    database.write_now(lambda conn: conn.execute(insert(keys), rows))
    new = Keyring.extend(file, "m2")
    began = time.monotonic()
    while database.write_now(rotation.rewrap, new, "m2"):
        pass
    seconds = time.monotonic() - began
    print(f"\n10,000 keys wrapped anew in {seconds:.1f} s on {database.kind}")
    assert database.read_now(rotation.masters) == {"m2": 10_000} and seconds < 30
