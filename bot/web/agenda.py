"""Every appointment of the coach on one list, and the secret address that brings them to her own calendar."""

from datetime import datetime, timedelta
from itertools import groupby

from bot.desk import agenda, feeds
from bot.desk.agenda import Entry
from bot.web.answer import PREFIX, Answer, Body, Go, Missing, Page
from bot.web.sitting import Sitting
from flows.calendar import MONTHS

PAGE = 50
"""Appointments on one page: page 0 begins today, page -1 ends yesterday."""

FURTHEST = 400
REACH = timedelta(days=20 * 366)
UNBOOKED = 25


def page(sitting: Sitting) -> Answer:
    number = _number(sitting.query.get("page", "0"))
    if number is None:
        return Missing()
    found, more = _entries(sitting, number)
    earlier, later = (number - 1, number + 1)
    first = number == 0
    unbooked = _unbooked(sitting) if first else []
    return Page("agenda.html", {
        "months": _months(sitting, found), "first": first,
        "before": _link(earlier) if number >= 0 or more else "", "after": _link(later) if number < 0 or more else "",
        "unbooked": unbooked[:UNBOOKED], "others": len(unbooked) > UNBOOKED,
    })  # fmt: skip


def calendar(sitting: Sitting) -> Answer:
    """For whoever holds the address: their calendar program comes without a session."""
    token = sitting.places["token"]
    found = feeds.read(sitting.conn, sitting.vault, sitting.house, token, sitting.now, sitting.held)
    if found is None:
        return Missing()
    return Body(found.data, "text/calendar; charset=utf-8", "marge.ics", inline=True, tag=found.tag)


def feed(sitting: Sitting) -> Answer:
    return _feed(sitting, "")


def open_feed(sitting: Sitting) -> Answer:
    """The address is shown in this answer and never again."""
    token = feeds.open_(sitting.conn, sitting.actor.id, sitting.now)
    return _feed(sitting, f"{sitting.house.page}{PREFIX}/agenda/{token}.ics")


def close_feed(sitting: Sitting) -> Answer:
    feeds.close(sitting.conn, sitting.actor.id, sitting.now)
    return Go("/reglages/agenda", "page_told_feed_closed")


def _feed(sitting: Sitting, address: str) -> Answer:
    return Page("feed.html", {"address": address, "since": feeds.since(sitting.conn, sitting.actor.id)})


def _number(text: str) -> int | None:
    digits = text.removeprefix("-")
    fits = digits.isascii() and digits.isdecimal() and len(digits) < 4
    number = int(text) if fits else FURTHEST + 1
    return number if abs(number) <= FURTHEST else None


def _link(number: int) -> str:
    return f"{PREFIX}/agenda" + (f"?page={number}" if number else "")


def _entries(sitting: Sitting, number: int) -> tuple[list[Entry], bool]:
    """One page in order of time, and whether there are more on the side away from today."""
    today = sitting.now.astimezone(sitting.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    past = number < 0
    start, end = (today - REACH, today) if past else (today, today + REACH)
    skip = PAGE * (-number - 1 if past else number)
    found = agenda.between(sitting.conn, sitting.vault, sitting.house, sitting.actor.id, start, end, sitting.now,
                           newest=past, most=PAGE + 1, skip=skip)  # fmt: skip
    shown = found[:PAGE]
    return (shown[::-1] if past else shown), len(found) > PAGE


def _months(sitting: Sitting, entries: list[Entry]) -> list[tuple[str, list[Entry]]]:
    def month(entry: Entry) -> str:
        local: datetime = entry.appointment.at.astimezone(sitting.zone)
        return f"{MONTHS[local.month - 1]} {local.year}"

    return [(name, list(held)) for name, held in groupby(entries, month)]


def _unbooked(sitting: Sitting) -> list[tuple[int, str]]:
    return agenda.unbooked(sitting.conn, sitting.vault, sitting.actor.id, sitting.now, UNBOOKED + 1)
