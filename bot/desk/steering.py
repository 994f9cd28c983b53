"""What a coach sets in motion for one participant: a pause, a reading, a question, one put aside or opened again.

Each is an event that names the coach, and leaves at an hour that does not disturb. Checks no rights.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.conversation import modules
from bot.conversation.errands import QUESTION
from bot.conversation.house import House
from bot.conversation.modules import question_of
from bot.conversation.planning import calm, hours_of
from bot.desk import DeskError, people
from bot.desk.people import Served
from bot.store.case import Case, Person, RunFile, Timer
from bot.store.vault import Vault
from bot.telegram.length import units
from flows.calendar import days_after, later
from flows.engine import OPEN
from flows.usage import LONE

LONGEST = 1000
"""UTF-16 units of a coach's own question."""

WEEKS = (1, 2, 4)
SKIPPABLE = frozenset({"envoi", "capsule", "ask", "reopen", "push"})
"""Kinds of timers that a coach may let fall."""

LEFT = frozenset({"skipped", "in_session", "to_check"})
"""How an answer was left that may be asked for again."""


class Steering:
    """One participant's file, held for one act: read whole, written back with `keep`. Raises DeskError: busy."""

    def __init__(self, conn: Connection, vault: Vault, house: House, about: Served, by: Person, now: datetime) -> None:
        self._conn, self._vault, self._house, self._by, self._now = conn, vault, house, by, now
        self.case = people.file(conn, vault, about.person.id, now)
        house.shelf.complete(conn, [self.case])
        if self.state not in ("active", "paused"):
            raise DeskError("has_stopped" if self.state in ("stopped", "ended") else "not_agreed")

    @property
    def state(self) -> str:
        assert self.case.enrolment is not None
        return self.case.enrolment.state

    def pause(self, weeks: int) -> datetime:
        """Until when: everything waits but the reminders of appointments (S11). Raises DeskError: unknown_state."""
        if weeks not in WEEKS:
            raise DeskError("unknown_state")
        case = self.case
        assert case.enrolment is not None
        until = calm(self._house, case, days_after(self._now, 7 * weeks, case.zone))
        case.enrolment.state, case.enrolment.paused_until, case.changes.enrolment = "paused", until, True
        case.wake("resume", "pause", until)
        case.log("paused", until=until.isoformat(), by=self._by.id)
        self._later("coach_word", "paused", self._at(), phrase="paused_by_coach")
        return self._kept(until)

    def resume(self) -> datetime:
        """When the programme goes on. Raises DeskError: not_paused."""
        case = self.case
        assert case.enrolment is not None
        if self.state != "paused":
            raise DeskError("not_paused")
        at = self._at()
        case.enrolment.paused_until, case.changes.enrolment = self._now, True
        case.wake("resume", "pause", at)
        case.log("resume_planned", by=self._by.id)
        return self._kept(at)

    def send(self, flow: str) -> datetime:
        """A capsule, by its module's id. Raises DeskError: unknown_capsule, already_read."""
        if not flow.startswith(LONE) or not self._house.library.has_flow(flow):
            raise DeskError("unknown_capsule")
        if flow in read_already(self.case):
            raise DeskError("already_read")
        self.case.log("capsule_planned", flow=flow, by=self._by.id)
        return self._kept(self._later("capsule", flow, self._at(), flow=flow))

    def ask(self, words: str) -> datetime:
        """A question of the coach's own. Raises DeskError: no_words, many_words, no_question."""
        text = words.strip()
        if not text or units(text) > LONGEST:
            raise DeskError("many_words" if text else "no_words")
        if not self._house.library.has_flow(QUESTION):
            raise DeskError("no_question")
        ahead = self.case.next_appointment()
        version = self._house.shelf.today(QUESTION).version
        file = self.case.begin(QUESTION, version, session=ahead.session if ahead else None)
        file.words = text
        self.case.log("question_planned", nth=file.nth, by=self._by.id)
        return self._kept(self._later("ask", str(file.id), self._at(), run=file.id))

    def set_aside(self) -> datetime:
        """The open question is closed. Raises DeskError: nothing_open."""
        file = self.case.open_run()
        if file is None:
            raise DeskError("nothing_open")
        self.case.log("question_set_aside", flow=file.flow, by=self._by.id)
        scope, step = f"{file.id}:{file.run.step}", file.run.step
        return self._kept(self._later("set_aside", scope, self._at(), run=file.id, step=step))

    def skip(self, timer_id: int) -> None:
        """Something that was to leave will not. Raises DeskError: already_left."""
        found = next((t for t in self.case.timers if t.id == timer_id and t.state in ("pending", "held")), None)
        if found is None or found.kind not in SKIPPABLE:
            raise DeskError("already_left")
        self.case.settle(found, "skipped", "coach")
        about = {name: found.about[name] for name in ("envoi", "flow") if name in found.about}
        self.case.log("skipped", what=found.kind, reason="coach", by=self._by.id, **about)
        if found.kind == "ask" and (file := self.case.run(int(found.about["run"]))):
            modules.drop(file)
        self._kept(self._now)

    def reopen(self, run_id: int, key: str | None) -> datetime:
        """A question left, or a module that sleeps, once more; a day after the last message (S16).

        Raises DeskError: nothing_to_reopen.
        """
        file = self.case.run(run_id)
        if file is None or not reopenable(self._house, file, key):
            raise DeskError("nothing_to_reopen")
        asked = self.case.enrolment.asked_at if self.case.enrolment else None
        earliest = max(self._now, days_after(asked, 1, self.case.zone)) if asked else self._now
        self.case.log("reopened", flow=file.flow, by=self._by.id)
        scope = f"{file.id}:{key or ''}:{len(file.versions)}"
        return self._kept(self._later("reopen", scope, self._at(earliest), run=file.id, key=key))

    # --- when, and written down -------------------------------------------------------------------

    def _at(self, after: datetime | None = None) -> datetime:
        return later(after or self._now, hours_of(self._house, self.case), self.case.zone)

    def _later(self, kind: str, scope: str, at: datetime, **about: Any) -> datetime:
        known = next((t for t in self.case.timers if (t.kind, t.scope) == (kind, scope)), None)
        if isinstance(known, Timer) and known.state in ("pending", "held"):
            return known.due_at
        return self.case.wake(kind, scope, at, by=self._by.id, **about).due_at

    def _kept(self, at: datetime) -> datetime:
        people.put_back(self._conn, self._vault, self.case, self._now)
        return at


def read_already(case: Case) -> frozenset[str]:
    """The capsules that were sent alone, or are about to be."""
    planned = {t.about["flow"] for t in case.timers if t.kind == "capsule" and t.state in ("pending", "held")}
    return frozenset(file.flow for file in case.runs if file.flow.startswith(LONE)) | planned


def reopenable(house: House, file: RunFile, key: str | None) -> bool:
    """Whether a question was left that may be asked for again (never a private one), or a module sleeps."""
    if key is None:
        return file.run.state in OPEN or file.run.state == "paused"
    asked = question_of(house, file, key)
    kept = file.run.answers.get(key)
    return asked is not None and not asked.private and kept is not None and kept.how in LEFT

