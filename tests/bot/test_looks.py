"""Each look at a participant's words is written down, by every door, and shown to them; none without its trace."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.conversation import ticking
from bot.desk import appointments
from bot.store import accesses
from bot.store import tables as t
from bot.store.accesses import Reader
from bot.store.database import Database
from bot.store.vault import Vault
from bot.web import traces
from bot.web.routes import ROUTES
from tests.bot.desk_office import Office, button, words
from tests.bot.web_office import Espace, espace

ANNE, CLAIRE = 701, 801


@dataclass
class Desk:
    page: Espace
    anne: int
    claire: int

    @property
    def office(self) -> Office:
        return self.page.office

    def looks(self) -> list[tuple[str, str, str]]:
        rows = self.office.db.read_now(accesses.of_person, self.claire)
        return [(one.role, one.what, one.door) for one in reversed(rows)]


@pytest.fixture
def desk(database: Database, vault: Vault, now: Any) -> Iterator[Desk]:
    office = Office(database, vault, now)
    anne = office.join("coach", "Anne", ANNE)
    claire = office.join("participant", "Claire", CLAIRE, anne)
    office.reply(claire, "journal", "des mots à elle", how="journal", question="", media=("m1",))
    office.file(claire, "m1", "voice")
    with espace(office) as page:
        yield Desk(page, anne, claire)


def test_every_page_about_somebody_is_named_here_or_shows_no_word() -> None:
    paths = {route.path for route in ROUTES}
    assert traces.READS.keys() <= paths
    for route in ROUTES:
        if route.about and route.method == "GET" and route.path not in traces.READS:
            assert route.path.split("/")[3] in traces.WORDLESS, route


def test_what_shows_no_word_holds_none(desk: Desk) -> None:
    browser = desk.page.of(desk.anne)
    for part in traces.WORDLESS:
        assert "des mots à elle" not in browser.get(f"/espace/personnes/{desk.claire}/{part}").html
    assert desk.looks() == []


def test_each_page_leaves_one_trace_in_ten_minutes(desk: Desk) -> None:
    browser, here = desk.page.of(desk.anne), f"/espace/personnes/{desk.claire}"
    for _ in range(3):
        assert "des mots à elle" in browser.get(f"{here}/reponses").html
    reply = re.search(r'id="r(\d+)"', browser.get(f"{here}/reponses").html)
    assert reply is not None
    for path in ("", "/fiche", "/fiche.pdf", "/notes", f"/reponses/{reply[1]}/fichiers/m1"):
        assert browser.get(here + path).status == 200, path
    known = [("coach", what, "page") for what in ("replies", "open", "brief", "note", "media")]
    assert desk.looks() == known
    desk.office.now += timedelta(minutes=11)
    browser.get(f"{here}/reponses")
    assert desk.looks() == [*known, ("coach", "replies", "page")]


def test_what_is_not_shown_leaves_no_trace(desk: Desk) -> None:
    browser = desk.page.of(desk.anne)
    assert browser.get(f"/espace/personnes/{desk.claire}/reponses/99/fichiers/m1").status == 404
    assert browser.get("/espace/personnes").status == 200
    assert desk.page.of(desk.claire).get(f"/espace/personnes/{desk.claire}/reponses").status == 404
    assert desk.looks() == []


def test_no_word_is_shown_whose_trace_cannot_be_written(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(accesses, "note", full)
    seen = desk.page.of(desk.anne).get(f"/espace/personnes/{desk.claire}/reponses")
    assert seen.status == 500 and "des mots à elle" not in seen.html


def test_the_chat_of_the_coach_leaves_traces_too(desk: Desk) -> None:
    desk.office.press(ANNE, f"d:p:{desk.claire}")
    assert desk.looks() == []
    desk.office.press(ANNE, f"d:rs:{desk.claire}:-")
    desk.office.press(ANNE, f"d:b:{desk.claire}")
    assert desk.looks() == [("coach", "replies", "telegram"), ("coach", "brief", "telegram")]


def test_the_participant_sees_who_read(desk: Desk) -> None:
    sent = desk.office.say(CLAIRE, "/mesdonnees")
    press = button(sent, "Qui a lu")
    assert "Personne n’a encore ouvert" in words(desk.office.press(CLAIRE, press))[0]
    desk.page.of(desk.anne).get(f"/espace/personnes/{desk.claire}/reponses")
    operator, start = Reader(None, "operator", "terminal"), desk.office.now
    for n in range(16):
        at = start + n * timedelta(minutes=11)
        desk.office.db.write_now(accesses.note, [desk.claire], operator, "brief", at)
    [said] = words(desk.office.press(CLAIRE, press))
    assert "l’équipe technique, la fiche d’avant séance, depuis le serveur" in said
    assert "Et 2 autres fois" in said
    every = desk.office.db.read_now(lambda conn: conn.execute(select(t.accesses)).all())
    assert len(every) == 17


def test_a_limited_file_shows_its_state_and_nothing_else(desk: Desk) -> None:
    sent = desk.office.say(CLAIRE, "/confidentialite")
    asked = desk.office.press(CLAIRE, button(sent, "Limiter"))
    desk.office.press(CLAIRE, button(asked, "Oui, limiter"))
    browser, here = desk.page.of(desk.anne), f"/espace/personnes/{desk.claire}"
    paths = [route.path for route in ROUTES if route.about and route.method == "GET" and "{" not in route.path[20:]]
    for path in paths:
        seen = browser.get("/espace" + path.replace("{person}", str(desk.claire)))
        assert "des mots à elle" not in seen.html and seen.status == 200
        assert "rendez-vous" in path or "limité à la demande" in seen.text, path
    marks = browser.get(f"{here}/rendez-vous").form("/sortir")
    refused = browser.post(f"{here}/notes", {**marks, "mots": "une note"})
    assert refused.status == 403 and "limité à la demande" in refused.text
    for verb in ("rs", "ro", "b", "fn", "hq"):
        assert not any("des mots" in text for text in words(desk.office.press(ANNE, f"d:{verb}:{desk.claire}:-")))
    assert desk.looks() == []
    assert "limité" in browser.get("/espace/personnes").text
    assert "des mots à elle" not in browser.get("/espace").html
    desk.office.press(CLAIRE, "c:limit:fin")
    assert "des mots à elle" in desk.page.of(desk.anne).get(f"{here}/reponses").html


def test_a_brief_waits_for_the_limit_to_be_lifted_and_leaves_its_trace(desk: Desk) -> None:
    office = desk.office
    office.do(appointments.put, desk.claire, "S1", office.now + timedelta(days=3), None, office.now)
    office.press(CLAIRE, "c:limit:oui")
    office.now += timedelta(days=2, hours=9)
    office.heard(ANNE)
    while office.db.write_now(ticking.tick, office.vault, office.house, office.now):
        pass
    assert office.heard(ANNE) == [] and desk.looks() == []
    office.press(CLAIRE, "c:limit:fin")
    while office.db.write_now(ticking.tick, office.vault, office.house, office.now):
        pass
    assert any("des mots à elle" in text for text in words(office.heard(ANNE)))
    assert desk.looks() == [("coach", "brief", "telegram")]
