"""A sick leave is to be seen with the person until their coach says so, and again once the answer changes."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from tests.bot.desk_office import LIBRARY, Office, alert, button, words
from tests.bot.web_office import Espace, espace

INES, PAUL, ANNA = 701, 702, 801


@pytest.fixture
def office(database: Database, vault: Vault, now: Any) -> Office:
    made = Office(database, vault, now)
    made.ines = made.join("coach", "Inès", INES)
    return made


@pytest.fixture
def page(office: Office) -> Iterator[Espace]:
    with espace(office) as opened:
        yield opened


def answered(office: Office, value: str | None, how: str = "said", private: bool = False) -> tuple[int, int]:
    person = office.join("participant", "Anna", ANNA, office.ines)
    run = office.run(person, "accueil")
    office.reply(person, "arret", value, run=run, how=how, private=private)
    return person, run


def card(office: Office, person: int) -> list[Any]:
    return office.press(INES, f"d:p:{person}")


def test_the_programme_names_the_question_that_asks() -> None:
    assert dict(LIBRARY.programmes["bilan"].leave) == {"accueil.arret": frozenset({"oui"})}


def test_to_be_seen_until_it_was_and_again_once_it_changes(office: Office) -> None:
    person, run = answered(office, "oui")
    shown = card(office, person)
    assert "à voir avec la personne" in words(shown)[0]
    looks = office.db.read_now(lambda conn: conn.execute(select(t.accesses)).all())
    assert [(row.person_id, row.what, row.door) for row in looks] == [(person, "open", "telegram")]
    assert "vu ensemble" in words(office.press(INES, button(shown, "vu ensemble")))[0]
    assert "vu avec la personne" in words(card(office, person))[0]
    office.reply(person, "arret", "non", run=run, version=2)
    assert "Arrêt" not in words(card(office, person))[0]
    office.reply(person, "arret", "oui", run=run, version=3)
    assert "à voir avec la personne" in words(card(office, person))[0]
    assert "a changé" in alert(office.press(INES, button(shown, "vu ensemble")))
    assert "à voir avec la personne" in words(card(office, person))[0]


@pytest.mark.parametrize(
    ("value", "how", "private"), [("non", "said", False), ("nsp", "said", False), (None, "skipped", False),
                                  ("oui", "said", True), ("oui", "erased", False)],
)  # fmt: skip
def test_nothing_is_said_of_another_answer(office: Office, value: str | None, how: str, private: bool) -> None:
    person, _ = answered(office, value, how, private)
    assert "Arrêt" not in words(card(office, person))[0]


def test_nothing_of_it_is_shown_under_restriction(office: Office) -> None:
    person, _ = answered(office, "oui")
    office.db.write_now(lambda conn: conn.execute(update(t.enrolments).values(restricted_at=office.now)))
    assert "Arrêt" not in words(card(office, person))[0]


def test_only_their_coach_ticks_it(office: Office) -> None:
    person, _ = answered(office, "oui")
    tick = button(card(office, person), "vu ensemble")
    office.join("coach", "Paul", PAUL)
    assert alert(office.press(PAUL, tick))
    office.press(ANNA, tick)
    assert not office.db.read_now(lambda conn: conn.execute(select(t.notes)).all())


def test_on_the_page_as_in_the_chat(office: Office, page: Espace) -> None:
    person, run = answered(office, "oui")
    browser = page.of(office.ines)
    seen = browser.get(f"/espace/personnes/{person}")
    assert "à voir avec la personne" in seen.text and "L323-3-1" in seen.text
    office.reply(person, "arret", "oui", run=run, version=2)
    assert "a changé entre-temps" in browser.submit(seen, "/arret").text
    again = browser.get(f"/espace/personnes/{person}")
    after = browser.submit(again, "/arret")
    assert "vu avec la personne" in after.text and "/arret" not in after.html
