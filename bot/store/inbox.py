"""What Telegram brought, exactly as it came, kept before it is acknowledged (S17).

Sealed under the key of the person whose chat it is, or the house's. Knows no meaning.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, bindparam, delete, func, select, update

from bot.store import tables as t
from bot.store.lock import lock_chats
from bot.store.saving import upsert
from bot.store.vault import KeyMissing, Unsealable, Vault

TRIES = 3
"""Times a message is tried before it is set aside for a human."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """One update on its way in: what it is about, and its JSON."""

    update_id: int
    chat_id: int
    message_id: int | None
    album: str | None
    mark: bytes
    raw: bytes


@dataclass(frozen=True, slots=True)
class Waiting:
    id: int
    chat_id: int
    owner_id: int
    attempts: int
    raw: bytes | None


@dataclass(frozen=True, slots=True)
class Handled:
    """Where an update's words landed: an answer, the journal, or nowhere."""

    id: int
    run_id: int | None = None
    key: str | None = None


def mark(raw: Mapping[str, Any], body: bytes) -> bytes:
    """Sixteen bytes that tell one update from another of the same id; the same update sent again has the same."""
    for kind, fields in (
        ("message", ("message_id",)),
        ("edited_message", ("message_id", "edit_date")),
        ("callback_query", ("id",)),
    ):
        held = raw.get(kind)
        if isinstance(held, Mapping):
            chat = held.get("chat") if kind != "callback_query" else None
            about = [kind, chat.get("id") if isinstance(chat, Mapping) else None, *(held.get(name) for name in fields)]
            return hashlib.sha256(repr(about).encode()).digest()[:16]
    return hashlib.sha256(body).digest()[:16]


def keep(conn: Connection, vault: Vault, arrived: Sequence[Arrived], now: datetime) -> None:
    """Stores a batch; one that is there already is left alone."""
    p = t.people
    chats = {item.chat_id for item in arrived}
    owners = {row.chat_id: row.id for row in conn.execute(select(p.c.chat_id, p.c.id).where(p.c.chat_id.in_(chats)))}
    vault.ready(conn, [0, *owners.values()], now)
    rows = [_row(vault, item, owners.get(item.chat_id, 0), now) for item in arrived]
    upsert(conn, t.inbox, rows, ("update_id", "mark"), ())


def waiting(conn: Connection, vault: Vault, limit: int, now: datetime) -> list[Waiting]:
    """The oldest unhandled updates, of chats that nobody else is handling, in order."""
    i = t.inbox
    query = select(i.c.id, i.c.chat_id, i.c.owner_id, i.c.attempts, i.c.raw).where(i.c.state == "new").order_by(i.c.id)
    if conn.dialect.name == "postgresql":
        oldest = select(i.c.chat_id).where(i.c.state == "new").group_by(i.c.chat_id).order_by(func.min(i.c.id))
        gained = lock_chats(conn, list(conn.execute(oldest.limit(limit)).scalars()))
        query = query.where(i.c.chat_id.in_(gained))
    rows = _shared(conn, query, limit)
    vault.ready(conn, {row.owner_id for row in rows}, now)
    return [
        Waiting(row.id, row.chat_id, row.owner_id, row.attempts, _opened(vault, row.owner_id, row.raw)) for row in rows
    ]


SHARE = 20
"""Updates of one chat in a batch: whoever floods holds up nobody else for longer than these take."""


def _shared(conn: Connection, query: Select[Any], limit: int) -> list[Row[Any]]:
    """The oldest, no more of a chat than its share."""
    rows = list(conn.execute(query.limit(limit)))
    many = [chat for chat, n in Counter(row.chat_id for row in rows).items() if n > SHARE]
    if many and len(rows) == limit:
        rows += conn.execute(query.where(t.inbox.c.chat_id.not_in(many)).limit(limit))
    seen: Counter[int] = Counter()
    first = {row.id: row for row in rows}
    shared = []
    for row in sorted(first.values(), key=lambda row: row.id):
        seen[row.chat_id] += 1
        if seen[row.chat_id] <= SHARE:
            shared.append(row)
    return shared[:limit]


HANDLE = (
    update(t.inbox)
    .where(t.inbox.c.id == bindparam("b_id"))
    .values(state="done", raw=None, run_id=bindparam("b_run"), key=bindparam("b_key"))
)


def handled(conn: Connection, done: Iterable[Handled]) -> None:
    """The words are in the replies now: the raw update is dropped, only where it went is kept."""
    rows = [{"b_id": item.id, "b_run": item.run_id, "b_key": item.key} for item in done]
    if rows:
        conn.execute(HANDLE, rows)


def passed_by(conn: Connection, ids: Collection[int]) -> None:
    """What strangers sent leaves no trace once it is handled: it answers nothing, and a flood of it fills no disk."""
    if ids:
        conn.execute(delete(t.inbox).where(t.inbox.c.id.in_(ids)))


def fault(conn: Connection, inbox_id: int, attempts: int, error: str) -> bool:
    """One more failure; True when that was the last try and the update is set aside with its text."""
    parked = attempts + 1 >= TRIES
    values = {"attempts": attempts + 1, "error": error[:200], "state": "parked" if parked else "new"}
    conn.execute(update(t.inbox).where(t.inbox.c.id == inbox_id).values(**values))
    return parked


def _row(vault: Vault, item: Arrived, owner: int, now: datetime) -> dict[str, Any]:
    return {
        "update_id": item.update_id,
        "mark": item.mark,
        "chat_id": item.chat_id,
        "owner_id": owner,
        "message_id": item.message_id,
        "album": item.album,
        "raw": vault.seal(owner, "inbox.raw", item.raw),
        "state": "new",
        "attempts": 0,
        "received_at": now,
    }


def _opened(vault: Vault, owner: int, raw: bytes | None) -> bytes | None:
    """None for what nobody can read any more: its owner was erased."""
    try:
        return vault.open(owner, "inbox.raw", raw) if raw is not None else None
    except (KeyMissing, Unsealable):
        return None


def encode(raw: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(raw)


def decode(raw: bytes) -> Any:
    return msgspec.json.decode(raw)
