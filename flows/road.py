"""What the answers of a run imply: the steps met, the questions answered, and the one to ask.

The format has no goto: the road is read from the top at each turn. Knows no turn, no person and no clock.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from flows import lines
from flows.model import Capsule, Flow, Kept, Key, Lines, Question, Repeat, Section, Step, When

TICKED: Final = 100
"""Entries of a repeat that a ticked line opens are numbered from here, as their line was first ticked; those that the
person adds in their own words stand below."""

ENTRY = re.compile(r"(?P<place>(?P<repeat>.+)\[(?P<nth>[0-9]+)\])\.[^.\[]+")


@dataclass(frozen=True, slots=True)
class Road:
    """What the answers imply: capsules passed, questions answered, and the one to ask (None: the end)."""

    capsules: tuple[tuple[Key, Capsule], ...]
    answered: tuple[tuple[Key, Question], ...]
    open: tuple[Key, Question] | None


def road(flow: Flow, answers: Mapping[Key, Kept]) -> Road:
    """The steps met from the top of `flow`, up to and including the first question without an answer."""
    capsules: list[tuple[Key, Capsule]] = []
    answered: list[tuple[Key, Question]] = []
    for key, step in met(flow, answers):
        if isinstance(step, Capsule):
            capsules.append((key, step))
        elif key in answers:
            answered.append((key, step))
        else:
            return Road(tuple(capsules), tuple(answered), (key, step))
    return Road(tuple(capsules), tuple(answered), None)


def met(flow: Flow, answers: Mapping[Key, Kept]) -> Iterator[tuple[Key, Capsule | Question]]:
    """The steps that the answers lead to, in order, past questions that stand open; what waits for these is not met."""
    return _walk(flow.steps, answers, "", {})


def question(flow: Flow, key: Key, answers: Mapping[Key, Kept] | None = None) -> Question | None:
    """The question that stands at `key`, on the road or not; None when the flow has none such.

    With `answers`, as it is put to whoever gave them: lines to tick are those of their words.
    """
    found = _standing(flow, key)
    return _lined(found, key, answers) if found and answers is not None else found


def about(flow: Flow, key: Key, answers: Mapping[Key, Kept]) -> str:
    """What a question of an entry is about, where a ticked line opened that entry and another question comes first."""
    at = ENTRY.fullmatch(key)
    repeat = _repeat(flow, at["repeat"]) if at and int(at["nth"]) >= TICKED else None
    first = repeat.steps[0] if repeat and repeat.each else None
    if at is None or not isinstance(first, Question) or key == (opener := f"{at['place']}.{first.id}"):
        return ""
    kept = answers.get(opener)
    return str(kept.value) if kept and kept.value else ""


def opened(flow: Flow, answers: Mapping[Key, Kept]) -> dict[Key, tuple[Question, Kept]]:
    """The questions that a ticked line answers by itself, not yet answered: the first of each entry it opens."""
    found: dict[Key, tuple[Question, Kept]] = {}
    for key, step in met(flow, answers):
        at = ENTRY.fullmatch(key)
        if key in answers or not isinstance(step, Question) or at is None or int(at["nth"]) < TICKED:
            continue
        repeat = _repeat(flow, at["repeat"])
        ticks = _ticks(repeat, key, answers) if repeat and repeat.steps[0] is step else {}
        if line := ticks.get(int(at["nth"]) - TICKED):
            found[key] = (step, Kept(line))
    return found


def _standing(flow: Flow, key: Key) -> Question | None:
    *path, last = key.split(".")
    steps: tuple[Step, ...] = flow.steps
    for part in path:
        inside = _find(steps, part.partition("[")[0])
        if not isinstance(inside, Repeat):
            return None
        if last == "again" and part == path[-1]:
            return inside.again
        steps = inside.steps
    found = _find(steps, last)
    return found if isinstance(found, Question) else None


def _walk(
    steps: tuple[Step, ...], answers: Mapping[Key, Kept], prefix: str, scope: Mapping[str, Key]
) -> Iterator[tuple[Key, Capsule | Question]]:
    seen = dict(scope)
    for step in steps:
        if not _holds(step.when, seen, answers):
            continue
        match step:
            case Capsule(id=id):
                yield prefix + id, step
            case Question(id=id):
                put = _lined(step, prefix + id, answers)
                if not isinstance(put.answer, Lines) or put.answer.lines:
                    seen[id] = prefix + id
                    yield prefix + id, put
            case Section(steps=inner):
                yield from _section(inner, answers, prefix, seen)
            case Repeat():
                yield from _entries(step, answers, prefix, seen)


def _section(
    steps: tuple[Step, ...], answers: Mapping[Key, Kept], prefix: str, seen: dict[str, Key]
) -> Iterator[tuple[Key, Capsule | Question]]:
    for key, step in _walk(steps, answers, prefix, seen):
        if isinstance(step, Question):
            seen[step.id] = key
        yield key, step


def _entries(
    repeat: Repeat, answers: Mapping[Key, Kept], prefix: str, seen: Mapping[str, Key]
) -> Iterator[tuple[Key, Capsule | Question]]:
    """Those that ticked lines open, one after the other; then, if more are wanted or some are there, the others."""
    place = f"{prefix}{repeat.id}"
    ticks = _ticks(repeat, place, answers)
    for nth in ticks:
        yield from _walk(repeat.steps, answers, f"{place}[{TICKED + nth}].", seen)
    if ticks:
        more = f"{place}[{TICKED - 1}].again"
        begun = any(key.startswith(f"{place}[0].") for key in answers)
        if more in answers or not begun:
            yield more, repeat.again
        if not begun and not _oui(answers.get(more)):
            return
    for nth in range(repeat.most):
        entry = f"{place}[{nth}]."
        yield from _walk(repeat.steps, answers, entry, seen)
        if nth == repeat.most - 1:
            return
        yield entry + "again", repeat.again
        if not _oui(answers.get(entry + "again")):
            return


def _oui(kept: Kept | None) -> bool:
    return kept is not None and kept.value == "oui"


# --- lines ---


def _lined(asked: Question, key: Key, answers: Mapping[Key, Kept]) -> Question:
    """The question with the lines that its author's words give; none while there are no such words."""
    if not isinstance(asked.answer, Lines):
        return asked
    source, mine = _beside(asked.answer.of, key, answers), answers.get(key)
    text = source.value if source and isinstance(source.value, str) else ""
    offer = lines.offered(text, mine.value if mine else None)
    return replace(asked, answer=replace(asked.answer, lines=offer))


def _ticks(repeat: Repeat, key: Key, answers: Mapping[Key, Kept]) -> dict[int, str]:
    """The lines that open entries of the repeat; none when the question was passed."""
    kept = _beside(repeat.each, key, answers) if repeat.each else None
    return lines.ticks(kept.value) if kept and kept.how in ("said", "to_check") else {}


def _beside(id: str, key: Key, answers: Mapping[Key, Kept]) -> Kept | None:
    """The answer to the question `id` that stands in the same entry as `key`, or in the nearest one around it."""
    while True:
        key = key.rpartition(".")[0]
        found = answers.get(f"{key}.{id}" if key else id)
        if found is not None or not key:
            return found


def _repeat(flow: Flow, place: str) -> Repeat | None:
    steps: tuple[Step, ...] = flow.steps
    found: Step | None = None
    for part in place.split("."):
        found = _find(steps, part.partition("[")[0])
        if not isinstance(found, Repeat):
            return None
        steps = found.steps
    return found if isinstance(found, Repeat) else None


# --- names ---


def _holds(when: When, seen: Mapping[str, Key], answers: Mapping[Key, Kept]) -> bool:
    return all(_accepted(answers.get(seen.get(id, "")), accepted) for id, accepted in when.items())


def _accepted(kept: Kept | None, accepted: frozenset[str]) -> bool:
    if kept is None or kept.how != "said":
        return False
    values = kept.value if isinstance(kept.value, list) else [kept.value]
    return any(str(value) in accepted for value in values)


def _find(steps: tuple[Step, ...], id: str) -> Step | None:
    for step in steps:
        if isinstance(step, Section):
            inside = _find(step.steps, id)
            if inside:
                return inside
        elif step.id == id:
            return step
    return None
