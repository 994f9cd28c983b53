"""Modules that people began in an earlier version: who stands where, where they would land, and moving them."""

from contextlib import suppress

from bot.desk import DeskError
from bot.publishing import moving
from bot.store.audit import by
from bot.web.answer import Answer, Go, Missing, Page
from bot.web.sitting import Sitting

PAGE = 50
"""People shown, and moved, at a time."""


def listed(sitting: Sitting) -> Answer:
    """The modules where somebody stands in an earlier version, or one of them."""
    module = sitting.query.get("module")
    if not module:
        found = moving.behind(sitting.conn, sitting.house)
        return Page("moves.html", {"modules": [(id, sitting.house.library.title(id), n) for id, n in found.items()],
                                   "module": "", "moves": [], "title": "", "ids": ""})  # fmt: skip
    if not sitting.house.library.has_flow(module):
        return Missing()
    moves = moving.moves(sitting.conn, sitting.vault, sitting.house, module, sitting.now, PAGE)
    ids = ",".join(f"{one.person_id}:{one.run_id}" for one in moves if not one.stays)
    return Page("moves.html", {"modules": [], "module": module, "moves": moves, "ids": ids,
                               "title": sitting.house.library.title(module)})  # fmt: skip


def move(sitting: Sitting) -> Answer:
    """Those who were shown, as far as they still stand there."""
    for pair in sitting.form.get("qui", "").split(",")[:PAGE]:
        person, _, run = pair.partition(":")
        if person.isdecimal() and run.isdecimal() and len(pair) < 40:
            _moved(sitting, int(person), int(run))
    return Go("/regie/deplacer", "page_told_shifted")


def _moved(sitting: Sitting, person: int, run: int) -> None:
    """Whoever writes at this very moment, or is gone, is left for the next time: the page shows who is left."""
    with suppress(DeskError):
        moving.move(sitting.conn, sitting.vault, sitting.house, person, run, by(sitting.actor, "page"), sitting.now)
