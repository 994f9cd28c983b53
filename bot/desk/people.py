"""A coach's participants at a glance. Reads no answer and checks no rights."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select, update

from bot.desk import DeskError, review
from bot.store import tables as t
from bot.store.case import Case, Enrolment, Person, drawn_id
from bot.store.cases import appointment, by_person, person
from bot.store.lock import lock_chats
from bot.store.saving import Turned, save
from bot.store.vault import Vault
from flows.agenda import Appointment


@dataclass(frozen=True, slots=True)
class Served:
    """A participant as their coach sees them in a list; `ahead` is the next appointment, `to_read` counts answers."""

    person: Person
    enrolment: Enrolment
    ahead: Appointment | None
    to_read: int


def of_coach(
    conn: Connection, vault: Vault, coach_id: int, now: datetime, limit: int, offset: int = 0
) -> tuple[list[Served], int]:
    """A coach's participants from `offset` on, the one met soonest first, then as they came; and how many in all.

    Those whose programme ended are left out. Names are sealed: the store cannot sort by them.
    """
    e, a = t.enrolments.c, t.appointments.c
    mine = and_(e.coach_id == coach_id, e.state != "ended")
    total = conn.execute(select(func.count()).select_from(t.enrolments).where(mine)).scalar_one()
    ahead = and_(a.enrolment_id == e.id, a.state == "planned", a.at > now)
    soonest = select(func.min(a.at)).where(ahead).correlate(t.enrolments).scalar_subquery()
    query = select(e.id).where(mine).order_by(soonest.nulls_last(), e.id)
    ids = list(conn.execute(query.offset(offset).limit(limit)).scalars())
    found = {served.enrolment.id: served for served in _served(conn, vault, e.id.in_(ids), now)}
    return [found[id] for id in ids], total


def one(conn: Connection, vault: Vault, person_id: int, now: datetime) -> Served | None:
    """A participant, whoever their coach is."""
    return next(iter(_served(conn, vault, t.enrolments.c.person_id == person_id, now)), None)


def names(conn: Connection, vault: Vault, ids: Collection[int], now: datetime) -> dict[int, str]:
    """First names by id; whoever is gone has none."""
    p = t.people.c
    rows = conn.execute(select(p.id, p.name).where(p.id.in_(list(ids)))).all()
    vault.ready(conn, [row.id for row in rows], now)
    return {row.id: vault.open_text(row.id, "people.name", row.name) for row in rows}


def file(conn: Connection, vault: Vault, person_id: int, now: datetime) -> Case:
    """The participant's whole file, which nobody else may change until the transaction ends.

    Raises DeskError: unknown_person, busy.
    """
    chat = conn.execute(select(t.people.c.chat_id).where(t.people.c.id == person_id)).scalar()
    if chat is not None and not lock_chats(conn, [chat]):
        raise DeskError("busy")
    case = by_person(conn, vault, [person_id], now).get(person_id)
    if case is None or case.enrolment is None:
        raise DeskError("unknown_person")
    return case


def put_back(conn: Connection, vault: Vault, case: Case, now: datetime) -> None:
    """Writes down what was changed in a file."""
    save(conn, vault, [Turned(case, f"d{drawn_id()}", case.take())], now)


def leave_prompt(conn: Connection, vault: Vault, who: Person, prompt: Any) -> None:
    """Keeps the desk's open question to a coach or an admin; None when there is none any more."""
    if prompt is None and who.prompt is None:
        return
    who.prompt = prompt
    sealed = vault.seal_json(who.id, "people.prompt", prompt) if prompt is not None else None
    conn.execute(update(t.people).where(t.people.c.id == who.id).values(prompt=sealed))


def _served(conn: Connection, vault: Vault, where: ColumnElement[bool], now: datetime) -> list[Served]:
    e, p = t.enrolments, t.people
    enrolled = conn.execute(select(e).where(where)).all()
    people = conn.execute(select(p).where(p.c.id.in_([row.person_id for row in enrolled]))).all()
    vault.ready(conn, [row.id for row in people], now)
    known = {row.id: person(vault, row) for row in people}
    ahead = _ahead(conn, vault, enrolled, now)
    unread = review.to_read(conn, [row.id for row in enrolled])
    return [
        Served(known[row.person_id], Enrolment(**row._mapping), ahead.get(row.id),
               0 if row.restricted_at else unread.get(row.id, 0))
        for row in enrolled
    ]  # fmt: skip


def _ahead(conn: Connection, vault: Vault, enrolled: Sequence[Row[Any]], now: datetime) -> dict[int, Appointment]:
    a = t.appointments
    where = (a.c.enrolment_id.in_([row.id for row in enrolled]), a.c.state == "planned", a.c.at > now)
    owners = {row.id: row.person_id for row in enrolled}
    found: dict[int, Appointment] = {}
    for row in conn.execute(select(a).where(*where).order_by(a.c.at.desc())):
        found[row.enrolment_id] = appointment(vault, owners[row.enrolment_id], row)
    return found
