"""One participant sends ten thousand updates at once; how long do the others wait for their answers meanwhile?

The product's own wheel, pacer and gateway, behind the stand-in. `python -m tests.benchmarks.flood --updates 10000`
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bot.conversation import intake
from bot.conversation.worker import Worker
from bot.standin.listener import listening
from bot.standin.server import create
from bot.store import migrate
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Keyring, Vault
from bot.telegram.gateway import Gateway
from bot.telegram.pacer import Pacer
from tests.bot.desk_office import Office

TOKEN = "123456:flood"
FLOODER = 800
PAUSE = 1.0
"""Seconds between an answer and somebody's next words."""


class Now:
    def now(self) -> datetime:
        return datetime.now(UTC)


async def run(url: str, updates: int, others: int, rounds: int) -> dict[str, float]:
    """Seconds until the others hear something: calm, then while the flood lasts; and how long that is."""
    migrate.upgrade(url)
    db = Database.open(url)
    office = Office(db, Vault(Keyring({"m1": os.urandom(32)}, "m1")), Now().now())
    coach = office.join("coach", "Anne", 700)
    chats = [FLOODER, *range(FLOODER + 1, FLOODER + 1 + others)]
    for chat in chats:
        office.join("participant", f"P{chat}", chat, coach)
    site = create(token=TOKEN)
    telegram = site.state.telegram
    for chat in (700, *chats):
        telegram.bot().chat_of(telegram.account(f"P{chat}", chat))
    async with listening(site) as address:
        gateway, stop = Gateway(TOKEN, address), asyncio.Event()
        worker = Worker(db, office.vault, office.house, gateway, Now(), Pacer(asyncio.get_running_loop().time))
        wheel = asyncio.create_task(worker.run(stop))
        calm = await _talk(office, worker, telegram, chats[1:], rounds)
        began = time.perf_counter()
        flooding = asyncio.create_task(_flood(office, worker, updates))
        rough: list[float] = []
        while not flooding.done() or await _waiting(office):
            rough += await _talk(office, worker, telegram, chats[1:], 1)
        lasted = time.perf_counter() - began
        stop.set()
        await wheel
        await gateway.close()
    db.close()
    return {"calm p95": _p95(calm), "flood p95": _p95(rough), "worst": max(rough), "answers": len(rough), "s": lasted}


async def _flood(office: Office, worker: Worker, updates: int) -> None:
    """As polling brings them, a hundred at a time and as fast as they are kept."""
    for first in range(0, updates, 100):
        await _keep(office, worker, FLOODER, [f"mot {n}" for n in range(first, min(first + 100, updates))])


async def _talk(office: Office, worker: Worker, telegram: Any, chats: list[int], rounds: int) -> list[float]:
    return [wait for waits in await asyncio.gather(*(_one(office, worker, telegram, chat, rounds) for chat in chats))
            for wait in waits]  # fmt: skip


async def _one(office: Office, worker: Worker, telegram: Any, chat: int, rounds: int) -> list[float]:
    waits = []
    await asyncio.sleep(PAUSE * (chat % 20) / 20)
    for _ in range(rounds):
        heard = _heard(telegram, chat)
        began = time.perf_counter()
        await _keep(office, worker, chat, ["/mes_reponses"])
        while _heard(telegram, chat) == heard:
            await asyncio.sleep(0.005)
        waits.append(time.perf_counter() - began)
        await asyncio.sleep(PAUSE)
    return waits


def _heard(telegram: Any, chat: int) -> int:
    return sum(message["by_bot"] for message in telegram.history(chat))


async def _keep(office: Office, worker: Worker, chat: int, texts: list[str]) -> None:
    raws = [{"update_id": next(office.numbers), "message": office.message(chat, text)} for text in texts]
    await office.db.write(intake.keep, office.vault, raws, Now().now())
    worker.woken.set()


async def _waiting(office: Office) -> int:
    query = select(func.count()).select_from(t.inbox).where(t.inbox.c.state == "new", t.inbox.c.chat_id == FLOODER)
    return int(await office.db.read(lambda conn: conn.execute(query).scalar_one()))


def _p95(waits: list[float]) -> float:
    return statistics.quantiles(waits, n=20)[-1]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--updates", type=int, default=10_000)
    asked.add_argument("--others", type=int, default=20)
    asked.add_argument("--rounds", type=int, default=5)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(run(f"sqlite:///{Path(folder) / 'marge.db'}", given.updates, given.others, given.rounds))
    print(", ".join(f"{name} {value:.2f}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
