"""The maps: what they show, that they hold together whatever they are given, that those of docs/maps are up to date."""

import json
import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import time, timedelta
from itertools import zip_longest
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args
from xml.etree import ElementTree

import pytest

from bot import cli
from bot.documents import look
from bot.documents.atlas import COMMAND, PAGE, Atlas, Sheet
from bot.documents.drawing import clean
from bot.documents.flow_map import flow_map
from bot.documents.plate import EDGE
from bot.documents.png import png
from bot.documents.programme_map import programme_map
from bot.documents.typeface import face, wrapped
from bot.documents.wording import Wording, plain, questions
from bot.library import Library, find
from bot.terminal import Refused, maps
from flows.model import (
    Capsule,
    Card,
    Choice,
    Choices,
    Date,
    Envoi,
    Flow,
    Items,
    Kind,
    Late,
    Lines,
    Media,
    Mode,
    Moment,
    Number,
    Question,
    Rank,
    Remind,
    Repeat,
    Scale,
    Section,
    Sort,
    Step,
    Takeaway,
    Text,
)

ROOT = Path(__file__).parents[2]
DRAWN = ROOT / "docs" / "maps"
AGAIN = f"les images ne disent plus la même chose que les contenus : lancez {COMMAND}"
SVG = "{http://www.w3.org/2000/svg}"
ATLAS = Atlas(Library.open(find()))
SHEETS = ATLAS.sheets()
HOSTILE = [
    "<script>alert('&amp;')</script>",
    "A & B \"guillemets\" 'apostrophes' ]]> <!-- --> {champ} \\ #import",
    "👩‍🚀 émoji 🎉🏽 et ✅",
    "\u202eעברית אחרת\u202c العربية ثم تتمة",
    "mot" * 67,
    "Deux cents caractères, avec des espaces : " * 5,
    "bell\x07 nul\x00 tab\t retour\r fin\ufffe seul\ud800",
]


# --- the maps of the repository ------------------------------------------------------------------


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.file)
def test_the_maps_in_docs_say_what_the_content_says(sheet: Sheet) -> None:
    file = DRAWN / sheet.file
    assert file.is_file() and file.read_bytes() == sheet.draw().encode("utf-8"), AGAIN


def test_no_map_of_what_is_gone_is_left_and_the_page_shows_all() -> None:
    there = {str(file.relative_to(DRAWN)) for file in DRAWN.rglob("*.svg")}
    assert there == {sheet.file for sheet in SHEETS}, f"{AGAIN}, et retirez les images en trop"
    page = (DRAWN / PAGE).read_text("utf-8")
    assert page == ATLAS.page(), AGAIN
    assert all(f"]({sheet.file})" in page for sheet in SHEETS)


def test_the_picture_of_the_programme_is_the_one_of_its_drawing() -> None:
    drawn = (DRAWN / "programme.png").read_bytes()
    assert drawn == png((DRAWN / "programme.svg").read_text("utf-8")), AGAIN


# --- what they say -------------------------------------------------------------------------------


def read(svg: str) -> str:
    """Every word of a drawing, in its order, lines joined."""
    texts = ElementTree.fromstring(svg).iter(f"{SVG}text")
    return " ".join(" ".join("".join(text.itertext()).split(" ")) for text in texts)


def spaced(text: str) -> str:
    """With ordinary spaces, as a test is typed."""
    return re.sub("[\u00a0\u202f]", " ", text)


def capsules(steps: Iterable[Step]) -> Iterator[Capsule]:
    for step in steps:
        if isinstance(step, Capsule):
            yield step
        yield from capsules(getattr(step, "steps", ()))


def repeats(steps: Iterable[Step]) -> Iterator[Repeat]:
    for step in steps:
        if isinstance(step, Repeat):
            yield step
        yield from repeats(getattr(step, "steps", ()))


@pytest.mark.parametrize("flow", ATLAS.library.every_flow(), ids=lambda flow: flow.id)
def test_every_step_of_a_module_is_on_its_map(flow: Flow) -> None:
    said = read(ATLAS.flow(flow).draw())
    assert flow.title in said
    for question in questions(flow.steps):
        assert plain(question.text) in said
        assert ATLAS.wording.answer(question.answer) in said
        assert all(option in said for option in ATLAS.wording.options(question.answer))
    assert all(capsule.title in said for capsule in capsules(flow.steps))
    assert all(plain(repeat.again.text) in said for repeat in repeats(flow.steps))


def test_every_session_and_envoi_is_on_the_map_of_the_programme() -> None:
    for programme in ATLAS.library.programmes.values():
        said = read(ATLAS.programme(programme).draw())
        assert all(s.title in said and s.goal in said and f" {s.id} " in said for s in programme.sessions)
        assert all(phase.title in said and phase.goal in said for phase in programme.phases)
        for envoi in programme.envois:
            assert ATLAS.wording.offset(envoi.when) in said
            assert ATLAS.wording.carried(envoi) in said and ATLAS.wording.manner(envoi) in said
        assert sum(said.count(f" {s.id} ") for s in programme.sessions) >= len(programme.sessions)


def test_the_words_for_a_moment() -> None:
    def offset(moment: Moment) -> str:
        return spaced(ATLAS.wording.offset(moment))

    assert offset(Moment("S1", 3, time(10, 30))) == "3 jours après, 10 h 30"
    assert offset(Moment("S1", 1, time(17, 30))) == "le lendemain, 17 h 30"
    assert offset(Moment("S1", -1, time(18))) == "la veille, 18 h"
    assert offset(Moment("S1", -6, time(9, 5))) == "6 jours avant, 9 h 05"
    assert offset(Moment("S1", 0, time(8))) == "le jour même, 8 h"
    assert offset(Moment("S1", -2)) == "2 jours avant, à l’heure de la séance"
    assert offset(Moment("S1", span=timedelta(hours=-2))) == "2 heures avant"
    assert offset(Moment("S1", span=timedelta(minutes=30))) == "30 minutes après"
    assert offset(Moment("S1")) == offset(Moment("S1", span=timedelta())) == "à l’heure de la séance"
    assert [ATLAS.wording.length(hours) for hours in (0.5, 2, 1.5)] == ["30 min", "2 h", "1 h 30"]


def test_the_words_for_an_answer() -> None:
    cards = tuple(Card(str(n), str(n)) for n in range(40))
    said = {
        "Un choix parmi 2": Choice({"a": "A", "b": "B"}),
        "Jusqu’à 2 choix parmi 3": Choices({"a": "A", "b": "B", "c": "C"}, 2),
        "Une échelle de 0 à 10": Scale(0, 10),
        "Un nombre": Number(),
        "Un nombre (€), à partir de 0": Number("€", low=0),
        "Un nombre, de 2,5 à 100 000": Number(low=2.5, high=100000.0),
        "Une date, ou un mois": Date(),
        "40 cartes à trier en 2 piles": Sort(cards, {"a": "A", "b": "B"}),
        "5 cartes à garder dans l’ordre, parmi 40 cartes": Rank(cards, 5),
        "Une liste de 2 à 6 éléments": Items(6, 2),
        "Des lignes à cocher, 8 au plus": Lines("annonce", 8),
        "Un fichier : photo ou message vocal": Media(frozenset({"voice", "photo"})),
        "Récit libre, en plusieurs messages": Text(long=True),
    }
    assert {spaced(ATLAS.wording.answer(answer)): answer for answer in said.values()} == said


def test_what_is_out_of_the_ordinary_about_an_envoi_is_said() -> None:
    given = (("accueil.situation", frozenset({"transition", "epuisement"})), ("accueil.meteo", frozenset({"3"})))
    envoi = Envoi("x", Moment("S1", 1, time(9)), "content", "bateau", mode="sauter", overlay="rythme_doux",
                  given=given, paced=False, again=True)  # fmt: skip
    words = ATLAS.wording
    assert [spaced(sentence) for sentence in words.given(envoi)] == [
        "seulement si, dans « Pour faire connaissance », la réponse est « J’ai connu l’épuisement » "
        "ou « Mon emploi s’arrête »",
        "seulement si, dans « Pour faire connaissance », la réponse est « 3 »",
    ]
    assert words.overlay(envoi) == "seulement avec le rythme doux"
    assert spaced(words.overlay(replace(envoi, overlay="nuit"))) == "seulement avec « nuit »"
    assert words.notes(envoi) == "hors du rythme · même si le module est déjà fait"
    assert words.manner(envoi) == "Lecture et questions · seulement si rien n’est ouvert"
    programme = next(iter(ATLAS.library.programmes.values()))
    said = read(programme_map(words, replace(programme, envois=(envoi,))))
    assert all(part in said for part in (*words.given(envoi), words.overlay(envoi), words.notes(envoi)))


def test_every_kind_of_thing_has_its_words() -> None:
    kinds = [f"kind_{kind}" for kind in get_args(Kind)] + [f"mode_{mode}" for mode in get_args(Mode)]
    media = [f"media_{kind}" for kind in ("voice", "audio", "photo", "video", "video_note", "document")]
    assert all(ATLAS.wording.say(key) for key in kinds + media)
    assert get_args(Late)


def test_markdown_is_read_not_shown() -> None:
    assert plain("**Un** [lien](https://exemple.fr) et `du code`, a_b, _ici_ 2 \\* 3") == (
        "Un lien et du code, a_b, ici 2 * 3"
    )


# --- that they hold together ---------------------------------------------------------------------


@dataclass(frozen=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float
    what: str = ""

    def holds(self, x: float, y: float) -> bool:
        return self.left <= x <= self.right and self.top <= y <= self.bottom

    def meets(self, other: "Box") -> bool:
        return (
            min(self.right, other.right) - max(self.left, other.left) > 0.5
            and min(self.bottom, other.bottom) - max(self.top, other.top) > 0.5
        )


def lines(root: ElementTree.Element) -> Iterator[Box]:
    """Where each line of text stands, as wide as it was measured."""
    for text in root.iter(f"{SVG}text"):
        size, bold = float(text.get("font-size", 16)), "font-weight" in text.attrib
        y = float(text.attrib["y"])
        spans = [*text.iter(f"{SVG}tspan")] or [text]
        for span, after in zip_longest(spans, spans[1:]):
            y += float(span.get("dy", 0))
            x, said = float(span.attrib["x"]), span.text or ""
            wide = face(bold).width(said, size)
            if span.get("font-family") == look.SCRIPTS:  # of another face, that is not measured: up to what follows
                beside = after is not None and "dy" not in after.attrib
                wide = float(after.attrib["x"]) - x if beside and after is not None else min(wide, size * len(said))
            assert "textLength" not in span.attrib or abs(float(span.attrib["textLength"]) - wide) < 0.06
            yield Box(x, y - size * 0.8, x + wide, y + size * 0.22, said)


def shapes(root: ElementTree.Element) -> Iterator[Box]:
    for rect in root.findall(f"{SVG}rect")[1:]:
        x, y, wide, tall = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
        yield Box(x, y, x + wide, y + tall, "rect")
    for circle in root.iter(f"{SVG}circle"):
        x, y, r = (float(circle.attrib[name]) for name in ("cx", "cy", "r"))
        yield Box(x - r, y - r, x + r, y + r, "circle")
    for use in root.iter(f"{SVG}use"):
        x, y, wide, tall = (float(use.attrib[name]) for name in ("x", "y", "width", "height"))
        yield Box(x, y, x + wide, y + tall, "icon")
    for path in root.findall(f"{SVG}path"):
        for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", path.attrib["d"]):
            yield Box(float(x), float(y), float(x), float(y), "path")


def sound(svg: str) -> None:
    """Well-formed, named for those who do not see it, all of it in view, and no text over another or out of its box."""
    root = ElementTree.fromstring(svg)
    assert root.attrib["aria-labelledby"] == "name about"
    assert root.findtext(f"{SVG}title") and root.findtext(f"{SVG}desc")
    assert not {child.tag.removeprefix(SVG) for child in root.iter()} & {"script", "style", "image", "foreignObject"}
    _, _, wide, tall = (float(n) for n in root.attrib["viewBox"].split())
    texts, drawn = list(lines(root)), list(shapes(root))
    for box in texts + drawn:
        assert min(box.left, box.top) >= 0 and box.right <= wide and box.bottom <= tall, box
    for text in texts:
        assert text.right <= wide - EDGE + 0.5, text
        around = [box for box in drawn if box.what == "rect" and box.holds(text.left, (text.top + text.bottom) / 2)]
        for box in around:
            assert text.right <= box.right and text.top >= box.top and text.bottom <= box.bottom, (text, box)
    for n, text in enumerate(texts):
        assert not [other for other in texts[n + 1 :] if text.meets(other)], text


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.file)
def test_every_map_holds_together(sheet: Sheet) -> None:
    sound(sheet.draw())


def hostile(title: str) -> Flow:
    """One of everything, each text as bad as it gets, branches in repeats in branches."""
    options = {"a": title[:48], "b": title, "c": "C"}
    cards = tuple(Card(str(n), title) for n in range(40))
    when = {"choix": frozenset({"a", "b", "inconnu"})}
    asked = [
        Question("choix", title, title, Choice(options)),
        Question("nombre" * 8, title, title, Number(title, 0, 1)),
        Question("tri", title, title, Sort(cards, options), private=True),
        Question("ordre", title, title, Rank(cards, 1), remind=Remind(3, 4, 2)),
        Question("echelle", title, title, Scale(0, 10, {0: title, 10: title}), when=when),
    ]
    again = Question("encore", title, title, Choice({"oui": title, "non": title}))
    deep: Step = Question("fond", title, title, Text(), when={**when, "tri": frozenset({"x"})})
    for level in range(3):
        deep = Section((Repeat(f"r{level}", (Capsule("c", title, (title,)), deep), again, 20),), when)
    return Flow("hostile", title, (*asked, Capsule("k" * 48, title, (title,) * 3), deep), minutes=5)


@pytest.mark.parametrize("title", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_module_is_drawn_all_the_same(title: str) -> None:
    svg = flow_map(ATLAS.wording, hostile(title), [title])
    sound(svg)
    assert svg == flow_map(ATLAS.wording, hostile(title), [title])
    bare = "".join(read(svg).split())
    assert "".join(clean(plain(title)).split()) in bare
    assert png(svg).startswith(b"\x89PNG")


@pytest.mark.parametrize("title", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_programme_is_drawn_all_the_same(title: str) -> None:
    library = ATLAS.library
    flows = {**library.flows, "hostile": hostile(title)}
    texts = {**library.phrases.texts, "mauvais": title + "\n\nsuite"}
    library = replace(library, flows=MappingProxyType(flows), phrases=replace(library.phrases, texts=texts))
    programme = next(iter(library.programmes.values()))
    given = (("hostile.choix", frozenset({"a", "b"})), (title, frozenset({title})))
    envois = [
        Envoi(f"e{n}", Moment("S1", n - 20, time(9, 30)), kind, **carried, overlay=title, given=given, until="S11")
        for n in range(40)
        for kind in get_args(Kind)
        for carried in ({"flow": "hostile"}, {"message": "mauvais"})
    ]
    programme = replace(
        programme,
        title=title,
        phases=tuple(
            replace(p, title=title, goal=title, deliverables=(Takeaway(title),) * 3) for p in programme.phases
        ),
        sessions=tuple(replace(s, title=title, goal=title) for s in programme.sessions),
        envois=tuple(envois[:80]),
    )
    sound(programme_map(Wording(library), programme))
    page = Atlas(replace(library, programmes=MappingProxyType({"bilan": programme}))).page()
    assert "<script" not in page.replace("\\<script", "")


def test_the_same_map_is_drawn_whatever_the_order_of_sets() -> None:
    when = {"q": frozenset(["b", "a", "z", "y"])}
    asked = Question("q", "?", "", Choices({"a": "A", "b": "B"}, 2))
    steps = (asked, Capsule("c", "C", ("c",), when=when), Question("m", "?", "", Media(frozenset({"voice", "photo"}))))
    said = spaced(read(flow_map(ATLAS.wording, Flow("f", "F", steps), [])))
    assert "Si la réponse à la question 1 est « A », « B », « y » ou « z »" in said


def test_a_condition_names_the_question_that_its_repeat_means() -> None:
    """A sibling of the same name comes before the question outside."""
    yes = Choice({"oui": "Oui", "non": "Non"})
    again = Question("encore", "Encore ?", "", yes)
    inside = (Question("crise", "Dedans ?", "", yes), Capsule("c", "C", ("c",), when={"crise": frozenset({"oui"})}))
    steps = (Question("crise", "Dehors ?", "", yes), Repeat("r", inside, again, 3),
             Capsule("d", "D", ("d",), when={"crise": frozenset({"non"})}))  # fmt: skip
    said = spaced(read(flow_map(ATLAS.wording, Flow("f", "F", steps), [])))
    assert "question 2 est « Oui »" in said and "question 1 est « Non »" in said


# --- type and pictures ---------------------------------------------------------------------------


@pytest.mark.parametrize("bold", [False, True])
def test_the_typeface_holds_what_french_needs(bold: bool) -> None:
    assert face(bold).draws("àâäçéèêëîïôöùûüÿœæÀÂÇÉÈÊËÎÏÔÙÛŒÆ’‘“”«»–—…≤≥→←↑↓·×½€° \u00a0\u202f\u2011")
    assert face(bold).width("\u202f", 1) < face(bold).width(" ", 1) < face(bold).width("M", 1)


def test_lines_break_between_words_and_a_long_word_where_it_must() -> None:
    assert wrapped("un deux trois", face().width("un deux", 16), 16) == ["un deux", "trois"]
    assert wrapped("", 100, 16) == [""] and wrapped("a\n\nb", 100, 16) == ["a", "b"]
    assert wrapped("👩‍🚀👩‍🚀", 21, 16) == ["👩‍🚀", "👩‍🚀"]
    assert all(face().width(line, 16) <= 90 for line in wrapped("mot" * 67, 90, 16))


def test_a_png_has_the_size_of_its_drawing_and_the_same_bytes_each_time() -> None:
    svg = ATLAS.flow(ATLAS.library.flow("bateau")).draw()
    root = ElementTree.fromstring(svg)
    for scale in (1, 2):
        drawn = png(svg, scale)
        wide, tall = struct.unpack(">LL", drawn[16:24])
        assert (wide, tall) == (int(root.attrib["width"]) * scale, int(root.attrib["height"]) * scale)
        assert drawn == png(svg, scale)


# --- the command ---------------------------------------------------------------------------------


def told(capsys: pytest.CaptureFixture[str], *line: str) -> tuple[int, str, str]:
    code = cli.run(["map", *line])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_one_module_is_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = told(capsys, "--flow", "bateau", "--out", str(tmp_path / "images"), "--json")
    files = [tmp_path / "images" / "flows" / f"bateau.{kind}" for kind in ("svg", "png")]
    assert code == 0 and json.loads(out)["files"] == [str(file) for file in files]
    assert sorted(file for file in tmp_path.rglob("*") if file.is_file()) == sorted(files)
    assert files[0].read_bytes() == (DRAWN / "flows" / "bateau.svg").read_bytes(), AGAIN


def test_a_capsule_alone_and_a_programme_are_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = told(capsys, "--flow", "capsule:habitus", "--programme", "bilan", "--out", str(tmp_path))
    assert code == 0 and "2 images" in out
    assert {file.name for file in tmp_path.rglob("*.svg")} == {"programme.svg", "capsule-habitus.svg"}


@pytest.mark.parametrize(
    ("option", "name", "near"), [("--flow", "batau", "bateau"), ("--programme", "bilans", "bilan"), ("--flow", "", ",")]
)
def test_an_unknown_name_is_refused_with_the_nearest(
    option: str, name: str, near: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = told(capsys, option, name, "--out", str(tmp_path))
    assert code == 2 and not out and f"« {name} »" in err and near in err.split("exemple")[1]
    assert not list(tmp_path.iterdir())


def test_a_file_is_whole_or_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = maps.write(tmp_path / "a.svg", b"avant")

    def full(part: Path, data: bytes) -> int:
        part.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(Refused, match=r"a\.svg"):
        maps.write(file, b"apres")
    assert file.read_bytes() == b"avant" and list(tmp_path.iterdir()) == [file]


def test_a_folder_that_cannot_be_written_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pris").write_text("", "utf-8")
    code, out, err = told(capsys, "--flow", "bateau", "--out", str(tmp_path / "pris"))
    assert code == 1 and not out and err.count("\n") == 1 and "pris" in err


def test_someone_who_watches_sees_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    code, out, err = told(capsys, "--flow", "bateau", "--programme", "bilan", "--out", str(tmp_path), "--json")
    assert code == 0 and json.loads(out)["files"] and "Dessin" in err
