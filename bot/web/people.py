"""A coach's participants, and the first page about one of them."""

from bot.desk import people
from bot.desk.outline import outline
from bot.web.answer import Answer, Page
from bot.web.sitting import Sitting

PAGE = 24
"""Participants on one page."""


def listed(sitting: Sitting) -> Answer:
    mine = people.of_coach(sitting.conn, sitting.vault, sitting.actor.id, sitting.now)
    return Page("people.html", {"mine": mine[:PAGE], "total": len(mine), "before": "", "after": ""})


def page(sitting: Sitting) -> Answer:
    about = sitting.served
    programme = sitting.house.library.programmes[about.enrolment.programme]
    seen = outline(sitting.conn, sitting.vault, sitting.house, about, sitting.now)
    return Page("person.html", {"outline": seen, "programme": programme})
