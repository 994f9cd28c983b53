"""What a change of an appointment would do is told before, changes nothing, and is what happens then (S8)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.conversation import ticking
from bot.desk import DeskError, appointments, foretelling, preview
from bot.desk.preview import Preview
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from flows.calendar import zone
from tests.bot.desk_office import Office, everything

INES, PAUL, ANNA, BOB = 701, 702, 801, 802
PARIS = zone("Europe/Paris")
V8 = datetime(2026, 5, 12, 7, 0, tzinfo=UTC)
"""A Tuesday, 9 h in Paris: its reminder leaves the evening before, at 18 h."""


@pytest.fixture
def office(database: Database, vault: Vault) -> Office:
    office = Office(database, vault, datetime(2026, 4, 27, 7, 30, tzinfo=UTC))
    office.ines = office.join("coach", "Inès", INES)
    return office


@pytest.fixture
def anna(office: Office) -> int:
    return office.join("participant", "Anna", ANNA, office.ines)


def put(office: Office, person: int, at: datetime, session: str = "S2", **about: Any) -> Any:
    return office.do(appointments.put, person, session, at, None, office.now, **about)


def of_put(office: Office, person: int, at: datetime, session: str = "S2", **about: Any) -> Preview:
    """Read on a connection that can change nothing."""
    found: Preview = office.db.read_now(
        preview.of_put, office.vault, office.house, person, session, at, None, office.now, **about
    )
    return found


def of_mark(office: Office, person: int, state: str, session: str = "S2") -> Preview:
    found: Preview = office.db.read_now(preview.of_mark, office.vault, office.house, person, session, state, office.now)
    return found


def planned(office: Office) -> dict[str, datetime]:
    w = t.timers
    query = select(w.c.about, w.c.due_at).where(w.c.kind == "envoi", w.c.state == "pending")
    return {row.about["envoi"]: row.due_at for row in office.db.read_now(lambda conn: conn.execute(query).all())}


def until(office: Office, at: datetime) -> None:
    office.now = at
    while office.db.write_now(ticking.tick, office.vault, office.house, at):
        pass
    office.heard(ANNA)


def said(office: Office, found: Preview) -> str:
    parts = foretelling.parts(office.house, found, PARIS, office.now)
    lines = [foretelling.headline(office.house, found, PARIS), *foretelling.warnings(office.house, found)]
    lines += [line for part in parts for line in (part.heading, *part.rows)]
    return "\n".join(lines).replace("\xa0", " ").replace("’", "'")


def warned(found: Preview) -> list[str]:
    return [warning.phrase for warning in found.warnings]


# --- it changes nothing, and it is true --------------------------------------------------------


def test_a_preview_changes_nothing(office: Office, anna: int) -> None:
    put(office, anna, V8)
    office.heard(ANNA)
    before, due = everything(office), planned(office)
    of_put(office, anna, V8 + timedelta(days=7), place="ailleurs")
    of_mark(office, anna, "cancelled")
    assert everything(office) == before and planned(office) == due and office.heard(ANNA) == []


@pytest.mark.parametrize("days", [1, 3, 8, 21])
def test_what_is_foretold_is_what_is_planned(office: Office, anna: int, days: int) -> None:
    put(office, anna, V8 - timedelta(days=7), "S1")
    put(office, anna, V8)
    before = planned(office)
    found = of_put(office, anna, V8 + timedelta(days=days))
    put(office, anna, V8 + timedelta(days=days))
    after = planned(office)
    changed = {due for envoi, due in after.items() if before.get(envoi) != due}
    assert changed == {shift.due for shift in found.shifts} and found.again == ()
    assert len(found.lost) + len(found.left_out) >= len(before.keys() - after.keys())


# --- S8 ----------------------------------------------------------------------------------------


def test_v8_a_reminder_that_went_out_goes_once_more(office: Office, anna: int) -> None:
    put(office, anna, V8)
    until(office, datetime(2026, 5, 11, 16, 5, tzinfo=UTC))
    found = of_put(office, anna, V8 + timedelta(days=7))
    assert [shift.due for shift in found.again] == [datetime(2026, 5, 18, 16, 0, tzinfo=UTC)]
    assert found.kept and not {shift.title for shift in found.shifts} & set(found.kept)  # content never twice (S8.2)
    assert found.told == office.now
    text = said(office, found)
    assert "au lieu de mardi 12 mai à 9 h" in text and "reçoit l'annonce tout de suite" in text
    assert "Rappels qui repartent" in text and "lundi 18 mai à 18 h" in text


def test_v9_a_new_hour_the_same_day_is_told_at_once_and_plans_no_reminder(office: Office, anna: int) -> None:
    put(office, anna, V8)
    until(office, datetime(2026, 5, 11, 16, 5, tzinfo=UTC))
    office.now = datetime(2026, 5, 11, 19, 0, tzinfo=UTC)  # 21 h: a quiet hour, and it is for tomorrow
    found = of_put(office, anna, V8 + timedelta(hours=5))
    assert found.told == office.now and found.again == ()
    assert "le rappel" in "".join(found.kept)


def test_in_the_evening_the_announcement_is_foretold_for_the_morning(office: Office, anna: int) -> None:
    office.now = datetime(2026, 4, 27, 19, 0, tzinfo=UTC)
    found = of_put(office, anna, V8)
    assert found.told == datetime(2026, 4, 28, 7, 0, tzinfo=UTC)
    assert "mardi 28 avril à 9 h" in said(office, found)


def test_a_cancellation_says_what_falls_away(office: Office, anna: int) -> None:
    put(office, anna, V8)
    due = planned(office)
    found = of_mark(office, anna, "cancelled")
    assert len(found.lost) == len(due) and found.shifts == () and found.told == office.now and found.brief is None
    office.do(appointments.cancel, anna, "S2", office.now)
    assert planned(office) == {}


def test_an_absence_is_told_to_nobody(office: Office, anna: int) -> None:
    put(office, anna, V8)
    until(office, V8 + timedelta(minutes=30))
    found = of_mark(office, anna, "no_show")
    assert found.told is None and "ne reçoit aucun message" in said(office, found)


def test_booked_late_what_finds_no_room_is_named(office: Office, anna: int) -> None:
    found = of_put(office, anna, office.now + timedelta(days=1))
    assert found.left_out and found.slow == 0
    assert "Sans place" in said(office, found)


def test_a_place_alone_shifts_nothing(office: Office, anna: int) -> None:
    put(office, anna, V8)
    found = of_put(office, anna, V8, place="https://visio.example/a")
    assert (found.shifts, found.again, found.kept, found.lost, found.brief) == ((), (), (), (), None)
    assert found.told == office.now and "seul le lieu change" in said(office, found)
    same = of_put(office, anna, V8, place="")
    assert same.told is None and "déjà ce qui est prévu" in said(office, same)


def test_the_coachs_brief_moves_too(office: Office, anna: int) -> None:
    assert of_put(office, anna, V8).brief == preview.Shift("", None, datetime(2026, 5, 11, 15, 0, tzinfo=UTC))
    put(office, anna, V8)
    moved = of_put(office, anna, V8 + timedelta(days=1)).brief
    assert moved and (moved.was, moved.due) == (
        datetime(2026, 5, 11, 15, 0, tzinfo=UTC), datetime(2026, 5, 12, 15, 0, tzinfo=UTC),
    )  # fmt: skip


# --- whom it reaches ---------------------------------------------------------------------------


def test_before_the_agreement_and_after_the_end_it_is_said_who_hears(office: Office, anna: int) -> None:
    invited = office.invite("participant", "Bob", office.ines).id
    assert "après son accord" in said(office, of_put(office, invited, V8))
    office.press(ANNA, "c:stop:oui")
    text = said(office, of_put(office, anna, V8))
    assert "Aucun message ne part" in text and "Envois" not in text


def test_somebody_elsewhere_is_shown_their_own_hour(office: Office) -> None:
    bob = office.join("participant", "Bob", BOB, office.ines, zone="America/Martinique")
    assert "mardi 12 mai à 3 h" in said(office, of_put(office, bob, V8))


# --- warnings ----------------------------------------------------------------------------------


def test_an_overlap_with_anybody_of_the_coach_is_told_and_not_refused(office: Office, anna: int) -> None:
    bob = office.join("participant", "Bob", BOB, office.ines)
    put(office, bob, V8, "S3")  # two hours and a half
    assert warned(of_put(office, anna, V8 + timedelta(hours=2))) == ["rdv_warn_overlap"]
    assert warned(of_put(office, anna, V8 + timedelta(hours=2, minutes=30))) == []
    assert warned(of_put(office, anna, V8 - timedelta(hours=1, minutes=30), session="S2")) == [
        "rdv_warn_hours", "rdv_warn_overlap",
    ]  # fmt: skip
    put(office, anna, V8 + timedelta(hours=2))
    assert warned(of_put(office, anna, V8 + timedelta(hours=3))) == []  # not with itself
    office.do(appointments.cancel, bob, "S3", office.now)
    assert warned(of_put(office, anna, V8 + timedelta(hours=1))) == []


def test_another_coachs_hours_are_theirs(office: Office, anna: int) -> None:
    paul = office.join("coach", "Paul", PAUL)
    put(office, office.join("participant", "Bob", BOB, paul), V8)
    assert warned(of_put(office, anna, V8)) == []


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 4, 20, 8, 0, tzinfo=UTC), ["rdv_warn_past"]),
        (datetime(2026, 5, 1, 8, 0, tzinfo=UTC), ["rdv_warn_holiday"]),
        (datetime(2026, 5, 3, 8, 0, tzinfo=UTC), ["rdv_warn_day"]),
        (datetime(2026, 5, 12, 5, 0, tzinfo=UTC), ["rdv_warn_hours"]),
        (datetime(2026, 5, 12, 16, 30, tzinfo=UTC), ["rdv_warn_hours"]),
        (datetime(2026, 5, 12, 8, 0, tzinfo=UTC), []),
    ],
)
def test_odd_dates_are_warned_of(office: Office, anna: int, at: datetime, expected: list[str]) -> None:
    found = of_put(office, anna, at)
    assert warned(found) == expected
    assert len(foretelling.warnings(office.house, found)) == len(expected)
    assert put(office, anna, at).at == at


def test_at_the_gentle_pace_it_says_how_many_readings_find_no_room(office: Office, anna: int) -> None:
    gentle = update(t.enrolments).values(gentle=True)
    office.db.write_now(lambda conn: conn.execute(gentle))
    put(office, anna, V8 - timedelta(days=4), "S1")
    found = of_put(office, anna, V8 + timedelta(days=3))
    assert found.slow > 0 and "rdv_warn_pace" in warned(found) and "rythme doux" in said(office, found)
    roomy = of_put(office, anna, V8 + timedelta(days=60))
    assert roomy.slow < found.slow


# --- what cannot be ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "session", "at", "place", "reason"),
    [
        (4242, "S2", V8, None, "unknown_person"),
        (0, "S99", V8, None, "unknown_session"),
        (0, "S2", datetime(2099, 1, 1, tzinfo=UTC), None, "far_date"),
        (0, "S2", V8, "x" * 301, "long_place"),
    ],
)
def test_what_cannot_be_booked_cannot_be_foretold(
    office: Office, anna: int, person: int, session: str, at: datetime, place: str | None, reason: str
) -> None:
    with pytest.raises(DeskError) as error:
        of_put(office, person or anna, at, session, place=place)
    assert error.value.reason == reason


def test_only_what_is_booked_can_be_marked(office: Office, anna: int) -> None:
    for state, reason in (("perdu", "unknown_state"), ("cancelled", "no_appointment")):
        with pytest.raises(DeskError) as error:
            of_mark(office, anna, state)
        assert error.value.reason == reason
