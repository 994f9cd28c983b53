"""How fast each chat writes, as far as this process has seen. Knows no person, keeps no word; a restart forgets it."""

from collections import deque
from datetime import datetime, timedelta
from typing import Final

MESSAGES: Final = (20, timedelta(minutes=1))
UPDATES: Final = (200, timedelta(minutes=10))
"""What a chat may send in that time without being in a rush: words, and anything. Cards are sorted faster than that."""

CHATS: Final = 10_000
"""Chats remembered before those that are quiet are forgotten."""

Seen = tuple[deque[datetime], deque[datetime]]


class Pace:
    """Decides only which courtesies are put together: no answer of anybody hangs on it."""

    def __init__(self) -> None:
        self._seen: dict[int, Seen] = {}

    def rushed(self, chat_id: int, now: datetime, words: bool) -> bool:
        """Counts one more update of this chat; whether it comes on top of what a conversation brings."""
        if len(self._seen) >= CHATS and chat_id not in self._seen:
            self._forget(now)
        messages, updates = self._seen.setdefault(chat_id, (deque(maxlen=MESSAGES[0]), deque(maxlen=UPDATES[0])))
        found = _over(updates, now, UPDATES) or (words and _over(messages, now, MESSAGES))
        updates.append(now)
        if words:
            messages.append(now)
        return found

    def _forget(self, now: datetime) -> None:
        """Those that have been quiet; all, when nobody has."""
        quiet = [chat for chat, (_, updates) in self._seen.items() if now - updates[-1] > UPDATES[1]]
        for chat in quiet or list(self._seen):
            del self._seen[chat]


def _over(seen: deque[datetime], now: datetime, limit: tuple[int, timedelta]) -> bool:
    most, span = limit
    return len(seen) == most and now - seen[0] < span
