"""The first page: who needs what, the most pressing first."""

from sqlalchemy import select, update

from bot.desk.attention import attention
from bot.store import tables as t
from bot.web.answer import Answer, Go, Missing, Page
from bot.web.sitting import Sitting


def page(sitting: Sitting) -> Answer:
    found = attention(sitting.conn, sitting.vault, sitting.house, sitting.actor, sitting.now)
    titles = {s.id: s.title for p in sitting.house.library.programmes.values() for s in p.sessions}
    return Page("today.html", {"found": found, "titles": titles})


def seen(sitting: Sitting) -> Answer:
    """An alert acknowledged (S18)."""
    v, e = t.events.c, t.enrolments.c
    mine = select(e.id).where(e.coach_id == sitting.actor.id)
    one = update(t.events).where(v.id == sitting.number("event"), v.enrolment_id.in_(mine), v.kind == "distress")
    if not sitting.conn.execute(one.values(seen_at=sitting.now, seen_by=sitting.actor.id)).rowcount:
        return Missing()
    return Go("", "page_told_seen")
