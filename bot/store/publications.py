"""What was published, version by version, whole and for ever. Knows what a file is, not what it says."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, insert, select, update

from bot.store import tables as t

Origin = Literal["dossier", "page", "retour"]
"""From the content folder, from the admin's page, or an earlier version once more."""

Files = Mapping[str, str]
"""Texts by path, as a content folder holds them."""


@dataclass(frozen=True, slots=True)
class Publication:
    """`by_id` None: the terminal. `replanned_at` None: envois have still to follow."""

    id: int
    at: datetime
    by_id: int | None
    origin: Origin
    note: str
    files: Files
    replanned_at: datetime | None


def newest_id(conn: Connection) -> int | None:
    """The number of what is served; None before the first publication."""
    p = t.publications.c
    return conn.execute(select(p.id).order_by(p.id.desc()).limit(1)).scalar()


def newest(conn: Connection) -> Publication | None:
    return next(iter(listed(conn, 1)), None)


def read(conn: Connection, id: int) -> Publication | None:
    return next(iter(listed(conn, 1, id)), None)


def listed(conn: Connection, limit: int, upto: int | None = None) -> list[Publication]:
    """The newest first; with `upto`, from that number down, if it exists."""
    p = t.publications
    query = select(p).order_by(p.c.id.desc()).limit(limit)
    rows = conn.execute(query if upto is None else query.where(p.c.id <= upto)).all()
    if upto is not None and (not rows or rows[0].id != upto):
        return []
    return [_publication(row) for row in rows]


def add(conn: Connection, files: Files, origin: Origin, note: str, by_id: int | None, now: datetime) -> int:
    """Writes one more; its number. From this transaction on it is what is served."""
    plain = json.dumps({"note": note, "files": dict(files)}, ensure_ascii=False, sort_keys=True).encode()
    row = {"at": now, "by_id": by_id, "origin": origin, "source": zlib.compress(plain, 6)}
    return int(conn.execute(insert(t.publications).values(**row).returning(t.publications.c.id)).scalar_one())


def followed(conn: Connection, id: int, now: datetime) -> None:
    """Everybody's envois are those of this publication."""
    p = t.publications
    conn.execute(update(p).where(p.c.id <= id, p.c.replanned_at.is_(None)).values(replanned_at=now))


def _publication(row: object) -> Publication:
    plain = json.loads(zlib.decompress(row.source))  # type: ignore[attr-defined]
    return Publication(row.id, row.at, row.by_id, row.origin, plain["note"], plain["files"], row.replanned_at)  # type: ignore[attr-defined]
