"""What the desk answers alike to a coach and to an admin: help, a prompt given up, who reads what."""

from bot.conversation import commands, entry
from bot.desk.visit import Visit


def help_(visit: Visit) -> None:
    """The welcome of their role, which lists their commands."""
    entry.start(visit.house, visit.case, "")


def give_up(visit: Visit) -> None:
    """`/annuler`: what was asked of them is dropped; when nothing was, what they can do here."""
    if visit.actor.prompt:
        visit.say("desk_gave_up")
        return visit.expect(None)
    visit.say("desk_nothing_asked")
    return help_(visit)


def privacy(visit: Visit) -> None:
    commands.privacy(visit.house, visit.case)
