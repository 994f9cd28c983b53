"""A participant's answers on the coaches' page: found, read with their files, marked, and answered."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import select

from bot.desk import comments, sheets
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from flows.model import Question, Text
from tests.bot.desk_office import LIBRARY, Office
from tests.bot.web_office import Browser, Espace, Seen, espace

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ANNE, CLAIRE, YANIS = 10, 20, 30
HTML = '<script>alert(1)</script>&amp; "é"\nune autre ligne'
ARABIC = "أشعر بالهدوء في الصباح"
EMOJI = "🧑‍🦽👩‍🚀 ça va"


FIRST = {"audio/ogg": b"OggS456789", "image/jpeg": b"\xff\xd8\xff\xda\x00\x03\x019",
         "image/png": b"\x89PNG\r\n\x1a\n"}  # fmt: skip
"""A file of each type, as it begins."""


@dataclass
class Desk:
    page: Espace
    anne: int
    claire: int

    @property
    def office(self) -> Office:
        return self.page.office

    @property
    def where(self) -> str:
        return f"/espace/personnes/{self.claire}/reponses"

    def browser(self) -> Browser:
        return self.page.of(self.anne)

    def rows(self, table: Any) -> list[Any]:
        return self.office.db.read_now(lambda conn: list(conn.execute(select(table).order_by(table.c.id)).all()))


@pytest.fixture
def desk(database: Database, vault: Vault) -> Iterator[Desk]:
    office = Office(database, vault, NOW)
    anne = office.join("coach", "Anne", ANNE)
    claire = office.join("participant", "Claire", CLAIRE, anne)
    with espace(office) as page:
        yield Desk(page, anne, claire)


def article(seen: Seen, reply: int) -> str:
    """The HTML of one answer."""
    start = seen.html.find(f'<article class="reply" id="r{reply}">')
    assert start >= 0, (reply, seen.status, seen.text[:500])
    held = unescape(seen.html[start : seen.html.index("</article>", start)])
    return held.replace("\xa0h", " h").replace("h\xa0", "h ")


def journal(office: Office, person: int, words: str, **about: Any) -> int:
    return office.reply(person, "journal", words, how="journal", question="", **about)


# --- read ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", [HTML, ARABIC, EMOJI, "W" * 20_000, "*gras* _x_ [a](javascript:b)", "{{ 7*7 }}{% if %}"]
)
def test_whatever_was_written_is_shown_as_written_and_does_nothing(desk: Desk, words: str) -> None:
    reply = desk.office.reply(desk.claire, "a", words, question="Qu'est-ce qui **compte** ?")
    seen = desk.browser().get(desk.where)
    assert f'<blockquote dir="auto">{words}</blockquote>' in article(seen, reply)
    assert "Qu'est-ce qui compte ?" in article(seen, reply).replace("’", "'")
    assert "<script>alert" not in seen.html and 'href="javascript' not in seen.html


def test_an_answer_tells_when_it_was_written_changed_and_read(desk: Desk) -> None:
    run = desk.office.run(desk.claire, "sens-du-travail")
    desk.office.reply(desk.claire, "a", "premier jet", run=run, at=NOW - timedelta(days=2))
    now = desk.office.reply(desk.claire, "a", "mieux dit", run=run, version=2, late=True, session="S1", how="to_check")
    browser = desk.browser()
    seen = article(browser.get(desk.where), now)
    assert "premier jet" not in seen and "mieux dit" in seen  # the old one is kept for its author (S14)
    assert "Écrit dimanche 22 novembre à 10 h" in seen and "Modifié mardi 24 novembre à 10 h" in seen
    assert "à relire" in seen and "à vérifier ensemble" in seen and "après la séance" in seen
    form = browser.get(desk.where).form(f"/{now}/etat")
    browser.post(form["action"], {**form, "vers": "lu"})
    assert "par Anne, mardi 24 novembre à 10 h" in article(browser.get(desk.where), now)


def test_nothing_private_is_there_whatever_is_asked(desk: Desk) -> None:
    run = desk.office.run(desk.claire, "sens-du-travail")
    desk.office.file(desk.claire, "prive", "voice")
    before = desk.office.reply(desk.claire, "a", "SECRET ancien", run=run, media=("prive",))
    newest = desk.office.reply(desk.claire, "a", "SECRET", run=run, version=2, private=True, media=("prive",))
    gone = desk.office.reply(desk.claire, "b", "SECRET effacé", run=run)
    desk.office.reply(desk.claire, "b", None, run=run, version=2, how="erased")
    shown = journal(desk.office, desk.claire, "ouvert")
    browser = desk.browser()
    for query in ("", "?q=secret", "?etat=a_lire", "?seance=-", "?q=secret&etat=a_lire"):
        assert "SECRET" not in browser.get(desk.where + query).html, query
    assert browser.get(desk.where).text.count("Une réponse") == 1
    form = browser.get(desk.where).form(f"/{shown}/etat")
    for hidden in (before, newest, gone):
        assert browser.get(f"{desk.where}/{hidden}/fichiers/prive").status == 404
        for act in ("etat", "commentaire"):
            marks = {**form, "form": f"autre-{hidden}-{act}", "vers": "lu", "mots": "bonjour"}
            assert browser.post(f"{desk.where}/{hidden}/{act}", marks).status == 404
    assert set(desk.office.reviews(desk.claire).values()) == {"a_lire"} and desk.rows(t.comments) == []


def test_what_is_being_written_is_apart_and_private_drafts_are_nowhere(desk: Desk) -> None:
    asked = {(flow.id, s.id): s for flow in LIBRARY.flows.values() for s in flow.steps if isinstance(s, Question)}
    longs = {place: s for place, s in asked.items() if s.answer == Text(long=True)}
    flow, key = next(place for place, s in longs.items() if not s.private)
    desk.office.file(desk.claire, "f1", "voice")
    desk.office.run(desk.claire, flow, state="waiting", key=key, draft=[[9, "Je commence", ["f1"]]])
    for hidden, secret in [place for place, s in longs.items() if s.private][:1]:
        desk.office.run(desk.claire, hidden, state="paused", nth=5, key=secret, draft=[[9, "SECRET", []]])
    browser = desk.browser()
    seen = browser.get(desk.where)
    assert "En cours d'écriture" in seen.text.replace("’", "'") and "Je commence" in seen.text
    assert "SECRET" not in seen.html and "/0/etat" not in seen.html and "/0/commentaire" not in seen.html
    assert browser.get(f"{desk.where}/0/fichiers/f1").status == 200
    assert "Je commence" not in browser.get(desk.where + "?etat=a_lire").text


# --- found -----------------------------------------------------------------------------------


def test_the_list_is_narrowed_by_session_and_by_state(desk: Desk) -> None:
    first = desk.office.reply(desk.claire, "a", "un", session="S1")
    second = desk.office.reply(desk.claire, "b", "deux", session="S2", review="lu")
    check = desk.office.reply(desk.claire, "c", "peut-être", session="S2", how="to_check")
    passed = desk.office.reply(desk.claire, "d", None, how="skipped")
    found = {
        "": {first, second, check, passed}, "?seance=S2": {second, check}, "?seance=-": {passed}, "?etat=lu": {second},
        "?etat=a_lire": {first, check}, "?etat=a_verifier": {check}, "?seance=S2&etat=a_lire": {check},
        "?etat=n%27importe": {first, second, check, passed}, "?seance=S9": set(),
        "?page=0": {first, second, check, passed}, "?page=999999999999999999": {first, second, check, passed},
    }  # fmt: skip
    for query, ids in found.items():
        html = desk.browser().get(desk.where + query).html
        assert {id for id in (first, second, check, passed) if f'id="r{id}"' in html} == ids, query


@pytest.mark.parametrize("looked_for", ["ETE", "été", "l'ete", "  cœur   au ", "coeur", "le matin ?", "هدوء"])
def test_words_are_found_whatever_their_accents_case_and_script(desk: Desk, looked_for: str) -> None:
    desk.office.reply(desk.claire, "x", "rien à voir", question="Autre chose")
    words = f"L’Été, j'ai le cœur au travail. {ARABIC}"
    found = desk.office.reply(desk.claire, "a", words, question="Et **le matin** ?")
    seen = desk.browser().get(f"{desk.where}?q={quote(looked_for)}")
    assert "Une réponse" in seen.text and f'id="r{found}"' in seen.html


def test_long_lists_come_in_pages_and_keep_what_was_asked(desk: Desk) -> None:
    ids = [journal(desk.office, desk.claire, f"mot {n}", at=NOW - timedelta(hours=50 - n)) for n in range(45)]
    browser = desk.browser()
    for query, mark in (("?seance=-", "seance=-"), ("?q=mot", "q=mot")):
        first = browser.get(desk.where + query)
        assert "45 réponses" in first.text
        assert [f'id="r{id}"' in first.html for id in ids] == [False] * 25 + [True] * 20
        last = browser.get(f"{desk.where}{query}&page=3")
        assert [f'id="r{id}"' in last.html for id in ids] == [True] * 5 + [False] * 40
        assert mark in unescape(first.html).partition('rel="next"')[0].rpartition("href=")[2]
        assert 'rel="next"' not in last.html and 'rel="prev"' in last.html


@pytest.mark.parametrize("reachable", [True, False])
def test_a_page_opens_no_more_than_it_shows(desk: Desk, monkeypatch: pytest.MonkeyPatch, reachable: bool) -> None:
    run = desk.office.run(desk.claire, "sens-du-travail", state="paused")
    for n in range(60):
        desk.office.reply(desk.claire, f"mot{n}", f"mot {n}", run=run)
    desk.office.db.write_now(lambda conn: conn.execute(t.people.update().values(reachable=reachable)))
    opened = 0
    original = Vault.open

    def counted(self: Vault, owner: int, place: str, sealed: bytes) -> bytes:
        nonlocal opened
        opened += place == "replies.value"
        return original(self, owner, place, sealed)

    monkeypatch.setattr(Vault, "open", counted)
    desk.browser().get(desk.where)
    assert opened == 20


# --- marked ----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["a_lire", "lu", "a_aborder", "traite"])
def test_any_state_is_put_from_any_other_and_the_list_stays_as_it_was(desk: Desk, state: str) -> None:
    reply = journal(desk.office, desk.claire, "un mot", review="lu" if state != "lu" else "traite")
    browser = desk.browser()
    form = browser.get(desk.where + "?q=un+mot&seance=-").form(f"/{reply}/etat")
    gone = browser.post(form["action"], {**form, "vers": state})
    assert gone.headers["location"].endswith(f"&dit=reply_{state}#r{reply}")
    assert "seance=-" in gone.headers["location"] and "q=un+mot" in gone.headers["location"]
    assert desk.office.reviews(desk.claire) == {reply: state}
    [row] = desk.rows(t.replies)
    assert (row.reviewed_by, row.reviewed_at) == (desk.anne, NOW)
    seen = browser.follow(gone)
    assert 'class="told"' in seen.html
    assert article(seen, reply).count('aria-pressed="true"') == 1
    assert f'value="{state}" aria-pressed="true"' in article(seen, reply)


def test_an_answer_changed_meanwhile_is_not_marked_unread(desk: Desk) -> None:
    run = desk.office.run(desk.claire, "sens-du-travail")
    old = desk.office.reply(desk.claire, "a", "avant", run=run)
    browser = desk.browser()
    form = browser.get(desk.where).form(f"/{old}/etat")
    new = desk.office.reply(desk.claire, "a", "après", run=run, version=2)
    seen = browser.follow(browser.post(form["action"], {**form, "vers": "traite"}))
    assert "a changé depuis" in seen.text and "après" in article(seen, new)
    assert set(desk.office.reviews(desk.claire).values()) == {"a_lire"}


def test_a_state_that_does_not_exist_is_refused(desk: Desk) -> None:
    reply = journal(desk.office, desk.claire, "un mot")
    browser = desk.browser()
    form = browser.get(desk.where).form(f"/{reply}/etat")
    assert browser.post(form["action"], {**form, "vers": "oublie"}).status == 422
    assert desk.office.reviews(desk.claire) == {reply: "a_lire"}


# --- answered --------------------------------------------------------------------------------


def test_a_message_is_kept_shown_and_sent_once(desk: Desk) -> None:
    reply = journal(desk.office, desk.claire, "un mot")
    browser = desk.browser()
    form = browser.get(desk.where).form(f"/{reply}/commentaire")
    first = browser.post(form["action"], {**form, "mots": f"Merci.\r\n{HTML}"})
    again = browser.post(form["action"], {**form, "mots": f"Merci.\r\n{HTML}"})
    assert first.headers["location"].endswith(f"dit=comment_now#r{reply}")
    assert again.headers["location"].endswith("dit=already")
    [kept] = desk.rows(t.comments)
    assert b"Merci" not in kept.body and (kept.reply_id, kept.author_id) == (reply, desk.anne)
    seen = article(browser.get(desk.where), reply)
    assert f"Merci.\n{HTML}" in seen and "Anne, mardi 24 novembre à 10 h" in seen and "Partira" in seen
    assert len(desk.page.woken) == 2


@pytest.mark.parametrize(
    ("words", "why"),
    [("é" * (comments.MOST + 1), "d’un signe"), ("🧑" * 2000, "500 signes"), (" \n ", "rien à envoyer")],
)
def test_words_that_cannot_leave_are_given_back(desk: Desk, words: str, why: str) -> None:
    reply = journal(desk.office, desk.claire, "un mot")
    browser = desk.browser()
    form = browser.get(desk.where + "?q=mot").form(f"/{reply}/commentaire")
    seen = browser.post(form["action"], {**form, "mots": words})
    assert seen.status == 200 and why in seen.text.replace("'", "’") and words in unescape(seen.html)
    assert desk.rows(t.comments) == [] and "mot" in seen.form(f"/{reply}/commentaire")["q"]


def test_whoever_stopped_is_not_written_to(desk: Desk) -> None:
    reply = journal(desk.office, desk.claire, "un mot")
    desk.office.press(CLAIRE, "c:stop:oui")
    browser = desk.browser()
    form = browser.get(desk.where).form(f"/{reply}/commentaire")
    seen = browser.post(form["action"], {**form, "mots": "Encore un mot"})
    assert "choisi d’arrêter" in seen.text.replace("'", "’") and "Encore un mot" in seen.html
    assert desk.rows(t.comments) == []


# --- files -----------------------------------------------------------------------------------


def test_each_kind_of_file_is_played_shown_or_saved(desk: Desk) -> None:
    kinds = {"voice": "<audio", "audio": "<audio", "photo": "<img", "video": "<video", "video_note": "<video",
             "document": "<a"}  # fmt: skip
    for kind in kinds:
        desk.office.file(desk.claire, f"f-{kind}", kind)
    reply = desk.office.reply(desk.claire, "a", None, media=tuple(f"f-{kind}" for kind in kinds))
    seen = article(desk.browser().get(desk.where), reply)
    assert "<blockquote" not in seen  # a voice note alone has no words
    for kind, tag in kinds.items():
        before = seen.partition(f"{reply}/fichiers/f-{kind}")[0]
        assert before.rpartition("<")[2].startswith(tag[1:] if kind != "photo" else "a"), kind


@pytest.mark.parametrize(
    ("kind", "about", "type_", "how"),
    [
        ("voice", {"mime": "audio/ogg"}, "audio/ogg", 'inline; filename="voice.ogg"'),
        ("photo", {}, "image/jpeg", 'inline; filename="photo.jpg"'),
        ("document", {"mime": "text/html", "name": 'é"\r\nx.html'}, "application/octet-stream",
         'attachment; filename="e_x.html"'),
        ("document", {"mime": "image/svg+xml", "name": "..svg"}, "application/octet-stream",
         'attachment; filename="svg"'),
        ("document", {"mime": "image/png", "name": "a.png"}, "image/png", 'inline; filename="document.png"'),
        ("document", {"name": "🙂"}, "application/octet-stream", 'attachment; filename="fichier"'),
        ("audio", {"mime": "text/html"}, "application/octet-stream", 'attachment; filename="audio"'),
    ],
)  # fmt: skip
def test_a_file_is_given_as_what_is_safe(desk: Desk, kind: str, about: dict[str, str], type_: str, how: str) -> None:
    body = FIRST.get(type_, b"0123456789")
    desk.office.file(desk.claire, "f1", kind, body, **about)
    reply = desk.office.reply(desk.claire, "a", None, media=("f1",))
    seen = desk.browser().get(f"{desk.where}/{reply}/fichiers/f1")
    assert (seen.status, seen.body, seen.headers["content-type"]) == (200, body, type_)
    assert seen.headers["content-disposition"] == how and seen.headers["x-content-type-options"] == "nosniff"
    part = desk.browser().get(f"{desk.where}/{reply}/fichiers/f1", Range="bytes=2-4")
    assert (part.status, part.body, part.headers["content-range"]) == (206, body[2:5], f"bytes 2-4/{len(body)}")


def test_a_file_that_is_not_what_it_says_is_saved_and_a_picture_is_shown_bare(desk: Desk) -> None:
    noted = b"\xff\xd8\xff\xfe\x00\x08PARIS!" + b"\xff\xda\x00\x03\x01picture\xff\xd9"
    desk.office.file(desk.claire, "f1", "photo", b"<html><script>alert(1)</script>")
    desk.office.file(desk.claire, "f2", "photo", noted)
    reply = desk.office.reply(desk.claire, "a", None, media=("f1", "f2"))
    page, picture = (desk.browser().get(f"{desk.where}/{reply}/fichiers/{id}") for id in ("f1", "f2"))
    assert page.headers["content-type"] == "application/octet-stream"
    assert page.headers["content-disposition"].startswith("attachment")
    assert picture.headers["content-type"] == "image/jpeg" and b"PARIS" not in picture.body
    assert picture.body.endswith(b"picture\xff\xd9")


@pytest.mark.parametrize(
    ("state", "said"),
    [("waiting", "en cours de réception"), ("failed", "pas pu être récupéré"), ("too_big", "20 Mo")],
)
def test_a_file_that_is_not_here_says_why(desk: Desk, state: str, said: str) -> None:
    desk.office.file(desk.claire, "f1", "voice", None, state)
    reply = desk.office.reply(desk.claire, "a", None, media=("f1",))
    seen = desk.browser().get(desk.where)
    assert said in seen.text.replace("’", "'") and "<audio" not in seen.html
    assert desk.browser().get(f"{desk.where}/{reply}/fichiers/f1").status == 404


def test_a_file_is_reached_through_its_own_answer_only(desk: Desk) -> None:
    yanis = desk.office.join("participant", "Yanis", YANIS, desk.anne)
    desk.office.file(desk.claire, "f1", "voice")
    desk.office.file(yanis, "f2", "voice")
    reply = desk.office.reply(desk.claire, "a", None, media=("f1",))
    other, forged = journal(desk.office, desk.claire, "rien"), desk.office.reply(desk.claire, "b", None, media=("f2",))
    for path in (f"{other}/fichiers/f1", "0/fichiers/f1", f"{reply}/fichiers/f2", f"{forged}/fichiers/f2"):
        assert desk.browser().get(f"{desk.where}/{path}").status == 404, path
    assert desk.browser().get(f"{desk.where}/{reply}/fichiers/f1").status == 200


def test_folded_is_blind_to_accents_and_case() -> None:
    assert sheets.folded("  L’ŒUVRE\n d’Été ") == "l'oeuvre d'ete"


def test_a_source_leads_to_the_page_of_the_list_that_holds_its_answer(desk: Desk) -> None:
    """Whichever of its versions was named."""
    run = desk.office.run(desk.claire, "sens-du-travail")
    old = desk.office.reply(desk.claire, "a", "avant", run=run, at=NOW - timedelta(days=9))
    new = desk.office.reply(desk.claire, "a", "la bonne", run=run, version=2, at=NOW - timedelta(days=8))
    for n in range(45):
        journal(desk.office, desk.claire, f"mot {n}", at=NOW - timedelta(hours=n))
    browser = desk.browser()
    for named in (old, new):
        seen = browser.get(f"{desk.where}?reponse={named}")
        assert "la bonne" in article(seen, new) and f'id="r{named}"' in seen.html
        assert "page=2" in seen.html and "page=4" not in seen.html
        form = seen.form(f"/{new}/etat")
        kept = browser.follow(browser.post(form["action"], {**form, "vers": "lu"}))
        assert 'value="lu" aria-pressed="true"' in article(kept, new)
    for odd in ("999999", "x", "9" * 30):
        assert "mot 0" in browser.get(f"{desk.where}?reponse={odd}").text


def test_the_last_answer_of_a_page_leaves_the_list_and_the_page_before_it_is_shown(desk: Desk) -> None:
    ids = [journal(desk.office, desk.claire, f"mot {n}", at=NOW - timedelta(hours=n)) for n in range(21)]
    browser = desk.browser()
    form = browser.get(f"{desk.where}?etat=a_lire&page=2").form(f"/{ids[-1]}/etat")
    seen = browser.follow(browser.post(form["action"], {**form, "vers": "lu"}))
    assert "20 réponses" in seen.text and [f'id="r{id}"' in seen.html for id in ids] == [True] * 20 + [False]
    assert "page=" not in seen.html.partition('class="pager"')[2]
