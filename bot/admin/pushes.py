"""A push: looked at before it leaves, planned, paused, taken up again, stopped; and those there are (S15).

Reads no answer and checks no rights. Each recipient has one timer for each time it leaves; `bot.conversation.broadcast`
sends it when its hour has come. Whoever does any of this is written down with it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, exists, insert, or_, select, update

from bot.admin import audience, occurrences, outcome, progress, recipients
from bot.admin.audience import Audience
from bot.admin.occurrences import Rule, Weekly
from bot.admin.recipients import Body
from bot.conversation.house import House
from bot.store import audit, pictures
from bot.store import tables as t
from bot.store.audit import By
from bot.store.case import SCHEDULED, Timer
from bot.store.outbox import PAUSED
from bot.store.saving import insert_timers
from bot.store.vault import Vault
from flows.calendar import resolve, zone

T = TypeVar("T")

SLICE = 500
"""Ids in one statement, for lists that may be long."""


@dataclass(frozen=True, slots=True)
class Preview:
    """`excluded` holds the reason, the end of a phrase's name; `repeat`: the same body went to some of them lately.

    `soonest`: when a rule would begin to leave; None when nothing is booked for it, or for what leaves once. Beyond
    the number of names that were asked for, a name is empty.
    """

    included: list[tuple[int, str]]
    excluded: list[tuple[int, str, str]]
    repeat: bool = False
    soonest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A push among others. `state`: planned, under_way, paused, done, cancelled; `left` is what has not
    left yet, `gone` what was given to leave; `what` is a text, or nothing where `flow` names a module."""

    id: int
    state: str
    made_at: datetime
    at: datetime
    to: Audience
    what: str
    rule: Rule | None
    left: int
    gone: int
    flow: str | None = None
    picture: str | None = None


def preview(
    conn: Connection, vault: Vault, house: House, *, body: Body, to: Audience, now: datetime, rule: Rule | None = None,
    most: int | None = None,
) -> Preview:  # fmt: skip
    """Who would get it and who would not; a fixed number of statements for any number of people.

    Raises KeyError for a module that does not exist, ValueError for a body that is none, audience.Unknown.
    """
    audience.check(conn, house, to)
    found = recipients.among(conn, house, body, to, now)
    shown = [*found.included[:most], *(row for row, _ in found.excluded[:most])]
    vault.ready(conn, [0, *(row.person_id for row in shown)], now)
    names = {row.person_id: vault.open_text(row.person_id, "people.name", row.name) for row in shown}
    return Preview([(row.person_id, names.get(row.person_id, "")) for row in found.included],
                   [(row.person_id, names.get(row.person_id, ""), why) for row, why in found.excluded],
                   found.repeat, _soonest(conn, house, to, rule, now))  # fmt: skip


def _soonest(conn: Connection, house: House, to: Audience, rule: Rule | None, now: datetime) -> datetime | None:
    if isinstance(rule, Weekly):
        return occurrences.first_of(conn, rule, now)[1]
    return next(iter(occurrences.concerned(conn, house, to, rule, now)), None) if rule else None


# --- planning --------------------------------------------------------------------------------


def plan(
    conn: Connection, vault: Vault, house: House, *, by: By, body: Body, to: Audience, now: datetime,
    at: datetime | None = None, rule: Rule | None = None, picture: Mapping[str, str] | None = None,
    watch: Mapping[str, int] | None = None,
) -> int:  # fmt: skip
    """Writes the push and the timers of whoever gets it, chosen anew; gives the push's number.

    A naive `at` is that hour where each recipient lives, an aware one the same instant for all, None is now; a `rule`
    goes before it. Quiet hours are looked at when it leaves. `picture` is as `pictures.put` takes it; `watch` the
    message that shows how far it is (chat_id, message_id, person). Raises as `preview`.
    """
    audience.check(conn, house, to)
    found = recipients.among(conn, house, body, to, now)
    vault.ready(conn, [0], now)
    row = {"by_id": by.id, "body": vault.seal_json(0, "pushes.body", dict(body)), "digest": recipients.digest(body),
           "audience": {**audience.kept(to), "flow": body.get("flow")}, "at": now, "state": "planned",
           "created_at": now, "rule": occurrences.kept(rule) if rule else None,
           "watch": dict(watch) if watch else None}  # fmt: skip
    push_id = int(conn.execute(insert(t.pushes).values(**row).returning(t.pushes.c.id)).scalar_one())
    if picture:
        pictures.put(conn, vault, push_id, picture)
    first = _set(conn, house, push_id, found, at, rule, now)
    conn.execute(update(t.pushes).where(t.pushes.c.id == push_id).values(at=first))
    when = occurrences.kept(rule) if rule else at.isoformat() if at else "now"
    what = body.get("flow") or body.get("picture", "text")
    about = {"push": push_id, "what": what, "when": when, "to": _told(to), "n": len(found.included)}
    audit.note(conn, by, "push", about, now)
    progress.begin(conn, push_id, watch, now)
    return push_id


def _set(
    conn: Connection, house: House, push_id: int, found: recipients.Among, at: datetime | None, rule: Rule | None,
    now: datetime,
) -> datetime:  # fmt: skip
    """The timers; the soonest instant at which something leaves."""
    if rule:
        return occurrences.begin(conn, house, push_id, rule, now) or now
    scope = str(push_id)
    timers = [Timer(f"e{row.id}", "push", scope, _local(at, row.zone, now), {"push": push_id}, enrolment_id=row.id)
              for row in found.included]  # fmt: skip
    left_out = [occurrences.left_out(push_id, row, scope, why, now) for row, why in found.excluded]
    insert_timers(conn, [*timers, *left_out])
    return min((timer.due_at for timer in timers), default=now)


def _told(to: Audience) -> dict[str, Any]:
    """An audience as it is written down: names of the house; of people, how many."""
    named = audience.kept(to)
    return {**named, "people": len(to.people)} if to.people else named


@lru_cache(256)
def _local(at: datetime | None, zone_name: str, now: datetime) -> datetime:
    if at is None:
        return now
    return resolve(at, zone(zone_name)) if at.tzinfo is None else at


# --- held back, and stopped ------------------------------------------------------------------


def pause(conn: Connection, push_id: int, by: By, now: datetime) -> int:
    """What has not left waits, and is seen to wait; how many that is. Twice does nothing."""
    push = _push(conn, push_id)
    if push is None or push.state == "cancelled" or push.paused_at:
        return 0
    conn.execute(update(t.pushes).where(t.pushes.c.id == push_id).values(paused_at=now))
    r, o = t.timers, t.outbox
    waits = {"state": "held", "why": PAUSED, "settled_at": now}
    n = _withdrawn(conn, push, waits, now)
    pending = update(r).where(_mine(push), r.c.state == "pending")
    n += conn.execute(pending.values(**waits)).rowcount
    for which in _unsent(conn, push):
        n += conn.execute(update(o).where(which, o.c.state == "ready").values(state="held", reason=PAUSED)).rowcount
    audit.note(conn, by, "push_pause", {"push": push_id, "n": n}, now)
    progress.begin(conn, push_id, push.watch, now)
    return n


def resume(conn: Connection, push_id: int, by: By, now: datetime) -> int:
    """What waited for this leaves at the next allowed minute; how many that is."""
    push = _push(conn, push_id)
    if push is None or push.state == "cancelled" or not push.paused_at:
        return 0
    conn.execute(update(t.pushes).where(t.pushes.c.id == push_id).values(paused_at=None))
    r, o, e, p = t.timers, t.outbox, t.enrolments.c, t.people.c
    held = update(r).where(_mine(push), r.c.state == "held", r.c.why == PAUSED)
    n = conn.execute(held.values(state="pending", why=None, settled_at=None)).rowcount
    shut = exists().where(e.id == o.c.enrolment_id, p.id == e.person_id,
                          or_(p.reachable.is_(False), e.held_at.is_not(None)))  # fmt: skip
    for which in _unsent(conn, push):
        waiting = update(o).where(which, o.c.state == "held", o.c.reason == PAUSED)
        conn.execute(waiting.where(shut).values(reason=None))
        n += conn.execute(waiting.where(~shut).values(state="ready", reason=None)).rowcount
    audit.note(conn, by, "push_resume", {"push": push_id, "n": n}, now)
    progress.begin(conn, push_id, push.watch, now)
    return n


def cancel(conn: Connection, push_id: int, by: By, now: datetime) -> int:
    """Stops what has not left yet; how many messages and capsules that spares. What already left stays where it is."""
    push = _push(conn, push_id)
    if push is None or push.state == "cancelled":
        return 0
    conn.execute(update(t.pushes).where(t.pushes.c.id == push_id).values(state="cancelled", paused_at=None))
    r, o = t.timers, t.outbox
    spared = occurrences.halt(conn, push_id, now)
    gone = {"state": "cancelled", "why": "withdrawn", "settled_at": now}
    spared += _withdrawn(conn, push, gone, now)
    waiting = update(r).where(_mine(push), r.c.state.in_(("pending", "held")))
    spared += conn.execute(waiting.values(**gone)).rowcount
    for which in _unsent(conn, push):
        ready = update(o).where(which, o.c.state.in_(("ready", "held")))
        spared += conn.execute(ready.values(state="dropped", reason="withdrawn")).rowcount
    audit.note(conn, by, "push_cancel", {"push": push_id, "n": spared}, now)
    progress.begin(conn, push_id, push.watch, now)
    return spared


def _mine(push: Row[Any]) -> ColumnElement[bool]:
    return recipients.of_push(push.id, push.rule is not None)


def _withdrawn(conn: Connection, push: Row[Any], timers: Mapping[str, Any], now: datetime) -> int:
    """Modules that wait behind an open question never open; their timers become what `timers` says."""
    flow, r, u = push.audience.get("flow"), t.timers, t.runs
    if not flow:
        return 0
    n = 0
    fired = (_mine(push), r.c.state == "fired", r.c.why.is_(None))
    query = select(r.c.id, u.c.id.label("run")).join(u, (u.c.enrolment_id == r.c.enrolment_id) & (u.c.flow == flow))
    rows = conn.execute(query.where(*fired, u.c.state == "queued")).all()
    for some in _sliced(rows):
        stopped = update(u).where(u.c.id.in_([row.run for row in some]), u.c.state == "queued")
        n += conn.execute(stopped.values(state="stopped", closed_at=now)).rowcount
        conn.execute(update(r).where(r.c.id.in_([row.id for row in some])).values(**timers))
    return n


def _unsent(conn: Connection, push: Row[Any]) -> Iterator[ColumnElement[bool]]:
    """What was queued by it and of which nothing has left: texts by their cause, modules before their first message."""
    o, r, u = t.outbox, t.timers.c, t.runs.c
    flow = push.audience.get("flow")
    if not flow:
        yield _texts(push)
        return
    opened = select(u.id).join(t.timers, r.enrolment_id == u.enrolment_id)
    begun = o.alias("begun")
    left = exists().where(begun.c.run_id == u.id, begun.c.state.not_in(("ready", "held", "dropped")))
    ids = conn.execute(opened.where(_mine(push), r.state == "fired", u.flow == flow, ~left)).scalars().all()
    for some in _sliced(ids):
        yield o.c.run_id.in_(some) & (o.c.rank >= SCHEDULED)


# --- those there are -------------------------------------------------------------------------


def one(conn: Connection, vault: Vault, push_id: int, now: datetime) -> Listed | None:
    return next(iter(_all(conn, vault, t.pushes.c.id == push_id, 1, None, now)), None)


def listed(conn: Connection, vault: Vault, now: datetime, limit: int, before: int | None = None) -> list[Listed]:
    """The newest first; with `before`, those of a smaller number."""
    return _all(conn, vault, t.pushes.c.id > 0, limit, before, now)


def _all(
    conn: Connection, vault: Vault, where: ColumnElement[bool], limit: int, before: int | None, now: datetime
) -> list[Listed]:
    p = t.pushes.c
    query = select(t.pushes).where(where).order_by(p.id.desc()).limit(limit)
    rows = conn.execute(query if before is None else query.where(p.id < before)).all()
    vault.ready(conn, [0], now)
    return [_listed(conn, vault, row, now) for row in rows]


def _listed(conn: Connection, vault: Vault, row: Row[Any], now: datetime) -> Listed:
    body, counts = vault.open_json(0, "pushes.body", row.body), outcome.timers(conn, _mine(row))
    left = counts["pending"] + counts["held"]
    return Listed(row.id, _state(conn, row, left, now), row.created_at, row.at, audience.opened(row.audience),
                  body.get("text", ""), occurrences.opened(row.rule) if row.rule else None, left,
                  counts["fired"], body.get("flow"), body.get("picture"))  # fmt: skip


def _state(conn: Connection, row: Row[Any], left: int, now: datetime) -> str:
    if row.state == "cancelled" or row.paused_at:
        return "cancelled" if row.state == "cancelled" else "paused"
    if row.at > now or (row.rule and occurrences.stands(conn, row.id)):
        return "planned"
    return "under_way" if left or _queued(conn, row) else "done"


def _queued(conn: Connection, push: Row[Any]) -> bool:
    o = t.outbox.c
    waits = (_texts(push), o.state.in_(("ready", "sending")))
    return conn.execute(select(o.id).where(*waits).limit(1)).first() is not None


def _texts(push: Row[Any]) -> ColumnElement[bool]:
    """The messages its timers put in the outbox."""
    return t.outbox.c.cause.in_(select(outcome.cause()).where(_mine(push), t.timers.c.state == "fired"))


def _push(conn: Connection, push_id: int) -> Row[Any] | None:
    return conn.execute(select(t.pushes).where(t.pushes.c.id == push_id)).first()


def _sliced(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), SLICE):
        yield rows[start : start + SLICE]
