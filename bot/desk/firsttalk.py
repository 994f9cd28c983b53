"""The coach's side of the first talk: half-hours given, what was noted, and which format was decided on afterwards.

Also what else a coach notes or sets for a participant: the four letters of a type, the pace.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.conversation import answering, discovery, entry, planning
from bot.conversation.update import Pressed
from bot.desk import notes, people, slots
from bot.desk.dictation import Unclear, moment
from bot.desk.people import Served
from bot.desk.visit import Visit
from bot.rights import may
from flows.calendar import days_after, spoken, spoken_day
from flows.engine import OPEN
from flows.events import Stop

SLOT, NOTE, TYPE = "slot", "note", "mbti"
LETTERS = re.compile(r"[EI][SN][TF][JP]")
ADDRESS = re.compile(r"https://\S{3,300}")
NONE = "aucun"
FAREWELL = 7
"""Days after which nothing is left of somebody who does not go on."""


# --- half-hours ------------------------------------------------------------------------------


def offered(visit: Visit, rest: str) -> None:
    """`/creneaux`: what is offered, each with its button to withdraw it, and how to offer more."""
    mine = slots.of_coach(visit.conn, visit.vault, visit.actor.id, visit.now)
    rows = [[(visit.label("slot_withdraw", date=spoken(slot.at, visit.case.zone)), f"d:sw:{slot.id}")] for slot in mine]
    rows.append([(visit.label("slot_add"), "d:sa")])
    visit.say("slots_title" if mine else "slots_none", rows[:20], n=len(mine))


def add(visit: Visit, press: Pressed, rest: str) -> str:
    visit.ask({"ask": SLOT}, "slot_when", example=_example(visit))
    return ""


def given(visit: Visit, words: str) -> None:
    """One half-hour a line; an address anywhere in the message is where the call takes place."""
    place = next(iter(ADDRESS.findall(words)), "")
    lines = [line for line in ADDRESS.sub("", words).splitlines() if line.strip()]
    try:
        instants = [moment(line, visit.now, visit.case.zone) for line in lines[:20]]
    except Unclear as unclear:
        return visit.say(f"desk_date_{unclear.reason}", example=_example(visit))
    if not instants:
        return visit.say("desk_date_date", example=_example(visit))
    for at in instants:
        slots.give(visit.conn, visit.vault, visit.actor.id, at, place, visit.now)
    visit.expect(None)
    return offered(visit, "")


def _example(visit: Visit) -> str:
    return f"{spoken_day(visit.now + timedelta(days=7), visit.case.zone)} 12:30"


def withdraw(visit: Visit, press: Pressed, rest: str) -> str:
    number = int(rest) if rest.isdecimal() and len(rest) < 19 else 0
    if not slots.withdraw(visit.conn, visit.actor.id, number, visit.now):
        return visit.label("slot_taken")
    visit.replace(press, "slot_withdrawn")
    return ""


# --- notes -----------------------------------------------------------------------------------


def note(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    """The last note of the first talk, and the question of another."""
    known = notes.newest(visit.conn, visit.vault, served, notes.FIRST_TALK)
    if known:
        visit.say("note_known", text=str(known.body["text"]), date=spoken_day(known.written_at, visit.case.zone))
    visit.ask({"ask": NOTE, "person": served.person.id}, "note_ask", name=served.person.name)
    return ""


def letters(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    """The four letters of a type: nothing else of the instrument is ever kept here (licence)."""
    known = notes.newest(visit.conn, visit.vault, served, notes.TYPE)
    if known:
        sure = visit.label("type_confirmed" if known.body["confirmed"] else "type_unsure")
        visit.say("type_known", letters=str(known.body["letters"]), sure=sure)
    visit.ask({"ask": TYPE, "person": served.person.id}, "type_ask", name=served.person.name)
    return ""


def said(visit: Visit, prompt: Mapping[Any, Any], words: str) -> None:
    """The coach's answer to one of the two questions above."""
    served = people.one(visit.conn, visit.vault, int(prompt["person"]), visit.now)
    if served is None or not may(visit.actor, "note", served.enrolment):
        visit.expect(None)
        return visit.say("desk_not_yours")
    visit = visit.on(served)
    if prompt["ask"] == NOTE:
        return _noted(visit, served, words)
    found = words.strip().upper()
    if not LETTERS.fullmatch(found):
        return visit.say("type_ask_again")
    visit.expect(None)
    who = served.person.id
    rows = [[(visit.label(f"type_{sure}"), f"d:tc:{who}:{found}:{sure}")] for sure in ("oui", "non")]
    return visit.say("type_sure", rows, letters=found, name=served.person.name)


def _noted(visit: Visit, served: Served, words: str) -> None:
    if not words.strip():
        return visit.say("note_ask", name=served.person.name)
    notes.write(visit.conn, visit.vault, served, visit.actor.id, notes.FIRST_TALK, {"text": words.strip()}, visit.now)
    visit.expect(None)
    return visit.say("note_kept", name=served.person.name)


def confirmed(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    found, _, sure = rest.partition(":")
    if not LETTERS.fullmatch(found) or sure not in ("oui", "non"):
        return visit.label("old_button")
    body = {"letters": found, "confirmed": sure == "oui"}
    notes.write(visit.conn, visit.vault, served, visit.actor.id, notes.TYPE, body, visit.now)
    visit.replace(press, "type_kept", letters=found, name=served.person.name)
    return ""


# --- decisions -------------------------------------------------------------------------------


def formats(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    """Which format suits: the coach's decision with the person, after the talk (R6313-4 1°)."""
    who = served.person.id
    rows = [[(each.title, f"d:fs:{who}:{each.id}")] for each in visit.house.library.formats if each.open]
    visit.say("format_ask", [*rows, [(visit.label("format_none"), f"d:fs:{who}:{NONE}")]], name=served.person.name)
    return ""


def decided(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    """Recorded, and told to the person: they agree and begin, or nothing is left of them in a week."""
    chosen = visit.house.library.format(rest)
    if served.enrolment.format != discovery.FORMAT or not (chosen.open if chosen else rest == NONE):
        return visit.label("old_button")
    house, case = visit.house, people.file(visit.conn, visit.vault, served.person.id, visit.now)
    assert case.enrolment is not None and case.person is not None
    case.log("format_decided", format=rest)
    if chosen is None:
        last = days_after(visit.now, FAREWELL, case.zone)
        case.wake("prospect", "first_talk", last)
        case.send("sendMessage", house.speech.phrase("first_talk_end", date=spoken_day(last, case.zone)))
    else:
        for asked in [file for file in case.runs if file.run.state in (*OPEN, "queued")]:  # of the talk that took place
            answering.take(house, case, asked, Stop(), answering.SCHEDULE)
        case.enrolment.format, case.enrolment.programme, case.enrolment.state = chosen.id, chosen.programme, "welcomed"
        case.changes.enrolment = True
        case.send("sendMessage", house.speech.phrase("first_talk_next", format=chosen.title))
        entry.welcome(house, case)
    people.put_back(visit.conn, visit.vault, case, visit.now)
    title = chosen.title if chosen else visit.label("format_none")
    visit.replace(press, "format_kept", name=served.person.name, format=title)
    return ""


def pace(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    """Sets the gentle pace, or the ordinary one; the person is told, in a line."""
    if rest not in ("doux", "ordinaire"):
        return visit.label("old_button")
    house, case = visit.house, people.file(visit.conn, visit.vault, served.person.id, visit.now)
    assert case.enrolment is not None
    if case.enrolment.gentle != (rest == "doux"):
        planning.set_gentle(case, rest == "doux")
        if case.enrolment.state in ("active", "paused"):
            case.send("sendMessage", house.speech.phrase(f"pace_{rest}"))
    people.put_back(visit.conn, visit.vault, case, visit.now)
    visit.replace(press, f"pace_kept_{rest}", name=served.person.name)
    return ""
