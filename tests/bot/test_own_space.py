"""A participant's own space: the list in the chat, a document there, and the page that a link of one use opens."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from bot.deliverables import catalogue
from bot.desk import signin
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from tests.bot.desk_office import Office, button, words
from tests.bot.web_office import Espace, espace

ANNE, CLAIRE, YANIS = 701, 801, 802
FEAR, GUARDED = "Le téléphone muet", "Mon sommeil & <b>{{ 7*7 }}</b>"


@dataclass
class Desk:
    page: Espace
    claire: int
    yanis: int

    @property
    def office(self) -> Office:
        return self.page.office

    def link(self) -> str:
        address = button(self.office.say(CLAIRE, "/mesdocuments"), "Ouvrir mes documents")
        return address.removeprefix(self.office.house.page)


def told(desk: Desk, document: str) -> str:
    return " ".join(words(desk.office.press(CLAIRE, f"c:take:{document}"))).replace("’", "'")


@pytest.fixture
def desk(database: Database, vault: Vault, now: Any) -> Iterator[Desk]:
    office = Office(database, vault, now)
    anne = office.join("coach", "Anne", ANNE)
    claire = office.join("participant", "Claire", CLAIRE, anne)
    yanis = office.join("participant", "Yanis", YANIS, anne)
    run = office.run(claire, "peurs-leviers")
    office.reply(claire, "leviers[0].peur_nom", FEAR, run=run)
    office.reply(claire, "leviers[0].peur_garde", GUARDED, run=run)
    with espace(office) as page:
        yield Desk(page, claire, yanis)


def test_the_chat_lists_every_document_with_how_it_stands(desk: Desk) -> None:
    sent = desk.office.say(CLAIRE, "/mesdocuments")
    said = "\n".join(words(sent))
    for made in desk.office.house.library.deliverables:
        assert made.title in said
    assert "À jour de vos réponses" in said and "Un cadre, encore vide" in said


def test_a_document_comes_in_the_chat_with_the_words_that_were_written(desk: Desk) -> None:
    sent = desk.office.press(CLAIRE, "c:take:peurs")
    (paper,) = [one for one in sent if one.method == "sendDocument"]
    assert paper.params["protect_content"] and "Peurs" in paper.text
    assert desk.office.db.read_now(_exported), "a file of what they wrote is written down as one"


def _exported(conn: Any) -> bool:
    return conn.execute(select(t.accesses).where(t.accesses.c.what == "export")).first() is not None


def test_what_does_not_exist_and_what_fails_say_so_and_the_conversation_goes_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert "n'existe pas" in told(desk, "autre")

    def broken(*_: Any, **__: Any) -> Any:
        raise MemoryError(FEAR)

    monkeypatch.setattr(catalogue, "order", broken)
    said = told(desk, "peurs")
    assert "n'a pas pu être fait" in said and FEAR not in said
    assert FEAR not in caplog.text
    assert desk.office.say(CLAIRE, "Une phrase pour mon coach"), "they are heard all the same"


def test_the_link_opens_a_page_of_their_words_alone_and_serves_once(desk: Desk) -> None:
    path, browser = desk.link(), desk.page.stranger()
    assert browser.get(path).status == browser.get(path).status == 200, "a preview spends nothing"
    listed = browser.follow(browser.post(path))
    assert listed.status == 200 and "Peurs" in listed.text
    page = browser.get("/espace/documents/peurs")
    assert FEAR in page.text and "{{ 7*7 }}" in page.text and "<b>{{" not in page.html
    again = desk.page.stranger()
    assert again.get(path).status == again.post(path).status == 403
    assert browser.get("/espace/documents/inconnu").status == 404
    assert browser.get("/espace/documents/peurs/fichier/exe").status == 404


def test_the_file_of_a_page_is_the_same_document(desk: Desk) -> None:
    seen = desk.page.of(desk.claire).get("/espace/documents/peurs/fichier/pdf")
    assert seen.headers["content-type"] == "application/pdf" and seen.headers["cache-control"] == "no-store"
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(seen.body)).pages)
    assert FEAR in text and "Mon sommeil" in text
    assert FEAR not in desk.page.of(desk.yanis).get("/espace/documents/peurs").text


def test_a_session_of_theirs_is_short_and_reading_one_s_own_words_is_no_look_of_somebody_else(desk: Desk) -> None:
    browser = desk.page.of(desk.claire)
    assert browser.get("/espace/documents").status == 200
    desk.office.now += signin.BRIEF + timedelta(minutes=1)
    assert browser.get("/espace/documents").status == 303
    assert not desk.office.db.read_now(lambda conn: conn.execute(select(t.accesses)).all())


def test_leaving_closes_the_page(desk: Desk) -> None:
    browser = desk.page.of(desk.claire)
    left = browser.submit(browser.get("/espace/documents"), "/documents/sortir")
    assert "fermée" in left.text
    assert browser.get("/espace/documents").status == 303


def test_what_they_asked_to_limit_stays_theirs_to_read(desk: Desk) -> None:
    """RGPD art. 18 keeps others out, not them."""
    desk.office.press(CLAIRE, "c:limit:1")
    desk.office.press(CLAIRE, "c:limit:oui")
    assert FEAR in desk.page.of(desk.claire).get("/espace/documents/peurs").text


def test_a_module_that_was_never_begun_makes_an_empty_frame(desk: Desk) -> None:
    page = desk.page.of(desk.yanis).get("/espace/documents/peurs")
    assert "Ici viendront" in page.text


def test_scenarios_are_scored_by_their_author_and_never_added_up(desk: Desk) -> None:
    lives, wishes = desk.office.run(desk.claire, "scenarios"), desk.office.run(desk.claire, "criteres")
    for n, title in enumerate(("Libraire <à> Lyon", "Rester, autrement")):
        desk.office.reply(desk.claire, f"vies[{n}].scenario", "ab"[n], run=lives)
        desk.office.reply(desk.claire, f"vies[{n}].scenario_titre", title, run=lives)
        desk.office.reply(desk.claire, f"vies[{n}].again", "oui", run=lives)
    desk.office.reply(desk.claire, "criteres", ["Deux soirs libres", "Dire non"], run=wishes)
    browser = desk.page.of(desk.claire)
    page = browser.get("/espace/documents/scenarios")
    assert "Libraire <à> Lyon" in page.text
    typed = {"note-0-0": "7", "note-0-1": "0", "note-1-0": "11", "note-1-1": "x"}
    seen = browser.submit(page, "/notes", **typed)
    rows = re.findall(r"<tr>(.*?)</tr>", seen.html, re.S)
    told = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]
    assert "Deux soirs libres 7 sur 10 0 sur 10" in told
    assert any(row.startswith("Dire non") and "sur 10" not in row for row in told), "what is no number gives nothing"
    assert not re.search(r"\btotal\b|moyenne|\b7 sur 20\b", seen.text, re.I)
    empty = {field: "" for field in typed}
    assert "7 sur 10" not in browser.submit(seen, "/notes", **empty).text
    assert desk.office.db.read_now(lambda conn: conn.execute(select(t.pages)).all()) == []
