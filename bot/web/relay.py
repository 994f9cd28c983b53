"""A participant entrusted to another coach: chosen, said what it does, confirmed."""

from bot.desk import handover, notes
from bot.web.answer import Answer, Go, Page
from bot.web.sitting import Sitting


def page(sitting: Sitting) -> Answer:
    """The choice; once made, what confirming will do."""
    colleagues = handover.colleagues(sitting.conn, sitting.vault, sitting.actor.id, sitting.now)
    chosen = next((one for one in colleagues if one[0] == sitting.number("coach")), None)
    kept, _ = notes.private(sitting.conn, sitting.vault, sitting.served, sitting.actor.id)
    at = handover.told_at(sitting.conn, sitting.vault, sitting.house, sitting.served, sitting.now) if chosen else None
    fields = {"colleagues": colleagues, "chosen": chosen, "kept": bool(kept), "passing": "notes" in sitting.query,
              "at": at, "at_once": at == sitting.now,
              "alerted": handover.alerted(sitting.conn, sitting.served.enrolment.id)}  # fmt: skip
    return Page("relay.html", fields)


def give(sitting: Sitting) -> Answer:
    """Raises DeskError: unknown_colleague, unknown_person, busy."""
    handover.hand_over(
        sitting.conn, sitting.vault, sitting.house, sitting.served, sitting.actor, sitting.number("coach") or 0,
        "notes" in sitting.form, sitting.now,
    )  # fmt: skip
    return Go("/personnes", "page_told_handed_over")
