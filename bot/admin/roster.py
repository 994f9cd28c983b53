"""Who is in the house, for an admin: first names, states and counts. Opens no answer, no note, no place, no date of a
session. Checks no rights.

Names are sealed: the store can neither sort nor search by them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, func, select

from bot.conversation.house import House
from bot.desk import people
from bot.store import tables as t
from bot.store.vault import Vault

STATES = ("invited", "welcomed", "active", "paused", "unreachable", "stopped", "ended")
STAFF = ("coach", "admin", "referent")
NONE = "-"
"""In a sieve: those who are in no cohort."""

E, P, L = t.enrolments.c, t.people.c, t.invitations.c


@dataclass(frozen=True, slots=True)
class Sieve:
    """What a list is about; "" and None: whatever it may be."""

    cohort: str = ""
    coach_id: int | None = None
    state: str = ""
    format: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A participant. `booked`: whether a session is ahead; `link`: "", pending or expired; `until`: when it ends."""

    id: int
    name: str
    coach_id: int | None
    coach: str
    cohort: str
    format: str
    state: str
    booked: bool
    link: str
    until: datetime | None
    known: bool


@dataclass(frozen=True, slots=True)
class Member:
    """A coach, an admin or a référent. `states`: how many of their participants in each."""

    id: int
    name: str
    role: str
    state: str
    link: str
    until: datetime | None
    states: Mapping[str, int]
    known: bool

    @property
    def people(self) -> int:
        return sum(self.states.values())


@dataclass(frozen=True, slots=True)
class Offer:
    """A format, with how many people in each state."""

    id: str
    title: str
    open: bool
    states: Mapping[str, int]

    @property
    def people(self) -> int:
        return sum(self.states.values())


def page(
    conn: Connection, vault: Vault, sieve: Sieve, now: datetime, limit: int, offset: int = 0
) -> tuple[list[Entry], int]:  # fmt: skip
    """Participants from `offset` on, whoever was invited last first; and how many in all."""
    where = _where(sieve)
    total = int(conn.execute(_enrolled(func.count()).where(*where)).scalar_one())
    query = _enrolled(E.person_id, E.id, E.coach_id, E.cohort, E.format, _standing().label("state"), P.name, P.chat_id)
    rows = conn.execute(query.where(*where).order_by(E.id.desc()).limit(limit).offset(offset)).all()
    return _entries(conn, vault, rows, now), total


def one(conn: Connection, vault: Vault, person_id: int, now: datetime) -> Entry | None:
    """A participant, by their number."""
    query = _enrolled(E.person_id, E.id, E.coach_id, E.cohort, E.format, _standing().label("state"), P.name, P.chat_id)
    found = _entries(conn, vault, conn.execute(query.where(E.person_id == person_id)).all(), now)
    return found[0] if found else None


def states(conn: Connection, sieve: Sieve = Sieve()) -> dict[str, int]:
    """How many people in each state, those with nobody left out."""
    state = _standing().label("state")
    rows = conn.execute(_enrolled(state, func.count()).where(*_where(sieve)).group_by(state)).all()
    return _ordered({row[0]: row[1] for row in rows})


def team(conn: Connection, vault: Vault, now: datetime) -> list[Member]:
    """Everybody who is not a participant, by role and then by name."""
    who: Select[Any] = select(P.id, P.role, P.name, P.chat_id, P.reachable).where(P.role.in_(STAFF))
    rows = conn.execute(who).all()
    vault.ready(conn, [row.id for row in rows], now)
    links = _links(conn, [row.id for row in rows], now)
    state = _standing().label("state")
    counts: dict[int, dict[str, int]] = {}
    for coach_id, name, n in conn.execute(_enrolled(E.coach_id, state, func.count()).group_by(E.coach_id, state)):
        counts.setdefault(coach_id, {})[name] = n
    found = [
        Member(row.id, vault.open_text(row.id, "people.name", row.name), row.role, _staff_state(row),
               *links.get(row.id, ("", None)), _ordered(counts.get(row.id, {})), row.chat_id is not None)
        for row in rows
    ]  # fmt: skip
    return sorted(found, key=lambda one: (STAFF.index(one.role), one.name.casefold(), one.id))


def member(conn: Connection, vault: Vault, person_id: int, now: datetime) -> Member | None:
    """Somebody of the team, by their number."""
    return next((one for one in team(conn, vault, now) if one.id == person_id), None)


def offers(conn: Connection, house: House) -> list[Offer]:
    """The formats of the contents, then those that only people hold."""
    state = _standing().label("state")
    counts: dict[str, dict[str, int]] = {}
    for format_, name, n in conn.execute(_enrolled(E.format, state, func.count()).group_by(E.format, state)):
        counts.setdefault(format_, {})[name] = n
    known = {one.id: one for one in house.library.formats}
    found = [Offer(one.id, one.title, one.open, _ordered(counts.get(one.id, {}))) for one in known.values()]
    return found + [Offer(id, id, False, _ordered(counts[id])) for id in sorted(counts.keys() - known.keys())]


def coaches(conn: Connection, vault: Vault, now: datetime) -> list[tuple[int, str]]:
    """Every coach, those who have not come in yet included, by name."""
    ids = conn.execute(select(P.id).where(P.role == "coach")).scalars().all()
    return sorted(people.names(conn, vault, ids, now).items(), key=lambda one: (one[1].casefold(), one[0]))


# --- rows ------------------------------------------------------------------------------------


def _standing() -> ColumnElement[str]:
    """Where somebody stands, in a word: what hinders comes before what goes well."""
    over = E.state.in_(("stopped", "ended"))
    return case(
        (and_(P.chat_id.is_(None), ~over), "invited"), (and_(P.reachable.is_(False), ~over), "unreachable"),
        else_=E.state,
    )  # fmt: skip


def _enrolled(*columns: Any) -> Select[Any]:
    return select(*columns).select_from(t.enrolments.join(t.people, P.id == E.person_id))


def _where(sieve: Sieve) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if sieve.cohort == NONE:
        found.append(E.cohort.is_(None))
    elif sieve.cohort:
        found.append(E.cohort == sieve.cohort)
    if sieve.coach_id is not None:
        found.append(E.coach_id == sieve.coach_id)
    if sieve.format:
        found.append(E.format == sieve.format)
    if sieve.state:
        found.append(_standing() == sieve.state)
    return found


def _entries(conn: Connection, vault: Vault, rows: Sequence[Row[Any]], now: datetime) -> list[Entry]:
    ids = [row.person_id for row in rows]
    named = people.names(conn, vault, {row.coach_id for row in rows if row.coach_id}, now)
    vault.ready(conn, ids, now)
    links = _links(conn, ids, now)
    a = t.appointments.c
    planned = select(a.enrolment_id).where(a.enrolment_id.in_([row.id for row in rows]), a.state == "planned")
    booked = set(conn.execute(planned.where(a.at > now)).scalars())
    return [
        Entry(row.person_id, vault.open_text(row.person_id, "people.name", row.name), row.coach_id,
              named.get(row.coach_id, ""), row.cohort or "", row.format, row.state, row.id in booked,
              *links.get(row.person_id, ("", None)), row.chat_id is not None)
        for row in rows
    ]  # fmt: skip


def _links(conn: Connection, ids: Iterable[int], now: datetime) -> dict[int, tuple[str, datetime | None]]:
    """The newest link of each: pending, or expired where the person has not come in by another."""
    wanted = list(ids)
    found: dict[int, tuple[str, datetime | None]] = {}
    query = select(L.person_id, L.expires_at, L.used_at, P.chat_id).join(t.people, P.id == L.person_id)
    for row in conn.execute(query.where(L.person_id.in_(wanted)).order_by(L.id)):
        if row.used_at is not None:
            found[row.person_id] = ("", None)
        elif row.expires_at > now:
            found[row.person_id] = ("pending", row.expires_at)
        else:
            found[row.person_id] = ("expired" if row.chat_id is None else "", row.expires_at)
    return found


def _staff_state(row: Row[Any]) -> str:
    if row.chat_id is None:
        return "invited"
    return "joined" if row.reachable else "unreachable"


def _ordered(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: counts[name] for name in STATES if counts.get(name)}
