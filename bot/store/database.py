"""The connections: one thread that writes, a few that read, on SQLite or PostgreSQL. Knows no query."""

import asyncio
import threading
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Concatenate, ParamSpec, TypeVar

import msgspec
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from bot.store import CutShort as CutShort
from bot.store import StoreError as StoreError
from bot.store import migrate, sqlite
from bot.store.address import parse, shown, sqlite_path
from bot.store.lock import FileLock
from bot.store.shift import Alone, Shift

P = ParamSpec("P")
T = TypeVar("T")

READERS = 4

STILL = 10
"""Seconds that PostgreSQL lets a transaction wait for its process to say more: its locks hold up others meanwhile."""

_NOBODY = ("08", "40", "53", "57", "58")
"""Classes of PostgreSQL's errors that nothing in the statement was the cause of."""


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


# hide_parameters: a failed statement is logged, what people wrote is not.
_OPTIONS: dict[str, Any] = {
    "hide_parameters": True,
    "query_cache_size": 1000,
    "json_serializer": _json,
    "json_deserializer": msgspec.json.decode,
}
_READ: dict[str, Any] = {"readonly": True}  # asked by the vault: no key is made on a connection that only reads
_READ_POSTGRES: dict[str, Any] = {**_READ, "postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}


class Database:
    """An open store. `write` runs one function at a time, in the order asked; `read` several, on one state each."""

    def __init__(self, url: URL, writer: Engine | None, reader: Engine, lock: FileLock | None) -> None:
        self.url = url
        self._writer = writer
        self._reader = reader
        self._lock = lock
        self._writing = ThreadPoolExecutor(1, "store-writer")
        self._reading = ThreadPoolExecutor(READERS, "store-reader")
        self._writer_thread = 0
        self._scrub = False

    @classmethod
    def open(cls, url: str, *, writer: bool = True) -> "Database":
        """Opens `sqlite:///path` (created empty if it is not there) or `postgresql://…`.

        Raises StoreError when it cannot be opened. Tells nothing of the tables: see `check`.
        """
        database = cls._build(parse(url), writer)
        try:
            database._try_connections()
        except (SQLAlchemyError, OSError) as error:
            database.close()
            raise StoreError(f"Impossible d'ouvrir la base {shown(database.url)} : {_reason(error)}") from error
        return database

    @classmethod
    def _build(cls, url: URL, writer: bool) -> "Database":
        if path := sqlite_path(url):
            sqlite.make_files(path)
            writing = sqlite.writer_engine(path, **_OPTIONS) if writer else None
            reading = sqlite.reader_engine(path, READERS, execution_options=_READ, **_OPTIONS)
            return cls(url, writing, reading, FileLock(path.with_name(path.name + ".lock")))
        options = {**_OPTIONS, "pool_pre_ping": True, "connect_args": {"connect_timeout": 10}}
        writing = create_engine(url, pool_size=1, max_overflow=0, **options) if writer else None
        reading = create_engine(url, pool_size=READERS, execution_options=_READ_POSTGRES, **options)
        return cls(url, writing, reading, None)

    def _try_connections(self) -> None:
        for engine in (self._writer, self._reader):
            if engine is not None:
                engine.connect().close()

    @property
    def kind(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.url.get_backend_name()

    # --- in a transaction ----------------------------------------------------------------------

    async def write(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `fn(connection, …)` gives, once its transaction is committed; nothing of it stays if it raises.

        A caller that is cancelled while it waits does not stop a transaction already begun. Raises CutShort.
        """
        return await asyncio.wrap_future(self._writing.submit(lambda: self._transaction(fn, *args, **kwargs)))

    async def read(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `fn(connection, …)` gives; it sees one state of the store and cannot change it."""
        return await asyncio.wrap_future(self._reading.submit(lambda: self.read_now(fn, *args, **kwargs)))

    def write_now(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`write` for a caller without asyncio. Must not be called from within a `write`."""
        if threading.get_ident() == self._writer_thread:
            raise RuntimeError("write_now inside a write: it would wait for itself")
        return self._writing.submit(lambda: self._transaction(fn, *args, **kwargs)).result()

    def read_now(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`read` in the caller's own thread."""
        with self._cut(), self._reader.begin() as connection, self._cut(connection):
            return fn(connection, *args, **kwargs)

    def _transaction(self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        self._writer_thread = threading.get_ident()
        with self._cut(), self._engine().begin() as connection, self._cut(connection):
            result = fn(connection, *args, **kwargs)
            forgot = connection.info.pop("forgot_key", False)
        self._scrub = self._scrub or forgot
        if self._scrub:
            self._scrub_keyring()
        return result

    @contextmanager
    def _cut(self, connection: Connection | None = None) -> Iterator[None]:
        """Makes a CutShort of what the store alone is the cause of."""
        try:
            yield
        except SQLAlchemyError as error:
            if blameless(error) or (connection is not None and connection.invalidated):
                raise CutShort(type(getattr(error, "orig", None) or error).__name__) from error
            raise

    def _engine(self) -> Engine:
        if self._writer is None:
            raise RuntimeError("opened with writer=False")
        return self._writer

    # --- as a whole ----------------------------------------------------------------------------

    def check(self) -> None:
        """Raises StoreError unless the tables are those this version of Marge was written for."""
        found = self.read_now(migrate.current)
        if found == migrate.head():
            return
        if found is None:
            raise StoreError("La base n'a pas encore de tables : lancez « marge migrate ».")
        if found in migrate.revisions():
            raise StoreError(f"La base est restée à la version {found} : lancez « marge migrate ».")
        raise StoreError(f"La base vient d'une version plus récente de Marge ({found}) : mettez Marge à jour.")

    def hold(self) -> None:
        """Makes this the one long-running process on a SQLite file; the others may still come and go.

        PostgreSQL takes several, but ends the transaction of one that hangs. Raises StoreError when another one runs.
        """
        if self._lock is None:
            self._writing.submit(self._not_for_ever).result()
            return
        if self._lock.held:
            return
        if not self._lock.take():
            raise self._lock.refusal()
        self._writing.submit(self._carry_over).result()

    def shift(self, posts: Collection[str]) -> Alone:
        """The place of this process among those that work here; close it before this."""
        if self.kind != "postgresql":
            return Alone()
        shift = Shift.on(self.url, posts)
        event.listen(self._engine(), "connect", shift.sign)
        self._writing.submit(self._engine().dispose).result()
        return shift

    def _not_for_ever(self) -> None:
        @event.listens_for(self._engine(), "connect")
        def patient(connection: Any, _: object) -> None:
            connection.execute(f"SET idle_in_transaction_session_timeout = '{STILL}s'")
            connection.commit()

        self._engine().dispose()

    def _carry_over(self) -> None:
        with self._engine().connect() as connection:
            sqlite.carry_over(connection)

    def scrub(self) -> None:
        """Overwrites what the keyring's log still holds of keys that another process has deleted.

        For the holder to call now and then; keys deleted through this Database are scrubbed at once.
        """
        self._writing.submit(self._scrub_keyring).result()

    def _scrub_keyring(self) -> None:
        """Only one process may touch the log (see `sqlite_version_risky`): the holder, or we if nobody holds."""
        if self._lock is None:
            self._scrub = False
            return
        borrowed = not self._lock.held
        if not self._lock.take():
            self._scrub = False  # the holder's task
            return
        try:
            self._scrub = not sqlite.scrub(self._engine())
        finally:
            if borrowed:
                self._lock.release()

    def create_all(self) -> None:
        """The tables as tables.py has them today, without a version: for a throw-away store."""
        migrate.create_all(self.url.render_as_string(hide_password=False))

    def close(self) -> None:
        """Ends what was begun, then closes everything."""
        self._writing.shutdown()
        self._reading.shutdown()
        for engine in (self._reader, self._writer):
            if engine is not None:
                engine.dispose()
        if self._lock is not None:
            self._lock.release()


def blameless(error: Exception) -> bool:
    """Whether the store alone is the cause: what failed for it may be asked again, and counts as no fault."""
    if not isinstance(error, DBAPIError):
        return False
    ours = type(error.orig).__module__.startswith("psycopg") and isinstance(error, OperationalError)
    state: str | None = getattr(error.orig, "sqlstate", None)
    return error.connection_invalidated or (ours and (state is None or state[:2] in _NOBODY))


def _reason(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    return (str(cause).strip().splitlines() or [type(cause).__name__])[0]
