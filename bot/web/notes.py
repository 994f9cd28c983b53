"""A coach's own notes of a participant: written, read, deleted."""

from bot.desk import DeskError, notes
from bot.web.answer import Answer, Go, Missing, Page
from bot.web.sitting import Sitting


def page(sitting: Sitting) -> Answer:
    return _page(sitting)


def write(sitting: Sitting) -> Answer:
    text = sitting.form.get("mots", "")
    try:
        notes.note(sitting.conn, sitting.vault, sitting.served, sitting.actor.id, text, sitting.now)
    except DeskError as error:
        return _page(sitting, text, sitting.say(error.phrase), 422)
    return Go(_here(sitting), "page_told_noted")


def forget(sitting: Sitting) -> Answer:
    number = sitting.number("note")
    if number is None or not notes.forget(sitting.conn, sitting.served, sitting.actor.id, number):
        return Missing()
    return Go(_here(sitting), "page_told_note_forgotten")


def _page(sitting: Sitting, typed: str = "", refusal: str = "", status: int = 200) -> Answer:
    before = sitting.number("avant")
    found, more = notes.private(sitting.conn, sitting.vault, sitting.served, sitting.actor.id, before)
    fields = {"notes": found, "older": found[-1].id if more else None, "typed": typed, "refusal": refusal,
              "most": notes.LONGEST}  # fmt: skip
    return Page("notes.html", fields, status)


def _here(sitting: Sitting) -> str:
    return f"/personnes/{sitting.served.person.id}/notes"
