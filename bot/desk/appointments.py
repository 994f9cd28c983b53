"""Appointments from outside the conversation: booked, moved, cancelled, told apart once past. Checks no rights."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from bot.conversation import planning
from bot.conversation.house import House
from bot.desk import DeskError, brief, people
from bot.store import tables as t
from bot.store.case import Case, drawn_id
from bot.store.cases import appointment, person
from bot.store.vault import Vault
from flows.agenda import Appointment
from flows.calendar import resolve
from flows.calendar import zone as zone_of

REACH = timedelta(days=5 * 366)
"""How far from now an appointment may be: a slip of the keyboard is not planned for."""

STATES = ("cancelled", "done", "no_show")

LONGEST = 300
"""Characters of a place."""


@dataclass(frozen=True, slots=True)
class Change:
    """The last change made to an appointment; `by` is a name, nothing when no coach made it."""

    at: datetime
    by: str


class Stale(DeskError):
    """It was changed since the reader saw it: `change` says when and by whom, `now` what it is."""

    def __init__(self, now: Appointment | None, change: Change | None) -> None:
        super().__init__("stale_appointment")
        self.now, self.change = now, change


def put(
    conn: Connection, vault: Vault, house: House, person_id: int, session: str, local: datetime, zone: str | None,
    now: datetime, *, place: str | None = None, by: int | None = None, revision: int | None = None,
    was: str | None = None,
) -> Appointment:  # fmt: skip
    """Books or moves a session; the participant is told and everything that hangs on it is planned anew (S8).

    A naive `local` is the hour in `zone`, the participant's own when None; an aware one is that instant. `place` None
    keeps the place it has. `revision` (0: none was booked) and `was`, its place, are what the reader saw.
    Raises DeskError: unknown_person, unknown_session, unknown_zone, far_date, long_place, busy; Stale.
    """
    case = people.file(conn, vault, person_id, now)
    assert case.person is not None
    if session not in {s.id for s in house.programme(case).sessions}:
        raise DeskError("unknown_session")
    _same(conn, vault, case, session, revision, was)
    before, there = case.appointment(session), zone or case.person.zone
    at, where = instant(local, there, now), cleaned(place) if place is not None else None
    made = planning.set_appointment(house, case, session, at, there, drawn_id(), place=where, by=by)
    _save(conn, vault, case, before, made, now)
    return made


def cancel(conn: Connection, vault: Vault, house: House, person_id: int, session: str, now: datetime) -> Appointment:
    """Raises DeskError: unknown_person, no_appointment, busy."""
    return mark(conn, vault, house, person_id, session, "cancelled", now)


def mark(
    conn: Connection, vault: Vault, house: House, person_id: int, session: str, state: str, now: datetime, *,
    by: int | None = None, revision: int | None = None,
) -> Appointment:  # fmt: skip
    """Makes an appointment `cancelled`, `done` or `no_show` (S8.5, S8.6); one that is cancelled can only be put again.

    Raises DeskError: unknown_person, unknown_state, no_appointment, busy; Stale.
    """
    if state not in STATES:
        raise DeskError("unknown_state")
    case = people.file(conn, vault, person_id, now)
    before = case.appointment(session)
    _same(conn, vault, case, session, revision, None)
    if before is None or (before.state == "cancelled" and state != "cancelled"):
        raise DeskError("no_appointment")
    after = planning.change_state(house, case, session, state, by)
    assert after is not None
    _save(conn, vault, case, before, after, now)
    return after


def list_(conn: Connection, person_id: int) -> list[Appointment]:
    """All of a participant's appointments without their places, the earliest first, whatever became of them."""
    a, e = t.appointments, t.enrolments
    mine = select(a).join(e, e.c.id == a.c.enrolment_id).where(e.c.person_id == person_id).order_by(a.c.at, a.c.id)
    rows = conn.execute(mine)
    return [Appointment(row.id, row.session, row.at, row.zone, row.revision, row.state) for row in rows]


def whole(conn: Connection, vault: Vault, person_id: int, now: datetime) -> list[Appointment]:
    """The same with their places."""
    a, e = t.appointments, t.enrolments
    mine = select(a).join(e, e.c.id == a.c.enrolment_id).where(e.c.person_id == person_id).order_by(a.c.at, a.c.id)
    vault.ready(conn, [person_id], now)
    return [appointment(vault, person_id, row) for row in conn.execute(mine)]


def last_change(conn: Connection, vault: Vault, appointment_id: int, now: datetime) -> Change | None:
    a, p = t.appointments, t.people
    query = select(a.c.changed_at, p).outerjoin(p, p.c.id == a.c.changed_by).where(a.c.id == appointment_id)
    row = conn.execute(query).first()
    if row is None or row.changed_at is None:
        return None
    if row.id is None:
        return Change(row.changed_at, "")
    vault.ready(conn, [row.id], now)
    return Change(row.changed_at, person(vault, row).name)


def cleaned(place: str) -> str:
    """A place on one line, without what cannot be seen. Raises DeskError: long_place."""
    shown = "".join(c if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp") else " " for c in place)
    flat = " ".join(shown.split())
    if len(flat) > LONGEST:
        raise DeskError("long_place")
    return flat


def instant(local: datetime, place: str, now: datetime) -> datetime:
    """The instant of an hour in a zone. Raises DeskError: unknown_zone, far_date."""
    try:
        there = zone_of(place)
    except ValueError:
        raise DeskError("unknown_zone") from None
    try:
        at = resolve(local, there) if local.tzinfo is None else local.astimezone(now.tzinfo)
    except OverflowError:
        raise DeskError("far_date") from None
    if abs(at - now) > REACH:
        raise DeskError("far_date")
    return at


def _same(
    conn: Connection, vault: Vault, case: Case, session: str, revision: int | None, was: str | None
) -> None:  # fmt: skip
    """Two readers, one appointment: the second is told what the first made of it (S7.7)."""
    found = case.appointment(session)
    moved = revision is not None and revision != (found.revision if found else 0)
    placed = was is not None and was != (found.place if found else "")
    if moved or placed:
        raise Stale(found, last_change(conn, vault, found.id, case.now) if found else None)


def _save(
    conn: Connection, vault: Vault, case: Case, before: Appointment | None, after: Appointment, now: datetime
) -> None:
    """A new place alone leaves the brief where it is."""
    assert case.enrolment is not None
    people.put_back(conn, vault, case, now)
    if before is None or before.revision != after.revision:
        brief.schedule(conn, after, case.enrolment.id, case.coach.zone if case.coach else after.zone, now)
