"""docs/documents.md: every document of the content as Élise of the demonstration holds it, and still so today.

`pytest tests/acceptance/test_documents_page.py --rewrite` draws the pictures and the page anew; look at what changed.
"""

import asyncio
import struct
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import Connection

from bot.conversation import road
from bot.deliverables.catalogue import Desk, composed
from bot.demo import PARIS, Rehearsal, cohort, rehearsal, seed
from bot.documents import leaflet
from bot.documents.png import png
from bot.store.cases import by_person
from flows.deliverables import Cards, Deliverable, Drawn, Grid, Piles, Scales, Words

NOW = datetime(2027, 2, 2, 10, tzinfo=PARIS)
"""A Tuesday: the dates in the pictures count from it."""

DOCS = Path(__file__).parents[2] / "docs"
PAGE, PICTURES = DOCS / "documents.md", DOCS / "images" / "documents"
AGAIN = "lancez « pytest tests/acceptance/test_documents_page.py --rewrite », et regardez ce qui a changé"
WORTH = {"livret": (2, 6, 15), "competences": (1, 3), "presence": (1,)}
"""The pages shown of a document, else the first two: of the booklet, those that hold a picture; of the skills, one that
is validated."""

PPI = 68

HEAVIEST = 120_000
MANY = 8
"""Modules beyond which they are not named one by one."""

BUILT = {
    "frise": "le programme et les dates de vos rendez-vous.",
    "competences": "vos preuves, relues avec votre coach et validées par vous.",
    "synthese": "ce que votre coach écrit, que vous relisez, et que vous approuvez.",
    "presence": "les heures dites par votre coach et confirmées par vous. Aucun contenu n'y figure.",
}


class Drawing(NamedTuple):
    """A page of a document."""

    file: str
    png: bytes


class Elise(NamedTuple):
    """The pages of each of her documents, by its id; and how each of her skills stands, by its name."""

    pages: dict[str, list[Drawing]]
    skills: dict[str, str]


@pytest.fixture(scope="module")
def elise(tmp_path_factory: pytest.TempPathFactory) -> Elise:
    return asyncio.run(_elise(tmp_path_factory.mktemp("documents")))


@pytest.fixture(scope="module")
def drawn(elise: Elise) -> dict[str, list[Drawing]]:
    return elise.pages


async def _elise(folder: Path) -> Elise:
    elise = [one for one in cohort()["participants"] if one["prenom"] == "Élise"]
    async with rehearsal(folder, 0, asyncio.Event()) as house:
        await seed(house, {**cohort(), "participants": elise}, NOW)
        return await house.app.db.read(_pages, house)


def _pages(conn: Connection, house: Rehearsal) -> Elise:
    app = house.app
    case = by_person(conn, app.vault, [house.heroine], NOW)[house.heroine]
    app.house.shelf.complete(conn, [case])
    desk = Desk(conn, app.vault, app.house, case, NOW)
    pages = {made.id: _one(desk, made) for made in app.house.library.deliverables}
    return Elise(pages, {skill.name: skill.state for skill in desk.skills})


def _one(desk: Desk, made: Deliverable) -> list[Drawing]:
    if made.built == "frise":  # a picture by itself, as it goes to the chat, less than half as wide
        return [Drawing(f"{made.id}.png", png(road.drawing(desk.house, desk.case), 0.45))]
    pages = dict(enumerate(leaflet.pngs(composed(desk, made), PPI), 1))
    return [Drawing(f"{made.id}-{n}.png", pages[n]) for n in WORTH.get(made.id, (1, 2)) if n in pages]


def page(head: str, library: tuple[Deliverable, ...], titles: dict[str, str], drawn: dict[str, list[Drawing]]) -> str:
    """What `head` says, as it was written, then each document with what it is made of."""
    lines = [head.strip()]
    for made in library:
        lines += [f"## {made.title}", made.about]
        lines.append(f"Fait de : {_source(made, titles)} Formats : {', '.join(made.formats).upper()}.")
        lines += [f"![{made.title}](images/documents/{one.file})" for one in drawn.get(made.id, [])]
        if made.id not in drawn:
            lines.append("Ce document n'est pas encore dessiné ici.")
    return "\n\n".join(lines) + "\n"


def _source(made: Deliverable, titles: dict[str, str]) -> str:
    if made.built != "reponses":
        return BUILT[made.built]
    used = dict.fromkeys(flow for part in made.parts for block in part.blocks for flow in _flows(block))
    named = [f"« {titles[flow]} »" for flow in used]
    if len(named) > MANY:
        return f"vos réponses dans {len(named)} modules, de {named[0]} à {named[-1]}."
    return f"vos réponses dans {', '.join(named)}."


def _flows(block: object) -> Iterator[str]:
    match block:
        case Words(ref=ref) | Piles(ref=ref):
            yield ref.flow
        case Scales(refs=refs):
            yield from (ref.flow for ref, _ in refs)
        case Cards(flow=flow) | Grid(flow=flow) | Drawn(flow=flow):
            yield flow


# --- the pictures and the page -------------------------------------------------------------------


def test_the_pictures_in_docs_are_those_of_today(
    drawn: dict[str, list[Drawing]], request: pytest.FixtureRequest
) -> None:
    files = {one.file: one.png for pages in drawn.values() for one in pages}
    if request.config.getoption("--rewrite"):
        PICTURES.mkdir(parents=True, exist_ok=True)
        for old in set(PICTURES.glob("*.png")):
            old.unlink()
        for name, png in files.items():
            (PICTURES / name).write_bytes(png)
    there = {file.name: file.read_bytes() for file in PICTURES.glob("*.png")}
    assert sorted(there) == sorted(files), AGAIN
    assert [name for name in files if there[name] != files[name]] == [], AGAIN


def test_the_page_shows_every_document(drawn: dict[str, list[Drawing]], request: pytest.FixtureRequest) -> None:
    from bot.library import Library
    from bot.settings import shipped

    library = Library.open(shipped("content"))
    titles = {id: library.title(id) for id in library.flows}
    said = PAGE.read_text("utf-8")
    wanted = page(said.partition("\n## ")[0], library.deliverables, titles, drawn)
    if request.config.getoption("--rewrite"):
        PAGE.write_text(wanted, "utf-8")
    assert PAGE.read_text("utf-8") == wanted, AGAIN


def test_each_picture_is_small_and_drawn_whole(drawn: dict[str, list[Drawing]]) -> None:
    for one in (one for pages in drawn.values() for one in pages):
        wide, tall = struct.unpack(">LL", one.png[16:24])
        assert len(one.png) < HEAVIEST and min(wide, tall) > 480, one.file


def test_elise_has_something_in_each_document_made_of_answers(drawn: dict[str, list[Drawing]]) -> None:
    """An empty frame would show nothing of what the document is."""
    assert all(drawn[made] for made in ("livret", "peurs", "scenarios", "signaux", "matrice", "montants", "plan"))


def test_elise_has_validated_skills_of_hers_and_of_her_coach_and_one_waits(elise: Elise) -> None:
    told = {one["nom"]: one for one in next(
        about for about in cohort()["participants"] if about["prenom"] == "Élise")["competences"]}  # fmt: skip
    assert {name: elise.skills[name] for name in told} == {
        name: "proposee" if "cite" in one and "valide" not in one else "validee" for name, one in told.items()
    }
    assert {"proposee", "validee"} == {elise.skills[name] for name in told}
