"""The Bot API methods that touch what is already there: edits, deletions, presses, reactions, pins."""

from __future__ import annotations

from bot.standin import keyboard
from bot.standin.ask import Ask
from bot.standin.bots import BotAccount
from bot.standin.queue import PRESS_LIFE
from bot.standin.sending import caption, message_text
from bot.standin.shapes import Chat, Json, Kept, bad

_UNCHANGED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
_LONGEST_ANSWER = 200


def edit_message_text(bot: BotAccount, ask: Ask) -> Json:
    """editMessageText: the keyboard goes too unless given again."""
    content = message_text(ask)
    chat, kept = _own(bot, ask)
    if "text" not in kept.body:
        raise bad("there is no text in the message to edit")
    return _changed(bot, chat, kept, ask, content, ("text", "entities"))


def edit_message_caption(bot: BotAccount, ask: Ask) -> Json:
    """editMessageCaption."""
    content = caption(ask)
    chat, kept = _own(bot, ask)
    if "text" in kept.body:
        raise bad("there is no caption in the message to edit")
    return _changed(bot, chat, kept, ask, content, ("caption", "caption_entities"))


def edit_message_reply_markup(bot: BotAccount, ask: Ask) -> Json:
    """editMessageReplyMarkup: no markup takes the keyboard away."""
    chat, kept = _own(bot, ask)
    return _changed(bot, chat, kept, ask, {}, ())


def delete_message(bot: BotAccount, ask: Ask) -> bool:
    """deleteMessage: in a private chat a bot may delete both sides' messages for 48 hours."""
    chat = bot.known_chat(ask.number("chat_id"))
    kept = chat.messages.get(ask.number("message_id") or 0)
    if kept is None:
        raise bad("message to delete not found")
    if bot.world.now().timestamp() - kept.body["date"] > 48 * 3600:
        raise bad("message can't be deleted for everyone")
    del chat.messages[kept.body["message_id"]]
    bot.world.news.tell(chat.account.user_id)
    return True


def delete_messages(bot: BotAccount, ask: Ask) -> bool:
    """deleteMessages: those not found are skipped."""
    chat = bot.known_chat(ask.number("chat_id"))
    for number in ask.data("message_ids") or ():
        chat.messages.pop(int(number), None)
    bot.world.news.tell(chat.account.user_id)
    return True


def answer_callback_query(bot: BotAccount, ask: Ask) -> bool:
    """answerCallbackQuery: once, within 150 seconds, with at most 200 characters."""
    press = bot.presses.get(ask.text("callback_query_id") or "")
    if press is None or press.answer is not None or bot.world.now() > press.at + PRESS_LIFE:
        raise bad(_TOO_OLD)
    words = ask.text("text") or ""
    if len(words) > _LONGEST_ANSWER:
        raise bad("MESSAGE_TOO_LONG")
    press.answer = {"text": words, "show_alert": ask.flag("show_alert")}
    bot.world.news.tell(press.user_id)
    return True


def set_message_reaction(bot: BotAccount, ask: Ask) -> bool:
    """setMessageReaction: a bot has at most one reaction per message."""
    chat = bot.open_chat(ask.number("chat_id"))
    kept = chat.messages.get(ask.number("message_id") or 0)
    if kept is None:
        raise bad("message to react not found")
    wanted = [str(one.get("emoji", "⭐")) for one in ask.data("reaction") or ()]
    if len(wanted) > 1:
        raise bad("REACTIONS_TOO_MANY")
    kept.reactions = wanted
    bot.world.news.tell(chat.account.user_id)
    return True


def pin_chat_message(bot: BotAccount, ask: Ask) -> bool:
    """pinChatMessage."""
    return _pin(bot, ask, pinned=True)


def unpin_chat_message(bot: BotAccount, ask: Ask) -> bool:
    """unpinChatMessage, one message at a time."""
    return _pin(bot, ask, pinned=False)


def _pin(bot: BotAccount, ask: Ask, *, pinned: bool) -> bool:
    chat = bot.open_chat(ask.number("chat_id"))
    kept = chat.messages.get(ask.number("message_id") or 0)
    if kept is None:
        raise bad(f"message to {'pin' if pinned else 'unpin'} not found")
    kept.pinned = pinned
    bot.world.news.tell(chat.account.user_id)
    return True


def _own(bot: BotAccount, ask: Ask) -> tuple[Chat, Kept]:
    chat = bot.open_chat(ask.number("chat_id"))
    number = ask.number("message_id")
    if number is None:
        raise bad("message identifier is not specified")
    kept = chat.messages.get(number)
    if kept is None or not kept.by_bot:
        raise bad("message to edit not found")
    return chat, kept


def _changed(bot: BotAccount, chat: Chat, kept: Kept, ask: Ask, content: Json, names: tuple[str, ...]) -> Json:
    markup = keyboard.checked(ask.data("reply_markup"))
    if markup is not None and not keyboard.is_inline(markup):
        raise bad("inline keyboard expected")
    after = {name: value for name, value in kept.body.items() if name not in (*names, "reply_markup")}
    after.update(content)
    if markup is not None:
        after["reply_markup"] = markup
    if after == kept.body:
        raise bad(_UNCHANGED)
    after["edit_date"] = int(bot.world.now().timestamp())
    kept.body, kept.edited = after, kept.edited or bool(names)
    bot.world.news.tell(chat.account.user_id)
    return after
