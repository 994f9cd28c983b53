"""What Telegram shows of the bot around the conversation: commands, description. Knows no text of its own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from bot.telegram.gateway import Call, Denied, Gateway, Sent, Trouble

Commands: TypeAlias = Mapping[str, str]
"""Command, without its stroke -> what it does, in the order of the menu."""

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_MOST_COMMANDS = 100
_LONGEST_HINT = 256


@dataclass(frozen=True, slots=True)
class Menus:
    """`commands` for everybody, `chats` for the coaches' and admins' own; `short` stands on the bot's profile.

    Raises ValueError beyond what the Bot API takes: 100 commands of a-z, 0-9, _ and 256 characters each;
    description 512, short 120.
    """

    commands: Commands
    chats: Mapping[int, Commands] = field(default_factory=dict)
    description: str = ""
    short: str = ""

    def __post_init__(self) -> None:
        for commands in (self.commands, *self.chats.values()):
            _check(commands)
        if len(self.description) > 512 or len(self.short) > 120:
            raise ValueError("description du bot : 512 caractères au plus, 120 pour la courte")


async def announce(gateway: Gateway, menus: Menus) -> list[tuple[str, Trouble]]:
    """Sets what differs from what is shown now; gives back what could not be set, as (method, why).

    Asking first matters: these methods are limited to a few calls a day, reading is not. Raises Denied.
    """
    troubles: list[tuple[str, Trouble]] = []
    for ask, call in _calls(menus):
        if await _shown(gateway, ask) == _wanted(call):
            continue
        outcome = await gateway.call(call)
        match outcome:
            case Sent():
                continue
            case Denied():
                raise outcome
            case trouble:
                troubles.append((call.method, trouble))
    return troubles


def _check(commands: Commands) -> None:
    wrong = [name for name, hint in commands.items() if not _COMMAND.fullmatch(name) or not _fits(hint)]
    if wrong or len(commands) > _MOST_COMMANDS:
        raise ValueError(f"commandes que Telegram refusera : {', '.join(wrong) or 'plus de 100'}")


def _fits(hint: str) -> bool:
    return 1 <= len(hint) <= _LONGEST_HINT


def _calls(menus: Menus) -> list[tuple[Call, Call]]:
    return [
        _commands({"type": "default"}, menus.commands),
        *(_commands({"type": "chat", "chat_id": chat}, commands) for chat, commands in menus.chats.items()),
        (Call("getMyDescription", {}), Call("setMyDescription", {"description": menus.description})),
        (
            Call("getMyShortDescription", {}),
            Call("setMyShortDescription", {"short_description": menus.short}),
        ),
    ]


def _commands(scope: Mapping[str, object], commands: Commands) -> tuple[Call, Call]:
    listed = [{"command": name, "description": hint} for name, hint in commands.items()]
    return Call("getMyCommands", {"scope": scope}), Call("setMyCommands", {"scope": scope, "commands": listed})


async def _shown(gateway: Gateway, ask: Call) -> Any:
    match await gateway.call(ask):
        case Sent(result=dict() as shown):
            return next(iter(shown.values()), None)
        case Sent(result=shown):
            return shown
        case Denied() as denied:
            raise denied
        case _:
            return None


def _wanted(call: Call) -> object:
    return next(value for name, value in call.params.items() if name != "scope")
