"""A coach's participants, and the first page about one of them."""

from bot.conversation import hours
from bot.conversation.planning import sending_hours
from bot.desk import people, sickleave
from bot.desk.outline import outline
from bot.web.answer import PREFIX, Answer, Missing, Page
from bot.web.sitting import Sitting

PAGE = 24
"""Participants on one page."""

FARTHEST = 100_000
"""No list has as many pages."""


def listed(sitting: Sitting) -> Answer:
    nth = min(max(1, sitting.number("page") or 1), FARTHEST)
    offset = (nth - 1) * PAGE
    mine, total = people.of_coach(sitting.conn, sitting.vault, sitting.actor.id, sitting.now, PAGE, offset)
    if offset and not mine:
        return Missing()
    before = f"{PREFIX}/personnes?page={nth - 1}" if nth > 1 else ""
    after = f"{PREFIX}/personnes?page={nth + 1}" if offset + PAGE < total else ""
    return Page("people.html", {"mine": mine, "total": total, "before": before, "after": after})


def page(sitting: Sitting) -> Answer:
    about = sitting.served
    programme = sitting.house.library.programmes[about.enrolment.programme]
    seen = outline(sitting.conn, sitting.vault, sitting.house, about, sitting.now)
    leave = sickleave.standing(sitting.conn, sitting.vault, sitting.house, about)
    return Page("person.html", {"outline": seen, "programme": programme, "leave": leave, **written_to(sitting)})


def written_to(sitting: Sitting) -> dict[str, str]:
    """When Marge writes to them of her own accord; and their hour, where it is not the reader's."""
    house, enrolment, there = sitting.house, sitting.served.enrolment, sitting.served.person.zone
    key = "page_hours_own" if enrolment.hours else "page_hours_of"
    elsewhere = sitting.say("page_zone", place=hours.place(house, there)) if there != sitting.actor.zone else ""
    return {"hours": sitting.say(key, hours=hours.words(house, sending_hours(house, enrolment))), "there": elsewhere}
