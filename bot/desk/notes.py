"""What a coach notes of a participant, sealed under the participant's key: they may read it. Checks no rights.

A private note has one coach as its reader; the others are for whoever is the participant's coach.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from bot.desk import DeskError
from bot.desk.people import Served
from bot.store import tables as t
from bot.store.vault import Vault

FIRST_TALK = "premier_echange"
TYPE = "mbti"
PRIVATE = "note"
LONGEST = 5_000
"""Characters of a private note."""

LISTED = 20
"""Private notes on one page."""


@dataclass(frozen=True, slots=True)
class Note:
    """`body` is {"text"}, or {"letters", "confirmed"} of a type (never its items, nor a description: licence)."""

    kind: str
    body: Mapping[str, Any]
    written_at: datetime
    author_id: int
    id: int = 0


def write(
    conn: Connection, vault: Vault, about: Served, author_id: int, kind: str, body: Mapping[str, Any], now: datetime,
    reader_id: int | None = None,
) -> None:  # fmt: skip
    """`reader_id`: the only coach who will read it; None: whoever is the participant's coach."""
    sealed = vault.seal_json(about.person.id, "notes.body", dict(body))
    row = {"enrolment_id": about.enrolment.id, "author_id": author_id, "kind": kind, "body": sealed, "written_at": now,
           "reader_id": reader_id}  # fmt: skip
    conn.execute(insert(t.notes).values(**row))


def newest(conn: Connection, vault: Vault, about: Served, kind: str) -> Note | None:
    """The last note of this kind; the earlier ones are kept beside it."""
    n = t.notes
    query = select(n).where(n.c.enrolment_id == about.enrolment.id, n.c.kind == kind).order_by(n.c.id.desc()).limit(1)
    row = conn.execute(query).first()
    return _note(vault, about, row) if row else None


def note(conn: Connection, vault: Vault, about: Served, reader_id: int, text: str, now: datetime) -> None:
    """Keeps a private note of a coach. Raises DeskError: no_note, long_note."""
    words = text.strip()
    if not words:
        raise DeskError("no_note")
    if len(words) > LONGEST:
        raise DeskError("long_note")
    write(conn, vault, about, reader_id, PRIVATE, {"text": words}, now, reader_id)


def private(
    conn: Connection, vault: Vault, about: Served, reader_id: int, before: int | None = None
) -> tuple[list[Note], bool]:
    """What this coach noted for themselves, the newest first, older than the note `before`; and whether more follow."""
    n = t.notes
    mine = select(n).where(*_private(about, reader_id), *([n.c.id < before] if before is not None else []))
    rows = conn.execute(mine.order_by(n.c.id.desc()).limit(LISTED + 1)).all()
    return [_note(vault, about, row) for row in rows[:LISTED]], len(rows) > LISTED


def forget(conn: Connection, about: Served, reader_id: int, note_id: int) -> bool:
    """Deletes a private note; whether there was one."""
    mine = delete(t.notes).where(*_private(about, reader_id), t.notes.c.id == note_id)
    return bool(conn.execute(mine).rowcount)


def pass_on(conn: Connection, about: Served, reader_id: int, to_id: int) -> int:
    """A coach's private notes of a participant get another reader; how many."""
    return conn.execute(update(t.notes).where(*_private(about, reader_id)).values(reader_id=to_id)).rowcount


def _private(about: Served, reader_id: int) -> tuple[Any, ...]:
    n = t.notes.c
    return n.enrolment_id == about.enrolment.id, n.kind == PRIVATE, n.reader_id == reader_id


def _note(vault: Vault, about: Served, row: Row[Any]) -> Note:
    body = vault.open_json(about.person.id, "notes.body", row.body)
    return Note(row.kind, body, row.written_at, row.author_id, row.id)
