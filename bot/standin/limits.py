"""How fast a bot may send: 30 messages in any rolling second; per chat one a second after a burst of three.

Telegram's page for bots gives the two figures; the exact model is not public, this one is the strict reading.
"""

from __future__ import annotations

import math
from collections import deque

from bot.standin.shapes import Refused

PER_SECOND = 30
BURST = 3


class Pace:
    """Of one bot. `now` is the machine's monotonic time: a rehearsal clock that jumps must not lift a limit."""

    def __init__(self) -> None:
        self._sent: deque[float] = deque(maxlen=PER_SECOND)
        self._chats: dict[int, float] = {}

    def spend(self, chat_id: int, now: float) -> None:
        """Count one message for a chat; refuses with 429 and `retry_after` in whole seconds."""
        free = max(self._chats.get(chat_id, 0.0), now - BURST) + 1
        wait = free - now
        if len(self._sent) == PER_SECOND:
            wait = max(wait, self._sent[0] + 1 - now)
        if wait > 0:
            seconds = max(1, math.ceil(wait))
            raise Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        self._chats[chat_id] = free
        self._sent.append(now)
