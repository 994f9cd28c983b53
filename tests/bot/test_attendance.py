"""The hours of a session: one tap from each side, other hours in a line, a dispute that blocks nothing; the papers."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from sqlalchemy import select

from bot.conversation import attending, ticking
from bot.deliverables import attendance as papers
from bot.deliverables import catalogue
from bot.deliverables.answers import Answers
from bot.desk import DeskError, appointments, attendance, takeaway
from bot.desk.dictation import Unclear, stretch
from bot.documents import spreadsheet
from bot.store import attendances
from bot.store import tables as t
from bot.store.attendances import Held, Hours, total
from bot.store.cases import by_person
from bot.store.database import Database
from bot.store.vault import Vault
from flows.calendar import zone
from flows.deliverables import Deliverable
from flows.model import Question
from tests.bot.desk_office import LIBRARY, Office, alert, button, words
from tests.bot.web_office import espace

INES, PAUL, ANNA, MAX = 701, 702, 801, 802
PARIS = zone("Europe/Paris")
PRESENCE = Deliverable("presence", "Relevé de présence", "Vos séances, et leurs heures.", "presence", ("pdf", "csv"),
                       file="presence")  # fmt: skip
PROGRAMME = LIBRARY.programmes["bilan"]


class Room(Office):
    """Inès with Anna, whose first session begins at `start` and lasts two hours."""

    def live(self, hour: int = 10) -> "Room":
        self.ines = self.join("coach", "Inès", INES)
        self.anna = self.join("participant", "Anna", ANNA, self.ines)
        self.start = datetime(2026, 11, 10, hour, tzinfo=PARIS).astimezone(UTC)
        self.do(appointments.put, self.anna, "S1", self.start, None, self.now, place="12 rue des Lilas")
        self.heard(ANNA)
        return self

    def at(self, after: timedelta) -> None:
        """Time passes until so long after the start of the session, and what is due is done."""
        self.now = self.start + after
        while self.db.write_now(ticking.tick, self.vault, self.house, self.now):
            pass

    def rows(self) -> list[Held]:
        return self.db.read_now(lambda conn: attendances.of(conn, self.enrolment(conn, self.anna)))

    def note(self, starts: timedelta, ends: timedelta, mode: str = "visio", session: str = "S1") -> Hours:
        said = (session, self.start + starts, self.start + ends, mode, self.now)
        made: Hours = self.do(attendance.note, self.anna, *said, by=self.ines)
        return made

    def tap(self) -> str:
        """The coach's one tap: what was planned took place."""
        return button(self.heard(INES), "Oui, de")

    def events(self) -> list[str]:
        def read(conn: Any) -> list[str]:
            e = t.events.c
            return list(conn.execute(select(e.kind).where(e.kind.like("attendance%")).order_by(e.id)).scalars())

        return self.db.read_now(read)


HOUR = timedelta(hours=1)


@pytest.fixture
def room(database: Database, vault: Vault, now: datetime) -> Room:
    return Room(database, vault, now).live()


# --- two taps ----------------------------------------------------------------------------------


def test_one_tap_from_each_side_fixes_the_hours(room: Room) -> None:
    room.at(2 * HOUR)
    asked = room.heard(INES)
    assert "la séance a-t-elle eu lieu" in words(asked)[-1]
    first = asked[-1].buttons
    assert next(iter(first)) == "Oui, de 10 h à 12 h, sur place", "there is an address"
    done = room.press(INES, next(iter(first.values())))
    assert "C’est noté" in words(done)[-1] and "12 rue" not in words(done)[-1]
    room.at(2 * HOUR)
    told = room.heard(ANNA)
    assert "mardi 10 novembre, de 10 h à 12 h, sur place" in words(told)[-1]
    room.now += HOUR
    agreed = room.press(ANNA, button(told, "Oui, c’est cela"))
    assert "Confirmé par vous" in words(agreed)[-1] and not agreed[-1].buttons
    [held] = room.rows()
    assert (held.starts_at, held.ends_at, held.mode) == (room.start, room.start + 2 * HOUR, "presentiel")
    assert held.coach_at == room.start + 2 * HOUR and held.person_at == room.now and held.fixed
    assert room.events() == ["attendance_noted", "attendance_confirmed"]
    [made] = room.db.read_now(appointments.list_, room.anna)
    assert made.state == "done"
    assert words(room.press(ANNA, button(told, "Oui, c’est cela"))) == [], "the same press twice says nothing more"
    with pytest.raises(DeskError) as refused:
        room.note(HOUR / 4, 2 * HOUR)
    assert refused.value.reason == "hours_fixed"


def test_the_same_hours_said_twice_are_said_once(room: Room) -> None:
    room.at(2 * HOUR)
    tap = room.tap()
    for _ in range(2):
        assert "C’est noté" in words(room.press(INES, tap))[-1]
    room.at(3 * HOUR)
    assert len(room.heard(ANNA)) == 1 and len(room.rows()) == 1


def test_a_dispute_is_told_and_blocks_nothing(room: Room) -> None:
    room.at(2 * HOUR)
    room.press(INES, room.tap())
    room.at(2 * HOUR)
    told = room.heard(ANNA)
    room.heard(INES)
    said = room.press(ANNA, button(told, "Ce n’est pas cela"))
    assert list(said[-1].buttons) == ["Oui, c’est cela"], "they may still change their mind"
    [heard] = room.heard(INES)
    assert "Anna ne reconnaît pas les heures" in words([heard])[0]
    assert room.rows()[0].disputed_at == room.now and not room.rows()[0].fixed
    room.now += HOUR / 2
    room.press(INES, button([heard], "D’autres heures"))
    shown = room.say(INES, "10 h 15 à 11 h 45")
    room.press(INES, button(shown, "Oui, par téléphone"))
    [held] = room.rows()
    assert held.disputed_at is None and held.mode == "telephone" and held.length == 1.5 * HOUR
    assert alert(room.press(ANNA, button(told, "Oui, c’est cela"))) == "Ce bouton n’est plus actif. Rien n’a changé."
    room.at(3 * HOUR)
    again = room.heard(ANNA)
    room.press(ANNA, button(again, "Oui, c’est cela"))
    assert room.rows()[0].fixed


def test_changing_ones_mind_after_a_dispute_is_one_tap(room: Room) -> None:
    room.at(2 * HOUR)
    room.note(timedelta(), 2 * HOUR)
    room.at(2 * HOUR)
    no = button(room.heard(ANNA), "Ce n’est pas cela")
    yes = button(room.press(ANNA, no), "Oui, c’est cela")
    room.press(ANNA, yes)
    [held] = room.rows()
    assert held.fixed and held.disputed_at is None
    room.press(ANNA, no)
    assert room.rows() == [held], "what both confirmed stays"


def test_the_evening_waits_for_the_morning(database: Database, vault: Vault, now: datetime) -> None:
    room = Room(database, vault, now).live(hour=18)
    room.at(2 * HOUR)
    room.press(INES, room.tap())
    room.at(2 * HOUR)
    assert room.heard(ANNA) == []
    room.at(15 * HOUR)
    assert room.heard(ANNA) == [], "the eleventh of November is a holiday"
    room.at(39 * HOUR)
    assert "de 18 h à 20 h" in words(room.heard(ANNA))[-1]


@pytest.mark.parametrize("state", ["cancelled", "no_show"])
def test_nobody_is_asked_of_a_session_that_did_not_take_place(room: Room, state: str) -> None:
    room.at(HOUR / 2)
    room.do(appointments.mark, room.anna, "S1", state, room.now)
    room.heard(INES)
    room.at(3 * HOUR)
    assert not any("eu lieu" in line for line in words(room.heard(INES)))


def test_a_session_that_moved_is_asked_about_at_its_new_end(room: Room) -> None:
    room.do(appointments.put, room.anna, "S1", room.start + 24 * HOUR, None, room.now)
    room.at(3 * HOUR)
    assert not any("eu lieu" in line for line in words(room.heard(INES)))
    room.at(26 * HOUR)
    assert sum("eu lieu" in line for line in words(room.heard(INES))) == 1


def test_marking_it_done_offers_its_hours_at_once(room: Room) -> None:
    room.at(HOUR)
    [made] = room.db.read_now(appointments.list_, room.anna)
    shown = room.press(INES, f"d:ax:{room.anna}:S1:{made.revision}:done")
    assert "séance faite" in words(shown)[0] and button(shown, "Oui, de 10 h à 12 h")
    assert "pas encore terminée" in alert(room.press(INES, button(shown, "Oui, de 10 h à 12 h"))), (
        "it is still going on"
    )
    room.at(2 * HOUR)
    room.press(INES, button(shown, "Oui, de 10 h à 12 h"))
    assert room.rows()


def test_other_people_s_buttons_do_nothing(room: Room) -> None:
    room.join("coach", "Paul", PAUL)
    room.join("participant", "Max", MAX, room.ines)
    room.at(2 * HOUR)
    tap = room.tap()
    assert alert(room.press(PAUL, tap)) == "Cette personne n’est pas dans votre liste."
    assert room.rows() == []
    room.press(INES, tap)
    room.at(2 * HOUR)
    yes = button(room.heard(ANNA), "Oui, c’est cela")
    assert "plus actif" in alert(room.press(MAX, yes)), "Max has no such session"
    for broken in ("c:hours:", "c:hours:S1:zz:oui", f"{yes[:-4]}x:oui", "c:hours:S1:::", f"{yes}:non"):
        room.press(ANNA, broken)
    assert not room.rows()[0].fixed


@pytest.mark.parametrize(
    "stamp", ["", "x", "::", "zzzzzzzz:120:v", "-1:120:v", "1:120:z", "é:1:v", "1:٣:v", "1:99999:v"]
)
def test_a_broken_button_of_the_coach_notes_nothing(room: Room, stamp: str) -> None:
    room.at(2 * HOUR)
    alert(room.press(INES, f"d:at:{room.anna}:S1:{stamp}"))
    assert room.rows() == []


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1)), st.integers(1, 720), st.sampled_from(attendances.MODES)
)
def test_hours_in_a_button_are_read_as_they_were_written(at: datetime, minutes: int, mode: str) -> None:
    starts = at.replace(second=0, microsecond=0, tzinfo=UTC)
    ends = starts + timedelta(minutes=minutes)
    stamp = attending.stamp(starts, ends, mode)
    assert attending.stamped(stamp, starts) == (starts, ends, mode)
    assert len(f"d:at:{10**15}:S10:{stamp}".encode()) <= 64


# --- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts", "ends", "mode", "session", "reason"),
    [
        (2 * HOUR, HOUR, "visio", "S1", "hours_order"),
        (HOUR, HOUR, "visio", "S1", "hours_order"),
        (-11 * HOUR, 2 * HOUR, "visio", "S1", "hours_order"),
        (-30 * HOUR, -29 * HOUR, "visio", "S1", "hours_day"),
        (HOUR, 3 * HOUR, "visio", "S1", "hours_ahead"),
        (timedelta(), 2 * HOUR, "hologramme", "S1", "unknown_mode"),
        (timedelta(), 2 * HOUR, "visio", "S2", "no_appointment"),
    ],
)
def test_what_cannot_have_taken_place_is_refused(
    room: Room, starts: timedelta, ends: timedelta, mode: str, session: str, reason: str
) -> None:
    room.at(2 * HOUR)
    with pytest.raises(DeskError) as refused:
        room.note(starts, ends, mode, session)
    assert refused.value.reason == reason and room.rows() == []


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [("10 h 15 à 12 h", "10:15", "12:00"), ("de 9h à midi", "09:00", "12:00"), ("14:00 - 15:30", "14:00", "15:30"),
     ("8 heures 05 / 9 heures", "08:05", "09:00")],
)  # fmt: skip
def test_hours_in_words(text: str, start: str, end: str) -> None:
    found = stretch(text, datetime(2026, 11, 10, 22, tzinfo=UTC), PARIS)
    assert [f"{at.astimezone(PARIS):%Y-%m-%d %H:%M}" for at in found] == [f"2026-11-10 {start}", f"2026-11-10 {end}"]


@pytest.mark.parametrize(
    "text", ["", "10 h", "12 h à 10 h", "10 h à 10 h", "25 h à 26 h", "9 h 70 à 10 h", "1 h 2 h 3 h"]
)
def test_what_is_no_stretch_of_time_is_asked_again(text: str) -> None:
    with pytest.raises(Unclear):
        stretch(text, datetime(2026, 11, 10, tzinfo=UTC), PARIS)


# --- the limit of the law ----------------------------------------------------------------------


def sat(session: str, hours: float) -> Held:
    at = datetime(2026, 11, 10, tzinfo=UTC)
    return Held(1, session, at, at + timedelta(hours=hours), "visio", 2, at)


def test_the_first_talk_and_the_follow_up_are_not_counted() -> None:
    found = total(PROGRAMME, [sat("S0", 0.5), sat("S1", 2), sat("S11", 1)])
    assert found.done == 2 * HOUR and found.planned == 19.5 * HOUR and found.ahead == 17.5 * HOUR and not found.warning
    assert total(PROGRAMME, [sat("S1", 2)], ("S1", "S3", "S7", "S10")).planned == 8.5 * HOUR


@pytest.mark.parametrize(
    ("hours", "warning"), [(6.5, ""), (6.6, "attendance_near"), (24, "attendance_near"), (24.1, "attendance_over")]
)
def test_twenty_four_hours_and_no_more(hours: float, warning: str) -> None:
    assert total(PROGRAMME, [sat("S1", hours)]).warning == warning


def test_the_coach_is_warned_where_the_hours_are_noted(room: Room) -> None:
    for n, session in enumerate(("S2", "S3")):
        at = room.start - timedelta(days=2 + n)
        room.do(appointments.put, room.anna, session, at, None, room.now - timedelta(days=9))
        room.now = room.start
        enough = (room.anna, session, at, at + 11.5 * HOUR, "visio", room.now)
        room.do(attendance.note, *enough, by=room.ines)
    room.at(2 * HOUR)
    tap = room.tap()
    assert "25 h sont notées" in words(room.press(INES, tap))[-1]


# --- the page ----------------------------------------------------------------------------------


def test_the_page_notes_hours_and_says_how_they_stand(room: Room) -> None:
    path = f"/espace/personnes/{room.anna}/rendez-vous/S1"
    with espace(room) as page:
        assert "Heures de la séance" not in page.of(room.ines).get(path).text, "it has not begun"
        room.at(2 * HOUR)
        browser = page.of(room.ines)
        seen = browser.get(path)
        form = seen.form("/heures")
        assert (form["debut"], form["fin"]) == ("10:00", "12:00")
        late = browser.post(form["action"], {**form, "fin": "15:00", "mode": "visio"})
        assert late.status == 422 and "pas encore terminée" in late.text
        odd = browser.post(
            browser.get(path).form("/heures")["action"], {**browser.get(path).form("/heures"), "fin": "?"}
        )
        assert odd.status == 422 and "Deux heures sont attendues" in odd.text
        done = browser.submit(browser.get(path), "/heures", debut="10:15", fin="11:45", mode="telephone")
        assert "Les heures sont notées" in done.text and "Une confirmation est demandée à Anna" in done.text
        assert "1 h 30 notées pour ce bilan" in done.text
        room.at(2 * HOUR)
        room.press(ANNA, button(room.heard(ANNA), "Oui, c’est cela"))
        fixed = browser.get(path)
        assert "Confirmées par vous deux" in fixed.text and "de 10:15 à 11:45, par téléphone" in fixed.text
        assert not [form for form in fixed.forms() if "heures" in form["action"]]


# --- the papers --------------------------------------------------------------------------------


def desk(room: Room, conn: Any, for_coach: bool = False) -> catalogue.Desk:
    case = by_person(conn, room.vault, [room.anna], room.now)[room.anna]
    room.house.shelf.complete(conn, [case])
    return catalogue.Desk(conn, room.vault, room.house, case, room.now, for_coach)


def made(room: Room, format: Any, for_coach: bool = False) -> bytes:
    return room.db.read_now(lambda conn: catalogue.file(desk(room, conn, for_coach), PRESENCE, format)).data


def test_the_sheet_tells_hours_apart_from_personal_work_and_nothing_of_its_content(room: Room) -> None:
    room.at(2 * HOUR)
    room.note(timedelta(), 2 * HOUR)
    flow = LIBRARY.flow("legitimite")
    asked = next(step for step in flow.steps if isinstance(step, Question))
    run = room.run(room.anna, "legitimite")
    room.reply(room.anna, asked.id, "=SECRET", run=run, at=room.start - 48 * HOUR)
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(made(room, "pdf"))).pages)
    flat = " ".join(text.split())
    for piece in ("10 novembre 2026", "de 10 h à 12 h", "2 h", "Travail personnel", "2 h, sur 19 h 30 prévues", "Anna",
                  flow.title, "8 novembre 2026"):  # fmt: skip
        assert piece in flat, (piece, flat)
    rows = list(csv.reader(io.StringIO(made(room, "csv").decode("utf-8-sig")), delimiter=";"))
    held = [row for row in rows if row[0] == "accompagnement"]
    assert [(row[1], row[3], row[4], row[5], row[6], row[8]) for row in held] == [
        ("S1", "2026-11-10", "10:00", "12:00", "120", "oui")
    ]
    alone = [row for row in rows if row[0] == "travail personnel"]
    assert alone and all(row[6] == "" and row[8] == "non" for row in alone), alone
    assert [(row[2], row[3]) for row in alone] == [(flow.title, "2026-11-08")]
    assert "SECRET" not in text and b"SECRET" not in made(room, "csv")


def test_an_empty_sheet_is_an_invitation(room: Room) -> None:
    text = " ".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(made(room, "pdf"))).pages).split())
    assert "Ici viendront les heures de vos séances" in text and "0 h, sur 19 h 30" in text

    def item(conn: Any) -> catalogue.Item:
        return next(one for one in catalogue.listed(desk(room, conn)) if one.made.built == "presence")

    before = room.db.read_now(item)
    assert before.at is None and before.state == "document_empty"
    room.at(2 * HOUR)
    room.note(timedelta(), 2 * HOUR)
    after = room.db.read_now(item)
    assert after.at == room.now and after.state == "document_begun"


def test_a_module_kept_to_oneself_is_not_named(room: Room) -> None:
    def titles(conn: Any) -> set[str]:
        here = desk(room, conn)
        return {one.title for one in papers.work(Answers(here.house, here.case))}

    flow = LIBRARY.flow("trois-montants")
    key = next(step.id for step in flow.steps if isinstance(step, Question))
    run = room.run(room.anna, flow.id)
    room.reply(room.anna, key, "1800", run=run)
    assert flow.title in room.db.read_now(titles)
    room.reply(room.anna, key, "1800", run=run, version=2, private=True)
    assert flow.title not in room.db.read_now(titles)


@given(st.text(), st.sampled_from(["=", "+", "-", "@", "\t", "\r"]))
def test_no_cell_is_a_formula(words: str, first: str) -> None:
    for cell in (first + words, " " + first + words, words):
        [[read]] = list(csv.reader(io.StringIO(spreadsheet.written([[cell]])), delimiter=";")) or [[""]]
        assert read[:1] not in ("=", "+", "-", "@", "\t", "\r")


def test_the_hours_are_in_what_a_person_takes_along(room: Room) -> None:
    room.at(2 * HOUR)
    room.note(timedelta(), 2 * HOUR)
    found = room.do(takeaway.gather, room.anna, room.now)
    assert [(one["seance"], one["fin"], one["comment"]) for one in found.data["presence"]] == [
        ("S1", (room.start + 2 * HOUR).isoformat(), "visio")
    ]
    chapter = next(chapter for chapter in found.book.chapters if chapter.title == "Heures de vos séances")
    assert "mardi 10 novembre, de 10 h à 12 h, en visio" in chapter.entries[0].text
