"""The Bot API methods that put something new into a chat. Each takes the bot and the call, gives the result."""

from __future__ import annotations

from datetime import timedelta
from time import monotonic
from typing import Any

from bot.standin import keyboard, text
from bot.standin.ask import Ask
from bot.standin.bots import BotAccount
from bot.standin.shapes import Chat, Json, Refused, bad

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
_MOST_BYTES = {"photo": 10 * 1024 * 1024}
_MOST_BYTES_ELSE = 50 * 1024 * 1024
_ACTIONS = frozenset({
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
})  # fmt: skip
_ACTION_LASTS = timedelta(seconds=5)


def send_message(bot: BotAccount, ask: Ask) -> Json:
    """sendMessage: 1 to 4096 UTF-16 units after entities are parsed."""
    content = message_text(ask)
    return _post(bot, ask, content)


def send_photo(bot: BotAccount, ask: Ask) -> Json:
    """sendPhoto: at most 10 MB."""
    return _send_file(bot, ask, "photo")


def send_document(bot: BotAccount, ask: Ask) -> Json:
    """sendDocument: at most 50 MB, as for the kinds below."""
    return _send_file(bot, ask, "document")


def send_voice(bot: BotAccount, ask: Ask) -> Json:
    """sendVoice."""
    return _send_file(bot, ask, "voice")


def send_audio(bot: BotAccount, ask: Ask) -> Json:
    """sendAudio."""
    return _send_file(bot, ask, "audio")


def send_video(bot: BotAccount, ask: Ask) -> Json:
    """sendVideo."""
    return _send_file(bot, ask, "video")


def send_chat_action(bot: BotAccount, ask: Ask) -> bool:
    """sendChatAction: shown for 5 seconds or until the next message."""
    action = ask.text("action") or ""
    if action not in _ACTIONS:
        raise bad("wrong parameter action in request")
    chat = bot.open_chat(ask.number("chat_id"))
    chat.action, chat.action_until = action, bot.world.now() + _ACTION_LASTS
    bot.world.news.tell(chat.account.user_id)
    return True


def message_text(ask: Ask) -> Json:
    """The `text` and `entities` of a call; refuses an empty or too long text."""
    read = text.formatted(ask.text("text") or "", ask.text("parse_mode"), ask.data("entities"))
    if not read.text:
        raise bad("message text is empty")
    if text.width(read.text) > LONGEST_TEXT:
        raise bad("message is too long")
    return {"text": read.text, "entities": list(read.entities)} if read.entities else {"text": read.text}


def caption(ask: Ask) -> Json:
    """The `caption` and `caption_entities` of a call; refuses more than 1024 UTF-16 units."""
    read = text.formatted(ask.text("caption") or "", ask.text("parse_mode"), ask.data("caption_entities"))
    if text.width(read.text) > LONGEST_CAPTION:
        raise bad("message caption is too long")
    if not read.text:
        return {}
    return {"caption": read.text, **({"caption_entities": list(read.entities)} if read.entities else {})}


def _send_file(bot: BotAccount, ask: Ask, kind: str) -> Json:
    words = caption(ask)
    bot.open_chat(ask.number("chat_id"))
    sent = ask.attachment(kind)
    if sent is None:
        filed = bot.world.shelf.again(kind, _named_file(ask, kind))
    elif not sent.content:
        raise bad("file must be non-empty")
    elif len(sent.content) > _MOST_BYTES.get(kind, _MOST_BYTES_ELSE):
        raise Refused(413, "Request Entity Too Large")
    else:
        filed = bot.world.shelf.keep(kind, sent)
    return _post(bot, ask, {**filed.shape(ask.number("duration") or 1), **words})


def _named_file(ask: Ask, kind: str) -> str:
    file_id = ask.text(kind)
    if not file_id:
        raise bad(f"there is no {kind} in the request")
    if file_id.startswith("attach://"):
        raise bad("attached file not found")
    return file_id


def _post(bot: BotAccount, ask: Ask, content: Json) -> Json:
    markup = keyboard.checked(ask.data("reply_markup"))
    chat = bot.open_chat(ask.number("chat_id"))
    replied = _replied_to(chat, ask)
    if bot.world.limits:
        bot.pace.spend(chat.account.user_id, monotonic())
    if replied is not None:
        content["reply_to_message"] = replied
    if keyboard.is_inline(markup):
        content["reply_markup"] = markup
    elif markup is not None:
        chat.keyboard = None if markup.get("remove_keyboard") else markup
    chat.action_until = None
    if ask.flag("protect_content"):
        content["has_protected_content"] = True
    sent = bot.keep(chat, content, by_bot=True).body
    if markup is not None and markup.get("force_reply"):
        chat.keyboard = {**markup, "message_id": sent["message_id"]}  # what the next words answer
    return sent


def _replied_to(chat: Chat, ask: Ask) -> Json | None:
    given: Any = ask.data("reply_parameters") or {"message_id": ask.number("reply_to_message_id")}
    number = given.get("message_id")
    if number is None:
        return None
    kept = chat.messages.get(int(number))
    if kept is not None:
        return quoted(kept.body)
    if given.get("allow_sending_without_reply") or ask.flag("allow_sending_without_reply"):
        return None
    raise bad("message to be replied not found")


def quoted(body: Json) -> Json:
    """A message as it appears inside a reply: without the one it replied to itself."""
    return {name: value for name, value in body.items() if name != "reply_to_message"}
