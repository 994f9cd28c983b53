"""The store copied while it works, and made again: nothing lost or sent twice, and who was erased stays erased."""

import json
import os
import re
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update

from bot import app
from bot.settings import Settings
from bot.store import StoreError, backup, copies, restore, rotation
from bot.store import tables as t
from bot.store.address import parse, sqlite_path
from bot.store.classes import seats
from bot.store.copies import DATA, KEPT, KEYS
from bot.store.database import Database
from bot.store.erasing import erase
from bot.store.rotation import PAUSE, Phase
from bot.store.vault import KeyMissing, Keyring, Vault
from tests.bot.full_house import ANNA, INES, FullHouse, every_value

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def clients(store: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's own pg_dump: one that is older than it refuses."""
    if store == "postgres":
        database: Database = request.getfixturevalue("database")
        found = text("SELECT setting FROM pg_config WHERE name = 'BINDIR'")
        folder = database.read_now(lambda conn: str(conn.execute(found).scalar_one()))
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def house(database: Database, vault: Vault, now: datetime) -> FullHouse:
    return FullHouse(database, vault, now).live()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "copies"


@pytest.fixture
def elsewhere(store: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty place of the same kind."""
    if store == "sqlite":
        (tmp_path / "elsewhere").mkdir()
        yield f"sqlite:///{tmp_path / 'elsewhere' / 'marge.db'}"
        return
    with restore._beside(request.getfixturevalue("postgres_server")) as url:
        yield url.render_as_string(hide_password=False)


def copied(house: FullHouse, root: Path, now: datetime | None = None) -> backup.Made:
    return backup.make(house.db.url.render_as_string(hide_password=False), root, now or house.now)


def restored(made: backup.Made, place: str, house: FullHouse, now: datetime | None = None) -> restore.Restored:
    return restore.restore(made.data, made.keys, place, house.vault._keyring, now or house.now)


def whole(database: Database) -> set[tuple[str, str]]:
    """Everything, but for what a restoration changes on purpose."""
    changed = ("outbox.state", "outbox.reason", "sign_ins.", "web_sessions.")
    return {(place, repr(value)) for place, value in every_value(database) if not place.startswith(changed)}


def words(database: Database, vault: Vault, now: datetime) -> str:
    """All that opens."""
    found = []
    for seat in seats():
        rows = database.read_now(lambda conn, seat=seat: conn.execute(seat.rows).all())
        database.read_now(vault.ready, {row.owner for row in rows}, now)
        found += [vault.open(row.owner, seat.place, row.sealed).decode() for row in rows]
    return " ".join(found)


def opens_all(database: Database, vault: Vault, now: datetime) -> int:
    """How many values were opened; raises for one that does not."""
    count = 0
    for seat in seats():
        rows = database.read_now(lambda conn, seat=seat: conn.execute(seat.rows).all())
        database.read_now(vault.ready, {row.owner for row in rows}, now)
        count += len([vault.open(row.owner, seat.place, row.sealed) for row in rows])
    return count


# --- made ------------------------------------------------------------------------------------------


def test_a_copy_is_for_its_owner_alone_and_holds_no_master_key_and_no_word_in_clear(
    house: FullHouse, root: Path, tmp_path: Path
) -> None:
    Keyring.load(tmp_path / "masters", create=True)
    made = copied(house, root)
    files = [path for path in root.rglob("*") if path.is_file()]
    assert sorted(path.parent.parent.name for path in files) == ["cles", "cles", "donnees", "donnees"]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in root.rglob("*") if path.is_dir()} == {0o700}
    secrets = re.compile("|".join(house.secrets).encode())
    master = (tmp_path / "masters").read_bytes().split()[1]
    wrapped = [value for place, value in every_value(house.db) if place == "keys.wrapped"]
    for path in files:
        held = path.read_bytes()
        assert not secrets.search(held) and master not in held
        assert made.keys in path.parents or not any(key in held for key in wrapped), "a key lies with the words"


def test_the_manifest_says_what_is_in_it(house: FullHouse, root: Path) -> None:
    made = copied(house, root)
    manifest = json.loads((made.data / "manifest.json").read_text())
    people = house.db.read_now(lambda conn: len(conn.execute(select(t.people.c.id)).all()))
    assert manifest["tables"]["people"][0] == people and manifest["made_at"] == "2026-11-02T09:00:00Z"
    assert manifest["revision"] and len(manifest["sha256"]) == 64 and "keys" not in manifest["tables"]
    assert json.loads((made.keys / "manifest.json").read_text())["tables"].keys() == {"keys"}


def test_copies_go_when_their_time_is_over_and_it_is_said(house: FullHouse, root: Path) -> None:
    first = copied(house, root)
    second = copied(house, root, house.now + 2 * DAY)
    assert second.expired == [first.keys] and first.data.exists()
    last = copied(house, root, house.now + 30 * DAY)
    assert set(last.expired) == {first.data, second.keys}
    assert copies.listed(root, DATA) == [second.data, last.data] and copies.listed(root, KEYS) == [last.keys]


@pytest.mark.parametrize("kind", [DATA, KEYS])
def test_no_copy_outlives_its_time_between_two_looks(kind: Any, tmp_path: Path, now: datetime, store: str) -> None:
    """A look every hour, at any minute of it."""
    made = tmp_path / kind / now.strftime(copies._STAMP)
    for late in range(0, 60, 7):
        made.mkdir(parents=True)
        look = now + timedelta(minutes=late)
        while made.exists():
            look += copies.HOUR
            copies.expire(tmp_path, look)
        assert KEPT[kind] - 2 * copies.HOUR < look - now <= KEPT[kind]


def test_what_a_copy_cut_short_left_behind_goes(tmp_path: Path, now: datetime, store: str) -> None:
    draft = copies.begin(tmp_path, DATA, now)
    (draft / "marge.db").write_bytes(b"half")
    assert copies.listed(tmp_path, DATA) == [] and copies.newest(tmp_path) is None
    assert copies.expire(tmp_path, now + timedelta(minutes=30)) == [] and draft.exists()
    assert copies.expire(tmp_path, now + 2 * copies.HOUR) == [] and not draft.exists()


def test_a_copy_that_fails_leaves_none(
    house: FullHouse, root: Path, store: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if store == "postgres":
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(StoreError, match="pg_dump n'est pas sur cette machine"):
            copied(house, root)
    else:
        with pytest.raises(StoreError, match="rien à copier"):
            backup.make(f"sqlite:///{tmp_path / 'none.db'}", root, house.now)
    assert [path for path in root.rglob("*") if path.is_file()] == []
    assert [path.name for path in (root / DATA).iterdir()] == []


def test_a_folder_that_cannot_be_written_is_told(house: FullHouse, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="Impossible d'écrire"):
        copied(house, tmp_path / "file")


def test_a_copy_made_while_people_write_is_of_one_moment(house: FullHouse, root: Path, elsewhere: str) -> None:
    """Each turn writes two rows: the copy has both or none, and writers never wait for it long."""
    stop, turns, faults = threading.Event(), [0], []

    def both(conn: Any) -> None:
        turns[0] += 1
        for _ in range(2):
            conn.execute(insert(t.guesses).values(chat_id=turns[0], at=house.now))

    def write() -> None:
        try:
            while not stop.is_set():
                house.db.write_now(both)
        except BaseException as fault:
            faults.append(fault)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        made = [copied(house, root, house.now + timedelta(minutes=n)) for n in range(3)]
    finally:
        stop.set()
        thread.join()
    assert not faults and turns[0] > 3
    restored(made[-1], elsewhere, house)
    copy = Database.open(elsewhere)
    chats = copy.read_now(lambda conn: list(conn.execute(select(t.guesses.c.chat_id)).scalars()))
    copy.close()
    assert chats and len(chats) == 2 * len(set(chats))


# --- restored --------------------------------------------------------------------------------------


def test_all_is_there_again_and_what_was_due_is_held(house: FullHouse, root: Path, elsewhere: str) -> None:
    house.say(ANNA, "/aide")
    later = house.now + timedelta(hours=1)

    def some(conn: Any) -> tuple[int, int]:
        o = t.outbox.c
        conn.execute(delete(t.outbox).where(o.state != "ready"))
        first, second, *_ = conn.execute(select(o.id).order_by(o.id)).scalars()
        conn.execute(update(t.outbox).where(o.id == second).values(not_before=later))
        conn.execute(insert(t.web_sessions).values(person_id=house.ines, token_hash=b"x" * 32, opened_at=house.now,
                                                   seen_at=house.now))  # fmt: skip
        return first, second

    house.db.write_now(lambda conn: conn.execute(update(t.outbox).values(state="ready")))
    _, future = house.db.write_now(some)
    before = whole(house.db)
    done = restored(copied(house, root), elsewhere, house)
    copy = Database.open(elsewhere)
    copy.check()
    assert whole(copy) == before and done.erased == []
    states = copy.read_now(lambda conn: {r.id: (r.state, r.reason) for r in conn.execute(select(t.outbox))})
    assert states.pop(future) == ("ready", None) and len(states) > 1
    assert set(states.values()) == {("held", "restored")} and {row.id for row in done.held} == states.keys()
    assert not copy.read_now(lambda conn: conn.execute(select(t.web_sessions)).all())
    assert opens_all(copy, house.vault, house.now)
    copy.close()


def test_what_a_restoration_held_does_not_leave_by_itself(house: FullHouse, root: Path, elsewhere: str) -> None:
    """Somebody who comes back frees what waited for them; this may have left already."""
    house.say(ANNA, "/aide")
    house.db.write_now(lambda conn: conn.execute(update(t.outbox).values(state="ready", not_before=None)))
    made = copied(house, root)
    house.db.write_now(lambda conn: conn.execute(update(t.people).values(reachable=False)))
    house.db.write_now(lambda conn: conn.execute(update(t.outbox).values(state="held", reason="restored")))
    held = house.db.read_now(lambda conn: set(conn.execute(select(t.outbox.c.id)).scalars()))
    house.say(ANNA, "Me revoilà")
    o = t.outbox.c
    still = house.db.read_now(lambda conn: set(conn.execute(select(o.id).where(o.state == "held")).scalars()))
    assert still == held and made.data.exists()


def test_who_was_erased_is_not_read_from_a_copy_of_thirty_days(
    house: FullHouse, root: Path, elsewhere: str, store: str, tmp_path: Path
) -> None:
    """The tables of then with the keys of now: none of their words is there, sealed or not, nor a key for them."""
    name = house.secrets[1]
    house.keep(INES, "message", house.message(INES, f"{name} a écrit"))
    house.db.write_now(
        lambda conn: conn.execute(update(t.inbox).where(t.inbox.c.state == "new").values(state="parked"))
    )
    old = copied(house, root)
    theirs = [row.sealed for seat in seats()
              for row in house.db.read_now(lambda conn, seat=seat: conn.execute(seat.rows).all())
              if row.owner == house.anna]  # fmt: skip
    assert len(theirs) > 10
    if store == "sqlite":
        kept = (old.data / "marge.db").read_bytes()
        assert all(sealed[:60] in kept for sealed in theirs), "the copy of then has them"
    house.db.write_now(erase, house.vault, house.anna, name, house.now)
    new = copied(house, root, house.now + 29 * DAY)
    assert old.data.exists() and not old.keys.exists()

    done = restore.restore(old.data, None, elsewhere, house.vault._keyring, house.now + 29 * DAY)
    assert done.erased == [house.anna] and new.keys.exists()
    copy = Database.open(elsewhere)
    values = [value for _, value in every_value(copy) if isinstance(value, bytes)]
    assert not set(theirs) & set(values)
    assert house.anna not in copy.read_now(lambda conn: set(conn.execute(select(t.people.c.id)).scalars()))
    assert house.max in copy.read_now(lambda conn: set(conn.execute(select(t.people.c.id)).scalars()))
    vault = Vault(house.vault._keyring)
    copy.read_now(vault.ready, [house.anna, house.max], house.now)
    with pytest.raises(KeyMissing):
        vault.open(house.anna, "people.name", theirs[0])
    assert name not in words(copy, house.vault, house.now), "what the coach's key opens still names her"
    copy.close()
    if store == "sqlite":
        held = b"".join(path.read_bytes() for path in (tmp_path / "elsewhere").iterdir())
        assert [sealed for sealed in theirs if sealed[13:60] in held] == []


def test_a_place_that_is_not_empty_is_left_alone(house: FullHouse, root: Path) -> None:
    made = copied(house, root)
    before = whole(house.db)
    with pytest.raises(StoreError, match="DATABASE_URL"):
        restored(made, house.db.url.render_as_string(hide_password=False), house)
    assert whole(house.db) == before


def test_a_restoration_cut_short_is_done_again(house: FullHouse, root: Path, elsewhere: str, store: str) -> None:
    if store != "sqlite":
        pytest.skip("one transaction there")
    made = copied(house, root)
    path = sqlite_path(parse(elsewhere))
    assert path is not None
    draft = path.parent / f".{path.name}.restauration"
    draft.mkdir()
    (draft / path.name).write_bytes(b"half")
    restored(made, elsewhere, house)
    assert sorted(file.name for file in path.parent.iterdir()) == ["marge.db", "marge.keys.db"]
    assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}


def nothing_left(place: str) -> bool:
    path = sqlite_path(parse(place))
    if path is not None:
        return not path.parent.exists() or [file.name for file in path.parent.iterdir()] == []
    from sqlalchemy import create_engine

    engine = create_engine(parse(place))
    names = restore._names(engine)
    engine.dispose()
    return names == []


def test_a_damaged_copy_is_refused(house: FullHouse, root: Path, elsewhere: str) -> None:
    made = copied(house, root)
    (file,) = [path for path in made.data.iterdir() if path.name != "manifest.json"]
    body = bytearray(file.read_bytes())
    body[len(body) // 2] ^= 1
    file.write_bytes(body)
    with pytest.raises(StoreError, match="abîmée"):
        restored(made, elsewhere, house)
    (made.data / "manifest.json").unlink()
    with pytest.raises(StoreError, match="n'est pas une copie entière"):
        restored(made, elsewhere, house)
    assert nothing_left(elsewhere)


def test_rows_that_are_not_those_copied_are_refused(house: FullHouse, root: Path, elsewhere: str) -> None:
    """The manifest says so, even where the file itself is sound."""
    made = copied(house, root)
    manifest = json.loads((made.data / "manifest.json").read_text())
    manifest["tables"]["people"][0] += 1
    (made.data / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(StoreError, match="n'est pas ce qui avait été copié"):
        restored(made, elsewhere, house)
    assert nothing_left(elsewhere)


def test_the_wrong_copies_are_refused(house: FullHouse, root: Path, elsewhere: str) -> None:
    made = copied(house, root)
    ring = house.vault._keyring
    with pytest.raises(StoreError, match="copie de cles, pas de donnees"):
        restore.restore(made.keys, made.keys, elsewhere, ring, house.now)
    with pytest.raises(StoreError, match="clé maîtresse"):
        restore.restore(made.data, made.keys, elsewhere, Keyring({"m9": os.urandom(32)}, "m9"), house.now)
    with pytest.raises(StoreError):
        restore.restore(made.data, made.keys, elsewhere, Keyring({"m1": os.urandom(32)}, "m1"), house.now)
    shutil.rmtree(root / KEYS)
    with pytest.raises(StoreError, match="--keys"):
        restore.restore(made.data, None, elsewhere, ring, house.now)
    assert nothing_left(elsewhere)


def test_a_copy_of_before_a_change_of_keys_is_refused_rather_than_restored_unreadable(
    house: FullHouse, root: Path, elsewhere: str
) -> None:
    old, now, begin = copied(house, root), house.now, True
    while (step := rotation.advance(house.db, house.vault._keyring, now, begin=begin)).phase is not Phase.DONE:
        begin, now = False, now + step.wait
    new = copied(house, root, now + PAUSE)
    with pytest.raises(StoreError, match="leurs clés ont changé"):
        restore.restore(old.data, new.keys, elsewhere, house.vault._keyring, now)
    assert nothing_left(elsewhere)
    restored(new, elsewhere, house)


def test_a_copy_made_in_the_middle_of_a_change_of_keys_opens(house: FullHouse, root: Path, elsewhere: str) -> None:
    ring, now = house.vault._keyring, house.now
    rotation.advance(house.db, ring, now, begin=True)
    rotation.advance(house.db, ring, now + PAUSE + timedelta(seconds=1))
    made = copied(house, root)
    restored(made, elsewhere, house)
    copy = Database.open(elsewhere)
    assert opens_all(copy, Vault(ring), now)
    copy.close()


# --- by night, and rehearsed -------------------------------------------------------------------------


def test_one_copy_a_night_even_when_the_house_was_closed(tmp_path: Path, store: str) -> None:
    """03:00 in Paris is 02:00 UTC in winter."""
    folder = tmp_path / DATA
    folder.mkdir()

    def made(at: datetime) -> None:
        (folder / at.strftime(copies._STAMP)).mkdir()

    evening = datetime(2026, 11, 2, 20, tzinfo=UTC)
    assert copies.due(tmp_path, evening, "Europe/Paris")
    made(evening)
    assert not copies.due(tmp_path, evening + timedelta(hours=5, minutes=59), "Europe/Paris")
    assert copies.due(tmp_path, evening + timedelta(hours=6), "Europe/Paris")
    assert copies.due(tmp_path, evening + timedelta(hours=13), "Europe/Paris"), "the house was closed at three"
    made(evening + timedelta(hours=13))
    assert not copies.due(tmp_path, evening + timedelta(hours=29), "Europe/Paris")


def test_the_night_makes_one_and_a_failure_stops_nothing(
    house: FullHouse, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = house.db.url.render_as_string(hide_password=False)
    settings = Settings.load({"DATABASE_URL": url, "MARGE_BACKUPS": str(root)}, tmp_path / "none")
    app.copy_by_night(Settings.load({"DATABASE_URL": url}, tmp_path / "none"), house.now)
    for hours in (0, 1, 5):
        app.copy_by_night(settings, house.now + timedelta(hours=hours))
    assert len(copies.listed(root, DATA)) == len(copies.listed(root, KEYS)) == 1
    app.copy_by_night(settings, house.now + DAY)
    assert len(copies.listed(root, DATA)) == 2
    (tmp_path / "file").write_text("x")
    lost = Settings.load({"DATABASE_URL": url, "MARGE_BACKUPS": str(tmp_path / "file")}, tmp_path / "none")
    app.copy_by_night(lost, house.now)
    assert "copy failed" in capsys.readouterr().out


def test_a_drill_compares_and_leaves_nothing(house: FullHouse, tmp_path: Path) -> None:
    before = whole(house.db)
    url = house.db.url.render_as_string(hide_password=False)
    done = restore.drill(url, house.vault._keyring, house.now)
    assert done.rows > 50 and done.seconds < 60 and whole(house.db) == before
    print(f"\n{done.rows} rows restored and compared in {done.seconds:.2f} s on {house.db.kind}")
