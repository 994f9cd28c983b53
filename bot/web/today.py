"""The first page: who needs what, the most pressing first."""

from bot.desk import alerts, people
from bot.desk.attention import attention
from bot.rights import may
from bot.web.answer import Answer, Go, Missing, Page
from bot.web.sitting import Sitting


def page(sitting: Sitting) -> Answer:
    found = attention(sitting.conn, sitting.vault, sitting.house, sitting.actor, sitting.now)
    titles = {s.id: s.title for p in sitting.house.library.programmes.values() for s in p.sessions}
    return Page("today.html", {"found": found, "titles": titles})


def seen(sitting: Sitting) -> Answer:
    """An alert acknowledged (S18)."""
    event = sitting.number("event")
    who = alerts.whose(sitting.conn, event) if event is not None else None
    served = people.one(sitting.conn, sitting.vault, who, sitting.now) if who is not None else None
    relays = alerts.relays(sitting.conn, sitting.actor.id, sitting.now)
    if served is None or not may(sitting.actor, "alert", served.enrolment, relays):
        return Missing()
    alerts.acknowledge(sitting.conn, sitting.vault, sitting.house, served.person.id, sitting.actor, sitting.now)
    return Go("", "page_told_seen")
