"""« jeudi 3 décembre 14:30 » as a date and an hour, where the coach is. Knows no appointment and no person."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flows.calendar import WEEKDAYS, resolve
from flows.spoken import MONTHS as FLAT_MONTHS
from flows.spoken import RELATIVE, Unreadable, day, plain

LONGEST = 120
"""Characters read at most."""

OFFICE = (time(6, 0), time(22, 59))
"""Hours in which somebody may be received; others are a slip of the keyboard."""

JUST_PAST = timedelta(days=60)
"""A day without its year that lies further back than this is next year's."""

FAR = timedelta(days=2 * 366)

AFTER_TOMORROW = "apres demain"
HOUR = re.compile(r"(?<![\d/.-])(\d{1,2})\s*(?:h(?:eures?)?|:)\s*(\d{2})?(?![\d/])", re.IGNORECASE)
FIGURES = re.compile(r"(?<![\d/.-])(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}|\d{2}))?(?![\d/-])")
NAMED = re.compile(r"\b(\d{1,2})(?:er)? ([a-z]{3,9})(?: (\d{4}))?\b")
ISO = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?")


class Unclear(Exception):
    """No appointment can be made of it; `reason` ends the name of the phrase that says so, kindly."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def moment(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The instant somebody in `zone` means, always ahead of `now`.

    Raises Unclear: date, hour, weekday (it is not that day's), night, past, far.
    """
    words = text.strip()[:LONGEST]
    at = _iso(words, zone) or _said(words, now.astimezone(zone).date(), zone)
    _check(at, now, zone)
    return at


def calendar_day(text: str, now: datetime, zone: ZoneInfo) -> date:
    """The day somebody in `zone` means, today or ahead. Raises Unclear: date, weekday, past, far."""
    today = now.astimezone(zone).date()
    on = _day(text.strip()[:LONGEST], today)
    if on < today:
        raise Unclear("past")
    if on - today > FAR:
        raise Unclear("far")
    return on


def stretch(text: str, on: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """« 10 h 15 à 12 h », the two instants somebody in `zone` means, on the day of `on`. Raises Unclear: hours."""
    spelled = re.sub(r"\bmidi\b", "12 h", text.strip()[:LONGEST], flags=re.IGNORECASE)
    day = on.astimezone(zone).date()
    try:
        found = [time(int(one[1]), int(one[2] or 0)) for one in HOUR.finditer(spelled)]
    except ValueError:
        raise Unclear("hours") from None
    if len(found) != 2 or found[0] >= found[1]:
        raise Unclear("hours")
    starts, ends = (resolve(datetime.combine(day, hour), zone) for hour in found)
    return starts, ends


def _check(at: datetime, now: datetime, zone: ZoneInfo) -> None:
    if at <= now:
        raise Unclear("past")
    if at - now > FAR:
        raise Unclear("far")
    if not OFFICE[0] <= at.astimezone(zone).time() <= OFFICE[1]:
        raise Unclear("night")


def _iso(words: str, zone: ZoneInfo) -> datetime | None:
    if not ISO.fullmatch(words):
        return None
    try:
        written = datetime.fromisoformat(words)
        return resolve(written, zone) if written.tzinfo is None else written.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unclear("date") from None


def _said(words: str, today: date, zone: ZoneInfo) -> datetime:
    spelled = re.sub(r"\bmidi\b", "12 h", words, flags=re.IGNORECASE)
    hours = list(HOUR.finditer(spelled))
    rest = HOUR.sub(" ", spelled)
    on = _day(rest, today)
    if len(hours) != 1:
        raise Unclear("hour")
    try:
        return resolve(datetime.combine(on, time(int(hours[0][1]), int(hours[0][2] or 0))), zone)
    except (ValueError, OverflowError):
        raise Unclear("hour") from None


def _day(rest: str, today: date) -> date:
    flat = plain(rest)
    weekday = next((n for n, name in enumerate(WEEKDAYS) if re.search(rf"\b{name}\b", flat)), None)
    found = _dated(rest, flat, today)
    if found is None and weekday is not None:
        return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    if found is None:
        raise Unclear("date")
    if weekday is not None and found.weekday() != weekday:
        raise Unclear("weekday")
    return found


def _dated(rest: str, flat: str, today: date) -> date | None:
    if AFTER_TOMORROW in flat:
        return today + timedelta(days=2)
    for word in RELATIVE:
        if re.search(rf"\b{word}\b", flat):
            return today + timedelta(days=RELATIVE[word])
    if found := FIGURES.search(rest):
        return _on(int(found[1]), int(found[2]), found[3], today)
    for found in NAMED.finditer(flat):
        if month := _month(found[2]):
            return _on(int(found[1]), month, found[3], today)
    return _whole(rest)


def _month(word: str) -> int | None:
    """« décembre », « déc », « janv »: a beginning that only one month has."""
    begun = [n for n, name in enumerate(FLAT_MONTHS, 1) if name.startswith(word)]
    return begun[0] if len(begun) == 1 else None


def _on(dom: int, month: int, year: str | None, today: date) -> date:
    """The day of that name: this year's, unless it is well behind us."""
    try:
        if year:
            return date(int(year) + (2000 if len(year) == 2 else 0), month, dom)
        this = date(today.year, month, dom)
        return this if today - this <= JUST_PAST else date(today.year + 1, month, dom)
    except ValueError:
        raise Unclear("date") from None


def _whole(rest: str) -> date | None:
    """Whatever else the participants' own questions take for a full date."""
    try:
        return date.fromisoformat(day(rest, None))
    except (Unreadable, ValueError):
        return None
