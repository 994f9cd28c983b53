"""The notice: to whoever asks, in any state, in the chat and on the page, with the operator's own particulars."""

from dataclasses import replace
from typing import Any

import pytest

from bot.conversation.notice import fields
from bot.settings import Keeper
from bot.store.database import Database
from bot.store.vault import Vault
from tests.bot.desk_office import LIBRARY, Office, button, words
from tests.bot.web_office import espace

INES, ANNA, LEO = 701, 801, 802
KEEPER = Keeper("Marge & Cie <SARL>", "donnees@exemple.fr", "dpo_1@exemple.fr", "Hébergeur, France")


@pytest.fixture
def office(database: Database, vault: Vault, now: Any) -> Office:
    made = Office(database, vault, now)
    made.ines = made.join("coach", "Inès", INES)
    made.house = replace(made.house, keeper=KEEPER)
    return made


@pytest.mark.parametrize("command", ["/confidentialite", "/privacy"])
@pytest.mark.parametrize("who", ["stranger", "coach", "invited", "participant", "stopped"])
def test_to_whoever_asks_and_every_part_of_it(office: Office, who: str, command: str) -> None:
    chat = {"stranger": LEO, "coach": INES}.get(who, ANNA)
    if who == "invited":
        office.say(ANNA, f"/start {office.invite('participant', 'Anna', office.ines).code}")
    elif chat == ANNA:
        office.join("participant", "Anna", ANNA, office.ines)
        office.press(ANNA, "c:stop:oui" if who == "stopped" else "c:page:0")
    said = office.say(chat, command)
    assert "un programme automatique, pas une personne" in words(said)[0]
    for part in LIBRARY.notice.parts:
        opened = office.press(chat, button(said, part.button))
        assert part.button in words(opened)[0] and len(words(opened)) == 1
        assert "Qui lit quoi" in words(office.press(chat, button(opened, "Revenir")))[0]


def test_the_first_words_to_anybody_say_that_no_person_writes(office: Office) -> None:
    """AI Act, article 50: at the latest at the first contact."""
    first = [words(office.say(LEO, "Bonjour"))[0],
             words(office.say(ANNA, f"/start {office.invite('participant', 'Anna', office.ines).code}"))[0],
             words(office.say(803, f"/start {office.invite('coach', 'Paul').code}"))[0]]  # fmt: skip
    assert all("un programme automatique" in said.split("\n\n")[0] for said in first), first


def test_who_answers_for_the_data_is_named_as_it_was_set(office: Office) -> None:
    said = words(office.press(ANNA, "c:notice:responsable"))[0]
    assert all(value in said for value in ("Marge & Cie <SARL>", "donnees@exemple.fr", "dpo_1@exemple.fr", "France"))


def test_what_is_not_set_is_said_to_be_asked_for(office: Office) -> None:
    empty = fields(replace(office.house, keeper=Keeper()))
    assert set(empty) == {"organisation", "contact", "dpo", "hosting"}
    assert empty["contact"] == empty["organisation"] == "à demander à votre coach"


def test_the_whole_of_it_without_a_session(office: Office) -> None:
    with espace(office) as page:
        office.house = replace(office.house, keeper=KEEPER)
        seen = page.stranger().get("/espace/confidentialite")
    assert seen.status == 200
    assert all(part.button.replace("'", "’") in seen.text for part in LIBRARY.notice.parts)
    assert "RGPD, article 6.1.b" in seen.text and "cnil.fr" in seen.text and "2026-11" in seen.text
    assert "Marge & Cie <SARL>" in seen.text and "<SARL>" not in seen.html


def test_the_chat_leads_to_the_page_where_there_is_one(office: Office) -> None:
    assert "http" not in words(office.say(LEO, "/privacy"))[0]
    office.house = replace(office.house, page="https://marge.exemple.fr")
    assert "https://marge.exemple.fr/espace/confidentialite" in words(office.say(LEO, "/privacy"))[0]
