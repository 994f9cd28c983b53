"""Distress signalled, until somebody says they saw it (S18): for the coach, and for their deputy meanwhile.

Knows no word of anybody. Checks no rights beyond whose alerts these are.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, or_, select, update

from bot.store import tables as t

KIND = "distress"
E, V, A = t.enrolments.c, t.events.c, t.absences.c


def heard_by(coach_id: int, now: datetime) -> ColumnElement[bool]:
    """Those whose alerts reach this coach: their own participants, and those of a coach they stand in for now."""
    away = (A.deputy_id == coach_id, A.cancelled_at.is_(None), A.starts_at <= now, A.ends_at > now)
    return or_(E.coach_id == coach_id, E.coach_id.in_(select(A.coach_id).where(*away)))


def unseen() -> ColumnElement[bool]:
    return (V.kind == KIND) & V.seen_at.is_(None)


def seen(conn: Connection, event_id: int, by: int, now: datetime) -> bool:
    """Marks an alert as seen by this coach; whether it is one of theirs. Whoever saw it first stays named."""
    theirs = (V.id == event_id, V.kind == KIND, V.enrolment_id == E.id, heard_by(by, now))
    if conn.execute(select(V.id).where(*theirs)).first() is None:
        return False
    conn.execute(update(t.events).where(V.id == event_id, unseen()).values(seen_at=now, seen_by=by))
    return True
