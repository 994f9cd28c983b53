"""A coach's calendar at a secret address. Of the address only a sum is kept; it shows an initial, never a name.

The calendar it is read by often lives with a third party. Checks no rights: who holds the address may read.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from bot.conversation import notices
from bot.conversation.house import House
from bot.desk import agenda
from bot.documents import ics
from bot.rights import may
from bot.store import tables as t
from bot.store.cases import person
from bot.store.vault import Vault

BACK = timedelta(days=60)
AHEAD = timedelta(days=5 * 366)


def open_(conn: Connection, person_id: int, now: datetime) -> str:
    """A token of 256 bits, told once; the one before serves no more."""
    close(conn, person_id, now)
    token = secrets.token_urlsafe(32)
    conn.execute(insert(t.feeds).values(person_id=person_id, token_hash=_hash(token), created_at=now))
    return token


def close(conn: Connection, person_id: int, now: datetime) -> None:
    f = t.feeds
    conn.execute(update(f).where(f.c.person_id == person_id, f.c.revoked_at.is_(None)).values(revoked_at=now))


def since(conn: Connection, person_id: int) -> datetime | None:
    """When the address that serves was made; None when there is none."""
    f = t.feeds
    mine = select(f.c.created_at).where(f.c.person_id == person_id, f.c.revoked_at.is_(None))
    found: datetime | None = conn.execute(mine.order_by(f.c.id.desc())).scalar()
    return found


@dataclass(frozen=True, slots=True)
class Feed:
    """`tag` is the same for as long as nothing changes; `data` is None for whoever holds that tag already."""

    tag: str
    data: bytes | None


def read(conn: Connection, vault: Vault, house: House, token: str, now: datetime, held: str = "") -> Feed | None:
    """The calendar behind a token; None for one that is wrong, revoked, or no coach's any more.

    `held` names, as HTTP does, the tags of what its reader has: writing a long calendar takes time, and programs ask
    every hour.
    """
    f, p = t.feeds, t.people
    query = select(p).join(f, f.c.person_id == p.c.id).where(f.c.token_hash == _hash(token), f.c.revoked_at.is_(None))
    row = conn.execute(query).first()
    if row is None:
        return None
    vault.ready(conn, [row.id], now)
    if not may(person(vault, row), "agenda"):
        return None
    tag = f'"{agenda.imprint(conn, house, row.id, now - BACK, now + AHEAD)}"'
    if tag in held:
        return Feed(tag, None)
    entries = agenda.between(conn, vault, house, row.id, now - BACK, now + AHEAD, now, most=10_000)
    return Feed(tag, ics.feed([_meeting(house, entry) for entry in entries], house.speech.label("feed_name"), now))


def _meeting(house: House, entry: agenda.Entry) -> ics.Meeting:
    """« Séance 3 · C. »: nothing that a third party could know somebody by."""
    made = entry.appointment
    title = house.speech.phrases.say("feed_title", session=_session(house, entry), initial=_initial(entry.name)).strip()
    page = f"{house.page}/espace/personnes/{entry.person_id}" if house.page else ""
    cancelled = made.state == "cancelled"
    return ics.Meeting(
        notices.uid(made), made.revision, title, made.at, entry.length, made.place, page, cancelled=cancelled, url=page
    )


def _session(house: House, entry: agenda.Entry) -> str:
    number = re.fullmatch(r"S([1-9]\d*)", entry.appointment.session)
    return house.speech.phrases.say("feed_session", n=int(number[1])).strip() if number else entry.title


def _initial(name: str) -> str:
    """The first letter; of a name without letters, nothing."""
    return next((c.upper() for c in name if c.isalpha()), "?")


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
