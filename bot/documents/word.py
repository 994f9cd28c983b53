"""A leaflet as a Word document, to be changed by whoever receives it. Its look is `leaflet.docx`, itself open to Word.

What people wrote is data: it is set in the page, and never read as a template. Knows no table and no wording.
"""

import io
import struct
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from bot.documents.inscription import inscribed, rightwards
from bot.documents.leaflet import Leaflet
from bot.documents.png import PIXEL, png

TEMPLATE: Final = Path(__file__).with_name("leaflet.docx")
TABLE: Final = "Tableau"
"""The style of the tables whose columns share the width of the page."""

LANGUAGE: Final = "fr-FR"
TITLE: Final = 255
"""Characters that a property of a file holds."""

EMU: Final = 914_400
"""Word's unit for lengths: so many to the inch; and to the twip, which its tables count in."""
TWIP: Final = 635

SHARP: Final = 2
"""Pixels of a picture for each one of its drawing."""

SIGN: Final = EMU // 10
ENDING: Final = 25
LINES: Final = 20
"""A sign of a cell takes less room than that, the end of a line less than so many signs; a row of so many lines surely
stands on one page."""

FIELDS = ("{page}", "{pages}")
_AFTER_BIDI = ("adjustRightInd", "snapToGrid", "spacing", "ind", "contextualSpacing", "mirrorIndents",
               "suppressOverlap", "jc", "textDirection", "textAlignment", "textboxTightWrap", "outlineLvl", "divId",
               "cnfStyle", "rPr", "sectPr", "pPrChange")  # fmt: skip
_AFTER_RTL = ("cs", "em", "lang", "eastAsianLayout", "specVanish", "oMath")


def docx(leaflet: Leaflet, now: datetime) -> bytes:
    """The file, made at `now` (aware). Raises when the template asks for what a leaflet has not."""
    from docxtpl import DocxTemplate  # type: ignore[import-untyped]  # loaded when a document is asked for

    template = DocxTemplate(TEMPLATE)
    template.init_docx()
    page = template.docx.sections[0]
    if leaflet.wide:
        page.orientation, page.page_width, page.page_height = 1, page.page_height, page.page_width
    room = page.page_width - page.left_margin - page.right_margin
    height = (page.page_height - page.top_margin - page.bottom_margin) * 9 // 10
    context = {name: _given(value, template, (room, height)) for name, value in asdict(leaflet).items()}
    template.render(context | {"page": _foot(context["page"])}, _environment(), autoescape=True)
    body = template.docx.element.body
    for table in body.xpath(f".//w:tbl[w:tblPr/w:tblStyle/@w:val='{TABLE}']"):
        _spread(table, room)
    for paragraph in body.xpath(".//w:p"):
        _turn(paragraph)
    _describe(template.docx.core_properties, context["title"], now)
    data = io.BytesIO()
    template.save(data)
    return data.getvalue()


# --- what the template is given ------------------------------------------------------------------


def _given(value: Any, template: Any, room: tuple[int, int]) -> Any:
    """A value of the leaflet as the template takes it: its texts fit to be set, its pictures drawn."""
    if isinstance(value, str):
        return inscribed(value)
    if isinstance(value, Mapping):
        if "svg" in value:
            return {"kind": value["kind"], "drawing": _Drawing(template, value["svg"], value["alt"], room)}
        return {name: _given(each, template, room) for name, each in value.items()}
    return [_given(each, template, room) for each in value] if isinstance(value, list | tuple) else value


def _foot(page: str) -> dict[str, str]:
    """The line at the foot of each page, around the two fields that Word fills."""
    before, _, rest = page.rpartition(FIELDS[0])
    between, _, after = rest.partition(FIELDS[1])
    return {"before": before, "between": between, "after": after}


def _environment() -> Environment:
    return Environment(autoescape=True, undefined=StrictUndefined, finalize=_set)


def _set(value: Any) -> Any:
    """A text as XML. Its underscores are spelled out: once a page is filled, docxtpl reads `{_{` as `{{`."""
    return Markup(str(escape(value)).replace("_", "&#95;")) if isinstance(value, str) else value


class _Drawing:
    """A picture that Jinja sets in the page, as large as there is room (width, height in EMU)."""

    def __init__(self, template: Any, svg: str, alt: str, room: tuple[int, int]) -> None:
        self.template, self.svg, self.alt, self.room = template, svg, inscribed(alt), room

    def __html__(self) -> str:
        data = png(self.svg, SHARP)
        wide, high = struct.unpack(">II", data[16:24])
        width = min(self.room[0], int(self.room[1] * wide / high), wide * EMU // (PIXEL * SHARP))
        inline = self.template.current_rendering_part.new_pic_inline(io.BytesIO(data), width, None)
        inline.docPr.set("descr", self.alt)
        xml = str(inline.xml).replace("_", "&#95;")
        return f"</w:t></w:r><w:r><w:drawing>{xml}</w:drawing></w:r><w:r><w:t>"


# --- what is seen to once the page is filled -----------------------------------------------------


def _describe(properties: Any, title: str, now: datetime) -> None:
    """What a reader of the file's properties is told: its title, and when it was made."""
    properties.title, properties.language = title[:TITLE], LANGUAGE
    properties.created = properties.modified = now
    properties.author = properties.last_modified_by = ""


def _spread(table: Any, room: int) -> None:
    """Gives the columns of a table the same width, and lets a row go on over the page if it is too tall for one."""
    columns = table.xpath("./w:tblGrid/w:gridCol")
    width = room // len(columns)
    for each in (*columns, *table.xpath("./w:tr/w:tc/w:tcPr/w:tcW")):
        each.set(_w("w"), str(width // TWIP))
    for row in table.xpath("./w:tr[w:trPr/w:cantSplit]"):
        if max(map(_signs, row.xpath("./w:tc")), default=0) * SIGN > LINES * width:
            whole = row.find(_w("trPr"))
            whole.remove(whole.find(_w("cantSplit")))


def _signs(cell: Any) -> int:
    """How many a cell holds, the end of a line counting for many."""
    return sum(len(text) + ENDING for text in _texts(cell))


def _turn(paragraph: Any) -> None:
    """Marks a paragraph that is read from the right."""
    if not rightwards("".join(_texts(paragraph))):
        return
    about = paragraph.get_or_add_pPr()
    about.insert_element_before(about.makeelement(_w("bidi")), *(f"w:{name}" for name in _AFTER_BIDI))
    for run in paragraph.xpath("./w:r"):
        spoken = run.get_or_add_rPr()
        spoken.insert_element_before(spoken.makeelement(_w("rtl")), *(f"w:{name}" for name in _AFTER_RTL))


def _texts(element: Any) -> Iterator[str]:
    return (each.text or "" for each in element.iter(_w("t")))


def _w(name: str) -> str:
    return f"{{http://schemas.openxmlformats.org/wordprocessingml/2006/main}}{name}"
