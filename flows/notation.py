"""The small notations of the content format: durations, moments told from a session, hours, scales.

Knows no calendar: a moment stays as it was written until an appointment is known.
"""

import re
from collections.abc import Mapping
from datetime import time, timedelta
from typing import Any

from flows.model import Moment
from flows.page import Node, Page
from flows.sheet import words

DAYS = {"j": 1, "sem": 7}
HOURS = {"h": 1, "j": 24, "sem": 168}
SPANS = {"h": timedelta(hours=1), "min": timedelta(minutes=1)}

DURATION = re.compile(r"([0-9]{1,3})(j|h|min|sem)")
CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
MOMENT = re.compile(
    r"(?P<session>\S+?)"
    r"(?:\s*(?P<sign>[-+−–])\s*(?P<count>[0-9]{1,3})\s*(?P<unit>j|h|min|sem))?"
    r"(?:\s+(?P<clock>[0-9]{2}:[0-9]{2}))?"
)
SCALE = re.compile(r"([0-9]{1,2})\.\.([0-9]{1,2})")

EXAMPLES = "« S2 - 1j 18:00 », « S2 + 2j 09:30 » ou « S2 - 2h »"


def days(page: Page, node: Node | None, low: int = 1) -> int:
    """Calendar days, from `3j` or `2sem`."""
    return _counted(page, node, DAYS, low, "des jours ou des semaines : « 3j », « 2sem »")


def hours(page: Page, node: Node | None) -> int:
    """Hours, from `6h` or `2j`."""
    return _counted(page, node, HOURS, 0, "des heures ou des jours : « 6h », « 2j »")


def _counted(page: Page, node: Node | None, units: dict[str, int], low: int, wanted: str) -> int:
    text = words(page, node, wanted)
    found = DURATION.fullmatch(text.strip())
    if found and found[2] in units and int(found[1]) * units[found[2]] >= low:
        return int(found[1]) * units[found[2]]
    if node and text.strip():
        page.fault(node.mark, f"« {text[:48]} » n'est pas une durée qui convient", wanted)
    return low


def clock(page: Page, node: Node | None) -> time:
    """An hour of the day, from `09:30`."""
    text = words(page, node, "une heure : « 09:30 »")
    found = _clock(text)
    if found is None and node and text.strip():
        page.fault(node.mark, f"« {text[:48]} » n'est pas une heure", "deux chiffres, « : », deux chiffres : « 09:30 »")
    return found or time(0)


def _clock(text: str) -> time | None:
    found = CLOCK.fullmatch(text.strip())
    return time(int(found[1]), int(found[2])) if found else None


def moment(page: Page, node: Node | None) -> Moment | None:
    """`S2 - 1j 18:00`, `S2 + 2j` (the session's own hour), `S2 18:00` or `S2 - 2h`; None when it is none of these."""
    text = words(page, node, EXAMPLES)
    found = MOMENT.fullmatch(text.strip())
    read = _moment(found) if found else None
    if read is None and node and text.strip():
        page.fault(node.mark, f"« {text[:48]} » n'est pas un moment", EXAMPLES)
    return read


def spelled(text: str) -> Moment | None:
    """A moment as an author writes it, from outside a page; None when it is none."""
    found = MOMENT.fullmatch(text.strip())
    return _moment(found) if found else None


def _moment(found: re.Match[str]) -> Moment | None:
    session, unit, at = found["session"], found["unit"], _clock(found["clock"] or "")
    if (found["clock"] and at is None) or not (unit or at):
        return None
    count = int(found["count"] or 0) * (1 if found["sign"] == "+" else -1)
    if unit not in SPANS:
        return Moment(session, days=count * DAYS.get(unit, 0), at=at)
    return None if at else Moment(session, span=count * SPANS[unit])


def told(moment: Moment) -> dict[str, str | int]:
    """A moment as JSON that `retold` reads back: session, days, at, span in minutes."""
    span = {"span": int(moment.span.total_seconds() // 60)} if moment.span is not None else {}
    at = {"at": f"{moment.at:%H:%M}"} if moment.at else {}
    return {"session": moment.session, "days": moment.days, **at, **span}


def retold(held: Mapping[str, Any]) -> Moment:
    span = timedelta(minutes=held["span"]) if held.get("span") is not None else None
    return Moment(held["session"], days=held.get("days", 0), at=_clock(held.get("at", "")), span=span)


def scale(page: Page, node: Node | None) -> tuple[int, int]:
    """`0..10`: both ends included, at most eleven steps, one button each."""
    text = words(page, node, "« 0..10 »")
    found = SCALE.fullmatch(text.strip())
    if found and int(found[1]) < int(found[2]) <= int(found[1]) + 10:
        return int(found[1]), int(found[2])
    if node and text.strip():
        page.fault(node.mark, f"« {text[:48]} » n'est pas une échelle", "deux nombres et deux points : « 0..10 »")
    return 0, 10
