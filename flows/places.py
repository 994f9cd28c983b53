"""Where people may live, as its author writes it: zones offered, and the names a city or a country goes by.

Knows nobody. A name may stand in several zones (« Canada », « Saint-Denis »): whoever asks is given them all.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property, lru_cache

from flows.calendar import zones
from flows.page import Node, Page
from flows.prose import label, line
from flows.sheet import Sheet, series, words
from flows.spoken import plain

KEYS = ("zone", "name", "hour", "button", "names")
NAME, HOUR = 40, 60
LONGEST = 80
"""Letters of what is typed that are looked at."""

CLOSE = 0.8
"""How alike two names are, from 0 to 1, for one to be taken for a slip of the other."""

SHOWN = 4
AREAS = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
"""How the zones that are places begin."""

LEAD = re.compile(r"(?:je |j )?(?:vis |habite |suis )?(?:a |au |aux |en |dans )?(?:la |le |les |l )?(?=.)")
APART = re.compile(r"[,;/()]|\s[-–—]\s")
SHORT = {"st": "saint", "ste": "sainte"}


@dataclass(frozen=True, slots=True)
class Place:
    """A zone: what it is called, its hour in words (« heure de Paris »), its button ("": none), its other names."""

    zone: str
    name: str
    hour: str
    button: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Places:
    """Every place, in the order its author wrote them."""

    all: tuple[Place, ...] = field(default=())

    def named(self, zone: str) -> Place | None:
        return next((place for place in self.all if place.zone == zone), None)

    def found(self, text: str) -> tuple[str, ...]:
        """The zones that a city or a country, as somebody types it, may mean; none for a name nobody has.

        « Paris, Texas »: what both names mean, if anything does, else what either does.
        """
        if text.strip().startswith(AREAS) and text.strip() in zones():
            return (text.strip(),)
        if whole := self._zones(text):
            return whole
        parts = [meant for part in APART.split(text) if plain(part) and (meant := self._zones(part))]
        common = [zone for zone in parts[0] if all(zone in part for part in parts)] if parts else []
        return tuple(common or dict.fromkeys(zone for part in parts for zone in part))

    def near(self, text: str) -> tuple[str, ...]:
        """The zones of names that look like this one, the closest first."""
        close = get_close_matches(_short(text), [*self._known, *_towns()], SHOWN, CLOSE)
        return tuple(dict.fromkeys(zone for name in close for zone in self._zones(name)))[:SHOWN]

    def _zones(self, name: str) -> tuple[str, ...]:
        key = _short(name)
        elsewhere = _towns().get(key)
        return self._known.get(key) or ((elsewhere,) if elsewhere else ())

    @cached_property
    def _known(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for place in self.all:
            for name in dict.fromkeys(_short(each) for each in (place.name, *place.names)):
                found[name] = (*found.get(name, ()), place.zone)
        return found


def town(zone: str) -> str:
    """The city a zone is named after: « New York »."""
    return zone.rpartition("/")[2].replace("_", " ")


@lru_cache(maxsize=1)
def _towns() -> Mapping[str, str]:
    """The city of every zone; of two that bear one name, the one that is told in full."""
    places = sorted((name for name in zones() if name.startswith(AREAS)), key=lambda name: (name.count("/"), name))
    return {_short(town(name)): name for name in places}


def _short(text: str) -> str:
    """A name without accents, case, article, nor « je vis à »."""
    return LEAD.sub("", " ".join(SHORT.get(word, word) for word in plain(text[:LONGEST]).split()), count=1)


def read_places(file: str, text: str) -> Places:
    """Raises `SourceErrors` with all that is wrong in the file."""
    page = Page(file)
    nodes = series(page, page.root(text), "« - zone: … », un tiret par endroit")
    found = tuple(_place(page, node) for node in nodes)
    for node, place in zip(nodes, found, strict=True):
        if place.zone and next(each for each in found if each.zone == place.zone) is not place:
            page.fault(node.mark, f"« {place.zone} » est là deux fois", "ses noms au même endroit")
    page.close()
    return Places(found)


def _place(page: Page, node: Node) -> Place:
    sheet = Sheet.open(page, node, KEYS)
    where = words(page, sheet.need("zone"), "« Europe/Paris »")
    if where.strip() and where not in zones():
        page.fault(sheet.at("zone"), f"fuseau horaire inconnu « {where[:48]} »", "un nom comme « Europe/Paris »")
    names = series(page, sheet.get("names"), "« [ville, pays] »") if "names" in sheet.rows else ()
    return Place(
        where,
        line(page, sheet.need("name"), NAME),
        line(page, sheet.need("hour"), HOUR),
        label(page, sheet.get("button")) if "button" in sheet.rows else "",
        tuple(words(page, each, "une ville, un pays") for each in names),
    )
