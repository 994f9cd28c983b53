"""What the programme's owners ask for, row by row, each with the places that serve it.

Takes a name and a text, as the other readers do; whether a place exists is not known here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from flows.page import Mark, Node, Page, Series
from flows.prose import line
from flows.sheet import Sheet, series, unknown, words

Kind: TypeAlias = Literal[
    "flow", "question", "capsule", "deck", "envoi", "phase", "session", "format", "document", "discovery", "phrase",
    "command",
]  # fmt: skip

KINDS: tuple[Kind, ...] = get_args(Kind)
PART = re.compile(r"[0-9]{1,2}[a-z]")
ID = re.compile(r"[A-Z][A-Za-z0-9]{0,15}(?:-[A-Za-z0-9]{1,16}){1,3}")
ASK = 90


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row is served: `name` as its kind spells it, `bilan.S1` for a session; `mark` is where it was written."""

    kind: Kind
    name: str
    mark: Mark

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was asked for. Without a place it is a gap; `note` is free words."""

    id: str
    ask: str
    places: tuple[Place, ...]
    note: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Part:
    id: str
    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Inventory:
    """`file` is the name its faults are told under."""

    file: str
    parts: tuple[Part, ...]

    def rows(self) -> Iterator[Row]:
        return (row for part in self.parts for row in part.rows)


def read_inventory(file: str, text: str) -> Inventory:
    """Raises `SourceErrors` with all that is wrong in the file."""
    page = Page(file)
    root = page.root(text)
    nodes = series(page, root, "« - part: 1a », un tiret par partie")
    if isinstance(root, Series) and not nodes:
        page.fault(root.mark, "aucune partie", "« - part: 1a », puis « title: » et « rows: »")
    parts = tuple(_part(page, node) for node in nodes)
    _once(page, [(part.id, node.mark) for part, node in zip(parts, nodes, strict=True)])
    _once(page, [(row.id, row.mark) for part in parts for row in part.rows])
    page.close()
    return Inventory(file, parts)


def _once(page: Page, ids: list[tuple[str, Mark]]) -> None:
    seen: set[str] = set()
    for id, mark in ids:
        if id and id in seen:
            page.fault(mark, f"« {id} » est déjà écrit plus haut", "chaque identifiant une seule fois")
        seen.add(id)


def _part(page: Page, node: Node) -> Part:
    sheet = Sheet.open(page, node, ("part", "title", "rows"))
    id = _spelt(page, sheet, "part", PART, "un chiffre et une lettre : « 1a »")
    rows = series(page, sheet.need("rows"), "« - {row: VIZ-frise, ask: …, where: […]} »")
    return Part(id, line(page, sheet.need("title")), tuple(_row(page, each) for each in rows))


def _row(page: Page, node: Node) -> Row:
    sheet = Sheet.open(page, node, ("row", "ask", "where", "note"))
    id = _spelt(page, sheet, "row", ID, "des mots sans accent reliés par « - », une capitale au début : « VIZ-frise »")
    listed = series(page, sheet.get("where"), "« [flow:accueil, capsule:habitus] »")
    places = tuple(place for each in listed if (place := _place(page, each)))
    return Row(id, line(page, sheet.need("ask"), ASK), places, line(page, sheet.get("note")), sheet.at("row"))


def _spelt(page: Page, sheet: Sheet, key: str, form: re.Pattern[str], wanted: str) -> str:
    text = words(page, sheet.need(key), wanted)
    if text.strip() and not form.fullmatch(text):
        page.fault(sheet.at(key), f"« {text[:48]} » n'est pas un identifiant d'inventaire", wanted)
    return text


def _place(page: Page, node: Node) -> Place | None:
    text = words(page, node, "« flow:accueil »")
    kind, _, name = text.partition(":")
    known = next((each for each in KINDS if each == kind), None)
    if text.strip() and not name.strip():
        page.fault(node.mark, f"« {text[:48]} » n'est pas un lieu", "un genre et un nom : « flow:accueil »")
    elif text.strip() and known is None:
        unknown(page, node.mark, "genre de lieu inconnu", kind, KINDS)
    return Place(known, name, node.mark) if known and name.strip() else None
