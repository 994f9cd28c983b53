"""An admin's first page: how the house is, and what to do. Knows no answer of anybody."""

from bot.admin import pulse
from bot.web.answer import Answer, Page
from bot.web.sitting import Sitting


def page(sitting: Sitting) -> Answer:
    found = pulse.signs(sitting.conn, sitting.house, sitting.now)
    return Page("health.html", {"signs": sorted(found, key=lambda sign: sign.well)})
