"""All that is kept of one person, set to be read, as a PDF: chapters of entries, as many pages as it takes.

Knows no table and no wording: every word comes in as it is to be read, and is never read as markup.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from bot.documents.typesetting import compiled, settable

TEMPLATE: Final = Path(__file__).with_name("portfolio.typ")


@dataclass(frozen=True, slots=True)
class Entry:
    """`head` is a question, or what the entry is; `note` says when, and who may read it."""

    head: str
    text: str
    note: str


@dataclass(frozen=True, slots=True)
class Chapter:
    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Portfolio:
    """`page` holds {page} and {pages}."""

    title: str
    intro: str
    page: str
    chapters: tuple[Chapter, ...]


def pdf(portfolio: Portfolio) -> bytes:
    """A4."""
    made = compiled(TEMPLATE, "portfolio", _settable(asdict(portfolio)), "pdf", None)
    assert isinstance(made, bytes)
    return made


def pngs(portfolio: Portfolio, ppi: float = 96) -> Sequence[bytes]:
    """The same pages as pictures, to be looked at."""
    made = compiled(TEMPLATE, "portfolio", _settable(asdict(portfolio)), "png", ppi)
    return made if isinstance(made, list) else [made]


def _settable(value: Any) -> Any:
    if isinstance(value, str):
        return settable(value)
    if isinstance(value, dict):
        return {name: _settable(each) for name, each in value.items()}
    return [_settable(each) for each in value] if isinstance(value, list | tuple) else value
