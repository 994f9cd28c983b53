"""Sessions that took place: their hours, and who confirmed them. Holds no content and checks no right."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from bot.store import tables as t
from bot.store.saving import upsert
from flows.model import Programme
from flows.syllabus import counted

MODES = ("visio", "presentiel", "telephone")


@dataclass(frozen=True, slots=True)
class Held:
    """One session: when it began and ended (UTC), how, and what each of the two said of that."""

    enrolment_id: int
    session: str
    starts_at: datetime
    ends_at: datetime
    mode: str
    coach_id: int
    coach_at: datetime
    person_at: datetime | None = None
    disputed_at: datetime | None = None

    @property
    def length(self) -> timedelta:
        return self.ends_at - self.starts_at

    @property
    def counts(self) -> bool:
        """Whether its hours are of the bilan: the first talk and the follow-up are not."""
        return counted(self.session)

    @property
    def fixed(self) -> bool:
        """Both confirmed these hours: they no longer change."""
        return self.person_at is not None

    @property
    def mark(self) -> str:
        return marked(self.starts_at, self.ends_at, self.mode)

    @property
    def standing(self) -> str:
        return "fixed" if self.fixed else "disputed" if self.disputed_at else "noted"


MOST = timedelta(hours=24)
"""Hours of a bilan de compétences, at the most (code du travail, L6313-4)."""


@dataclass(frozen=True, slots=True)
class Hours:
    """`done` were noted, of `planned` in all; `ahead` is what the sessions still to be held would add."""

    done: timedelta
    planned: timedelta
    ahead: timedelta

    @property
    def warning(self) -> str:
        """The phrase that warns of the limit, or nothing."""
        return "attendance_over" if self.done > MOST else "attendance_near" if self.done + self.ahead > MOST else ""


def total(programme: Programme, held: Sequence[Held], sessions: Collection[str] = ()) -> Hours:
    """Of the sessions that the bilan counts, those of a format where it names any: not the first talk, nor the
    follow-up."""
    mine = [one for one in programme.sessions if counted(one.id) and (not sessions or one.id in sessions)]
    planned = {one.id: timedelta(hours=one.hours) for one in mine}
    done = {one.session: one.length for one in held if one.counts}
    ahead = sum((length for id, length in planned.items() if id not in done), timedelta())
    return Hours(sum(done.values(), timedelta()), sum(planned.values(), timedelta()), ahead)


def marked(starts: datetime, ends: datetime, mode: str) -> str:
    """Tells these hours from any other of the same session, in eight letters."""
    shown = f"{starts.timestamp():.0f} {ends.timestamp():.0f} {mode}"
    return hashlib.sha256(shown.encode()).hexdigest()[:8]


def of(conn: Connection, enrolment_id: int) -> list[Held]:
    """Of one participant, the earliest first."""
    return among(conn, [enrolment_id]).get(enrolment_id, [])


def among(conn: Connection, enrolments: Collection[int]) -> dict[int, list[Held]]:
    """The same of several, by enrolment; whoever has none is left out."""
    a = t.attendance.c
    columns = select(*(a[name] for name in Held.__dataclass_fields__)).order_by(a.starts_at, a.id)
    found: dict[int, list[Held]] = {}
    wanted = sorted(enrolments)
    for start in range(0, len(wanted), 500):
        for row in conn.execute(columns.where(a.enrolment_id.in_(wanted[start : start + 500]))):
            found.setdefault(row.enrolment_id, []).append(Held(**row._mapping))
    return found


def note(conn: Connection, held: Held) -> None:
    """What the coach says of a session; what the participant had said of other hours falls away."""
    row = {name: getattr(held, name) for name in Held.__dataclass_fields__}
    changed = [name for name in row if name not in ("enrolment_id", "session")]
    upsert(conn, t.attendance, [row], ("enrolment_id", "session"), changed)


def answer(conn: Connection, held: Held, agreed: bool, now: datetime) -> bool:
    """What the participant says of these very hours; False when it changes nothing. Once agreed, it stays so."""
    a = t.attendance
    mine = (a.c.enrolment_id == held.enrolment_id, a.c.session == held.session, a.c.person_at.is_(None))
    same = (a.c.starts_at == held.starts_at, a.c.ends_at == held.ends_at, a.c.mode == held.mode)
    if agreed:
        told = update(a).where(*mine, *same).values(person_at=now, disputed_at=None)
    else:
        told = update(a).where(*mine, *same, a.c.disputed_at.is_(None)).values(disputed_at=now)
    return conn.execute(told).rowcount > 0
