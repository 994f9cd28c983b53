"""What people read: lines and labels held to their length, to the tone rules and to what Telegram shows.

Knows the limits of a bubble and of a button, not how Telegram draws them.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Literal, TypeAlias

from flows.markup import unshown
from flows.page import Leaf, Mark, Node, Page
from flows.place import place
from flows.sheet import words
from flows.tone import Slip, bare, cheerful, hurried, several, slips, unsourced
from flows.typography import french

Use: TypeAlias = Literal["reminder", "crisis", "button", "page"]
"""What a phrase is for beside being read; a `page` stands in the repository, where more Markdown is shown."""

BUBBLE = 450
LABEL = 24
TELEGRAM = 4096

LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
EMPHASIS = re.compile(r"[*_`~]+")
FIELD = re.compile(r"\{\w*\}")


def length(text: str) -> int:
    """UTF-16 units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def shown(text: str) -> str:
    """Markdown as it will be read: targets of links and marks of emphasis are not seen."""
    return EMPHASIS.sub("", LINK.sub(r"\1", text))


def line(page: Page, node: Node | None, most: int = BUBBLE) -> str:
    """Prose of at most `most` UTF-16 units as read, in French typography."""
    return _read(page, node, most, _told)


def asked(page: Page, node: Node | None) -> str:
    """The text of a question, or why it is asked: one thing at a time, no figure out of nowhere."""
    return _read(page, node, BUBBLE, lambda text, prose: [*_told(text, prose), *several(prose), *unsourced(prose)])


def example(page: Page, node: Node | None) -> str:
    """What a person might answer, in words of their own."""
    return _read(page, node, BUBBLE, lambda text, prose: [*slips(prose, quoted=True), *unshown(text, prose)])


def citation(page: Page, node: Node | None) -> str:
    """Authors and titles as they are; only what Telegram could not show is refused."""
    return _read(page, node, BUBBLE, unshown)


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


def faulty(text: str) -> list[Slip]:
    """Where the prose itself is at fault."""
    return sorted(_told(text, bare(text)), key=lambda slip: slip.at)


def gentle(page: Page, at: Mark, text: str) -> None:
    """A reminder hurries nobody; `at` is where it is chosen."""
    for slip in hurried(text):
        page.fault(at, slip.what, slip.instead)


def phrase(page: Page, node: Node | None, uses: Collection[Use]) -> str:
    """One of the bot's own phrases, `{fields}` and all, held to what its uses ask of it."""

    def wrong(text: str, prose: str) -> Iterator[Slip]:
        yield from slips(prose)
        yield from () if "page" in uses else unshown(text, prose)
        yield from hurried(text) if "reminder" in uses else ()
        yield from cheerful(prose) if "crisis" in uses else ()

    text = _read(page, node, TELEGRAM, wrong)
    if "button" in uses and node:
        fitting(page, node.mark, FIELD.sub("", text), LABEL)
    return text


def _told(text: str, prose: str) -> list[Slip]:
    return [*slips(prose), *unshown(text, prose)]


def _read(page: Page, node: Node | None, most: int, wrong: Callable[[str, str], Iterable[Slip]]) -> str:
    text = words(page, node)
    if not isinstance(node, Leaf) or not text.strip():
        return ""
    for slip in wrong(text, bare(text)) if len(text) <= TELEGRAM else ():
        page.fault(place(page, node, slip.at), slip.what, slip.instead)
    return fitting(page, node.mark, text.strip(), most)
