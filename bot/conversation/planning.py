"""Appointments and the envois that hang on them, on one case (S8). Knows no table."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from bot.conversation import notices
from bot.conversation.agreements import expects_appointments
from bot.conversation.house import House
from bot.store.case import Case, Enrolment, Timer
from flows.agenda import GENTLE, GRACE, Appointment, Delivered, plan, rested, rests
from flows.calendar import days_after, instant, later
from flows.model import Hours, Kept
from flows.notation import retold

LOOK_AGAIN = 3
"""Days after the next session was cancelled."""

NUDGE_AFTER = 10
"""Days after a session without a next one booked: coach and participant are told (S8.9)."""

ENDED = "attendance"
"""The timer at the end of a session."""

LOW = 2
"""An energy of so much or less, several times running, is a fatigue (cadre 1.8, R1)."""


def hours_of(house: House, case: Case) -> Hours:
    """The participant's own sending hours, or the programme's."""
    assert case.enrolment is not None
    return sending_hours(house, case.enrolment)


def sending_hours(house: House, enrolment: Enrolment) -> Hours:
    """The same, for whoever is followed; the programme's public holidays are kept either way."""
    default, own = house.library.programmes[enrolment.programme].hours, enrolment.hours
    return chosen(default, own) if own else default


def chosen(default: Hours, own: Mapping[str, Any]) -> Hours:
    """Hours as they are kept (`from`, `to`: HH:MM; `days`: 0 is Monday), over the programme's."""
    days = frozenset(own.get("days", default.days))
    return replace(default, start=time.fromisoformat(own["from"]), end=time.fromisoformat(own["to"]), days=days)


def calm(house: House, case: Case, t: datetime) -> datetime:
    """`t`, or the first allowed minute after it that is neither in a session nor in the rest that follows one."""
    hours = hours_of(house, case)
    return later(rested(t, rests(house.programme(case), case.appointments), hours, case.zone), hours, case.zone)


def nudge_at(house: House, case: Case) -> datetime:
    """Now or later: within hours, and a day after the last unasked-for message (S16)."""
    asked = case.enrolment.asked_at if case.enrolment else None
    moment = max(case.now, days_after(asked, 1, case.zone)) if asked else case.now
    return later(moment, hours_of(house, case), case.zone)


def set_appointment(
    house: House, case: Case, session: str, at: datetime, zone: str, new_id: int, *, silent: bool = False,
    place: str | None = None, by: int | None = None,
) -> Appointment:  # fmt: skip
    """Books or moves a session; everything pending is planned anew, and whoever was reminded is told (S8.1-3).

    `place` None keeps the one it had; a new place alone is told, and moves nothing. `by` is who does it, None for the
    house. `silent`: the caller tells the person in words of its own.
    """
    before = case.appointment(session)
    where = place if place is not None else before.place if before else ""
    if before and before.at == at and before.state == "planned":
        after = replace(before, place=where)
        if after != before:
            _put(case, after, by)
            case.log("appointment_placed", session=session)
    else:
        revision = (before.revision if before else 0) + 1
        after = Appointment(before.id if before else new_id, session, at, zone, revision, "planned", where)
        _put(case, after, by)
        case.log("appointment_moved" if before else "appointment_set", session=session, at=at.isoformat())
        replan(house, case)
    if after != before and not silent:
        _tell(house, case, before, after)
    return after


def change_state(house: House, case: Case, session: str, state: str, by: int | None = None) -> Appointment | None:
    """Cancels a session, or marks it done or no_show (S8.5, S8.6)."""
    before = case.appointment(session)
    if before is None or before.state == state:
        return before
    after = replace(before, state=state, revision=before.revision + 1)  # type: ignore[arg-type]
    _put(case, after, by)
    case.log(f"appointment_{state}", session=session)
    _tell(house, case, before, after)
    replan(house, case)
    return after


def replan(house: House, case: Case) -> None:
    """Brings the timers in line with what the programme wants now; what falls away is an event (S1.3)."""
    if case.enrolment is None:
        return
    programme = house.programme(case)
    overlays = frozenset(({GENTLE} if case.enrolment.gentle else set()) | {case.enrolment.format})
    planned, dropped = plan(
        programme,
        case.appointments,
        delivered(case),
        now=case.now,
        zone=_zone(case),
        hours=hours_of(house, case),
        overlays=overlays,
        answers=answers(case),
        waiting=waiting(case),
    )
    wanted = {scope(p.appointment, p.envoi.id, p.revision): p for p in planned}
    for timer in [
        t for t in case.timers if t.kind == "envoi" and t.state in ("pending", "held") and t.scope not in wanted
    ]:
        case.settle(timer, "cancelled", "replanned")
    for key, item in wanted.items():
        _keep_due(case, key, item.due, item.why, _about(case, item.envoi.id, item.appointment, item.revision))
    for lost in dropped:
        _drop(case, scope(lost.appointment, lost.envoi.id, lost.revision), lost.envoi.id, lost.reason)
    _watch_sessions(case)
    _watch_ends(house, case)
    _follow(case)


def steer(house: House, case: Case, name: str, kept: Kept) -> None:
    """An answer on which the pace or an envoi hangs: what is to come is planned anew, at the next tick."""
    programme = house.programme(case)
    for key, accepted in programme.gentle.given:
        if key == name and kept.how == "said":
            set_gentle(case, bool(accepted & _values(kept)))
    if any(name == key for envoi in programme.envois for key, _ in envoi.given):
        case.wake("replan", "agenda", case.now)
    if programme.actions and name.startswith(f"{programme.actions.flow}."):
        case.wake("replan", "agenda", case.now)
    if name in programme.energy and isinstance(kept.value, int) and kept.value <= LOW:
        case.wake("energy", "fatigue", case.now)


def set_gentle(case: Case, gentle: bool) -> None:
    """Sets or takes away the gentle pace; the coach sees it."""
    if case.enrolment is None or case.enrolment.gentle == gentle:
        return
    case.enrolment.gentle, case.changes.enrolment = gentle, True
    case.log("gentle" if gentle else "ordinary_pace")
    case.wake("replan", "agenda", case.now)


def answers(case: Case) -> dict[str, frozenset[str]]:
    """What the person said, as `module.question` -> values; of a module taken anew, the newest time."""
    found: dict[str, frozenset[str]] = {}
    for file in sorted(case.runs, key=lambda file: file.nth):
        for key, kept in file.run.answers.items():
            found[f"{file.flow}.{key}"] = _values(kept) if kept.how == "said" else frozenset()
    return found


def _values(kept: Kept) -> frozenset[str]:
    return frozenset(map(str, kept.value if isinstance(kept.value, list) else [kept.value]))


def named(house: House, case: Case, envoi_id: str) -> str:
    """An envoi as a coach knows it: its module's title, or the session it recalls."""
    programme = house.programme(case)
    envoi = next((e for e in programme.envois if e.id == envoi_id), None)
    if envoi is None:
        return envoi_id
    if envoi.flow:
        return house.shelf.today(envoi.flow).title
    title = next((s.title for s in programme.sessions if s.id == envoi.when.session), envoi.when.session)
    return house.speech.phrases.say("envoi_reminder", title=title)


def scope(appointment: int, envoi: str, revision: int) -> str:
    return f"{appointment}:{envoi}:{revision}"


def waiting(case: Case) -> frozenset[tuple[int, str, int]]:
    """What is planned and not behind its hour: (appointment, envoi, revision)."""
    pending = (t for t in case.timers if (t.kind, t.state) == ("envoi", "pending") and t.due_at >= case.now - GRACE)
    return frozenset((int(a), envoi, int(n)) for a, envoi, n in (t.scope.split(":") for t in pending))


def delivered(case: Case) -> list[Delivered]:
    fired = [t for t in case.timers if t.kind == "envoi" and t.state == "fired" and t.settled_at]
    return [
        Delivered(t.about["envoi"], t.about["session"], t.settled_at, t.about.get("revision", 0), t.why == "condensed")
        for t in fired
        if t.settled_at
    ]


def _about(case: Case, envoi: str, appointment: int, revision: int) -> dict[str, Any]:
    session = next(a.session for a in case.appointments if a.id == appointment)
    return {"envoi": envoi, "appointment": appointment, "revision": revision, "session": session}


def _keep_due(case: Case, key: str, due: datetime, why: str, about: dict[str, Any]) -> None:
    if _let_fall(case, key):
        return
    known = next((t for t in case.timers if t.kind == "envoi" and t.scope == key), None)
    revived = ("pending", "held", "cancelled", "skipped")
    if known and (known.state not in revived or (known.due_at == due and known.state == "pending")):
        return
    case.wake("envoi", key, due, why, **about)


def _let_fall(case: Case, key: str) -> bool:
    """Whether the coach said that this envoi is not to leave: it stays so when the appointment moves."""
    item = key.rpartition(":")[0] + ":"
    fallen = (t for t in case.timers if t.kind == "envoi" and t.scope.startswith(item))
    return any(t.state == "skipped" and t.why == "coach" for t in fallen)


def _drop(case: Case, key: str, envoi: str, reason: str) -> None:
    known = next((t for t in case.timers if t.kind == "envoi" and t.scope == key), None)
    if known and (known.state in ("fired", "expired") or (known.state, known.why) == ("skipped", reason)):
        return
    told = reason == "expired" and any(
        t.kind == "envoi" and t.state == "skipped" and t.scope.startswith(key.rpartition(":")[0] + ":")
        for t in case.timers
    )
    timer = case.wake("envoi", key, case.now, reason, envoi=envoi)
    case.settle(timer, "skipped", reason)
    if not told:
        case.log("skipped", envoi=envoi, reason=reason)


def _watch_sessions(case: Case) -> None:
    """After each session: is another one booked?"""
    for a in case.appointments:
        known = next((t for t in case.timers if t.kind == "unbooked" and t.scope == a.session), None)
        due = a.at + timedelta(days=NUDGE_AFTER)
        anew = known is None or known.state == "cancelled" or (known.state == "pending" and known.due_at != due)
        if a.state in ("planned", "done") and anew:
            case.wake("unbooked", a.session, due, session=a.session)
        elif a.state == "cancelled" and known and known.state == "pending":
            case.settle(known, "cancelled", "appointment_cancelled")
    _watch_again(case)


def _watch_again(case: Case) -> None:
    """The next session fell away after the last one's watch had found it booked: look again in a few days (S8.9)."""
    behind = [a for a in case.appointments if a.state in ("planned", "done") and a.at <= case.now]
    if not behind or case.next_appointment():
        return
    last = max(behind, key=lambda a: a.at)
    known = next((t for t in case.timers if t.kind == "unbooked" and t.scope == last.session), None)
    if known and known.state == "stale":
        case.wake("unbooked", last.session, case.now + timedelta(days=LOOK_AGAIN), session=last.session)


def _watch_ends(house: House, case: Case) -> None:
    """At the end of each session its coach is asked whether it took place, unless they have said so by then."""
    lengths = {session.id: session.hours for session in house.programme(case).sessions}
    for a in case.appointments:
        known = next((t for t in case.timers if (t.kind, t.scope) == (ENDED, a.session)), None)
        due_at = a.at + timedelta(hours=lengths.get(a.session, 1))
        if a.state in ("cancelled", "no_show"):
            if known and known.state in ("pending", "held"):
                case.settle(known, "cancelled", f"appointment_{a.state}")
        elif due_at > case.now and (known is None or known.about.get("revision") != a.revision):
            case.wake(ENDED, a.session, due_at, session=a.session, revision=a.revision)


def _follow(case: Case) -> None:
    """A push that goes by an appointment moves with it and falls with it; one that went does not go again (S8)."""
    for timer in [t for t in case.timers if t.kind == "push" and "appointment" in t.about]:
        a = next((a for a in case.appointments if a.id == timer.about["appointment"]), None)
        falls = a is None or a.state == "cancelled"
        if falls and timer.state in ("pending", "held"):
            case.settle(timer, "cancelled", "appointment_cancelled")
        elif a is not None and not falls:
            _move(case, timer, instant(retold(timer.about), a.at, case.zone))


def _move(case: Case, timer: Timer, due_at: datetime) -> None:
    if timer.due_at == due_at and timer.state in ("pending", "held"):
        return
    fell = timer.state in ("cancelled", "skipped") and timer.why in ("appointment_cancelled", "too_late")
    if timer.state == "held":
        timer.due_at = due_at
        case.changes.timers.append(timer)
    elif (timer.state == "pending" or fell) and due_at > case.now:
        case.wake("push", timer.scope, due_at, **timer.about)
    elif timer.state == "pending" and timer.due_at > case.now:
        case.settle(timer, "skipped", "too_late")


def _put(case: Case, appointment: Appointment, by: int | None) -> None:
    case.appointments = [a for a in case.appointments if a.id != appointment.id] + [appointment]
    case.changes.appointments[appointment.id] = by


def _tell(house: House, case: Case, before: Appointment | None, after: Appointment) -> None:
    """Whoever has come in hears of it."""
    if expects_appointments(case):
        known = before.at if before and before.state == "planned" else None
        notices.tell(house, case, after, known, hours_of(house, case))


def _zone(case: Case) -> str:
    return case.person.zone if case.person else "Europe/Paris"
