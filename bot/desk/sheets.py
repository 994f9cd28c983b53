"""A participant's answers as a coach leafs through them: a page at a time, one after another, or looked for.

Opens what it shows and no more, but for words that are looked for. Nothing private is ever here; checks no rights.
"""

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from bot.conversation.house import House
from bot.conversation.speech import html
from bot.desk import DeskError
from bot.desk.review import ASIDE, Read, draft, read, shown
from bot.store import tables as t
from bot.store.case import Case
from bot.store.cases import Needs, by_person
from bot.store.vault import Vault
from bot.telegram.render import Unrenderable, plain

TO_CHECK = "a_verifier"
"""No state of an answer: those to read that could not be read as one, and are to be looked at together."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which answers: of a session ("": of none), of a state (TO_CHECK: those to look at together), with these words."""

    session: str | None = None
    state: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of answers, out of `total`; `drafts` are what is being written, whatever was wanted."""

    replies: Sequence[Read]
    total: int
    drafts: Sequence[Read]


@dataclass(frozen=True, slots=True)
class Version:
    id: int
    at: datetime


def sheet(
    conn: Connection, vault: Vault, house: House, person_id: int, now: datetime, wanted: Wanted, start: int, size: int
) -> Sheet:
    """The newest answers first, from the one at `start`. Opens what it shows; words are looked for in all of them."""
    case = _case(conn, vault, house, person_id, now)
    begun = _drafts(house, case)
    r, where = t.replies, _wanted(case, wanted)
    query = select(r).where(where).order_by(r.c.answered_at.desc(), r.c.id.desc())
    if not wanted.words:
        total = conn.execute(select(func.count()).select_from(r).where(where)).scalar_one()
        rows = conn.execute(query.limit(size).offset(start))
        return Sheet([read(vault, house, case, row) for row in rows], total, begun)
    looked_for = folded(wanted.words)
    opened = (read(vault, house, case, row) for row in conn.execute(query))
    found = [one for one in opened if looked_for in folded(f"{spelled(one.question)}\n{one.value}")]
    return Sheet(found[start : start + size], len(found), begun)


def one(conn: Connection, vault: Vault, house: House, person_id: int, reply_id: int, now: datetime) -> Read | None:
    """The newest version of the answer that this row is one of; None for one that a coach is not shown."""
    case = _case(conn, vault, house, person_id, now)
    r = t.replies
    named = conn.execute(select(r.c.run_id, r.c.key, r.c.how).where(r.c.id == reply_id)).first()
    if named is None:
        return None
    answer = and_(r.c.run_id == named.run_id, r.c.key == named.key, r.c.how.not_in(ASIDE))
    same = r.c.id == reply_id if named.how in ASIDE else answer
    row = conn.execute(select(r).where(same, _wanted(case, Wanted()))).first()
    return read(vault, house, case, row) if row else None


def ahead_of(conn: Connection, vault: Vault, house: House, person_id: int, reply_id: int, now: datetime) -> int:
    """How many answers a whole `sheet` shows before the one that this row is one of; 0 when it shows no such one."""
    found = one(conn, vault, house, person_id, reply_id, now) if reply_id else None
    if found is None:
        return 0
    r, case = t.replies.c, _case(conn, vault, house, person_id, now)
    newer = or_(r.answered_at > found.answered_at, and_(r.answered_at == found.answered_at, r.id > found.id))
    count = select(func.count()).select_from(t.replies).where(_wanted(case, Wanted()), newer)
    return int(conn.execute(count).scalar_one())


def following(
    conn: Connection, vault: Vault, house: House, person_id: int, now: datetime, wanted: Wanted, after: Read | None
) -> Read | None:
    """The oldest of the answers wanted, or the one that comes `after` another."""
    case = _case(conn, vault, house, person_id, now)
    r, where = t.replies, [_wanted(case, wanted)]
    if after:
        at = r.c.answered_at
        where.append(or_(at > after.answered_at, and_(at == after.answered_at, r.c.id > after.id)))
    row = conn.execute(select(r).where(*where).order_by(r.c.answered_at, r.c.id).limit(1)).first()
    return read(vault, house, case, row) if row else None


def drafts(conn: Connection, vault: Vault, house: House, person_id: int, now: datetime) -> list[Read]:
    """What is being written, and not private."""
    return _drafts(house, _case(conn, vault, house, person_id, now))


def sessions(conn: Connection, enrolment_id: int) -> dict[str, int]:
    """How many answers a coach is shown, by session; "" for those that prepare none."""
    r = t.replies
    query = select(func.coalesce(r.c.session, ""), func.count()).where(shown(enrolment_id)).group_by(r.c.session)
    return {row[0]: row[1] for row in conn.execute(query)}


def versions(conn: Connection, enrolment_id: int, found: Collection[Read]) -> Mapping[int, Sequence[Version]]:
    """By answer, when each of its versions was written, the oldest first; never the words of an older one (S14)."""
    r = t.replies
    query = select(r.c.id, r.c.run_id, r.c.key, r.c.answered_at).where(
        r.c.enrolment_id == enrolment_id, r.c.private.is_(False), r.c.how.not_in(ASIDE),
        r.c.run_id.in_({one.run for one in found if one.run}), r.c.key.in_({one.key for one in found}),
    )  # fmt: skip
    held: dict[tuple[int, str], list[Version]] = {}
    for row in conn.execute(query.order_by(r.c.id)):
        held.setdefault((row.run_id, row.key), []).append(Version(row.id, row.answered_at))
    lone = {one.id: [Version(one.id, one.answered_at)] for one in found}
    return {one.id: lone[one.id] if one.how in ASIDE or one.run is None else held.get((one.run, one.key), lone[one.id])
            for one in found}  # fmt: skip


def spelled(question: str) -> str:
    """A question as plain words; what older content may have put in signs that are read no more, as it is."""
    try:
        return plain(html(question))
    except Unrenderable:
        return question


def folded(words: str) -> str:
    """Words as they are compared: without case, accents or more than one space, in whatever script."""
    flat = unicodedata.normalize("NFKD", words.casefold().replace("œ", "oe").replace("æ", "ae").replace("’", "'"))
    return " ".join(flat.translate(_BARE).split())


class _Bare(dict[int, int | None]):
    """What each character becomes without its accents: an accent that stands apart is nothing. Learned on the way."""

    def __missing__(self, code: int) -> int | None:
        self[code] = None if unicodedata.combining(chr(code)) else code
        return self[code]


_BARE = _Bare()


def _case(conn: Connection, vault: Vault, house: House, person_id: int, now: datetime) -> Case:
    """The person's file without an answer. Raises DeskError: unknown_person."""
    case = by_person(conn, vault, [person_id], now, Needs(answers=False)).get(person_id)
    if case is None or case.enrolment is None:
        raise DeskError("unknown_person")
    house.shelf.complete(conn, [case])
    return case


def _drafts(house: House, case: Case) -> list[Read]:
    return [one for file in case.runs if (one := draft(house, file, case.now)) and not one.private]


def _wanted(case: Case, wanted: Wanted) -> ColumnElement[bool]:
    r = t.replies.c
    assert case.enrolment is not None
    where = [shown(case.enrolment.id)]
    if wanted.session is not None:
        where.append(func.coalesce(r.session, "") == wanted.session)
    if wanted.state == TO_CHECK:
        where += [r.how.in_(("to_check", "misread")), r.review == "a_lire"]
    elif wanted.state:
        where += [r.how != "skipped", r.review == wanted.state]
    return and_(*where)
