"""What all bots of one stand-in share: people, files, the clock, and news for whoever watches."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from bot.standin.faults import Faults
from bot.standin.shapes import Account, Call
from bot.standin.shelf import Shelf
from bot.standin.watch import Watch

_TRANSCRIPT = 100_000


class News:
    """Counts changes by person, so that a page can ask what moved since it last looked."""

    def __init__(self) -> None:
        self.version = 0
        self._changed: dict[int, int] = {}
        self._bell = asyncio.Event()

    def tell(self, user_id: int) -> None:
        """Something changed for this person."""
        self.version += 1
        self._changed[user_id] = self.version
        self._bell.set()

    def since(self, version: int) -> list[int]:
        """Whose chat changed after that version."""
        return [user_id for user_id, at in self._changed.items() if at > version]

    async def wait(self, version: int, seconds: float) -> None:
        """Until something changes after that version, at most so long."""
        if self.version > version:
            return
        self._bell.clear()
        try:
            await asyncio.wait_for(self._bell.wait(), seconds)
        except TimeoutError:
            return


@dataclass(slots=True)
class World:
    """One rehearsal. `limits` off lets bots send as fast as they can."""

    watch: Watch
    limits: bool = True
    accounts: dict[int, Account] = field(default_factory=dict)
    shelf: Shelf = field(default_factory=Shelf)
    news: News = field(default_factory=News)
    faults: Faults = field(default_factory=Faults)
    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=_TRANSCRIPT))

    def now(self) -> datetime:
        """The rehearsal's instant."""
        return self.watch.now()
