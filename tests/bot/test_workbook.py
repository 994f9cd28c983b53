"""Workbooks read back: every cell as it was written, as text: no formula, no link, no number, nothing cut."""

import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings

from bot.documents import workbook
from bot.documents.inscription import inscribed, units
from bot.documents.leaflet import Leaflet, Part, Passage, Quote, Table
from tests.bot import leaflets
from tests.bot.hostile import HOSTILE

NOW = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
HEAD = ("Besoin repéré", "Ma compétence", "Ma preuve")
MATRIX = Table(HEAD, (("Trier", "Classer", ""), ("=1+1", "12", "https://exemple.fr")), "à développer", "d'après vous")


def opened(leaflet: Leaflet) -> Any:
    return openpyxl.load_workbook(io.BytesIO(workbook.xlsx(leaflet, NOW)))


def read(sheet: Any) -> list[str]:
    """Every text of a sheet in its order; the head stands in single cells over all columns."""
    return [cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None]


def expected(leaflet: Leaflet) -> list[list[str]]:
    """What each sheet says."""
    first = (leaflet.title, f"{leaflet.whose} · {leaflet.when}\n{leaflet.reader}", leaflet.about)
    found = []
    for part in leaflet.parts:
        told = (*first, part.title, part.note, part.intro)
        tables = [leaflets.spoken(block) for block in part.blocks if isinstance(block, Table)]
        found += [[*told, *table, part.empty] for table in tables] or ([[*told, part.empty]] if part.empty else [])
    return [[text for text in map(inscribed, sheet) if text] for sheet in found or [[*first]]]


def held(data: bytes) -> str:
    archive = zipfile.ZipFile(io.BytesIO(data))
    return "".join(archive.read(name).decode() for name in archive.namelist())


def raised(text: str) -> str:
    """As openpyxl reads it: a sign that the file spells out, it leaves out."""
    return text.replace("x005F_", "")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(leaflets.leaflets(leaflets.tables(), leaflets.tables(), leaflets.passages))
def test_what_was_written_is_what_is_read(leaflet: Leaflet) -> None:
    book = opened(leaflet)
    assert [list(map(raised, read(sheet))) for sheet in book] == [list(map(raised, each)) for each in expected(leaflet)]
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert kinds <= {"s"}


@pytest.mark.parametrize("text", [*HOSTILE.values(), "<r><t>x</t></r>", "<r>_x0041_</r>", "_x0041_ _x000D_", "{=1+1}",
                                  "=1+1", "-2", "1234", "1e5", "http://mal.example", "#N/A", "TRUE", "'x", " x "],
                         ids=ascii)  # fmt: skip
def test_words_made_to_hurt_are_only_words(text: str) -> None:
    table = Table((text, text), ((text, ""), ("x", text)), text, text)
    leaflet = Leaflet(
        text, text, text, text, text, text, (Part(text, text, text, (table,), text), Part(text, "", text, ()))
    )
    data = workbook.xlsx(leaflet, NOW)
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert [read(sheet) for sheet in book] == expected(leaflet)
    assert all(cell.data_type == "s" and cell.hyperlink is None for sheet in book for row in sheet.iter_rows()
               for cell in row if cell.value is not None)  # fmt: skip
    heights = [row.height for sheet in book for row in sheet.row_dimensions.values() if row.height]
    assert heights and max(heights) <= 409, "what a spreadsheet can show"
    whole = held(data)
    assert "<f>" not in whole and "<f " not in whole and "hyperlink" not in whole and "TargetMode" not in whole


def test_a_formula_stays_text_once_somebody_has_changed_it() -> None:
    [sheet] = opened(leaflets.plain(MATRIX))
    [cell] = [cell for row in sheet.iter_rows() for cell in row if cell.value == "=1+1"]
    assert cell.quotePrefix


def test_a_sheet_is_ready_to_be_printed_and_gone_on_with() -> None:
    [sheet] = opened(leaflets.plain(MATRIX))
    assert sheet.title == "Besoin par besoin"
    head = next(row for row in sheet.iter_rows() if row[0].value == HEAD[0])
    assert [cell.value for cell in head] == list(HEAD) and all(cell.font.bold for cell in head)
    assert sheet.freeze_panes == f"A{head[0].row + 1}" and sheet.print_title_rows == f"${head[0].row}:${head[0].row}"
    page = sheet.page_setup
    assert (page.orientation, page.paperSize, page.fitToWidth or 1, page.fitToHeight) == ("landscape", 9, 1, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert round(sheet.page_margins.left * 25.4) == 22
    assert sheet.oddFooter.right.text == "Zoé · page &P sur &N"
    assert all(cell.alignment.wrap_text for row in sheet.iter_rows() for cell in row if cell.value)
    assert sheet["A1"].value == "Matrice" and sheet["A1"].font.name == "Atkinson Hyperlegible Next"


def test_an_empty_cell_says_so_in_grey() -> None:
    [sheet] = opened(leaflets.plain(MATRIX))
    [blank] = [cell for row in sheet.iter_rows() for cell in row if cell.value == "à développer"]
    assert blank.font.color.rgb == "FF5C6870" and blank.column == 3


def test_a_column_of_few_words_offers_them() -> None:
    gaps = ("C’est déjà là", "En partie", "À développer")
    table = replace(MATRIX, choices=((), gaps, ("avec, virgule", "sans"), tuple(f"choix {n}" * 9 for n in range(9))))
    [sheet] = opened(leaflets.plain(table))
    [offered] = sheet.data_validations.dataValidation
    assert (offered.type, offered.formula1) == ("list", '"C’est déjà là,En partie,À développer"')
    assert offered.errorStyle == "warning", "other words are taken too"
    cells = [cell for row in sheet[str(offered.sqref)] for cell in row]
    assert [cell.value for cell in cells] == ["Classer", "12"], "the rows of the table, in that column alone"


def test_columns_are_as_wide_as_they_should() -> None:
    short = Table(("a", "b"), (("x", "y"),), "")
    long = Table(("a", "b", "c", "d", "e"), (("mot " * 500, "x", "mot " * 100, "mot " * 50, "un mot"),), "")
    for table, least, most in ((short, 60, 62), (long, 125, 135)):
        [sheet] = opened(leaflets.plain(table))
        alike = [(each.width, each.max - each.min + 1) for each in sheet.column_dimensions.values()]
        assert sum(count for _, count in alike) == len(table.head) and min(alike)[0] >= 14
        assert least <= sum(width * count for width, count in alike) <= most, alike


def test_what_a_row_cannot_show_is_shown_over_several() -> None:
    long = "ligne\n" * 60 + "fin"
    [sheet] = opened(leaflets.plain(Table(("a", "b"), (("x", long), ("après", "")), "vide")))
    [cell] = [cell for row in sheet.iter_rows() for cell in row if cell.value == long]
    [span] = [each for each in sheet.merged_cells.ranges if cell.coordinate in each]
    rows = range(span.min_row, span.max_row + 1)
    heights = [sheet.row_dimensions[row].height for row in rows]
    assert max(heights) <= 409 and sum(heights) >= 61 * 15
    assert sheet.cell(span.max_row + 1, 1).value == "après"


@pytest.mark.parametrize("sign", ["mot ", "x", "🙂", "é\n"])
def test_what_a_cell_cannot_hold_goes_on_in_the_rows_below(sign: str) -> None:
    long = "a" + sign * (70_000 // units(sign)) + "fin"
    [sheet] = opened(leaflets.plain(Table(("a", "b"), ((long, ""), ("après", "x")), "vide")))
    start = next(cell.row for row in sheet.iter_rows() for cell in row if cell.value == "a") + 1
    column = [row[0].value for row in sheet.iter_rows(min_row=start) if row[0].value]
    assert "".join(column[:-1]) == long and column[-1] == "après" and len(column) == 4
    assert all(units(piece) <= 32_767 for piece in column)
    assert [row[1].value for row in sheet.iter_rows(min_row=start) if row[1].value] == ["vide", "x"]


def test_each_table_has_a_sheet_and_what_is_empty_its_invitation() -> None:
    odd = "Un titre [long]: bien plus que ce qu'un onglet peut dire ?"
    said = Passage("x", Quote("hors du classeur"))
    parts = (Part(odd, "", "", (MATRIX, said, MATRIX)), Part(odd, "", "", (MATRIX,)),
             Part("History", "", "", (MATRIX,)), Part("'''", "", "Ici viendront vos pas.", ()),
             Part("Mots", "", "", (said,)))  # fmt: skip
    book = opened(Leaflet("T", "a", "w", "n", "r", "p", parts))
    assert book.sheetnames == ["Un titre long bien plus que ce", "Un titre long bien plus que c 2",
                               "Un titre long bien plus que c 3", "History 2", "1"]  # fmt: skip
    assert read(book["1"])[-1] == "Ici viendront vos pas."


def test_nothing_at_all_is_still_a_sheet() -> None:
    assert read(opened(Leaflet("T", "a", "w", "n", "r", "p", ())).active) == ["T", "w · n\nr", "a"]


def test_a_file_says_what_it_is_and_is_the_same_each_time() -> None:
    book = opened(leaflets.plain(MATRIX))
    assert (book.properties.title, book.properties.created) == ("Matrice", NOW.replace(tzinfo=None))
    assert workbook.xlsx(leaflets.plain(MATRIX), NOW) == workbook.xlsx(leaflets.plain(MATRIX), NOW)


def test_a_foot_too_long_for_a_spreadsheet_keeps_the_pages() -> None:
    long = Leaflet("T", "a", "w", "n", "r", "Zoé & " * 60 + "{page} sur {pages}", ())
    assert opened(long).active.oddFooter.right.text == "&P / &N"
