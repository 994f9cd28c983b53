"""The page of a coach's own settings, and the notes they keep for themselves."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.desk import appointments
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from tests.bot.desk_office import Office
from tests.bot.web_office import Espace, espace

ANNE, CLAIRE = 701, 801


@pytest.fixture
def page(database: Database, vault: Vault, now: Any) -> Iterator[Espace]:
    office = Office(database, vault, now)
    office.ines = office.join("coach", "Anne", ANNE)
    with espace(office) as served:
        yield served


def due(page: Espace, kind: str) -> list[Any]:
    w = t.timers
    query = select(w.c.due_at).where(w.c.kind == kind, w.c.state == "pending")
    return list(page.office.db.read_now(lambda conn: conn.execute(query).scalars().all()))


def flat(text: str) -> str:
    return text.replace("’", "'")


def test_hours_and_zone_are_followed(page: Espace) -> None:
    claire = page.office.join("participant", "Claire", CLAIRE, page.office.ines)
    page.office.do(appointments.put, claire, "S1", page.office.now + timedelta(days=5), None, page.office.now)
    browser = page.of(page.office.ines)
    done = browser.submit(browser.get("/espace/reglages"), "/heures", jour="3", heure="7", fiche="20")
    assert "suivent ces heures" in done.text
    [digest], [brief] = due(page, "digest"), due(page, "brief")
    assert digest.weekday() == 3
    done = browser.submit(done, "/fuseau", fuseau="Pacific/Noumea")
    assert "votre nouvelle heure" in done.text
    assert due(page, "digest") != [digest] and due(page, "brief") != [brief]
    assert "Pacific/Noumea" in done.html


@pytest.mark.parametrize("odd", ["7", "-1", "", "lundi", "9" * 30])
def test_an_hour_that_is_none_changes_nothing(page: Espace, odd: str) -> None:
    browser = page.of(page.office.ines)
    before = due(page, "digest")
    assert "Rien n'a été changé" in flat(browser.submit(browser.get("/espace/reglages"), "/heures", jour=odd).text)
    assert due(page, "digest") == before


def test_an_unknown_zone_is_refused(page: Espace) -> None:
    browser = page.of(page.office.ines)
    refused = browser.submit(browser.get("/espace/reglages"), "/fuseau", fuseau="Europe/Nulle-Part")
    assert refused.status == 422 and "Fuseau horaire inconnu" in refused.text


def test_every_session_is_closed_at_once(page: Espace) -> None:
    here, there = page.of(page.office.ines), page.of(page.office.ines)
    assert "Toutes vos sessions" in here.submit(here.get("/espace/reglages"), "/sessions").text
    assert [browser.get("/espace").status for browser in (here, there)] == [303, 303]


NOTES = ["Un mot.", "<b>gras</b> & 'x'", "نور 🦋\nautre ligne", "=HYPERLINK(1)", "{{ 7*7 }}"]


def test_notes_are_kept_as_written_and_given_to_the_person(page: Espace) -> None:
    claire = page.office.join("participant", "Claire", CLAIRE, page.office.ines)
    browser = page.of(page.office.ines)
    seen = browser.get(f"/espace/personnes/{claire}/notes")
    for text in NOTES:
        seen = browser.submit(seen, "/notes", mots=text)
    assert "<b>gras</b>" not in seen.html and "{{ 7*7 }}" in seen.text
    body = page.office.say(CLAIRE, "/mesdonnees")[-1]
    assert body.method == "sendDocument"
    stored = page.office.db.read_now(lambda conn: conn.execute(select(t.notes.c.body)).scalars().all())
    assert len(stored) == len(NOTES) and not any(b"gras" in bytes(one) for one in stored)
    for left in range(len(NOTES) - 1, -1, -1):
        seen = browser.submit(seen, "/supprimer")
        assert seen.html.count('class="reply"') == left


def test_a_note_without_words_or_too_long_is_told_and_not_lost(page: Espace) -> None:
    claire = page.office.join("participant", "Claire", CLAIRE, page.office.ines)
    browser = page.of(page.office.ines)
    seen = browser.get(f"/espace/personnes/{claire}/notes")
    assert "écrivez quelques mots" in browser.submit(seen, "/notes", mots=" \n ").text
    long = "é" * 5001
    refused = browser.submit(seen, "/notes", mots=long, form="une-autre-marque")
    assert refused.status == 422 and long in refused.html
