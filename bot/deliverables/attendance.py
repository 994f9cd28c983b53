"""The attendance of one person: hours of accompaniment with both confirmations, and beside them, never counted, the
days on which they worked on their own. Says which modules, and nothing of what was written in them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from bot.conversation import attending
from bot.deliverables.answers import Answers
from bot.deliverables.filling import heading
from bot.documents import spreadsheet
from bot.documents.leaflet import Leaflet, Part, Table
from bot.store import attendances
from bot.store.attendances import Held
from flows.calendar import spoken_date, spoken_hour, spoken_length
from flows.deliverables import Deliverable


@dataclass(frozen=True, slots=True)
class Work:
    """A module worked on between sessions, and on which days."""

    title: str
    days: tuple[date, ...]


def leaflet(conn: Connection, answers: Answers, made: Deliverable, now: datetime) -> Leaflet:
    """The document, for `made.built == "presence"`."""
    say, held = answers.house.speech.phrases.say, _held(conn, answers)
    first = heading(answers.house, answers, made.title, made.about, made.own, now)
    course = answers.case.enrolment
    assert course is not None
    hours = attending.hours(answers.house, course.programme, course.format, held)
    sessions = tuple(_row(answers, one) for one in held)
    own = tuple((one.title, ", ".join(spoken_date(day.isoformat()) for day in one.days)) for one in work(answers))
    head = tuple(say(f"presence_{name}").strip() for name in ("session", "date", "hours", "length", "mode", "standing"))
    total = say("presence_total", done=spoken_length(hours.done), planned=spoken_length(hours.planned)).strip()
    none = "" if sessions else say("presence_none").strip()
    alone = "" if own else say("presence_work_none").strip()
    return Leaflet(**first, wide=made.wide, parts=(
        Part(say("presence_sessions").strip(), total, none,
             (Table(head, sessions, say("presence_blank").strip()),) if sessions else ()),
        Part(say("presence_work").strip(), say("presence_work_intro").strip(), alone,
             (Table((say("presence_module").strip(), say("presence_days").strip()), own, ""),) if own else ()),
    ))  # fmt: skip


def table(conn: Connection, answers: Answers) -> bytes:
    """The same as CSV: instants in the participant's own zone, minutes as numbers."""
    say, zone = answers.house.speech.phrases.say, answers.case.zone
    yes, no = say("presence_yes").strip(), say("presence_no").strip()
    names = ("nature", "session", "title", "day", "start", "end", "minutes", "mode", "counted", "coach_at", "person_at",
             "disputed_at")  # fmt: skip
    rows: list[tuple[object, ...]] = [tuple(say(f"presence_csv_{name}").strip() for name in names)]
    for one in _held(conn, answers):
        starts, ends = one.starts_at.astimezone(zone), one.ends_at.astimezone(zone)
        said = [at.astimezone(zone).isoformat("T", "minutes") if at else ""
                for at in (one.coach_at, one.person_at, one.disputed_at)]  # fmt: skip
        rows.append((say("presence_accompanied").strip(), one.session, _title(answers, one.session), starts.date(),
                     f"{starts:%H:%M}", f"{ends:%H:%M}", minutes(one), say(f"attendance_{one.mode}").strip(),
                     yes if one.counts else no, *said))  # fmt: skip
    for module in work(answers):
        rows += [(say("presence_alone").strip(), "", module.title, day, "", "", "", "", no, "", "", "")
                 for day in module.days]  # fmt: skip
    return spreadsheet.file(rows)


def begun(conn: Connection, answers: Answers) -> datetime | None:
    """When it last changed; None while no session was noted (UTC)."""
    said = [at for one in _held(conn, answers) for at in (one.coach_at, one.person_at, one.disputed_at) if at]
    return max(said, default=None)


def work(answers: Answers) -> Iterator[Work]:
    """What was answered between sessions, module by module, the earliest first. None of it is an hour (D6323-6).

    Such a sheet is made to be shown: what its author keeps to themselves is not named in it.
    """
    found: dict[str, set[date]] = {}
    for one in answers.every():
        if one.private:
            continue
        found.setdefault(one.flow, set()).add(one.at.astimezone(answers.case.zone).date())
    for flow, days in sorted(found.items(), key=lambda each: min(each[1])):
        yield Work(answers.house.library.title(flow), tuple(sorted(days)))


def minutes(one: Held) -> int:
    return int(one.length.total_seconds()) // 60


def _held(conn: Connection, answers: Answers) -> list[Held]:
    assert answers.case.enrolment is not None
    return attendances.of(conn, answers.case.enrolment.id)


def _row(answers: Answers, one: Held) -> tuple[str, ...]:
    say, zone = answers.house.speech.phrases.say, answers.case.zone
    starts, ends = (spoken_hour(at, zone).replace(" ", "\u00a0") for at in (one.starts_at, one.ends_at))
    hours = say("presence_from_to", start=starts, end=ends).strip()
    length = (
        spoken_length(one.length) if one.counts else say("presence_apart", length=spoken_length(one.length)).strip()
    )
    at = one.person_at or one.disputed_at or one.coach_at
    standing = say(f"presence_{one.standing}", date=_day(at.astimezone(zone).date())).strip()
    mode = say(f"attendance_{one.mode}").strip()
    return (
        _title(answers, one.session),
        _day(one.starts_at.astimezone(zone).date()),
        hours,
        length,
        mode,
        standing,
    )


def _day(day: date) -> str:
    return spoken_date(day.isoformat())


def _title(answers: Answers, session: str) -> str:
    return attending.titled(answers.house, answers.case, session)
