"""Who the bot is, in Telegram's own places: descriptions, and a menu of commands per role. Texts come from outside."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from bot.telegram.gateway import Call, Denied, Gateway, Sent, Trouble

Menu: TypeAlias = Sequence[tuple[str, str]]
"""Commands, without their stroke, and what they do, in order."""

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_MOST_COMMANDS = 100
_LONGEST_HINT = 256
_LONGEST_DESCRIPTION = 512
_LONGEST_SHORT = 120


async def announce(
    gateway: Gateway, menus: Mapping[str, Menu], staff: Mapping[int, str], *, description: str, short: str
) -> list[Trouble]:
    """Sets the participants' menu for all and each of the staff's for their chat, where they differ from what is shown.

    Asking first matters: the descriptions may be set a few times a day only, and a bot is restarted more often. Gives
    back what could not be set; raises Denied, and ValueError for texts Telegram would refuse (Bot API, « BotCommand »).
    """
    if len(description) > _LONGEST_DESCRIPTION or len(short) > _LONGEST_SHORT:
        raise ValueError("Description du bot : 512 caractères au plus, 120 pour la courte.")
    outcomes = [
        await _set(gateway, "MyDescription", {}, {"description": description}),
        await _set(gateway, "MyShortDescription", {}, {"short_description": short}),
        await _set(gateway, "MyCommands", {}, {"commands": _commands(menus["participant"])}),
        *[await for_chat(gateway, menus[role], chat_id) for chat_id, role in staff.items()],
    ]
    return [outcome for outcome in outcomes if outcome is not None]


async def for_chat(gateway: Gateway, menu: Menu, chat_id: int) -> Trouble | None:
    """One chat's own menu, in place of the participants'."""
    scope = {"scope": {"type": "chat", "chat_id": chat_id}}
    return await _set(gateway, "MyCommands", scope, {"commands": _commands(menu)})


async def _set(gateway: Gateway, what: str, scope: dict[str, Any], wanted: dict[str, Any]) -> Trouble | None:
    if await _call(gateway, f"get{what}", scope) in (wanted, wanted.get("commands")):
        return None
    outcome = await gateway.call(Call(f"set{what}", {**scope, **wanted}))
    match outcome:
        case Sent():
            return None
        case Denied():
            raise outcome
        case trouble:
            return trouble


async def _call(gateway: Gateway, method: str, params: dict[str, Any]) -> Any:
    match await gateway.call(Call(method, params)):
        case Sent(result=result):
            return result
        case _:
            return None


def _commands(menu: Menu) -> list[dict[str, str]]:
    wrong = [name for name, hint in menu if not _COMMAND.fullmatch(name) or not 1 <= len(hint) <= _LONGEST_HINT]
    if wrong or len(menu) > _MOST_COMMANDS:
        raise ValueError(f"Commandes que Telegram refusera : {', '.join(wrong) or 'plus de 100'}.")
    return [{"command": name, "description": hint} for name, hint in menu]
