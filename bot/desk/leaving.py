"""An account taken away for good: a coach's or an admin's own, or anybody's at the terminal (RGPD art. 17).

A coach goes once nobody counts on them any more. What a coach wrote to people, or of them, is theirs, and stays.
Checks no rights.
"""

from datetime import datetime

from sqlalchemy import Connection, func, select

from bot.conversation import farewell
from bot.conversation.house import House
from bot.conversation.update import Pressed
from bot.desk import DeskError, people
from bot.desk.visit import Visit
from bot.store import audit
from bot.store import tables as t
from bot.store.audit import By
from bot.store.case import Case
from bot.store.cases import by_person
from bot.store.erasing import HOUSE
from bot.store.vault import Vault


def served(conn: Connection, coach_id: int) -> int:
    """How many people a coach accompanies, those only invited and those who stopped included."""
    e = t.enrolments.c
    mine = select(func.count()).where(e.coach_id == coach_id, e.state != "ended")
    return int(conn.execute(mine).scalar_one())


def ask(visit: Visit, rest: str) -> None:
    """`/supprimer` of a coach or an admin: the first of two steps, or the reason why it cannot be."""
    if n := served(visit.conn, visit.actor.id):
        return visit.say("desk_erase_held", n=n)
    rows = [[(visit.label("erase_first"), "d:er:1")], [(visit.label("erase_no"), "d:er:non")]]
    return visit.say("desk_erase_ask", rows)


def step(visit: Visit, press: Pressed, rest: str) -> str:
    if rest == "non":
        visit.replace(press, "continue")
    elif n := served(visit.conn, visit.actor.id):
        visit.replace(press, "desk_erase_held", n=n)
    elif rest == "1":
        rows = [[(visit.label("erase_yes"), "d:er:oui")], [(visit.label("erase_no"), "d:er:non")]]
        visit.replace(press, "desk_erase_confirm", rows)
    elif rest == "oui":
        nobody = {"owner_id": HOUSE, "enrolment_id": None}
        visit.case.send("answerCallbackQuery", {"callback_query_id": press.callback_id}, **nobody)
        _gone(visit.house, visit.case)
    else:
        return visit.label("old_button")
    return ""


def erase(conn: Connection, vault: Vault, house: House, person_id: int, now: datetime) -> str:
    """Erases anybody, whatever their state: invited only, or long gone; gives their role.

    Raises DeskError: unknown_person, busy, has_participants.
    """
    role = conn.execute(select(t.people.c.role).where(t.people.c.id == person_id)).scalar()
    if role is None:
        raise DeskError("unknown_person")
    if role == "participant":
        case = people.file(conn, vault, person_id, now)
        farewell.erase(house, case)
    else:
        if served(conn, person_id):
            raise DeskError("has_participants")
        case = by_person(conn, vault, [person_id], now)[person_id]
        _gone(house, case)
    people.put_back(conn, vault, case, now)
    return str(role)


def take_away(conn: Connection, vault: Vault, house: House, person_id: int, by: By, now: datetime) -> None:
    """Erases somebody who was invited and never came in, whatever their role: nothing of them stays.

    Raises DeskError: unknown_person, came_in, has_participants.
    """
    p, e = t.people.c, t.enrolments.c
    joined = t.people.outerjoin(t.enrolments, e.person_id == p.id)
    query = select(p.chat_id, p.role, e.state).select_from(joined).where(p.id == person_id)
    row = conn.execute(query.with_for_update(of=t.people)).first()  # they may be coming in at this moment
    if row is None:
        raise DeskError("unknown_person")
    if row.chat_id is not None or row.state not in (None, "invited"):
        raise DeskError("came_in")
    erase(conn, vault, house, person_id, now)
    audit.note(conn, by, "take_away", {"person": person_id, "role": row.role}, now)


def _gone(house: House, case: Case) -> None:
    case.send("sendMessage", house.speech.phrase("desk_erased"), owner_id=HOUSE, enrolment_id=None)
    house.speech.forget()
    case.changes.erased = True
