"""The hours of accompaniment: noted by the coach once a session is over, agreed or disputed by the participant.

Both confirmed, they no longer change. The bilan holds 24 hours at the most (L6313-4). Checks no rights.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.conversation import attending, planning
from bot.conversation.agreements import expects_appointments
from bot.conversation.entry import tell_coach
from bot.conversation.house import House
from bot.conversation.planning import hours_of
from bot.conversation.update import Pressed
from bot.desk import DeskError, people
from bot.desk.agenda import LONGEST
from bot.desk.visit import Visit
from bot.store import attendances
from bot.store.attendances import MODES, Held, Hours
from bot.store.case import Case
from bot.store.vault import Vault
from flows.calendar import later

EARLY = timedelta(minutes=30)
"""A session may be noted this long before the hour said for its end."""


def note(
    conn: Connection, vault: Vault, house: House, person_id: int, session: str, starts: datetime, ends: datetime,
    mode: str, now: datetime, *, by: int,
) -> Hours:  # fmt: skip
    """The coach `by` says when a session took place, and how; the participant is asked at an allowed minute.

    What is already noted in the same words stays as it is. Raises DeskError: unknown_person, no_appointment,
    unknown_mode, hours_order, hours_day, hours_ahead, hours_fixed, busy.
    """
    case = people.file(conn, vault, person_id, now)
    assert case.enrolment is not None
    _check(case, session, starts, ends, mode)
    before = attendances.of(conn, case.enrolment.id)
    known = next((one for one in before if one.session == session), None)
    course = (case.enrolment.programme, case.enrolment.format)
    held = Held(case.enrolment.id, session, starts, ends, mode, by, now)
    if known and known.mark == held.mark:
        return attending.hours(house, *course, before)
    if known and known.fixed:
        raise DeskError("hours_fixed")
    attendances.note(conn, held)
    planning.change_state(house, case, session, "done", by)
    _settle(house, case, held)
    case.log("attendance_noted", session=session, by=by)
    people.put_back(conn, vault, case, now)
    return attending.hours(house, *course, [*(one for one in before if one.session != session), held])


def _check(case: Case, session: str, starts: datetime, ends: datetime, mode: str) -> None:
    appointment = case.appointment(session)
    if mode not in MODES:
        raise DeskError("unknown_mode")
    if appointment is None or appointment.state == "cancelled":
        raise DeskError("no_appointment")
    if not starts < ends <= starts + LONGEST:
        raise DeskError("hours_order")
    if abs(starts - appointment.at) > LONGEST:
        raise DeskError("hours_day")
    if ends > case.now + EARLY or starts >= case.now:
        raise DeskError("hours_ahead")


def _settle(house: House, case: Case, held: Held) -> None:
    """The coach is asked no more; the participant will be, with these hours and no others."""
    appointment = case.appointment(held.session)
    assert appointment is not None
    asked = case.wake(planning.ENDED, held.session, held.ends_at, session=held.session, revision=appointment.revision)
    case.settle(asked, "cancelled", "noted")
    told = next((t for t in case.timers if (t.kind, t.scope) == (attending.HOURS, held.session)), None)
    if told and told.state in ("pending", "held"):
        case.settle(told, "cancelled", "changed")
    if expects_appointments(case):
        about = {"session": held.session, "starts": held.starts_at.isoformat(), "ends": held.ends_at.isoformat()}
        case.wake(attending.HOURS, held.session, later(case.now, hours_of(house, case), case.zone), **about,
                  mode=held.mode)  # fmt: skip


def answered(visit: Visit, press: Pressed) -> None:
    """The participant's own word on the hours under this button; those of other hours do nothing any more."""
    found, case = attending.parts(press.data), visit.case
    assert case.enrolment is not None and case.person is not None
    session, mark, agreed = found or ("", "", False)
    held = next((one for one in attendances.of(visit.conn, case.enrolment.id) if one.session == session), None)
    if held is None or held.mark != mark:
        return visit.alert(press, visit.label("old_button"))
    if not attendances.answer(visit.conn, held, agreed, visit.now):  # said already: the same press twice
        return None
    shown = attending.words(visit.house, case.zone, held.starts_at, held.ends_at, held.mode)
    title = attending.titled(visit.house, case, session)
    case.log("attendance_confirmed" if agreed else "attendance_disputed", session=session)
    if agreed:
        return visit.replace(press, "attendance_agreed", title=title, hours=shown)
    undo = attending.answers(visit.house, session, mark, both=False)
    coach = case.coach.name if case.coach else visit.label("your_coach").capitalize()
    visit.replace(press, "attendance_disagreed", undo, title=title, hours=shown, coach=coach)
    rows = [[(visit.label("attendance_other"), f"d:ah:{case.person.id}:{session}")]]
    return tell_coach(visit.house, case, "coach_attendance_disputed", rows, relayed=False, name=case.person.name,
                      title=title)  # fmt: skip
