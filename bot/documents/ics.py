"""An appointment as a calendar file (.ics, RFC 5545), in UTC. Knows no table and no wording of its own."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from icalendar import Calendar, Event

PRODUCT = "-//Marge//rendez-vous//FR"


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


def calendar(meeting: Meeting, now: datetime) -> bytes:
    """The file; whatever stands in its texts is escaped and folded by the library."""
    event = Event()
    event.add("uid", meeting.uid)
    event.add("sequence", meeting.revision)
    event.add("dtstamp", now)
    event.add("dtstart", meeting.at)
    event.add("dtend", meeting.at + meeting.length)
    event.add("summary", meeting.title)
    if meeting.place:
        event.add("location", meeting.place)
    if meeting.about:
        event.add("description", meeting.about)
    whole = Calendar()
    whole.add("prodid", PRODUCT)
    whole.add("version", "2.0")
    whole.add("method", "PUBLISH")
    whole.add_component(event)
    return bytes(whole.to_ical())
