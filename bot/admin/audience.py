"""To whom a push goes: cohorts, moments of the programme, formats, situations, people named, or everybody.

A situation is where somebody stands with the house: an appointment, a silence. Knows nothing that anybody wrote, nor
what was made of it (the gentle pace, a hold): nobody can be chosen by that. Checks no rights.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, or_, select, true

from bot.conversation import discovery
from bot.conversation.house import House
from bot.store import tables as t
from bot.store.vault import Vault
from flows.spoken import plain

SOON = timedelta(days=7)
"""« Avant une séance »: one is booked within this time."""

SILENCE = timedelta(days=14)
"""« En silence »: nothing was heard for this long."""

MOST = 500
"""People that may be named."""

E, P, A = t.enrolments.c, t.people.c, t.appointments.c


@dataclass(frozen=True, slots=True)
class Audience:
    """Whoever fits every criterion that is given; within one, any of its values. Nothing given: everybody.

    Phases are `programme/phase`, or a phase's id in whatever programme; people are numbers.
    """

    cohorts: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    situations: tuple[str, ...] = ()
    people: tuple[int, ...] = ()


class Unknown(Exception):
    """A criterion that names nothing here: `kind` (cohort, phase, format, situation, person, several), the `name`, and
    the names there are."""

    def __init__(self, kind: str, name: str, known: Sequence[str] = ()) -> None:
        super().__init__(kind)
        self.kind, self.name, self.known = kind, name, tuple(known)


def kept(to: Audience) -> dict[str, Any]:
    """As it lies in the table: only what was given."""
    return {field.name: list(held) for field in fields(to) if (held := getattr(to, field.name))}


def opened(held: Mapping[str, Any]) -> Audience:
    return Audience(**{field.name: tuple(held.get(field.name, ())) for field in fields(Audience)})


# --- what may be chosen ----------------------------------------------------------------------


def cohorts(conn: Connection) -> list[tuple[str, int]]:
    """Every cohort by name, with how many people are in it; one that an admin made may still be empty."""
    query = select(E.cohort, func.count()).where(E.cohort.is_not(None), E.cohort != "").group_by(E.cohort)
    held = {row[0]: row[1] for row in conn.execute(query)}
    c = t.cohorts.c
    made = conn.execute(select(c.name).where(c.closed_at.is_(None))).scalars()
    return sorted(({name: 0 for name in made} | held).items())


def phases(house: House) -> dict[str, str]:
    """`programme/phase` -> its title, in the order of the programme."""
    programmes = house.library.programmes.values()
    return {f"{p.id}/{phase.id}": phase.title for p in programmes for phase in p.phases}


def formats(house: House) -> dict[str, str]:
    """A format's id -> its title."""
    talk = {discovery.FORMAT: house.speech.label("push_format_talk").strip()} if house.library.discovery else {}
    return {one.id: one.title for one in house.library.formats} | talk


def check(conn: Connection, house: House, to: Audience) -> None:
    """Raises Unknown for the first criterion that names nothing."""
    known = {
        "cohort": [name for name, _ in cohorts(conn)], "phase": list(phases(house)),
        "format": list(formats(house)), "situation": list(SITUATIONS),
    }  # fmt: skip
    given = {"cohort": to.cohorts, "phase": to.phases, "format": to.formats, "situation": to.situations}
    for kind, names in given.items():
        for name in names:
            if name not in known[kind] and not (kind == "phase" and _phase(house, name)):
                raise Unknown(kind, name, known[kind])
    if len(to.people) > MOST:
        raise Unknown("many", str(len(to.people)))
    missing = set(to.people) - set(_participants(conn, to.people))
    if missing:
        raise Unknown("person", str(min(missing)))


def named(conn: Connection, vault: Vault, wanted: Sequence[str], now: datetime) -> tuple[int, ...]:
    """The numbers of participants told by number or by first name, each once.

    Raises Unknown: person (nobody), several (with their numbers).
    """
    numbers = [int(word) for word in wanted if word.isascii() and word.isdecimal() and len(word) <= 18]
    words = [word for word in wanted if not (word.isascii() and word.isdecimal() and len(word) <= 18)]
    found = set(_participants(conn, numbers))
    for number in numbers:
        if number not in found:
            raise Unknown("person", str(number))
    return tuple(sorted(found | set(_by_name(conn, vault, words, now))))


def _participants(conn: Connection, ids: Sequence[int]) -> list[int]:
    return list(conn.execute(select(P.id).where(P.role == "participant", P.id.in_(ids))).scalars()) if ids else []


def _by_name(conn: Connection, vault: Vault, words: Sequence[str], now: datetime) -> list[int]:
    if not words:
        return []
    rows = conn.execute(select(P.id, P.name).where(P.role == "participant")).all()
    vault.ready(conn, [row.id for row in rows], now)
    by_name: dict[str, list[int]] = {}
    for row in rows:
        by_name.setdefault(_flat(vault.open_text(row.id, "people.name", row.name)), []).append(row.id)
    for word in words:
        ids = by_name.get(_flat(word), [])
        if len(ids) != 1:
            raise Unknown("several" if ids else "person", word, [str(id) for id in ids])
    return [by_name[_flat(word)][0] for word in words]


def _flat(name: str) -> str:
    """Without case or accents; a script that has neither stays as it is."""
    return plain(name) or " ".join(name.casefold().split())


# --- who that is -----------------------------------------------------------------------------


def rows(conn: Connection, house: House, to: Audience, now: datetime) -> Sequence[Row[Any]]:
    """One row a person, in the order they joined: one statement for any number of people."""
    return conn.execute(_enrolled().where(within(house, to, now)).order_by(E.person_id)).all()


def count(conn: Connection, house: House, to: Audience, now: datetime) -> int:
    """How many people that is, whatever may leave some out."""
    return int(conn.execute(select(func.count()).select_from(t.enrolments).where(within(house, to, now))).scalar_one())


def within(house: House, to: Audience, now: datetime) -> ColumnElement[bool]:
    """Enrolments of this audience. Whoever's programme is over is in it only by their cohort or their name."""
    parts: list[ColumnElement[bool]] = [] if to.cohorts or to.people else [E.state != "ended"]
    if to.cohorts:
        parts.append(E.cohort.in_(to.cohorts))
    if to.people:
        parts.append(E.person_id.in_(sorted(set(to.people))))
    if to.formats:
        parts.append(E.format.in_(to.formats))
    if to.phases:
        parts.append(or_(*(_in_phase(*found, now) for name in to.phases for found in _phase(house, name))))
    if to.situations:
        parts.append(or_(*(SITUATIONS[name](house, now) for name in to.situations)))
    return and_(true(), *parts)


def _enrolled() -> Select[Any]:
    columns = select(E.id, E.person_id, E.state, E.held_at, E.restricted_at, P.name, P.zone, P.chat_id, P.reachable)
    return columns.join(t.people, P.id == E.person_id)


def _phase(house: House, name: str) -> list[tuple[str, list[str], bool]]:
    """The programmes that have this phase: each with the phase's sessions, and whether it is the first."""
    found = []
    for programme in house.library.programmes.values():
        for place, phase in enumerate(programme.phases):
            if name in (phase.id, f"{programme.id}/{phase.id}"):
                inside = [session.id for session in programme.sessions if session.phase == phase.id]
                found.append((programme.id, inside, place == 0))
    return found


def _in_phase(programme: str, sessions: list[str], first: bool, now: datetime) -> ColumnElement[bool]:
    """Somebody stands at their next session; without one ahead, at the last; without any, at the beginning."""
    mine = select(A.session).where(A.enrolment_id == E.id).correlate(t.enrolments).limit(1)
    ahead = mine.where(A.state == "planned", A.at > now).order_by(A.at).scalar_subquery()
    behind = mine.where(A.state.in_(("planned", "done")), A.at <= now).order_by(A.at.desc()).scalar_subquery()
    at = func.coalesce(ahead, behind, "")
    return and_(E.programme == programme, at.in_([*sessions, *([""] if first else [])]))


Situation = Callable[[House, datetime], ColumnElement[bool]]


def _booked(now: datetime, until: datetime | None = None) -> ColumnElement[bool]:
    ahead = (A.enrolment_id == E.id, A.state == "planned", A.at > now)
    return exists().where(*ahead, *([A.at <= until] if until else []))


def _unbooked(house: House, now: datetime) -> ColumnElement[bool]:
    """Nothing is booked, and the programme's last session is not behind."""
    programmes = house.library.programmes.values()
    last = or_(*(and_(E.programme == p.id, A.session == p.sessions[-1].id) for p in programmes))
    over = exists().where(A.enrolment_id == E.id, A.state.in_(("planned", "done")), A.at <= now, last)
    return and_(E.state != "ended", ~_booked(now), ~over)


def _before(house: House, now: datetime) -> ColumnElement[bool]:
    return _booked(now, now + SOON)


def _silent(house: House, now: datetime) -> ColumnElement[bool]:
    return and_(E.state == "active", func.coalesce(E.heard_at, E.created_at) <= now - SILENCE)


SITUATIONS: Mapping[str, Situation] = {
    "sans_rendez_vous": _unbooked,
    "avant_seance": _before,
    "en_silence": _silent,
}
