"""A sick leave seen with the participant, ticked on their page."""

from bot.desk import sickleave
from bot.web.answer import Answer, Go
from bot.web.sitting import Sitting


def seen(sitting: Sitting) -> Answer:
    """Another answer since the page was opened leaves it to be seen."""
    reply, about = sitting.number("reponse") or 0, sitting.served
    done = sickleave.tick(sitting.conn, sitting.vault, sitting.house, about, sitting.actor.id, reply, sitting.now)
    return Go(f"/personnes/{about.person.id}", "page_told_leave_seen" if done else "page_told_leave_changed")
