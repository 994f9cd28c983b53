"""What changed between two versions of the content, as values: which items, and what in each of them.

Knows what a content is made of; what differs between two values of one sort is `flows.differences`' business.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

from flows import inventory, trust
from flows.differences import (
    Detail,
    Texts,
    capsule_details,
    details,
    flow_details,
    number_details,
    phrase_details,
)
from flows.discovery import Discovery, Format
from flows.distress import Lexicon
from flows.model import Capsule, Flow, Programme
from flows.rewording import same_shape
from flows.source import Deck, Helpline

Part: TypeAlias = Literal[
    "flow", "capsule", "deck", "programme", "phrases", "numbers", "lexicon", "consent", "notice", "discovery", "format",
    "inventory",
]  # fmt: skip
"""What an item of the content is. Phrases, numbers and each of the pages are one item."""

Extent: TypeAlias = Literal["new", "removed", "wording", "structure"]
"""`wording`: other words only; of a flow, that answers and places mean the same (`flows.rewording.same_shape`).

A consent or a notice in other words is another version of it, hence `structure`: it is put to people again.
"""


@dataclass(frozen=True, slots=True)
class Change:
    """An item that is not the same. `title` is its newest; details are those of what was there and still is."""

    part: Part
    id: str
    title: str
    extent: Extent
    details: tuple[Detail, ...] = ()


class Phrases(Protocol):
    @property
    def texts(self) -> Texts: ...


class Content(Protocol):
    """All that is compared: one version of the content, read whole."""

    @property
    def flows(self) -> Mapping[str, Flow]: ...
    @property
    def capsules(self) -> Mapping[str, Capsule]: ...
    @property
    def decks(self) -> Mapping[str, Deck]: ...
    @property
    def programmes(self) -> Mapping[str, Programme]: ...
    @property
    def phrases(self) -> Phrases: ...
    @property
    def numbers(self) -> tuple[Helpline, ...]: ...
    @property
    def lexicon(self) -> Lexicon: ...
    @property
    def consents(self) -> Mapping[str, trust.Consent]: ...
    @property
    def notice(self) -> trust.Notice: ...
    @property
    def discovery(self) -> Discovery | None: ...
    @property
    def formats(self) -> tuple[Format, ...]: ...
    @property
    def inventory(self) -> inventory.Inventory | None: ...


def changes(old: Content, new: Content) -> tuple[Change, ...]:
    """Every item that is not the same in both, by part in the order of `Part`, then as the newest content has them."""
    return tuple(_changes(old, new))


# --- items -----------------------------------------------------------------------------------


def _changes(old: Content, new: Content) -> Iterator[Change]:
    yield from _items("flow", old.flows, new.flows)
    yield from _items("capsule", old.capsules, new.capsules)
    yield from _items("deck", old.decks, new.decks)
    yield from _items("programme", old.programmes, new.programmes)
    yield from _one("phrases", old.phrases.texts, new.phrases.texts)
    yield from _one("numbers", old.numbers, new.numbers)
    yield from _one("lexicon", old.lexicon, new.lexicon)
    yield from _items("consent", old.consents, new.consents)
    yield from _one("notice", old.notice, new.notice)
    yield from _one("discovery", old.discovery, new.discovery)
    yield from _items("format", {each.id: each for each in old.formats}, {each.id: each for each in new.formats})
    yield from _one("inventory", old.inventory, new.inventory)


def _one(part: Part, old: object, new: object) -> Iterator[Change]:
    yield from _items(part, {} if old is None else {"": old}, {} if new is None else {"": new})


def _items(part: Part, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for id, item in new.items():
        if id not in old:
            yield Change(part, id, _title(item), "new")
        elif old[id] != item and (found := _details(part, old[id], item)):
            yield Change(part, id, _title(item), _extent(old[id], item, found), found)
    for id, item in old.items():
        if id not in new:
            yield Change(part, id, _title(item), "removed")


def _title(item: object) -> str:
    return str(getattr(item, "title", ""))


def _extent(old: object, new: object, found: Sequence[Detail]) -> Extent:
    if isinstance(old, Flow) and isinstance(new, Flow):
        return "wording" if same_shape(old, new) else "structure"
    return "wording" if all(detail.words for detail in found) else "structure"


def _details(part: Part, old: Any, new: Any) -> tuple[Detail, ...]:
    """The differences of two values of one part; none when they only stand elsewhere in their file."""
    match part:
        case "flow":
            return flow_details(old, new)
        case "capsule":
            return capsule_details(old, new)
        case "phrases":
            return phrase_details(old, new)
        case "numbers":
            return number_details(old, new)
        case "lexicon":
            return (Detail("lexicon", "", "", "changed"),)
        case _:
            return details(part, old, new)
