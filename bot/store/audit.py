"""Who changed what at the desk of an admin, or at the terminal: rows are added, never changed, each sealed to the last.

Holds numbers and names of the house (a cohort, a module, how many people), never a word of a participant, nor a name.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, text

from bot.store import tables as t
from bot.store.accesses import Door
from bot.store.case import Person

FIRST = bytes(32)
"""What the very first row follows."""

_LOCK = 7_340_051
"""The advisory lock under which PostgreSQL adds a row: two cannot follow the same."""


@dataclass(frozen=True, slots=True)
class By:
    """Who acts; `id` is None at the terminal."""

    id: int | None
    role: str
    door: Door


OPERATOR = By(None, "operator", "terminal")


def by(actor: Person, door: Door) -> By:
    return By(actor.id, actor.role, door)


@dataclass(frozen=True, slots=True)
class Entry:
    id: int
    at: datetime
    by: By
    action: str
    about: Mapping[str, Any]


def note(conn: Connection, who: By, action: str, about: Mapping[str, Any], now: datetime) -> None:
    """Writes down that `who` did `action` (push, push_cancel, cohort, publish…), in the transaction that did it."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    a = t.audit.c
    before = conn.execute(select(a.hash).order_by(a.id.desc()).limit(1)).scalar()
    row = {"at": now, "by_id": who.id, "role": who.role, "door": who.door, "action": action, "about": dict(about),
           "before": bytes(before) if before is not None else FIRST}  # fmt: skip
    conn.execute(insert(t.audit).values(**row, hash=_hash(row)))


def newest(conn: Connection, limit: int, before: int | None = None, action: str | None = None) -> list[Entry]:
    """The newest rows first; with `before`, those whose number is smaller."""
    a = t.audit.c
    query = select(a.id, a.at, a.by_id, a.role, a.door, a.action, a.about).order_by(a.id.desc()).limit(limit)
    if before is not None:
        query = query.where(a.id < before)
    if action is not None:
        query = query.where(a.action == action)
    return [Entry(row.id, row.at, By(row.by_id, row.role, row.door), row.action, row.about)
            for row in conn.execute(query)]  # fmt: skip


def broken(conn: Connection) -> Iterator[int]:
    """Numbers of the rows that were changed, or before which a row is missing; of the oldest kept, only the former."""
    a = t.audit.c
    before: bytes | None = None
    for each in conn.execute(select(t.audit).order_by(a.id)):
        row = each._asdict()
        follows = before is None or bytes(row["before"]) == before
        if not follows or bytes(row["hash"]) != _hash(row):
            yield row["id"]
        before = bytes(row["hash"])


def _hash(row: Mapping[str, Any]) -> bytes:
    words = [row["at"].isoformat(), row["by_id"], row["role"], row["door"], row["action"], row["about"]]
    plain = json.dumps(words, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(bytes(row["before"]) + plain.encode()).digest()
