"""The document de synthèse from its first draft to the hand-over: what may be changed, by whom, and until when."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from sqlalchemy import select

from bot.conversation import ticking
from bot.deliverables.synthesis import PARTS, Synthesis, versions
from bot.desk import DeskError, people, synthesis
from bot.desk.people import Served
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from tests.bot.desk_office import Office, words
from tests.bot.web_office import Browser, Espace, Seen, espace

ANNE, CLAIRE = 701, 801
WHOLE = {"circonstances": "Un emploi qui s'arrête.", "competences": "Apaiser une réunion.", "etapes": "Une immersion."}


@dataclass
class Desk:
    page: Espace
    anne: int
    claire: int

    @property
    def office(self) -> Office:
        return self.page.office

    @property
    def coach(self) -> str:
        return f"/espace/personnes/{self.claire}/synthese"

    def write(self, **parts: str) -> Any:
        browser = self.page.of(self.anne)
        return typed(browser, browser.get(self.coach), {**WHOLE, **parts})

    def act(self, what: str) -> Any:
        browser = self.page.of(self.anne)
        return browser.submit(browser.get(self.coach), f"/synthese/{what}")

    def answer(self, what: str, **typed: str) -> Any:
        browser = self.page.of(self.claire)
        return browser.submit(browser.get("/espace/documents/synthese"), f"/synthese/{what}", **typed)

    def versions(self) -> list[Synthesis]:
        return self.office.db.read_now(_versions, self.office, self.claire)


def _served(conn: Any, office: Office, person: int) -> Served:
    found = people.one(conn, office.vault, person, office.now)
    assert found is not None
    return found


def _versions(conn: Any, office: Office, person: int) -> list[Synthesis]:
    served = _served(conn, office, person)
    return versions(conn, office.vault, person, served.enrolment.id)


@pytest.fixture
def desk(database: Database, vault: Vault, now: Any) -> Iterator[Desk]:
    office = Office(database, vault, now)
    anne = office.join("coach", "Anne", ANNE)
    claire = office.join("participant", "Claire", CLAIRE, anne)
    with espace(office) as page:
        yield Desk(page, anne, claire)


def typed(browser: Browser, seen: Seen, parts: dict[str, str]) -> Seen:
    (form,) = [form for form in seen.forms() if form["action"].endswith("/synthese")]
    return browser.follow(browser.post(form["action"], {**form, **parts}))


def told(desk: Desk) -> str:
    """What the person hears once it is an hour that does not disturb."""
    office = desk.office
    office.now += timedelta(days=4)
    while office.db.write_now(ticking.tick, office.vault, office.house, office.now):
        pass
    return " ".join(words(office.heard(CLAIRE))).replace("’", "'")


def test_from_the_draft_to_the_hand_over(desk: Desk) -> None:
    assert "gardé" in desk.write().text
    assert "encore écrit" in desk.page.of(desk.claire).get("/espace/documents").text, "a draft is nobody's yet"
    assert "Apaiser" not in desk.page.of(desk.claire).get("/espace/documents/synthese").text
    desk.act("donner")
    assert "a écrit votre document de synthèse" in told(desk)
    assert "Apaiser une réunion." in desk.page.of(desk.claire).get("/espace/documents/synthese").text
    desk.answer("remarque", mots="J'ajouterais la formation des collègues.")
    assert any("a commenté" in line for line in words(desk.office.heard(ANNE)))
    assert "J'ajouterais la formation" in desk.page.of(desk.anne).get(desk.coach).text.replace("’", "'")
    desk.write(competences="Apaiser une réunion, former.")
    assert [one.version for one in desk.versions()] == [1, 2]
    assert "former" not in desk.page.of(desk.claire).get("/espace/documents/synthese").text
    desk.act("donner")
    assert "accord" in desk.answer("accord").text
    desk.act("remettre")
    assert "est prêt" in told(desk)
    seen = desk.page.of(desk.claire).get("/espace/documents/synthese/fichier/pdf")
    text = " ".join("".join(page.extract_text() for page in PdfReader(BytesIO(seen.body)).pages).split())
    assert all(part in text for part in ("Un emploi qui s", "Apaiser une réunion, former.", "approuvé", "remis"))
    (paper,) = [one for one in desk.office.press(CLAIRE, "c:take:synthese") if one.method == "sendDocument"]
    assert paper.params["protect_content"]


def test_what_was_given_is_never_changed_and_an_agreement_is_to_one_version(desk: Desk) -> None:
    desk.write()
    desk.act("donner")
    desk.answer("accord")
    desk.write(etapes="Autre chose.")
    first, second = desk.versions()
    assert first.parts["etapes"] == WHOLE["etapes"] and first.approved_at is not None
    assert second.approved_at is None and second.sent_at is None
    with pytest.raises(AssertionError):
        desk.act("remettre")  # there is no such button: the newest has no agreement
    refused = desk.page.of(desk.anne).post(desk.coach + "/remettre", desk.page.of(desk.anne).get(desk.coach).forms()[0])
    assert refused.status in (403, 422)


def test_two_coaches_at_one_document_lose_nothing(desk: Desk) -> None:
    desk.write()
    one, other = desk.page.of(desk.anne), desk.page.of(desk.anne)
    seen_one, seen_other = one.get(desk.coach), other.get(desk.coach)
    desk.office.now += timedelta(minutes=1)
    typed(one, seen_one, {**WHOLE, "etapes": "La première."})
    refused = typed(other, seen_other, {**WHOLE, "etapes": "La seconde."})
    assert refused.status == 422 and "a changé depuis" in refused.text and "La seconde." in refused.html
    assert desk.versions()[-1].parts["etapes"] == "La première."


def test_what_is_ticked_is_taken_up_once_in_the_person_s_words(desk: Desk) -> None:
    run = desk.office.run(desk.claire, "plan-action")
    desk.office.reply(desk.claire, "actions[0].action_plan", "Rencontrer deux libraires", run=run)
    desk.office.reply(desk.claire, "actions[1].action_plan", "Un secret", run=run, private=True)
    page = desk.page.of(desk.anne).get(desk.coach)
    assert "Rencontrer deux libraires" in page.text and "Un secret" not in page.html
    desk.write(**{"etapes": "", "etapes-001": "« Rencontrer deux libraires »"})
    desk.write(**{"etapes": "« Rencontrer deux libraires »", "etapes-001": "« Rencontrer deux libraires »"})
    assert desk.versions()[-1].parts["etapes"] == "« Rencontrer deux libraires »"


def test_a_skill_is_offered_once_its_author_has_validated_it(desk: Desk) -> None:
    run = desk.office.run(desk.claire, "fiche-preuve")
    for question in ("competence", "scene", "action"):
        desk.office.reply(desk.claire, f"fiches[0].{question}", f"Apaiser, {question}", run=run)
    assert "Apaiser, competence" not in desk.page.of(desk.anne).get(desk.coach).text
    browser = desk.page.of(desk.claire)
    seen = browser.submit(browser.get("/espace/documents/competences"), "/documents/competences/", vers="validee")
    assert seen.status == 200
    assert "« Apaiser, competence »" in desk.page.of(desk.anne).get(desk.coach).text


def test_nothing_unfinished_is_given(desk: Desk) -> None:
    desk.write(etapes="")
    assert "Il manque une partie" in desk.act("donner").text


def test_each_of_its_steps_is_told_in_what_happened(desk: Desk) -> None:
    desk.write()
    desk.act("donner")
    desk.answer("remarque", mots="J'ajouterais une date.")
    desk.answer("accord")
    desk.act("remettre")
    seen = desk.page.of(desk.anne).get(f"/espace/personnes/{desk.claire}/suivi")
    assert seen.status == 200 and "J'ajouterais" not in seen.text
    for step in ("donnée à relire", "commentée", "approuvée", "remise"):
        assert f"La synthèse a été {step} (version 1)." in seen.text


def test_its_look_is_written_down_for_the_person(desk: Desk) -> None:
    desk.page.of(desk.anne).get(desk.coach)
    whats = desk.office.db.read_now(lambda conn: set(conn.execute(select(t.accesses.c.what)).scalars()))
    assert "synthesis" in whats


ACTS = st.lists(st.sampled_from(["save", "give", "remark", "approve", "hand"]), max_size=14)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ACTS)
def test_whatever_comes_in_whatever_order(desk: Desk, acts: list[str]) -> None:
    """Given stays as it was; only the newest given is agreed to; nothing is handed over without an agreement."""
    office = desk.office
    before = {one.version: one for one in desk.versions() if one.sent_at}
    for n, act in enumerate(acts):
        office.now += timedelta(minutes=1)
        with suppress(DeskError):
            office.db.write_now(_act, office, desk, act, n)
        found = desk.versions()
        assert [one.version for one in found] == list(range(1, len(found) + 1))
        for one in found:
            if one.version in before:
                assert (one.parts, one.sent_at) == (before[one.version].parts, before[one.version].sent_at)
            assert not (one.handed_at and not one.approved_at) and not (one.approved_at and not one.sent_at)
            assert not (one.sent_at and not all(one.parts.get(name) for name in PARTS))
        assert all(one.sent_at for one in found[:-1]), "one draft at a time"
        before = {one.version: one for one in found if one.sent_at}


def _act(conn: Any, office: Office, desk: Desk, act: str, n: int) -> None:
    served = _served(conn, office, desk.claire)
    anne = people.file(conn, office.vault, desk.claire, office.now).coach
    assert anne is not None
    last = synthesis.newest(conn, office.vault, served)
    number = max((one.version for one in _versions(conn, office, desk.claire) if one.sent_at), default=0)
    match act:
        case "save":
            typed = {**WHOLE, "etapes": f"Étape {n}" if n % 3 else ""}
            synthesis.save(conn, office.vault, served, anne, typed, synthesis.mark(last), office.now)
        case "give":
            synthesis.give(conn, office.vault, office.house, served, anne, synthesis.mark(last), office.now)
        case "remark":
            synthesis.remark(conn, office.vault, office.house, served, number, f"Mot {n}", office.now)
        case "approve":
            synthesis.approve(conn, office.vault, office.house, served, number, office.now)
        case _:
            synthesis.hand(conn, office.vault, office.house, served, anne, office.now)
