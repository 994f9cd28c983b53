"""A flow in other words: whether two versions ask the same things, and one of them said in the words of the other.

Knows what a step asks and what it says; knows no answer and nobody.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TypeAlias, assert_never

from flows.model import (
    Answer,
    Capsule,
    Card,
    Choice,
    Choices,
    Date,
    Flow,
    Items,
    Key,
    Lines,
    Media,
    Number,
    Question,
    Rank,
    Repeat,
    Scale,
    Section,
    Sort,
    Step,
    Text,
    When,
)

Bones: TypeAlias = tuple[object, ...]
"""What is left of a value once its words are gone: only ever compared with another."""

ENTRY = re.compile(r"\[[0-9]+\]")


def same_shape(old: Flow, new: Flow) -> bool:
    """Whether `new` differs from `old` by its words only: answers and places mean the same in both.

    Words are titles, texts, reasons, examples, labels, a capsule's prose and source, and the minutes announced. All
    else counts: ids and their order, buttons and their order, bounds and units, conditions, reminders, repeats.
    """
    return old.id == new.id and _steps(old.steps) == _steps(new.steps)


def same_question(old: Question, new: Question) -> bool:
    """Whether an answer, whole or begun, means the same to both; when they are asked, and in what words, is apart."""
    return old.sensitivity == new.sensitivity and bones(old.answer) == bones(new.answer)


def reworded(old: Flow, new: Flow, shown: Collection[Key]) -> Flow:
    """`old`, its id and version kept, in the words of `new` but for the steps that this person has already seen.

    `shown` holds keys of steps, or their ids outside a repeat; a step of a repeat seen in one entry keeps its words in
    all. Raises ValueError unless the two have the same shape.
    """
    if not same_shape(old, new):
        raise ValueError(f"{old.id}: another shape, not other words")
    seen = frozenset(ENTRY.sub("", key) for key in shown)
    steps = _worded(old.steps, new.steps, seen, "")
    return replace(old, title=new.title, minutes=new.minutes, steps=steps)


def keeping(flow: Flow, key: Key, shown: Question) -> Flow:
    """`flow`, its version kept, with the words of `shown` at the question of `key`: the ones that were read there.

    Raises ValueError unless the two questions are the same but for their words.
    """
    return replace(flow, steps=tuple(_keeping(step, ENTRY.sub("", key), shown, "") for step in flow.steps))


def _keeping(step: Step, place: Key, shown: Question, within: str) -> Step:
    match step:
        case Section(steps=steps):
            return replace(step, steps=tuple(_keeping(each, place, shown, within) for each in steps))
        case Repeat(id=id, steps=steps, again=again):
            inner = f"{within}{id}."
            found = _spoken(again, shown) if f"{inner}again" == place else again
            return replace(step, steps=tuple(_keeping(each, place, shown, inner) for each in steps), again=found)
        case Question(id=id) if within + id == place:
            return _spoken(step, shown)
        case _:
            return step


def _spoken(asked: Question, shown: Question) -> Question:
    if not same_question(shown, asked):
        raise ValueError(f"{asked.id}: another question, not other words")
    return replace(asked, text=shown.text, why=shown.why, example=shown.example, answer=shown.answer)


def _worded(old: tuple[Step, ...], new: tuple[Step, ...], seen: Collection[Key], within: str) -> tuple[Step, ...]:
    return tuple(_step(was, now, seen, within) for was, now in zip(old, new, strict=True))


def _step(was: Step, now: Step, seen: Collection[Key], within: str) -> Step:
    match was, now:
        case Section(), Section():
            return replace(was, steps=_worded(was.steps, now.steps, seen, within))
        case Repeat(id=id), Repeat():
            inner = f"{within}{id}."
            again = was.again if f"{inner}again" in seen else now.again
            return replace(was, steps=_worded(was.steps, now.steps, seen, inner), again=again)
        case ((Capsule(id=id) | Question(id=id)), _):
            return was if within + id in seen else now
        case _:
            raise ValueError("steps of two kinds")


# --- bones -----------------------------------------------------------------------------------


def _steps(steps: tuple[Step, ...]) -> Bones:
    return tuple(step_bones(step) for step in steps)


def step_bones(step: Step) -> Bones:
    """A step without its words."""
    match step:
        case Capsule(id=id, when=when, role=role):
            return ("capsule", id, _when(when), role)
        case Question(id=id, answer=answer, remind=remind, private=private, when=when, sensitivity=sensitivity):
            return ("question", id, bones(answer), remind, private, _when(when), sensitivity)
        case Section(steps=steps, when=when):
            return ("section", _steps(steps), _when(when))
        case Repeat(id=id, steps=steps, again=again, most=most, when=when, each=each):
            return ("repeat", id, _steps(steps), step_bones(again), most, _when(when), each)
        case _ as never:
            assert_never(never)


def bones(answer: Answer) -> Bones:
    """A kind of answer without its words: what may be answered, and in which order it is offered."""
    match answer:
        case Text(long=long):
            return ("text", long)
        case Choice(options=options):
            return ("choice", *options)
        case Choices(options=options, most=most):
            return ("choices", most, *options)
        case Scale(low=low, high=high):
            return ("scale", low, high)
        case Number(unit=unit, low=low, high=high):
            return ("number", unit, low, high)
        case Date():
            return ("date",)
        case Sort(cards=cards, piles=piles):
            return ("sort", _ids(cards), tuple(piles))
        case Rank(cards=cards, keep=keep):
            return ("rank", _ids(cards), keep)
        case Items(most=most, least=least):
            return ("items", least, most)
        case Media(kinds=kinds):
            return ("media", kinds)
        case Lines(of=of, most=most):
            return ("lines", of, most)
        case _ as never:
            assert_never(never)


def _ids(cards: tuple[Card, ...]) -> tuple[str, ...]:
    return tuple(card.id for card in cards)


def _when(when: When) -> Mapping[str, frozenset[str]]:
    return dict(when)
