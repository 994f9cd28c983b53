"""What a coach sets in motion for one participant: a pause, a reading, a question, one put aside or opened again.

Each is an event that names the coach, and leaves at an hour that does not disturb. Checks no rights.
"""

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.conversation import modules
from bot.conversation.errands import QUESTION, reopenable
from bot.conversation.house import House
from bot.conversation.planning import calm, hours_of, nudge_at
from bot.desk import DeskError, people
from bot.desk.people import Served
from bot.store.case import Case, Person, Timer
from bot.store.vault import Vault
from bot.telegram.length import units
from flows.calendar import days_after, later, resolve
from flows.usage import LONE

LONGEST = 1000
"""UTF-16 units of a coach's own question."""

WEEKS = (1, 2, 4)
SKIPPABLE = frozenset({"envoi", "capsule", "ask", "reopen", "push", "action"})
"""Kinds of timers that a coach may let fall."""

WAITING = frozenset({"capsule", "ask", "set_aside", "reopen"})
"""What does not leave in a hold; in a pause only what asks for nothing more does."""

LONGEST_PAUSE = timedelta(days=366)
WORD = ("coach_word", "paused")
"""The message that tells of a pause."""


def waits(about: Served, what: str) -> str:
    """The phrase that says that it leaves only once a hold, or a pause, is over; nothing when it leaves by itself."""
    if about.enrolment.held_at and what in WAITING:
        return "page_told_steer_held"
    if about.enrolment.state == "paused" and what in WAITING - {"set_aside"}:
        return "page_told_steer_paused"
    return ""


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
        return self._pause(days_after(self._now, 7 * weeks, self.case.zone))

    def pause_until(self, day: date) -> datetime:
        """The same until a date of the coach's choice. Raises DeskError: pause_date."""
        today = self._now.astimezone(self.case.zone).date()
        if not today < day <= today + LONGEST_PAUSE:
            raise DeskError("pause_date")
        return self._pause(resolve(datetime.combine(day, time()), self.case.zone))

    def _pause(self, raw: datetime) -> datetime:
        case = self.case
        assert case.enrolment is not None
        until = calm(self._house, case, raw)
        case.enrolment.state, case.enrolment.paused_until, case.changes.enrolment = "paused", until, True
        case.wake("resume", "pause", until)
        case.log("paused", until=until.isoformat(), by=self._by.id)
        case.wake(*WORD, self._at(), by=self._by.id, phrase="paused_by_coach", until=until.isoformat())
        return self._kept(until)

    def resume(self) -> datetime:
        """When the programme goes on. Raises DeskError: not_paused."""
        case = self.case
        assert case.enrolment is not None
        if self.state != "paused":
            raise DeskError("not_paused")
        if (known := self._planned("resume", "pause")) and known.about.get("by"):
            return known.due_at
        at = self._at()
        case.enrolment.paused_until, case.changes.enrolment = self._now, True
        case.wake("resume", "pause", at, by=self._by.id)
        case.log("resume_planned", by=self._by.id)
        if untold := self._planned(*WORD):  # a pause they have not heard of
            case.settle(untold, "cancelled", "changed")
        return self._kept(at)

    def send(self, flow: str) -> datetime:
        """A capsule, by its module's id. Raises DeskError: unknown_capsule, already_read."""
        if not flow.startswith(LONE) or not self._house.library.has_flow(flow):
            raise DeskError("unknown_capsule")
        if flow in read_already(self.case):
            raise DeskError("already_read")
        return self._plan("capsule", flow, self._at(), "capsule_planned", flow=flow)

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
        return self._plan("ask", str(file.id), self._at(), "question_planned", run=file.id, nth=file.nth)

    def set_aside(self) -> datetime:
        """The open question is closed. Raises DeskError: nothing_open."""
        file = self.case.open_run()
        if file is None:
            raise DeskError("nothing_open")
        scope, step = f"{file.id}:{file.run.step}", file.run.step
        return self._plan("set_aside", scope, self._at(), "question_set_aside", flow=file.flow, run=file.id, step=step)

    def knows(self, timer_id: int) -> bool:
        """Whether it is one of this participant's timers, whatever became of it."""
        return any(timer.id == timer_id for timer in self.case.timers)

    def skip(self, timer_id: int) -> None:
        """Something that was to leave will not. Raises DeskError: already_left."""
        found = next((t for t in self.case.timers if t.id == timer_id and t.state in ("pending", "held")), None)
        file = self.case.run(found.about.get("run")) if found and found.kind == "ask" else None
        if found is None or found.kind not in SKIPPABLE or (file and file.run.state != "queued"):
            raise DeskError("already_left")
        self.case.settle(found, "skipped", "coach")
        about = {name: found.about[name] for name in ("envoi", "flow") if name in found.about}
        self.case.log("skipped", what=found.kind, reason="coach", by=self._by.id, **about)
        if file:
            modules.drop(file)
        self._kept(self._now)

    def skip_module(self, run_id: int) -> None:
        """A module that waits for another one to end is not sent. Raises DeskError: already_left."""
        file = self.case.run(run_id)
        if file is None or file.run.state != "queued" or file.run.answers:
            raise DeskError("already_left")
        modules.drop(file)
        self.case.log("skipped", flow=file.flow, reason="coach", by=self._by.id)
        self._kept(self._now)

    def reopen(self, run_id: int, key: str | None) -> datetime:
        """A question left, or a module that sleeps, once more; a day after the last message or proposal (S16).

        Raises DeskError: nothing_to_reopen.
        """
        file = self.case.run(run_id)
        if file is None or not reopenable(self._house, file, key):
            raise DeskError("nothing_to_reopen")
        scope = f"{file.id}:{key or ''}:{len(file.versions)}"
        others = [days_after(t.due_at, 1, self.case.zone) for t in self.case.timers
                  if t.kind == "reopen" and t.state == "pending"]  # fmt: skip
        at = self._at(max([nudge_at(self._house, self.case), *others]))
        return self._plan("reopen", scope, at, "reopened", flow=file.flow, run=file.id, key=key)

    # --- when, and written down -------------------------------------------------------------------

    def _at(self, after: datetime | None = None) -> datetime:
        return later(after or self._now, hours_of(self._house, self.case), self.case.zone)

    def _planned(self, kind: str, scope: str) -> Timer | None:
        known = (t for t in self.case.timers if (t.kind, t.scope) == (kind, scope))
        return next((t for t in known if t.state in ("pending", "held")), None)

    def _plan(self, kind: str, scope: str, at: datetime, event: str, **about: Any) -> datetime:
        """Once: what is already planned stays as it is."""
        if known := self._planned(kind, scope):
            return known.due_at
        told = {name: about[name] for name in ("flow", "nth") if name in about}
        self.case.log(event, by=self._by.id, **told)
        return self._kept(self.case.wake(kind, scope, at, by=self._by.id, **about).due_at)

    def _kept(self, at: datetime) -> datetime:
        people.put_back(self._conn, self._vault, self.case, self._now)
        return at


def lift(conn: Connection, vault: Vault, house: House, about: Served, by: Person, now: datetime) -> datetime:
    """When what was held since a distress leaves again: at the next allowed minute, in whatever state they are.

    Raises DeskError: not_held, busy.
    """
    case = people.file(conn, vault, about.person.id, now)
    assert case.enrolment is not None
    if case.enrolment.held_at is None:
        raise DeskError("not_held")
    at = later(now, hours_of(house, case), case.zone)
    if case.enrolment.state == "active" or case.enrolment.state == "paused":
        case.wake("lift", "hold", at, by=by.id)
    else:
        case.enrolment.held_at, case.changes.enrolment = None, True
    case.log("lifted", by=by.id)
    people.put_back(conn, vault, case, now)
    return at


def read_already(case: Case) -> frozenset[str]:
    """The capsules that were sent alone, or are about to be."""
    planned = {t.about["flow"] for t in case.timers if t.kind == "capsule" and t.state in ("pending", "held")}
    return frozenset(file.flow for file in case.runs if file.flow.startswith(LONE)) | planned
