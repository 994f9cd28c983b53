"""A coach's participants, and the first page about one of them."""

from bot.desk import people
from bot.web.answer import Answer, Page
from bot.web.sitting import Sitting


def listed(sitting: Sitting) -> Answer:
    mine = people.of_coach(sitting.conn, sitting.vault, sitting.actor.id, sitting.now)
    return Page("people.html", {"mine": mine[:12]})


def page(sitting: Sitting) -> Answer:
    return Page("person.html", {})
