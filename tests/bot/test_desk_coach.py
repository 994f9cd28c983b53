"""The coach's desk as it is met in Telegram: commands, buttons, words; and who may use which."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot import rights
from bot.admin import chat as admin
from bot.conversation import commands as theirs
from bot.conversation import ticking
from bot.desk import appointments, coach
from bot.rights import may
from bot.store import tables as t
from bot.store.case import Enrolment, Person
from bot.store.cases import by_person
from bot.store.database import Database
from bot.store.vault import Vault
from bot.telegram.render import plain, units
from bot.web.routes import ROUTES
from flows.model import Question, Text
from tests.bot.desk_office import LIBRARY, Office, Sent, alert, button, everything, words

INES, PAUL, ADMIN, ANNA, BOB = 701, 702, 703, 801, 802
NAMES = ["Anna", "🦋👩‍🚀", "نور الدين", '<b>L&o</b> "x"', "*_[a](b)`~ #1.", "{name} %s", "W" * 64]
BOOKED = "jeudi 3 décembre 14:30"


@pytest.fixture
def office(database: Database, vault: Vault, now: datetime) -> Office:
    office = Office(database, vault, now)
    office.ines = office.join("coach", "Inès", INES)
    return office


def appointment(office: Office, person: int, session: str = "S1") -> Any:
    found = office.db.read_now(appointments.list_, person)
    return next((a for a in found if a.session == session), None)


# --- inviting --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_an_invitation_is_made_and_opens(office: Office, name: str) -> None:
    told, forward = office.say(INES, f"/inviter {name}")
    assert " ".join(name.split()) in plain(told.text) and " ".join(name.split()) in plain(forward.text)
    code = re.search(r"t\.me/marge_essai_bot\?start=([\w-]{22})", forward.text)
    assert code
    assert " ".join(name.split()) in plain(office.say(ANNA, f"/start {code[1]}")[0].text)
    listed = office.say(INES, "/participants")[0]
    assert len(listed.buttons) == 1 and all(len(data.encode()) <= 64 for data in listed.buttons.values())
    card = office.press(INES, *listed.buttons.values())
    assert " ".join(name.split()) in words(card)[0]


def test_the_first_name_is_asked_for(office: Office) -> None:
    assert "prénom" in words(office.say(INES, "/inviter"))[0]
    assert "64 caractères" in words(office.say(INES, "é" * 200))[0]
    assert "64 caractères" in words(office.say(INES, "", sticker={}))[0]
    assert "t.me/" in words(office.say(INES, "Anna"))[1]
    assert "figure déjà" in words(office.say(INES, "/inviter anna"))[0]
    assert "t.me/" in words(office.say(INES, "Anna B."))[1]
    assert everything(office)["enrolments"] == 2


def test_a_question_of_the_desk_can_be_left(office: Office) -> None:
    office.say(INES, "/inviter")
    assert words(office.say(INES, "/annuler")) == ["C’est annulé. Rien n’a changé."]
    nothing, here = words(office.say(INES, "/annuler"))
    assert "Aucune question" in nothing and "/participants" in here
    assert "Aucune question" in words(office.say(INES, "Anna"))[0]
    office.say(INES, "/inviter")
    office.say(INES, "/participants")
    assert "Aucune question" in words(office.say(INES, "Anna"))[0]
    assert everything(office)["enrolments"] == 0


def test_without_a_known_username_the_code_itself_is_handed_over(office: Office) -> None:
    office.house.bot.username = ""
    forward = office.say(INES, "/inviter Anna")[1]
    code = re.search(r"/start ([\w-]{22})", forward.text)
    assert code and "Anna" in words(office.say(ANNA, f"/start {code[1]}"))[0]


def test_a_new_link_takes_the_place_of_the_old_one(office: Office) -> None:
    old = re.search(r"start=([\w-]{22})", office.say(INES, "/inviter Anna")[1].text)
    card = office.press(INES, button(office.say(INES, "/participants"), "Anna"))
    new = re.search(r"start=([\w-]{22})", office.press(INES, button(card, "Nouveau lien"))[-1].text)
    assert old and new and "n’ouvre rien" in office.say(ANNA, f"/start {old[1]}")[0].text
    assert "Anna" in office.say(ANNA, f"/start {new[1]}")[0].text


# --- appointments ----------------------------------------------------------------------------


def book(office: Office, label: str = "Anna", session: str = "S1", date: str = BOOKED) -> list[Sent]:
    """Said and confirmed."""
    sessions = office.press(INES, button(office.say(INES, "/rdv"), label))
    office.press(INES, button(sessions, f"{session} "))
    return dated(office, date)


def dated(office: Office, date: str) -> list[Sent]:
    said = office.say(INES, date)
    return office.press(INES, button(said, "Confirmer")) if "Confirmer" in said[-1].buttons else said


@pytest.mark.parametrize("name", NAMES)
def test_an_appointment_is_booked_in_words(office: Office, name: str) -> None:
    anna = office.join("participant", name, ANNA, office.ines)
    said = book(office, "")
    assert "jeudi 3 décembre à 14 h 30" in words(said)[0] and " ".join(name.split()) in words(said)[0]
    assert list(said[-1].buttons) == ["Déplacer", "Annuler", "Indiquer un lieu"]
    assert appointment(office, anna).at == datetime(2026, 12, 3, 13, 30, tzinfo=UTC)
    assert "jeudi 3 décembre à 14 h 30" in words(office.heard(ANNA))[0]


def test_a_date_that_cannot_be_kept_is_asked_again(office: Office) -> None:
    anna = office.join("participant", "Anna", ANNA, office.ines)
    for said, told in (("hier 14:30", "déjà passée"), ("bientôt", "pas trouvé"), ("3 décembre 3:00", "la nuit")):
        answer = words(book(office, date=said))[0] if said == "hier 14:30" else words(office.say(INES, said))[0]
        assert told in answer and "lundi 9 novembre 14:30" in answer
        assert appointment(office, anna) is None
    assert "C’est noté" in words(dated(office, "lundi 9 novembre 14:30"))[0]
    assert appointment(office, anna).at == datetime(2026, 11, 9, 13, 30, tzinfo=UTC)


def test_somebody_elsewhere_is_told_their_own_hour(office: Office) -> None:
    anna = office.join("participant", "Anna", ANNA, office.ines, zone="America/Martinique")
    office.press(INES, f"d:as:{anna}:S1")
    said = office.say(INES, BOOKED)
    assert "14 h 30" in words(said)[0] and "jeudi 3 décembre à 9 h 30" in words(said)[0]
    office.press(INES, button(said, "Confirmer"))
    assert appointment(office, anna).zone == "America/Martinique"
    assert "reçoit l’annonce lundi 2 novembre à 14 h" in words(said)[0] and not office.heard(ANNA)  # there it is 5 h
    office.now += timedelta(hours=4)
    office.db.write_now(ticking.tick, office.vault, office.house, office.now)
    assert "9 h 30" in words(office.heard(ANNA))[0]


@pytest.mark.parametrize(
    ("label", "state"), [("Annuler", "cancelled"), ("Personne absente", "no_show"), ("Séance faite", "done")]
)
def test_what_became_of_it_is_pressed_once(office: Office, label: str, state: str) -> None:
    anna = office.join("participant", "Anna", ANNA, office.ines)
    book(office)
    office.now = appointment(office, anna).at
    begun = office.press(INES, f"d:as:{anna}:S1")
    assert list(begun[-1].buttons) == ["Déplacer", "Annuler", "Personne absente", "Séance faite", "Indiquer un lieu"]
    data = button(begun, label)
    said = office.press(INES, data)
    assert alert(said) == "" and said[1].method == "editMessageText"
    assert (appointment(office, anna).state, appointment(office, anna).revision) == (state, 2)
    assert "modifié par Inès, jeudi 3 décembre à 14 h 30" in alert(office.press(INES, data))
    assert appointment(office, anna).revision == 2


def test_a_button_of_before_a_move_changes_nothing(office: Office) -> None:
    anna = office.join("participant", "Anna", ANNA, office.ines)
    first = book(office)
    office.press(INES, button(first, "Déplacer"))
    dated(office, "vendredi 4 décembre 10h")
    assert "modifié par Inès" in alert(office.press(INES, button(first, "Annuler")))
    assert appointment(office, anna).state == "planned" and appointment(office, anna).revision == 2


def test_a_booked_session_shows_its_date_and_sessions_ahead_come_first(office: Office) -> None:
    anna = office.join("participant", "Anna", ANNA, office.ines)
    office.do(appointments.put, anna, "S1", office.now - timedelta(days=3), None, office.now)
    office.do(appointments.put, anna, "S2", office.now + timedelta(days=3), None, office.now)
    sessions = office.press(INES, f"d:a:{anna}")
    labels = [label.split()[0] for label in sessions[-1].buttons]
    assert labels[-1] == "S1" and labels.index("S2") < labels.index("S3")
    assert "est prévu jeudi 5 novembre" in words(office.press(INES, f"d:as:{anna}:S2"))[0]


def test_a_participant_in_the_same_batch_loses_nothing(office: Office) -> None:
    """Words of a participant, the coach's booking and words again, all waiting at once."""
    anna = office.join("participant", "Anna", ANNA, office.ines)
    office.press(INES, f"d:as:{anna}:S1")
    confirm = button(office.say(INES, BOOKED), "Confirmer")
    office.db.write_now(lambda conn: conn.execute(t.runs.update().values(state="done", key=None)))
    office.run(anna, long_flow()[0], state="waiting", key=long_flow()[1])
    office.keep(ANNA, "message", office.message(ANNA, "un"))
    pressed = {"message_id": 7, "chat": {"id": INES, "type": "private"}, "date": 0}
    office.keep(INES, "callback_query", {"id": "1", "data": confirm, "message": pressed})
    office.keep(ANNA, "message", office.message(ANNA, "deux"))
    office.work()
    assert appointment(office, anna) is not None
    case = office.do(lambda conn, vault, house: by_person(conn, vault, [anna], office.now)[anna])
    said = [part[1] for file in case.runs for part in file.run.draft or []]
    kept = [str(kept.value) for file in case.runs for kept in file.run.answers.values()]
    assert sorted(said + kept) == ["deux", "un"]


def long_flow() -> tuple[str, str]:
    """A shipped flow whose long question is asked of everybody, and that question."""
    tops = [(flow.id, s) for flow in LIBRARY.flows.values() for s in flow.steps if isinstance(s, Question)]
    return next((id, s.id) for id, s in tops if s.answer == Text(long=True) and not s.private and not s.when)


# --- reading ---------------------------------------------------------------------------------


def test_answers_are_read_in_full_with_their_files_and_marked(office: Office) -> None:
    anna = office.join("participant", "Anna", ANNA, office.ines)
    run = office.run(anna, "sens-du-travail", session="S2")
    long = "Une longue phrase & <b>des signes</b> 🙂. " * 300
    first = office.reply(anna, "un", long, run=run, session="S2", question="Qu'est-ce qui **compte** ?")
    office.file(anna, "m1", "voice")
    office.file(anna, "m2", "photo")
    second = office.reply(anna, "deux", None, run=run, session="S2", media=("m1", "m2", "perdu"), version=2, late=True)
    third = office.reply(anna, "trois", "secret de famille", run=run, session="S2", private=True)
    by_session = office.press(INES, f"d:r:{anna}")
    assert [label for label in by_session[-1].buttons if "2, dont 2 à lire" in label]
    shown = office.press(INES, button(by_session, "S2"))
    text = "\n".join(words(shown))
    assert re.sub(r"\s+", " ", long).strip() in re.sub(r"\s+", " ", text) and "secret" not in text
    assert all(units(plain(item.text)) <= 4096 for item in shown)
    assert all(item.owner == anna for item in shown if item.method != "answerCallbackQuery")
    assert "à relire" in text and "modifié le lundi 2 novembre" in text and "après la séance" in text
    files = [(item.method, item.params) for item in shown if item.method in ("sendVoice", "sendPhoto")]
    assert files == [("sendVoice", {"voice": "tg-m1", "protect_content": True}),
                     ("sendPhoto", {"photo": "tg-m2", "protect_content": True})]  # fmt: skip
    later = office.reply(anna, "quatre", "venu depuis", run=run, session="S2")
    done = office.press(INES, button(shown, "Marquer comme lues"))
    assert "2 réponses de Anna marquées comme lues" in words(done)[0]
    assert office.reviews(anna) == {first: "lu", second: "lu", third: "a_lire", later: "a_lire"}
    assert "déjà lues" in alert(office.press(INES, button(shown, "Marquer comme lues")))


@pytest.mark.parametrize("value", [*NAMES, "<blockquote>", "&lt;", "\u202e‮retourné", "```x```", "1. a\n# b\n> c"])
def test_whatever_was_written_is_shown_as_written(office: Office, value: str) -> None:
    anna = office.join("participant", "Anna", ANNA, office.ines)
    office.reply(anna, "journal", value, how="journal", question="")
    shown = office.press(INES, f"d:rs:{anna}:-")
    assert value in words(shown)[0] and "Écrit en dehors des questions" in words(shown)[0]


def test_a_name_from_right_to_left_does_not_turn_the_line_it_opens(office: Office) -> None:
    person = office.join("participant", "نور", ANNA, office.ines)
    office.heard(INES)
    office.say(ANNA, "/pause")
    office.press(ANNA, "c:pause:0")
    said = [*office.heard(INES), *office.press(INES, f"d:p:{person}"), *office.press(INES, f"d:a:{person}")]
    texts = [text for text in words(said) if "نور" in text]
    assert len(texts) == 3 and all(text.count("\u2068نور\u2069") == text.count("نور") for text in texts)


def test_nothing_to_read_is_said_kindly(office: Office) -> None:
    anna = office.join("participant", "Anna", ANNA, office.ines)
    office.reply(anna, "un", "à moi", run=office.run(anna, "sens-du-travail"), private=True)
    assert "n’a encore rien écrit que vous puissiez lire" in words(office.press(INES, f"d:r:{anna}"))[0]
    assert "plus actif" in alert(office.press(INES, f"d:rs:{anna}:S7"))


def test_words_of_somebody_erased_do_not_leave(office: Office) -> None:
    """They wait in the outbox under their author's key, and go with it."""
    anna = office.join("participant", "Anna", ANNA, office.ines)
    office.reply(anna, "journal", "un secret", how="journal", question="")
    office.heard(INES)
    body = {"message_id": 7, "chat": {"id": INES, "type": "private"}, "date": 0}
    office.keep(INES, "callback_query", {"id": "1", "data": f"d:rs:{anna}:-", "message": body})
    office.work()
    office.press(ANNA, "c:erase:oui")
    assert not [text for text in words(office.heard(INES)) if "secret" in text]
    assert "pas dans votre liste" in alert(office.press(INES, f"d:rs:{anna}:-"))


# --- lists, digest, brief ----------------------------------------------------------------------


def test_many_participants_come_in_pages(office: Office) -> None:
    for n in range(30):
        office.invite("participant", f"P{n:02}", office.ines)
    for command, verb in (("/participants", "p"), ("/rdv", "a"), ("/brief", "b")):
        names, sent = [], office.say(INES, command)
        while True:
            data = list(sent[-1].buttons.items())
            names += [label[:3] for label, press in data if press.startswith(f"d:{verb}:")]
            if not data[-1][1].startswith("d:more:"):
                break
            sent = office.press(INES, data[-1][1])
        assert names == [f"P{n:02}" for n in range(30)]


def test_digest_and_its_day(office: Office) -> None:
    sent = office.say(INES, "/digest")
    assert words(sent)
    days = office.press(INES, button(sent, "Changer de jour"))
    hours = office.press(INES, button(days, "mercredi"))
    said = office.press(INES, button(hours, "17 h"))
    assert "mercredi 4 novembre à 17 h" in words(said)[-1]
    rows = office.db.read_now(lambda conn: conn.execute(select(t.people.c.digest).where(t.people.c.id == office.ines)))
    assert rows.scalar() == {"day": 2, "hour": 17}
    for data in ("d:gh:7", "d:gs:0:24", "d:gs:9:8", "d:gs:0:", "d:gh:"):
        assert "plus actif" in alert(office.press(INES, data))


def test_the_brief_is_shown_protected(office: Office) -> None:
    anna = office.join("participant", "Anna", ANNA, office.ines)
    office.do(appointments.put, anna, "S1", office.now + timedelta(days=3), None, office.now)
    sent = office.press(INES, button(office.say(INES, "/brief"), "Anna"))
    assert sent[-1].params["protect_content"] and sent[-1].owner == anna and words(sent)[0]


def test_help_privacy_and_what_is_unknown(office: Office) -> None:
    assert "/participants" in words(office.say(INES, "/aide"))[0]
    assert "Qui lit quoi" in words(office.say(INES, "/confidentialite"))[0]
    assert "ne connais pas" in words(office.say(INES, "/pousser"))[0]
    assert "personne" in words(office.say(INES, "/participants"))[0].lower()
    assert office.say(INES, "")  # a sticker is answered too
    for data in ("", "d:", "d:p", "d:p:", "d:p:x", "d:p:٣x", f"d:p:{'9' * 40}", "c:stop:oui", "a:1:2:3", "d:more:z:1",
                 "d:more:p:x", "d:i:bilan", "d:zz:1"):  # fmt: skip
        assert alert(office.press(INES, data))


# --- rights ----------------------------------------------------------------------------------

ROLES = {"participant": ANNA, "coach": INES, "other_coach": PAUL, "admin": ADMIN}
PUBLIC = {"temoignages"}
"""What anybody may read; an admin decides what stands there."""
ROOMS = {"coach": coach.COMMANDS, "admin": admin.COMMANDS}
COMMANDS = sorted({name for table in ROOMS.values() for name in table})


def full_house(office: Office) -> tuple[int, int]:
    office.join("coach", "Paul", PAUL)
    office.join("admin", "Régie", ADMIN)
    anna = office.join("participant", "Anna", ANNA, office.ines)
    office.do(appointments.put, anna, "S1", office.now + timedelta(days=3), None, office.now)
    reply = office.reply(anna, "journal", "MOTS-SECRETS", how="journal", question="")
    office.heard(ANNA)
    return anna, reply


def test_every_action_of_every_role(office: Office) -> None:
    mine, foreign = (Enrolment(1, 9, coach_id, "bilan", "", None, "active", office.now) for coach_id in (5, 6))
    nobodys = Enrolment(1, 9, None, "bilan", "", None, "active", office.now)
    actions = {action for action, _ in (*coach.COMMANDS.values(), *coach.ALONE.values(), *coach.ABOUT.values())}
    actions |= {action for action, _ in (*admin.COMMANDS.values(), *admin.ALONE.values())} | {"push"}
    actions |= {route.action for route in ROUTES}
    assert actions <= rights.RIGHTS.keys()
    for action in [*sorted(rights.RIGHTS), "", "erase", "unknown"]:
        for role in ("coach", "admin", "participant", "referent", "operator", "employer", ""):
            who = Person(5, role, "x", "Europe/Paris", 1)
            for enrolment in (mine, foreign, nobodys, None):
                relation = rights.RIGHTS.get(action, {}).get(role)
                expected = relation == "any" or (relation in ("own", "relayed") and enrolment is mine)
                assert may(who, action, enrolment) == expected, (role, action)
        assert may(None, action, mine) == (action == "help")


@pytest.mark.parametrize("role", ["other_coach", "admin"])
def test_no_button_reaches_somebody_elses_participant(office: Office, role: str) -> None:
    anna, reply = full_house(office)
    before = everything(office)
    tails = ["", ":-", ":S1", f":-:{reply}", ":S1:1:cancelled", ":S1:1:done"]
    for verb in coach.ABOUT:
        for tail in tails:
            said = office.press(ROLES[role], f"d:{verb}:{anna}{tail}")
            assert alert(said) and len(said) == 1, (verb, tail)
    assert everything(office) == before and not office.heard(ANNA)


def test_buttons_of_the_desk_do_nothing_for_a_participant(office: Office) -> None:
    anna, reply = full_house(office)
    before = everything(office)
    for verb in [*coach.ABOUT, *coach.ALONE]:
        for tail in (f":{anna}", f":{anna}:-:{reply}", f":{anna}:S1:1:cancelled"):
            assert "plus actif" in alert(office.press(ANNA, f"d:{verb}{tail}"))
    assert everything(office) == before


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_command_serves_only_its_role(office: Office, role: str, name: str) -> None:
    full_house(office)
    before = everything(office)
    said = words(office.say(ROLES[role], f"/{name}"))
    assert said and not any("MOTS-SECRETS" in text for text in said)
    kind = "coach" if role == "other_coach" else role
    known = ROOMS.get(kind, {}).get(name)
    own = known and kind in rights.RIGHTS[known[0]]
    own = own or name in PUBLIC or (kind == "participant" and name in theirs.COMMANDS)
    assert ("ne connais pas cette commande" in said[0]) == (not own)
    if role == "other_coach":
        assert not any("Anna" in text for text in said)
    assert everything(office) == before


def test_a_prompt_for_somebody_handed_over_meanwhile_is_refused(office: Office) -> None:
    anna, _ = full_house(office)
    office.press(INES, f"d:as:{anna}:S2")
    whose = select(t.people.c.id).where(t.people.c.chat_id == PAUL)
    paul = office.db.read_now(lambda conn: conn.execute(whose).scalar())
    office.db.write_now(lambda conn: conn.execute(t.enrolments.update().values(coach_id=paul)))
    assert words(office.say(INES, BOOKED)) == ["Cette personne n’est pas dans votre liste."]
    assert appointment(office, anna, "S2") is None


def test_every_button_that_is_shown_leads_somewhere(office: Office) -> None:
    """From the lists on, each button pressed once is understood."""
    full_house(office)
    office.press(INES, "d:sa")
    todo, seen = [*office.say(INES, BOOKED), *office.say(INES, "/participants"), *office.say(INES, "/digest")], set()
    for sent in todo:
        for data in sent.buttons.values():
            family = re.sub(r"(?<=^d:gh:)\d|(?<=^d:gs:)\d:\d+|(?<=:)S(?!1\b)\d+", "*", data)
            if family in seen:
                continue
            seen.add(family)
            assert len(data.encode()) <= 64
            answer = office.press(INES, data)
            gone = data.startswith(("d:ax:", "d:al:"))  # what a button pressed before has cancelled
            assert "plus actif" not in alert(answer) or gone, data
            todo.extend(answer)
    verbs = {data.split(":")[1] for data in seen}
    elsewhere = {"tc", "ff", "fs", "ac", "an", "ho", "hr"}  # test_discovery.py, test_booking.py, test_steering.py
    elsewhere |= {
        "va",
        "vs",
        "vc",
        "hu",
        "sl",
        "at",
        "ah",
        "er",
    }  # test_absences.py, test_alerts.py, test_sickleave.py, test_attendance.py, test_erasure.py
    assert verbs == {*coach.ABOUT, *coach.ALONE} - {"more", "i"} - elsewhere
