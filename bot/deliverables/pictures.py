"""The pictures that documents hold, drawn from a person's own words. Knows answers, not how a shape is drawn.

A picture shows the beginning of long words; its description holds them whole, as do the words beside it.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from bot.conversation.house import House
from bot.deliverables.answers import Answers, Entry, Found
from bot.documents import leaflet
from bot.documents.boat import Boat, boat
from bot.documents.canvas import Label
from bot.documents.compass import Kept, Value, compass
from bot.documents.itinerary import Bend, itinerary
from bot.documents.tree import Branch, Tree, tree
from flows.deliverables import Picture
from flows.model import Choice

Spoken = Callable[[Found], str]
"""How an answer may be quoted where the picture goes."""

PARTS: Final = ("ile", "vent", "equipage", "ancres", "recifs")
"""Of the boat: the questions of its module."""

STATES: Final[Mapping[Any, Kept]] = {"respectee": "kept", "empechee": "hindered", "deux": "both"}
VALUES: Final = 5
OPEN: Final = ("document_route_open_1", "document_route_open_2", "document_route_open_3")
"""A road with nothing on it yet."""


def drawn(picture: Picture, answers: Answers, flow: str, spoken: Spoken) -> Iterator[leaflet.Picture]:
    """Nothing while the module has no answer, but for the road: it waits, open."""
    yield from _Pictures(answers, flow, spoken).of(picture)


class _Pictures:
    def __init__(self, answers: Answers, flow: str, spoken: Spoken) -> None:
        self.answers, self.flow, self.spoken = answers, flow, spoken
        self.house: House = answers.house

    def of(self, picture: Picture) -> Iterator[leaflet.Picture]:
        match picture:
            case "bateau":
                yield from self._boat()
            case "arbre":
                yield from self._tree()
            case "boussole":
                yield from self._compass()
            case "route":
                yield from self._route()

    def _say(self, key: str, **fields: Any) -> str:
        return self.house.speech.phrases.say(f"document_{key}", **fields).strip()

    def _entries(self, entries: str) -> list[Entry]:
        return self.answers.entries(self.flow, entries)

    def _any(self, entry: Entry, questions: tuple[str, ...]) -> bool:
        return any(self._words(entry, question) for question in questions)

    def _words(self, entry: Entry, question: str) -> str:
        found = entry.answers.get(question)
        return self.spoken(found) if found else ""

    def _about(self, intro: str, rows: list[tuple[str, str]]) -> str:
        """What a picture shows, each thing on its line, all of its words."""
        return "\n".join([intro, *(self._say("picture_pair", title=a, words=b) if a and b else a or b
                                   for a, b in rows)])  # fmt: skip

    # --- each picture ---

    def _boat(self) -> Iterator[leaflet.Picture]:
        found = {part: self.answers.one(self.flow, part) for part in PARTS}
        labels = {
            part: Label(self._say(f"boat_{part}"), self.spoken(one) if one else "") for part, one in found.items()
        }
        if not any(label.words for label in labels.values()):
            return
        about = self._about(
            self._say("boat_about"), [(each.title, each.words) for each in labels.values() if each.words]
        )
        made = Boat(labels["vent"], labels["ile"], labels["equipage"], labels["ancres"], labels["recifs"],
                    self._say("picture_blank"), self._say("picture_more"))  # fmt: skip
        yield leaflet.Picture(boat(made, self._say("boat"), about), about)

    def _tree(self) -> Iterator[leaflet.Picture]:
        branches = [self._branch(entry) for entry in sorted(self._entries("branches"), key=_generation)]
        branches = [each for each in branches if each.job or each.quote]
        if not branches:
            return
        rows = [(each.who, " ".join(filter(None, (each.job, each.quote)))) for each in branches]
        about = self._about(self._say("tree_about"), rows)
        made = Tree(tuple(branches), self._say("tree_you"), self._say("picture_more"))
        yield leaflet.Picture(tree(made, self._say("tree"), about), about)

    def _branch(self, entry: Entry) -> Branch:
        quote = self._words(entry, "arbre_ressenti")
        said = quote if quote.startswith("«") or not quote else self._say("tree_quote", words=quote)
        return Branch(self._words(entry, "arbre_qui"), self._words(entry, "arbre_metier"), said)

    def _compass(self) -> Iterator[leaflet.Picture]:
        named = ("boussole_valeur", "boussole_definition")
        values = [self._value(entry) for entry in self._entries("boussole") if self._any(entry, named)][:VALUES]
        if not values:
            return
        rows = [(each.name, " · ".join(filter(None, (each.said, each.meaning)))) for each in values]
        about = self._about(self._say("compass_about"), rows)
        yield leaflet.Picture(compass(tuple(values), self._say("picture_more"), self._say("compass"), about), about)

    def _value(self, entry: Entry) -> Value:
        state = entry.answers.get("boussole_etat")
        shape = STATES.get(state.kept.value, "") if state and isinstance(state.kept.value, str) else ""
        name = self._words(entry, "boussole_valeur") or self._say("picture_blank")
        return Value(name, self._words(entry, "boussole_definition"), shape,
                     self._words(entry, "boussole_etat"))  # fmt: skip

    def _route(self) -> Iterator[leaflet.Picture]:
        entries = [each for each in self._entries("actions") if self._any(each, ("action_plan", "action_pas"))]
        bends = [self._bend(entry) for entry in sorted(entries, key=_date)]
        rows = [(bend.when, "\n".join(filter(None, (bend.name, bend.step)))) for bend in bends]
        about = self._about(self._say("route_about" if bends else "route_empty"), rows)
        bends = bends or [Bend("", self._say(key.removeprefix("document_")), "", open=True) for key in OPEN]
        yield leaflet.Picture(itinerary(tuple(bends), self._say("picture_more"), self._say("route"), about), about)

    def _bend(self, entry: Entry) -> Bend:
        when = self._words(entry, "action_date") or self._say("route_undated")
        step = self._words(entry, "action_pas")
        first = self._say("route_step", words=step) if step else ""
        return Bend(when, self._words(entry, "action_plan") or self._say("picture_blank"), first)


def _generation(entry: Entry) -> int:
    """The eldest first, as the options stand; who it is about was not said: last."""
    who = entry.answers.get("arbre_qui")
    options = list(who.asked.answer.options) if who and isinstance(who.asked.answer, Choice) else []
    value = who.kept.value if who else None
    return options.index(value) if isinstance(value, str) and value in options else len(options) or 99


def _date(entry: Entry) -> str:
    found = entry.answers.get("action_date")
    return found.kept.value if found and isinstance(found.kept.value, str) else "9999"
