"""An alert answered from the chat: by a coach, by whoever stands in for them, by a référent or an admin.

A référent has nothing else here: they learn who is in distress and whom to call, and open nobody's words.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from bot.conversation.update import Heard, Pressed
from bot.desk import alerts, courtesy, leaving, people
from bot.desk.roll import named
from bot.desk.visit import Visit
from bot.rights import may
from flows.calendar import spoken


def handle(visit: Visit, update: Heard | Pressed) -> None:
    """Answers one update of a référent."""
    match update:
        case Pressed():
            kind, _, data = update.data.partition(":")
            verb, _, rest = data.partition(":")
            known = ALONE.get(verb) if kind == "d" else None
            refusal = known[1](visit, update, rest) if known else visit.label("old_button")
            if refusal:
                visit.alert(update, refusal)
        case Heard(edited=True):
            pass
        case Heard(command=(name, rest)) if name in OPEN:
            OPEN[name](visit)
        case Heard(command=(name, rest)) if name in COMMANDS and may(visit.actor, COMMANDS[name][0]):
            COMMANDS[name][1](visit, rest)
        case Heard(command=(_, _)):
            visit.say("unknown_command")
            courtesy.help_(visit)
        case Heard():
            courtesy.help_(visit)


def acknowledged(visit: Visit, press: Pressed, rest: str) -> str:
    """« J'ai vu » under an alert, or under a list, which stays (`:l`); the line that refuses it, or nothing."""
    number, _, among = rest.partition(":")
    who = int(number) if number.isdecimal() and len(number) < 19 else 0
    served = people.one(visit.conn, visit.vault, who, visit.now)
    relays = alerts.relays(visit.conn, visit.actor.id, visit.now)
    if served is None or not may(visit.actor, "alert", served.enrolment, relays):
        return visit.label("desk_not_yours")
    if not alerts.acknowledge(visit.conn, visit.vault, visit.house, who, visit.actor, visit.now):
        return visit.label("desk_alert_seen_already")
    if among:
        visit.say("desk_alert_seen", name=named(served.person.name))
    else:
        visit.replace(press, "desk_alert_seen", name=named(served.person.name))
    return ""


def listed(visit: Visit, rest: str) -> None:
    """`/alertes`: those that nobody has answered, each with its button."""
    found = alerts.standing(visit.conn, visit.vault, visit.now)
    lines = [visit.label("alert_row", name=name, date=spoken(at, visit.case.zone)) for _, name, at in found]
    rows = [[(visit.label("desk_button_ack_one", name=name), f"d:ack:{id}:l")] for id, name, _ in found]
    visit.say("alerts" if found else "alerts_none", rows, list="\n".join(lines))


Command: TypeAlias = Callable[[Visit, str], None]
Alone: TypeAlias = Callable[[Visit, Pressed, str], str]
OPEN: Mapping[str, Callable[[Visit], None]] = {
    "aide": courtesy.help_,
    "help": courtesy.help_,
    "settings": courtesy.help_,
    "privacy": courtesy.privacy,
    "confidentialite": courtesy.privacy,
}
COMMANDS: Mapping[str, tuple[str, Command]] = {"alertes": ("alerts", listed), "supprimer": ("leave", leaving.ask)}
ALONE: Mapping[str, tuple[str, Alone]] = {"ack": ("alert", acknowledged), "er": ("leave", leaving.step)}
