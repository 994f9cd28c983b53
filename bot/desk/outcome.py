"""What became of a push, person by person and in all: told by one statement, from timers, the outbox and modules (S15).

Knows no name and no word of anybody.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal, select, true

from bot.desk.recipients import of_push
from bot.store import tables as t

STATES = ("sent", "ready", "planned", "queued", "held", "doubtful", "refused", "cancelled", "skipped")
"""In the order in which they are told."""

UNDER_WAY = ("ready", "planned")
"""What goes on by itself."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one sending for one person. `why` is the reason of what did not leave.

    `scope` tells the occurrences of a rule apart: what stands behind the push's number.
    """

    person_id: int
    state: str
    at: datetime | None
    why: str | None = None
    scope: str = ""


def cause() -> ColumnElement[str]:
    """The mark, in the outbox, of the message that a timer of a push put there."""
    r = t.timers.c
    return literal("p").concat(r.scope).concat(":").concat(r.owner)


def outcome(
    conn: Connection, push_id: int, *, state: str | None = None, limit: int | None = None, offset: int = 0
) -> list[Fate]:
    """One row a person and an occurrence, by person: of one state, or of all."""
    held = _told(conn, push_id).subquery()
    told = held.c
    query = select(held).where(told.state == state if state else true())
    rows = conn.execute(query.order_by(told.person_id, told.id).limit(limit).offset(offset))
    return [Fate(row.person_id, row.state, row.at, row.why, row.scope.partition(":")[2]) for row in rows]


def tally(conn: Connection, push_id: int) -> Counter[str]:
    """How many sendings in each state."""
    told = _told(conn, push_id).subquery().c
    rows: Sequence[Any] = conn.execute(select(told.state, func.count()).group_by(told.state)).all()
    return Counter({row[0]: row[1] for row in rows})


def _told(conn: Connection, push_id: int) -> Select[Any]:
    p = t.pushes.c
    held = conn.execute(select(p.audience, p.rule).where(p.id == push_id)).first()
    mine = of_push(push_id, held is not None and held.rule is not None)
    flow = held.audience.get("flow") if held else None
    return _modules(mine, flow) if flow else _texts(mine)


def _texts(mine: ColumnElement[bool]) -> Select[Any]:
    o = t.outbox.c
    query = _columns(case(*_before(), *_left(o), (t.timers.c.why.is_not(None), "skipped"), else_="sent"), o)
    return query.outerjoin(t.outbox, o.cause == cause()).where(mine)


def _modules(mine: ColumnElement[bool], flow: str) -> Select[Any]:
    """By the newest time the module was begun since, and its first message."""
    o, u = t.outbox.c, t.runs.c
    newest = t.runs.alias("newest")
    nth = (select(func.max(newest.c.nth)).where(newest.c.enrolment_id == t.timers.c.enrolment_id, newest.c.flow == flow)
           .correlate(t.timers).scalar_subquery())  # fmt: skip
    opening = t.outbox.alias("opening")
    first = select(func.min(opening.c.id)).where(opening.c.run_id == u.id).correlate(t.runs).scalar_subquery()
    states = {"queued": "queued", "stopped": "cancelled", "expired": "cancelled"}
    closed = [(u.state == run, told) for run, told in states.items()]
    had = (t.timers.c.why == "already_there", "skipped")
    query = _columns(case(*_before(), had, *_left(o), *closed, else_="sent"), o)
    run = and_(u.enrolment_id == t.timers.c.enrolment_id, u.flow == flow, u.nth == nth)
    return query.outerjoin(t.runs, run).outerjoin(t.outbox, o.id == first).where(mine)


def _columns(state: ColumnElement[str], outbox: Any) -> Select[Any]:
    r, e = t.timers.c, t.enrolments.c
    at = case((r.state == "pending", r.due_at), else_=func.coalesce(outbox.sent_at, r.settled_at))
    why = case((r.state == "fired", func.coalesce(r.why, outbox.reason)), else_=r.why)
    columns = select(r.id, e.person_id, r.scope, state.label("state"), at.label("at"), why.label("why"))
    return columns.join(t.enrolments, e.id == r.enrolment_id)


def _before() -> list[tuple[ColumnElement[bool], str]]:
    """Timers that did not fire."""
    r = t.timers.c
    return [(r.state == "pending", "planned"), (r.state == "held", "held"), (r.state == "skipped", "skipped"),
            (r.state != "fired", "cancelled")]  # fmt: skip


def _left(o: Any) -> list[tuple[ColumnElement[bool], Any]]:
    return [(o.state == "sending", "ready"), (o.state == "dropped", "cancelled"), (o.state.is_not(None), o.state)]
