"""A coach's participants on one page each: gathered anew at each request, and kept nowhere. Checks no rights.

What is private or erased today is on none of them, whatever the digest once counted. Knows no drawing.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, union

from bot.conversation.house import House
from bot.desk import brief, contrast, digest, evidence, record
from bot.desk.record import Answer
from bot.desk.roll import named
from bot.documents.sheet import Booklet, Part, Plot, Sheet, Stop, spread
from bot.store import tables as t
from bot.store.case import Case
from bot.store.cases import Needs, by_person
from bot.store.vault import Vault
from flows import calendar
from flows.calendar import spoken_date, spoken_day, zone
from flows.engine import OPEN
from flows.frise import frise
from flows.model import Scale

Rows = Sequence[Row[Any]]


PART = 50
"""Sheets of one file: what is made in a few seconds."""

SPELLED = 20
"""Energies that are said in words too, the last ones: the plot has them all."""


def parts(conn: Connection, coach_id: int, digest_id: int) -> int:
    """In how many files the sheets of this digest come; 0 when it is no digest of this coach."""
    if _made_at(conn, coach_id, digest_id) is None:
        return 0
    return max(1, -(-len(told_of(conn, coach_id, digest_id)) // PART))


def of_digest(
    conn: Connection, vault: Vault, house: House, coach_id: int, digest_id: int, now: datetime, part: int = 1
) -> Booklet | None:
    """Those whom this digest tells of and this coach still accompanies, PART at a time; None when it is not theirs."""
    made = _made_at(conn, coach_id, digest_id)
    if made is None:
        return None
    mine = told_of(conn, coach_id, digest_id)[(part - 1) * PART : part * PART]
    cases = by_person(conn, vault, mine, now, Needs(answers=False)).values()
    house.shelf.complete(conn, cases)
    sheets = [_told(conn, vault, house, case, digest_id) for case in cases]
    return _booklet(house, next(iter(cases), None), sorted(sheets, key=lambda sheet: sheet.name.casefold()), made)


def _made_at(conn: Connection, coach_id: int, digest_id: int) -> datetime | None:
    d = t.digests.c
    return conn.execute(select(d.made_at).where(d.id == digest_id, d.coach_id == coach_id)).scalar()


def told_of(conn: Connection, coach_id: int, digest_id: int) -> Sequence[int]:
    """The participants that a digest tells of; PART of them make a file.

    None who took all of it back since, and none of a restricted file.
    """
    e, r, v = t.enrolments.c, t.replies.c, t.events.c
    kept = (r.private.is_(False), r.how != "erased", ~digest.taken_back())
    answers = select(r.enrolment_id).where(r.digest_id == digest_id, *kept)
    told = union(answers, select(v.enrolment_id).where(v.digest_id == digest_id))
    mine = select(e.person_id).where(e.id.in_(told), e.coach_id == coach_id, e.restricted_at.is_(None))
    return conn.execute(mine.order_by(e.person_id)).scalars().all()


def of_person(conn: Connection, vault: Vault, house: House, person_id: int, now: datetime) -> Booklet | None:
    """The brief at hand on its page; None without a participant of this id."""
    case = by_person(conn, vault, [person_id], now).get(person_id)
    if case is None or case.enrolment is None:
        return None
    house.shelf.complete(conn, [case])
    found = brief.at_hand(conn, vault, house, person_id, now)
    parts = [Part(_title(house, section.phrase), tuple(line.text for line in section.lines))
             for section in (found.sections if found else ())]  # fmt: skip
    sheet = _sheet(vault, house, case, record.rows(conn, case), parts)
    return _booklet(house, case, [sheet], now)


def _booklet(house: House, case: Case | None, sheets: Sequence[Sheet], at: datetime) -> Booklet:
    say = house.speech.phrases.say
    coach = case.coach if case else None
    day = spoken_day(at, zone(coach.zone)) if coach else ""
    reader = say("sheet_reader", name=named(coach.name) if coach else "", date=day)
    return Booklet(
        title=say("sheet_title", date=day),
        reader=reader,
        page=say("sheet_page", page="{page}", pages="{pages}"),
        more=say("sheet_more", left="{left}"),
        energy=say("sheet_energy"),
        empty=say("brief_empty"),
        sheets=tuple(sheets),
    )


def _sheet(vault: Vault, house: House, case: Case, rows: Rows, parts: Sequence[Part]) -> Sheet:
    assert case.person is not None
    stops = frise(house.programme(case), case.appointments, case.now)
    dots = tuple(Stop(stop.session.id, stop.standing if stop.standing in ("past", "here") else "open")
                 for stop in stops)  # fmt: skip
    ahead, road = _road(house, case)
    plot = _energy(vault, house, case, rows)
    return Sheet(named(case.person.name), ahead, dots, road, plot, tuple(part for part in parts if part.lines))


def _road(house: House, case: Case) -> tuple[str, str]:
    """The next session, and the dots of the road in words."""
    say, place = house.speech.phrases.say, zone(case.coach.zone) if case.coach else case.zone
    stops = frise(house.programme(case), case.appointments, case.now)
    past, here = [s.session.id for s in stops if s.standing == "past"], [s for s in stops if s.standing == "here"]
    reached = max((n for n, s in enumerate(stops) if s.standing in ("past", "here")), default=-1)
    later = [s.session.id for s in stops[reached + 1 :]]
    words = [say("sheet_past", list=", ".join(past))] if past else []
    words += [say("sheet_here", session=s.session.id) for s in here]
    words += [say("sheet_later", list=", ".join(later))] if later else []
    ahead = [say("sheet_ahead", title=s.session.title, date=calendar.spoken(s.at, place)) for s in here if s.at]
    return ahead[0] if ahead else say("sheet_no_date"), " ".join(words)


# --- energy ----------------------------------------------------------------------------------


def _energy(vault: Vault, house: House, case: Case, rows: Rows) -> Plot | None:
    """What was said on the scales that the programme names, in time: points alone, nothing between them."""
    wanted, flows = set(house.programme(case).energy), {file.id: file.flow for file in case.runs}
    kept = [row for row in record.stood(rows, case.now) if f"{flows.get(row.run_id)}.{row.key}" in wanted]
    said = [record.answer(vault, house, case, row, True) for row in kept if row.how == "said"]
    found = sorted((a for a in said if _level(a) is not None), key=lambda a: a.at)
    if not found:
        return None
    scale = found[-1].asked.answer if found[-1].asked else None
    labels = scale.labels if isinstance(scale, Scale) else {}
    low, high = (scale.low, scale.high) if isinstance(scale, Scale) else (0, 10)
    days = _days(case, found)
    points = spread([(a.at.timestamp(), _level(a) or 0.0, day) for a, day in zip(found, days, strict=True)])
    spelled = [f"{a.value} ({day})" for a, day in zip(found, days, strict=True)]
    words = ", ".join(spelled if len(spelled) <= SPELLED else ["…", *spelled[-SPELLED:]])
    return Plot(points, labels.get(low, str(low)), labels.get(high, str(high)),
                house.speech.phrases.say("sheet_points", list=words))  # fmt: skip


def _level(answer: Answer) -> float | None:
    """How far up its scale, from 0 to 1."""
    scale = answer.asked.answer if answer.asked else None
    if not isinstance(scale, Scale) or not isinstance(answer.raw, int | float):
        return None
    return (answer.raw - scale.low) / (scale.high - scale.low)


def _days(case: Case, answers: Sequence[Answer]) -> list[str]:
    """The day of each, with its year when they are not all of one."""
    local = [a.at.astimezone(case.zone).date() for a in answers]
    lone = len({day.year for day in local}) == 1
    spoken = [spoken_date(day.isoformat()) for day in local]
    return [day.rpartition(" ")[0] for day in spoken] if lone else spoken


# --- what a digest told ----------------------------------------------------------------------


def _told(conn: Connection, vault: Vault, house: House, case: Case, digest_id: int) -> Sheet:
    rows = record.rows(conn, case)
    places = {record.place(row) for row in record.shown(rows) if row.digest_id == digest_id}
    answers = [record.answer(vault, house, case, row, record.place(row) in places)
               for row in _worth(house, case, record.stood(rows, case.now), places)]  # fmt: skip
    new = [a for a in answers if a.here]
    fears = contrast.fears(house, case, house.programme(case).fears, answers, record.gone(rows))
    parts = (
        Part(_title(house, "sheet_new"), (*_happened(conn, house, case, digest_id), *_counts(house, new))),
        Part(_title(house, "brief_words"), _lines(house, case, evidence.verbatims(answers))),
        Part(_title(house, "sheet_open"), tuple(_open(house, case))),
        Part(_title(house, "brief_to_raise"), _lines(house, case, [a for a in answers if a.review == "a_aborder"])),
        Part(_title(house, "brief_to_check"), _lines(house, case, evidence.pending(answers, "to_check", "misread"))),
        Part(_title(house, "brief_fears"), tuple(line.text for line in fears)),
    )
    return _sheet(vault, house, case, rows, parts)


def _worth(house: House, case: Case, rows: Rows, places: Collection[record.Place]) -> Iterator[Row[Any]]:
    """What a sheet may tell: the rest stays sealed."""
    sought = house.programme(case).fears
    runs = {file.id for file in case.runs if sought and file.flow == sought.flow}
    for row in rows:
        pending = row.review == "a_aborder" or row.how in ("to_check", "misread")
        if pending or row.run_id in runs or record.place(row) in places:
            yield row


def _lines(house: House, case: Case, answers: Sequence[Answer]) -> tuple[str, ...]:
    return tuple(line.text for line in evidence.quotes(house, case, answers))


def _counts(house: House, new: Sequence[Answer]) -> Iterator[str]:
    counted = Counter(digest.line_of(a.how, a.review) for a in new)
    for line in digest.LINES:
        if counted[line]:
            yield house.speech.phrases.say(f"sheet_count_{line}", n=counted[line])


def _happened(conn: Connection, house: House, case: Case, digest_id: int) -> Iterator[str]:
    """What this digest told of them besides answers, with the days."""
    assert case.enrolment is not None
    e, place = t.events.c, zone(case.coach.zone) if case.coach else case.zone
    query = select(e.kind, e.at).where(e.enrolment_id == case.enrolment.id, e.digest_id == digest_id).order_by(e.at)
    days: dict[str, list[str]] = {}
    for row in conn.execute(query):
        days.setdefault(row.kind, []).append(spoken_day(row.at, place))
    for kind in digest.TOLD:
        if kind in days:
            said = house.speech.phrases.say(f"digest_event_{kind}", list=", ".join(dict.fromkeys(days[kind])))
            yield record.unmarked(said)


def _open(house: House, case: Case) -> Iterator[str]:
    """Questions before them; of a private one, only the module it stands in."""
    for file in case.runs:
        if file.run.state in OPEN and file.run.key:
            asked, title = evidence.waiting(house, file), house.shelf.of(file).title
            key = "sheet_question" if asked else "sheet_module"
            yield house.speech.phrases.say(key, title=title, question=asked)


def _title(house: House, phrase: str) -> str:
    return record.unmarked(house.speech.phrases.say(phrase))
