"""Pictures drawn from somebody's words: the approved ones byte for byte; any words at all, whole and in their place."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation import road
from bot.deliverables import pictures
from bot.deliverables.answers import Answers, Found
from bot.documents import frise, look
from bot.documents.compass import ICONS as VALUES
from bot.documents.drawing import clean
from bot.documents.leaflet import Picture
from bot.documents.png import png
from bot.documents.typeface import face
from bot.documents.typesetting import Unmade, compiling
from flows.model import Choice, Date, Question, Repeat, Value
from tests.bot.claire import HOUSE, LIBRARY, answers, claire, entries
from tests.bot.hostile import HOSTILE

APPROVED = Path(__file__).parents[1] / "approved"
PAGE = 2200
"""As tall as a picture may be: set on a page, its words are still of nine points."""

SVG = "{http://www.w3.org/2000/svg}"
FLOWS = {"bateau": "bateau", "arbre": "arbre-metiers", "boussole": "boussole", "route": "plan-action"}
REPEATS = {"arbre-metiers": "branches", "boussole": "boussole", "plan-action": "actions"}

BOAT = {
    "ile": "Un atelier clair, trois personnes, une odeur de café. Finir à 17 h et rentrer à pied.",
    "vent": "L'envie de transmettre, et Nadia, qui me dit que j'explique bien.",
    "ancres": "Le crédit de la maison. La peur de tout recommencer.",
    "recifs": "Un chef qui change d'avis chaque lundi. Dire oui à tout, encore une fois. " * 9,
}
TREE = entries(
    "branches",
    {"arbre_qui": "parent", "arbre_metier": "Facteur", "arbre_ressenti": "Au moins, je suis dehors."},
    {"arbre_qui": "grand_parent", "arbre_metier": "Mineur, puis concierge",
     "arbre_ressenti": "Le travail, c'est la santé, mais pas la mienne."},
    {"arbre_qui": "grand_parent", "arbre_metier": "Lingère à l'hôpital, puis à la maison"},
    {"arbre_qui": "fratrie", "arbre_metier": "Mon frère vend des vélos 🚲",
     "arbre_ressenti": "Il dit « mes clients »."},
    {"arbre_qui": "adulte", "arbre_metier": "Une tante institutrice, dans un village"},
)  # fmt: skip
COMPASS = entries(
    "boussole",
    {"boussole_valeur": "Le travail soigné", "boussole_definition": "Finir ce que l'on commence, et le montrer.",
     "boussole_etat": "respectee"},
    {"boussole_valeur": "La liberté", "boussole_definition": "Choisir l'ordre dans lequel je fais les choses.",
     "boussole_etat": "empechee"},
    {"boussole_valeur": "Le lien", "boussole_definition": "Savoir pour qui je travaille.", "boussole_etat": "deux"},
    {"boussole_valeur": "Du temps pour les miens"},
)  # fmt: skip
PLAN = entries(
    "actions",
    {"action_plan": "Demander un entretien, pour parler de mes horaires", "action_date": "2027-03",
     "action_pas": "Écrire trois lignes de brouillon, un soir"},
    {"action_plan": "Me reposer"},
    {"action_plan": "Rencontrer deux personnes du métier", "action_date": "2027-01-15",
     "action_pas": "Retrouver le numéro de Sami"},
)  # fmt: skip


def spoken(found: Found) -> str:
    return found.words


def drawn(picture: str, said: Mapping[str, Value]) -> Picture:
    case = claire()
    flow = FLOWS[picture]
    if said:
        answers(case, flow, said)
    [made] = pictures.drawn(picture, Answers(HOUSE, case), flow, spoken)  # type: ignore[arg-type]
    return made


def path(past: int, ahead: int) -> str:
    """A frise on which the three states of what one takes away stand."""
    case = claire(past, ahead)
    answers(case, "arbre-metiers", TREE, review="traite")
    answers(case, "boussole", COMPASS)
    return road.drawing(HOUSE, case)


PICTURES = {
    "bateau": lambda: drawn("bateau", BOAT).svg,
    "arbre": lambda: drawn("arbre", TREE).svg,
    "boussole": lambda: drawn("boussole", COMPASS).svg,
    "route": lambda: drawn("route", PLAN).svg,
    "route-vide": lambda: drawn("route", {}).svg,
    "frise": lambda: path(5, 2),
    "frise-sans-date": lambda: path(0, 0),
    "frise-fin": lambda: path(12, 0),
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_is_the_approved_one(name: str, request: pytest.FixtureRequest) -> None:
    """Written anew by `--rewrite`; whoever approves one looks at it."""
    file, made = APPROVED / f"{name}.png", png(PICTURES[name]())
    if request.config.getoption("--rewrite"):
        file.write_bytes(made)
    assert file.read_bytes() == made


# --- where words lie -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A line of text where it is drawn, as wide as its words may get."""

    words: str
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Line") -> bool:
        return (min(self.right, other.right) - max(self.left, other.left) > 1
                and min(self.bottom, other.bottom) - max(self.top, other.top) > 1)  # fmt: skip


def lines(svg: str) -> Iterator[Line]:
    """Every line of a picture; stretches of one line are one."""
    for text in ElementTree.fromstring(svg).iter(f"{SVG}text"):
        size, bold = float(text.get("font-size", look.BODY)), text.get("font-weight") == "700"
        words, y = "".join(text.itertext()), float(text.get("y", "nan"))
        left = float(text.get("x", "nan"))
        width = face(bold).width(words, size)
        yield Line(words, left, y - 0.8 * size, left + width, y + 0.24 * size)


def whole(svg: str) -> None:
    """A picture that reads as XML, whose lines lie inside it and apart from one another."""
    root = ElementTree.fromstring(svg)
    wide, tall = float(root.get("width", "0")), float(root.get("height", "0"))
    found = list(lines(svg))
    for line in found:
        assert line.left >= 0 and line.right <= wide + 1 and line.top >= 0 and line.bottom <= tall, line
    for one, other in combinations(found, 2):
        assert not one.meets(other), (one, other)


def even(text: str) -> str:
    """With one space between words."""
    return " ".join(text.split())


def said(svg: str) -> str:
    return " ".join(line.words for line in lines(svg))


LONG = [
    "mot " * 1250,
    "é" * 5000,
    "مرحبا والسلام 👩‍👩‍👧‍👦 bonjour שלום",
    "Ελλάδα и Москва",
    "日本語の文章 " * 20,
    '=HYPERLINK("http://mal.example")',
    '{{ 7*7 }} {% raw %} #import "x"',
    "a\x00b\x07\u202ec\ud800",
]
ANY = st.one_of(
    st.sampled_from(list(HOSTILE.values())),
    st.text(max_size=40),
    st.text(st.characters(), min_size=1, max_size=12).map(lambda text: text * 30),
    st.sampled_from(LONG),
)


@st.composite
def filled(draw: st.DrawFn, picture: str) -> dict[str, Value]:
    """Any answer, or none, to each question of the module of a picture."""
    flow = LIBRARY.flow(FLOWS[picture])
    repeats = [step for step in flow.steps if isinstance(step, Repeat)]
    if not repeats:
        return _answered(draw, [step for step in flow.steps if isinstance(step, Question)])
    [repeat] = repeats
    many = draw(st.integers(1, repeat.most))
    asked = [step for step in repeat.steps if isinstance(step, Question)]
    return entries(repeat.id, *(_answered(draw, asked) for _ in range(many)))


def _answered(draw: st.DrawFn, asked: Sequence[Question]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for question in asked:
        match question.answer:
            case Choice(options=options):
                found[question.id] = draw(st.sampled_from(sorted(options)))
            case Date():
                found[question.id] = draw(st.sampled_from(["2027-03", "2027-01-15"]))
            case _:
                found[question.id] = draw(ANY)
    return found


@pytest.mark.parametrize("picture", FLOWS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_words_make_a_whole_picture_and_stand_in_its_description(picture: str, data: st.DataObject) -> None:
    words = data.draw(filled(picture))
    case = claire()
    answers(case, FLOWS[picture], words)
    for made in pictures.drawn(picture, Answers(HOUSE, case), FLOWS[picture], spoken):  # type: ignore[arg-type]
        whole(made.svg)
        assert int(re.findall(r' height="(\d+)"', made.svg)[0]) <= PAGE
        assert png(made.svg).startswith(b"\x89PNG")
        shown, more = said(made.svg), HOUSE.speech.phrases.say("document_picture_more").strip()
        assert (" …" in shown) >= (more in shown)
        for found in Answers(HOUSE, case).of(FLOWS[picture]):
            if found.own and found.key.rpartition(".")[2] in SHOWN and found.words.strip():
                assert even(found.words) in even(made.alt)
                beginning = clean(found.words).split()
                assert not beginning or more in shown or beginning[-1][:6] in shown.replace(" ", "")


SHOWN = {"ile", "vent", "ancres", "recifs", "equipage", "arbre_metier", "arbre_ressenti", "boussole_valeur",
         "boussole_definition", "action_plan", "action_pas"}  # fmt: skip


def test_every_answer_that_a_picture_takes_is_asked_by_its_module() -> None:
    asked = {q.id for flow in FLOWS.values() for step in LIBRARY.flow(flow).steps
             for q in (getattr(step, "steps", None) or [step]) if isinstance(q, Question)}  # fmt: skip
    assert SHOWN | {"arbre_qui", "boussole_etat", "action_date"} <= asked
    assert all(any(isinstance(step, Repeat) and step.id == repeat for step in LIBRARY.flow(flow).steps)
               for flow, repeat in REPEATS.items())  # fmt: skip
    assert set(pictures.PARTS) <= asked


def test_without_an_answer_there_is_no_picture_but_the_road() -> None:
    made = {name: list(pictures.drawn(name, Answers(HOUSE, claire()), flow, spoken))  # type: ignore[arg-type]
            for name, flow in FLOWS.items()}  # fmt: skip
    assert {name for name, found in made.items() if found} == {"route"}


def test_long_words_are_begun_and_the_rest_is_said_to_be_in_the_text() -> None:
    made = drawn("bateau", BOAT)
    assert said(made.svg).count("…") == 1 and "La suite de vos mots est dans le texte." in said(made.svg)
    assert even(BOAT["recifs"]) in even(made.alt), "the description holds them whole"
    short = said(drawn("bateau", {**BOAT, "recifs": "Un chef."}).svg)
    assert "…" not in short and "La suite" not in short
    assert "Vos mots viendront ici." in short, "nobody is aboard yet"


def test_the_road_goes_by_dates_and_the_tree_by_generations() -> None:
    road_, tree_ = said(drawn("route", PLAN).svg), said(drawn("arbre", TREE).svg)
    order = ["15 janvier 2027", "mars 2027", "Sans date"]
    assert [each for each in sorted(order, key=road_.index)] == order
    jobs = ["Mineur", "Lingère", "Facteur", "institutrice", "vélos"]
    assert sorted(jobs, key=tree_.index) == jobs


# --- states, in any light ----------------------------------------------------------------------


def grey(svg: str) -> str:
    """What lies under words white, all else of one grey."""
    light = (look.PAPER, look.SAND, look.WATER)
    return re.sub(r"#[0-9A-Fa-f]{6}", lambda found: "#FFFFFF" if found[0] in light else "#555555", svg)


def test_a_state_has_its_own_shape_and_word_whatever_the_light() -> None:
    yields = {state: frise.frise("t", "a", (frise.Stage("e", (), yields=(frise.Yield("x", state, ""),)),))
              for state in frise.ICONS}  # fmt: skip
    halts = {at: frise.frise("t", "a", (frise.Stage("e", (frise.Halt("x", at),)),))
             for at in ("past", "here", "ahead")}  # fmt: skip
    assert len({png(grey(svg)) for svg in yields.values()}) == len(yields)
    assert len({png(grey(svg)) for svg in halts.values()}) == len(halts)
    assert len({icon for icon, _ in VALUES.values()}) == len(VALUES)
    shown = said(path(5, 2))
    assert all(word in shown for word in ("à venir", "en cours", "c’est validé", "Vous êtes ici"))


def test_a_frise_is_legible_on_a_phone() -> None:
    for past in range(13):
        svg = path(past, 2)
        whole(svg)
        sizes = {float(size) for size in re.findall(r'font-size="([0-9.]+)"', svg)}
        assert min(sizes - {float(look.BODY)}) >= 34 and ' width="1080"' in svg
        tall = int(re.findall(r' height="(\d+)"', svg)[0])
        assert tall <= 2560, "Telegram makes a taller picture smaller"


def test_any_titles_fit_a_frise() -> None:
    for title in (
        *(words[:600] for words in HOSTILE.values()),
        "Un titre très long, avec des mots et encore des mots " * 4,
        "é" * 300,
    ):
        halts = tuple(frise.Halt(title, at, "mercredi 30 septembre", "Vous êtes ici")
                      for at in ("past", "here", "ahead"))  # fmt: skip
        svg = frise.frise(title, title, (frise.Stage(title, halts, "104 semaines", title,
                                                     (frise.Yield(title, "valid", "c'est validé"),)),) * 2)  # fmt: skip
        whole(svg)
        assert len(title) > 300 or png(svg).startswith(b"\x89PNG")


def test_a_compiler_that_breaks_down_is_an_ordinary_error() -> None:
    class Panic(BaseException):
        pass

    with pytest.raises(Unmade), compiling():
        raise Panic
    with pytest.raises(KeyboardInterrupt), compiling():
        raise KeyboardInterrupt
