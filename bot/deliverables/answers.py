"""One person's answers by the name of their question, as documents take them up: in words, each with its date.

Only what stands on the road of its module, in the module's newest run that has it. Knows no document.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.conversation.discretion import hides
from bot.conversation.house import House
from bot.store.case import Case, RunFile
from flows.calendar import spoken_date
from flows.model import Items, Kept, Key, Question, Text
from flows.road import met

STANDS = ("said", "to_check")
"""Only these are words of theirs; what was passed, or kept for a session, says nothing."""

LEFT = ("stopped", "expired")
PLACE = re.compile(r"(?P<entries>.+)\[(?P<nth>[0-9]+)\]\.(?P<question>[^.\[]+)")


@dataclass(frozen=True, slots=True)
class Found:
    """An answer. `words` as its author would recognise them; `own`: written by them, not picked from a list.

    `reply` is the id of its newest version: what a document cites. `at` is when it was given (UTC).
    """

    run: int
    flow: str
    nth: int
    key: Key
    asked: Question
    kept: Kept
    words: str
    reply: int
    at: datetime
    private: bool
    hidden: bool

    @property
    def own(self) -> bool:
        return isinstance(self.asked.answer, Text | Items)

    @property
    def items(self) -> tuple[str, ...]:
        """Each line of a list, or the whole of anything else."""
        return tuple(map(str, self.kept.value)) if isinstance(self.kept.value, list) and self.own else (self.words,)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a repeat: its place, and its answers by question."""

    run: int
    flow: str
    place: str
    answers: dict[str, Found]


class Answers:
    """`for_coach`: without what the person keeps to themselves. Needs a whole case whose flows are known."""

    def __init__(self, house: House, case: Case, for_coach: bool = False) -> None:
        self.house, self.case, self.for_coach = house, case, for_coach
        self._found: dict[str, list[list[Found]]] = {}
        for file in sorted(case.runs, key=lambda file: (file.flow, file.nth)):
            self._found.setdefault(file.flow, []).append(
                [one for one in self._of(file) if not (for_coach and one.private)]
            )

    def one(self, flow: str, question: str) -> Found | None:
        """The newest answer to a question that stands in no repeat."""
        return next((found for found in reversed(self.each(flow, question))), None)

    def each(self, flow: str, question: str) -> list[Found]:
        """The same from every time the module was done, the oldest first."""
        return [found for run in self._found.get(flow, ()) for found in run if found.key == question]

    def entries(self, flow: str, entries: str, every: bool = False) -> list[Entry]:
        """The entries of a repeat: of the newest run that has any, or of all, the oldest first."""
        runs = [_entries(run, entries) for run in self._found.get(flow, ())]
        held = [run for run in runs if run]
        return [entry for run in (held if every else held[-1:]) for entry in run]

    def of(self, flow: str) -> list[Found]:
        """Every answer of a module, all runs, in their order."""
        return [found for run in self._found.get(flow, ()) for found in run]

    def every(self) -> list[Found]:
        return [found for runs in self._found.values() for run in runs for found in run]

    def day(self, found: Found) -> str:
        """« 2 novembre 2026 », where its author lives."""
        return spoken_date(found.at.astimezone(self.case.zone).date().isoformat())

    def _of(self, file: RunFile) -> Iterator[Found]:
        if file.run.state in LEFT and not file.run.answers:
            return
        flow = self.house.shelf.of(file)
        for key, asked in met(flow, file.run.answers):
            kept, version = file.run.answers.get(key), file.versions.get(key)
            if not isinstance(asked, Question) or kept is None or version is None or kept.how not in STANDS:
                continue
            words = self.house.speech.value(asked, kept)
            if words.strip():
                yield Found(file.id, file.flow, file.nth, key, asked, kept, words, version.id, version.answered_at,
                            version.private, hides(self.house, asked))  # fmt: skip


def _entries(run: list[Found], entries: str) -> list[Entry]:
    found: dict[str, Entry] = {}
    for one in run:
        at = PLACE.fullmatch(one.key)
        if at and at["entries"] == entries and at["question"] != "again":
            place = f"{entries}[{at['nth']}]"
            entry = found.setdefault(place, Entry(one.run, one.flow, place, {}))
            entry.answers[at["question"]] = one
    return list(found.values())
