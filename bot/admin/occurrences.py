"""A push that leaves more than once: every week, or around each appointment; the rule, and whom it reaches each time.

Each occurrence makes its timers once: a day of the week for one, an appointment for the other, in the timers' scope.
Whatever restarts, a scope that is there is not made again. Knows no chat and no page.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import ColumnElement, Connection, Row, String, cast, exists, literal, select, update

from bot.admin import audience, recipients
from bot.conversation.house import House
from bot.store import tables as t
from bot.store.case import Timer
from bot.store.saving import insert_timers, upsert_timers
from bot.store.vault import Vault
from flows.calendar import WEEKDAYS, instant, resolve, zone
from flows.model import Moment
from flows.notation import retold, spelled, told
from flows.spoken import plain

log = structlog.get_logger()

ROUND = "round"
"""The house's timer of a rule: when it fires, whoever is concerned now gets a timer of their own."""

ANY = "J"
"""The session of a rule that goes by every appointment."""

LOOK = timedelta(hours=1)
"""How often appointments are looked at anew: one booked since then is followed from the next look on."""

MISSED = timedelta(days=1)
"""A week's sending that is later than this (the clock was stopped) is left out."""

DAY_J = re.compile(r"\s*[Jj]\s*(?:([-+−–])\s*(\d{1,3}))?(?:\s+(\d{1,2})\s*(?::|h)\s*(\d{2})?)?\s*")
HOUR = re.compile(r"(\d{1,2})\s*(?:h|:)\s*(\d{2})?")


@dataclass(frozen=True, slots=True)
class Weekly:
    """Every week on `day` (0: Monday) at `at`, where each person lives; `until` is the last day it may be."""

    day: int
    at: time
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """At `moment` of every appointment of that session (ANY: of every session), where each person lives."""

    moment: Moment
    until: date | None = None


Rule: TypeAlias = Weekly | Around


class Unread(Exception):
    """Not a rule; `reason` ends the name of the phrase that says what to write: week, around, until."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


# --- written and read ------------------------------------------------------------------------


def weekly(text: str, until: date | None = None) -> Weekly:
    """« lundi 18:00 ». Raises Unread: week."""
    days = [n for n, name in enumerate(WEEKDAYS) if re.search(rf"\b{name}s?\b", plain(text))]
    hours = list(HOUR.finditer(text))
    if len(days) != 1 or len(hours) != 1:
        raise Unread("week")
    return Weekly(days[0], _hour(hours[0][1], hours[0][2], "week"), until)


def around(text: str, until: date | None = None) -> Around:
    """« J-2 18:00 », « J+1 » (the appointment's own hour), or as authors write it: « S2 - 1j 18:00 ».

    Raises Unread: around.
    """
    found = DAY_J.fullmatch(text)
    if found is None:
        moment = spelled(text)
        if moment is None:
            raise Unread("around")
        return Around(moment, until)
    days = int(found[2] or 0) * (1 if found[1] == "+" else -1)
    at = _hour(found[3], found[4], "around") if found[3] else None
    if at is None and found[2] is None:
        raise Unread("around")
    return Around(Moment(ANY, days=days, at=at), until)


def _hour(hours: str, minutes: str | None, reason: str) -> time:
    try:
        return time(int(hours), int(minutes or 0))
    except ValueError:
        raise Unread(reason) from None


def kept(rule: Rule) -> dict[str, Any]:
    """As it lies in the table."""
    until = {"until": rule.until.isoformat()} if rule.until else {}
    if isinstance(rule, Weekly):
        return {"every": "week", "day": rule.day, "at": f"{rule.at:%H:%M}", **until}
    return {**told(rule.moment), **until}


def opened(held: Mapping[str, Any]) -> Rule:
    until = date.fromisoformat(held["until"]) if held.get("until") else None
    if "every" in held:
        return Weekly(int(held["day"]), time.fromisoformat(held["at"]), until)
    return Around(retold(held), until)


# --- whom it reaches, each time --------------------------------------------------------------


def begin(conn: Connection, house: House, push_id: int, rule: Rule, now: datetime) -> datetime | None:
    """Sets the rule going; when it looks for the first time. None: its last day is already behind."""
    if isinstance(rule, Around):
        looked = _around(conn, house, push_id, rule, now)
        _wake(conn, push_id, now + LOOK, {})
        return looked
    on = _first(conn, rule, now)
    if rule.until and on > rule.until:
        return None
    at = _earliest(conn, rule, on)
    _wake(conn, push_id, max(at, now), {"on": on.isoformat()})
    return at


def due(conn: Connection, vault: Vault, house: House, timer: Timer, now: datetime) -> None:
    """One look of one rule; the next is set. A push that was stopped, or is gone, looks no more."""
    push_id = int(timer.about["push"])
    p = t.pushes.c
    row = conn.execute(select(p.rule, p.state).where(p.id == push_id)).first()
    if row is None or row.rule is None or row.state == "cancelled":
        timer.state, timer.settled_at = "stale", now
        return upsert_timers(conn, [timer])
    rule = opened(row.rule)
    again, about = _looked(conn, vault, house, push_id, rule, timer, now)
    if again is None:
        timer.state, timer.settled_at = "fired", now
    else:
        timer.due_at, timer.about = again, {"push": push_id, **about}
    return upsert_timers(conn, [timer])


def _looked(
    conn: Connection, vault: Vault, house: House, push_id: int, rule: Rule, timer: Timer, now: datetime
) -> tuple[datetime | None, dict[str, Any]]:
    """When to look again, and what for."""
    if isinstance(rule, Around):
        _around(conn, house, push_id, rule, now)
        over = rule.until is not None and now.date() > rule.until + timedelta(days=1)
        return (None if over else now + LOOK), {}
    on = date.fromisoformat(timer.about["on"])
    if now - timer.due_at > MISSED:
        log.warning("a week of a push was missed", push=push_id, on=on.isoformat())
    else:
        _week(conn, vault, house, push_id, rule, on, now)
    following = on + timedelta(days=7)
    while _earliest(conn, rule, following) <= now - MISSED:
        following += timedelta(days=7)
    if rule.until and following > rule.until:
        return None, {}
    return _earliest(conn, rule, following), {"on": following.isoformat()}


def _week(conn: Connection, vault: Vault, house: House, push_id: int, rule: Weekly, on: date, now: datetime) -> None:
    """Everybody of the audience as it is this week; whoever gets nothing has a timer that says why."""
    push = _push(conn, push_id)
    body = vault.open_json(0, "pushes.body", push.body)
    found = recipients.among(conn, house, body, audience.opened(push.audience), now)
    when = {name: resolve(datetime.combine(on, rule.at), zone(name)) for name in _zones(conn)}
    scope = f"{push_id}:{on.isoformat()}"
    timers = [_timer(push_id, row, scope, when[row.zone], now, created=push.created_at) for row in found.included]
    insert_timers(conn, [*timers, *(left_out(push_id, row, scope, why, now) for row, why in found.excluded)])


def _around(conn: Connection, house: House, push_id: int, rule: Around, now: datetime) -> datetime | None:
    """Timers for every appointment of the audience whose moment is ahead; the soonest of all, or None.

    Nobody is left out yet: the moment may be far, and where they stand is looked at when it comes.
    """
    push = _push(conn, push_id)
    a, e, p = t.appointments.c, t.enrolments.c, t.people.c
    columns = select(a.id, a.session, a.at, e.id.label("enrolment"), p.zone)
    joined = columns.join(t.enrolments, e.id == a.enrolment_id).join(t.people, p.id == e.person_id)
    where = [audience.within(house, audience.opened(push.audience), now), e.state.not_in(("stopped", "ended")),
             a.state.in_(("planned", "done")), a.at > now - timedelta(days=366), ~_followed(push_id)]  # fmt: skip
    if rule.moment.session != ANY:
        where.append(a.session == rule.moment.session)
    made, soonest = [], None
    for row in conn.execute(joined.where(*where)):
        due_at = instant(rule.moment, row.at, zone(row.zone))
        if due_at <= now or (rule.until and due_at.astimezone(ZoneInfo(row.zone)).date() > rule.until):
            continue
        soonest = min(soonest or due_at, due_at)
        about = {"push": push_id, "appointment": row.id, **told(rule.moment)}
        made.append(Timer(f"e{row.enrolment}", "push", f"{push_id}:{row.id}", due_at, about,
                          enrolment_id=row.enrolment))  # fmt: skip
    insert_timers(conn, made)
    return soonest


def _followed(push_id: int) -> ColumnElement[bool]:
    """Appointments that have their timer: those are moved with them (`planning.replan`), not made again."""
    r = t.timers.c
    scope = literal(f"{push_id}:").concat(cast(t.appointments.c.id, String))
    return exists().where(r.kind == "push", r.scope == scope)


def concerned(conn: Connection, house: House, to: audience.Audience, rule: Around, now: datetime) -> list[datetime]:
    """The instants at which it would leave, of the appointments booked so far, soonest first."""
    a, e, p = t.appointments.c, t.enrolments.c, t.people.c
    joined = select(a.at, p.zone).join(t.enrolments, e.id == a.enrolment_id).join(t.people, p.id == e.person_id)
    where = [audience.within(house, to, now), e.state.not_in(("stopped", "ended")), a.state == "planned"]
    if rule.moment.session != ANY:
        where.append(a.session == rule.moment.session)
    found = (instant(rule.moment, row.at, zone(row.zone)) for row in conn.execute(joined.where(*where)))
    return sorted(at for at in found if at > now)


def _timer(push_id: int, row: Row[Any], scope: str, due_at: datetime, now: datetime, created: datetime) -> Timer:
    """Where its hour was already behind when the push was made, it begins next week."""
    timer = Timer(f"e{row.id}", "push", scope, max(due_at, now), {"push": push_id}, enrolment_id=row.id)
    if due_at < created:
        timer.state, timer.why, timer.settled_at = "skipped", "too_late", now
    return timer


def left_out(push_id: int, row: Row[Any], scope: str, why: str, now: datetime) -> Timer:
    """Kept beside the others, so that whoever asks what became of a push is told why (S15)."""
    return Timer(f"e{row.id}", "push", scope, now, {"push": push_id}, "skipped", why, enrolment_id=row.id,
                 settled_at=now)  # fmt: skip


def _wake(conn: Connection, push_id: int, at: datetime, about: Mapping[str, Any]) -> None:
    upsert_timers(conn, [Timer("house", ROUND, str(push_id), at, {"push": push_id, **about})])


def halt(conn: Connection, push_id: int, now: datetime) -> int:
    """The rule looks no more; whether it still did."""
    r = t.timers
    mine = (r.c.owner == "house", r.c.kind == ROUND, r.c.scope == str(push_id), r.c.state.in_(("pending", "held")))
    return conn.execute(update(r).where(*mine).values(state="cancelled", settled_at=now)).rowcount


def stands(conn: Connection, push_id: int) -> bool:
    """Whether the rule looks again one day."""
    r = t.timers.c
    mine = (r.owner == "house", r.kind == ROUND, r.scope == str(push_id), r.state == "pending")
    return conn.execute(select(r.id).where(*mine)).first() is not None


def _push(conn: Connection, push_id: int) -> Row[Any]:
    return conn.execute(select(t.pushes).where(t.pushes.c.id == push_id)).one()


# --- days ------------------------------------------------------------------------------------


def first_of(conn: Connection, rule: Weekly, now: datetime) -> tuple[date, datetime]:
    """The first day of a weekly rule, and the soonest instant at which somebody's hour comes."""
    on = _first(conn, rule, now)
    return on, _earliest(conn, rule, on)


def _first(conn: Connection, rule: Weekly, now: datetime) -> date:
    """The first day whose hour is still ahead somewhere."""
    start = now.date() - timedelta(days=1)
    on = start + timedelta(days=(rule.day - start.weekday()) % 7)
    return on if _latest(_zones(conn), rule, on) > now else on + timedelta(days=7)


def _earliest(conn: Connection, rule: Weekly, on: date) -> datetime:
    return min(_local(zones, rule, on) for zones in _zones(conn))


def _latest(zones: Iterable[str], rule: Weekly, on: date) -> datetime:
    return max(_local(name, rule, on) for name in zones)


def _local(name: str, rule: Weekly, on: date) -> datetime:
    return resolve(datetime.combine(on, rule.at), zone(name)).astimezone(UTC)


def _zones(conn: Connection) -> Sequence[str]:
    """Where participants live."""
    p = t.people.c
    return sorted(conn.execute(select(p.zone).where(p.role == "participant").distinct()).scalars()) or ["Europe/Paris"]
