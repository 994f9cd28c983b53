"""What can happen to a run, and what a run asks for in return. Values only."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from flows.model import Capsule, Kept, Key, Question


@dataclass(frozen=True, slots=True)
class Said:
    """What came in for a question: words, the value of a button, or media as (id, kind).

    `ref` is the message it came in (0: none): a part said anew under the same `ref` replaces the old one.
    `today` is the day where the person lives, for « hier ».
    """

    text: str = ""
    choice: str | None = None
    media: tuple[tuple[str, str], ...] = ()
    ref: int = 0
    today: date | None = None


# --- in --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Begin:
    """Starts the run, or takes it up again after a stop."""


@dataclass(frozen=True, slots=True)
class Reply:
    said: Said


@dataclass(frozen=True, slots=True)
class Write:
    """A whole answer to the open question, read elsewhere than in the chat."""

    kept: Kept


@dataclass(frozen=True, slots=True)
class Finish:
    """« J'ai terminé »: what was gathered so far is the answer."""


@dataclass(frozen=True, slots=True)
class Skip:
    """« Passer » or « J'en parle en séance »."""

    how: Literal["skipped", "in_session"] = "skipped"


@dataclass(frozen=True, slots=True)
class Amend:
    """A past answer said anew (S14)."""

    key: Key
    said: Said


@dataclass(frozen=True, slots=True)
class Reopen:
    """« Modifier »: the question of a past answer is put again, then the road goes on where it was."""

    key: Key


@dataclass(frozen=True, slots=True)
class Review:
    """« Revoir la suite »: take the road again from the first question without an answer."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing came for the question that stood open at `step`; `nth` counts from 1."""

    step: int
    nth: int


@dataclass(frozen=True, slots=True)
class Stop:
    """The run ends here; its answers stay."""


Event: TypeAlias = Begin | Reply | Write | Finish | Skip | Amend | Reopen | Review | Silence | Stop

# --- out -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Say:
    key: Key
    capsule: Capsule


@dataclass(frozen=True, slots=True)
class Ask:
    """Puts the question; `nth` 0 is the first time, 1 and 2 are reminders."""

    key: Key
    question: Question
    nth: int = 0


@dataclass(frozen=True, slots=True)
class Keep:
    """A version of an answer to store, with the question as it was shown. `implied`: another answer gave it."""

    key: Key
    question: Question
    kept: Kept
    amended: bool = False
    implied: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """A part of a long answer is in; the question stays open. `parts` counts the messages it came in."""

    key: Key
    question: Question
    parts: int


@dataclass(frozen=True, slots=True)
class Redraw:
    """The question's buttons changed: show them in place."""

    key: Key
    question: Question


@dataclass(frozen=True, slots=True)
class Misread:
    """Not read; `reason` names a phrase, `nth` counts from 1 (0: a press, a correction); a third is kept."""

    key: Key
    question: Question
    reason: str
    nth: int


@dataclass(frozen=True, slots=True)
class Wake:
    """Come back with `Silence(step, nth)`, `days` calendar days after the question is delivered (S4.1)."""

    step: int
    nth: int
    days: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A correction put new questions on the road; `waiting` tells whether they will follow by themselves (S14)."""

    waiting: bool


@dataclass(frozen=True, slots=True)
class Close:
    outcome: Literal["done", "stopped"]


Effect: TypeAlias = Say | Ask | Keep | Hold | Redraw | Misread | Wake | Opened | Close
