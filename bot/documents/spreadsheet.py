"""A list as CSV, for a spreadsheet that must not take anybody's words for a formula. Knows no row."""

import csv
import io
from collections.abc import Iterable, Sequence

MARK = "\ufeff"
"""What tells a spreadsheet that a file is in UTF-8."""


def written(rows: Iterable[Sequence[object]]) -> str:
    """Lines of a CSV that a spreadsheet opens without taking a cell for a formula."""
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\n").writerows([[_harmless(str(c)) for c in row] for row in rows])
    return out.getvalue()


def file(rows: Iterable[Sequence[object]]) -> bytes:
    """The same as a file to open with a double click."""
    return (MARK + written(rows)).encode()


def _harmless(cell: str) -> str:
    """An apostrophe before what a spreadsheet would carry out (OWASP, CSV Injection)."""
    flat = cell.replace("\r", " ").replace("\n", " ")
    return f"'{flat}" if flat.lstrip()[:1] in ("=", "+", "-", "@") or flat[:1] in ("\t", " ") else flat
