"""A coach's commands, buttons and words. Each is checked against `rights` before anything is read.

`d:<verb>:<person>:…` is about one participant, `d:<verb>:…` about none.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from bot.conversation import discovery
from bot.conversation.update import Heard, Pressed
from bot.desk import (
    booking,
    brief,
    courtesy,
    firsttalk,
    helm,
    hours,
    inviting,
    leaf,
    leave,
    leaving,
    morning,
    people,
    reading,
    sickleave,
    signin,
    testimonials,
    watch,
    weekly,
)
from bot.desk.people import Served
from bot.desk.roll import named
from bot.desk.visit import Visit
from bot.rights import may
from bot.store import accesses
from bot.store.accesses import Reader
from flows.calendar import spoken, spoken_day

PAGE = 12
"""Participants shown at a time."""


def handle(visit: Visit, update: Heard | Pressed) -> None:
    """Answers one update of a coach; raises DeskError for what cannot be done."""
    match update:
        case Pressed():
            _pressed(visit, update)
        case Heard(edited=True):
            pass
        case Heard(command=(name, rest)):
            _command(visit, name, rest)
        case Heard():
            _words(visit, update.text)


# --- commands --------------------------------------------------------------------------------


def _command(visit: Visit, name: str, rest: str) -> None:
    if name in OPEN:
        return OPEN[name](visit)
    visit.expect(None)
    if name not in COMMANDS or not may(visit.actor, COMMANDS[name][0]):
        visit.say("unknown_command")
        return courtesy.help_(visit)
    return COMMANDS[name][1](visit, rest)


def _list(verb: str, page: int = 0) -> "Command":
    """Shows a coach their participants as buttons that lead to `verb`."""

    def show(visit: Visit, rest: str) -> None:
        mine, total = people.of_coach(visit.conn, visit.vault, visit.actor.id, visit.now, PAGE, page * PAGE)
        if not total:
            return visit.say("desk_nobody")
        rows = [[(_row(visit, served), f"d:{verb}:{served.person.id}")] for served in mine]
        if total > (page + 1) * PAGE:
            rows.append([(visit.label("answers_more"), f"d:more:{verb}:{page + 1}")])
        return visit.say(f"desk_list_{verb}", rows)

    return show


def _row(visit: Visit, served: Served) -> str:
    if served.person.chat_id is None:
        when = visit.label("desk_state_invited")
    else:
        when = spoken_day(served.ahead.at, visit.case.zone) if served.ahead else visit.label("desk_no_date")
    key = "desk_row_to_read" if served.to_read else "desk_row"
    return visit.label(key, name=named(served.person.name), date=when, n=served.to_read)


# --- words -----------------------------------------------------------------------------------


def _words(visit: Visit, text: str) -> None:
    """Plain words answer the desk's open question; without one, they are told what serves here."""
    match visit.actor.prompt:
        case {"ask": inviting.NAME} if may(visit.actor, "invite"):
            inviting.invite(visit, text.strip() or "\n")
        case {"ask": firsttalk.SLOT} if may(visit.actor, "slots"):
            firsttalk.given(visit, text)
        case {"ask": firsttalk.NOTE | firsttalk.TYPE, "person": int()} as noting:
            firsttalk.said(visit, noting, text)
        case {"ask": booking.PROMPT, **prompt}:
            booking.dated(visit, prompt, text)
        case {"ask": hours.PROMPT, **prompt}:
            hours.said(visit, prompt, text)
        case {"ask": leaf.COMMENT, **prompt}:
            leaf.said(visit, prompt, text)
        case {"ask": helm.QUESTION, **prompt}:
            helm.said(visit, prompt, text)
        case {"ask": leave.AWAY, **prompt} if "last" not in prompt:
            leave.said(visit, prompt, text)
        case {"ask": booking.PLACE, **prompt}:
            booking.located(visit, prompt, text)
        case _:
            visit.say("desk_nothing_asked")
            courtesy.help_(visit)


# --- buttons ---------------------------------------------------------------------------------


def _pressed(visit: Visit, press: Pressed) -> None:
    kind, _, data = press.data.partition(":")
    verb, _, rest = data.partition(":")
    refusal = visit.label("old_button")
    if (kind, verb) == ("d", "ack"):
        refusal = watch.acknowledged(visit, press, rest)
    elif kind == "d" and verb in ABOUT:
        refusal = _about(visit, press, verb, rest)
    elif kind == "d" and verb in ALONE and may(visit.actor, ALONE[verb][0]):
        refusal = ALONE[verb][1](visit, press, rest)
    if refusal:
        visit.alert(press, refusal)


def _about(visit: Visit, press: Pressed, verb: str, rest: str) -> str:
    action, act = ABOUT[verb]
    who, _, rest = rest.partition(":")
    served = people.one(visit.conn, visit.vault, int(who), visit.now) if who.isdecimal() and len(who) < 19 else None
    if served is None or not may(visit.actor, "open", served.enrolment):
        return visit.label("desk_not_yours")
    if served.enrolment.restricted_at is not None and verb not in UNREAD:
        return visit.label("desk_restricted")
    if not may(visit.actor, action, served.enrolment):
        return visit.label("desk_not_yours")
    if verb in READS:
        reader = Reader(visit.actor.id, "coach", "telegram")
        accesses.note(visit.conn, [served.person.id], reader, READS[verb], visit.now)
    return act(visit.on(served), press, served, rest)


def _more(visit: Visit, press: Pressed, rest: str) -> str:
    verb, _, page = rest.partition(":")
    if verb not in LISTED or not (page.isdecimal() and len(page) < 5):
        return visit.label("old_button")
    _list(verb, int(page))(visit, "")
    return ""


def _card(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    who, label = served.person.id, visit.label
    gentle = served.enrolment.gentle
    rows = [
        [(label("desk_button_replies"), f"d:r:{who}"), (label("desk_button_rdv"), f"d:a:{who}")],
        [(label("desk_button_brief"), f"d:b:{who}"), (label("desk_button_link"), f"d:n:{who}")],
        [(label("desk_button_note"), f"d:fn:{who}"), (label("desk_button_type"), f"d:tm:{who}")],
        [(label("desk_button_ordinary" if gentle else "desk_button_gentle"),
          f"d:g:{who}:{'ordinaire' if gentle else 'doux'}")],
    ]  # fmt: skip
    rows.insert(2, [(label("desk_button_ahead"), f"d:h:{who}"), (label("desk_button_question"), f"d:hq:{who}"),
                    (label("desk_button_pause"), f"d:hs:{who}")])  # fmt: skip
    if served.enrolment.held_at:
        rows.insert(0, [(label("desk_button_lift"), f"d:hu:{who}")])
    elif served.enrolment.format == discovery.FORMAT:
        del rows[2]
        rows[3] = [(label("desk_button_format"), f"d:ff:{who}")]
    when = spoken(served.ahead.at, visit.case.zone) if served.ahead else label("desk_no_date")
    state = served.enrolment.state if served.person.reachable else "unreachable"
    state = "held" if served.enrolment.held_at else state
    state = "restricted" if served.enrolment.restricted_at else state
    words, (leave, tick) = label(f"desk_state_{state}"), sickleave.line(visit, served)
    words = f"{words}\n{leave}" if leave else words
    visit.say("desk_card", [*tick, *rows], name=served.person.name, date=when, n=served.to_read, state=words)
    return ""


def _brief(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    page = brief.now(visit.conn, visit.vault, visit.house, served.person.id, visit.now)
    visit.show(page, protect_content=True)
    return ""


# --- what there is ---------------------------------------------------------------------------

Command: TypeAlias = Callable[[Visit, str], None]
Alone: TypeAlias = Callable[[Visit, Pressed, str], str]
About: TypeAlias = Callable[[Visit, Pressed, Served, str], str]
"""An action on a button gives the line that refuses it, or nothing."""

OPEN: Mapping[str, Callable[[Visit], None]] = {
    "aide": courtesy.help_,
    "help": courtesy.help_,
    "settings": courtesy.help_,
    "annuler": courtesy.give_up,
    "privacy": courtesy.privacy,
    "confidentialite": courtesy.privacy,
    "temoignages": lambda visit: testimonials.browse(visit, None, 0),
}
COMMANDS: Mapping[str, tuple[str, Command]] = {
    "espace": ("space", signin.link),
    "aujourdhui": ("list", morning.today),
    "participants": ("list", _list("p")),
    "rdv": ("list", _list("a")),
    "brief": ("list", _list("b")),
    "fiche": ("list", _list("b")),
    "inviter": ("invite", inviting.invite),
    "creneaux": ("slots", firsttalk.offered),
    "digest": ("digest", weekly.show),
    "synthese": ("digest", weekly.show),
    "absence": ("settings", leave.listed),
    "supprimer": ("leave", leaving.ask),
}
LISTED = ("p", "a", "b")
UNREAD = frozenset({"p", "a", "as", "am", "ac", "al", "an", "ax", "at", "ah", "n"})
"""Buttons that serve while a file is limited at its participant's request: dates, places, a new link."""

READS = {"rs": "replies", "ro": "replies", "rx": "replies", "rv": "replies", "b": "brief", "fn": "note", "tm": "note"}
"""Buttons that show a participant's words: each look is written down, for them to see."""
ALONE: Mapping[str, tuple[str, Alone]] = {
    "more": ("list", _more),
    "i": ("invite", inviting.programme),
    "sa": ("slots", firsttalk.add),
    "sw": ("slots", firsttalk.withdraw),
    "gd": ("digest", weekly.days),
    "gh": ("digest", weekly.hours),
    "gs": ("digest", weekly.settle),
    "va": ("settings", leave.add),
    "vs": ("settings", leave.settle),
    "vc": ("settings", leave.cancel),
    "er": ("leave", leaving.step),
}
ABOUT: Mapping[str, tuple[str, About]] = {
    "p": ("open", _card),
    "r": ("replies", reading.sessions),
    "rs": ("replies", reading.session),
    "rm": ("review", reading.mark_read),
    "ro": ("replies", leaf.first),
    "rx": ("replies", leaf.next_),
    "rv": ("review", leaf.put),
    "rc": ("comment", leaf.comment),
    "a": ("appointment", booking.sessions),
    "as": ("appointment", booking.session),
    "am": ("appointment", booking.move),
    "ac": ("appointment", booking.confirm),
    "al": ("appointment", booking.place),
    "an": ("appointment", booking.no_place),
    "ax": ("appointment", booking.settle),
    "at": ("attendance", hours.noted),
    "ah": ("attendance", hours.other),
    "b": ("brief", _brief),
    "n": ("reinvite", inviting.again),
    "fn": ("note", firsttalk.note),
    "tm": ("note", firsttalk.letters),
    "tc": ("note", firsttalk.confirmed),
    "sl": ("note", sickleave.ticked),
    "ff": ("format", firsttalk.formats),
    "fs": ("format", firsttalk.decided),
    "g": ("pace", firsttalk.pace),
    "h": ("open", helm.ahead),
    "hs": ("steer", helm.pauses),
    "hp": ("steer", helm.pause),
    "hq": ("steer", helm.question),
    "ho": ("steer", helm.set_aside),
    "hl": ("steer", helm.left),
    "hr": ("steer", helm.reopen),
    "hu": ("steer", helm.lift),
}
