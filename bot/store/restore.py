"""A store made again from its copies, in an empty place: whole, or not at all.

The copy of people's keys is the ledger of erasures: it is younger than the copy of the tables, and who has no key in
it was erased since, and is erased again. What was due to leave is held: it may have left after the copy was made.
"""

import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import URL, Connection, Engine, create_engine, delete, func, inspect, select, text, update
from sqlalchemy.exc import ProgrammingError

from bot.store import StoreError, backup, copies, migrate, outbox
from bot.store import tables as t
from bot.store.address import parse, shown, sqlite_path
from bot.store.backup import NAMES, Tables, Tell
from bot.store.copies import DATA, KEYS, Kind, Manifest
from bot.store.database import Database
from bot.store.erasing import erase
from bot.store.retention import EMPTIED
from bot.store.sqlite import keyring_path
from bot.store.vault import HOUSE, Keyring, Unsealable, Vault

PG_RESTORE = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges")


@dataclass(frozen=True, slots=True)
class Held:
    """A message that was due to leave, of a person (0: nobody known)."""

    id: int
    owner_id: int
    method: str
    cause: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Restored:
    """`erased`: ids of people whose key is no more."""

    rows: int
    erased: list[int]
    held: list[Held]
    seconds: float


Sources: TypeAlias = Mapping[Kind, tuple[Path, Manifest]]
Settled: TypeAlias = tuple[list[int], list[Held]]


def restore(
    copy: Path, keys_copy: Path | None, database_url: str, keyring: Keyring, now: datetime, tell: Tell = lambda _: None
) -> Restored:  # fmt: skip
    """Restores a copy of the tables, with the newest copy of the keys beside it unless one is named.

    Raises StoreError, and leaves nothing: the place is not empty, a copy is damaged, missing or newer than this
    version, a master key is missing, or the words of somebody do not open any more.
    """
    began = time.monotonic()
    keys_copy = keys_copy or _newest_keys(copy)
    manifests: Sources = {DATA: (copy, copies.read(copy, DATA)), KEYS: (keys_copy, copies.read(keys_copy, KEYS))}
    url = parse(database_url)
    data = manifests[DATA][1]
    if data.store != url.get_backend_name():
        raise StoreError(f"Cette copie vient de {data.store} : réglez DATABASE_URL sur une base de cette sorte.")
    if data.revision not in migrate.revisions():
        raise StoreError(f"Cette copie vient d'une autre version de Marge ({data.revision}) : mettez Marge à jour.")
    into = _into_files if sqlite_path(url) else _into_server
    erased, held = into(url, manifests, keyring, now)
    tell("Copies relues, tables à jour.")
    return Restored(sum(count for count, _ in data.tables.values()), erased, held, time.monotonic() - began)


def _newest_keys(copy: Path) -> Path:
    """Of the folder of copies that this one stands in."""
    found = copies.listed(copy.absolute().parent.parent, KEYS)
    if not found:
        raise StoreError("Aucune copie des clés n'est à côté de cette copie : nommez-en une avec --keys.")
    return found[-1]


def drill(database_url: str, keyring: Keyring, now: datetime, tell: Tell = lambda _: None) -> Restored:
    """A copy made, restored beside the store and compared row by row, then thrown away. Raises StoreError."""
    url = parse(database_url)
    with tempfile.TemporaryDirectory(prefix="marge-exercice-") as folder:
        made = backup.make(database_url, Path(folder) / "copies", now, tell)
        if path := sqlite_path(url):
            return restore(made.data, made.keys, f"sqlite:///{folder}/{path.name}", keyring, now, tell)
        with _beside(url) as place:
            return restore(made.data, made.keys, place.render_as_string(hide_password=False), keyring, now, tell)


@contextmanager
def _beside(url: URL) -> Iterator[URL]:
    """An empty database on the same server, for as long as it is needed."""
    name = f"marge_exercice_{os.getpid()}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT", hide_parameters=True)
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
        try:
            yield url.set(database=name)
        finally:
            with engine.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    except ProgrammingError as error:
        raise StoreError("Ce compte PostgreSQL ne peut pas créer de base : l'exercice n'a pas été fait.") from error
    finally:
        engine.dispose()


# --- SQLite ------------------------------------------------------------------------------------


def _into_files(url: URL, sources: Sources, keyring: Keyring, now: datetime) -> Settled:
    """Made ready in a folder of its own, then put in place: the keys first, without which the tables are not taken."""
    path = (sqlite_path(url) or Path()).absolute()
    places = {DATA: path, KEYS: keyring_path(path)}
    if any(place.exists() and place.stat().st_size for place in places.values()):
        raise StoreError(f"{path} ou ses clés existent déjà : mettez-les de côté, ou changez DATABASE_URL.")
    draft = path.parent / f".{path.name}.restauration"
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir(mode=0o700)
        for kind, (copy, manifest) in sources.items():
            shutil.copyfile(copy / manifest.file, draft / places[kind].name)
            _same(kind, backup.look(draft / places[kind].name)[0], manifest)
        settled = _settled(f"sqlite:///{draft / path.name}", keyring, now)
        for kind in (KEYS, DATA):
            _compact(draft / places[kind].name)
            os.replace(draft / places[kind].name, places[kind])
    except OSError as error:
        raise StoreError(f"Impossible d'écrire à côté de {path} : {error.strerror}.") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return settled


def _compact(file: Path) -> None:
    """Nothing is left of what was erased, not even in pages without use."""
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("PRAGMA journal_mode=DELETE")
        raw.execute("VACUUM")
    file.chmod(0o600)


# --- PostgreSQL --------------------------------------------------------------------------------


def _into_server(url: URL, sources: Sources, keyring: Keyring, now: datetime) -> Settled:
    engine = create_engine(url, hide_parameters=True)
    address = url.render_as_string(hide_password=False)
    revision = sources[DATA][1].revision
    try:
        if _names(engine):
            raise StoreError(f"{shown(url)} n'est pas vide : créez une base vide, et réglez DATABASE_URL sur elle.")
        try:
            for kind, (copy, manifest) in sources.items():
                backup.program("pg_restore", url, *PG_RESTORE, str(copy / manifest.file))
                with engine.begin() as connection:
                    _same(kind, backup.counted(connection, kind), manifest)
            if revision == migrate.head():
                return _settled(address, keyring, now, revision)
            with engine.begin() as connection:
                migrate.stamp(connection, revision)
            return _settled(address, keyring, now)
        except StoreError:
            _clear(engine)
            raise
    finally:
        engine.dispose()


def _names(engine: Engine) -> list[str]:
    found = inspect(engine)
    return [f'{schema}."{name}"' for schema in ("public", "keyring") for name in found.get_table_names(schema)]


def _clear(engine: Engine) -> None:
    """Takes back what was put into a place that was empty."""
    for name in _names(engine):
        with engine.begin() as connection:
            connection.execute(text(f"DROP TABLE {name} CASCADE"))
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA IF EXISTS keyring CASCADE"))
        connection.execute(text("DROP FUNCTION IF EXISTS audit_stays"))  # of a trigger: it does not go with its table


# --- both --------------------------------------------------------------------------------------


def _same(kind: Kind, found: Tables, manifest: Manifest) -> None:
    different = [name for name in found.keys() | manifest.tables.keys() if found.get(name) != manifest.tables.get(name)]
    if different:
        raise StoreError(f"Ce qui a été relu des {NAMES[kind]} n'est pas ce qui avait été copié ({different[0]}).")


def _settled(database_url: str, keyring: Keyring, now: datetime, revision: str = "") -> Settled:
    if not revision:
        migrate.upgrade(database_url)
    database = Database.open(database_url)
    try:
        return database.write_now(_settle, Vault(keyring), now, revision)
    finally:
        database.close()


def _settle(conn: Connection, vault: Vault, now: datetime, revision: str) -> Settled:
    vault.check(conn)
    erased = _erase_again(conn, vault, now)
    _refuse_unreadable(conn, vault, now)
    held = _hold(conn, now)
    for table in (t.web_sessions, t.sign_ins):  # one closed after the copy must not be open again
        conn.execute(delete(table))
    if revision:
        migrate.stamp(conn, revision)
    return erased, held


def _erase_again(conn: Connection, vault: Vault, now: datetime) -> list[int]:
    """Whoever has no key any more; staff first, whose digests would be opened for the others."""
    p = t.people.c
    gone = conn.execute(select(p.id, p.role).where(p.id.not_in(select(t.keys.c.person_id)))).all()
    for row in sorted(gone, key=lambda row: row.role == "participant"):
        erase(conn, vault, row.id, None, now)
    if gone:
        _drop_what_may_name(conn, vault, now)
    return sorted(row.id for row in gone)


def _drop_what_may_name(conn: Connection, vault: Vault, now: datetime) -> None:
    """What waited for the staff, or stood open at their desk: it may hold a name that nobody can look for any more."""
    o, p, i = t.outbox, t.people, t.inbox
    staff = [HOUSE, *conn.execute(select(p.c.id).where(p.c.role != "participant")).scalars()]
    vault.ready(conn, staff, now)
    for owner in staff:
        mine = update(o).where(o.c.owner_id == owner, func.length(o.c.payload) > EMPTIED)
        conn.execute(mine.values(payload=outbox.emptied(vault, owner) or b"", state="dropped", reason=outbox.RESTORED))
    conn.execute(update(p).where(p.c.id.in_(staff)).values(prompt=None))
    conn.execute(update(i).where(i.c.owner_id.in_(staff), i.c.state == "parked").values(raw=None))


def _refuse_unreadable(conn: Connection, vault: Vault, now: datetime) -> None:
    """After a change of people's keys, older copies of the tables say nothing any more."""
    rows = conn.execute(select(t.people.c.id, t.people.c.name)).all()
    vault.ready(conn, [row.id for row in rows], now)
    closed = sum(not _opens(vault, row.id, row.name) for row in rows)
    if closed:
        raise StoreError(
            f"Les mots de {closed} personne(s) ne s'ouvrent plus : leurs clés ont changé depuis cette copie. "
            "Choisissez-en une plus récente."
        )


def _opens(vault: Vault, person_id: int, name: bytes) -> bool:
    try:
        vault.open(person_id, "people.name", name)
    except Unsealable:
        return False
    return True


def _hold(conn: Connection, now: datetime) -> list[Held]:
    o = t.outbox.c
    due = o.state.in_(("ready", "sending")) & (o.not_before.is_(None) | (o.not_before <= now))
    rows = conn.execute(select(o.id, o.owner_id, o.method, o.cause, o.created_at).where(due).order_by(o.id)).all()
    conn.execute(update(t.outbox).where(due).values(state="held", reason=outbox.RESTORED))
    return [Held(*row) for row in rows]
