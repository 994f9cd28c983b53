"""What a text says of danger, read from a lexicon that a clinician can correct: no model, no network, no memory.

Knows nothing of who wrote it nor of what is then done. In doubt it answers the higher level.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from flows.spelling import COMMA, STOP, readings, tokens
from flows.wording import LEAST, Turn

SEEN = re.compile(r"[^ ]")

REACH = 16
"""Words around an anchor in which its turn of phrase is looked for."""


NEARBY = 4
"""Words before a « no » among which a doubt undoes it."""

TOGETHER = 240
"""Characters of a stretch of text; weak signs of one stretch or of the next are read together: forty words or so."""


class Level(IntEnum):
    """R0 nothing; R1 exhaustion; R2 harassment, violence, acute malaise; R3 suicide, self-harm, immediate danger."""

    R0 = 0
    R1 = 1
    R2 = 2
    R3 = 3


@dataclass(frozen=True, slots=True)
class Rule:
    """`level`: what finding the turn means; `hides`: its words are then read by nothing below it.

    `sign`: the family of a weak sign, which means nothing unless one of another family stands near.
    """

    turn: Turn
    level: Level
    hides: bool
    sign: str = ""


@dataclass(frozen=True, slots=True)
class Denials:
    """« carriers negators links… turn » says that the turn is not so, unless one of `doubts` comes before.

    `returns` in the rest of a sentence say that what is told of the past is back.
    """

    negators: frozenset[str]
    carriers: frozenset[str]
    links: frozenset[str]
    doubts: frozenset[str]
    returns: frozenset[str]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The rules in reading order, found again by their rarest words; `show`: whom to call, by level."""

    rules: tuple[Rule, ...]
    denials: Denials
    spellings: Mapping[str, tuple[str, ...]]
    show: Mapping[Level, tuple[str, ...]]
    words: frozenset[str] = frozenset()
    anchors: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    starts: Mapping[str, tuple[tuple[str, tuple[int, ...]], ...]] = field(default_factory=dict)


def level(lexicon: Lexicon, text: str) -> Level:
    """How grave what is written is, whatever the string; all of it is read, in time proportional to its length."""
    worst = Level.R0
    for reading in readings(text):
        worst = max(worst, _level(lexicon, tokens(reading, lexicon.spellings, lexicon.words)))
    return worst


def _level(lexicon: Lexicon, words: list[str]) -> Level:
    words = [STOP, *words, STOP]
    met = _met(lexicon, words)
    if not met:
        return Level.R0
    present, starts = set(words), [0]
    for word in words:
        starts.append(starts[-1] + len(word) + 1)
    line, worst, signs = "".join(f" {word}" for word in words) + " ", Level.R0, _Signs()
    for at in sorted(met):
        rule = lexicon.rules[at]
        if (rule.level <= worst and not rule.hides) or any(map(present.isdisjoint, rule.turn.needs)):
            continue
        for found in _found(rule, line, starts, met[at]):
            denied = not rule.hides and _denied(lexicon.denials, line, found.start())
            if not denied and (not rule.sign or signs.joined(rule.sign, found)):
                worst = max(worst, rule.level)
            if denied or (rule.hides and not (rule.level == Level.R2 and _returns(lexicon.denials, line, found))):
                line = line[: found.start()] + SEEN.sub("_", found[0]) + line[found.end() :]
    return worst


class _Signs:
    """The weak signs met so far in one text: one of each family in every stretch of it, however long it is."""

    def __init__(self) -> None:
        self.met: dict[int, dict[str, tuple[int, int]]] = {}

    def joined(self, family: str, found: re.Match[str]) -> bool:
        """Adds it; whether one of another family stands near, in other words."""
        start, end = found.span()
        stretch = start // TOGETHER
        self.met.setdefault(stretch, {}).setdefault(family, (start, end))
        return any(
            name != family and (at >= end or to <= start)
            for each in (stretch - 1, stretch, stretch + 1)
            for name, (at, to) in self.met.get(each, {}).items()
        )


def _met(lexicon: Lexicon, words: list[str]) -> dict[int, list[int]]:
    """The rules whose anchor is among the words, each with where it stands."""
    met: dict[int, list[int]] = {}
    for at, word in enumerate(words):
        for rule in lexicon.anchors.get(word, ()):
            met.setdefault(rule, []).append(at)
        for start, rules in lexicon.starts.get(word[:LEAST], ()):
            if word.startswith(start):
                for rule in rules:
                    met.setdefault(rule, []).append(at)
    return met


def _found(rule: Rule, line: str, starts: list[int], anchors: list[int]) -> Iterator[re.Match[str]]:
    """Every place of the turn, looked for around its anchors only."""
    spans: list[tuple[int, int]] = []
    for at in anchors:
        low, high = max(0, at - REACH), min(len(starts) - 1, at + REACH + 1)
        if spans and low <= spans[-1][1]:
            spans[-1] = (spans[-1][0], high)
        else:
            spans.append((low, high))
    for low, high in spans:
        yield from rule.turn.finds.finditer(line, starts[low], starts[high] + 1)


def _returns(denials: Denials, line: str, found: re.Match[str]) -> bool:
    """Whether the rest of the sentence says that what was far away is back."""
    end = line.find(f" {STOP} ", found.end())
    return not denials.returns.isdisjoint(line[found.start() : end].split())


def _denied(denials: Denials, line: str, start: int) -> bool:
    """Whether the words right before say no; a comma or a verb in between, and they speak of something else."""
    if line.startswith(f" {STOP} ", start):
        return False
    before = line[max(0, start - 160) : start].split()
    while before and before[-1] in denials.links:
        before.pop()
    if not before or before.pop() not in denials.negators or not denials.doubts.isdisjoint(before[-NEARBY:]):
        return False
    return not before or before[-1] in (STOP, COMMA) or before[-1] in denials.carriers
