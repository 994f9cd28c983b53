"""Long polling: raw updates in, forgotten by the server only once kept. Knows nothing of what they say."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Final, TypeAlias, TypeVar

import structlog

from bot.telegram.gateway import Denied, Failed, Gateway, Waiting

Update: TypeAlias = dict[str, Any]
Keep: TypeAlias = Callable[[list[Update]], Awaitable[None]]
"""Commits raw updates, all or none; raising means that none was kept."""

ALLOWED: Final = ("message", "edited_message", "callback_query", "my_chat_member")
PAUSES: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before trying again, after one failure in a row, two…; the last one for all that follow."""

_FAREWELL = 2.0
_log = structlog.get_logger()
_T = TypeVar("_T")


async def poll(
    gateway: Gateway, keep: Keep, stop: asyncio.Event, *, timeout: int = 25, pauses: Sequence[float] = PAUSES
) -> None:
    """Hands every update to `keep`, until `stop`.

    Begins without an offset: the server says where it stands, and ids may start anew after a week of silence (Bot
    API, « Update »). An offset is sent only after `keep` has returned, so what was not kept comes again. A `keep`
    under way at `stop` is let finish. Never ends for a failure of the network, of another poller (409) or of `keep`;
    raises Denied when the token is refused.
    """
    offset: int | None = None
    failures = 0
    while not stop.is_set():
        try:
            updates = await _unless(stop, gateway.get_updates(offset, timeout, allowed=ALLOWED))
            if updates:
                await keep(updates)
                offset = _after(updates, offset)
            failures = 0
        except Failed as failed:
            failures += 1
            _log.warning("polling failed", trouble=repr(failed.trouble), times=failures)
            await _rest(stop, _pause(failed, failures, pauses))
        except Denied:
            raise
        except Exception as error:
            failures += 1
            # The type only: the text of a storage error may quote what people wrote.
            _log.error("updates not kept", error=type(error).__name__, times=failures)
            await _rest(stop, _nth(pauses, failures))
    if offset is not None:
        await _confirm(gateway, offset)


def _after(updates: list[Update], offset: int | None) -> int | None:
    numbers = [number for update in updates if isinstance(number := update.get("update_id"), int)]
    return max(numbers) + 1 if numbers else offset


def _pause(failed: Failed, failures: int, pauses: Sequence[float]) -> float:
    match failed.trouble:
        case Waiting(seconds=seconds):
            return seconds
        case _:
            return _nth(pauses, failures)


def _nth(pauses: Sequence[float], failures: int) -> float:
    return pauses[min(failures, len(pauses)) - 1]


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, _T]) -> _T | None:
    """The result of `work`, or None when `stop` came first; `work` is then cut, which loses nothing."""
    task, bell = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((task, bell), return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        for each in (task, bell):
            each.cancel()
        await asyncio.gather(task, bell, return_exceptions=True)


async def _confirm(gateway: Gateway, offset: int) -> None:
    """Spares the next start the updates of the last batch; without it they come again and are known."""
    try:
        async with asyncio.timeout(_FAREWELL):
            await gateway.get_updates(offset, 0, 1, ALLOWED)
    except (Failed, Denied, TimeoutError) as error:
        _log.info("last offset not confirmed", error=type(error).__name__)


async def _rest(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
