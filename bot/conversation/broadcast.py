"""An admin's push when its hour comes for one person: a text, a picture, or a module by its id (S15).

What it brings was made ready for this turn; a push that an admin paused waits, and is seen to wait.
"""

from datetime import timedelta
from typing import Any

from bot.conversation import modules
from bot.conversation.house import House
from bot.conversation.planning import hours_of
from bot.store.case import BROADCAST, Case, Timer
from bot.store.outbox import PAUSED
from bot.store.pictures import FIELDS, named
from flows.calendar import allowed, instant, later
from flows.notation import retold

LATEST = timedelta(days=3)
"""What goes by an appointment, and waited (a pause), is worth saying until this long after its time."""

METHODS = {kind: method for method, kind in FIELDS.items()}


def due(house: House, case: Case, timer: Timer) -> None:
    """Sends it, holds it, or says why it never leaves."""
    assert case.enrolment is not None
    if case.enrolment.state == "paused":
        return case.settle(timer, "held", "paused")
    push = int(timer.about["push"])
    body = case.pushes.get(push)
    if body is None:
        return case.settle(timer, "cancelled", "withdrawn")
    if body.get("paused"):
        return case.settle(timer, "held", PAUSED)
    if reason := _too_late(case, timer):
        return case.settle(timer, "skipped", reason)
    hours = hours_of(house, case)
    if not allowed(case.now, hours, case.zone):
        timer.due_at = later(case.now, hours, case.zone)
        return case.changes.timers.append(timer)
    timer.why = None
    case.settle(timer, "fired")
    case.enrolment.asked_at, case.changes.enrolment = case.now, True
    if "text" in body:
        method, params = message(house, body["text"], body.get("picture"), named(push))
        return case.send(method, params, rank=BROADCAST, cause=f"p{timer.scope}:{timer.owner}")
    if modules.plan(house, case, body["flow"], mode="attendre") is None:
        timer.why = "already_there"
    return None


def message(house: House, text: str, picture: str | None, file: str) -> tuple[str, dict[str, Any]]:
    """A push's text as a call of the Bot API; with a picture (photo, document), as what is written under it."""
    said = house.speech.free(text)
    if picture is None:
        return "sendMessage", house.speech.message(said)
    return METHODS[picture], {picture: file, "caption": said, "parse_mode": "HTML"}


def _too_late(case: Case, timer: Timer) -> str | None:
    """What goes by an appointment falls with it; what comes before one is not said once it has begun, nor what comes
    after one long after its time."""
    if "appointment" not in timer.about:
        return None
    appointment = next((a for a in case.appointments if a.id == timer.about["appointment"]), None)
    if appointment is None or appointment.state == "cancelled":
        return "appointment_cancelled"
    meant = instant(retold(timer.about), appointment.at, case.zone)
    over = case.now >= appointment.at if meant < appointment.at else case.now > meant + LATEST
    return "too_late" if over else None
