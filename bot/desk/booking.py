"""Appointments by chat: a participant, a session, a date in words, what that would do, then what became of it."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.conversation.update import Pressed
from bot.desk import DeskError, appointments, foretelling, hours, people, preview
from bot.desk.appointments import Stale
from bot.desk.dictation import Unclear, moment
from bot.desk.people import Served
from bot.desk.roll import named
from bot.desk.visit import Visit
from bot.rights import may
from flows.agenda import Appointment
from flows.calendar import spoken, spoken_day
from flows.model import Session

PROMPT, PLACE = "date", "place"


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
    said = visit.house.speech.say("desk_rdv_booked", **_fields(visit, served, booked))
    said += f"\n{visit.house.speech.say('desk_rdv_at', place=booked.place)}" if booked.place else ""
    visit.show(said, _actions(visit, served, booked))
    return ""


def move(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    """Asks for the date; the prompt remembers what was booked then, so that nobody else's change is undone."""
    title = {s.id: s.title for s in _sessions(visit, served)}.get(rest)
    if title is None:
        return visit.label("old_button")
    said = {"place": held["place"]} if (held := _waiting(visit, served, rest)) and "place" in held else {}
    visit.ask({**_prompt(visit, served, rest), **said}, "desk_rdv_date", name=served.person.name, title=title,
              example=_example(visit))  # fmt: skip
    return ""


def dated(visit: Visit, prompt: Mapping[Any, Any], words: str) -> None:
    """The coach's answer to the question of a date: what it would do is shown, and nothing is done yet."""
    served = _own(visit, prompt)
    if served is None:
        return None
    try:
        at = moment(words, visit.now, visit.case.zone)
    except Unclear as unclear:
        return visit.on(served).say(f"desk_date_{unclear.reason}", example=_example(visit))
    return _foretell(visit.on(served), served, {**prompt, "ask": PROMPT, "at": at.isoformat()})


def confirm(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    """Does what the preview under this button showed; any other preview's button does nothing."""
    session_id, _, mark = rest.partition(":")
    prompt = _waiting(visit, served, session_id)
    if prompt is None or "at" not in prompt or _mark(prompt) != mark:
        return visit.label("old_button")
    try:
        made = _put(visit, served, prompt, datetime.fromisoformat(prompt["at"]))
    except Stale as error:
        return foretelling.stale(visit.house, error, visit.case.zone)
    visit.expect(None)
    key = "desk_rdv_set_told" if served.enrolment.state in ("active", "paused") else "desk_rdv_set"
    visit.replace(press, key, _actions(visit, served, made), **_fields(visit, served, made))
    return ""


def place(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    """Asks where it takes place: of a date that is being set, or of what is booked."""
    booked = _booked(visit, served, rest)
    prompt = _waiting(visit, served, rest) or _prompt(visit, served, rest)
    if "at" not in prompt and (booked is None or booked.state != "planned"):
        return visit.label("old_button")
    rows = [[(visit.label("desk_button_no_place"), f"d:an:{served.person.id}:{rest}")]]
    fields = {"name": served.person.name, "title": _title(visit, served, rest)}
    visit.ask({**prompt, "ask": PLACE}, "desk_rdv_place", rows, **fields)
    return ""


def no_place(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    prompt = _waiting(visit, served, rest)
    return _locate(visit, served, prompt, "") if prompt else visit.label("old_button")


def located(visit: Visit, prompt: Mapping[Any, Any], words: str) -> None:
    """The coach's answer to the question of a place."""
    served = _own(visit, prompt)
    if served is None:
        return None
    visit = visit.on(served)
    try:
        where = appointments.cleaned(words)
    except DeskError:
        return visit.say("desk_rdv_place_long")
    if not where:
        return visit.say("desk_rdv_place", name=served.person.name, title=_title(visit, served, prompt["session"]))
    if refusal := _locate(visit, served, prompt, where):
        visit.show(visit.house.speech.free(refusal))
    return None


def _locate(visit: Visit, served: Served, prompt: Mapping[Any, Any], where: str) -> str:
    """Goes on with the date that was being set, or tells at once where what is booked takes place."""
    if "at" in prompt:
        _foretell(visit, served, {**prompt, "ask": PROMPT, "place": where})
        return ""
    booked = _booked(visit, served, prompt["session"])
    visit.expect(None)
    if booked is None or booked.state != "planned":
        return visit.label("old_button")
    try:
        made = _put(visit, served, {**prompt, "place": where}, booked.at)
    except Stale as error:
        return foretelling.stale(visit.house, error, visit.case.zone)
    key = "desk_rdv_placed" if where else "desk_rdv_unplaced"
    visit.say(key, _actions(visit, served, made), **_fields(visit, served, made), place=where)
    return ""


def _foretell(visit: Visit, served: Served, prompt: Mapping[Any, Any]) -> None:
    """What the date and the place of this prompt would do, with the buttons that do it or go on."""
    zone, who, session_id = visit.case.zone, served.person.id, prompt["session"]
    at = datetime.fromisoformat(prompt["at"])
    found = preview.of_put(visit.conn, visit.vault, visit.house, who, session_id, at, None, visit.now,
                           place=prompt.get("place"))  # fmt: skip
    visit.expect(prompt)
    rows = [
        [(visit.label("desk_button_confirm"), f"d:ac:{who}:{session_id}:{_mark(prompt)}")],
        [(visit.label("desk_button_other_date"), f"d:am:{who}:{session_id}"),
         (visit.label("desk_button_place"), f"d:al:{who}:{session_id}")],
    ]  # fmt: skip
    visit.show(_shown(visit, found, zone), rows)


def _shown(visit: Visit, found: preview.Preview, zone: ZoneInfo) -> str:
    say, house = visit.house.speech.free, visit.house
    where = visit.label("desk_rdv_at", place=found.after.place) if found.after.place else ""
    warned = [f"▲ {say(line)}" for line in foretelling.warnings(house, found)]
    parts = [f"<b>{say(part.heading)}</b>\n" + "\n".join(f"• {say(row)}" for row in part.rows)
             for part in foretelling.parts(house, found, zone, visit.now)]  # fmt: skip
    head = "\n".join(filter(None, [say(foretelling.headline(house, found, zone)), say(where)]))
    return "\n\n".join(filter(None, [head, "\n".join(warned), *parts, say(visit.label("desk_rdv_ask"))]))


def _put(visit: Visit, served: Served, prompt: Mapping[Any, Any], at: datetime) -> Appointment:
    return appointments.put(
        visit.conn, visit.vault, visit.house, served.person.id, prompt["session"], at, None, visit.now,
        place=prompt.get("place"), by=visit.actor.id, revision=prompt.get("revision"), was=prompt.get("was"),
    )  # fmt: skip


def settle(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    """Cancelled, absent or done, as long as the appointment is still the one that the button showed."""
    session_id, revision, state = [*rest.split(":"), "", ""][:3]
    if not (revision.isascii() and revision.isdecimal() and len(revision) < 10):
        return visit.label("old_button")
    booked = _booked(visit, served, session_id)
    ahead = booked is not None and booked.revision == int(revision) and booked.at > visit.now
    if ahead and state != "cancelled":
        return visit.label("desk_rdv_ahead")
    try:
        after = appointments.mark(
            visit.conn, visit.vault, visit.house, served.person.id, session_id, state, visit.now, by=visit.actor.id,
            revision=int(revision),
        )  # fmt: skip
    except Stale as error:
        return foretelling.stale(visit.house, error, visit.case.zone)
    except DeskError as error:
        if error.reason not in ("unknown_state", "no_appointment"):
            raise
        return visit.label("old_button")
    again = [[(visit.label("desk_button_new_date"), f"d:am:{served.person.id}:{session_id}")]]
    rows = [] if state == "done" else again
    visit.replace(press, f"desk_rdv_{after.state}", rows, **_fields(visit, served, after))
    if state == "done":
        hours.offered(visit, served, after)
    return ""


# --- what is being set -----------------------------------------------------------------------


def _prompt(visit: Visit, served: Served, session_id: str) -> dict[str, Any]:
    booked = _booked(visit, served, session_id)
    seen = {"revision": booked.revision, "was": booked.place} if booked else {"revision": 0, "was": ""}
    return {"ask": PROMPT, "person": served.person.id, "session": session_id, **seen}


def _waiting(visit: Visit, served: Served, session_id: str) -> Mapping[Any, Any] | None:
    """The open question, if it is about this appointment."""
    held = visit.actor.prompt if isinstance(visit.actor.prompt, dict) else {}
    mine = (held.get("person"), held.get("session")) == (served.person.id, session_id)
    return held if mine and held.get("ask") in (PROMPT, PLACE) else None


def _own(visit: Visit, prompt: Mapping[Any, Any]) -> Served | None:
    """The participant of a prompt, while they are this coach's."""
    served = people.one(visit.conn, visit.vault, int(prompt["person"]), visit.now)
    if served is not None and may(visit.actor, "appointment", served.enrolment):
        return served
    visit.expect(None)
    visit.say("desk_not_yours")
    return None


def _mark(prompt: Mapping[Any, Any]) -> str:
    """Tells one preview's button from another's."""
    shown = repr((prompt["at"], prompt.get("place"), prompt.get("revision")))
    return hashlib.sha256(shown.encode()).hexdigest()[:8]


# --- what is shown ---------------------------------------------------------------------------


def _actions(visit: Visit, served: Served, made: Appointment) -> list[list[tuple[str, str]]]:
    """What may be done with it: that it took place, or not, is told once it has begun, as on the page."""
    who, what = served.person.id, f"{served.person.id}:{made.session}:{made.revision}"
    told = [(visit.label("desk_button_no_show"), f"d:ax:{what}:no_show"),
            (visit.label("desk_button_done"), f"d:ax:{what}:done")]  # fmt: skip
    return [
        [(visit.label("desk_button_move"), f"d:am:{who}:{made.session}"),
         (visit.label("desk_button_cancel"), f"d:ax:{what}:cancelled")],
        *([told] if made.at <= visit.now else []),
        [(visit.label("desk_button_place"), f"d:al:{who}:{made.session}")],
    ]  # fmt: skip


def _fields(visit: Visit, served: Served, made: Appointment) -> dict[str, str]:
    title = _title(visit, served, made.session)
    return {"name": served.person.name, "title": title, "date": spoken(made.at, visit.case.zone)}


def _title(visit: Visit, served: Served, session_id: str) -> str:
    return {s.id: s.title for s in _sessions(visit, served)}.get(session_id, session_id)


def _sessions(visit: Visit, served: Served) -> tuple[Session, ...]:
    return visit.house.library.programmes[served.enrolment.programme].sessions


def _booked(visit: Visit, served: Served, session_id: str) -> Appointment | None:
    found = appointments.whole(visit.conn, visit.vault, served.person.id, visit.now)
    return next((a for a in found if a.session == session_id), None)


def _past(visit: Visit, booked: Appointment | None) -> bool:
    return booked is not None and (booked.state in ("done", "no_show") or booked.at <= visit.now)


def _label(visit: Visit, session: Session, booked: Appointment | None) -> str:
    at = spoken_day(booked.at, visit.case.zone) if booked and booked.state != "cancelled" else visit.label("no_date")
    return f"{session.id} {named(session.title)} · {at}"


def _example(visit: Visit) -> str:
    return f"{spoken_day(visit.now + timedelta(days=7), visit.case.zone)} 14:30"
