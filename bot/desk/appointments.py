"""Appointments from outside the conversation: booked, moved, cancelled, told apart once past. Checks no rights."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from bot.conversation import planning
from bot.conversation.house import House
from bot.desk import DeskError, brief, people
from bot.store import tables as t
from bot.store.case import Case, drawn_id
from bot.store.vault import Vault
from flows.agenda import Appointment
from flows.calendar import resolve
from flows.calendar import zone as zone_of

REACH = timedelta(days=5 * 366)
"""How far from now an appointment may be: a slip of the keyboard is not planned for."""

STATES = ("cancelled", "done", "no_show")


def put(
    conn: Connection, vault: Vault, house: House, person_id: int, session: str, local: datetime, zone: str | None,
    now: datetime,
) -> Appointment:  # fmt: skip
    """Books or moves a session; the participant is told and everything that hangs on it is planned anew (S8).

    A naive `local` is the hour in `zone`, the participant's own when None; an aware one is that instant.
    Raises DeskError: unknown_person, unknown_session, unknown_zone, far_date, busy.
    """
    case = people.file(conn, vault, person_id, now)
    assert case.person is not None
    if session not in {s.id for s in house.programme(case).sessions}:
        raise DeskError("unknown_session")
    place = zone or case.person.zone
    made = planning.set_appointment(house, case, session, _instant(local, place, now), place, drawn_id())
    _save(conn, vault, case, made, now)
    return made


def cancel(conn: Connection, vault: Vault, house: House, person_id: int, session: str, now: datetime) -> Appointment:
    """Raises DeskError: unknown_person, no_appointment, busy."""
    return mark(conn, vault, house, person_id, session, "cancelled", now)


def mark(
    conn: Connection, vault: Vault, house: House, person_id: int, session: str, state: str, now: datetime
) -> Appointment:
    """Makes an appointment `cancelled`, `done` or `no_show` (S8.5, S8.6); one that is cancelled can only be put again.

    Raises DeskError: unknown_person, unknown_state, no_appointment, busy.
    """
    if state not in STATES:
        raise DeskError("unknown_state")
    case = people.file(conn, vault, person_id, now)
    before = case.appointment(session)
    if before is None or (before.state == "cancelled" and state != "cancelled"):
        raise DeskError("no_appointment")
    after = planning.change_state(house, case, session, state)
    assert after is not None
    _save(conn, vault, case, after, now)
    return after


def list_(conn: Connection, person_id: int) -> list[Appointment]:
    """All of a participant's appointments, the earliest first, whatever became of them."""
    a, e = t.appointments, t.enrolments
    mine = select(a).join(e, e.c.id == a.c.enrolment_id).where(e.c.person_id == person_id).order_by(a.c.at, a.c.id)
    rows = conn.execute(mine)
    return [Appointment(row.id, row.session, row.at, row.zone, row.revision, row.state) for row in rows]


def _save(conn: Connection, vault: Vault, case: Case, changed: Appointment, now: datetime) -> None:
    assert case.enrolment is not None
    people.put_back(conn, vault, case, now)
    coach_zone = case.coach.zone if case.coach else changed.zone
    brief.schedule(conn, changed, case.enrolment.id, coach_zone, now)


def _instant(local: datetime, place: str, now: datetime) -> datetime:
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
