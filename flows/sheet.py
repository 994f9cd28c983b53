"""A mapping of a content file read key by key, and the plain values an author writes in it.

Every reader takes None for a key already missed, reports a fault where the value stands, and gives a stand-in so that
reading goes on. Knows no kind of step.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import TypeVar

from flows.page import Leaf, Mark, Node, Page, Rows, Series

T = TypeVar("T", bound=str)

ID = re.compile(r"[a-z0-9_-]{1,48}")
WHOLE = re.compile(r"-?[0-9]{1,9}")
DECIMAL = re.compile(r"-?[0-9]{1,9}(?:[.][0-9]{1,6})?")


def unknown(page: Page, at: Mark, what: str, word: str, known: Sequence[str]) -> str | None:
    """Reports a word that names nothing, and gives the one that was probably meant."""
    close = get_close_matches(word[:48], known, 1)
    if close:
        page.fault(at, f"{what} « {word[:48]} » — vouliez-vous dire « {close[0]} » ?", f"« {close[0]} »")
        return close[0]
    among = ", ".join(list(known)[:20]) or "rien n'existe encore sous ce genre de nom"
    page.fault(at, f"{what} « {word[:48]} »", f"un de ces noms : {among}")
    return None


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of one mapping; `broken` when there was no mapping, and a missing key then says nothing new."""

    page: Page
    mark: Mark
    rows: Mapping[str, Node]
    keys: Mapping[str, Mark]
    broken: bool = False

    @classmethod
    def open(cls, page: Page, node: Node | None, known: Sequence[str]) -> "Sheet":
        """Reports doubled and unknown keys; a misspelt key still gives its value, so that it is one fault, not two."""
        if not isinstance(node, Rows):
            if node is not None:
                page.fault(node.mark, "des clés sont attendues ici", "« clé: valeur », avec : " + ", ".join(known))
            return cls(page, node.mark if node else Mark(1, 1), {}, {}, True)
        rows: dict[str, Node] = {}
        keys: dict[str, Mark] = {}
        for key, value in single(page, node):
            name = key.text
            if name not in known:
                name = unknown(page, key.mark, "clé inconnue", key.text, known) or key.text
            rows.setdefault(name, value)
            keys.setdefault(name, key.mark)
        return cls(page, node.mark, rows, keys)

    def get(self, key: str) -> Node | None:
        return self.rows.get(key)

    def need(self, key: str) -> Node | None:
        if key not in self.rows and not self.broken:
            self.page.fault(self.mark, f"la clé « {key} » manque", f"« {key}: … »")
        return self.rows.get(key)

    def at(self, key: str) -> Mark:
        """Where the value of `key` stands, or the mapping when it has none."""
        node = self.rows.get(key)
        return node.mark if node else self.mark


def single(page: Page, node: Rows) -> list[tuple[Leaf, Node]]:
    """The rows of a mapping, each key once."""
    seen: dict[str, tuple[Leaf, Node]] = {}
    for key, value in node.rows:
        if key.text in seen:
            page.fault(key.mark, f"la clé « {key.text[:48]} » est écrite deux fois", "cette clé une seule fois")
        seen.setdefault(key.text, (key, value))
    return list(seen.values())


def rows(page: Page, node: Node | None, wanted: str) -> list[tuple[Leaf, Node]]:
    """The rows of a mapping whose keys are the author's own."""
    if isinstance(node, Rows):
        return single(page, node)
    if node is not None:
        page.fault(node.mark, "des clés sont attendues ici", wanted)
    return []


def series(page: Page, node: Node | None, wanted: str) -> tuple[Node, ...]:
    if isinstance(node, Series):
        return node.items
    if node is not None:
        page.fault(node.mark, "une liste est attendue ici", wanted)
    return ()


def words(page: Page, node: Node | None, wanted: str = "un texte") -> str:
    """A text that is not empty, as it was written."""
    if node is None:
        return ""
    if not isinstance(node, Leaf):
        page.fault(node.mark, "un texte est attendu ici", wanted)
        return ""
    if not node.text.strip():
        page.fault(node.mark, "il n'y a rien ici", wanted)
    return node.text


def name(page: Page, node: Node | None) -> str:
    """An identifier; it is never renamed once published."""
    text = words(page, node, "un identifiant")
    if text.strip() and not ID.fullmatch(text):
        page.fault(
            node.mark if node else Mark(1, 1),
            f"« {text[:48]} » n'est pas un identifiant",
            "de 1 à 48 lettres minuscules sans accent, chiffres, - ou _",
        )
    return text


def named(page: Page, node: Node | None, file: str) -> str:
    """An identifier that must be the file's own name."""
    stem = file.rpartition("/")[2].partition(".")[0]
    if node and not ID.fullmatch(stem):
        what = f"le nom du fichier, « {stem[:48]} », n'est pas un identifiant"
        page.fault(node.mark, what, "un nom en minuscules sans accent, le même ici")
        return words(page, node, "un identifiant")
    text = name(page, node)
    if node and ID.fullmatch(text) and text != stem:
        page.fault(node.mark, f"« {text} » n'est pas le nom du fichier", f"« {stem} »")
    return text


def whole(page: Page, node: Node | None, low: int, high: int) -> int:
    text = words(page, node, "un nombre entier")
    if text.strip() and not (WHOLE.fullmatch(text) and low <= int(text) <= high):
        _not(page, node, text, f"un nombre entier de {low} à {high}")
        return low
    return int(text) if text.strip() else low


def decimal(page: Page, node: Node | None) -> int | float:
    text = words(page, node, "un nombre")
    if text.strip() and not DECIMAL.fullmatch(text):
        _not(page, node, text, "un nombre, avec un point pour les décimales")
        return 0
    return (float(text) if "." in text else int(text)) if text.strip() else 0


def flag(page: Page, node: Node | None) -> bool:
    return one_of(page, node, ("oui", "non"), "non") == "oui"


def one_of(page: Page, node: Node | None, known: Sequence[T], default: T) -> T:
    """One of the words the format knows; `default` when there is none."""
    text = words(page, node, " ou ".join(known))
    for word in known:
        if word == text:
            return word
    if text.strip():
        _not(page, node, text, " ou ".join(word for word in known if word))
    return default


def day(page: Page, node: Node | None) -> date:
    text = words(page, node, "une date")
    try:
        return date.fromisoformat(text)
    except ValueError:
        if text.strip():
            _not(page, node, text, "une date : 2026-03-09")
        return date.min


def _not(page: Page, node: Node | None, text: str, wanted: str) -> None:
    page.fault(node.mark if node else Mark(1, 1), f"« {text[:48]} » ne convient pas ici", wanted)
