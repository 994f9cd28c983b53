"""The coach's weekly digest: counts and names, on her own day, hour and zone; each change is in exactly one (S18).

Holds no word that a participant wrote (it goes through Telegram; see excerpts.py), no score, and nothing of a private
answer.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.conversation.house import House
from bot.desk import excerpts
from bot.desk.review import ASIDE
from bot.desk.roll import listed, named
from bot.store import accesses
from bot.store import tables as t
from bot.store.accesses import Reader
from bot.store.case import SCHEDULED, Outgoing, Timer
from bot.store.recall import ANEW, DIGEST
from bot.store.saving import insert_outbox, outbox_rows, upsert_timers
from bot.store.vault import Vault
from bot.telegram.length import plain, units
from flows.calendar import resolve, spoken, spoken_day, zone

MOST = 3500
"""UTF-16 units of a digest as it is read: one page, and well under what Telegram takes."""

LISTED = 20
"""Digests that are listed at a time."""

SILENT = timedelta(days=7)
DEFAULT = {"day": 0, "hour": 8}
SHORTER = (60, 30, 20, 12, 8, 5, 3, 1)
"""How many names a line may hold, tried in this order until the digest fits on its page."""

DISTRESS = "distress"
TOLD = (DISTRESS, "concern", "false_alarm", "parked", "unreachable", "withdrawn", "stopped", "fatigue", "paused",
        "rest", "gentle", "ordinary_pace",
        "joined", "first_talk", "dormant", "skipped", "expired", "nothing_booked")  # fmt: skip
"""Events that are news to a coach, the most pressing first."""

ALWAYS = (DISTRESS, "false_alarm", "concern", "unreachable", "withdrawn", "stopped")
"""Those told even of somebody who limited what is done with their words; the others wait until the limit is lifted."""

LINES = ("to_read", "in_session", "to_check", "journal", "skipped", "read")
"""How the new answers are counted, in the order they are told."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What is new, per enrolment: answers by line of the digest, and events by kind."""

    answers: Mapping[str, Counter[int]]
    events: Mapping[str, Counter[int]]

    def __bool__(self) -> bool:
        return any(self.answers.values()) or any(self.events.values())


@dataclass(frozen=True, slots=True)
class Sent:
    """A digest that left. What it counted then is not told again: some of it may be private by now."""

    id: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the digest: the phrase that opens it, and what it lists."""

    phrase: str
    items: Sequence[str]


# --- when ------------------------------------------------------------------------------------


def schedule(conn: Connection, coach_id: int, now: datetime) -> datetime | None:
    """Sets the timer of the next digest, the only one ahead; gives its instant, None for nobody's coach."""
    coach = _person(conn, coach_id)
    if coach is None or coach.role != "coach":
        return None
    at = next_at(coach.digest, coach.zone, now)
    if _made(conn, coach_id, period := _day(at, coach.zone)):  # of that day one has left, at another hour
        at = next_at(coach.digest, coach.zone, at)
        period = _day(at, coach.zone)
    r = t.timers
    ahead = update(r).where(r.c.owner == f"c{coach_id}", r.c.kind == "digest", r.c.state == "pending", r.c.due_at > now)
    conn.execute(ahead.values(state="cancelled", why="rescheduled", settled_at=now))
    upsert_timers(conn, [Timer(f"c{coach_id}", "digest", period, at, {"coach": coach_id})])
    return at


def _day(at: datetime, zone_name: str) -> str:
    return at.astimezone(zone(zone_name)).date().isoformat()


def _made(conn: Connection, coach_id: int, period: str) -> bool:
    d = t.digests.c
    return conn.execute(select(d.id).where(d.coach_id == coach_id, d.period == period)).first() is not None


def next_at(own: Mapping[str, int] | None, zone_name: str, now: datetime) -> datetime:
    """The first instant after `now` on the day (Monday 0) and hour of `own`, where the coach lives."""
    wanted, place = {**DEFAULT, **(own or {})}, zone(zone_name)
    today = now.astimezone(place).date()
    first = today + timedelta(days=(wanted["day"] - today.weekday()) % 7)
    days = (first + timedelta(days=7 * n) for n in range(3))
    instants = (resolve(datetime.combine(day, time(wanted["hour"])), place) for day in days)
    return next(at for at in instants if at > now)


def set_day(conn: Connection, coach_id: int, day: int, hour: int, now: datetime) -> datetime | None:
    """The coach's own day (Monday 0) and hour; gives the next digest. Raises ValueError out of bounds."""
    if not (0 <= day <= 6 and 0 <= hour <= 23):
        raise ValueError(f"Jour de 0 (lundi) à 6, heure de 0 à 23 : {day}, {hour}.")
    p = t.people.c
    own = conn.execute(select(p.digest).where(p.id == coach_id)).scalar() or {}
    conn.execute(update(t.people).where(p.id == coach_id).values(digest={**own, "day": day, "hour": hour}))
    return schedule(conn, coach_id, now)


def due(conn: Connection, vault: Vault, house: House, timer: Timer, now: datetime) -> None:
    """Sends what is new, if anything is, and sets the next one: a chain that a restart cannot break."""
    coach_id = int(timer.about["coach"])
    why = send(conn, vault, house, coach_id, timer.scope, now)
    timer.state, timer.why, timer.settled_at = ("skipped" if why else "fired"), why, now
    upsert_timers(conn, [timer])
    schedule(conn, coach_id, now)


# --- sending ---------------------------------------------------------------------------------


def now(conn: Connection, vault: Vault, house: House, coach_id: int, now: datetime) -> str:
    """The digest as it would be at this instant, as Telegram HTML; nothing is consumed."""
    found = _changes(conn, coach_id, None)
    return _text(conn, vault, house, coach_id, found, now) if found else house.speech.say("digest_nothing")


def send(conn: Connection, vault: Vault, house: House, coach_id: int, period: str, now: datetime) -> str | None:
    """Queues the digest of `period` and marks all it tells as told; or gives the reason why there is none.

    Whoever inserts (coach, period) first tells; what comes later waits for the next one.
    """
    coach = _person(conn, coach_id)
    if coach is None or coach.chat_id is None or not coach.reachable:
        return "unreachable"
    vault.ready(conn, [coach_id], now)
    digest_id = _open(conn, vault, coach_id, period, now)
    if digest_id is None:
        return "already_sent"
    _claim(conn, coach_id, digest_id)
    found = _changes(conn, coach_id, digest_id)
    if not found:
        conn.execute(delete(t.digests).where(t.digests.c.id == digest_id))
        return "nothing_new"
    body = vault.seal_json(coach_id, "digests.body", _counts(found))
    conn.execute(update(t.digests).where(t.digests.c.id == digest_id).values(body=body))
    said = house.speech.message(_text(conn, vault, house, coach_id, found, now), _links(house, digest_id))
    outgoing = [Outgoing("sendMessage", said, coach.chat_id, coach_id, SCHEDULED)]
    if house.excerpts:
        quoting = excerpts.messages(conn, vault, house, coach.chat_id, digest_id, now)
        outgoing += quoting
        accesses.note(conn, [one.owner_id for one in quoting], Reader(coach_id, "coach", "telegram"), "digest", now)
    insert_outbox(conn, outbox_rows(vault, outgoing, f"{DIGEST}{digest_id}", now))
    return None


def again(conn: Connection, vault: Vault, house: House, coach_id: int, now: datetime) -> None:
    """Tells now, as things stand, what did not reach the coach, still once a period; nothing while out of reach.

    That is a digest withdrawn from the queue, or the last one if it was due while nothing reached them.
    """
    coach = _person(conn, coach_id)
    if coach is not None and coach.chat_id is not None and coach.reachable:
        periods = [*_withdrawn(conn, coach_id), *_missed(conn, coach_id)]
        if periods:
            send(conn, vault, house, coach_id, max(periods), now)


def _withdrawn(conn: Connection, coach_id: int) -> list[str]:
    """The periods of digests that were taken out of the queue; what they told is told by none any more."""
    d, o = t.digests.c, t.outbox.c
    dropped = (o.owner_id == coach_id, o.cause.startswith(DIGEST), o.state == "dropped", o.reason == ANEW)
    causes = conn.execute(select(o.cause).where(*dropped)).scalars()
    ids = [int(cause.removeprefix(DIGEST).partition(":")[0]) for cause in causes]
    periods = list(conn.execute(select(d.period).where(d.id.in_(ids), d.coach_id == coach_id)).scalars())
    for table in (t.replies, t.events):
        conn.execute(update(table).where(table.c.digest_id.in_(ids)).values(digest_id=None))
    conn.execute(delete(t.digests).where(d.id.in_(ids)))
    return periods


def _missed(conn: Connection, coach_id: int) -> list[str]:
    """The period of the last digest that was due, if the coach could not be reached then."""
    r = t.timers.c
    past = (r.owner == f"c{coach_id}", r.kind == "digest", r.state.in_(("fired", "skipped")))
    last = conn.execute(select(r.scope, r.why).where(*past).order_by(r.settled_at.desc()).limit(1)).first()
    return [last.scope] if last is not None and last.why == "unreachable" else []


def _links(house: House, digest_id: int) -> list[list[tuple[str, str]]]:
    """To the coaches' page, when there is one."""
    places = {"digest_button_sheets": f"/espace/syntheses/{digest_id}.pdf", "digest_button_space": "/espace"}
    return [[(house.speech.label(key), house.page + path)] for key, path in places.items()] if house.page else []


def _open(conn: Connection, vault: Vault, coach_id: int, period: str, now: datetime) -> int | None:
    """The new row's id; None when this period has one."""
    make: Any = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    body = vault.seal_json(coach_id, "digests.body", {})
    row = make(t.digests).values(coach_id=coach_id, period=period, made_at=now, body=body)
    made: int | None = conn.execute(row.on_conflict_do_nothing().returning(t.digests.c.id)).scalar()
    return made


def _counts(found: Changes) -> dict[str, dict[str, dict[str, int]]]:
    """Kept without a name, so that erasing a person erases them here too."""
    groups = {"answers": found.answers, "events": found.events}
    return {name: {line: {str(id): n for id, n in counts.items()} for line, counts in group.items()}
            for name, group in groups.items()}  # fmt: skip


def sent(conn: Connection, coach_id: int, before: int | None = None) -> tuple[list[Sent], bool]:
    """A coach's own digests, the newest first, those older than `before`; and whether there are others behind them."""
    d = t.digests.c
    older = [d.id < before] if before is not None else []
    query = select(d.id, d.made_at).where(d.coach_id == coach_id, *older).order_by(d.id.desc()).limit(LISTED + 1)
    rows = conn.execute(query).all()
    return [Sent(row.id, row.made_at) for row in rows[:LISTED]], len(rows) > LISTED


# --- what is new -----------------------------------------------------------------------------


def _served(coach_id: int) -> Select[tuple[int]]:
    return select(t.enrolments.c.id).where(t.enrolments.c.coach_id == coach_id)


def _news(coach_id: int, digest_id: int | None) -> tuple[list[Any], list[Any]]:
    """Conditions on replies and on events: those of one digest, or those of none yet."""
    r, e = t.replies.c, t.events.c
    replies = [r.digest_id.is_(digest_id) if digest_id is None else r.digest_id == digest_id, ~taken_back(),
               r.enrolment_id.in_(_served(coach_id).where(t.enrolments.c.restricted_at.is_(None))),
               r.private.is_(False), r.how != "erased"]  # fmt: skip
    free = e.enrolment_id.in_(_served(coach_id).where(t.enrolments.c.restricted_at.is_(None)))
    events = [e.digest_id.is_(digest_id) if digest_id is None else e.digest_id == digest_id,
              e.enrolment_id.in_(_served(coach_id)), e.kind.in_(TOLD), or_(free, e.kind.in_(ALWAYS))]  # fmt: skip
    return replies, events


def taken_back() -> ColumnElement[bool]:
    """The newest version is private, or erased: the older ones are told no more than it."""
    r, now, later = t.replies.c, t.replies.alias("now"), t.replies.alias("later")
    after = exists().where(later.c.run_id == now.c.run_id, later.c.key == now.c.key, later.c.id > now.c.id,
                           later.c.how.not_in(ASIDE)).correlate(now)  # fmt: skip
    newest = exists().where(now.c.run_id == r.run_id, now.c.key == r.key, now.c.id > r.id, now.c.how.not_in(ASIDE),
                            now.c.private | (now.c.how == "erased"), ~after).correlate(t.replies)  # fmt: skip
    return and_(r.how.not_in(ASIDE), newest)


def _claim(conn: Connection, coach_id: int, digest_id: int) -> None:
    replies, events = _news(coach_id, None)
    conn.execute(update(t.replies).where(*replies).values(digest_id=digest_id))
    conn.execute(update(t.events).where(*events).values(digest_id=digest_id))


def _changes(conn: Connection, coach_id: int, digest_id: int | None) -> Changes:
    replies, events = _news(coach_id, digest_id)
    r, e = t.replies.c, t.events.c
    rows = conn.execute(select(r.id, r.enrolment_id, r.run_id, r.key, r.how, r.review).where(*replies).order_by(r.id))
    happened = conn.execute(select(e.enrolment_id, e.kind, func.count().label("n")).where(*events)
                            .group_by(e.enrolment_id, e.kind))  # fmt: skip
    told: dict[str, Counter[int]] = {}
    for row in happened:
        told.setdefault(row.kind, Counter())[row.enrolment_id] += row.n
    return Changes(_answers(rows), told)


def _answers(rows: Iterable[Any]) -> dict[str, Counter[int]]:
    """Answers counted once however often they were said anew; each message of the journal counts."""
    newest = {(row.run_id, row.key) if row.how != "journal" else (row.id,): row for row in rows}
    counted: dict[str, Counter[int]] = {}
    for row in newest.values():
        counted.setdefault(line_of(row.how, row.review), Counter())[row.enrolment_id] += 1
    return counted


def line_of(how: str, review: str) -> str:
    if review != "a_lire":
        return "read"
    return {"in_session": "in_session", "to_check": "to_check", "misread": "to_check", "journal": "journal",
            "skipped": "skipped"}.get(how, "to_read")  # fmt: skip


# --- the page --------------------------------------------------------------------------------


def _text(conn: Connection, vault: Vault, house: House, coach_id: int, found: Changes, now: datetime) -> str:
    coach = _person(conn, coach_id)
    assert coach is not None
    names = _names(conn, vault, coach_id, now)
    place = zone(coach.zone)
    lines = [*_lines(found, names), *_standing(conn, coach_id, names, now)]
    ahead = _next(conn, coach_id, names, now)
    lines.append(Line("digest_next", [f"{name} ({spoken(at, place)})" for name, at in ahead]))
    title = house.speech.say("digest_title", date=spoken_day(now, place))
    texts = (_page(house, title, lines, most) for most in SHORTER)
    return next((text for text in texts if units(plain(text)) <= MOST), _page(house, title, lines, 0))


def _page(house: House, title: str, lines: Sequence[Line], most: int) -> str:
    said = [house.speech.say(line.phrase, list=listed(house, line.items, most)) for line in lines if line.items]
    return "\n\n".join([title, "\n".join(said), house.speech.say("digest_end")])


def _lines(found: Changes, names: Mapping[int, str]) -> list[Line]:
    answers = [Line(f"digest_{line}", _counted(found.answers[line], names, True))
               for line in LINES if line in found.answers]  # fmt: skip
    events = {kind: Line(f"digest_event_{kind}", _counted(found.events[kind], names, False))
              for kind in TOLD if kind in found.events}  # fmt: skip
    first = [events.pop(DISTRESS)] if DISTRESS in events else []
    return [*first, *answers, *events.values()]


def _counted(counts: Counter[int], names: Mapping[int, str], always: bool) -> list[str]:
    rows = sorted(counts.items(), key=lambda row: (-row[1], names[row[0]]))
    return [f"{names[id]} ({n})" if always or n > 1 else names[id] for id, n in rows]


def _standing(conn: Connection, coach_id: int, names: Mapping[int, str], now: datetime) -> list[Line]:
    """Who has a question before them and has been silent for a week."""
    e, r = t.enrolments.c, t.runs.c
    heard = func.coalesce(e.heard_at, e.created_at)
    asked = exists().where(r.enrolment_id == e.id, r.state.in_(("waiting", "dormant")))
    mine = (e.coach_id == coach_id, e.state == "active", e.restricted_at.is_(None))
    quiet = select(e.id).where(*mine, heard <= now - SILENT, asked)
    return [Line("digest_silent", [names[id] for id in conn.execute(quiet.order_by(heard)).scalars()])]


def _next(conn: Connection, coach_id: int, names: Mapping[int, str], now: datetime) -> list[tuple[str, datetime]]:
    a, e = t.appointments.c, t.enrolments.c
    first = func.min(a.at)
    query = select(a.enrolment_id, first).join(t.enrolments, e.id == a.enrolment_id)
    staying = e.state.not_in(("stopped", "ended"))
    ahead = query.where(e.coach_id == coach_id, staying, a.state == "planned", a.at > now).group_by(a.enrolment_id)
    return [(names[id], at) for id, at in conn.execute(ahead.order_by(first))]


def _names(conn: Connection, vault: Vault, coach_id: int, now: datetime) -> dict[int, str]:
    """Enrolment -> name as shown."""
    e, p = t.enrolments.c, t.people.c
    joined = select(e.id, e.person_id, p.name).join(t.people, p.id == e.person_id)
    rows = conn.execute(joined.where(e.coach_id == coach_id)).all()
    vault.ready(conn, [row.person_id for row in rows], now)
    return {row.id: named(vault.open_text(row.person_id, "people.name", row.name)) for row in rows}


def _person(conn: Connection, person_id: int) -> Row[Any] | None:
    return conn.execute(select(t.people).where(t.people.c.id == person_id)).first()
