"""What a participant takes away, handed over in the chat: the list with how each stands, and the one they ask for.

It is gathered here and set on its way out. One that cannot be made says so, to them and to the log.
"""

from datetime import datetime

import structlog
from sqlalchemy import Connection

from bot.conversation.house import House
from bot.conversation.update import Wanted
from bot.deliverables import catalogue
from bot.deliverables.catalogue import TYPES, Desk, Item
from bot.documents import press
from bot.store.case import Case, Ordered
from bot.store.cases import by_person
from bot.store.passes import LIFE, drawn
from bot.store.vault import Vault
from flows.calendar import spoken_day
from flows.deliverables import Format

log = structlog.get_logger()

PATH = "/espace/mesdocuments/"
PURPOSE = "documents"
CHAT: tuple[Format, ...] = ("pdf", "docx", "xlsx", "png", "ics")
"""Formats that the chat brings, the first one of a document being the one that its button gives."""


def desk(
    conn: Connection, vault: Vault, house: House, person_id: int, now: datetime, for_coach: bool = False
) -> Desk | None:
    """All that making somebody's documents takes; None when there is nobody of this number."""
    case = by_person(conn, vault, [person_id], now).get(person_id)
    if case is None or case.enrolment is None:
        return None
    house.shelf.complete(conn, [case])
    return Desk(conn, vault, house, case, now, for_coach)


def hand(conn: Connection, vault: Vault, house: House, case: Case, wanted: Wanted, now: datetime) -> None:
    """Answers on `case`, the file of whoever asks; what is made is made of what was saved before."""
    found = desk(conn, vault, house, case.person.id, now) if case.person else None
    if found is None:
        return
    made = house.library.deliverable(wanted.document)
    if not wanted.document:
        _list(house, case, found)
    elif made is None:
        case.send("sendMessage", house.speech.phrase("document_unknown"))
    else:
        _send(house, case, found, wanted)


def _list(house: House, case: Case, found: Desk) -> None:
    items = catalogue.listed(found)
    speech = house.speech
    lines = [speech.say("documents_title"), *(_row(house, case, item) for item in items)]
    rows = [[(item.made.title, f"c:take:{item.made.id}")] for item in items]
    if house.page:
        token = drawn()
        case.changes.links.append((PURPOSE, token))
        rows.insert(0, [(speech.label("documents_open"), house.page + PATH + token)])
        lines.append(speech.say("documents_page", minutes=LIFE.seconds // 60))
    case.send("sendMessage", speech.message("\n\n".join(lines), rows))


def _row(house: House, case: Case, item: Item) -> str:
    date = spoken_day(item.at, case.zone) if item.at else ""
    return house.speech.say("documents_row", title=item.made.title, state=state(house, item, date))


def state(house: House, item: Item, date: str) -> str:
    """How a document stands, in words: « complété le lundi 2 novembre »."""
    return house.speech.phrases.say(item.state, date=date).strip()


def _send(house: House, case: Case, found: Desk, wanted: Wanted) -> None:
    made = house.library.deliverable(wanted.document)
    assert made is not None
    chosen = next((each for each in made.formats if each in CHAT and wanted.format in ("", each)), None)
    failed = house.speech.phrase("document_failed", title=made.title)
    try:
        if chosen is None:
            raise KeyError(wanted.format)
        order = press.plain(catalogue.order(found, made, chosen, discreet=True))
    except Exception as error:  # whatever made it fail, they are told, and what they write next is heard
        log.error("document not made", document=made.id, format=chosen, error=type(error).__name__)
        return case.send("sendMessage", failed)
    case.changes.exported = True
    about = house.speech.say("document_caption", title=made.title, about=made.about)
    params = {"document": "attach://document", "caption": about, "parse_mode": "HTML", "protect_content": True}
    paper = Ordered("document", catalogue.named(made, chosen), TYPES[chosen], order, failed)
    return case.send("sendDocument", params, ordered=paper)
