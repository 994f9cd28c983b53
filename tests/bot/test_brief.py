"""The brief before an appointment: every sentence rests on an answer, none on a private one; it stands at the start."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from bot import duties
from bot.conversation import ticking
from bot.desk import appointments, brief, people, timeline, upcoming
from bot.desk.evidence import gather, page
from bot.desk.sourced import Brief, Line, Section, Unsourced
from bot.store import tables as t
from bot.store.cases import by_person
from bot.store.database import Database
from bot.store.vault import Vault
from bot.telegram.length import plain, units
from flows.agenda import Appointment
from tests.bot.desk_office import Office, Sent

COACH, ANNA = 701, 801
AT = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
"""Thursday at 10:00 in Paris."""


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


def book(office: Office, person: int, at: datetime = AT) -> Appointment:
    made: Appointment = office.do(appointments.put, person, "S2", at, None, office.now)
    return made


def pass_to(office: Office, end: datetime) -> list[Sent]:
    """What the coach got on the way, briefs only."""
    due = select(t.timers.c.due_at).where(t.timers.c.state == "pending").order_by(t.timers.c.due_at).limit(1)
    while (at := office.db.read_now(lambda conn: conn.execute(due).scalar())) is not None and at <= end:
        office.now = max(office.now, at)
        while office.db.write_now(ticking.tick, office.vault, office.house, office.now):
            pass
    office.now = end
    return [sent for sent in office.heard(COACH) if sent.params.get("protect_content")]


def flat(text: str) -> str:
    return plain(text).replace("\xa0", " ").replace("\u202f", " ")


def shown(office: Office, person: int) -> str:
    return flat(office.do(brief.now, person, office.now))


def made(office: Office, person: int, appointment: Appointment) -> Brief:
    def build(conn: Any) -> Brief:
        case = by_person(conn, office.vault, [person], office.now)[person]
        return gather(conn, office.vault, office.house, case, appointment, office.now)

    return office.db.write_now(build)


def briefs(office: Office) -> list[Any]:
    return list(office.db.read_now(lambda conn: conn.execute(select(t.briefs)).all()))


# --- evidence --------------------------------------------------------------------------------


@pytest.mark.parametrize("text, count", [("Elle va mieux.", None), ("Elle va mieux.", 3), ("Écrit 13 fois", 3)])
def test_a_sentence_without_a_source_cannot_be_made(text: str, count: int | None) -> None:
    with pytest.raises(Unsourced):
        Line(text, (), count)
    assert Line(text, (4,)).sources == (4,)


def test_a_brief_that_is_kept_is_checked_as_it_is_read() -> None:
    good = Brief("Anna", "S2", AT, "Europe/Paris", (Section("brief_words", (Line("« a » (n° 4)", (4,)),)),), 4)
    assert Brief.of(good.plain()) == good
    body = good.plain()
    body["sections"][0][1][0][1] = ()
    with pytest.raises(Unsourced):
        Brief.of(body)


def test_what_it_holds_and_where_it_comes_from(office: Office, anna: int) -> None:
    appointment = book(office, anna)
    run = office.run(anna, "sens-du-travail", session="S2")
    waiting = office.run(anna, "argent", session="S2", state="waiting", nth=1)
    said = "Le jour du **marché**, j'ai tenu la caisse seule."
    words = office.reply(anna, "moment_sens", said, run=run, session="S2", question="Racontez un moment")
    raised = office.reply(anna, "a", "Mon chef", run=waiting, session="S2", question="Qui ?", review="a_aborder")
    asked = office.reply(anna, "b", None, run=waiting, session="S2", question="Et l'argent ?", how="in_session")
    unread = office.reply(anna, "c", "beaucoup", run=waiting, session="S2", question="Combien ?", how="to_check")
    office.reply(anna, "d", "avant", run=waiting, session="S2", question="Où ?")
    again = office.reply(anna, "d", "après", run=waiting, session="S2", question="Où ?", version=2)
    passed = office.reply(anna, "e", None, run=waiting, session="S2", question="Pourquoi ?", how="skipped")
    journal = office.reply(anna, "journal", "Une nuit difficile", how="journal", question="")
    text = shown(office, anna)
    assert "Anna · Héritages et vision du travail, jeudi 12 novembre à 10 h" in text
    assert "Fait : Sens et place du travail (1 réponse)" in text
    assert re.search(r"En cours : .* \(5 réponses\)", text)
    assert f"« Racontez un moment » : « {said} » (2 novembre, n° {words})" in text.replace("’", "'")
    parts = {raised: "« Qui ? » : « Mon chef »", asked: "argent ? »", unread: "« beaucoup »", again: "« après »",
             passed: "« Pourquoi ? »", journal: "« Une nuit difficile »"}  # fmt: skip
    for source, part in parts.items():
        assert re.search(re.escape(part) + rf"[^\n]*n° {source}\)", text), (part, text)
    assert "« avant »" not in text
    ids = {row.id for row in office.db.read_now(lambda conn: conn.execute(select(t.replies)).all())}
    lines = [line for section in made(office, anna, appointment).sections for line in section.lines]
    assert all((set(line.sources) <= ids) if line.sources else line.count is not None for line in lines)


def test_somebody_who_only_speaks_is_in_it_and_nothing_is_quoted_of_them(office: Office, anna: int) -> None:
    appointment = book(office, anna)
    run = office.run(anna, "sens-du-travail", session="S2")
    voices = [office.reply(anna, f"v{n}", None, run=run, session="S2", media=(f"m{n}",)) for n in range(6)]
    kept = office.reply(anna, "p", None, run=run, session="S2", media=("m8",), private=True)
    loose = office.reply(anna, "journal", None, how="journal", question="", media=("m9",))
    sections = {section.phrase: section.lines for section in made(office, anna, appointment).sections}
    assert [line.sources for line in sections["brief_words"]] == [(id,) for id in voices[1:]]
    text = shown(office, anna)
    assert f"• « Et vous ? » : message vocal ou fichier joint, à écouter ou à voir (2 novembre, n° {voices[1]})" in text
    assert f"• message vocal ou fichier joint, à écouter ou à voir (2 novembre, n° {loose})" in text
    assert f"n° {kept})" not in text and "« message" not in text


def test_three_to_five_quotes_one_a_module_before_two(office: Office, anna: int) -> None:
    appointment = book(office, anna)
    first, second = (office.run(anna, flow, session="S2") for flow in ("sens-du-travail", "heritages-metiers"))
    long = [office.reply(anna, f"k{n}", "mot " * (40 - n), run=first, session="S2") for n in range(7)]
    short = office.reply(anna, "z", "bref", run=second, session="S2")
    office.reply(anna, "n", 7, run=second, session="S2")
    sections = {section.phrase: section.lines for section in made(office, anna, appointment).sections}
    assert [line.sources for line in sections["brief_words"]] == [(id,) for id in [*long[:4], short]]


def test_a_private_answer_never_appears_whatever_its_state(office: Office, anna: int) -> None:
    appointment = book(office, anna)
    run = office.run(anna, "argent", session="S2")
    for n, how in enumerate(("said", "to_check", "misread", "in_session", "journal", "skipped")):
        about = {"run": run if how != "journal" else None, "session": "S2", "question": f"INTIME question {n}"}
        office.reply(anna, f"k{n}", "INTIME", how=how, private=True, review="a_aborder", **about)
    office.reply(anna, "p", "INTIME avant", run=run, session="S2", question="INTIME")
    office.reply(anna, "p", "INTIME après", run=run, session="S2", question="INTIME", version=2, private=True)
    assert "INTIME" not in shown(office, anna)
    sent = pass_to(office, AT + timedelta(hours=1))
    assert sent and all("INTIME" not in message.text for message in sent)
    assert "INTIME" not in shown(office, anna)
    assert all("INTIME" not in line.text for s in made(office, anna, appointment).sections for line in s.lines)


def test_an_answer_for_another_session_stays_out(office: Office, anna: int) -> None:
    book(office, anna)
    office.reply(anna, "a", "pour plus tard", run=office.run(anna, "legitimite", session="S9"), session="S9")
    assert "pour plus tard" not in shown(office, anna)


def test_it_fits_on_a_page_however_much_was_written(office: Office, anna: int) -> None:
    appointment = book(office, anna)
    run = office.run(anna, "sens-du-travail", session="S2")
    for n in range(60):
        how = ("said", "to_check", "in_session", "skipped")[n % 4]
        office.reply(anna, f"k{n}", "👩‍🚀<b>&« mot » " * 200, run=run, session="S2", how=how, question="Longue ? " * 60)
        office.reply(anna, "journal", "نور " * 900, how="journal", question="")
    text = page(office.house, made(office, anna, appointment))
    assert 1000 < units(plain(text)) <= 3500
    assert "<b>&" not in text and text.count("<b>") == text.count("</b>")


# --- when ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "zone, due",
    [
        ("Europe/Paris", datetime(2026, 11, 11, 16, tzinfo=UTC)),
        ("America/Martinique", datetime(2026, 11, 11, 21, tzinfo=UTC)),
        ("Pacific/Auckland", datetime(2026, 11, 11, 4, tzinfo=UTC)),
    ],
)
def test_it_leaves_the_day_before_at_five_where_the_coach_is(
    office: Office, anna: int, zone: str, due: datetime
) -> None:
    appointment = Appointment(5, "S2", AT, "Europe/Paris", 1, "planned")
    enrolment = office.db.read_now(office.enrolment, anna)
    assert office.db.write_now(brief.schedule, appointment, enrolment, zone, office.now) == due
    assert due.astimezone(ZoneInfo(zone)).hour == 17
    late = AT - timedelta(hours=2)
    assert office.db.write_now(brief.schedule, appointment, enrolment, zone, late) == late
    assert office.db.write_now(brief.schedule, appointment, enrolment, zone, AT) is None
    assert office.db.write_now(brief.schedule, replace(appointment, state="cancelled"), enrolment, zone, late) is None
    pending = select(t.timers).where(t.timers.c.kind == "brief", t.timers.c.state == "pending")
    assert office.db.read_now(lambda conn: conn.execute(pending).all()) == []


def test_it_is_sent_once_then_again_only_for_a_new_answer(office: Office, anna: int) -> None:
    book(office, anna)
    run = office.run(anna, "sens-du-travail", session="S2")
    office.reply(anna, "a", "premier mot", run=run, session="S2")
    first = pass_to(office, AT - timedelta(hours=16, minutes=30))
    assert [message.params["disable_notification"] for message in first] == [False]
    assert "premier mot" in first[0].text
    for n in range(3):
        office.reply(anna, f"b{n}", f"mot tardif {n}", run=run, session="S2")
    office.reply(anna, "p", "INTIME", run=run, session="S2", private=True)
    again = pass_to(office, AT - timedelta(hours=10))
    assert [message.params["disable_notification"] for message in again] == [True]
    assert all(f"mot tardif {n}" in again[0].text for n in range(3))
    assert pass_to(office, AT + timedelta(days=2)) == []


def test_it_stands_still_at_the_start_and_what_follows_is_told_below(office: Office, anna: int) -> None:
    book(office, anna)
    run = office.run(anna, "sens-du-travail", session="S2")
    office.reply(anna, "a", "avant la séance", run=run, session="S2")
    pass_to(office, AT - timedelta(minutes=30))
    office.reply(anna, "b", "juste avant", run=run, session="S2")
    assert pass_to(office, AT + timedelta(minutes=1)) == []
    [row] = briefs(office)
    assert row.frozen_at == AT
    office.reply(anna, "a", "après la séance", run=run, session="S2", version=2)
    text = shown(office, anna)
    before, _, after = text.partition("Depuis le début du rendez-vous")
    assert "« avant la séance »" in before and "« juste avant »" in before and "« après la séance »" not in before
    assert "« après la séance »" in after
    assert bytes(briefs(office)[0].body) == bytes(row.body)


@pytest.mark.parametrize("about", [{"private": True}, {"how": "erased"}])
def test_a_frozen_brief_counts_nothing_that_was_taken_back(office: Office, anna: int, about: dict[str, Any]) -> None:
    book(office, anna)
    run = office.run(anna, "sens-du-travail", session="S2")
    for key in ("a", "b"):
        office.reply(anna, key, 5, run=run, session="S2")
    other = office.run(anna, "heritages-metiers", session="S2")
    office.reply(anna, "c", 5, run=other, session="S2")
    pass_to(office, AT + timedelta(hours=1))
    assert "(2 réponses)" in shown(office, anna) and "(1 réponse)" in shown(office, anna)
    office.reply(anna, "a", 5, run=run, session="S2", version=2, **about)
    assert "(2 réponses)" not in shown(office, anna) and "(1 réponse)" in shown(office, anna)


@pytest.mark.parametrize("state", ["done", "no_show"])
def test_noting_that_it_took_place_does_not_thaw_the_brief(office: Office, anna: int, state: str) -> None:
    book(office, anna)
    run = office.run(anna, "sens-du-travail", session="S2")
    reply = office.reply(anna, "a", "avant la séance", run=run, session="S2")
    pass_to(office, AT + timedelta(hours=1))
    before = shown(office, anna)
    raised = update(t.replies).where(t.replies.c.id == reply).values(review="a_aborder")
    office.db.write_now(lambda conn: conn.execute(raised))
    office.do(appointments.mark, anna, "S2", state, office.now)
    assert shown(office, anna) == before if state == "done" else "Aucun rendez-vous" in shown(office, anna)


@pytest.mark.parametrize("about", [{"private": True}, {"how": "erased"}])
@pytest.mark.parametrize("ticked", [True, False])
def test_what_is_taken_back_leaves_a_frozen_brief_too(
    office: Office, anna: int, about: dict[str, Any], ticked: bool
) -> None:
    book(office, anna)
    run = office.run(anna, "sens-du-travail", session="S2")
    office.reply(anna, "a", "REPRIS", run=run, session="S2")
    office.reply(anna, "b", "laissé", run=run, session="S2")
    office.now = AT + timedelta(hours=1)
    if ticked:
        office.now = AT - timedelta(hours=20)
        assert pass_to(office, AT + timedelta(hours=1))
    assert "REPRIS" in shown(office, anna)
    office.reply(anna, "a", "REPRIS", run=run, session="S2", version=2, **about)
    assert "REPRIS" not in shown(office, anna) and "« laissé »" in shown(office, anna)


def test_frozen_late_it_still_is_what_was_known_at_the_start(office: Office, anna: int) -> None:
    """The house was down from before the appointment until after it."""
    book(office, anna)
    run = office.run(anna, "sens-du-travail", session="S2")
    office.reply(anna, "a", "su à temps", run=run, session="S2")
    office.reply(anna, "a", "corrigé depuis", run=run, session="S2", version=2, at=AT + timedelta(minutes=5))
    office.now = AT + timedelta(hours=1)
    assert pass_to(office, office.now) == []
    text = shown(office, anna)
    before, _, after = text.partition("Depuis le début")
    assert "« su à temps »" in before and "« corrigé depuis »" in after and "corrigé" not in before


def test_the_follow_up_tells_of_it_once_and_not_when_it_stands_still(office: Office, anna: int) -> None:
    book(office, anna)

    def ahead(conn: Any) -> int:
        found = upcoming.upcoming(conn, office.vault, office.house, office.now, anna)
        return [one.kind for one in found].count("brief")

    assert office.db.write_now(ahead) == 1
    pass_to(office, AT - timedelta(hours=2))
    assert office.db.write_now(ahead) == 0
    pass_to(office, AT + timedelta(hours=1))

    def told(conn: Any) -> list[str]:
        served = people.one(conn, office.vault, anna, office.now)
        assert served is not None
        found, _ = timeline.timeline(conn, office.vault, office.house, served, "Europe/Paris", None, office.now)
        return [one.what for one in found if "fiche" in one.what.lower()]

    assert len(office.db.write_now(told)) == 1


@pytest.mark.parametrize("state", ["invited", "welcomed", "stopped"])
def test_somebody_who_comes_in_on_the_eve_has_one_within_the_hour(office: Office, anna: int, state: str) -> None:
    book(office, anna)
    mine = update(t.enrolments).where(t.enrolments.c.person_id == anna)
    office.db.write_now(lambda conn: conn.execute(mine.values(state=state)))
    assert pass_to(office, AT - timedelta(hours=14)) == []
    office.db.write_now(lambda conn: conn.execute(mine.values(state="active")))
    office.reply(anna, "a", "arrivée", run=office.run(anna, "sens-du-travail", session="S2"), session="S2")
    [told] = pass_to(office, AT - timedelta(hours=12, minutes=59))
    assert "arrivée" in told.text and told.params["disable_notification"] is False


def test_a_moved_appointment_has_the_brief_of_its_new_date_only(office: Office, anna: int) -> None:
    book(office, anna)
    book(office, anna, AT + timedelta(days=7))
    assert pass_to(office, AT + timedelta(days=1)) == []
    assert len(pass_to(office, AT + timedelta(days=7))) == 1


def test_a_cancelled_appointment_has_none(office: Office, anna: int) -> None:
    book(office, anna)
    office.do(appointments.cancel, anna, "S2", office.now)
    assert pass_to(office, AT + timedelta(days=1)) == []
    assert "Aucun rendez-vous" in shown(office, anna)


def test_a_timer_that_outlived_its_revision_does_nothing(office: Office, anna: int) -> None:
    appointment = book(office, anna)
    moved = update(t.appointments).where(t.appointments.c.id == appointment.id).values(revision=9)
    office.db.write_now(lambda conn: conn.execute(moved))
    assert pass_to(office, AT) == []
    stale = select(t.timers.c.why).where(t.timers.c.kind == "brief", t.timers.c.state == "stale")
    assert office.db.read_now(lambda conn: conn.execute(stale).scalars().all()) == ["moved"]


def test_run_twice_it_leaves_once(office: Office, anna: int) -> None:
    book(office, anna)
    office.reply(anna, "a", "mot", run=office.run(anna, "sens-du-travail", session="S2"), session="S2")
    office.now = AT - timedelta(hours=3)
    due = select(t.timers).where(t.timers.c.kind == "brief")
    from bot.store.cases import timer

    def twice(conn: Any) -> None:
        for _ in range(2):
            row = conn.execute(due.order_by(t.timers.c.id)).first()
            brief.due(conn, office.vault, office.house, timer(row), office.now)

    office.heard(COACH)
    office.db.write_now(twice)
    assert len(office.heard(COACH)) == 1


def test_erasing_the_person_takes_it_out_of_the_queue(office: Office, anna: int) -> None:
    book(office, anna)
    office.reply(anna, "a", "mot", run=office.run(anna, "sens-du-travail", session="S2"), session="S2")
    office.now = AT - timedelta(hours=3)
    while office.db.write_now(ticking.tick, office.vault, office.house, office.now):
        pass
    assert len(briefs(office)) == 1
    office.press(ANNA, "c:erase:1")
    office.press(ANNA, "c:erase:oui")
    assert briefs(office) == []
    assert not [sent for sent in office.heard(COACH) if sent.params.get("protect_content")]
