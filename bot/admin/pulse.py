"""How the house is: what waits, what failed, what is late. Numbers, and people by their number; opens no word.

Reads the tables and the folder of copies; checks no rights, and changes nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select

from bot.conversation.house import House
from bot.store import StoreError, copies, migrate
from bot.store import tables as t

LATE = timedelta(minutes=5)
"""How long a message that came, or something due, may wait where everything runs."""

SLOW = timedelta(minutes=15)
"""How long a message may wait to leave: a send to ten thousand people takes some minutes."""

LATELY = timedelta(days=7)
NAMED = 20
"""People named by their number."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing looked at. `key` ends the names of its phrases: what it is, and what to do when it is not well.

    `n` counts, `at` is since when or until when, `list` names what is meant.
    """

    key: str
    well: bool
    n: int = 0
    at: datetime | None = None
    list: str = ""


def signs(conn: Connection, house: House, now: datetime) -> list[Sign]:
    """Everything that is looked at, in an order that does not change."""
    return [*_queues(conn, now), _tick(conn, now), *_failures(conn, now), _unreachable(conn), _numbers(house, now),
            _copies(house, now), _tables(conn)]  # fmt: skip


def _queues(conn: Connection, now: datetime) -> Iterator[Sign]:
    i, o = t.inbox.c, t.outbox.c
    n, oldest = _waiting(conn, i.received_at, i.state == "new")
    yield Sign("inbox", oldest is None or now - oldest <= LATE, n, oldest)
    since = func.coalesce(o.not_before, o.created_at)
    n, oldest = _waiting(conn, since, o.state == "ready", or_(o.not_before.is_(None), o.not_before <= now))
    yield Sign("outbox", oldest is None or now - oldest <= SLOW, n, oldest)


def _waiting(conn: Connection, at: ColumnElement[Any], *where: ColumnElement[bool]) -> tuple[int, datetime | None]:
    row = conn.execute(select(func.count(), func.min(at)).where(*where)).one()
    return int(row[0]), row[1]


def _tick(conn: Connection, now: datetime) -> Sign:
    """The clock works when nothing due is left; when it last settled something is told beside."""
    w = t.timers.c
    n, oldest = _waiting(conn, w.due_at, w.state == "pending", w.due_at <= now - LATE)
    if n:
        return Sign("tick_late", False, n, oldest)
    last = conn.execute(select(func.max(w.settled_at)).where(w.settled_at <= now)).scalar()
    return Sign("tick" if last else "tick_none", True, at=last)


def _failures(conn: Connection, now: datetime) -> Iterator[Sign]:
    i, o = t.inbox.c, t.outbox.c
    n, oldest = _waiting(conn, i.received_at, i.state == "parked")
    yield Sign("parked", not n, n, oldest)
    for state in ("refused", "doubtful"):
        n, oldest = _waiting(conn, o.created_at, o.state == state, o.created_at > now - LATELY)
        yield Sign(state, not n, n, oldest)


def _unreachable(conn: Connection) -> Sign:
    e, p = t.enrolments.c, t.people.c
    who = select(p.id).select_from(t.people.outerjoin(t.enrolments, e.person_id == p.id))
    who = who.where(p.reachable.is_(False), or_(e.state.is_(None), e.state.not_in(("stopped", "ended")))).order_by(p.id)
    ids = conn.execute(who).scalars().all()
    more = "…" if len(ids) > NAMED else ""
    return Sign("unreachable", not ids, len(ids), list=", ".join(f"n° {id}" for id in ids[:NAMED]) + more)


def _numbers(house: House, now: datetime) -> Sign:
    """Numbers to call that nobody has checked for too long (cadre 1.8)."""
    old = [each.number for each in house.library.numbers if each.stale(now.date())]
    return Sign("numbers", not old, len(old), list=", ".join(old))


def _copies(house: House, now: datetime) -> Sign:
    if house.backups is None:
        return Sign("copies_none", True)
    try:
        last = copies.newest(house.backups)
    except (StoreError, OSError) as error:
        return Sign("copies_unread", False, list=str(error))
    return Sign("copies" if last else "copies_never", last is not None and now - last <= copies.LATE, at=last)


def _tables(conn: Connection) -> Sign:
    found = migrate.current(conn) or ""
    return Sign("tables", found == migrate.head(), list=found)
