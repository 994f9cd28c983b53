"""What a change of an appointment would do, before anything is saved: the plan run on the case in memory (S8).

Knows neither Telegram nor the web. Checks no rights, and changes no row.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.conversation import notices, planning
from bot.conversation.house import House
from bot.desk import DeskError, agenda, appointments, brief
from bot.desk.roll import named
from bot.store.case import Case, Timer
from bot.store.cases import by_person
from bot.store.vault import Vault
from flows.agenda import Appointment
from flows.calendar import holiday, spoken
from flows.calendar import zone as zone_of

UNSAVED = 0
"""The id of an appointment that is only imagined."""

NO_ROOM = frozenset({"late", "quiet", "rest", "pace"})
"""Reasons for which an envoi finds no room; the others only say that its time is over."""


@dataclass(frozen=True, slots=True)
class Shift:
    """Something that leaves at `due`; `was`: when it would have left, None when it was not planned."""

    title: str
    was: datetime | None
    due: datetime


@dataclass(frozen=True, slots=True)
class Warned:
    """Something to look at before confirming, never a refusal: a phrase and its fields."""

    phrase: str
    about: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Preview:
    """`told`: when the participant hears of it, None for not at all; `standing`: where their programme stands.

    `shifts` leave at another instant than they would have; `again` are reminders that went out and will once more;
    `kept` went out and do not go again; `lost` would have left and will not; `left_out` find no room, `slow` of them
    because the pace is gentle. `zone` is the participant's.
    """

    name: str
    title: str
    before: Appointment | None
    after: Appointment
    told: datetime | None
    standing: str
    zone: str
    shifts: tuple[Shift, ...] = ()
    again: tuple[Shift, ...] = ()
    kept: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    slow: int = 0
    brief: Shift | None = None
    warnings: tuple[Warned, ...] = ()


def of_put(
    conn: Connection, vault: Vault, house: House, person_id: int, session: str, local: datetime, zone: str | None,
    now: datetime, *, place: str | None = None,
) -> Preview:  # fmt: skip
    """As `appointments.put` would do it. Raises DeskError: unknown_person, unknown_session, unknown_zone, far_date,

    long_place.
    """
    case = _case(conn, vault, person_id, now)
    assert case.person is not None
    if session not in {s.id for s in house.programme(case).sessions}:
        raise DeskError("unknown_session")
    there = zone or case.person.zone
    at, where = appointments.instant(local, there, now), appointments.cleaned(place) if place is not None else None
    found = _played(house, case, session, lambda: planning.set_appointment(
        house, case, session, at, there, UNSAVED, place=where))  # fmt: skip
    return _warned(conn, vault, house, case, found)


def of_mark(
    conn: Connection, vault: Vault, house: House, person_id: int, session: str, state: str, now: datetime
) -> Preview:
    """As `appointments.mark` would do it. Raises DeskError: unknown_person, unknown_state, no_appointment."""
    if state not in appointments.STATES:
        raise DeskError("unknown_state")
    case = _case(conn, vault, person_id, now)
    if case.appointment(session) is None:
        raise DeskError("no_appointment")
    return _played(house, case, session, lambda: planning.change_state(house, case, session, state))


def _case(conn: Connection, vault: Vault, person_id: int, now: datetime) -> Case:
    case = by_person(conn, vault, [person_id], now).get(person_id)
    if case is None or case.enrolment is None:
        raise DeskError("unknown_person")
    return case


# --- what comes of it ------------------------------------------------------------------------

_Plan = dict[str, Timer]
"""Timers of envois by `<appointment>:<envoi>`, whatever the revision."""


def _played(house: House, case: Case, session: str, change: Callable[[], object]) -> Preview:
    before, ahead = case.appointment(session), _timers(case, "pending", "held")
    gone, fired = _skipped(case), _timers(case, "fired").keys()
    change()
    after = case.appointment(session)
    assert after is not None and case.person is not None and case.enrolment is not None
    planned = _timers(case, "pending", "held")
    changed = {key: timer for key, timer in planned.items() if key not in ahead or ahead[key].due_at != timer.due_at}
    shifts = {key: _shift(house, case, ahead.get(key), timer) for key, timer in changed.items()}
    new = {key: why for key, why in _skipped(case).items() if why in NO_ROOM and gone.get(key) != why}
    mine = f"{after.id}:"
    moved = before is not None and before.revision != after.revision
    return Preview(
        named(case.person.name), _title(house, case, session), before, after, _told(case), _standing(case),
        case.person.zone,
        shifts=_ordered(shift for key, shift in shifts.items() if key not in fired),
        again=_ordered(shift for key, shift in shifts.items() if key in fired),
        kept=_titles(house, case, [k for k in fired if moved and k.startswith(mine) and k not in planned]),
        lost=_titles(house, case, [k for k in ahead if k not in planned and k not in new]),
        left_out=_titles(house, case, [*new]),
        slow=sum(why == "pace" for why in new.values()),
        brief=_brief(case, before, after),
    )  # fmt: skip


def _timers(case: Case, *states: str) -> _Plan:
    found = (t for t in case.timers if t.kind == "envoi" and t.state in states)
    return {t.scope.rpartition(":")[0]: t for t in found}


def _skipped(case: Case) -> dict[str, str | None]:
    """What was left out, and why: the newest word on each."""
    found = [t for t in case.timers if t.kind == "envoi" and t.state == "skipped"]
    return {t.scope.rpartition(":")[0]: t.why for t in sorted(found, key=lambda t: t.settled_at or case.now)}


def _shift(house: House, case: Case, before: Timer | None, after: Timer) -> Shift:
    title = planning.named(house, case, str(after.about["envoi"]))
    return Shift(title, before.due_at if before else None, after.due_at)


def _ordered(shifts: Iterable[Shift]) -> tuple[Shift, ...]:
    return tuple(sorted(shifts, key=lambda shift: shift.due))


def _titles(house: House, case: Case, keys: list[str]) -> tuple[str, ...]:
    return tuple(planning.named(house, case, key.partition(":")[2]) for key in sorted(keys))


def _told(case: Case) -> datetime | None:
    """When the notice leaves: it is on its way already, or it waits for its hour."""
    if any(out.chat_id == case.chat_id for out in case.changes.out):
        return case.now
    waiting = [t for t in case.changes.timers if t.kind == notices.KIND and t.state == "pending"]
    return waiting[-1].due_at if waiting else None


def _standing(case: Case) -> str:
    assert case.person is not None and case.enrolment is not None
    return case.enrolment.state if case.person.reachable else "unreachable"


def _title(house: House, case: Case, session: str) -> str:
    return next((s.title for s in house.programme(case).sessions if s.id == session), session)


def _brief(case: Case, before: Appointment | None, after: Appointment) -> Shift | None:
    """When the coach's own brief leaves, if that changes."""
    zone, hour = case.coach.zone if case.coach else after.zone, brief.hour_of(case.coach.digest if case.coach else None)
    was = brief.day_before(before.at, zone, hour) if before and before.state == "planned" else None
    if after.state != "planned" or after.at <= case.now:
        return None
    due = max(case.now, brief.day_before(after.at, zone, hour))
    return Shift("", was, due) if due != was and (before is None or before.at != after.at) else None


# --- what to look at -------------------------------------------------------------------------


def _warned(conn: Connection, vault: Vault, house: House, case: Case, found: Preview) -> Preview:
    """The same with its warnings, where the coach is."""
    assert case.enrolment is not None
    zone = zone_of(case.coach.zone if case.coach else found.after.zone)
    warnings = [*_dated(house, case, found)]
    if case.enrolment.coach_id is not None:
        length = _length(house, case, found.after.session)
        others = agenda.overlapping(conn, vault, house, case.enrolment.coach_id, found.after.at, length, case.now)
        warnings += [_overlap(other, zone) for other in others if other.appointment.id != found.after.id]
    if found.slow:
        warnings.append(Warned("rdv_warn_pace", {"n": found.slow, "name": found.name}))
    return replace(found, warnings=tuple(warnings))


def _overlap(other: agenda.Entry, zone: ZoneInfo) -> Warned:
    about = {"name": named(other.name), "title": other.title, "date": spoken(other.appointment.at, zone)}
    return Warned("rdv_warn_overlap", about)


def _dated(house: House, case: Case, found: Preview) -> list[Warned]:
    hours, at = house.programme(case).hours, found.after.at
    zone = zone_of(case.coach.zone if case.coach else found.after.zone)
    start, end = at.astimezone(zone), (at + _length(house, case, found.after.session)).astimezone(zone)
    warnings = []
    if at <= case.now:
        warnings.append(Warned("rdv_warn_past", {}))
    if holiday(at, hours, zone):
        warnings.append(Warned("rdv_warn_holiday", {}))
    elif start.weekday() not in hours.days:
        warnings.append(Warned("rdv_warn_day", {}))
    if start.time() < hours.start or end.time() > hours.end or end.date() != start.date():
        warnings.append(Warned("rdv_warn_hours", {}))
    return warnings


def _length(house: House, case: Case, session: str) -> timedelta:
    return timedelta(hours=next((s.hours for s in house.programme(case).sessions if s.id == session), 1))
