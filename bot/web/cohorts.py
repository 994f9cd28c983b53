"""Cohorts on an admin's page: made, renamed, closed, opened again. Knows names and counts."""

from collections.abc import Callable

from bot.desk import DeskError, cohorts
from bot.store import audit
from bot.web.answer import DESK, Answer, Go, Page
from bot.web.sitting import Sitting

HERE = f"{DESK}/cohortes"


def page(sitting: Sitting) -> Answer:
    return _page(sitting)


def create(sitting: Sitting) -> Answer:
    """A new one, or a closed one opened again."""
    by, name = audit.by(sitting.actor, "page"), sitting.form.get("nom", "")
    return _done(sitting, lambda: cohorts.create(sitting.conn, by, name, sitting.now), "page_told_cohort")


def rename(sitting: Sitting) -> Answer:
    by, old, new = audit.by(sitting.actor, "page"), sitting.form.get("ancien", ""), sitting.form.get("nouveau", "")
    return _done(sitting, lambda: cohorts.rename(sitting.conn, by, old, new, sitting.now), "page_told_cohort_renamed")


def close(sitting: Sitting) -> Answer:
    by, name = audit.by(sitting.actor, "page"), sitting.form.get("nom", "")
    return _done(sitting, lambda: cohorts.close(sitting.conn, by, name, sitting.now), "page_told_cohort_closed")


def _done(sitting: Sitting, act: Callable[[], object], told: str) -> Answer:
    try:
        act()
    except DeskError as error:
        return _page(sitting, sitting.say(error.phrase))
    return Go(HERE, told)


def _page(sitting: Sitting, refusal: str = "") -> Page:
    fields = {"cohorts": cohorts.listed(sitting.conn), "refusal": refusal, "typed": sitting.form}
    return Page("cohorts.html", fields, 422 if refusal else 200)
