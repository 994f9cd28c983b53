"""The Bot API methods about the bot itself, its commands and its chats."""

from __future__ import annotations

import re
from typing import Any

from bot.standin.ask import Ask
from bot.standin.bots import BotAccount
from bot.standin.shapes import Json, bad

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_PERSONAL_SCOPES = frozenset({"chat", "chat_member", "chat_administrators"})


def get_me(bot: BotAccount, ask: Ask) -> Json:
    """getMe."""
    abilities = (
        "can_join_groups", "can_read_all_group_messages", "supports_inline_queries", "can_connect_to_business",
        "has_main_web_app", "has_topics_enabled",
    )  # fmt: skip
    return {**bot.user(), **dict.fromkeys(abilities, False)}


def get_file(bot: BotAccount, ask: Ask) -> Json:
    """getFile: at most 20 MB."""
    filed = bot.world.shelf.by_id(ask.text("file_id") or "")
    return {
        "file_id": filed.file_id, "file_unique_id": filed.unique_id, "file_size": filed.size, "file_path": filed.path,
    }  # fmt: skip


def get_chat(bot: BotAccount, ask: Ask) -> Json:
    """getChat: the full shape of a private chat."""
    chat = bot.known_chat(ask.number("chat_id"))
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    return {
        **chat.account.chat(), "accent_color_id": 0, "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(gifts, False),
    }  # fmt: skip


def set_my_commands(bot: BotAccount, ask: Ask) -> bool:
    """setMyCommands: at most 100, names in `[a-z0-9_]{1,32}`, descriptions of 1 to 256 characters."""
    commands = ask.data("commands")
    if not isinstance(commands, list):
        raise bad("can't parse list of commands: expected an Array of BotCommand")
    if len(commands) > 100:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    bot.commands[_scope(bot, ask)] = [_command(one) for one in commands]
    _menus_changed(bot)
    return True


def get_my_commands(bot: BotAccount, ask: Ask) -> list[Json]:
    """getMyCommands: of exactly this scope and language."""
    return bot.commands.get(_scope(bot, ask), [])


def delete_my_commands(bot: BotAccount, ask: Ask) -> bool:
    """deleteMyCommands."""
    bot.commands.pop(_scope(bot, ask), None)
    _menus_changed(bot)
    return True


def commands_for(bot: BotAccount, user_id: int, language: str = "fr") -> list[Json]:
    """The menu a person sees: the narrowest scope wins, then the person's language."""
    for scope in (("chat", user_id), ("all_private_chats", 0), ("default", 0)):
        for spoken in (language, ""):
            commands = bot.commands.get((*scope, spoken))
            if commands:
                return commands
    return []


def set_my_name(bot: BotAccount, ask: Ask) -> bool:
    """setMyName: at most 64 characters; an empty one goes back to the default."""
    language = ask.text("language_code") or ""
    name = _within(ask.text("name") or "", 64, "name")
    bot.names[language] = name or bot.names[""]
    return True


def get_my_name(bot: BotAccount, ask: Ask) -> Json:
    """getMyName."""
    return {"name": bot.names.get(ask.text("language_code") or "", bot.names[""])}


def set_my_description(bot: BotAccount, ask: Ask) -> bool:
    """setMyDescription: shown before the first message, at most 512 characters."""
    bot.descriptions[ask.text("language_code") or ""] = _within(ask.text("description") or "", 512, "description")
    return True


def get_my_description(bot: BotAccount, ask: Ask) -> Json:
    """getMyDescription."""
    return {"description": bot.descriptions.get(ask.text("language_code") or "", "")}


def set_my_short_description(bot: BotAccount, ask: Ask) -> bool:
    """setMyShortDescription: at most 120 characters."""
    words = _within(ask.text("short_description") or "", 120, "short description")
    bot.short_descriptions[ask.text("language_code") or ""] = words
    return True


def get_my_short_description(bot: BotAccount, ask: Ask) -> Json:
    """getMyShortDescription."""
    return {"short_description": bot.short_descriptions.get(ask.text("language_code") or "", "")}


def set_chat_menu_button(bot: BotAccount, ask: Ask) -> bool:
    """setChatMenuButton: of one chat, or of all when none is named."""
    button = ask.data("menu_button") or {"type": "default"}
    if button.get("type") not in ("commands", "default", "web_app"):
        raise bad("MenuButton has unsupported type specified")
    chat_id = ask.number("chat_id")
    if chat_id is None:
        bot.menu_button = button
    else:
        bot.known_chat(chat_id).menu_button = button
    return True


def get_chat_menu_button(bot: BotAccount, ask: Ask) -> Json:
    """getChatMenuButton."""
    chat_id = ask.number("chat_id")
    return bot.menu_button if chat_id is None else bot.known_chat(chat_id).menu_button


def _scope(bot: BotAccount, ask: Ask) -> tuple[str, int, str]:
    given: Any = ask.data("scope") or {"type": "default"}
    kind, language = str(given.get("type")), ask.text("language_code") or ""
    if kind not in _PERSONAL_SCOPES:
        return kind, 0, language
    return kind, bot.known_chat(int(given["chat_id"]) if "chat_id" in given else None).account.user_id, language


def _command(given: Any) -> Json:
    name, words = str(given.get("command", "")).removeprefix("/"), str(given.get("description", "")).strip()
    if not _COMMAND.fullmatch(name):
        raise bad("BOT_COMMAND_INVALID")
    if not 1 <= len(words) <= 256:
        raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": words}


def _within(words: str, most: int, what: str) -> str:
    if len(words) > most:
        raise bad(f"{what} is too long")
    return words


def _menus_changed(bot: BotAccount) -> None:
    for user_id in bot.chats:
        bot.world.news.tell(user_id)
