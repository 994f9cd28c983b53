"""What is to be sent, in order per chat, and what became of it. Knows no Telegram."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, exists, func, or_, select, true, update

from bot.store import pictures
from bot.store import tables as t
from bot.store.case import ANSWER, BROADCAST, Ordered
from bot.store.leaving import Leaving, Settled
from bot.store.lock import lock_chats
from bot.store.retention import SETTLED
from bot.store.vault import KeyMissing, Vault

LEASE = timedelta(minutes=2)
"""A send not settled after this long was cut by a crash: nobody knows whether it arrived. Of one whose sender is known
to be gone (see shift.py), that is known sooner."""

RESTORED = "restored"
"""Why a message is held after a restoration: it may have left already, so a person decides."""

PAUSED = "push_paused"
"""Why a message is held, or a timer: an admin paused the push that it belongs to, and takes it up again."""


def _heads() -> Select[Any]:
    """The first message of each chat that may leave now: nothing of that chat is under way or more urgent."""
    o, p = t.outbox, t.outbox.alias("earlier")
    ahead = exists().where(
        p.c.chat_id == o.c.chat_id,
        p.c.state.in_(("ready", "sending")),
        or_(p.c.state == "sending", p.c.rank < o.c.rank, and_(p.c.rank == o.c.rank, p.c.id < o.c.id)),
        p.c.id != o.c.id,
    )
    when = or_(o.c.not_before.is_(None), o.c.not_before <= bindparam("now"))
    return select(o).where(o.c.state == "ready", when, ~ahead).order_by(o.c.rank, o.c.id)


HEADS = _heads()
MARK = update(t.outbox).where(t.outbox.c.id.in_(bindparam("ids", expanding=True)))
MARK = MARK.values(state="sending", not_before=bindparam("lease"), reason=bindparam("sender"))


def claim(
    conn: Connection, vault: Vault, room: int, unasked: int, now: datetime, sender: str | None = None
) -> list[Leaving]:
    """The next messages, at most one a chat, the most urgent first; marked as being sent, by `sender`.

    `room` in all, of which `unasked` at most of the ranks that nobody waits for.
    """
    if room <= 0:
        return []
    rank = t.outbox.c.rank
    rows = list(conn.execute(HEADS.where(rank <= ANSWER).limit(room), {"now": now}))
    if (rest := min(unasked, room - len(rows))) > 0:
        rows += conn.execute(HEADS.where(rank > ANSWER).limit(rest), {"now": now})
    if conn.dialect.name == "postgresql" and rows:
        rows = _gained(conn, rows, now)
    if rows:
        conn.execute(MARK, {"ids": [row.id for row in rows], "lease": now + LEASE, "sender": sender})
        vault.ready(conn, {row.owner_id for row in rows}, now)
    return pictures.attached(conn, vault, [_leaving(vault, row) for row in rows], now)


def _gained(conn: Connection, rows: Sequence[Row[Any]], now: datetime) -> list[Row[Any]]:
    """Those of chats that no other process holds, looked at again under the lock."""
    gained = set(lock_chats(conn, [row.chat_id for row in rows]))
    ids = [row.id for row in rows if row.chat_id in gained]
    again = HEADS.where(t.outbox.c.id.in_(ids)).with_for_update(skip_locked=True, of=t.outbox)
    return list(conn.execute(again, {"now": now})) if ids else []


SETTLE = (
    update(t.outbox)
    .where(t.outbox.c.id == bindparam("b_id"))
    .values({name: bindparam(name) for name in ("state", "message_id", "reason", "not_before", "sent_at", "attempts")})
    .values(payload=func.coalesce(bindparam("b_emptied"), t.outbox.c.payload))
)


def settle(conn: Connection, vault: Vault, results: Sequence[Settled], now: datetime) -> list[Settled]:
    """Writes down what became of each; a 403 holds everything else for that chat. Gives back those written.

    The words of what will not be sent again are dropped: nobody reads them here any more. What is not the sender's any
    more, because others held them to be gone, is not theirs to settle: only that it arrived after all is learnt.
    """
    results = _ours(conn, results)
    vault.ready(conn, {r.leaving.owner_id for r in results}, now)
    rows = [
        {
            "b_id": r.leaving.id,
            "state": r.state,
            "message_id": r.message_id,
            "reason": r.reason,
            "not_before": r.not_before,
            "sent_at": r.sent_at,
            "attempts": r.leaving.attempts + 1,
            "b_emptied": emptied(vault, r.leaving.owner_id) if r.state in SETTLED else None,
        }
        for r in results
    ]
    if rows:
        conn.execute(SETTLE, rows)
    _withheld(conn, [r.leaving.id for r in results if r.state == "ready" and r.leaving.rank == BROADCAST])
    pictures.learn(conn, vault, [(r.leaving.picture, r.file_id) for r in results if r.leaving.picture and r.file_id])
    shut = {r.leaving.chat_id for r in results if r.state == "held"}
    if shut:
        o = t.outbox
        conn.execute(update(o).where(o.c.chat_id.in_(shut), o.c.state == "ready").values(state="held"))
    return list(results)


def _ours(conn: Connection, results: Sequence[Settled]) -> list[Settled]:
    """Those of sends still under way as they were claimed: each settling counts one attempt more."""
    o = t.outbox.c
    query = select(o.id, o.state, o.attempts).where(o.id.in_([r.leaving.id for r in results])).order_by(o.id)
    query = query.with_for_update() if conn.dialect.name == "postgresql" else query
    found = {row.id: row for row in conn.execute(query)} if results else {}
    for r in results:
        row = found.get(r.leaving.id)
        if r.state == "sent" and row and (row.state, row.attempts) == ("doubtful", r.leaving.attempts + 1):
            _arrived(conn, r)
    return [
        r
        for r in results
        if (row := found.get(r.leaving.id)) and (row.state, row.attempts) == ("sending", r.leaving.attempts)
    ]


def _arrived(conn: Connection, late: Settled) -> None:
    """What was held to be in doubt is known now; its question needs not be put again."""
    o, r, about = t.outbox, t.timers.c, late.leaving
    values = {"state": "sent", "message_id": late.message_id, "reason": "late"}
    conn.execute(update(o).where(o.c.id == about.id).values(**values))
    mine = (r.owner == f"e{about.enrolment_id}", r.kind == "reoffer", r.scope == f"{about.run_id}:{about.step}")
    conn.execute(update(t.timers).where(*mine, r.state == "pending").values(state="cancelled", why="arrived"))


def _withheld(conn: Connection, ids: Sequence[int]) -> None:
    """Of messages that come back to be tried again: those of a push that was stopped, or paused, meanwhile."""
    o, p = t.outbox, t.pushes.c
    rows = conn.execute(select(o.c.id, o.c.cause).where(o.c.id.in_(ids), o.c.cause.like("p%"))).all() if ids else []
    by_push: dict[int, list[int]] = {}
    for row in rows:
        by_push.setdefault(int(row.cause[1:].partition(":")[0]), []).append(row.id)
    ended = or_(p.state == "cancelled", p.paused_at.is_not(None))
    for push in conn.execute(select(p.id, p.state).where(p.id.in_(by_push), ended)).all() if by_push else []:
        gone = push.state == "cancelled"
        values = {"state": "dropped", "reason": "withdrawn"} if gone else {"state": "held", "reason": PAUSED}
        conn.execute(update(o).where(o.c.id.in_(by_push[push.id])).values(**values))


def emptied(vault: Vault, owner: int) -> bytes | None:
    """A payload without a word; None for somebody who was erased meanwhile, whose rows are gone."""
    try:
        return vault.seal_json(owner, "outbox.payload", {"params": {}})
    except KeyMissing:
        return None


def senders(conn: Connection) -> set[str]:
    """Who is sending something, by the name they signed with."""
    o = t.outbox.c
    return set(conn.execute(select(o.reason).where(o.state == "sending", o.reason.is_not(None)).distinct()).scalars())


def cut_short(
    conn: Connection, vault: Vault, now: datetime, everything: bool = False, gone: Collection[str] = ()
) -> list[Leaving]:
    """Sends that were under way when their process died: those of senders who are `gone`, and of before LEASE.

    `everything`: at the start of the only process.
    """
    o = t.outbox.c
    return _under_way(conn, vault, now, true() if everything else or_(o.not_before < now, o.reason.in_(gone)))


def claimed(conn: Connection, vault: Vault, sender: str, now: datetime) -> list[Leaving]:
    """What this one is sending, as far as the store knows."""
    return _under_way(conn, vault, now, t.outbox.c.reason == sender)


def _under_way(conn: Connection, vault: Vault, now: datetime, which: ColumnElement[bool]) -> list[Leaving]:
    query = select(t.outbox).where(t.outbox.c.state == "sending", which)
    if conn.dialect.name == "postgresql":
        query = query.with_for_update(skip_locked=True)
    rows = conn.execute(query).all()
    vault.ready(conn, {row.owner_id for row in rows}, now)
    return [_leaving(vault, row) for row in rows]


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
        ordered=Ordered(**body["ordered"]) if "ordered" in body else None,
    )
