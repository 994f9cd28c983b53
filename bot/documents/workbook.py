"""The tables of a leaflet as a workbook, one sheet each, to be gone on with in a spreadsheet. The rest of it stays out.

Whatever people wrote is text: no formula, no link, no number. Knows no table of the store and no wording.
"""

import io
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any, Final
from unicodedata import east_asian_width

from bot.documents import look
from bot.documents.inscription import inscribed, units
from bot.documents.leaflet import Leaflet, Part, Table

LONGEST: Final = 32_767
"""UTF-16 units that a cell holds."""

NAME: Final = 31
FOOT: Final = 255
"""The same of a sheet's name, and of what stands at the foot of its pages."""

LIST: Final = 255
"""The same of all that a list to choose from offers; a comma sets them apart."""

NARROW, WIDE, ROOM = 14, 60, 130
"""Columns, in signs: the narrowest, the widest, and all of them together where they can."""

LINE: Final = 16
TALL: Final = 25
"""Points of a line, and the lines that a row can show: none is over 409 points high."""

MARGIN: Final = 22 / 25.4
A4: Final = 9
FACE: Final = {"font_name": "Atkinson Hyperlegible Next", "font_size": 11, "font_color": look.INK}
TOP: Final = {"text_wrap": True, "valign": "top"}
CELL: Final = FACE | TOP | {"bottom": 4, "bottom_color": look.GREY, "quote_prefix": True}
"""`quote_prefix`: a text that begins with « = » is still text once somebody has changed it."""

STYLES: Final[dict[str, dict[str, Any]]] = {
    "title": FACE | TOP | {"bold": True, "font_size": 16},
    "part": FACE | TOP | {"bold": True, "font_size": 12, "font_color": look.PETROL},
    "about": FACE | TOP,
    "note": FACE | TOP | {"font_color": look.GREY},
    "head": CELL | {"bold": True, "bg_color": look.SAND, "bottom": 2, "bottom_color": look.PETROL},
    "cell": CELL,
    "blank": CELL | {"font_color": look.GREY},
}
OPTIONS: Final = {
    "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
}  # fmt: skip


def xlsx(leaflet: Leaflet, now: datetime) -> bytes:
    """The file, made at `now` (aware). A part that is still empty is a sheet with its invitation."""
    from xlsxwriter import Workbook  # type: ignore[import-untyped]  # loaded when a workbook is asked for

    data = io.BytesIO()
    book = Workbook(data, OPTIONS)
    book.set_properties({"title": inscribed(leaflet.title), "created": now.astimezone(UTC)})
    formats = {name: book.add_format(about) for name, about in STYLES.items()}
    for part, table in _sheets(leaflet):
        names = [sheet.name for sheet in book.worksheets()]
        _Sheet(book.add_worksheet(_name(part, names)), formats).fill(leaflet, part, table)
    book.close()
    return data.getvalue()


def _sheets(leaflet: Leaflet) -> list[tuple[Part, Table | None]]:
    """Never none: a workbook has a sheet."""
    found: list[tuple[Part, Table | None]] = []
    for part in leaflet.parts:
        tables = [block for block in part.blocks if isinstance(block, Table)]
        found += [(part, table) for table in tables] or ([(part, None)] if part.empty else [])
    return found or [(Part("", "", "", ()), None)]


class _Sheet:
    """One sheet, filled from the top down."""

    def __init__(self, sheet: Any, formats: dict[str, Any]) -> None:
        self.sheet, self.formats = sheet, formats
        self.row = 0

    def fill(self, leaflet: Leaflet, part: Part, table: Table | None) -> None:
        rows = [[inscribed(cell) for cell in row] for row in (table.head, *table.rows)] if table else []
        blank = inscribed(table.blank) if table else ""
        self.widths = _widths(rows, blank)
        for column, width in enumerate(self.widths):
            self.sheet.set_column(column, column, width)
        self._page(leaflet.page)
        lines = (
            ("title", leaflet.title),
            ("note", f"{leaflet.whose} · {leaflet.when}\n{leaflet.reader}"),
            ("about", leaflet.about),
            ("part", part.title),
            ("note", part.note),
            ("about", part.intro),
        )
        for style, text in lines:
            self._across(style, inscribed(text))
        if table and table.head:
            self._table(rows, blank, table.choices)
            self._across("note", inscribed(table.note))
        self._across("note", inscribed(part.empty))

    def _page(self, page: str) -> None:
        sheet = self.sheet
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.set_margins(MARGIN, MARGIN, MARGIN, MARGIN)
        sheet.fit_to_pages(1, 0)
        sheet.hide_gridlines(2)
        foot = "&R" + inscribed(page).replace("\n", " ").replace("&", "&&")
        foot = foot.replace("{pages}", "&N").replace("{page}", "&P")
        sheet.set_footer(foot if units(foot) <= FOOT else "&R&P / &N")

    def _across(self, style: str, text: str) -> None:
        """A line over all the columns, as high as it needs; nothing for no text."""
        if not text:
            return
        size = STYLES[style]["font_size"] / FACE["font_size"]
        self.sheet.set_row(self.row, min(_lines(text, sum(self.widths) / size) * size, TALL) * LINE)
        if len(self.widths) > 1:
            self.sheet.merge_range(self.row, 0, self.row, len(self.widths) - 1, "", self.formats[style])
        self._put(self.row, 0, text, style)
        self.row += 1

    def _table(self, rows: Sequence[Sequence[str]], blank: str, choices: Sequence[Sequence[str]]) -> None:
        head = self.row
        self._row([(cell, "head") for cell in rows[0]])
        for row in rows[1:]:
            for nth, line in enumerate(zip_longest(*map(_pieces, row), fillvalue="")):
                self._row([(cell, "cell") if cell or nth else (blank, "blank") for cell in line])
        for column, offered in enumerate(choices):
            self._choices(head + 1, column, [inscribed(text) for text in offered])
        self.sheet.freeze_panes(head + 1, 0)
        self.sheet.repeat_rows(head)
        self.sheet.ignore_errors({"number_stored_as_text": f"A{head + 1}:XFD{self.row}"})

    def _choices(self, first: int, column: int, offered: Sequence[str]) -> None:
        """A list to choose from in each cell of a column; other words are taken too, once asked about."""
        told = ",".join(offered)
        if told and self.row > first and units(told) <= LIST and told.count(",") < len(offered) and '"' not in told:
            about = {"validate": "list", "source": list(offered), "error_type": "warning"}
            self.sheet.data_validation(first, column, self.row - 1, column, about)

    def _row(self, cells: Sequence[tuple[str, str]]) -> None:
        """One row; as many rows made one as it takes to show the longest of its texts."""
        lines = max(_lines(text, width) for (text, _), width in zip(cells, self.widths, strict=True))
        last = self.row + (lines - 1) // TALL
        for row in range(self.row, last + 1) if last > self.row else ():
            self.sheet.set_row(row, TALL * LINE)
        for column, (text, style) in enumerate(cells):
            if last > self.row:
                self.sheet.merge_range(self.row, column, last, column, "", self.formats[style])
            self._put(self.row, column, text, style)
        self.row = last + 1

    def _put(self, row: int, column: int, text: str, style: str) -> None:
        made = self.formats[style]
        if not text:
            failed = self.sheet.write_blank(row, column, None, made)
        elif text.startswith("<r>") and text.endswith("</r>"):
            # The library writes such a string as it stands, taking it for its own: it must have made it itself.
            pieces = ["<", "r", *re.split("(?<=_)(?=x)", text[2:])]
            failed = self.sheet.write_rich_string(row, column, *(x for piece in pieces for x in (made, piece)), made)
        else:
            failed = self.sheet.write_string(row, column, text, made)
        if failed:
            raise ValueError(f"a text of {len(text)} signs does not fit a cell")


# --- measures ------------------------------------------------------------------------------------


def _pieces(text: str) -> Iterator[str]:
    """What a cell can hold of a text, then what the one below can; cut after a space where there is one."""
    while units(text) > LONGEST:
        end = len(text.encode("utf-16-le")[: LONGEST * 2].decode("utf-16-le", "ignore"))
        end = text.rfind(" ", end - 200, end) + 1 or end
        yield text[:end]
        text = text[end:]
    yield text


def _widths(rows: Sequence[Sequence[str]], blank: str) -> list[int]:
    """Of each column, in signs: what its texts ask for, the long ones giving way until all fit on the page."""
    asked = [max(NARROW, *(_wide(text) + 2 for text in (*column, blank))) for column in zip(*rows, strict=True)]
    most = WIDE
    while most > NARROW and sum(min(each, most) for each in asked) > ROOM:
        most -= 1
    found = [min(each, most) for each in asked] or [WIDE]
    spare = max(0, WIDE - sum(found)) // len(found)
    return [width + spare for width in found]


def _wide(text: str) -> int:
    """Signs of its longest line; those of the far East count twice."""
    return max(map(_signs, text.split("\n")))


def _lines(text: str, width: float) -> int:
    """At most so many, in a column of so many signs."""
    return sum(1 + int(_signs(line) / (0.9 * width)) for line in text.split("\n"))


def _signs(line: str) -> int:
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in line)


def _name(part: Part, taken: Sequence[str]) -> str:
    """A name for a sheet, as spreadsheets want them: short, without some signs, and no other sheet's."""
    bare = " ".join(re.sub(r"[\[\]:*?/\\]", " ", inscribed(part.title)).split()).strip("' ") or "1"
    for nth in range(1, len(taken) + 2):
        end = f" {nth}" if nth > 1 else ""
        name = bare
        while units(name + end) > NAME:
            name = name[:-1]
        name = name.rstrip("' ") + end
        if name.lower() not in (each.lower() for each in (*taken, "history")):
            return name
    raise AssertionError("more names than sheets")
