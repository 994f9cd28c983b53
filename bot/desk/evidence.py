"""What a brief says, each line with the answers it rests on. A line without a source that is no count cannot be made.

Private answers never come in (section 2, item 6); nothing is inferred, nothing is scored.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from bot.conversation.house import House
from bot.conversation.modules import is_reading, question_of
from bot.desk.roll import named
from bot.store import tables as t
from bot.store.case import Case, RunFile
from bot.store.cases import kept
from bot.store.vault import Vault
from bot.telegram.length import plain, units
from bot.telegram.render import escape
from flows.agenda import Appointment
from flows.calendar import spoken, spoken_date, zone
from flows.model import Items, Kept, Key, Text

MOST = 3500
"""UTF-16 units of a brief as it is read: one page."""

VERBATIMS = 5
WAITING = 80
"""Letters of an open question that are enough to know it by."""

ASIDE = ("misread", "journal")
CUTS = ((260, 8), (180, 6), (120, 5), (70, 4), (40, 2))
"""Characters of a quote and lines of a section, tried in this order until the brief fits on its page."""


class Unsourced(ValueError):
    """A sentence that rests on no answer and counts nothing."""


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence, plain text. `sources` are ids of replies; `count` is the number it states when it has none."""

    text: str
    sources: tuple[int, ...] = ()
    count: int | None = None

    def __post_init__(self) -> None:
        if not self.sources and (self.count is None or not re.search(rf"(?<!\d){self.count}(?!\d)", self.text)):
            raise Unsourced(self.text)


@dataclass(frozen=True, slots=True)
class Section:
    """`phrase` is the key of its title."""

    phrase: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Brief:
    """`up_to` is the newest reply it knows of."""

    name: str
    title: str
    at: datetime
    zone: str
    sections: tuple[Section, ...]
    up_to: int = 0

    def plain(self) -> dict[str, Any]:
        sections = [[s.phrase, [[line.text, line.sources, line.count] for line in s.lines]] for s in self.sections]
        return {"name": self.name, "title": self.title, "at": self.at.isoformat(), "zone": self.zone,
                "sections": sections, "up_to": self.up_to}  # fmt: skip

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Brief":
        sections = tuple(Section(phrase, tuple(Line(text, tuple(sources), count) for text, sources, count in lines))
                         for phrase, lines in body["sections"])  # fmt: skip
        at = datetime.fromisoformat(body["at"])
        return cls(body["name"], body["title"], at, body["zone"], sections, body["up_to"])


@dataclass(frozen=True, slots=True)
class Answer:
    """The newest version of an answer at some instant, or words that stand for themselves."""

    id: int
    run: int | None
    key: Key
    how: str
    review: str
    version: int
    at: datetime
    question: str
    value: str
    quotable: bool
    here: bool


# --- made and shown --------------------------------------------------------------------------


def gather(conn: Connection, vault: Vault, house: House, case: Case, appointment: Appointment, upto: datetime) -> Brief:
    """The brief of `appointment` from what was known at `upto`; `case` is the participant's, whole."""
    assert case.person is not None
    answers = _answers(conn, vault, house, case, appointment, upto)
    sections = (
        Section("brief_done", tuple(_modules(house, case, appointment, answers))),
        Section("brief_words", tuple(_quotes(house, case, _verbatims(answers)))),
        Section("brief_to_raise", tuple(_quotes(house, case, [a for a in answers if a.review == "a_aborder"]))),
        Section("brief_in_session", tuple(_asked(house, case, "brief_question", _open(answers, "in_session")))),
        Section("brief_to_check", tuple(_quotes(house, case, _open(answers, "to_check", "misread")))),
        Section("brief_modified", tuple(_asked(house, case, "brief_question_on", _modified(answers)))),
        Section("brief_skipped", tuple(_asked(house, case, "brief_question", _open(answers, "skipped")))),
        Section("brief_journal", tuple(_quotes(house, case, _open(answers, "journal")))),
    )
    title = next((s.title for s in house.programme(case).sessions if s.id == appointment.session), appointment.session)
    place = case.coach.zone if case.coach else case.person.zone
    filled = tuple(section for section in sections if section.lines)
    return Brief(case.person.name, title, appointment.at, place, filled, max((a.id for a in answers), default=0))


def since(
    conn: Connection, vault: Vault, house: House, case: Case, appointment: Appointment, start: datetime, now: datetime
) -> tuple[Line, ...]:
    """What was said or corrected after the brief stood still, of what that appointment prepared (S14)."""
    answers = _answers(conn, vault, house, case, appointment, now)
    return tuple(_quotes(house, case, [a for a in answers if a.at > start and a.here]))


def pruned(conn: Connection, case: Case, brief: Brief) -> Brief:
    """A kept brief without the lines that rest on what was made private or erased since."""
    rows = _rows(conn, case)
    gone = _gone(rows)
    shown = {row.id for row in rows if _place(row) not in gone}
    sections = (Section(s.phrase, tuple(line for line in s.lines if shown.issuperset(line.sources)))
                for s in brief.sections)  # fmt: skip
    return replace(brief, sections=tuple(section for section in sections if section.lines))


def page(house: House, brief: Brief, after: Sequence[Line] = ()) -> str:
    """Telegram HTML on one page; quotes and lists are shortened, and what is left out is counted."""
    whole = brief if not after else replace(brief, sections=(*brief.sections, Section("brief_since", tuple(after))))
    texts = (_page(house, whole, cut, most) for cut, most in CUTS)
    return next((text for text in texts if units(plain(text)) <= MOST), _page(house, whole, 40, 1))


def _page(house: House, brief: Brief, cut: int, most: int) -> str:
    say = house.speech.say
    date = spoken(brief.at, zone(brief.zone))
    parts = [say("brief_title", name=named(brief.name), title=brief.title, date=date)]
    for section in brief.sections:
        rows = [f"• {escape(_shortened(line.text, cut))}" for line in section.lines[:most]]
        left = len(section.lines) - most
        rows += [say("brief_more", n=left)] if left > 0 else []
        parts.append("\n".join([say(section.phrase), *rows]))
    return "\n\n".join([*parts, say("brief_empty")] if not brief.sections else parts)


def _shortened(text: str, cut: int) -> str:
    """Each « quote » cut by itself: the date and the source behind it stay."""
    return re.sub(r"(?<=«\s)[^«»]+(?=\s»)", lambda found: _cut(found[0], cut), text)


# --- lines -----------------------------------------------------------------------------------


def _modules(house: House, case: Case, appointment: Appointment, answers: Sequence[Answer]) -> Iterator[Line]:
    """What prepares this appointment: done, under way, or not sent."""
    for file in case.runs:
        if is_reading(house, file) or not _prepares(case, appointment, file.session, file.created_at):
            continue
        n = sum(1 for a in answers if a.run == file.id and a.how not in ASIDE)
        state = "done" if file.run.state == "done" else "queued" if file.run.state == "queued" else "open"
        fields = {"title": house.shelf.of(file).title, "n": n, "question": _waiting(house, file)}
        key = f"brief_module_{state}" + ("_at" if fields["question"] and state == "open" else "")
        yield Line(house.speech.phrases.say(key, **fields), count=n)
    envois = {envoi.id for envoi in house.programme(case).envois if envoi.flow}
    ahead = [timer for timer in case.timers if timer.kind == "envoi" and timer.state == "pending"]
    left = sum(1 for timer in ahead if timer.about.get("envoi") in envois and timer.due_at < appointment.at)
    if left:
        yield Line(house.speech.phrases.say("brief_unsent", n=left), count=left)


def _waiting(house: House, file: RunFile) -> str:
    asked = question_of(house, file, file.run.key) if file.run.key else None
    return _cut(_unmarked(asked.text), WAITING) if asked and not asked.private else ""


def _quotes(house: House, case: Case, answers: Sequence[Answer]) -> Iterator[Line]:
    for a in answers:
        key = "brief_quote" if a.question else "brief_words_only"
        said = house.speech.phrases.say(key, question=a.question, words=a.value, date=_date(case, a), id=a.id)
        yield Line(said, (a.id,))


def _asked(house: House, case: Case, key: str, answers: Sequence[Answer]) -> Iterator[Line]:
    for a in answers:
        said = house.speech.phrases.say(key, question=a.question, date=_date(case, a), id=a.id)
        yield Line(said, (a.id,))


def _date(case: Case, answer: Answer) -> str:
    return spoken_date(answer.at.astimezone(case.zone).date().isoformat()).rpartition(" ")[0]


# --- choices ---------------------------------------------------------------------------------


def _verbatims(answers: Sequence[Answer]) -> list[Answer]:
    """Up to five: the longest of each module first, then the next longest; shown in the order they came."""
    free = [a for a in answers if a.quotable and a.here and a.how == "said" and a.review not in ("a_aborder", "traite")]
    met: Counter[int | None] = Counter()
    ranked = []
    for a in sorted(free, key=lambda a: -len(a.value)):
        ranked.append((met[a.run], a))
        met[a.run] += 1
    chosen = [a for _, a in sorted(ranked, key=lambda row: row[0])[:VERBATIMS]]
    return sorted(chosen, key=lambda a: a.id)


def _open(answers: Sequence[Answer], *hows: str) -> list[Answer]:
    """Not yet dealt with, nor already listed as to be raised."""
    return [a for a in answers if a.how in hows and a.review not in ("a_aborder", "traite")]


def _modified(answers: Sequence[Answer]) -> list[Answer]:
    return [a for a in answers if a.version > 1 and a.here and a.how not in ASIDE]


# --- answers ---------------------------------------------------------------------------------


def _answers(
    conn: Connection, vault: Vault, house: House, case: Case, appointment: Appointment, upto: datetime
) -> list[Answer]:
    """The versions that stood at `upto`, oldest first; whatever is private or erased today is left out."""
    rows = _rows(conn, case)
    gone = _gone(rows)
    stood = {_place(row): row for row in rows if row.answered_at <= upto}
    shown = [row for place, row in stood.items() if place not in gone and not row.private and row.how != "erased"]
    made = [_answer(vault, house, case, appointment, row) for row in shown]
    return sorted(made, key=lambda a: a.id)


def _rows(conn: Connection, case: Case) -> Sequence[Row[Any]]:
    assert case.enrolment is not None
    r = t.replies
    return conn.execute(select(r).where(r.c.enrolment_id == case.enrolment.id).order_by(r.c.id)).all()


def _gone(rows: Sequence[Row[Any]]) -> set[tuple[Any, ...]]:
    """Answers whose newest version is private, or erased: none of their versions is shown."""
    today = {_place(row): row for row in rows}
    return {place for place, row in today.items() if row.private or row.how == "erased"}


def _place(row: Row[Any]) -> tuple[Any, ...]:
    """Versions of one answer share a place; words that were no answer have one of their own."""
    return (row.id,) if row.how in ASIDE else (row.run_id, row.key)


def _answer(vault: Vault, house: House, case: Case, appointment: Appointment, row: Row[Any]) -> Answer:
    assert case.person is not None
    owner, file = case.person.id, case.run(row.run_id)
    held: Kept = kept(vault, owner, row.value)
    asked = question_of(house, file, row.key) if file and row.how not in ASIDE else None
    words = _quoted(house.speech.value(asked, held))
    free = asked is None or isinstance(asked.answer, Text | Items)
    return Answer(
        row.id, row.run_id, row.key, row.how, row.review, row.version, row.answered_at,
        _cut(_unmarked(vault.open_text(owner, "replies.question", row.question)), 110), words,
        free and isinstance(held.value, str | list) and bool(held.value),
        _prepares(case, appointment, row.session, row.answered_at),
    )  # fmt: skip


def _prepares(case: Case, appointment: Appointment, session: str | None, at: datetime) -> bool:
    """Meant for this appointment, or for none and come since the one before it."""
    if session is not None:
        return session == appointment.session
    before = [a.at for a in case.appointments if a.at < appointment.at and a.state in ("planned", "done")]
    return not before or at > max(before)


def _quoted(text: str) -> str:
    """On one line inside our quotes: those that it holds become the inner ones."""
    return re.sub(r"\s?»", "”", re.sub(r"«\s?", "“", " ".join(text.split())))


def _unmarked(markdown: str) -> str:
    return _quoted(re.sub(r"[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}", "", markdown))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
