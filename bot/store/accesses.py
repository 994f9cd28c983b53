"""Who looked at whose words: shown to the one who wrote them. Append-only; holds no word of anybody.

One line for a person, a reader and a matter in ten minutes: leafing through one page is one look.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, insert, select

from bot.store import tables as t

ONCE = timedelta(minutes=10)

Door = Literal["telegram", "page", "terminal"]


@dataclass(frozen=True, slots=True)
class Reader:
    """`id` is None for whoever holds the terminal; `role`: coach, referent, participant, operator."""

    id: int | None
    role: str
    door: Door


OPERATOR = Reader(None, "operator", "terminal")


@dataclass(frozen=True, slots=True)
class Access:
    actor_id: int | None
    role: str
    what: str
    door: str
    at: datetime


def unwritten(conn: Connection, people: Collection[int], reader: Reader, what: str, now: datetime) -> list[int]:
    """Those of `people` for whom this look is not written down yet."""
    a = t.accesses.c
    same = (a.what == what, a.role == reader.role, a.door == reader.door, a.at > now - ONCE)
    who = a.actor_id.is_(None) if reader.id is None else a.actor_id == reader.id
    known = set(conn.execute(select(a.person_id).where(a.person_id.in_(list(people)), *same, who)).scalars())
    return [one for one in dict.fromkeys(people) if one not in known]


def note(conn: Connection, people: Collection[int], reader: Reader, what: str, now: datetime) -> None:
    """Writes the look down, for each of `people` once in ten minutes."""
    rows = [{"person_id": one, "actor_id": reader.id, "role": reader.role, "what": what, "door": reader.door, "at": now}
            for one in unwritten(conn, people, reader, what, now)]  # fmt: skip
    if rows:
        conn.execute(insert(t.accesses), rows)


def of_person(conn: Connection, person_id: int, limit: int | None = None) -> list[Access]:
    """The looks at this person's words, the newest first."""
    a = t.accesses.c
    query = select(a.actor_id, a.role, a.what, a.door, a.at).where(a.person_id == person_id).order_by(a.id.desc())
    return [Access(*row) for row in conn.execute(query.limit(limit))]
