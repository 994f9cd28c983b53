"""What one enrolment is to be sent, and when, given its appointments and what already went out (S8, S9).

Knows no queue and no clock: the whole plan is computed anew each time, and the caller compares.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from types import MappingProxyType
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from flows.calendar import MINUTE, allowed, days_after, earlier, instant, later, resolve
from flows.calendar import zone as zone_of
from flows.model import Envoi, Hours, Programme

MARGIN = timedelta(hours=1)
"""What prepares an appointment is worth sending until then before it (S9)."""

REMINDED = timedelta(hours=2)
"""A reminder whose hour has passed is worth sending until then before the appointment (S8.4)."""

GRACE = timedelta(minutes=15)
"""An item so little behind its hour is due, not late: it may be on its way out."""

GENTLE = "rythme_doux"
"""The overlay that has a pace of its own (semantics 2.7)."""

PATIENCE = timedelta(days=30)
"""How long an item of the last session stays worth sending when nothing else bounds it."""

DAYS_A_WEEK = 7

Rest: TypeAlias = tuple[datetime, datetime]
State: TypeAlias = Literal["planned", "cancelled", "done", "no_show"]
Why: TypeAlias = Literal["on_time", "quiet", "rest", "pace", "late", "condensed"]
Reason: TypeAlias = Literal["late", "expired", "quiet", "rest", "no_show", "pace"]


@dataclass(frozen=True, slots=True)
class Appointment:
    """A session with its instant, the zone it was booked in, and how often its date or state was changed (from 1).

    `place` is an address or a link; a new one leaves `revision` as it is, for nothing is planned by it.
    """

    id: int
    session: str
    at: datetime
    zone: str
    revision: int
    state: State
    place: str = ""


@dataclass(frozen=True, slots=True)
class Delivered:
    """An envoi that went out. `revision` is the appointment's then, 0 when not known; `condensed`: it was merged."""

    envoi: str
    session: str
    at: datetime
    revision: int = 0
    condensed: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """An envoi to send at `due`; unique by (appointment, envoi, revision). `condensed`: merged with others."""

    envoi: Envoi
    appointment: int
    revision: int
    due: datetime
    why: Why


@dataclass(frozen=True, slots=True)
class Dropped:
    """An envoi that will not be sent, for the coach to see (S1.3). Said again by every plan, under the same key."""

    envoi: Envoi
    appointment: int
    revision: int
    reason: Reason


def plan(
    programme: Programme,
    appointments: Collection[Appointment],
    delivered: Collection[Delivered],
    *,
    now: datetime,
    zone: str,
    hours: Hours,
    overlays: Collection[str] = frozenset(),
    answers: Mapping[str, Collection[str]] = MappingProxyType({}),
    waiting: Collection[tuple[int, str, int]] = frozenset(),
) -> tuple[list[Planned], list[Dropped]]:
    """Every envoi of the programme, soonest first, and those that fall away; cancelled sessions have neither (S8.5).

    `answers` are what they said, as `flow.question` -> values: an envoi may hang on them. `zone` and `hours` are the
    recipient's; offsets are told in each appointment's zone (V5, V6). Nothing is due before
    `now`. `waiting` (appointment, envoi, revision) were planned and have not left: other hours do not make them late.
    What already went out is in neither list, but for a reminder whose new instant is to come (S8.2).
    Raises ValueError for an unknown zone, or hours that allow nothing for 60 days.
    """
    planner = _Planner(programme, appointments, now, zone_of(zone), hours, GENTLE in overlays, waiting)
    went = _Went(programme, delivered, now)
    for sent in went.paced():
        planner.ledger.count(sent.at, sent.condensed)
    for sent in went.asked():
        planner.asked.count(sent.at, sent.condensed)
    items = [i for i in planner.items(overlays, answers) if not went.holds(i)]
    for item in sorted(items, key=lambda i: (planner.spare(i), i.nominal)):
        planner.place(item)
    return sorted(planner.planned, key=lambda p: p.due), planner.dropped


def rests(programme: Programme, appointments: Collection[Appointment]) -> list[Rest]:
    """When nothing unasked-for is sent: from the start of each session until `programme.rest` hours after its end."""
    lengths = {session.id: session.hours for session in programme.sessions}
    held = sorted((a for a in appointments if a.state in ("planned", "done")), key=lambda a: a.at)
    whole = [(a.at, timedelta(hours=lengths.get(a.session, 0) + programme.rest)) for a in held if programme.rest]
    return [(at, at + length) for at, length in whole]


def rested(t: datetime, rests: Collection[Rest], hours: Hours, zone: ZoneInfo) -> datetime:
    """`t`, or the first allowed minute after the rest it falls in."""
    for start, end in rests:
        if start <= t < end:
            t = later(end, hours, zone)
    return t


# --- what there is to place ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Item:
    """An envoi of one appointment: the instant its author asked for, and the nearest one within hours."""

    envoi: Envoi
    appointment: Appointment
    raw: datetime
    nominal: datetime
    before: bool

    @property
    def reminder(self) -> bool:
        return self.envoi.kind == "reminder"


@dataclass(frozen=True, slots=True)
class _Went:
    """What already went out."""

    programme: Programme
    delivered: Collection[Delivered]
    now: datetime

    def holds(self, item: _Item) -> bool:
        """Sent, and not to be sent again: a reminder is, when its appointment moved and its new hour is to come."""
        same = [d for d in self.delivered if (d.envoi, d.session) == (item.envoi.id, item.appointment.session)]
        if not same or not item.reminder:
            return bool(same)
        return item.nominal <= self.now or any(d.revision == item.appointment.revision for d in same)

    def paced(self) -> list[Delivered]:
        """What counts in the pace, merged items last."""
        free = {e.id for e in self.programme.envois if e.kind == "reminder" or not e.paced}
        return sorted((d for d in self.delivered if d.envoi not in free), key=lambda d: d.condensed)

    def asked(self) -> list[Delivered]:
        """What the person asked for, which has a pace of its own."""
        ids = {e.id for e in self.programme.envois if not e.paced}
        return [d for d in self.delivered if d.envoi in ids]


@dataclass(slots=True)
class _Ledger:
    """How many items each local day and each ISO week already holds; one merged into another's message is none more."""

    zone: ZoneInfo
    per_day: int
    per_week: int
    held: Counter[tuple[int, ...]] = field(default_factory=Counter)
    counted: list[datetime] = field(default_factory=list)

    def count(self, t: datetime, merged: bool) -> None:
        if not (merged and any(abs(t - other) <= GRACE for other in self.counted)):
            day = self._day(t)
            self.held.update((day, day[:2]))
            self.counted.append(t)

    def room(self, t: datetime) -> bool:
        day = self._day(t)
        return self.held[day] < self.per_day and self.held[day[:2]] < self.per_week

    def had_room(self, t: datetime) -> bool:
        """Whether there was room at `t`, whatever went out after it."""
        day = self._day(t)
        before = [self._day(other) for other in self.counted if other <= t]
        return before.count(day) < self.per_day and sum(d[:2] == day[:2] for d in before) < self.per_week

    def _day(self, t: datetime) -> tuple[int, int, int]:
        day = t.astimezone(self.zone).isocalendar()
        return day.year, day.week, day.weekday


def _precedes(envoi: Envoi, raw: datetime, at: datetime) -> bool:
    """Whether it comes before the session; on the very day the author may say that it does not."""
    same_day = envoi.when.days == 0 and envoi.when.span is None
    return raw < at and not (same_day and envoi.moment == "apres")


def _shift(item: _Item, rested: datetime) -> Why:
    if rested != item.nominal:
        return "rest"
    return "on_time" if rested == item.raw else "quiet"


# --- placing ---------------------------------------------------------------------------------


class _Planner:
    """Places items one after the other; the earlier ones take the room."""

    def __init__(
        self, programme: Programme, appointments: Collection[Appointment], now: datetime, zone: ZoneInfo, hours: Hours,
        gentle: bool, waiting: Collection[tuple[int, str, int]],
    ) -> None:  # fmt: skip
        self.waiting = waiting
        self.programme, self.now, self.zone, self.hours = programme, now, zone, hours
        self.appointments = sorted((a for a in appointments if a.state != "cancelled"), key=lambda a: a.at)
        self.gentle = gentle
        pace = programme.gentle if gentle else programme
        self.ledger = _Ledger(zone, pace.per_day, pace.per_week)
        self.asked = _Ledger(zone, per_day=1, per_week=DAYS_A_WEEK)
        self.rests = rests(programme, self.appointments)
        self.planned: list[Planned] = []
        self.dropped: list[Dropped] = []

    def items(self, overlays: Collection[str], answers: Mapping[str, Collection[str]]) -> Iterator[_Item]:
        for envoi in self.programme.envois:
            wanted = not envoi.overlay or envoi.overlay in overlays
            if wanted and all(accepted & set(answers.get(key, ())) for key, accepted in envoi.given):
                yield from (self._item(envoi, a) for a in self.appointments if envoi.when.session == a.session)

    def spare(self, item: _Item) -> bool:
        """At the gentle pace what prepares a session, and what is written for this pace, take the room first."""
        return self.gentle and item.envoi.kind == "content" and not item.envoi.overlay

    def place(self, item: _Item) -> None:
        if item.appointment.state == "no_show" and not item.before:
            return self._drop(item, "no_show")
        if self._over(item):
            return self._drop(item, "expired")
        return self._before(item) if item.before else self._after(item)

    def _item(self, envoi: Envoi, appointment: Appointment) -> _Item:
        raw = instant(envoi.when, appointment.at, zone_of(appointment.zone))
        if _precedes(envoi, raw, appointment.at):
            return _Item(envoi, appointment, raw, earlier(raw, self.hours, self.zone), True)
        return _Item(envoi, appointment, raw, later(max(raw, appointment.at), self.hours, self.zone), False)

    def _before(self, item: _Item) -> None:
        """Earlier rather than later (S9); the pace may move it nearer to the appointment, not into its last hour."""
        end = min(self._until(item) or item.appointment.at, item.appointment.at)
        rested = self._rested(item, item.nominal)
        start = self._prompt(item, rested)
        last = max(end - MARGIN, min(item.nominal + GRACE, end - MINUTE))
        if start > last:
            return self._drop(item, "expired" if item.nominal > last else "rest" if rested > last else "quiet")
        due = self._fit(item, start, last, start)
        if start < self.now and (self._ledger(item).had_room(start) or (due is not None and due < self.now)):
            return self._missed(item, end - MARGIN)
        return self._settle(item, start, due, last, _shift(item, rested))

    def _after(self, item: _Item) -> None:
        """Later, as long as it is worth sending."""
        until = self._until(item)
        rested = self._rested(item, item.nominal)
        start = self._prompt(item, rested)
        last = (until or self._horizon(item, rested)) - MINUTE
        if until and max(start, self.now) > last:
            return self._drop(item, "expired")
        if last < self.now:
            return self._missed(item, self.now + PATIENCE)
        return self._settle(item, start, self._fit(item, start, last, self.now), last, _shift(item, rested))

    def _missed(self, item: _Item, last: datetime) -> None:
        """Its hour is behind us: it was booked late, or only moving it, or other hours, made it so (S8.4, S9)."""
        key = (item.appointment.id, item.envoi.id, item.appointment.revision)
        quiet = item.before and (item.raw > self.now or key in self.waiting)
        hopeless = item.reminder and item.before and self.now > item.appointment.at - REMINDED
        if not quiet and (item.envoi.late == "sauter" or hopeless):
            return self._drop(item, "late")
        due = self._soon(item)
        if due > last:
            return self._drop(item, "quiet" if later(self.now, self.hours, self.zone) > last else "rest")
        if item.envoi.late == "condenser" and not quiet:
            return self._put(item, due, "condensed")
        return self._settle(item, due, self._fit(item, due, last, due), last, "quiet" if quiet else "late")

    def _settle(self, item: _Item, start: datetime, due: datetime | None, last: datetime, why: Why) -> None:
        """Plans it at `due`; when the pace leaves no room, beside what already goes out rather than not at all.

        At the gentle pace a reading without room is left out, and that is an event; what prepares a session is not.
        """
        if due is not None:
            return self._put(item, due, why if due == start else "pace")
        if self.gentle and item.envoi.kind == "content":  # slower means less, not the same in fewer messages
            return self._drop(item, "pace")
        soonest = start if start >= self.now else self._soon(item)
        due = min(self._company(item, soonest, last), default=soonest)
        return self._put(item, due, "condensed") if due <= last else self._drop(item, "quiet")

    def _fit(self, item: _Item, start: datetime, last: datetime, floor: datetime) -> datetime | None:
        """The first day from `floor` to `last` with room, at the hour its author wrote, or at that of `start`."""
        n = max(0, (floor - start).days)
        while (day := days_after(start, n, self.zone)) <= last:
            for t in (self._own_hour(item, day), day) if n else (day,):
                if floor <= t <= last and self._free(item, t):
                    return t
            n += 1
        return None

    def _own_hour(self, item: _Item, day: datetime) -> datetime:
        """That day at the hour its author wrote: quiet hours may have moved it, on another day, to the last minute."""
        return days_after(
            item.raw, (day.astimezone(self.zone).date() - item.raw.astimezone(self.zone).date()).days, self.zone
        )

    def _free(self, item: _Item, t: datetime) -> bool:
        if not allowed(t, self.hours, self.zone):
            return False
        return item.reminder or (self._rested(item, t) == t and self._ledger(item).room(t))

    def _ledger(self, item: _Item) -> _Ledger:
        return self.ledger if item.envoi.paced else self.asked

    def _company(self, item: _Item, soonest: datetime, last: datetime) -> Iterator[datetime]:
        """When something already goes out, that very day or later; it may be some hours earlier, to be one message."""
        day = resolve(datetime.combine(soonest.astimezone(self.zone).date(), time()), self.zone)
        floor = day if item.before else max(day, item.appointment.at)
        return (p.due for p in self.planned if p.envoi.kind != "reminder" and floor <= p.due <= last)

    # --- bounds ---

    def _until(self, item: _Item) -> datetime | None:
        return next((a.at for a in self.appointments if a.session == item.envoi.until), None)

    def _over(self, item: _Item) -> bool:
        until = self._until(item)
        held = item.appointment.at <= self.now or item.appointment.state in ("done", "no_show")
        return (until is not None and until <= self.now) or (item.before and held)

    def _horizon(self, item: _Item, start: datetime) -> datetime:
        """Without a date for `until`: while that session is not booked, or else until the next session, or a month."""
        if item.envoi.until:
            return max(start, self.now) + PATIENCE
        ahead = (a.at for a in self.appointments if a.state != "no_show" and a.at > max(item.appointment.at, start))
        return min(ahead, default=start + PATIENCE)

    # --- instants ---

    def _rested(self, item: _Item, t: datetime) -> datetime:
        return t if item.reminder else rested(t, self.rests, self.hours, self.zone)

    def _soon(self, item: _Item) -> datetime:
        return self._rested(item, later(self.now, self.hours, self.zone))

    def _prompt(self, item: _Item, t: datetime) -> datetime:
        return self._soon(item) if self.now - GRACE <= t < self.now else t

    # --- outcomes ---

    def _put(self, item: _Item, due: datetime, why: Why) -> None:
        self.planned.append(Planned(item.envoi, item.appointment.id, item.appointment.revision, due, why))
        if not item.reminder:
            self._ledger(item).count(due, why == "condensed")

    def _drop(self, item: _Item, reason: Reason) -> None:
        self.dropped.append(Dropped(item.envoi, item.appointment.id, item.appointment.revision, reason))
