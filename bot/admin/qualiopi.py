"""What an audit of the référentiel national qualité asks for: dates, hours and numbers, never what anybody wrote.

Of a reply it reads only that it is there, and when. Whoever asked that nothing of theirs be used is left out
(RGPD art. 18). Checks no right.
"""

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, and_, func, select

from bot.conversation import attending, discovery
from bot.conversation.house import House
from bot.documents import spreadsheet
from bot.store import attendances, publications
from bot.store import tables as t
from bot.store.attendances import Held
from bot.store.vault import Vault

RECALLS = ("silence", "later", "reopen", "unbooked", "action", "hours")
"""Timers that call somebody back (indicator 12)."""

PAUSES = ("paused", "rest", "gentle", "appointment_moved")
"""Events that tell how a course was adapted (indicator 10)."""

INDICATORS = (1, 4, 10, 11, 12, 30, 31, 32)
ALL = 10**6

Rows = Iterator[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A ZIP, the names of its `files`, how many `people` it counts and how many were left out."""

    data: bytes
    files: tuple[str, ...]
    people: int
    left_out: int


@dataclass(frozen=True, slots=True)
class _Desk:
    conn: Connection
    vault: Vault
    house: House
    now: datetime
    people: Sequence[Row[Any]]
    names: Mapping[int, str]
    held: Mapping[int, list[Held]] = field(default_factory=dict)

    def say(self, key: str, **fields: Any) -> str:
        return self.house.speech.phrases.say(f"qualiopi_{key}", **fields).strip()

    def day(self, at: datetime | None, row: Row[Any]) -> str:
        """The ISO day it was where this person lives; nothing for None."""
        return at.astimezone(ZoneInfo(row.zone)).date().isoformat() if at else ""

    def who(self, row: Row[Any]) -> tuple[object, ...]:
        """How a person stands in a list: a number, with their first name where it was asked for."""
        return (row.person_id, self.names[row.person_id]) if self.names else (row.person_id,)


def bundle(conn: Connection, vault: Vault, house: House, now: datetime, names: bool = False) -> Bundle:
    """All of it, as things stand now; first names only where `names` asks for them."""
    e = t.enrolments.c
    query = select(t.enrolments, t.people.c.zone, t.people.c.name).join(t.people, t.people.c.id == e.person_id)
    all_ = conn.execute(query.where(e.format != discovery.FORMAT, e.state != "invited").order_by(e.person_id)).all()
    people = [row for row in all_ if row.restricted_at is None]
    named = _named(conn, vault, people, now) if names else {}
    desk = _Desk(conn, vault, house, now, people, named, attendances.among(conn, [row.id for row in people]))
    sheets = {f"{desk.say(f'file_{name}')}.csv": spreadsheet.file(_sheet(desk, name)) for name in SHEETS}
    left_out = len(all_) - len(people)
    files = {f"{desk.say('readme_name').upper()}.txt": _readme(desk, sorted(sheets), left_out).encode(), **sheets}
    return Bundle(_zip(files, now), tuple(files), len(people), left_out)


def _sheet(desk: _Desk, name: str) -> Rows:
    """Its headings, then its rows; those about a person begin with who it is."""
    make, about = SHEETS[name]
    heads = re.split(r"\s*;\s*", desk.say(f"head_{name}"))
    who = [desk.say("who"), *([desk.say("name")] if desk.names else [])] if about else []
    yield (*who, *heads)
    yield from make(desk)


# --- indicator 1: formats, hours, results -----------------------------------------------------


def _formats(desk: _Desk) -> Rows:
    for one in desk.house.library.formats:
        opened = desk.say("yes") if one.open else desk.say("no")
        yield one.id, one.title, one.programme, _figure(one.hours), " ".join(one.sessions), opened


def _sessions(desk: _Desk) -> Rows:
    for programme in desk.house.library.programmes.values():
        for one in programme.sessions:
            yield programme.id, one.id, one.title, one.legal, _figure(one.hours)


def _results(desk: _Desk) -> Rows:
    """How many stand where, by programme and format: no rate is made of it."""
    found = Counter((row.programme, row.format, row.state) for row in desk.people)
    for (programme, format, state), n in sorted(found.items()):
        yield programme, format, desk.say(f"state_{state}"), n


# --- indicators 4, 10, 11: needs, adaptation, objectives --------------------------------------


def _needs(desk: _Desk) -> Rows:
    """When the first talk took place, and the modules in which needs are said were done."""
    done = _done(desk)
    a = t.appointments.c
    dated = desk.conn.execute(select(a.enrolment_id, a.session, a.at, a.state))
    talks = {(row.enrolment_id, row.session): row for row in dated}
    for row in desk.people:
        programme = desk.house.library.programmes[row.programme]
        first = talks.get((row.id, programme.sessions[0].id))
        said = [
            desk.day(done.get((row.id, flow)), row) if flow else "" for flow in (programme.first, programme.welcome)
        ]
        held = desk.day(first.at, row) if first is not None and first.state == "done" else ""
        yield *desk.who(row), row.programme, row.format, desk.day(row.created_at, row), held, *said


def _adapted(desk: _Desk) -> Rows:
    e = t.events.c
    counted = select(e.enrolment_id, e.kind, func.count()).where(e.kind.in_(PAUSES)).group_by(e.enrolment_id, e.kind)
    found = {(row[0], row[1]): row[2] for row in desk.conn.execute(counted)}
    for row in desk.people:
        gentle = desk.say("yes") if row.gentle else desk.say("no")
        yield *desk.who(row), gentle, *(found.get((row.id, kind), 0) for kind in PAUSES)


def _objectives(desk: _Desk) -> Rows:
    r, s = t.runs.c, t.syntheses.c
    ended = select(r.enrolment_id, func.count().label("n")).where(r.state == "done").group_by(r.enrolment_id)
    modules = {row.enrolment_id: row.n for row in desk.conn.execute(ended)}
    last = select(s.enrolment_id, func.max(s.handed_at).label("at")).group_by(s.enrolment_id)
    handed = {row.enrolment_id: row.at for row in desk.conn.execute(last)}
    for row in desk.people:
        held = desk.held.get(row.id, [])
        hours = attending.hours(desk.house, row.programme, row.format, held)
        yield (*desk.who(row), desk.say(f"state_{row.state}"), len(held), _hours(hours.done), _hours(hours.planned),
               modules.get(row.id, 0), desk.day(handed.get(row.id), row), desk.day(row.ended_at, row))  # fmt: skip


def _hours(length: timedelta) -> str:
    return _figure(length.total_seconds() / 3600)


def _figure(number: float) -> str:
    """With a comma: a spreadsheet in French reads a number."""
    return f"{number:g}".replace(".", ",")


def _done(desk: _Desk) -> dict[tuple[int, str], datetime]:
    r = t.runs.c
    query = select(r.enrolment_id, r.flow, func.min(r.closed_at).label("at")).where(r.state == "done")
    rows = desk.conn.execute(query.group_by(r.enrolment_id, r.flow))
    return {(row.enrolment_id, row.flow): row.at for row in rows if row.at is not None}


# --- indicator 12: people called back ---------------------------------------------------------


def _recalls(desk: _Desk) -> Rows:
    """By month and kind: how many left, for how many people; and how many were not needed any more."""
    r = t.timers.c
    mine = and_(r.kind.in_(RECALLS), r.state.in_(("fired", "stale")), r.settled_at.is_not(None))
    known = {row.id for row in desk.people}
    left: Counter[tuple[str, str]] = Counter()
    spared: Counter[tuple[str, str]] = Counter()
    whom: dict[tuple[str, str], set[int]] = {}
    for row in desk.conn.execute(select(r.enrolment_id, r.kind, r.state, r.settled_at).where(mine)):
        if row.enrolment_id in known:
            place = (f"{row.settled_at:%Y-%m}", row.kind)
            (left if row.state == "fired" else spared)[place] += 1
            whom.setdefault(place, set()).update({row.enrolment_id} if row.state == "fired" else ())
    for month, kind in sorted(left.keys() | spared.keys()):
        place = (month, kind)
        yield month, desk.say(f"recall_{kind}"), left[place], len(whom[place]), spared[place]


# --- indicators 30, 32, and attendance --------------------------------------------------------


def _followed(desk: _Desk) -> Rows:
    """The modules of the follow-up: how many were offered, how many were answered."""
    r = t.runs.c
    known = {row.id for row in desk.people}
    offered: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    flows = [flow for programme in desk.house.library.programmes.values() if programme.closing
             for flow in dict.fromkeys(one.flow for one in programme.envois
                                       if one.flow and one.when.session == programme.closing.session)]  # fmt: skip
    for row in desk.conn.execute(select(r.enrolment_id, r.flow, r.state).where(r.flow.in_(flows))):
        if row.enrolment_id in known:
            offered[row.flow] += 1
            answered[row.flow] += row.state == "done"
    for flow in flows:
        yield desk.house.library.title(flow), offered[flow], answered[flow]


def _versions(desk: _Desk) -> Rows:
    for one in reversed(publications.listed(desk.conn, ALL)):
        yield one.id, f"{one.at:%Y-%m-%d}", desk.say(f"origin_{one.origin}"), one.note


def _attendance(desk: _Desk) -> Rows:
    for row in desk.people:
        zone = ZoneInfo(row.zone)
        for one in desk.held.get(row.id, []):
            starts, ends = one.starts_at.astimezone(zone), one.ends_at.astimezone(zone)
            said = [at.astimezone(zone).isoformat("T", "minutes") if at else ""
                    for at in (one.coach_at, one.person_at, one.disputed_at)]  # fmt: skip
            counts = desk.say("yes") if one.counts else desk.say("no")
            mode = desk.house.speech.label(f"attendance_{one.mode}").strip()
            yield (*desk.who(row), one.session, starts.date(), f"{starts:%H:%M}", f"{ends:%H:%M}",
                   _hours(one.length), mode, counts, one.coach_id, *said)  # fmt: skip


def _alone(desk: _Desk) -> Rows:
    """Days on which somebody answered, which are no hours of accompaniment (D6323-6)."""
    r, days = t.replies.c, {row.id: set[str]() for row in desk.people}
    zones = {row.id: ZoneInfo(row.zone) for row in desk.people}
    for enrolment, at in desk.conn.execute(select(r.enrolment_id, r.answered_at)):
        if enrolment in days:
            days[enrolment].add(at.astimezone(zones[enrolment]).date().isoformat())
    for row in desk.people:
        yield *desk.who(row), len(days[row.id])


SHEETS = {
    "formats": (_formats, False), "sessions": (_sessions, False), "results": (_results, False),
    "needs": (_needs, True), "adapted": (_adapted, True), "objectives": (_objectives, True),
    "recalls": (_recalls, False), "followed": (_followed, False), "versions": (_versions, False),
    "attendance": (_attendance, True), "alone": (_alone, True),
}  # fmt: skip
"""Each list with what makes its rows, and whether they are about a person."""


# --- the archive ------------------------------------------------------------------------------


def _readme(desk: _Desk, files: Sequence[str], left_out: int) -> str:
    k = t.certificates
    gone = desk.conn.execute(select(func.count()).select_from(k)).scalar_one()
    lines = [desk.say("readme", date=f"{desk.now:%Y-%m-%d}", people=len(desk.people), left_out=left_out, gone=gone)]
    for n in INDICATORS:
        lines += ["", desk.say(f"indicator_{n}"), *(f"  {name}" for name in files if f"-{n:02}-" in name)]
    lines += ["", desk.say("attendance"), *(f"  {name}" for name in files if not re.search(r"-\d\d-", name)), ""]
    return "\n".join(lines)


def _zip(files: Mapping[str, bytes], now: datetime) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            entry = zipfile.ZipInfo(name, now.timetuple()[:6])
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            archive.writestr(entry, body)
    return out.getvalue()


def _named(conn: Connection, vault: Vault, people: Sequence[Row[Any]], now: datetime) -> dict[int, str]:
    found: dict[int, str] = {}
    for start in range(0, len(people), 500):
        some = people[start : start + 500]
        vault.ready(conn, [row.person_id for row in some], now)
        found |= {row.person_id: vault.open_text(row.person_id, "people.name", row.name) for row in some}
    return found
