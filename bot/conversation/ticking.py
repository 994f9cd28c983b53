"""One tick: every timer that is due goes through the door of its kind, in one transaction (S4)."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, select

from bot.conversation import due
from bot.conversation.house import House
from bot.store import due as timers
from bot.store import tables as t
from bot.store.case import Case, Timer
from bot.store.cases import by_enrolment
from bot.store.lock import lock_chats
from bot.store.saving import Turned, save
from bot.store.vault import Vault

log = structlog.get_logger()


AT_ONCE = 1
"""The desk's timers of one transaction: each makes a whole digest or brief, and nobody is answered meanwhile."""


def tick(conn: Connection, vault: Vault, house: House, now: datetime, limit: int = 100) -> int:
    """Handles up to `limit` due timers of people, and few of the desk's; the number taken up, 0 when none is left.

    One that fails comes back in a minute; those of people whom another process is talking with are not taken up.
    """
    desk = t.timers.c.kind.in_(list(house.due))
    ours = timers.due(conn, now, AT_ONCE, desk)
    if ours:  # what the desk makes for everybody is under the house's own key
        vault.ready(conn, [0], now)
    for timer in ours:
        _house(conn, vault, house, timer, now)
    theirs = timers.due(conn, now, limit, ~desk)
    return len(ours) + (_people(conn, vault, house, theirs, now) if theirs else 0)


def _house(conn: Connection, vault: Vault, house: House, timer: Timer, now: datetime) -> None:
    try:
        with conn.begin_nested():
            house.due[timer.kind](conn, vault, house, timer, now)
    except Exception as error:
        log.exception("timer failed", timer=timer.id, kind=timer.kind, error=type(error).__name__)
        timers.put_off(conn, [timer], now)


def _people(conn: Connection, vault: Vault, house: House, found: Iterable[Timer], now: datetime) -> int:
    """Everybody at once; if that fails, each alone, so that one file that cannot be read holds up nobody else."""
    by_owner: dict[int, list[Timer]] = defaultdict(list)
    for timer in found:
        by_owner[timer.enrolment_id or 0].append(timer)
    ids = _locked(conn, by_owner)
    if not _played(conn, vault, house, ids, by_owner, now):
        for id in ids:
            if not _played(conn, vault, house, [id], by_owner, now):
                timers.put_off(conn, by_owner[id], now)
    return sum(len(by_owner[id]) for id in ids)


def _played(
    conn: Connection, vault: Vault, house: House, ids: list[int], by_owner: dict[int, list[Timer]], now: datetime
) -> bool:
    """Whether these people's timers were all taken up; if not, nothing of it stays."""
    try:
        with conn.begin_nested():
            cases = by_enrolment(conn, vault, ids, now)
            house.shelf.complete(conn, cases.values())
            _with_pushes(conn, vault, cases.values(), now)
            turns = [turn for id, case in cases.items() for turn in _turns(conn, house, case, by_owner[id], now)]
            save(conn, vault, turns, now)
    except Exception as error:
        log.error("timers undone", people=len(ids), error=type(error).__name__)
        return False
    return True


def _locked(conn: Connection, ids: Iterable[int]) -> list[int]:
    """Those nobody else is talking with right now; the others' timers stay pending for the next tick (S8.11)."""
    joined = select(t.enrolments.c.id, t.people.c.chat_id).join(t.people, t.people.c.id == t.enrolments.c.person_id)
    rows = conn.execute(joined.where(t.enrolments.c.id.in_(list(ids)))).all()
    gained = set(lock_chats(conn, [row.chat_id for row in rows if row.chat_id is not None]))
    return [row.id for row in rows if row.chat_id is None or row.chat_id in gained]


def _turns(conn: Connection, house: House, case: Case, found: list[Timer], now: datetime) -> list[Turned]:
    mine = [held for held in case.timers if held.id in {timer.id for timer in found} and held.state == "pending"]
    named = ",".join(f"{timer.id}@{timer.due_at.isoformat()}" for timer in mine)
    cause = "t" + hashlib.sha256(named.encode()).hexdigest()[:32]
    try:
        due.all_due(house, case, mine)
    except Exception as error:
        log.exception("timers failed", timers=[timer.id for timer in mine], error=type(error).__name__)
        timers.put_off(conn, found, now)
        return []
    return [Turned(case, cause, case.take())]


def _with_pushes(conn: Connection, vault: Vault, cases: Iterable[Case], now: datetime) -> None:
    """What each push brings, opened once however many people it is for."""
    wanted = {
        timer.about["push"]
        for case in cases
        for timer in case.timers
        if timer.kind == "push" and timer.state == "pending"
    }
    if not wanted:
        return
    p = t.pushes.c
    columns = select(p.id, p.body, p.paused_at)
    rows = conn.execute(columns.where(p.id.in_(wanted), p.state != "cancelled")).all()
    vault.ready(conn, [0], now)
    bodies = {row.id: _body(vault, row) for row in rows}
    for case in cases:
        case.pushes = bodies


def _body(vault: Vault, row: Any) -> Mapping[str, str]:
    """Of one that an admin paused, that it is."""
    held: Mapping[str, str] = {"paused": "yes"} if row.paused_at else vault.open_json(0, "pushes.body", row.body)
    return held
