"""Somebody new, and the one-time link that brings them in. Knows no Telegram and checks no rights.

A code holds 128 bits, is kept as its SHA-256 only and opens once, for fourteen days.
"""

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from bot.conversation.house import House
from bot.desk import DeskError, digest
from bot.store import tables as t
from bot.store.vault import Vault
from flows.calendar import zone as zone_of

VALID = timedelta(days=14)
LONGEST = 64
"""Characters of a first name."""

ROLES = ("participant", "coach", "admin", "referent")
JOINERS = "\u200c\u200d"
"""Invisible, but emoji and several scripts are written with them."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """`id` is the person's; `code` exists nowhere else from here on."""

    id: int
    code: str
    expires_at: datetime


def invite(
    conn: Connection, vault: Vault, house: House, *, role: str, name: str, zone: str, now: datetime,
    coach_id: int | None = None, programme: str = "bilan", format: str = "accompagne", cohort: str | None = None,
) -> Invitation:  # fmt: skip
    """Makes the person, their key, a participant's enrolment, a coach's weekly digest, and a first link.

    Raises DeskError: bad_name, unknown_role, unknown_zone, unknown_coach, unknown_programme, unknown_format, or
    duplicate when the same coach already has a participant, or the house a coach or an admin, of that name.
    """
    name = cleaned(name)
    if role not in ROLES:
        raise DeskError("unknown_role")
    _check_zone(zone)
    if role == "participant":
        if programme not in house.library.programmes:
            raise DeskError("unknown_programme")
        offered = house.library.formats
        if offered and not any(one.open and (one.id, one.programme) == (format, programme) for one in offered):
            raise DeskError("unknown_format")
        _check_coach(conn, coach_id)
    if name.casefold() in _names(conn, vault, role, coach_id, now):
        raise DeskError("duplicate")
    person_id = person(conn, vault, role, name, zone, now)
    if role == "participant":
        conn.execute(insert(t.enrolments).values(
            person_id=person_id, coach_id=coach_id, programme=programme, format=format, cohort=cohort, state="invited",
            gentle=False, short=False, created_at=now,
        ))  # fmt: skip
    if role == "coach":
        digest.schedule(conn, person_id, now)
    return _code(conn, person_id, now)


def reinvite(conn: Connection, person_id: int, now: datetime) -> Invitation:
    """A new link for somebody known, for a lost one or a new Telegram account; older ones open nothing any more (S6).

    Raises DeskError: unknown_person.
    """
    if conn.execute(select(t.people.c.id).where(t.people.c.id == person_id)).first() is None:
        raise DeskError("unknown_person")
    i = t.invitations
    standing = update(i).where(i.c.person_id == person_id, i.c.used_at.is_(None), i.c.expires_at > now)
    conn.execute(standing.values(expires_at=now))
    return _code(conn, person_id, now)


def link(username: str, code: str) -> str:
    """The address to hand over (https://core.telegram.org/bots/features#deep-linking)."""
    return f"https://t.me/{username}?start={code}"


def cleaned(name: str) -> str:
    """A first name on one line, without what is invisible or turns the text around; raises DeskError: bad_name."""
    kept = "".join(_shown(char) for char in unicodedata.normalize("NFC", name))
    words = " ".join(kept.split())
    if not words.strip(JOINERS) or len(words) > LONGEST:
        raise DeskError("bad_name")
    return words


def _shown(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    return "" if category in ("Cf", "Cs", "Cn", "Co") and char not in JOINERS else char


def _check_zone(zone: str) -> None:
    try:
        zone_of(zone)
    except ValueError:
        raise DeskError("unknown_zone") from None


def _check_coach(conn: Connection, coach_id: int | None) -> None:
    p = t.people
    known = select(p.c.id).where(p.c.id == coach_id, p.c.role == "coach")
    if coach_id is not None and conn.execute(known).first() is None:
        raise DeskError("unknown_coach")


def _names(conn: Connection, vault: Vault, role: str, coach_id: int | None, now: datetime) -> set[str]:
    """The names somebody new would be mistaken for."""
    p, e = t.people, t.enrolments
    query = select(p.c.id, p.c.name).where(p.c.role == role)
    if role == "participant":
        query = query.join(e, e.c.person_id == p.c.id).where(e.c.coach_id == coach_id, e.c.state != "ended")
    rows = conn.execute(query).all()
    vault.ready(conn, [row.id for row in rows], now)
    return {vault.open_text(row.id, "people.name", row.name).casefold() for row in rows}


def person(conn: Connection, vault: Vault, role: str, name: str, zone: str, now: datetime) -> int:
    """Makes the person and their key; their number."""
    p = t.people
    new = insert(p).values(role=role, name=b"", zone=zone, reachable=True, created_at=now).returning(p.c.id)
    person_id = int(conn.execute(new).scalar_one())
    vault.create_key(conn, person_id, now)
    conn.execute(update(p).where(p.c.id == person_id).values(name=vault.seal_text(person_id, "people.name", name)))
    return person_id


def _code(conn: Connection, person_id: int, now: datetime) -> Invitation:
    code, expires_at = secrets.token_urlsafe(16), now + VALID
    hashed = hashlib.sha256(code.encode()).digest()
    row = {"person_id": person_id, "code_hash": hashed, "created_at": now, "expires_at": expires_at}
    conn.execute(insert(t.invitations).values(**row))
    return Invitation(person_id, code, expires_at)
