"""What Telegram accepts as `reply_markup`, and finding a button again. Knows no message."""

from __future__ import annotations

from typing import Any

from bot.standin.shapes import Json, bad

_ACTIONS = (
    "callback_data", "url", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay",
)  # fmt: skip
_MOST_BUTTONS = 100


def checked(markup: Any) -> Json | None:
    """The markup as it will be kept; refuses what Telegram refuses (callback_data: 1 to 64 bytes)."""
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    if "inline_keyboard" in markup:
        return _inline(markup["inline_keyboard"])
    if "keyboard" in markup:
        return _reply_keyboard(markup)
    return markup


def is_inline(markup: Json | None) -> bool:
    """Whether the markup hangs under its message (the others belong to the chat)."""
    return markup is not None and "inline_keyboard" in markup


def button(markup: Json | None, data_or_label: str) -> Json | None:
    """The inline button with that callback data, else with that label."""
    buttons = [cell for row in (markup or {}).get("inline_keyboard", ()) for cell in row]
    by_data = (cell for cell in buttons if cell.get("callback_data") == data_or_label)
    by_label = (cell for cell in buttons if cell["text"] == data_or_label)
    return next(by_data, None) or next(by_label, None)


def _inline(rows: Any) -> Json | None:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    if sum(map(len, rows)) > _MOST_BUTTONS:
        raise bad("reply markup is too long")
    kept = [[_inline_button(cell) for cell in row] for row in rows if row]
    return {"inline_keyboard": kept} if kept else None


def _inline_button(cell: Any) -> Json:
    if not isinstance(cell, dict):
        raise bad("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    if not isinstance(cell.get("text"), str) or not cell["text"].strip():
        raise bad('can\'t parse inline keyboard button: Field "text" must be of type String and not empty')
    if not any(action in cell for action in _ACTIONS):
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if "callback_data" in cell and not 1 <= len(str(cell["callback_data"]).encode()) <= 64:
        raise bad("BUTTON_DATA_INVALID")
    if "url" in cell and not str(cell["url"]).startswith(("https://", "http://", "tg://")):
        raise bad(f"inline keyboard button URL '{cell['url']}' is invalid: Wrong HTTP URL")
    return cell


def _reply_keyboard(markup: Json) -> Json:
    rows = markup["keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad('field "keyboard" of the ReplyKeyboardMarkup must be an Array of Arrays')
    kept = [[{"text": cell} if isinstance(cell, str) else cell for cell in row] for row in rows]
    return {**markup, "keyboard": kept}
