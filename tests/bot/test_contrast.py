"""What a brief puts side by side, and the fears it calls open: with every answer they rest on, never a private one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot import duties
from bot.desk import appointments, brief, digest
from bot.desk.evidence import gather, page, source_link
from bot.desk.sourced import Brief
from bot.store import tables as t
from bot.store.cases import by_person
from bot.store.database import Database
from bot.store.vault import Vault
from bot.telegram.length import plain
from flows.agenda import Appointment
from tests.bot.desk_office import Office

COACH, ANNA = 701, 801
AT = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
BEFORE = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def office(database: Database, vault: Vault, now: datetime) -> Office:
    made = Office(database, vault, now)
    made.house = replace(made.house, due=duties.DUE)
    return made


@pytest.fixture
def anna(office: Office) -> int:
    coach = office.join("coach", "Inès", COACH)
    person = office.join("participant", "Anna", ANNA, coach)
    office.db.write_now(lambda conn: conn.execute(t.runs.delete()))
    return person


@pytest.fixture
def booked(office: Office, anna: int) -> Appointment:
    """S2 is ahead, S1 was three weeks ago."""
    now, office.now = office.now, BEFORE - timedelta(days=9)
    office.do(appointments.put, anna, "S1", BEFORE, None, office.now)
    office.now = now
    made: Appointment = office.do(appointments.put, anna, "S2", AT, None, office.now)
    return made


def made(office: Office, person: int, appointment: Appointment) -> Brief:
    def build(conn: Any) -> Brief:
        case = by_person(conn, office.vault, [person], office.now)[person]
        return gather(conn, office.vault, office.house, case, appointment, office.now)

    return office.db.write_now(build)


def lines(office: Office, person: int, appointment: Appointment, phrase: str) -> list[tuple[str, tuple[int, ...]]]:
    sections = {section.phrase: section.lines for section in made(office, person, appointment).sections}
    return [(line.text.replace("\xa0", " ").replace("\u202f", " "), line.sources) for line in sections.get(phrase, ())]


# --- the same question -----------------------------------------------------------------------

CLOSED: list[tuple[str, str, Any, Any, bool]] = [
    ("accueil", "situation", "clarte", "projet", True),
    ("accueil", "situation", "clarte", "clarte", False),
    ("accueil", "meteo", 2, 6, True),
    ("accueil", "meteo", 2, 5, False),
    ("accueil", "meteo", 9, 5, True),
    ("sens-du-travail", "apports", ["utilite", "argent"], ["argent", "utilite"], True),
    ("sens-du-travail", "apports", ["utilite", "argent"], ["utilite", "lien"], False),
    ("trois-montants", "montant_juste", 2000, 2600, True),
    ("trois-montants", "montant_juste", 2000, 2500, False),
    ("trois-montants", "montant_juste", 0, 1, True),
    ("accueil", "benefices", ["projet"], ["valeurs"], False),
    ("accueil", "critere", "dormir", "partir", False),
]


@pytest.mark.parametrize("flow, key, before, after, told", CLOSED)
@pytest.mark.parametrize("how", ["run", "version"])
def test_a_closed_question_answered_otherwise(
    office: Office, anna: int, booked: Appointment, flow: str, key: str, before: Any, after: Any, told: bool, how: str
) -> None:
    run = office.run(anna, flow, session="S1", nth=1)
    first = office.reply(anna, key, before, run=run, session="S1", at=BEFORE - timedelta(days=2), question="Et vous ?")
    again = office.run(anna, flow, session="S2", nth=2) if how == "run" else run
    more = {} if how == "run" else {"version": 2}
    second = office.reply(anna, key, after, run=again, session="S2", question="Et vous ?", **more)
    found = lines(office, anna, booked, "brief_contrasts")
    assert [sources for _, sources in found] == ([(first, second)] if told else [])
    if told:
        text = found[0][0]
        assert f"n° {first}), puis «" in text and f"n° {second})" in text and "18 octobre" in text


def test_a_correction_before_the_last_appointment_is_no_news(office: Office, anna: int, booked: Appointment) -> None:
    run = office.run(anna, "accueil", session="S2", nth=1)
    office.reply(anna, "meteo", 1, run=run, session="S2", at=BEFORE + timedelta(days=1))
    office.reply(anna, "meteo", 9, run=run, session="S2", version=2)
    assert lines(office, anna, booked, "brief_contrasts") == []


@pytest.mark.parametrize("which", ["old", "new"])
@pytest.mark.parametrize("about", [{"private": True}, {"how": "erased"}])
def test_a_side_that_is_taken_back_takes_the_contrast_with_it(
    office: Office, anna: int, booked: Appointment, which: str, about: dict[str, Any]
) -> None:
    first, again = (office.run(anna, "accueil", session=f"S{n}", nth=n) for n in (1, 2))
    office.reply(anna, "meteo", 1, run=first, session="S1", at=BEFORE - timedelta(days=2))
    office.reply(anna, "meteo", 9, run=again, session="S2")
    assert len(lines(office, anna, booked, "brief_contrasts")) == 1
    run, session = (first, "S1") if which == "old" else (again, "S2")
    office.reply(anna, "meteo", 5, run=run, session=session, version=2, **about)
    assert lines(office, anna, booked, "brief_contrasts") == []


def test_an_old_version_that_was_private_is_not_told(office: Office, anna: int, booked: Appointment) -> None:
    run = office.run(anna, "accueil", session="S2", nth=1)
    office.reply(anna, "meteo", 1, run=run, session="S1", at=BEFORE - timedelta(days=2), private=True)
    office.reply(anna, "meteo", 9, run=run, session="S2", version=2)
    assert lines(office, anna, booked, "brief_contrasts") == []


# --- side by side ----------------------------------------------------------------------------


def test_what_the_authors_ask_to_be_compared(office: Office, anna: int, booked: Appointment) -> None:
    run = office.run(anna, "accueil", session="S2", nth=1)
    low = office.reply(anna, "meteo", 2, run=run, session="S2", question="Votre énergie ?")
    assert lines(office, anna, booked, "brief_contrasts") == []
    pace = office.reply(anna, "rythme", "ordinaire", run=run, session="S2", question="Quel rythme ?")
    [(text, sources)] = lines(office, anna, booked, "brief_contrasts")
    assert sources == (low, pace)
    assert text.startswith("Peu d’énergie au départ, et le rythme prévu. « Votre énergie ? » : « 2 »")
    assert f"« Non, le rythme prévu » (2 novembre, n° {pace})" in text
    office.reply(anna, "rythme", "doux", run=run, session="S2", version=2)
    assert lines(office, anna, booked, "brief_contrasts") == []


def test_two_old_answers_are_not_compared_again(office: Office, anna: int, booked: Appointment) -> None:
    run = office.run(anna, "accueil", session="S1", nth=1)
    for key, value in (("meteo", 2), ("rythme", "ordinaire")):
        office.reply(anna, key, value, run=run, session="S1", at=BEFORE - timedelta(days=3))
    assert lines(office, anna, booked, "brief_contrasts") == []


# --- fears -----------------------------------------------------------------------------------

STEPS: list[tuple[Any, dict[str, Any], bool]] = [
    ("Appeler ma caisse", {}, False),
    ("Aucun pour l'instant", {}, True),
    ("  AUCUN POUR L’INSTANT. ", {}, True),
    ("aucun", {}, True),
    ("Aucun rendez-vous : j'appelle", {}, False),
    (None, {"how": "skipped"}, True),
    (None, {"how": "in_session"}, True),
    ("Appeler", {"private": True}, False),
]


@pytest.mark.parametrize("step, about, open", STEPS)
def test_a_fear_without_a_first_step_is_open(
    office: Office, anna: int, booked: Appointment, step: Any, about: dict[str, Any], open: bool
) -> None:
    run = office.run(anna, "peurs-leviers", session="S2")
    fear = office.reply(anna, "leviers[0].peur_nom", "Le téléphone muet", run=run, session="S2")
    taken = office.reply(anna, "leviers[0].peur_pas", step, run=run, session="S2", **about)
    found = lines(office, anna, booked, "brief_fears")
    assert [sources for _, sources in found] == ([(fear, taken)] if open else [])
    assert not open or f"« Le téléphone muet » (2 novembre, n° {fear}) : ouverte" in found[0][0]


def test_a_fear_whose_step_was_not_asked_is_open_and_each_entry_has_its_own(
    office: Office, anna: int, booked: Appointment
) -> None:
    run = office.run(anna, "peurs-leviers", session="S2", state="waiting", key="leviers[1].peur_garde")
    office.reply(anna, "leviers[0].peur_nom", "Le vide", run=run, session="S2")
    office.reply(anna, "leviers[0].peur_pas", "Une liste", run=run, session="S2")
    second = office.reply(anna, "leviers[1].peur_nom", "Le bruit", run=run, session="S2")
    office.reply(anna, "leviers[2].peur_nom", "INTIME", run=run, session="S2", private=True)
    assert [sources for _, sources in lines(office, anna, booked, "brief_fears")] == [(second,)]


# --- links, order, hour ----------------------------------------------------------------------


def test_each_source_is_a_link_when_there_is_a_page(office: Office, anna: int, booked: Appointment) -> None:
    run = office.run(anna, "sens-du-travail", session="S2")
    id = office.reply(anna, "moment_sens", "Le numéro n° 7, et <b>", run=run, session="S2")
    bare = office.do(brief.now, anna, office.now)
    assert "<a " not in bare
    office.house = replace(office.house, page="https://marge.example")
    text = office.do(brief.now, anna, office.now)
    link = f'<a href="https://marge.example/espace/personnes/{anna}/reponses?reponse={id}#r{id}">'
    assert text.count("<a ") == text.count(link) == 1 and plain(text) == plain(bare)
    assert source_link(office.house, anna).format(id) in text


def test_the_order_of_a_brief(office: Office, anna: int, booked: Appointment) -> None:
    run, fears = office.run(anna, "accueil", session="S2", nth=1), office.run(anna, "peurs-leviers", session="S2")
    office.reply(anna, "meteo", 2, run=run, session="S2")
    office.reply(anna, "rythme", "ordinaire", run=run, session="S2")
    office.reply(anna, "critere", "dormir", run=run, session="S2")
    office.reply(anna, "situation_mots", "à dire", run=run, session="S2", review="a_aborder")
    office.reply(anna, "leviers[0].peur_nom", "le vide", run=fears, session="S2")
    office.reply(anna, "arret", "…", run=run, session="S2", how="to_check")
    office.reply(anna, "benefices", None, run=run, session="S2", how="skipped")
    assert [section.phrase for section in made(office, anna, booked).sections] == [
        "brief_done", "brief_words", "brief_to_raise", "brief_contrasts", "brief_fears", "brief_to_check",
        "brief_skipped",
    ]  # fmt: skip


def test_three_quotes_stay_however_full_the_page_is(office: Office, anna: int, booked: Appointment) -> None:
    run, fears = office.run(anna, "sens-du-travail", session="S2"), office.run(anna, "peurs-leviers", session="S2")
    for n in range(30):
        for how in ("said", "to_check", "in_session", "skipped"):
            office.reply(anna, f"{how}{n}", "mot " * 90, run=run, session="S2", how=how, question="Longue ? " * 60)
        office.reply(anna, f"r{n}", "mot " * 90, run=run, session="S2", review="a_aborder", question="Longue ? " * 60)
        office.reply(anna, f"leviers[{n}].peur_nom", "mot " * 90, run=fears, session="S2")
    text = plain(page(office.house, made(office, anna, booked)))
    quotes = text.split("Ses mots")[1].split("\n\n")[0]
    assert quotes.count("•") >= 3


def test_quotes_already_dealt_with_come_back_when_there_are_not_three_others(
    office: Office, anna: int, booked: Appointment
) -> None:
    run = office.run(anna, "sens-du-travail", session="S2")
    ids = [office.reply(anna, f"k{n}", f"mot {n}", run=run, session="S2", review="traite") for n in range(2)]
    ids += [office.reply(anna, f"k{n}", f"mot {n}", run=run, session="S2") for n in range(2, 4)]
    assert len(lines(office, anna, booked, "brief_words")) == 4
    office.reply(anna, "k4", "mot 4", run=run, session="S2")
    assert len(lines(office, anna, booked, "brief_words")) == 3


def test_the_coach_chooses_the_hour_and_what_waits_moves_with_it(
    office: Office, anna: int, booked: Appointment
) -> None:
    coach = office.db.read_now(
        lambda conn: conn.execute(select(t.people.c.id).where(t.people.c.role == "coach")).scalar()
    )
    r = t.timers.c
    due = select(r.due_at).where(r.kind == "brief", r.state == "pending", r.due_at > office.now)

    def pending() -> list[datetime]:
        return list(office.db.read_now(lambda conn: conn.execute(due).scalars().all()))

    assert pending() == [datetime(2026, 11, 11, 16, tzinfo=UTC)]
    office.db.write_now(brief.set_hour, coach, 7, office.now)
    assert pending() == [datetime(2026, 11, 11, 6, tzinfo=UTC)]
    office.db.write_now(digest.set_day, coach, 2, 9, office.now)
    office.db.write_now(brief.reschedule, coach, office.now)
    assert pending() == [datetime(2026, 11, 11, 6, tzinfo=UTC)]
    office.do(appointments.put, anna, "S2", AT + timedelta(days=1), None, office.now)
    assert pending() == [datetime(2026, 11, 12, 6, tzinfo=UTC)]
    for hour in (-1, 24):
        with pytest.raises(ValueError, match="Heure de 0"):
            office.db.write_now(brief.set_hour, coach, hour, office.now)


def test_another_hour_does_not_make_a_brief_twice(office: Office, anna: int, booked: Appointment) -> None:
    office.now = AT - timedelta(hours=10)

    def tick() -> None:
        from bot.conversation import ticking

        while office.db.write_now(ticking.tick, office.vault, office.house, office.now):
            pass

    tick()
    coach = office.db.read_now(
        lambda conn: conn.execute(select(t.people.c.id).where(t.people.c.role == "coach")).scalar()
    )
    office.heard(COACH)
    office.db.write_now(brief.set_hour, coach, 23, office.now)
    office.now = AT - timedelta(minutes=30)
    tick()
    assert [sent for sent in office.heard(COACH) if sent.params.get("protect_content")] == []


# --- any answers whatever --------------------------------------------------------------------

PLACES = (("accueil", "meteo", 3), ("accueil", "rythme", "ordinaire"), ("accueil", "critere", "INTIME"),
          ("peurs-leviers", "leviers[0].peur_nom", "INTIME"), ("peurs-leviers", "leviers[0].peur_pas", "aucun"),
          ("sens-du-travail", "apports", ["utilite"]))  # fmt: skip
ANSWERS = st.lists(
    st.tuples(
        st.sampled_from(PLACES), st.integers(1, 2),
        st.sampled_from(("said", "skipped", "in_session", "to_check", "misread", "journal", "erased")),
        st.booleans(), st.sampled_from(("a_lire", "lu", "a_aborder", "traite")), st.booleans(), st.integers(0, 10),
    ),
    max_size=14,
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=ANSWERS)
def test_no_sentence_without_a_source_and_nothing_private(
    office: Office, anna: int, booked: Appointment, answers: list[Any]
) -> None:
    office.db.write_now(lambda conn: conn.execute(t.runs.delete()))
    office.db.write_now(lambda conn: conn.execute(t.replies.delete()))
    runs = {(flow, n): office.run(anna, flow, session="S2", nth=n) for flow in {p[0] for p in PLACES} for n in (1, 2)}
    counts: dict[Any, int] = {}
    newest: dict[Any, tuple[bool, str]] = {}
    ids: dict[int, Any] = {}
    for (flow, key, value), nth, how, private, review, early, level in answers:
        run = runs[(flow, nth)]
        counts[(run, key)] = counts.get((run, key), 0) + 1
        aside = how in ("misread", "journal")
        said = level if key == "meteo" else value
        id = office.reply(
            anna, key, said, run=run, version=counts[(run, key)], how=how, private=private, review=review, session="S2",
            question=f"Q {'SECRET' if private else ''}", at=BEFORE - timedelta(days=1) if early else office.now,
        )  # fmt: skip
        ids[id] = (id,) if aside else (run, key)
        newest[ids[id]] = (private, how)
    hidden = {place for place, (private, how) in newest.items() if private or how == "erased"}
    allowed = {id for id, place in ids.items() if place not in hidden}
    for section in made(office, anna, booked).sections:
        for line in section.lines:
            assert set(line.sources) <= allowed
            assert line.sources or str(line.count) in line.text
            assert "SECRET" not in line.text
