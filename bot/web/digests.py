"""A coach's digests, and the sheets of those each one tells of: made when they are asked for, and kept nowhere."""

from bot.desk import booklets, digest
from bot.documents.sheet import pdf
from bot.web.answer import Answer, Body, Missing, Page
from bot.web.sitting import Sitting


def listed(sitting: Sitting) -> Answer:
    before = sitting.number("avant")
    found, more = digest.sent(sitting.conn, sitting.actor.id, before)
    return Page("digests.html", {"digests": found, "more": more, "before": before})


def file(sitting: Sitting) -> Answer:
    """Only their own: any other is as if it were not. A long one comes in parts, chosen on a page."""
    which, part = sitting.number("digest"), sitting.number("partie")
    if which is None:
        return Missing()
    parts = booklets.parts(sitting.conn, sitting.actor.id, which)
    if parts > 1 and part is None:
        return Page("digest_parts.html", {"digest": which, "parts": parts, "most": booklets.PART})
    nth = 1 if part is None else part
    if not 1 <= nth <= parts:
        return Missing()
    booklet = booklets.of_digest(sitting.conn, sitting.vault, sitting.house, sitting.actor.id, which, sitting.now, nth)
    if booklet is None:
        return Missing()
    told = booklets.told_of(sitting.conn, sitting.actor.id, which)[(nth - 1) * booklets.PART : nth * booklets.PART]
    return Body(pdf(booklet), "application/pdf", f"synthese-{which}.pdf", inline=True, whose=tuple(told))
