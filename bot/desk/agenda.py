"""A coach's appointments, whoever they are with: between two instants, and those they overlap. Checks no rights."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, exists, select

from bot.conversation.house import House
from bot.store import tables as t
from bot.store.cases import appointment
from bot.store.vault import Vault
from flows.agenda import Appointment

LONGEST = timedelta(hours=12)
"""No session lasts longer: how far back one may have begun that is not over."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An appointment with whom it is, the title of its session and how long that lasts."""

    person_id: int
    name: str
    appointment: Appointment
    title: str
    length: timedelta

    @property
    def end(self) -> datetime:
        return self.appointment.at + self.length


def between(
    conn: Connection, vault: Vault, house: House, coach_id: int, start: datetime, end: datetime, now: datetime, *,
    states: Sequence[str] = (), newest: bool = False, most: int = 1000, skip: int = 0,
) -> list[Entry]:  # fmt: skip
    """Those that begin from `start` on and before `end`, the earliest first, or the newest; of these states only, if

    any is named. At most `most` of them, after the first `skip`.
    """
    a, query = t.appointments, _between(coach_id, start, end)
    query = query.order_by(*((a.c.at.desc(), a.c.id.desc()) if newest else (a.c.at, a.c.id))).limit(most).offset(skip)
    rows = conn.execute(query.where(a.c.state.in_(states)) if states else query).all()
    vault.ready(conn, {row.person_id for row in rows}, now)
    return [_entry(vault, house, row) for row in rows]


def imprint(conn: Connection, house: House, coach_id: int, start: datetime, end: datetime) -> str:
    """A sum of all that `between` would give, nothing of it opened: the same while nothing has changed."""
    found, programmes = hashlib.sha256(), set()
    for row in conn.execute(_between(coach_id, start, end).order_by(t.appointments.c.id)):
        found.update(repr(tuple(row)).encode())
        programmes.add(row.programme)
    known = [house.library.programmes[name] for name in sorted(programmes) if name in house.library.programmes]
    found.update(repr([(s.id, s.title, s.hours) for one in known for s in one.sessions]).encode())
    return found.hexdigest()[:32]


def overlapping(
    conn: Connection, vault: Vault, house: House, coach_id: int, at: datetime, length: timedelta, now: datetime
) -> list[Entry]:
    """Planned ones that take some of the same time."""
    near = between(conn, vault, house, coach_id, at - LONGEST, at + length, now, states=("planned",))
    return [entry for entry in near if entry.end > at]


def unbooked(conn: Connection, vault: Vault, coach_id: int, now: datetime, most: int) -> list[tuple[int, str]]:
    """Participants under way with nothing planned ahead, as (id, name): those who came first, at most so many."""
    a, e, p = t.appointments, t.enrolments, t.people
    ahead = exists().where(a.c.enrolment_id == e.c.id, a.c.state == "planned", a.c.at > now)
    mine = select(p.c.id, p.c.name).join(e, e.c.person_id == p.c.id).where(e.c.coach_id == coach_id, ~ahead)
    rows = conn.execute(mine.where(e.c.state.in_(("active", "paused"))).order_by(e.c.id).limit(most)).all()
    vault.ready(conn, {row.id for row in rows}, now)
    return [(row.id, vault.open_text(row.id, "people.name", row.name)) for row in rows]


def _between(coach_id: int, start: datetime, end: datetime) -> Select[Any]:
    a, e, p = t.appointments, t.enrolments, t.people
    query = select(a, e.c.person_id, e.c.programme, p.c.name)
    query = query.join(e, e.c.id == a.c.enrolment_id).join(p, p.c.id == e.c.person_id)
    return query.where(e.c.coach_id == coach_id, a.c.at >= start, a.c.at < end)


def _entry(vault: Vault, house: House, row: Any) -> Entry:
    name = vault.open_text(row.person_id, "people.name", row.name)
    programme = house.library.programmes.get(row.programme)
    session = next((s for s in programme.sessions if s.id == row.session), None) if programme else None
    title, hours = (session.title, session.hours) if session else (row.session, 1)
    made = appointment(vault, row.person_id, row)
    return Entry(row.person_id, name, made, title, timedelta(hours=hours))
