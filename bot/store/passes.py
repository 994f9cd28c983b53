"""Links of one use, each for the one thing that a participant asked for. Keeps hashes of tokens, never a token.

A coach's way in is another matter (desk/signin.py): no link of one kind opens what the other does.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update

from bot.store import tables as t

LIFE = timedelta(minutes=30)
KEPT = timedelta(days=1)
"""How long a link that serves no more stays in the table."""


@dataclass(frozen=True, slots=True)
class Pass:
    """`purpose` is what it was made for, as whoever made it writes it."""

    id: int
    person_id: int
    purpose: str


def drawn() -> str:
    """A token of 256 bits."""
    return secrets.token_urlsafe(32)


def issue(conn: Connection, person_id: int, purpose: str, token: str, now: datetime) -> None:
    """Makes `token` good once and for LIFE; an earlier link of the same person and purpose serves no more."""
    s = t.sign_ins
    conn.execute(delete(s).where(s.c.person_id == person_id, s.c.purpose.is_not(None), s.c.expires_at < now - KEPT))
    same = (s.c.person_id == person_id, s.c.purpose == purpose, s.c.used_at.is_(None))
    conn.execute(update(s).where(*same).values(used_at=now))
    row = {"person_id": person_id, "token_hash": _hash(token), "expires_at": now + LIFE, "purpose": purpose}
    conn.execute(insert(s).values(**row))


def look(conn: Connection, token: str, kind: str, now: datetime) -> Pass | None:
    """What a link is for, without spending it; None for one that is wrong, used, expired, or of another `kind`.

    `kind` is how its purpose begins.
    """
    s = t.sign_ins.c
    row = conn.execute(select(s.id, s.person_id, s.purpose).where(_good(token, kind, now))).first()
    return Pass(*row) if row else None


def spend(conn: Connection, token: str, kind: str, now: datetime) -> Pass | None:
    """The same, once: of two that come together, one gets nothing."""
    s = t.sign_ins
    mine = update(s).where(_good(token, kind, now)).values(used_at=now)
    row = conn.execute(mine.returning(s.c.id, s.c.person_id, s.c.purpose)).first()
    return Pass(*row) if row else None


def give_back(conn: Connection, held: Pass) -> None:
    """It was spent for nothing: it may serve again."""
    conn.execute(update(t.sign_ins).where(t.sign_ins.c.id == held.id).values(used_at=None))


def _good(token: str, kind: str, now: datetime) -> ColumnElement[bool]:
    s = t.sign_ins.c
    return and_(
        s.token_hash == _hash(token),
        s.used_at.is_(None),
        s.expires_at > now,
        s.purpose.startswith(kind, autoescape=True),
    )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
