"""The demonstration as a visitor plays it: in the page, with its clock, from an invitation to the second session."""

import asyncio
import os
import signal
import socket
import sys
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import Connection, Table, select

from bot.demo import PARIS, Rehearsal, cohort, rehearsal, seed
from bot.desk import review
from bot.desk.review import Read
from bot.store import tables as t
from flows.calendar import spoken
from tests.acceptance.people import Clock, Person, acting, browsing, plain, until

NOW = datetime(2027, 2, 2, 10, tzinfo=PARIS)
"""A Tuesday without a holiday in the weeks that follow."""

S1, S2 = datetime(2027, 2, 9, 14, tzinfo=PARIS), datetime(2027, 2, 23, 14, tzinfo=PARIS)
VOICE = b"OggS\x00\x02" + bytes(26) + b"OpusHead\x01\x01" + bytes(10)
REMINDER = "Une question vous attend, quand ce sera le bon moment."
PRIVATE = "Une enveloppe dans le buffet, dont on ne parlait pas."
PILES = ("Déjà là", "À développer", "Je laisse de côté")


class Say(str):
    """Words written."""


class Press(str):
    """A button."""


DONE = Press("J'ai terminé")
REPERES = (
    *("projet", "competences", "strategie", "negocier"),
    *("confiance", "valeurs", "incertitude", "connaissance"),
)
ANSWERS: dict[str, list[Say | Press | bytes]] = {
    # the welcome
    "meteo": [Press("6")],
    "situation": [Press("J'ai envie d'autre chose")],
    "benefices": [Press("Voir mes compétences"), Press("Vivre mes valeurs"), DONE],
    "critere": [Say("Savoir où je vais."), Say("Et dormir."), DONE],
    "arret": [Press("Non")],
    # before S1
    "ile": [Say("Un port calme.")],
    "vent": [Say("L'envie d'apprendre.")],
    "ancres": [Say("Le loyer.")],
    "recifs": [Press("Passer")],
    "equipage": [Say("Ma voisine.")],
    "forces": [Press(PILES[k % 3]) for k in range(30)],
    "force_surprise": [Say("Réparer les vélos.")],
    "emotion_1": [Press("La curiosité")],
    "emotion_scene": [VOICE],
    "emotion_2": [Press("Le doute")],
    "emotion_3": [Press("J'en parle en séance")],
    # between S1 and S2
    "meteo_s1": [Press("5")],
    "retenir_s1": [Say("Je ne pars pas de rien.")],
    "moment_sens": [VOICE, Say("Une cliente est revenue dire merci."), DONE],
    "apports": [Press("Des liens"), Press("Un rythme"), Press("Une place")],
    "latitude": [Press("2")],
    "marge_exemple": [Say("Fermer la porte.")],
    **{f"repere_{id}": [Press("4")] for id in REPERES},
    "arbre_envie": [Press("Plutôt à deux")],
    "metiers_famille": [Say("Boulanger, couturière, facteur.")],
    "travail_table": [Press("Autre chose")],
    "travail_table_mots": [Say("Un bruit de fond.")],
    "phrases": [Say("Finis ce que tu commences"), Say("On ne se plaint pas"), DONE],
    "modele": [Say("Une professeure de dessin.")],
    "milieu": [Say("Une rue de briques, un jardin ouvrier.")],
    "argent_maison": [Say(PRIVATE)],
}
VALUES = {
    "meteo": "6",
    "situation": "J'ai envie d'autre chose",
    "benefices": "Voir mes compétences, Vivre mes valeurs",
    "critere": "Savoir où je vais.\n\nEt dormir.",
    "arret": "Non",
    "ile": "Un port calme.",
    "vent": "L'envie d'apprendre.",
    "ancres": "Le loyer.",
    "recifs": "passée",
    "equipage": "Ma voisine.",
    "force_surprise": "Réparer les vélos.",
    "emotion_1": "La curiosité",
    "emotion_scene": "",
    "emotion_2": "Le doute",
    "emotion_3": "à voir en séance",
    "meteo_s1": "5",
    "retenir_s1": "Je ne pars pas de rien, et je le sais.",  # edited in the chat
    "moment_sens": "Une cliente est revenue dire merci. (+ message vocal ou fichier joint)",
    "apports": "Des liens, Un rythme, Une place",
    "latitude": "7",  # taken up again from /mes_reponses
    "marge_exemple": "Fermer la porte.",
    **{f"repere_{id}": "4" for id in REPERES},
    "arbre_envie": "Plutôt à deux",
    "metiers_famille": "Boulanger, couturière, facteur.",
    "travail_table": "Autre chose",
    "travail_table_mots": "Un bruit de fond.",
    "phrases": "• Finis ce que tu commences\n• On ne se plaint pas",
    "modele": "Une professeure de dessin.",
    "milieu": "Une rue de briques, un jardin ouvrier.",
    "argent_maison": PRIVATE,
}
"""What each answer says in the end; the thirty cards are looked at by themselves."""


@dataclass
class Play:
    """The house, the page's clock, and the two who are played."""

    house: Rehearsal
    clock: Clock
    camille: Person
    anne: Person

    @property
    def now(self) -> datetime:
        return self.house.app.clock.now()

    async def go_on(self, until: datetime) -> None:
        """Camille answers what is asked; when nothing is, the page goes on to the next sending."""
        while self.now < until:
            key = await self.house.app.db.read(_asked, self.camille.name, self.house)
            if key is None:
                await self.clock.press("Jusqu’au prochain envoi")
                continue
            if key == "meteo_s1":
                await self.wait_for_the_reminder()
            for act in ANSWERS[key]:
                await self._do(act)

    async def wait_for_the_reminder(self) -> None:
        begun = self.now
        while not any(said.startswith(REMINDER) for said in self.camille.heard()):
            await self.clock.press("+ 1 jour")
        assert timedelta(days=3) <= self.now - begun <= timedelta(days=7)
        await self.camille.sees(REMINDER)

    async def _do(self, act: Say | Press | bytes) -> None:
        match act:
            case Say():
                await self.camille.say(act)
            case Press():
                await self.camille.press(act)
            case bytes():
                await self.camille.speak(act)


@pytest.fixture
async def play(tmp_path: Path) -> AsyncIterator[Play]:
    """A house with a coach, an admin, one participant who came yesterday, and an invitation for Camille."""
    yanis = {**cohort()["participants"][1], "arrivee": 1, "rendez_vous": {}}
    stop = asyncio.Event()
    async with rehearsal(tmp_path, 0, stop) as house:
        await seed(house, {**cohort(), "participants": [yanis]}, NOW)
        async with browsing(house.url) as page:
            camille = Person(house, page, "Camille", "a reçu une invitation")
            yield Play(house, Clock(house, page), camille, Person(house, page, "Anne", "coach"))


@pytest.mark.browser
@pytest.mark.xdist_group("heavy")
async def test_a_visitor_plays_everybody_from_an_invitation_to_the_second_session(play: Play) -> None:
    await enter(play)
    await book(play, "S1 Accueil et besoins", S1)
    await book(play, "S2 Héritages et vision du travail", S2)
    await play.go_on(S2 - timedelta(days=1))
    await correct(play)
    await play.go_on(S2 + timedelta(hours=2))
    await check_the_answers(play)
    check_what_the_coach_was_told(play)
    await read_everything(play)
    await check_that_all_is_in_order(play)


# --- the acts --------------------------------------------------------------------------------


async def enter(play: Play) -> None:
    """The link in the coach's conversation is opened as Camille, who agrees."""
    await play.anne.log.get_by_role("link", name="https://t.me/").click()
    await play.anne.page.get_by_role("button", name="Camille, a reçu une invitation").click()
    await play.camille.sees("Acceptez-vous que Marge garde vos réponses pour votre bilan ?")
    await play.house.quiet()
    await play.camille.press("J'accepte")
    await play.anne.sees("Camille a rejoint le programme.")


async def book(play: Play, session: str, at: datetime) -> None:
    await play.anne.say("/rdv")
    await play.anne.press("Camille")
    await play.anne.press(session)
    await play.anne.say(f"{spoken(at, PARIS)}".replace(" à ", " "))
    await play.anne.press("Confirmer")
    title = session.partition(" ")[2]
    await play.camille.sees(f"Votre rendez-vous « {title} » est fixé au {spoken(at, PARIS)}.")


async def correct(play: Play) -> None:
    """An edit of the message itself, then « Modifier » in /mes_reponses."""
    await play.camille.correct("Je ne pars pas de rien.", VALUES["retenir_s1"])
    await play.camille.say("/mes_reponses")
    while "quelle place aviez-vous" not in play.camille.heard()[-1]:
        await play.camille.press("Suite")
    shown = play.camille.heard()[-1].split("\n\n")
    number = next(row.partition(".")[0] for row in shown if "quelle place aviez-vous" in row)
    await play.camille.press(number)
    await play.camille.sees("Votre réponse actuelle : 2")
    await play.camille.press(VALUES["latitude"])


async def read_everything(play: Play) -> None:
    """Session by session, each marked as read."""
    await play.anne.say("/participants")
    await play.anne.press("Camille")
    await play.anne.press("Réponses")
    sessions = [label for label in play.anne.offered("") if "à lire" in label]
    assert [label.partition(" ")[0] for label in sessions][:2] == ["S1", "S2"]
    for session in sessions:
        await play.anne.press(session)
        await play.anne.press("Marquer comme lues")
        await play.anne.press("Réponses")
    assert [label for label in play.anne.offered("") if "à lire" in label] == []
    await play.anne.sees("Cette réponse se lit sur votre page, hors de Telegram")
    assert await play.anne.log.get_by_label("Message vocal").count() == 2


# --- what is to hold -------------------------------------------------------------------------


async def check_the_answers(play: Play) -> None:
    found = {reply.key: reply for reply in await play.house.app.db.read(_replies, play.house)}
    forces = found.pop("forces")
    assert {key: plain(reply.value) for key, reply in found.items()} == VALUES
    assert isinstance(forces.raw, dict)
    assert Counter(len(cards) for cards in forces.raw.values()) == {10: 3}
    assert {key for key, reply in found.items() if reply.modified} == {"retenir_s1", "latitude"}
    assert {key for key, reply in found.items() if reply.private} == {"argent_maison"}
    assert {key for key, reply in found.items() if reply.media} == {"emotion_scene", "moment_sens"}
    assert {key for key, reply in found.items() if reply.late} == set()

    async def all_stored() -> bool:
        return await play.house.app.db.read(_sounds, play.house) == [VOICE, VOICE]

    await until(all_stored)


def check_what_the_coach_was_told(play: Play) -> None:
    """A brief the day before, anew when more is answered or corrected; a digest each Monday; nothing private."""
    heard = play.anne.heard()
    s1, s2 = f"Accueil et besoins, {spoken(S1, PARIS)}", f"Héritages et vision du travail, {spoken(S2, PARIS)}"
    before_s1 = [said for said in heard if said.startswith(f"Camille · {s1}")]
    before_s2 = [said for said in heard if said.startswith(f"Camille · {s2}")]
    assert "« Savoir où je vais. Et dormir. »" in before_s1[-1] and "« Un port calme. »" in before_s1[-1]
    assert "« Je ne pars pas de rien. »" in before_s2[0] and "« Boulanger, couturière, facteur. »" in before_s2[0]
    assert f"« {VALUES['retenir_s1']} »" in before_s2[-1] and "Réponses modifiées" in before_s2[-1]
    assert not any(VALUES["milieu"] in said for said in heard)  # a sensitive answer is read on the page alone
    digests = [said for said in heard if said.startswith("Votre synthèse · lundi")]
    assert [("À lire" in said, "Camille (" in said) for said in digests] == [(True, True)] * 3
    assert sum("À voir en séance : Camille (1)" in said for said in digests) == 1
    assert not any(PRIVATE in said for said in heard)


async def check_that_all_is_in_order(play: Play) -> None:
    db = play.house.app.db
    waiting = {reply.key for reply in await db.read(_replies, play.house) if review.awaits(reply)}
    assert waiting == {"argent_maison"}, "the coach cannot read it, so it is never marked"
    assert set(await db.read(_states, t.outbox)) == {"sent"}
    assert set(await db.read(_states, t.inbox)) == {"done"}
    assert not any("n'ai pas" in said or "plus actif" in said for said in play.camille.heard())


# --- the store -------------------------------------------------------------------------------


def _person(conn: Connection, house: Rehearsal, name: str) -> int:
    rows = conn.execute(select(t.people.c.id, t.people.c.name)).all()
    house.app.vault.ready(conn, [row.id for row in rows], house.app.clock.now())
    named: Iterator[int] = (
        row.id for row in rows if house.app.vault.open_text(row.id, "people.name", row.name) == name
    )
    return next(named)


def _asked(conn: Connection, name: str, house: Rehearsal) -> str | None:
    r, e = t.runs.c, t.enrolments.c
    waiting = select(r.key).join(t.enrolments, e.id == r.enrolment_id).where(r.state == "waiting")
    return conn.execute(waiting.where(e.person_id == _person(conn, house, name))).scalar()


def _replies(conn: Connection, house: Rehearsal) -> list[Read]:
    who = _person(conn, house, "Camille")
    return review.replies(conn, house.app.vault, house.app.house, who, house.app.clock.now(), for_coach=False)


def _sounds(conn: Connection, house: Rehearsal) -> list[bytes]:
    who = _person(conn, house, "Camille")
    rows = conn.execute(select(t.media.c.bytes).where(t.media.c.person_id == who, t.media.c.state == "stored"))
    return [house.app.vault.open(who, "media.bytes", row.bytes) for row in rows]


def _states(conn: Connection, table: Table) -> list[str]:
    return list(conn.execute(select(table.c.state)).scalars())


# --- another session, and somebody without an invitation -------------------------------------


@pytest.mark.browser
@pytest.mark.xdist_group("heavy")
async def test_another_session_is_chosen_in_the_page_and_its_interval_opens(tmp_path: Path) -> None:
    """Claire is put before S7, then before S9: what comes is that interval's, and nothing of another."""
    async with rehearsal(tmp_path, 0, asyncio.Event()) as house:
        await seed(house, {**cohort(), "participants": cohort()["participants"][:1]}, NOW)
        async with browsing(house.url) as page:
            clock, claire = Clock(house, page), Person(house, page, "Claire", "participante")
            for session, asked in (("S7", "meteo_s6"), ("S9", "meteo_s8")):
                await page.get_by_label("Claire prépare").select_option(session)
                async with page.expect_response("**/standin/scenes") as answer:
                    await page.get_by_role("button", name="Y aller").click()
                assert (await answer.value).ok
                await page.get_by_text("l’intervalle qui précède").wait_for()
                while await house.app.db.read(_asked, "Claire", house) is None:
                    await clock.press("Jusqu’au prochain envoi")
                assert await house.app.db.read(_asked, "Claire", house) == asked
                await claire.sees("Votre énergie")
                envois = await house.app.db.read(_planned, house)
                assert envois and all(name.startswith((session.lower(), f"s{int(session[1:]) - 1}")) for name in envois)


def _planned(conn: Connection, house: Rehearsal) -> list[str]:
    """The envois to come for Claire, by name."""
    r, e = t.timers.c, t.enrolments.c
    mine = select(r.about).join(t.enrolments, e.id == r.enrolment_id).where(r.kind == "envoi", r.state == "pending")
    rows = conn.execute(mine.where(e.person_id == _person(conn, house, "Claire"))).scalars()
    return [about["envoi"] for about in rows]


@pytest.mark.browser
@pytest.mark.xdist_group("heavy")
async def test_a_stranger_looks_around_and_books_a_first_talk(tmp_path: Path) -> None:
    async with rehearsal(tmp_path, 0, asyncio.Event()) as house:
        await seed(house, {**cohort(), "participants": cohort()["participants"][1:2]}, NOW)
        async with browsing(house.url) as page:
            anne, lou = Person(house, page, "Anne", "coach"), Person(house, page, "Lou", "de passage")
            await anne.say("/creneaux")
            await anne.press("Proposer des demi-heures")
            await anne.say("vendredi 12:30\nhttps://visio.example/anne")
            await page.get_by_role("button", name="Nouvelle personne").click()
            await page.get_by_label("Prénom").fill("Lou")
            await page.get_by_label("Rôle").fill("de passage")
            await page.get_by_role("button", name="Ajouter la personne").click()
            async with acting(house, page, "say"):
                await lou.column.get_by_role("button", name="Démarrer").click()
            for label in ("Le parcours", "Revenir", "Pour qui ?", "J'ai envie d'autre chose", "30 minutes offertes"):
                await lou.press(label)
            await lou.press(next(label for label in lou.offered("") if label.endswith("Anne")))
            await lou.sees("Êtes-vous d’accord ?")
            await lou.press("Je réserve et j'accepte")
            await lou.sees("rendez-vous.ics")
            await anne.sees("Lou a réservé un premier échange")
            await lou.press("J'ai envie d'autre chose")
            await lou.say("Savoir par où commencer.")
            await lou.press("Du temps pour répondre")
            await lou.press("J'ai terminé")
            assert await house.app.db.read(_asked, "Lou", house) is None
            await anne.say("/participants")
            await anne.press("Lou")
            await anne.press("Format retenu")
            await anne.press("Accompagné")
            await lou.sees("Acceptez-vous que Marge garde vos réponses pour votre bilan ?")


# --- the tour --------------------------------------------------------------------------------


async def test_what_the_tour_says_is_true(tmp_path: Path) -> None:
    async with rehearsal(tmp_path, 0, asyncio.Event()) as house:
        await seed(house, cohort(), NOW)
        assert await house.app.db.read(_asked, "Claire", house) == "metiers_famille"
        anne = next(one for one in house.telegram.world.accounts.values() if one.first_name == "Anne")
        assert "Bonjour Camille" in house.telegram.history(anne.user_id)[-1]["text"]
        assert set(await house.app.db.read(_states, t.outbox)) == {"sent"}
        for _ in range(3):
            before = await house.app.db.read(_states, t.outbox)
            await asyncio.to_thread(urllib.request.urlopen, to_the_next_sending(house.url), timeout=30)
            await house.quiet()
            assert len(await house.app.db.read(_states, t.outbox)) > len(before), "the button led to nothing"


def to_the_next_sending(url: str) -> urllib.request.Request:
    headers = {"Content-Type": "application/json"}
    return urllib.request.Request(f"{url}/standin/clock", b'{"advance": "next"}', headers)


# --- the command -----------------------------------------------------------------------------


class Stop(NamedTuple):
    """Which signal, and after which line of what the command prints."""

    sign: signal.Signals
    after: str


@pytest.mark.parametrize("stop", [Stop(signal.SIGTERM, "Préparation"), Stop(signal.SIGINT, "Pour arrêter")])
async def test_the_command_shows_the_page_and_leaves_nothing_behind(stop: Stop, tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "bot.cli", "demo", "--no-browser", "--port", str(port)]
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    pipe = asyncio.subprocess.PIPE
    run = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, env=environment)
    try:
        said = await printed(run, stop.after)
        assert list(tmp_path.iterdir()) != []
        if "La page" in said:
            assert f"http://127.0.0.1:{port}" in said
            answer = await asyncio.to_thread(urllib.request.urlopen, f"http://127.0.0.1:{port}/", timeout=30)
            assert "Répétition" in answer.read().decode()
        run.send_signal(stop.sign)
        _, complaints = await asyncio.wait_for(run.communicate(), 12)
    finally:
        if run.returncode is None:
            run.kill()
            await run.wait()
    assert (run.returncode, complaints.decode()) == (0, "")
    assert list(tmp_path.iterdir()) == []


async def printed(run: asyncio.subprocess.Process, last: str) -> str:
    """What the command prints up to the line with these words."""
    assert run.stdout is not None
    lines = [""]
    async with asyncio.timeout(120):
        while last not in lines[-1]:
            line = await run.stdout.readline()
            assert line, f"it ended before « {last} »"
            lines.append(line.decode())
    return "".join(lines)


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        number: int = door.getsockname()[1]
    return number
