"""What is due for one person: an envoi, a reminder, the end of a pause. Each ends in something visible (S1.3, S4).

Called with the case loaded whole and `case.now` set; a timer that no longer means anything does nothing and says so.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.conversation import (
    actions,
    answering,
    attending,
    broadcast,
    commands,
    crisis,
    discovery,
    discretion,
    entry,
    errands,
    farewell,
    modules,
    notices,  # fmt: skip
    rush,
)
from bot.conversation.agreements import stands, taken_back
from bot.conversation.answering import SCHEDULE
from bot.conversation.house import House
from bot.conversation.planning import ENDED, hours_of, nudge_at, replan
from bot.store.case import SCHEDULED, Case, RunFile, Timer
from flows.agenda import Appointment
from flows.calendar import allowed, days_after, instant, later, spoken, zone
from flows.engine import OPEN
from flows.events import Begin, Silence
from flows.model import Envoi, Flow

LATEST = timedelta(hours=1)
"""A message before an appointment is worth sending until this long before it (S9)."""


def all_due(house: House, case: Case, timers: Sequence[Timer]) -> None:
    """Everything that is due for this person at this instant; raises KeyError for a kind that nobody handles."""
    squeezed = [timer for timer in timers if timer.kind == "envoi" and timer.why == "condensed"]
    together = squeezed if len(squeezed) > 1 else []
    for timer in timers:
        if timer not in together and timer.state == "pending":
            due(house, case, timer)
    if together:
        bundle(house, case, together)


def due(house: House, case: Case, timer: Timer) -> None:
    """Carries out one timer, which ends in something visible or is put off."""
    if case.enrolment is None or case.person is None:
        return case.settle(timer, "stale", "nobody")
    if timer.kind in commands.LASTING:
        return HANDLERS[timer.kind](house, case, timer)
    if case.enrolment.state in ("stopped", "ended", "invited") or (_asks(timer) and case.enrolment.state == "welcomed"):
        return case.settle(timer, "cancelled", case.enrolment.state)
    if not case.person.reachable and timer.kind not in TO_COACH:
        return case.settle(timer, "held", "unreachable")
    if case.enrolment.restricted_at is not None:
        return case.settle(timer, "held", "restricted")
    if case.enrolment.held_at and not crisis.spares(house, case, timer):
        return case.settle(timer, "held", "distress")
    if timer.kind in IN_HOURS and not allowed(case.now, hours_of(house, case), case.zone):
        timer.due_at = later(case.now, hours_of(house, case), case.zone)
        return case.changes.timers.append(timer)
    HANDLERS[timer.kind](house, case, timer)
    return answering.go_on(house, case, SCHEDULE)


TO_COACH = frozenset({"unbooked", ENDED})
"""What their coach hears, though they themselves may be out of reach."""

IN_HOURS = frozenset({"later", "resume", "unbooked", "dormancy", actions.KIND, attending.HOURS, *errands.HANDLERS})
"""What waits for an allowed minute before it is looked at; the other kinds see to it themselves (S9)."""


def _asks(timer: Timer) -> bool:
    ours = ("silence", "later", "dormancy", "push", "reoffer", actions.KIND, attending.HOURS)
    return timer.kind in (*ours, *errands.HANDLERS)


# --- envois ----------------------------------------------------------------------------------


def _envoi(house: House, case: Case, timer: Timer) -> None:
    found = _standing(house, case, timer)
    if found is None or case.enrolment is None:
        return None
    envoi, appointment = found
    waits = case.enrolment.state == "paused" or taken_back(case)
    if (case.enrolment.state == "welcomed" and not waits) or (waits and envoi.kind != "reminder"):
        return case.settle(timer, "held", case.enrolment.state)
    when = _when(house, case, envoi)
    if when > case.now:
        return _postpone(house, case, timer, envoi, appointment, when)
    return _deliver(house, case, timer, envoi, appointment)


def _stale(envoi: Envoi | None, appointment: Appointment | None, timer: Timer) -> str | None:
    """State and revision are looked at again when it leaves, not only when it was planned (S8.7)."""
    if envoi is None or appointment is None:
        return "gone"
    if appointment.revision != timer.about.get("revision"):
        return "moved"
    if appointment.state == "cancelled" or (appointment.state == "no_show" and not _before(envoi, appointment)):
        return appointment.state
    return None


def _before(envoi: Envoi, appointment: Appointment) -> bool:
    """Whether it speaks of what is to come: by its instant, unless its author says otherwise (as the plan does)."""
    raw = instant(envoi.when, appointment.at, zone(appointment.zone))
    same_day = envoi.when.days == 0 and envoi.when.span is None
    return raw < appointment.at and not (same_day and envoi.moment == "apres")


def _past(case: Case, envoi: Envoi, appointment: Appointment) -> bool:
    end = _until(case, envoi, appointment)
    return end is not None and case.now > end


def _until(case: Case, envoi: Envoi, appointment: Appointment) -> datetime | None:
    if _before(envoi, appointment):
        return appointment.at
    until = case.appointment(envoi.until) if envoi.until else None
    return until.at if until and until.state == "planned" else None


def _when(house: House, case: Case, envoi: Envoi) -> datetime:
    """Now, unless the hour is quiet or something already went out today (S9, S16)."""
    hours = hours_of(house, case)
    moment = case.now if allowed(case.now, hours, case.zone) else later(case.now, hours, case.zone)
    asked = case.enrolment.asked_at if case.enrolment else None
    if envoi.kind != "reminder" and envoi.paced and asked and _day(case, asked) >= _day(case, moment):
        moment = later(days_after(moment, 1, case.zone), hours, case.zone)
    return moment


def _day(case: Case, at: datetime) -> str:
    return at.astimezone(case.zone).date().isoformat()


def _postpone(house: House, case: Case, timer: Timer, envoi: Envoi, appointment: Appointment, when: datetime) -> None:
    end = _until(case, envoi, appointment)
    if end and _before(envoi, appointment) and when > end - LATEST:
        if envoi.kind == "reminder":
            return _lost(case, timer, "skipped", "quiet")
        return _deliver(house, case, timer, envoi, appointment)
    if end and not _before(envoi, appointment) and when > end:
        return _deliver(house, case, timer, envoi, appointment)
    timer.due_at = when
    case.changes.timers.append(timer)
    case.log("postponed", envoi=envoi.id, until=when.isoformat())
    return None


def _deliver(house: House, case: Case, timer: Timer, envoi: Envoi, appointment: Appointment) -> None:
    case.settle(timer, "fired")
    silent = False
    if envoi.message:
        title = next(
            (s.title for s in house.programme(case).sessions if s.id == appointment.session), appointment.session
        )
        said = house.speech.say(envoi.message, title=title, date=spoken(appointment.at, case.zone))
        said += notices.placed(house, appointment.place)
        case.send("sendMessage", house.speech.message(said), rank=SCHEDULED)
    else:
        session = _prepared(house, case, envoi, appointment)
        file = modules.plan(
            house,
            case,
            envoi.flow,
            mode=envoi.mode,
            envoi=envoi.id,
            session=session,
            valid_until=_until(case, envoi, appointment),
            again=envoi.again,
        )
        _open_at_once(house, case, file, envoi)
        silent = file is None or (file.run.state == "queued" and modules.busy(case))
        if silent and timer.why != "condensed":
            timer.why = "busy" if file else "already_there"
    if envoi.kind != "reminder" and envoi.paced and case.enrolment and not silent:
        case.enrolment.asked_at, case.changes.enrolment = case.now, True


def _open_at_once(house: House, case: Case, file: RunFile | None, envoi: Envoi) -> None:
    """An interrupting module and a reading that waits for nobody need not queue."""
    if file and (envoi.mode == "interrompre" or (envoi.mode == "passif" and modules.is_reading(house, file))):
        answering.take(house, case, file, Begin(), SCHEDULE)


def _lost(case: Case, timer: Timer, state: str, reason: str) -> None:
    case.settle(timer, state, reason)
    case.log(state, envoi=timer.about.get("envoi"), reason=reason)


def bundle(house: House, case: Case, timers: Sequence[Timer]) -> None:
    """Envois squeezed together leave as one message: readings to open, questions one by one (S8.4, S9)."""
    if case.enrolment is None or case.enrolment.state != "active" or not _now_allowed(house, case):
        for timer in timers:
            due(house, case, timer)
        return
    readings: list[Flow] = []
    for timer in timers:
        found = _standing(house, case, timer)
        if found is None:
            continue
        envoi, appointment = found
        case.settle(timer, "fired")
        flow = house.shelf.today(envoi.flow)
        if modules.asks(flow.steps):
            modules.plan(
                house,
                case,
                flow.id,
                envoi=envoi.id,
                session=_prepared(house, case, envoi, appointment),
                valid_until=_until(case, envoi, appointment),
                again=envoi.again,
            )
        else:
            readings.append(flow)
    if readings:
        rows = [[(flow.title, f"c:read:{flow.id}")] for flow in readings]
        case.send("sendMessage", house.speech.phrase("reading_list", rows, n=len(readings)), rank=SCHEDULED)
    case.enrolment.asked_at, case.changes.enrolment = case.now, True
    answering.go_on(house, case, SCHEDULE)


def _now_allowed(house: House, case: Case) -> bool:
    return bool(case.person and case.person.reachable) and allowed(case.now, hours_of(house, case), case.zone)


def _standing(house: House, case: Case, timer: Timer) -> tuple[Envoi, Appointment] | None:
    envoi = next((e for e in house.programme(case).envois if e.id == timer.about.get("envoi")), None)
    appointment = next((a for a in case.appointments if a.id == timer.about.get("appointment")), None)
    reason = _stale(envoi, appointment, timer)
    if reason or envoi is None or appointment is None:
        case.settle(timer, "stale", reason)
        return None
    if _past(case, envoi, appointment):
        _lost(case, timer, "expired", "too_late")
        return None
    return envoi, appointment


def _prepared(house: House, case: Case, envoi: Envoi, appointment: Appointment) -> str | None:
    """The session an envoi prepares: its own when it comes before, the next of the programme when it comes after."""
    if _before(envoi, appointment):
        return appointment.session
    order = [session.id for session in house.programme(case).sessions]
    return next(iter(order[order.index(appointment.session) + 1 :]), None)


# --- questions -------------------------------------------------------------------------------


def _open(case: Case, timer: Timer) -> RunFile | None:
    """The run the timer speaks of, if it still stands at the same step (S4.2)."""
    file = case.run(timer.about.get("run"))
    return file if file and file.run.state in OPEN and file.run.step == timer.about.get("step") else None


def _silence(house: House, case: Case, timer: Timer) -> None:
    file = _open(case, timer)
    if file is None or case.enrolment is None:
        return case.settle(timer, "stale", "answered")
    if case.enrolment.state == "paused" or file.run.state != "waiting":
        return case.settle(timer, "stale", "asleep")
    if not stands(case, "rappels"):
        return case.settle(timer, "stale", "no_reminders")
    when = nudge_at(house, case)
    if when > case.now:
        timer.due_at = when
        return case.changes.timers.append(timer)
    case.settle(timer, "fired")
    answering.take(house, case, file, Silence(file.run.step, int(timer.about["nth"])), SCHEDULE)
    case.enrolment.asked_at, case.changes.enrolment = case.now, True
    return None


def _dormancy(house: House, case: Case, timer: Timer) -> None:
    file = _open(case, timer)
    if file is None or file.run.state != "waiting":
        return case.settle(timer, "stale", "answered")
    if case.enrolment and case.enrolment.state == "paused":  # the question is put again at the return, and counts anew
        return case.settle(timer, "stale", "paused")
    case.settle(timer, "fired")
    return modules.sleep(case, file)


def _later(house: House, case: Case, timer: Timer) -> None:
    """« Pas aujourd'hui » was yesterday; or a message may not have arrived (`reoffer`): the question, once more."""
    file = _open(case, timer)
    if file is None or (case.enrolment and case.enrolment.state == "paused"):
        return case.settle(timer, "stale", "answered")
    case.settle(timer, "fired")
    opening = house.speech.say("resent" if timer.kind == "reoffer" else "here_we_were")
    return answering.restate(house, case, file, opening, asked_for=timer.kind == "reoffer")


# --- people ----------------------------------------------------------------------------------


def _resume(house: House, case: Case, timer: Timer) -> None:
    assert case.enrolment is not None
    until = case.enrolment.paused_until
    if case.enrolment.state != "paused" or until is None or until > case.now:
        return case.settle(timer, "stale", "changed")
    case.settle(timer, "fired")
    case.enrolment.state, case.enrolment.paused_until, case.changes.enrolment = "active", None, True
    case.log("resumed")
    case.send("sendMessage", _pause_over(house, case, timer), rank=SCHEDULED)
    commands.release(house, case)
    file = case.open_run()
    return answering.restate(house, case, file, asked_for=False) if file and file.run.state == "waiting" else None


def _pause_over(house: House, case: Case, timer: Timer) -> Mapping[str, Any]:
    """Whoever ended it before its date is named."""
    if not timer.about.get("by"):
        return house.speech.phrase("pause_over")
    return house.speech.phrase("pause_over_by_coach", coach=errands.coach(house, case, timer))


def _prospect(house: House, case: Case, timer: Timer) -> None:
    """Nothing followed the first talk: what was kept for it goes, as was said when it was booked (RGPD art. 5.1.e)."""
    assert case.enrolment is not None and case.person is not None
    case.settle(timer, "fired")
    if case.enrolment.format != discovery.FORMAT:
        return case.settle(timer, "stale", "decided")
    return farewell.erase(house, case, "first_talk_erased", "coach_first_talk_erased")


def _replan(house: House, case: Case, timer: Timer) -> None:
    """An answer changed what is to come; here every answer and every timer is at hand."""
    case.settle(timer, "fired")
    replan(house, case)
    actions.follow(house, case)


def _unbooked(house: House, case: Case, timer: Timer) -> None:
    """A session is behind, none is ahead: both are told once (S8.9)."""
    assert case.enrolment is not None and case.person is not None
    last = house.programme(case).sessions[-1].id
    if case.next_appointment() or timer.scope == last or case.enrolment.format == discovery.FORMAT:
        return case.settle(timer, "stale", "booked")
    if case.enrolment.state != "active":
        return case.settle(timer, "held", case.enrolment.state)
    case.settle(timer, "fired")
    case.log("nothing_booked")
    if stands(case, "rappels"):
        case.send("sendMessage", house.speech.phrase("nothing_booked"), rank=SCHEDULED)
    return entry.tell_coach(house, case, "coach_nothing_booked", relayed=False, name=case.person.name)


def _notice(house: House, case: Case, timer: Timer) -> None:
    notices.due(house, case, timer, hours_of(house, case))


HANDLERS = {
    "envoi": _envoi, "notice": _notice, "silence": _silence, "dormancy": _dormancy, "later": _later, "reoffer": _later,
    "resume": _resume, "replan": _replan, "prospect": _prospect, "unbooked": _unbooked, "push": broadcast.due,
    "energy": crisis.weary, actions.KIND: actions.due, ENDED: attending.ended, attending.HOURS: attending.told,
    discretion.COPY: discretion.gone, rush.KIND: rush.over, **errands.HANDLERS,
}  # fmt: skip
