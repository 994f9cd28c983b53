"""What calls for a coach before anything else, each list short and with its whole count. Opens no answer.

Nothing of a private answer is in a list or in a count. Checks no rights.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, time, timedelta
from heapq import nsmallest
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, exists, func, or_, select

from bot.conversation.house import House
from bot.desk import alerts, people, review
from bot.store import tables as t
from bot.store.case import Person
from bot.store.vault import Vault
from flows.calendar import resolve, zone
from flows.engine import OPEN
from flows.model import Flow, Question, Repeat, Section, Step

MOST = 8
"""People of a list."""

SILENT = timedelta(days=7)
SOON = timedelta(days=3)
"""How long before a session an incomplete preparation is told."""

E, A, R, P = t.enrolments.c, t.appointments.c, t.replies.c, t.people.c

READ = E.restricted_at.is_(None)
"""Those whose words may be used: of the others only appointments are told (RGPD art. 18)."""


@dataclass(frozen=True, slots=True)
class One:
    """Somebody in a list: `n` of `total` where it counts, `at` an instant where there is one, `event` to be seen.

    `coach` names whoever is away and whose participant this is: a deputy opens nothing of theirs.
    """

    person_id: int
    name: str
    at: datetime | None = None
    n: int = 0
    total: int = 0
    session: str = ""
    event: int = 0
    coach: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    people: tuple[One, ...]
    total: int

    def __bool__(self) -> bool:
        return self.total > 0


@dataclass(frozen=True, slots=True)
class Attention:
    """The most pressing first. `ahead` begins with today's sessions; `incomplete` is about those of the next days."""

    distress: Group
    ahead: Group
    incomplete: Group
    to_check: Group
    to_read: Group
    silent: Group
    unbooked: Group
    unreachable: Group


def attention(conn: Connection, vault: Vault, house: House, coach: Person, now: datetime) -> Attention:
    """All lists of one coach at this instant, in a query each; the unread answers are gone through once for two."""
    mine = and_(E.coach_id == coach.id, E.state.not_in(("ended", "stopped")))
    queries = {
        "distress": _distress(coach.id, now),
        "ahead": _ahead(mine, _today(coach.zone, now)),
        "silent": _silent(mine, now),
        "unbooked": _unbooked(mine, house, now),
        "unreachable": _unreachable(mine),
    }
    rows: dict[str, Sequence[Any]] = {
        name: conn.execute(query.limit(MOST)).mappings().all() for name, query in queries.items()
    }
    unread = conn.execute(_unread(mine)).all()
    near = conn.execute(_near(mine, shared(house.library.flows.values()), now)).mappings().all()
    rows |= {"incomplete": _incomplete(near), "to_check": _most(unread, 2), "to_read": _most(unread, 1)}
    ids = {row["person_id"] for found in rows.values() for row in found}
    names = people.names(conn, vault, ids | {row["away"] for row in rows["distress"] if row["away"]}, now)
    groups = {name: _group(found, names) for name, found in rows.items()}
    return Attention(**groups)


def shared(flows: Iterable[Flow]) -> list[str]:
    """Ids of the modules in which something is asked that a coach may read."""
    return [flow.id for flow in flows if _asks(flow.steps)]


def _asks(steps: Sequence[Step]) -> bool:
    for step in steps:
        if isinstance(step, Question) and not step.private:
            return True
        if isinstance(step, Section | Repeat) and _asks(step.steps):
            return True
    return False


# --- lists -----------------------------------------------------------------------------------


def _of(*columns: Any) -> Select[Any]:
    """`whole` is how many there are beyond those that are taken."""
    return select(E.person_id, func.count().over().label("whole"), *columns)


def _distress(coach_id: int, now: datetime) -> Select[Any]:
    v = t.events.c
    away = case((E.coach_id != coach_id, E.coach_id)).label("away")
    query = _of(v.at, v.id.label("event"), away).join(t.events, v.enrolment_id == E.id)
    return query.where(alerts.heard_by(coach_id, now), alerts.unseen()).order_by(v.at)


def _ahead(mine: ColumnElement[bool], since: datetime) -> Select[Any]:
    query = _of(A.at, A.session).join(t.appointments, A.enrolment_id == E.id)
    return query.where(mine, A.state == "planned", A.at >= since).order_by(A.at, A.id)


def _near(mine: ColumnElement[bool], flows: Sequence[str], now: datetime) -> Select[Any]:
    """Sessions of the next days, with how many modules prepare them and how many of these are done.

    Counted session by session: as one join, a store without statistics begins at the modules of everybody.
    """
    r = t.runs.c
    done, whole = func.count(case((r.state == "done", 1))), func.count()
    asked = (r.enrolment_id == E.id, r.session == A.session, r.flow.in_(flows), r.state.in_(("done", "queued", *OPEN)))
    n, total = (
        select(each).select_from(t.runs).where(*asked).correlate(t.enrolments, t.appointments).scalar_subquery()
        for each in (done, whole)
    )
    query = select(E.person_id, A.at, A.session, n.label("n"), total.label("total"))
    query = query.join(t.appointments, A.enrolment_id == E.id)
    return query.where(mine, READ, A.state == "planned", A.at > now, A.at <= now + SOON).order_by(A.at)


def _incomplete(near: Sequence[Any]) -> list[dict[str, Any]]:
    found = [row for row in near if row["n"] < row["total"]]
    return [{**row, "whole": len(found)} for row in found[:MOST]]


def _unread(mine: ColumnElement[bool]) -> Select[Any]:
    """By person, how many answers are to be read, and how many of these to be checked."""
    check = func.sum(case((R.how.in_(("to_check", "misread")), 1), else_=0))
    query = select(E.person_id, func.count(), check).join(t.replies, R.enrolment_id == E.id)
    where = (mine, READ, R.private.is_(False), R.review == "a_lire", R.how != "skipped", review.standing())
    return query.where(*where).group_by(E.person_id)


def _most(unread: Sequence[Row[Any]], column: int) -> list[dict[str, int]]:
    """Those with the most in one column of `_unread`."""
    found = [(-row[column], row[0]) for row in unread if row[column]]
    return [{"person_id": id, "n": -n, "whole": len(found)} for n, id in nsmallest(MOST, found)]


def _silent(mine: ColumnElement[bool], now: datetime) -> Select[Any]:
    r = t.runs.c
    heard = func.coalesce(E.heard_at, E.created_at)
    asked = exists().where(r.enrolment_id == E.id, r.state.in_(("waiting", "dormant")))
    return _of(heard.label("at")).where(mine, READ, E.state == "active", heard <= now - SILENT, asked).order_by(heard)


def _unbooked(mine: ColumnElement[bool], house: House, now: datetime) -> Select[Any]:
    """Nobody whose programme's last session is behind; the one who waits longest first."""
    booked = exists().where(A.enrolment_id == E.id, A.state == "planned", A.at > now)
    last = or_(*(and_(E.programme == p.id, A.session == p.sessions[-1].id) for p in house.library.programmes.values()))
    over = exists().where(A.enrolment_id == E.id, A.state.in_(("planned", "done")), A.at <= now, last)
    met = select(func.max(A.at)).where(A.enrolment_id == E.id, A.at <= now).correlate(t.enrolments).scalar_subquery()
    return _of(met.label("at")).where(mine, E.state == "active", ~booked, ~over).order_by(met, E.id)


def _unreachable(mine: ColumnElement[bool]) -> Select[Any]:
    query = _of().join(t.people, P.id == E.person_id)
    return query.where(mine, P.reachable.is_(False)).order_by(E.person_id)


# --- rows ------------------------------------------------------------------------------------


def _group(rows: Sequence[Any], names: dict[int, str]) -> Group:
    known = {field.name for field in fields(One)}
    people = tuple(
        One(name=names[row["person_id"]], coach=names.get(row.get("away"), ""),
            **{key: value for key, value in row.items() if key in known})
        for row in rows
    )  # fmt: skip
    return Group(people, rows[0]["whole"] if rows else 0)


def _today(zone_name: str, now: datetime) -> datetime:
    """When today began, where the coach lives."""
    place = zone(zone_name)
    return resolve(datetime.combine(now.astimezone(place).date(), time()), place)
