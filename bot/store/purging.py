"""What age takes away, a few rows at a time: each call is one short transaction, and a call that finds nothing is done.

What is too old is read in retention.py. Stopped anywhere, it goes on from there: nothing is remembered between calls.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, select, tuple_, update

from bot.store import outbox
from bot.store import tables as t
from bot.store.retention import EMPTIED, POLICIES, SETTLED, Policy
from bot.store.vault import Vault

BATCH = 500
"""Rows of one transaction: some tens of milliseconds, in which somebody who writes waits."""


def purge(conn: Connection, vault: Vault, now: datetime, limit: int = BATCH) -> dict[str, int]:
    """Takes away up to `limit` rows of each table; how many went, by table. Empty: nothing more is too old."""
    gone = {policy.name: _delete(conn, policy, now, limit) for policy in POLICIES if policy.past}
    gone["outbox.payload"] = _empty(conn, vault, now, limit)
    return {name: n for name, n in gone.items() if n}


def due(conn: Connection, now: datetime) -> dict[str, int]:
    """How many rows would go, by table; nothing is changed."""
    found = {policy.name: _count(conn, policy, now) for policy in POLICIES if policy.past}
    left = select(func.count()).select_from(t.outbox).where(_full())
    found["outbox.payload"] = int(conn.execute(left).scalar_one())
    return {name: n for name, n in found.items() if n}


def _count(conn: Connection, policy: Policy, now: datetime) -> int:
    assert policy.past is not None
    return int(conn.execute(select(func.count()).select_from(policy.table).where(policy.past(now))).scalar_one())


def _delete(conn: Connection, policy: Policy, now: datetime, limit: int) -> int:
    assert policy.past is not None
    key = list(policy.table.primary_key.columns)
    rows = conn.execute(select(*key).where(policy.past(now)).limit(limit)).all()
    if not rows:
        return 0
    mine = key[0].in_([row[0] for row in rows]) if len(key) == 1 else tuple_(*key).in_([tuple(row) for row in rows])
    return conn.execute(delete(policy.table).where(mine)).rowcount


def _empty(conn: Connection, vault: Vault, now: datetime, limit: int) -> int:
    """Messages that were dropped while they waited still hold their words."""
    o = t.outbox.c
    rows = conn.execute(select(o.id, o.owner_id).where(_full()).limit(limit)).all()
    vault.ready(conn, {row.owner_id for row in rows}, now)
    for row in rows:
        body = outbox.emptied(vault, row.owner_id) or b""
        conn.execute(update(t.outbox).where(o.id == row.id).values(payload=body))
    return len(rows)


def _full() -> ColumnElement[bool]:
    return t.outbox.c.state.in_(SETTLED) & (func.length(t.outbox.c.payload) > EMPTIED)
