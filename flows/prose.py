"""What people read: prose checked against the tone rules, and the Markdown of a capsule parted into bubbles.

Knows the limits of a bubble and of a button, not how Telegram draws them.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from flows.page import TOP, Mark, Node, Page, position
from flows.sheet import words
from flows.typography import KEPT, french

BUBBLE = 450
BUBBLES = 3
WORDS = 220
LABEL = 24
TELEGRAM = 4096

MEDIAN = re.compile(r"(?<=\w)[·‧•∙⋅](?=\w)")
TAG = re.compile(r"</?[A-Za-z][^<>]*>|<[!?][^<>]*>")
LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
EMPHASIS = re.compile(r"[*_`~]+")
BANNED = re.compile(
    r"\ben retard\b|\btoujours pas\b|\bdernier rappel\b|\bn[’']oubliez pas\b|\bil faut\b|\bvous devez\b|\bdommage\b"
    r"|\bplus que (?:\d|\{|(?:une?|deux|trois|quelques)\b)|\bd[’']affilée\b|%|\bvous nous manquez\b",
    re.IGNORECASE,
)
"""What no reminder says: hurry, guilt, counters (tone rules of the programme)."""


@dataclass(frozen=True, slots=True)
class Body:
    """A capsule file: the YAML of its front matter and its bubbles, each with the line where it begins."""

    front: str
    bubbles: tuple[tuple[int, str], ...]


def length(text: str) -> int:
    """UTF-16 units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def shown(text: str) -> str:
    """Markdown as it will be read: targets of links and marks of emphasis are not seen."""
    return EMPHASIS.sub("", LINK.sub(r"\1", text))


def line(page: Page, node: Node | None, most: int = BUBBLE) -> str:
    """Prose of at most `most` UTF-16 units as read, in French typography."""
    text = words(page, node)
    if node is None or not text.strip():
        return ""
    for _, what, instead in _slips(text):
        page.fault(node.mark, what, instead)
    return fitting(page, node.mark, text.strip(), most)


def label(page: Page, node: Node | None) -> str:
    """The words of a button."""
    return line(page, node, LABEL)


def fitting(page: Page, at: Mark, text: str, most: int) -> str:
    """The text in French typography, and no longer than `most` once it is shown."""
    set_text = french(text) if len(text) <= TELEGRAM else text
    size = length(shown(set_text)) if len(text) <= TELEGRAM else len(text)
    if size > most:
        page.fault(at, f"un texte de {size} caractères", f"{most} caractères au plus")
    return set_text


def gentle(page: Page, at: Mark, text: str) -> None:
    """A reminder hurries nobody."""
    found = BANNED.search(text)
    if found:
        page.fault(at, f"« {found[0]} » n'a pas sa place dans un rappel", "ce qui attend, et comment s'en passer")


def body(page: Page, text: str) -> Body | None:
    """The parts of a capsule file; None when it has no front matter between two `---` lines."""
    lines = text.split("\n")
    ends = [n for n, written in enumerate(lines) if written.rstrip() == "---"]
    if len(ends) < 2 or ends[0] != 0:
        page.fault(TOP, "l'en-tête manque", "« --- », puis « capsule: », « title: », « source: », puis « --- »")
        return None
    end = ends[1]
    return Body("\n".join(lines[1:end]), tuple(_parts(lines, end + 1)))


def _parts(lines: list[str], start: int) -> list[tuple[int, str]]:
    edges = [start - 1, *(n for n in range(start, len(lines)) if lines[n].strip() == "***"), len(lines)]
    return [_part(lines, first + 1, last) for first, last in pairwise(edges)]


def _part(lines: list[str], first: int, last: int) -> tuple[int, str]:
    """The first line that says something (from 1), and the text without blank lines around it."""
    while first < last and not lines[first].strip():
        first += 1
    return min(first, len(lines) - 1) + 1, "\n".join(lines[first:last]).rstrip()


def bubbles(page: Page, parts: tuple[tuple[int, str], ...]) -> tuple[str, ...]:
    """The bubbles of a capsule, held to their number, their length and the words in all."""
    if len(parts) > BUBBLES:
        page.fault(Mark(parts[BUBBLES][0], 1), f"{len(parts)} bulles", f"{BUBBLES} bulles au plus, ou deux capsules")
    _count(page, parts)
    return tuple(_bubble(page, first, text) for first, text in parts)


def _bubble(page: Page, first: int, text: str) -> str:
    if not text:
        page.fault(Mark(first, 1), "une bulle vide", "du texte, ou retirez « *** »")
        return text
    for at, what, instead in _slips(text):
        page.fault(position(text, at, first), what, instead)
    return fitting(page, Mark(first, 1), text, BUBBLE)


def _count(page: Page, parts: tuple[tuple[int, str], ...]) -> None:
    """Reports the first word that is one too many."""
    count = 0
    for first, text in parts:
        for found in re.finditer(r"\S+", text):
            count += any(c.isalnum() for c in found[0])
            if count > WORDS:
                at = position(text, found.start(), first)
                return page.fault(at, f"plus de {WORDS} mots dans la capsule", "plus court, ou une seconde capsule")


def _slips(text: str) -> list[tuple[int, str, str]]:
    """Where the prose itself is at fault: offset, what, instead."""
    if len(text) > TELEGRAM:
        return []
    prose = KEPT.sub(lambda found: " " * len(found[0]), text)
    medians = [(m.start(), "un point médian", "le mot entier, ou une tournure épicène") for m in MEDIAN.finditer(prose)]
    tags = [(m.start(), f"une balise HTML « {m[0][:24]} »", "du Markdown") for m in TAG.finditer(prose)]
    return sorted(medians + tags)
