"""The owners' inventory held against the contents: which place serves each row, and what none serves."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from textwrap import wrap
from typing import Any, assert_never

from bot.conversation.menus import ROLES
from bot.library import INVENTORY, Library
from bot.settings import Settings
from bot.terminal import Refused
from bot.terminal.tables import tell
from flows.discovery import PAGES, Discovery
from flows.inventory import KINDS, Inventory, Kind, Place, Row
from flows.model import Question, Repeat, Section, Step
from flows.page import Mark

WIDTH = 100


@dataclass(frozen=True, slots=True)
class Gap:
    """A row that no place serves, or a place of it that does not exist."""

    row: str
    mark: Mark
    what: str


def coverage(as_json: bool) -> int:
    """Exit code 1 when something asked for has no place. Raises SourceErrors, SettingsError, or Refused."""
    library = Library.open(Settings.load().content)
    inventory = library.inventory
    if inventory is None:
        raise Refused(f"Il n'y a pas d'inventaire : le fichier {INVENTORY} manque dans les contenus.")
    found = gaps(library, inventory)
    lines = [_line(inventory, gap) for gap in found] if found else list(listed(inventory))
    tell(as_json, _value(inventory, found), *lines, _total(inventory, found))
    return 1 if found else 0


def gaps(library: Library, inventory: Inventory) -> list[Gap]:
    known = {kind: frozenset(named(library, kind)) for kind in KINDS}
    return [gap for row in inventory.rows() for gap in _gaps(row, known)]


def _gaps(row: Row, known: Mapping[Kind, Collection[str]]) -> Iterator[Gap]:
    if not row.places:
        yield Gap(row.id, row.mark, "aucun lieu")
    for place in row.places:
        if place.name not in known[place.kind]:
            yield Gap(row.id, place.mark, f"« {place} » n'existe pas{_nearest(place, known[place.kind])}")


def _nearest(place: Place, known: Collection[str]) -> str:
    close = get_close_matches(place.name, known, 1, 0.75)
    return f" — vouliez-vous dire « {place.kind}:{close[0]} » ?" if close else ""


# --- kinds of place ----------------------------------------------------------------------------


def named(library: Library, kind: Kind) -> Collection[str]:
    """Every name that `kind` may be followed by."""
    match kind:
        case "flow":
            return library.flows.keys()
        case "question":
            return [f"{flow.id}.{id}" for flow in library.flows.values() for id in _questions(flow.steps)]
        case "capsule":
            return library.capsules.keys()
        case "deck":
            return library.decks.keys()
        case "envoi":
            return [f"{p.id}.{envoi.id}" for p in library.programmes.values() for envoi in p.envois]
        case "phase":
            return [f"{p.id}.{phase.id}" for p in library.programmes.values() for phase in p.phases]
        case "session":
            return [f"{p.id}.{session.id}" for p in library.programmes.values() for session in p.sessions]
        case "format":
            return [format.id for format in library.formats]
        case "document":
            return [made.id for made in library.deliverables]
        case "discovery":
            return list(_pages(library.discovery))
        case "phrase":
            return library.phrases.texts.keys()
        case "command":
            return {f"/{name}" for names in ROLES.values() for name in names}
        case _ as never:
            assert_never(never)


def _questions(steps: tuple[Step, ...]) -> Iterator[str]:
    for step in steps:
        match step:
            case Question(id=id):
                yield id
            case Section(steps=inner) | Repeat(steps=inner):
                yield from _questions(inner)
            case _:
                pass


def _pages(discovery: Discovery | None) -> Iterator[str]:
    """The pages, and under two of them their cards: `benefices.projet`."""
    if discovery:
        yield from PAGES
        yield from (f"benefices.{card.id}" for card in discovery.cards)
        yield from (f"pour_qui.{card.id}" for card in discovery.situations)


# --- in words ----------------------------------------------------------------------------------


def _line(inventory: Inventory, gap: Gap) -> str:
    return f"{inventory.file}:{gap.mark.line}:{gap.mark.column}: {gap.row} : {gap.what}"


def listed(inventory: Inventory) -> Iterator[str]:
    for part in inventory.parts:
        yield f"{part.id}  {part.title}"
        for row in part.rows:
            yield f"  {row.id:<18} {row.ask}"
            places = "  ".join(map(str, row.places))
            yield from wrap(places, WIDTH, initial_indent=" " * 19 + "→ ", subsequent_indent=" " * 21,
                            break_on_hyphens=False, break_long_words=False)  # fmt: skip
        yield ""


def _total(inventory: Inventory, found: list[Gap]) -> str:
    asked = len(list(inventory.rows()))
    missed = len({gap.row for gap in found})
    if missed:
        return f"{missed} demande{'s' if missed > 1 else ''} sur {asked} sans lieu, ou avec un lieu qui n'existe pas."
    return f"{asked} demandes, chacune avec un lieu."


def _value(inventory: Inventory, found: list[Gap]) -> Any:
    rows = [
        {"part": part.id, "id": row.id, "ask": row.ask, "where": [str(place) for place in row.places],
         "note": row.note}
        for part in inventory.parts
        for row in part.rows
    ]  # fmt: skip
    missing = [
        {"id": gap.row, "line": gap.mark.line, "column": gap.mark.column, "what": gap.what} for gap in found
    ]  # fmt: skip
    return {"ok": not found, "rows": rows, "gaps": missing}
