"""`/horaires`: when Marge writes to somebody of her own accord, in words and in buttons. Changes nothing.

What no hours hold back is said with them: answers to their own messages, help numbers, a session that changed late.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from bot.conversation import attending, entry
from bot.conversation.agreements import taken_back
from bot.conversation.house import House
from bot.conversation.planning import hours_of
from bot.conversation.speech import Rows
from bot.store.case import Case
from flows.agenda import Appointment
from flows.calendar import WEEKDAYS, spoken, spoken_hour, spoken_time
from flows.model import Hours
from flows.places import town

VERB = "when"
CITY = "horaires"
"""The key of the message to which somebody answers with their city."""

LEAST = 2
"""Hours from the first to the last, at the least: less would leave no room for what prepares a session."""

SPANS: Mapping[str, tuple[time, time]] = {
    "morning": (time(8), time(12)),
    "day": (time(9), time(18)),
    "evening": (time(17), time(21)),
}
EARLIEST, LATEST = 6, 23
"""Whole hours that may be chosen."""

DAYS: Sequence[frozenset[int]] = (frozenset(range(5)), frozenset(range(6)), frozenset(range(7)))
USUAL = "hours_else"
VOWELS = "aeiouyâàéèêëîïôöûüh"

Row = list[tuple[str, str]]


def show(house: House, case: Case) -> None:
    """What holds now, and what may be changed; an agreement first, for whoever has not given any."""
    assert case.enrolment is not None
    if case.enrolment.state == "ended":
        return case.send("sendMessage", house.speech.phrase("hours_ended"))
    if not open_to(case):
        return entry.ask_consent(house, case)
    return case.send("sendMessage", now(house, case))


def open_to(case: Case) -> bool:
    """Whether anything is ever written to them that hours may hold back; appointments are, without an agreement."""
    if case.enrolment is None or case.enrolment.state in ("invited", "ended"):
        return False
    return case.enrolment.state != "welcomed" or taken_back(case)


def now(house: House, case: Case, opening: str = "") -> dict[str, Any]:
    """The message of what holds, with its buttons; under `opening` (HTML), which says what was done, only that."""
    label = house.speech.label
    rows = [[(label(f"hours_button_{what}"), data(what))] for what in ("hours", "days", "where")]
    if case.enrolment and case.enrolment.hours:
        rows.append([(label("hours_button_usual"), data("usual"))])
    aside = _aside(case)
    parts = [opening or house.speech.say("hours_title"), _held(house, case)]
    parts += [house.speech.say(aside)] if not opening or aside != USUAL else []
    return house.speech.message("\n\n".join(parts), rows)


def _held(house: House, case: Case) -> str:
    say, hours = house.speech.say, hours_of(house, case)
    held = say("hours_now", when=words(house, hours), place=place(house, str(case.zone)))
    return f"{held} {say('hours_holidays')}" if hours.holidays else held


def _aside(case: Case) -> str:
    """The phrase for what these hours do not change, or for why little leaves at all."""
    assert case.enrolment is not None
    if case.enrolment.restricted_at is not None:
        return "hours_limited"
    return f"hours_{case.enrolment.state}" if case.enrolment.state != "active" else USUAL


# --- buttons ---------------------------------------------------------------------------------


def data(*what: str) -> str:
    return ":".join(("c", VERB, *what))


def spans(house: House, case: Case) -> dict[str, Any]:
    """Kinder than two clocks: a time of the day; the clocks are behind « d'autres heures »."""
    label = house.speech.phrases.say
    rows = [[(label(f"hours_{name}", span=span(house, start, end)), data("set", str(start.hour), str(end.hour)))]
            for name, (start, end) in SPANS.items()]  # fmt: skip
    return _asked(house, "hours_which", [*rows, [(label("hours_other"), data("from"))]])


def clock(house: House, case: Case, start: int | None = None) -> dict[str, Any]:
    """The hours one may begin at; after `start`, those one may end at."""
    if start is None:
        found = [(spoken_time(time(n)), data("from", str(n))) for n in range(EARLIEST, LATEST - LEAST + 1)]
        return _asked(house, "hours_from", _grid(found))
    ends = [time(n) for n in range(start + LEAST, LATEST + 1)]
    found = [(spoken_time(end), data("set", str(start), str(end.hour))) for end in ends]
    return _asked(house, "hours_to", _grid(found), start=spoken_time(time(start)))


def days(house: House, case: Case) -> dict[str, Any]:
    rows = [[(named(house, each).capitalize(), data("on", "".join(map(str, sorted(each)))))] for each in DAYS]
    return _asked(house, "hours_days_ask", rows)


def where(house: House, case: Case) -> dict[str, Any]:
    """The zones that matter, then a city of their own."""
    offered = [(one.button, data("at", one.zone)) for one in house.library.places.all if one.button]
    return _asked(house, "hours_where", [*_grid(offered[:1]), *_grid(offered[1:], 2), _city(house)])


def among(house: House, case: Case, zones: Sequence[str], phrase: str) -> dict[str, Any]:
    """Places to choose from, for a name that is not one of them or is several."""
    rows = [[(called(house, zone), data("at", zone))] for zone in zones]
    return _asked(house, phrase, [*rows, _city(house)])


def city(house: House, phrase: str) -> dict[str, Any]:
    """The question for a city: what they type is an answer to it (S5), and to no other question."""
    markup = {"force_reply": True, "input_field_placeholder": house.speech.label("hours_city_example")}
    return {**house.speech.phrase(phrase), "reply_markup": markup}


def _asked(house: House, phrase: str, rows: Rows, **fields: str) -> dict[str, Any]:
    return house.speech.phrase(phrase, [*rows, [(house.speech.label("hours_back"), data(""))]], **fields)


def _city(house: House) -> Row:
    return [(house.speech.label("hours_city_button"), data("city"))]


def _grid(cells: Sequence[tuple[str, str]], wide: int = 4) -> list[Row]:
    return [list(cells[at : at + wide]) for at in range(0, len(cells), wide)]


# --- words -----------------------------------------------------------------------------------


def words(house: House, hours: Hours) -> str:
    """« du lundi au samedi, de 8 h à 20 h 30 », plain text."""
    return f"{named(house, hours.days)}, {span(house, hours.start, hours.end)}"


def span(house: House, start: time, end: time) -> str:
    """« de 8 h à 20 h 30 »."""
    return house.speech.phrases.say("hours_span", start=_whole(start), end=_whole(end)).strip()


def _whole(at: time) -> str:
    """« 9 h », never parted at the end of a line."""
    return spoken_time(at).replace(" ", "\u00a0")


def named(house: House, days: Collection[int]) -> str:
    """« tous les jours », « du lundi au samedi », « le mardi, le jeudi »."""
    say, found = house.speech.phrases.say, sorted(days)
    first, last = WEEKDAYS[found[0]], WEEKDAYS[found[-1]]
    if len(found) == len(WEEKDAYS):
        return say("hours_days_all").strip()
    if len(found) > 2 and found == list(range(found[0], found[-1] + 1)):
        return say("hours_days_range", first=first, last=last).strip()
    return ", ".join(say("hours_days_one", day=WEEKDAYS[day]).strip() for day in found)


def place(house: House, zone: str) -> str:
    """« heure de Montréal », plain text."""
    known, name = house.library.places.named(zone), town(zone)
    if known:
        return known.hour
    return house.speech.phrases.say("hours_of_vowel" if name[0].lower() in VOWELS else "hours_of", town=name).strip()


def called(house: House, zone: str) -> str:
    """« Montréal »."""
    known = house.library.places.named(zone)
    return known.name if known else town(zone)


def appointments(house: House, case: Case) -> str:
    """That those ahead do not move, at the hour of their new place, and at their coach's when it is another (HTML)."""
    ahead = sorted((a for a in case.appointments if a.state == "planned" and a.at > case.now), key=lambda a: a.at)
    rows = [_row(house, case, appointment) for appointment in ahead]
    return "\n".join([house.speech.say("hours_rdv", n=len(rows)), *rows]) if rows else ""


def _row(house: House, case: Case, a: Appointment) -> str:
    fields = {"title": attending.titled(house, case, a.session), "date": spoken(a.at, case.zone)}
    there = ZoneInfo(case.coach.zone) if case.coach else case.zone
    if case.coach is None or a.at.astimezone(there).utcoffset() == a.at.astimezone(case.zone).utcoffset():
        return house.speech.say("hours_rdv_row", **fields)
    return house.speech.say("hours_rdv_coach", **fields, there=_there(a.at, case.zone, there), coach=case.coach.name)


def _there(at: datetime, here: ZoneInfo, there: ZoneInfo) -> str:
    """The coach's hour, with its day when that is another one."""
    same = at.astimezone(here).date() == at.astimezone(there).date()
    return spoken_hour(at, there) if same else spoken(at, there)
