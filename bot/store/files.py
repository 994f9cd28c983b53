"""What was sent as a file: its bytes, sealed once they are fetched. Knows no Telegram."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, update

from bot.store import tables as t
from bot.store.vault import Vault

TRIES = 6

MOST = 100 * 1024 * 1024
"""Bytes of all the files of one person."""


@dataclass(frozen=True, slots=True)
class Wanted:
    id: str
    person_id: int
    file_id: str
    attempts: int


def wanted(conn: Connection, now: datetime, limit: int = 10) -> Sequence[Wanted]:
    """Files not fetched yet whose time has come, the oldest try first."""
    m = t.media
    query = select(m.c.id, m.c.person_id, m.c.file_id, m.c.attempts).where(m.c.state == "waiting", m.c.next_at <= now)
    return [Wanted(*row) for row in conn.execute(query.order_by(m.c.next_at).limit(limit))]


def room(conn: Connection, person_id: int) -> int:
    """Bytes that this person may still send."""
    m = t.media
    held = select(func.coalesce(func.sum(func.length(m.c.bytes)), 0)).where(m.c.person_id == person_id)
    return MOST - int(conn.execute(held).scalar_one())


def store(conn: Connection, vault: Vault, file: Wanted, body: bytes, now: datetime) -> None:
    vault.ready(conn, [file.person_id], now)
    if conn.execute(select(t.media.c.id).where(t.media.c.id == file.id)).first() is None:
        return  # erased while it was on its way
    sealed = vault.seal(file.person_id, "media.bytes", body)
    conn.execute(update(t.media).where(t.media.c.id == file.id).values(state="stored", bytes=sealed, next_at=None))


def failed(conn: Connection, file: Wanted, now: datetime, state: str = "failed") -> bool:
    """One more failure; True when it was the last try. The answer stays valid meanwhile (S12)."""
    last = file.attempts + 1 >= TRIES or state == "too_big"
    again = now + timedelta(minutes=min(60, 2**file.attempts))
    values = {"state": state, "next_at": None} if last else {"next_at": again}
    conn.execute(update(t.media).where(t.media.c.id == file.id).values(attempts=file.attempts + 1, **values))
    return last


def put_off(conn: Connection, file: Wanted, now: datetime) -> None:
    """Telegram could not be reached: no fault of the file's, so no try is counted."""
    conn.execute(update(t.media).where(t.media.c.id == file.id).values(next_at=now + timedelta(minutes=5)))


@dataclass(frozen=True, slots=True)
class Stored:
    """`about` is what Telegram said of it: mime, name, seconds, size, as far as it said."""

    kind: str
    about: Mapping[str, Any]
    body: bytes


def stored(conn: Connection, vault: Vault, person_id: int, id: str) -> Stored | None:
    """A file of this person's, opened; None until it is here."""
    m = t.media
    query = select(m.c.kind, m.c.about, m.c.bytes).where(m.c.id == id, m.c.person_id == person_id)
    row = conn.execute(query.where(m.c.bytes.is_not(None))).first()
    if row is None:
        return None
    about = vault.open_json(person_id, "media.about", row.about)
    return Stored(row.kind, about, vault.open(person_id, "media.bytes", row.bytes))


def annotate(
    conn: Connection, vault: Vault, person_id: int, id: str, kinds: Collection[str], transcript: Mapping[str, Any]
) -> bool:
    """Keeps what is heard in a file beside what is known of it; False when this person has no such file."""
    m = t.media
    row = conn.execute(select(m.c.about).where(m.c.id == id, m.c.person_id == person_id, m.c.kind.in_(kinds))).first()
    if row is None:
        return False
    about = {**vault.open_json(person_id, "media.about", row.about), "transcript": dict(transcript)}
    conn.execute(update(m).where(m.c.id == id).values(about=vault.seal_json(person_id, "media.about", about)))
    return True
