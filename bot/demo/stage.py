"""The running rehearsal: the stand-in, the product at the other end of a socket, and the clock that both follow.

Knows nobody of the cohort but the one whom the page puts before a session.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from sqlalchemy import Connection, func, select

from bot.app import App, run
from bot.clock import Clock, format_duration
from bot.conversation import ticking
from bot.desk.upcoming import upcoming
from bot.scenes import put_before, sessions
from bot.settings import Settings, shipped
from bot.standin.control import Scenes
from bot.standin.listener import listening
from bot.standin.server import create
from bot.standin.telegram import Telegram
from bot.store import tables as t
from bot.telegram.pacer import Pacer

TOKEN = "700000001:demonstration-sans-secret-00000000000"
FAR = timedelta(days=60)
"""How far ahead the next sending is looked for."""


@dataclass(slots=True)
class Rehearsal:
    """A running product with the world it speaks to."""

    url: str
    app: App
    telegram: Telegram
    clock_file: Path
    running: "asyncio.Task[None]"
    stop: asyncio.Event
    heroine: int = 0

    async def stand_before(self, session: str) -> str:
        """Puts the first participant in the interval before `session`: what came earlier counts as lived through."""
        await self.app.db.write(put_before, self.app.vault, self.app.house, self.heroine, session, self.app.clock.now())
        await self.quiet()
        return str(cohort()["intervalle"]).format(session=sessions()[session])

    def set_clock(self, at: datetime) -> None:
        """Moves the rehearsal's clock to this instant; the file is replaced whole."""
        shift = at - Clock.real().now()
        draft = self.clock_file.with_suffix(".new")
        draft.write_text(format_duration(shift))
        draft.replace(self.clock_file)

    async def quiet(self) -> None:
        """Waits until all that is due has been said and all that was said has been heard."""
        while True:
            while await self.app.db.write(ticking.tick, self.app.vault, self.app.house, self.app.clock.now()):
                pass
            waiting = sum(bot.updates.count(self.telegram.now()) for bot in self.telegram.bots())
            if not waiting and not await self.app.db.read(_under_way, self.app.clock.now()):
                return
            if self.running.done():
                return self.running.result()
            await asyncio.sleep(0.01)

    async def next_sending(self) -> datetime | None:
        """Lives on until something is said, and gives that instant; None when nothing is within two months.

        What falls due may say nothing: an envoi that waits behind an open question, a digest without news.
        """
        app, begun = self.app, self.app.clock.now()
        said = await app.db.read(_written)
        while (at := await _next_due(app)) is not None and at < begun + FAR:
            self.set_clock(max(at, app.clock.now()))
            await self.quiet()
            if await app.db.read(_written) > said:
                return app.clock.now()
        return None


@asynccontextmanager
async def rehearsal(folder: Path, port: int, stop: asyncio.Event) -> AsyncIterator[Rehearsal]:
    """The stand-in and the product in this process, on a store of their own in `folder`."""
    clock_file = folder / "horloge"
    clock_file.write_text("PT0S")
    houses: list[Rehearsal] = []

    async def next_instant() -> datetime | None:
        return await houses[0].next_sending() if houses else None

    async def play(scene: str) -> str:
        return await houses[0].stand_before(scene)

    words = cohort()
    scenes = Scenes(words["seances"], sessions(), play)
    site = create(clock_file=clock_file, next_instant=next_instant, scenes=scenes, token=TOKEN)
    site.state.telegram.limits = False
    async with listening(site, port) as url:
        door = _door(port + 1 if port else 0)
        page = f"http://127.0.0.1:{door.getsockname()[1]}"
        settings = Settings.load(
            {
                "BOT_TOKEN": TOKEN,
                "TELEGRAM_API_URL": url,
                "DATABASE_URL": f"sqlite:///{folder / 'demo.db'}",
                "MARGE_KEYS": str(folder / "cles"),
                "MARGE_CLOCK": str(clock_file),
                "MARGE_PAGE": page,
            },
            folder / "no.env",
        )
        app = App.open(settings, migrated=True)
        pacer = Pacer(asyncio.get_running_loop().time, per_second=1000, per_chat=1000, burst=1000)
        running = asyncio.create_task(run(app, ("web", "work", "clock"), pacer=pacer, stop=stop, door=door))
        houses.append(Rehearsal(url, app, site.state.telegram, clock_file, running, stop))
        try:
            yield houses[0]
        finally:
            stop.set()
            await asyncio.gather(running, return_exceptions=True)
            app.close()


def _door(port: int) -> socket.socket:
    """Where the coaches' page will be served: this port, or a free one when it is taken."""
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind(("127.0.0.1", port))
    except OSError:
        door.bind(("127.0.0.1", 0))
    return door


async def _next_due(app: App) -> datetime | None:
    """When something is due that still means something."""
    ahead = await app.db.read(upcoming, app.vault, app.house, app.clock.now())
    return next((one.due_at for one in ahead if one.due_at), None)


def _written(conn: Connection) -> int:
    return conn.execute(select(func.count()).select_from(t.outbox)).scalar_one()


def _under_way(conn: Connection, now: datetime) -> int:
    o, i = t.outbox, t.inbox
    leaving = select(func.count()).select_from(o).where(o.c.state.in_(("ready", "sending")))
    leaving = leaving.where((o.c.not_before.is_(None)) | (o.c.not_before <= now) | (o.c.state == "sending"))
    coming = select(func.count()).select_from(i).where(i.c.state == "new")
    due = select(func.count()).select_from(t.timers).where(t.timers.c.state == "pending", t.timers.c.due_at <= now)
    return sum(conn.execute(query).scalar_one() for query in (leaving, coming, due))


def cohort() -> dict[str, Any]:
    """Who is invented, what they say and what the tour says, from `content/demo.yml`."""
    loaded: dict[str, Any] = YAML(typ="safe").load((shipped("content") / "demo.yml").read_text("utf-8"))
    return loaded
