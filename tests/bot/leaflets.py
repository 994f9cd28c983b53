"""Leaflets of any words, for the tests of what is made of them; and all that one says, in the order it is read."""

from collections.abc import Iterator

from hypothesis import strategies as st

from bot.documents.drawing import Drawing
from bot.documents.inscription import inscribed
from bot.documents.leaflet import Card, Field, Leaflet, Mark, Part, Passage, Picture, Pile, Piles, Quote, Scales, Table
from tests.bot.hostile import HOSTILE

WRITTEN = st.one_of(
    st.text(max_size=60),
    st.text(st.characters(categories=["Cc", "Cs", "Cf", "Zl", "Zp", "Co", "So", "Lo"]), max_size=20),
    st.text("{}%_#<>&\"'=+-@\n\t\\ xr/0041F;amplt", max_size=60),
    st.sampled_from(sorted(HOSTILE.values())),
)
"""Whatever somebody may write: half characters, signs of control, markup of every kind."""

quotes = st.builds(Quote, WRITTEN, WRITTEN, st.booleans())
passages = st.builds(Passage, WRITTEN, quotes)
fields = st.lists(st.builds(Field, WRITTEN, quotes), max_size=3).map(tuple)
cards = st.builds(Card, WRITTEN, fields, WRITTEN, WRITTEN)
pile = st.builds(Pile, WRITTEN, st.tuples(WRITTEN, WRITTEN))
piles = st.builds(Piles, WRITTEN, st.lists(pile, max_size=2).map(tuple), WRITTEN)
scales = st.builds(Scales, WRITTEN, WRITTEN, WRITTEN,
                   st.lists(st.builds(Mark, WRITTEN, st.floats(0, 1), WRITTEN), max_size=2).map(tuple))  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> Table:
    columns = draw(st.integers(1, 5))
    lines = st.lists(st.tuples(*[WRITTEN] * columns), max_size=4).map(tuple)
    return Table(draw(st.tuples(*[WRITTEN] * columns)), draw(lines), draw(WRITTEN), draw(WRITTEN))


def leaflets(*blocks: st.SearchStrategy) -> st.SearchStrategy[Leaflet]:
    parts = st.builds(Part, WRITTEN, WRITTEN, WRITTEN, st.lists(st.one_of(*blocks), max_size=4).map(tuple), WRITTEN,
                      st.booleans())  # fmt: skip
    pages = WRITTEN.map(lambda text: text + " {page} sur {pages}")
    return st.builds(Leaflet, *[WRITTEN] * 5, pages, st.lists(parts, max_size=3).map(tuple), st.booleans())


def plain(*blocks: object, wide: bool = False) -> Leaflet:
    """A leaflet of one part that holds these blocks, an invitation where there is none."""
    empty = "" if blocks else "Ici viendront les besoins."
    part = Part("Besoin par besoin", "", empty, tuple(blocks))  # type: ignore[arg-type]
    return Leaflet("Matrice", "Les besoins d'une annonce.", "Ce document est à Zoé.", "Fait le lundi 2 novembre",
                   "Vous seulement pouvez le lire.", "Zoé · page {page} sur {pages}", (part,), wide)  # fmt: skip


def picture(width: int, height: int, alt: str = "Un bateau") -> Picture:
    drawing = Drawing(width)
    drawing.circle(width / 2, height / 2, 40)
    return Picture(drawing.svg(height, "Bateau", alt), alt)


def said(leaflet: Leaflet) -> Iterator[str]:
    """Every text of it but the foot of its pages and what pictures tell, an empty cell as what it says."""
    yield from (leaflet.title, f"{leaflet.whose} · {leaflet.when}", leaflet.reader, leaflet.about)
    for part in leaflet.parts:
        yield from (part.title, part.note, part.intro)
        for block in part.blocks:
            yield from spoken(block)
        yield part.empty


def spoken(block: object) -> Iterator[str]:
    match block:
        case Passage():
            yield from (block.title, block.quote.text, block.quote.note)
        case Card():
            yield from (block.name, block.mark)
            for field in block.fields:
                yield from (field.label, field.quote.text, field.quote.note)
            yield block.note
        case Table():
            yield from block.head
            yield from (cell if inscribed(cell) else block.blank for row in block.rows for cell in row)
            yield block.note
        case Piles():
            yield block.title
            for pile in block.piles:
                yield from (pile.name, *pile.cards)
            yield block.note
        case Scales():
            yield block.title
            yield from (f"{mark.label}\t{mark.words}" for mark in block.marks)
            yield f"{block.low} – {block.high}"
        case Picture():
            pass
        case _:
            raise AssertionError(f"nobody reads {block!r}")
