"""What a coach notes of a participant, sealed under the participant's key: they may read it. Checks no rights."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from bot.desk.people import Served
from bot.store import tables as t
from bot.store.vault import Vault

FIRST_TALK = "premier_echange"
TYPE = "mbti"


@dataclass(frozen=True, slots=True)
class Note:
    """`body` is {"text"}, or {"letters", "confirmed"} of a type (never its items, nor a description: licence)."""

    kind: str
    body: Mapping[str, Any]
    written_at: datetime
    author_id: int


def write(
    conn: Connection, vault: Vault, about: Served, author_id: int, kind: str, body: Mapping[str, Any], now: datetime
) -> None:
    sealed = vault.seal_json(about.person.id, "notes.body", dict(body))
    row = {"enrolment_id": about.enrolment.id, "author_id": author_id, "kind": kind, "body": sealed, "written_at": now}
    conn.execute(insert(t.notes).values(**row))


def newest(conn: Connection, vault: Vault, about: Served, kind: str) -> Note | None:
    """The last note of this kind; the earlier ones are kept beside it."""
    n = t.notes
    query = select(n).where(n.c.enrolment_id == about.enrolment.id, n.c.kind == kind).order_by(n.c.id.desc()).limit(1)
    row = conn.execute(query).first()
    if row is None:
        return None
    return Note(row.kind, vault.open_json(about.person.id, "notes.body", row.body), row.written_at, row.author_id)
