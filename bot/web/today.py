"""The first page: who needs what before their next appointment."""

from bot.desk import people
from bot.web.answer import Answer, Go, Page
from bot.web.sitting import Sitting


def page(sitting: Sitting) -> Answer:
    mine = people.of_coach(sitting.conn, sitting.vault, sitting.actor.id, sitting.now)
    return Page("people.html", {"mine": mine[:12]})


def seen(sitting: Sitting) -> Answer:
    return Go("")
