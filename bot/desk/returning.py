"""A coach whom messages reach again, or whose digest or brief left the queue unsent: both are made as things stand.

Knows neither a count nor a sentence of them.
"""

from datetime import datetime

from sqlalchemy import Connection

from bot.conversation.house import House
from bot.desk import brief, digest
from bot.store.case import Timer
from bot.store.saving import upsert_timers
from bot.store.vault import Vault


def due(conn: Connection, vault: Vault, house: House, timer: Timer, now: datetime) -> None:
    """The digest that did not reach them leaves now; the briefs of sessions ahead are looked at again at once."""
    coach_id = int(timer.about["coach"])
    timer.state, timer.settled_at = "fired", now
    upsert_timers(conn, [timer])
    digest.again(conn, vault, house, coach_id, now)
    brief.hasten(conn, coach_id, now)
