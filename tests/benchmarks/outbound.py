"""Messages per second through the product's gateway and through a stock python-telegram-bot `Bot`, in turn.

`python -m tests.benchmarks.outbound --messages 5000 --rounds 5`
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from telegram import Bot

from bot.telegram.gateway import Call, Gateway, Sent
from tests.benchmarks.anchor import TOKEN
from tests.benchmarks.crowd import chat_of
from tests.benchmarks.rig import Server, table

Send = Callable[[int], Awaitable[object]]
Sender = Callable[[str, int, int], Coroutine[Any, Any, float]]


async def rate(send: Send, messages: int, flight: int) -> float:
    """Messages per second with `flight` of them under way at any instant."""
    numbers = iter(range(messages))

    async def one_after_the_other() -> None:
        for number in numbers:
            await send(chat_of(number))

    begun = time.perf_counter()
    await asyncio.gather(*(one_after_the_other() for _ in range(flight)))
    return messages / (time.perf_counter() - begun)


async def stock(api_url: str, messages: int, flight: int) -> float:
    async with Bot(TOKEN, base_url=f"{api_url}/bot") as bot:
        return await rate(lambda chat: bot.send_message(chat, "Bonjour"), messages, flight)


async def gateway(api_url: str, messages: int, flight: int) -> float:
    door = Gateway(TOKEN, api_url)
    try:
        return await rate(lambda chat: _hello(door, chat), messages, flight)
    finally:
        await door.close()


async def _hello(door: Gateway, chat: int) -> None:
    outcome = await door.call(Call("sendMessage", {"chat_id": chat, "text": "Bonjour"}))
    assert isinstance(outcome, Sent), outcome


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--flight", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    senders: tuple[Sender, ...] = (stock, gateway)
    with Server() as server:
        rounds = [
            [asyncio.run(sender(server.url, given.messages, given.flight)) for sender in senders]
            for _ in range(given.rounds)
        ]
    print(table(["round", "stock /s", "gateway /s", "ratio"], [[n, a, b, b / a] for n, (a, b) in enumerate(rounds, 1)]))
    print(f"\nmedian ratio: {statistics.median(b / a for a, b in rounds):.1f}")


if __name__ == "__main__":
    main()
