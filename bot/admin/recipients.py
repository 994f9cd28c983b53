"""What a push brings, who of an audience gets it, and why the others do not. Reads no answer and checks no rights."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select, true

from bot.admin import audience
from bot.admin.audience import Audience
from bot.conversation.house import House
from bot.store import tables as t

TWICE = timedelta(hours=12)
"""The same text to the same person within this time is asked about again."""

PICTURES = ("photo", "document")

Body = Mapping[str, str]
"""{"text": …}, with {"picture": "photo" or "document"} beside it or not; or {"flow": a module's id, `capsule:<id>`}."""


@dataclass(frozen=True, slots=True)
class Among:
    """`excluded` holds the reason, the end of a phrase's name; `repeat`: the same went to some of them lately."""

    included: list[Row[Any]]
    excluded: list[tuple[Row[Any], str]]
    repeat: bool = False


def check(house: House, body: Body) -> None:
    """Raises KeyError for a module that does not exist, ValueError for a body that is none."""
    if set(body) == {"flow"}:
        if not house.library.has_flow(body["flow"]):
            raise KeyError(body["flow"])
    elif not _words(body):
        raise ValueError("Un texte ou une capsule est attendu.")


def _words(body: Body) -> bool:
    """A picture comes with words: they are its caption."""
    return {"text"} <= set(body) <= {"text", "picture"} and bool(body["text"].strip()) and (
        body.get("picture", PICTURES[0]) in PICTURES)  # fmt: skip


def among(conn: Connection, house: House, body: Body, to: Audience, now: datetime) -> Among:
    """Everybody of the audience, each once, in a fixed number of statements. Raises as `check`."""
    check(house, body)
    rows = audience.rows(conn, house, to, now)
    busy, had = (_busy(conn), _had(conn, body)) if "flow" in body else (set(), set())
    found = Among([], [])
    for row in rows:
        reason = _reason(row, busy, had)
        if reason:
            found.excluded.append((row, reason))
        else:
            found.included.append(row)
    lately = {row.person_id for row in _sent(conn, body, now)}
    return Among(found.included, found.excluded, any(row.person_id in lately for row in found.included))


def _reason(row: Row[Any], busy: Collection[int], had: Collection[int]) -> str | None:
    if row.state != "active":
        return str(row.state)
    if row.restricted_at is not None:
        return "restricted"
    if row.held_at is not None:
        return "distress"
    if not row.reachable or row.chat_id is None:
        return "unreachable"
    if row.id in had:
        return "had_it"
    return "in_module" if row.id in busy else None


def _busy(conn: Connection) -> set[int]:
    """Enrolments with a question open at this moment."""
    return set(conn.execute(select(t.runs.c.enrolment_id).where(t.runs.c.state == "waiting")).scalars())


def _had(conn: Connection, body: Body) -> set[int]:
    """Enrolments that had this module, or are about to."""
    r = t.runs.c
    gone = ("expired", "stopped")
    ran = set(conn.execute(select(r.enrolment_id).where(r.flow == body["flow"], r.state.not_in(gone))).scalars())
    return ran | {row.enrolment_id for row in _sent(conn, body, None) if row.state in ("pending", "held")}


def _sent(conn: Connection, body: Body, now: datetime | None) -> Sequence[Row[Any]]:
    """Timers of earlier pushes of this body; with `now`, those that still count as recent."""
    r, e, p = t.timers.c, t.enrolments.c, t.pushes.c
    same = conn.execute(select(p.id, p.rule).where(p.digest == digest(body))).all()
    if not same:
        return []
    recent = true() if now is None else or_(r.state.in_(("pending", "held")), r.settled_at > now - TWICE)
    query = select(r.enrolment_id, e.person_id, r.state).join(t.enrolments, e.id == r.enrolment_id)
    theirs = or_(*(of_push(row.id, row.rule is not None) for row in same))
    where = (theirs, r.state.in_(("pending", "held", "fired")), recent)
    return list(conn.execute(query.where(*where)))


def of_push(push_id: int, lasting: bool) -> ColumnElement[bool]:
    """A push's timers: their scope is its number when it leaves once, else with the occurrence behind it."""
    r = t.timers.c
    return and_(r.kind == "push", r.scope.like(f"{push_id}:%") if lasting else r.scope == str(push_id))


def digest(body: Body) -> bytes:
    return hashlib.sha256(json.dumps(dict(body), sort_keys=True).encode()).digest()
