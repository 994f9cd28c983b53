"""Cohorts: made, renamed, closed, and who is put into which. Knows names and counts, nobody's words; checks no rights.

A person is in one cohort, by its name. One that somebody was invited into without it being made first is one as well.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, func, insert, select, update

from bot.desk import DeskError
from bot.desk.firstnames import cleaned
from bot.store import audit
from bot.store import tables as t
from bot.store.audit import By

EVERYBODY = "*"
"""No cohort may be called so: it names all participants."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """`people` are in it, those who stopped or came to the end included; `active` are under way."""

    name: str
    people: int = 0
    active: int = 0
    closed_at: datetime | None = None


def listed(conn: Connection) -> list[Cohort]:
    """Every cohort, the open ones first, by name."""
    e, c = t.enrolments.c, t.cohorts.c
    found = {row.name: Cohort(row.name, closed_at=row.closed_at) for row in conn.execute(select(c.name, c.closed_at))}
    active = func.sum(case((e.state == "active", 1), else_=0))
    counted = select(e.cohort, func.count(), active).where(e.cohort.is_not(None), e.cohort != "").group_by(e.cohort)
    for name, people, under_way in conn.execute(counted):
        closed = found[name].closed_at if name in found else None
        found[name] = Cohort(name, people, int(under_way), closed)
    return sorted(found.values(), key=lambda one: (one.closed_at is not None, one.name.casefold(), one.name))


def open_names(conn: Connection) -> list[str]:
    """Those that somebody may be put into."""
    return [one.name for one in listed(conn) if one.closed_at is None]


def create(conn: Connection, who: By, name: str, now: datetime) -> str:
    """Makes a cohort, or opens a closed one again; its name as kept. Raises DeskError: bad_cohort, cohort_taken."""
    name = named(name)
    known = _like(conn, name)
    if known is not None and known.closed_at is None:
        raise DeskError("cohort_taken")
    if known is not None:
        conn.execute(update(t.cohorts).where(t.cohorts.c.name == known.name).values(closed_at=None))
        audit.note(conn, who, "cohort_reopen", {"cohort": known.name}, now)
        return known.name
    _write(conn, name, now)
    audit.note(conn, who, "cohort_create", {"cohort": name}, now)
    return name


def rename(conn: Connection, who: By, name: str, new: str, now: datetime) -> int:
    """Gives a cohort another name, wherever it is written; how many people are in it.

    Raises DeskError: unknown_cohort, bad_cohort, cohort_taken (another one has this name, but for its capitals).
    """
    known, new = _expect(conn, name), named(new)
    other = _like(conn, new, but=known.name)
    if other is not None or new == known.name:
        raise DeskError("cohort_taken")
    _keep(conn, known, now)
    conn.execute(update(t.cohorts).where(t.cohorts.c.name == known.name).values(name=new))
    conn.execute(update(t.enrolments).where(t.enrolments.c.cohort == known.name).values(cohort=new))
    p = t.pushes
    for row in conn.execute(select(p.c.id, p.c.audience)).all():
        if known.name in row.audience.get("cohorts", ()):
            held = [new if one == known.name else one for one in row.audience["cohorts"]]
            conn.execute(update(p).where(p.c.id == row.id).values(audience={**row.audience, "cohorts": held}))
    audit.note(conn, who, "cohort_rename", {"cohort": known.name, "new": new, "n": known.people}, now)
    return known.people


def close(conn: Connection, who: By, name: str, now: datetime) -> None:
    """Nobody is put into it any more; whoever is in it stays. Raises DeskError: unknown_cohort, cohort_closed."""
    known = _expect(conn, name)
    if known.closed_at is not None:
        raise DeskError("cohort_closed")
    _keep(conn, known, now)
    conn.execute(update(t.cohorts).where(t.cohorts.c.name == known.name).values(closed_at=now))
    audit.note(conn, who, "cohort_close", {"cohort": known.name, "n": known.people}, now)


def put(conn: Connection, who: By, person_id: int, name: str | None, now: datetime) -> str | None:
    """Puts a participant into an open cohort, or, with None, into none; the name of the one they were in.

    Raises DeskError: unknown_person, unknown_cohort, cohort_closed.
    """
    e = t.enrolments
    row = conn.execute(select(e.c.cohort).where(e.c.person_id == person_id)).first()
    if row is None:
        raise DeskError("unknown_person")
    into = None
    if name is not None:
        known = _expect(conn, name)
        if known.closed_at is not None:
            raise DeskError("cohort_closed")
        into = known.name
    if into != row.cohort:
        conn.execute(update(e).where(e.c.person_id == person_id).values(cohort=into))
        about = {"person": person_id, "before": row.cohort or "", "cohort": into or ""}
        audit.note(conn, who, "cohort_put", about, now)
    return str(row.cohort) if row.cohort else None


def settled(conn: Connection, who: By, names: Iterable[str], now: datetime) -> dict[str, str]:
    """Each name with the cohort it means, made where there is none yet: for those who are invited into it.

    Raises DeskError: bad_cohort, cohort_closed.
    """
    known = {one.name.casefold(): one for one in listed(conn)}
    found = {}
    for name in dict.fromkeys(names):
        clean = named(name)
        one = known.get(clean.casefold())
        if one is not None and one.closed_at is not None:
            raise DeskError("cohort_closed")
        if one is None:
            _write(conn, clean, now)
            audit.note(conn, who, "cohort_create", {"cohort": clean}, now)
            one = known[clean.casefold()] = Cohort(clean)
        found[name] = one.name
    return found


def named(name: str) -> str:
    """The name of a cohort on one line. Raises DeskError: bad_cohort."""
    try:
        clean = cleaned(name)
    except DeskError:
        raise DeskError("bad_cohort") from None
    if clean == EVERYBODY:
        raise DeskError("bad_cohort")
    return clean


def _expect(conn: Connection, name: str) -> Cohort:
    known = next((one for one in listed(conn) if one.name == name), None)
    if known is None:
        raise DeskError("unknown_cohort")
    return known


def _like(conn: Connection, name: str, but: str | None = None) -> Cohort | None:
    """The cohort of that name, whatever its capitals."""
    same = (one for one in listed(conn) if one.name.casefold() == name.casefold() and one.name != but)
    return next(same, None)


def _keep(conn: Connection, one: Cohort, now: datetime) -> None:
    """A row for a cohort that only people held so far."""
    if conn.execute(select(t.cohorts.c.id).where(t.cohorts.c.name == one.name)).first() is None:
        _write(conn, one.name, now)


def _write(conn: Connection, name: str, now: datetime) -> None:
    conn.execute(insert(t.cohorts).values(name=name, created_at=now))
