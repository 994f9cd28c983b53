"""The first page: who needs what, the most pressing first."""

from bot.desk import alerts
from bot.desk.attention import attention
from bot.web.answer import Answer, Go, Missing, Page
from bot.web.sitting import Sitting


def page(sitting: Sitting) -> Answer:
    found = attention(sitting.conn, sitting.vault, sitting.house, sitting.actor, sitting.now)
    titles = {s.id: s.title for p in sitting.house.library.programmes.values() for s in p.sessions}
    return Page("today.html", {"found": found, "titles": titles})


def seen(sitting: Sitting) -> Answer:
    """An alert acknowledged (S18)."""
    event = sitting.number("event")
    if event is None or not alerts.seen(sitting.conn, event, sitting.actor.id, sitting.now):
        return Missing()
    return Go("", "page_told_seen")
