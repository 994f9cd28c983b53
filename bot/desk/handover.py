"""A participant passes from one coach to another: both are told, and so is the participant. Checks no rights.

The coach who gives loses every access at once; what was on its way to them about this person falls away.
"""

from datetime import datetime

from sqlalchemy import Connection, select, update

from bot.conversation.house import House
from bot.conversation.planning import calm
from bot.desk import DeskError, alerts, brief, notes, people, review
from bot.desk.people import Served
from bot.desk.roll import named
from bot.store import tables as t
from bot.store.case import DISTRESS, Case, Person
from bot.store.cases import by_person
from bot.store.saving import Turned, save
from bot.store.vault import Vault
from flows.calendar import spoken, zone

KIND = "handover"


def colleagues(conn: Connection, vault: Vault, coach_id: int, now: datetime) -> list[tuple[int, str]]:
    """The other coaches who can be reached, by name."""
    p = t.people.c
    others = (p.role == "coach", p.id != coach_id, p.chat_id.is_not(None), p.reachable.is_(True))
    found = people.names(conn, vault, conn.execute(select(p.id).where(*others)).scalars().all(), now)
    return sorted(found.items(), key=lambda one: (one[1].casefold(), one[0]))


def told_at(conn: Connection, vault: Vault, house: House, about: Served, now: datetime) -> datetime | None:
    """When the participant would be told; None for somebody who stopped, or has not agreed yet: nothing is sent."""
    case = by_person(conn, vault, [about.person.id], now)[about.person.id]
    return _moment(house, case)


def hand_over(
    conn: Connection, vault: Vault, house: House, about: Served, giver: Person, to_id: int, with_notes: bool,
    now: datetime,
) -> str:  # fmt: skip
    """Gives the new coach's name. Private notes pass on only `with_notes`.

    Raises DeskError: unknown_colleague, unknown_person (it is no longer the giver's), busy.
    """
    name = dict(colleagues(conn, vault, giver.id, now)).get(to_id)
    if name is None:
        raise DeskError("unknown_colleague")
    case = people.file(conn, vault, about.person.id, now)
    assert case.enrolment is not None
    if case.enrolment.coach_id != giver.id:
        raise DeskError("unknown_person")
    case.enrolment.coach_id, case.changes.enrolment = to_id, True
    case.log("handed_over", giver=giver.id, taker=to_id)
    if at := _moment(house, case):
        case.wake("coach_word", KIND, at, phrase="handed_over")
    _recall(conn, giver, about)
    if with_notes:
        notes.pass_on(conn, about, giver.id, to_id)
    _tell_taker(conn, vault, house, case, giver, to_id, now)
    save(conn, vault, [Turned(case, f"{KIND}{about.enrolment.id}-{now.timestamp():.6f}", case.take())], now)
    brief.reschedule(conn, to_id, now)
    brief.hasten(conn, to_id, now)
    return name


def alerted(conn: Connection, enrolment_id: int) -> bool:
    """Whether a distress was signalled that nobody has said they saw."""
    waiting = select(t.events.c.id).where(t.events.c.enrolment_id == enrolment_id, alerts.unseen()).limit(1)
    return conn.execute(waiting).first() is not None


def _moment(house: House, case: Case) -> datetime | None:
    told = case.enrolment is not None and case.enrolment.state in ("active", "paused")
    return calm(house, case, case.now) if told else None


def _recall(conn: Connection, giver: Person, about: Served) -> None:
    """What waits to leave for the coach who gives, about this person."""
    o = t.outbox
    theirs = update(o).where(o.c.chat_id == giver.chat_id, o.c.owner_id == about.person.id)
    conn.execute(theirs.where(o.c.state.in_(("ready", "held"))).values(state="dropped", reason=KIND))


def _tell_taker(
    conn: Connection, vault: Vault, house: House, case: Case, giver: Person, to_id: int, now: datetime
) -> None:
    p = t.people.c
    taker = conn.execute(select(p.chat_id, p.zone).where(p.id == to_id)).one()
    assert case.person is not None and case.enrolment is not None
    ahead = case.next_appointment()
    date = spoken(ahead.at, zone(taker.zone)) if ahead else house.speech.label("desk_no_date")
    waiting = review.to_read(conn, [case.enrolment.id]).get(case.enrolment.id, 0)
    said = house.speech.phrase("desk_taken_over", giver=named(giver.name), name=named(case.person.name), date=date,
                               n=waiting)  # fmt: skip
    case.send("sendMessage", said, chat_id=taker.chat_id, owner_id=case.person.id)
    held, name = case.enrolment.held_at, case.person.name
    if alerted(conn, case.enrolment.id):
        rows = [[(house.speech.label("desk_button_ack"), f"d:ack:{case.person.id}")]]
        told = house.speech.phrase("coach_distress", rows, name=named(name))
        case.send("sendMessage", told, chat_id=taker.chat_id, owner_id=case.person.id, rank=DISTRESS)
    elif held is not None:
        rows = [[(house.speech.label("desk_button_lift"), f"d:hu:{case.person.id}")]]
        told = house.speech.phrase("desk_taken_held", rows, name=named(name), date=spoken(held, zone(taker.zone)))
        case.send("sendMessage", told, chat_id=taker.chat_id, owner_id=case.person.id)
