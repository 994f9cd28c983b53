"""The livret de compétences: what a skill cites, who says what of it, and what takes that back."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from docx import Document
from pypdf import PdfReader
from sqlalchemy import select

from bot.conversation.ticking import tick
from bot.deliverables import catalogue, handing
from bot.deliverables import skills as livret
from bot.deliverables.skills import Candidate, Skill
from bot.desk import DeskError, people, skills, synthesis
from bot.store import tables as t
from bot.store import unsaid
from bot.store.cases import by_person
from bot.store.database import Database
from bot.store.vault import Vault
from tests.bot.desk_office import Office, Sent, button, words
from tests.bot.web_office import Espace, espace

NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 3, 21, 0, tzinfo=UTC)
INES, ANNA = 701, 801
NAME, SCENE, TOLD = "Apaiser une réunion qui se tend", "Un chantier en retard", "J'ai proposé une pause à tout le monde"
GUARDED = "Ce que je garde pour moi"


@dataclass
class Bureau(Office):
    """One coach, one participant, their livret, and the passing of time."""

    ines: int = 0
    anna: int = 0
    sent: int = field(default=0)

    def livret(self, person: int = 0, for_coach: bool = False) -> list[Skill]:
        def read(conn: Any) -> list[Skill]:
            return livret.entries(conn, self.vault, self.house, self.case(conn, person or self.anna), for_coach)

        return self.db.read_now(read)

    def lines(self, person: int = 0) -> list[Candidate]:
        return self.db.read_now(
            lambda conn: livret.candidates(conn, self.vault, self.house, self.case(conn, person or self.anna))
        )

    def case(self, conn: Any, person: int) -> Any:
        case = by_person(conn, self.vault, [person], self.now)[person]
        self.house.shelf.complete(conn, [case])
        return case

    def served(self, conn: Any, person: int) -> people.Served:
        served = people.one(conn, self.vault, person, self.now)
        assert served is not None
        return served

    def propose(self, reply: int, name: str = NAME, kind: str = "maniere", why: str = "", person: int = 0) -> None:
        def write(conn: Any) -> None:
            about = self.served(conn, person or self.anna)
            skills.propose(conn, self.vault, self.house, about, reply, self.ines, name, kind, why, self.now)

        self.db.write_now(write)

    def weigh(self, skill: Skill | Candidate, state: str, upto: int | None = None, person: int = 0) -> Skill | None:
        read = getattr(skill, "upto", 0) if upto is None else upto
        done: Skill | None = self.do(skills.weigh, person or self.anna, skill.code, read, state, self.now)
        return done

    def reread(self, skill: Skill, upto: int | None = None, person: int = 0) -> bool:
        def write(conn: Any) -> bool:
            about, read = self.served(conn, person or self.anna), skill.upto if upto is None else upto
            return skills.reread(conn, self.vault, self.house, about, skill.code, read, self.ines, self.now)

        return bool(self.db.write_now(write))

    def erase(self, run: int, key: str, media: str, person: int = 0) -> None:
        """As a participant does who takes a message back: nothing of it is left, in any version."""

        def write(conn: Any) -> None:
            case = self.case(conn, person or self.anna)
            case.answers_in[99] = (run, key)
            unsaid.take_back(conn, self.vault, case, [(99, media)])

        self.db.write_now(write)

    def proof(self, person: int = 0) -> int:
        """A proof as the module asks for it; the run."""
        who = person or self.anna
        run = self.run(who, "fiche-preuve")
        for key, value in (("competence", NAME), ("scene", SCENE), ("action", TOLD)):
            self.reply(who, f"fiches[0].{key}", value, run=run)
        return run

    def until(self, at: datetime) -> list[Sent]:
        self.now = at
        while self.db.write_now(tick, self.vault, self.house, at):
            pass
        return self.heard(ANNA)

    def rows(self) -> list[Any]:
        return self.db.read_now(lambda conn: list(conn.execute(select(t.skills).order_by(t.skills.c.id)).all()))


@pytest.fixture
def office(database: Database, vault: Vault) -> Bureau:
    office = Bureau(database, vault, NOW)
    office.ines = office.join("coach", "Inès", INES)
    office.anna = office.join("participant", "Anna", ANNA, office.ines)
    return office


@pytest.fixture
def page(office: Bureau) -> Iterator[Espace]:
    with espace(office) as page:
        yield page


# --- where skills come from --------------------------------------------------------------------


def test_each_proof_is_a_skill_that_cites_what_tells_it(office: Bureau) -> None:
    run = office.proof()
    (skill,) = office.livret()
    assert (skill.name, skill.state, skill.author, skill.kind) == (NAME, "proposee", None, None)
    assert {part: found.words for part, found in skill.cites.items()} == {"name": NAME, "situation": SCENE, "did": TOLD}
    assert skill.run == run and skill.upto == max(found.reply for found in skill.cites.values())
    other = office.run(office.anna, "fiches-preuves")
    office.reply(office.anna, "preuves[0].nature_fiche", "maniere", run=other)
    assert len(office.livret()) == 1, "a kind alone proves nothing"
    office.reply(office.anna, "preuves[0].nom_fiche", "Rester calme", run=other)
    assert office.livret()[1].kind == "maniere"


def test_a_line_of_the_story_is_taken_up_once_and_stays_theirs_to_validate(office: Bureau) -> None:
    run = office.run(office.anna, "parcours")
    office.reply(office.anna, "experiences[0].poste", "Guichet", run=run)
    office.reply(office.anna, "experiences[0].appris", ["Monter un devis", "Garder mon calme"], run=run)
    first, second = office.lines()
    assert (first.name, first.where, second.name) == ("Monter un devis", "Guichet", "Garder mon calme")
    taken = office.weigh(second, "proposee")
    assert taken is not None and taken.state == "proposee" and taken.cites["cited"].words
    assert [one.name for one in office.lines()] == ["Monter un devis"]
    assert office.weigh(second, "proposee") is None, "taken up twice, it is one skill"
    assert len(office.livret()) == 1


@pytest.mark.parametrize(
    ("name", "kind", "why", "reason"),
    [
        ("", "maniere", "", "no_skill_name"),
        ("  ", "maniere", "", "no_skill_name"),
        (NAME, "", "", "unknown_state"),
        (NAME, "note", "", "unknown_state"),
        ("x" * 81, "maniere", "", "long_skill"),
        (NAME, "maniere", "x" * 301, "long_skill"),
    ],
)
def test_what_a_coach_proposes_is_looked_at(office: Bureau, name: str, kind: str, why: str, reason: str) -> None:
    reply = office.reply(office.anna, "experiences[0].vecu", TOLD, run=office.run(office.anna, "parcours"))
    with pytest.raises(DeskError) as refused:
        office.propose(reply, name, kind, why)
    assert refused.value.reason == reason
    assert not office.rows()


def test_nothing_is_proposed_without_an_answer_that_proves_it(office: Bureau) -> None:
    run = office.run(office.anna, "parcours")
    private = office.reply(office.anna, "experiences[0].vecu", GUARDED, run=run, private=True)
    passed = office.reply(office.anna, "experiences[1].vecu", None, run=run, how="skipped")
    journal = office.reply(office.anna, "journal", TOLD, how="journal")
    aside = office.reply(office.anna, "experiences[3].vecu", TOLD, run=run)  # no road leads there
    for reply in (private, passed, journal, aside, 10**9):
        with pytest.raises(DeskError) as refused:
            office.propose(reply)
        assert refused.value.reason == "unknown_reply"
    assert not office.rows() and not office.livret()


# --- who says what -----------------------------------------------------------------------------


def test_the_person_alone_validates_and_a_newer_version_takes_it_back(office: Bureau) -> None:
    run = office.run(office.anna, "parcours")
    reply = office.reply(office.anna, "experiences[0].vecu", TOLD, run=run)
    office.propose(reply)
    (skill,) = office.livret()
    assert office.reread(skill) and office.livret()[0].state == "relue"
    assert office.weigh(office.livret()[0], "validee") is not None
    (skill,) = office.livret()
    assert (skill.state, skill.mark) == ("validee", "validee")
    assert not office.reread(skill), "what they validated is not the coach's to change"
    newer = office.reply(office.anna, "experiences[0].vecu", "Autrement dit", run=run, version=2)
    (skill,) = office.livret()
    assert (skill.state, skill.mark, skill.upto) == ("proposee", "revalider", newer)
    assert office.weigh(skill, "validee", upto=reply) is None, "that version is not what is there"
    assert office.reread(skill) and office.livret()[0].mark == "relue"
    assert office.weigh(office.livret()[0], "validee") is not None and office.livret()[0].state == "validee"


def test_what_is_set_aside_can_be_taken_up_again(office: Bureau) -> None:
    office.proof()
    (skill,) = office.livret()
    assert office.weigh(skill, "proposee") is None, "nothing to take back"
    office.weigh(skill, "ecartee")
    (skill,) = office.livret()
    assert skill.state == "ecartee" and not office.reread(skill)
    office.weigh(skill, "proposee")
    assert office.livret()[0].state == "proposee"


@pytest.mark.parametrize("state", ["relue", "autre", ""])
def test_no_other_word_is_a_person_s(office: Bureau, state: str) -> None:
    office.proof()
    assert office.weigh(office.livret()[0], state) is None and not office.rows()


def test_erasing_the_answer_takes_the_proof_and_the_validation_away(office: Bureau) -> None:
    run = office.run(office.anna, "parcours")
    reply = office.reply(office.anna, "experiences[0].vecu", TOLD, run=run, media=("m1",))
    office.propose(reply, why="La pause était votre idée.")
    office.weigh(office.livret()[0], "validee")
    office.erase(run, "experiences[0].vecu", "m1")
    (skill,) = office.livret()
    assert (skill.state, skill.mark, skill.name, dict(skill.cites)) == ("proposee", "perdue", NAME, {})
    assert office.weigh(skill, "validee") is None and not office.reread(skill)
    assert office.rows()[0].state == "proposee"
    office.weigh(skill, "ecartee")
    assert office.livret()[0].state == "ecartee"


def test_erasing_what_a_person_took_up_leaves_no_word_of_it(office: Bureau) -> None:
    run = office.run(office.anna, "parcours")
    office.reply(office.anna, "experiences[0].appris", ["Monter un devis"], run=run, media=("m1",))
    office.weigh(office.lines()[0], "proposee")
    assert len(office.rows()) == 1
    office.erase(run, "experiences[0].appris", "m1")
    assert not office.rows() and not office.livret() and not office.lines()


def test_erasing_one_part_of_a_proof_asks_for_their_word_again(office: Bureau) -> None:
    run = office.proof()
    office.reply(office.anna, "fiches[0].resultat", "Le calme est revenu", run=run, media=("m1",))
    office.weigh(office.livret()[0], "validee")
    office.erase(run, "fiches[0].resultat", "m1")
    (skill,) = office.livret()
    assert skill.state == "proposee" and "result" not in skill.cites and skill.cites["situation"].words == SCENE


def test_what_is_private_reaches_no_coach_and_stays_in_the_livret(office: Bureau) -> None:
    run = office.proof()
    office.reply(office.anna, "fiches[0].trace", GUARDED, run=run, private=True)
    alone = office.run(office.anna, "fiches-preuves")
    office.reply(office.anna, "preuves[0].nom_fiche", GUARDED, run=alone, private=True)
    assert len(office.livret()) == 2
    (seen,) = office.livret(for_coach=True)
    assert all(found.words != GUARDED for found in seen.cites.values())
    assert seen.upto == office.livret()[0].upto, "how it stands depends on nobody's eyes"


# --- told, in the chat -------------------------------------------------------------------------


def test_several_in_an_evening_make_one_message_in_the_morning_and_one_a_day(office: Bureau) -> None:
    run = office.run(office.anna, "parcours")
    first = office.reply(office.anna, "experiences[0].vecu", TOLD, run=run)
    office.reply(office.anna, "experiences[0].again", "oui", run=run)
    second = office.reply(office.anna, "experiences[1].vecu", SCENE, run=run)
    office.now = NIGHT
    office.propose(first)
    office.propose(second, "Tenir un délai serré")
    assert not office.until(NIGHT + timedelta(hours=2))
    morning = office.until(NIGHT + timedelta(hours=13))
    (told,) = morning
    assert "Inès" in told.text and set(told.buttons) == {NAME, "Tenir un délai serré"}
    assert TOLD not in told.text
    office.propose(first, "Décider quand il le faut")
    assert not office.until(office.now + timedelta(hours=6)), "one message a day"
    (again,) = office.until(office.now + timedelta(days=1))
    assert "Décider quand il le faut" in again.text


def test_the_chat_shows_a_skill_validates_it_and_a_second_press_changes_nothing(office: Bureau) -> None:
    run = office.run(office.anna, "parcours")
    office.propose(office.reply(office.anna, "experiences[0].vecu", TOLD, run=run), why="La pause était votre idée.")
    (told,) = office.until(NOW + timedelta(hours=2))
    assert "La pause était votre idée." in told.text and set(told.buttons) == {"Voir", "Valider", "Pas pour moi"}
    shown = office.press(ANNA, told.buttons["Voir"])
    assert TOLD in "\n".join(words(shown)).replace("’", "'")
    for _ in range(2):
        assert "validée" in "\n".join(words(office.press(ANNA, told.buttons["Valider"])))
    assert office.livret()[0].state == "validee" and len(office.rows()) == 1
    office.reply(office.anna, "experiences[0].vecu", "Autrement dit", run=run, version=2)
    late = office.press(ANNA, told.buttons["Valider"])
    assert "Autrement dit" in "\n".join(words(late)), "what has changed is shown first"
    assert office.livret()[0].state == "proposee"
    office.press(ANNA, button(late, "Revalider"))
    assert office.livret()[0].state == "validee"
    assert "écartée" in "\n".join(words(office.press(ANNA, button(late, "Pas pour moi"))))
    for data in (
        "c:skill:",
        "c:skill:oui",
        "c:skill:oui:s9:9",
        "c:skill:oui:s1:9²",
        "c:skill:x:s1:1",
        "c:skill:non:f:-1",
    ):
        assert words(office.press(ANNA, data)), data


def test_what_was_answered_erased_or_paused_meanwhile_is_not_told(office: Bureau) -> None:
    run = office.run(office.anna, "parcours")
    reply = office.reply(office.anna, "experiences[0].vecu", TOLD, run=run, media=("m1",))
    office.propose(reply)
    office.weigh(office.livret()[0], "validee")
    assert not office.until(NOW + timedelta(hours=3))
    office.propose(reply, "Décider quand il le faut")
    office.say(ANNA, "/pause")
    office.press(ANNA, "c:pause:1")
    assert not office.until(office.now + timedelta(days=1, hours=3)), "a pause stops what is proposed"
    office.erase(run, "experiences[0].vecu", "m1")
    sent = office.until(office.now + timedelta(days=9))
    assert not [one for one in sent if NAME in one.text or "Décider" in one.text]


def test_another_s_button_tells_nothing(office: Bureau) -> None:
    office.propose(office.reply(office.anna, "experiences[0].vecu", TOLD, run=office.run(office.anna, "parcours")))
    office.join("participant", "Yanis", 802, office.ines)
    said = words(office.press(802, f"c:skill:voir:{office.livret()[0].code}"))
    assert TOLD not in "\n".join(said) and NAME not in "\n".join(said)


# --- on the page -------------------------------------------------------------------------------


def test_a_coach_proposes_from_an_answer_and_reads_what_they_may(office: Bureau, page: Espace) -> None:
    run = office.run(office.anna, "parcours")
    reply = office.reply(office.anna, "experiences[0].vecu", TOLD, run=run)
    office.reply(office.anna, "experiences[1].vecu", GUARDED, run=run, private=True)
    browser = page.of(office.ines)
    answers = browser.get(f"/espace/personnes/{office.anna}/reponses")
    assert '<option value="Rester calme quand le ton monte">' in answers.html
    typed = {"nom": NAME, "sorte": "maniere", "pourquoi": "La pause & le calme"}
    seen = browser.submit(answers, f"/reponses/{reply}/competence", **typed)
    assert NAME in seen.text and "La pause & le calme" in seen.text and TOLD in seen.text and GUARDED not in seen.html
    reread = browser.submit(seen, f"/competences/{office.livret()[0].code}")
    assert "relue" in reread.text and office.livret()[0].state == "relue"
    looked = office.db.read_now(lambda conn: conn.execute(select(t.accesses.c.what)).scalars().all())
    assert "replies" in looked, "whose words are shown is written down"


def test_a_person_validates_on_their_page_and_the_files_say_so(office: Bureau, page: Espace) -> None:
    office.proof()
    run = office.run(office.anna, "parcours")
    office.reply(office.anna, "experiences[0].appris", ["Monter un devis"], run=run)
    browser = page.of(office.anna)
    seen = browser.get("/espace/documents/competences")
    assert "Ce que vous avez déjà noté" in seen.text and "Monter un devis" in seen.text
    done = browser.submit(seen, "/documents/competences/f", vers="validee")
    assert "validée" in done.text and office.livret()[0].state == "validee"
    taken = browser.submit(done, "/documents/competences/i", vers="proposee")
    assert {one.name for one in office.livret()} == {NAME, "Monter un devis"} and "déjà noté" not in taken.text
    text = _text(browser.get("/espace/documents/competences/fichier/pdf").body)
    assert NAME in text and "validée" in text and TOLD.replace("'", "’")[2:] in text.replace("'", "’")
    aside = browser.submit(taken, "/documents/competences/s", vers="ecartee")
    assert "Écartées" in aside.text
    assert "Monter un devis" not in _text(browser.get("/espace/documents/competences/fichier/pdf").body)


def _text(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def test_the_livret_groups_by_family_and_says_each_state_by_word_and_shape(office: Bureau) -> None:
    office.proof()
    run = office.run(office.anna, "parcours")
    office.propose(office.reply(office.anna, "experiences[0].vecu", TOLD, run=run), "Ranger à ma façon")
    office.weigh(office.livret()[0], "validee")

    def made(conn: Any, person: int) -> Any:
        held = handing.desk(conn, office.vault, office.house, person, office.now)
        assert held is not None
        paper = office.house.library.deliverable("competences")
        assert paper is not None
        return catalogue.composed(held, paper), catalogue.listed(held)

    leaf, listed = office.db.read_now(made, office.anna)
    assert [part.title for part in leaf.parts] == ["Coopérer et conduire", "Avec vos mots"]
    assert [(card.mark, card.icon) for part in leaf.parts for card in part.blocks] == [
        ("validée", "check"), ("proposée", "circle"),
    ]  # fmt: skip
    assert all(card.note for part in leaf.parts for card in part.blocks), "each says when it was written"
    assert next(item for item in listed if item.made.built == "competences").state == "document_begun"
    empty, _ = office.db.read_now(made, office.join("participant", "Yanis", 802, office.ines))
    assert not empty.parts[0].blocks and empty.parts[0].empty


HARD = ["x" * 5000, "مرحبا بكم", "👩‍👩‍👧‍👦 famille", '=HYPERLINK("http://x")', "#let x = 1 $a$ @b",
        "{{ 7*7 }} {% if %}", "a & b < c", "un\x07deux\u202e", "ligne\nligne"]  # fmt: skip


def test_sixty_proofs_of_any_words_make_a_livret_that_holds_them_all(office: Bureau) -> None:
    for nth in range(12):
        run = office.run(office.anna, "fiche-preuve", nth=nth + 1)
        for n in range(5):
            office.reply(office.anna, f"fiches[{n}].again", "oui", run=run)
            office.reply(office.anna, f"fiches[{n}].competence", f"Fiche {nth}-{n}", run=run)
            office.reply(office.anna, f"fiches[{n}].action", HARD[(nth + n) % len(HARD)], run=run)
    assert len(office.livret()) == 60

    def made(conn: Any, format: Any) -> bytes:
        held = handing.desk(conn, office.vault, office.house, office.anna, office.now)
        paper = office.house.library.deliverable("competences")
        assert held is not None and paper is not None
        return catalogue.file(held, paper, format).data

    text = _text(office.db.read_now(made, "pdf")).replace("\u200b", "")
    word = Document(BytesIO(office.db.read_now(made, "docx"))).element.body.xpath("string(.)")
    assert all(f"Fiche {nth}-{n}" in each for nth in range(12) for n in range(5) for each in (text, word))
    assert all(words in text for words in ("{{ 7*7 }} {% if %}", "#let x = 1 $a$ @b", "a & b < c", "=HYPERLINK("))


def test_a_synthesis_takes_up_what_was_validated_and_nothing_else(office: Bureau) -> None:
    office.proof()
    run = office.run(office.anna, "fiches-preuves")
    office.reply(office.anna, "preuves[0].nom_fiche", "Rester calme", run=run)

    def offered() -> Any:
        return office.db.read_now(
            lambda conn: synthesis.offered(
                conn, office.vault, office.house, office.served(conn, office.anna), office.now
            )["competences"]
        )

    assert list(offered()) == []
    office.weigh(office.livret()[0], "validee")
    assert list(offered()) == [f"« {NAME} »"]


# --- whatever happens --------------------------------------------------------------------------


@dataclass
class Life:
    """A livret that lives at random, beside what must be true of it: by answer its words (None: erased, passed), and by
    skill the version of what it cites that the person validated."""

    office: Bureau
    rng: random.Random
    person: int
    runs: dict[str, int]
    said: dict[tuple[str, str], tuple[int, str | None, str, bool]] = field(default_factory=dict)
    validated: dict[tuple[int, str, int], int] = field(default_factory=dict)
    met: set[str] = field(default_factory=set)
    number: int = 0

    def answer(self) -> None:
        """A new answer, or a newer version of one; one in five is kept to themselves."""
        flow, key = self.rng.choice(KEYS)
        version = self.said.get((flow, key), (0, None, "", False))[0] + 1
        self.number += 1
        text, media = f"Mots {self.number} de {self.person}", f"m{self.person}-{self.number}"
        private, passed = self.rng.random() < 0.2, self.rng.random() < 0.1
        value: Any = None if passed else [text, f"{text} bis"] if key.endswith("appris") else text
        how = "skipped" if passed else "said"
        self.office.reply(self.person, key, value, run=self.runs[flow], version=version, private=private, how=how,
                          media=() if passed else (media,))  # fmt: skip
        self.said[flow, key] = (version, None if passed else text, media, private)

    def erase(self) -> None:
        held = [place for place, (_, text, _, _) in self.said.items() if text]
        if held:
            flow, key = self.rng.choice(held)
            version, _, media, private = self.said[flow, key]
            self.office.erase(self.runs[flow], key, media, self.person)
            self.said[flow, key] = (version, None, media, private)
            for place in list(self.validated):
                if place[0] == self.runs[flow] and place[1] in (key, key.rpartition(".")[0]):
                    del self.validated[place]

    def propose(self) -> None:
        reply = self.office.db.read_now(
            lambda conn: (
                conn.execute(
                    select(t.replies.c.id).where(
                        t.replies.c.run_id.in_(self.runs.values()), ~t.replies.c.key.like("%again")
                    )
                )
                .scalars()
                .all()
            )
        )
        try:
            self.number += 1
            self.office.propose(self.rng.choice([*reply, 10**9]), f"Nom {self.number}", person=self.person)
        except DeskError as refused:
            assert refused.reason == "unknown_reply"

    def take_up(self) -> None:
        lines = self.office.lines(self.person)
        if lines:
            self.office.weigh(self.rng.choice(lines), "proposee", person=self.person)

    def weigh(self) -> None:
        found = self.office.livret(self.person)
        if found:
            skill, state = self.rng.choice(found), self.rng.choice(["validee", "validee", "ecartee", "proposee"])
            upto = self.rng.choice([skill.upto, skill.upto, skill.upto - 1])
            if self.office.weigh(skill, state, upto, self.person):
                assert upto == skill.upto
                self.validated.pop((skill.run, skill.key, skill.nth), None)
                if state == "validee":
                    self.validated[skill.run, skill.key, skill.nth] = upto

    def reread(self) -> None:
        found = self.office.livret(self.person, for_coach=True)
        if found:
            skill = self.rng.choice(found)
            if self.office.reread(skill, person=self.person):
                assert skill.state in ("proposee", "relue")
                self.validated.pop((skill.run, skill.key, skill.nth), None)

    def check(self) -> None:
        texts = {text: private for _, text, _, private in self.said.values() if text}
        for skill in self.office.livret(self.person):
            place = (skill.run, skill.key, skill.nth)
            self.met.add(skill.mark)
            assert skill.cites or (skill.lost and skill.author == self.office.ines), "no skill without what proves it"
            for found in skill.cites.values():
                assert found.reply <= skill.upto and found.at is not None
                assert any(text in found.words for text in texts), (
                    found.key,
                    found.words,
                    self.said,
                    "word for word, as it stands today",
                )
            assert (skill.state == "validee") == (self.validated.get(place) == skill.upto and not skill.lost), skill
            assert not skill.lost or skill.state in ("proposee", "ecartee")
        for seen in self.office.livret(self.person, for_coach=True):
            assert not any(found.private for found in seen.cites.values())
        mine = [row for row in self.office.rows() if row.run_id in self.runs.values() and row.state == "validee"]
        assert all(row.by_id == self.person for row in mine), "only the person validates"


KEYS = [("fiche-preuve", f"fiches[{n}].{id}") for n in (0, 1) for id in ("competence", "scene", "action")]
KEYS += [("parcours", f"experiences[{n}].{id}") for n in (0, 1) for id in ("vecu", "appris")]
LIVES, DAYS = 4, 50


def test_whatever_happens_a_validated_skill_is_what_the_person_read(office: Bureau) -> None:
    met: set[str] = set()
    for seed in range(LIVES):
        person = office.join("participant", f"P{seed}", 900 + seed, office.ines)
        runs = {flow: office.run(person, flow) for flow in ("fiche-preuve", "parcours")}
        office.reply(person, "fiches[0].again", "oui", run=runs["fiche-preuve"])
        office.reply(person, "experiences[0].again", "oui", run=runs["parcours"])
        life = Life(office, random.Random(seed), person, runs)
        acts = [life.answer, life.answer, life.erase, life.propose, life.take_up, life.weigh, life.weigh, life.reread]
        for _ in range(DAYS):
            life.rng.choice(acts)()
            life.check()
        met |= life.met
    assert met == {*livret.ICONS, "ecartee"}, "every way for a skill to stand was met"
