"""What calls for a coach before anything else, each list short and with its whole count. Opens no answer.

Nothing of a private answer is in a list or in a count. Checks no rights.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, func, or_, select

from bot.conversation.house import House
from bot.desk import review
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

DISTRESS = "distress"
E, A, R, P = t.enrolments.c, t.appointments.c, t.replies.c, t.people.c


@dataclass(frozen=True, slots=True)
class One:
    """Somebody in a list: `n` of `total` where it counts, `at` an instant where there is one, `event` to be seen."""

    person_id: int
    name: str
    at: datetime | None = None
    n: int = 0
    total: int = 0
    session: str = ""
    event: int = 0


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
    """All lists of one coach at this instant, in one query each."""
    mine = and_(E.coach_id == coach.id, E.state.not_in(("ended", "stopped")))
    queries = {
        "distress": _distress(coach.id),
        "ahead": _ahead(mine, _today(coach.zone, now)),
        "incomplete": _incomplete(mine, shared(house.library.flows.values()), now),
        "to_check": _unread(mine, R.how.in_(("to_check", "misread"))),
        "to_read": _unread(mine, R.how != "skipped"),
        "silent": _silent(mine, now),
        "unbooked": _unbooked(mine, house, now),
        "unreachable": _unreachable(mine),
    }
    rows = {name: conn.execute(query.limit(MOST)).mappings().all() for name, query in queries.items()}
    names = _names(conn, vault, {row["person_id"] for found in rows.values() for row in found}, now)
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


def _distress(coach_id: int) -> Select[Any]:
    v = t.events.c
    query = _of(v.at, v.id.label("event")).join(t.events, v.enrolment_id == E.id)
    return query.where(E.coach_id == coach_id, v.kind == DISTRESS, v.seen_at.is_(None)).order_by(v.at)


def _ahead(mine: ColumnElement[bool], since: datetime) -> Select[Any]:
    query = _of(A.at, A.session).join(t.appointments, A.enrolment_id == E.id)
    return query.where(mine, A.state == "planned", A.at >= since).order_by(A.at, A.id)


def _incomplete(mine: ColumnElement[bool], flows: Sequence[str], now: datetime) -> Select[Any]:
    r = t.runs.c
    done, whole = func.sum(case((r.state == "done", 1), else_=0)), func.count()
    query = _of(A.at, A.session, done.label("n"), whole.label("total"))
    query = query.join(t.appointments, A.enrolment_id == E.id)
    query = query.join(t.runs, and_(r.enrolment_id == E.id, r.session == A.session))
    near = (A.state == "planned", A.at > now, A.at <= now + SOON)
    asked = (r.flow.in_(flows), r.state.in_(("done", "queued", *OPEN)))
    return query.where(mine, *near, *asked).group_by(E.person_id, A.id).having(done < whole).order_by(A.at)


def _unread(mine: ColumnElement[bool], which: ColumnElement[bool]) -> Select[Any]:
    n = func.count()
    query = _of(n.label("n")).join(t.replies, R.enrolment_id == E.id)
    where = (mine, R.review == "a_lire", R.private.is_(False), which, review.standing())
    return query.where(*where).group_by(E.person_id).order_by(n.desc(), E.person_id)


def _silent(mine: ColumnElement[bool], now: datetime) -> Select[Any]:
    r = t.runs.c
    heard = func.coalesce(E.heard_at, E.created_at)
    asked = exists().where(r.enrolment_id == E.id, r.state.in_(("waiting", "dormant")))
    return _of(heard.label("at")).where(mine, E.state == "active", heard <= now - SILENT, asked).order_by(heard)


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
        One(name=names[row["person_id"]], **{key: value for key, value in row.items() if key in known}) for row in rows
    )
    return Group(people, rows[0]["whole"] if rows else 0)


def _names(conn: Connection, vault: Vault, ids: set[int], now: datetime) -> dict[int, str]:
    rows = conn.execute(select(P.id, P.name).where(P.id.in_(ids))).all()
    vault.ready(conn, ids, now)
    return {row.id: vault.open_text(row.id, "people.name", row.name) for row in rows}


def _today(zone_name: str, now: datetime) -> datetime:
    """When today began, where the coach lives."""
    place = zone(zone_name)
    return resolve(datetime.combine(now.astimezone(place).date(), time()), place)
