"""When a coach is away, and the deputy who hears the alerts meanwhile. Checks no rights.

A deputy learns who and what to do, never what was written: they get no access to anybody's answers.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, and_, exists, insert, select, update

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
    """From the first moment of its first day to the last of its last, where the coach lives. `ends_at` is excluded.

    `unrelayed`: the deputy is away themselves on one of these days.
    """

    id: int
    coach_id: int
    coach: str
    deputy_id: int
    deputy: str
    starts_at: datetime
    ends_at: datetime
    unrelayed: bool = False


def put(
    conn: Connection, vault: Vault, house: House, coach: Person, deputy_id: int, first: date, last: date, now: datetime
) -> Absence:
    """Sets an absence; the deputy is told now, and again when it begins.

    Raises DeskError: unknown_colleague, past_absence, overlapping_absence.
    """
    if deputy_id not in dict(handover.colleagues(conn, vault, coach.id, now)):
        raise DeskError("unknown_colleague")
    place = zone(coach.zone)
    first = max(first, now.astimezone(place).date())
    if not first <= last <= (now + REACH).date():
        raise DeskError("past_absence")
    starts, ends = _midnights(first, last, place)
    a, p = t.absences.c, t.people.c
    conn.execute(select(p.id).where(p.id == coach.id).with_for_update())  # one at a time, or two could overlap
    if conn.execute(select(a.id).where(*_standing(coach.id), a.starts_at < ends, a.ends_at > starts)).first():
        raise DeskError("overlapping_absence")
    row = {"coach_id": coach.id, "deputy_id": deputy_id, "starts_at": starts, "ends_at": ends, "created_at": now}
    number = int(conn.execute(insert(t.absences).values(**row).returning(a.id)).scalar_one())
    made = _one(conn, vault, a.id == number, now)
    assert made is not None
    _tell(conn, vault, house, made, "absence_set", now)
    if starts > now:
        timer = Timer(f"c{coach.id}", KIND, str(number), _morning(first, place), {"absence": number})
        upsert_timers(conn, [timer])
    return made


def move(conn: Connection, coach: Person, place: ZoneInfo, now: datetime) -> None:
    """The coach lives in `place` from now on: the days of those not over stay the same days, and so does a reminder."""
    a, w, before = t.absences.c, t.timers, zone(coach.zone)
    query = select(a.id, a.starts_at, a.ends_at).where(*_standing(coach.id), a.ends_at > now)
    for row in conn.execute(query).all():
        first = row.starts_at.astimezone(before).date()
        last = (row.ends_at - timedelta(minutes=1)).astimezone(before).date()
        starts, ends = _midnights(first, last, place)
        conn.execute(update(t.absences).where(a.id == row.id).values(starts_at=starts, ends_at=ends))
        waiting = (w.c.owner == f"c{coach.id}", w.c.kind == KIND, w.c.scope == str(row.id), w.c.state == "pending")
        conn.execute(update(w).where(*waiting).values(due_at=_morning(first, place)))


def _midnights(first: date, last: date, place: ZoneInfo) -> tuple[datetime, datetime]:
    """The first moment of the first day, and the one just after the last."""
    starts, ends = (datetime.combine(day, time()) for day in (first, last + timedelta(days=1)))
    return resolve(starts, place), resolve(ends, place)


def _morning(first: date, place: ZoneInfo) -> datetime:
    return resolve(datetime.combine(first, time(8)), place)


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
    a, other = t.absences.c, t.absences.alias().c
    theirs = (other.coach_id == a.deputy_id, other.cancelled_at.is_(None))
    meanwhile = exists().where(*theirs, other.starts_at < a.ends_at, other.ends_at > a.starts_at)
    query = select(t.absences, meanwhile.label("unrelayed")).where(where).order_by(a.starts_at, a.id)
    rows = conn.execute(query).all()
    names = people.names(conn, vault, {id for row in rows for id in (row.coach_id, row.deputy_id)}, now)
    return [
        Absence(row.id, row.coach_id, names.get(row.coach_id, ""), row.deputy_id, names.get(row.deputy_id, ""),
                row.starts_at, row.ends_at, bool(row.unrelayed))
        for row in rows
    ]  # fmt: skip
