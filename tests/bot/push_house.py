"""An office whose clock beats, with participants out of their welcome module: for the tests of pushes."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from bot import duties
from bot.admin import outcome, pushes
from bot.admin.audience import Audience
from bot.admin.outcome import Fate
from bot.conversation import ticking
from bot.desk import appointments
from bot.store import audit
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from tests.bot.desk_office import Office

COACH, ADMIN = 701, 601


def office(database: Database, vault: Vault, now: datetime) -> Office:
    made = Office(database, vault, now)
    made.house = replace(made.house, due=duties.DUE)
    made.ines = made.join("coach", "Inès", COACH)
    return made


def join(office: Office, name: str, chat: int, zone: str = "Europe/Paris", **about: Any) -> int:
    """A participant, straight into the tables: active, nothing open."""
    return office.db.write_now(_join, office, name, chat, zone, about)


def _join(conn: Any, office: Office, name: str, chat: int, zone: str, about: dict[str, Any]) -> int:
    row = {"role": "participant", "name": b"", "zone": zone, "chat_id": chat, "reachable": True,
           "created_at": office.now}  # fmt: skip
    person = int(conn.execute(insert(t.people).values(**row).returning(t.people.c.id)).scalar_one())
    office.vault.create_key(conn, person, office.now)
    sealed = office.vault.seal_text(person, "people.name", name)
    conn.execute(update(t.people).where(t.people.c.id == person).values(name=sealed))
    enrolled = {"coach_id": office.ines, "programme": "bilan", "format": "accompagne", "cohort": "automne",
                "state": "active", "gentle": False, "short": False, "created_at": office.now, **about}  # fmt: skip
    conn.execute(insert(t.enrolments).values(person_id=person, **enrolled))
    return person


def change(office: Office, table: Any, person: int, **values: Any) -> None:
    column = table.c.id if table is t.people else table.c.person_id
    office.db.write_now(lambda conn: conn.execute(update(table).where(column == person).values(**values)))


def book(office: Office, person: int, session: str, at: datetime) -> None:
    office.do(appointments.put, person, session, at, None, office.now)


def plan(office: Office, body: Any, to: Audience | None = None, **about: Any) -> int:
    return int(office.do(pushes.plan, by=audit.OPERATOR, body=body, to=to or Audience(), now=office.now, **about))


def act(office: Office, verb: str, push_id: int) -> int:
    return int(office.db.write_now(getattr(pushes, verb), push_id, audit.OPERATOR, office.now))


def fates(office: Office, push_id: int) -> list[Fate]:
    found: list[Fate] = office.db.read_now(outcome.outcome, push_id)
    return found


def states(office: Office, push_id: int) -> dict[int, str]:
    return {fate.person_id: fate.state for fate in fates(office, push_id)}


def tick(office: Office, at: datetime | None = None) -> None:
    """The clock beats until nothing is due, at `at` or where the office stands."""
    office.now = at or office.now
    while office.db.write_now(ticking.tick, office.vault, office.house, office.now):
        pass


def pass_time(office: Office, until: datetime, step: timedelta = timedelta(hours=1)) -> None:
    while office.now < until:
        tick(office, min(office.now + step, until))


def broadcast(office: Office, chat: int) -> list[str]:
    """The marks of the messages of pushes that were ever put in the outbox for this chat."""
    o = t.outbox.c
    query = select(o.cause).where(o.chat_id == chat, o.rank == 3).order_by(o.id)
    return office.db.read_now(lambda conn: list(conn.execute(query).scalars()))
