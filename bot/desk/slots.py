"""Half-hours that coaches give for a first talk: offered, taken by one person only, withdrawn. Checks no rights."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, update

from bot.desk import DeskError
from bot.store import tables as t
from bot.store.saving import upsert
from bot.store.vault import Vault

LENGTH = timedelta(minutes=30)

NOTICE = timedelta(hours=2)
"""A talk is not booked closer to its hour than this."""

REACH = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Slot:
    """`at` is UTC; `coach` is a name, `zone` the coach's; `place` the address of the call, or nothing."""

    id: int
    coach_id: int
    coach: str
    zone: str
    at: datetime
    place: str


def give(conn: Connection, vault: Vault, coach_id: int, at: datetime, place: str, now: datetime) -> None:
    """Offers a half-hour; the same one again only changes its place. Raises DeskError: far_date."""
    if not now < at < now + REACH:
        raise DeskError("far_date")
    sealed = vault.seal_text(coach_id, "slots.place", place) if place else None
    row = {"coach_id": coach_id, "at": at, "place": sealed, "created_at": now, "withdrawn_at": None}
    upsert(conn, t.slots, [row], ("coach_id", "at"), ("place", "withdrawn_at"))


def withdraw(conn: Connection, coach_id: int, slot_id: int, now: datetime) -> bool:
    """Takes back one that nobody has taken; whether it was one."""
    s = t.slots
    mine = (s.c.id == slot_id) & (s.c.coach_id == coach_id) & _open(now, timedelta())
    return conn.execute(update(s).where(mine).values(withdrawn_at=now)).rowcount == 1


def of_coach(conn: Connection, vault: Vault, coach_id: int, now: datetime) -> list[Slot]:
    """What a coach still offers, the soonest first."""
    return _found(conn, vault, _open(now, timedelta()) & (t.slots.c.coach_id == coach_id), now)


def offered(conn: Connection, vault: Vault, now: datetime, most: int) -> list[Slot]:
    """What may be booked, the soonest first; coaches who cannot be reached offer nothing."""
    return _found(conn, vault, _open(now, NOTICE) & t.people.c.reachable, now)[:most]


def one(conn: Connection, vault: Vault, slot_id: int, now: datetime) -> Slot | None:
    """The slot of this number while it may still be booked."""
    return next(iter(_found(conn, vault, _open(now, NOTICE) & (t.slots.c.id == slot_id), now)), None)


def take(conn: Connection, slot_id: int, enrolment_id: int, now: datetime) -> bool:
    """Gives it to one person; False when somebody was quicker or its hour has come."""
    s = t.slots
    free = update(s).where(s.c.id == slot_id, _open(now, NOTICE)).values(enrolment_id=enrolment_id)
    return conn.execute(free).rowcount == 1


def free(conn: Connection, enrolment_id: int) -> None:
    """Gives back what this person had taken."""
    conn.execute(update(t.slots).where(t.slots.c.enrolment_id == enrolment_id).values(enrolment_id=None))


def _open(now: datetime, notice: timedelta) -> ColumnElement[bool]:
    s = t.slots.c
    return s.enrolment_id.is_(None) & s.withdrawn_at.is_(None) & (s.at > now + notice)


def _found(conn: Connection, vault: Vault, where: ColumnElement[bool], now: datetime) -> list[Slot]:
    s, p = t.slots.c, t.people.c
    columns = select(s.id, s.coach_id, s.at, s.place, p.name, p.zone).join(t.people, p.id == s.coach_id)
    rows = conn.execute(columns.where(where).order_by(s.at, s.id).limit(200)).all()
    vault.ready(conn, {row.coach_id for row in rows}, now)
    return [_slot(vault, row) for row in rows]


def _slot(vault: Vault, row: Any) -> Slot:
    place = vault.open_text(row.coach_id, "slots.place", row.place) if row.place else ""
    name = vault.open_text(row.coach_id, "people.name", row.name)
    return Slot(row.id, row.coach_id, name, row.zone, row.at, place)
