"""Documents made from answers, read back: the words in them are the person's and the content's, and no other's.

Looked-at pages stand in tests/approved/leaflets; `--rewrite` takes what comes out, to be looked at again.
"""

import io
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, TypeVar
from xml.etree import ElementTree

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from bot.deliverables.filling import begun, filled, taken
from bot.documents import leaflet
from bot.documents.leaflet import Card, Leaflet, Part, Passage, Picture, Quote, Scales, Table
from bot.documents.typeface import face
from bot.documents.typesetting import settable
from flows.deliverables import Deliverable, Drawn
from flows.model import Kept
from tests.bot.answered import NOW, Participant, house, wander
from tests.bot.elise import elise

APPROVED = Path(__file__).parents[1] / "approved" / "leaflets"
MADE = [made for made in house().library.deliverables if made.built == "reponses"]
RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


B = TypeVar("B")


def of(page: Leaflet, kind: type[B]) -> list[B]:
    return [block for part in page.parts for block in part.blocks if isinstance(block, kind)]


def document(id: str) -> Deliverable:
    made = house().library.deliverable(id)
    assert made is not None
    return made


def made_of(person: Participant, id: str, **about: Any) -> Leaflet:
    return filled(document(id), person.answers(), NOW, **about)


def read(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def bare(text: str) -> str:
    """Letters and signs as they are compared: compatible forms as one, without spaces, control, what chooses a variant
    of a sign, and the marks of a quotation or of a list."""
    flat = unicodedata.normalize("NFKC", text).replace("\u2010", "-")
    return "".join(c for c in flat if unicodedata.category(c)[0] not in "ZC" and c not in "•«»\ufe0e\ufe0f")


def strings(value: Any) -> Iterator[str]:
    """Every text of a leaflet, as it was given."""
    if isinstance(value, str):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            if each.name not in ("kind", "icon", "svg", "alt"):  # pictures are read in their own tests
                yield from strings(getattr(value, each.name))
    elif isinstance(value, tuple | Mapping):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from strings(item)


def holds(pages: list[str], words: str) -> bool:
    """Whether the words stand there whole, cut at most where a page ends."""
    return not words or any(_from(pages[n:], words) for n in range(len(pages)))


def _from(pages: list[str], rest: str) -> bool:
    for page in pages:
        if rest in page:
            return True
        low, high = 0, len(rest)
        while low < high:  # the longest beginning that this page holds
            middle = (low + high + 1) // 2
            low, high = (middle, high) if rest[:middle] in page else (low, middle - 1)
        if not low:
            return False
        rest = rest[low:]
    return not rest


# --- whoever it is, and whatever they wrote --------------------------------------------------

LONG = "mot " * 1250
HARD = [
    '=HYPERLINK("http://exemple.test", "ici")',
    '#set text(red) $x$ *gras* _bas_ @ref <label> `code` \\ // fin #include "/etc/passwd" #sys.inputs',
    "{{ 7*7 }} {% for x in y %} &amp; <b>gras</b> & ]]> \\u0041",
    "هذا نص عربي طويل قليلا",
    "שלום עולם, et la suite",
    "👩‍👩‍👧‍👦 la famille 🏳️‍🌈 👍🏽 1️⃣",
    "a\x00b\x07c\u202ed\ufffe\ud800e",
    "W" * 200,
    "un\n\ndeux\n\n\n   trois\r\nquatre\tcinq",
    "• un tiret\n• puis un autre",
    "« déjà entre guillemets »",
    "   ",
    "L’été où j’ai œuvré, ½ journée : 12 €, d'accord — « oui » ; non…",
]
DRAWN = [c for c in map(chr, range(9, 0x3000)) if (c < "\xa0" or face().draws(c)) and unicodedata.category(c) != "Mn"]
"""Signs of the face, and those of control. A sign that is drawn as two is read back as two."""

WORDS = st.one_of(
    st.sampled_from(HARD),
    st.text(st.sampled_from(DRAWN), max_size=300),
    st.text("aàéœ '\n-.,;:!?()[]{}#$*_`<>\"\\/&%@=+~^|€«»0123456789 ", max_size=120),
)


@given(seed=st.integers(0, 2**32), pool=st.lists(WORDS, min_size=1, max_size=8), entries=st.sampled_from([0, 1, 3]))
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_what_anybody_wrote_is_in_their_documents_word_for_word(seed: int, pool: list[str], entries: int) -> None:
    draw = random.Random(seed)
    pool = [*pool * 12, LONG]
    person = Participant("Zoë-Élise d'Œuvré 👩‍🚀")
    for flow in house().library.flows.values():
        if draw.random() < 0.9:
            person.said(flow.id, wander(flow, draw, lambda: draw.choice(pool), entries))
    for made in draw.sample(MADE, 3):
        page = filled(made, person.answers(), NOW)
        pdf = leaflet.pdf(page)
        pages = [bare(text) for text in read(pdf)]
        letters = Counter("".join(pages))
        for said in written(made, person):
            words = bare(settable(said))
            if RTL.search(words):  # drawn from right to left, and read back as it was drawn
                assert not Counter(filter(RTL.match, words)) - letters, (made.id, said)
            else:
                assert holds(pages, words), (made.id, said)
        whole(pdf, page)


def written(made: Deliverable, person: Participant) -> set[str]:
    """What a document must hold of a person's own words; what a picture alone shows is the picture's."""
    blocks = (block for part in made.parts for block in part.blocks if not isinstance(block, Drawn))
    found = (one for block in blocks for one in taken(block, person.answers()))
    return {item for one in found if one.own for item in one.items}


def whole(pdf: bytes, page: Leaflet) -> None:
    """Tagged, in French, titled, and said to meet PDF/UA-1."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        root = opened.Root
        assert root.MarkInfo.Marked and "/StructTreeRoot" in root and str(root.Lang) == "fr"
        assert root.ViewerPreferences.DisplayDocTitle
        with opened.open_metadata() as said:
            assert said["pdfuaid:part"] == "1" and said["dc:title"] == page.title


@pytest.mark.parametrize("made", MADE, ids=lambda made: made.id)
def test_an_empty_document_says_nothing_but_its_frame(made: Deliverable) -> None:
    page = filled(made, Participant().answers(), NOW)
    assert begun(made, Participant().answers()) is None
    assert all(block.kind == "picture" for part in page.parts for block in part.blocks)
    assert all(part.empty for part in page.parts)
    pdf = leaflet.pdf(page)
    whole(pdf, page)
    pages = read(pdf)
    said = bare("".join(pages))
    frame = [page.title, page.about, page.whose, page.when, page.reader, page.title * len(pages)]
    frame += [page.page.format(page=n, pages=len(pages)) for n in range(1, len(pages) + 1)]
    frame += [text for part in page.parts for text in (part.title, part.intro, part.empty)]
    frame += [text for picture in of(page, Picture) for text in ElementTree.fromstring(picture.svg).itertext()]
    assert not Counter(said) - Counter(bare("".join(frame))), said


@pytest.mark.parametrize("made", MADE, ids=lambda made: made.id)
def test_nothing_stands_in_a_document_that_nobody_wrote(made: Deliverable) -> None:
    """Each text is the content's, the frame's, a date, or an answer."""
    person = elise()
    page = filled(made, person.answers(), NOW)
    content = strings((made, *house().library.flows.values()))
    ours = {*content, page.whose, page.when, page.reader, page.page}
    answers = [found.words for found in person.answers().every()]
    for text in strings(page):
        known = text in ours or text in answers or not text
        assert known or any(text in words for words in answers) or _framed(text, ours), text
    shown = bare("".join(read(leaflet.pdf(page))))
    drawn = "".join(text for picture in of(page, Picture) for text in ElementTree.fromstring(picture.svg).itertext())
    spare = "".join(bare(text) for text in strings(page)) + bare(drawn)
    repeated = (bare(page.title), bare("Élise · page  sur "), "0123456789")
    assert not set(shown) - set(spare + "".join(repeated))


DATE = r"(\d{1,2}|1er) [a-zéû]+ 20\d\d"
FRAMED = re.compile(
    rf"–|{DATE}( · gardé pour vous)?|Séance (du|prévue le) \w+ {DATE}|\d+ sur 10|ouverte, sans premier pas pour l.*"
)


def _framed(text: str, ours: set[str]) -> bool:
    label, _, rest = text.partition(" · ")
    return bool(FRAMED.fullmatch(text)) or (label in ours and bool(FRAMED.fullmatch(rest)))


# --- what each document is for ---------------------------------------------------------------


def test_a_fear_without_a_first_step_is_told_as_open_and_gives_the_plan_none() -> None:
    cards = [block for block in made_of(elise(), "peurs").parts[0].blocks if isinstance(block, Card)]
    assert [(card.name, bool(card.mark), card.icon) for card in cards] == [
        ("Le téléphone muet", False, ""),
        ("M'épuiser de nouveau, sans le voir venir", True, "circle"),
    ]
    plan = {part.title: part for part in made_of(elise(), "plan").parts}
    steps = plan["Les premiers pas venus de mes peurs"].blocks
    assert [block.name for block in steps if isinstance(block, Card)] == [
        "Demander à Sonia comment elle a trouvé ses premières heures."
    ]


def test_a_fear_whose_step_was_passed_is_open() -> None:
    person = Participant()
    person.said("peurs-leviers", {"leviers[0].peur_nom": "Le vide", "leviers[0].peur_pas": Kept(None, "skipped")})
    (card,) = made_of(person, "peurs").parts[0].blocks
    assert isinstance(card, Card) and card.mark and not card.fields
    assert made_of(person, "plan").parts[1].empty


def test_what_is_its_authors_alone_is_made_for_nobody_else() -> None:
    person = elise()
    for id in ("montants", "croyances"):
        assert made_of(person, id).reader == house().speech.phrases.say("document_reader_own").strip()
        with pytest.raises(KeyError):
            filled(document(id), person.answers(for_coach=True), NOW)


def test_what_is_private_is_told_so_to_its_author_and_kept_from_the_coach() -> None:
    person = Participant()
    person.said("argent", {"phrase_argent": "ZZSECRET"})
    page = made_of(person, "livret")
    (quote,) = [block.quote for part in page.parts for block in part.blocks if isinstance(block, Passage)]
    assert quote.text == "ZZSECRET" and quote.note.endswith("gardé pour vous")
    coachs = filled(document("livret"), person.answers(for_coach=True), NOW)
    assert "ZZSECRET" not in " ".join(strings(coachs))


def test_in_the_chat_what_belongs_on_the_page_is_named_and_not_quoted() -> None:
    said = " ".join(strings(made_of(elise(), "montants", discreet=True)))
    assert "1850" not in said and "2250" in said and "À lire sur votre page." in said


def test_a_session_is_dated_as_it_was_held_or_is_planned() -> None:
    notes = {part.title.partition(",")[0]: part.note for part in made_of(elise(), "livret").parts}
    assert notes["Séance 1"] == "Séance du jeudi 3 septembre 2026"
    assert notes["Séance 10"] == "Séance prévue le jeudi 3 décembre 2026"
    assert notes["Avant de commencer"] == ""
    person = elise()
    person.case.appointments[0] = replace(person.case.appointments[0], state="cancelled")
    assert made_of(person, "livret").parts[1].note == ""


def test_a_reading_of_the_session_before_is_no_page_of_its_own() -> None:
    person = Participant()
    person.said("apres-s1", {"meteo_s1": 5})
    first, second = made_of(person, "livret").parts[1:3]
    assert [len(scales.marks) for scales in first.blocks if isinstance(scales, Scales)] == [1]
    assert not second.blocks and second.empty
    person.said("preferences", {"pref_compagnie": 2})
    (scales,) = made_of(person, "livret").parts[4].blocks
    assert isinstance(scales, Scales) and len(scales.marks) == 1


def test_scales_between_other_ends_are_told_apart() -> None:
    (part,) = [part for part in made_of(elise(), "livret").parts if part.title.startswith("Séance 4")]
    found = [block for block in part.blocks if isinstance(block, Scales)]
    assert [(each.low, each.high) for each in found[:3]] == [
        ("à plat", "en pleine forme"), ("à part", "à plusieurs"), ("avoir tout prévu", "voir sur place"),
    ]  # fmt: skip
    assert [each.title for each in found[:3]] == ["Mon énergie", "Mes préférences", ""]
    assert [mark.at for mark in found[1].marks] == [0.4] and found[1].marks[0].words == "4 sur 10"


def test_every_time_a_module_was_done_is_there_where_the_content_says_so() -> None:
    person = Participant()
    nicknames = ["La boîte au canal", "Le bureau aux plantes"]
    for nickname in nicknames:
        person.said("grille-entreprise", {"rencontre": "oui", "entreprises[0].entreprise_surnom": nickname})
        person.said("reperes", {"repere_projet": 4})
        person.said("plan-action", {"actions[0].action_plan": nickname})
    assert [card.name for card in of(made_of(person, "entreprise"), Card)] == nicknames
    assert [len(scales.marks) for scales in of(made_of(person, "livret"), Scales)] == [2]
    (card,) = of(made_of(person, "plan"), Card)
    assert card.name == "Le bureau aux plantes"


def test_what_could_not_be_read_as_a_scale_or_as_piles_is_there_as_it_was_said() -> None:
    person = Participant()
    person.said("apres-s1", {"meteo_s1": Kept("comme un lundi", "to_check")})
    person.said("forces", {"forces": Kept("les mains", "to_check")})
    found = [block for block in made_of(person, "livret").parts[1].blocks if isinstance(block, Passage)]
    assert [passage.quote.text for passage in found] == ["comme un lundi", "les mains"]


# --- how it is laid out ----------------------------------------------------------------------


def table(rows: int, cell: str) -> Leaflet:
    head = ("Besoin", "Compétence", "Preuve", "Où j'en suis", "Comment")
    grid = Table(head, ((cell, cell, cell, "En partie", ""),) * rows, "à développer")
    return replace(made_of(elise(), "matrice"), parts=(Part("Besoin par besoin", "", "", (grid,)),))


def test_a_matrix_of_eight_needs_is_one_page_and_an_empty_cell_says_so() -> None:
    (page,) = read(leaflet.pdf(made_of(elise(), "matrice")))
    assert page.count("à développer") == 4 and page.count("–") == 5  # what is not asked, once a need is met
    assert len(read(leaflet.pdf(table(8, "Trier les urgences et prévenir les autres")))) == 1


def test_lines_ticked_in_an_advert_are_rows_beside_those_in_own_words() -> None:
    person = Participant()
    person.said("matrice", {
        "annonce": "Accueillir\nClasser\nCompter",
        "annonce_lignes": {"lines": ["Compter", "Classer", "Accueillir"], "ticked": ["2", "0"]},
        "besoins[102].besoin": "Accueillir", "besoins[101].besoin": "Classer", "besoins[100].besoin": "Compter",
        "besoins[100].besoin_ecart": "la", "besoins[0].besoin": "Rire",
    })  # fmt: skip
    [found] = of(made_of(person, "matrice"), Table)
    assert [row[0] for row in found.rows] == ["Accueillir", "Compter", "Rire"], "what was ticked, then the others"
    assert found.choices == ((), (), (), ("C’est déjà là", "En partie", "À développer", "Je n’en veux pas"), ())


def test_a_table_repeats_its_head_and_breaks_between_rows() -> None:
    rows = [f"ligne{n:02} " + "mot " * 40 + f"fin{n:02}" for n in range(60)]
    grid = Table(("Besoin", "Preuve"), tuple((row, "x") for row in rows), "à dire")
    pages = read(leaflet.pdf(replace(made_of(elise(), "plan"), parts=(Part("P", "", "", (grid,)),))))
    assert len(pages) >= 4 and all("Besoin" in page and "Preuve" in page for page in pages)
    for n in range(60):
        assert [f"ligne{n:02}" in page for page in pages] == [f"fin{n:02}" in page for page in pages]


def test_sixty_entries_and_answers_of_five_thousand_signs_are_all_there() -> None:
    long = " ".join(f"mot{n:04}" for n in range(620))
    told = [Quote(long if n == 30 else f"fiche{n}") for n in range(60)]
    cards = tuple(Card(f"Carte {n}", (leaflet.Field("Récit", quote),)) for n, quote in enumerate(told))
    pages = read(leaflet.pdf(replace(made_of(elise(), "plan"), parts=(Part("P", "", "", cards),))))
    text = " ".join(pages)
    assert [n for n in range(620) if f"mot{n:04}" not in text] == []
    assert [n for n in range(60) if not re.search(rf"fiche{n}\b", text)] == [30]
    assert [int(n) for n in re.findall(r"page (\d+) sur", text)] == list(range(1, len(pages) + 1))


def test_what_no_face_draws_does_not_keep_a_document_from_being_made() -> None:
    person = elise()
    person.said("apres-s2", {"retenir_s2": "中文, et la suite est là"})
    pdf = leaflet.pdf(made_of(person, "livret"))
    assert "et la suite est là" in " ".join(read(pdf))
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert opened.Root.MarkInfo.Marked


PAGES = [("livret", 1), ("livret", 2), ("livret", 5), ("peurs", 1), ("scenarios", 1), ("matrice", 1), ("montants", 1),
         ("entreprise", 1), ("plan", 1)]  # fmt: skip
"""Whose first pages say how all look; counted from 1."""


@pytest.mark.parametrize(("id", "nth"), PAGES)
def test_a_page_is_the_one_that_was_looked_at(id: str, nth: int, request: pytest.FixtureRequest) -> None:
    _same(f"{id}-{nth}", leaflet.pngs(made_of(elise(), id), 72)[nth - 1], request)


def test_an_empty_livret_is_the_one_that_was_looked_at(request: pytest.FixtureRequest) -> None:
    _same("livret-vide-1", leaflet.pngs(made_of(Participant(), "livret"), 72)[0], request)


def _same(name: str, drawn: bytes, request: pytest.FixtureRequest) -> None:
    approved = APPROVED / f"{name}.png"
    if request.config.getoption("--rewrite"):
        approved.parent.mkdir(parents=True, exist_ok=True)
        approved.write_bytes(drawn)
    assert approved.read_bytes() == drawn, f"{approved.name} is drawn otherwise: --rewrite, and look at it"
