"""A coach reads answers one at a time in the chat, says how far they are with each, and writes back."""

from datetime import datetime

import pytest
from sqlalchemy import select

from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from bot.telegram.render import plain, units
from tests.bot.desk_office import Office, Sent, alert, button, words

INES, ANNA = 701, 801
ARABIC = "أشعر بالهدوء"


@pytest.fixture
def office(database: Database, vault: Vault, now: datetime) -> Office:
    office = Office(database, vault, now)
    office.ines = office.join("coach", "Inès", INES)
    return office


@pytest.fixture
def anna(office: Office) -> int:
    return office.join("participant", "Anna", ANNA, office.ines)


def last(sent: list[Sent]) -> Sent:
    return [one for one in sent if one.buttons][-1]


def test_answers_of_a_session_come_one_at_a_time_until_the_last(office: Office, anna: int) -> None:
    for n in range(3):
        office.reply(anna, "journal", f"mot {n}", how="journal", question="", session="S1")
    office.reply(anna, "journal", "ailleurs", how="journal", question="")
    whole = office.press(INES, button(office.press(INES, f"d:r:{anna}"), "S1"))
    shown = office.press(INES, button(whole, "Une par une"))
    for n in range(3):
        assert [f"mot {k}" in "".join(words(shown)) for k in range(3)] == [k == n for k in range(3)]
        shown = office.press(INES, button(shown, "Suivante"))
    assert "dernière réponse de Anna" in words(shown)[0]


def test_what_awaits_is_read_in_order_and_passes_over_what_is_read(office: Office, anna: int) -> None:
    office.reply(anna, "journal", "vieux", how="journal", review="lu")
    office.reply(anna, "journal", "un", how="journal", session="S1")
    office.reply(anna, "x", None, how="skipped", session="S1")
    office.reply(anna, "journal", "deux", how="journal")
    shown = office.press(INES, button(office.press(INES, f"d:r:{anna}"), "ce qui attend"))
    assert "un" in words(shown)[0]
    office.press(INES, button(shown, "Marquer comme lue"))
    shown = office.press(INES, button(shown, "Suivante"))
    assert "deux" in words(shown)[0]
    office.press(INES, button(shown, "Traitée"))
    office.press(INES, f"d:rs:{anna}:-")
    assert "Plus rien n’attend" in words(office.press(INES, f"d:ro:{anna}:*"))[0]
    assert "ce qui attend" not in "".join(last(office.press(INES, f"d:r:{anna}")).buttons)


@pytest.mark.parametrize(
    ("label", "state", "said"),
    [("Marquer comme lue", "lu", "lue"), ("À aborder", "a_aborder", "à aborder"), ("Traitée", "traite", "traitée")],
)
@pytest.mark.parametrize("value", ["<b>un</b> mot & 🙂", ARABIC, "Une longue phrase. " * 1200])
def test_a_press_says_what_happened_in_its_own_message(
    office: Office, anna: int, value: str, label: str, state: str, said: str
) -> None:
    reply = office.reply(anna, "a", value, run=office.run(anna, "sens-du-travail"))
    shown = office.press(INES, f"d:ro:{anna}:-")
    assert value.split()[0] in words(shown)[0] and all(units(plain(one.text)) <= 4096 for one in shown)
    assert all(one.params.get("protect_content") for one in shown if one.method == "sendMessage")
    done = office.press(INES, button(shown, label))
    [edit] = [one for one in done if one.method == "editMessageText"]
    assert plain(edit.text).rpartition("\n")[2].startswith(said) and label not in edit.buttons
    assert plain(edit.text).rpartition("\n")[0] == plain(last(shown).text).rpartition("\n")[0]
    assert office.reviews(anna) == {reply: state} and edit.owner == anna


def test_files_come_before_what_may_be_done(office: Office, anna: int) -> None:
    office.file(anna, "m1", "voice")
    office.reply(anna, "a", None, run=office.run(anna, "sens-du-travail"), media=("m1",), question="Et vous ?")
    shown = office.press(INES, f"d:ro:{anna}:-")
    assert [one.method for one in shown[1:]] == ["sendMessage", "sendVoice", "sendMessage"]
    assert "Et vous" in shown[1].text and not shown[1].buttons and shown[3].buttons
    done = office.press(INES, button(shown, "À aborder"))
    assert words(done)[0].startswith("à aborder ·")


def test_an_answer_changed_meanwhile_is_neither_marked_nor_answered(office: Office, anna: int) -> None:
    run = office.run(anna, "sens-du-travail")
    office.reply(anna, "a", "avant", run=run)
    shown = office.press(INES, f"d:ro:{anna}:-")
    office.reply(anna, "a", "après", run=run, version=2, private=True)
    for label in ("Traitée", "Répondre"):
        assert "a changé depuis" in alert(office.press(INES, button(shown, label)))
    assert set(office.reviews(anna).values()) == {"a_lire"}


def test_words_are_asked_for_and_told_when_they_leave(office: Office, anna: int) -> None:
    office.reply(anna, "journal", "un mot", how="journal", question="")
    shown = office.press(INES, f"d:ro:{anna}:-")
    asked = office.press(INES, button(shown, "Répondre"))
    assert "/annuler" in words(asked)[0] and "Anna" in words(asked)[0]
    assert "mots écrits" in words(office.say(INES, "", sticker={}))[0]
    assert "10 signes" in words(office.say(INES, "a" * 3510))[0]
    assert "part maintenant vers Anna" in words(office.say(INES, "Merci !"))[0]
    assert "Aucune question" in words(office.say(INES, "Merci !"))[0]
    kept = office.db.read_now(lambda conn: list(conn.execute(select(t.comments)).all()))
    assert len(kept) == 1


def test_it_can_be_left_and_is_refused_once_somebody_else_is_their_coach(office: Office, anna: int) -> None:
    office.reply(anna, "journal", "un mot", how="journal", question="")
    shown = office.press(INES, f"d:ro:{anna}:-")
    office.press(INES, button(shown, "Répondre"))
    assert "annulé" in words(office.say(INES, "/annuler"))[0]
    office.press(INES, button(shown, "Répondre"))
    paul = office.join("coach", "Paul", 702)
    office.db.write_now(lambda conn: conn.execute(t.enrolments.update().values(coach_id=paul)))
    assert words(office.say(INES, "Merci !")) == ["Cette personne n’est pas dans votre liste."]
    assert office.db.read_now(lambda conn: list(conn.execute(select(t.comments)).all())) == []


def test_what_answers_a_comment_is_read_as_such(office: Office, anna: int) -> None:
    office.reply(anna, "comment:3", "Avec plaisir", how="journal", question="")
    assert "En réponse à votre message" in words(office.press(INES, f"d:ro:{anna}:-"))[0]


@pytest.mark.parametrize("data", ["", ":", "0:-", "x:lu:-", f"{9 * 10**19}:lu:-", "1", "1:oublie:-"])
@pytest.mark.parametrize("verb", ["rx", "rv", "rc"])
def test_odd_buttons_do_nothing(office: Office, anna: int, verb: str, data: str) -> None:
    office.reply(anna, "journal", "un mot", how="journal", question="", review="lu")
    office.press(INES, f"d:{verb}:{anna}:{data}")
    assert set(office.reviews(anna).values()) == {"lu"}
    assert office.db.read_now(lambda conn: conn.execute(select(t.comments)).all()) == []
