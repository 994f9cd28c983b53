"""A participant's appointments: session by session, one of them set or moved after a look at what that changes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.desk import DeskError, appointments, attendance, foretelling, preview
from bot.desk.appointments import Stale
from bot.desk.dictation import Unclear, moment, stretch
from bot.desk.roll import named
from bot.store.attendances import MODES
from bot.web.answer import Answer, Go, Missing, Page
from bot.web.attendance import shown
from bot.web.sitting import Sitting
from flows.agenda import Appointment
from flows.calendar import resolve, spoken_day
from flows.model import Session

DAY, HOUR = re.compile(r"\d{4}-\d{2}-\d{2}"), re.compile(r"\d{2}:\d{2}(:\d{2})?")


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form, as it was typed; `revision` and `was` are what its reader saw."""

    date: str
    hour: str
    place: str
    revision: str
    was: str


@dataclass(frozen=True, slots=True)
class Row:
    """A session of the programme with what is booked of it."""

    session: Session
    booked: Appointment | None
    past: bool


@dataclass(frozen=True, slots=True)
class Foretold:
    """What a change would do, in words; the form that does it goes to `path` with `fields`."""

    headline: str
    warnings: tuple[str, ...]
    parts: list[foretelling.Part]
    path: str
    fields: dict[str, str]
    button: str


def listed(sitting: Sitting) -> Answer:
    served = sitting.served
    found = {a.session: a for a in _all(sitting)}
    rows = [Row(s, found.get(s.id), s.id in found and found[s.id].at <= sitting.now) for s in _sessions(sitting)]
    return Page("appointments.html", {"rows": rows, "there": served.person.zone})


def page(sitting: Sitting) -> Answer:
    """The form; with a date, what it would change; with a state, what that would."""
    session = _session(sitting)
    if session is None:
        return Missing()
    booked = _booked(sitting, session)
    if state := sitting.query.get("etat", ""):
        return _marking(sitting, session, booked, state)
    if "date" not in sitting.query:
        return _form(sitting, session, booked, _shown(sitting, booked))
    return _foretell(sitting, session, booked, _typed(sitting.query))


def put(sitting: Sitting) -> Answer:
    session, typed = _session(sitting), _typed(sitting.form)
    if session is None:
        return Missing()
    try:
        at = _instant(sitting, typed)
        appointments.put(
            sitting.conn, sitting.vault, sitting.house, sitting.served.person.id, session.id, at, None, sitting.now,
            place=typed.place, by=sitting.actor.id, revision=_revision(typed.revision), was=typed.was,
        )  # fmt: skip
    except Stale as error:
        return _stale(sitting, session, typed, error)
    except (Unclear, DeskError) as error:
        return _form(sitting, session, _booked(sitting, session), typed, _why(sitting, error), status=422)
    return Go(_here(sitting), "page_told_rdv_put")


def mark(sitting: Sitting) -> Answer:
    """Raises DeskError: unknown_state, no_appointment."""
    session, state = _session(sitting), sitting.form.get("etat", "")
    if session is None:
        return Missing()
    try:
        appointments.mark(
            sitting.conn, sitting.vault, sitting.house, sitting.served.person.id, session.id, state, sitting.now,
            by=sitting.actor.id, revision=_revision(sitting.form.get("revision", "")),
        )  # fmt: skip
    except Stale as error:
        return _stale(sitting, session, _shown(sitting, error.now), error)
    return Go(_here(sitting), f"page_told_rdv_{state}")


def attend(sitting: Sitting) -> Answer:
    """When the session took place, and how: the participant is asked to confirm."""
    session, form = _session(sitting), sitting.form
    booked = _booked(sitting, session) if session else None
    if session is None or booked is None:
        return Missing()
    try:
        starts, ends = stretch(f"{form.get('debut', '')} - {form.get('fin', '')}", booked.at, sitting.zone)
        attendance.note(
            sitting.conn, sitting.vault, sitting.house, sitting.served.person.id, session.id, starts, ends,
            form.get("mode", ""), sitting.now, by=sitting.actor.id,
        )  # fmt: skip
    except Unclear:
        refusal = sitting.say("attendance_unclear")
        return _form(sitting, session, booked, _shown(sitting, booked), refusal, status=422)
    except DeskError as error:
        return _form(sitting, session, booked, _shown(sitting, booked), sitting.say(error.phrase), status=422)
    return Go(f"{_here(sitting)}/{session.id}", "page_told_attendance")


# --- the form ----------------------------------------------------------------------------------


def _form(
    sitting: Sitting, session: Session, booked: Appointment | None, typed: Typed, refusal: str = "",
    foretold: Foretold | None = None, status: int = 200,
) -> Answer:  # fmt: skip
    change = appointments.last_change(sitting.conn, sitting.vault, booked.id, sitting.now) if booked else None
    there = foretelling.elsewhere(
        sitting.house, named(sitting.served.person.name), booked.at, sitting.served.person.zone, sitting.zone
    ) if booked else ""  # fmt: skip
    return Page("appointment.html", {
        "session": session, "booked": booked, "typed": typed, "refusal": refusal, "foretold": foretold,
        "held": shown(sitting, session, booked), "modes": MODES,
        "change": change, "there": there, "begun": booked is not None and booked.at <= sitting.now,
    }, status)  # fmt: skip


def _foretell(sitting: Sitting, session: Session, booked: Appointment | None, typed: Typed) -> Answer:
    if _revision(typed.revision) != (booked.revision if booked else 0) or typed.was != (booked.place if booked else ""):
        change = appointments.last_change(sitting.conn, sitting.vault, booked.id, sitting.now) if booked else None
        return _stale(sitting, session, typed, Stale(booked, change))
    try:
        at = _instant(sitting, typed)
        found = preview.of_put(
            sitting.conn, sitting.vault, sitting.house, sitting.served.person.id, session.id, at, None, sitting.now,
            place=typed.place,
        )  # fmt: skip
    except (Unclear, DeskError) as error:
        return _form(sitting, session, booked, typed, _why(sitting, error), status=422)
    local = at.astimezone(sitting.zone)
    fields = {"date": f"{local:%Y-%m-%d}", "heure": f"{local:%H:%M}", "lieu": typed.place, "revision": typed.revision,
              "vu": typed.was}  # fmt: skip
    foretold = _words(sitting, found, f"{_here(sitting)}/{session.id}", fields, "page_rdv_confirm")
    return _form(sitting, session, booked, typed, foretold=foretold)


def _marking(sitting: Sitting, session: Session, booked: Appointment | None, state: str) -> Answer:
    if booked is None or booked.state != "planned" or state not in appointments.STATES:
        return Missing()
    found = preview.of_mark(
        sitting.conn, sitting.vault, sitting.house, sitting.served.person.id, session.id, state, sitting.now
    )
    fields = {"etat": state, "revision": str(booked.revision)}
    path = f"{_here(sitting)}/{session.id}/etat"
    foretold = _words(sitting, found, path, fields, f"page_rdv_confirm_{state}")
    return _form(sitting, session, booked, _shown(sitting, booked), foretold=foretold)


def _words(
    sitting: Sitting, found: preview.Preview, path: str, fields: dict[str, str], button: str
) -> Foretold:  # fmt: skip
    house, zone = sitting.house, sitting.zone
    return Foretold(foretelling.headline(house, found, zone), foretelling.warnings(house, found),
                    foretelling.parts(house, found, zone, sitting.now), path, fields, button)  # fmt: skip


def _stale(sitting: Sitting, session: Session, typed: Typed, error: Stale) -> Answer:
    """Who changed it and when; what was typed stays, and now answers what is booked."""
    booked = error.now
    again = Typed(typed.date, typed.hour, typed.place, str(booked.revision if booked else 0),
                  booked.place if booked else "")  # fmt: skip
    said = foretelling.stale(sitting.house, error, sitting.zone)
    return _form(sitting, session, booked, again, said, status=409)


# --- what was typed ----------------------------------------------------------------------------


def _typed(fields: Mapping[str, str]) -> Typed:
    return Typed(*(fields.get(name, "") for name in ("date", "heure", "lieu", "revision", "vu")))


def _shown(sitting: Sitting, booked: Appointment | None) -> Typed:
    """The form as it opens: what is booked, or the place that served last."""
    if booked is None:
        places = [a.place for a in _all(sitting) if a.place]
        return Typed("", "", places[-1] if places else "", "0", "")
    local = booked.at.astimezone(sitting.zone)
    planned = booked.state != "cancelled"
    date, hour = (f"{local:%Y-%m-%d}", f"{local:%H:%M}") if planned else ("", "")
    return Typed(date, hour, booked.place, str(booked.revision), booked.place)


def _instant(sitting: Sitting, typed: Typed) -> datetime:
    """As a browser's own fields give it, or in words as in the chat. Raises Unclear."""
    date, hour = typed.date.strip(), typed.hour.strip()
    if not (DAY.fullmatch(date) and HOUR.fullmatch(hour)):
        return moment(f"{date} {hour}", sitting.now, sitting.zone)
    try:
        return resolve(datetime.fromisoformat(f"{date}T{hour}"), sitting.zone)
    except (ValueError, OverflowError):
        raise Unclear("date") from None


def _why(sitting: Sitting, error: Unclear | DeskError) -> str:
    if isinstance(error, DeskError):
        return sitting.say(error.phrase)
    example = f"{spoken_day(sitting.now + timedelta(days=7), sitting.zone)} 14:30"
    return sitting.say(f"desk_date_{error.reason}", example=example)


def _revision(text: str) -> int:
    """What no appointment has, for what is no number: it is stale, never taken on trust."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


# --- what is booked ----------------------------------------------------------------------------


def _here(sitting: Sitting) -> str:
    return f"/personnes/{sitting.served.person.id}/rendez-vous"


def _sessions(sitting: Sitting) -> tuple[Session, ...]:
    return sitting.house.library.programmes[sitting.served.enrolment.programme].sessions


def _session(sitting: Sitting) -> Session | None:
    return next((s for s in _sessions(sitting) if s.id == sitting.places["session"]), None)


def _all(sitting: Sitting) -> list[Appointment]:
    return appointments.whole(sitting.conn, sitting.vault, sitting.served.person.id, sitting.now)


def _booked(sitting: Sitting, session: Session) -> Appointment | None:
    return next((a for a in _all(sitting) if a.session == session.id), None)
