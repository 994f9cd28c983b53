"""Local time: wall clocks to instants, calendar days, hours in which one may write, dates in French words.

Knows no programme and no clock: instants are aware UTC and come from outside (S9, S10).
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from flows.model import Hours, Moment

REACH = 60
"""Days searched for an allowed hour before giving up."""

MINUTE = timedelta(minutes=1)
NO_PLACE = frozenset({"Factory", "localtime", "posixrules"})

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip

# --- zones and instants ----------------------------------------------------------------------


def zone(name: str) -> ZoneInfo:
    """The IANA zone of that exact name. Raises ValueError (in French) for any other word, which is never looked up."""
    if name not in zones():
        raise ValueError(f"Fuseau horaire inconnu : « {name[:48]} ». Exemple : Europe/Paris.")
    return ZoneInfo(name)


@lru_cache(maxsize=1)
def zones() -> frozenset[str]:
    """The name of every IANA zone that is a place."""
    return frozenset(available_timezones()) - NO_PLACE


def resolve(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a naive local time: one that is skipped moves forward, one that comes twice is the first (S10)."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def instant(moment: Moment, at: datetime, zone: ZoneInfo) -> datetime:
    """When `moment` is, for an appointment at `at` in `zone`.

    Days are calendar days there, at `moment.at` or at the appointment's own local hour; a span goes through UTC (S10).
    """
    return _on(at, moment.days, moment.at, zone) + (moment.span or timedelta())


def days_after(start: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same local hour, so many calendar days later (earlier when negative)."""
    return _on(start, days, None, zone)


def _on(start: datetime, days: int, at: time | None, zone: ZoneInfo) -> datetime:
    if not days and at is None:
        return start
    local = start.astimezone(zone)
    return resolve(datetime.combine(local.date() + timedelta(days=days), at or local.time()), zone)


# --- hours -----------------------------------------------------------------------------------


def allowed(t: datetime, hours: Hours, zone: ZoneInfo) -> bool:
    """Whether something nobody asked for may leave at `t`; the last minute of the day is included (S9).

    Raises ValueError for an unknown country of holidays.
    """
    window = _window(t.astimezone(zone).date(), hours, zone)
    return window is not None and window[0] <= t < window[1] + MINUTE


def earlier(t: datetime, hours: Hours, zone: ZoneInfo) -> datetime:
    """`t` when allowed, else the last allowed minute before it. Raises ValueError when there is none in 60 days."""
    if allowed(t, hours, zone):
        return t
    day = t.astimezone(zone).date()
    for n in range(REACH + 1):
        window = _window(day - timedelta(days=n), hours, zone)
        if window and window[1] <= t:
            return window[1]
    raise ValueError(f"Aucune heure d'envoi possible dans les {REACH} jours qui précèdent.")


def later(t: datetime, hours: Hours, zone: ZoneInfo) -> datetime:
    """`t` when allowed, else the first allowed minute after it. Raises ValueError when there is none in 60 days."""
    if allowed(t, hours, zone):
        return t
    day = t.astimezone(zone).date()
    for n in range(REACH + 1):
        window = _window(day + timedelta(days=n), hours, zone)
        if window and window[0] >= t:
            return window[0]
    raise ValueError(f"Aucune heure d'envoi possible dans les {REACH} jours qui suivent.")


def holiday(t: datetime, hours: Hours, zone: ZoneInfo) -> bool:
    """Whether `t` falls on a public holiday of the country that `hours` name."""
    day = t.astimezone(zone).date()
    return bool(hours.holidays) and day in _holidays(hours.holidays, day.year)


@lru_cache(maxsize=4096)
def _window(day: date, hours: Hours, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """First and last allowed minute of a local day; None when there is none, a clock change taken into account."""
    if day.weekday() not in hours.days or (hours.holidays and day in _holidays(hours.holidays, day.year)):
        return None
    first, last = (resolve(datetime.combine(day, edge), zone) for edge in (hours.start, hours.end))
    inside = first <= last and all(edge.astimezone(zone).date() == day for edge in (first, last))
    return (first, last) if inside else None


@lru_cache(maxsize=64)
def _holidays(country: str, year: int) -> frozenset[date]:
    import holidays

    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        raise ValueError(f"Jours fériés inconnus pour le pays « {country} ». Exemple : FR.") from None


# --- words -----------------------------------------------------------------------------------


def spoken(t: datetime, zone: ZoneInfo) -> str:
    """« mardi 1er décembre à 9 h », « jeudi 3 décembre à 14 h 30 », where `zone` is."""
    return f"{spoken_day(t, zone)} à {spoken_hour(t, zone)}"


def spoken_hour(t: datetime, zone: ZoneInfo) -> str:
    """« 9 h », « 14 h 30 », the hour it is in `zone`."""
    return spoken_time(t.astimezone(zone).time())


def spoken_time(at: time) -> str:
    """« 9 h », « 14 h 30 », as a clock shows it."""
    return f"{at.hour} h" + (f" {at.minute:02}" if at.minute else "")


def spoken_length(length: timedelta) -> str:
    """« 24 h », « 1 h 30 »; seconds are left out."""
    minutes = int(length.total_seconds()) // 60
    return f"{minutes // 60} h" + (f" {minutes % 60:02}" if minutes % 60 else "")


def spoken_day(t: datetime, zone: ZoneInfo) -> str:
    """« mardi 1er décembre », the day it is in `zone`."""
    day = t.astimezone(zone).date()
    return f"{WEEKDAYS[day.weekday()]} {_day_month(day)}"


def spoken_date(value: str) -> str:
    """An ISO day or month in words: « 1er mars 2019 », « mars 2019 ». Anything else is given back as it is."""
    try:
        day = date.fromisoformat(value if len(value) != len("2019-03") else f"{value}-01")
    except ValueError:
        return value
    return f"{MONTHS[day.month - 1] if len(value) == len('2019-03') else _day_month(day)} {day.year}"


def _day_month(day: date) -> str:
    return f"{'1er' if day.day == 1 else day.day} {MONTHS[day.month - 1]}"
