"""The worker and the wire in one hand: what people do reaches the door, what Marge says reaches them, at once.

A past is played with it, of which nobody watches the making. Nothing differs but the socket and the waiting.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from bot.app import App
from bot.conversation import delivery, intake, ticking
from bot.conversation.worker import AT_ONCE, BATCH, call_of
from bot.demo.stage import TOKEN
from bot.standin import people
from bot.standin.api import BotApi
from bot.standin.shapes import Json
from bot.standin.telegram import Telegram
from bot.store import due, outbox
from bot.store.leaving import Leaving, Settled
from bot.telegram import outcome


@dataclass(frozen=True, slots=True)
class Hand:
    """To be used in a transaction of the store, while the loop that serves the stand-in stands still."""

    app: App
    telegram: Telegram

    def say(self, chat: int, words: str) -> None:
        people.say(self.telegram.bot(), self.telegram.world.accounts[chat], words, None, None)

    def press(self, chat: int, message_id: int, data: str) -> None:
        people.press(self.telegram.bot(), self.telegram.world.accounts[chat], message_id, data)

    def seen(self, chat: int) -> Iterator[Json]:
        """What stands in a chat, the newest message first."""
        held = self.telegram.bot().chats.get(chat)
        return (kept.body for kept in reversed(held.messages.values())) if held else iter(())

    def hear(self, conn: Connection, now: datetime) -> None:
        """Until all that was done and all that is due at `now` has been answered, and the answers have arrived."""
        while True:
            self.heed(conn, now)
            self._send(conn, now, AT_ONCE)
            if (at := due.next_due(conn)) is None or at > now:
                return
            ticking.tick(conn, self.app.vault, self.app.house, now)

    def heed(self, conn: Connection, now: datetime) -> None:
        """Until what was done has been answered; what nobody waits for stays where it is."""
        if done := self._done():
            intake.keep(conn, self.app.vault, done, now)
            handled = 0
            while handled < len(done):
                handled += intake.work(conn, self.app.vault, self.app.house, now, BATCH)
            self._send(conn, now, 0)

    def _done(self) -> list[Json]:
        """What people did since: taken off the queue, as a poll that was confirmed."""
        updates = self.telegram.bot().updates
        waiting = updates.read(BATCH, self.telegram.now())
        for one in waiting:
            updates.drop(one.update_id)
        return [one.body for one in waiting]

    def _send(self, conn: Connection, now: datetime, unasked: int) -> None:
        app = self.app
        while leaving := outbox.claim(conn, app.vault, AT_ONCE, unasked, now):
            delivery.settle(conn, app.vault, app.house, self._sent(leaving, now), now)

    def _sent(self, leaving: Sequence[Leaving], now: datetime) -> list[Settled]:
        return [delivery.judged(item, self._call(item), now) for item in leaving]

    def _call(self, item: Leaving) -> outcome.Outcome:
        call = call_of(item)
        status, answer = BotApi(self.telegram).at_once(TOKEN, call.method, _plain(call.params), call.files)
        return outcome.read(call.method, call.params, status, msgspec.json.encode(answer))


def _plain(params: Any) -> Json:
    """As it reads after it has travelled: nothing of ours is shared with the other side."""
    fields: Json = msgspec.json.decode(msgspec.json.encode(params))
    return fields
