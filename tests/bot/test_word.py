"""Word documents read back: all that was written is there, in its order, as text; and nothing that was not."""

import io
import re
import zipfile
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from docx import Document
from docx.table import Table as WordTable
from hypothesis import HealthCheck, given, settings
from jinja2 import UndefinedError

from bot.documents import word
from bot.documents.inscription import inscribed
from bot.documents.leaflet import Block, Card, Field, Leaflet, Mark, Part, Passage, Pile, Piles, Quote, Scales, Table
from tests.bot import leaflets
from tests.bot.hostile import HOSTILE

NOW = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
ALL: tuple[Any, ...] = (
    Passage("Ce que vous avez écrit", Quote("Mes mots", "2 novembre 2026")),
    Passage("", Quote("Assez probable", own=False)),
    Card("Manquer", (Field("Ce qu'elle protège", Quote("Mon loyer")),), "2 novembre 2026", "à relire"),
    Table(("Besoin", "Ma preuve"), (("Trier", ""), ("Prévenir", "Un merci")), "à développer", "d'après une annonce"),
    Piles("Mes forces", (Pile("Déjà là", ("Écoute", "Ténacité")), Pile("À développer", ())), "2 novembre 2026"),
    Scales("Énergie", "à plat", "en forme", (Mark("Séance 1", 0.6, "6 sur 10"),)),
    leaflets.picture(400, 300),
)  # fmt: skip


def opened(leaflet: Leaflet) -> Any:
    return Document(io.BytesIO(word.docx(leaflet, NOW)))


def read(document: Any) -> list[str]:
    """Every text of the body in its order, but empty ones."""
    found: list[str] = []
    for block in document.iter_inner_content():
        if isinstance(block, WordTable):
            found += [paragraph.text for row in block.rows for cell in row.cells for paragraph in cell.paragraphs]
        else:
            found.append(block.text)
    return [text for text in found if text]


def expected(leaflet: Leaflet) -> list[str]:
    return [text for text in map(inscribed, leaflets.said(leaflet)) if text]


def foot(document: Any) -> str:
    [paragraph] = document.sections[0].footer.paragraphs
    return str(paragraph.text)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(leaflets.leaflets(leaflets.passages, leaflets.cards, leaflets.tables(), leaflets.piles, leaflets.scales))
def test_what_was_written_is_what_is_read(leaflet: Leaflet) -> None:
    document = opened(leaflet)
    assert read(document) == expected(leaflet)
    assert foot(document) == inscribed(leaflet.page).replace("{page}", "1").replace("{pages}", "1")
    assert document.core_properties.title == inscribed(leaflet.title)[: word.TITLE]


MARKS = {
    "marks of the template": "{_{ 7*7 }_} {_% x %_} {# x #} {%p endfor %} {{r x }} {%tr for x in y %} <w:t>x</w:t>"
}


@pytest.mark.parametrize("text", (HOSTILE | MARKS).values(), ids=HOSTILE | MARKS)
def test_words_made_to_hurt_are_only_words(text: str) -> None:
    leaflet = Leaflet(text, text, text, text, text, text + " {page}", (Part(text, text, text, (
        Passage(text, Quote(text, text)), Card(text, (Field(text, Quote(text)),), text, text),
        Table((text, text), ((text, ""),), text, text), Piles(text, (Pile(text, (text,)),), text),
        Scales(text, text, text, (Mark(text, 0.5, text),)), leaflets.picture(200, 100, text)), text),
        Part(text, "", text, ())))  # fmt: skip
    data = word.docx(leaflet, NOW)
    assert read(Document(io.BytesIO(data))) == expected(leaflet)
    archive = zipfile.ZipFile(io.BytesIO(data))
    held = "".join(archive.read(name).decode() for name in archive.namelist() if name.endswith((".xml", ".rels")))
    assert (
        "hyperlink " not in held and "TargetMode" not in held and not re.search("<w:(object|altChunk|control) ", held)
    )


def test_every_kind_of_block_has_its_place_in_the_page() -> None:
    assert {type(block) for block in ALL} == set(get_args(Block))
    for block in ALL:
        assert read(opened(leaflets.plain(block)))[5:] == [text for text in leaflets.spoken(block) if text]
        body = opened(leaflets.plain(block)).element.body
        assert list(leaflets.spoken(block)) or body.xpath(".//wp:docPr[@descr='Un bateau']")


def test_headings_are_headings_and_quotations_bear_their_date() -> None:
    document = opened(leaflets.plain(*ALL))
    styles = [(each.style.name, each.text) for each in document.paragraphs if each.text]
    assert styles[0] == ("Heading 1", "Matrice") and styles[4] == ("Heading 2", "Besoin par besoin")
    headings = ["Ce que vous avez écrit", "Manquer", "Mes forces", "Énergie"]
    assert [text for name, text in styles if name == "Heading 3"] == headings
    at = styles.index(("Quote", "Mes mots"))
    assert styles[at + 1] == ("Date", "2 novembre 2026")
    assert ("Réponse choisie", "Assez probable") in styles and ("List Bullet", "Écoute") in styles
    ruled = [name for name in ("Quote", "Réponse choisie") if document.styles[name].element.xpath(".//w:pBdr/w:left")]
    assert ruled == ["Quote"], "their own words stand beside a line"


def test_an_empty_part_is_an_invitation() -> None:
    document = opened(leaflets.plain())
    assert [each.text for each in document.paragraphs if each.style.name == "Invitation"] == [
        "Ici viendront les besoins."
    ]


def test_an_invitation_may_stand_under_a_picture() -> None:
    part = Part("Le bateau", "", "Ici viendront vos mots.", (leaflets.picture(200, 104),))
    document = opened(Leaflet("T", "a", "w", "n", "r", "p", (part,)))
    styles = [each.style.name for each in document.paragraphs]
    assert styles[-2:] == ["Image", "Invitation"]


def test_a_part_begins_a_page_where_it_must() -> None:
    parts = (Part("Un", "", "vide", ()), Part("Deux", "", "vide", (), fresh=True))
    document = opened(Leaflet("T", "a", "w", "n", "r", "p", parts))
    broken = {each.text: each.paragraph_format.page_break_before for each in document.paragraphs}
    assert (broken["Un"], broken["Deux"]) == (None, True)


@pytest.mark.parametrize(("wide", "width", "height"), [(False, 210, 297), (True, 297, 210)])
def test_a_page_is_a4_with_room_around_it(wide: bool, width: int, height: int) -> None:
    document = opened(leaflets.plain(*ALL, wide=wide))
    [page] = document.sections
    assert (round(page.page_width.mm), round(page.page_height.mm), page.orientation) == (width, height, int(wide))
    margins = (page.left_margin, page.right_margin, page.top_margin, page.bottom_margin)
    assert [round(each.mm) for each in margins] == [22] * 4
    [table] = document.tables
    assert [round(cell.width.mm) for cell in table.rows[1].cells] == [(width - 43) // 2] * 2


def test_a_file_says_what_it_is() -> None:
    properties = opened(leaflets.plain()).core_properties
    assert (properties.title, properties.language, properties.author) == ("Matrice", "fr-FR", "")
    assert properties.created == properties.modified == NOW
    styles = opened(leaflets.plain()).styles.element
    assert styles.xpath("./w:docDefaults//w:lang/@w:val") == ["fr-FR"]
    assert styles.xpath("./w:docDefaults//w:rFonts/@w:ascii") == ["Atkinson Hyperlegible Next"]


def test_the_pages_are_counted_by_word() -> None:
    document = opened(leaflets.plain())
    part = next(each.target_part for each in document.part.rels.values() if each.reltype.endswith("/footer"))
    assert re.findall(r"<w:instrText[^>]*> (\w+) ", part.blob.decode()) == ["PAGE", "NUMPAGES"]
    assert foot(document) == "Zoé · page 1 sur 1"


def test_a_table_repeats_its_head_and_breaks_between_rows_alone() -> None:
    rows = tuple((str(n), "") for n in range(60))
    [table] = opened(leaflets.plain(Table(("Besoin", "Preuve"), rows, "à développer"))).tables
    marks = [[each.tag.removeprefix(W) for each in row._tr.trPr] for row in table.rows]
    assert marks == [["cantSplit", "tblHeader"], *[["cantSplit"]] * 60]
    assert len(table.columns) == 2 and table.rows[60].cells[1].paragraphs[0].style.name == "Cellule vide"


@pytest.mark.parametrize("long", ["mot " * 1250, "ligne\n" * 100, "漢" * 5000])
def test_a_row_too_tall_for_a_page_goes_on_over_it(long: str) -> None:
    [table] = opened(leaflets.plain(Table(("Besoin",), (("court",), (long,)), ""), wide=True)).tables
    assert [row._tr.xpath("./w:trPr/w:cantSplit") != [] for row in table.rows] == [True, True, False]


@pytest.mark.parametrize("size", [(104, 104), (2000, 504), (304, 4000)])
def test_a_picture_fits_the_page_and_is_told(size: tuple[int, int]) -> None:
    document = opened(leaflets.plain(leaflets.picture(*size, alt="Un <bateau> & « {_{ 7*7 }_} »")))
    [drawn] = document.inline_shapes
    assert 0 < drawn.width.mm <= 166.1 and 0 < drawn.height.mm < 253
    assert drawn.width / drawn.height == pytest.approx(size[0] / size[1], rel=0.02)
    assert drawn.width.mm <= size[0] / 96 * 25.4 + 0.1, "no larger than it was drawn"
    assert document.element.body.xpath(".//wp:docPr/@descr") == ["Un <bateau> & « {_{ 7*7 }_} »"]


def test_what_is_read_from_the_right_is_marked() -> None:
    hebrew, french = Passage("", Quote("שלום, 3 mots\n\tוברכה")), Passage("", Quote("bonjour שלום"))
    document = opened(leaflets.plain(hebrew, french, Table(("x",), (("مرحبا",),), "")))
    marked = document.element.body.xpath(".//w:p[w:pPr/w:bidi]")
    assert len(marked) == 2
    assert all(run.xpath("./w:rPr/w:rtl") for paragraph in marked for run in paragraph.xpath("./w:r"))


def test_sixty_long_experiences_are_all_there() -> None:
    long = ("J'ai tenu l'accueil. " * 250)[:5000]
    cards = [Card(f"Poste {n}", (Field("Ce que j'ai fait", Quote(f"{n} {long}")),)) for n in range(60)]
    leaflet = leaflets.plain(*cards)
    assert read(opened(leaflet)) == expected(leaflet)


def test_a_template_that_asks_for_what_is_not_there_is_heard(tmp_path: Any, monkeypatch: Any) -> None:
    template = Document(str(word.TEMPLATE))
    template.paragraphs[0].text = "{{ titre }}"
    template.save(str(tmp_path / "changed.docx"))
    monkeypatch.setattr(word, "TEMPLATE", tmp_path / "changed.docx")
    with pytest.raises(UndefinedError, match="titre"):
        word.docx(leaflets.plain(), NOW)
