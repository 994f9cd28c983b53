"""The hours of a session by chat: one tap for what was planned, or a line with other hours."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.conversation import attending
from bot.conversation.update import Pressed
from bot.desk import DeskError, appointments, attendance, people
from bot.desk.dictation import Unclear, stretch
from bot.desk.people import Served
from bot.desk.roll import named
from bot.desk.visit import Visit
from bot.rights import may
from flows.agenda import Appointment
from flows.calendar import spoken_day, spoken_length

PROMPT = "hours"


def noted(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    """The coach says that it took place, at the hours and in the way of this button."""
    session, _, stamp = rest.partition(":")
    found = attending.stamped(stamp, visit.now)
    if found is None:
        return visit.label("old_button")
    starts, ends, mode = found
    try:
        total = attendance.note(visit.conn, visit.vault, visit.house, served.person.id, session, starts, ends, mode,
                                visit.now, by=visit.actor.id)  # fmt: skip
    except DeskError as error:
        return visit.label(error.phrase)
    visit.expect(None)
    shown = attending.words(visit.house, visit.case.zone, starts, ends, mode)
    told = served.enrolment.state in ("active", "paused") and served.person.chat_id is not None
    visit.replace(press, "attendance_noted_told" if told else "attendance_noted", name=named(served.person.name),
                  title=title(visit, served, session), hours=shown)  # fmt: skip
    if total.warning:
        visit.say(total.warning, done=spoken_length(total.done), planned=spoken_length(total.done + total.ahead))
    return ""


def other(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    """Asks for the hours in words."""
    booked = _booked(visit, served, rest)
    if booked is None:
        return visit.label("old_button")
    prompt = {"ask": PROMPT, "person": served.person.id, "session": rest}
    visit.ask(prompt, "attendance_which", name=named(served.person.name), title=title(visit, served, rest),
              date=spoken_day(booked.at, visit.case.zone))  # fmt: skip
    return ""


def said(visit: Visit, prompt: Mapping[Any, Any], text: str) -> None:
    """The coach's answer: these hours are shown as buttons, and nothing is noted yet."""
    served = people.one(visit.conn, visit.vault, int(prompt["person"]), visit.now)
    if served is None or not may(visit.actor, "attendance", served.enrolment):
        visit.expect(None)
        return visit.say("desk_not_yours")
    visit = visit.on(served)
    session = str(prompt["session"])
    booked = _booked(visit, served, session)
    if booked is None:
        visit.expect(None)
        return visit.say("old_button")
    try:
        starts, ends = stretch(text, booked.at, visit.case.zone)
    except Unclear:
        return visit.say("attendance_unclear")
    what = f"{served.person.id}:{session}"
    rows = attending.ways(visit.house, visit.case.zone, what, starts, ends, booked.place)
    return visit.say("attendance_how", rows, name=named(served.person.name), title=title(visit, served, session))


def offered(visit: Visit, served: Served, made: Appointment) -> None:
    """After a session was marked as done: its hours, one tap away."""
    if made.at <= visit.now:
        lasts = _length(visit, served, made.session)
        rows = attending.buttons(visit.house, visit.case.zone, served.person.id, made, lasts)
        visit.say("attendance_when", rows, name=named(served.person.name), title=title(visit, served, made.session))


def title(visit: Visit, served: Served, session: str) -> str:
    programme = visit.house.library.programmes[served.enrolment.programme]
    return next((one.title for one in programme.sessions if one.id == session), session)


def _length(visit: Visit, served: Served, session: str) -> timedelta:
    programme = visit.house.library.programmes[served.enrolment.programme]
    return timedelta(hours=next((one.hours for one in programme.sessions if one.id == session), 1))


def _booked(visit: Visit, served: Served, session: str) -> Appointment | None:
    found = appointments.whole(visit.conn, visit.vault, served.person.id, visit.now)
    return next((a for a in found if a.session == session and a.state != "cancelled"), None)
