"""What a person does in the chat with a bot; each act becomes an update. Knows neither HTTP nor the page."""

from __future__ import annotations

from bot.standin import keyboard, text
from bot.standin.bots import BotAccount
from bot.standin.queue import MESSAGE_LIFE, PRESS_LIFE
from bot.standin.sending import LONGEST_TEXT, quoted
from bot.standin.shapes import Account, Attachment, Chat, Json, Kept, Press, Refused, bad


def say(bot: BotAccount, account: Account, words: str, reply_to: int | None, entities: list[Json] | None) -> Json:
    """Write to the bot; a text beyond 4096 units leaves as several messages, as from Telegram's apps.

    The last message written.
    """
    chat = _writable(bot, account)
    last: Json = {}
    for piece in _pieces(words):
        read = text.formatted(piece, None, entities)
        if not read.text:
            raise bad("message text is empty")
        content: Json = {"text": read.text, **({"entities": list(read.entities)} if read.entities else {})}
        last = _post(bot, chat, content, reply_to)
    return last


def edit(bot: BotAccount, account: Account, message_id: int, words: str) -> Json:
    """Change one's own message; the update is lost if 24 hours have passed since it was written."""
    chat = _writable(bot, account)
    kept = _message(chat, message_id)
    if kept.by_bot:
        raise bad("message can't be edited")
    name = "text" if "text" in kept.body else "caption"
    read = text.formatted(words, None)
    entities = {"text": "entities", "caption": "caption_entities"}[name]
    kept.body = {key: value for key, value in kept.body.items() if key not in (name, entities)}
    kept.body |= {name: read.text, "edit_date": int(bot.world.now().timestamp())}
    if read.entities:
        kept.body[entities] = list(read.entities)
    kept.edited = True
    bot.tell("edited_message", chat, dict(kept.body))
    bot.world.news.tell(account.user_id)
    return kept.body


def press(bot: BotAccount, account: Account, message_id: int, data_or_label: str) -> Press:
    """Press an inline button, named by its data or else its label."""
    chat = _writable(bot, account)
    kept = _message(chat, message_id)
    found = keyboard.button(kept.body.get("reply_markup"), data_or_label)
    if found is None or "callback_data" not in found:
        raise bad("no such button under this message")
    made = bot.new_press(chat, message_id, str(found["callback_data"]))
    bot.tell_press(chat, made)
    bot.world.news.tell(account.user_id)
    return made


def press_again(bot: BotAccount, press_id: str) -> Press:
    """Telegram's app sends an unanswered press once more, under new numbers; the old one can no longer be answered."""
    old = bot.presses.pop(press_id, None)
    if old is None or old.answer is not None or bot.world.now() > old.at + PRESS_LIFE:
        raise bad("this press was answered or is too old")
    chat = bot.chats[old.user_id]
    again = bot.new_press(chat, old.message_id, old.data)
    bot.tell_press(chat, again)
    return again


def upload(
    bot: BotAccount, account: Account, kind: str, sent: Attachment, caption: str | None, group: str | None, seconds: int
) -> Json:
    """Send a file: photo, document, voice, audio or video; those of one album share a group."""
    content = bot.world.shelf.keep(kind, sent).shape(seconds)
    if caption:
        content["caption"] = caption
    if group:
        content["media_group_id"] = group
    return _post(bot, _writable(bot, account), content)


def sticker(bot: BotAccount, account: Account, emoji: str) -> Json:
    """Send a sticker."""
    filed = bot.world.shelf.keep("sticker", Attachment("sticker.webp", b"RIFF", "image/webp"))
    content = filed.shape()
    content["sticker"]["emoji"] = emoji
    return _post(bot, _writable(bot, account), content)


def location(bot: BotAccount, account: Account, latitude: float, longitude: float) -> Json:
    """Send a place."""
    return _post(bot, _writable(bot, account), {"location": {"latitude": latitude, "longitude": longitude}})


def react(bot: BotAccount, account: Account, message_id: int, emoji: str | None) -> None:
    """Put an emoji on a message, or take it away; bots hear of it only on request."""
    chat = _writable(bot, account)
    kept = _message(chat, message_id)
    new = [{"type": "emoji", "emoji": emoji}] if emoji else []
    old = [{"type": "emoji", "emoji": one} for one in kept.reactions]
    kept.reactions = [emoji] if emoji else []
    payload = {
        "chat": account.chat(), "message_id": message_id, "user": account.user(),
        "date": int(bot.world.now().timestamp()), "old_reaction": old, "new_reaction": new,
    }  # fmt: skip
    bot.tell("message_reaction", chat, payload)
    bot.world.news.tell(account.user_id)


def block(bot: BotAccount, account: Account, *, blocked: bool) -> None:
    """Block the bot or let it back in; nothing happens if it is already so."""
    chat = bot.chat_of(account)
    if chat.blocked == blocked:
        return
    chat.blocked = blocked
    member: Json = {"user": bot.user(), "status": "member"}
    kicked: Json = {"user": bot.user(), "status": "kicked", "until_date": 0}
    old, new = (member, kicked) if blocked else (kicked, member)
    payload = {
        "chat": account.chat(), "from": account.user(), "date": int(bot.world.now().timestamp()),
        "old_chat_member": old, "new_chat_member": new,
    }  # fmt: skip
    bot.tell("my_chat_member", chat, payload)
    bot.world.news.tell(account.user_id)


def _pieces(words: str) -> list[str]:
    units = words.encode("utf-16-le")
    if len(units) <= 2 * LONGEST_TEXT:
        return [words]
    pieces, at = [], 0
    while at < len(units):
        end = at + 2 * LONGEST_TEXT
        if units[end - 1 : end] and 0xD8 <= units[end - 1] <= 0xDB:
            end -= 2
        pieces.append(units[at:end].decode("utf-16-le"))
        at = end
    return pieces


def _writable(bot: BotAccount, account: Account) -> Chat:
    chat = bot.chat_of(account)
    if chat.blocked:
        raise Refused(403, "Forbidden: this person has blocked the bot")
    return chat


def _message(chat: Chat, message_id: int) -> Kept:
    kept = chat.messages.get(message_id)
    if kept is None:
        raise bad("message not found")
    return kept


def _post(bot: BotAccount, chat: Chat, content: Json, reply_to: int | None = None) -> Json:
    if reply_to is not None:
        content["reply_to_message"] = quoted(_message(chat, reply_to).body)
    body = bot.keep(chat, content, by_bot=False).body
    bot.updates.put("message", dict(body), expires=bot.world.now() + MESSAGE_LIFE, lane=chat.account.user_id)
    return body
