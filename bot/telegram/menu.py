"""Who the bot is, in Telegram's own places: descriptions, and a menu of commands per role. Texts come from outside."""

from collections.abc import Mapping, Sequence

from bot.telegram.gateway import Call, Gateway

Menu = Sequence[tuple[str, str]]


async def announce(
    gateway: Gateway, menus: Mapping[str, Menu], staff: Mapping[int, str], *, description: str, short: str
) -> None:
    """Sets the participants' menu for all, and each coach's and admin's for their chat (Bot API setMyCommands)."""
    await gateway.call(Call("setMyDescription", {"description": description}))
    await gateway.call(Call("setMyShortDescription", {"short_description": short}))
    await gateway.call(Call("setMyCommands", {"commands": _commands(menus["participant"])}))
    for chat_id, role in staff.items():
        await for_chat(gateway, menus[role], chat_id)


async def for_chat(gateway: Gateway, menu: Menu, chat_id: int) -> None:
    scope = {"type": "chat", "chat_id": chat_id}
    await gateway.call(Call("setMyCommands", {"commands": _commands(menu), "scope": scope}))


def _commands(menu: Menu) -> list[dict[str, str]]:
    return [{"command": name, "description": words} for name, words in menu]
