"""/rdv by chat: nothing is saved before « Confirmer », a place may be given, and two coaches do not undo each other."""

from datetime import timedelta
from typing import Any

import pytest

from bot.desk import appointments
from bot.store.database import Database
from bot.store.vault import Vault
from tests.bot.desk_office import Office, Sent, alert, button, everything
from tests.bot.desk_office import words as said_in

INES, PAUL, ANNA, BOB = 701, 702, 801, 802
BOOKED, LATER = "jeudi 3 décembre 14:30", "vendredi 4 décembre 10h"
LINK = "https://visio.example/a_b?c=<d>"


@pytest.fixture
def office(database: Database, vault: Vault, now: Any) -> Office:
    office = Office(database, vault, now)
    office.ines = office.join("coach", "Inès", INES)
    return office


@pytest.fixture
def anna(office: Office) -> int:
    return office.join("participant", "Anna", ANNA, office.ines)


def words(sent: list[Sent]) -> list[str]:
    return [text.replace("\xa0", " ").replace("’", "'") for text in said_in(sent)]


def asked(office: Office, person: int, date: str = BOOKED, session: str = "S1") -> list[Sent]:
    office.press(INES, f"d:as:{person}:{session}")
    return office.say(INES, date)


def booked(office: Office, person: int) -> Any:
    found = office.db.read_now(appointments.whole, office.vault, person, office.now)
    return next(iter(found), None)


def test_a_date_is_foretold_and_saved_only_when_confirmed(office: Office, anna: int) -> None:
    before = everything(office)
    said = asked(office, anna)
    assert everything(office) == before and office.heard(ANNA) == []
    assert list(said[-1].buttons) == ["Confirmer", "Autre date", "Indiquer un lieu"]
    assert "« Accueil et besoins » avec Anna : jeudi 3 décembre à 14 h 30." in words(said)[0]
    assert "Anna reçoit l'annonce tout de suite" in words(said)[0] and "Rien n'est encore enregistré" in words(said)[0]
    done = office.press(INES, button(said, "Confirmer"))
    assert done[-1].method == "editMessageText" and "C'est noté" in words(done)[-1]
    assert booked(office, anna) is not None and len(office.heard(ANNA)) == 1
    again = office.press(INES, button(said, "Confirmer"))
    assert "plus actif" in alert(again) and office.heard(ANNA) == []


def test_whether_it_took_place_is_told_once_it_has_begun(office: Office, anna: int) -> None:
    said = asked(office, anna)
    done = office.press(INES, button(said, "Confirmer"))
    assert list(done[-1].buttons) == ["Déplacer", "Annuler", "Indiquer un lieu"]
    made = booked(office, anna)
    for state in ("no_show", "done"):
        early = office.press(INES, f"d:ax:{anna}:S1:{made.revision}:{state}")
        assert "pas encore commencé" in alert(early) and booked(office, anna) == made
    office.now = made.at
    begun = office.press(INES, f"d:as:{anna}:S1")
    assert "séance faite" in words(office.press(INES, button(begun, "Séance faite")))[0]


def test_another_date_takes_the_place_of_the_first(office: Office, anna: int) -> None:
    first = asked(office, anna)
    second = office.say(INES, LATER)
    assert "plus actif" in alert(office.press(INES, button(first, "Confirmer"))) and booked(office, anna) is None
    office.press(INES, button(second, "Autre date"))
    third = office.say(INES, BOOKED)
    office.press(INES, button(third, "Confirmer"))
    assert booked(office, anna).at.day == 3


def test_a_place_is_given_before_and_leaves_with_the_announcement(office: Office, anna: int) -> None:
    said = asked(office, anna)
    ask = office.press(INES, button(said, "Indiquer un lieu"))
    assert "touchez « Sans lieu »" in words(ask)[0]
    shown = office.say(INES, LINK)
    assert f"Lieu : {LINK}" in words(shown)[0] and booked(office, anna) is None
    assert "plus actif" in alert(office.press(INES, button(said, "Confirmer")))  # that one had no place
    other = office.say(INES, LATER)  # the place stays with another date
    office.press(INES, button(other, "Confirmer"))
    assert (booked(office, anna).place, booked(office, anna).at.day) == (LINK, 4)
    told = office.heard(ANNA)
    assert len(told) == 1 and LINK in words(told)[0]


def test_a_place_is_changed_or_taken_away_afterwards(office: Office, anna: int) -> None:
    office.press(INES, button(asked(office, anna), "Confirmer"))
    office.heard(ANNA)
    card = office.press(INES, f"d:as:{anna}:S1")
    office.press(INES, button(card, "Indiquer un lieu"))
    assert "300 signes" in words(office.say(INES, "x" * 301))[0]
    assert f"Lieu : {LINK}" in words(office.say(INES, LINK))[0]
    assert booked(office, anna).place == LINK and LINK in words(office.heard(ANNA))[0]
    card = office.press(INES, f"d:as:{anna}:S1")
    assert LINK in words(card)[0]
    ask = office.press(INES, button(card, "Indiquer un lieu"))
    assert "sans lieu" in words(office.press(INES, button(ask, "Sans lieu")))[0]
    assert booked(office, anna).place == "" and booked(office, anna).revision == 1


def test_what_somebody_else_changed_meanwhile_is_not_undone(office: Office, anna: int) -> None:
    paul = office.join("coach", "Paul", PAUL)
    said = asked(office, anna)
    at = office.now + timedelta(days=10)
    office.do(appointments.put, anna, "S1", at, None, office.now, by=paul)
    office.now += timedelta(minutes=3)
    line = alert(office.press(INES, button(said, "Confirmer"))).replace("’", "'")
    assert "modifié par Paul, lundi 2 novembre à 10 h" in line and "Rien n'a été changé" in line
    assert booked(office, anna).at == at
    card = office.press(INES, f"d:as:{anna}:S1")
    office.do(appointments.put, anna, "S1", at + timedelta(days=1), None, office.now, by=paul)
    assert "modifié par Paul" in alert(office.press(INES, button(card, "Annuler")))
    assert booked(office, anna).state == "planned"


def test_a_button_about_somebody_else_is_nobodys(office: Office, anna: int) -> None:
    paul = office.join("coach", "Paul", PAUL)
    bob = office.join("participant", "Bob", BOB, paul)
    said = asked(office, anna)
    mark = button(said, "Confirmer").rpartition(":")[2]
    before = everything(office)
    for data in (f"d:ac:{bob}:S1:{mark}", f"d:al:{bob}:S1", f"d:an:{bob}:S1"):
        assert "pas dans votre liste" in alert(office.press(INES, data))
    for data in (f"d:ac:{anna}:S2:{mark}", f"d:ac:{anna}:S1:", f"d:ac:{anna}:S1:00000000", f"d:an:{anna}:S3",
                 f"d:al:{anna}:S9", f"d:ax:{anna}:S1:1:cancelled", f"d:ax:{anna}:S1:x:cancelled"):  # fmt: skip
        assert alert(office.press(INES, data))
    assert everything(office) == before


def test_a_participant_who_left_while_their_date_was_asked(office: Office, anna: int) -> None:
    said = asked(office, anna)
    office.press(ANNA, "c:erase:1")
    office.press(ANNA, "c:erase:oui")
    assert "pas dans votre liste" in alert(office.press(INES, button(said, "Confirmer")))
    assert "Aucune question" in words(office.say(INES, LATER))[0]  # what was asked of them went with the one it named


@pytest.mark.parametrize("name", ["🦋👩‍🚀", "نور الدين", '<b>L&o</b> "x"', "*_[a](b)`~ #1.", "{name} %s", "W" * 64])
def test_any_name_is_shown_as_it_is(office: Office, name: str) -> None:
    person = office.join("participant", name, ANNA, office.ines)
    said = asked(office, person)
    assert (name if len(name) <= 40 else name[:39]) in words(said)[0]
    assert all(len(data.encode()) <= 64 for item in said for data in item.buttons.values())
