"""An admin's commands, buttons and words: people invited, cohorts, pushes prepared. Reads no answer of anybody.

`d:<verb>:…`; a button of a push that was sent or left aside changes nothing and says so.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import Connection

from bot.admin import placing, pushing, sequel
from bot.conversation.house import House
from bot.conversation.update import Heard, Pressed
from bot.desk import courtesy, invitations, leaving, signin, testimonials, watch
from bot.desk.visit import Visit
from bot.rights import may
from bot.store import audit
from bot.store.case import Case
from bot.store.vault import Vault
from flows.calendar import spoken_day

COACH_NAME = "coach_name"


def handle(conn: Connection, vault: Vault, house: House, case: Case, update: Heard | Pressed, now: datetime) -> None:
    """Answers one update of an admin on `case`; raises DeskError for what cannot be done."""
    visit = Visit(conn, vault, house, case, now)
    match update:
        case Pressed():
            _pressed(visit, update)
        case Heard(edited=True):
            pass
        case Heard(command=(name, rest)):
            _command(visit, name, rest)
        case Heard():
            _words(visit, update)


def _command(visit: Visit, name: str, rest: str) -> None:
    if name in OPEN:
        return OPEN[name](visit)
    visit.expect(None)
    if name not in COMMANDS or not may(visit.actor, COMMANDS[name][0]):
        visit.say("unknown_command")
        return courtesy.help_(visit)
    return COMMANDS[name][1](visit, rest)


def _words(visit: Visit, heard: Heard) -> None:
    """Plain words answer the desk's open question; without one, they are told what serves here."""
    match visit.actor.prompt:
        case {"ask": "coach_name"} if may(visit.actor, "invite_coach"):
            _invite(visit, heard.text.strip() or "\n")
        case {"ask": placing.NAME} if may(visit.actor, "enlist"):
            placing.invite(visit, heard.text.strip() or "\n")
        case {"ask": pushing.PUSH, "step": str()} if may(visit.actor, "push"):
            pushing.heard(visit, heard)
        case _:
            visit.say("desk_nothing_asked")
            courtesy.help_(visit)


def _pressed(visit: Visit, press: Pressed) -> None:
    kind, _, data = press.data.partition(":")
    verb, _, rest = data.partition(":")
    refusal = visit.label("old_button")
    if kind == "d" and verb in ALONE and may(visit.actor, ALONE[verb][0]):
        refusal = ALONE[verb][1](visit, press, rest)
    elif kind == "d" and may(visit.actor, "push"):
        refusal = pushing.pressed(visit, press, data)
    if refusal:
        return visit.alert(press, refusal)
    return visit.send("answerCallbackQuery", {"callback_query_id": press.callback_id})


# --- commands --------------------------------------------------------------------------------


def _invite(visit: Visit, name: str) -> None:
    """`/inviter_coach Prénom`; without the first name, it is asked for."""
    if not name:
        return visit.ask({"ask": COACH_NAME}, "admin_invite_who")
    visit.expect({"ask": COACH_NAME})
    made = invitations.invite(
        visit.conn, visit.vault, visit.house, role="coach", name=name, zone=visit.actor.zone, now=visit.now,
        by=audit.by(visit.actor, "telegram"),
    )  # fmt: skip
    visit.expect(None)
    until, username = spoken_day(made.expires_at, visit.case.zone), visit.house.bot.username
    name = invitations.cleaned(name)
    visit.say("desk_invited", name=name, date=until)
    if username:
        return visit.say("admin_forward", name=name, link=invitations.link(username, made.code), date=until)
    return visit.say("admin_forward_code", name=name, code=made.code, date=until)


Command: TypeAlias = Callable[[Visit, str], None]
OPEN: Mapping[str, Callable[[Visit], None]] = {
    "aide": courtesy.help_,
    "help": courtesy.help_,
    "settings": courtesy.help_,
    "annuler": courtesy.give_up,
    "privacy": courtesy.privacy,
    "confidentialite": courtesy.privacy,
}
COMMANDS: Mapping[str, tuple[str, Command]] = {
    "espace": ("health", signin.link),
    "inviter": ("enlist", placing.invite),
    "inviter_coach": ("invite_coach", _invite),
    "cohortes": ("cohorts", placing.groups),
    "personnes": ("roster", placing.people),
    "pousser": ("push", pushing.begin),
    "temoignages": ("testimonials", testimonials.desk),
    "supprimer": ("leave", leaving.ask),
}
ALONE: Mapping[str, tuple[str, Callable[[Visit, Pressed, str], str]]] = {
    "pc": ("enlist", placing.coach),
    "pk": ("enlist", placing.cohort),
    "te": ("testimonials", testimonials.opened),
    "tp": ("testimonials", testimonials.settled(testimonials.PUBLISHED)),
    "tx": ("testimonials", testimonials.settled(testimonials.ASIDE)),
    "ack": ("alert", watch.acknowledged),
    "out": ("push", sequel.follow),
    "list": ("push", sequel.page),
    "hold": ("push", sequel.hold),
    "go": ("push", sequel.go),
    "stop": ("push", sequel.stop),
    "er": ("leave", leaving.step),
}
