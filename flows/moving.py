"""What becomes of somebody who is moved from one version of a flow to another: where they land, and what of it stays.

The answers are the state, here as in the engine: those that no longer fit are taken out of the run, so that its road
stops where they stood. They are never lost: forgetting nothing is the business of whoever keeps them. Knows no person
and no clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeAlias

from flows.answers import gathered
from flows.engine import Run, State, Turn, turn
from flows.events import Keep, Opened, Review, Say
from flows.model import (
    Answer,
    Card,
    Choice,
    Choices,
    Date,
    Flow,
    Items,
    Kept,
    Key,
    Lines,
    Media,
    Number,
    Rank,
    Scale,
    Sort,
    Text,
)
from flows.rewording import bones, same_question
from flows.road import met, question

Versions: TypeAlias = Mapping[Key, Flow]
"""The version in which an answer was given, where that is not the one that the run stands in."""

NONE: Versions = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Spot:
    """A question that is asked at `key`, in the words of its version."""

    key: Key
    text: str


@dataclass(frozen=True, slots=True)
class Landing:
    """One move, told before it is made.

    `stood` is the question they were at (None: none yet, or none any more), `lands` the one that comes now, or when
    the run is begun or taken up again (None: nothing is left to ask, or the run was done and stays so); `state` is the
    run's after the move. `asked_anew`: that question is put to them by the move; otherwise the one before them stands.

    Each answer is in one of three: `road`, on the road of the new version; `aside`, off it: kept, no longer asked;
    `unfit`, the question takes other answers now: kept, and asked again where its road comes by. An answer that hangs
    on one of `unfit` is aside until that one is given again.

    `capsules` are those they never had and that come with the next question.
    """

    stood: Spot | None
    lands: Spot | None
    state: State
    asked_anew: bool
    road: tuple[Key, ...]
    aside: tuple[Key, ...]
    unfit: tuple[Key, ...]
    capsules: tuple[Key, ...]


def landing(old: Flow, new: Flow, run: Run, given: Versions = NONE) -> Landing:
    """What `moved` would do to `run`; never raises for two versions of one flow."""
    move = _move(old, new, run, given)
    after = move.turn()
    key = run.key if move.stays else move.ahead.run.key if run.state != "done" else None
    on_road = {each for each, _ in met(new, move.fit)}
    answers = move.left.run.answers
    return Landing(
        stood=_spot(old, run.key) if run.state != "done" else None,
        lands=_spot(new, key),
        state=after.run.state,
        asked_anew=after.run.state == "waiting" and not move.stays,
        road=tuple(each for each in answers if each in move.fit and each in on_road),
        aside=tuple(each for each in answers if each in move.fit and each not in on_road),
        unfit=tuple(each for each in answers if each not in move.fit),
        capsules=tuple(e.key for e in move.ahead.effects if isinstance(e, Say)) if run.state != "done" else (),
    )


def moved(old: Flow, new: Flow, run: Run, given: Versions = NONE) -> Turn:
    """`run`, which stands in `old`, carried over to `new`, and what is to be done; the engine goes on from there.

    Who has an answer half given, or one put again, or stands ahead of the road, stays there if the question is still
    met and still the same one; anybody else comes to the first question of the new road. The same question is not put
    twice. Words begun at a question that is left, or that takes other answers, are an answer to it as it was (S14); a
    choice half made is made again.

    An interrupted or sleeping module whose question is another is interrupted, and says so when it is taken up; a
    queued one stays queued; one that is done stays done, and offers what opens (S14); one that was closed stays closed.
    `run.answers` no longer holds those of `Landing.unfit`: whoever stores them does not give
    them back, but in a move to a version that takes them: `given` then tells in which version each was given.
    """
    return _move(old, new, run, given).turn()


def fits(old: Flow, new: Flow, key: Key, kept: Kept) -> bool:
    """Whether what answers `key` of `old` may answer it in `new`; True where `new` has no such question.

    A pass stays a pass whatever is asked, and words that could not be read stay so under the same kind of question.
    What may be answered besides does not matter: only that all that was answered is still there to be.
    """
    was, now = question(old, key), question(new, key)
    if now is None or (was and bones(was.answer) == bones(now.answer)):
        return True
    if kept.how != "said" and not kept.value and not kept.media:
        return True
    if was and _kind(was.answer) != _kind(now.answer):
        return False
    return (kept.how == "to_check" and was is not None) or _takes(now.answer, kept)


def _kind(answer: Answer) -> tuple[object, ...]:
    return (type(answer), answer.unit if isinstance(answer, Number) else "")


def _takes(answer: Answer, kept: Kept) -> bool:
    """Whether the value, whole or as much of it as was given, is one that this kind of question has."""
    match answer, kept.value:
        case Text(), value:
            return isinstance(value, str) or (value is None and bool(kept.media))
        case Choice(options=options), str(id):
            return id in options
        case Choices(options=options, most=most), list(ids):
            return set(ids) <= options.keys() and len(ids) <= most
        case Scale(low=low, high=high), int(value):
            return low <= value <= high
        case Number(low=low, high=high), int(value) | float(value):
            return (low is None or value >= low) and (high is None or value <= high)
        case Date(), str():
            return True
        case Sort(cards=cards, piles=piles), dict(placed):
            return placed.keys() <= piles.keys() and {id for ids in placed.values() for id in ids} <= _ids(cards)
        case Rank(cards=cards, keep=keep), list(ids):
            return set(ids) <= _ids(cards) and len(ids) <= keep
        case Items(least=least), list(items):
            return kept.how != "said" or max(len(items), len(kept.parts)) >= least
        case Media(), _:
            return bool(kept.media)
        case Lines(most=most), dict(ticks):
            return "ticked" in ticks and len(ticks["ticked"]) <= most
        case _:
            return False


def _ids(cards: tuple[Card, ...]) -> set[str]:
    return {card.id for card in cards}


# --- the move --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Move:
    """`left`: the run with the words begun where it stood, if it leaves; `fit`: its answers that are answers in `new`.

    `ahead` is the turn that takes the road of `new` from there, `stays` whether the open question stands as it is.
    """

    new: Flow
    left: Turn
    fit: Mapping[Key, Kept]
    ahead: Turn
    stays: bool

    def turn(self) -> Turn:
        run = replace(self.left.run, answers=self.fit)
        match run.state:
            case "waiting" | "paused" | "dormant" if self.stays:
                return Turn(run)
            case "paused" | "dormant" if self.ahead.run.state == "waiting":
                return Turn(self._apart(run, "paused"), self.left.effects)
            case "waiting" | "paused" | "dormant":
                return Turn(self.ahead.run, (*self.left.effects, *self.ahead.effects))
            case "done":
                return Turn(run, (Opened(waiting=False),) if self.ahead.run.state == "waiting" else ())
            case _ if self.stays or run.key is None:
                return Turn(run, self.left.effects)
            case _:
                return Turn(self._apart(run, run.state), self.left.effects)

    def _apart(self, run: Run, state: State) -> Run:
        """At its new question, which is put when the run is taken up."""
        return replace(run, state=state, key=self.ahead.run.key, step=run.step + 1, tries=0, draft=None)


def _move(old: Flow, new: Flow, run: Run, given: Versions) -> _Move:
    fit = _fitting(old, new, run.answers, given)
    ahead = _ahead(new, run, fit)
    if _stays(old, new, run, fit, ahead):
        return _Move(new, Turn(run), fit, ahead, True)
    left = _left(old, run)
    fit = _fitting(old, new, left.run.answers, given)
    return _Move(new, left, fit, _ahead(new, left.run, fit), False)


def _fitting(old: Flow, new: Flow, answers: Mapping[Key, Kept], given: Versions) -> dict[Key, Kept]:
    return {key: kept for key, kept in answers.items() if fits(given.get(key, old), new, key, kept)}


def _ahead(new: Flow, run: Run, fit: Mapping[Key, Kept]) -> Turn:
    return turn(new, replace(run, state="waiting", answers=fit, draft=None), Review())


def _stays(old: Flow, new: Flow, run: Run, fit: Mapping[Key, Kept], ahead: Turn) -> bool:
    """Whether the question they are at is still the one to answer."""
    was, now = (question(old, run.key), question(new, run.key)) if run.key else (None, None)
    if run.key is None or was is None or now is None or not same_question(was, now):
        return False
    strayed = bool(run.draft) or _ahead(old, run, run.answers).run.key != run.key
    return ahead.run.key == run.key or (strayed and any(key == run.key for key, _ in met(new, fit)))


def _left(old: Flow, run: Run) -> Turn:
    asked = question(old, run.key) if run.key and run.draft else None
    if run.key is None or asked is None or not isinstance(asked.answer, Text | Items):
        return Turn(run)
    kept = gathered(asked.answer, run.draft)
    again = run.key in run.answers
    return Turn(replace(run, answers={**run.answers, run.key: kept}, draft=None), (Keep(run.key, asked, kept, again),))


def _spot(flow: Flow, key: Key | None) -> Spot | None:
    found = question(flow, key) if key else None
    return Spot(key, found.text) if key and found else None
