"""How a coach comes in to the web page: a link of one use, then a session. Knows no page; of tokens, keeps hashes."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, delete, exists, insert, or_, select, update

from bot.desk.visit import Visit
from bot.store import tables as t

LINK = timedelta(minutes=10)
IDLE = timedelta(hours=12)
"""A session ends this long after it was last used."""

BRIEF = timedelta(hours=1)
"""The same for a participant, whose phone or computer may be a shared one."""

TOUCH = timedelta(minutes=10)
"""How stale the last use may be in the table: a page that is only read need not write each time."""

PATH = "/espace/entrer/"


@dataclass(frozen=True, slots=True)
class Session:
    id: int
    person_id: int
    seen_at: datetime


def link(visit: Visit, rest: str) -> None:
    """`/espace`: a button that leads to the page and opens it once."""
    key = "admin_space" if visit.actor.role == "admin" else "desk_space"
    if not visit.house.page:
        return visit.say(f"{key}_none")
    address = visit.house.page + PATH + issue(visit.conn, visit.actor.id, visit.now)
    return visit.say(key, [[(visit.label("desk_button_space"), address)]], n=LINK.seconds // 60)


def issue(conn: Connection, person_id: int, now: datetime) -> str:
    """A token of 256 bits, good once and for LINK; those given before it serve no more."""
    token = secrets.token_urlsafe(32)
    s = t.sign_ins
    mine = (s.c.person_id == person_id, s.c.purpose.is_(None), s.c.used_at.is_(None))
    conn.execute(update(s).where(*mine).values(used_at=now))
    conn.execute(insert(s).values(person_id=person_id, token_hash=_hash(token), expires_at=now + LINK))
    return token


def spend(conn: Connection, token: str, now: datetime) -> int | None:
    """Whose link it was; None for one that is wrong, used or expired: which of the three is not told."""
    s = t.sign_ins
    good = (s.c.token_hash == _hash(token), s.c.purpose.is_(None), s.c.used_at.is_(None), s.c.expires_at > now)
    mine = update(s).where(*good)
    found: int | None = conn.execute(mine.values(used_at=now).returning(s.c.person_id)).scalar()
    return found


def begin(conn: Connection, person_id: int, now: datetime) -> str:
    """Opens a session; the token of 256 bits is for the cookie. What served long ago is swept away."""
    _sweep(conn, person_id, now - 2 * IDLE)
    token = secrets.token_urlsafe(32)
    row = {"person_id": person_id, "token_hash": _hash(token), "opened_at": now, "seen_at": now}
    conn.execute(insert(t.web_sessions).values(**row))
    return token


def session(conn: Connection, token: str, now: datetime) -> Session | None:
    """The open session of this token, if it has not been idle too long."""
    w = t.web_sessions
    mine = select(w.c.id, w.c.person_id, w.c.seen_at).where(w.c.token_hash == _hash(token), w.c.ended_at.is_(None))
    brief = exists().where(t.people.c.id == w.c.person_id, t.people.c.role == "participant")
    lasts = or_(w.c.seen_at > now - BRIEF, and_(w.c.seen_at > now - IDLE, ~brief))
    row = conn.execute(mine.where(lasts)).first()
    return Session(*row) if row else None


def touch(conn: Connection, session_id: int, now: datetime) -> None:
    conn.execute(update(t.web_sessions).where(t.web_sessions.c.id == session_id).values(seen_at=now))


def end(conn: Connection, person_id: int, now: datetime, session_id: int | None = None) -> None:
    """Ends one session, or all of a person's."""
    w = t.web_sessions
    mine = update(w).where(w.c.person_id == person_id, w.c.ended_at.is_(None))
    conn.execute((mine.where(w.c.id == session_id) if session_id is not None else mine).values(ended_at=now))


def _sweep(conn: Connection, person_id: int, before: datetime) -> None:
    """Links, sessions and forms that nothing can come of any more."""
    old = ((t.sign_ins, t.sign_ins.c.expires_at), (t.web_sessions, t.web_sessions.c.seen_at),
           (t.submissions, t.submissions.c.at))  # fmt: skip
    for table, at in old:
        conn.execute(delete(table).where(table.c.person_id == person_id, at < before))


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
