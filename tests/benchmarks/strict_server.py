"""The fast server with Telegram's limits in their strictest reading, a line that takes its time, and a record.

`/control/limits` sets what is recorded and how long the line is; `/control/talk` lets people write while it runs;
`/control/receipts` tells what was counted. A message is counted half-way: its line is as long out as home, or
`apart`, each leg drawn by itself.
"""

import asyncio
import random
import time
from collections import Counter, deque
from itertools import count
from typing import Any

import msgspec

from bot.standin.limits import Pace
from bot.standin.shapes import Refused
from tests.benchmarks.crowd import written
from tests.benchmarks.telegram_server import Connection, Params, Server, main


class Delayed(Connection):
    """What it answers leaves after `home` seconds."""

    home = 0.0

    def answer(self, body: bytes, status: bytes = b"200 OK") -> None:
        if self.home:
            asyncio.get_running_loop().call_later(self.home, super().answer, body, status)
        else:
            super().answer(body, status)


class Record:
    """What was counted. `mark`: what the text of the broadcast holds; instants are of the machine's monotonic clock."""

    def __init__(self, mark: str = "") -> None:
        self.mark = mark
        self.chats: Counter[int] = Counter()
        self.instants: list[float] = []
        self.refused = self.others = self.most = 0
        self._window = deque[float]()

    def count(self, chat: int, text: str, now: float) -> None:
        while self._window and self._window[0] <= now - 1:
            self._window.popleft()
        self._window.append(now)
        self.most = max(self.most, len(self._window))
        if self.mark not in text:
            self.others += 1
            return
        self.chats[chat] += 1
        self.instants.append(now)


class StrictServer(Server):
    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self._limits(mark="", trip=0.0, jitter=0.0, seed=1)

    def _limits(self, mark: str, trip: float, jitter: float, seed: int, apart: bool = False) -> None:
        """`trip` ± `jitter` seconds, there and back."""
        self._record, self._pace, self._rng = Record(mark), Pace(), random.Random(seed)
        self._apart, self._leg = apart, ((trip - jitter) / 2, (trip + jitter) / 2)
        self._wrote: dict[int, float] = {}
        self._waits: list[float] = []
        self._talking: asyncio.Task[None] | None = None

    def serve(self, connection: Connection, path: str, params: Params) -> None:
        assert isinstance(connection, Delayed)
        self.asked += path.lower().endswith("/getupdates")
        if path.startswith("/control/") or not self._leg[1]:
            connection.home = 0.0
            super().serve(connection, path, params)
        else:
            out = self._rng.uniform(*self._leg)
            connection.home = self._rng.uniform(*self._leg) if self._apart else out
            asyncio.get_running_loop().call_later(out, super().serve, connection, path, params)

    def _send(self, connection: Connection, params: Params) -> None:
        chat, now = int(params["chat_id"]), time.monotonic()
        try:
            self._pace.spend(chat, now)
        except Refused as refused:
            self._record.refused += 1
            connection.answer(msgspec.json.encode(refused.answer()), b"429 Too Many Requests")
            return
        self._record.count(chat, str(params.get("text", "")), now)
        if (since := self._wrote.pop(chat, None)) is not None:
            self._waits.append(now - since)
        super()._send(connection, params)

    def _control(self, verb: str, params: Params) -> object:
        match verb:
            case "limits":
                self._limits(**params)
            case "talk":
                self._talking = asyncio.get_running_loop().create_task(self._talk(**params))
            case "hush":
                if self._talking:
                    self._talking.cancel()
            case "receipts":
                return self._receipts()
            case "count":
                return {"count": self._record.chats.total(), "asked": self.asked}
            case _:
                return super()._control(verb, params)
        return {}

    def _receipts(self) -> dict[str, Any]:
        record, now = self._record, time.monotonic()
        unanswered = [now - since for since in self._wrote.values()]
        return {
            "chats": {str(chat): n for chat, n in record.chats.items()},
            "instants": record.instants,
            "refused": record.refused,
            "others": record.others,
            "most": record.most,
            "waits": self._waits,
            "unanswered": unanswered,
        }

    async def _talk(self, first: int, people: int, per_second: float, text: str) -> None:
        """These write in turn, at random instants, whether they were answered or not."""
        for n in count():
            await asyncio.sleep(self._rng.expovariate(per_second))
            body = written(first + n % people, text)
            self._wrote.setdefault(body["message"]["chat"]["id"], time.monotonic())
            self.updates.put(body)


if __name__ == "__main__":
    asyncio.run(main(StrictServer(), Delayed))
