"""Who is at work on one PostgreSQL: each long-running process is a session, and what it alone may do a lock of it.

The server itself ends the session of a process that was killed, at once, and of one that hangs, after LASTS: others
then take its posts, and what it was sending is in doubt. Knows no post by its work, and no table.
"""

import secrets
import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import structlog
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

log = structlog.get_logger()

RECEIVING, CLOCK = "receiving", "clock"
POSTS = {RECEIVING: 1, CLOCK: 2}

BEAT = 1.0
"""Seconds from one sign of life to the next."""

LASTS = 8.0
"""Seconds after the last one at which the server ends the session of whoever gave none."""

MARGIN = 2.0
"""Seconds before that, by our own watch, from which we send nothing any more."""

GRACE = 3.0
"""Seconds that a session may be missing: the server was restarted, and everybody comes back."""

_PRESENT, _HELD = 7368, 7369  # classes of locks: any two numbers, the same in every version
_TAKE = text("SELECT pg_try_advisory_lock(:of, :what)")
_LEAVE = text("SELECT pg_advisory_unlock(:of, :what)")
_THERE = text(
    "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND classid = :of AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)

_SIGNED = text(
    "SELECT pid, application_name FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name LIKE 'sender %'"
)
_END = text("SELECT pg_terminate_backend(:pid)")


class Alone:
    """The only process there is, as on SQLite: sure of itself, and at every post."""

    name: str | None = None
    """What it signs the messages under way with; None when nobody else could read it."""

    def beat(self) -> None:
        """Gives a sign of life; may wait for the store."""

    def sure(self) -> bool:
        """Whether nobody can have taken our place."""
        return True

    def has(self, post: str) -> bool:
        """Whether this post is ours alone, now."""
        return True

    def leave(self, post: str) -> None:
        """Somebody else may have it."""

    def gone(self, conn: Connection, names: Collection[str]) -> list[str]:
        """Those of these names who are not at work any more."""
        return []

    def close(self) -> None:
        """Others may know at once that we are gone."""


@dataclass(slots=True)
class Shift(Alone):
    """One of several. `beat` in any one thread at a time; the rest from anywhere."""

    engine: Engine
    wanted: set[str]
    number: int = field(default_factory=lambda: 1 + secrets.randbelow(2**31 - 1))
    _session: Connection | None = None
    _posts: set[str] = field(default_factory=set)
    _until: float = 0.0
    _missing: dict[str, float] = field(default_factory=dict)
    _stuck: dict[str, float] = field(default_factory=dict)
    _beating: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def on(cls, url: URL, posts: Collection[str]) -> "Shift":
        """One that is to hold these posts, whenever nobody else does."""
        options = f"-c idle_session_timeout={int(LASTS * 1000)}"
        engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT",
                               connect_args={"connect_timeout": 5, "options": options})  # fmt: skip
        return cls(engine, set(posts))

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"sender {self.number}"

    def beat(self) -> None:
        with self._beating:
            begun = monotonic()
            try:
                self._begin()
                self._take()
                self._cut_off()
            except SQLAlchemyError as error:
                log.warning("shift interrupted", error=type(error).__name__)
                self._lose()
            else:
                self._until = begun + LASTS - MARGIN if self._session else 0.0

    def sure(self) -> bool:
        return monotonic() < self._until

    def has(self, post: str) -> bool:
        return post in self._posts and self.sure()

    def leave(self, post: str) -> None:
        self.wanted.discard(post)

    def gone(self, conn: Connection, names: Collection[str]) -> list[str]:
        """Missing for GRACE, as often as this was asked."""
        there = {f"sender {number}" for number in conn.execute(_THERE, {"of": _PRESENT}).scalars()}
        now = monotonic()
        self._missing = {name: self._missing.get(name, now) for name in names if name not in there}
        return [name for name, since in self._missing.items() if now - since >= GRACE]

    def sign(self, connection: Any, _: object = None) -> None:
        """Marks a connection of ours, so that others may have it ended when we are gone."""
        connection.execute(f"SET application_name = '{self.name}'")
        connection.commit()

    def close(self) -> None:
        with self._beating:
            self._lose()
            self.engine.dispose()

    def _begin(self) -> None:
        if self._session is None:
            session = self.engine.connect()
            if not session.execute(_TAKE, {"of": _PRESENT, "what": self.number}).scalar():
                session.close()  # our own session of before, which the server has not missed yet
                return
            self._session = session

    def _take(self) -> None:
        if self._session is None:
            return
        for post in self._posts - self.wanted:
            self._posts.discard(post)  # before it is another's
            self._session.execute(_LEAVE, {"of": _HELD, "what": POSTS[post]})
        for post in self.wanted - self._posts:
            if self._session.execute(_TAKE, {"of": _HELD, "what": POSTS[post]}).scalar():
                self._posts.add(post)
                log.info("post taken", post=post)
        self._session.execute(text("SELECT 1"))

    def _cut_off(self) -> None:
        """Ends what those who are gone have begun: one that hangs in the middle of a statement has no other limit."""
        if self._session is None:
            return
        there = {f"sender {number}" for number in self._session.execute(_THERE, {"of": _PRESENT}).scalars()}
        signed = self._session.execute(_SIGNED).all()
        now = monotonic()
        names = {row.application_name for row in signed} - there
        self._stuck = {name: self._stuck.get(name, now) for name in names}
        for row in signed:
            if now - self._stuck.get(row.application_name, now) >= GRACE:
                log.warning("connection of one who is gone ended", name=row.application_name)
                self._session.execute(_END, {"pid": row.pid})

    def _lose(self) -> None:
        self._until, self._posts = 0.0, set()
        session, self._session = self._session, None
        if session is not None:
            session.invalidate()
            session.close()
