"""Everything that is kept of a participant leaves in one file: whole, safe to open, streamed, and once a link."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.desk import appointments, comments, people, takeaway
from bot.documents.portfolio import Chapter, Entry, Portfolio, pdf, pngs
from bot.store import accesses
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from tests.bot.desk_office import Office, button, words
from tests.bot.web_office import Espace, Seen, espace

ANNE, CLAIRE = 701, 801
MEGABYTE = 1024 * 1024


@dataclass
class Desk:
    page: Espace
    anne: int
    claire: int

    @property
    def office(self) -> Office:
        return self.page.office

    def link(self) -> str:
        address = button(self.office.say(CLAIRE, "/mesdonnees"), "Recevoir mes données")
        return address.removeprefix(self.office.house.page)

    def fetch(self, path: str) -> Seen:
        browser = self.page.stranger()
        return browser.post(path, browser.get(path).form("/mesdonnees/"))

    def archive(self) -> zipfile.ZipFile:
        seen = self.fetch(self.link())
        assert (seen.status, seen.headers["content-type"]) == (200, "application/zip")
        assert 'filename="mes-donnees.zip"' in seen.headers["content-disposition"]
        assert seen.headers["cache-control"] == "no-store"
        return zipfile.ZipFile(io.BytesIO(seen.body))


@pytest.fixture
def desk(database: Database, vault: Vault, now: Any) -> Iterator[Desk]:
    office = Office(database, vault, now)
    anne = office.join("coach", "Anne", ANNE)
    claire = office.join("participant", "Claire", CLAIRE, anne)
    with espace(office) as page:
        yield Desk(page, anne, claire)


def _written(desk: Desk) -> None:
    """One thing of each kind."""
    office = desk.office
    run = office.run(desk.claire, "trois-montants")
    office.reply(desk.claire, "montant_plancher", 1900, run=run, private=True, question="Le plancher ?")
    office.reply(desk.claire, "montant_plancher", 2100, run=run, version=2, private=True, question="Le plancher ?")
    office.reply(desk.claire, "journal", "un mot en passant", how="journal", question="", media=("m1",))
    office.run(desk.claire, "parcours", state="waiting", key="fil", draft=[[1, "un fil commencé", []]], nth=3)
    office.file(desk.claire, "m1", "voice", b"OggS vocal", mime="audio/ogg", name="../../etc/passwd")
    office.file(desk.claire, "m2", "document", None, state="waiting")
    office.do(
        appointments.put, desk.claire, "S1", office.now + timedelta(days=3), None, office.now, place="12 rue des Lilas"
    )
    served = office.db.read_now(people.one, office.vault, desk.claire, office.now)
    office.do(comments.write, served, None, desk.anne, "un mot de la coach", office.now)
    desk.page.of(desk.anne).get(f"/espace/personnes/{desk.claire}/reponses")


def test_everything_is_there(desk: Desk) -> None:
    _written(desk)
    archive = desk.archive()
    assert archive.testzip() is None
    assert archive.namelist() == ["LISEZMOI.txt", "mes-donnees.json", "mes-donnees.pdf", "fichiers/001-voice.ogg"]
    assert archive.read("fichiers/001-voice.ogg") == b"OggS vocal"
    data = json.loads(archive.read("mes-donnees.json"))
    amounts = [one for one in data["reponses"] if one["cle"] == "montant_plancher"]
    assert [(one["version"], one["reponse"], one["pour_moi_seulement"]) for one in amounts] == [
        (1, 1900, True), (2, 2100, True)]  # fmt: skip
    assert data["en_cours"][0]["en_clair"] == "un fil commencé"
    assert data["mots_du_coach"][0]["texte"] == "un mot de la coach"
    assert data["rendez_vous"][0]["lieu"] == "12 rue des Lilas"
    assert data["accords"] and data["envois"] and data["personne"]["prenom"] == "Claire"
    assert [(one["role"], one["acces"]) for one in data["acces"]] == [("coach", "replies")]
    assert [(one["etat"], one["nom_d_origine"]) for one in data["fichiers"]] == [
        ("stored", "../../etc/passwd"), ("waiting", None)]  # fmt: skip
    assert archive.read("mes-donnees.pdf").startswith(b"%PDF-")
    assert "mes-donnees.pdf" in archive.read("LISEZMOI.txt").decode()


def test_the_same_stands_in_the_pages_to_be_read(desk: Desk) -> None:
    _written(desk)
    office = desk.office
    found = office.db.read_now(takeaway.gather, office.vault, office.house, desk.claire, office.now)
    said = [(entry.head, entry.text, entry.note) for chapter in found.book.chapters for entry in chapter.entries]
    text = "\n".join(" ".join(each) for each in said)
    for told in ("2100 €", "un mot en passant", "un fil commencé", "pour vous seulement", "12 rue des Lilas",
                  "un mot de la coach", "vos réponses, sur la page"):  # fmt: skip
        assert told in text, (told, text)


def test_the_link_serves_once_and_the_look_is_written_down(desk: Desk) -> None:
    path = desk.link()
    for _ in range(3):
        assert desk.page.stranger().get(path).status == 200
    assert desk.fetch(path).status == 200
    again = desk.page.stranger().post(path)
    assert again.status == 403 and "ne sert plus" in again.text
    [look] = desk.office.db.read_now(accesses.of_person, desk.claire)
    assert (look.role, look.what, look.door) == ("participant", "export", "page")
    later = desk.link()
    desk.office.now += timedelta(minutes=31)
    assert desk.page.stranger().post(later).status == 403
    assert "vous, toutes vos données" in words(desk.office.press(CLAIRE, "c:looks:"))[0]


def test_a_link_for_one_thing_serves_no_other(desk: Desk) -> None:
    path = desk.link()
    assert desk.page.stranger().get(path.replace("mesdonnees", "reponse")).status == 403
    assert desk.page.stranger().post(path.replace("mesdonnees", "reponse"), {"mots": "x"}).status == 403


def test_nothing_of_somebody_else_is_in_it(desk: Desk) -> None:
    office = desk.office
    yanis = office.join("participant", "Yanis", 802, desk.anne)
    office.reply(yanis, "journal", "MOTS-DE-YANIS", how="journal", question="", media=("y1",))
    office.file(yanis, "y1", "voice", b"VOIX-DE-YANIS")
    _written(desk)
    archive = desk.archive()
    held = b"".join(archive.read(name) for name in archive.namelist())
    assert b"YANIS" not in held and b"Yanis" not in held


def test_sixty_megabytes_leave_piece_by_piece(desk: Desk) -> None:
    for n in range(3):
        desk.office.file(desk.claire, f"g{n}", "video", bytes([n]) * (20 * MEGABYTE), mime="video/mp4")
    archive = desk.archive()
    sizes = [entry.file_size for entry in archive.infolist() if entry.filename.startswith("fichiers/")]
    assert sizes == [20 * MEGABYTE] * 3 and archive.testzip() is None


def test_without_a_page_the_file_comes_in_the_chat(database: Database, vault: Vault, now: Any) -> None:
    office = Office(database, vault, now)
    anne = office.join("coach", "Anne", ANNE)
    office.join("participant", "Claire", CLAIRE, anne)
    assert [one.method for one in office.say(CLAIRE, "/mesdonnees")] == ["sendMessage", "sendDocument"]
    assert "vous, toutes vos données, dans Telegram" in words(office.press(CLAIRE, "c:looks:"))[0]
    with espace(office):
        assert [one.method for one in office.say(CLAIRE, "/mesdonnees")] == ["sendMessage"]


def test_the_token_is_nowhere_in_clear(desk: Desk) -> None:
    token = desk.link().rpartition("/")[2]
    rows = desk.office.db.read_now(lambda conn: repr(conn.execute(select(t.sign_ins)).all()))
    rows += desk.office.db.read_now(lambda conn: repr(conn.execute(select(t.outbox)).all()))
    assert token not in rows


@pytest.mark.parametrize(
    "text",
    ["\x00\x07\x1b[31m", "\u202eenvers", "שלום וברכה", "مرحبا بالعالم", "#import \"x\"", "$ \\ ` * _ [x](y) <a> @b",
     "a" * 5000, "🙂" * 300, "\n".join(["une ligne"] * 400), "«»“”…\u2028\u2029", "漢字"],
)  # fmt: skip
def test_a_pdf_is_made_of_whatever_was_written(text: str) -> None:
    book = Portfolio("Titre", text, "{page} / {pages}", (Chapter(text[:200] or "x", (Entry(text, text, text),)),))
    assert pdf(book).startswith(b"%PDF-")
    assert all(page.startswith(b"\x89PNG") for page in pngs(book, 24))


def test_every_name_is_safe_to_unpack(desk: Desk) -> None:
    _written(desk)
    names = desk.archive().namelist()
    safe = re.compile(r"(fichiers/\d{3}-[a-z_]+\.[a-z0-9]{1,5}|[A-Za-z-]+\.(txt|json|pdf))")
    assert all(safe.fullmatch(name) for name in names)
