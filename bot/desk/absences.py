"""When a coach is away, and the deputy who hears the alerts meanwhile. Checks no rights.

A deputy learns who and what to do, never what was written: they get no access to anybody's answers.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Connection, and_, insert, select, update

from bot.conversation.house import House
from bot.desk import DeskError, handover, people
from bot.desk.roll import named
from bot.store import tables as t
from bot.store.case import ANSWER, SCHEDULED, Outgoing, Person, Timer
from bot.store.saving import insert_outbox, outbox_rows, upsert_timers
from bot.store.vault import Vault
from flows.calendar import resolve, spoken_day, zone

KIND = "absence"
REACH = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Absence:
    """From the first moment of its first day to the last of its last, where the coach lives. `ends_at` is excluded."""

    id: int
    coach_id: int
    coach: str
    deputy_id: int
    deputy: str
    starts_at: datetime
    ends_at: datetime


def put(
    conn: Connection, vault: Vault, house: House, coach: Person, deputy_id: int, first: date, last: date, now: datetime
) -> Absence:
    """Sets an absence; the deputy is told now, and again when it begins.

    Raises DeskError: unknown_coach, past_absence, overlapping_absence.
    """
    if deputy_id not in dict(handover.colleagues(conn, vault, coach.id, now)):
        raise DeskError("unknown_coach")
    place = zone(coach.zone)
    if last < first or not now.astimezone(place).date() <= last <= (now + REACH).date():
        raise DeskError("past_absence")
    starts = resolve(datetime.combine(first, time()), place)
    ends = resolve(datetime.combine(last + timedelta(days=1), time()), place)
    a = t.absences.c
    if conn.execute(select(a.id).where(*_standing(coach.id), a.starts_at < ends, a.ends_at > starts)).first():
        raise DeskError("overlapping_absence")
    row = {"coach_id": coach.id, "deputy_id": deputy_id, "starts_at": starts, "ends_at": ends, "created_at": now}
    number = int(conn.execute(insert(t.absences).values(**row).returning(a.id)).scalar_one())
    made = _one(conn, vault, a.id == number, now)
    assert made is not None
    _tell(conn, vault, house, made, "absence_set", now)
    if starts > now:
        morning = resolve(datetime.combine(first, time(8)), place)
        upsert_timers(conn, [Timer(f"c{coach.id}", KIND, str(number), morning, {"absence": number})])
    return made


def ahead(conn: Connection, vault: Vault, coach_id: int, now: datetime) -> list[Absence]:
    """Those of a coach that are not over, the soonest first."""
    return _all(conn, vault, and_(*_standing(coach_id), t.absences.c.ends_at > now), now)


def covering(conn: Connection, vault: Vault, deputy_id: int, now: datetime) -> list[Absence]:
    """Those that a coach stands in for, and that are not over."""
    a = t.absences.c
    return _all(conn, vault, and_(a.deputy_id == deputy_id, a.cancelled_at.is_(None), a.ends_at > now), now)


def cancel(conn: Connection, vault: Vault, house: House, coach: Person, absence_id: int, now: datetime) -> None:
    """The coach is there after all; the deputy is told. Raises DeskError: unknown_absence."""
    a = t.absences.c
    found = _one(conn, vault, and_(*_standing(coach.id), a.id == absence_id, a.ends_at > now), now)
    if found is None:
        raise DeskError("unknown_absence")
    conn.execute(update(t.absences).where(a.id == absence_id).values(cancelled_at=now))
    _tell(conn, vault, house, found, "absence_cancelled", now)


def due(conn: Connection, vault: Vault, house: House, timer: Timer, now: datetime) -> None:
    """The morning of the first day: the deputy is reminded."""
    a = t.absences.c
    found = _one(conn, vault, and_(a.id == int(timer.about["absence"]), a.cancelled_at.is_(None), a.ends_at > now), now)
    timer.state, timer.settled_at = ("fired" if found else "stale"), now
    if found:
        _tell(conn, vault, house, found, "absence_begins", now)
    upsert_timers(conn, [timer])


def _tell(conn: Connection, vault: Vault, house: House, absence: Absence, phrase: str, now: datetime) -> None:
    """A line to the deputy: dates and a coach's name."""
    p = t.people.c
    deputy = conn.execute(select(p.chat_id, p.zone).where(p.id == absence.deputy_id, p.reachable.is_(True))).first()
    if deputy is None or deputy.chat_id is None:
        return
    place = zone(deputy.zone)
    last = absence.ends_at - timedelta(minutes=1)
    said = house.speech.phrase(phrase, coach=named(absence.coach), first=spoken_day(absence.starts_at, place),
                               last=spoken_day(last, place))  # fmt: skip
    vault.ready(conn, [absence.deputy_id], now)
    rank = SCHEDULED if phrase == "absence_begins" else ANSWER
    outgoing = [Outgoing("sendMessage", said, deputy.chat_id, absence.deputy_id, rank)]
    insert_outbox(conn, outbox_rows(vault, outgoing, f"{phrase}{absence.id}", now))


def _standing(coach_id: int) -> tuple[ColumnElement[bool], ...]:
    return t.absences.c.coach_id == coach_id, t.absences.c.cancelled_at.is_(None)


def _one(conn: Connection, vault: Vault, where: ColumnElement[bool], now: datetime) -> Absence | None:
    return next(iter(_all(conn, vault, where, now)), None)


def _all(conn: Connection, vault: Vault, where: ColumnElement[bool], now: datetime) -> list[Absence]:
    a = t.absences.c
    rows = conn.execute(select(t.absences).where(where).order_by(a.starts_at, a.id)).all()
    names = people.names(conn, vault, {id for row in rows for id in (row.coach_id, row.deputy_id)}, now)
    return [
        Absence(row.id, row.coach_id, names.get(row.coach_id, ""), row.deputy_id, names.get(row.deputy_id, ""),
                row.starts_at, row.ends_at)
        for row in rows
    ]  # fmt: skip
