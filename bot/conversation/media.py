"""Fetches what people sent as files, in the background; one that cannot be had is told to the coach (S12)."""

import asyncio

import structlog
from sqlalchemy import Connection

from bot.clock import Clock
from bot.conversation.discretion import owned
from bot.conversation.entry import tell_coach
from bot.conversation.house import House
from bot.conversation.modules import question_of
from bot.store import files
from bot.store.case import Case
from bot.store.cases import by_person
from bot.store.database import CutShort, Database
from bot.store.lock import wait_for_people
from bot.store.saving import Turned, save
from bot.store.shift import RECEIVING, Alone
from bot.store.vault import Vault
from bot.telegram.gateway import MOST_BYTES, Gateway, TooBig
from bot.telegram.outcome import Refused
from flows.answers import gathered

log = structlog.get_logger()


async def fetch(db: Database, vault: Vault, house: House, gateway: Gateway, clock: Clock) -> int:
    """Fetches the files that wait, one by one; the number taken up."""
    waiting = await db.read(files.wanted, clock.now())
    for file in waiting:
        room = await db.read(files.room, file.person_id)
        got = await gateway.file(file.file_id, max(0, min(room, MOST_BYTES)))
        if isinstance(got, bytes):
            await db.write(files.store, vault, file, got, clock.now())
        elif isinstance(got, Refused | TooBig):
            state = "too_big" if isinstance(got, TooBig) else "failed"
            log.warning("file not fetched", media=file.id, reason=type(got).__name__)
            await db.write(_failed, vault, house, file, state, clock, room < MOST_BYTES)
        else:
            log.info("file not reached", media=file.id, reason=type(got).__name__)
            await db.write(files.put_off, file, clock.now())
    return len(waiting)


def _failed(
    conn: Connection, vault: Vault, house: House, file: files.Wanted, state: str, clock: Clock, full: bool
) -> None:
    now = clock.now()
    if not files.failed(conn, file, now, state):
        return
    wait_for_people(conn, [file.person_id])
    case = by_person(conn, vault, [file.person_id], now).get(file.person_id)
    if case and case.person:
        house.shelf.complete(conn, [case])
        case.log("media_failed", media=file.id)
        if not _own(house, case, file.id):
            tell_coach(house, case, "coach_media_failed", name=case.person.name)
        if state == "too_big":
            case.send("sendMessage", house.speech.phrase("files_full" if full else "file_too_big"))
        save(conn, vault, [Turned(case, f"m{file.id}", case.take())], now)


def _own(house: House, case: Case, media: str) -> bool:
    """Whether it belongs to an answer that its author keeps to themselves."""
    for file in case.runs:
        for key, kept in file.run.answers.items():
            if media in kept.media:
                return file.versions[key].private
        asked = question_of(house, file, file.run.key) if file.run.key and file.run.draft else None
        if file.run.key and asked and media in gathered(asked.answer, file.run.draft).media:
            return owned(file, file.run.key, asked).private
    return False


async def keep_fetching(
    db: Database, vault: Vault, house: House, gateway: Gateway, clock: Clock, stop: asyncio.Event, shift: Alone
) -> None:
    """Until `stop`, wherever what comes in is received: each file is fetched once."""
    while not stop.is_set():
        try:
            if shift.has(RECEIVING):
                await fetch(db, vault, house, gateway, clock)
        except CutShort as cut:
            log.warning("fetching cut short", reason=str(cut))
        except Exception as error:
            log.exception("fetching failed", error=type(error).__name__)
        try:
            await asyncio.wait_for(stop.wait(), timeout=2)
        except TimeoutError:
            continue
