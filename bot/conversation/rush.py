"""Somebody writes faster than one answers: every word is kept and taken, and one line at the end says so.

Knows a case and its open question; what is too fast is `pace`'s business.
"""

from datetime import timedelta

from bot.conversation import answering, crisis
from bot.conversation.house import House
from bot.store.case import Case, Timer

KIND = "rush"
"""The timer that waits for the end of it."""

QUIET = timedelta(minutes=1)
"""How long nothing has come when a rush is over."""


def noted(case: Case) -> None:
    """The line at the end moves on to a minute from now."""
    if crisis.agreed(case):
        case.wake(KIND, KIND, case.now + QUIET)


def over(house: House, case: Case, timer: Timer) -> None:
    """One line for all that came, with the question that is open, unless nothing may be asked now."""
    case.settle(timer, "fired")
    file = case.open_run()
    asks = case.enrolment is not None and case.enrolment.state == "active" and case.enrolment.held_at is None
    if asks and file and file.run.state == "waiting":
        return answering.restate(house, case, file, house.speech.say("rush_kept"))
    return case.send("sendMessage", house.speech.phrase("rush_kept"))
