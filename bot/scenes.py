"""Points of the programme at which a rehearsal may be put: before a session, what came earlier having been lived.

Only a demonstration does this to somebody: it writes a past that nobody had.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.conversation import answering, planning
from bot.conversation.house import House
from bot.desk import people
from bot.library import Library
from bot.settings import shipped
from bot.store.case import Case, drawn_id
from bot.store.vault import Vault
from flows.engine import OPEN
from flows.events import Stop

PARIS = ZoneInfo("Europe/Paris")
BETWEEN, AHEAD = 14, 13
"""Days between two sessions, and from now to the next."""


def sessions() -> dict[str, str]:
    """Where one may go: each session of the programme, with its title."""
    programme = next(iter(Library.open(shipped("content")).programmes.values()))
    return {s.id: f"{s.id} · {s.title}" for s in programme.sessions}


def put_before(conn: Connection, vault: Vault, house: House, person_id: int, session: str, now: datetime) -> None:
    """The session before was yesterday, this one is in thirteen days, those before are behind, those after unbooked."""
    case = people.file(conn, vault, person_id, now)
    order = [s.id for s in house.programme(case).sessions]
    here = order.index(session)
    for asked in [file for file in case.runs if file.run.state in (*OPEN, "queued")]:
        answering.take(house, case, asked, Stop(), answering.SCHEDULE)
    for place, each in enumerate(order):
        if place > here:
            planning.change_state(house, case, each, "cancelled")
            continue
        days = AHEAD if place == here else -1 - BETWEEN * (here - 1 - place)
        at = (now.astimezone(PARIS) + timedelta(days=days)).replace(hour=10, minute=0, second=0, microsecond=0)
        planning.set_appointment(house, case, each, at, PARIS.key, drawn_id(), silent=place < here)
        if place < here:
            planning.change_state(house, case, each, "done")
    _lived(house, case, order[: max(0, here - 1)])
    planning.replan(house, case)
    people.put_back(conn, vault, case, now)


def _lived(house: House, case: Case, sessions: Sequence[str]) -> None:
    """What hangs on these sessions went out in its time."""
    for envoi in house.programme(case).envois:
        a = case.appointment(envoi.when.session)
        if a and a.session in sessions:
            about: dict[str, Any] = {
                "envoi": envoi.id,
                "appointment": a.id,
                "revision": a.revision,
                "session": a.session,
            }
            timer = case.wake("envoi", planning.scope(a.id, envoi.id, a.revision), a.at, **about)
            case.settle(timer, "fired")
            timer.settled_at = a.at
