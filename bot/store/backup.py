"""The store copied while it works: one file of the tables, one of people's wrapped keys, each with its manifest.

SQLite: VACUUM INTO, which holds nobody up. PostgreSQL: pg_dump, the tables without the schema `keyring`, then that
schema alone. The tables go first: who is erased in between has no key in the copy, and so is not restored. The master
keys are never copied.
"""

import hashlib
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from bot.store import StoreError, copies, migrate
from bot.store.address import parse, shown, sqlite_path
from bot.store.copies import DATA, KEYS, Kind, Manifest
from bot.store.sqlite import BUSY, keyring_path

Tell = Callable[[str], None]
Tables = dict[str, tuple[int, str]]
NAMES: dict[Kind, str] = {DATA: "données", KEYS: "clés des personnes"}
MEBI = 1024 * 1024
PG_DUMP = ("-Fc", "--no-owner", "--no-privileges")


@dataclass(frozen=True, slots=True)
class Made:
    """Where the copies are, those that went because they had been kept long enough, and how many rows were copied."""

    data: Path
    keys: Path
    expired: list[Path]
    rows: int


def make(database_url: str, root: Path, now: datetime, tell: Tell = lambda _: None) -> Made:
    """Copies the store into `root`, and deletes the copies whose time is over. Raises StoreError; then no copy is
    left half made. Blocks: seconds for hundreds of mebibytes."""
    url = parse(database_url)
    copy = _sqlite if sqlite_path(url) else _postgres
    made: dict[Kind, Path] = {}
    manifest: dict[Kind, Manifest] = {}
    for kind in (DATA, KEYS):
        began = time.monotonic()
        draft = copies.begin(root, kind, now)
        try:
            manifest[kind] = copy(url, kind, draft, now)
            made[kind] = copies.finish(draft, manifest[kind])
        except (OSError, sqlite3.Error, SQLAlchemyError) as error:
            raise StoreError(f"La copie de {shown(url)} a échoué : {type(error).__name__}.") from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        size = manifest[kind].size / MEBI
        tell(f"{NAMES[kind]} : {size:.1f} Mio copiés en {time.monotonic() - began:.1f} s, vérifiés.")
    rows = sum(count for count, _ in manifest[DATA].tables.values())
    return Made(made[DATA], made[KEYS], copies.expire(root, now), rows)


# --- SQLite ------------------------------------------------------------------------------------


def _sqlite(url: URL, kind: Kind, draft: Path, now: datetime) -> Manifest:
    store = sqlite_path(url) or Path()
    source = store if kind == DATA else keyring_path(store)
    if not source.exists():
        raise StoreError(f"{source} n'existe pas : il n'y a rien à copier.")
    copy = draft / source.name
    with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", timeout=BUSY, uri=True)) as raw:
        raw.execute("PRAGMA wal_autocheckpoint=0")
        raw.execute("VACUUM INTO ?", (str(copy),))
    tables, revision = look(copy)
    return _manifest(kind, "sqlite", now, revision, copy, tables)


def look(path: Path) -> tuple[Tables, str]:
    """The tables of a file that nobody works on, and their revision (empty for the keys). Raises StoreError."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as raw:
        if raw.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            raise StoreError(f"{path} est abîmée : lancez « marge doctor », et gardez les copies précédentes.")
        names = [name for (name,) in raw.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
        tables = {n: digested(raw.execute(f'SELECT * FROM "{n}"')) for n in names if not n.startswith("sqlite_")}
        versions = raw.execute("SELECT version_num FROM alembic_version").fetchall() if migrate.MARK in tables else []
    return tables, versions[0][0] if versions else ""


# --- PostgreSQL --------------------------------------------------------------------------------


def _postgres(url: URL, kind: Kind, draft: Path, now: datetime) -> Manifest:
    copy = draft / f"{kind}.dump"
    engine = create_engine(url, isolation_level="REPEATABLE READ", hide_parameters=True)
    try:
        with engine.connect() as connection:
            snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
            tables = counted(connection, kind)
            revision = (migrate.current(connection) or "") if kind == DATA else ""
            # Without the revision: a store that is only half restored must not pass for a whole one.
            what = ["-N", "keyring", "-T", migrate.MARK] if kind == DATA else ["-n", "keyring"]
            program("pg_dump", url, *PG_DUMP, f"--snapshot={snapshot}", *what, "-f", str(copy))
    finally:
        engine.dispose()
    return _manifest(kind, "postgresql", now, revision, copy, tables)


def counted(connection: Connection, kind: Kind) -> Tables:
    """The tables of a PostgreSQL store as this transaction sees them."""
    schema = "public" if kind == DATA else "keyring"
    connection.execute(text("SET LOCAL TIME ZONE 'UTC'"))
    stream = connection.execution_options(stream_results=True, max_row_buffer=200)
    names = sorted(name for name in inspect(connection).get_table_names(schema) if name != migrate.MARK)
    return {n: digested(tuple(row) for row in stream.exec_driver_sql(f'SELECT * FROM {schema}."{n}"')) for n in names}


def program(name: str, url: URL, *args: str) -> None:
    """Runs pg_dump or pg_restore on a store; the password is not on the command line. Raises StoreError."""
    if shutil.which(name) is None:
        raise StoreError(f"{name} n'est pas sur cette machine : installez les outils clients de PostgreSQL.")
    address = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    secret = {"PGPASSWORD": url.password} if url.password else {}
    done = subprocess.run([name, *args, "-d", address], env={**os.environ, **secret}, capture_output=True, text=True)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["sans un mot"])[0]
        raise StoreError(f"{name} a échoué : {said}")


# --- both --------------------------------------------------------------------------------------


def digested(rows: Iterable[tuple[Any, ...]]) -> tuple[int, str]:
    """How many rows, and one digest of them all: the sum of their SHA-256, whatever their order."""
    count, total = 0, 0
    for row in rows:
        count += 1
        total += int.from_bytes(hashlib.sha256(repr(row).encode()).digest())
    return count, f"{total % 2**256:064x}"


def _manifest(kind: Kind, store: str, now: datetime, revision: str, copy: Path, tables: Tables) -> Manifest:
    return Manifest(kind, store, now, revision, copy.name, copy.stat().st_size, copies.digest(copy), tables)
