"""What a coach sets for themselves: hours of digest and brief, their zone, absences, open sessions. Knows no store."""

from collections.abc import Sequence
from datetime import date

from bot.desk import DeskError, absences, brief, digest, handover, signin, whereabouts
from bot.web.answer import Answer, Go, Missing, Page
from bot.web.sitting import Sitting
from flows.calendar import WEEKDAYS, zones
from flows.places import AREAS

ZONES = ("Europe/Paris", "America/Martinique", "America/Guadeloupe", "America/Cayenne", "Indian/Reunion",
         "Indian/Mayotte", "Pacific/Noumea", "Pacific/Tahiti", "Europe/Brussels", "Europe/Zurich",
         "America/Montreal")  # fmt: skip
"""The zones that are offered first."""


def page(sitting: Sitting) -> Answer:
    return _page(sitting)


def hours(sitting: Sitting) -> Answer:
    """Day and hour of the digest, hour of the brief; what was not made yet is planned anew."""
    numbers = [sitting.number(name) for name in ("jour", "heure", "fiche")]
    day, hour, before = (-1 if n is None else n for n in numbers)
    if not (0 <= day <= 6 and 0 <= hour <= 23 and 0 <= before <= 23):
        return _page(sitting, sitting.say("page_hours_odd"))
    digest.set_day(sitting.conn, sitting.actor.id, day, hour, sitting.now)
    brief.set_hour(sitting.conn, sitting.actor.id, before, sitting.now)
    return Go("/reglages", "page_told_hours")


def zone(sitting: Sitting) -> Answer:
    """Raises DeskError: unknown_zone."""
    whereabouts.move(sitting.conn, sitting.actor, sitting.form.get("fuseau", ""), sitting.now)
    return Go("/reglages", "page_told_zone")


def away(sitting: Sitting) -> Answer:
    try:
        first, last = (date.fromisoformat(sitting.form.get(name, "")) for name in ("du", "au"))
    except ValueError:
        return _page(sitting, sitting.say("page_absence_odd"))
    try:
        made = absences.put(sitting.conn, sitting.vault, sitting.house, sitting.actor, sitting.number("relais") or 0,
                            first, last, sitting.now)  # fmt: skip
    except DeskError as error:
        return _page(sitting, sitting.say(error.phrase))
    return Go("/reglages", "page_told_absence_unrelayed" if made.unrelayed else "page_told_absence")


def back(sitting: Sitting) -> Answer:
    try:
        number = sitting.number("absence") or 0
        absences.cancel(sitting.conn, sitting.vault, sitting.house, sitting.actor, number, sitting.now)
    except DeskError:
        return Missing()
    return Go("/reglages", "page_told_absence_cancelled")


def close(sitting: Sitting) -> Answer:
    """Every session of this coach, on every device."""
    signin.end(sitting.conn, sitting.actor.id, sitting.now)
    return Go("/entrer", "page_told_left_all", session="")


def _page(sitting: Sitting, refusal: str = "") -> Answer:
    own = {**digest.DEFAULT, "brief": brief.HOUR, **(sitting.actor.digest or {})}
    colleagues = handover.colleagues(sitting.conn, sitting.vault, sitting.actor.id, sitting.now)
    fields = {
        "own": own, "weekdays": list(enumerate(WEEKDAYS)),
        "zones": zones_offered(sitting.actor.zone),
        "absences": absences.ahead(sitting.conn, sitting.vault, sitting.actor.id, sitting.now),
        "covering": absences.covering(sitting.conn, sitting.vault, sitting.actor.id, sitting.now),
        "colleagues": colleagues, "refusal": refusal, "typed": sitting.form,
    }  # fmt: skip
    return Page("preferences.html", fields, 422 if refusal else 200)


def zones_offered(own: str) -> dict[str, Sequence[str]]:
    """The zones of a choice, the usual ones first; then all that are places, and whatever was set before."""
    others = {name for name in zones() if name.startswith(AREAS)} | {own}
    return {"usual": ZONES, "other": sorted(others - set(ZONES))}
