"""What of the contents nobody will ever receive: each is worth a warning, and does no harm.

Knows ids and what names them, not the files they stand in.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from flows.model import Capsule, Card, Flow, Programme, Question, Rank, Repeat, Section, Sort, Step

LONE = "capsule:"
"""A capsule sent by itself is the flow of this name."""


DESK = frozenset({"question-du-coach"})
"""Modules that a coach's desk sends by itself."""


@dataclass(frozen=True, slots=True)
class Idle:
    """Which of them, and what to tell their author."""

    ids: frozenset[str]
    what: str
    instead: str


def modules(flows: Iterable[str], programmes: Iterable[Programme]) -> Idle:
    return _idle(flows, _sent(programmes) | DESK, "un module que rien n'envoie", "un envoi qui le nomme, ou retirez-le")


def capsules(ids: Iterable[str], flows: Iterable[Flow], programmes: Iterable[Programme]) -> Idle:
    read = {step.id for flow in flows for step in _every(flow.steps) if isinstance(step, Capsule)}
    lone = {id.removeprefix(LONE) for id in _sent(programmes) if id.startswith(LONE)}
    return _idle(ids, read | lone, "une capsule que rien n'emploie", "un module qui la nomme, ou retirez-la")


def decks(cards: Mapping[str, tuple[Card, ...]], flows: Iterable[Flow]) -> Idle:
    """A flow knows a deck by its cards."""
    asked = [step.answer for flow in flows for step in _every(flow.steps) if isinstance(step, Question)]
    laid = {answer.cards for answer in asked if isinstance(answer, Sort | Rank)}
    used = [id for id, these in cards.items() if these in laid]
    return _idle(cards, used, "un jeu de cartes que rien n'emploie", "une question qui le nomme, ou retirez-le")


def _idle(ids: Iterable[str], used: Iterable[str], what: str, instead: str) -> Idle:
    return Idle(frozenset(ids) - frozenset(used), what, instead)


def _sent(programmes: Iterable[Programme]) -> set[str]:
    return {id for made in programmes for id in (made.welcome, made.first, *(envoi.flow for envoi in made.envois))}


def _every(steps: Iterable[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        if isinstance(step, Section | Repeat):
            yield from _every(step.steps)
