"""Before any enrolment: pages that keep nothing, half-hours taken once, what follows a first talk, testimonials."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import func, select

from bot.conversation import ticking
from bot.desk import appointments, notes, people, slots, testimonials
from bot.desk.testimonials import FLOW
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from tests.bot.desk_office import LIBRARY, Office, Sent, alert, button, words

INES, PAUL, ADMIN, ANNA, CAMILLE, SAMI = 701, 702, 703, 801, 901, 902


@pytest.fixture
def office(database: Database, vault: Vault, now: datetime) -> Office:
    office = Office(database, vault, now)
    office.ines = office.join("coach", "Inès", INES)
    return office


def offer(office: Office, days: float = 3, place: str = "https://visio.example/x") -> datetime:
    at = office.now + timedelta(days=days)
    office.db.write_now(slots.give, office.vault, office.ines, at, place, office.now)
    return at


def rows(office: Office, table: Any) -> int:
    return office.db.read_now(lambda conn: int(conn.execute(select(func.count()).select_from(table)).scalar_one()))


def person_of(office: Office, chat: int) -> int | None:
    found = select(t.people.c.id).where(t.people.c.chat_id == chat)
    return office.db.read_now(lambda conn: conn.execute(found).scalar())


def book(office: Office, chat: int = CAMILLE, name: str = "Camille", chosen: str = "") -> list[Sent]:
    """From the first page to « Je réserve »."""
    office.say(chat, "/start")
    page = press(office, chat, f"v:echange:{chosen}", name)
    page = press(office, chat, button(page, "Inès"), name)
    return press(office, chat, button(page, "réserve"), name)


def press(office: Office, chat: int, data: str, name: str = "Camille") -> list[Sent]:
    message = {"message_id": 7, "chat": {"id": chat, "type": "private"}, "date": 0}
    body = {"id": str(next(office.numbers)), "data": data, "message": message, "from": {"first_name": name}}
    return office._update(chat, "callback_query", body)


def tick(office: Office, at: datetime) -> None:
    office.now = at
    while office.db.write_now(ticking.tick, office.vault, office.house, at):
        pass


# --- pages -----------------------------------------------------------------------------------


def test_every_page_is_reached_by_buttons_and_nothing_is_kept(office: Office) -> None:
    offer(office)
    before = {table.name: rows(office, table) for table in (t.people, t.enrolments, t.replies, t.runs, t.consents)}
    todo, seen = list(office.say(CAMILLE, "bonjour")), set()
    for sent in todo:
        for data in sent.buttons.values():
            page, _, about = data.split(":")[1], *data.split(":")[2:3], ":".join(data.split(":")[3:])
            if (page, about) in seen or page == "reserve":
                continue
            seen.add((page, about))
            assert len(data.encode()) <= 64
            answer = press(office, CAMILLE, data)
            assert not alert(answer), data
            todo.extend(answer)
    discovery = LIBRARY.discovery
    assert discovery is not None
    wanted = {("benefices", card.id) for card in discovery.cards} | {("pour_qui", s.id) for s in discovery.situations}
    wanted |= {("formats", one.id) for one in LIBRARY.formats} | {("frise", ""), ("temoignages", ""), ("echange", "")}
    assert wanted <= seen
    assert {
        table.name: rows(office, table) for table in (t.people, t.enrolments, t.replies, t.runs, t.consents)
    } == before


def test_no_page_is_too_long_for_telegram_and_each_benefit_stands_in_its_column() -> None:
    discovery = LIBRARY.discovery
    assert discovery is not None
    assert [card.column for card in discovery.cards].count("pro") == 4 == len(discovery.cards) // 2
    accueil = LIBRARY.flows["accueil"]
    choices = next(s.answer.options for s in accueil.steps if getattr(s, "id", "") == "benefices")  # type: ignore[union-attr]
    assert {card.id: card.label for card in discovery.cards} == dict(choices)


def test_a_benefit_pressed_twice_stays_chosen_and_a_fourth_does_not_come_in(office: Office) -> None:
    data = "v:benefices:"
    for label in ("Un projet réaliste", "Voir mes compétences", "Mieux négocier"):
        page = press(office, CAMILLE, data)
        pressed = button(page, label)
        page, again = press(office, CAMILLE, pressed), press(office, CAMILLE, pressed)
        assert [s.buttons for s in page] == [s.buttons for s in again]
        data = pressed
    assert sum(label.startswith("✓") for sent in page for label in sent.buttons) == 3
    full = press(office, CAMILLE, button(page, "Vivre mes valeurs"))
    assert sum(label.startswith("✓") for sent in full for label in sent.buttons) == 3
    assert "Cinq mots" in words(full)[0]


@pytest.mark.parametrize(
    "data", ["v:", "v:nulle", "v:reserve::999", "v:creneau::x", "v:temoignages::9999999", "x", "v:annule"]
)
def test_a_button_made_up_leads_nowhere_and_is_answered(office: Office, data: str) -> None:
    said = press(office, CAMILLE, data)
    assert [item.method for item in said].count("answerCallbackQuery") == 1
    assert person_of(office, CAMILLE) is None


# --- half-hours ------------------------------------------------------------------------------


def test_a_booking_makes_a_person_an_appointment_an_ics_and_three_questions(office: Office) -> None:
    at = offer(office)
    said = book(office, chosen="ae")
    person = person_of(office, CAMILLE)
    assert person is not None
    assert "https://visio.example/x" in words(said)[0] and "Laquelle" in words(said)[-1]
    assert [item.method for item in said if item.method == "sendDocument"]
    booked = office.db.read_now(appointments.list_, person)
    assert [(a.session, a.at, a.state) for a in booked] == [("S0", at, "planned")]
    assert any("Camille a réservé" in text for text in words(office.heard(INES)))
    served = office.db.read_now(people.one, office.vault, person, office.now)
    assert served is not None and served.enrolment.format == "decouverte" and served.enrolment.coach_id == office.ines
    note = office.db.read_now(notes.newest, office.vault, served, notes.FIRST_TALK)
    assert note is not None and "Un projet réaliste, Me refaire confiance" in note.body["text"]
    assert rows(office, t.consents) == 1


def test_the_calendar_file_reads_back(office: Office) -> None:
    at = offer(office)
    book(office)
    files = office.db.read_now(_files, office.vault, office.now)
    event = next(iter(Calendar.from_ical(files[0]).walk("VEVENT")))
    assert event["dtstart"].dt == at.replace(microsecond=0) and event["dtend"].dt - event["dtstart"].dt == timedelta(
        minutes=30
    )
    assert str(event["location"]) == "https://visio.example/x" and str(event["summary"]) == "Premier échange"
    assert int(event["sequence"]) == 1


def _files(conn: Any, vault: Vault, now: datetime) -> list[bytes]:
    import base64

    o = t.outbox
    found = conn.execute(select(o.c.owner_id, o.c.payload).where(o.c.method == "sendDocument")).all()
    vault.ready(conn, [row.owner_id for row in found], now)
    bodies = [vault.open_json(row.owner_id, "outbox.payload", row.payload) for row in found]
    return [base64.b64decode(body["files"]["document"][1]) for body in bodies]


def test_two_people_cannot_have_the_same_half_hour(office: Office) -> None:
    offer(office)
    office.say(CAMILLE, "/start")
    office.say(SAMI, "/start")
    page = press(office, SAMI, "v:echange:", "Sami")
    late = press(office, SAMI, button(page, "Inès"), "Sami")
    book(office)
    people_before = rows(office, t.people)
    said = press(office, SAMI, button(late, "réserve"), "Sami")
    assert "vient d’être prise" in words(said)[0]
    assert person_of(office, SAMI) is None and rows(office, t.people) == people_before
    assert rows(office, t.keys) == people_before + 1  # the house's own


def test_a_half_hour_given_back_is_offered_again(office: Office) -> None:
    offer(office)
    said = book(office)
    back = press(office, CAMILLE, button(said, "Annuler"))
    assert any("annulé" in text for text in words(back))
    assert len(office.db.read_now(slots.offered, office.vault, office.now, 9)) == 1
    assert "plus actif" in alert(press(office, CAMILLE, "v:annule"))


def test_what_is_too_near_withdrawn_or_past_is_not_offered(office: Office) -> None:
    offer(office, days=0.05)
    later = offer(office, days=5)
    assert [slot.at for slot in office.db.read_now(slots.offered, office.vault, office.now, 9)] == [later]
    mine = office.say(INES, "/creneaux")
    withdrawn = office.press(INES, [d for d in mine[0].buttons.values() if d.startswith("d:sw")][-1])
    assert "n’est plus proposée" in words(withdrawn)[0]
    assert not office.db.read_now(slots.offered, office.vault, office.now, 9)


def test_a_coach_withdraws_only_their_own(office: Office) -> None:
    offer(office)
    office.join("coach", "Paul", PAUL)
    slot = office.db.read_now(slots.offered, office.vault, office.now, 9)[0]
    assert "vient d’être réservée" in alert(office.press(PAUL, f"d:sw:{slot.id}"))
    assert office.db.read_now(slots.offered, office.vault, office.now, 9)


@pytest.mark.parametrize(
    ("words_", "told"), [("demain", "heure de début"), ("le 32 mars 12:30", "date"), ("https://x.example", "date")]
)
def test_a_half_hour_that_cannot_be_read_is_asked_again(office: Office, words_: str, told: str) -> None:
    office.press(INES, "d:sa")
    assert told in words(office.say(INES, words_))[0]
    assert not office.db.read_now(slots.of_coach, office.vault, office.ines, office.now)
    office.say(INES, "jeudi 12:30\nvendredi 17:00")
    assert len(office.db.read_now(slots.of_coach, office.vault, office.ines, office.now)) == 2


@pytest.mark.parametrize("name", ["", "\u202e\u200f", "😀" * 80, "<b>x</b>"])
def test_whatever_their_name_in_telegram_they_can_book(office: Office, name: str) -> None:
    offer(office)
    assert "C’est noté" in words(book(office, name=name))[0]


# --- after the talk --------------------------------------------------------------------------


def test_a_format_opens_the_programme_and_asks_for_the_agreement(office: Office) -> None:
    at = offer(office)
    book(office)
    person = person_of(office, CAMILLE)
    office.now = at + timedelta(hours=2)
    card = office.press(INES, f"d:p:{person}")
    choice = office.press(INES, button(card, "Format"))
    assert not [label for sent in choice for label in sent.buttons if label in ("Hybride", "Autonome")]
    assert "plus actif" in alert(office.press(INES, f"d:fs:{person}:autonome"))
    kept = office.press(INES, button(choice, "Accompagné"))
    assert "Accompagné" in words(kept)[0]
    told = words(office.heard(CAMILLE))
    assert "Accompagné" in told[0] and any("votre accord" in text for text in told)
    assert "plus actif" in alert(office.press(INES, button(choice, "Accompagné")))
    said = office.press(CAMILLE, "c:consent:oui")
    assert any("Comment est votre énergie" in text for text in words(said))
    tick(office, at + timedelta(days=40))
    assert person_of(office, CAMILLE) == person


@pytest.mark.parametrize("state", ["undecided", "none", "stopped", "blocked"])
def test_without_a_sequel_everything_is_erased_at_the_date_that_was_told(office: Office, state: str) -> None:
    at = offer(office)
    book(office)
    person = person_of(office, CAMILLE)
    office.now = at + timedelta(hours=2)
    if state == "none":
        office.press(INES, f"d:fs:{person}:aucun")
    elif state == "stopped":
        office.press(CAMILLE, "c:stop:oui")
    elif state == "blocked":
        office._update(
            CAMILLE,
            "my_chat_member",
            {"chat": {"id": CAMILLE, "type": "private"}, "new_chat_member": {"status": "kicked"}},
        )
    days = 7 if state == "none" else 30
    tick(office, at + timedelta(days=days - 1))
    assert person_of(office, CAMILLE) == person
    tick(office, at + timedelta(days=days, hours=3))
    assert person_of(office, CAMILLE) is None and rows(office, t.enrolments) == 0 and rows(office, t.notes) == 0
    assert any("effacé" in text for text in words(office.heard(INES)))
    assert not office.db.read_now(slots.offered, office.vault, office.now, 9)


def test_a_note_is_the_coachs_own_and_reads_back(office: Office) -> None:
    anna = office.join("participant", "Anna", ANNA, office.ines)
    office.press(INES, f"d:fn:{anna}")
    assert "C’est noté" in words(office.say(INES, "Attendre l'avis du médecin."))[0]
    served = office.db.read_now(people.one, office.vault, anna, office.now)
    note = office.db.read_now(notes.newest, office.vault, served, notes.FIRST_TALK)
    assert note is not None and note.body == {"text": "Attendre l'avis du médecin."}
    assert "avis du médecin" in words(office.press(INES, f"d:fn:{anna}"))[0]
    office.say(ANNA, "/mesdonnees")
    given = office.db.read_now(_files, office.vault, office.now)
    assert any("avis du médecin".encode() in file for file in given)


@pytest.mark.parametrize("said", ["infp", " INFP "])
def test_four_letters_and_nothing_else_of_a_type(office: Office, said: str) -> None:
    anna = office.join("participant", "Anna", ANNA, office.ines)
    office.press(INES, f"d:tm:{anna}")
    for wrong in ("INFPX", "rêveuse", "ABCD", ""):
        assert "quatre lettres" in words(office.say(INES, wrong))[0]
    asked = office.say(INES, said)
    kept = office.press(INES, button(asked, "Oui"))
    assert "INFP" in words(kept)[0]
    served = office.db.read_now(people.one, office.vault, anna, office.now)
    note = office.db.read_now(notes.newest, office.vault, served, notes.TYPE)
    assert note is not None and note.body == {"letters": "INFP", "confirmed": True}
    assert alert(office.press(INES, f"d:tc:{anna}:XXXX:oui")) and alert(office.press(INES, f"d:tc:{anna}:INFP:peut"))


def test_the_coach_sets_the_gentle_pace_and_the_person_is_told_once(office: Office) -> None:
    anna = office.join("participant", "Anna", ANNA, office.ines)
    for _ in range(2):
        office.press(INES, f"d:g:{anna}:doux")
    assert [text for text in words(office.heard(ANNA)) if "rythme plus doux" in text] and not office.heard(ANNA)
    card = office.press(INES, f"d:p:{anna}")
    office.press(INES, button(card, "Rythme ordinaire"))
    assert "rythme ordinaire" in words(office.heard(ANNA))[0]
    assert alert(office.press(INES, f"d:g:{anna}:vite"))


# --- testimonials ----------------------------------------------------------------------------


def offered(office: Office, chat: int = ANNA, agreed: str = "oui", profile: str = "sens") -> tuple[int, int]:
    person = office.join("participant", f"Anna{chat}", chat, office.ines)
    run = office.run(person, FLOW, nth=1)
    said = {
        "temoignage_changement": "Je dors.",
        "temoignage_benefice": "<b>Un plan</b>",
        "temoignage_nom": "A. de Brest",
        "temoignage_profil": profile,
        "temoignage_accord": agreed,
    }
    for key, value in said.items():
        office.reply(person, key, value, run=run)
    return person, run


def found(office: Office) -> list[testimonials.Testimony]:
    return office.db.read_now(testimonials.agreed, office.vault, office.now)


def test_the_keys_of_the_module_are_those_that_are_read(office: Office) -> None:
    asked = {getattr(step, "id", "") for step in _steps(LIBRARY.flows[FLOW].steps)}
    assert {*testimonials.PARTS, testimonials.NAME, testimonials.PROFILE, testimonials.AGREED} <= asked


def _steps(steps: Any) -> list[Any]:
    return [inner for step in steps for inner in ([step] if not hasattr(step, "steps") else _steps(step.steps))]


def test_without_the_authors_agreement_nobody_reads_it(office: Office) -> None:
    office.join("admin", "Régie", ADMIN)
    offered(office, agreed="non")
    assert not found(office) and "Aucun témoignage" in words(office.say(ADMIN, "/temoignages"))[0]


def test_read_published_shown_and_taken_back(office: Office) -> None:
    office.join("admin", "Régie", ADMIN)
    person, run = offered(office)
    listed = office.say(ADMIN, "/temoignages")
    assert "après un épuisement" in words(listed)[-1] and "recherche de sens" in words(listed)[-1]
    assert "Il n’y en a pas" in words(press(office, CAMILLE, "v:temoignages:"))[0]
    read = office.press(ADMIN, button(listed, "A. de Brest"))
    assert "Je dors." in words(read)[0] and "<b>Un plan</b>" in words(read)[0]
    publish = button(read, "Publier")
    assert "est publié" in words(office.press(ADMIN, publish))[0]
    shown = words(press(office, CAMILLE, "v:temoignages:"))[0]
    assert "Je dors." in shown and "A. de Brest, en recherche de sens" in shown
    assert (
        "Je dors." in words(office.say(ANNA, "/temoignages"))[0]
        and "Je dors." in words(office.say(INES, "/temoignages"))[0]
    )
    assert "recherche de sens" not in words(office.say(ADMIN, "/temoignages"))[-1]
    office.reply(person, "temoignage_changement", "Je dors mieux.", run=run, version=2)
    assert "Il n’y en a pas" in words(press(office, CAMILLE, "v:temoignages:"))[0]
    assert "modifié ou retiré" in alert(office.press(ADMIN, publish))
    office.reply(person, "temoignage_accord", "non", run=run, version=2)
    assert not found(office)


def test_several_are_shown_one_after_the_other_and_erasure_takes_one_away(office: Office) -> None:
    office.join("admin", "Régie", ADMIN)
    for chat in (ANNA, 803):
        offered(office, chat)
    for one in found(office):
        office.press(ADMIN, f"d:tp:{one.run}:{one.up_to}")
    first = press(office, CAMILLE, "v:temoignages:")
    assert "1 sur 2" in words(first)[0]
    assert "2 sur 2" in words(press(office, CAMILLE, button(first, "Un autre")))[0]
    office.press(ANNA, "c:erase:1")
    office.press(ANNA, "c:erase:oui")
    assert len(found(office)) == 1 and rows(office, t.testimonials) == 1


def test_only_an_admin_decides(office: Office) -> None:
    _, run = offered(office)
    one = found(office)[0]
    for chat in (INES, ANNA, CAMILLE):
        office.press(chat, f"d:tp:{run}:{one.up_to}")
    assert not found(office)[0].shown
