"""Everything a store still says to whoever holds every key that is left in it: each row opened, each file's bytes."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, LargeBinary, select

from bot.store import tables as t
from bot.store.vault import KeyMissing, Unsealable, Vault

FIXED = frozenset({"master", "wrapped", "other", "mark", "code_hash", "token_hash", "digest", "source", "version"})
"""Columns that hold sums, keys and published content: not sealed."""


def said(conn: Connection, vault: Vault, now: datetime) -> Iterator[tuple[str, str]]:
    """`table.column` and what stands there, opened with any key that opens it."""
    owners = list(conn.execute(select(t.keys.c.person_id)).scalars())
    vault.ready(conn, owners, now)
    for table in t.metadata.sorted_tables:
        for row in conn.execute(select(table)):
            for column, value in zip(table.columns, row, strict=True):
                place = f"{table.name}.{column.name}"
                if isinstance(column.type, LargeBinary) and column.name not in FIXED and value is not None:
                    yield from ((place, words) for words in opened(vault, owners, place, bytes(value)))
                elif value is not None:
                    yield place, str(value)


def opened(vault: Vault, owners: list[int], place: str, sealed: bytes) -> Iterator[str]:
    for owner in owners:
        try:
            held = vault.open(owner, place, sealed)
        except (Unsealable, KeyMissing):
            continue
        text = held.decode("utf-8", "replace")
        yield text
        if "\\u" in text:
            yield text.encode().decode("unicode_escape", "replace")


def bytes_of(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file under the folder, whole: logs and write-ahead logs too."""
    yield from ((str(file.relative_to(folder)), file.read_bytes()) for file in folder.rglob("*") if file.is_file())
