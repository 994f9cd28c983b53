"""Conditions of a flow's steps: which earlier answers they wait for, and whether any road leads there.

The format has no goto, and its one loop, the repeat, waits for an answer at each turn: every road goes down and ends.
A step can only be out of reach by a condition that nothing fulfils, which is told here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from flows.kinds import values
from flows.model import Answer, Choice, Rank, Scale, When
from flows.notation import SCALE
from flows.page import Leaf, Mark, Node, Page, Series
from flows.sheet import rows, unknown, words


@dataclass(frozen=True, slots=True)
class Need:
    """The answers to one question that lead to a step; `one`: the question has a single answer."""

    values: frozenset[str]
    one: bool


Needs: TypeAlias = Mapping[str, Need]
"""What must have been answered for a road to pass: question -> need. Of several answers, what was asked last."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that stands before, under a name no other has; its answer is None when its kind could not be read.

    `apart`: what is said there is private, or is not said in the chat.
    """

    key: str
    answer: Answer | None
    needs: Needs
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """Names met so far where a step stands: a repeat's own first, then those outside it."""

    outer: "Scope | None" = None
    inside: str = ""
    asked: dict[str, Asked] = field(default_factory=dict)
    taken: dict[str, str] = field(default_factory=dict)

    def before(self) -> dict[str, Asked]:
        """Every question that stands before."""
        return {**(self.outer.before() if self.outer else {}), **self.asked}

    def ask(self, id: str, answer: Answer | None, needs: Needs, apart: bool = False) -> None:
        self.asked[id] = Asked(f"{self.inside}{id}", answer, needs, apart)

    def take(self, page: Page, at: Mark, id: str, what: str) -> None:
        """Gives a name to a step; a name is given once."""
        if id in self.taken:
            page.fault(at, f"« {id} » est déjà le nom d'une autre étape ({self.taken[id]})", "un autre identifiant")
        self.taken.setdefault(id, f"{what}, ligne {at.line}")


def conditions(page: Page, node: Node | None, scope: Scope, needs: Needs) -> tuple[When, Needs]:
    """`{crise: [oui]}`: questions that stand before, which of their values are accepted, and all that this implies."""
    before = scope.before()
    found: dict[str, frozenset[str]] = {}
    for key, value in rows(page, node, "« {question: [valeur]} »"):
        if key.text in before:
            asked = before[key.text]
            found[key.text] = _accepted(page, key, value, asked.answer)
            if found[key.text]:
                needs = _added(page, key, asked, found[key.text], needs)
        else:
            unknown(page, key.mark, "aucune question posée plus haut ne s'appelle", key.text, sorted(before))
    return found, needs


def covered(needs: Needs, by: Needs) -> bool:
    """Whether whoever comes by a place that needs `by` also meets `needs`."""
    return all(id in by and by[id].values <= need.values for id, need in needs.items())


def _added(page: Page, key: Leaf, asked: Asked, accepted: frozenset[str], needs: Needs) -> Needs:
    """What is needed once this condition holds too: its question must have been asked, and answered so."""
    one = isinstance(asked.answer, Choice | Scale) or (isinstance(asked.answer, Rank) and asked.answer.keep == 1)
    merged = dict(needs)
    for id, need in {**asked.needs, asked.key: Need(accepted, one)}.items():
        held = merged.get(id, need)
        both = held.values & need.values
        if need.one and not both:
            _impossible(page, key, id, held.values, need, asked)
        merged[id] = Need(both, need.one) if both else held if need.one else need
    return merged


def _impossible(page: Page, key: Leaf, id: str, held: frozenset[str], need: Need, asked: Asked) -> None:
    here, there = ", ".join(sorted(held)), ", ".join(sorted(need.values))
    if id == asked.key:
        what = f"cette étape ne viendra jamais : ici, « {key.text} » vaut déjà {here}"
        return page.fault(key.mark, what, f"une de ces valeurs : {here} ; ou l'étape dans une autre section")
    what = f"cette étape ne viendra jamais : « {key.text} » n'est posée que si « {id} » vaut {there}, et ici {here}"
    page.fault(key.mark, what, "une question posée sur ce chemin")


def _accepted(page: Page, key: Leaf, value: Node, asked: Answer | None) -> frozenset[str]:
    nodes = value.items if isinstance(value, Series) else (value,)
    if not nodes:
        page.fault(value.mark, "aucune valeur acceptée", f"« {key.text}: [valeur] »")
    if asked is None:
        return frozenset()
    return accepted(page, key, nodes, asked)


def accepted(page: Page, key: Leaf, nodes: tuple[Node, ...], asked: Answer) -> frozenset[str]:
    """The values named in a condition on a question, each one that question's own."""
    known = values(asked)
    if known is None:
        page.fault(key.mark, f"la réponse à « {key.text} » n'est pas un choix", "une question à choix ou une échelle")
        return frozenset()
    return frozenset(one for node in nodes for one in _value(page, node, asked, known))


def _value(page: Page, node: Node, asked: Answer, known: tuple[str, ...]) -> tuple[str, ...]:
    text = words(page, node, "une valeur de la question")
    span = SCALE.fullmatch(text)
    if isinstance(asked, Scale) and span:
        wanted = tuple(str(n) for n in range(int(span[1]), int(span[2]) + 1))
        if wanted and set(wanted) <= set(known):
            return wanted
    if text.strip() and text not in known:
        unknown(page, node.mark, "la question n'a pas de valeur", text, known)
    return (text,)
