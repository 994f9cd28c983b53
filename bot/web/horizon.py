"""What is scheduled in the weeks to come, for an admin: counted by day, and one day opened. Nobody's words."""

from datetime import date, timedelta

from bot.admin import horizon
from bot.admin.horizon import KINDS
from bot.web.answer import PREFIX, Answer, Missing, Page
from bot.web.sitting import Sitting

DAYS = 14
"""Days on one page."""

FURTHEST = 60
"""Pages ahead: beyond, nothing is planned."""

ITEMS = 50


def page(sitting: Sitting) -> Answer:
    """Two weeks, from the Monday of this one; or, with `jour`, what one of their days holds."""
    if "jour" in sitting.query:
        return _day(sitting)
    nth = sitting.number("page") or 0
    if nth > FURTHEST:
        return Missing()
    today = sitting.now.astimezone(sitting.zone).date()
    first = today - timedelta(days=today.weekday()) + timedelta(days=DAYS * nth)
    found = horizon.days(sitting.conn, sitting.house, first, DAYS, sitting.zone)
    weeks = [found[start : start + 7] for start in range(0, DAYS, 7)]
    here = f"{PREFIX}/regie/calendrier"
    return Page("horizon.html", {
        "weeks": weeks, "today": today, "kinds": KINDS, "here": here,
        "before": f"{here}?page={nth - 1}" if nth else "", "after": f"{here}?page={nth + 1}" if nth < FURTHEST else "",
    })  # fmt: skip


def _day(sitting: Sitting) -> Answer:
    on = _date(sitting.query.get("jour", ""))
    if on is None:
        return Missing()
    kind = sitting.query.get("genre", "")
    kind = kind if kind in KINDS else ""
    nth = min(max(1, sitting.number("page") or 1), 100_000)
    found = horizon.day(sitting.conn, sitting.vault, sitting.house, on, sitting.zone, sitting.now, kind=kind or None,
                        limit=ITEMS + 1, offset=(nth - 1) * ITEMS)  # fmt: skip
    [counted] = horizon.days(sitting.conn, sitting.house, on, 1, sitting.zone)
    here = f"{PREFIX}/regie/calendrier?jour={on.isoformat()}"
    far = f"{here}{'&genre=' + kind if kind else ''}&page="
    return Page("horizon_day.html", {
        "on": on, "items": found[:ITEMS], "counts": counted.counts, "kinds": KINDS, "kind": kind, "here": here,
        "before": f"{far}{nth - 1}" if nth > 1 else "", "after": f"{far}{nth + 1}" if len(found) > ITEMS else "",
    })  # fmt: skip


def _date(text: str) -> date | None:
    try:
        on = date.fromisoformat(text)
    except ValueError:
        return None
    return on if 2000 < on.year < 2200 else None
