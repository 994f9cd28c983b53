"""What is to come for one participant, and what was sent and happened, with its reasons."""

from bot.desk import upcoming
from bot.desk.steering import SKIPPABLE, Steering
from bot.desk.timeline import Mark, timeline
from bot.web.answer import Answer, Go, Missing, Page
from bot.web.sitting import Sitting

AHEAD = 25
"""Items to come that are shown."""


def page(sitting: Sitting) -> Answer:
    about = sitting.served
    ahead = upcoming.upcoming(sitting.conn, sitting.vault, sitting.house, sitting.now, about.person.id)
    before = Mark.of(sitting.query.get("avant", ""))
    moments, older = timeline(
        sitting.conn, sitting.vault, sitting.house, about, sitting.actor.zone, before, sitting.now
    )
    whys = {one.why: sitting.say(f"page_why_{one.why}") for one in ahead[:AHEAD] if _known(sitting, one.why)}
    fields = {"ahead": ahead[:AHEAD], "whys": whys, "left": max(0, len(ahead) - AHEAD), "moments": moments,
              "skippable": SKIPPABLE, "older": older.text if older else "", "first": before is None}  # fmt: skip
    return Page("follow.html", fields)


def skip(sitting: Sitting) -> Answer:
    """Raises DeskError: already_left, has_stopped, not_agreed, busy."""
    held = Steering(sitting.conn, sitting.vault, sitting.house, sitting.served, sitting.actor, sitting.now)
    number = sitting.number("timer") or 0
    if not held.knows(number):
        return Missing()
    held.skip(number)
    return Go(f"/personnes/{sitting.served.person.id}/suivi", "page_told_let_fall")


def skip_module(sitting: Sitting) -> Answer:
    """Raises DeskError: already_left, has_stopped, not_agreed, busy."""
    held = Steering(sitting.conn, sitting.vault, sitting.house, sitting.served, sitting.actor, sitting.now)
    held.skip_module(sitting.number("module") or 0)
    return Go(f"/personnes/{sitting.served.person.id}/suivi", "page_told_let_fall")


def _known(sitting: Sitting, why: str | None) -> bool:
    return why is not None and f"page_why_{why}" in sitting.house.speech.phrases
