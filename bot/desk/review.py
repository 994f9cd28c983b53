"""What a participant answered, as those entitled read it, and how far the coach is with it (S18). Checks no rights.

The newest version of each answer, the journal, words that could not be read, and an answer still being written.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, func, or_, select, update

from bot.conversation.discretion import hides, owned
from bot.conversation.house import House
from bot.conversation.modules import question_of
from bot.desk import DeskError
from bot.store import tables as t
from bot.store.case import Case, RunFile
from bot.store.cases import by_person, kept
from bot.store.vault import Vault
from flows.answers import gathered
from flows.engine import OPEN
from flows.model import Kept, Key, Value

STATES = ("a_lire", "lu", "a_aborder", "traite")
WRITING = "en_cours"
"""State of an answer whose author has not said that it is finished."""

ASIDE = ("misread", "journal")
"""Rows that are no version of an answer: each stands for itself."""


@dataclass(frozen=True, slots=True)
class Read:
    """One answer. `id` is 0 while it is being written; `value` is in words, `raw` as it is kept; `media` are ids."""

    id: int
    run: int | None
    flow: str | None
    session: str | None
    key: Key
    question: str
    value: str
    raw: Value
    how: str
    state: str
    answered_at: datetime
    version: int
    late: bool
    private: bool
    media: tuple[str, ...] = ()
    reviewed_at: datetime | None = None
    reviewed_by: int | None = None
    hidden: bool = False  # read on the page alone: Telegram is no place for it

    @property
    def draft(self) -> bool:
        return self.state == WRITING

    @property
    def modified(self) -> bool:
        return self.version > 1


@dataclass(frozen=True, slots=True)
class File:
    """`heard` is what somebody who listened wrote down of it."""

    id: str
    kind: str
    file_id: str
    state: str
    heard: str = ""


def replies(
    conn: Connection, vault: Vault, house: House, person_id: int, now: datetime, *, for_coach: bool
) -> list[Read]:
    """All of a participant's answers, the oldest first, drafts last; none that is private when `for_coach`.

    A newer version hides the older ones, so making an answer private takes all of it away. Raises DeskError:
    unknown_person, restricted.
    """
    case = by_person(conn, vault, [person_id], now).get(person_id)
    if case is None or case.enrolment is None:
        raise DeskError("unknown_person")
    if for_coach and case.enrolment.restricted_at is not None:
        raise DeskError("restricted")
    house.shelf.complete(conn, [case])
    r = t.replies
    query = select(r).where(r.c.enrolment_id == case.enrolment.id, standing()).order_by(r.c.answered_at, r.c.id)
    found = [read(vault, house, case, row) for row in conn.execute(query)]
    found += [one for file in case.runs if (one := draft(house, file, now))]
    return [reply for reply in found if not (for_coach and reply.private)]


def mark(conn: Connection, reply_ids: Collection[int], state: str, by: int | None, now: datetime) -> int:
    """Takes answers on to `lu`, `a_aborder` or `traite`, never back; how many changed. Raises DeskError: unknown_state.

    A correction is a row of its own and begins at `a_lire` (S14).
    """
    if state not in STATES[1:]:
        raise DeskError("unknown_state")
    r = t.replies
    behind = r.c.review.in_(STATES[: STATES.index(state)])
    values = {"review": state, "reviewed_at": now, "reviewed_by": by}
    return conn.execute(update(r).where(r.c.id.in_(list(reply_ids)), behind).values(**values)).rowcount


def put_state(conn: Connection, enrolment_id: int, reply_id: int, state: str, by: int, now: datetime) -> bool:
    """Puts an answer in any of the four states; False when it is no longer what a coach is shown.

    Raises DeskError: unknown_state.
    """
    if state not in STATES:
        raise DeskError("unknown_state")
    r = t.replies
    values = {"review": state, "reviewed_at": now, "reviewed_by": by}
    one = update(r).where(r.c.id == reply_id, shown(enrolment_id))
    return bool(conn.execute(one.values(**values)).rowcount)


def to_read(conn: Connection, enrolment_ids: Collection[int]) -> dict[int, int]:
    """How many answers await the coach, by enrolment; a question that was passed awaits nothing."""
    r = t.replies
    where = (r.c.enrolment_id.in_(list(enrolment_ids)), r.c.review == "a_lire", r.c.private.is_(False))
    query = select(r.c.enrolment_id, func.count()).where(*where, r.c.how != "skipped", standing())
    return {row[0]: row[1] for row in conn.execute(query.group_by(r.c.enrolment_id))}


def counts(conn: Connection, enrolment_id: int) -> dict[str, int]:
    """A participant's answers by how far the coach is with them (STATES), and `to_check`; none that is private."""
    r = t.replies
    mine = (r.c.enrolment_id == enrolment_id, r.c.private.is_(False), standing())
    rows = conn.execute(select(r.c.review, r.c.how, func.count()).where(*mine).group_by(r.c.review, r.c.how)).all()
    found = dict.fromkeys((*STATES, "to_check"), 0)
    for state, how, n in rows:
        if how != "skipped":
            found[state] += n
        if how in ("to_check", "misread") and state == "a_lire":
            found["to_check"] += n
    return found


def secluded(conn: Connection, runs: Collection[int]) -> set[str]:
    """Where these modules hold a private answer, « run:place » as the timers of a plan say it."""
    r = t.replies
    query = select(r.c.run_id, r.c.key).where(r.c.run_id.in_(list(runs)), r.c.private.is_(True), standing())
    return {f"{row.run_id}:{row.key.rpartition('.')[0]}" for row in conn.execute(query)}


def files(conn: Connection, vault: Vault, person_id: int, ids: Iterable[str]) -> Mapping[str, File]:
    """A participant's files by id, as far as they are known."""
    m = t.media
    query = select(m.c.id, m.c.kind, m.c.file_id, m.c.state, m.c.about)
    rows = conn.execute(query.where(m.c.person_id == person_id, m.c.id.in_(list(ids)))).all()
    return {row.id: File(row.id, row.kind, row.file_id, row.state, _heard(vault, person_id, row.about)) for row in rows}


def _heard(vault: Vault, person_id: int, about: bytes) -> str:
    return str((vault.open_json(person_id, "media.about", about).get("transcript") or {}).get("text", ""))


def awaits(reply: Read) -> bool:
    """Whether the coach has yet to read it."""
    return reply.state == "a_lire" and reply.how != "skipped"


def shown(enrolment_id: int) -> ColumnElement[bool]:
    """What of this enrolment a coach is shown."""
    r = t.replies.c
    return and_(r.enrolment_id == enrolment_id, r.private.is_(False), standing())


def standing() -> ColumnElement[bool]:
    """No newer version took its place, and it was not erased."""
    r, newer = t.replies, t.replies.alias("newer")
    replaced = exists().where(
        newer.c.run_id == r.c.run_id, newer.c.key == r.c.key, newer.c.id > r.c.id, newer.c.how.not_in(ASIDE)
    )
    return and_(r.c.how != "erased", or_(r.c.how.in_(ASIDE), ~replaced))


def read(vault: Vault, house: House, case: Case, row: Row[Any]) -> Read:
    assert case.person is not None
    file = case.run(row.run_id)
    held = kept(vault, case.person.id, row.value)
    known = question_of(house, file, row.key) if file else None
    asked = known if row.how not in ASIDE else None
    return Read(
        row.id, row.run_id, file.flow if file else None, row.session, row.key,
        vault.open_text(case.person.id, "replies.question", row.question), _words(house, asked, held), held.value,
        row.how, row.review, row.answered_at, row.version, row.late, row.private, held.media, row.reviewed_at,
        row.reviewed_by, hides(house, known),
    )  # fmt: skip


def draft(house: House, file: RunFile, now: datetime) -> Read | None:
    key = file.run.key
    asked = question_of(house, file, key) if key and file.run.state in OPEN and file.run.draft else None
    if key is None or asked is None:
        return None
    held = gathered(asked.answer, file.run.draft)
    private = owned(file, key, asked).private
    return Read(0, file.id, file.flow, file.session, key, asked.text, _words(house, asked, held), held.value, "said",
                WRITING, now, 1, False, private, held.media, hidden=hides(house, asked))  # fmt: skip


def _words(house: House, asked: Any, held: Kept) -> str:
    """The value in words; nothing for an answer that is files only, which are shown beside it."""
    empty = held.value in (None, "", [], {})
    return "" if empty and held.media else house.speech.value(asked, held)


def by_session(found: Sequence[Read]) -> dict[str | None, list[Read]]:
    """The answers of each session, None for what prepares none, in the order they are first met."""
    grouped: dict[str | None, list[Read]] = {}
    for reply in found:
        grouped.setdefault(reply.session, []).append(reply)
    return grouped
