"""What a participant is told of their appointments: one message, whose file is for their own calendar (S8.3, S8.5).

Says what stands, against the date they knew of. Knows neither the plan nor a table.
"""

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.conversation.agreements import expects_appointments
from bot.conversation.house import House
from bot.documents import ics
from bot.store.case import ANSWER, SCHEDULED, Case, Timer
from bot.telegram.length import plain, split, units
from flows.agenda import Appointment
from flows.calendar import later, spoken
from flows.model import Hours

KIND = "notice"
NEAR = timedelta(hours=24)
"""A change this close to its appointment is told at once (S8.3); any other waits for an allowed minute (S9)."""

CAPTION = 1024
"""UTF-16 units of the words under a file (Bot API, « sendDocument »)."""


def tell(house: House, case: Case, appointment: Appointment, known: datetime | None, hours: Hours) -> None:
    """Tells what became of an appointment, at once or at the next allowed minute; what changes meanwhile is told once.

    `known` is the instant they had been told, None when they know of none.
    """
    waiting = _waiting(case, appointment)
    known = _known(waiting) if waiting else known
    phrase, when = _phrase(case, appointment, known), _leaves(case, appointment, known, hours)
    if waiting and (phrase is None or when <= case.now):
        case.settle(waiting, "cancelled", "replanned")
    if phrase and when <= case.now:
        _say(house, case, [(phrase, appointment, known)], ANSWER)
    elif phrase:
        told = known.isoformat() if known else None
        about: dict[str, Any] = {"appointment": appointment.id, "session": appointment.session, "known": told}
        case.wake(KIND, str(appointment.id), when, **about)


def announce(house: House, case: Case) -> None:
    """Tells the appointments that were set before the person could be told anything."""
    ahead = sorted((a for a in case.appointments if a.state == "planned" and a.at > case.now), key=lambda a: a.at)
    _say(house, case, [("rdv_set", a, None) for a in ahead], ANSWER)


def retime(case: Case, hours: Hours) -> None:
    """What waits to be told, brought in line with other hours."""
    for waiting in [t for t in case.timers if (t.kind, t.state) == (KIND, "pending")]:
        appointment = next((a for a in case.appointments if a.id == waiting.about["appointment"]), None)
        if appointment is not None:
            waiting.due_at = _leaves(case, appointment, _known(waiting), hours)
            case.changes.timers.append(waiting)


def due(house: House, case: Case, timer: Timer, hours: Hours) -> None:
    """All that waits to be told leaves together, as things stand now (S8.7)."""
    if not expects_appointments(case):
        return case.settle(timer, "cancelled", "not_here")
    found: list[_Told] = []
    for waiting in [t for t in case.timers if (t.kind, t.state) == (KIND, "pending") and t.due_at <= case.now]:
        appointment = next((a for a in case.appointments if a.id == waiting.about["appointment"]), None)
        phrase = _phrase(case, appointment, _known(waiting)) if appointment else None
        if appointment is None or phrase is None:
            case.settle(waiting, "stale", "gone")
        elif (when := _leaves(case, appointment, _known(waiting), hours)) > case.now:
            waiting.due_at = when
            case.changes.timers.append(waiting)
        else:
            case.settle(waiting, "fired")
            found.append((phrase, appointment, _known(waiting)))
    return _say(house, case, sorted(found, key=lambda told: told[1].at), SCHEDULED)


def placed(house: House, place: str) -> str:
    """Where it takes place, as a last paragraph of what is said of it."""
    return f"\n\n{house.speech.say('rdv_place', place=place)}" if place else ""


def meeting(house: House, case: Case, appointment: Appointment) -> ics.Meeting:
    """An appointment for the participant's own calendar."""
    sessions = {session.id: session for session in house.programme(case).sessions}
    session = sessions.get(appointment.session)
    return ics.Meeting(
        uid(appointment), appointment.revision, session.title if session else appointment.session, appointment.at,
        timedelta(hours=session.hours if session else 1), appointment.place, house.speech.label("ics_about"),
        cancelled=appointment.state == "cancelled",
    )  # fmt: skip


def uid(appointment: Appointment) -> str:
    return f"rdv-{appointment.id}@marge"


def file(house: House, meetings: Sequence[ics.Meeting], now: datetime) -> dict[str, tuple[str, str, str]]:
    """The calendar file, as a message carries it."""
    body = base64.b64encode(ics.calendar(meetings, now)).decode()
    return {"document": (house.speech.label("ics_file"), body, "text/calendar")}


# --- words -----------------------------------------------------------------------------------

_Told = tuple[str, Appointment, datetime | None]
"""A phrase, the appointment it is about, the instant that was known."""


def _phrase(case: Case, appointment: Appointment, known: datetime | None) -> str | None:
    """What there is to say of it, if anything."""
    if appointment.state == "cancelled":
        return "rdv_cancelled" if known else None
    if appointment.state != "planned" or appointment.at <= case.now:
        return None
    if known is None:
        return "rdv_set"
    return "rdv_placed" if known == appointment.at else "rdv_moved"


def _leaves(case: Case, appointment: Appointment, known: datetime | None, hours: Hours) -> datetime:
    when = later(case.now, hours, case.zone)
    near = (at for at in (known, appointment.at) if at is not None and at > case.now)
    return when if when <= min(near, default=when) - NEAR else case.now


def _say(house: House, case: Case, told: Sequence[_Told], rank: int) -> None:
    if not told:
        return
    words = _one(house, case, *told[0]) if len(told) == 1 else _several(house, case, told)
    files = file(house, [meeting(house, case, appointment) for _, appointment, _ in told], case.now)
    if units(plain(words)) > CAPTION:
        for piece in split(words):
            case.send("sendMessage", house.speech.message(piece), rank=rank)
        words = house.speech.say("rdv_file")
    params = {"document": "attach://document", "caption": words, "parse_mode": "HTML"}
    case.send("sendDocument", params, rank=rank, files=files)


def _one(house: House, case: Case, phrase: str, appointment: Appointment, known: datetime | None) -> str:
    cancelled = appointment.state == "cancelled"
    date = spoken(known if cancelled and known else appointment.at, case.zone)
    words = house.speech.say(phrase, title=_title(house, case, appointment), date=date)
    return words if cancelled else words + placed(house, appointment.place)


def _several(house: House, case: Case, told: Sequence[_Told]) -> str:
    """A list; a place that is everywhere the same is said once."""
    heading = "rdv_list" if all(phrase == "rdv_set" for phrase, _, _ in told) else "rdv_list_changed"
    places = {a.place for _, a, _ in told if a.state != "cancelled"}
    same = len(places) == 1
    rows = [_row(house, case, a, known, a.place if not same else "") for _, a, known in told]
    return house.speech.say(heading) + "\n\n" + "\n".join(rows) + (placed(house, places.pop()) if same else "")


def _row(house: House, case: Case, appointment: Appointment, known: datetime | None, place: str) -> str:
    cancelled = appointment.state == "cancelled"
    date = spoken(known if cancelled and known else appointment.at, case.zone)
    key = "rdv_row_cancelled" if cancelled else "rdv_row_placed" if place else "rdv_row"
    return "• " + house.speech.say(key, title=_title(house, case, appointment), date=date, place=place)


def _title(house: House, case: Case, appointment: Appointment) -> str:
    titles = {session.id: session.title for session in house.programme(case).sessions}
    return titles.get(appointment.session, appointment.session)


# --- what waits ------------------------------------------------------------------------------


def _waiting(case: Case, appointment: Appointment) -> Timer | None:
    mine = (KIND, str(appointment.id))
    return next((t for t in case.timers if (t.kind, t.scope) == mine and t.state in ("pending", "held")), None)


def _known(timer: Timer) -> datetime | None:
    return datetime.fromisoformat(timer.about["known"]) if timer.about.get("known") else None
