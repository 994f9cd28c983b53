"""The timers that are due: claimed oldest first, one holder a person. Knows no kind."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, func, select, update

from bot.store import tables as t
from bot.store.case import Timer
from bot.store.cases import timer
from bot.store.saving import upsert_timers


def due(conn: Connection, now: datetime, limit: int, which: ColumnElement[bool]) -> list[Timer]:
    """Those of `which` that are pending and whose time has come.

    On PostgreSQL rows held by another process are passed over.
    """
    r = t.timers
    come = (r.c.state == "pending", r.c.due_at <= now)
    query = select(r).where(*come, which).order_by(r.c.due_at, r.c.id).limit(limit)
    if conn.dialect.name == "postgresql":
        query = query.with_for_update(skip_locked=True)
    return [timer(row) for row in conn.execute(query)]


def next_due(conn: Connection) -> datetime | None:
    found: datetime | None = conn.execute(
        select(func.min(t.timers.c.due_at)).where(t.timers.c.state == "pending")
    ).scalar()
    return found


def put_off(conn: Connection, timers: Iterable[Timer], now: datetime) -> None:
    """A timer whose handling failed comes back in a minute: dropped by no accident (S8.11)."""
    ids = [item.id for item in timers if item.id is not None]
    if ids:
        conn.execute(update(t.timers).where(t.timers.c.id.in_(ids)).values(due_at=now + timedelta(minutes=1)))


def put(conn: Connection, timers: Iterable[Timer]) -> None:
    upsert_timers(conn, timers)
