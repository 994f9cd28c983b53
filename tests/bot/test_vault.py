"""What is sealed opens for its owner and its place only, and not at all once the key is gone."""

import os
import shutil
import sqlite3
import stat
import threading
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from bot.store import StoreError, sqlite
from bot.store.address import parse, sqlite_path
from bot.store.database import Database
from bot.store.tables import keys, people, pushes
from bot.store.vault import FRESH, HOUSE, KeyMissing, Keyring, Unsealable, Vault, any_key

PLACE = "replies.value"
WORDS = "Je n'en pouvais plus du bruit de l'atelier."


def with_keys(database: Database, vault: Vault, now: datetime, *owners: int) -> None:
    for owner in owners:
        database.write_now(vault.create_key, owner, now)


def reopened(vault: Vault) -> Vault:
    """The same operator's vault in another process."""
    return Vault(vault._keyring)


@pytest.fixture
def ready(database: Database, vault: Vault, now: datetime) -> Vault:
    with_keys(database, vault, now, 1, 2)
    return vault


def test_what_is_sealed_opens(ready: Vault) -> None:
    sealed = ready.seal_text(1, PLACE, WORDS)
    assert WORDS.encode() not in sealed and len(sealed) == len(WORDS.encode()) + 29
    assert ready.open_text(1, PLACE, sealed) == WORDS
    assert ready.seal_text(1, PLACE, WORDS) != sealed
    value = {"value": ["é", 3], "how": "said", "media": []}
    assert ready.open_json(1, PLACE, ready.seal_json(1, PLACE, value)) == value


def test_a_value_moved_to_another_person_or_column_is_refused(ready: Vault) -> None:
    sealed = ready.seal_text(1, PLACE, WORDS)
    for owner, place in ((2, PLACE), (1, "replies.question")):
        with pytest.raises(Unsealable):
            ready.open(owner, place, sealed)
    ready._keys[2] = ready._keys[1]  # even under one key
    with pytest.raises(Unsealable):
        ready.open(2, PLACE, sealed)


def test_every_changed_or_missing_byte_is_refused(ready: Vault) -> None:
    sealed = ready.seal(1, PLACE, b"oui")
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        for broken in (bytes(changed), sealed[:at]):
            with pytest.raises(Unsealable):
                ready.open(1, PLACE, broken)


def test_no_stray_bytes_open(ready: Vault) -> None:
    for length in range(300):
        with pytest.raises(Unsealable):
            ready.open(1, PLACE, b"\x01" + os.urandom(length))


def test_an_error_holds_no_words(ready: Vault) -> None:
    sealed = ready.seal_text(1, PLACE, WORDS)
    with pytest.raises(Unsealable) as caught:
        ready.open(2, PLACE, sealed)
    assert "atelier" not in repr(caught.value) and caught.value.__cause__ is None


def test_nobody_has_two_keys(database: Database, ready: Vault, now: datetime) -> None:
    sealed = ready.seal(1, PLACE, b"x")
    with pytest.raises(IntegrityError):
        database.write_now(ready.create_key, 1, now)
    database.read_now(ready.ready, [1], now)
    assert ready.open(1, PLACE, sealed) == b"x"


def test_another_process_reads_with_one_query(database: Database, ready: Vault, now: datetime) -> None:
    sealed = [ready.seal(owner, PLACE, b"x") for owner in (1, 2)]
    other = reopened(ready)
    with pytest.raises(KeyMissing):
        other.open(1, PLACE, sealed[0])

    def read(connection: Connection) -> list[bytes]:
        other.ready(connection, [1, 2, 2, 3], now)
        return [other.open(owner, PLACE, value) for owner, value in zip((1, 2), sealed, strict=True)]

    assert database.read_now(read) == [b"x", b"x"]
    with pytest.raises(KeyMissing):
        other.seal(3, PLACE, b"x")


def test_a_key_rolled_back_is_not_used(database: Database, vault: Vault, now: datetime) -> None:
    def fail(connection: Connection) -> None:
        vault.create_key(connection, 7, now)
        vault.ready(connection, [HOUSE], now)
        vault.seal(7, PLACE, b"x")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        database.write_now(fail)
    for owner in (7, HOUSE):
        with pytest.raises(KeyMissing):
            vault.seal(owner, PLACE, b"x")
    assert not database.read_now(any_key)


def test_a_key_rolled_back_to_a_savepoint_is_not_used(database: Database, vault: Vault, now: datetime) -> None:
    def fail_inside(connection: Connection) -> None:
        with pytest.raises(ZeroDivisionError), connection.begin_nested():
            vault.create_key(connection, 7, now)
            raise ZeroDivisionError

    database.write_now(fail_inside)
    assert not database.read_now(any_key)
    with pytest.raises(KeyMissing):
        vault.seal(7, PLACE, b"x")


def test_the_house_has_one_key_made_at_first_use(database: Database, vault: Vault, now: datetime) -> None:
    other = reopened(vault)
    database.read_now(vault.ready, [HOUSE], now)
    with pytest.raises(KeyMissing):
        vault.seal(HOUSE, PLACE, b"x")
    database.write_now(vault.ready, [HOUSE], now)
    database.write_now(other.ready, [HOUSE], now)
    assert other.open(HOUSE, PLACE, vault.seal(HOUSE, PLACE, b"x")) == b"x"


def test_two_workers_make_one_key_for_the_house(database_url: str, store: str, vault: Vault, now: datetime) -> None:
    """The second comes while the first has made the key and not committed it yet."""
    first, second = Database.open(database_url), Database.open(database_url)
    other = reopened(vault)
    late = threading.Thread(target=second.write_now, args=(other.ready, [HOUSE], now))

    def make(connection: Connection) -> None:
        vault.ready(connection, [HOUSE], now)
        late.start()
        while store == "postgres" and not somebody_waits(connection):
            assert late.is_alive()

    first.write_now(make)
    late.join()
    assert other.open(HOUSE, PLACE, vault.seal(HOUSE, PLACE, b"x")) == b"x"
    first.close()
    second.close()


def somebody_waits(connection: Connection) -> bool:
    return bool(connection.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").scalar())


# --- forgetting --------------------------------------------------------------------------------


def test_a_forgotten_key_is_gone_here_at_once(database: Database, ready: Vault, now: datetime) -> None:
    sealed = ready.seal(1, PLACE, b"x")
    database.write_now(ready.forget, 1)
    database.read_now(ready.ready, [1, 2], now)
    with pytest.raises(KeyMissing):
        ready.open(1, PLACE, sealed)
    assert ready.open(2, PLACE, ready.seal(2, PLACE, b"y")) == b"y"


def test_a_forgotten_key_is_gone_elsewhere_in_a_minute(database: Database, ready: Vault, now: datetime) -> None:
    other = reopened(ready)
    database.read_now(other.ready, [1], now)
    database.write_now(ready.forget, 1)
    database.read_now(other.ready, [1], now + FRESH - timedelta(microseconds=1))
    assert other.seal(1, PLACE, b"x")
    database.read_now(other.ready, [1], now + FRESH)
    with pytest.raises(KeyMissing):
        other.seal(1, PLACE, b"x")


def test_keys_nobody_asks_for_leave_the_memory(database: Database, ready: Vault, now: datetime) -> None:
    database.read_now(ready.ready, [1], now)
    database.read_now(ready.ready, [2], now + 3 * FRESH)
    with pytest.raises(KeyMissing):
        ready.seal(1, PLACE, b"x")
    assert ready.seal(2, PLACE, b"x")


def test_a_clock_set_back_does_not_keep_keys(database: Database, ready: Vault, now: datetime) -> None:
    other = reopened(ready)
    database.read_now(other.ready, [1], now)
    database.write_now(ready.forget, 1)
    database.read_now(other.ready, [1], now - timedelta(days=1))
    with pytest.raises(KeyMissing):
        other.seal(1, PLACE, b"x")


def test_forgetting_makes_an_older_copy_unreadable(
    tmp_path: Path, sqlite_template: Path, vault: Vault, now: datetime
) -> None:
    """Erasure reaches backups: the copy made before has the words, no key opens them any more (SQLite)."""
    path = tmp_path / "marge.db"
    for source, target in ((sqlite_template, path), (sqlite.keyring_path(sqlite_template), sqlite.keyring_path(path))):
        shutil.copy(source, target)
    database = Database.open(f"sqlite:///{path}")
    with_keys(database, vault, now, 1)
    sealed = vault.seal_text(1, "people.name", WORDS)
    wrapped = database.read_now(lambda connection: connection.execute(select(keys.c.wrapped)).scalar_one())
    row = {"role": "coach", "name": sealed, "zone": "Europe/Paris", "created_at": now}
    database.write_now(lambda connection: connection.execute(insert(people).values(**row)))
    copy = tmp_path / "backup.db"
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("VACUUM INTO ?", (str(copy),))
    database.write_now(vault.forget, 1)

    assert sealed in copy.read_bytes() and wrapped not in copy.read_bytes()
    files = [file for file in tmp_path.iterdir() if wrapped in file.read_bytes()]
    assert files == [], "the wrapped key is still on the disk"
    restored = Vault(vault._keyring)
    database.read_now(restored.ready, [1], now)
    with pytest.raises(KeyMissing):
        restored.open_text(1, "people.name", sealed)
    database.close()


def test_no_words_and_no_keys_in_the_files(database_url: str, vault: Vault, now: datetime) -> None:
    path = sqlite_path(parse(database_url))
    database = Database.open(database_url)

    def write(connection: Connection) -> None:
        vault.ready(connection, [HOUSE], now)
        body = vault.seal_text(HOUSE, "pushes.body", WORDS)
        row = {"body": body, "digest": b"", "audience": {}, "at": now, "state": "planned", "created_at": now}
        connection.execute(insert(pushes).values(**row))

    database.write_now(write)
    assert database.read_now(lambda connection: len(connection.execute(select(pushes.c.id)).all())) == 1
    database.close()
    if path is not None:
        assert all(b"atelier" not in file.read_bytes() for file in path.parent.iterdir())


# --- master keys -------------------------------------------------------------------------------


def test_the_wrong_master_key_says_so(database: Database, ready: Vault, now: datetime) -> None:
    wrong = Vault(Keyring({"m1": os.urandom(32)}, "m1"))
    with pytest.raises(StoreError, match="fichier de clés"):
        database.read_now(wrong.ready, [1], now)


def test_a_wrapped_key_given_to_somebody_else_is_refused(database: Database, ready: Vault, now: datetime) -> None:
    def swap(connection: Connection) -> None:
        wrapped = connection.execute(select(keys.c.wrapped).where(keys.c.person_id == 1)).scalar_one()
        connection.execute(keys.update().where(keys.c.person_id == 2).values(wrapped=wrapped))

    database.write_now(swap)
    with pytest.raises(StoreError):
        database.read_now(reopened(ready).ready, [2], now)


def test_the_key_file_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "marge.keys"
    with pytest.raises(StoreError, match="manque"):
        Keyring.load(file)
    assert Keyring.load(file, create=True).current == "m1"
    written = file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert Keyring.load(file, create=True).current == "m1" and file.read_bytes() == written
    assert Keyring.extend(file, "m2").current == "m2"
    assert file.read_bytes().startswith(written) and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["marge.keys"]


@pytest.mark.parametrize("name", ["m1", "", "a b", "x" * 17])
def test_an_unfit_name_of_a_master_key_is_refused(tmp_path: Path, name: str) -> None:
    file = tmp_path / "marge.keys"
    Keyring.load(file, create=True)
    with pytest.raises(StoreError):
        Keyring.extend(file, name)
    assert len(file.read_text().splitlines()) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_key_file_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "marge.keys"
    Keyring.load(file, create=True)
    file.chmod(mode)
    with pytest.raises(StoreError, match="chmod 600"):
        Keyring.load(file)


@pytest.mark.parametrize("content", ["", "m1", "m1 abc", "m1 !!!!", "m1 " + "A" * 40, "é"])
def test_a_damaged_key_file_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "marge.keys"
    file.touch(0o600)
    file.write_text(content, encoding="utf-8")
    with pytest.raises(StoreError, match="Le fichier de clés"):
        Keyring.load(file)
