"""What differs between two values of the content: a step that is new, a word in a question, the hour of an envoi.

Keys are those that an author writes, and so is what stood there; how a difference is told in French is not known here.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias

from flows import inventory, trust
from flows.discovery import Leaflet, Panel, Talk
from flows.handwriting import written
from flows.model import (
    Answer,
    Capsule,
    Card,
    Choice,
    Choices,
    Envoi,
    Flow,
    Phase,
    Programme,
    Question,
    Rank,
    Repeat,
    Scale,
    Section,
    Session,
    Sort,
    Step,
)
from flows.page import Mark
from flows.redline import Segment, redline
from flows.rewording import bones, same_shape
from flows.source import Helpline

Of: TypeAlias = Literal[
    "flow", "capsule", "question", "repeat", "option", "deck", "card", "programme", "phase", "session", "envoi",
    "phrase", "number", "lexicon", "consent", "notice", "part", "discovery", "leaflet", "format", "inventory", "row",
]  # fmt: skip
"""What within an item a detail is about."""

How: TypeAlias = Literal["added", "removed", "moved", "changed"]

LISTS: Mapping[type[Any], Of] = {
    Phase: "phase", Session: "session", Envoi: "envoi", Card: "card", Leaflet: "leaflet", trust.Part: "part",
    inventory.Part: "part", inventory.Row: "row",
}  # fmt: skip
"""What stands in lists under an id of its own."""

PROSE = frozenset({
    "title", "text", "why", "example", "label", "source", "minutes", "goal", "button", "summary", "ask", "note", "what",
    "withdrawn",
})  # fmt: skip
"""Keys that hold words for people, and change nothing else."""

Texts: TypeAlias = Mapping[str, str | Mapping[str, str]]
Name: TypeAlias = tuple[Of, str, int]


@dataclass(frozen=True, slots=True)
class Detail:
    """One difference: of the `key` of what stands at `where` (a step's path, an id; "" for the item itself).

    `key` is the author's own (`text`, `when`, `remind`, `answer` for the kind of answer); it is empty for what was
    added, removed or moved as a whole. `old` and `new` are as an author writes them, "" where nothing stood; of what
    was moved, what stands just before it. `words`: nothing but words changed.

    Three tell no more than that: `capsule` and `cards` of a flow, words of another file, whose own change tells which;
    `steps`, sections that are nested otherwise. So does the one detail of a lexicon.
    """

    of: Of
    where: str
    key: str
    how: How
    old: str = ""
    new: str = ""
    words: bool = False

    @property
    def segments(self) -> tuple[Segment, ...]:
        """From `old` to `new`, word by word; nothing where they are not two wordings of one thing."""
        return redline(self.old, self.new) if self.how == "changed" else ()


def flow_details(old: Flow, new: Flow) -> tuple[Detail, ...]:
    """What differs between two versions of one flow: steps in the new order, then those that are gone.

    All details are of words if and only if the two have the same shape.
    """
    found = [
        *_field("flow", "", "title", old.title, new.title),
        *_field("flow", "", "minutes", old.minutes, new.minutes),
        *_listed(_stops(old.steps), _stops(new.steps)),
    ]
    nested = all(detail.words for detail in found) and not same_shape(old, new)
    return (*found, *([Detail("flow", "", "steps", "changed")] if nested else []))


def capsule_details(old: Capsule, new: Capsule) -> tuple[Detail, ...]:
    """What differs between two versions of a capsule; its bubbles are one text, parted as its author parts them."""
    one, other = ("\n\n***\n\n".join(each.bubbles) for each in (old, new))
    return (
        *_field("capsule", "", "title", old.title, new.title),
        *_field("capsule", "", "text", one, other),
        *_field("capsule", "", "source", old.source, new.source),
        *_field("capsule", "", "role", old.role, new.role),
    )


def phrase_details(old: Texts, new: Texts) -> tuple[Detail, ...]:
    """What differs between two collections of phrases, whose order means nothing."""
    return tuple(_listed(_phrases(old), _phrases(new), ordered=False))


def number_details(old: Iterable[Helpline], new: Iterable[Helpline]) -> tuple[Detail, ...]:
    """What differs between two lists of numbers to call."""
    return tuple(_listed(_numbers(old), _numbers(new)))


def details(of: Of, old: object, new: object) -> tuple[Detail, ...]:
    """What differs between two values of one class, key by key; none when they only stand elsewhere in their file."""
    return tuple(_fields(of, "", old, new))


# --- what stands in a list -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Stop:
    """Something with a name, in a list; a step with the conditions of all the sections it stands in."""

    of: Of
    where: str
    value: Any
    when: str = ""


Named: TypeAlias = Mapping[Name, _Stop]


def _phrases(texts: Texts) -> "Iterator[_Stop]":
    for key, text in texts.items():
        yield _Stop("phrase", key, text if isinstance(text, str) else "\n".join(text.values()))


def _numbers(numbers: Iterable[Helpline]) -> "Iterator[_Stop]":
    return (_Stop("number", each.number, each) for each in numbers)


def _named(stops: Iterable[_Stop]) -> Named:
    """By kind and name, and which one of that name: a capsule may be met on several branches."""
    met: Counter[tuple[Of, str]] = Counter()
    found: dict[Name, _Stop] = {}
    for stop in stops:
        found[stop.of, stop.where, met[stop.of, stop.where]] = stop
        met[stop.of, stop.where] += 1
    return found


def _listed(old: Iterable[_Stop], new: Iterable[_Stop], ordered: bool = True) -> Iterator[Detail]:
    was, now = _named(old), _named(new)
    moved = _moved(list(was), list(now)) if ordered else frozenset()
    before, after = _neighbours(was), _neighbours(now)
    for name, stop in now.items():
        if name not in was:
            yield Detail(stop.of, stop.where, "", "added", new=_said(stop))
            continue
        if name in moved:
            yield Detail(stop.of, stop.where, "", "moved", before[name], after[name])
        yield from _stop(was[name], stop)
    for name, stop in was.items():
        if name not in now:
            yield Detail(stop.of, stop.where, "", "removed", old=_said(stop))


def _neighbours(named: Named) -> Mapping[Name, str]:
    """What stands just before each, "" before the first."""
    before = ["", *(stop.where for stop in named.values())]
    return dict(zip(named, before, strict=False))


def _moved(old: Sequence[Any], new: Sequence[Any]) -> frozenset[Any]:
    """The fewest that must change places: those outside a longest run that both have in the same order."""
    places = {name: at for at, name in enumerate(old)}
    common = [name for name in new if name in places]
    tails: list[int] = []
    lengths: list[int] = []
    for name in common:
        at = bisect_left(tails, places[name])
        tails[at : at + 1] = [places[name]]
        lengths.append(at)
    kept: set[Any] = set()
    wanted = len(tails) - 1
    limit = len(old)
    for name, length in zip(reversed(common), reversed(lengths), strict=True):
        if length == wanted and places[name] < limit:
            kept.add(name)
            wanted, limit = wanted - 1, places[name]
    return frozenset(common) - kept


def _said(stop: _Stop) -> str:
    match stop.value:
        case Question(text=text):
            return text
        case Repeat(again=again):
            return again.text
        case Capsule(title=title):
            return title
        case value:
            return written(value)


def _stop(was: _Stop, now: _Stop) -> Iterator[Detail]:
    yield from _field(now.of, now.where, "when", was.when, now.when)
    match was.value, now.value:
        case Question() as old, Question() as new:
            yield from _question(now.where, old, new)
        case Capsule() as old, Capsule() as new:
            yield from _field("capsule", now.where, "role", old.role, new.role)
            if (old.title, old.bubbles, old.source) != (new.title, new.bubbles, new.source):
                yield Detail("capsule", now.where, "capsule", "changed", old.title, new.title, True)
        case Repeat() as old, Repeat() as new:
            yield from _field("repeat", now.where, "most", old.most, new.most)
            yield from _field("repeat", now.where, "each", old.each, new.each)
            yield from _question(f"{now.where}.again", old.again, new.again)
        case str(), str():
            yield from _field(now.of, now.where, "text", was.value, now.value)
        case _:
            yield from _fields(now.of, now.where, was.value, now.value)


# --- what one thing says ---------------------------------------------------------------------


def _field(of: Of, where: str, key: str, old: object, new: object) -> Iterator[Detail]:
    """The difference of one key, if there is one; places in the file are none."""
    was, now = written(old), written(new)
    if was != now:
        words = key in PROSE or (of == "discovery" and isinstance(new, str))
        yield Detail(of, where, key, "changed", was, now, words)


def _fields(of: Of, where: str, old: Any, new: Any) -> Iterator[Detail]:
    """The differences of two values of one class, key by key, lists item by item."""
    for field in fields(new):
        was, now = getattr(old, field.name), getattr(new, field.name)
        if was == now or not field.compare or isinstance(now, Mark) or field.name in _derived(new):
            continue
        inside = f"{where}.{field.name}" if where else field.name
        if isinstance(now, tuple) and {type(each) for each in (*was, *now)} <= LISTS.keys():
            yield from _listed(_standing(was), _standing(now))
        elif isinstance(now, Panel | Talk):
            yield from _fields(of, inside, was, now)
        else:
            yield from _field(of, where, field.name, was, now)


def _standing(values: Iterable[Any]) -> Iterator[_Stop]:
    return (_Stop(LISTS[type(each)], each.id, each) for each in values)


def _derived(value: object) -> frozenset[str]:
    """Digests, and the name of the file."""
    if isinstance(value, inventory.Inventory):
        return frozenset({"file"})
    return frozenset({"version"}) if isinstance(value, Programme) else frozenset()


def _question(where: str, old: Question, new: Question) -> Iterator[Detail]:
    for key in ("text", "why", "example", "private", "sensitivity"):
        yield from _field("question", where, key, getattr(old, key), getattr(new, key))
    if old.remind != new.remind:
        yield Detail("question", where, "remind", "changed", written(old.remind) or "non", written(new.remind) or "non")
    yield from _answer(where, old.answer, new.answer)


def _answer(where: str, old: Answer, new: Answer) -> Iterator[Detail]:
    if bones(old) != bones(new):
        yield Detail("question", where, "answer", "changed", written(old), written(new))
        return
    was, now = _labels(old), _labels(new)
    for id in {**was, **now}:
        yield from _field("option", f"{where}.{id}", "label", was.get(id, ""), now.get(id, ""))
    if isinstance(old, Sort | Rank) and isinstance(new, Sort | Rank) and old.cards != new.cards:
        yield Detail("question", where, "cards", "changed", words=True)


def _labels(answer: Answer) -> Mapping[Any, str]:
    match answer:
        case Choice(options=labels) | Choices(options=labels) | Scale(labels=labels) | Sort(piles=labels):
            return labels
        case _:
            return {}


def _stops(steps: Iterable[Step], within: str = "", when: str = "") -> Iterator[_Stop]:
    """All the steps in order, those of a repeat after it; a section is the condition of what stands in it."""
    for step in steps:
        whole = " ; ".join(filter(None, (when, written(dict(sorted(step.when.items()))))))
        match step:
            case Capsule(id=id):
                yield _Stop("capsule", within + id, step, whole)
            case Question(id=id):
                yield _Stop("question", within + id, step, whole)
            case Repeat(id=id):
                yield _Stop("repeat", within + id, step, whole)
                yield from _stops(step.steps, f"{within}{id}.")
            case Section():
                yield from _stops(step.steps, within, whole)
