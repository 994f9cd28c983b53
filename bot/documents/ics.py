"""Appointments (in UTC), and what is to be done on a day, as a calendar file (.ics, RFC 5545).

Knows no table and no wording of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from icalendar import Calendar, Event

PRODUCT = "-//Marge//rendez-vous//FR"

AGAIN = timedelta(hours=1)
"""How often a calendar that subscribes is asked to look again (RFC 7986, 5.7)."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """`uid` never changes; `revision` grows with each move, so that a calendar replaces what it already holds."""

    uid: str
    revision: int
    title: str
    at: datetime
    length: timedelta
    place: str = ""
    about: str = ""
    cancelled: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class Errand:
    """Something to do on a day, that takes no hour of it; `uid` and `revision` as above."""

    uid: str
    revision: int
    title: str
    on: date
    about: str = ""


def calendar(meetings: Sequence[Meeting], now: datetime) -> bytes:
    """A file to open once; whatever stands in its texts is escaped and folded by the library.

    When all it holds is cancelled it asks for their removal (RFC 5546, 3.2.5).
    """
    whole = _empty("CANCEL" if all(meeting.cancelled for meeting in meetings) else "PUBLISH")
    return _filled(whole, meetings, now)


def feed(meetings: Sequence[Meeting], name: str, now: datetime) -> bytes:
    """A calendar to subscribe to, as it is now."""
    whole = _empty("PUBLISH")
    for key in ("name", "x-wr-calname"):  # RFC 7986, and what came before it
        whole.add(key, name)
    whole.add("refresh-interval", AGAIN, parameters={"VALUE": "DURATION"})
    whole.add("x-published-ttl", "PT1H")
    return _filled(whole, meetings, now)


def days(errands: Sequence[Errand], now: datetime) -> bytes:
    """Whole days, that leave whoever holds the calendar free."""
    whole = _empty("PUBLISH")
    for errand in errands:
        event = Event()
        event.add("uid", errand.uid)
        event.add("sequence", errand.revision)
        event.add("dtstamp", now)
        event.add("dtstart", errand.on)
        event.add("summary", errand.title)
        event.add("transp", "TRANSPARENT")
        if errand.about:
            event.add("description", errand.about)
        whole.add_component(event)
    return bytes(whole.to_ical())


def _empty(method: str) -> Calendar:
    whole = Calendar()
    whole.add("prodid", PRODUCT)
    whole.add("version", "2.0")
    whole.add("method", method)
    return whole


def _filled(whole: Calendar, meetings: Sequence[Meeting], now: datetime) -> bytes:
    for meeting in meetings:
        whole.add_component(_event(meeting, now))
    return bytes(whole.to_ical())


def _event(meeting: Meeting, now: datetime) -> Event:
    event = Event()
    event.add("uid", meeting.uid)
    event.add("sequence", meeting.revision)
    event.add("dtstamp", now)
    event.add("dtstart", meeting.at)
    event.add("dtend", meeting.at + meeting.length)
    event.add("summary", meeting.title)
    event.add("status", "CANCELLED" if meeting.cancelled else "CONFIRMED")
    for key, value in (("location", meeting.place), ("description", meeting.about), ("url", meeting.url)):
        if value:
            event.add(key, value)
    return event
