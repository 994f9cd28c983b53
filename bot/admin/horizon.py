"""All that is scheduled in the days to come, for everybody: counted by day and kind, and one day opened.

For an admin: who and what, no word of anybody. An item that hangs on an answer, or on the gentle pace, does not say its
title: it would tell the answer. Checks no rights.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Row,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)

from bot.conversation.house import House
from bot.desk import people
from bot.store import tables as t
from bot.store.vault import Vault
from flows.calendar import resolve
from flows.model import Envoi

KINDS = ("envois", "rappels", "pushes", "seances")
"""What is counted, in the order of columns."""

COUNTED = {"envoi": "envois", "silence": "rappels", "push": "pushes"}
"""Of timers, each kind that is shown and what it counts as."""

REACH = timedelta(days=31)
"""How far from its session a reminder may be, and is looked for."""


@dataclass(frozen=True, slots=True)
class Day:
    """`counts` by kind; those that are not there are none."""

    on: date
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Item:
    """`push` is the number of a push, None for anything else; `title` a module's or a session's, or empty."""

    at: datetime
    kind: str
    person_id: int
    name: str
    title: str
    push: int | None = None


def days(conn: Connection, house: House, first: date, n: int, zone: ZoneInfo) -> list[Day]:
    """`n` days from `first` on, as they are in `zone`: a few statements, whatever the number of people."""
    edges = [_midnight(first + timedelta(days=k), zone) for k in range(n + 1)]
    counts: list[Counter[str]] = [Counter() for _ in range(n)]
    for row in conn.execute(_timers_counted(edges)):
        counts[row.day][COUNTED[row.kind]] += row.n
    for recalled in _recalled(house, edges):  # counted among the envois, which they are
        for row in conn.execute(recalled):
            counts[row.day].update({"rappels": row.n, "envois": -row.n})
    for row in conn.execute(_sessions_counted(edges)):
        counts[row.day]["seances"] += row.n
    return [Day(first + timedelta(days=k), +counts[k]) for k in range(n)]


def day(
    conn: Connection, vault: Vault, house: House, on: date, zone: ZoneInfo, now: datetime, *, kind: str | None = None,
    limit: int, offset: int = 0,
) -> list[Item]:  # fmt: skip
    """What is scheduled on one day, soonest first; of one kind, or of all."""
    start, end = _midnight(on, zone), _midnight(on + timedelta(days=1), zone)
    found = union_all(_timers(house, start, end), _sessions(start, end)).subquery()
    query = select(found).where(found.c.kind == kind) if kind else select(found)
    rows = conn.execute(query.order_by(found.c.at, found.c.id).limit(limit).offset(offset)).all()
    names = people.names(conn, vault, {row.person_id for row in rows}, now)
    return [_item(house, row, names) for row in rows]


def _midnight(on: date, zone: ZoneInfo) -> datetime:
    return resolve(datetime.combine(on, time()), zone)


# --- counted ---------------------------------------------------------------------------------


def _timers_counted(edges: Sequence[datetime]) -> Executable:
    """From an index alone: nothing else of the timers is read."""
    r = t.timers.c
    number = _number(r.due_at, edges).label("day")
    query = select(number, r.kind, func.count().label("n")).where(*_planned(edges[0], edges[-1]))
    return query.group_by(number, r.kind)


def _recalled(house: House, edges: Sequence[datetime]) -> Iterator[Executable]:
    """Reminders of sessions, found from the appointments that they are about (their scope: `planning.scope`)."""
    r, a = t.timers.c, t.appointments.c
    by_session: dict[str, list[str]] = {}
    for envoi in _recalls(house):
        by_session.setdefault(envoi.when.session, []).append(envoi.id)
    number = _number(r.due_at, edges).label("day")
    for nth in range(max(map(len, by_session.values()), default=0)):
        which = {session: ids[nth] for session, ids in by_session.items() if len(ids) > nth}
        scope = cast(a.id, String).concat(":").concat(case(which, value=a.session, else_="")).concat(":")
        theirs = and_(r.owner == literal("e").concat(cast(a.enrolment_id, String)), r.kind == "envoi",
                      r.scope == scope.concat(cast(a.revision, String)))  # fmt: skip
        near = (a.state == "planned", a.at >= edges[0] - REACH, a.at < edges[-1] + REACH)
        query = select(number, func.count().label("n")).join(t.timers, theirs)
        yield query.where(*near, *_planned(edges[0], edges[-1])).group_by(number)


def _sessions_counted(edges: Sequence[datetime]) -> Executable:
    a = t.appointments.c
    number = _number(a.at, edges).label("day")
    query = select(number, literal("seances").label("kind"), func.count().label("n"))
    return query.where(*_booked(edges[0], edges[-1])).group_by(number)


def _number(at: ColumnElement[Any], edges: Sequence[datetime]) -> ColumnElement[int]:
    """Which of the days between `edges` an instant falls in."""
    return case(*((at < edge, place) for place, edge in enumerate(edges[1:])), else_=len(edges) - 2)


def _planned(start: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
    """The state as it is written in the index: a bound one would be read again in each row."""
    r = t.timers.c
    return r.state == literal_column("'pending'"), r.due_at >= start, r.due_at < end, r.kind.in_(list(COUNTED))


def _booked(start: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
    a = t.appointments.c
    return a.state == "planned", a.at >= start, a.at < end


def _kind(house: House) -> ColumnElement[str]:
    """A question said again, or a session recalled, is a reminder."""
    r = t.timers.c
    recalls = [envoi.id for envoi in _recalls(house)]
    recalled = and_(r.kind == "envoi", r.about["envoi"].as_string().in_(recalls))
    return case((r.kind == "push", "pushes"), (or_(r.kind == "silence", recalled), "rappels"), else_="envois")


def _recalls(house: House) -> list[Envoi]:
    """What recalls a session, each once."""
    return list({envoi.id: envoi for envoi in _envois(house) if envoi.kind == "reminder"}.values())


def _envois(house: House) -> list[Envoi]:
    return [envoi for programme in house.library.programmes.values() for envoi in programme.envois]


# --- one day ---------------------------------------------------------------------------------


def _timers(house: House, start: datetime, end: datetime) -> Select[Any]:
    r, e = t.timers.c, t.enrolments.c
    columns = select(r.due_at.label("at"), r.id, _kind(house).label("kind"), e.person_id, r.kind.label("timer"),
                     r.scope.label("what"), r.about["envoi"].as_string().label("envoi"))  # fmt: skip
    return columns.join(t.enrolments, e.id == r.enrolment_id).where(*_planned(start, end))


def _sessions(start: datetime, end: datetime) -> Select[Any]:
    a, e = t.appointments.c, t.enrolments.c
    columns = select(a.at.label("at"), a.id, literal("seances").label("kind"), e.person_id, literal("").label("timer"),
                     a.session.label("what"), literal("").label("envoi"))  # fmt: skip
    return columns.join(t.enrolments, e.id == a.enrolment_id).where(*_booked(start, end))


def _item(house: House, row: Row[Any], names: Mapping[int, str]) -> Item:
    title, push = "", None
    if row.kind == "seances":
        title = _session(house, row.what)
    elif row.timer == "push":
        number = row.what.partition(":")[0]
        push = int(number) if number.isdecimal() else None
    elif row.timer == "envoi":
        title = _title(house, row.envoi)
    return Item(row.at, row.kind, row.person_id, names.get(row.person_id, ""), title, push)


def _title(house: House, envoi_id: str) -> str:
    """Nothing of what hangs on an answer, or on a pace that an answer may have set."""
    envoi = next((one for one in _envois(house) if one.id == envoi_id), None)
    if envoi is None or envoi.given or envoi.overlay:
        return ""
    return house.library.title(envoi.flow) if envoi.flow else _session(house, envoi.when.session)


def _session(house: House, session: str) -> str:
    return next((s.title for p in house.library.programmes.values() for s in p.sessions if s.id == session), session)
