"""What a brief says, each line with the answers it rests on.

Private answers never come in (section 2, item 6); nothing is inferred, nothing is scored.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from bot.conversation.house import House
from bot.conversation.modules import is_reading, question_of
from bot.desk import contrast, record
from bot.desk.record import Answer, dated
from bot.desk.review import ASIDE
from bot.desk.roll import named
from bot.desk.sourced import Brief, Line, Section
from bot.store.case import Case, RunFile
from bot.store.vault import Vault
from bot.telegram.length import plain, units
from bot.telegram.render import escape
from flows.agenda import Appointment
from flows.calendar import spoken, zone

MOST = 3500
"""UTF-16 units of a brief as it is read: one page."""

VERBATIMS = 5
FEWEST = 3
"""Quotes that stay however full the page is."""

WAITING = 80
"""Letters of an open question that are enough to know it by."""

CUTS = ((260, 8), (180, 6), (120, 5), (70, 4), (40, 2))
"""Characters of a quote and lines of a section, tried in this order until the brief fits on its page."""


# --- made and shown --------------------------------------------------------------------------


def gather(conn: Connection, vault: Vault, house: House, case: Case, appointment: Appointment, upto: datetime) -> Brief:
    """The brief of `appointment` from what was known at `upto`; `case` is the participant's, whole."""
    house.shelf.complete(conn, [case])
    assert case.person is not None
    rows, programme = record.rows(conn, case), house.programme(case)
    answers = _answers(vault, house, case, appointment, rows, upto)
    before = _before(case, appointment)
    contrasts = (*contrast.changed(vault, house, case, answers, record.shown(rows), before),
                 *contrast.pairs(house, case, programme, answers))  # fmt: skip
    open_fears = contrast.fears(house, case, programme.fears, answers, record.gone(rows))
    sections = (
        Section("brief_done", tuple(_modules(house, case, appointment, answers))),
        Section("brief_words", tuple(quotes(house, case, verbatims(answers)))),
        Section("brief_to_raise", tuple(quotes(house, case, [a for a in answers if a.review == "a_aborder"]))),
        Section("brief_contrasts", contrasts),
        Section("brief_fears", tuple(open_fears)),
        Section("brief_to_check", tuple(quotes(house, case, pending(answers, "to_check", "misread")))),
        Section("brief_in_session", tuple(_asked(house, case, "brief_question", pending(answers, "in_session")))),
        Section("brief_modified", tuple(_asked(house, case, "brief_question_on", _modified(answers)))),
        Section("brief_skipped", tuple(_asked(house, case, "brief_question", pending(answers, "skipped")))),
        Section("brief_journal", tuple(quotes(house, case, pending(answers, "journal")))),
    )
    title = next((s.title for s in programme.sessions if s.id == appointment.session), appointment.session)
    place = case.coach.zone if case.coach else case.person.zone
    filled = tuple(section for section in sections if section.lines)
    return Brief(case.person.name, title, appointment.at, place, filled, max((a.id for a in answers), default=0))


def since(
    conn: Connection, vault: Vault, house: House, case: Case, appointment: Appointment, start: datetime, now: datetime
) -> tuple[Line, ...]:
    """What was said or corrected after the brief stood still, of what that appointment prepared (S14)."""
    answers = _answers(vault, house, case, appointment, record.rows(conn, case), now)
    return tuple(quotes(house, case, [a for a in answers if a.at > start and a.here]))


def pruned(conn: Connection, case: Case, brief: Brief) -> Brief:
    """A kept brief without the lines that rest on what was made private or erased since."""
    shown = {row.id for row in record.shown(record.rows(conn, case))}
    sections = (Section(s.phrase, tuple(line for line in s.lines if shown.issuperset(line.sources)))
                for s in brief.sections)  # fmt: skip
    return replace(brief, sections=tuple(section for section in sections if section.lines))


def page(house: House, brief: Brief, link: str = "") -> str:
    """Telegram HTML on one page; quotes and lists are shortened, and what is left out is counted.

    `link` leads to an answer once its number is put in the place of {}; nothing is linked without it.
    """
    texts = (_page(house, brief, cut, most, link) for cut, most in CUTS)
    return next((text for text in texts if units(plain(text)) <= MOST), _page(house, brief, 40, 1, link))


def _page(house: House, brief: Brief, cut: int, most: int, link: str) -> str:
    say = house.speech.say
    date = spoken(brief.at, zone(brief.zone))
    parts = [say("brief_title", name=named(brief.name), title=brief.title, date=date)]
    for section in brief.sections:
        room = max(most, FEWEST) if section.phrase == "brief_words" else most
        rows = [f"• {_linked(escape(_shortened(line.text, cut)), line, link)}" for line in section.lines[:room]]
        left = len(section.lines) - room
        rows += [say("brief_more", n=left)] if left > 0 else []
        parts.append("\n".join([say(section.phrase), *rows]))
    return "\n\n".join([*parts, say("brief_empty")] if not brief.sections else parts)


def _shortened(text: str, cut: int) -> str:
    """Each « quote » cut by itself: the date and the source behind it stay."""
    return re.sub(r"(?<=«\s)[^«»]+(?=\s»)", lambda found: record.cut(found[0], cut), text)


def _linked(html: str, line: Line, link: str) -> str:
    """Where a source is named, « n° 12 », it leads to the answer."""

    def mark(found: re.Match[str]) -> str:
        return f'<a href="{link.format(found[1])}">{found[0]}</a>' if int(found[1]) in line.sources else found[0]

    return re.sub(r"n°\s(\d{1,18})(?!\d)", mark, html) if link else html


def source_link(house: House, person_id: int) -> str:
    """Where the coaches' page shows an answer of this participant; nothing when there is no page."""
    return f"{house.page}/espace/personnes/{person_id}/reponses?reponse={{0}}#r{{0}}" if house.page else ""


# --- lines -----------------------------------------------------------------------------------


def _modules(house: House, case: Case, appointment: Appointment, answers: Sequence[Answer]) -> Iterator[Line]:
    """What prepares this appointment: done, under way, or not sent."""
    for file in case.runs:
        if is_reading(house, file) or not _prepares(case, appointment, file.session, file.created_at):
            continue
        counted = tuple(a.id for a in answers if a.run == file.id and a.how not in ASIDE)
        n = len(counted)
        state = "done" if file.run.state == "done" else "queued" if file.run.state == "queued" else "open"
        fields = {"title": house.shelf.of(file).title, "n": n, "question": waiting(house, file)}
        key = f"brief_module_{state}" + ("_at" if fields["question"] and state == "open" else "")
        yield Line(house.speech.phrases.say(key, **fields), counted, n)
    envois = {envoi.id for envoi in house.programme(case).envois if envoi.flow}
    ahead = [timer for timer in case.timers if timer.kind == "envoi" and timer.state == "pending"]
    left = sum(1 for timer in ahead if timer.about.get("envoi") in envois and timer.due_at < appointment.at)
    if left:
        yield Line(house.speech.phrases.say("brief_unsent", n=left), count=left)


def waiting(house: House, file: RunFile) -> str:
    asked = question_of(house, file, file.run.key) if file.run.key else None
    return record.cut(record.unmarked(asked.text), WAITING) if asked and not asked.private else ""


def quotes(house: House, case: Case, answers: Sequence[Answer]) -> Iterator[Line]:
    """Each in quotes; of one that is files only, that it is to be heard or seen: nobody's words are made of it."""
    for a in answers:
        key = ("brief_file" if a.filed else "brief_quote") if a.question else (
            "brief_file_only" if a.filed else "brief_words_only")  # fmt: skip
        said = house.speech.phrases.say(key, question=a.question, words=a.value, date=dated(case, a), id=a.id)
        yield Line(said, (a.id,))


def _asked(house: House, case: Case, key: str, answers: Sequence[Answer]) -> Iterator[Line]:
    for a in answers:
        said = house.speech.phrases.say(key, question=a.question, date=dated(case, a), id=a.id)
        yield Line(said, (a.id,))


# --- choices ---------------------------------------------------------------------------------


def verbatims(answers: Sequence[Answer]) -> list[Answer]:
    """Up to five: the longest of each module first, then the next longest; shown in the order they came.

    What was dealt with already comes back only when there are not three others. Voices and pictures without a word come
    where there is room, the newest first.
    """
    own = [a for a in answers if a.quotable and a.here and a.how == "said" and a.review != "a_aborder"]
    fresh = [a for a in own if a.review != "traite"]
    free = fresh if len(fresh) >= FEWEST else own
    met: Counter[int | None] = Counter()
    ranked = []
    for a in sorted(free, key=lambda a: -len(a.value)):
        ranked.append((met[a.run], a))
        met[a.run] += 1
    chosen = [a for _, a in sorted(ranked, key=lambda row: row[0])[:VERBATIMS]]
    filed = [a for a in answers if a.filed and a.here and a.how == "said" and a.review not in ("a_aborder", "traite")]
    chosen += sorted(filed, key=lambda a: -a.id)[: VERBATIMS - len(chosen)]
    return sorted(chosen, key=lambda a: a.id)


def pending(answers: Sequence[Answer], *hows: str) -> list[Answer]:
    """Not yet dealt with, nor already listed as to be raised."""
    return [a for a in answers if a.how in hows and a.review not in ("a_aborder", "traite")]


def _modified(answers: Sequence[Answer]) -> list[Answer]:
    return [a for a in answers if a.version > 1 and a.here and a.how not in ASIDE]


# --- answers ---------------------------------------------------------------------------------


def _answers(
    vault: Vault, house: House, case: Case, appointment: Appointment, rows: Sequence[Row[Any]], upto: datetime
) -> list[Answer]:
    """The versions that stood at `upto`, oldest first; whatever is private or erased today is left out."""
    return [record.answer(vault, house, case, row, _prepares(case, appointment, row.session, row.answered_at))
            for row in record.stood(rows, upto)]  # fmt: skip


def _prepares(case: Case, appointment: Appointment, session: str | None, at: datetime) -> bool:
    """Meant for this appointment, or for none and come since the one before it."""
    if session is not None:
        return session == appointment.session
    before = _before(case, appointment)
    return before is None or at > before


def _before(case: Case, appointment: Appointment) -> datetime | None:
    """The start of the appointment before this one."""
    earlier = [a.at for a in case.appointments if a.at < appointment.at and a.state in ("planned", "done")]
    return max(earlier, default=None)
