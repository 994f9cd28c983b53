"""The wheel: takes in, hands out, writes down, in one transaction a turn, for as long as the process lives.

Handling is synchronous, on the store's writer thread; only the sends themselves are concurrent, and what they carry is
made beside the wheel.
"""

import asyncio
import base64
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from bot.clock import Clock
from bot.conversation import delivery, intake
from bot.conversation.house import House
from bot.documents import press
from bot.store import outbox
from bot.store.case import ANSWER
from bot.store.database import CutShort, Database
from bot.store.leaving import Leaving, Settled
from bot.store.shift import RECEIVING, Alone
from bot.store.vault import Vault
from bot.telegram.gateway import Call, Gateway
from bot.telegram.line import NotSent
from bot.telegram.outcome import Denied, Waiting
from bot.telegram.pacer import Pacer, makes_message

log = structlog.get_logger()

BATCH = 200
"""Updates handled in one transaction."""

AT_ONCE = 64
"""Sends under way together; half of them at most may be ones nobody asked for."""

UNASKED = 32

AHEAD = 0.3
"""Seconds before they may leave that messages nobody asked for are claimed: a crash leaves what is claimed in doubt."""

LOOK, REST = 0.1, 0.5
"""Seconds between two turns when nothing wakes the wheel: while such messages may wait for the limits, and else."""

SWEEP = timedelta(seconds=1)

WAITS = timedelta(seconds=30)
"""How long a message that was claimed waits for its place, at most: well within its lease."""


@dataclass(slots=True)
class Worker:
    db: Database
    vault: Vault
    house: House
    gateway: Gateway
    clock: Clock
    pacer: Pacer
    shift: Alone = field(default_factory=Alone)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    _results: list[Settled] = field(default_factory=list)
    _sending: dict[asyncio.Task[None], Leaving] = field(default_factory=dict)
    _stopping: bool = False
    _swept: datetime | None = None
    _queue: asyncio.Lock = field(default_factory=asyncio.Lock)
    _queued: int = 0
    _limited: bool = False
    _press: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "press"))
    """One document at a time: setting one takes up to half a second of a core, and tens of megabytes."""

    _uncertain: bool = False

    async def run(self, stop: asyncio.Event) -> None:
        """Turns until `stop` is set; then finishes the sends under way, writes them down and returns."""
        await self.db.write(delivery.recover, self.vault, self.house, self.clock.now(), self.db.kind == "sqlite")
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                try:
                    busy = await self.turn()
                except CutShort as cut:
                    log.warning("turn cut short", reason=str(cut))
                    busy = False
                if not busy:
                    await self._rest(stopping)
        finally:
            stopping.cancel()
            await self.finish()

    async def turn(self) -> bool:
        """One turn of the wheel; whether there may be more to do at once.

        Raises CutShort: the results stay to be written.
        """
        self.woken.clear()
        results = list(self._results)
        places = self.pacer.soon(AHEAD) - self._queued
        try:
            handled, leaving = await self.db.write(self._turn, results, places)
        except CutShort:
            self._uncertain = True
            raise
        except Exception as error:
            log.warning("batch undone", error=type(error).__name__)
            handled, leaving = await self._one_by_one(results), []
        else:
            self._uncertain = False
        del self._results[: len(results)]
        unasked = sum(item.rank > ANSWER for item in leaving)
        self._queued, self._limited = self._queued + unasked, unasked >= places
        for item in leaving:
            task = asyncio.create_task(self._send(item))
            self._sending[task] = item
            task.add_done_callback(self._sent)
        return handled > 0 or bool(self._results)

    async def finish(self) -> None:
        """No new send; those under way end and are written down."""
        self._stopping = True
        while self._sending:
            await asyncio.wait(self._sending)
        self._press.shutdown(wait=False)
        try:
            await self.db.write(delivery.settle, self.vault, self.house, list(self._results), self.clock.now())
        except CutShort as cut:  # whoever comes next holds them to be in doubt
            log.error("last results not written", reason=str(cut))
        self._results = []

    # --- in the transaction --------------------------------------------------------------------

    def _turn(self, conn: Connection, results: Sequence[Settled], places: int) -> tuple[int, list[Leaving]]:
        now = self.clock.now()
        if self._uncertain:
            results = [*results, *self._never_sent(conn, now)]
        delivery.settle(conn, self.vault, self.house, results, now)
        self._sweep(conn, now)
        handled = intake.work(conn, self.vault, self.house, now, BATCH)
        return handled, self._claim(conn, now, places)

    def _sweep(self, conn: Connection, now: datetime) -> None:
        """Sends that another process took and did not live to settle; on SQLite there is no other process."""
        if self.db.kind != "sqlite" and (self._swept is None or now - self._swept > SWEEP):
            self._swept = now
            gone = self.shift.gone(conn, outbox.senders(conn))
            delivery.recover(conn, self.vault, self.house, now, everything=False, gone=gone)

    def _never_sent(self, conn: Connection, now: datetime) -> list[Settled]:
        """What we claimed in a commit that we did not hear of."""
        known = {item.id for item in list(self._sending.values())} | {result.leaving.id for result in self._results}
        mine = outbox.claimed(conn, self.vault, self.shift.name, now) if self.shift.name else []
        return [Settled(item, "ready") for item in mine if item.id not in known]

    def _claim(self, conn: Connection, now: datetime, places: int) -> list[Leaving]:
        under_way = list(self._sending.values())
        unasked = sum(item.rank > ANSWER for item in under_way)
        room = AT_ONCE - len(under_way) if self.shift.sure() else 0
        mine = self.shift.has(RECEIVING)  # one alone sends what nobody waits for: two would each take all the limits
        rest = min(UNASKED - unasked, places) if mine else 0
        return outbox.claim(conn, self.vault, room, rest, now, self.shift.name)

    async def _one_by_one(self, results: Sequence[Settled]) -> int:
        """After a batch failed: the results first, then each update by itself, so that one cannot hold up the rest."""
        await self.db.write(delivery.settle, self.vault, self.house, results, self.clock.now())
        for _ in range(BATCH):
            if not await self.db.write(intake.work_alone, self.vault, self.house, self.clock.now()):
                return 0
        return BATCH

    # --- sending -------------------------------------------------------------------------------

    async def _send(self, item: Leaving) -> None:
        paced = makes_message(item.method)
        try:
            call = await self._made(item)
            gained = not paced or await self._slot(item)
        finally:
            self._queued -= item.rank > ANSWER
        if not gained:
            self._results.append(Settled(item, "ready"))
            return
        left = self.shift.sure()
        try:
            if not left:  # others may have held us to be gone, and it to be in doubt
                self._results.append(Settled(item, "ready"))
                return
            outcome = await self.gateway.call(call)
            left = not isinstance(outcome, NotSent)
        finally:
            if paced:
                self.pacer.done(item.chat_id, left)
        if isinstance(outcome, Waiting):
            self.pacer.pause(item.chat_id, outcome.seconds)
        if isinstance(outcome, Denied | NotSent):
            log.error("telegram out of reach", kind=type(outcome).__name__)
        self._results.append(delivery.judged(item, outcome, self.clock.now()))

    async def _made(self, item: Leaving) -> Call:
        if item.ordered is None:
            return call_of(item)
        return await asyncio.get_running_loop().run_in_executor(self._press, call_of, item)

    async def _slot(self, item: Leaving) -> bool:
        """Waits for a place among Telegram's limits; False when it must be claimed anew, well before its lease ends."""
        since = self.clock.now()
        while self.pacer.ready(item.chat_id, item.rank):
            if self._stopping or self.clock.now() - since > WAITS:
                return False
            if item.rank > ANSWER and not self.pacer.own(item.chat_id):
                async with self._queue:  # one at a time: were all to wake for each place, places would be lost
                    await self._pause(item)
            else:
                await self._pause(item)
        self.pacer.take(item.chat_id, item.rank)
        return True

    async def _pause(self, item: Leaving) -> None:
        if not self._stopping and (wait := self.pacer.ready(item.chat_id, item.rank)):
            await asyncio.sleep(min(wait, 0.25))

    def _sent(self, task: asyncio.Task[None]) -> None:
        item = self._sending.pop(task)
        if not task.cancelled() and task.exception():
            log.error("send failed", row=item.id, error=type(task.exception()).__name__)
            self._results.append(delivery.in_doubt(item, "error", self.clock.now()))
        if item.rank <= ANSWER or not self._limited:  # else a few are written down together, and soon
            self.woken.set()

    async def _rest(self, stopping: asyncio.Task[bool]) -> None:
        """Until something comes in, a send ends, or some time has passed (another process may have written)."""
        waking = asyncio.create_task(self.woken.wait())
        timeout = LOOK if self._limited else REST
        await asyncio.wait({waking, stopping}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        waking.cancel()


def call_of(item: Leaving) -> Call:
    """What the gateway is asked for one message, the document it orders made; or the words that stand in its place."""
    if item.ordered is None:
        return _call(item)
    paper = item.ordered
    try:
        data = press.made(press.read(paper.order))
    except Exception as error:
        log.error("document not made", row=item.id, error=type(error).__name__)
        return _call(replace(item, method="sendMessage", params=paper.otherwise))
    return replace(_call(item), files={paper.field: (paper.name, data, paper.type)})


def _call(item: Leaving) -> Call:
    params = dict(item.params)
    if item.method not in ("answerCallbackQuery", "setMyCommands"):
        params.setdefault("chat_id", item.chat_id)
    files = {name: (file, base64.b64decode(body), kind) for name, (file, body, kind) in item.files.items()}
    return Call(item.method, params, files)
