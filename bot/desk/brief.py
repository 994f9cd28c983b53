"""The coach's brief before an appointment: when it leaves, how it is made anew, and when it stands still.

Made the day before, anew when an answer comes (once an hour at most), frozen at the start. Knows no sentence of it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row, exists, or_, select, update

from bot.conversation.house import House
from bot.desk import DeskError
from bot.desk.evidence import gather, page, pruned, since, source_link
from bot.desk.sourced import Brief, Section
from bot.store import accesses
from bot.store import tables as t
from bot.store.accesses import Reader
from bot.store.case import SCHEDULED, Case, Outgoing, Timer
from bot.store.cases import by_enrolment, by_person
from bot.store.recall import BRIEF
from bot.store.saving import insert_outbox, outbox_rows, upsert, upsert_timers
from bot.store.vault import Vault
from flows.agenda import Appointment
from flows.calendar import resolve, zone

HOUR = 17
"""Local hour of the day before, for a coach who chose none (`people.digest["brief"]`)."""

AGAIN = timedelta(hours=1)
TAIL = ":again"
LIMITED = "restricted"
WAITING = frozenset({"invited", "welcomed", "stopped"})
"""States in which no brief is made yet."""


def schedule(
    conn: Connection, appointment: Appointment, enrolment_id: int, coach_zone: str, now: datetime
) -> datetime | None:
    """Sets the brief's timer, at once when its hour has passed; what stood for an earlier revision falls away.

    Gives its instant, None when the appointment is not ahead. To be called on every booking, move and cancellation. The
    hour is the one that the participant's coach chose.
    """
    r, mine = t.timers, f"e{enrolment_id}"
    scopes = r.c.scope.like(f"{appointment.id}:%")
    old = update(r).where(r.c.owner == mine, r.c.kind == "brief", scopes, r.c.state.in_(("pending", "held")))
    conn.execute(old.values(state="cancelled", why="replanned", settled_at=now))
    if appointment.state != "planned" or appointment.at <= now:
        return None
    at = max(now, day_before(appointment.at, coach_zone, _hour(conn, enrolment_id)))
    about = {"appointment": appointment.id, "revision": appointment.revision}
    scope = f"{appointment.id}:{appointment.revision}"
    upsert_timers(conn, [Timer(mine, "brief", scope, at, about, enrolment_id=enrolment_id)])
    return at


def _hour(conn: Connection, enrolment_id: int) -> int:
    e, p = t.enrolments.c, t.people.c
    own = select(p.digest).join(t.enrolments, e.coach_id == p.id).where(e.id == enrolment_id)
    return hour_of(conn.execute(own).scalar())


def hour_of(own: Mapping[str, int] | None) -> int:
    """The hour among what a coach chose (`people.digest`)."""
    return (own or {}).get("brief", HOUR)


def day_before(at: datetime, coach_zone: str, hour: int) -> datetime:
    """When the brief of an appointment leaves."""
    place = zone(coach_zone)
    return resolve(datetime.combine(at.astimezone(place).date() - timedelta(days=1), time(hour)), place)


def set_hour(conn: Connection, coach_id: int, hour: int, now: datetime) -> None:
    """The hour, the day before, at which this coach's briefs are made. Raises ValueError out of bounds."""
    if not 0 <= hour <= 23:
        raise ValueError(f"Heure de 0 à 23 : {hour}.")
    p = t.people.c
    own = conn.execute(select(p.digest).where(p.id == coach_id)).scalar() or {}
    conn.execute(update(t.people).where(p.id == coach_id).values(digest={**own, "brief": hour}))
    reschedule(conn, coach_id, now)


def reschedule(conn: Connection, coach_id: int, now: datetime) -> None:
    """Sets anew the briefs of this coach that were not made yet: on another hour, another zone, another coach."""
    a, e, b = t.appointments, t.enrolments.c, t.briefs.c
    made = exists().where(b.appointment_id == a.c.id, b.revision == a.c.revision)
    mine = select(a).join(t.enrolments, e.id == a.c.enrolment_id).where(e.coach_id == coach_id)
    place = conn.execute(select(t.people.c.zone).where(t.people.c.id == coach_id)).scalar_one()
    for row in conn.execute(mine.where(a.c.state == "planned", a.c.at > now, ~made)).all():
        ahead = Appointment(row.id, row.session, row.at, row.zone, row.revision, row.state)
        schedule(conn, ahead, row.enrolment_id, place, now)


def hasten(conn: Connection, coach_id: int, now: datetime) -> None:
    """Looks at once at those of this coach that would be looked at within the hour: they may not have reached them."""
    e, r = t.enrolments.c, t.timers.c
    mine = r.enrolment_id.in_(select(e.id).where(e.coach_id == coach_id))
    again = update(t.timers).where(mine, r.kind == "brief", r.state == "pending", r.scope.like(f"%{TAIL}"))
    conn.execute(again.values(due_at=now))


def due(conn: Connection, vault: Vault, house: House, timer: Timer, now: datetime) -> None:
    """Makes the brief, and sends it if it holds news; at the start of the appointment, freezes it (section 2 item 6).

    The appointment's state and revision are looked at again (S8.7).
    """
    case = by_enrolment(conn, vault, [timer.enrolment_id or 0], now).get(timer.enrolment_id or 0)
    appointment = _of(case, int(timer.about["appointment"]))
    why = _stale(case, appointment, int(timer.about["revision"]))
    if why in WAITING and appointment is not None and now < appointment.at:
        return _look_again(conn, timer, appointment, now, sent=False)  # they may agree, or come back, before it begins
    if why or case is None or appointment is None:
        return _settle(conn, timer, "held" if why == LIMITED else "stale", why, now)  # a limit that is lifted frees it
    before = _row(conn, appointment)
    if now >= appointment.at:
        _freeze(conn, vault, house, case, appointment, before)
        return _settle(conn, timer, "fired" if before else "expired", "frozen", now)
    brief = gather(conn, vault, house, case, appointment, now)
    told = _told(conn, case, appointment)
    news = before is None or brief.up_to > before.up_to_reply
    sent = (news or not told) and _send(conn, vault, house, case, appointment, brief, silent=told)
    if sent:
        _keep(conn, vault, case, appointment, brief, now)
    return _look_again(conn, timer, appointment, now, sent)


def now(conn: Connection, vault: Vault, house: House, person_id: int, now: datetime) -> str:
    """The brief at hand as Telegram HTML. The caller knows that the reader is this participant's coach."""
    brief = at_hand(conn, vault, house, person_id, now)
    return page(house, brief, source_link(house, person_id)) if brief else house.speech.say("brief_none")


def at_hand(conn: Connection, vault: Vault, house: House, person_id: int, now: datetime) -> Brief | None:
    """The brief of the appointment under way, else of the next, else of the last; None without any.

    Once an appointment has begun its brief stays as it was, and what changed since is its last section (S14).
    Raises DeskError: restricted.
    """
    case = by_person(conn, vault, [person_id], now).get(person_id)
    appointment = _current(house, case) if case else None
    if case is not None and case.enrolment is not None and case.enrolment.restricted_at is not None:
        raise DeskError("restricted")
    if case is None or case.person is None or appointment is None:
        return None
    if now < appointment.at:
        return gather(conn, vault, house, case, appointment, now)
    before = _row(conn, appointment)
    upto = appointment.at if before is None or before.frozen_at else before.made_at
    frozen = (
        pruned(conn, case, _kept(vault, case, before))
        if before
        else gather(conn, vault, house, case, appointment, upto)
    )
    after = since(conn, vault, house, case, appointment, upto, now)
    return replace(frozen, sections=(*frozen.sections, Section("brief_since", after))) if after else frozen


# --- which appointment -----------------------------------------------------------------------


def _of(case: Case | None, appointment_id: int) -> Appointment | None:
    return next((a for a in case.appointments if a.id == appointment_id), None) if case else None


def _stale(case: Case | None, appointment: Appointment | None, revision: int) -> str | None:
    if case is None or case.enrolment is None or appointment is None:
        return "gone"
    if case.enrolment.state not in ("active", "paused"):
        return case.enrolment.state
    if case.enrolment.restricted_at:
        return LIMITED
    if appointment.revision != revision:
        return "moved"
    return None if appointment.state == "planned" else appointment.state


def _current(house: House, case: Case) -> Appointment | None:
    if case.enrolment is None:
        return None
    lengths = {s.id: timedelta(hours=s.hours) for s in house.programme(case).sessions}
    held = [a for a in case.appointments if a.state in ("planned", "done") and a.at <= case.now]
    last = max(held, key=lambda a: a.at, default=None)
    if last and case.now < last.at + lengths.get(last.session, timedelta()):
        return last
    return case.next_appointment() or last


# --- what is kept ----------------------------------------------------------------------------


def _row(conn: Connection, appointment: Appointment) -> Row[Any] | None:
    """The one of this revision, or the one that stood still at this start, before it was noted as done."""
    b = t.briefs.c
    same = or_(b.revision == appointment.revision, b.frozen_at == appointment.at)
    mine = select(t.briefs).where(b.appointment_id == appointment.id, same)
    return conn.execute(mine.order_by(b.revision.desc()).limit(1)).first()


def _keep(
    conn: Connection, vault: Vault, case: Case, appointment: Appointment, brief: Brief, at: datetime,
    frozen_at: datetime | None = None,
) -> None:  # fmt: skip
    assert case.person is not None
    body = vault.seal_json(case.person.id, "briefs.body", brief.plain())
    row = {"appointment_id": appointment.id, "revision": appointment.revision, "made_at": at, "frozen_at": frozen_at,
           "body": body, "up_to_reply": brief.up_to}  # fmt: skip
    change = ("made_at", "frozen_at", "body", "up_to_reply")
    upsert(conn, t.briefs, [row], ("appointment_id", "revision"), change)


def _kept(vault: Vault, case: Case, row: Row[Any]) -> Brief:
    assert case.person is not None
    body: Mapping[str, Any] = vault.open_json(case.person.id, "briefs.body", row.body)
    return Brief.of(body)


def _freeze(
    conn: Connection, vault: Vault, house: House, case: Case, appointment: Appointment, before: Row[Any] | None
) -> None:
    """The brief as of the start, whenever we come to write it."""
    if before is None or before.frozen_at is None:
        brief = gather(conn, vault, house, case, appointment, appointment.at)
        _keep(conn, vault, case, appointment, brief, appointment.at, appointment.at)


# --- what leaves -----------------------------------------------------------------------------


def _send(
    conn: Connection, vault: Vault, house: House, case: Case, appointment: Appointment, brief: Brief, silent: bool
) -> bool:
    """False when the coach cannot be reached. An update makes no sound.

    Sealed under the participant's key: erasing them takes it out of the queue too.
    """
    coach = case.coach
    if coach is None or coach.chat_id is None or not coach.reachable or case.person is None or case.enrolment is None:
        return False
    said = house.speech.message(page(house, brief, source_link(house, case.person.id)))
    params = {**said, "protect_content": True, "disable_notification": silent}
    outgoing = Outgoing("sendMessage", params, coach.chat_id, case.person.id, SCHEDULED, case.enrolment.id)
    cause = f"{_causes(appointment)}{brief.up_to}:{coach.id}:{case.now.timestamp():.0f}"
    insert_outbox(conn, outbox_rows(vault, [outgoing], cause, case.now))
    accesses.note(conn, [case.person.id], Reader(coach.id, "coach", "telegram"), "brief", case.now)
    return True


def _causes(appointment: Appointment) -> str:
    return f"{BRIEF}{appointment.id}:{appointment.revision}:"


def _told(conn: Connection, case: Case, appointment: Appointment) -> bool:
    """Whether it left, or is to leave, for whoever is their coach today."""
    assert case.person is not None
    o, chat = t.outbox.c, case.coach.chat_id if case.coach else None
    mine = (o.owner_id == case.person.id, o.chat_id == chat, o.cause.startswith(_causes(appointment)))
    return conn.execute(select(o.id).where(*mine, o.state.not_in(("dropped", "refused")))).first() is not None


def _look_again(conn: Connection, timer: Timer, appointment: Appointment, now: datetime, sent: bool) -> None:
    """In an hour, for an answer that came meanwhile; the last time at the start, to freeze."""
    scope = timer.scope.removesuffix(TAIL) + TAIL
    if timer.scope != scope:
        _settle(conn, timer, "fired", None if sent else "unsent", now)
    at = min(now + AGAIN, appointment.at).astimezone(UTC)
    upsert_timers(conn, [Timer(timer.owner, "brief", scope, at, timer.about, enrolment_id=timer.enrolment_id)])


def _settle(conn: Connection, timer: Timer, state: str, why: str | None, now: datetime) -> None:
    timer.state, timer.why, timer.settled_at = state, why, now
    upsert_timers(conn, [timer])
