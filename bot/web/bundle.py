"""A ZIP made while it leaves: papers first, then files opened one by one. Nothing of it ever lies in clear on a disk.

Knows neither HTTP nor what the papers say.
"""

import asyncio
import zipfile
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.store import files
from bot.store.database import Database
from bot.store.vault import Vault

PIECE = 256 * 1024
"""Bytes that are handed on at once."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """`papers` makes the small files, name and bytes, in a thread; `media` are ids of the rest, with their names."""

    name: str
    person_id: int
    made_at: datetime
    papers: Callable[[], Sequence[tuple[str, bytes]]]
    media: Sequence[tuple[str, str]]


class _Sink:
    """What was written and not yet handed on. It has no place to go back to: the archive tells sizes afterwards."""

    def __init__(self) -> None:
        self._held: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._held.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is open."""

    def taken(self) -> bytes:
        held, self._held = b"".join(self._held), []
        return held


async def zipped(db: Database, vault: Vault, bundle: Bundle) -> AsyncIterator[bytes]:
    """The archive, piece by piece; at most one file of theirs is in memory. One erased meanwhile is left out."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, body in await asyncio.to_thread(bundle.papers):
            archive.writestr(_entry(bundle, name, zipfile.ZIP_DEFLATED), body)
            yield sink.taken()
        for id, name in bundle.media:
            body = await db.read(_opened, vault, bundle, id)
            with archive.open(_entry(bundle, name, zipfile.ZIP_STORED), "w") as out:
                for start in range(0, len(body), PIECE):
                    out.write(body[start : start + PIECE])
                    yield sink.taken()
    yield sink.taken()


def _opened(conn: Connection, vault: Vault, bundle: Bundle, id: str) -> bytes:
    vault.ready(conn, [bundle.person_id], bundle.made_at)
    found = files.stored(conn, vault, bundle.person_id, id)
    return found.body if found else b""


def _entry(bundle: Bundle, name: str, how: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, bundle.made_at.timetuple()[:6])
    entry.compress_type, entry.external_attr = how, 0o600 << 16
    return entry
