"""The notice in full, for whoever comes: no session, nobody's data (RGPD art. 13)."""

from bot.conversation.notice import fields
from bot.web.answer import Answer, Page
from bot.web.sitting import Sitting
from flows.calendar import spoken_date


def page(sitting: Sitting) -> Answer:
    notice, speech, about = sitting.house.library.notice, sitting.house.speech, fields(sitting.house)
    parts = [(part.id, part.button, speech.written(part.text, **about)) for part in notice.parts]
    summary = speech.written(notice.summary, **about)
    return Page("notice.html", {"summary": summary, "parts": parts, "version": notice.version,
                                "since": spoken_date(notice.since.isoformat())})  # fmt: skip
