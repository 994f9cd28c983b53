"""Messages that a restoration holds back: they may have left after the copy was made, so a person decides of each.

Opens no word of any of them, and checks no rights.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from bot.conversation.house import House
from bot.conversation.planning import calm
from bot.store import audit, cases, outbox
from bot.store import tables as t
from bot.store.audit import By
from bot.store.case import ANSWER
from bot.store.outbox import RESTORED
from bot.store.restore import Held
from bot.store.vault import Vault

EVENT = "send_dropped"


def listed(conn: Connection) -> list[Held]:
    """The oldest first."""
    o = t.outbox.c
    rows = conn.execute(select(o.id, o.owner_id, o.method, o.cause, o.created_at).where(*_these(None)).order_by(o.id))
    return [Held(*row) for row in rows]


def send(conn: Connection, vault: Vault, house: House, ids: Sequence[int] | None, by: By, now: datetime) -> int:
    """Lets these leave, or all of them; how many. What nobody asked for waits for an hour that its reader allows."""
    rows = _rows(conn, ids)
    found = cases.by_enrolment(conn, vault, [row.enrolment_id for row in rows if row.enrolment_id], now)
    for row in rows:
        case = found.get(row.enrolment_id or 0)
        at = calm(house, case, now) if case is not None and row.rank > ANSWER else None
        values = {"state": "ready", "reason": None, "not_before": at}
        conn.execute(update(t.outbox).where(t.outbox.c.id == row.id).values(**values))
    if rows:
        audit.note(conn, by, "held_sent", {"n": len(rows)}, now)
    return len(rows)


def drop(conn: Connection, vault: Vault, ids: Sequence[int] | None, by: By, now: datetime) -> int:
    """These never leave, or none of them: their words go, and each is an event that its coach sees. How many."""
    rows = _rows(conn, ids)
    vault.ready(conn, {row.owner_id for row in rows}, now)
    for row in rows:
        empty = outbox.emptied(vault, row.owner_id)
        values = {"state": "dropped", "payload": empty if empty is not None else t.outbox.c.payload}
        conn.execute(update(t.outbox).where(t.outbox.c.id == row.id).values(**values))
        if row.enrolment_id is not None:
            about = {"enrolment_id": row.enrolment_id, "at": now, "kind": EVENT, "about": {"outbox": row.id}}
            conn.execute(insert(t.events).values(**about))
    if rows:
        audit.note(conn, by, "held_dropped", {"n": len(rows)}, now)
    return len(rows)


def _rows(conn: Connection, ids: Sequence[int] | None) -> list[Row[Any]]:
    o = t.outbox.c
    return list(conn.execute(select(o.id, o.owner_id, o.enrolment_id, o.rank).where(*_these(ids)).order_by(o.id)))


def _these(ids: Sequence[int] | None) -> list[Any]:
    o = t.outbox.c
    return [o.state == "held", o.reason == RESTORED, *([o.id.in_(ids)] if ids is not None else [])]
