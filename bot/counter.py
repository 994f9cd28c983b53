"""Where the desk receives: an update of a coach, an admin or a visitor goes to whoever serves their role.

Runs in the turn's transaction. Every press is answered, and what cannot be done is told in one line.
"""

from datetime import datetime

from sqlalchemy import Connection

from bot.admin import chat as admin
from bot.conversation.house import House
from bot.conversation.update import Heard, Pressed, Update, Wanted, Weighed
from bot.deliverables import handing
from bot.desk import DeskError, coach, reception, skills, watch
from bot.desk.visit import Visit
from bot.store.case import Case
from bot.store.vault import Vault


def desk(
    conn: Connection, vault: Vault, house: House, case: Case, update: Update | Wanted | Weighed, now: datetime
) -> None:
    """Answers `update` on `case`, the file of whoever came; others' files are saved as they change."""
    if isinstance(update, Wanted):
        return handing.hand(conn, vault, house, case, update, now)
    if isinstance(update, Weighed):
        return skills.pressed(conn, vault, house, case, update, now)
    if not isinstance(update, Heard | Pressed):
        return None
    visit = Visit(conn, vault, house, case, now)
    try:
        _served(visit, update)
    except DeskError as error:
        visit.say(error.phrase)
    if isinstance(update, Pressed):
        _acknowledge(case, update)
    return None


def _served(visit: Visit, update: Heard | Pressed) -> None:
    match visit.case.person.role if visit.case.person else None:
        case "coach":
            coach.handle(visit, update)
        case "admin":
            admin.handle(visit.conn, visit.vault, visit.house, visit.case, update, visit.now)
        case "referent":
            watch.handle(visit, update)
        case _:
            reception.handle(visit, update)


def _acknowledge(case: Case, press: Pressed) -> None:
    """The answer to the press leaves first: until then the button keeps turning (Bot API, answerCallbackQuery)."""
    out = case.changes.out
    answers = [item for item in out if item.method == "answerCallbackQuery"]
    if not answers:
        case.send("answerCallbackQuery", {"callback_query_id": press.callback_id})
        answers = [out[-1]]
    case.changes.out = answers + [item for item in out if item not in answers]
