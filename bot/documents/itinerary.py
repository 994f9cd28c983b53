"""A road that winds down a page, with what one means to do at its dates, and the first small step beside each."""

from dataclasses import dataclass
from typing import Final

from bot.documents import look
from bot.documents.canvas import EDGE, HEAD, TEXT, WIDTH, Fitted, closed, fitted, put
from bot.documents.drawing import Drawing, number

MIDDLE: Final = 138
SWAY: Final = 46
LEFT: Final = 278
ROOM: Final = WIDTH - EDGE - LEFT
GAP: Final = 48


@dataclass(frozen=True, slots=True)
class Bend:
    """`when` in words; `step` is the first small one. `open`: nothing is there yet, `name` says what will be."""

    when: str
    name: str
    step: str
    open: bool = False


@dataclass(frozen=True, slots=True)
class _Sign:
    bend: Bend
    when: Fitted
    name: Fitted
    step: Fitted

    @property
    def height(self) -> float:
        return self.when.height + self.name.height + self.step.height + (6 if self.step.lines else 0)

    @property
    def cut(self) -> bool:
        return self.name.cut or self.step.cut


def itinerary(bends: tuple[Bend, ...], more: str, title: str, about: str) -> str:
    """The SVG; `about` says all of it in words, `more` that words were cut."""
    drawing = Drawing(WIDTH)
    signs = [_sign(bend, *_most(len(bends))) for bend in bends]
    y, tops = float(EDGE + 48), list[float]()
    for sign in signs:
        tops.append(y)
        y += max(sign.height, 84.0) + GAP
    foot = y + 10
    marks = [(float(MIDDLE + SWAY * (1 if n % 2 else -1)), top + 24) for n, top in enumerate(tops)]
    ends = [x for x, _ in marks] or [float(MIDDLE)]
    _road(drawing, [(ends[0], EDGE + 4), *marks, (ends[-1], foot)])
    for (x, at), top, sign in zip(marks, tops, signs, strict=True):
        _set(drawing, x, at, top, sign)
    drawing.icon("flag", ends[-1] + 28, foot - 32, 84, look.TERRACOTTA)
    return closed(drawing, foot + 20, [sign.cut for sign in signs], more, title, about)


def _most(many: int) -> tuple[int, int]:
    """Lines of an action and of its first step: a whole road stands on a page."""
    return (4, 5) if many <= 3 else (3, 3) if many <= 5 else (2, 2)


def _sign(bend: Bend, name: int, step: int) -> _Sign:
    return _Sign(bend, fitted(bend.when, ROOM, 1, bold=True), fitted(bend.name, ROOM, name, HEAD, not bend.open),
                 fitted(bend.step, ROOM - 52, step))  # fmt: skip


def _set(drawing: Drawing, x: float, at: float, top: float, sign: _Sign) -> None:
    if sign.bend.open:
        drawing.circle(x, at, 20, width=6)
    else:
        drawing.circle(x, at, 22, fill=look.PETROL, stroke=look.PAPER, width=6)
    y = put(drawing, LEFT, top, sign.when, colour=look.PETROL)
    y = put(drawing, LEFT, y, sign.name, colour=look.GREY if sign.bend.open else look.INK)
    if sign.step.lines:
        drawing.icon("footprints", LEFT + 18, y + 6 + TEXT * look.CLOSE / 2, 34, look.PETROL)
        put(drawing, LEFT + 52, y + 6, sign.step)


def _road(drawing: Drawing, points: list[tuple[float, float]]) -> None:
    """A wide band through the points, with a dotted line in its middle."""
    (x, y), *rest = points
    d = f"M{number(x)} {number(y)}"
    for ex, ey in rest:
        half = number((y + ey) / 2)
        d += f"C{number(x)} {half} {number(ex)} {half} {number(ex)} {number(ey)}"
        x, y = ex, ey
    drawing.shape(d, stroke=look.SAND, width=66)
    drawing.shape(d, stroke=look.GREY, width=4, dashes="18 18")
