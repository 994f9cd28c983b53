"""A text or a capsule sent to many at once: who will get it, who will not and why, and what became of it (S15).

Reads no answer. Each recipient has one timer per push; `bot.conversation.due` sends it when its hour has come.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, false, func, insert, or_, select, true, update

from bot.conversation.house import House
from bot.store import tables as t
from bot.store.case import BROADCAST, Timer
from bot.store.saving import upsert_timers
from bot.store.vault import Vault
from flows.calendar import resolve, zone

T = TypeVar("T")

EVERYBODY = "*"
"""The cohort of all participants."""

TWICE = timedelta(hours=12)
"""The same text to the same person within this time is asked about again."""

SLICE = 500
"""Ids in one statement, for lists that may be long."""

Body = Mapping[str, str]
"""{"text": …} or {"flow": "capsule:<id>"}."""


@dataclass(frozen=True, slots=True)
class Preview:
    """`excluded` holds the reason, the end of a phrase's name; `repeat`: the same body went to some of them lately."""

    included: list[tuple[int, str]]
    excluded: list[tuple[int, str, str]]
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a push for one person. `state`: planned, held, queued, ready, sent, doubtful, refused, cancelled,
    skipped; `why` is the reason of the last two, or of who was left out."""

    person_id: int
    state: str
    at: datetime | None
    why: str | None = None


# --- who -------------------------------------------------------------------------------------


def cohorts(conn: Connection) -> list[tuple[str, int]]:
    """Every cohort by name, with how many people are in it."""
    c = t.enrolments.c.cohort
    query = select(c, func.count()).where(c.is_not(None), c != "").group_by(c).order_by(c)
    return [(row[0], row[1]) for row in conn.execute(query)]


def preview(
    conn: Connection, vault: Vault, house: House, *, body: Body, now: datetime, cohort: str | None = None,
    person_ids: Collection[int] | None = None,
) -> Preview:  # fmt: skip
    """Who would get it, among a cohort and the people named, each once; a fixed number of statements for any number.

    Raises KeyError for a capsule that does not exist, ValueError for a body that is neither.
    """
    _check(house, body)
    people = _people(conn, cohort, person_ids)
    vault.ready(conn, [0, *(row.person_id for row in people)], now)
    busy, had = (_busy(conn), _had(conn, body)) if "flow" in body else (set(), set())
    found = Preview([], [])
    for row in people:
        name = vault.open_text(row.person_id, "people.name", row.name)
        reason = _reason(row, busy, had)
        if reason:
            found.excluded.append((row.person_id, name, reason))
        else:
            found.included.append((row.person_id, name))
    lately = _lately(conn, body, now)
    return Preview(found.included, found.excluded, any(id in lately for id, _ in found.included))


def _check(house: House, body: Body) -> None:
    if set(body) == {"flow"}:
        if not house.library.has_flow(body["flow"]):
            raise KeyError(body["flow"])
    elif set(body) != {"text"} or not body["text"].strip():
        raise ValueError("Un texte ou une capsule est attendu.")


def _reason(row: Row[Any], busy: Collection[int], had: Collection[int]) -> str | None:
    if row.state != "active":
        return str(row.state)
    if not row.reachable or row.chat_id is None:
        return "unreachable"
    if row.id in had:
        return "had_it"
    return "in_module" if row.id in busy else None


def _people(conn: Connection, cohort: str | None, person_ids: Collection[int] | None) -> Sequence[Row[Any]]:
    """One row a person, in the order they joined, whatever groups they are in."""
    named = sorted(set(person_ids or ()))
    groups = [_of(cohort), *(t.enrolments.c.person_id.in_(some) for some in _sliced(named))]
    rows: dict[int, Row[Any]] = {}
    for group in groups:
        rows.update({row.person_id: row for row in conn.execute(_enrolled().where(group))})
    return [rows[id] for id in sorted(rows)]


def _enrolled() -> Any:
    e, p = t.enrolments.c, t.people.c
    columns = select(e.id, e.person_id, e.state, p.name, p.zone, p.chat_id, p.reachable)
    return columns.join(t.people, p.id == e.person_id)


def _of(cohort: str | None) -> ColumnElement[bool]:
    if cohort is None:
        return false()
    e = t.enrolments.c
    return e.state != "ended" if cohort == EVERYBODY else e.cohort == cohort


def _busy(conn: Connection) -> set[int]:
    """Enrolments with a question open at this moment."""
    return set(conn.execute(select(t.runs.c.enrolment_id).where(t.runs.c.state == "waiting")).scalars())


def _had(conn: Connection, body: Body) -> set[int]:
    """Enrolments that had this module, or are about to."""
    r = t.runs.c
    ran = set(conn.execute(select(r.enrolment_id).where(r.flow == body["flow"], r.state != "expired")).scalars())
    return ran | {row.enrolment_id for row in _sent(conn, body, None) if row.state in ("pending", "held")}


def _lately(conn: Connection, body: Body, now: datetime) -> set[int]:
    """People who were sent the same within twelve hours, or are about to be."""
    rows = _sent(conn, body, now)
    return {row.person_id for row in rows}


def _sent(conn: Connection, body: Body, now: datetime | None) -> Sequence[Row[Any]]:
    """Timers of earlier pushes of this body; with `now`, those that still count as recent."""
    r, e, p = t.timers.c, t.enrolments.c, t.pushes.c
    same = [str(id) for id in conn.execute(select(p.id).where(p.digest == digest(body))).scalars()]
    recent = true() if now is None else or_(r.state.in_(("pending", "held")), r.settled_at > now - TWICE)
    query = select(r.enrolment_id, e.person_id, r.state).join(t.enrolments, e.id == r.enrolment_id)
    where = (r.kind == "push", r.scope.in_(same), r.state.in_(("pending", "held", "fired")), recent)
    return list(conn.execute(query.where(*where))) if same else []


def digest(body: Body) -> bytes:
    return hashlib.sha256(json.dumps(dict(body), sort_keys=True).encode()).digest()


# --- planning --------------------------------------------------------------------------------


def plan(
    conn: Connection, vault: Vault, house: House, *, by_id: int | None, body: Body, now: datetime,
    at: datetime | None = None, cohort: str | None = None, person_ids: Collection[int] | None = None,
) -> int:  # fmt: skip
    """Writes the push and one timer per recipient, chosen anew; gives the push's id.

    A naive `at` is that hour where each recipient lives, an aware one the same instant for all, None is now. Quiet
    hours are looked at when it leaves. Raises as `preview`.
    """
    found = preview(conn, vault, house, body=body, now=now, cohort=cohort, person_ids=person_ids)
    left_out = [[id, reason] for id, _, reason in found.excluded]
    row = {"by_id": by_id, "body": vault.seal_json(0, "pushes.body", dict(body)), "digest": digest(body),
           "audience": {"cohort": cohort, "people": sorted(set(person_ids or ())), "flow": body.get("flow"),
                        "left_out": left_out},
           "at": now, "state": "planned", "created_at": now}  # fmt: skip
    push_id = int(conn.execute(insert(t.pushes).values(**row).returning(t.pushes.c.id)).scalar_one())
    chosen = {id for id, _ in found.included}
    people = [person for person in _people(conn, cohort, person_ids) if person.person_id in chosen]
    timers = [_timer(push_id, person, _local(at, person.zone, now)) for person in people]
    upsert_timers(conn, timers)
    first = min((timer.due_at for timer in timers), default=now)
    conn.execute(update(t.pushes).where(t.pushes.c.id == push_id).values(at=first))
    return push_id


def _timer(push_id: int, person: Row[Any], due_at: datetime) -> Timer:
    return Timer(f"e{person.id}", "push", str(push_id), due_at, {"push": push_id}, enrolment_id=person.id)


@lru_cache(256)
def _local(at: datetime | None, zone_name: str, now: datetime) -> datetime:
    if at is None:
        return now
    return resolve(at, zone(zone_name)) if at.tzinfo is None else at


def cancel(conn: Connection, push_id: int, now: datetime) -> int:
    """Stops what has not left yet; how many messages and capsules that spares. What already left stays where it is."""
    push = _push(conn, push_id)
    if push is None:
        return 0
    fired = [row for row in _timers(conn, push_id) if row.state == "fired"]
    conn.execute(update(t.pushes).where(t.pushes.c.id == push_id).values(state="cancelled"))
    r = t.timers
    waiting = update(r).where(r.c.kind == "push", r.c.scope == str(push_id), r.c.state.in_(("pending", "held")))
    spared = conn.execute(waiting.values(state="cancelled", why="withdrawn", settled_at=now)).rowcount
    flow = push.audience["flow"]
    for some in _sliced(fired):
        mine = [row.id for row in _texts(conn, some).values()]
        spared += _withdraw(conn, flow, some, now) if flow else _drop(conn, t.outbox.c.id.in_(mine))
    return spared


def _withdraw(conn: Connection, flow: str, fired: Sequence[Row[Any]], now: datetime) -> int:
    """A capsule that waits its turn never opens; one whose messages are still here does not leave."""
    r = t.runs
    mine = (r.c.flow == flow, r.c.enrolment_id.in_([row.enrolment_id for row in fired]))
    queued = update(r).where(*mine, r.c.state == "queued").values(state="stopped", closed_at=now)
    opened = select(r.c.id).where(*mine, r.c.state != "queued")
    return _drop(conn, t.outbox.c.run_id.in_(opened)) + conn.execute(queued).rowcount


def _drop(conn: Connection, which: ColumnElement[bool]) -> int:
    o = t.outbox
    ready = update(o).where(which, o.c.state.in_(("ready", "held")))
    return conn.execute(ready.values(state="dropped", reason="withdrawn")).rowcount


# --- what became of it -----------------------------------------------------------------------


def outcome(conn: Connection, push_id: int) -> list[Fate]:
    """One row per person it was meant for, by person; those left out from the start have their reason (S15)."""
    push = _push(conn, push_id)
    if push is None:
        return []
    timers, flow = _timers(conn, push_id), push.audience["flow"]
    fates = [_fate(row, None, None) for row in timers if row.state != "fired"]
    for some in _sliced([row for row in timers if row.state == "fired"]):
        runs = _runs(conn, flow, some)
        sent = _opened(conn, runs) if flow else _texts(conn, some)
        fates += [
            _fate(row, sent.get(row.id if not flow else row.enrolment_id), runs.get(row.enrolment_id)) for row in some
        ]
    fates += [Fate(id, "skipped", None, reason) for id, reason in push.audience["left_out"]]
    return sorted(fates, key=lambda fate: fate.person_id)


def _fate(timer: Row[Any], sent: Any, run: Any) -> Fate:
    if timer.state == "pending":
        return Fate(timer.person_id, "planned", timer.due_at)
    if timer.state != "fired":
        state = "held" if timer.state == "held" else "cancelled"
        return Fate(timer.person_id, state, timer.settled_at, timer.why)
    if sent is not None:
        state = {"sending": "ready", "dropped": "cancelled"}.get(sent.state, sent.state)
        return Fate(timer.person_id, state, sent.sent_at or timer.settled_at, sent.reason)
    if timer.why:
        return Fate(timer.person_id, "skipped", timer.settled_at, timer.why)
    states = {"queued": "queued", "stopped": "cancelled", "expired": "cancelled"}
    return Fate(timer.person_id, states.get(run.state if run else "", "sent"), timer.settled_at)


def tally(fates: Sequence[Fate]) -> Counter[str]:
    """How many people in each state."""
    return Counter(fate.state for fate in fates)


def _timers(conn: Connection, push_id: int) -> Sequence[Row[Any]]:
    r, e = t.timers.c, t.enrolments.c
    columns = select(r.id, r.enrolment_id, e.person_id, r.due_at, r.state, r.why, r.settled_at)
    joined = columns.join(t.enrolments, e.id == r.enrolment_id)
    return list(conn.execute(joined.where(r.kind == "push", r.scope == str(push_id))))


def _texts(conn: Connection, fired: Sequence[Row[Any]]) -> dict[int, Any]:
    """Timer of a text -> what it queued: in the same turn, and several of one turn in the order of their timers."""
    r, o = t.timers.c, t.outbox.c
    who = sorted({row.enrolment_id for row in fired})
    modules = {str(row.id) for row in conn.execute(select(t.pushes.c.id, t.pushes.c.audience)) if row.audience["flow"]}
    columns = select(o.id, o.enrolment_id, o.created_at, o.state, o.sent_at, o.reason)
    queued: dict[tuple[int, datetime], list[Any]] = {}
    for row in conn.execute(columns.where(o.enrolment_id.in_(who), o.rank == BROADCAST).order_by(o.id)):
        queued.setdefault((row.enrolment_id, row.created_at), []).append(row)
    timers = select(r.id, r.enrolment_id, r.settled_at, r.scope).where(r.kind == "push", r.state == "fired")
    found: dict[int, Any] = {}
    for timer in conn.execute(timers.where(r.enrolment_id.in_(who)).order_by(r.id)):
        turn = queued.get((timer.enrolment_id, timer.settled_at))
        if timer.scope not in modules and turn:
            found[timer.id] = turn.pop(0)
    return found


def _runs(conn: Connection, flow: str | None, timers: Sequence[Row[Any]]) -> dict[int, Any]:
    """The module this push began, by enrolment."""
    r = t.runs.c
    if not flow:
        return {}
    mine = r.enrolment_id.in_([row.enrolment_id for row in timers])
    rows = conn.execute(select(r.id, r.enrolment_id, r.state).where(r.flow == flow, mine).order_by(r.nth))
    return {row.enrolment_id: row for row in rows}


def _opened(conn: Connection, runs: Mapping[int, Any]) -> dict[int, Any]:
    """The first message of each module that was opened, by enrolment."""
    o = t.outbox.c
    columns = select(o.enrolment_id, o.state, o.sent_at, o.reason)
    mine = columns.where(o.run_id.in_([run.id for run in runs.values()]))
    return {row.enrolment_id: row for row in conn.execute(mine.order_by(o.id.desc()))}


def _push(conn: Connection, push_id: int) -> Row[Any] | None:
    return conn.execute(select(t.pushes).where(t.pushes.c.id == push_id)).first()


def _sliced(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), SLICE):
        yield rows[start : start + SLICE]
