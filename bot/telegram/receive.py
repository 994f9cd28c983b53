"""Long polling: nothing is acknowledged before it is kept (Bot API getUpdates; semantics S17). Knows no meaning."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from bot.telegram.gateway import Failed, Gateway
from bot.telegram.outcome import Denied

log = structlog.get_logger()

ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member")
LONGEST = 30.0
"""Seconds between two tries after trouble, at the most."""

Keep = Callable[[list[dict[str, Any]]], Awaitable[None]]


async def poll(gateway: Gateway, keep: Keep, stop: asyncio.Event, *, timeout: int = 25) -> None:
    """Fetches until `stop` is set; `keep` has committed a batch before the next offset is sent.

    Starts without an offset. Trouble is waited out, never given up; raises Denied for a refused token.
    """
    offset: int | None = None
    trouble = 0
    while not stop.is_set():
        try:
            batch = await _unless(stop, gateway.get_updates(offset, timeout, 100, ALLOWED))
            if batch:
                await keep(batch)
                offset = _next(batch, offset)
            trouble = 0
        except Denied:
            raise
        except Exception as error:
            if isinstance(error, Failed) and isinstance(error.trouble, Denied):
                raise error.trouble from None
            trouble += 1
            log.warning("polling failed", error=type(error).__name__, times=trouble)
            await _wait(stop, min(LONGEST, 0.5 * 2**trouble))
    if offset is not None:
        await _confirm(gateway, offset)


def _next(batch: list[dict[str, Any]], offset: int | None) -> int | None:
    numbers = [item["update_id"] for item in batch if isinstance(item.get("update_id"), int)]
    return max(numbers) + 1 if numbers else offset


async def _unless(stop: asyncio.Event, fetching: Awaitable[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The batch, or nothing when we are told to stop first."""
    task = asyncio.ensure_future(fetching)
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if task.done():
        return task.result()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return []


async def _confirm(gateway: Gateway, offset: int) -> None:
    """Tells Telegram what is kept, so that the next start does not fetch it again; harmless if it fails."""
    try:
        await gateway.get_updates(offset, 0, 1, ALLOWED)
    except Exception as error:
        log.info("last offset not confirmed", error=type(error).__name__)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
