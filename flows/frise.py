"""Where somebody stands among the sessions of their programme: behind, next, to come. Nothing is ever late here.

Knows no drawing and no words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from flows.agenda import Appointment
from flows.model import Phase, Programme, Session

Standing: TypeAlias = Literal["past", "here", "set", "open"]
"""`here`: the next session that is booked, « vous êtes ici »; `set`: booked further on; `open`: without a date."""

HELD = ("planned", "done")
"""An appointment in another state holds no date."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A session; `at` is UTC, None without a date that holds. `phase` stands on the first session of each."""

    session: Session
    standing: Standing
    at: datetime | None
    phase: Phase | None


def frise(programme: Programme, appointments: Iterable[Appointment], now: datetime) -> tuple[Stop, ...]:
    """Every session of the programme in its order; an appointment that was cancelled or missed holds no date."""
    known = {a.session: a for a in appointments}
    ahead = [a for a in known.values() if a.state == "planned" and a.at > now]
    here = min(ahead, key=lambda a: a.at, default=None)
    phases: Mapping[str, Phase] = {phase.id: phase for phase in programme.phases}
    stops: list[Stop] = []
    for session in programme.sessions:
        before = stops[-1].session.phase if stops else None
        begins = phases.get(session.phase) if session.phase != before else None
        a = known.get(session.id)
        stops.append(Stop(session, _standing(a, here, now), a.at if a and a.state in HELD else None, begins))
    return tuple(stops)


def _standing(a: Appointment | None, here: Appointment | None, now: datetime) -> Standing:
    if a is None or a.state not in HELD:
        return "open"
    if here is not None and a.id == here.id:
        return "here"
    return "past" if a.at <= now else "set"
