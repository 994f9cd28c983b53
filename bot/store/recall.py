"""What the desk made for a coach and still waits to leave, taken out of the queue once it may be true no more.

A digest, its excerpts and a brief tell what stood when they were made. The desk makes them anew (RETURN); nothing late
leaves. Must run inside the turn's transaction.
"""

from sqlalchemy import ColumnElement, Connection, Update, or_, select, update

from bot.store import tables as t
from bot.store.case import Case, Changes, Timer
from bot.store.outbox import RESTORED

RETURN = "return"
"""The timer of a coach whose digest and briefs are to be looked at again, now."""

BRIEF, DIGEST, QUOTE = "brief:", "digest:", "quote:"
"""How the causes of these messages begin; of a digest, its id follows."""

ANEW = "made_anew"
"""Why such a message was dropped."""

OUT = t.outbox.c


def returned(coach_id: int, case: Case) -> Timer:
    return Timer(f"c{coach_id}", RETURN, "", case.now, {"coach": coach_id})


def late(conn: Connection, chat_id: int) -> None:
    """What was held for a chat while nothing reached it."""
    conn.execute(_dropping(OUT.chat_id == chat_id, OUT.state == "held", OUT.reason.is_distinct_from(RESTORED)))


def taken_back(conn: Connection, case: Case, changes: Changes) -> list[Timer]:
    """After somebody took an answer back, or limited what is done with all: nothing waits any more that may tell it.

    Gives the timers that make anew what was dropped.
    """
    if case.person is None or case.enrolment is None or case.coach is None or not _takes(case, changes):
        return []
    waiting = OUT.state.in_(("ready", "held"))
    quoting = conn.execute(_dropping(OUT.owner_id == case.person.id, waiting, _begins(BRIEF, QUOTE))).rowcount
    digests = select(OUT.cause).where(OUT.owner_id == case.coach.id, waiting, _begins(DIGEST))
    causes = conn.execute(digests).scalars().all()
    r = t.replies.c
    told = select(r.digest_id).where(r.enrolment_id == case.enrolment.id, r.digest_id.is_not(None)).distinct()
    theirs = {f"{DIGEST}{id}:0" for id in conn.execute(told).scalars()} if causes else set()
    counting = theirs.intersection(causes)
    if counting:
        conn.execute(_dropping(OUT.cause.in_(counting)))
    return [returned(case.coach.id, case)] if quoting or counting else []


def _takes(case: Case, changes: Changes) -> bool:
    limited = case.enrolment is not None and changes.enrolment and case.enrolment.restricted_at == case.now
    erased = any(reply.how == "erased" for reply in changes.replies)
    return limited or erased or bool(changes.unsaid) or any(private for _, _, private in changes.owned)


def _begins(*causes: str) -> ColumnElement[bool]:
    return or_(*(OUT.cause.startswith(cause) for cause in causes))


def _dropping(*which: ColumnElement[bool]) -> Update:
    return update(t.outbox).where(*which, _begins(BRIEF, DIGEST, QUOTE)).values(state="dropped", reason=ANEW)
