"""When the next message may leave: never too many in any second, overall and per chat. Pure; knows no message.

A slot is taken when a message leaves and comes back one second after the server counted it. That instant is only
known to lie between leaving and completion, so the pacer reckons from completion, less what the line itself takes: no
message is counted sooner after leaving, nor completed sooner after being counted, than on the fastest round trip seen.
On a long line, of a trip's excess over that, up to a tenth of a second, it gives back `share`: half, if delays fall
alike on the way out and the way home; less what may be our own delay, and never more than is usual: what is late now
and then is late on the way out.
The first « too many » suggests that delays do not fall alike: from then on it gives back nothing, which cannot exceed.
Until a sample of trips is known, the line is given credit for nothing.

On a quick line nothing is given back, what is late there is ourselves; and slots that come back together are soon drawn
apart: each message then travels by itself, and none waits for its neighbours to be written down.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush

URGENT = 1
"""Ranks up to this one (0 distress, 1 answer to a person's own action) may use the reserve."""

_MESSAGES = frozenset({"forwardMessage", "forwardMessages", "copyMessage", "copyMessages"})
_WINDOW = 1.0
_MARGIN = 0.001
_TALK = 10.0
_SPARE = 2
_PATIENCE = 1.0
_FLOOR_TRUST = 0.98
_JITTER = 0.1
_SAMPLE = 41
_OURS = 0.002
_CALM = 0.008
_DRAWN = 0.15
_GRAIN = 1e-6
_CROWD = 4096


def makes_message(method: str) -> bool:
    """Whether Telegram counts this method in its limits on messages: those that put a new one in a chat."""
    return method in _MESSAGES or (method.startswith("send") and method != "sendChatAction")


@dataclass(slots=True)
class _Chat:
    """`full` is when all that was sent is worn off; `left` holds the (instant, rank) of messages under way."""

    full: float = 0.0
    left: deque[tuple[float, int]] = field(default_factory=deque)
    shut: float = 0.0


class Pacer:
    """At most `per_second` messages in any rolling second; `per_chat` a second sustained in one chat, after `burst`.

    `clock` gives monotonic seconds. Whoever sends asks `ready` for each candidate, and again at each `done` and after
    the wait it gave, in any order: a slot an urgent rank was made to wait for is not given to another rank. While
    people are talking (an urgent rank asked within ten seconds), other ranks leave them their last second's use and
    two slots more, `reserve` at most; otherwise a broadcast has them all.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        per_second: int = 30,
        per_chat: float = 1.0,
        burst: int = 3,
        reserve: int = 4,
        share: float = 0.5,
    ) -> None:
        self._clock = clock
        self._slots = per_second
        self._gap = 1.0 / per_chat
        self._ahead = (burst - 1) * self._gap
        self._reserve = reserve
        self._chats: dict[int, _Chat] = {}
        self._held: list[tuple[float, int]] = []
        self._used = [0, 0]
        self._shut = 0.0
        self._talk = float("-inf")
        self._asking: dict[int, float] = {}
        self._drawn, self._step, self._last = _DRAWN / per_second, 0.0, float("-inf")
        self._floor = float("inf")
        self._share = share
        self._trips: deque[float] = deque(maxlen=_SAMPLE)
        self._told: tuple[int | None, float] = (None, float("-inf"))

    def ready(self, chat_id: int, rank: int) -> float:
        """Seconds to wait before a message of this rank may leave for this chat; 0: now, and `take` it at once."""
        now = self._clock()
        self._release(now)
        wait = max(self._shut - now, self._chat_wait(chat_id, now), 0.0)
        slot = self._slot_wait(rank, now)
        if rank > URGENT:
            slot = max(slot, self._last + self._step - now)
        else:
            self._talk = now
            if slot and not wait:
                self._asking[chat_id] = now
        return max(wait, slot)

    def own(self, chat_id: int) -> float:
        """Seconds for which this chat alone makes its messages wait, whoever else may write."""
        return max(self._chat_wait(chat_id, self._clock()), 0.0)

    def soon(self, within: float) -> int:
        """How many messages that nobody waits for may leave in the next `within` seconds, those that wait included."""
        now = self._clock()
        self._release(now)
        open_now = max(0, self._slots - sum(self._used))
        return open_now + sum(at <= now + within for at, _ in self._held)

    def take(self, chat_id: int, rank: int = URGENT + 1) -> None:
        """A message leaves: its slot is taken until one second after `done`."""
        now = self._clock()
        self._tidy(now)
        self._asking.pop(chat_id, None)
        self._chats.setdefault(chat_id, _Chat()).left.append((now, rank))
        self._used[rank > URGENT] += 1
        if rank > URGENT:
            self._last = now

    def done(self, chat_id: int, left: bool = True) -> None:
        """The oldest message under way to this chat is over, however it ended; `left` False: no byte ever left."""
        now = self._clock()
        chat = self._chats[chat_id]
        since, rank = chat.left.popleft()
        if not left:
            self._used[rank > URGENT] -= 1
            return
        trip = now - since
        self._floor = min(self._floor, trip)
        self._trips.append(trip)
        chat.full = max(now, chat.full) + self._gap
        heappush(self._held, (self._free_at(now, trip), rank))

    def pause(self, chat_id: int | None, seconds: float) -> None:
        """The server said « too many » for this chat, or for all (None): nothing leaves for so long.

        Telegram does not say which limit was met; two chats told so within a second show that it is everybody's.
        """
        now = self._clock()
        self._share = 0.0
        told, at = self._told
        self._told = (chat_id, now)
        if chat_id is None or (told != chat_id and now - at <= _WINDOW):
            self._shut = max(self._shut, now + seconds)
        else:
            chat = self._chats.setdefault(chat_id, _Chat())
            chat.shut = max(chat.shut, now + seconds)

    def _free_at(self, now: float, trip: float) -> float:
        if len(self._trips) < _SAMPLE:
            return now + _WINDOW + _MARGIN
        floor = self._floor * _FLOOR_TRUST
        usual = 2 * (sorted(self._trips)[_SAMPLE // 2] - floor)
        self._step = self._drawn if usual < _CALM else 0.0
        excess = 0.0 if usual < _CALM else min(trip - floor, usual, _JITTER)
        back = max(0.0, self._share * excess - _OURS)
        return now + _WINDOW + _MARGIN - floor - back

    def _slot_wait(self, rank: int, now: float) -> float:
        free = self._slots - sum(self._used)
        if rank <= URGENT or now - self._talk > _TALK:
            return 0.0 if free > 0 else self._next_free(now)
        if free <= len(self._asking):
            return self._next_free(now)
        others = self._slots - min(self._reserve, self._used[False] + _SPARE)
        if self._used[True] < others:
            return 0.0
        return min((at for at, held in self._held if held > URGENT), default=now + _WINDOW) - now

    def _next_free(self, now: float) -> float:
        return self._held[0][0] - now if self._held else _WINDOW

    def _chat_wait(self, chat_id: int, now: float) -> float:
        chat = self._chats.get(chat_id)
        if chat is None:
            return 0.0
        owed = max(now, chat.full) + len(chat.left) * self._gap - self._ahead - now
        return max(chat.shut - now, owed + _MARGIN if owed > _GRAIN else 0.0)

    def _release(self, now: float) -> None:
        while self._held and self._held[0][0] <= now:
            self._used[heappop(self._held)[1] > URGENT] -= 1
        if self._asking:
            self._asking = {chat: at for chat, at in self._asking.items() if now - at < _PATIENCE}

    def _tidy(self, now: float) -> None:
        """Forgets the chats that owe nothing, once they are many."""
        if len(self._chats) > _CROWD:
            self._chats = {
                number: chat for number, chat in self._chats.items() if chat.left or max(chat.full, chat.shut) > now
            }
