"""What became of a push, person by person and in all: told by one statement, from timers, the outbox and modules (S15).

Knows no name and no word of anybody.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, String, and_, case, cast, func, literal, select, text, true

from bot.admin.recipients import of_push
from bot.store import tables as t

STATES = ("sent", "ready", "planned", "queued", "held", "doubtful", "refused", "cancelled", "skipped")
"""In the order in which they are told."""

_TIMERS = {"pending": "planned", "held": "held", "skipped": "skipped", "fired": "sent"}
"""A text's timers; those of any other state were cancelled."""

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
    flow, mine = _about(conn, push_id)
    if flow is None:
        return _texts_tally(conn, push_id, mine)
    told = _modules(mine, flow).subquery().c
    return _counted(conn, select(told.state, func.count()).group_by(told.state))


def timers(conn: Connection, mine: ColumnElement[bool]) -> Counter[str]:
    """How many timers in each state: occurrence by occurrence as they lie in the index, then added up."""
    r = t.timers.c
    each = select(r.state, func.count().label("n")).where(mine).group_by(r.scope, r.state).subquery().c
    return _counted(conn, select(each.state, func.sum(each.n)).group_by(each.state))


def _counted(conn: Connection, query: Select[Any]) -> Counter[str]:
    rows: Sequence[Any] = conn.execute(query).all()
    return Counter({row[0]: int(row[1]) for row in rows})


def _about(conn: Connection, push_id: int) -> tuple[str | None, ColumnElement[bool]]:
    """The module that it brings, if it does, and its timers."""
    p = t.pushes.c
    held = conn.execute(select(p.audience, p.rule).where(p.id == push_id)).first()
    mine = of_push(push_id, held is not None and held.rule is not None)
    return (held.audience.get("flow") if held else None), mine


def _told(conn: Connection, push_id: int) -> Select[Any]:
    flow, mine = _about(conn, push_id)
    return _texts(mine) if flow is None else _modules(mine, flow)


def _texts_tally(conn: Connection, push_id: int, mine: ColumnElement[bool]) -> Counter[str]:
    """A timer that fired put its message there: all have left but those that are known not to."""
    unsent = _unsent(conn, push_id, mine)
    told: Counter[str] = Counter()
    for state, n in timers(conn, mine).items():
        told[_TIMERS.get(state, "cancelled")] += n
    told["sent"] -= unsent.total()
    return +(told + unsent)


def _unsent(conn: Connection, push_id: int, mine: ColumnElement[bool]) -> Counter[str]:
    """Of a text's messages, those that have not left: few of them, unless it is under way."""
    r, o = t.timers.c, t.outbox.c
    owner = literal("e").concat(cast(o.enrolment_id, String))
    scope = func.substr(o.cause, 2, func.length(o.cause) - func.length(owner) - 2)
    state = case(*_left(o)).label("told")
    theirs = select(state, func.count()).join(t.timers, and_(r.owner == owner, r.scope == scope, mine))
    left = (text("outbox.rank=3 and outbox.state<>'sent'"), o.cause.like(f"p{push_id}:%"), r.state == "fired")
    return _counted(conn, theirs.where(*left).group_by(state))


def _texts(mine: ColumnElement[bool]) -> Select[Any]:
    o = t.outbox.c
    query = _columns(case(*_before(), *_left(o), else_="sent"), o)
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
