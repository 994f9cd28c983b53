"""Appointments by chat: a participant, a session, a date in words, then what became of it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.conversation.update import Pressed
from bot.desk import DeskError, appointments, people
from bot.desk.dictation import Unclear, moment
from bot.desk.people import Served
from bot.desk.rights import may
from bot.desk.roll import named
from bot.desk.visit import Visit
from flows.agenda import Appointment
from flows.calendar import spoken, spoken_day
from flows.calendar import zone as zone_of
from flows.model import Session

PROMPT = "date"


def sessions(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    """The programme's sessions, those still to come first."""
    known = {a.session: a for a in appointments.list_(visit.conn, served.person.id)}
    ordered = sorted(_sessions(visit, served), key=lambda s: _past(visit, known.get(s.id)))
    rows = [[(_label(visit, s, known.get(s.id)), f"d:as:{served.person.id}:{s.id}")] for s in ordered]
    visit.say("desk_rdv_session", rows, name=served.person.name)
    return ""


def session(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    """What is booked, with what can be done about it; else the question of its date."""
    if rest not in {s.id for s in _sessions(visit, served)}:
        return visit.label("old_button")
    booked = _booked(visit, served, rest)
    if booked is None or booked.state != "planned":
        return move(visit, press, served, rest)
    visit.say("desk_rdv_booked", _actions(visit, served, booked), **_fields(visit, served, booked))
    return ""


def move(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    title = {s.id: s.title for s in _sessions(visit, served)}.get(rest)
    if title is None:
        return visit.label("old_button")
    prompt = {"ask": PROMPT, "person": served.person.id, "session": rest}
    visit.ask(prompt, "desk_rdv_date", name=served.person.name, title=title, example=_example(visit))
    return ""


def dated(visit: Visit, prompt: Mapping[Any, Any], words: str) -> None:
    """The coach's answer to the question of a date; a date that cannot be kept is asked for again."""
    served = people.one(visit.conn, visit.vault, int(prompt["person"]), visit.now)
    if served is None or not may(visit.actor, "appointment", served.enrolment):
        visit.expect(None)
        return visit.say("desk_not_yours")
    visit = visit.on(served)
    try:
        at = moment(words, visit.now, visit.case.zone)
    except Unclear as unclear:
        return visit.say(f"desk_date_{unclear.reason}", example=_example(visit))
    made = appointments.put(
        visit.conn, visit.vault, visit.house, served.person.id, prompt["session"], at, None, visit.now
    )
    visit.expect(None)
    key = "desk_rdv_set_told" if served.enrolment.state in ("active", "paused") else "desk_rdv_set"
    visit.say(key, _actions(visit, served, made), **_fields(visit, served, made))
    _elsewhere(visit, served, made)
    return None


def settle(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    """Cancelled, absent or done, as long as the appointment is still the one that the button showed."""
    session_id, revision, state = [*rest.split(":"), "", ""][:3]
    booked = _booked(visit, served, session_id)
    if booked is None or booked.state != "planned" or str(booked.revision) != revision:
        return visit.label("old_button")
    try:
        after = appointments.mark(visit.conn, visit.vault, visit.house, served.person.id, session_id, state, visit.now)
    except DeskError as error:
        if error.reason != "unknown_state":
            raise
        return visit.label("old_button")
    again = [[(visit.label("desk_button_new_date"), f"d:am:{served.person.id}:{session_id}")]]
    rows = [] if state == "done" else again
    visit.replace(press, f"desk_rdv_{after.state}", rows, **_fields(visit, served, after))
    return ""


def _elsewhere(visit: Visit, served: Served, made: Appointment) -> None:
    """Somebody who lives at another hour: the hour they were told."""
    there = zone_of(served.person.zone)
    if made.at.astimezone(there).utcoffset() != made.at.astimezone(visit.case.zone).utcoffset():
        visit.say("desk_rdv_there", name=served.person.name, zone=served.person.zone, date=spoken(made.at, there))


def _actions(visit: Visit, served: Served, made: Appointment) -> list[list[tuple[str, str]]]:
    who, what = served.person.id, f"{served.person.id}:{made.session}:{made.revision}"
    return [
        [(visit.label("desk_button_move"), f"d:am:{who}:{made.session}"),
         (visit.label("desk_button_cancel"), f"d:ax:{what}:cancelled")],
        [(visit.label("desk_button_no_show"), f"d:ax:{what}:no_show"),
         (visit.label("desk_button_done"), f"d:ax:{what}:done")],
    ]  # fmt: skip


def _fields(visit: Visit, served: Served, made: Appointment) -> dict[str, str]:
    title = {s.id: s.title for s in _sessions(visit, served)}.get(made.session, made.session)
    return {"name": served.person.name, "title": title, "date": spoken(made.at, visit.case.zone)}


def _sessions(visit: Visit, served: Served) -> tuple[Session, ...]:
    return visit.house.library.programmes[served.enrolment.programme].sessions


def _booked(visit: Visit, served: Served, session_id: str) -> Appointment | None:
    return next((a for a in appointments.list_(visit.conn, served.person.id) if a.session == session_id), None)


def _past(visit: Visit, booked: Appointment | None) -> bool:
    return booked is not None and (booked.state in ("done", "no_show") or booked.at <= visit.now)


def _label(visit: Visit, session: Session, booked: Appointment | None) -> str:
    at = spoken_day(booked.at, visit.case.zone) if booked and booked.state != "cancelled" else visit.label("no_date")
    return f"{session.id} {named(session.title)} · {at}"


def _example(visit: Visit) -> str:
    return f"{spoken_day(visit.now + timedelta(days=7), visit.case.zone)} 14:30"
