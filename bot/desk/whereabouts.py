"""Where a coach lives: every hour of theirs follows. Checks no rights."""

from datetime import datetime

from sqlalchemy import Connection, update

from bot.desk import DeskError, absences, brief, digest
from bot.store import tables as t
from bot.store.case import Person
from flows.calendar import zone


def move(conn: Connection, coach: Person, zone_name: str, now: datetime) -> None:
    """Sets the zone; digest, briefs and absences to come are planned anew, appointments stay.

    Raises DeskError: unknown_zone.
    """
    try:
        place = zone(zone_name)
    except ValueError:
        raise DeskError("unknown_zone") from None
    conn.execute(update(t.people).where(t.people.c.id == coach.id).values(zone=zone_name))
    absences.move(conn, coach, place, now)
    digest.schedule(conn, coach.id, now)
    brief.reschedule(conn, coach.id, now)
