"""The hours, the days and the zone that somebody chooses, and what waits for them brought in line at once (S9, S10).

Nothing that left leaves again, nothing that waited is lost: what fits nowhere any more is an event. Asks no rights.
"""

import re
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from bot.conversation import hours, notices, planning
from bot.conversation.due import IN_HOURS
from bot.conversation.hours import CITY, DAYS, EARLIEST, LATEST, LEAST
from bot.conversation.house import House
from bot.conversation.planning import hours_of
from bot.store.case import Case, Timer
from flows.calendar import later, resolve, zones

COMMAND = "horaires"
LONGEST = 60
"""Letters of a city; more than that is something else."""

UNBOOKED = "unbooked"
"""It counts from a session, wherever one lives."""

LOCAL = (IN_HOURS - {UNBOOKED}) | {"silence", "comment", "skill"}
"""Kinds that were set for an hour of the day there: the same hour in the new zone."""

SPAN = re.compile(r"([0-9]{1,2}):([0-9]{1,2})")
HOUR = re.compile(r"[0-9]{1,2}")
DAY = re.compile(r"[0-6]{1,7}")


def pressed(house: House, case: Case, rest: str, message_id: int) -> str | None:
    """Carries out a button of `/horaires`; what is said over it, or None for a button that means nothing now."""
    verb, _, what = rest.partition(":")
    if not hours.open_to(case):
        return None
    if verb == "city":
        ask(house, case, "hours_city")
        return ""
    said = _screen(house, case, verb, what)
    if said is None:
        before = _standing(case)
        if not _chosen(house, case, verb, what):
            return None
        if _standing(case) == before:
            return house.speech.label("hours_same")
        said = _done(house, case, moved=verb == "at")
    case.send("editMessageText", {**said, "message_id": message_id})
    return ""


def ask(house: House, case: Case, phrase: str) -> None:
    case.send("sendMessage", hours.city(house, phrase), key=CITY)


def typed(house: House, case: Case, text: str) -> None:
    """A city or a country in words: the zone it means, a choice where it may mean several, an example where none."""
    places = house.library.places
    found = places.found(text)
    if len(found) == 1:
        before = _standing(case)
        _live(house, case, found[0])
        said = hours.now(house, case) if _standing(case) == before else _done(house, case, moved=True)
        return case.send("sendMessage", said)
    if found:
        return case.send("sendMessage", hours.among(house, case, found, "hours_city_several"))
    if near := places.near(text):
        return case.send("sendMessage", hours.among(house, case, near, "hours_city_near"))
    return ask(house, case, "hours_city_unknown")


def _standing(case: Case) -> tuple[Any, str]:
    """What they may choose, as it stands: their own hours, and where they live."""
    assert case.enrolment is not None
    return case.enrolment.hours, case.zone.key


def _screen(house: House, case: Case, verb: str, what: str) -> dict[str, Any] | None:
    """What only shows something."""
    match verb, what:
        case "", "":
            return hours.now(house, case)
        case "hours", "":
            return hours.spans(house, case)
        case "days", "":
            return hours.days(house, case)
        case "where", "":
            return hours.where(house, case)
        case "from", "":
            return hours.clock(house, case)
        case "from", _ if HOUR.fullmatch(what) and EARLIEST <= int(what) <= LATEST - LEAST:
            return hours.clock(house, case, int(what))
    return None


def _chosen(house: House, case: Case, verb: str, what: str) -> bool:
    """Whether the button chooses something that may be chosen; what it changes is planned anew."""
    assert case.enrolment is not None
    held = hours_of(house, case)
    if verb == "set" and (edges := _edges(what)):
        _keep(house, case, *edges, held.days)
    elif verb == "on" and DAY.fullmatch(what) and (days := frozenset(map(int, what))) in DAYS:
        _keep(house, case, held.start, held.end, days)
    elif verb == "at" and what in zones():
        _live(house, case, what)
    elif (verb, what) == ("usual", ""):
        _usual(house, case)
    else:
        return False
    return True


def _edges(text: str) -> tuple[time, time] | None:
    """« 8:12 », whole hours wide enough apart; None for anything else."""
    found = SPAN.fullmatch(text)
    start, end = map(int, found.groups()) if found else (0, 0)
    return (time(start), time(end)) if EARLIEST <= start <= end - LEAST <= LATEST - LEAST else None


def _keep(house: House, case: Case, start: time, end: time, days: frozenset[int]) -> None:
    assert case.enrolment is not None
    held = hours_of(house, case)
    if (held.start, held.end, held.days) == (start, end, days):
        return
    chosen = {"from": f"{start:%H:%M}", "to": f"{end:%H:%M}", "days": sorted(days)}
    case.enrolment.hours, case.changes.enrolment = chosen, True
    case.log("hours_chosen", **chosen)
    follow(house, case, case.zone)


def _usual(house: House, case: Case) -> None:
    assert case.enrolment is not None
    if case.enrolment.hours:
        case.enrolment.hours, case.changes.enrolment = None, True
        case.log("hours_usual")
        follow(house, case, case.zone)


def _live(house: House, case: Case, zone: str) -> None:
    assert case.person is not None
    if case.person.zone == zone:
        return
    before = case.zone
    case.person.zone, case.changes.person = zone, True
    case.log("zone_chosen", zone=zone)
    follow(house, case, before)


def _done(house: House, case: Case, moved: bool) -> dict[str, Any]:
    assert case.enrolment is not None
    say, silent = house.speech.say, case.enrolment.state == "stopped" or case.enrolment.restricted_at is not None
    parts = [say("hours_noted" if silent else "hours_follow"), hours.appointments(house, case) if moved else ""]
    return hours.now(house, case, "\n\n".join(part for part in parts if part))


# --- what waits ------------------------------------------------------------------------------


def follow(house: House, case: Case, before: ZoneInfo) -> None:
    """Brings all that waits in line with the hours and the zone of today; `before` is the zone of until now.

    What was stopped waits for nothing: it is planned anew when they come back.
    """
    assert case.enrolment is not None
    if case.enrolment.state == "stopped":
        return
    planning.replan(house, case)
    notices.retime(case, hours_of(house, case))
    for timer in [t for t in case.timers if t.state == "pending"]:
        if timer.kind == "resume":
            _end_of_pause(house, case, timer, _there(case, timer.due_at, before))
        elif timer.kind in LOCAL:
            _set(house, case, timer, _there(case, timer.due_at, before))
        elif timer.kind == "push":  # its instant may be everybody's
            _set(house, case, timer, timer.due_at)


def _there(case: Case, at: datetime, before: ZoneInfo) -> datetime:
    """The same local hour where they live now."""
    return at if before.key == case.zone.key else resolve(at.astimezone(before).replace(tzinfo=None), case.zone)


def _set(house: House, case: Case, timer: Timer, at: datetime) -> None:
    timer.due_at = later(max(at, case.now), hours_of(house, case), case.zone)
    case.changes.timers.append(timer)


def _end_of_pause(house: House, case: Case, timer: Timer, at: datetime) -> None:
    """The pause lasts as long as was said; it ends at an hour that suits."""
    assert case.enrolment is not None
    told = case.enrolment.paused_until == timer.due_at
    timer.due_at = planning.calm(house, case, max(at, case.now))
    case.changes.timers.append(timer)
    if told:
        case.enrolment.paused_until, case.changes.enrolment = timer.due_at, True
