"""One turn of a conversation: `turn(flow, run, event) -> Turn(run, effects)`.

The replies are the state: `road` reads the flow from the top and stops at the first question without an answer.
Knows no person, no clock and no Telegram.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias, assert_never

from flows import lines
from flows.answers import Draft, Part, Whole, finish, gathered, read, undone
from flows.events import (
    Amend,
    Ask,
    Begin,
    Close,
    Effect,
    Event,
    Finish,
    Hold,
    Keep,
    Misread,
    Opened,
    Redraw,
    Reopen,
    Reply,
    Review,
    Said,
    Say,
    Silence,
    Skip,
    Stop,
    Wake,
    Write,
)
from flows.model import Flow, Items, Kept, Key, Lines, Question, Text
from flows.road import met, opened, question, road
from flows.spoken import Unreadable

State: TypeAlias = Literal["queued", "waiting", "paused", "dormant", "done", "stopped", "expired"]
OPEN = frozenset({"waiting", "paused", "dormant"})
TRIES = 3


class OutOfTurn(Exception):
    """The event makes no sense in the run's state: it is stale, or ours."""


@dataclass(frozen=True, slots=True)
class Run:
    """Where one person stands in one flow. `step` counts the questions put: timers and buttons hold it (S4.2)."""

    state: State = "queued"
    answers: Mapping[Key, Kept] = field(default_factory=dict)
    key: Key | None = None
    step: int = 0
    tries: int = 0
    draft: Any = None
    said: frozenset[Key] = frozenset()


@dataclass(frozen=True, slots=True)
class Turn:
    run: Run
    effects: tuple[Effect, ...] = ()


def untouched(run: Run, asked: Question | None) -> bool:
    """Whether the open question is an answer put again (« Modifier ») in which nothing was changed yet."""
    kept = run.answers.get(run.key or "")
    if asked is None or kept is None or run.draft is None:
        return asked is not None and kept is not None
    before = undone(asked.answer, kept)
    return before is not None and gathered(asked.answer, run.draft) == gathered(asked.answer, before)


def turn(flow: Flow, run: Run, event: Event) -> Turn:
    """What `event` makes of `run`, and what is to be done; raises `OutOfTurn` for an event the state does not allow."""
    match event:
        case Begin() if run.state not in ("waiting", "done"):
            return _advance(flow, run)
        case Reply(said=said) if run.state in OPEN:
            return _take(flow, run, said)
        case Write(kept=kept) if run.state in OPEN:
            return _keep(flow, run, kept)
        case Finish() if run.state in OPEN:
            return _finish(flow, run)
        case Skip(how=how) if run.state in OPEN:
            return _skip(flow, run, how)
        case Silence(step=step, nth=nth) if run.state in OPEN:
            return _silence(flow, run, nth) if step == run.step else Turn(run)
        case Amend(key=key, said=said) if key in run.answers:
            return _amend(flow, run, key, said)
        case Reopen(key=key) if key in run.answers and run.state != "queued":
            return _reopen(flow, run, key)
        case Review() if run.state in OPEN or run.state == "done":
            return _advance(flow, run)
        case Stop() if run.state in OPEN or run.state == "queued":
            return Turn(replace(run, state="stopped", step=run.step + 1), (Close("stopped"),))
        case Begin() | Reply() | Write() | Finish() | Skip() | Silence() | Amend() | Reopen() | Review() | Stop():
            raise OutOfTurn(f"{type(event).__name__} while {run.state}")
        case _ as never:
            assert_never(never)


# --- turns -----------------------------------------------------------------------------------


def _advance(flow: Flow, run: Run) -> Turn:
    ahead = road(flow, run.answers)
    new = [Say(key, capsule) for key, capsule in ahead.capsules if key not in run.said]
    said = run.said | {say.key for say in new}
    moved = replace(run, said=said, step=run.step + 1, tries=0)
    if ahead.open is None:
        return Turn(replace(moved, state="done", key=None, draft=None), (*new, Close("done")))
    key, asked = ahead.open
    if asked.sensitivity == "seance":  # never asked in writing: what follows it comes at once
        kept = Kept(None, how="in_session")
        after = _advance(flow, replace(moved, answers={**run.answers, key: kept}))
        return Turn(after.run, (*new, Keep(key, asked, kept), *after.effects))
    draft = run.draft if key == run.key else None  # taken up again where it was left
    moved = replace(moved, state="waiting", key=key, draft=draft)
    return Turn(moved, (*new, Ask(key, asked), *_wake(asked, moved.step, 1)))


def _wake(asked: Question, step: int, nth: int) -> tuple[Wake, ...]:
    if asked.remind is None or nth > asked.remind.times:
        return ()
    return (Wake(step, nth, asked.remind.after if nth == 1 else asked.remind.every),)


def _open(flow: Flow, run: Run) -> tuple[Key, Question]:
    found = question(flow, run.key, run.answers) if run.key else None
    if run.key is None or found is None:
        raise OutOfTurn(f"no question at {run.key}")
    return run.key, found


def _take(flow: Flow, run: Run, said: Said) -> Turn:
    key, asked = _open(flow, run)
    try:
        got = read(asked.answer, run.draft, said)
    except Unreadable as unreadable:
        return _misread(flow, run, said, unreadable.reason)
    match got:
        case Whole(kept=kept):
            return _keep(flow, run, kept)
        case Part(draft=draft, spoken=spoken):
            effect = Hold(key, asked, _messages(draft)) if spoken else Redraw(key, asked)
            return Turn(replace(run, state="waiting", draft=draft, tries=0), (effect,))
        case _ as never:
            assert_never(never)


def _messages(draft: list[list[Any]]) -> int:
    """How many messages a draft came in: one may hold several items of a list."""
    return len({part[0] or -nth for nth, part in enumerate(draft, 1)})


def _misread(flow: Flow, run: Run, said: Said, reason: str) -> Turn:
    key, asked = _open(flow, run)
    if said.choice is not None:  # a button can be pressed too often, never wrongly
        return Turn(run, (Misread(key, asked, reason, 0),))
    nth = run.tries + 1
    if nth < TRIES:
        return Turn(replace(run, state="waiting", tries=nth), (Misread(key, asked, reason, nth),))
    raw = Kept(said.text, media=tuple(id for id, _ in said.media))
    held = gathered(asked.answer, run.draft) if run.draft else raw  # the cards already sorted are the answer
    kept = _keep(flow, run, replace(held, how="to_check"))
    return Turn(kept.run, (Misread(key, asked, reason, nth), *kept.effects))


def _finish(flow: Flow, run: Run) -> Turn:
    key, asked = _open(flow, run)
    try:
        return _keep(flow, run, finish(asked.answer, run.draft))
    except Unreadable as unreadable:
        return Turn(run, (Misread(key, asked, unreadable.reason, 0),))


def _skip(flow: Flow, run: Run, how: Literal["skipped", "in_session"]) -> Turn:
    _, asked = _open(flow, run)
    if untouched(run, asked):  # « Modifier », then « Passer »: the answer stays as it was
        return _return(flow, run)
    return _keep(flow, run, replace(gathered(asked.answer, run.draft), how=how))


def _keep(flow: Flow, run: Run, kept: Kept) -> Turn:
    key, asked = _open(flow, run)
    before = run.answers.get(key)
    changed, rows = _ticked(flow, replace(run, answers={**run.answers, key: kept}), asked)
    was_done, opens = road(flow, run.answers).open is None, road(flow, changed.answers).open is not None
    ahead = _done_anew(changed) if was_done and opens else _advance(flow, changed)
    return Turn(ahead.run, (Keep(key, asked, kept, before is not None), *rows, *ahead.effects))


def _ticked(flow: Flow, run: Run, asked: Question) -> tuple[Run, tuple[Keep, ...]]:
    """Lines that were just ticked are the first answer of the entries they open."""
    found = opened(flow, run.answers) if isinstance(asked.answer, Lines) else {}
    answers = {key: kept for key, (_, kept) in found.items()}
    keeps = tuple(Keep(key, asked, kept, implied=True) for key, (asked, kept) in found.items())
    return replace(run, answers={**run.answers, **answers}), keeps


def _return(flow: Flow, run: Run) -> Turn:
    """Back to where the road stood before an answer was put again; at its end there is nothing to say twice."""
    ahead = _advance(flow, run)
    return Turn(ahead.run) if ahead.run.state == "done" else ahead


def _done_anew(run: Run) -> Turn:
    """A correction in a finished module opened questions: whether to take them is asked, never decided (S14)."""
    return Turn(replace(run, state="done", key=None, step=run.step + 1, tries=0, draft=None), (Opened(waiting=False),))


def _silence(flow: Flow, run: Run, nth: int) -> Turn:
    key, asked = _open(flow, run)
    if run.draft and isinstance(asked.answer, Text | Items):
        return _keep(flow, run, gathered(asked.answer, run.draft))
    if key in run.answers:  # a correction begun and left: back to the road
        return _return(flow, run)
    if asked.remind is None or nth > asked.remind.times:
        return Turn(run)
    return Turn(run, (Ask(key, asked, nth), *_wake(asked, run.step, nth + 1)))


def _reopen(flow: Flow, run: Run, key: Key) -> Turn:
    asked = question(flow, key, run.answers)
    if asked is None or asked.sensitivity == "seance":
        raise OutOfTurn(f"nothing to ask at {key}")
    left = _leave(flow, run)
    draft = undone(asked.answer, run.answers[key])
    again = replace(left.run, state="waiting", key=key, step=run.step + 1, tries=0, draft=draft)
    return Turn(again, (*left.effects, Ask(key, asked), *_wake(asked, again.step, 1)))


def _leave(flow: Flow, run: Run) -> Turn:
    """Words begun at a question that is being left are its answer: they are never dropped (S14)."""
    asked = question(flow, run.key) if run.key and run.draft and run.state in OPEN else None
    if run.key is None or asked is None or not isinstance(asked.answer, Text | Items):
        return Turn(run)
    kept = gathered(asked.answer, run.draft)
    return Turn(replace(run, answers={**run.answers, run.key: kept}, draft=None), (Keep(run.key, asked, kept),))


def _amend(flow: Flow, run: Run, key: Key, said: Said) -> Turn:
    asked = question(flow, key, run.answers)
    if asked is None:
        raise OutOfTurn(f"no question at {key}")
    try:
        got = read(asked.answer, _before(asked, run.answers[key], said.ref), said)
    except Unreadable as unreadable:
        return Turn(run, (Misread(key, asked, unreadable.reason, 0),))
    kept = got.kept if isinstance(got, Whole) else gathered(asked.answer, got.draft)
    changed, rows = _ticked(flow, replace(run, answers={**run.answers, key: kept}), asked)
    keep = Keep(key, asked, kept, amended=True)
    rest = _rejoin(flow, run, changed)
    return Turn(rest.run, (keep, *rows, *rest.effects))


def _before(asked: Question, kept: Kept, ref: int) -> Draft:
    """What a past answer that is said anew starts from: its other messages, or the names its lines have."""
    if isinstance(asked.answer, Lines):
        return lines.emptied(kept.value)
    return [list(part) for part in kept.parts] if ref and any(part[0] == ref for part in kept.parts) else None


def _rejoin(flow: Flow, before: Run, run: Run) -> Turn:
    """After a correction: stay where the person is if that is still on the road (S14)."""
    was, now = road(flow, before.answers), road(flow, run.answers)
    opened = now.open is not None and now.open != was.open
    if run.state not in OPEN:
        return Turn(run, (Opened(waiting=False),) if opened and run.state == "done" else ())
    reached = {key for key, _ in now.answered} | ({now.open[0]} if now.open else set())
    if run.key not in reached and not _on_road(flow, run):
        left = _leave(flow, run)
        ahead = _advance(flow, replace(left.run, draft=None))
        return Turn(ahead.run, (*left.effects, *ahead.effects))
    return Turn(run, (Opened(waiting=True),) if opened else ())


def _on_road(flow: Flow, run: Run) -> bool:
    """Whether the open question's conditions still hold, whatever newly opened questions stand before it."""
    return any(key == run.key for key, _ in met(flow, run.answers))
