"""A capsule file: front matter, then Markdown parted into bubbles; an idea with its example, its nuance and its source.

Knows the shape of one capsule; whether a question follows it is known where it stands in a flow.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias, get_args

from flows.model import Capsule, Role
from flows.page import TOP, Leaf, Mark, Page, position
from flows.prose import BUBBLE, TELEGRAM, citation, faulty, fitting, line
from flows.sheet import Sheet, name, named, one_of, series
from flows.tone import asks, unsourced

BUBBLES = 3
WORDS = 220
FRONT = ("capsule", "title", "source", "themes", "role")
EXAMPLE = re.compile(r"^[*_]*Exemple\b", re.MULTILINE)
NUANCE = re.compile(r"^\*\*À nuancer\.\*\*", re.MULTILINE)

Parts: TypeAlias = tuple[tuple[int, str], ...]
"""Bubbles, each with the line where it begins."""


@dataclass(frozen=True, slots=True)
class Body:
    front: str
    parts: Parts


def capsule(page: Page, text: str) -> Capsule:
    body = _body(page, text) if page.clean(text) else None
    front = page.root(body.front, first=2) if body else None
    sheet = Sheet.open(page, front, FRONT)
    role: Role = one_of(page, sheet.get("role"), get_args(Role), "cadre" if "role" in sheet.rows else "idee")
    _themes(page, sheet, role)
    source = _source(page, sheet)
    parts = body.parts if body else ()
    if role == "idee" and not sheet.broken:
        _shape(page, parts)
    if not source:
        _figures(page, parts)
    return Capsule(
        named(page, sheet.need("capsule"), page.file),
        line(page, sheet.need("title")),
        _bubbles(page, parts),
        source,
        role=role,
    )


def tells(capsule: Capsule) -> bool:
    """Whether it explains an idea and asks nothing; one that could not be read is told of elsewhere."""
    return capsule.role == "idee" and bool(capsule.bubbles) and not any(map(asks, capsule.bubbles))


def _themes(page: Page, sheet: Sheet, role: Role) -> None:
    themes = series(page, sheet.need("themes") if role == "idee" else sheet.get("themes"), "« [sens, valeurs] »")
    for theme in themes:
        name(page, theme)
    if "themes" in sheet.rows and not themes and role == "idee":
        page.fault(sheet.at("themes"), "aucun thème", "« [sens, valeurs] »")


def _source(page: Page, sheet: Sheet) -> str:
    """Where the capsule's claims come from; `source: non` says that it makes none."""
    node = sheet.need("source")
    return "" if isinstance(node, Leaf) and node.text == "non" else citation(page, node)


# --- the file in its parts -------------------------------------------------------------------


def _body(page: Page, text: str) -> Body | None:
    """None when there is no front matter between two `---` lines."""
    lines = text.split("\n")
    ends = [n for n, written in enumerate(lines) if written.rstrip() == "---"]
    if len(ends) < 2 or ends[0] != 0:
        page.fault(TOP, "l'en-tête manque", "« --- », puis « capsule: », « title: », « source: », puis « --- »")
        return None
    return Body("\n".join(lines[1 : ends[1]]), tuple(_parts(lines, ends[1] + 1)))


def _parts(lines: list[str], start: int) -> list[tuple[int, str]]:
    edges = [start - 1, *(n for n in range(start, len(lines)) if lines[n].strip() == "***"), len(lines)]
    return [_part(lines, first + 1, last) for first, last in pairwise(edges)]


def _part(lines: list[str], first: int, last: int) -> tuple[int, str]:
    """The first line that says something (from 1), and the text without blank lines around it."""
    while first < last and not lines[first].strip():
        first += 1
    return min(first, len(lines) - 1) + 1, "\n".join(lines[first:last]).rstrip()


# --- what it says ----------------------------------------------------------------------------


def _shape(page: Page, parts: Parts) -> None:
    """One example and one nuance, each at the beginning of a paragraph."""
    for pattern, what, wanted in (
        (EXAMPLE, "exemple", "un paragraphe qui commence par « Exemple : »"),
        (NUANCE, "nuance", "un paragraphe qui commence par « **À nuancer.** »"),
    ):
        found = [position(text, met.start(), first) for first, text in parts for met in pattern.finditer(text)]
        if parts and not found:
            page.fault(Mark(parts[0][0], 1), f"une capsule sans {what}", f"{wanted}, ou « role: cadre » dans l'en-tête")
        for second in found[1:2]:
            page.fault(second, f"deux fois {what}", "une seule fois, ou une seconde capsule")


def _figures(page: Page, parts: Parts) -> None:
    for first, text in parts:
        for slip in unsourced(text) if len(text) <= TELEGRAM else ():
            page.fault(position(text, slip.at, first), slip.what, "« source: … » dans l'en-tête, ou pas de chiffre")


def _bubbles(page: Page, parts: Parts) -> tuple[str, ...]:
    """The bubbles, held to their number, their length and the words in all."""
    if len(parts) > BUBBLES:
        page.fault(Mark(parts[BUBBLES][0], 1), f"{len(parts)} bulles", f"{BUBBLES} bulles au plus, ou deux capsules")
    _count(page, parts)
    return tuple(_bubble(page, first, text) for first, text in parts)


def _bubble(page: Page, first: int, text: str) -> str:
    if not text:
        page.fault(Mark(first, 1), "une bulle vide", "du texte, ou retirez « *** »")
        return text
    for slip in faulty(text) if len(text) <= TELEGRAM else ():
        page.fault(position(text, slip.at, first), slip.what, slip.instead)
    return fitting(page, Mark(first, 1), text, BUBBLE)


def _count(page: Page, parts: Parts) -> None:
    """Reports the first word that is one too many."""
    count = 0
    for first, text in parts:
        for found in re.finditer(r"\S+", text):
            count += any(c.isalnum() for c in found[0])
            if count > WORDS:
                at = position(text, found.start(), first)
                return page.fault(at, f"plus de {WORDS} mots dans la capsule", "plus court, ou une seconde capsule")
