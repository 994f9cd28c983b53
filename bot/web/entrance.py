"""The way in and out. Only the button of its page spends a link: a preview that opens it spends nothing."""

from sqlalchemy import select

from bot.desk import signin
from bot.store import tables as t
from bot.web.answer import Answer, Go, Page
from bot.web.sitting import Sitting


def how(sitting: Sitting) -> Answer:
    """For whoever has no session: where the link is asked for."""
    return Page("outside.html", {"bot": sitting.house.bot.username})


def door(sitting: Sitting) -> Answer:
    """The same page whatever the link is worth."""
    return Page("door.html", {"token": sitting.places["token"]})


def enter(sitting: Sitting) -> Answer:
    who = signin.spend(sitting.conn, sitting.places["token"], sitting.now)
    if who is None:
        return Page("outside.html", {"bot": sitting.house.bot.username, "refused": True}, 403)
    role = sitting.conn.execute(select(t.people.c.role).where(t.people.c.id == who)).scalar_one()
    return Go("/regie" if role == "admin" else "", session=signin.begin(sitting.conn, who, sitting.now))


def leave(sitting: Sitting) -> Answer:
    signin.end(sitting.conn, sitting.actor.id, sitting.now, sitting.session_id)
    return Go("/entrer", "page_told_left", session="")
