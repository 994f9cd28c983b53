"""Distress signalled, until somebody says they saw it (S18): for the coach, their deputy, then the référents.

A name and what to do, never a word of anybody. Nothing closes an alert but a person. Checks no rights beyond whose
alerts these are.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Connection, Row, Select, insert, or_, select, update

from bot.conversation.crisis import ALERT
from bot.conversation.house import House
from bot.desk import people
from bot.desk.roll import named
from bot.store import tables as t
from bot.store.case import DISTRESS, Outgoing, Person, Timer
from bot.store.cases import person
from bot.store.saving import insert_outbox, outbox_rows, upsert_timers
from bot.store.vault import Vault

log = structlog.get_logger()

KIND = "distress"
E, V, A = t.enrolments.c, t.events.c, t.absences.c

WAITS = tuple(timedelta(minutes=minutes) for minutes in (15, 15, 30, 60, 120))
"""How long after each call the next one comes, for as long as nobody answers; then every four hours."""

LONGEST_WAIT = timedelta(hours=4)
WIDER = timedelta(minutes=30)
"""How long after the distress the référents are called too (cadre 1.8, 2: fifteen minutes, and once again)."""

FRESH = timedelta(hours=2)
"""How long after a distress its author is told that somebody saw it, at whatever hour."""


def heard_by(coach_id: int, now: datetime) -> ColumnElement[bool]:
    """Those whose alerts reach this coach: their own participants, and those of a coach they stand in for now."""
    return or_(E.coach_id == coach_id, E.coach_id.in_(_relayed(coach_id, now)))


def relays(conn: Connection, coach_id: int, now: datetime) -> frozenset[int]:
    """The coaches whom this one stands in for at this moment."""
    return frozenset(row.coach_id for row in conn.execute(_relayed(coach_id, now)))


def unseen() -> ColumnElement[bool]:
    return (V.kind == KIND) & V.seen_at.is_(None)


def whose(conn: Connection, event_id: int) -> int | None:
    """The person an alert is about."""
    joined = select(E.person_id).join(t.events, V.enrolment_id == E.id)
    found: int | None = conn.execute(joined.where(V.id == event_id, V.kind == KIND)).scalar()
    return found


def standing(conn: Connection, vault: Vault, now: datetime) -> list[tuple[int, str, datetime]]:
    """Everybody whose alert nobody has seen, the oldest first: person, first name, since when."""
    query = select(E.person_id, V.at).join(t.events, V.enrolment_id == E.id).where(unseen()).order_by(V.id)
    since: dict[int, datetime] = {}
    for row in conn.execute(query):
        since.setdefault(row.person_id, row.at)
    names = people.names(conn, vault, since, now)
    return [(id, named(names[id]), at) for id, at in since.items() if id in names]


def acknowledge(conn: Connection, vault: Vault, house: House, person_id: int, by: Person, now: datetime) -> bool:
    """This person's alerts are seen, and call nobody any more; False when there was none left.

    Whoever saw them first stays named. Their author learns that somebody knows, if it is not long ago.
    """
    mine = select(E.id).where(E.person_id == person_id)
    seen = update(t.events).where(V.enrolment_id.in_(mine), unseen()).values(seen_at=now, seen_by=by.id)
    found = conn.execute(seen.returning(V.enrolment_id, V.at, V.id)).all()
    if not found:
        return False
    enrolment_id, r = found[0].enrolment_id, t.timers
    waiting = (r.c.enrolment_id == enrolment_id, r.c.kind == ALERT, r.c.state == "pending")
    conn.execute(update(r).where(*waiting).values(state="fired", why="seen", settled_at=now))
    about = {"by": by.id}
    conn.execute(insert(t.events).values(enrolment_id=enrolment_id, at=now, kind="alert_seen", about=about))
    if now - max(row.at for row in found) < FRESH:
        _comfort(conn, vault, house, person_id, by, max(row.id for row in found), now)
    return True


def due(conn: Connection, vault: Vault, house: House, timer: Timer, now: datetime) -> None:
    """Nobody answered: coach and deputy again, the référents from the second call on; and so on until somebody does."""
    waiting = (V.enrolment_id == timer.enrolment_id, unseen())
    if conn.execute(select(V.id).where(*waiting).limit(1)).first() is None:
        timer.state, timer.why, timer.settled_at = "stale", "seen", now
        return upsert_timers(conn, [timer])
    nth = int(timer.about["nth"])
    told = _call(conn, vault, house, timer, nth, now)
    if not told:
        log.error("nobody to hear a distress", enrolment=timer.enrolment_id,
                  do="marge invite referent --name Prénom")  # fmt: skip
    about = {"nth": nth, "n": told}
    conn.execute(insert(t.events).values(enrolment_id=timer.enrolment_id, at=now, kind="alert_repeated", about=about))
    timer.about = {**timer.about, "nth": nth + 1}
    timer.due_at = now + (WAITS[nth] if nth < len(WAITS) else LONGEST_WAIT)
    return upsert_timers(conn, [timer])


def _relayed(coach_id: int, now: datetime) -> Select[tuple[int]]:
    away = (A.deputy_id == coach_id, A.cancelled_at.is_(None), A.starts_at <= now, A.ends_at > now)
    return select(A.coach_id).where(*away)


def _call(conn: Connection, vault: Vault, house: House, timer: Timer, nth: int, now: datetime) -> int:
    """How many people were called."""
    row = conn.execute(select(E.person_id, E.coach_id).where(E.id == timer.enrolment_id)).one()
    near = _listeners(conn, row.coach_id, now)
    wide = not near or now - datetime.fromisoformat(timer.about["since"]) >= WIDER
    called = [*near, *(_referents(conn) if wide else ())]
    listeners = list({one.id: one for one in called}.values())
    names = people.names(conn, vault, [row.person_id, row.coach_id or 0], now)
    vault.ready(conn, [row.person_id], now)
    coach = named(names.get(row.coach_id, "")) or house.speech.label("alert_no_coach")
    said = house.speech.say("alert_again", name=named(names[row.person_id]), coach=coach)
    rows = [[(house.speech.label("desk_button_ack"), f"d:ack:{row.person_id}")]]
    outgoing = [
        Outgoing("sendMessage", house.speech.message(said, rows), one.chat_id, row.person_id, DISTRESS)
        for one in listeners
    ]
    insert_outbox(conn, outbox_rows(vault, outgoing, f"al{timer.id}:{timer.about['since']}:{nth}", now))
    return len(listeners)


def _listeners(conn: Connection, coach_id: int | None, now: datetime) -> Sequence[Row[Any, Any]]:
    """The coach, and whoever stands in for them today, as far as they can be reached."""
    deputies = select(A.deputy_id).where(A.coach_id == coach_id, A.cancelled_at.is_(None), A.starts_at <= now,
                                         A.ends_at > now)  # fmt: skip
    p = t.people.c
    return _reached(conn, or_(p.id == coach_id, p.id.in_(deputies)))


def _referents(conn: Connection) -> Sequence[Row[Any, Any]]:
    """The organisation's référents; its admins where it has none."""
    p = t.people.c
    return _reached(conn, p.role == "referent") or _reached(conn, p.role == "admin")


def _reached(conn: Connection, which: ColumnElement[bool]) -> Sequence[Row[Any, Any]]:
    p = t.people.c
    reached = (p.chat_id.is_not(None), p.reachable.is_(True))
    return conn.execute(select(p.id, p.chat_id).where(which, *reached).order_by(p.id)).all()


def _comfort(
    conn: Connection, vault: Vault, house: House, person_id: int, by: Person, event_id: int, now: datetime
) -> None:
    """« Camille a vu le signal » : who, not what they will do."""
    p = t.people
    row = conn.execute(select(p).where(p.c.id == person_id, p.c.chat_id.is_not(None), p.c.reachable.is_(True))).first()
    if row is None:
        return
    vault.ready(conn, [person_id], now)
    said = house.speech.phrase("crisis_seen", coach=named(by.name))
    out = Outgoing("sendMessage", said, person(vault, row).chat_id or 0, person_id, DISTRESS)
    insert_outbox(conn, outbox_rows(vault, [out], f"seen{event_id}", now))
