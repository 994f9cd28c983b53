"""SQLite as we use it: two files, write-ahead logs, every commit on the disk. Knows no table.

The connection's own database is an empty one in memory; `keyring` is attached before `house`, because SQLite commits
attached files one after the other, in that order: a crash in between can leave a key nobody uses yet, or a person
whose key is gone, never words sealed with a key that was not kept.
"""

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event

from bot.store import StoreError

BUSY = 5.0
"""Seconds a transaction waits for another process's."""
CHECKPOINT = 1000
"""Pages in the log before the process that holds the store carries them over."""


def sqlite_version_risky(version: tuple[int, int, int] | None = None) -> bool:
    """Whether this SQLite can corrupt a file in WAL mode when two connections write and checkpoint at once.

    Fixed in 3.51.3, and in 3.50.7 and 3.44.6 of their branches.
    """
    release = version or sqlite3.sqlite_version_info
    if release >= (3, 51, 3):
        return False
    return release[:2] not in ((3, 50), (3, 44)) or release < {50: (3, 50, 7), 44: (3, 44, 6)}[release[1]]


def keyring_path(path: Path) -> Path:
    """The file of wrapped keys beside the store: `marge.db` has `marge.keys.db`."""
    return path.with_name(f"{path.stem}.keys{path.suffix or '.db'}")


def make_files(path: Path) -> None:
    """Empty files that only their owner may read; those that exist are left alone.

    Raises StoreError when they cannot be written.
    """
    for file in (path, keyring_path(path)):
        try:
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise StoreError(f"Impossible d'écrire la base {file} : {error.strerror}.") from error


def writer_engine(path: Path, **options: Any) -> Engine:
    """One connection, every transaction BEGIN IMMEDIATE; it leaves the log alone until `carry_over`."""
    engine = _engine(path, ("PRAGMA wal_autocheckpoint=0",), pool_size=1, max_overflow=0, **options)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def reader_engine(path: Path, readers: int, **options: Any) -> Engine:
    """Connections that cannot write; a transaction sees one state of the store from its first query on."""
    pragmas = ("PRAGMA wal_autocheckpoint=0", "PRAGMA query_only=ON")
    engine = _engine(path, pragmas, pool_size=readers, max_overflow=readers, **options)
    event.listen(engine, "begin", _begin)
    return engine


def schema_engine(path: Path) -> Engine:
    """For migrations: `house` is the main database, foreign keys are off (else a table rebuilt in batch mode would
    take its children's rows along), and the transaction is atomic over both files (no write-ahead log)."""

    def connect() -> sqlite3.Connection:
        raw = sqlite3.connect(path, timeout=BUSY, isolation_level=None, check_same_thread=False)
        try:
            raw.execute("ATTACH ? AS keyring", (str(keyring_path(path)),))
        except sqlite3.Error:
            raw.close()
            raise
        return raw

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=1, hide_parameters=True)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def leave_wal(connection: Connection) -> None:
    """Outside a transaction: back to rollback journals. Raises StoreError when another process has the files open."""
    raw = connection.connection
    try:
        for schema in ("main", "keyring"):
            raw.cursor().execute(f"PRAGMA {schema}.journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        raise StoreError("La base est ouverte par un autre programme : arrêtez Marge, puis recommencez.") from error


def carry_over(connection: Connection) -> None:
    """From now on this connection carries the log over to the file every CHECKPOINT pages."""
    connection.exec_driver_sql(f"PRAGMA wal_autocheckpoint={CHECKPOINT}")


def scrub(engine: Engine) -> bool:
    """Overwrites what is left of deleted keys in the keyring's log; False when somebody was reading it."""
    with engine.connect() as connection:
        cursor = connection.connection.cursor()
        busy, *_ = cursor.execute("PRAGMA keyring.wal_checkpoint(TRUNCATE)").fetchone() or (1,)
        return not busy


def _engine(path: Path, pragmas: tuple[str, ...], **options: Any) -> Engine:
    def connect() -> sqlite3.Connection:
        return _connect(path, pragmas)

    return create_engine("sqlite://", creator=connect, poolclass=QueuePool, **options)


def _connect(path: Path, pragmas: tuple[str, ...]) -> sqlite3.Connection:
    raw = sqlite3.connect(
        "file::memory:", timeout=BUSY, isolation_level=None, check_same_thread=False, cached_statements=512, uri=True
    )
    try:
        for schema, file in (("keyring", keyring_path(path)), ("house", path)):
            raw.execute(f"ATTACH ? AS {schema}", (f"{file.absolute().as_uri()}?mode=rw",))
            raw.execute(f"PRAGMA {schema}.journal_mode=WAL")
            raw.execute(f"PRAGMA {schema}.synchronous=FULL")
            raw.execute(f"PRAGMA {schema}.journal_size_limit=67108864")
        for pragma in ("PRAGMA keyring.secure_delete=ON", "PRAGMA foreign_keys=ON", *pragmas):
            raw.execute(pragma)
    except sqlite3.Error:
        raw.close()
        raise
    return raw


def _begin(connection: Connection) -> None:
    connection.connection.cursor().execute("BEGIN")


def _begin_immediate(connection: Connection) -> None:
    try:
        connection.connection.cursor().execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        raise StoreError(f"La base est occupée par un autre programme depuis {BUSY:.0f} secondes.") from error
