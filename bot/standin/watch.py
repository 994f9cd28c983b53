"""The rehearsal's clock: real time plus an offset kept in a file as an ISO 8601 duration (`P1DT2H`)."""

from __future__ import annotations

import math
import os
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

_NUMBER = r"(\d+(?:[.,]\d+)?)"
_DURATION = re.compile(
    rf"([+-]?)P(?=.)(?:{_NUMBER}W)?(?:{_NUMBER}D)?(?:T(?=.)(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?", re.ASCII
)


def duration(text: str) -> timedelta:
    """The length of an ISO 8601 duration in weeks, days and time; ValueError for anything else."""
    found = _DURATION.fullmatch(text.strip())
    if not found:
        raise ValueError(f"durée ISO 8601 attendue (par exemple P1DT2H), lu : {text!r}")
    sign, *parts = found.groups()
    weeks, days, hours, minutes, seconds = (float((part or "0").replace(",", ".")) for part in parts)
    length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -length if sign == "-" else length


def spelled(length: timedelta) -> str:
    """The duration as ISO 8601, in whole seconds, rounded up."""
    seconds = math.ceil(length.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    time = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (rest, "S")) if n)
    day = f"{days}D" if days else ""
    return f"{sign}P{day}{'T' + time if time else ''}" if day or time else "PT0S"


class Watch:
    """Reads the offset again whenever the file has changed; without a file it keeps it in memory."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._seen: tuple[int, int, int] | None = None
        self._offset = timedelta()

    @property
    def offset(self) -> timedelta:
        """How far the rehearsal runs ahead of real time."""
        if self._file is not None:
            self._read(self._file)
        return self._offset

    def now(self) -> datetime:
        """The rehearsal's instant, aware, in UTC."""
        return datetime.now(UTC) + self.offset

    def advance(self, by: timedelta) -> None:
        """Move the clock on and write the offset down, in one rename so that no reader sees half of it."""
        offset = self._offset = self.offset + by
        self._seen = None
        if self._file is None:
            return
        draft = self._file.with_name(self._file.name + ".draft")
        draft.write_text(spelled(offset) + "\n", encoding="ascii")
        os.replace(draft, self._file)

    def _read(self, file: Path) -> None:
        try:
            status = file.stat()
        except FileNotFoundError:
            self._seen, self._offset = None, timedelta()
            return
        stamp = (status.st_mtime_ns, status.st_ino, status.st_size)
        if stamp == self._seen:
            return
        with suppress(OSError, ValueError):  # half-written or wrong: the last good offset stands
            self._offset = duration(file.read_text(encoding="utf-8"))
            self._seen = stamp
