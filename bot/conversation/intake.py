"""From inbox rows to turns: the oldest unhandled updates through the door, all in one transaction.

A batch that fails is tried again one update at a time; one that fails three times is set aside with its text (S17).
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection

from bot.conversation import door, entry, rush, timekeeping
from bot.conversation.house import House
from bot.conversation.update import Heard, Ignored, Malformed, Membership, Pressed, Update, chat_of, parse
from bot.store import inbox
from bot.store.case import Case
from bot.store.cases import Needs, by_chat
from bot.store.database import blameless
from bot.store.saving import Turned, save
from bot.store.vault import Vault
from flows.distress import Level, Lexicon, level

log = structlog.get_logger()

WHOLE = frozenset({"mes_reponses", "mesdonnees"})
AGENDA = frozenset({"reprendre", "stop", "horaires"})
ROAD = "parcours"


def arrived(raw: Mapping[str, Any]) -> inbox.Arrived | None:
    """An update ready to be kept; None for one without a number: Telegram always gives one."""
    update_id = raw.get("update_id")
    if not isinstance(update_id, int) or abs(update_id) >= 2**63:
        return None
    body = inbox.encode(raw)
    chat_id, message_id, album = chat_of(raw)
    return inbox.Arrived(update_id, chat_id, message_id, album, inbox.mark(raw, body), body)


def keep(conn: Connection, vault: Vault, raws: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Stores what a poll brought. Committed before Telegram hears that we have it."""
    batch = [item for raw in raws if (item := arrived(raw)) is not None]
    if len(batch) < len(raws):
        log.warning("updates without a number", count=len(raws) - len(batch))
    inbox.keep(conn, vault, batch, now)


def work(conn: Connection, vault: Vault, house: House, now: datetime, limit: int) -> int:
    """Handles up to `limit` updates; the number handled. Any exception undoes the whole batch.

    An errand to the desk is a batch of its own: it reads and changes other people's files, which must be as saved. So
    is a code that somebody tries: each is looked up, and counted, by itself.
    """
    rows = inbox.waiting(conn, vault, limit, now)
    if not rows:
        return 0
    updates = {row.id: _parsed(row) for row in rows}
    rows = _together(rows, updates)
    updates = {row.id: updates[row.id] for row in rows}
    cases = by_chat(conn, vault, [row.chat_id for row in rows], needs(updates.values(), house.library.lexicon), now)
    house.shelf.complete(conn, cases.values())
    turns: list[Turned] = []
    handled: list[inbox.Handled] = []
    strange: list[int] = []
    for row in rows:
        update, case = updates[row.id], cases[row.chat_id]
        if isinstance(update, Malformed):
            raise update
        case.now, case.landed = now, None
        case.rushed = house.pace.rushed(row.chat_id, now, isinstance(update, Heard))
        door.handle(house, case, update)
        if case.rushed:
            rush.noted(case)
        if errand := case.changes.errand:
            if turns:
                break
            house.desk(conn, vault, house, case, errand, now)
        turns.append(Turned(case, f"u{row.id}", case.take()))
        if turns[-1].changes.erased:
            cases[row.chat_id] = Case(row.chat_id, now)  # whatever they write next is a stranger's, and answered
        handled.append(inbox.Handled(row.id, *(case.landed or (None, None))))
        if case.person is None:
            strange.append(row.id)
        if errand:
            break
    save(conn, vault, turns, now)
    inbox.handled(conn, handled)
    inbox.passed_by(conn, strange)
    return len(handled)


def _together(rows: list[inbox.Waiting], updates: Mapping[int, Update | Malformed]) -> list[inbox.Waiting]:
    """Those up to a code that is tried; or that one alone."""
    for place, row in enumerate(rows):
        match updates[row.id]:
            case Heard(command=("start", code)) if code:
                return rows[:place] or rows[:1]
    return rows


def work_alone(conn: Connection, vault: Vault, house: House, now: datetime) -> bool:
    """The oldest update by itself; whether there was one. One that fails is counted as failed, still held by us."""
    rows = inbox.waiting(conn, vault, 1, now)
    if not rows:
        return False
    try:
        with conn.begin_nested():
            work(conn, vault, house, now, 1)
    except Exception as error:
        if blameless(error):
            raise
        log.exception("update failed", error=type(error).__name__)
        _set_back(conn, vault, house, rows[0], error, now)
    return True


def _set_back(
    conn: Connection, vault: Vault, house: House, row: inbox.Waiting, error: Exception, now: datetime
) -> None:
    """Counted, and at the third time parked, with a kind line and an alert."""
    if not inbox.fault(conn, row.id, row.attempts, type(error).__name__):
        return
    log.error("update parked", inbox=row.id, error=type(error).__name__)
    try:
        with conn.begin_nested():
            _apologise(conn, vault, house, row, now)
    except Exception as trouble:  # parked all the same: nobody else is held up
        log.error("nobody could be told", inbox=row.id, error=type(trouble).__name__)


def _apologise(conn: Connection, vault: Vault, house: House, row: inbox.Waiting, now: datetime) -> None:
    """A neutral line to the person, an alert to their coach (S17)."""
    case = by_chat(conn, vault, [row.chat_id], Needs(), now)[row.chat_id]
    if case.person is not None and case.enrolment is not None:
        case.log("parked", inbox=row.id)
        case.send("sendMessage", house.speech.phrase("received"))
        entry.tell_coach(house, case, "coach_parked", name=case.person.name)
        save(conn, vault, [Turned(case, f"p{row.id}", case.take())], now)


def _parsed(row: inbox.Waiting) -> Update | Malformed:
    if row.raw is None:
        return Ignored(row.chat_id, "erased")
    try:
        body = inbox.decode(row.raw)
        return parse(body) if isinstance(body, dict) else Malformed("not an object")
    except Malformed as malformed:
        return malformed


def needs(updates: Any, lexicon: Lexicon) -> Needs:
    """What the batch names, so that the cases come with it."""
    found = Needs()
    for update in updates:
        if isinstance(update, Heard) and level(lexicon, update.text) is not Level.R0:
            found.alarmed.add(update.chat_id)
            found.agenda.add(update.chat_id)
        match update:
            case Heard(chat_id=chat, command=(("start", code))) if code:
                found.codes[chat] = hashlib.sha256(code.encode()).digest()
            case Heard(chat_id=chat):
                _heard(found, chat, update)
            case Pressed(chat_id=chat, message_id=message_id, data=data):
                found.messages.add((chat, message_id))
                _pressed(found, chat, data)
            case Membership(chat_id=chat):
                found.agenda.add(chat)
    return found


def _heard(found: Needs, chat: int, heard: Heard) -> None:
    if heard.reply_to:
        found.messages.add((chat, heard.reply_to))
        if len(heard.text) <= timekeeping.LONGEST:  # it may be the city where they live: what waits is planned anew
            found.agenda.add(chat)
    if heard.edited:
        found.said.add((chat, heard.message_id))
    if heard.files:
        found.files.add(chat)
    if heard.album:
        found.albums.add((chat, heard.album))
    if heard.command and heard.command[0] in WHOLE:
        found.whole.add(chat)
    if heard.command and heard.command[0] in AGENDA:
        found.agenda.add(chat)
    if heard.command and heard.command[0] == ROAD:
        found.road.add(chat)


def _pressed(found: Needs, chat: int, data: str) -> None:
    kind, _, rest = data.partition(":")
    verb, _, what = rest.partition(":")
    if kind == "a":
        found.runs |= _run(verb)
    elif verb in ("skip", "session", "later", "enough", "why", "write", "review", "leave", "again"):
        found.runs |= _run(what.partition(":")[0])
        found.agenda.add(chat)
    elif verb in ("amend", "own") and what.isdecimal() and len(what) < 19:
        found.replies.add(int(what))
    elif verb == "unsay" and (number := what.partition(":")[0]).isdecimal() and len(number) < 19:
        found.said.add((chat, int(number)))
    elif verb == "road":
        found.road.add(chat)
    elif verb in ("page", "looks"):
        found.whole.add(chat)
    elif verb in ("stop", "withdraw", "pause", "consent", "agree", "limit", "crisis", "when"):
        found.agenda.add(chat)
        found.alarmed |= {chat} if verb == "crisis" else set()


def _run(code: str) -> set[int]:
    try:
        run_id = int(code, 36)
    except ValueError:
        return set()
    return {run_id} if run_id < 2**63 else set()
