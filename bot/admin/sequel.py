"""A push once it is made, in the admin's chat: held back, taken up again, stopped, and what became of it (S15).

The message that shows how far it is edits itself; a button here changes the push, and that message follows.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from bot.admin import outcome, progress, pushes
from bot.admin.outcome import STATES, Fate
from bot.conversation.update import Pressed
from bot.desk import people
from bot.desk.roll import listed, named
from bot.desk.visit import Visit
from bot.store import audit
from bot.store.audit import By

NAMED = 20
"""People named under each state at first."""

PAGE = 40
"""People on a page of one state."""

Act = Callable[[Connection, int, By, datetime], int]


def follow(visit: Visit, press: Pressed, rest: str) -> str:
    """Each state with how many and who; of those who get nothing, why."""
    push_id = _number(rest)
    if push_id is None or not _counts(visit, push_id):
        return visit.label("old_button")
    _told(visit, push_id)
    return ""


def page(visit: Visit, press: Pressed, rest: str) -> str:
    """`<push>:<state>:<page>`: the people of one state, some at a time."""
    number, state, nth = ([*rest.split(":"), "", ""])[:3]
    push_id, place = _number(number), _number(nth)
    if push_id is None or place is None or state not in STATES or place > 10_000:
        return visit.label("old_button")
    fates = outcome.outcome(visit.conn, push_id, state=state, limit=PAGE + 1, offset=place * PAGE)
    if not fates:
        return visit.label("old_button")
    who = ", ".join(_who(visit, fates[:PAGE]))
    rows = [[(visit.label("push_more"), f"d:list:{push_id}:{state}:{place + 1}")]] if len(fates) > PAGE else []
    what = visit.label(f"push_state_{state}")
    n = _counts(visit, push_id)[state]
    visit.show(visit.house.speech.say("push_outcome_row", what=what, n=n, list=who), rows)
    return ""


def _acting(act: Act, done: str, nothing: str) -> Callable[[Visit, Pressed, str], str]:
    def acted(visit: Visit, press: Pressed, rest: str) -> str:
        push_id = _number(rest)
        if push_id is None or pushes.one(visit.conn, visit.vault, push_id, visit.now) is None:
            return visit.label("old_button")
        n = act(visit.conn, push_id, audit.by(visit.actor, "telegram"), visit.now)
        progress.show(visit.conn, visit.vault, visit.house, push_id, visit.now)
        visit.say(done if n else nothing, n=n)
        if act is pushes.cancel:
            _told(visit, push_id)
        return ""

    return acted


hold = _acting(pushes.pause, "push_paused", "push_paused_none")
go = _acting(pushes.resume, "push_resumed", "push_resumed_none")
stop = _acting(pushes.cancel, "push_stopped", "push_all_gone")


def _told(visit: Visit, push_id: int) -> None:
    say, counts = visit.house.speech.say, _counts(visit, push_id)
    told, rows = [say("push_outcome", id=push_id)], []
    for state in (state for state in STATES if counts[state]):
        fates = outcome.outcome(visit.conn, push_id, state=state, limit=NAMED)
        what, n = visit.label(f"push_state_{state}"), counts[state]
        who = [*_who(visit, fates), *[""] * (n - len(fates))]
        told.append(say("push_outcome_row", what=what, n=n, list=listed(visit.house, who, NAMED)))
        if n > NAMED:
            rows.append([(f"{what} ({n})", f"d:list:{push_id}:{state}:0")])
    visit.show("\n\n".join(told), rows)


def _who(visit: Visit, fates: list[Fate]) -> list[str]:
    names = people.names(visit.conn, visit.vault, {fate.person_id for fate in fates}, visit.now)
    return [_one(visit, named(names.get(fate.person_id, "?")), fate) for fate in fates]


def _one(visit: Visit, name: str, fate: Fate) -> str:
    reason = f"push_reason_{fate.why}"
    known = fate.state in ("skipped", "held", "cancelled") and fate.why and reason in visit.house.speech.phrases
    return f"{name} ({visit.label(reason)})" if known else name


def _counts(visit: Visit, push_id: int) -> dict[str, int]:
    return outcome.tally(visit.conn, push_id)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None
