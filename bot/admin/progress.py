"""How far a push is, in one message that changes in place: a bar, counts, and what may be done about it.

Edited at most every few seconds and only when something changed, through the outbox, where the newest edit takes the
place of one that still waits. Knows no recipient.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select, update

from bot.admin import labels, occurrences, outcome
from bot.admin.occurrences import Rule
from bot.admin.recipients import of_push
from bot.conversation.house import House
from bot.conversation.speech import Rows
from bot.store import tables as t
from bot.store.case import SCHEDULED, Outgoing, Timer
from bot.store.saving import insert_outbox, outbox_rows, upsert_timers
from bot.store.vault import Vault

PROGRESS = "progress"
"""The house's timer that looks how far a push is."""

BEAT = timedelta(seconds=3)

CELLS = 16
FULL, EMPTY = "▰", "▱"

MEANT = ("sent", "doubtful", "ready", "planned", "queued", "held", "refused")
"""States of whoever the push is for; the others never were, or no more."""


def begin(conn: Connection, push_id: int, watch: Mapping[str, Any] | None, now: datetime) -> None:
    """Looks in a moment, and goes on for as long as something leaves; nothing where no message shows it."""
    if watch:
        upsert_timers(conn, [Timer("house", PROGRESS, str(push_id), now + BEAT, {"push": push_id})])


def due(conn: Connection, vault: Vault, house: House, timer: Timer, now: datetime) -> None:
    """One look; the next is set."""
    push_id = int(timer.about["push"])
    p = t.pushes.c
    show(conn, vault, house, push_id, now)
    row = conn.execute(select(p.state, p.paused_at, p.rule).where(p.id == push_id)).first()
    goes_on = row is not None and not row.paused_at and row.state != "cancelled"
    again = _again(conn, push_id, row is not None and row.rule is not None, now) if goes_on else None
    if again is None:
        timer.state, timer.settled_at = "fired", now
    else:
        timer.due_at = again
    upsert_timers(conn, [timer])


def show(conn: Connection, vault: Vault, house: House, push_id: int, now: datetime) -> None:
    """The message is edited if it says something else by now."""
    p = t.pushes.c
    row = conn.execute(select(p.watch, p.state, p.paused_at, p.rule).where(p.id == push_id)).first()
    if row is None or not row.watch:
        return
    state = "cancelled" if row.state == "cancelled" else "paused" if row.paused_at else ""
    rule = occurrences.opened(row.rule) if row.rule else None
    said = told(house, push_id, state, rule, outcome.tally(conn, push_id))
    _edit(conn, vault, push_id, row.watch, said, now)


def _again(conn: Connection, push_id: int, lasting: bool, now: datetime) -> datetime | None:
    """In a moment while something leaves, else when the next is due, else no more."""
    r, o = t.timers.c, t.outbox.c
    mine = of_push(push_id, lasting)
    leaving = select(outcome.cause()).where(mine, r.state == "fired", r.settled_at > now - timedelta(days=1))
    waits = select(o.id).where(o.cause.in_(leaving), o.state.in_(("ready", "sending"))).limit(1)
    if conn.execute(waits).first() is not None:
        return now + BEAT
    looks = and_(r.owner == "house", r.kind == occurrences.ROUND, r.scope == str(push_id))
    ahead = or_(mine, looks) if lasting else mine
    planned = conn.execute(select(func.min(r.due_at)).where(ahead, r.state == "pending")).scalar()
    return max(now, planned) + BEAT if planned else None


def told(house: House, push_id: int, state: str, rule: Rule | None, counts: Counter[str]) -> dict[str, Any]:
    """The message as it should stand now, without its number. `state`: cancelled, paused, or nothing."""
    speech = house.speech
    total, gone = sum(counts[name] for name in MEANT), counts["sent"] + counts["doubtful"]
    lines = [speech.say("push_progress_title", id=push_id), *([speech.free(labels.when(house, rule))] if rule else []),
             bar(gone, total), speech.say("push_progress", n=gone, total=total)]  # fmt: skip
    rows = [f"{speech.phrases.say(f'push_state_{name}').strip()} : {counts[name]}" for name in outcome.STATES
            if counts[name] and name != "sent"]  # fmt: skip
    lines += [speech.free("\n".join(rows))] if rows else []
    lines += [speech.say(f"push_progress_{state}")] if state else []
    return speech.message("\n".join(lines), buttons(house, push_id, state, rule is not None, counts))


def bar(done: int, total: int) -> str:
    """« ▰▰▰▱▱▱▱▱ 37 % »: full only when everything is done."""
    part = done / total if total else 0.0
    cells = CELLS if total and done >= total else min(int(part * CELLS), CELLS - 1)
    return f"{FULL * cells}{EMPTY * (CELLS - cells)} {int(part * 100)} %"


def buttons(house: House, push_id: int, state: str, lasting: bool, counts: Counter[str]) -> Rows:
    """What may still be done; what became of each, always."""

    def label(key: str) -> str:
        return house.speech.phrases.say(key).strip()

    follow = [(label("push_follow"), f"d:out:{push_id}")]
    left = sum(counts[name] for name in (*outcome.UNDER_WAY, "queued", "held"))
    if state == "cancelled" or not (left or lasting):
        return [follow]
    verb, key = ("go", "push_resume") if state == "paused" else ("hold", "push_pause")
    hold = (label(key), f"d:{verb}:{push_id}")
    return [[hold, (label("push_stop"), f"d:stop:{push_id}")], follow]


def _edit(
    conn: Connection, vault: Vault, push_id: int, watch: Mapping[str, Any], said: Mapping[str, Any], now: datetime
) -> None:
    """Nothing when it would say the same, or when whoever watches is no longer here."""
    p, o = t.people.c, t.outbox
    mark = hashlib.sha256(repr(sorted(said.items())).encode()).hexdigest()[:16]
    here = conn.execute(select(p.chat_id).where(p.id == watch["person"], p.reachable.is_(True))).scalar()
    if watch.get("shown") == mark or here != watch["chat_id"]:
        return
    nth = int(watch.get("nth", 0)) + 1
    earlier = o.c.cause == f"w{push_id}:{nth - 1}:0"
    conn.execute(update(o).where(earlier, o.c.state == "ready").values(state="dropped", reason="replaced"))
    vault.ready(conn, [watch["person"]], now)
    edit = Outgoing("editMessageText", {**said, "message_id": watch["message_id"]}, here, watch["person"], SCHEDULED)
    insert_outbox(conn, outbox_rows(vault, [edit], f"w{push_id}:{nth}", now))
    anew = {**watch, "shown": mark, "nth": nth}
    conn.execute(update(t.pushes).where(t.pushes.c.id == push_id).values(watch=anew))
