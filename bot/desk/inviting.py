"""A link for somebody: a first name, a programme when there are several, and a message ready to be passed on."""

from typing import Any

from bot.conversation.update import Pressed
from bot.desk import invitations
from bot.desk.invitations import Invitation
from bot.desk.people import Served
from bot.desk.visit import Visit
from bot.store import audit
from flows.calendar import spoken_day

NAME, PROGRAMME = "name", "programme"
PREFIX = 48
"""Letters of a programme's name that a button holds."""


def invite(visit: Visit, name: str) -> None:
    """`/inviter Prénom`; without the first name, it is asked for."""
    if not name:
        return visit.ask({"ask": NAME}, "desk_invite_name")
    visit.expect({"ask": NAME})
    name = invitations.cleaned(name)
    programmes = sorted(visit.house.library.programmes.values(), key=lambda p: p.id)
    if len(programmes) == 1:
        return _made(visit, name, programmes[0].id)
    rows = [[(programme.title, f"d:i:{programme.id[:PREFIX]}")] for programme in programmes]
    return visit.ask({"ask": PROGRAMME, "name": name}, "desk_invite_programme", rows, name=name)


def programme(visit: Visit, press: Pressed, rest: str) -> str:
    prompt: Any = visit.actor.prompt or {}
    chosen = [id for id in visit.house.library.programmes if id[:PREFIX] == rest]
    if prompt.get("ask") != PROGRAMME or not chosen:
        return visit.label("old_button")
    _made(visit, prompt["name"], chosen[0])
    return ""


def again(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    """A new link for somebody known: the older ones open nothing any more."""
    made = invitations.reinvite(visit.conn, served.person.id, visit.now, audit.by(visit.actor, "telegram"))
    known = served.person.chat_id is not None
    hand_over(visit, made, "desk_relink" if known else "desk_invited", served.person.name)
    return ""


def _made(visit: Visit, name: str, programme_id: str) -> None:
    coach = visit.actor
    made = invitations.invite(
        visit.conn, visit.vault, visit.house, role="participant", name=name, zone=coach.zone, now=visit.now,
        coach_id=coach.id, programme=programme_id, by=audit.by(coach, "telegram"),
    )  # fmt: skip
    visit.expect(None)
    hand_over(visit, made, "desk_invited", name)


def hand_over(visit: Visit, made: Invitation, key: str, name: str) -> None:
    """What whoever invites needs to know, then a message of its own that can be forwarded as it is."""
    until = spoken_day(made.expires_at, visit.case.zone)
    visit.say(key, name=name, date=until)
    username = visit.house.bot.username
    if username:
        visit.say("desk_forward", name=name, link=invitations.link(username, made.code), date=until)
    else:
        visit.say("desk_forward_code", name=name, code=made.code, date=until)
