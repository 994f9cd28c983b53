"""The programme as values: sessions, envois, flows and their steps, kinds of answer.

Knows nothing of where the content was read from, nor of who answers it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Literal, TypeAlias

Key: TypeAlias = str
"""Where an answer stands: `energie`, or `experiences[2].poste` inside a repeat. Never renamed once published."""

When: TypeAlias = Mapping[str, frozenset[str]]
"""Earlier question -> accepted values; every row must hold. Never an expression."""

Given: TypeAlias = tuple[tuple[str, frozenset[str]], ...]
"""`module.question` and its accepted values, by row; every row must hold. For what hangs on answers of any module."""

Scalar: TypeAlias = str | int | float
Value: TypeAlias = Scalar | list[str] | dict[str, list[str]] | None
"""What an answer holds: text, choice id, number, ISO date, ids in order, or pile -> card ids."""

How: TypeAlias = Literal["said", "skipped", "in_session", "to_check"]


@dataclass(frozen=True, slots=True)
class Kept:
    """One answer as it stands: `value` is None when skipped; `media` are ids of stored media, in order.

    `parts` are the messages it came in, as (ref, text, media), so that editing one of them changes only that one.
    """

    value: Value
    how: How = "said"
    media: tuple[str, ...] = ()
    parts: tuple[tuple[int, str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """Free words or a voice note. `long`: several messages until « J'ai terminé »."""

    long: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """Exactly one option, id -> label."""

    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Choices:
    """Up to `most` options, id -> label."""

    options: Mapping[str, str]
    most: int


@dataclass(frozen=True, slots=True)
class Scale:
    """A whole number from `low` to `high`, both included; `labels` names some of them."""

    low: int
    high: int
    labels: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Number:
    """A number, between `low` and `high` when given; `unit` is shown after it."""

    unit: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Date:
    """A day, or a month of a year: ISO `2019-03-04` or `2019-03`."""


@dataclass(frozen=True, slots=True)
class Card:
    id: str
    label: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Sort:
    """Every card goes to one pile (id -> label); the value is pile id -> card ids."""

    cards: tuple[Card, ...]
    piles: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rank:
    """The `keep` cards that matter most, most important first."""

    cards: tuple[Card, ...]
    keep: int


@dataclass(frozen=True, slots=True)
class Items:
    """A short list, one item a message or a line."""

    most: int
    least: int = 1


@dataclass(frozen=True, slots=True)
class Media:
    """A file: `kinds` among voice, audio, photo, video, video_note, document."""

    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Lines:
    """Up to `most` of the `lines` that the words said at the question `of` give, once it is put to somebody."""

    of: str
    most: int
    lines: tuple[str, ...] = ()


Answer: TypeAlias = Text | Choice | Choices | Scale | Number | Date | Sort | Rank | Items | Media | Lines


@dataclass(frozen=True, slots=True)
class Remind:
    """Nudges for an open question: calendar days after delivery, then every so many days, so many times."""

    after: int
    every: int
    times: int


Role: TypeAlias = Literal["idee", "cadre"]
"""What a capsule is for: an idea to think about, or how the programme works."""


@dataclass(frozen=True, slots=True)
class Capsule:
    """Prose of at most three bubbles (Markdown); `source` is folded under the last one."""

    id: str
    title: str
    bubbles: tuple[str, ...]
    source: str = ""
    when: When = field(default_factory=dict)
    role: Role = "idee"


Sensitivity: TypeAlias = Literal["normal", "haute", "seance"]
"""Where an answer may be given: in the chat; on the page alone; in a session, never in writing."""


@dataclass(frozen=True, slots=True)
class Question:
    id: str
    text: str
    why: str
    answer: Answer
    example: str = ""
    remind: Remind | None = None
    private: bool = False
    when: When = field(default_factory=dict)
    sensitivity: Sensitivity = "normal"


@dataclass(frozen=True, slots=True)
class Section:
    """Steps that share a condition: a branch."""

    steps: tuple["Step", ...]
    when: When = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Repeat:
    """Steps asked once per entry. `again` is a `Choice` of oui / non put after each entry but the last.

    `each` names an earlier question of lines: each line ticked there opens an entry and answers its first question.
    """

    id: str
    steps: tuple["Step", ...]
    again: Question
    most: int
    when: When = field(default_factory=dict)
    each: str = ""


Step: TypeAlias = Capsule | Question | Section | Repeat


@dataclass(frozen=True, slots=True)
class Flow:
    """One module. `version` is a digest of its text: a run stays with the version it began with (S7)."""

    id: str
    title: str
    steps: tuple[Step, ...]
    version: str = ""
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Hours:
    """When a message that nobody asked for may leave, in the recipient's zone.

    From `start` to `end`, both included (minute precision), on `days` (Monday 0) that are not public holidays
    of `holidays` (an ISO country code, or "" for none).
    """

    start: time
    end: time
    days: frozenset[int]
    holidays: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant told from a session: `S2 - 1j 18:00` is days=-1, at=18:00; `S2 - 2h` is span=-2 h.

    Days are calendar days in the appointment's zone, hours go through UTC (S10).
    """

    session: str
    days: int = 0
    at: time | None = None
    span: timedelta | None = None


Mode: TypeAlias = Literal["attendre", "passif", "interrompre", "sauter"]
Late: TypeAlias = Literal["envoyer", "sauter", "condenser"]
Kind: TypeAlias = Literal["content", "preparation", "reminder"]


@dataclass(frozen=True, slots=True)
class Envoi:
    """One scheduled item: a flow, or a `message` (a key of phrases.yml).

    `until` is the session after whose start it is no longer worth sending. Semantics S1.2, S8. `given` names answers
    that must stand for it to be sent, as `flow.question` -> accepted values. `paced` is False for what the person
    asked for themselves: it takes no room in the pace. `again` begins a module anew that was already done.
    """

    id: str
    when: Moment
    kind: Kind
    flow: str = ""
    message: str = ""
    mode: Mode = "attendre"
    until: str = ""
    late: Late = "sauter"
    moment: Literal["avant", "apres", ""] = ""
    overlay: str = ""
    given: Given = ()
    paced: bool = True
    again: bool = False


@dataclass(frozen=True, slots=True)
class Gentle:
    """The overlay `rythme_doux`: its own pace, and the days of rest that « C'est trop pour aujourd'hui » brings.

    An answer named in `given` sets it or takes it away; the coach may do so too.
    """

    per_day: int = 1
    per_week: int = 2
    breath: int = 3
    given: Given = ()


@dataclass(frozen=True, slots=True)
class Takeaway:
    """What a phase leaves in hand: made by the answers of `flows`, or what `what` names; else nothing tells."""

    title: str
    flows: tuple[str, ...] = ()
    what: Literal["", "synthese"] = ""


@dataclass(frozen=True, slots=True)
class Phase:
    id: str
    title: str
    goal: str
    themes: tuple[str, ...]
    deliverables: tuple[Takeaway, ...]
    weeks: int


@dataclass(frozen=True, slots=True)
class Session:
    id: str
    title: str
    phase: str
    legal: Literal["preliminaire", "investigation", "conclusions"]
    hours: float
    goal: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two answers that a coach is shown side by side when both are given; `say` is what they have in common."""

    between: Given
    say: str


@dataclass(frozen=True, slots=True)
class Fears:
    """The module where a fear is named and its first step asked for, entry by entry of the repeat `entries`.

    `nothing` are answers that are no step, as `flows.spoken.plain` writes them.
    """

    flow: str
    entries: str
    name: str
    step: str
    nothing: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Actions:
    """The module where actions are planned, entry by entry of the repeat `entries`: its questions for what is to be
    done, its first small step, and its date, at which it is recalled at the local hour `at`."""

    flow: str
    entries: str
    name: str
    step: str
    date: str
    at: time


@dataclass(frozen=True, slots=True)
class Stays:
    """What one choice keeps after the end: the answers of `flows`; or (`what`) all others, the notes, the synthesis."""

    title: str
    given: Given
    flows: frozenset[str]
    what: Literal["modules", "reponses", "notes", "synthese"]


@dataclass(frozen=True, slots=True)
class Closing:
    """The end of a programme (R6313-7): `silence` days after its module without a choice, nothing is kept; `grace` days
    after the choice, what is not kept goes; `after` days after the follow-up `session`, the rest."""

    flow: str
    session: str
    silence: int
    grace: int
    after: int
    keep: tuple[Stays, ...]


@dataclass(frozen=True, slots=True)
class Programme:
    """`welcome` is begun at enrolment, `first` when somebody without an invitation books the first talk.

    `dormancy` days of silence put a question to sleep (S3); `resume` hours make /reprendre restate it (S5). For the
    coach: `energy` names the scales that tell it (`module.question`), `compare` and `fears` what a brief looks for,
    `leave` the answers that tell of a sick leave. `actions` names the plan whose dates are recalled.
    """

    id: str
    title: str
    zone: str
    hours: Hours
    phases: tuple[Phase, ...]
    sessions: tuple[Session, ...]
    envois: tuple[Envoi, ...]
    per_day: int = 1
    per_week: int = 3
    dormancy: int = 7
    resume: int = 6
    rest: int = 24
    welcome: str = ""
    first: str = ""
    gentle: Gentle = Gentle()
    energy: tuple[str, ...] = ()
    compare: tuple[Pair, ...] = ()
    fears: Fears | None = None
    actions: Actions | None = None
    leave: Given = ()
    closing: Closing | None = None
    version: str = ""
