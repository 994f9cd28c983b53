"""What was written in a programme, destroyed at its end but for what stays (R6313-7). Who it was of remains a person.

Must run inside a transaction. Knows no programme: it is told what stays.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, false, insert, or_, select, true, update

from bot.store import erasing
from bot.store import tables as t
from bot.store.retention import SETTLED, Subject
from bot.store.vault import Vault


@dataclass(frozen=True, slots=True)
class Keep:
    """What stays: modules, files, notes, the synthesis, and (`loose`) the journal and the coach's words."""

    runs: frozenset[int] = field(default=frozenset())
    media: frozenset[str] = field(default=frozenset())
    loose: bool = False
    notes: bool = False
    synthesis: bool = False


def destroy(conn: Connection, vault: Vault, about: Subject, keep: Keep, now: datetime) -> dict[str, int]:
    """How many rows went, by table. A message that has just come in is not touched: it is answered first."""
    gone = {table.name: conn.execute(delete(table).where(mine)).rowcount for table, mine in _going(about, keep)}
    a = t.appointments
    conn.execute(update(a).where(a.c.enrolment_id == about.enrolment, a.c.at <= now).values(place=None))
    erasing.leave_digests(conn, vault, about, now)
    return {name: n for name, n in gone.items() if n}


def certify(conn: Connection, person_id: int, kind: str, gone: Mapping[str, int], now: datetime) -> None:
    """Writes the certificate: numbers, never a content."""
    conn.execute(insert(t.certificates).values(person_id=person_id, kind=kind, about=dict(gone), at=now))


def _going(about: Subject, keep: Keep) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Each table with its rows that go: what hangs on a row before it."""
    e, runs = about.enrolment, sorted(keep.runs)
    r, m, o, i = t.replies.c, t.media.c, t.outbox.c, t.inbox.c
    told = t.testimonials.c.run_id
    yield t.testimonials, and_(told.in_(_ids(t.runs, e)), told.not_in(runs))
    yield t.skills, and_(t.skills.c.enrolment_id == e, t.skills.c.run_id.not_in(runs))
    yield t.pages, and_(t.pages.c.enrolment_id == e, _unless(keep.loose))
    yield t.syntheses, and_(t.syntheses.c.enrolment_id == e, _unless(keep.synthesis))
    yield t.briefs, t.briefs.c.appointment_id.in_(_ids(t.appointments, e))
    yield t.comments, and_(t.comments.c.enrolment_id == e, _unless(keep.loose))
    yield t.notes, and_(t.notes.c.enrolment_id == e, _unless(keep.notes))
    yield t.replies, and_(r.enrolment_id == e, or_(_of_other(r.run_id, runs), r.run_id.is_(None) & _unless(keep.loose)))
    yield t.media, and_(m.person_id == about.person, m.id.not_in(sorted(keep.media)))
    yield t.events, t.events.c.enrolment_id == e
    settled = o.run_id.is_(None) & o.state.in_(SETTLED)
    yield t.outbox, and_(o.owner_id == about.person, or_(_of_other(o.run_id, runs), settled))
    yield (
        t.inbox,
        and_(i.owner_id == about.person, i.state != "new", or_(_of_other(i.run_id, runs), i.run_id.is_(None))),
    )
    yield t.runs, and_(t.runs.c.enrolment_id == e, t.runs.c.id.not_in(runs))


def _ids(parent: Table, enrolment: int) -> Any:
    return select(parent.c.id).where(parent.c.enrolment_id == enrolment)


def _of_other(run: Any, runs: list[int]) -> ColumnElement[bool]:
    return and_(run.is_not(None), run.not_in(runs))


def _unless(kept: bool) -> ColumnElement[bool]:
    return false() if kept else true()
