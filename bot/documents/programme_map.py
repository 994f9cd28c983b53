"""The whole programme as a picture: sessions along the margin line, and between them each envoi with its day and hour.

Knows no appointment: the days between two sessions are not to scale.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from itertools import pairwise
from typing import Final

from bot.documents import look, plate
from bot.documents.drawing import Drawing
from bot.documents.plate import LEAD, Note
from bot.documents.wording import Wording
from flows.model import Envoi, Kind, Phase, Programme, Session

WIDTH: Final = 1000
LINE: Final = 88
LEFT: Final = LINE + LEAD
RIGHT: Final = WIDTH - plate.EDGE
TITLES: Final = 344
"""Where the titles of the envois begin, after their day and hour."""
DISC: Final = 22
MARKERS: Final[Mapping[Kind, tuple[plate.Marker, str]]] = {
    "content": (plate.disc, "book-open"),
    "preparation": (plate.square, "pencil-line"),
    "reminder": (plate.bare, "bell"),
}


@dataclass(frozen=True, slots=True)
class Interval:
    """What is sent between two sessions: after the one, before the other. One of them may be missing."""

    last: Session | None
    next: Session | None
    after: tuple[Envoi, ...]
    before: tuple[Envoi, ...]


def intervals(programme: Programme) -> list[Interval]:
    """Before the first session, between each two, after the last; envois in the order of their days."""
    sessions = [None, *programme.sessions, None]
    return [Interval(last, next, _sent(programme, last, True), _sent(programme, next, False))
            for last, next in pairwise(sessions)]  # fmt: skip


def _sent(programme: Programme, session: Session | None, after: bool) -> tuple[Envoi, ...]:
    if session is None:
        return ()
    found = [e for e in programme.envois if e.when.session == session.id and (_offset(e) > timedelta()) is after]
    return tuple(sorted(found, key=lambda envoi: (_offset(envoi), envoi.when.at or time())))


def _offset(envoi: Envoi) -> timedelta:
    return envoi.when.span if envoi.when.span is not None else timedelta(days=envoi.when.days)


def programme_map(wording: Wording, programme: Programme) -> str:
    """The SVG of a programme."""
    return _ProgrammeMap(wording, programme).drawn()


class _ProgrammeMap:
    def __init__(self, wording: Wording, programme: Programme) -> None:
        self.wording = wording
        self.programme = programme
        self.phases = {phase.id: phase for phase in programme.phases}
        self.drawing = Drawing(WIDTH)
        self.y = 0.0

    def drawn(self) -> str:
        say, programme = self.wording.say, self.programme
        counts = self._counts()
        self._headed(counts)
        self._phases()
        self._welcome()
        between = intervals(programme)
        self._interval(between[0])
        for session, interval in zip(programme.sessions, between[1:], strict=True):
            self._session(session)
            self._interval(interval)
        self.drawing.line([(LINE, plate.EDGE + 42), (LINE, self.y)])
        self.drawing.circle(LINE, self.y, 7)
        source = say("from", file=f"content/programmes/{programme.id}.yml")
        height = plate.legend(self.drawing, self.y + 48, say("legend"), self._samples(), source)
        return self.drawing.svg(height, programme.title, say("programme_about", title=programme.title, counts=counts))

    # --- the head ---

    def _counts(self) -> str:
        say, programme = self.wording.say, self.programme
        flows = {envoi.flow for envoi in programme.envois if envoi.flow}
        return self.wording.joined([say("sessions", n=len(programme.sessions)), say("flows", n=len(flows)),
                                    say("envois", n=len(programme.envois))])  # fmt: skip

    def _headed(self, counts: str) -> None:
        programme = self.programme
        rules = [self.wording.hours(programme.hours), self.wording.pace(programme)]
        rest = [self.wording.say("rest", n=programme.rest)] if programme.rest else []
        kind = self.wording.joined([self.wording.say("programme_kind"), programme.id])
        self.y = plate.titled(self.drawing, LINE, kind, programme.title, [counts, " ".join(rules + rest)])
        self.y += 32

    def _phases(self) -> None:
        """Two phases a row."""
        gap, across = 16, 2
        wide = (RIGHT - LEFT - gap * (across - 1)) / across
        for first in range(0, len(self.programme.phases), across):
            row = self.programme.phases[first : first + across]
            lefts = [LEFT + n * (wide + gap) for n in range(len(row))]
            ends = [self._phase(phase, left, wide - 32) for phase, left in zip(row, lefts, strict=True)]
            for left in lefts:
                self.drawing.box(left, self.y, wide, max(ends) - self.y + 16, fill=look.SAND, under=True)
            self.y = max(ends) + 16 + gap
        self.y += 32

    def _phase(self, phase: Phase, left: float, room: float) -> float:
        say, x, y = self.wording.say, left + 16, self.y + 16
        y = self.drawing.text(x, y, phase.title, room=room, bold=True, colour=look.PETROL)
        weeks = say("phase_weeks", n=phase.weeks)
        y = self.drawing.text(x, y, weeks, room=room, size=look.SMALL, colour=look.GREY) + 8
        y = self.drawing.text(x, y, phase.goal, room=room, size=look.SMALL)
        if phase.deliverables:
            listed = say("deliverables", list=self.wording.listed([each.title for each in phase.deliverables]))
            y = self.drawing.text(x, y + 8, listed, room=room, size=look.SMALL, colour=look.GREY)
        return y

    # --- along the line ---

    def _welcome(self) -> None:
        if not self.programme.welcome:
            return
        plate.disc(self.drawing, LINE, self.y + 12, "book-open")
        self.drawing.text(LEFT, self.y, self.wording.say("welcome"), room=TITLES - LEFT - 16)
        self.y = self._brought(self.programme.welcome, self.wording.library.flow(self.programme.welcome).title) + 24

    def _session(self, session: Session) -> None:
        say, top, x, room = self.wording.say, self.y, LEFT + 24, RIGHT - LEFT - 48
        plate.numbered(self.drawing, LINE, top + 49, session.id, DISC)
        about = self.wording.joined([self.phases[session.phase].title, say(f"legal_{session.legal}")])
        y = self.drawing.text(x, top + 14, about, room=room, size=look.SMALL, bold=True, colour=look.PETROL) - 1
        self.drawing.label(RIGHT - 24, y + 2, self.wording.length(session.hours), anchor="end")
        y = self.drawing.text(x, y, session.title, room=room - 120, size=look.LARGE, bold=True)
        if session.goal:
            y = self.drawing.text(x, y + 2, session.goal, room=room)
        self.drawing.box(LEFT, top, RIGHT - LEFT, y + 16 - top, fill=look.SAND, under=True)
        self.y = y + 16 + 24

    def _interval(self, interval: Interval) -> None:
        if interval.after and interval.last:
            self._group(self.wording.say("after_session", session=interval.last.id), interval.after)
        if interval.last and interval.next:
            self._elastic()
        if interval.before and interval.next:
            self._group(self.wording.say("before_session", session=interval.next.id), interval.before)

    def _elastic(self) -> None:
        """The line loosens: how long it lasts depends on the appointments."""
        self.drawing.box(LINE - 4, self.y, 8, 32, corner=0, fill=look.PAPER)
        self.drawing.dotted(LINE, self.y + 2, self.y + 30)
        self.y += 32 + 24

    def _group(self, heading: str, envois: Sequence[Envoi]) -> None:
        self.drawing.text(LEFT, self.y, heading, room=TITLES - LEFT, size=look.SMALL, bold=True, colour=look.PETROL)
        self.y += 32
        for n, envoi in enumerate(envois):
            if n:
                self.drawing.hairline(LEFT, self.y - 12, RIGHT)
            self._envoi(envoi)
        self.y += 8

    def _envoi(self, envoi: Envoi) -> None:
        marker, icon = MARKERS[envoi.kind]
        marker(self.drawing, LINE, self.y + 12, icon)
        offset = self.wording.offset(envoi.when)
        lowest = self.drawing.text(LEFT, self.y, offset, room=TITLES - LEFT - 16)
        y = self._brought(envoi.flow, self.wording.carried(envoi))
        y = self.drawing.text(TITLES, y + 1, self.wording.manner(envoi), room=RIGHT - TITLES, size=look.SMALL,
                              colour=look.GREY)  # fmt: skip
        for note in self._notes(envoi):
            y = plate.noted(self.drawing, TITLES, y + 2, note, RIGHT - TITLES)
        self.y = max(y, lowest) + 24

    def _brought(self, flow: str, title: str) -> float:
        """The title, and at the right edge the id of the module with its length."""
        if not flow:
            return self.drawing.text(TITLES, self.y, title, room=RIGHT - TITLES)
        minutes = self.wording.library.flow(flow).minutes
        about = self.wording.joined([flow, self.wording.say("minutes", n=minutes) if minutes else ""])
        wide = plate.aside(self.drawing, RIGHT, self.y, about)
        return self.drawing.text(TITLES, self.y, title, room=RIGHT - TITLES - wide, bold=True, link=linked(flow))

    def _notes(self, envoi: Envoi) -> list[Note]:
        overlay, notes = self.wording.overlay(envoi), self.wording.notes(envoi)
        given = [Note("git-branch", text, look.PETROL) for text in self.wording.given(envoi)]
        return [*given, *([Note("sprout", overlay, look.PETROL)] if overlay else []),
                *([Note("repeat", notes)] if notes else [])]  # fmt: skip

    # --- legend ---

    def _samples(self) -> list[tuple[plate.Sample, str]]:
        say = self.wording.say
        return [
            (lambda d, x, y: plate.numbered(d, x, y, "S"), say("legend_session")),
            (lambda d, x, y: plate.disc(d, x, y, "book-open"), say("legend_content")),
            (lambda d, x, y: plate.square(d, x, y, "pencil-line"), say("legend_preparation")),
            (lambda d, x, y: plate.bare(d, x, y, "bell"), say("legend_reminder")),
            (lambda d, x, y: d.icon("git-branch", x, y), say("legend_given")),
            (lambda d, x, y: d.icon("sprout", x, y), say("legend_overlay")),
            (lambda d, x, y: d.dotted(x, y - 14, y + 14), say("legend_elastic")),
        ]


def linked(flow: str) -> str:
    """Where the map of a module lies, beside that of its programme."""
    return f"flows/{flow.replace(':', '-')}.svg"
