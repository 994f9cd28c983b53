"""Local time: the measured vectors of S10, every clock change of every zone, and hours read step by step."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from flows.calendar import (
    REACH,
    allowed,
    days_after,
    earlier,
    instant,
    later,
    resolve,
    spoken,
    spoken_date,
    spoken_day,
    zone,
)
from flows.model import Hours, Moment

PARIS = ZoneInfo("Europe/Paris")
MARTINIQUE = ZoneInfo("America/Martinique")
REUNION = ZoneInfo("Indian/Reunion")

DEFAULT = Hours(time(8), time(20, 30), frozenset(range(6)))
PROGRAMME = Hours(time(9), time(19, 30), frozenset(range(5)), "FR")
MINUTE = timedelta(minutes=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def paris(text: str) -> datetime:
    """A local time of Paris away from clock changes."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


# --- the vectors -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "at", "where", "expected"),
    [
        pytest.param(Moment("S", days=-1), "2026-03-30T08:00", PARIS, "2026-03-29T08:00", id="V1"),
        pytest.param(Moment("S", span=timedelta(hours=-48)), "2026-03-30T08:00", PARIS, "2026-03-28T08:00", id="V1b"),
        pytest.param(Moment("S", days=-1, at=time(18)), "2026-05-12T13:00", MARTINIQUE, "2026-05-11T22:00", id="V5"),
        pytest.param(Moment("S", days=-1, at=time(18)), "2026-05-12T05:00", REUNION, "2026-05-11T14:00", id="V6"),
        pytest.param(Moment("S", days=-1, at=time(18)), "2026-05-19T07:00", PARIS, "2026-05-18T16:00", id="V8"),
        pytest.param(Moment("S", days=-1, at=time(18)), "2026-05-12T12:00", PARIS, "2026-05-11T16:00", id="V9"),
        pytest.param(Moment("S", span=timedelta(hours=-2)), "2026-05-12T06:00", PARIS, "2026-05-12T04:00", id="V10"),
    ],
)
def test_a_moment_is_told_in_the_appointments_zone(moment: Moment, at: str, where: ZoneInfo, expected: str) -> None:
    assert instant(moment, utc(at), where) == utc(expected)


def test_v1_v1b_local_hours() -> None:
    session = resolve(datetime(2026, 3, 30, 10), PARIS)
    assert instant(Moment("S", days=-1), session, PARIS).astimezone(PARIS).hour == 10
    assert instant(Moment("S", span=timedelta(hours=-48)), session, PARIS).astimezone(PARIS).hour == 9


def test_v3_a_skipped_hour_moves_forward() -> None:
    result = resolve(datetime(2026, 3, 29, 2, 30), PARIS)
    assert result.astimezone(PARIS).isoformat() == "2026-03-29T03:30:00+02:00"
    daily = [days_after(resolve(datetime(2026, 3, 28, 2, 30), PARIS), n, PARIS) for n in range(3)]
    assert [t.astimezone(PARIS).time() for t in daily] == [time(2, 30), time(3, 30), time(2, 30)]


def test_v4_an_hour_that_comes_twice_is_the_first() -> None:
    assert resolve(datetime(2026, 10, 25, 2, 30), PARIS) == utc("2026-10-25T00:30")
    assert resolve(datetime(2026, 10, 25, 2, 30, fold=1), PARIS) == utc("2026-10-25T00:30")


def test_v10_two_hours_before_an_early_session_is_the_evening_before() -> None:
    raw = instant(Moment("S", span=timedelta(hours=-2)), paris("2026-05-12T08:00"), PARIS)
    assert earlier(raw, DEFAULT, PARIS) == paris("2026-05-11T20:30")


def test_no_offset_at_all_is_the_appointment_itself_even_in_an_hour_that_comes_twice() -> None:
    second = utc("2026-10-25T01:30")
    assert instant(Moment("S"), second, PARIS) == second
    assert days_after(second, 0, PARIS) == second


def test_days_and_an_hour_of_day_with_a_zone_ahead_of_utc() -> None:
    late = datetime(2026, 5, 12, 8, tzinfo=ZoneInfo("Pacific/Auckland")).astimezone(UTC)
    assert instant(Moment("S", days=2, at=time(9, 30)), late, ZoneInfo("Pacific/Auckland")) == utc("2026-05-13T21:30")


# --- every zone ------------------------------------------------------------------------------

FIRST, LAST = utc("2024-01-01T00:00"), utc("2038-01-01T00:00")
ZONES = sorted(available_timezones() - {"Factory", "localtime", "posixrules"})


def _offset(t: datetime, where: ZoneInfo) -> timedelta:
    return t.astimezone(where).utcoffset() or timedelta()


def _changes(where: ZoneInfo) -> list[tuple[datetime, timedelta, timedelta]]:
    """Each clock change: its first instant, the offset before and the offset after."""
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    offsets = [_offset(day, where) for day in days]
    found = []
    for day, old, new in zip(days, offsets, offsets[1:], strict=False):
        if old != new:
            low, high = 0, 24 * 60  # minutes of that day: the old offset holds at the first, not at the last
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if _offset(day + middle * MINUTE, where) == old else (low, middle)
            found.append((day + high * MINUTE, old, new))
    return found


def test_all_zones_2024_to_2037_every_clock_change() -> None:
    """Around each change, every half hour of wall clock: a gap moves forward by its width, an overlap is its first."""
    seen = 0
    for name in ZONES:
        where = zone(name)
        for change, old, new in _changes(where):
            seen += 1
            before, after = (change + old).replace(tzinfo=None), (change + new).replace(tzinfo=None)
            for n in range(-5, 6):
                wall = min(before, after) + n * timedelta(minutes=30)
                # In a gap the old offset still counts, so the clock shows its width more. An overlap is its first.
                expected = (wall - (old if wall < max(before, after) else new)).replace(tzinfo=UTC)
                if before <= wall < after:
                    assert expected.astimezone(where).replace(tzinfo=None) - wall == after - before
                assert resolve(wall, where) == expected, (name, wall)
    assert len(ZONES) > 580
    assert seen > 5000


@given(st.sampled_from(ZONES), st.datetimes(datetime(2024, 1, 1), datetime(2037, 12, 30)))
@settings(max_examples=500, deadline=None)
def test_resolve_shows_the_wall_clock_asked_for_or_a_later_one(name: str, local: datetime) -> None:
    where = zone(name)
    shown = resolve(local, where).astimezone(where).replace(tzinfo=None)
    assert local <= shown <= local + timedelta(hours=24)
    if shown != local:  # a gap: no instant within reach shows that time
        near = [resolve(local, where) + n * timedelta(minutes=15) for n in range(-100, 101)]
        assert all(t.astimezone(where).replace(tzinfo=None) != local for t in near)


@given(st.sampled_from(ZONES), st.datetimes(datetime(2024, 1, 1), datetime(2037, 11, 1)), st.integers(-40, 40))
@settings(max_examples=300, deadline=None)
def test_days_after_is_that_calendar_day(name: str, local: datetime, days: int) -> None:
    where = zone(name)
    start = resolve(local.replace(hour=12), where)
    assume(start.astimezone(where).hour == 12)
    landed = days_after(start, days, where).astimezone(where)
    assert landed.date() == start.astimezone(where).date() + timedelta(days=days)
    assert landed.hour == 12


def test_an_unknown_zone_is_refused_and_no_path_is_read() -> None:
    wrong = [
        "Europe/Pari", "europe/paris", "", " ", "CEST", "../../etc/passwd", "/etc/localtime", "Europe/../Europe/Paris",
        "localtime", "Factory", "Europe", "UTC+2", "\0", "Europe/Paris\n",
    ]  # fmt: skip
    for name in wrong:
        with pytest.raises(ValueError, match="Fuseau horaire inconnu"):
            zone(name)
    assert zone("Europe/Paris") is zone("Europe/Paris")
    assert zone("UTC").key == "UTC"


# --- hours -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2026-05-12T08:59:59", False),
        ("2026-05-12T09:00:00", True),
        ("2026-05-12T19:30:59", True),  # the last minute is included
        ("2026-05-12T19:31:00", False),
        ("2026-05-16T10:00:00", False),  # a Saturday
        ("2026-05-01T10:00:00", False),  # 1 May, a Friday
        ("2026-07-14T10:00:00", False),  # 14 July, a Tuesday
        ("2026-05-14T10:00:00", False),  # Ascension Day moves
        ("2027-05-06T10:00:00", False),  # … every year
        ("2027-05-13T10:00:00", True),
        ("2026-07-15T10:00:00", True),
    ],
)
def test_hours_of_the_programme(local: str, expected: bool) -> None:
    assert allowed(paris(local), PROGRAMME, PARIS) is expected


def test_a_public_holiday_is_a_day_like_any_other_without_a_country() -> None:
    assert allowed(paris("2026-07-14T10:00"), DEFAULT, PARIS)


def test_a_holiday_is_told_where_the_person_is() -> None:
    """14 July 23:30 in Martinique is already the 15th in Paris."""
    all_day = Hours(time(0), time(23, 59), frozenset(range(7)), "FR")
    t = utc("2026-07-15T03:30")
    assert not allowed(t, all_day, MARTINIQUE)
    assert allowed(t, all_day, PARIS)


def test_around_a_long_week_end() -> None:
    """Friday 1 May 2026 is a holiday: Thursday evening before it, Monday morning after it."""
    holiday = paris("2026-05-01T11:00")
    assert earlier(holiday, PROGRAMME, PARIS) == paris("2026-04-30T19:30")
    assert later(holiday, PROGRAMME, PARIS) == paris("2026-05-04T09:00")


def test_an_allowed_instant_stays_as_it_is() -> None:
    t = paris("2026-05-12T19:30:42")
    assert earlier(t, PROGRAMME, PARIS) == t == later(t, PROGRAMME, PARIS)


def test_a_moment_after_closing() -> None:
    t = paris("2026-05-12T19:31")
    assert earlier(t, PROGRAMME, PARIS) == paris("2026-05-12T19:30")
    assert later(t, PROGRAMME, PARIS) == paris("2026-05-13T09:00")


def test_the_night_of_a_clock_change_opens_at_the_local_hour() -> None:
    sunday_too = Hours(time(9), time(19, 30), frozenset(range(7)))
    assert later(utc("2026-03-29T00:30"), sunday_too, PARIS) == utc("2026-03-29T07:00")
    assert later(utc("2026-10-25T00:30"), sunday_too, PARIS) == utc("2026-10-25T08:00")


@pytest.mark.parametrize(
    "hours", [Hours(time(9), time(19), frozenset()), Hours(time(20), time(8), frozenset(range(7)))]
)
def test_hours_that_allow_nothing_are_told(hours: Hours) -> None:
    with pytest.raises(ValueError, match="qui précèdent"):
        earlier(paris("2026-05-12T10:00"), hours, PARIS)
    with pytest.raises(ValueError, match="qui suivent"):
        later(paris("2026-05-12T10:00"), hours, PARIS)


def test_an_unknown_country_is_told() -> None:
    with pytest.raises(ValueError, match="« ZZ »"):
        allowed(paris("2026-05-12T10:00"), Hours(time(9), time(19), frozenset(range(7)), "ZZ"), PARIS)


clocks = st.times().map(lambda t: t.replace(second=0, microsecond=0))
some_hours = st.builds(
    lambda a, b, days, country: Hours(min(a, b), max(a, b), frozenset(days), country),
    clocks, clocks, st.sets(st.integers(0, 6), min_size=1), st.sampled_from(["", "FR"]),
)  # fmt: skip
instants = st.datetimes(datetime(2024, 3, 1), datetime(2036, 1, 1), timezones=st.just(UTC))


@given(instants, some_hours, st.sampled_from(ZONES))
@settings(max_examples=500, deadline=None)
def test_earlier_and_later_stand_on_both_sides_and_are_allowed(t: datetime, hours: Hours, name: str) -> None:
    where = zone(name)
    before, after = earlier(t, hours, where), later(t, hours, where)
    assert before <= t <= after
    assert allowed(before, hours, where)
    assert allowed(after, hours, where)
    assert after - before < timedelta(days=2 * REACH)
    assert (before == t == after) is allowed(t, hours, where)


@given(instants, st.sampled_from(["Europe/Paris", "America/Martinique", "Asia/Kathmandu", "Australia/Lord_Howe"]))
@settings(max_examples=40, deadline=None)
def test_nothing_allowed_lies_between(t: datetime, name: str) -> None:
    """Every five minutes up to the answer: no closer one would have done."""
    where, t = zone(name), t.replace(second=0, microsecond=0)
    before, after = earlier(t, PROGRAMME, where), later(t, PROGRAMME, where)
    between = range(1, (after - before) // MINUTE, 5)
    assert not any(allowed(before + n * MINUTE, PROGRAMME, where) for n in between)


# --- words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("local", "words"),
    [
        ("2026-12-01T09:00", "mardi 1er décembre à 9 h"),
        ("2026-12-03T14:30", "jeudi 3 décembre à 14 h 30"),
        ("2026-08-11T10:05", "mardi 11 août à 10 h 05"),
        ("2026-02-28T00:00", "samedi 28 février à 0 h"),
    ],
)
def test_spoken(local: str, words: str) -> None:
    assert spoken(paris(local), PARIS) == words


def test_spoken_where_the_person_is() -> None:
    t = utc("2026-05-12T01:00")
    assert spoken(t, MARTINIQUE) == "lundi 11 mai à 21 h"
    assert spoken_day(t, PARIS) == "mardi 12 mai"


def test_every_day_and_month_has_its_name() -> None:
    days = [datetime(2026, 6, 1, 12, tzinfo=UTC) + timedelta(days=n) for n in range(7)]
    assert [spoken_day(d, PARIS).split()[0] for d in days] == [
        "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche",
    ]  # fmt: skip
    months = [spoken_day(datetime(2026, m, 2, 12, tzinfo=UTC), PARIS).split()[-1] for m in range(1, 13)]
    assert months == [
        "janvier", "février", "mars", "avril", "mai", "juin",
        "juillet", "août", "septembre", "octobre", "novembre", "décembre",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("2019-03-04", "4 mars 2019"),
        ("2019-03-01", "1er mars 2019"),
        ("2019-03", "mars 2019"),
        (date(2026, 11, 23).isoformat(), "23 novembre 2026"),
        ("2019-13", "2019-13"),
        ("au printemps", "au printemps"),
        ("", ""),
    ],
)
def test_spoken_date(value: str, words: str) -> None:
    assert spoken_date(value) == words
