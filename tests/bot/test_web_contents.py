"""An admin corrects a text on the page, sees what it changes, publishes it, and goes back: with a browser alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from urllib.parse import quote

import pytest

from bot.publishing import release
from bot.store import audit, publications
from tests.bot.test_publishing import CLAIRE, DEUX, ESSAI, FIRST, SECOND, Press
from tests.bot.test_publishing import press as press
from tests.bot.web_office import Browser, Seen, espace

DOMINIQUE, DENIS = 711, 712
FILE = f"/espace/regie/contenus/fichier?fichier={quote(DEUX)}"
ASKED = "v:steps.1.text"


@dataclass
class Room:
    press: Press
    browser: Browser
    other: Browser

    def send(self, form: dict[str, str], browser: Browser | None = None, **changed: str) -> Seen:
        fields = {**form, **{name.replace("__", ":"): value for name, value in changed.items()}}
        return (browser or self.browser).post(fields.pop("action"), fields)

    def correct(self, **changed: str) -> Seen:
        return self.send(filled(self.browser.get(FILE)), **changed)


def filled(seen: Seen) -> dict[str, str]:
    """The form of a file, as a browser would send it: hidden fields, inputs and text areas."""
    form = seen.form("/regie/contenus/fichier")
    areas = re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n(.*?)</textarea>', seen.html, re.S)
    return {**form, **{unescape(name): unescape(words) for name, words in areas}}


@pytest.fixture
def room(press: Press) -> Iterator[Room]:
    office = press.office
    ids = [office.join("admin", name, chat) for name, chat in (("Dominique", DOMINIQUE), ("Denis", DENIS))]
    with espace(office) as page:
        yield Room(press, *(page.of(id) for id in ids))


def published(room: Room) -> str:
    text: str = room.press.office.db.read_now(release.files, room.press.folder)[DEUX]
    return text


def test_a_word_is_corrected_read_over_published_and_undone(room: Room) -> None:
    press, db = room.press, room.press.office.db
    press.begin(CLAIRE)
    saved = room.correct(**{ASKED: SECOND})
    assert (saved.status, saved.headers["location"]) == (303, "/espace/regie/contenus?partie=flows&dit=draft")
    assert "Une correction attend" in room.browser.get("/espace/regie/contenus").text
    assert published(room).count(FIRST) == 1

    look = room.browser.get("/espace/regie/contenus/publier")
    assert "Module « Deux questions »" in look.text and "Question pris, le texte" in look.text
    assert "<del>pris</del>" in look.html and "<ins>coûté</ins>" in look.html
    done = room.send(look.form("/contenus/publier"), mot="Plus doux", mots="on")
    assert done.headers["location"] == "/espace/regie/versions/2?dit=published"
    assert SECOND in published(room)
    entry = db.read_now(audit.newest, 1)[0]
    assert entry.about["reworded"] == 1 and entry.by.door == "page"

    page = room.browser.get("/espace/regie/versions/1")
    assert "Revenir à cette version" in page.text and "<ins>pris</ins>" in page.html
    back = room.send(page.form("/revenir"))
    assert back.headers["location"] == "/espace/regie/versions/3?dit=back"
    assert FIRST in published(room)
    assert [one.origin for one in db.read_now(publications.listed, 9)] == ["retour", "page", "dossier"]
    assert "Version 3" in room.browser.get("/espace/regie/versions").text


def test_a_fault_is_kept_as_typed_told_in_its_place_and_cannot_be_published(room: Room) -> None:
    refused = room.correct(**{"v:remind.after": "trois jours"})
    assert refused.status == 422 and "Un point à reprendre" in refused.text and "Ligne 3" in refused.text
    assert "trois jours" in refused.html, "nothing typed is lost"
    look = room.browser.get("/espace/regie/contenus/publier")
    assert DEUX in look.text and 'name="mot"' not in look.html
    whole = room.browser.get(FILE)
    mended = filled(whole)
    mended["texte"] = mended["texte"].replace("trois jours", "5j")
    assert room.send(mended).status == 303
    assert "Question donne, les rappels" in room.browser.get("/espace/regie/contenus/publier").text


def test_the_second_of_two_keeps_what_they_wrote_and_reads_who_was_first(room: Room) -> None:
    mine, theirs = filled(room.browser.get(FILE)), filled(room.other.get(FILE))
    assert room.send(mine, **{ASKED: SECOND}).status == 303
    second = room.send(theirs, room.other, **{ASKED: "Et quoi d'autre ?"})
    assert second.status == 409 and "Dominique a enregistré ce fichier" in second.text
    assert filled(second)[ASKED] == "Et quoi d'autre ?" and SECOND in unescape(second.html)
    again = room.send(filled(second), room.other)
    assert again.status == 303
    assert filled(room.browser.get(FILE))[ASKED] == "Et quoi d'autre ?"


def test_what_is_published_is_what_was_read_over(room: Room) -> None:
    room.correct(**{ASKED: SECOND})
    look = room.browser.get("/espace/regie/contenus/publier")
    room.correct(**{ASKED: "Autre chose ?"})
    late = room.send(look.form("/contenus/publier"))
    assert late.status == 409 and "entre-temps" in late.text and FIRST in published(room)
    fresh = room.browser.get("/espace/regie/contenus/publier")
    room.press.publish(room.press.write(ESSAI, '"S1 - 3j 10:00"', '"S1 - 3j 11:00"'))
    late = room.send(fresh.form("/contenus/publier"))
    assert late.status == 409 and "publié entre-temps" in late.text


def test_a_correction_is_left_aside(room: Room) -> None:
    room.correct(**{ASKED: SECOND})
    left = room.send(room.browser.get(FILE).form("/laisser"))
    assert left.headers["location"].startswith("/espace/regie/contenus") and FIRST in published(room)
    assert "attend d'être publiée" not in room.browser.get("/espace/regie/contenus").text


def test_words_are_found_and_odd_names_are_nobodys(room: Room) -> None:
    found = room.browser.get("/espace/regie/contenus?q=de+l%27%C3%A9nergie").text
    assert "Deux questions" in found
    for odd in ("../../etc/passwd", "flows/", "", "phrases.yml", "%00", "flows/rien.yml", "x" * 300):
        assert room.browser.get(f"/espace/regie/contenus/fichier?fichier={quote(odd)}").status == 404, odd
    assert room.browser.get("/espace/regie/versions/99").status == 404
