"""A person erased: their rows in every table, their key, and their name in what others' keys seal (RGPD art. 17).

What goes is read in retention.py. Leaves a certificate that holds numbers only. Must run inside a transaction.
"""

import html
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, delete, func, insert, select, update

from bot.store import retention
from bot.store import tables as t
from bot.store.case import DISTRESS
from bot.store.retention import EMPTIED, POLICIES, Subject
from bot.store.vault import KeyMissing, Unsealable, Vault

ERASED = "effacement"
"""The kind of certificate an erasure leaves."""

HOUSE = 0


def subject(conn: Connection, person_id: int) -> Subject:
    """Who leads to which rows; the chats are those they write from, and those they wrote from before."""
    e, p, i = t.enrolments.c, t.people.c, t.inbox.c
    enrolment = conn.execute(select(e.id).where(e.person_id == person_id)).scalar()
    now = conn.execute(select(p.chat_id).where(p.id == person_id)).scalar()
    chats = set(conn.execute(select(i.chat_id).where(i.owner_id == person_id).distinct()).scalars())
    known = {chat for chat in (*chats, now) if chat}
    return Subject(person_id, enrolment or 0, tuple(sorted(known)))


def erase(conn: Connection, vault: Vault, person_id: int, name: str | None, now: datetime, kind: str = ERASED) -> None:
    """Everything of theirs, and the key: without it even a backup says nothing. Idempotent.

    `name` None: nobody can read it any more; whoever calls sees to what may still hold it.
    """
    about = subject(conn, person_id)
    vault.ready(conn, [HOUSE], now)
    _leave_pushes(conn, about)
    leave_digests(conn, vault, about, now)
    conn.execute(update(t.pushes).where(t.pushes.c.by_id == person_id).values(by_id=None, watch=None))
    conn.execute(update(t.enrolments).where(t.enrolments.c.coach_id == person_id).values(coach_id=None))
    _let_alerts_leave(conn, vault, about, now)
    gone = _delete(conn, about)
    if name is not None:
        _unname(conn, vault, about, name, now)
    vault.forget(conn, person_id)
    if gone:
        conn.execute(insert(t.certificates).values(person_id=person_id, kind=kind, about=gone, at=now))


FORGETS = timedelta(hours=47)
"""A bot may take back messages of the last 48 hours, from both sides (Bot API, deleteMessage); an hour is left."""

AT_ONCE = 100
"""Messages of one call (Bot API, deleteMessages)."""


def recent(
    conn: Connection, about: Subject, now: datetime, kept: Collection[int] | None = None
) -> Iterator[tuple[int, list[int]]]:
    """The messages by or about them that Telegram still lets a bot delete: a chat, and at most AT_ONCE numbers.

    Not an alert in somebody else's chat: whoever must look after a person in danger keeps it. `kept`: those of modules
    alone, but for these.
    """
    i, o, since = t.inbox.c, t.outbox.c, now - FORGETS
    others = o.chat_id.not_in(about.chats) & (o.rank == DISTRESS)
    ours = select(o.chat_id, o.message_id).where(retention.outbox_of(about), o.message_id.is_not(None),
                                                 o.sent_at > since, ~others)  # fmt: skip
    theirs = select(i.chat_id, i.message_id).where(retention.inbox_of(about), i.message_id.is_not(None),
                                                   i.received_at > since)  # fmt: skip
    if kept is not None:
        ours = ours.where(o.run_id.is_not(None), o.run_id.not_in(kept))
        theirs = theirs.where(i.run_id.is_not(None), i.run_id.not_in(kept))
    chats: dict[int, set[int]] = {}
    for chat, message in conn.execute(ours.union(theirs)):
        chats.setdefault(chat, set()).add(message)
    for chat, found in sorted(chats.items()):
        numbers = sorted(found)
        yield from ((chat, numbers[k : k + AT_ONCE]) for k in range(0, len(numbers), AT_ONCE))


def _delete(conn: Connection, about: Subject) -> dict[str, int]:
    """How many rows went, by table. The key goes last, through the vault."""
    gone: dict[str, int] = {}
    for policy in POLICIES:
        if policy.theirs is None or policy.table is t.keys:
            continue
        if n := conn.execute(delete(policy.table).where(policy.theirs(about))).rowcount:
            gone[policy.name] = n
    return gone


def _let_alerts_leave(conn: Connection, vault: Vault, about: Subject, now: datetime) -> None:
    """An alert on its way to a coach still leaves, with the name: somebody may be in danger (Code pénal, 223-6).

    It passes under the key of whoever it is for, and is emptied once it has left, as every message.
    """
    o, p = t.outbox.c, t.people.c
    leaving = (o.rank == DISTRESS, o.state.in_(("ready", "sending")), o.chat_id.not_in(about.chats))
    columns = select(o.id, o.payload, p.id.label("reader")).join(t.people, p.chat_id == o.chat_id)
    rows = conn.execute(columns.where(o.owner_id == about.person, *leaving)).all()
    vault.ready(conn, {about.person, *(row.reader for row in rows)}, now)
    for row in rows:
        body = vault.open_json(about.person, "outbox.payload", row.payload)
        sealed = vault.seal_json(row.reader, "outbox.payload", body)
        values = {"owner_id": row.reader, "enrolment_id": None, "run_id": None, "payload": sealed}
        conn.execute(update(t.outbox).where(o.id == row.id).values(**values))


# --- what others made of them ----------------------------------------------------------------


def _leave_pushes(conn: Connection, about: Subject) -> None:
    """Out of every list of recipients; a push that was for them alone goes, words and all: a list without a name would
    be everybody."""
    p = t.pushes.c
    for row in conn.execute(select(p.id, p.audience)).all():
        named = row.audience.get("people", ())
        people = [id for id in named if id != about.person]
        if len(people) == len(named):
            continue
        mine = p.id == row.id
        anew = update(t.pushes).where(mine).values(audience={**row.audience, "people": people})
        conn.execute(anew if people else delete(t.pushes).where(mine))


def leave_digests(conn: Connection, vault: Vault, about: Subject, now: datetime) -> None:
    """The numbers that coaches' digests keep by enrolment."""
    d, key = t.digests.c, str(about.enrolment)
    rows = conn.execute(select(d.id, d.coach_id, d.body)).all() if about.enrolment else []
    vault.ready(conn, {row.coach_id for row in rows}, now)
    for row in rows:
        body = vault.open_json(row.coach_id, "digests.body", row.body)
        anew = _without(body, key)
        if anew != body:
            sealed = vault.seal_json(row.coach_id, "digests.body", anew)
            conn.execute(update(t.digests).where(d.id == row.id).values(body=sealed))


def _without(value: Any, key: str) -> Any:
    return {k: _without(v, key) for k, v in value.items() if k != key} if isinstance(value, Mapping) else value


@dataclass(frozen=True, slots=True)
class _Place:
    """Where staff's keys, or the house's, seal what may name a participant."""

    id: Column[Any]
    owner: Column[Any]
    sealed: Column[Any]
    where: Callable[[], ColumnElement[bool]]


def _places() -> tuple[_Place, ...]:
    o, p, i, u = t.outbox.c, t.people.c, t.inbox.c, t.pushes.c
    desks = select(p.chat_id).where(p.role != "participant", p.chat_id.is_not(None))
    return (
        _Place(
            o.id,
            o.owner_id,
            o.payload,
            lambda: o.chat_id.in_(desks) & (func.length(o.payload) > EMPTIED) & (o.rank != DISTRESS),
        ),
        _Place(p.id, p.id, p.prompt, lambda: p.prompt.is_not(None)),
        _Place(i.id, i.owner_id, i.raw, lambda: i.raw.is_not(None) & (i.state == "parked")),
        _Place(u.id, u.id, u.body, lambda: func.length(u.body) > 0),
    )


def _unname(conn: Connection, vault: Vault, about: Subject, name: str, now: datetime) -> None:
    """Their name becomes an initial wherever a coach's, an admin's or the house's key seals it: a message that waits to
    leave or was set aside, a push. A question of the desk's that is about them is dropped."""
    p = t.people.c
    staff = {HOUSE, *conn.execute(select(p.id).where(p.role != "participant")).scalars()}
    vault.ready(conn, staff, now)
    for place in _places():
        house = place.id.table is t.pushes
        among = [] if house else [place.owner.in_(staff)]
        for row in conn.execute(select(place.id, place.owner, place.sealed).where(place.where(), *among)).all():
            _unname_one(conn, vault, place, row[0], HOUSE if house else row[1], row[2], about, name)


def _unname_one(
    conn: Connection, vault: Vault, place: _Place, id: int, owner: int, sealed: bytes, about: Subject, name: str
) -> None:
    column = f"{place.sealed.table.name}.{place.sealed.name}"
    try:
        held = vault.open_json(owner, column, sealed)
    except (KeyMissing, Unsealable):
        return
    anew = initialled(held, name)
    if place.sealed.table is t.people and isinstance(held, Mapping) and held.get("person") == about.person:
        conn.execute(update(t.people).where(place.id == id).values(prompt=None))
    elif anew != held:
        values = {place.sealed.name: vault.seal_json(owner, column, anew)}
        conn.execute(update(place.sealed.table).where(place.id == id).values(values))


def initialled(value: Any, name: str) -> Any:
    """The same, with this name cut to its initial in every text."""
    match value:
        case str():
            spelled = "|".join(re.escape(one) for one in sorted({name, html.escape(name, quote=False)}, reverse=True))
            return re.sub(rf"(?<!\w)(?:{spelled})(?!\w)", f"{initial(name)}.", value)
        case Mapping():
            return {key: initialled(held, name) for key, held in value.items()}
        case list():
            return [initialled(held, name) for held in value]
        case _:
            return value


def initial(name: str) -> str:
    """The first letter; of a name without letters, a question mark."""
    return next((c.upper() for c in name if c.isalpha()), "?")
