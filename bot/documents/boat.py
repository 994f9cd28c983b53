"""A boat at sea, with somebody's words: the wind, the island, the crew above the water, anchors and reefs under it."""

from dataclasses import dataclass
from typing import Final

from bot.documents import look
from bot.documents.canvas import EDGE, WIDTH, Block, Label, block, closed, set_block
from bot.documents.drawing import Drawing, number

LEFT, RIGHT = EDGE, 570
ROOM: Final = 470
ABOARD: Final = 320
"""Room of the words of the crew, beside the boat."""
MOST: Final = 9
HIGH: Final = 330
DEEP: Final = 190


@dataclass(frozen=True, slots=True)
class Boat:
    """`blank` stands where they have said nothing, `more` at the foot when words were cut."""

    wind: Label
    island: Label
    crew: Label
    anchors: Label
    reefs: Label
    blank: str
    more: str


def boat(made: Boat, title: str, about: str) -> str:
    """The SVG; `about` says all of it in words."""
    drawing = Drawing(WIDTH)
    wind, island, anchors, reefs = (block(each, made.blank, ROOM, MOST)
                                    for each in (made.wind, made.island, made.anchors, made.reefs))  # fmt: skip
    crew = block(made.crew, made.blank, ABOARD, MOST)
    top = EDGE + max(wind.height, island.height) + 24
    sea = top + max(HIGH, crew.height + 40)
    floor = sea + DEEP
    below = floor + 24
    end = below + max(anchors.height, reefs.height)
    cuts = [each.cut for each in (wind, island, crew, anchors, reefs)]
    foot = end + 24 if not any(cuts) else end + 80
    drawing.box(0, sea, WIDTH, foot - sea + EDGE + 8, corner=0, fill=look.WATER, under=True)
    _shapes(drawing, sea, floor)
    _words(drawing, (LEFT, EDGE, wind), (RIGHT, EDGE, island), (LEFT, top, crew), (LEFT, below, anchors),
           (RIGHT, below, reefs))  # fmt: skip
    return closed(drawing, end, cuts, made.more, title, about)


def _words(drawing: Drawing, *placed: tuple[float, float, Block]) -> None:
    for x, y, made in placed:
        set_block(drawing, x, y, made)


def _shapes(drawing: Drawing, sea: float, floor: float) -> None:
    _island(drawing, sea)
    _boat(drawing, sea)
    drawing.icon("wind", 408, sea - 268, 84, look.PETROL)
    for n, y in enumerate((sea, sea + 30)):
        drawing.shape(_waves(-40 + 45 * n, y, 13), stroke=look.PETROL, width=4 - n)
    drawing.shape(_at("M436 {}V{}", sea + 52, floor - 104), stroke=look.PETROL, width=6, dashes="0 12")
    drawing.icon("anchor", 436, floor - 54, 104, look.PETROL)
    reef = _at("M648 {}L694 {}L726 {}L782 {}L828 {}L872 {}L930 {}Z", floor, floor - 74, floor - 44, floor - 134,
               floor - 56, floor - 96, floor)  # fmt: skip
    drawing.shape(reef, fill=look.GREY, stroke=look.INK, width=4)
    drawing.shape(_at("M30 {}H1050", floor), stroke=look.GREY, width=2)


def _boat(drawing: Drawing, sea: float) -> None:
    drawing.shape(_at("M524 {}V{}", sea - 20, sea - 286), stroke=look.INK, width=7)
    drawing.shape(_at("M540 {}Q652 {} 664 {}H540Z", sea - 270, sea - 180, sea - 66), fill=look.PAPER,
                  stroke=look.PETROL, width=5)  # fmt: skip
    drawing.shape(_at("M508 {}Q446 {} 420 {}H508Z", sea - 232, sea - 150, sea - 66), fill=look.SAND,
                  stroke=look.PETROL, width=5)  # fmt: skip
    drawing.shape(_at("M526 {}l44 15l-44 15z", sea - 286), fill=look.TERRACOTTA)
    for x in (446, 486, 566):
        drawing.circle(x, sea - 44, 13, fill=look.INK, stroke=look.PAPER, width=3)
    drawing.shape(_at("M384 {}H684Q664 {} 610 {}H458Q404 {} 384 {}Z", sea - 32, sea + 44, sea + 46, sea + 44,
                      sea - 32), fill=look.PETROL)  # fmt: skip


def _island(drawing: Drawing, sea: float) -> None:
    drawing.shape(_at("M934 {}Q924 {} 944 {}", sea - 70, sea - 130, sea - 186), stroke=look.INK, width=8)
    for leaf in ("q-66 -34 -96 16q56 -20 96 -16", "q66 -34 90 18q-52 -22 -90 -18", "q-40 -66 -86 -44q60 8 86 44",
                 "q40 -66 86 -44q-60 8 -86 44"):  # fmt: skip
        drawing.shape(_at("M944 {}", sea - 188) + leaf + "z", fill=look.SAGE)
    shore = _at("M760 {}Q832 {} 914 {}Q996 {} 1040 {}", sea + 4, sea - 78, sea - 80, sea - 76, sea + 4)
    drawing.shape(shore, fill=look.SAND, stroke=look.PETROL, width=5)


def _waves(x: float, y: float, many: int) -> str:
    return f"M{number(x)} {number(y)}" + "q22 -16 44 0t44 0" * many


def _at(path: str, *values: float) -> str:
    return path.format(*map(number, values))
