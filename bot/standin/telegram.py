"""The in-memory Telegram: people, bots, and what people do. The page and the tests act through it."""

from __future__ import annotations

import re
from collections import deque
from datetime import datetime, timedelta
from pathlib import Path

from bot.standin import people, rendering
from bot.standin.bots import USERNAME, BotAccount
from bot.standin.faults import Fault
from bot.standin.queue import MESSAGE_LIFE
from bot.standin.shapes import Account, Attachment, Call, Json, Kept, Press, Refused, bad
from bot.standin.watch import Watch
from bot.standin.world import World

_TOKEN = re.compile(r"\d+:[\w-]+")
_FIRST_USER = 5001


class Telegram:
    """One rehearsal. People's acts concern the first bot unless `bot_id` names another.

    Every act raises `Refused` for what Telegram's own apps would not let a person do.
    """

    def __init__(self, *, clock_file: Path | None = None, token: str | None = None, limits: bool = True) -> None:
        self.world = World(Watch(clock_file), limits)
        self._token = token
        self._first = BotAccount(self.world, token)
        self._bots: dict[str, BotAccount] = {token: self._first} if token else {}

    @property
    def limits(self) -> bool:
        """Whether bots are held to Telegram's rates."""
        return self.world.limits

    @limits.setter
    def limits(self, held: bool) -> None:
        self.world.limits = held

    @property
    def calls(self) -> deque[Call]:
        """The transcript of Bot API calls, oldest first; the last 100,000."""
        return self.world.calls

    def now(self) -> datetime:
        """The rehearsal's instant, aware, in UTC."""
        return self.world.now()

    def advance(self, by: timedelta) -> None:
        """Move the rehearsal's clock on."""
        self.world.watch.advance(by)
        for user_id in self.world.accounts:
            self.world.news.tell(user_id)

    def bot_of(self, token: str) -> BotAccount:
        """The bot of a token; refuses a malformed one (404) and, where one is fixed, any other (401)."""
        bot = self._bots.get(token)
        if bot is not None:
            return bot
        if not _TOKEN.fullmatch(token):
            raise Refused(404, "Not Found")
        if self._token is not None:
            raise Refused(401, "Unauthorized")
        bot = self._bots[token] = BotAccount(self.world, token) if self._bots else self._first
        bot.token = token
        if bot is not self._first:
            bot.username = f"{USERNAME.removesuffix('Bot')}{bot.id}Bot"
        return bot

    def bot(self, bot_id: int | None = None) -> BotAccount:
        """The first bot, or the one of that number."""
        if bot_id is None:
            return self._first
        for bot in self._bots.values():
            if bot.id == bot_id:
                return bot
        raise bad("bot not found")

    def bots(self) -> list[BotAccount]:
        """All of them, the first one first."""
        return [self._first, *(bot for bot in self._bots.values() if bot is not self._first)]

    def account(self, name: str, user_id: int | None = None, label: str = "") -> Account:
        """A person, the same one for the same `user_id`; without a number a new one is given."""
        if user_id is None:
            user_id = max(self.world.accounts, default=_FIRST_USER - 1) + 1
        known = self.world.accounts.get(user_id)
        if known is None:
            known = self.world.accounts[user_id] = Account(user_id, name, label)
            self.world.news.tell(user_id)
        return known

    async def say(
        self, user_id: int, text: str, *, reply_to: int | None = None, entities: list[Json] | None = None,
        bot_id: int | None = None,
    ) -> Json:  # fmt: skip
        """Write to the bot; the message written (the last, if the text had to be parted)."""
        return people.say(self.bot(bot_id), self._person(user_id), text, reply_to, entities)

    async def edit(self, user_id: int, message_id: int, text: str, *, bot_id: int | None = None) -> Json:
        """Change one's own message."""
        return people.edit(self.bot(bot_id), self._person(user_id), message_id, text)

    async def press(self, user_id: int, message_id: int, data_or_label: str, *, bot_id: int | None = None) -> Press:
        """Press an inline button; the `Press` gets the bot's answer when there is one."""
        return people.press(self.bot(bot_id), self._person(user_id), message_id, data_or_label)

    async def represse(self, press_id: str, *, bot_id: int | None = None) -> Press:
        """Send an unanswered press once more with a new update_id, as Telegram's apps may."""
        return people.press_again(self.bot(bot_id), press_id)

    async def upload(
        self, user_id: int, kind: str, filename: str, content: bytes, *, caption: str | None = None,
        media_group_id: str | None = None, mime: str = "application/octet-stream", duration: int = 1,
        bot_id: int | None = None,
    ) -> Json:  # fmt: skip
        """Send a file; `kind` is photo, document, voice, audio or video, `duration` in seconds."""
        sent = Attachment(filename, content, mime)
        return people.upload(
            self.bot(bot_id), self._person(user_id), kind, sent, caption, media_group_id, duration
        )  # fmt: skip

    async def sticker(self, user_id: int, emoji: str = "🙂", *, bot_id: int | None = None) -> Json:
        """Send a sticker."""
        return people.sticker(self.bot(bot_id), self._person(user_id), emoji)

    async def location(self, user_id: int, latitude: float, longitude: float, *, bot_id: int | None = None) -> Json:
        """Send a place."""
        return people.location(self.bot(bot_id), self._person(user_id), latitude, longitude)

    async def react(self, user_id: int, message_id: int, emoji: str | None, *, bot_id: int | None = None) -> None:
        """Put an emoji on a message; None takes it away."""
        people.react(self.bot(bot_id), self._person(user_id), message_id, emoji)

    async def block(self, user_id: int, *, bot_id: int | None = None) -> None:
        """Block the bot: it gets a my_chat_member update, and 403 from then on."""
        people.block(self.bot(bot_id), self._person(user_id), blocked=True)

    async def unblock(self, user_id: int, *, bot_id: int | None = None) -> None:
        """Let the bot write again."""
        people.block(self.bot(bot_id), self._person(user_id), blocked=False)

    async def raw_update(self, body: Json, *, bot_id: int | None = None) -> int:
        """Queue any update, however wrong; its number, given here unless it brings one."""
        return self.bot(bot_id).updates.put_raw(body, expires=self.now() + MESSAGE_LIFE)

    def history(self, user_id: int, *, bot_id: int | None = None) -> list[Json]:
        """The chat as the person sees it: Bot API messages plus `by_bot`, `edited`, `pinned`, `reactions`, `html`."""
        chat = self.bot(bot_id).chats.get(user_id)
        return [] if chat is None else [_seen(kept) for kept in chat.messages.values()]

    def fault(
        self, method: str, *, times: int = 1, status: int | None = None, retry_after: int | None = None,
        after_accept: bool = False, drop: bool = False, delay: float = 0.0, description: str = "",
        chat_id: int | None = None,
    ) -> Fault:  # fmt: skip
        """Order trouble for the next `times` calls of a method ("*": any).

        `after_accept`: the call takes effect, its answer is lost. `drop`: the connection is cut. `delay` seconds
        alone only slow the call down. Without `status`, `drop` or `delay` it is a 500.
        """
        if status is None and not drop and not delay:
            status = 500
        ordered = Fault(method, times, status, retry_after, after_accept, drop, delay, description, chat_id)
        self.world.faults.order(ordered)
        return ordered

    async def close(self) -> None:
        """Stop delivering to webhooks."""
        for bot in self.bots():
            if bot.webhook is not None:
                await bot.webhook.stop()

    def _person(self, user_id: int) -> Account:
        account = self.world.accounts.get(user_id)
        if account is None:
            raise bad("user not found")
        return account


def _seen(kept: Kept) -> Json:
    body = kept.body
    words = body.get("text") or body.get("caption") or ""
    entities = body.get("entities") or body.get("caption_entities") or []
    return {
        **body, "by_bot": kept.by_bot, "edited": kept.edited, "pinned": kept.pinned, "reactions": kept.reactions,
        "html": rendering.as_html(words, entities),
    }  # fmt: skip
