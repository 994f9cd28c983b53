"""One bot as Telegram holds it: its chats, message numbers, presses, commands and waiting updates."""

from __future__ import annotations

from dataclasses import dataclass, field
from secrets import randbelow

from bot.standin.limits import Pace
from bot.standin.queue import MESSAGE_LIFE, PRESS_LIFE, Updates
from bot.standin.shapes import Account, Chat, Json, Kept, Press, Refused, bad
from bot.standin.webhook import Webhook
from bot.standin.world import World

USERNAME = "MargeBot"
_BUTTON_LANE = 3 << 33


@dataclass(slots=True)
class BotAccount:
    """A bot; `token` None until the first call made with one claims it."""

    world: World
    token: str | None = None
    username: str = USERNAME
    names: dict[str, str] = field(default_factory=lambda: {"": "Marge"})
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    commands: dict[tuple[str, int, str], list[Json]] = field(default_factory=dict)
    menu_button: Json = field(default_factory=lambda: {"type": "commands"})
    chats: dict[int, Chat] = field(default_factory=dict)
    presses: dict[str, Press] = field(default_factory=dict)
    updates: Updates = field(default_factory=Updates)
    pace: Pace = field(default_factory=Pace)
    webhook: Webhook | None = None
    poller: object = None
    last_message_id: int = 0

    @property
    def id(self) -> int:
        """The bot's number, which is the head of its token."""
        return int(self.token.partition(":")[0]) if self.token else 1

    def user(self) -> Json:
        """The Bot API `User`."""
        return {"id": self.id, "is_bot": True, "first_name": self.names[""], "username": self.username}

    def next_message_id(self) -> int:
        """From one counter for all private chats of the bot, as Telegram numbers them."""
        self.last_message_id += 1
        return self.last_message_id

    def chat_of(self, account: Account) -> Chat:
        """The chat with this person, begun now if there was none."""
        return self.chats.setdefault(account.user_id, Chat(account))

    def known_chat(self, chat_id: int | None) -> Chat:
        """The chat of somebody who once wrote to the bot; nobody else exists for it."""
        if chat_id is None:
            raise bad("chat_id is empty")
        chat = self.chats.get(chat_id)
        if chat is None:
            raise bad("chat not found")
        return chat

    def open_chat(self, chat_id: int | None) -> Chat:
        """A chat the bot may write in."""
        chat = self.known_chat(chat_id)
        if chat.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        return chat

    def keep(self, chat: Chat, content: Json, *, by_bot: bool) -> Kept:
        """Write a message into the chat, numbered and dated now."""
        body: Json = {
            "message_id": self.next_message_id(),
            "from": self.user() if by_bot else chat.account.user(),
            "chat": chat.account.chat(),
            "date": int(self.world.now().timestamp()),
            **content,
        }
        kept = chat.messages[body["message_id"]] = Kept(body, by_bot)
        self.world.news.tell(chat.account.user_id)
        return kept

    def tell(self, kind: str, chat: Chat, payload: Json) -> int | None:
        """Queue an update about a message or a membership; it lives 24 hours."""
        return self.updates.put(kind, payload, expires=self.world.now() + MESSAGE_LIFE, lane=chat.account.user_id)

    def tell_press(self, chat: Chat, press: Press) -> None:
        """Queue a press; it lives 150 seconds and travels apart from the person's messages."""
        query: Json = {
            "id": press.id,
            "from": chat.account.user(),
            "message": dict(chat.messages[press.message_id].body),
            "chat_instance": str(chat.account.user_id * 7919 + self.id),
            "data": press.data,
        }
        self.presses[press.id] = press
        lane = chat.account.user_id + _BUTTON_LANE
        press.update_id = self.updates.put("callback_query", query, expires=press.at + PRESS_LIFE, lane=lane)

    def new_press(self, chat: Chat, message_id: int, data: str) -> Press:
        """A press of now, not yet queued."""
        return Press(str(randbelow(1 << 62) + 1), chat.account.user_id, message_id, data, self.world.now())
