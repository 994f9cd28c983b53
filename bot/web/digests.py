"""A coach's digests, and the sheets of those each one tells of: made when they are asked for, and kept nowhere."""

from bot.desk import booklets, digest
from bot.documents.sheet import pdf
from bot.web.answer import Answer, Body, Missing, Page
from bot.web.sitting import Sitting


def listed(sitting: Sitting) -> Answer:
    before = sitting.number("avant")
    found, more = digest.sent(sitting.conn, sitting.vault, sitting.actor.id, before)
    return Page("digests.html", {"digests": found, "more": more, "before": before})


def file(sitting: Sitting) -> Answer:
    """Only their own: any other is as if it were not."""
    which = sitting.number("digest")
    if which is None:
        return Missing()
    booklet = booklets.of_digest(sitting.conn, sitting.vault, sitting.house, sitting.actor.id, which, sitting.now)
    return Body(pdf(booklet), "application/pdf", f"synthese-{which}.pdf", inline=True) if booklet else Missing()
