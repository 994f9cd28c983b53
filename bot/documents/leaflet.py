"""A document that a participant takes away: quoted words, cards, tables, piles and pictures, as PDF or pictures.

Knows no table, no programme and no wording: every word comes in as it is to be read, and is never read as markup.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from bot.documents.typesetting import UNBROKEN, compiled, settable

TEMPLATE: Final = Path(__file__).with_name("leaflet.typ")
UNDRAWN: Final = "could not be displayed with font"
CELL: Final = 20
"""Signs of a word after which a line of a table's cell may break."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Words, with when they were said (`note`). `own`: their author's, set as a quotation; else picked from a list."""

    text: str
    note: str = ""
    own: bool = True


@dataclass(frozen=True, slots=True)
class Field:
    label: str
    quote: Quote


@dataclass(frozen=True, slots=True)
class Passage:
    """Words under their title."""

    title: str
    quote: Quote
    kind: Literal["passage"] = "passage"


@dataclass(frozen=True, slots=True)
class Card:
    """`mark` says in a word how it stands, beside its `icon`; none when it stands in no way."""

    name: str
    fields: tuple[Field, ...]
    note: str = ""
    mark: str = ""
    icon: str = ""
    kind: Literal["card"] = "card"


@dataclass(frozen=True, slots=True)
class Table:
    """`blank` is what an empty cell says. `choices`: by column, the only words it has; none for a column of any."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    blank: str
    note: str = ""
    choices: tuple[tuple[str, ...], ...] = ()
    kind: Literal["table"] = "table"


@dataclass(frozen=True, slots=True)
class Pile:
    """`icon` stands beside the name; none when it has no need of one."""

    name: str
    cards: tuple[str, ...]
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Piles:
    title: str
    piles: tuple[Pile, ...]
    note: str = ""
    kind: Literal["piles"] = "piles"


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of a scale from 0 to 1; `words` say it: « 6 sur 10 ». `label`: of what, and after « · » when."""

    label: str
    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Scales:
    """`marks` in the order they were given; no sum of them is ever made."""

    title: str
    low: str
    high: str
    marks: tuple[Mark, ...]
    kind: Literal["scales"] = "scales"


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG, and the same in words."""

    svg: str
    alt: str
    kind: Literal["picture"] = "picture"


Block: TypeAlias = Passage | Card | Table | Piles | Scales | Picture


@dataclass(frozen=True, slots=True)
class Part:
    """`empty` is an invitation, shown under a picture that may stand there already; none once there is something.

    `note` says when. `fresh`: it begins a page.
    """

    title: str
    intro: str
    empty: str
    blocks: tuple[Block, ...]
    note: str = ""
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Leaflet:
    """`whose`, `when` and `reader` stand on the first page: whose it is, of which day, who may read it.

    `page` holds {page} and {pages}. `wide`: A4 on its side.
    """

    title: str
    about: str
    whose: str
    when: str
    reader: str
    page: str
    parts: tuple[Part, ...]
    wide: bool = False


def pdf(leaflet: Leaflet) -> bytes:
    """A4, tagged, PDF/UA-1: save where somebody wrote in a script that no face here draws, which it forbids.

    What no face draws is an empty box: the words themselves are in the answers.
    """
    data = prepared(leaflet)
    try:
        made = compiled(TEMPLATE, "leaflet", data, "pdf", None, ["ua-1"])
    except RuntimeError as refused:
        if UNDRAWN not in str(refused):
            raise
        made = compiled(TEMPLATE, "leaflet", data, "pdf", None)
    assert isinstance(made, bytes)
    return made


def pngs(leaflet: Leaflet, ppi: float = 96) -> Sequence[bytes]:
    """The same pages as pictures, to be looked at."""
    made = compiled(TEMPLATE, "leaflet", prepared(leaflet), "png", ppi)
    return made if isinstance(made, list) else [made]


def prepared(leaflet: Leaflet) -> dict[str, Any]:
    """The leaflet as data whose texts are fit to be set; pictures stay as they are."""
    return {name: _settable(name, value) for name, value in asdict(leaflet).items()}


def _settable(name: str, value: Any) -> Any:
    if isinstance(value, str):
        return value if name == "svg" else settable(value, CELL if name == "rows" else UNBROKEN)
    if isinstance(value, dict):
        return {key: _settable(key, each) for key, each in value.items()}
    return [_settable(name, each) for each in value] if isinstance(value, list | tuple) else value
