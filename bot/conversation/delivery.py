"""What became of a send, written down: what it sets in motion, and whom it makes unreachable (S4.1, S11).

Knows outcomes and rows; makes no call.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, select

from bot.conversation import door
from bot.conversation.house import House
from bot.store import outbox
from bot.store import tables as t
from bot.store.case import DISTRESS, Timer, drawn_id
from bot.store.cases import Needs, by_chat
from bot.store.leaving import Leaving, Settled
from bot.store.lock import wait_for_chats
from bot.store.saving import Turned, insert_timers, save, upsert_timers
from bot.store.vault import Vault
from bot.telegram.gateway import Outcome
from bot.telegram.line import Doubtful, NotSent
from bot.telegram.outcome import Denied, Refused, Sent, Unreachable, Waiting
from flows.calendar import days_after, zone

log = structlog.get_logger()

REOFFER = timedelta(minutes=2)
"""After a question whose arrival is in doubt: if nothing was heard by then, it is put once more, and says so."""

MAKES = frozenset({"sendMessage", "sendPhoto", "sendDocument", "sendVoice", "sendAudio", "sendVideo"})


def judged(leaving: Leaving, outcome: Outcome, now: datetime) -> Settled:
    """An outcome as the state of its row. Only what makes a new message can be doubtful: the rest is simply redone."""
    match outcome:
        case Sent(message_id=message_id, result=result):
            return Settled(leaving, "sent", message_id, sent_at=now, file_id=_filed(leaving, result))
        case Waiting(seconds=seconds):
            return Settled(leaving, "ready", reason="429", not_before=now + timedelta(seconds=seconds))
        case Unreachable(reason=reason):
            return Settled(leaving, "held", reason=reason)
        case Refused(code=code, description=description):
            log.error("send refused", row=leaving.id, method=leaving.method, code=code, description=description)
            return Settled(leaving, "refused", reason=f"{code} {description}"[:200])
        case NotSent(reason=reason):
            return Settled(leaving, "ready", reason=reason[:200], not_before=now + backoff(leaving.attempts))
        case Denied():
            return Settled(leaving, "ready", reason="denied", not_before=now + timedelta(minutes=1))
        case Doubtful(reason=reason):
            return in_doubt(leaving, reason, now)


def _filed(leaving: Leaving, result: Any) -> str | None:
    """Telegram's name for the picture that was uploaded: of a photo, the largest of its sizes."""
    match result if leaving.picture else None:
        case {"photo": [*_, {"file_id": str(file_id)}]} | {"document": {"file_id": str(file_id)}}:
            return file_id
    return None


def in_doubt(leaving: Leaving, reason: str, now: datetime) -> Settled:
    if leaving.rank == DISTRESS and leaving.attempts < 3:  # twice is better than never
        return Settled(leaving, "ready", reason=reason[:200], not_before=now)
    if leaving.method in MAKES:
        return Settled(leaving, "doubtful", reason=reason[:200], sent_at=now)
    if leaving.method == "answerCallbackQuery" or leaving.attempts >= 3:
        return Settled(leaving, "dropped", reason=reason[:200])
    return Settled(leaving, "ready", reason=reason[:200], not_before=now + backoff(leaving.attempts))


def _cut(leaving: Leaving, now: datetime) -> Settled:
    if leaving.ordered and leaving.attempts < 3:
        return Settled(leaving, "ready", reason="crash", not_before=now)
    return in_doubt(leaving, "crash", now)


def backoff(attempts: int) -> timedelta:
    return timedelta(seconds=min(300, 2**attempts))


def settle(conn: Connection, vault: Vault, house: House, results: Sequence[Settled], now: datetime) -> None:
    """Writes a batch of results; timers start here, from the delivery and never from the queueing."""
    if not results:
        return
    results = _of_the_living(conn, outbox.settle(conn, vault, results, now))
    made = [timer for result in results for timer in _timers(result)]
    upsert_timers(conn, [timer for timer in made if timer.kind != "reoffer"])
    insert_timers(conn, [timer for timer in made if timer.kind == "reoffer"])  # once a question, however often in doubt
    _events(conn, results, now)
    shut = {result.leaving.chat_id: result.reason or "" for result in results if result.state == "held"}
    if shut:
        wait_for_chats(conn, shut)
        cases = by_chat(conn, vault, shut, Needs(), now)
        for chat_id, reason in shut.items():
            door.unreachable(house, cases[chat_id], reason)
        save(conn, vault, [Turned(case, f"x{drawn_id()}", case.take()) for case in cases.values()], now)


def _of_the_living(conn: Connection, results: Sequence[Settled]) -> list[Settled]:
    """Those whose enrolment still stands: somebody may have erased everything while a message was on its way."""
    ids = {result.leaving.enrolment_id for result in results} - {None}
    e = t.enrolments
    alive = set(conn.execute(select(e.c.id).where(e.c.id.in_(ids))).scalars()) if ids else set()
    return [result for result in results if result.leaving.enrolment_id in alive | {None}]


def _timers(result: Settled) -> list[Timer]:
    if result.sent_at is None:
        return []
    leaving, made = result.leaving, []
    for wake in leaving.wake:
        due_at = days_after(result.sent_at, int(wake["days"]), zone(wake["zone"]))
        about = {name: wake[name] for name in ("run", "step", "nth") if name in wake}
        made.append(Timer(wake["owner"], wake["kind"], wake["scope"], due_at, about, enrolment_id=leaving.enrolment_id))
    if result.state == "doubtful" and leaving.step is not None and leaving.enrolment_id is not None:
        about = {"run": leaving.run_id, "step": leaving.step}
        made.append(
            Timer(
                f"e{leaving.enrolment_id}",
                "reoffer",
                f"{leaving.run_id}:{leaving.step}",
                result.sent_at + REOFFER,
                about,
                enrolment_id=leaving.enrolment_id,
            )
        )
    return made


def _events(conn: Connection, results: Sequence[Settled], now: datetime) -> None:
    """A send that failed, or may have, is there for the coach to see; never its words."""
    seen = [r for r in results if r.state in ("doubtful", "refused") and r.leaving.enrolment_id is not None]
    if seen:
        conn.execute(
            t.events.insert(),
            [
                {
                    "enrolment_id": r.leaving.enrolment_id,
                    "at": now,
                    "kind": f"send_{r.state}",
                    "about": {"outbox": r.leaving.id, "key": r.leaving.key},
                }
                for r in seen
            ],
        )


def recover(
    conn: Connection, vault: Vault, house: House, now: datetime, everything: bool, gone: Collection[str] = ()
) -> int:
    """After a crash: what was under way is doubtful, not sent again blindly. `gone`: senders who are there no more.

    But for a document, which was most likely still being made: twice is better than never.
    """
    cut = outbox.cut_short(conn, vault, now, everything, gone)
    settle(conn, vault, house, [_cut(item, now) for item in cut], now)
    return len(cut)
