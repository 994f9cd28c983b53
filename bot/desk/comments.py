"""What a coach writes back to a participant, about an answer or not: kept, then sent at an allowed minute.

Sealed under the participant's key: it is theirs too (RGPD art. 15), and goes when they go. Checks no rights.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from bot.conversation.house import House
from bot.conversation.planning import hours_of
from bot.desk import DeskError, people, sheets
from bot.desk.people import Served
from bot.desk.roll import named
from bot.store import tables as t
from bot.store.case import SCHEDULED, Case, Timer
from bot.store.saving import Turned, save
from bot.store.vault import Vault
from bot.telegram.render import escape, split, units
from flows.calendar import allowed, later

MOST = 3500
"""UTF-16 units of a coach's words: with the answer they quote, one message of Telegram's (4,096)."""

QUOTED = 300
"""UTF-16 units of the answer that are quoted."""

KIND = "comment"
PREFIX = f"{KIND}:"
"""How the key of its message begins, and of what is said back to it: the number follows."""


@dataclass(frozen=True, slots=True)
class Comment:
    """`state` is its timer's (pending, held, fired, cancelled), and `at` when that is, or was."""

    id: int
    reply_id: int | None
    author_id: int
    author: str
    text: str
    written_at: datetime
    state: str
    at: datetime


def over(text: str) -> int:
    """By how many characters it is too long to leave as one message; 0 when it is not."""
    return max(0, units(text.strip()) - MOST)


def write(
    conn: Connection, vault: Vault, house: House, served: Served, reply_id: int | None, author_id: int, text: str,
    now: datetime,
) -> datetime:  # fmt: skip
    """Keeps it; gives when it leaves. A pause stops what the programme asks, not people: it goes all the same.

    Raises DeskError: no_words, many_words, has_stopped, not_agreed, restricted, unknown_reply.
    """
    words = text.strip()
    if reason := _refusal(served, words):
        raise DeskError(reason)
    if reply_id is not None and sheets.one(conn, vault, house, served.person.id, reply_id, now) is None:
        raise DeskError("unknown_reply")
    row = {"enrolment_id": served.enrolment.id, "reply_id": reply_id, "author_id": author_id, "written_at": now,
           "body": vault.seal_json(served.person.id, "comments.body", {"text": words})}  # fmt: skip
    number = int(conn.execute(insert(t.comments).values(**row).returning(t.comments.c.id)).scalar_one())
    case = _case(served, now)
    due_at = later(now, hours_of(house, case), case.zone)
    case.wake(KIND, str(number), due_at)
    case.log("commented", comment=number, reply=reply_id, by=author_id)
    save(conn, vault, [Turned(case, f"written-{PREFIX}{number}", case.take())], now)
    return due_at


def due(conn: Connection, vault: Vault, house: House, timer: Timer, now: datetime) -> None:
    """Its minute has come: it leaves, waits for whoever cannot be reached, or falls away with whoever stopped."""
    row = conn.execute(select(t.comments).where(t.comments.c.id == int(timer.scope))).one()
    served = _served(conn, vault, row.enrolment_id, now)
    case = _case(served, now)
    hours, state = hours_of(house, case), served.enrolment.state
    if state not in ("active", "paused"):
        case.settle(timer, "cancelled", state)
        case.log("comment_cancelled", comment=row.id, reason=state)
    elif not served.person.reachable or served.enrolment.restricted_at is not None:
        case.settle(timer, "held", "restricted" if served.person.reachable else "unreachable")
    elif not allowed(now, hours, case.zone):
        timer.due_at = later(now, hours, case.zone)
        case.changes.timers.append(timer)
    else:
        case.settle(timer, "fired")
        words = _message(conn, vault, house, served, row, now)
        case.send("sendMessage", house.speech.message(words), rank=SCHEDULED, key=f"{PREFIX}{row.id}")
    save(conn, vault, [Turned(case, f"{PREFIX}{row.id}", case.take())], now)


def written(
    conn: Connection, vault: Vault, served: Served, now: datetime, *, about: Collection[int] | None = None,
    numbers: Collection[int] | None = None,
) -> list[Comment]:  # fmt: skip
    """What was written to a participant, the oldest first: all, what is `about` these answers, or these `numbers`."""
    k = t.comments
    query = select(k).where(k.c.enrolment_id == served.enrolment.id).order_by(k.c.id)
    query = query if about is None else query.where(k.c.reply_id.in_(list(about)))
    rows = conn.execute(query if numbers is None else query.where(k.c.id.in_(list(numbers)))).all()
    names = people.names(conn, vault, {row.author_id for row in rows}, now)
    timers = _timers(conn, served, [row.id for row in rows])
    vault.ready(conn, [served.person.id], now)
    return [_comment(vault, served, row, names.get(row.author_id, ""), timers[str(row.id)]) for row in rows]


def answered(key: str) -> int | None:
    """The number of the comment that an entry of the journal answers; None when it answers none."""
    number = key.removeprefix(PREFIX)
    return int(number) if key.startswith(PREFIX) and number.isdecimal() else None


def _refusal(served: Served, words: str) -> str:
    if served.enrolment.state in ("stopped", "ended"):
        return "has_stopped"
    if served.enrolment.state not in ("active", "paused"):
        return "not_agreed"
    if served.enrolment.restricted_at is not None:
        return "restricted"
    if not words:
        return "no_words"
    return "many_words" if over(words) else ""


def _comment(vault: Vault, served: Served, row: Row[Any], author: str, timer: Row[Any]) -> Comment:
    text = vault.open_json(served.person.id, "comments.body", row.body)["text"]
    at = timer.settled_at or timer.due_at
    return Comment(row.id, row.reply_id, row.author_id, author, text, row.written_at, timer.state, at)


def _timers(conn: Connection, served: Served, ids: Sequence[int]) -> Mapping[str, Row[Any]]:
    d = t.timers
    mine = (d.c.owner == f"e{served.enrolment.id}", d.c.kind == KIND, d.c.scope.in_([str(id) for id in ids]))
    return {row.scope: row for row in conn.execute(select(d).where(*mine))}


def _case(served: Served, now: datetime) -> Case:
    """What setting a timer and sending a message take of a participant's file: none of their answers."""
    return Case(served.person.chat_id, now, served.person, served.enrolment)


def _served(conn: Connection, vault: Vault, enrolment_id: int, now: datetime) -> Served:
    who = conn.execute(select(t.enrolments.c.person_id).where(t.enrolments.c.id == enrolment_id)).scalar_one()
    served = people.one(conn, vault, who, now)
    assert served is not None
    return served


def _message(conn: Connection, vault: Vault, house: House, served: Served, row: Row[Any], now: datetime) -> str:
    """The coach's name, the answer as it stands now, and their words. One made private or erased is not quoted."""
    speech = house.speech
    author = people.names(conn, vault, [row.author_id], now).get(row.author_id)
    about = sheets.one(conn, vault, house, served.person.id, row.reply_id, now) if row.reply_id else None
    quoted = _quoted((not about.hidden and about.value) or sheets.spelled(about.question)) if about else ""
    coach = named(author) if author else speech.label("your_coach")
    head = speech.say("comment_about" if quoted else "comment_alone", coach=coach)
    quote = f"<blockquote>{quoted}</blockquote>" if quoted else ""
    text = escape(vault.open_json(served.person.id, "comments.body", row.body)["text"])
    return "\n\n".join(part for part in (head, quote, text, f"<i>{speech.say('comment_answer')}</i>") if part)


def _quoted(words: str) -> str:
    first, *more = split(escape(words), QUOTED) or [""]
    return f"{first}…" if more else first
