"""The plan of one enrolment: the vectors of S10, then each rule of S8 and S9, then what must hold of any programme."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.agenda import (
    GENTLE,
    GRACE,
    Appointment,
    Delivered,
    Dropped,
    Planned,
    State,
    plan,
)
from flows.calendar import allowed
from flows.model import Envoi, Gentle, Hours, Kind, Late, Moment, Programme, Session

PARIS = ZoneInfo("Europe/Paris")
ALWAYS = Hours(time(0), time(23, 59), frozenset(range(7)))
DEFAULT = Hours(time(8), time(20, 30), frozenset(range(6)))
WEEK = Hours(time(9), time(19, 30), frozenset(range(5)), "FR")
EVE = Moment("S1", days=-1, at=time(18))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


def booked(
    session: str, at: datetime, zone: str = "Europe/Paris", revision: int = 1, state: State = "planned"
) -> Appointment:
    return Appointment(int(session[1:]), session, at, zone, revision, state)


def reminder(when: Moment = EVE, late: Late = "envoyer", id: str = "rappel") -> Envoi:
    return Envoi(id, when, "reminder", message="rappel_seance", mode="passif", until=when.session, late=late)


def item(id: str, when: str, kind: Kind = "content", late: Late = "envoyer", until: str = "") -> Envoi:
    """`item("a", "S1 +1 09:30")`: so many days from S1, at that hour (or the session's own)."""
    session, days, *clock = when.split()
    at = time.fromisoformat(clock[0]) if clock else None
    return Envoi(id, Moment(session, int(days), at), kind, flow=id, until=until, late=late)


def programme(*envois: Envoi, per_day: int = 1, per_week: int = 3, rest: int = 0, length: float = 2) -> Programme:
    sessions = tuple(Session(f"S{n}", f"Séance {n}", "p", "investigation", length) for n in range(1, 5))
    return Programme("bilan", "Bilan", "Europe/Paris", WEEK, (), sessions, envois, per_day, per_week, rest=rest)


def planned(
    what: Programme,
    *appointments: Appointment,
    now: datetime,
    went: tuple[Delivered, ...] = (),
    hours: Hours = WEEK,
    zone: str = "Europe/Paris",
) -> tuple[dict[str, tuple[datetime, str]], dict[str, str]]:
    """Envoi -> (due, why), and envoi -> reason."""
    due, dropped = plan(what, appointments, went, now=now, zone=zone, hours=hours)
    assert len({p.envoi.id for p in due} | {d.envoi.id for d in dropped}) == len(due) + len(dropped)
    return {p.envoi.id: (p.due, p.why) for p in due}, {d.envoi.id: d.reason for d in dropped}


# --- the vectors -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "at", "zone", "expected"),
    [
        pytest.param(Moment("S1", -1), "2026-03-30T08:00", "Europe/Paris", "2026-03-29T08:00", id="V1"),
        pytest.param(
            Moment("S1", span=timedelta(hours=-48)), "2026-03-30T08:00", "Europe/Paris", "2026-03-28T08:00", id="V1b"
        ),
        pytest.param(Moment("S1", -1, time(2, 30)), "2026-03-30T08:00", "Europe/Paris", "2026-03-29T01:30", id="V3"),
        pytest.param(Moment("S1", -1, time(2, 30)), "2026-10-26T09:00", "Europe/Paris", "2026-10-25T00:30", id="V4"),
        pytest.param(EVE, "2026-05-12T13:00", "America/Martinique", "2026-05-11T22:00", id="V5"),
        pytest.param(EVE, "2026-05-12T05:00", "Indian/Reunion", "2026-05-11T14:00", id="V6"),
    ],
)
def test_vectors_before_quiet_hours(when: Moment, at: str, zone: str, expected: str) -> None:
    what = programme(reminder(when))
    due, dropped = planned(what, booked("S1", utc(at), zone), now=utc("2026-03-01T00:00"), hours=ALWAYS)
    assert due == {"rappel": (utc(expected), "on_time")}
    assert not dropped


def test_v5_quiet_hours_are_the_recipients() -> None:
    """18:00 in Martinique is midnight in Paris: who lives there hears at 18:00, who lives in Paris at 20:30."""
    session, now = booked("S1", utc("2026-05-12T13:00"), "America/Martinique"), utc("2026-05-01T00:00")
    there, _ = planned(programme(reminder()), session, now=now, hours=DEFAULT, zone="America/Martinique")
    here, _ = planned(programme(reminder()), session, now=now, hours=DEFAULT)
    assert there == {"rappel": (utc("2026-05-11T22:00"), "on_time")}
    assert here == {"rappel": (paris("2026-05-11T20:30"), "quiet")}


@pytest.mark.parametrize(
    ("kind", "late", "outcome"),
    [
        ("reminder", "envoyer", "late"),
        ("reminder", "sauter", "dropped"),
        ("preparation", "envoyer", "late"),
        ("preparation", "condenser", "condensed"),
        ("preparation", "sauter", "dropped"),
        ("content", "envoyer", "late"),
        ("content", "sauter", "dropped"),
    ],
)
def test_v7_booked_23_hours_before(kind: Kind, late: Late, outcome: str) -> None:
    """RDV on Wednesday at 10:00, booked on Tuesday at 11:00: what was for Monday follows its rule, never nothing."""
    what, now = programme(item("j-2", "S1 -2 18:00", kind, late)), paris("2026-06-09T11:00")
    due, dropped = planned(what, booked("S1", paris("2026-06-10T10:00")), now=now)
    assert (due, dropped) == (({}, {"j-2": "late"}) if outcome == "dropped" else ({"j-2": (now, outcome)}, {}))


def test_v8_a_reminder_already_sent_is_armed_again_once() -> None:
    before = booked("S1", paris("2026-05-12T09:00"))
    went = (Delivered("rappel", "S1", paris("2026-05-11T18:00"), 1),)
    now = paris("2026-05-11T20:00")
    assert planned(programme(reminder()), before, now=now, went=went) == ({}, {})
    moved = replace(before, at=paris("2026-05-19T09:00"), revision=2)
    due, dropped = planned(programme(reminder()), moved, now=now, went=went)
    assert due == {"rappel": (utc("2026-05-18T16:00"), "on_time")}
    assert not dropped
    again = (*went, Delivered("rappel", "S1", utc("2026-05-18T16:00"), 2))
    assert planned(programme(reminder()), moved, now=utc("2026-05-18T16:01"), went=again) == ({}, {})


def test_v9_moved_on_the_same_day_after_its_reminder_plans_no_second_one() -> None:
    before = booked("S1", paris("2026-05-12T09:00"))
    after = replace(before, at=paris("2026-05-12T14:00"), revision=2)
    went = (Delivered("rappel", "S1", paris("2026-05-11T18:00")),)
    assert planned(programme(reminder()), after, now=paris("2026-05-11T19:00"), went=went) == ({}, {})


def test_v10_before_an_early_session_the_evening_before() -> None:
    what = programme(reminder(Moment("S1", span=timedelta(hours=-2))))
    session = booked("S1", paris("2026-05-12T08:00"))
    due, _ = planned(what, session, now=paris("2026-05-01T12:00"), hours=DEFAULT)
    assert due == {"rappel": (paris("2026-05-11T20:30"), "quiet")}


# --- late ------------------------------------------------------------------------------------


def test_a_late_reminder_is_not_worth_sending_in_the_last_two_hours() -> None:
    session, what = booked("S1", paris("2026-06-09T10:00")), programme(reminder(Moment("S1", -2, time(18))))
    assert planned(what, session, now=paris("2026-06-09T08:00"), hours=ALWAYS)[0]["rappel"][1] == "late"
    assert planned(what, session, now=paris("2026-06-09T08:01"), hours=ALWAYS) == ({}, {"rappel": "late"})


def test_a_late_reminder_in_the_night_waits_for_the_morning() -> None:
    session = booked("S1", paris("2026-06-09T10:30"))
    due, _ = planned(programme(reminder()), session, now=paris("2026-06-08T23:00"))
    assert due == {"rappel": (paris("2026-06-09T09:00"), "late")}
    early = booked("S1", paris("2026-06-09T09:30"))
    assert planned(programme(reminder()), early, now=paris("2026-06-08T23:00")) == ({}, {"rappel": "quiet"})


def test_late_preparations_are_merged_into_at_most_two_messages_with_the_reminder() -> None:
    preparations = [item(f"p{n}", f"S1 -{n} 09:30", "preparation", "condenser") for n in (2, 4, 6)]
    what, now = programme(reminder(), *preparations), paris("2026-06-08T19:00")
    due, dropped = plan(what, [booked("S1", paris("2026-06-09T14:00"))], [], now=now, zone="Europe/Paris", hours=WEEK)
    assert {p.due for p in due} == {now}
    assert not dropped
    assert {p.envoi.id for p in due if p.why == "condensed"} == {"p2", "p4", "p6"}


def test_late_preparations_to_send_one_by_one_keep_the_pace_while_there_are_days_left() -> None:
    preparations = [item(f"p{n}", f"S1 -{n} 09:30", "preparation") for n in (7, 6, 5)]
    session, now = booked("S1", paris("2026-06-11T14:00")), paris("2026-06-09T11:00")
    due, _ = planned(programme(*preparations), session, now=now)
    assert due == {
        "p7": (now, "late"),
        "p6": (paris("2026-06-10T09:30"), "pace"),
        "p5": (paris("2026-06-11T09:30"), "pace"),
    }


def test_an_item_a_moment_behind_its_hour_is_not_late() -> None:
    what = programme(item("a", "S1 -3 09:30", late="sauter"))
    session, hour = booked("S1", paris("2026-06-12T14:00")), paris("2026-06-09T09:30")
    assert planned(what, session, now=hour + GRACE)[0] == {"a": (hour + GRACE, "on_time")}
    assert planned(what, session, now=hour + GRACE + timedelta(seconds=1)) == ({}, {"a": "late"})


def test_half_an_hour_before_is_on_time_and_never_after_the_start() -> None:
    what = programme(reminder(Moment("S1", span=timedelta(minutes=-30))))
    session = booked("S1", paris("2026-06-12T10:00"))
    assert planned(what, session, now=paris("2026-06-12T09:00"))[0] == {
        "rappel": (paris("2026-06-12T09:30"), "on_time")
    }
    assert planned(what, session, now=paris("2026-06-12T09:46")) == ({}, {"rappel": "late"})


# --- quiet hours -----------------------------------------------------------------------------


def test_before_a_session_shifts_earlier_after_it_later() -> None:
    """Monday 1 June 2026; S1 is on Monday the 8th: the day before is a Sunday. S2 is on Friday the 12th."""
    what = programme(reminder(), item("apres", "S2 +1 09:30"))
    first, second = booked("S1", paris("2026-06-08T14:00")), booked("S2", paris("2026-06-12T14:00"))
    due, _ = planned(what, first, second, now=paris("2026-06-01T09:00"))
    assert due == {
        "rappel": (paris("2026-06-05T19:30"), "quiet"),
        "apres": (paris("2026-06-15T09:00"), "quiet"),
    }


def test_public_holidays_are_quiet() -> None:
    """1 May 2026 is a Friday, 14 July 2026 a Tuesday."""
    what = programme(reminder(), item("apres", "S2 +1 09:30"))
    labour_day, national_day = booked("S1", paris("2026-05-02T10:00")), booked("S2", paris("2026-07-13T10:00"))
    due, _ = planned(what, labour_day, national_day, now=paris("2026-04-20T10:00"))
    assert due == {
        "rappel": (paris("2026-04-30T19:30"), "quiet"),
        "apres": (paris("2026-07-15T09:00"), "quiet"),
    }


def test_when_the_earlier_hour_is_past_the_next_allowed_one_an_hour_before_the_session() -> None:
    """Booked on Sunday for Monday; the reminder, wanted on Sunday at 18:00, would have left on Friday evening."""
    now = paris("2026-06-07T12:00")
    due, _ = planned(programme(reminder()), booked("S1", paris("2026-06-08T10:00")), now=now)
    assert due == {"rappel": (paris("2026-06-08T09:00"), "quiet")}
    assert planned(programme(reminder()), booked("S1", paris("2026-06-08T09:59")), now=now) == ({}, {"rappel": "quiet"})


def test_only_moved_out_of_quiet_hours_is_not_late_whatever_the_rule() -> None:
    now, session = paris("2026-06-07T12:00"), booked("S1", paris("2026-06-08T10:00"))
    for late in ("envoyer", "sauter", "condenser"):
        due, _ = planned(programme(item("a", "S1 -1 18:00", "preparation", late)), session, now=now)
        assert due == {"a": (paris("2026-06-08T09:00"), "quiet")}


def test_an_on_the_day_item_told_to_come_after_waits_for_the_session() -> None:
    evening = replace(item("soir", "S1 +0 18:00"), moment="apres")
    session = booked("S1", paris("2026-06-09T18:30"))
    due, _ = planned(programme(evening), session, now=paris("2026-06-01T09:00"))
    assert due == {"soir": (paris("2026-06-09T18:30"), "quiet")}


# --- sessions: cancelled, done, no-show, until, rest -----------------------------------------


def _around(state: State, now: datetime) -> tuple[dict[str, tuple[datetime, str]], dict[str, str]]:
    what = programme(reminder(), item("avant", "S1 -2 09:30", "preparation"), item("apres", "S1 +1 09:30"))
    return planned(what, booked("S1", paris("2026-06-11T10:00"), state=state), now=now)


def test_nothing_is_pending_for_a_cancelled_session() -> None:
    assert _around("cancelled", paris("2026-06-01T10:00")) == ({}, {})


def test_after_a_no_show_nothing_speaks_of_the_session() -> None:
    due, dropped = _around("no_show", paris("2026-06-11T12:00"))
    assert due == {}
    assert dropped == {"rappel": "expired", "avant": "expired", "apres": "no_show"}


@pytest.mark.parametrize("state", ["done", "planned"])
def test_after_a_session_what_prepared_it_is_past(state: State) -> None:
    due, dropped = _around(state, paris("2026-06-11T12:00"))
    assert due == {"apres": (paris("2026-06-12T09:30"), "on_time")}
    assert dropped == {"rappel": "expired", "avant": "expired"}


def test_a_session_marked_done_before_its_hour_is_past_too() -> None:
    due, dropped = _around("done", paris("2026-06-08T12:00"))
    assert due == {"apres": (paris("2026-06-12T09:30"), "on_time")}
    assert dropped == {"rappel": "expired", "avant": "expired"}


def test_until_a_session_has_begun() -> None:
    what = programme(item("a", "S1 +1 09:30", until="S2"), item("b", "S1 +3 09:30", until="S3"))
    first, second = booked("S1", paris("2026-06-01T10:00")), booked("S2", paris("2026-06-11T10:00"))
    due, dropped = planned(what, first, second, now=paris("2026-06-11T10:00"))
    assert due == {"b": (paris("2026-06-12T09:30"), "pace")}  # S3 is not booked: still worth sending
    assert dropped == {"a": "expired"}


def test_an_item_whose_hour_falls_after_until_is_told() -> None:
    what = programme(item("a", "S1 +9 09:30", until="S2"))
    first, second = booked("S1", paris("2026-06-01T10:00")), booked("S2", paris("2026-06-09T10:00"))
    assert planned(what, first, second, now=paris("2026-06-01T12:00")) == ({}, {"a": "expired"})


def test_an_after_item_waits_for_the_next_session_then_follows_its_late_rule() -> None:
    sessions = booked("S1", paris("2026-06-01T10:00")), booked("S2", paris("2026-06-15T10:00"))
    what = programme(item("a", "S1 +1 09:30", late="sauter"), item("b", "S1 +1 10:30", late="envoyer"))
    due, dropped = planned(what, *sessions, now=paris("2026-06-10T12:00"))
    assert due == {"a": (paris("2026-06-11T09:30"), "pace"), "b": (paris("2026-06-12T10:30"), "pace")}
    assert not dropped
    due, dropped = planned(what, *sessions, now=paris("2026-06-15T12:00"))
    assert due == {"b": (paris("2026-06-15T12:00"), "late")}
    assert dropped == {"a": "late"}


def test_a_session_that_did_not_take_place_ends_no_waiting() -> None:
    sessions = booked("S1", paris("2026-06-01T10:00")), booked("S2", paris("2026-06-08T10:00"), state="no_show")
    due, _ = planned(programme(item("a", "S1 +1 09:30", late="sauter")), *sessions, now=paris("2026-06-09T12:00"))
    assert due == {"a": (paris("2026-06-10T09:30"), "pace")}


def test_an_after_item_of_the_last_session_waits_a_month() -> None:
    what, session = programme(item("a", "S1 +1 09:30", late="sauter")), booked("S1", paris("2026-06-01T10:00"))
    assert planned(what, session, now=paris("2026-06-30T12:00"))[0] == {"a": (paris("2026-07-01T09:30"), "pace")}
    assert planned(what, session, now=paris("2026-07-03T12:00")) == ({}, {"a": "late"})


def test_rest_after_a_session_moves_all_but_reminders() -> None:
    """S1 is on Tuesday from 14:00 to 16:00: until Wednesday 16:00 only the reminder of S2 may leave."""
    what = programme(item("a", "S1 +1 09:30"), reminder(Moment("S2", -1, time(12))), rest=24)
    first, second = booked("S1", paris("2026-06-09T14:00")), booked("S2", paris("2026-06-11T14:00"))
    due, _ = planned(what, first, second, now=paris("2026-06-01T10:00"))
    assert due == {"a": (paris("2026-06-10T16:00"), "rest"), "rappel": (paris("2026-06-10T12:00"), "on_time")}


def test_what_the_pace_moves_does_not_land_in_the_rest_after_another_session() -> None:
    what = programme(item("a", "S1 +1 18:00", until="S3"), item("b", "S1 +1 18:00", until="S3"), rest=24)
    first, second = booked("S1", paris("2026-06-08T10:00")), booked("S2", paris("2026-06-10T14:00"))
    due, _ = planned(what, first, second, now=paris("2026-06-08T12:00"))
    assert due == {"a": (paris("2026-06-09T18:00"), "on_time"), "b": (paris("2026-06-11T18:00"), "pace")}


def test_a_session_that_did_not_take_place_asks_for_no_rest() -> None:
    what = programme(item("a", "S2 -1 09:30", "preparation"), rest=24)
    second = booked("S2", paris("2026-06-11T14:00"))
    for state in ("no_show", "cancelled"):
        first = booked("S1", paris("2026-06-09T14:00"), state=state)
        assert planned(what, first, second, now=paris("2026-06-09T18:00"))[0] == {
            "a": (paris("2026-06-10T09:30"), "on_time")
        }


def test_rest_that_leaves_no_time_before_the_next_session_is_told() -> None:
    what = programme(item("a", "S2 -1 18:00", "preparation"), rest=24)
    first, second = booked("S1", paris("2026-06-09T14:00")), booked("S2", paris("2026-06-10T16:30"))
    assert planned(what, first, second, now=paris("2026-06-01T10:00")) == ({}, {"a": "rest"})


def test_the_session_that_is_not_booked_and_the_profile_that_is_not_chosen_plan_nothing() -> None:
    what = programme(item("a", "S2 +1"), replace(item("b", "S1 +1"), overlay="rythme_doux"))
    sessions, now = [booked("S1", paris("2026-06-09T10:00"))], paris("2026-06-01T10:00")
    assert plan(what, sessions, [], now=now, zone="Europe/Paris", hours=WEEK) == ([], [])
    due, _ = plan(what, sessions, [], now=now, zone="Europe/Paris", hours=WEEK, overlays={"rythme_doux"})
    assert [p.envoi.id for p in due] == ["b"]


# --- what already went out -------------------------------------------------------------------


def test_content_is_never_sent_again_even_for_another_date() -> None:
    what = programme(item("a", "S1 +1 09:30"), item("p", "S1 -2 09:30", "preparation"))
    went = tuple(Delivered(id, "S1", paris("2026-06-02T09:30"), 1) for id in ("a", "p"))
    moved = booked("S1", paris("2026-06-18T10:00"), revision=2)
    assert planned(what, moved, now=paris("2026-06-03T10:00"), went=went) == ({}, {})


def test_other_hours_or_another_zone_never_send_again() -> None:
    """Sent the evening before because of quiet hours; then the person allows the morning."""
    what = programme(reminder(Moment("S1", span=timedelta(hours=-2))))
    session, now = booked("S1", paris("2026-05-12T08:00")), paris("2026-05-11T21:00")
    went = (Delivered("rappel", "S1", paris("2026-05-11T20:30"), 1),)
    for zone in ("Europe/Paris", "America/Martinique", "Pacific/Auckland"):
        assert planned(what, session, now=now, went=went, hours=ALWAYS, zone=zone) == ({}, {})


def test_another_zone_moves_what_is_pending() -> None:
    what, session = programme(item("a", "S1 +1 09:30")), booked("S1", paris("2026-06-09T10:00"))
    now = paris("2026-06-01T10:00")
    assert planned(what, session, now=now)[0]["a"] == (paris("2026-06-10T09:30"), "on_time")
    # 09:30 in Paris is 03:30 in Martinique: later, to their 09:00.
    assert planned(what, session, now=now, zone="America/Martinique")[0]["a"] == (utc("2026-06-10T13:00"), "quiet")


# --- pace ------------------------------------------------------------------------------------


def test_one_a_day_at_the_same_local_hour_and_reminders_do_not_count() -> None:
    what = programme(
        item("a", "S1 +1 09:30"),
        item("b", "S1 +1 11:00"),
        item("c", "S1 +1 12:00"),
        reminder(Moment("S2", -6, time(12))),
    )
    first, second = booked("S1", paris("2026-06-02T10:00")), booked("S2", paris("2026-06-09T10:00"))
    due, dropped = planned(what, first, second, now=paris("2026-06-01T10:00"))
    assert due == {
        "a": (paris("2026-06-03T09:30"), "on_time"),
        "rappel": (paris("2026-06-03T12:00"), "on_time"),
        "b": (paris("2026-06-04T11:00"), "pace"),
        "c": (paris("2026-06-05T12:00"), "pace"),
    }
    assert not dropped


def test_three_a_week_then_the_next_monday() -> None:
    what = programme(*[item(f"i{n}", "S1 +1 09:30") for n in range(5)])
    sessions = booked("S1", paris("2026-06-01T10:00")), booked("S2", paris("2026-06-30T10:00"))
    due, _ = planned(what, *sessions, now=paris("2026-06-01T12:00"))
    assert [t for t, _ in due.values()] == [paris(f"2026-06-{day:02}T09:30") for day in (2, 3, 4, 8, 9)]


def test_the_pace_counts_what_went_out_and_an_item_held_by_it_is_not_late() -> None:
    what = programme(item("a", "S2 -7 09:30", late="sauter"), item("b", "S2 -7 10:30", late="sauter"))
    second = booked("S2", paris("2026-06-16T10:00"))
    went = (Delivered("a", "S2", paris("2026-06-09T09:30")),)
    due, dropped = planned(what, second, now=paris("2026-06-09T18:00"), went=went)
    assert due == {"b": (paris("2026-06-10T10:30"), "pace")}
    assert not dropped


def test_what_finds_no_room_is_condensed_with_what_goes_out_and_never_lost() -> None:
    """S2 is two days after S1: one free day for three items."""
    what = programme(
        *[item(f"i{n}", f"S1 +1 {hour}", until="S2") for n, hour in enumerate(["09:30", "10:30", "11:30"])]
    )
    sessions = booked("S1", paris("2026-06-09T10:00")), booked("S2", paris("2026-06-11T09:00"))
    due, dropped = planned(what, *sessions, now=paris("2026-06-09T12:00"))
    assert due == {
        "i0": (paris("2026-06-10T09:30"), "on_time"),
        "i1": (paris("2026-06-10T09:30"), "condensed"),
        "i2": (paris("2026-06-10T09:30"), "condensed"),
    }
    assert not dropped


def test_what_is_merged_into_one_message_counts_once() -> None:
    late = [item(f"p{n}", f"S2 -{n} 09:30", "preparation", "condenser") for n in (6, 5)]
    what, now = programme(*late, item("a", "S1 +2 09:30"), per_week=2), paris("2026-06-09T10:00")
    sessions = booked("S1", paris("2026-06-08T10:00")), booked("S2", paris("2026-06-12T14:00"))
    due, _ = planned(what, *sessions, now=now)
    wednesday = {"a": (paris("2026-06-10T09:30"), "on_time")}
    assert due == {"p6": (now, "condensed"), "p5": (now, "condensed"), **wednesday}
    went = tuple(Delivered(id, "S2", now + n * timedelta(seconds=2), 1, True) for n, id in enumerate(["p6", "p5"]))
    assert planned(what, *sessions, now=now + timedelta(hours=1), went=went)[0] == wednesday


def test_the_pace_moves_a_preparation_no_nearer_than_an_hour_before_its_session() -> None:
    what = programme(item("a", "S1 -1 10:00", "preparation"), item("b", "S1 -1 10:30", "preparation"))
    now = paris("2026-06-01T10:00")
    due, _ = planned(what, booked("S1", paris("2026-06-10T11:30")), now=now)
    assert due["b"] == (paris("2026-06-10T10:30"), "pace")
    due, _ = planned(what, booked("S1", paris("2026-06-10T11:29")), now=now)
    assert due["b"] == (paris("2026-06-09T10:00"), "condensed")


# --- whatever the programme ------------------------------------------------------------------

SESSIONS = ("S1", "S2", "S3")
START = datetime(2026, 3, 2, 9, tzinfo=UTC)

clocks = st.one_of(st.none(), st.builds(time, st.integers(0, 23), st.sampled_from([0, 30])))
moments = st.one_of(
    st.builds(Moment, st.sampled_from(SESSIONS), st.integers(-8, 12), clocks),
    st.builds(
        Moment, st.sampled_from(SESSIONS), span=st.sampled_from([-48, -2, 1, 3]).map(lambda h: timedelta(hours=h))
    ),
)
envois = st.builds(
    Envoi,
    st.just(""),
    moments,
    st.sampled_from(["content", "preparation", "reminder"]),
    until=st.sampled_from(["", *SESSIONS]),
    late=st.sampled_from(["envoyer", "sauter", "condenser"]),
    moment=st.sampled_from(["", "avant", "apres"]),
)
programmes = st.builds(
    lambda found, per_day, per_week, rest: programme(
        *[replace(e, id=f"e{n}") for n, e in enumerate(found)], per_day=per_day, per_week=per_week, rest=rest
    ),
    st.lists(envois, max_size=10),
    st.integers(1, 2),
    st.integers(1, 3),
    st.sampled_from([0, 24]),
)
zones = st.sampled_from(["Europe/Paris", "America/Martinique", "Indian/Reunion", "Pacific/Auckland"])
instants = st.integers(0, 60 * 24 * 4).map(lambda quarter: START + quarter * timedelta(minutes=15))
states = st.sampled_from(["planned", "planned", "planned", "done", "cancelled", "no_show"])
bookings = st.lists(
    st.builds(booked, st.sampled_from(SESSIONS), instants, zones, st.just(1), states),
    unique_by=lambda a: a.session,
    max_size=3,
)
own_hours = st.sampled_from([WEEK, DEFAULT, ALWAYS, Hours(time(17), time(18), frozenset({1, 3}))])

Key = tuple[int, str, int]


def _keys(found: list[Planned] | list[Dropped]) -> list[Key]:
    return [(x.appointment, x.envoi.id, x.revision) for x in found]


@given(programmes, bookings, instants, zones, own_hours, st.data())
@settings(max_examples=400, deadline=None)
def test_every_item_is_planned_sent_dropped_or_waits_for_a_session(
    what: Programme, appointments: list[Appointment], now: datetime, zone: str, hours: Hours, data: st.DataObject
) -> None:
    known = [e for e in what.envois if any(a.session == e.when.session for a in appointments)]
    out = data.draw(st.lists(st.sampled_from(known), unique=True) if known else st.just([]))
    went = [Delivered(e.id, e.when.session, now - timedelta(days=n)) for n, e in enumerate(out)]
    due, dropped = plan(what, appointments, went, now=now, zone=zone, hours=hours)

    assert all(p.due >= now and allowed(p.due, hours, ZoneInfo(zone)) for p in due)
    assert [p.due for p in due] == sorted(p.due for p in due)
    keys = _keys(due) + _keys(dropped)
    assert len(set(keys)) == len(keys)

    sent = {d.envoi for d in went}
    by_session = {a.session: a for a in appointments if a.state != "cancelled"}
    wanted = {e.id: by_session[e.when.session] for e in what.envois if e.when.session in by_session}
    seen = {p.envoi.id for p in due} | {d.envoi.id for d in dropped}
    assert seen | (sent & wanted.keys()) == set(wanted)
    assert all(e.kind == "reminder" for e in what.envois if e.id in seen & sent)

    for p in due:
        until = by_session.get(p.envoi.until)
        assert until is None or p.due < until.at
        if p.envoi.when.days < 0 or (p.envoi.when.span or timedelta()) < timedelta():
            assert p.due < wanted[p.envoi.id].at
        assert p.envoi.kind == "reminder" or not _resting(what, by_session, p.due)


def _resting(what: Programme, by_session: dict[str, Appointment], t: datetime) -> bool:
    held = [a for a in by_session.values() if a.state in ("planned", "done")]
    return any(a.at <= t < a.at + timedelta(hours=2 + what.rest) for a in held) if what.rest else False


@given(programmes, bookings, instants, own_hours)
@settings(max_examples=300, deadline=None)
def test_no_day_and_no_week_holds_more_than_the_pace_but_for_what_is_condensed(
    what: Programme, appointments: list[Appointment], now: datetime, hours: Hours
) -> None:
    due, _ = plan(what, appointments, [], now=now, zone="Europe/Paris", hours=hours)
    free = [p.due.astimezone(PARIS) for p in due if p.envoi.kind != "reminder" and p.why != "condensed"]
    for t in free:
        assert sum(t.date() == other.date() for other in free) <= what.per_day
        assert sum(t.isocalendar()[:2] == other.isocalendar()[:2] for other in free) <= what.per_week


@given(programmes, bookings, instants, own_hours, st.sampled_from(SESSIONS), instants)
@settings(max_examples=200, deadline=None)
def test_moved_and_moved_back_is_as_if_it_had_stayed(
    what: Programme, appointments: list[Appointment], now: datetime, hours: Hours, session: str, elsewhere: datetime
) -> None:
    def read(these: list[Appointment]) -> list[tuple[str, datetime, str]]:
        due, _ = plan(what, these, [], now=now, zone="Europe/Paris", hours=hours)
        return [(p.envoi.id, p.due, p.why) for p in due]

    moved = [replace(a, at=elsewhere, revision=2) if a.session == session else a for a in appointments]
    read(moved)
    back = [replace(a, at=b.at, revision=a.revision + 1) for a, b in zip(moved, appointments, strict=True)]
    assert read(back) == read(appointments)
    assert read(list(reversed(back))) == read(appointments)


@given(programmes, bookings, own_hours, st.sampled_from(SESSIONS), st.integers(1, 20))
@settings(max_examples=200, deadline=None)
def test_moving_back_and_forth_never_sends_content_twice_nor_a_reminder_twice_for_one_revision(
    what: Programme, appointments: list[Appointment], hours: Hours, session: str, days: int
) -> None:
    """A life of four moves; whatever falls due in between is sent."""
    now, went, shown = START, list[Delivered](), list[Key]()
    for n in range(5):
        due, _ = plan(what, appointments, went, now=now, zone="Europe/Paris", hours=hours)
        now += timedelta(days=days)
        revision = {a.id: a.revision for a in appointments}
        for p in due:
            if p.due <= now:
                went.append(Delivered(p.envoi.id, p.envoi.when.session, p.due, revision[p.appointment]))
                shown.append((p.appointment, p.envoi.id, p.revision))
        shift = timedelta(days=days if n % 2 else -days)
        appointments = [
            replace(a, at=a.at + shift, revision=a.revision + 1) if a.session == session else a for a in appointments
        ]
    assert len(set(shown)) == len(shown)
    reminders = {e.id for e in what.envois if e.kind == "reminder"}
    others = [id for _, id, _ in shown if id not in reminders]
    assert len(set(others)) == len(others)


@given(programmes, bookings, own_hours)
@settings(max_examples=200, deadline=None)
def test_a_new_plan_after_the_first_send_changes_nothing_for_the_others(
    what: Programme, appointments: list[Appointment], hours: Hours
) -> None:
    due, _ = plan(what, appointments, [], now=START, zone="Europe/Paris", hours=hours)
    if not due:
        return
    first = due[0].due
    revision = {a.id: a.revision for a in appointments}
    went = [
        Delivered(p.envoi.id, p.envoi.when.session, p.due, revision[p.appointment], p.why == "condensed")
        for p in due
        if p.due == first
    ]
    left = [(p.envoi.id, p.due) for p in due if p.due > first]
    again, _ = plan(what, appointments, went, now=first, zone="Europe/Paris", hours=hours)
    assert [(p.envoi.id, p.due) for p in again] == left


# --- what hangs on answers, what was asked for, the gentle pace -------------------------------


@pytest.mark.parametrize(
    ("answers", "sent"),
    [
        ({}, False),
        ({"a.x": {"oui"}}, True),
        ({"a.x": {"non"}}, False),
        ({"a.x": {"non", "oui"}}, True),
        ({"x": {"oui"}}, False),
    ],
)
def test_an_envoi_hangs_on_an_answer(answers: dict[str, set[str]], sent: bool) -> None:
    what = programme(replace(item("a", "S1 +1 09:30"), given=(("a.x", frozenset({"oui", "peut-etre"})),)))
    session = booked("S1", paris("2026-06-09T10:00"))
    due, dropped = plan(
        what, [session], (), now=utc("2026-06-01T00:00"), zone="Europe/Paris", hours=WEEK, answers=answers
    )
    assert bool(due) == sent and not dropped


def test_what_was_asked_for_takes_no_room_in_the_pace_and_comes_once_a_day() -> None:
    asked = [replace(item(f"q{n}", f"S1 +{n} 09:00"), paced=False) for n in range(1, 8)]
    what = programme(*asked, *(item(f"c{n}", f"S1 +{n} 10:30") for n in (1, 2, 3)), per_week=3)
    due, dropped = planned(what, booked("S1", paris("2026-06-08T10:00")), now=utc("2026-06-01T00:00"))
    assert not dropped
    days = [due[f"q{n}"][0].astimezone(PARIS).date().isoformat() for n in range(1, 8)]
    assert days == [f"2026-06-{day:02}" for day in (9, 10, 11, 12, 15, 16, 17)]
    assert [due[f"c{n}"][0] for n in (1, 2, 3)] == [paris(f"2026-06-{day:02}T10:30") for day in (9, 10, 11)]


def test_the_gentle_pace_sends_less_and_says_what_it_leaves_out() -> None:
    readings = [item(f"c{n}", f"S1 +{n} 10:30", until="S2") for n in (1, 2, 3, 4)]
    preparations = [item(f"p{n}", f"S2 -{n} 09:30", "preparation", late="condenser") for n in (6, 4)]
    what = replace(programme(*readings, *preparations), gentle=Gentle(per_day=1, per_week=2, breath=3))
    sessions = [booked("S1", paris("2026-06-08T10:00")), booked("S2", paris("2026-06-22T10:00"))]

    def played(overlays: frozenset[str]) -> tuple[list[Planned], list[Dropped]]:
        now = utc("2026-06-01T00:00")
        return plan(what, sessions, (), now=now, zone="Europe/Paris", hours=WEEK, overlays=overlays)

    usual, _ = played(frozenset())
    gentle, left_out = played(frozenset({GENTLE}))
    weeks = Counter(p.due.astimezone(PARIS).isocalendar().week for p in gentle if p.why != "condensed")
    assert len(usual) == 6 and max(weeks.values()) == 2
    assert {p.envoi.id for p in gentle} >= {"p6", "p4"}
    assert {d.reason for d in left_out} <= {"pace"} and all(d.envoi.kind == "content" for d in left_out)
    assert {p.envoi.id for p in gentle} | {d.envoi.id for d in left_out} == {e.id for e in what.envois}


def test_a_day_moved_by_the_pace_keeps_the_hour_its_author_wrote() -> None:
    """Its own day was a Sunday: the last minute of Friday was full, Monday is at 09:30 and not at 19:30."""
    what = programme(
        *(item(f"c{n}", f"S1 +{n} 10:30", until="S2") for n in (1, 2, 3)), item("p", "S2 -2 09:30", "preparation")
    )
    sessions = [booked("S1", paris("2026-06-02T10:00")), booked("S2", paris("2026-06-09T10:00"))]
    due, _ = planned(what, *sessions, now=utc("2026-06-01T00:00"), hours=replace(WEEK, days=frozenset(range(5))))
    assert due["p"] == (paris("2026-06-08T09:30"), "pace")


def test_what_was_planned_is_not_late_because_other_hours_move_it_behind_us() -> None:
    """Planned for later for want of room; mornings are chosen at noon, and its place is now behind us."""
    session, now = booked("S1", paris("2026-06-12T14:00")), paris("2026-06-10T12:30")
    mornings = Hours(time(8), time(12), frozenset(range(5)))
    ahead, behind = (programme(item("lecture", f"S1 {days} 18:00", late="sauter")) for days in (-2, -3))
    tomorrow = paris("2026-06-11T08:00")
    assert planned(ahead, session, now=now, hours=mornings) == ({"lecture": (tomorrow, "quiet")}, {})
    assert planned(behind, session, now=now, hours=mornings) == ({}, {"lecture": "late"})
    standing = {(1, "lecture", 1)}
    due, dropped = plan(behind, [session], (), now=now, zone="Europe/Paris", hours=mornings, waiting=standing)
    assert [(p.due, p.why) for p in due] == [(tomorrow, "quiet")] and not dropped
