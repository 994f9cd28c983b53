"""An admin's first page: how the house is. Knows no answer of anybody."""

from bot.web.answer import Answer, Page
from bot.web.sitting import Sitting


def page(sitting: Sitting) -> Answer:
    return Page("health.html")
