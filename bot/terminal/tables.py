"""What a command answers: JSON for a program, lines and tables for a person. Knows no command."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

WIDE = 10_000
"""Columns of a table that goes into a pipe: a row is a line."""


@dataclass(frozen=True, slots=True)
class Table:
    """`empty` is said when there is no row."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]] = field(default_factory=list)
    empty: str = ""


def tell(as_json: bool, value: Any, *shown: str | Table) -> None:
    """`value` as one JSON document, or what is `shown` to a person."""
    if as_json:
        print(json.dumps(value, ensure_ascii=False, indent=2))
        return
    for item in shown:
        if isinstance(item, str):
            print(clean(item))
        elif item.rows:
            _draw(item)
        elif item.empty:
            print(item.empty)


def note(line: str) -> None:
    """Beside the answer: on stderr, so that a program reads nothing but the answer."""
    print(clean(line), file=sys.stderr)


def when(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def iso(at: datetime, zone: str = "UTC") -> str:
    """An instant with its offset, in `zone`."""
    return at.astimezone(ZoneInfo(zone)).isoformat()


def clean(text: str) -> str:
    """Without the characters that would command the terminal: people's words are shown here."""
    return "".join(c for c in text if c in "\n\t" or (c.isprintable() or ord(c) > 0x9F))


def _draw(table: Table) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table as Grid
    from rich.text import Text

    here = sys.stdout.isatty()
    grid = Grid(box=box.ROUNDED if here else None, pad_edge=here, show_lines=False)
    for name in table.columns:
        grid.add_column(Text(name), overflow="fold")
    for row in table.rows:
        grid.add_row(*(Text(clean(cell) if here else " ".join(clean(cell).split())) for cell in row))
    console = Console(highlight=False, width=None if here else WIDE)
    if here:
        return console.print(grid)
    with console.capture() as drawn:
        console.print(grid)
    return print("\n".join(line.rstrip() for line in drawn.get().splitlines()))
