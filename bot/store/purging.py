"""What age takes away: looked for on a connection that only reads, then taken a few rows at a time.

What is too old is read in retention.py. Stopped anywhere, it goes on from there: nothing is remembered between calls.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, func, select, tuple_, update

from bot.store import outbox
from bot.store import tables as t
from bot.store.retention import EMPTIED, POLICIES, SETTLED, Policy
from bot.store.vault import Vault

BATCH = 500
"""Rows of one transaction: some milliseconds, in which somebody who writes waits."""

AHEAD = 5000
"""Rows of a table that are looked for at a time: a search reads the whole table."""

WORDS = "outbox.payload"
"""Beside the tables: messages whose words go, and whose row stays."""

Found = Mapping[str, Sequence[Any]]
"""Table -> the keys of its rows that are too old."""


def find(conn: Connection, now: datetime, limit: int = AHEAD) -> Found:
    """What is too old; changes nothing. Empty: there is nothing more."""
    found = {policy.name: _keys(conn, policy, now, limit) for policy in POLICIES if policy.past}
    found[WORDS] = list(conn.execute(select(t.outbox.c.id).where(_full()).limit(limit)).scalars())
    return {name: keys for name, keys in found.items() if keys}


def slices(found: Found, size: int = BATCH) -> Iterator[tuple[str, Sequence[Any]]]:
    """What one transaction takes."""
    return ((name, keys[k : k + size]) for name, keys in found.items() for k in range(0, len(keys), size))


def take(conn: Connection, vault: Vault, now: datetime, name: str, keys: Sequence[Any]) -> int:
    """Takes these rows away, those that are still too old; how many went."""
    if name == WORDS:
        return _empty(conn, vault, now, keys)
    policy = next(one for one in POLICIES if one.name == name)
    assert policy.past is not None
    return conn.execute(delete(policy.table).where(_among(policy.table, keys), policy.past(now))).rowcount


def due(conn: Connection, now: datetime) -> dict[str, int]:
    """How many rows would go, by table."""
    wanted = {policy.name: (policy.table, policy.past(now)) for policy in POLICIES if policy.past}
    wanted[WORDS] = (t.outbox, _full())
    counted = {name: conn.execute(select(func.count()).select_from(table).where(past)).scalar_one()
               for name, (table, past) in wanted.items()}  # fmt: skip
    return {name: int(n) for name, n in counted.items() if n}


def _keys(conn: Connection, policy: Policy, now: datetime, limit: int) -> list[Any]:
    assert policy.past is not None
    rows = conn.execute(select(*policy.table.primary_key.columns).where(policy.past(now)).limit(limit)).all()
    return [row[0] if len(row) == 1 else tuple(row) for row in rows]


def _among(table: Table, keys: Sequence[Any]) -> ColumnElement[bool]:
    columns = list(table.primary_key.columns)
    return columns[0].in_(keys) if len(columns) == 1 else tuple_(*columns).in_(keys)


def _empty(conn: Connection, vault: Vault, now: datetime, ids: Sequence[int]) -> int:
    """Messages that were dropped while they waited still hold their words."""
    o = t.outbox.c
    rows = conn.execute(select(o.id, o.owner_id).where(o.id.in_(ids), _full())).all()
    vault.ready(conn, {row.owner_id for row in rows}, now)
    for row in rows:
        body = outbox.emptied(vault, row.owner_id) or b""
        conn.execute(update(t.outbox).where(o.id == row.id).values(payload=body))
    return len(rows)


def _full() -> ColumnElement[bool]:
    return t.outbox.c.state.in_(SETTLED) & (func.length(t.outbox.c.payload) > EMPTIED)
