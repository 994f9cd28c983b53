"""What a coach sets in motion, from the chat: a pause, a question of their own, one put aside or asked for again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.conversation.update import Pressed
from bot.desk import people, steering, upcoming
from bot.desk.leftovers import leftovers
from bot.desk.people import Served
from bot.desk.record import cut
from bot.desk.roll import named
from bot.desk.steering import LONGEST, WEEKS, Steering
from bot.desk.upcoming import STEPPED
from bot.desk.visit import Visit
from bot.rights import may
from bot.telegram.length import units
from flows.calendar import spoken, spoken_day

QUESTION = "question"
AHEAD = 10
"""Items to come, or left, that are listed."""

WIDE = 60
"""Letters of a button that names a question."""


def ahead(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    """What will leave, soonest first."""
    found = upcoming.upcoming(visit.conn, visit.vault, visit.house, visit.now, served.person.id)
    lines = [
        visit.label("desk_ahead_row", date=spoken(one.due_at, visit.case.zone), what=one.what)
        for one in found[:AHEAD]
        if one.due_at
    ]
    words = "\n".join(lines) or visit.label("desk_ahead_none")
    who = served.person.id
    rows = [[(visit.label("desk_button_aside"), f"d:ho:{who}")]] if any(one.kind in STEPPED for one in found) else []
    rows.append([(visit.label("desk_button_left"), f"d:hl:{who}")])
    visit.say("desk_ahead", rows, name=named(served.person.name), list=words)
    return ""


def set_aside(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    """The open question is closed."""
    at = _held(visit, served).set_aside()
    _done(visit, served, at, "set_aside", "desk_aside")
    return ""


def left(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    """What may be asked for again, as buttons."""
    found = leftovers(visit.conn, visit.vault, visit.house, served, visit.now)
    who = served.person.id
    rows = [[(cut(one.question or one.title, WIDE), f"d:hr:{who}:{one.run}:{one.reply}")] for one in found[:AHEAD]]
    visit.say("desk_left" if rows else "desk_left_none", rows, name=named(served.person.name))
    return ""


def reopen(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    found = leftovers(visit.conn, visit.vault, visit.house, served, visit.now)
    one = next((one for one in found if f"{one.run}:{one.reply}" == rest), None)
    if one is None:
        return visit.label("old_button")
    at = _held(visit, served).reopen(one.run, one.key or None)
    _done(visit, served, at, "reopen", "desk_reopen")
    return ""


def pauses(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    who = served.person.id
    rows = [[(visit.label("page_pause_weeks", n=n), f"d:hp:{who}:{n}")] for n in WEEKS]
    if served.enrolment.state == "paused":
        rows = [[(visit.label("page_resume"), f"d:hp:{who}:0")]]
    visit.say("desk_pause", rows, name=named(served.person.name))
    return ""


def pause(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    """So many weeks; 0: the programme goes on."""
    if rest not in {"0", *map(str, WEEKS)}:
        return visit.label("old_button")
    held = _held(visit, served)
    name = named(served.person.name)
    if rest == "0":
        visit.replace(press, "desk_resumed", name=name, date=spoken(held.resume(), visit.case.zone))
    else:
        until = held.pause(int(rest))
        visit.replace(press, "desk_paused", name=name, date=spoken_day(until, visit.case.zone))
    return ""


def lift(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    """What was held since a distress leaves again."""
    at = steering.lift(visit.conn, visit.vault, visit.house, served, visit.actor, visit.now)
    when = "now" if at <= visit.now else "later"
    visit.say(f"desk_lifted_{when}", name=named(served.person.name), date=spoken(at, visit.case.zone))
    return ""


def question(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    visit.ask({"ask": QUESTION, "person": served.person.id}, "desk_question", name=named(served.person.name))
    return ""


def said(visit: Visit, prompt: Mapping[Any, Any], words: str) -> None:
    """The coach's question; one that cannot leave is asked for again."""
    served = people.one(visit.conn, visit.vault, int(prompt["person"]), visit.now)
    if served is None or not may(visit.actor, "steer", served.enrolment):
        visit.expect(None)
        return visit.say("desk_not_yours")
    visit, name = visit.on(served), named(served.person.name)
    if not words.strip():
        return visit.say("desk_question", name=name)
    if units(words.strip()) > LONGEST:
        return visit.say("desk_question_long", n=units(words.strip()) - LONGEST)
    visit.expect(None)
    return _done(visit, served, _held(visit, served).ask(words), "ask", "desk_question")


def _done(visit: Visit, served: Served, at: datetime, what: str, phrase: str) -> None:
    """It leaves now, or later; or only once a pause or a hold is over."""
    if told := steering.waits(served, what):
        return visit.say(told)
    when = "now" if at <= visit.now else "later"
    return visit.say(f"{phrase}_{when}", name=named(served.person.name), date=spoken(at, visit.case.zone))


def _held(visit: Visit, served: Served) -> Steering:
    return Steering(visit.conn, visit.vault, visit.house, served, visit.actor, visit.now)
