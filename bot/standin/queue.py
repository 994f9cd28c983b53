"""The updates a bot has not yet confirmed. Knows neither polling nor webhooks, both read from here."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from bot.standin.shapes import Json

MESSAGE_LIFE = timedelta(hours=24)
PRESS_LIFE = timedelta(seconds=150)
_ON_REQUEST_ONLY = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(frozen=True, slots=True)
class Pending:
    """One update. Updates of one lane reach a webhook one after the other."""

    update_id: int
    body: Json
    expires: datetime
    lane: int


class Updates:
    """In order of arrival; `allowed` None is Telegram's default (all but three kinds)."""

    def __init__(self) -> None:
        self.allowed: frozenset[str] | None = None
        self._next = 700_000_001
        self._pending: OrderedDict[int, Pending] = OrderedDict()
        self._bell = asyncio.Event()

    def put(self, kind: str, payload: Json, *, expires: datetime, lane: int) -> int | None:
        """Add an update and ring; None when the bot did not ask for this kind."""
        if not self._wanted(kind):
            return None
        return self.put_raw({kind: payload}, expires=expires, lane=lane)

    def put_raw(self, body: Json, *, expires: datetime, lane: int = 0) -> int:
        """Add an update as it stands, with a number of its own unless it brings one."""
        number = body["update_id"] if isinstance(body.get("update_id"), int) else self._next
        self._next = max(self._next, number) + 1
        self._pending[number] = Pending(number, {"update_id": number, **body}, expires, lane)
        self.ring()
        return number

    def _wanted(self, kind: str) -> bool:
        return kind not in _ON_REQUEST_ONLY if self.allowed is None else kind in self.allowed

    def confirm(self, offset: int) -> None:
        """Forget every update below `offset`; a negative one keeps that many of the newest.

        An offset more than 10 beyond the newest is ignored, as Telegram does.
        """
        if offset < 0:
            offset = next(islice(reversed(self._pending), -offset - 1, None), 0)
        elif offset > self._next + 10:
            return
        while self._pending and next(iter(self._pending)) < offset:
            self._pending.popitem(last=False)

    def read(self, limit: int, now: datetime) -> list[Pending]:
        """The oldest updates still alive at `now`; the expired ones are lost for good."""
        ready: list[Pending] = []
        expired: list[int] = []
        for pending in self._pending.values():
            if len(ready) == limit:
                break
            if pending.expires > now:
                ready.append(pending)
            else:
                expired.append(pending.update_id)
        for number in expired:
            del self._pending[number]
        return ready

    def drop(self, update_id: int) -> None:
        """Forget one update: its webhook has taken it."""
        self._pending.pop(update_id, None)

    def clear(self) -> None:
        """Forget all (`drop_pending_updates`)."""
        self._pending.clear()

    def count(self, now: datetime) -> int:
        """How many updates are waiting."""
        return sum(pending.expires > now for pending in self._pending.values())

    def ring(self) -> None:
        """Wake whoever waits."""
        self._bell.set()
        self._bell = asyncio.Event()

    def bell(self) -> asyncio.Event:
        """Set at the next arrival."""
        return self._bell
