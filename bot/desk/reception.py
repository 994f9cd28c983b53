"""Somebody without an invitation, as far as the store is needed: testimonials, half-hours offered, one of them booked.

Until « Je réserve » nothing of theirs is kept; from then on they are a participant who has decided nothing yet.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import insert

from bot.conversation import answering, attending, discovery, modules, notices, planning
from bot.conversation.entry import tell_coach
from bot.conversation.update import Heard, Pressed
from bot.desk import DeskError, appointments, attendance, brief, invitations, notes, people, slots, testimonials
from bot.desk.slots import Slot
from bot.desk.visit import Visit
from bot.store import tables as t
from bot.store.case import Case, drawn_id
from flows.calendar import spoken
from flows.calendar import zone as zone_of
from flows.discovery import Discovery

CONSENT = "decouverte-2026-11"
"""The version of what they agreed to, kept with the date."""

OFFERED = 6
KEPT = timedelta(days=30)
"""How long three answers and a date are kept when nothing follows."""


class _Quicker(Exception):
    """Somebody else took this half-hour between our showing it and their pressing."""


def handle(visit: Visit, update: Heard | Pressed) -> None:
    """A page of the visitor's; the button's own message shows it."""
    found = visit.house.library.discovery
    if isinstance(update, Heard):
        return testimonials.browse(visit, None, 0)
    if update.data == discovery.CANCEL:
        return _cancel(visit, update)
    if attending.parts(update.data):
        return attendance.answered(visit, update)
    if found is None:
        return None
    page, chosen, about = discovery.parts(update.data)
    if page == "temoignages":
        return testimonials.browse(visit, update, int(about) if about.isdecimal() and len(about) < 5 else 0)
    slot = _slot(visit, about) if page in ("creneau", "reserve") else None
    if page == "echange" or slot is None:
        return _offer(visit, update, found, chosen, gone=page != "echange")
    if page == "creneau":
        return _confirm(visit, update, found, chosen, slot)
    return _reserve(visit, update, found, chosen, slot)


def _slot(visit: Visit, about: str) -> Slot | None:
    number = int(about) if about.isdecimal() and len(about) < 19 else 0
    return slots.one(visit.conn, visit.vault, number, visit.now)


def _offer(visit: Visit, press: Pressed, found: Discovery, chosen: str, gone: bool) -> None:
    """The half-hours that may be booked now."""
    offered = slots.offered(visit.conn, visit.vault, visit.now, OFFERED)
    text = found.talk.text if offered else found.talk.none
    text = f"{found.talk.taken}\n\n{text}" if gone else text
    rows = [[(visit.label("slot_row", date=_when(slot), coach=slot.coach), f"v:creneau:{chosen}:{slot.id}")]
            for slot in offered]  # fmt: skip
    _turn(visit, press, text, [*rows, discovery.back(visit.house, "accueil", chosen)])


def _confirm(visit: Visit, press: Pressed, found: Discovery, chosen: str, slot: Slot) -> None:
    text = f"{_filled(found.talk.confirm, slot)}\n\n{found.talk.consent}"
    rows = [[(visit.label("slot_take"), f"v:reserve:{chosen}:{slot.id}")],
            discovery.back(visit.house, "echange", chosen)]  # fmt: skip
    _turn(visit, press, text, rows)


def _reserve(visit: Visit, press: Pressed, found: Discovery, chosen: str, slot: Slot) -> None:
    """From here on they are somebody: a key, an enrolment, an appointment, three questions."""
    try:
        with visit.conn.begin_nested():
            case = _enrol(visit, press, slot)
    except _Quicker:
        return _offer(visit, press, found, chosen, gone=True)
    assert case.person is not None and case.enrolment is not None
    programme = visit.house.programme(case)
    made = planning.set_appointment(
        visit.house, case, programme.sessions[0].id, slot.at, slot.zone, drawn_id(), silent=True,
        place=slot.place,
    )  # fmt: skip
    case.agree(discovery.FORMAT, CONSENT)
    case.log("first_talk")
    case.wake("prospect", "first_talk", slot.at + KEPT)
    words = visit.house.speech.written(_filled(found.talk.booked, slot))
    words += f"\n\n{visit.house.speech.say('slot_place', place=slot.place)}" if slot.place else ""
    rows = [[(visit.label("slot_give_back"), discovery.CANCEL)]]
    case.send("editMessageText", {**visit.house.speech.message(words, rows), "message_id": press.message_id})
    files = notices.file(visit.house, [notices.meeting(visit.house, case, made)], visit.now)
    case.send("sendDocument", {"document": "attach://document"}, files=files)
    tell_coach(visit.house, case, "coach_first_talk", relayed=False, name=case.person.name, date=_when(slot))
    if programme.first:
        modules.plan(visit.house, case, programme.first, session=made.session)
    answering.go_on(visit.house, case, answering.Source())
    people.put_back(visit.conn, visit.vault, case, visit.now)
    _note_benefits(visit, case, chosen)
    brief.schedule(visit.conn, made, case.enrolment.id, slot.zone, visit.now)
    return None


def _cancel(visit: Visit, press: Pressed) -> None:
    """They give the half-hour back: another may take it. What they wrote stays until its date, or /supprimer."""
    case = visit.case
    first = visit.house.programme(case).sessions[0].id if case.enrolment else ""
    booked = case.appointment(first)
    if case.enrolment is None or booked is None or booked.state != "planned" or booked.at <= visit.now:
        return visit.alert(press, visit.label("old_button"))
    assert case.person is not None
    appointments.mark(visit.conn, visit.vault, visit.house, case.person.id, first, "cancelled", visit.now)
    tell_coach(visit.house, case, "coach_first_talk_given_back", relayed=False, name=case.person.name)
    slots.free(visit.conn, case.enrolment.id)
    return visit.send("editMessageReplyMarkup", {"message_id": press.message_id})


def _enrol(visit: Visit, press: Pressed, slot: Slot) -> Case:
    """Makes the person and takes the half-hour, or neither. Raises _Quicker."""
    house, now = visit.house, visit.now
    programme = house.library.formats[0].programme if house.library.formats else next(iter(house.library.programmes))
    person_id = invitations.person(visit.conn, visit.vault, "participant", _name(visit, press), slot.zone, now)
    row = {"person_id": person_id, "coach_id": slot.coach_id, "programme": programme, "format": discovery.FORMAT,
           "state": "active", "gentle": False, "short": False, "created_at": now}  # fmt: skip
    enrolment_id = visit.conn.execute(insert(t.enrolments).values(**row).returning(t.enrolments.c.id)).scalar_one()
    if not slots.take(visit.conn, slot.id, enrolment_id, now):
        raise _Quicker
    case = people.file(visit.conn, visit.vault, person_id, now)
    assert case.person is not None
    case.chat_id = case.person.chat_id = press.chat_id
    case.changes.person = True
    return case


def _name(visit: Visit, press: Pressed) -> str:
    """Their first name in Telegram, as far as it can be said."""
    try:
        return invitations.cleaned(press.name)
    except DeskError:
        return visit.label("no_name")


def _note_benefits(visit: Visit, case: Case, chosen: str) -> None:
    """What they touched on the way, for the coach to begin with."""
    labels = discovery.benefits_chosen(visit.house, chosen)
    assert case.person is not None
    served = people.one(visit.conn, visit.vault, case.person.id, visit.now)
    if labels and served:
        text = visit.label("note_benefits", list=", ".join(labels))
        notes.write(visit.conn, visit.vault, served, 0, notes.FIRST_TALK, {"text": text}, visit.now)


def _filled(text: str, slot: Slot) -> str:
    return text.replace("{date}", _when(slot)).replace("{coach}", slot.coach)


def _when(slot: Slot) -> str:
    return spoken(slot.at, zone_of(slot.zone))


def _turn(visit: Visit, press: Pressed, markdown: str, rows: Any) -> None:
    said = visit.house.speech.message(visit.house.speech.written(markdown), rows)
    visit.send("editMessageText", {**said, "message_id": press.message_id})
