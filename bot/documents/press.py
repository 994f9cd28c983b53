"""Documents ordered: each as plain data, to be set later, and elsewhere than where it was asked for.

Knows no table, no wording and nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter

from bot.documents import leaflet, word, workbook
from bot.documents.leaflet import Leaflet
from bot.documents.png import png
from flows.deliverables import Format


@dataclass(frozen=True, slots=True)
class Order:
    """`source` is a leaflet, or the SVG of a drawing, or all the text of a file that is only text.

    `at` is the instant it was ordered (UTC), which is when a file says it was made.
    """

    format: Format
    source: Leaflet | str
    at: datetime


_ORDERS: Final = TypeAdapter(Order)


def plain(order: Order) -> dict[str, Any]:
    """The order as JSON knows it."""
    written: dict[str, Any] = _ORDERS.dump_python(order, mode="json")
    return written


def read(written: Mapping[str, Any]) -> Order:
    """What `plain` wrote. Raises ValueError for anything else."""
    return _ORDERS.validate_python(written)


def made(order: Order) -> bytes:
    """The file. Raises whatever keeps it from being made."""
    match order.format, order.source:
        case "pdf", Leaflet() as source:
            return leaflet.pdf(source)
        case "docx", Leaflet() as source:
            return word.docx(source, order.at)
        case "xlsx", Leaflet() as source:
            return workbook.xlsx(source, order.at)
        case "png", str() as drawing:
            return png(drawing)
        case "svg" | "csv" | "ics", str() as text:
            return text.encode()
    raise ValueError(order.format)
