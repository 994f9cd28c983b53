"""The hours of one session as its page shows them: what was noted, what each of the two said, and the limit by law."""

from dataclasses import dataclass
from datetime import timedelta

from bot.conversation import attending
from bot.desk.roll import named
from bot.store import attendances
from bot.web.sitting import Sitting
from flows.agenda import Appointment
from flows.calendar import spoken, spoken_length
from flows.model import Session


@dataclass(frozen=True, slots=True)
class Shown:
    """The form as it opens: what was noted, or what was planned. `said` tells how it stands, nothing before that."""

    start: str
    end: str
    mode: str
    said: str
    fixed: bool
    total: str
    warning: str


def shown(sitting: Sitting, session: Session, booked: Appointment | None) -> Shown | None:
    """None while there is nothing to note: no appointment, or one that has not begun."""
    if booked is None or booked.state == "cancelled" or booked.at > sitting.now:
        return None
    held = attendances.of(sitting.conn, sitting.served.enrolment.id)
    one = next((each for each in held if each.session == session.id), None)
    starts = one.starts_at if one else booked.at
    ends = one.ends_at if one else booked.at + timedelta(hours=session.hours)
    course = sitting.served.enrolment
    total = attending.hours(sitting.house, course.programme, course.format, held)
    figures = {"done": spoken_length(total.done), "planned": spoken_length(total.planned)}
    return Shown(
        f"{starts.astimezone(sitting.zone):%H:%M}", f"{ends.astimezone(sitting.zone):%H:%M}",
        one.mode if one else "", _said(sitting, one) if one else "", one is not None and one.fixed,
        sitting.say("page_held_hours_total", **figures),
        sitting.say(f"page_{total.warning}", planned=spoken_length(total.done + total.ahead)) if total.warning else "",
    )  # fmt: skip


def _said(sitting: Sitting, one: attendances.Held) -> str:
    at = one.person_at or one.disputed_at or one.coach_at
    name = named(sitting.served.person.name)
    return sitting.say(f"page_held_hours_{one.standing}", date=spoken(at, sitting.zone), name=name)
