"""What is to be sent, in order per chat, and what became of it. Knows no Telegram."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from sqlalchemy import Connection, and_, bindparam, exists, or_, select, update

from bot.store import tables as t
from bot.store.lock import lock_chats
from bot.store.vault import KeyMissing, Vault

LEASE = timedelta(minutes=2)
"""A send not settled after this long was cut by a crash: nobody knows whether it arrived."""

State: TypeAlias = Literal["sent", "ready", "doubtful", "refused", "held", "dropped"]


@dataclass(frozen=True, slots=True)
class Leaving:
    id: int
    chat_id: int
    owner_id: int
    enrolment_id: int | None
    method: str
    params: Mapping[str, Any]
    files: Mapping[str, Any]
    rank: int
    run_id: int | None
    key: str | None
    step: int | None
    wake: Sequence[Mapping[str, Any]] = ()
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one send. `not_before` for one that is to be tried again."""

    leaving: Leaving
    state: State
    message_id: int | None = None
    reason: str | None = None
    not_before: datetime | None = None
    sent_at: datetime | None = field(default=None)


def claim(conn: Connection, vault: Vault, limit: int, ranks: Sequence[int], now: datetime) -> list[Leaving]:
    """The next messages of these ranks, at most one a chat, the most urgent first; marked as being sent."""
    if limit <= 0:
        return []
    o = t.outbox
    p = o.alias("earlier")
    ahead = exists().where(
        p.c.chat_id == o.c.chat_id,
        p.c.state.in_(("ready", "sending")),
        or_(p.c.state == "sending", p.c.rank < o.c.rank, and_(p.c.rank == o.c.rank, p.c.id < o.c.id)),
        p.c.id != o.c.id,
    )
    heads = select(o).where(
        o.c.state == "ready", o.c.rank.in_(ranks), or_(o.c.not_before.is_(None), o.c.not_before <= now), ~ahead
    )
    rows = conn.execute(heads.order_by(o.c.rank, o.c.id).limit(limit)).all()
    if conn.dialect.name == "postgresql" and rows:
        gained = set(lock_chats(conn, [row.chat_id for row in rows]))
        again = heads.where(o.c.id.in_([row.id for row in rows if row.chat_id in gained])).with_for_update(
            skip_locked=True, of=o
        )
        rows = conn.execute(again.order_by(o.c.rank, o.c.id)).all() if gained else []
    if rows:
        marked = update(o).where(o.c.id.in_([row.id for row in rows]))
        conn.execute(marked.values(state="sending", not_before=now + LEASE))
        vault.ready(conn, {row.owner_id for row in rows}, now)
    return [_leaving(vault, row) for row in rows]


SETTLE = (
    update(t.outbox)
    .where(t.outbox.c.id == bindparam("b_id"))
    .values({name: bindparam(name) for name in ("state", "message_id", "reason", "not_before", "sent_at", "attempts")})
)


def settle(conn: Connection, results: Sequence[Settled]) -> None:
    """Writes down what became of each; a 403 holds everything else for that chat."""
    rows = [
        {
            "b_id": r.leaving.id,
            "state": r.state,
            "message_id": r.message_id,
            "reason": r.reason,
            "not_before": r.not_before,
            "sent_at": r.sent_at,
            "attempts": r.leaving.attempts + 1,
        }
        for r in results
    ]
    if rows:
        conn.execute(SETTLE, rows)
    shut = {r.leaving.chat_id for r in results if r.state == "held"}
    if shut:
        o = t.outbox
        conn.execute(update(o).where(o.c.chat_id.in_(shut), o.c.state == "ready").values(state="held"))


def cut_short(conn: Connection, vault: Vault, now: datetime, everything: bool = False) -> list[Leaving]:
    """Sends that were under way when their process died. `everything`: at the start of the only process."""
    o = t.outbox
    query = select(o).where(o.c.state == "sending")
    rows = conn.execute(query if everything else query.where(o.c.not_before < now)).all()
    vault.ready(conn, {row.owner_id for row in rows}, now)
    return [_leaving(vault, row) for row in rows]


def pending(conn: Connection) -> int:
    o = t.outbox
    return len(conn.execute(select(o.c.id).where(o.c.state.in_(("ready", "sending")))).all())


def next_ready(conn: Connection) -> datetime | None:
    """When the earliest postponed message may leave; None when none is postponed."""
    o = t.outbox
    query = select(o.c.not_before).where(o.c.state == "ready", o.c.not_before.is_not(None)).order_by(o.c.not_before)
    return conn.execute(query.limit(1)).scalar()


def _leaving(vault: Vault, row: Any) -> Leaving:
    try:
        body = vault.open_json(row.owner_id, "outbox.payload", row.payload)
    except KeyMissing:
        body = {"params": {}}
    return Leaving(
        row.id,
        row.chat_id,
        row.owner_id,
        row.enrolment_id,
        row.method,
        body["params"],
        body.get("files", {}),
        row.rank,
        row.run_id,
        row.key,
        row.step,
        row.wake or (),
        row.attempts,
    )
