"""Somebody nobody knows: greeted once a day, answered so many times a day, and nothing of theirs is kept.

Help in danger, `/urgence` and a good code know no limit: the door looks at them first.
"""

from datetime import timedelta

import structlog

from bot.conversation.update import Heard, Pressed
from bot.store.case import Case

DAY = timedelta(days=1)
MOST = 100
"""Calls made for a stranger's chat in a day: a walk through every page takes about sixty."""

log = structlog.get_logger()


def closed(case: Case, update: Heard | Pressed) -> bool:
    """Whether this chat has had its day's share; a good code opens all the same."""
    code = isinstance(update, Heard) and update.command and update.command[0] == "start" and case.invited
    return case.person is None and case.heaped >= MOST and not code


def greeted(case: Case) -> bool:
    """Whether they were welcomed in the day before: plain words get no more than that."""
    return case.greeted is not None and case.now - case.greeted < DAY


def noted(case: Case) -> None:
    """Counts what this update made us say. Telling the operator once a day for each such chat is enough."""
    if case.person is not None:
        return
    before, case.heaped = case.heaped, case.heaped + len(case.changes.out)
    if before < MOST <= case.heaped:
        log.warning("a stranger writes without end", chat=case.chat_id)
