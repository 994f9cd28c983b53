"""/parcours through the door: the picture with the same in words, each phase opened, or the words alone."""

import struct
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from bot.conversation import intake, road
from bot.documents import press
from bot.store import tables as t
from bot.store.case import Case
from bot.store.cases import by_person
from bot.store.database import Database
from bot.store.vault import Vault
from bot.telegram.length import CAPTION, MOST, plain, units
from flows.agenda import Appointment
from tests.bot.claire import HOUSE, NOW, answers, claire, entries
from tests.bot.desk_office import Office, words

CHAT = 500
BRANCHES = entries("branches", {"arbre_qui": "parent", "arbre_metier": "Facteur"})


@pytest.fixture
def door(database: Database, vault: Vault) -> "Door":
    door = Door(database, vault)
    database.write_now(door.enlist)
    door.hears(data="c:consent:oui")
    return door


@pytest.fixture
def office(database: Database, vault: Vault) -> Office:
    return Office(database, vault, NOW)


class Door:
    """One participant, and what is sent for each thing that they do."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self.database, self.vault, self.number = database, vault, 0

    def enlist(self, conn: Connection) -> None:
        self.vault.create_key(conn, 1, NOW)
        name = self.vault.seal_text(1, "people.name", "Claire")
        conn.execute(insert(t.people).values(id=1, role="participant", name=name, zone="Europe/Paris", chat_id=CHAT,
                                             reachable=True, created_at=NOW))  # fmt: skip
        conn.execute(insert(t.enrolments).values(id=1, person_id=1, programme="bilan", format="accompagne",
                                                 state="welcomed", created_at=NOW))  # fmt: skip

    def hears(self, text: str = "", data: str = "") -> list[tuple[str, Any]]:
        """What is sent for a message, or a press: (method, payload)."""
        self.number += 1
        chat = {"id": CHAT, "type": "private"}
        message = {"message_id": self.number, "date": 0, "chat": chat}
        press = {"id": str(self.number), "message": message, "data": data}
        body = {"callback_query": press} if data else {"message": {**message, "text": text}}
        before = len(self.database.read_now(self._sent))
        self.database.write_now(intake.keep, self.vault, [{"update_id": self.number, **body}], NOW)
        self.database.write_now(intake.work, self.vault, HOUSE, NOW, 10)
        return self.database.read_now(self._sent)[before:]

    def _sent(self, conn: Connection) -> list[tuple[str, Any]]:
        self.vault.ready(conn, [1], NOW)
        rows = conn.execute(select(t.outbox.c.method, t.outbox.c.payload).order_by(t.outbox.c.id)).all()
        return [(method, self.vault.open_json(1, "outbox.payload", payload)) for method, payload in rows]


def buttons(params: Any) -> list[tuple[str, str]]:
    rows = (params.get("reply_markup") or {}).get("inline_keyboard", [])
    return [(button["text"], button["callback_data"]) for row in rows for button in row]


def messages(sent: list[tuple[str, Any]]) -> list[Any]:
    return [payload["params"] for method, payload in sent if method == "sendMessage"]


def test_the_picture_comes_with_the_same_in_words_and_each_phase_opens(door: Door) -> None:
    [(method, photo)] = door.hears("/parcours")
    paper = photo["ordered"]
    wide, tall = struct.unpack(">II", press.made(press.read(paper["order"]))[16:24])
    assert (method, paper["name"], paper["type"], wide) == ("sendPhoto", "parcours.png", "image/png", 1080)
    assert tall <= 2560
    params = photo["params"]
    assert "vous êtes ici" in params["caption"] and units(plain(params["caption"])) <= CAPTION
    assert [data for _, data in buttons(params)] == [
        "c:road:exploration", "c:road:competences", "c:road:scenarios", "c:road:validation", "c:road:",
    ]  # fmt: skip
    [opened] = messages(door.hears(data="c:road:exploration"))
    assert "sens du travail" in opened["text"] and "boussole des valeurs : à venir" in spaced(opened["text"])
    [title, reading] = buttons(opened)[0]
    assert title in messages(door.hears(data=reading))[0]["text"]
    [whole] = messages(door.hears(data="c:road:"))
    assert all(words in whole["text"] for words in ("boussole des valeurs", "Environ 8 semaines", "○ Conclusions"))


def spaced(text: str) -> str:
    """With ordinary spaces, as a test is typed."""
    return text.replace("\u202f", " ").replace("\xa0", " ")


@pytest.mark.parametrize("data", ["c:road:inconnue", "c:road:exploration:x", "c:road:exploration:-1"])
def test_a_phase_that_is_not_there_says_so(door: Door, data: str) -> None:
    [(method, payload)] = door.hears(data=data)
    assert method == "answerCallbackQuery" and payload["params"]["text"]


def test_a_picture_that_cannot_be_drawn_leaves_the_words_and_the_conversation(
    door: Door, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: Any) -> str:
        raise MemoryError

    monkeypatch.setattr(road, "frise", broken)
    [words] = messages(door.hears("/parcours"))
    assert "○ Premier échange" in words["text"] and len(buttons(words)) == 4
    logged = capsys.readouterr()
    assert "frise not drawn" in logged.out + logged.err
    assert messages(door.hears("4")), "the question that was open takes its answer"


def test_in_a_rush_the_words_come_alone() -> None:
    case = claire(2, 1)
    case.rushed = True
    road.show(HOUSE, case)
    assert [out.method for out in case.changes.out] == ["sendMessage"]


def test_the_words_are_within_what_telegram_takes_wherever_one_stands() -> None:
    for past in range(13):
        for ahead in (0, 2, 12):
            case = claire(past, ahead)
            road.show(HOUSE, case) if past % 6 == 0 else road.pressed(HOUSE, case, "")
            for out in case.changes.out:
                assert units(plain(str(out.params.get("caption", "")))) <= CAPTION
                assert units(plain(str(out.params.get("text", "")))) <= MOST


def state(review: str = "", private: bool = False) -> str:
    case = claire(2, 1)
    if review:
        answers(case, "arbre-metiers", BRANCHES, review, private)
    found = {each.title: each.said for stage in road.stages(HOUSE, case) for each in stage.yields}
    return found["arbre des métiers"]


def test_what_one_takes_away_stands_by_the_answers_and_by_the_coach() -> None:
    assert state() == "à venir"
    assert state("a_lire") == state("lu") == state("a_aborder") == "en cours"
    assert state("traite") == "c’est validé"
    assert state("traite", private=True) == "en cours", "the coach may not read it"


def synthesis(office: Office, who: int, **about: Any) -> None:
    """A version of the document de synthèse, as far as `about` says."""
    body = office.vault.seal_json(who, "syntheses.body", {})
    mine = select(t.enrolments.c.id).where(t.enrolments.c.person_id == who).scalar_subquery()
    office.db.write_now(lambda conn: conn.execute(insert(t.syntheses).values(
        enrolment_id=mine, body=body, author_id=1, written_at=NOW, **about)))  # fmt: skip


def told(office: Office, title: str, data: str = "c:road:") -> str:
    """How what one takes away stands, in the words that come after a press."""
    lines = [line for text in words(office.press(CHAT, data)) for line in spaced(text).split("\n")]
    [line] = [line for line in lines if line.startswith(f"– {title} : ")]
    return line.removeprefix(f"– {title} : ")


def test_a_module_that_is_done_counts_on_the_road_and_its_readings_are_there(office: Office) -> None:
    who = office.join("participant", "Claire", CHAT)
    run = office.run(who, "boussole", state="done")
    office.reply(who, "boussole[0].boussole_valeur", "Le calme", run=run)
    assert (
        told(office, "boussole des valeurs") == told(office, "boussole des valeurs", "c:road:exploration") == "en cours"
    )


def test_the_synthesis_stands_by_itself(office: Office) -> None:
    who = office.join("participant", "Claire", CHAT)
    office.reply(who, "synthese_avec", "mon fil", run=office.run(who, "avant-conclusions", state="done"))
    title = "document de synthèse"
    assert told(office, title) == "à venir", "whatever was said of it"
    synthesis(office, who, version=1)
    assert told(office, title, "c:road:validation") == "votre coach l’écrit"
    for at, said in (("sent_at", "à relire"), ("remarked_at", "vous l’avez commenté"),
                     ("approved_at", "vous l’avez approuvé"), ("handed_at", "remis")):  # fmt: skip
        office.db.write_now(lambda conn, at=at: conn.execute(update(t.syntheses).values({at: NOW})))
        assert told(office, title) == said
    synthesis(office, who, version=2)
    assert told(office, title) == "remis", "a draft takes nothing away from what was handed over"
    case = office.db.write_now(lambda conn: by_person(conn, office.vault, [who], NOW))[who]
    assert {y.title: (y.state, y.said) for stage in road.stages(HOUSE, case) for y in stage.yields}[title] == (
        "valid", "remis"
    )  # fmt: skip


def test_nothing_is_ever_late() -> None:
    case = claire(3, 1)
    missed = Appointment(99, "S4", NOW - timedelta(days=1), "Europe/Paris", 1, "no_show")
    case.appointments = [a for a in case.appointments if a.session != "S4"] + [missed]
    said = road.described(HOUSE, case)
    assert "○ Préférences et personnalité\n" in said
    assert not any(word in said.lower() for word in ("retard", "manqu", "%", "absent"))


def stands(case: Case) -> list[int]:
    """Which lines, from the last session behind, say where they are."""
    said = road.described(HOUSE, case).split("\n")
    past = max((n for n, line in enumerate(said) if line.startswith("●")), default=-1)
    return [n - past for n, line in enumerate(said) if "vous êtes ici" in line]


def test_one_stands_at_the_next_session_or_after_the_last() -> None:
    assert stands(claire(2, 0)) == [1] and stands(claire(12, 0)) == [1]
    assert stands(claire(2, 3)) == [1]
    assert len(stands(claire(0, 0))) == 1


def test_readings_are_offered_in_their_phase_a_few_at_a_time() -> None:
    case = claire(3, 1)
    reading = [id for id in HOUSE.library.capsules if len(id) < 40][: road.READINGS + 2]
    for id in reading:
        answers(case, f"capsule:{id}", {}).created_at = NOW - timedelta(days=40)
    for page, shown in ((0, road.READINGS), (1, 2), (2, 0)):
        assert road.pressed(HOUSE, case, f"exploration:{page}")
        offered = [data for _, data in buttons(case.take().out[0].params) if data.startswith("c:read:")]
        assert offered == [f"c:read:{id}" for id in reading[page * road.READINGS :][:shown]]
    assert road.pressed(HOUSE, case, "validation")
    assert not buttons(case.take().out[0].params)
