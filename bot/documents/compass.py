"""A compass of values: each on the rim, the first at the north, and under it what it means. Knows no value."""

from dataclasses import dataclass
from math import cos, radians, sin
from typing import Final, Literal, TypeAlias

from bot.documents import look
from bot.documents.canvas import EDGE, HEAD, TEXT, WIDTH, Fitted, closed, fitted, put
from bot.documents.drawing import Drawing, number

MIDDLE: Final = WIDTH / 2
RIM: Final = 190
POINT: Final = 34
LEFT: Final = EDGE + 72
ROOM: Final = WIDTH - EDGE - LEFT
ASIDE: Final = 330
"""Room of the state beside a name."""

Kept: TypeAlias = Literal["kept", "hindered", "both", ""]
ICONS: Final[dict[Kept, tuple[str, str]]] = {
    "kept": ("circle-check", look.SAGE),
    "hindered": ("circle-slash", look.TERRACOTTA),
    "both": ("contrast", look.PETROL),
}


@dataclass(frozen=True, slots=True)
class Value:
    """`state` is its shape, `said` the same in words."""

    name: str
    meaning: str
    state: Kept
    said: str


def compass(values: tuple[Value, ...], more: str, title: str, about: str) -> str:
    """The SVG of at most five values, by weight; `about` says all of it in words, `more` that words were cut."""
    drawing = Drawing(WIDTH)
    names = [_name(n, len(values), value.name) for n, value in enumerate(values)]
    centre = EDGE + (names[0].height if names else 0) + POINT + 20 + RIM
    _rose(drawing, centre)
    low = centre + RIM + POINT
    for n, (value, name) in enumerate(zip(values, names, strict=True)):
        low = max(low, _point(drawing, centre, n, len(values), value, name))
    cuts = [name.cut for name in names]
    y = low + 40
    for value in values:
        y = _listed(drawing, y, value, cuts, 6 if len(values) <= 3 else 3) + 26
    return closed(drawing, y - 26, cuts, more, title, about)


def _angle(n: int, many: int) -> float:
    return radians(-90 + 360 * n / many)


def _name(n: int, many: int, text: str) -> Fitted:
    """As much room as there is outside the rim on that side."""
    across = abs(cos(_angle(n, many)))
    room = 900 if n == 0 else 272 if across > 0.8 else 400
    return fitted(text, room, 2 if n == 0 else 4, bold=True)


def _point(drawing: Drawing, centre: float, n: int, many: int, value: Value, name: Fitted) -> float:
    """A value on the rim, its name outside; how low it reaches."""
    turn = _angle(n, many)
    x, y = MIDDLE + RIM * cos(turn), centre + RIM * sin(turn)
    drawing.circle(x, y, POINT, stroke=look.PAPER)
    _shaped(drawing, x, y, value.state, 2 * POINT - 8)
    if n == 0:
        return put(drawing, x, y - POINT - 14 - name.height, name, anchor="middle")
    if abs(cos(turn)) > 0.8:
        side = 1 if cos(turn) > 0 else -1
        put(drawing, x + side * (POINT + 18), y - name.height / 2, name, anchor="start" if side > 0 else "end")
        return y + name.height / 2
    side = 0 if abs(cos(turn)) < 0.1 else 1 if cos(turn) > 0 else -1
    return put(drawing, MIDDLE + side * 220, y + POINT + 12, name, anchor="middle")


def _listed(drawing: Drawing, y: float, value: Value, cuts: list[bool], most: int) -> float:
    beside = fitted(value.said, ASIDE, 2)
    name = fitted(value.name, ROOM - (ASIDE + 30 if value.said else 0), 2, HEAD, True)
    meaning = fitted(value.meaning, ROOM, most)
    cuts += [name.cut, meaning.cut]
    colour = ICONS[value.state][1] if value.state else look.INK
    put(drawing, WIDTH - EDGE, y + (HEAD - TEXT) * 0.8, Fitted(beside.lines, False, TEXT, False), colour=colour,
        anchor="end")  # fmt: skip
    _shaped(drawing, EDGE + 26, y + HEAD * look.CLOSE / 2, value.state, 52)
    y = max(put(drawing, LEFT, y, name), y + beside.height)
    return put(drawing, LEFT, y + 2, meaning) if meaning.lines else y


def _shaped(drawing: Drawing, x: float, y: float, state: Kept, size: float) -> None:
    if state:
        drawing.icon(ICONS[state][0], x, y, size, ICONS[state][1])
    else:
        drawing.circle(x, y, size / 4, fill=look.PETROL)


def _rose(drawing: Drawing, centre: float) -> None:
    drawing.circle(MIDDLE, centre, RIM, width=5)
    drawing.circle(MIDDLE, centre, RIM - 44, stroke=look.SAND, width=3)
    for n in range(24):
        turn = radians(15 * n)
        near, far = RIM - (30 if n % 6 == 0 else 18), RIM - 8
        drawing.shape(f"M{_at(centre, turn, near)}L{_at(centre, turn, far)}", stroke=look.PETROL, width=3)
    for side, fill in ((-1, look.TERRACOTTA), (1, look.PAPER)):
        x, tip, tail = MIDDLE + side * 26, centre - RIM + 56, centre + RIM - 56
        drawing.shape(f"M{number(MIDDLE)} {number(tip)}L{number(x)} {number(centre)}H{number(MIDDLE)}Z",
                      fill=fill, stroke=look.TERRACOTTA, width=4)  # fmt: skip
        drawing.shape(f"M{number(MIDDLE)} {number(tail)}L{number(x)} {number(centre)}H{number(MIDDLE)}Z",
                      fill=(look.PETROL, look.PAPER)[side > 0], stroke=look.PETROL, width=4)  # fmt: skip
    drawing.circle(MIDDLE, centre, 12, width=4)


def _at(centre: float, turn: float, far: float) -> str:
    return f"{number(MIDDLE + far * cos(turn))} {number(centre + far * sin(turn))}"
