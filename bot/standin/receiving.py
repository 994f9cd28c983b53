"""How a bot gets its updates: getUpdates with Telegram's confirmations and conflicts, or a webhook."""

from __future__ import annotations

import asyncio
import re
from time import monotonic
from typing import Any

from starlette.types import Receive

from bot.standin.ask import Ask
from bot.standin.bots import BotAccount
from bot.standin.shapes import Json, Refused, bad
from bot.standin.webhook import Replied, Webhook

_LONGEST_POLL = 50
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_LOOPBACK = ("http://127.0.0.1", "http://localhost", "http://[::1]")
_TWO_POLLERS = "terminated by other getUpdates request; make sure that only one bot instance is running"
_HOOKED = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


class Gone(Exception):
    """The poller hung up before anything came."""


async def get_updates(bot: BotAccount, ask: Ask, receive: Receive) -> list[Json]:
    """getUpdates: `offset` confirms all below it; a second poller ends the first with 409."""
    if bot.webhook is not None:
        raise _conflict(_HOOKED)
    limit = min(max(ask.number("limit") or 100, 1), 100)
    _allow(bot, ask)
    bot.updates.confirm(ask.number("offset") or 0)
    me = bot.poller = object()
    bot.updates.ring()
    ready = bot.updates.read(limit, bot.world.now())
    if not ready and (timeout := ask.number("timeout") or 0) > 0:
        await _something(bot, me, min(timeout, _LONGEST_POLL), receive)
        ready = bot.updates.read(limit, bot.world.now())
    return [pending.body for pending in ready]


async def _something(bot: BotAccount, me: object, seconds: float, receive: Receive) -> None:
    hung_up = asyncio.ensure_future(receive())
    until = monotonic() + seconds
    try:
        while monotonic() < until and not bot.updates.read(1, bot.world.now()):
            bell = asyncio.ensure_future(bot.updates.bell().wait())
            await asyncio.wait((bell, hung_up), timeout=until - monotonic(), return_when=asyncio.FIRST_COMPLETED)
            bell.cancel()
            if hung_up.done():
                raise Gone
            if bot.webhook is not None:
                raise _conflict("terminated by setWebhook request")
            if bot.poller is not me:
                raise _conflict(_TWO_POLLERS)
    finally:
        hung_up.cancel()


async def set_webhook(bot: BotAccount, ask: Ask, replied: Replied) -> bool:
    """setWebhook: an https address, or http on this machine; an empty one removes it."""
    url = ask.text("url") or ""
    if not url:
        return await delete_webhook(bot, ask)
    if not url.startswith(("https://", *_LOOPBACK)):
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    secret = ask.text("secret_token") or ""
    if secret and not _SECRET.fullmatch(secret):
        raise bad("secret token contains unallowed characters")
    await _unhook(bot)
    _allow(bot, ask)
    if ask.flag("drop_pending_updates"):
        bot.updates.clear()
    most = min(max(ask.number("max_connections") or 40, 1), 100)
    bot.webhook = Webhook(url, bot.updates, bot.world.now, replied, secret, most)
    bot.webhook.start()
    bot.updates.ring()
    return True


async def delete_webhook(bot: BotAccount, ask: Ask) -> bool:
    """deleteWebhook."""
    await _unhook(bot)
    if ask.flag("drop_pending_updates"):
        bot.updates.clear()
    return True


def get_webhook_info(bot: BotAccount, ask: Ask) -> Json:
    """getWebhookInfo: without a webhook the address is empty."""
    info: Json = {
        "url": bot.webhook.url if bot.webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": bot.updates.count(bot.world.now()),
    }
    if bot.webhook is not None:
        info.update(bot.webhook.last_error, max_connections=bot.webhook.max_connections)
    if bot.updates.allowed is not None:
        info["allowed_updates"] = sorted(bot.updates.allowed)
    return info


async def _unhook(bot: BotAccount) -> None:
    if bot.webhook is not None:
        old, bot.webhook = bot.webhook, None
        await old.stop()


def _allow(bot: BotAccount, ask: Ask) -> None:
    kinds: Any = ask.data("allowed_updates")
    if kinds is not None:
        bot.updates.allowed = frozenset(kinds) or None


def _conflict(why: str) -> Refused:
    return Refused(409, f"Conflict: {why}")
