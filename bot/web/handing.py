"""Links that were just made, shown once: a code is kept nowhere, and a page that is closed takes it along."""

from collections.abc import Sequence

from bot.desk import invitations
from bot.desk.invitations import Invitation
from bot.documents import spreadsheet
from bot.web.answer import Page
from bot.web.sitting import Sitting
from flows.calendar import spoken_day


def handed(
    sitting: Sitting, made: Sequence[tuple[str, Invitation]], back: str, *, staff: bool = False, moves: bool = False
) -> Page:
    """Each first name with its link, ready to be passed on. `moves`: opening it takes the place of an older account."""
    username = sitting.house.bot.username
    rows = [(name, invitations.link(username, one.code) if username else one.code) for name, one in made]
    fields = {
        "rows": rows, "back": back, "moves": moves, "until": made[0][1].expires_at, "username": username,
        "message": _message(sitting, *made[0], staff) if len(made) == 1 else "",
        "csv": spreadsheet.written([("prénom", "lien"), *rows]) if len(made) > 1 else "",
    }  # fmt: skip
    return Page("handed.html", fields)


def _message(sitting: Sitting, name: str, made: Invitation, staff: bool) -> str:
    """What may be forwarded as it is."""
    username, until = sitting.house.bot.username, spoken_day(made.expires_at, sitting.zone)
    key = f"{'admin' if staff else 'desk'}_forward{'' if username else '_code'}"
    link = invitations.link(username, made.code) if username else ""
    return sitting.say(key, name=name, date=until, link=link, code=made.code)
