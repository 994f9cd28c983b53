"""What pictures drawn around somebody's words share: their size, and words made to fit the place that they are given.

Knows none of the pictures.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bot.documents import look
from bot.documents.drawing import Drawing, clean
from bot.documents.typeface import face, wrapped

WIDTH: Final = 1080
EDGE: Final = 40
TEXT, HEAD = 30, 34
"""Twelve points or more on a page, where a picture takes its whole width."""

MORE: Final = " …"


@dataclass(frozen=True, slots=True)
class Label:
    """Words of theirs under a title; none while they have said nothing of it."""

    title: str
    words: str


@dataclass(frozen=True, slots=True)
class Fitted:
    """Lines that fit. `cut`: they are the beginning only."""

    lines: tuple[str, ...]
    cut: bool
    size: float = TEXT
    bold: bool = False

    @property
    def height(self) -> float:
        return len(self.lines) * self.size * look.CLOSE

    @property
    def width(self) -> float:
        return max((face(self.bold).width(line, self.size) for line in self.lines), default=0.0)


def fitted(text: str, room: float, most: int, size: float = TEXT, bold: bool = False) -> Fitted:
    """The words in at most `most` lines of at most `room`: the beginning of them, and « … », when they are longer."""
    lines = [line for line in wrapped(clean(text), room, size, bold) if line.strip()]
    if len(lines) <= most:
        return Fitted(tuple(lines), False, size, bold)
    *kept, last = lines[:most]
    while last and face(bold).width(last + MORE, size) > room:
        last = last.rpartition(" ")[0] or last[:-1]
    return Fitted((*kept, last.rstrip() + MORE), True, size, bold)


def put(drawing: Drawing, x: float, y: float, fit: Fitted, *, colour: str = look.INK, anchor: str = "start") -> float:
    """Sets the lines from `y` down; where the next thing may stand."""
    return drawing.lines(x, y, fit.lines, size=fit.size, bold=fit.bold, colour=colour, anchor=anchor)


@dataclass(frozen=True, slots=True)
class Block:
    """A title and words under it, measured."""

    title: Fitted
    words: Fitted
    said: bool

    @property
    def height(self) -> float:
        return self.title.height + 4 + self.words.height

    @property
    def cut(self) -> bool:
        return self.words.cut


def block(label: Label, blank: str, room: float, most: int) -> Block:
    """`blank` stands where they have said nothing."""
    title = fitted(label.title, room, 2, HEAD, True)
    return Block(title, fitted(label.words or blank, room, most), bool(label.words))


def set_block(drawing: Drawing, x: float, y: float, made: Block) -> float:
    """Sets a block from `y` down; where the next thing may stand."""
    y = put(drawing, x, y, made.title, colour=look.PETROL) + 4
    return put(drawing, x, y, made.words, colour=look.INK if made.said else look.GREY)


def closed(drawing: Drawing, y: float, cuts: Iterable[bool], more: str, title: str, about: str) -> str:
    """The SVG, with `more` at its foot when words of it were cut."""
    if any(cuts):
        y = put(drawing, EDGE, y + 8, fitted(more, WIDTH - 2 * EDGE, 2), colour=look.GREY)
    return drawing.svg(y + EDGE, title, about)
