"""The page of a coach's own settings, and the notes they keep for themselves."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.desk import appointments, notes, people
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from tests.bot.desk_office import Office, button
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


def test_every_place_is_offered_once_the_usual_ones_first(page: Espace) -> None:
    html = page.of(page.office.ines).get("/espace/reglages").html
    offered = re.findall(r"<option(?: selected)?>([^<]+/[^<]+)<", html)
    assert offered[:2] == ["Europe/Paris", "America/Martinique"] and "Asia/Tokyo" in offered
    assert len(offered) == len(set(offered))


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
    assert [row["text"] for row in given(page)["notes"] if row["genre"] == "note"] == NOTES
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


def test_notes_come_the_newest_first_a_page_at_a_time(page: Espace) -> None:
    claire = page.office.join("participant", "Claire", CLAIRE, page.office.ines)
    wanted = [f"note {n} !" for n in range(notes.LISTED + 2)]
    for text in wanted:
        keep(page, claire, text)
    browser = page.of(page.office.ines)
    first = browser.get(f"/espace/personnes/{claire}/notes")
    older = re.search(r'href="([^"]*avant=\d+)"', first.html)
    assert older is not None
    second = browser.get(older[1])
    assert "avant=" not in second.html
    read = [line for seen in (first, second) for line in re.findall(r"note \d+ !", seen.html)]
    assert read == wanted[::-1]


def test_a_note_is_read_on_its_page_and_nowhere_else(page: Espace) -> None:
    """Neither in the digest nor in the brief; and a coach who comes after does not read the one before."""
    office = page.office
    claire = office.join("participant", "Claire", CLAIRE, office.ines)
    office.do(appointments.put, claire, "S1", office.now + timedelta(days=5), None, office.now)
    office.reply(claire, "journal", "un mot de Claire", how="journal", question="")
    keep(page, claire, "CANARI")
    browser = page.of(office.ines)
    told = [sent.text for sent in (*office.say(ANNE, "/digest"), *office.press(ANNE, f"d:b:{claire}"))]
    assert "Claire" in str(told) and "CANARI" not in str(told)
    for path in ("", f"/personnes/{claire}", f"/personnes/{claire}/fiche", f"/personnes/{claire}/reponses"):
        assert "CANARI" not in browser.get(f"/espace{path}").html, path
    here = f"/espace/personnes/{claire}/notes"
    mine = browser.get(here)
    assert "CANARI" in mine.html
    paul = office.join("coach", "Paul", 702)
    office.db.write_now(lambda conn: conn.execute(update(t.enrolments).values(coach_id=paul)))
    after = page.of(paul)
    theirs = after.get(here)
    assert theirs.status == 200 and "CANARI" not in theirs.html
    number = re.search(r"/notes/(\d+)/supprimer", mine.html)
    assert number is not None
    assert after.post(f"{here}/{number[1]}/supprimer", theirs.form("/notes")).status == 404
    assert office.db.read_now(lambda conn: conn.execute(select(t.notes.c.id)).scalars().all()) == [int(number[1])]


def given(page: Espace) -> Any:
    """What /mesdonnees leads Claire to."""
    sent = page.office.say(CLAIRE, "/mesdonnees")
    path = button(sent, "Recevoir mes données").removeprefix(page.office.house.page)
    browser = page.stranger()
    archive = zipfile.ZipFile(io.BytesIO(browser.post(path, browser.get(path).form("/mesdonnees/")).body))
    return json.loads(archive.read("mes-donnees.json"))


def keep(page: Espace, person: int, text: str) -> None:
    def act(conn: Any, vault: Vault, house: Any) -> None:
        served = people.one(conn, vault, person, page.office.now)
        assert served is not None
        notes.note(conn, vault, served, page.office.ines, text, page.office.now)

    page.office.do(act)


def test_a_note_is_not_deleted_by_one_touch(page: Espace) -> None:
    claire = page.office.join("participant", "Claire", CLAIRE, page.office.ines)
    browser = page.of(page.office.ines)
    kept = browser.submit(browser.get(f"/espace/personnes/{claire}/notes"), "/notes", mots="Une note")
    before = kept.html.partition("/supprimer")[0]
    assert before.count("<details>") == before.count("</details>") + 1
    assert "il n'en reste rien" in flat(browser.submit(kept, "/supprimer").text)
