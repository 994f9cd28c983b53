"""The digest by chat: read at once, and the day and hour on which it comes by itself."""

from bot.conversation.update import Pressed
from bot.desk import digest
from bot.desk.visit import Visit
from flows.calendar import WEEKDAYS, spoken

HOURS = (7, 8, 9, 12, 14, 17, 18, 20)


def show(visit: Visit, rest: str) -> None:
    text = digest.now(visit.conn, visit.vault, visit.house, visit.actor.id, visit.now)
    visit.show(text, [[(visit.label("desk_button_day"), "d:gd")]])


def days(visit: Visit, press: Pressed, rest: str) -> str:
    rows = [[(name, f"d:gh:{day}")] for day, name in enumerate(WEEKDAYS)]
    visit.say("desk_digest_day", rows)
    return ""


def hours(visit: Visit, press: Pressed, rest: str) -> str:
    if rest not in {str(day) for day in range(7)}:
        return visit.label("old_button")
    cells = [(f"{hour} h", f"d:gs:{rest}:{hour}") for hour in HOURS]
    visit.replace(press, "desk_digest_hour", [cells[:4], cells[4:]], day=WEEKDAYS[int(rest)])
    return ""


def settle(visit: Visit, press: Pressed, rest: str) -> str:
    day, _, hour = rest.partition(":")
    if day not in {str(n) for n in range(7)} or hour not in {str(n) for n in HOURS}:
        return visit.label("old_button")
    at = digest.set_day(visit.conn, visit.actor.id, int(day), int(hour), visit.now)
    if at is None:
        return visit.label("old_button")
    visit.replace(press, "desk_digest_set", date=spoken(at, visit.case.zone))
    return ""
