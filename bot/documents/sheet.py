"""One page a participant, for their coach, as a PDF: where they stand, their energy as they said it, what they wrote.

Knows no table, no programme and no wording: every word comes in as it is to be read, and is never read as markup.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from bot.documents.typesetting import compiled, settable

TEMPLATE: Final = Path(__file__).with_name("sheet.typ")
QUOTE: Final = 300
LONGEST: Final = 1000
"""Characters of a quote, and of a line, that go into the page at all; it shortens quotes further where it must."""

LABEL_ROOM: Final = 0.14
"""Part of the plot's width that a date needs."""

Standing: TypeAlias = Literal["past", "here", "open"]


@dataclass(frozen=True, slots=True)
class Stop:
    """A dot of the road."""

    label: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class Point:
    """`x` from 0 to 1 along the time of the plot, `y` from 0 to 1 up the scale; `label` is its day."""

    x: float
    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Energy over time. `low` and `high` name the ends of the scale; `words` say the same as the points."""

    points: tuple[Point, ...]
    low: str
    high: str
    words: str


@dataclass(frozen=True, slots=True)
class Part:
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """`ahead` tells of the next session, `road` says the dots in words."""

    name: str
    ahead: str
    stops: tuple[Stop, ...]
    road: str
    energy: Plot | None
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Booklet:
    """`reader` says who may read it and of when it is; `page` holds {page} and {pages}, `more` holds {left}."""

    title: str
    reader: str
    page: str
    more: str
    energy: str
    empty: str
    sheets: tuple[Sheet, ...]


def pdf(booklet: Booklet) -> bytes:
    """A4, exactly one page a sheet, whatever people wrote."""
    made = _compiled(booklet, "pdf", None)
    assert isinstance(made, bytes)
    return made


def pngs(booklet: Booklet, ppi: float = 96) -> list[bytes]:
    """The same pages as pictures, to be looked at."""
    made = _compiled(booklet, "png", ppi)
    return made if isinstance(made, list) else [made]


def _compiled(booklet: Booklet, format: Literal["pdf", "png"], ppi: float | None) -> Any:
    return compiled(TEMPLATE, "booklet", _softened(asdict(booklet)), format, ppi)


def _softened(value: Any) -> Any:
    """Every text of a value, short enough, and fit to be set."""
    if isinstance(value, str):
        short = re.sub(rf"(?<=«\s)([^«»]{{{QUOTE - 1}}})[^«»]+(?=\s»)", r"\1…", value)[:LONGEST]
        return settable(short)
    if isinstance(value, dict):
        return {name: _softened(each) for name, each in value.items()}
    return [_softened(each) for each in value] if isinstance(value, list | tuple) else value


def spread(days: Sequence[tuple[float, float, str]]) -> tuple[Point, ...]:
    """Points from (instant, height, day): as far apart as they were in time, with a day where there is room for it."""
    if not days:
        return ()
    start, end = days[0][0], days[-1][0]
    points, last = [], -1.0
    for at, y, day in days:
        x = (at - start) / (end - start) if end > start else 0.5
        roomy = x - last >= LABEL_ROOM
        points.append(Point(x, y, day if roomy else ""))
        last = x if roomy else last
    return tuple(points)
