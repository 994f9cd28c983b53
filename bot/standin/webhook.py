"""Delivery of updates to a bot's own address, with Telegram's retries. Knows nothing of chats."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp
import msgspec

from bot.standin.queue import Pending, Updates
from bot.standin.shapes import Json

_SCAN = 400
_LONGEST_WAIT = 60.0
_LONGEST_RETRY_AFTER = 3600.0
_ANSWER_WITHIN = aiohttp.ClientTimeout(total=60)

Replied = Callable[[Json], Awaitable[None]]


@dataclass(slots=True)
class Webhook:
    """One address. A lane (a person's messages, a person's presses) never has two updates in flight.

    An update is retried until taken or expired: after `first_wait` seconds, then twice as long each time up to
    a minute, or as the address asks by Retry-After.
    """

    url: str
    updates: Updates
    now: Callable[[], datetime]
    replied: Replied
    secret: str = ""
    max_connections: int = 40
    first_wait: float = 1.0
    last_error: Json = field(default_factory=dict)
    _busy: set[int] = field(default_factory=set)
    _failures: dict[int, int] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def start(self) -> None:
        """Begin to deliver, in the running loop."""
        self._begin(self._run())

    async def stop(self) -> None:
        """Give up what is in flight; updates not yet taken stay in the queue."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self) -> None:
        connector = aiohttp.TCPConnector(limit=self.max_connections)
        async with aiohttp.ClientSession(timeout=_ANSWER_WITHIN, connector=connector) as session:
            while True:
                bell = self.updates.bell()
                self._send_out(session)
                await bell.wait()

    def _send_out(self, session: aiohttp.ClientSession) -> None:
        for pending in self.updates.read(_SCAN, self.now()):
            if len(self._busy) >= self.max_connections:
                return
            if pending.lane not in self._busy:
                self._busy.add(pending.lane)
                self._begin(self._deliver(session, pending))

    async def _deliver(self, session: aiohttp.ClientSession, pending: Pending) -> None:
        wait = await self._attempt(session, pending)
        if wait is None:
            self._failures.pop(pending.lane, None)
            self.updates.drop(pending.update_id)
        else:
            await asyncio.sleep(wait)
        self._busy.discard(pending.lane)
        self.updates.ring()

    async def _attempt(self, session: aiohttp.ClientSession, pending: Pending) -> float | None:
        headers = {"Content-Type": "application/json"}
        if self.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.secret
        try:
            async with session.post(
                self.url, data=msgspec.json.encode(pending.body), headers=headers, allow_redirects=False
            ) as answer:
                if 200 <= answer.status < 300:
                    await self._take_reply(await answer.read())
                    return None
                return self._failed(
                    pending.lane,
                    f"Wrong response from the webhook: {answer.status} {answer.reason}",
                    answer.headers.get("Retry-After"),
                )
        except (aiohttp.ClientError, TimeoutError):
            return self._failed(pending.lane, "Connection refused", None)

    async def _take_reply(self, body: bytes) -> None:
        with contextlib.suppress(msgspec.DecodeError):
            call = msgspec.json.decode(body) if body else None
            if isinstance(call, dict) and "method" in call:
                await self.replied(call)

    def _failed(self, lane: int, message: str, retry_after: str | None) -> float:
        self.last_error = {"last_error_date": int(self.now().timestamp()), "last_error_message": message}
        times = self._failures.get(lane, 0)
        self._failures[lane] = times + 1
        if retry_after and retry_after.isdigit():
            return min(float(retry_after), _LONGEST_RETRY_AFTER)
        return float(min(self.first_wait * 2.0**times, _LONGEST_WAIT))
