"""What every map has: the margin line begun by a dot and a title, markers on the line, options, a legend, a foot.

Knows neither programmes nor flows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.documents import look
from bot.documents.drawing import Drawing, clean
from bot.documents.typeface import face, wrapped

EDGE: Final = 48
MARK: Final = 14
"""Half a marker."""
LEAD: Final = 40
"""From the line to what stands beside it."""

Sample = Callable[[Drawing, float, float], None]
Marker = Callable[[Drawing, float, float, str], None]


@dataclass(frozen=True, slots=True)
class Note:
    """A line of secondary words after an icon."""

    icon: str
    text: str
    colour: str = look.GREY


def titled(drawing: Drawing, x: float, kind: str, title: str, notes: Sequence[Note | str]) -> float:
    """The head of a map, its margin line at `x`; where the line may go on."""
    left, room = x + LEAD, drawing.width - EDGE - x - LEAD
    y = EDGE + drawing.text(left, EDGE, kind, room=room, size=look.SMALL, colour=look.GREY) - EDGE
    drawing.circle(x, y + look.leading(look.TITLE) / 2, 10, fill=look.PETROL)
    y = drawing.text(left, y, title, room=room, size=look.TITLE, bold=True) + look.UNIT / 2
    for note in notes:
        if isinstance(note, str):
            y = drawing.text(left, y, note, room=min(room, look.MEASURE + 160), colour=look.GREY)
        else:
            y = noted(drawing, left, y, note, room)
    return y


def noted(drawing: Drawing, x: float, y: float, note: Note, room: float) -> float:
    line = look.leading(look.SMALL)
    drawing.icon(note.icon, x + 7, y + line / 2, 14, note.colour)
    return drawing.text(x + 22, y, note.text, room=room - 22, size=look.SMALL, colour=note.colour)


def aside(drawing: Drawing, right: float, y: float, text: str) -> float:
    """What is for those who edit the files, at the right edge; the room it takes. One that is too long is left out."""
    if face().width(clean(text), look.SMALL) > 240:
        return 0
    return 16 + drawing.label(right, y + 2, text, anchor="end", size=look.SMALL, colour=look.GREY)


# --- markers on the line -----------------------------------------------------------------------


def numbered(drawing: Drawing, x: float, y: float, number: str, r: float = MARK) -> None:
    drawing.circle(x, y, r, fill=look.PETROL)
    size = look.SMALL if r <= MARK else look.BODY
    drawing.label(
        x, y - look.leading(size) / 2, number, anchor="middle", size=size, bold=True, colour=look.PAPER
    )  # fmt: skip


def square(drawing: Drawing, x: float, y: float, icon: str) -> None:
    drawing.box(x - MARK, y - MARK, 2 * MARK, 2 * MARK, fill=look.PAPER, stroke=look.PETROL)
    drawing.icon(icon, x, y)


def disc(drawing: Drawing, x: float, y: float, icon: str) -> None:
    drawing.circle(x, y, MARK)
    drawing.icon(icon, x, y)


def bare(drawing: Drawing, x: float, y: float, icon: str) -> None:
    """An icon alone, the line cut behind it."""
    drawing.circle(x, y, MARK - 1, stroke=look.PAPER)
    drawing.icon(icon, x, y, 18)


# --- options -----------------------------------------------------------------------------------


def chips(drawing: Drawing, x: float, y: float, labels: Sequence[str], room: float) -> float:
    """The labels as buttons, side by side as far as there is room."""
    left, tallest = x, 0.0
    for label in labels:
        lines = wrapped(clean(label), room - 24, look.SMALL)
        wide = 24 + max(face().width(line, look.SMALL) for line in lines)
        tall = 11 + len(lines) * look.leading(look.SMALL)
        if left > x and left + wide > x + room:
            left, y, tallest = x, y + tallest + look.UNIT, 0.0
        drawing.box(left, y, wide, tall, fill=look.PAPER, stroke=look.GREY)
        drawing.text(left + 12, y + 5.5, label, room=room - 24, size=look.SMALL)
        left, tallest = left + wide + look.UNIT, max(tallest, tall)
    return y + tallest


# --- the foot ----------------------------------------------------------------------------------


def legend(drawing: Drawing, y: float, heading: str, samples: Sequence[tuple[Sample, str]], source: str) -> float:
    """What each sign means, then where the map comes from; the height of the whole."""
    right = drawing.width - EDGE
    drawing.hairline(EDGE, y, right)
    y = drawing.text(EDGE, y + 16, heading, room=right - EDGE, size=look.SMALL, bold=True) + look.UNIT
    left = float(EDGE)
    for sample, words in samples:
        wide = 44 + face().width(clean(words), look.SMALL)
        if left > EDGE and left + wide > right:
            left, y = EDGE, y + LEAD
        sample(drawing, left + 16, y + 16)
        drawing.label(left + 40, y + 16 - look.leading(look.SMALL) / 2, words, size=look.SMALL)
        left += wide + 24
    y = drawing.text(EDGE, y + LEAD + 4, source, room=right - EDGE, size=look.SMALL, colour=look.GREY)
    return y + 28
