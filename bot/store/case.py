"""One person's file in memory, with what a turn changes in it: what the door works on.

Read whole before a turn and written whole after it (cases.py); between the two no statement runs. Knows no SQL.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

from bot.store.accesses import Access
from flows.agenda import Appointment
from flows.engine import OPEN, Run
from flows.model import Kept, Key


def drawn_id() -> int:
    """An id known before the row is written: 55 random bits, 11 letters of a button's 64 bytes."""
    return secrets.randbits(55) | 1


DISTRESS, ANSWER, SCHEDULED, BROADCAST = range(4)

GREETING = "journal"
"""The key of a stranger's welcome among what was sent: whoever answers it once they are known writes to the journal."""


Synthesis: TypeAlias = Literal["draft", "sent", "remarked", "approved", "handed"]
"""How a version of the document de synthèse stands: being written, given, commented on, agreed to, handed over."""


def standing(
    sent: datetime | None, remarked: datetime | None, approved: datetime | None, handed: datetime | None
) -> Synthesis:
    """By what became of it last."""
    if handed:
        return "handed"
    if approved:
        return "approved"
    return "remarked" if remarked else "sent" if sent else "draft"


@dataclass(slots=True)
class Person:
    id: int
    role: str
    name: str
    zone: str
    chat_id: int | None
    reachable: bool = True
    digest: Mapping[str, int] | None = None
    prompt: Any = None


@dataclass(slots=True)
class Enrolment:
    id: int
    person_id: int
    coach_id: int | None
    programme: str
    format: str
    cohort: str | None
    state: str
    created_at: datetime
    paused_until: datetime | None = None
    gentle: bool = False
    short: bool = False
    hours: Mapping[str, Any] | None = None
    heard_at: datetime | None = None
    asked_at: datetime | None = None
    held_at: datetime | None = None  # since a distress: nothing unasked-for leaves
    restricted_at: datetime | None = None  # kept, neither read nor used (RGPD art. 18)
    ended_at: datetime | None = None
    keep_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """The newest version of an answer, beside its value: its number, when it came, whether the coach has read it, and
    whether its author keeps it to themselves."""

    number: int
    answered_at: datetime
    review: str = "a_lire"
    id: int = 0
    private: bool = False


@dataclass(frozen=True, slots=True)
class Agreement:
    """Somebody's newest word on one thing they may agree to, and the version of the text they had before them.

    `withdrawn_at` None: they agree. As early as `given_at`: they were asked, and did not agree.
    """

    version: str
    given_at: datetime
    withdrawn_at: datetime | None = None


@dataclass(slots=True)
class RunFile:
    """A run with what the engine does not know: which envoi began it, which appointment it prepares."""

    id: int
    flow: str
    version: str
    nth: int
    run: Run
    created_at: datetime
    envoi: str | None = None
    session: str | None = None
    valid_until: datetime | None = None
    closed_at: datetime | None = None
    words: str | None = None  # the coach's own question, in the place of the flow's
    versions: dict[Key, Version] = field(default_factory=dict)
    new: bool = False
    touched: bool = False


@dataclass(slots=True)
class Timer:
    owner: str
    kind: str
    scope: str
    due_at: datetime
    about: Mapping[str, Any] = field(default_factory=dict)
    state: str = "pending"
    why: str | None = None
    id: int | None = None
    enrolment_id: int | None = None
    settled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ordered:
    """A file that is made on its way out: the `field` it is sent as, its `name`, its `type` (MIME).

    `order` is what the press takes; `otherwise` the text message (parameters) that leaves when it cannot be made.
    """

    field: str
    name: str
    type: str
    order: Mapping[str, Any]
    otherwise: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One call of the Bot API to make. `wake`: timers to set when it is delivered; `files`: name, base64, type.

    `cause` makes it once for ever, whichever turn brings it; None: it is this turn's.
    """

    method: str
    params: Mapping[str, Any]
    chat_id: int
    owner_id: int
    rank: int = ANSWER
    enrolment_id: int | None = None
    run_id: int | None = None
    key: Key | None = None
    step: int | None = None
    wake: tuple[Mapping[str, Any], ...] = ()
    files: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    ordered: Ordered | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class NewReply:
    run_id: int | None
    key: Key
    version: int
    question: str
    kept: Kept
    how: str
    private: bool
    session: str | None
    late: bool
    message_id: int | None
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class NewMedia:
    id: str
    kind: str
    file_id: str
    about: Mapping[str, Any]
    too_big: bool


@dataclass(frozen=True, slots=True)
class Happening:
    """An event the coach can see. `about` never holds a person's words."""

    kind: str
    about: Mapping[str, Any]
    at: datetime


@dataclass(slots=True)
class Changes:
    out: list[Outgoing] = field(default_factory=list)
    replies: list[NewReply] = field(default_factory=list)
    media: list[NewMedia] = field(default_factory=list)
    timers: list[Timer] = field(default_factory=list)
    happenings: list[Happening] = field(default_factory=list)
    consents: list[tuple[str, str, bool]] = field(default_factory=list)  # kind, version of the text, agreed or not
    unsaid: list[tuple[int, str]] = field(default_factory=list)  # a message of theirs, and the file it brought
    redeemed: int | None = None
    moved_from: int | None = None  # the chat this person had before: what waits for them follows
    guessed: bool = False
    erased: bool = False
    released: str | None = None  # held messages: "ready" again, or "dropped"
    hushed: bool = False  # what waits to leave unasked for is held
    person: bool = False
    enrolment: bool = False
    appointments: dict[int, int | None] = field(default_factory=dict)  # each with who changed it; None: the house
    exported: bool = False  # they were given a file of what they wrote
    links: list[tuple[str, str]] = field(default_factory=list)  # of one use: what each is for, and its token
    owned: list[tuple[int, Key, bool]] = field(default_factory=list)  # answers made private (True) or shared, whole
    runs: list[RunFile] = field(default_factory=list)
    new_runs: set[int] = field(default_factory=set)
    errand: Any = None  # an update for the desk: what a coach or an admin asks, carried out with the store at hand


@dataclass(slots=True)
class Case:
    """`now` and `cause` are those of the event at hand; `messages` tells which question a message of ours put, or (of
    no run) which word of the coach it brought; `answers_in` which answer a message of theirs holds, for the messages
    this event names."""

    chat_id: int | None
    now: datetime
    person: Person | None = None
    enrolment: Enrolment | None = None
    coach: Person | None = None
    deputy: Person | None = None  # who hears the alerts while the coach is away
    consents: dict[str, Agreement] = field(default_factory=dict)
    runs: list[RunFile] = field(default_factory=list)
    appointments: list[Appointment] = field(default_factory=list)
    timers: list[Timer] = field(default_factory=list)
    messages: dict[int, tuple[int | None, Key]] = field(default_factory=dict)
    answers_in: dict[int, tuple[int | None, Key]] = field(default_factory=dict)
    albums: dict[str, tuple[int | None, Key]] = field(default_factory=dict)
    pushes: dict[int, Mapping[str, str]] = field(default_factory=dict)
    loose: list[tuple[Key, Kept, datetime]] = field(default_factory=list)  # words outside the answers, when asked for
    notes: list[tuple[str, Any, datetime]] = field(default_factory=list)  # what the coach wrote of them, when asked for
    synthesis: Synthesis | None = None  # of the newest version they were given, else of the draft; when it is asked for
    comments: list[tuple[str, datetime]] = field(default_factory=list)  # what the coach wrote to them, likewise
    alarms: list[tuple[str, datetime]] = field(default_factory=list)  # what was noticed lately: an event's kind, when
    hushed: bool = False  # in this turn nothing more is asked
    greeted: datetime | None = None  # a stranger: when they were last welcomed
    heaped: int = 0  # a stranger: how much was said to them in a day
    room: int | None = None  # bytes of files they may still send, when they send some
    rushed: bool = False  # too much comes at once for a courtesy each time
    looks: list[tuple[Access, str]] = field(default_factory=list)  # who read their words, and their name
    landed: tuple[int | None, Key] | None = None
    invited: "Case | None" = None
    guesses: int = 0
    crowd: int = 0  # wrong codes of all chats, in these ten minutes of the clock
    changes: Changes = field(default_factory=Changes)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.person.zone if self.person else "Europe/Paris")

    @property
    def owner(self) -> str:
        return f"e{self.enrolment.id}" if self.enrolment else "house"

    def open_run(self) -> RunFile | None:
        """The run whose question is open: at most one is waiting (S1.1); else the newest that sleeps."""
        asleep = [file for file in self.runs if file.run.state in OPEN]
        waiting = [file for file in asleep if file.run.state == "waiting"]
        found = waiting or sorted(asleep, key=lambda file: file.created_at)
        return found[-1] if found else None

    def run(self, run_id: int | None) -> RunFile | None:
        return next((file for file in self.runs if file.id == run_id), None)

    def appointment(self, session: str | None) -> Appointment | None:
        return next((a for a in self.appointments if a.session == session), None)

    def next_appointment(self) -> Appointment | None:
        ahead = [a for a in self.appointments if a.state == "planned" and a.at > self.now]
        return min(ahead, key=lambda a: a.at, default=None)

    def begin(self, flow: str, version: str, **about: Any) -> RunFile:
        nth = 1 + max((file.nth for file in self.runs if file.flow == flow), default=0)
        file = RunFile(drawn_id(), flow, version, nth, Run(), self.now, new=True, **about)
        self.runs.append(file)
        return file

    def agree(self, kind: str, version: str) -> None:
        """Notes that they agree, today, to this version of the text."""
        self.consents[kind] = Agreement(version, self.now)
        self.changes.consents.append((kind, version, True))

    def disagree(self, kind: str, version: str) -> None:
        """Notes that they take their agreement back, or do not give it."""
        held = self.consents.get(kind)
        standing = held is not None and held.withdrawn_at is None
        given_at = held.given_at if held and standing else self.now
        self.consents[kind] = Agreement(held.version if held and standing else version, given_at, self.now)
        self.changes.consents.append((kind, version, False))

    def send(self, method: str, params: Mapping[str, Any], **about: Any) -> None:
        """Adds a call to what goes out, to this chat unless `chat_id` and `owner_id` name another."""
        about.setdefault("chat_id", self.chat_id)
        about.setdefault("owner_id", self.person.id if self.person else 0)
        about.setdefault("enrolment_id", self.enrolment.id if self.enrolment else None)
        if about["chat_id"] is not None:
            self.changes.out.append(Outgoing(method, params, **about))

    def courtesy(self, method: str, params: Mapping[str, Any], **about: Any) -> None:
        """Sends what only says that they were heard: in a rush one line at its end says it for all."""
        if not self.rushed:
            self.send(method, params, **about)

    def log(self, kind: str, **about: Any) -> None:
        self.changes.happenings.append(Happening(kind, about, self.now))

    def wake(self, kind: str, scope: str, due_at: datetime, why: str | None = None, **about: Any) -> Timer:
        """Sets, or sets anew, the timer of this kind and scope."""
        timer = Timer(
            self.owner, kind, scope, due_at, about, why=why, enrolment_id=self.enrolment.id if self.enrolment else None
        )
        self.timers = [t for t in self.timers if (t.kind, t.scope) != (kind, scope)] + [timer]
        self.changes.timers.append(timer)
        return timer

    def settle(self, timer: Timer, state: str, why: str | None = None) -> None:
        timer.state, timer.why, timer.settled_at = state, why or timer.why, self.now
        if not any(each is timer for each in reversed(self.changes.timers)):
            self.changes.timers.append(timer)

    def take(self) -> Changes:
        """What changed since the last time, and a clean sheet for the next event."""
        taken, self.changes, self.hushed = self.changes, Changes(), False
        taken.runs = [file for file in self.runs if file.new or file.touched]
        taken.new_runs = {file.id for file in taken.runs if file.new}
        for file in self.runs:
            file.new = file.touched = False
        return taken
