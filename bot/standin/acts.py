"""What a person or a tester may do by a POST under `/standin/<act>`: a JSON object in, a JSON value out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from bot.standin.shapes import Json, Press
from bot.standin.telegram import Telegram

Act = Callable[[Telegram, Json], Awaitable[Any]]


def pressed(press: Press) -> Json:
    """A press, with the bot's answer when there is one."""
    return {**asdict(press), "at": press.at.isoformat()}


async def _account(telegram: Telegram, body: Json) -> Json:
    return asdict(telegram.account(str(body["name"]), body.get("user_id"), str(body.get("label", ""))))


async def _say(telegram: Telegram, body: Json) -> Json:
    return await telegram.say(
        body["user"], body["text"], reply_to=body.get("reply_to"), entities=body.get("entities"), bot_id=body.get("bot")
    )


async def _edit(telegram: Telegram, body: Json) -> Json:
    return await telegram.edit(body["user"], body["message_id"], body["text"], bot_id=body.get("bot"))


async def _press(telegram: Telegram, body: Json) -> Json:
    return pressed(await telegram.press(body["user"], body["message_id"], body["button"], bot_id=body.get("bot")))


async def _represse(telegram: Telegram, body: Json) -> Json:
    return pressed(await telegram.represse(body["press"], bot_id=body.get("bot")))


async def _sticker(telegram: Telegram, body: Json) -> Json:
    return await telegram.sticker(body["user"], body.get("emoji", "🙂"), bot_id=body.get("bot"))


async def _location(telegram: Telegram, body: Json) -> Json:
    return await telegram.location(body["user"], body["latitude"], body["longitude"], bot_id=body.get("bot"))


async def _react(telegram: Telegram, body: Json) -> Json:
    await telegram.react(body["user"], body["message_id"], body.get("emoji"), bot_id=body.get("bot"))
    return {"ok": True}


async def _block(telegram: Telegram, body: Json) -> Json:
    change = telegram.block if body.get("blocked", True) else telegram.unblock
    await change(body["user"], bot_id=body.get("bot"))
    return {"ok": True}


async def _fault(telegram: Telegram, body: Json) -> Json:
    if body.get("clear"):
        telegram.world.faults.clear()
        return {"ok": True}
    return asdict(telegram.fault(**body))


async def _limits(telegram: Telegram, body: Json) -> Json:
    telegram.limits = bool(body["on"])
    return {"on": telegram.limits}


async def _update(telegram: Telegram, body: Json) -> Json:
    return {"update_id": await telegram.raw_update(body)}


ACTS: dict[str, Act] = {
    "accounts": _account,
    "say": _say,
    "edit": _edit,
    "press": _press,
    "represse": _represse,
    "sticker": _sticker,
    "location": _location,
    "react": _react,
    "block": _block,
    "fault": _fault,
    "limits": _limits,
    "update": _update,
}
