"""Documents of the content handed over as files that Word and spreadsheets open, with the words of whoever asks."""

import io
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from docx import Document

from bot.deliverables import catalogue
from bot.deliverables.catalogue import Desk
from bot.store.cases import by_person
from bot.store.database import Database
from bot.store.vault import Vault
from flows.deliverables import Cards, Deliverable, Grid, Part
from tests.bot.desk_office import LIBRARY, Office

CLAIRE = 801
CARDS = Cards("peurs-leviers", "leviers", "peur_nom", {"peur_garde": "Ce qu'elle protège"})
GRID = Grid("matrice", "besoins", {"besoin": "Besoin", "besoin_preuve": "Preuve"}, "à développer")
FEARS = Deliverable("peurs", "Mes peurs", "Ce que j'ai écrit.", "reponses", ("docx",),
                    (Part("une", "Une par une", "Ici viendront vos peurs.", (CARDS,)),), file="mes-peurs")  # fmt: skip
NEEDS = Deliverable("besoins", "Besoins", "Ce que j'ai lu.", "reponses", ("xlsx",),
                    (Part("tous", "Un par un", "Ici viendront vos besoins.", (GRID,)),), file="besoins")  # fmt: skip


@pytest.fixture
def office(database: Database, vault: Vault, now: datetime) -> Office:
    return Office(database, vault, now)


def desk(conn: Any, office: Office, person: int) -> Desk:
    case = by_person(conn, office.vault, [person], office.now)[person]
    office.house.shelf.complete(conn, [case])
    return Desk(conn, office.vault, office.house, case, office.now)


def file(office: Office, person: int, made: Deliverable, format: Any) -> catalogue.File:
    return office.db.read_now(lambda conn: catalogue.file(desk(conn, office, person), made, format))


def answered(office: Office, flow: str, answers: dict[str, str]) -> int:
    person = office.join("participant", "Claire", CLAIRE)
    run = office.run(person, flow)
    for key, value in answers.items():
        office.reply(person, key, value, run=run)
    return person


def test_answers_are_in_the_word_document(office: Office) -> None:
    person = answered(office, "peurs-leviers", {
        "leviers[0].peur_nom": "Manquer & perdre <tout>", "leviers[0].peur_garde": "Mon loyer\n{{ 7*7 }}"})  # fmt: skip
    made = file(office, person, FEARS, "docx")
    assert (made.name, made.type) == ("mes-peurs.docx", catalogue.TYPES["docx"])
    texts = [each.text for each in Document(io.BytesIO(made.data)).paragraphs]
    assert texts[0] == "Mes peurs" and "Manquer & perdre <tout>" in texts
    assert texts[texts.index("Ce qu'elle protège") + 1] == "Mon loyer\n{{ 7*7 }}"


def test_answers_are_in_the_workbook(office: Office) -> None:
    person = answered(office, "matrice", {"besoins[0].besoin": "=1+1"})
    made = file(office, person, NEEDS, "xlsx")
    assert (made.name, made.type) == ("besoins.xlsx", catalogue.TYPES["xlsx"])
    [sheet] = openpyxl.load_workbook(io.BytesIO(made.data))
    rows = [row for row in sheet.iter_rows(values_only=True) if None not in row]
    assert rows == [("Besoin", "Preuve"), ("=1+1", "à développer")]


def test_every_document_that_has_these_formats_is_made_before_any_answer(office: Office) -> None:
    person = office.join("participant", "Claire", CLAIRE)
    made = [(each, format) for each in LIBRARY.deliverables if each.built == "reponses" for format in each.formats
            if format in ("docx", "xlsx")]  # fmt: skip
    assert {format for _, format in made} == {"docx", "xlsx"}
    for each, format in made:
        assert file(office, person, each, format).data.startswith(b"PK"), each.id


def test_a_format_that_a_document_has_not_is_refused(office: Office) -> None:
    person = office.join("participant", "Claire", CLAIRE)
    with pytest.raises(KeyError):
        file(office, person, FEARS, "xlsx")
