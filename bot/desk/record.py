"""What a participant's answers were at some instant, one by one, in words a coach may read. Knows no brief.

What is private or erased today is in none of it, whatever it was then.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, select

from bot.conversation.discretion import hides
from bot.conversation.house import House
from bot.conversation.modules import question_of
from bot.desk.review import ASIDE
from bot.store import tables as t
from bot.store.case import Case
from bot.store.cases import kept
from bot.store.vault import Vault
from flows.calendar import spoken_date
from flows.model import Items, Kept, Key, Question, Text, Value

Place: TypeAlias = tuple[Any, ...]
"""Where an answer stands: versions of one share it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One version of an answer, or words that stand for themselves (`run` is then None, or the module under way).

    `value` is in words, `raw` as it is kept; `here`: it prepares the appointment at hand.
    """

    id: int
    run: int | None
    flow: str
    nth: int
    key: Key
    how: str
    review: str
    version: int
    at: datetime
    question: str
    value: str
    raw: Value
    asked: Question | None
    here: bool
    hidden: bool = False  # its words are read on the page alone: what is made of them goes through Telegram
    filed: bool = False  # a voice, a picture or a document, without a word

    @property
    def quotable(self) -> bool:
        """Whether it is somebody's own words."""
        free = self.asked is None or isinstance(self.asked.answer, Text | Items)
        return free and not self.hidden and isinstance(self.raw, str | list) and bool(self.raw)


def rows(conn: Connection, case: Case) -> Sequence[Row[Any]]:
    """Every version of every answer, the oldest first."""
    assert case.enrolment is not None
    r = t.replies
    return conn.execute(select(r).where(r.c.enrolment_id == case.enrolment.id).order_by(r.c.id)).all()


def place(row: Row[Any]) -> Place:
    return (row.id,) if row.how in ASIDE else (row.run_id, row.key)


def gone(rows: Iterable[Row[Any]]) -> set[Place]:
    """Answers whose newest version is private, or erased: none of their versions is shown."""
    today = {place(row): row for row in rows}
    return {where for where, row in today.items() if row.private or row.how == "erased"}


def shown(rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """The versions that a coach may read, the oldest first."""
    hidden = gone(rows)
    return [row for row in rows if place(row) not in hidden and not row.private and row.how != "erased"]


def stood(rows: Sequence[Row[Any]], upto: datetime) -> list[Row[Any]]:
    """The version of each answer that stood at `upto`, the oldest first, as far as a coach may read it today."""
    hidden = gone(rows)
    then = {place(row): row for row in rows if row.answered_at <= upto}
    found = [row for where, row in then.items() if where not in hidden and not row.private and row.how != "erased"]
    return sorted(found, key=lambda row: int(row.id))


def answer(vault: Vault, house: House, case: Case, row: Row[Any], here: bool) -> Answer:
    assert case.person is not None
    owner, file = case.person.id, case.run(row.run_id)
    held: Kept = kept(vault, owner, row.value)
    known = question_of(house, file, row.key) if file else None
    asked = known if row.how not in ASIDE else None
    hidden = hides(house, known) and held.value not in (None, "", [], {})
    return Answer(
        row.id, row.run_id, file.flow if file else "", file.nth if file else 0, row.key, row.how, row.review,
        row.version, row.answered_at, cut(unmarked(vault.open_text(owner, "replies.question", row.question)), 110),
        house.speech.label("value_elsewhere") if hidden else quoted(house.speech.value(asked, held)), held.value, asked,
        here, hidden, bool(held.media) and held.value in (None, "", [], {}),
    )  # fmt: skip


def dated(case: Case, answer: Answer) -> str:
    """« 2 novembre », where its author lives."""
    return spoken_date(answer.at.astimezone(case.zone).date().isoformat()).rpartition(" ")[0]


# --- words on one line -----------------------------------------------------------------------


_TURNS = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
"""Signs that turn what follows them around, our own date and source too."""


def quoted(text: str) -> str:
    """On one line inside our quotes: those that it holds become the inner ones."""
    return re.sub(r"\s?»", "”", re.sub(r"«\s?", "“", " ".join(text.translate(_TURNS).split())))


def unmarked(markdown: str) -> str:
    bare = re.sub(r"(?<!\\)(?:[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3})", "", markdown)
    return quoted(re.sub(r"\\(?=[^\w\s])", "", bare))


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
