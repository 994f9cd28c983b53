"""Somebody new, and the one-time link that brings them in. Knows no Telegram and checks no rights.

A code holds 128 bits, is kept as its SHA-256 only and opens once, for fourteen days.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, insert, select, update

from bot.conversation.house import House
from bot.desk import DeskError, cohorts, digest
from bot.desk.firstnames import LONGEST as LONGEST
from bot.desk.firstnames import cleaned as cleaned
from bot.store import audit
from bot.store import tables as t
from bot.store.audit import By
from bot.store.vault import Vault
from flows.calendar import zone as zone_of

VALID = timedelta(days=14)
ROLES = ("participant", "coach", "admin", "referent")


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody to be made known: everything checked, the name cleaned."""

    role: str
    name: str
    zone: str
    coach_id: int | None = None
    programme: str = "bilan"
    format: str = "accompagne"
    cohort: str | None = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """`id` is the person's; `code` exists nowhere else from here on."""

    id: int
    code: str
    expires_at: datetime


def invite(
    conn: Connection, vault: Vault, house: House, *, role: str, name: str, zone: str, now: datetime,
    coach_id: int | None = None, programme: str = "bilan", format: str = "accompagne", cohort: str | None = None,
    by: By = audit.OPERATOR,
) -> Invitation:  # fmt: skip
    """Makes the person, their key, a participant's enrolment, a coach's weekly digest, and a first link.

    A cohort that is not there yet is made. Raises DeskError: bad_name, unknown_role, unknown_zone, unknown_coach,
    unknown_programme, unknown_format, bad_cohort, cohort_closed, or duplicate when the same coach already has a
    participant, or the house a coach or an admin, of that name.
    """
    name = cleaned(name)
    if role not in ROLES:
        raise DeskError("unknown_role")
    check_zone(zone)
    if role == "participant":
        if programme not in house.library.programmes:
            raise DeskError("unknown_programme")
        if not offered(house, format, programme):
            raise DeskError("unknown_format")
        _check_coach(conn, coach_id)
    if name.casefold() in names(conn, vault, role, coach_id, now):
        raise DeskError("duplicate")
    if cohort is not None:
        cohort = cohorts.settled(conn, by, [cohort], now)[cohort]
    [made] = enter(conn, vault, [Newcomer(role, name, zone, coach_id, programme, format, cohort)], now)
    if role == "participant":
        audit.note(conn, by, "invite", {"person": made.id, "coach": coach_id, "cohort": cohort or ""}, now)
    else:
        audit.note(conn, by, "invite_staff", {"person": made.id, "role": role}, now)
    return made


def enter(conn: Connection, vault: Vault, newcomers: Sequence[Newcomer], now: datetime) -> list[Invitation]:
    """Writes everybody down, each with a first link, in their order; checks nothing, and notes it nowhere."""
    made = _people(conn, vault, newcomers, now)
    enrolled = [
        {"person_id": id, "coach_id": one.coach_id, "programme": one.programme, "format": one.format,
         "cohort": one.cohort, "state": "invited", "gentle": False, "short": False, "created_at": now}
        for id, one in zip(made, newcomers, strict=True) if one.role == "participant"
    ]  # fmt: skip
    if enrolled:
        conn.execute(insert(t.enrolments), enrolled)
    for id, one in zip(made, newcomers, strict=True):
        if one.role == "coach":
            digest.schedule(conn, id, now)
    return _codes(conn, made, now)


def reinvite(conn: Connection, person_id: int, now: datetime, by: By = audit.OPERATOR) -> Invitation:
    """A new link for somebody known, for a lost one or a new Telegram account; older ones open nothing any more (S6).

    Raises DeskError: unknown_person.
    """
    p = t.people.c
    known = conn.execute(select(p.chat_id).where(p.id == person_id)).first()
    if known is None:
        raise DeskError("unknown_person")
    _void(conn, person_id, now)
    audit.note(conn, by, "reinvite", {"person": person_id, "moves": known.chat_id is not None}, now)
    return _codes(conn, [person_id], now)[0]


def revoke(conn: Connection, person_id: int, now: datetime, by: By) -> None:
    """The link that somebody holds opens nothing any more; they stay in the lists.

    Raises DeskError: unknown_person, no_link (none that would open anything).
    """
    if conn.execute(select(t.people.c.id).where(t.people.c.id == person_id)).first() is None:
        raise DeskError("unknown_person")
    if not _void(conn, person_id, now):
        raise DeskError("no_link")
    audit.note(conn, by, "revoke", {"person": person_id}, now)


def offered(house: House, format: str, programme: str) -> bool:
    """Whether somebody may enter this programme in this format."""
    formats = house.library.formats
    return not formats or any(one.open and (one.id, one.programme) == (format, programme) for one in formats)


def link(username: str, code: str) -> str:
    """The address to hand over (https://core.telegram.org/bots/features#deep-linking)."""
    return f"https://t.me/{username}?start={code}"


def check_zone(zone: str) -> None:
    """Raises DeskError: unknown_zone."""
    try:
        zone_of(zone)
    except ValueError:
        raise DeskError("unknown_zone") from None


def _check_coach(conn: Connection, coach_id: int | None) -> None:
    p = t.people
    known = select(p.c.id).where(p.c.id == coach_id, p.c.role == "coach")
    if coach_id is not None and conn.execute(known).first() is None:
        raise DeskError("unknown_coach")


def names(conn: Connection, vault: Vault, role: str, coach_id: int | None, now: datetime) -> set[str]:
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
    return _people(conn, vault, [Newcomer(role, name, zone)], now)[0]


def _people(conn: Connection, vault: Vault, newcomers: Sequence[Newcomer], now: datetime) -> list[int]:
    """Everybody with a key of their own, then their names under it; their numbers, in order."""
    if not newcomers:
        return []
    p = t.people
    rows = [{"role": one.role, "name": b"", "zone": one.zone, "reachable": True, "created_at": now}
            for one in newcomers]  # fmt: skip
    new = insert(p).returning(p.c.id, sort_by_parameter_order=True)
    ids = [int(id) for id in conn.execute(new, rows).scalars()]
    vault.create_keys(conn, ids, now)
    sealed = [{"who": id, "sealed": vault.seal_text(id, "people.name", one.name)}
              for id, one in zip(ids, newcomers, strict=True)]  # fmt: skip
    conn.execute(update(p).where(p.c.id == bindparam("who")).values(name=bindparam("sealed")), sealed)
    return ids


def _void(conn: Connection, person_id: int, now: datetime) -> int:
    """Links that would still open something, closed; how many."""
    i = t.invitations
    standing = update(i).where(i.c.person_id == person_id, i.c.used_at.is_(None), i.c.expires_at > now)
    return conn.execute(standing.values(expires_at=now)).rowcount


def _codes(conn: Connection, ids: Sequence[int], now: datetime) -> list[Invitation]:
    made = [Invitation(id, secrets.token_urlsafe(16), now + VALID) for id in ids]
    rows = [{"person_id": one.id, "code_hash": hashlib.sha256(one.code.encode()).digest(), "created_at": now,
             "expires_at": one.expires_at} for one in made]  # fmt: skip
    if rows:
        conn.execute(insert(t.invitations), rows)
    return made
