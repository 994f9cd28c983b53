"""Who changed what, for an admin: the audit in sentences, the newest first."""

from bot.admin import ledger
from bot.store import audit
from bot.web.answer import DESK, PREFIX, Answer, Missing, Page
from bot.web.sitting import Sitting

PAGE = 50
"""Rows on one page."""


def page(sitting: Sitting) -> Answer:
    before = sitting.number("avant")
    found = audit.newest(sitting.conn, PAGE + 1, before)
    if before is not None and not found:
        return Missing()
    shown = ledger.lines(sitting.conn, sitting.vault, sitting.house, found[:PAGE], sitting.now)
    here = f"{PREFIX}{DESK}/journal"
    after = f"{here}?avant={found[PAGE - 1].id}" if len(found) > PAGE else ""
    return Page("journal.html", {"lines": shown, "before": here if before is not None else "", "after": after})
