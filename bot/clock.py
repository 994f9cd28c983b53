"""The only reader of the clock: real time, or real time moved by a rehearsal.

Knows nothing of time zones or of what is due; instants are aware UTC.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final, Self

_NUMBER: Final = r"(\d+(?:[.,]\d+)?)"
_DURATION: Final = re.compile(
    rf"([+-]?)P(?=.)(?:{_NUMBER}W)?(?:{_NUMBER}D)?(?:T(?=.)(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?", re.ASCII
)
_SECONDS: Final = (604_800, 86_400, 3_600, 60, 1)
_LONGEST: Final = timedelta(days=36_525)


def parse_duration(text: str) -> timedelta:
    """An ISO 8601 duration of weeks to seconds, with an optional sign: `P12D`, `-PT1H30M`, `P1DT0.5S`.

    Years and months have no fixed length and are refused. Raises ValueError, also beyond a hundred years.
    """
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"not an ISO 8601 duration of weeks to seconds: {text!r}")
    sign, *amounts = found.groups()
    seconds = sum(Decimal((n or "0").replace(",", ".")) * unit for n, unit in zip(amounts, _SECONDS, strict=True))
    if seconds > _LONGEST.total_seconds():
        raise ValueError(f"longer than a hundred years: {text!r}")
    span = timedelta(microseconds=int(seconds * 1_000_000))
    return -span if sign == "-" else span


def format_duration(span: timedelta) -> str:
    """The shortest form that `parse_duration` reads back: `P12D`, `-PT1H30M`, `PT0S`."""
    whole = abs(span)
    minutes, seconds = divmod(whole.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{whole.microseconds:06}".rstrip("0") if whole.microseconds else ""
    days = f"{whole.days}D" if whole.days else ""
    time = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M")) if n)
    if seconds or fraction or not (days or time):
        time += f"{seconds}{fraction}S"
    return ("-" if span < timedelta() else "") + "P" + days + (f"T{time}" if time else "")


class Clock:
    """Tells the time. Make one with `real` or `rehearsal` and hand it, or what it says, to whoever needs it."""

    def __init__(self, shift: Callable[[], timedelta]) -> None:
        self._shift = shift

    @classmethod
    def real(cls) -> Self:
        return cls(timedelta)

    @classmethod
    def rehearsal(cls, path: Path) -> Self:
        """Real time plus the ISO 8601 duration in the file at `path`, followed as the file changes.

        A file that is missing, half-written or wrong leaves the last good duration standing, at first none.
        """
        return cls(_Shift(path))

    def now(self) -> datetime:
        """This instant, aware and in UTC."""
        return datetime.now(UTC) + self._shift()


class _Shift:
    """The file is read at each call: two writes within one tick of its timestamp would go unseen otherwise."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last = timedelta()

    def __call__(self) -> timedelta:
        with suppress(OSError, ValueError):
            self._last = parse_duration(self._path.read_text("utf-8"))
        return self._last
