"""The composition root: builds the house from its settings and runs its parts. Knows everybody; nobody knows it."""

import asyncio
import gc
import itertools
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
import uvicorn
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import Connection, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot import counter, duties
from bot.clock import Clock
from bot.conversation import intake, media, menus, ticking
from bot.conversation.house import House, Shelf
from bot.conversation.speech import Speech
from bot.conversation.worker import Worker
from bot.desk import closing
from bot.publishing import release
from bot.publishing.following import Following
from bot.settings import Settings
from bot.store import CutShort, StoreError, backup, copies, due, migrate, publications, purging
from bot.store.database import Database
from bot.store.publications import Publication
from bot.store.shift import BEAT, CLOCK, RECEIVING, Alone
from bot.store.tables import people
from bot.store.vault import HOUSE, Keyring, Vault, any_key
from bot.telegram import receive, webhook
from bot.telegram.gateway import Call, Failed, Gateway
from bot.telegram.menu import announce
from bot.telegram.pacer import Pacer
from bot.web.site import Site
from flows.source import SourceErrors

log = structlog.get_logger()

WEBHOOK = "/telegram"

SWITCH = 0.0005
"""Seconds that the store's thread may keep the loop waiting while messages are to leave: Python's own 5 ms are felt."""

TICK = 0.5
"""Seconds between two looks at what is due: whoever sends to everybody at once waits so long for the first to leave."""

LOOK = 5.0
"""Seconds from one look for a new publication to the next."""

PURGE = 3
"""Hour, UTC, at which what is too old goes: few people write then."""


@dataclass(slots=True)
class App:
    """Everything a process needs, opened and checked."""

    settings: Settings
    clock: Clock
    db: Database
    vault: Vault
    house: House

    @classmethod
    def open(cls, settings: Settings, *, migrated: bool = False) -> "App":
        """Opens the store and reads the content; raises SettingsError, StoreError or SourceErrors, told in French."""
        if migrated:
            migrate.upgrade(settings.database_url)
        db = Database.open(settings.database_url)
        db.check()
        published = db.read_now(publications.newest)
        library = release.served(published, settings.content)
        vault = Vault(Keyring.load(settings.keys, create=not db.read_now(any_key)))
        db.read_now(vault.check)
        clock = Clock.rehearsal(settings.clock) if settings.clock else Clock.real()
        db.write_now(vault.ready, [HOUSE], clock.now())
        archive = db.write_now(release.shelve, library, clock.now())
        shelf = Shelf(library, archive, published.id if published else None)
        house = House(Speech(library), shelf, counter.desk, duties.DUE, page=settings.page,
                      excerpts=settings.excerpts, keeper=settings.keeper, ai=settings.ai,
                      content=settings.content, backups=settings.backups)  # fmt: skip
        return cls(settings, clock, db, vault, house)

    def gateway(self) -> Gateway:
        return Gateway(self.settings.token, self.settings.telegram_api_url)

    def next_due(self) -> datetime | None:
        """When something is due next: where a rehearsal may jump to."""
        return self.db.read_now(due.next_due)

    def close(self) -> None:
        self.db.close()


# --- parts -----------------------------------------------------------------------------------


async def run(
    app: App, parts: Sequence[str], *, pacer: Pacer | None = None, stop: asyncio.Event | None = None,
    door: socket.socket | None = None,
) -> None:  # fmt: skip
    """Runs the named parts (web, work, clock) until `stop`, or until the process is asked to end.

    `door`: a socket already bound, where web is to be served; else it is `settings.port`, on every interface.
    """
    app.db.hold()
    sys.setswitchinterval(SWITCH)
    _content_stays()
    stop = stop or _on_signals()  # before anything is waited for: a process asked to end at once ends in order
    if made := await app.db.write(release.first, app.settings.content, app.clock.now()):
        app.house.shelf.publication = made  # what it serves already
    gateway = app.gateway()
    shift = app.db.shift(({RECEIVING} if "work" in parts else set()) | ({CLOCK} & set(parts)))
    await asyncio.to_thread(shift.beat)
    if not shift.sure():
        raise StoreError("PostgreSQL n'ouvre pas de session à ce processus : il faut sa version 14 ou plus.")
    beating = asyncio.create_task(_beats(shift))
    pacer = pacer or Pacer(asyncio.get_running_loop().time)
    worker = Worker(app.db, app.vault, app.house, gateway, app.clock, pacer, shift)
    tasks = [keep_up(app, stop, follow="clock" in parts, shift=shift)]
    if "work" in parts:
        tasks += [_introducing(app, gateway, stop), *_working(app, gateway, worker, stop)]
    if "web" in parts and (app.settings.public_url or app.house.page):
        tasks.append(_serve(web(app, worker), app.settings.port, door, stop))
    scheduler = metronome(app, worker, shift) if "clock" in parts else None
    try:
        await _until_one_ends([asyncio.create_task(task) for task in tasks], stop)
    finally:
        stop.set()
        if scheduler:
            scheduler.shutdown(wait=False)
        await gateway.close()
        beating.cancel()
        await asyncio.to_thread(shift.close)


async def _beats(shift: Alone) -> None:
    while True:
        await asyncio.sleep(BEAT)
        await asyncio.to_thread(shift.beat)


def _working(app: App, gateway: Gateway, worker: Worker, stop: asyncio.Event) -> list[Any]:
    async def keep(raws: list[dict[str, Any]]) -> None:
        await app.db.write(intake.keep, app.vault, raws, app.clock.now())
        worker.woken.set()

    polling = [] if app.settings.public_url else [_receiving(worker.shift, gateway, keep, stop)]
    fetching = media.keep_fetching(app.db, app.vault, app.house, gateway, app.clock, stop, worker.shift)
    return [*polling, worker.run(stop), fetching]


async def _receiving(shift: Alone, gateway: Gateway, keep: receive.Keep, stop: asyncio.Event) -> None:
    """Asks Telegram while this post is ours: two who ask drive each other away."""

    async def mine(raws: list[dict[str, Any]]) -> None:
        if not shift.has(RECEIVING):
            raise CutShort("another one receives")
        await keep(raws)

    while not stop.is_set():
        over = asyncio.Event()
        asking = asyncio.create_task(receive.poll(gateway, mine, over)) if shift.has(RECEIVING) else None
        while not stop.is_set() and shift.has(RECEIVING) == (asking is not None) and not (asking and asking.done()):
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), BEAT / 4)
        over.set()
        if asking and not stop.is_set():
            asking.cancel()  # without a last word, which would drive away whoever asks now
        if asking:
            await asyncio.wait([asking])
            if not asking.cancelled():
                asking.result()
    shift.leave(RECEIVING)


async def _until_one_ends(tasks: list["asyncio.Task[Any]"], stop: asyncio.Event) -> None:
    """A part that fails brings the others down in order: better restarted whole than lame."""
    ending = asyncio.create_task(stop.wait())
    await asyncio.wait([*tasks, ending], return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    ending.cancel()
    for result in results:
        if isinstance(result, Exception):
            raise result


def metronome(app: App, worker: Worker, shift: Alone) -> AsyncIOScheduler:
    """APScheduler beats time, where this post is ours; what is due stands in the timers table, so a missed beat loses

    nothing.
    """
    scheduler = AsyncIOScheduler(
        timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    )

    async def tick() -> None:
        while await app.db.write(ticking.tick, app.vault, app.house, app.clock.now()):
            worker.woken.set()

    async def scrub() -> None:
        await asyncio.to_thread(app.db.scrub)
        await asyncio.to_thread(copy_by_night, app.settings, Clock.real().now())

    async def purge() -> None:
        while found := await app.db.read(purging.find, app.clock.now()):
            for name, keys in purging.slices(found):
                n = await app.db.write(purging.take, app.vault, app.clock.now(), name, keys)
                log.info("purged", what=name, rows=n)

    async def close() -> None:
        for person in await app.db.read(closing.waiting, app.house, app.clock.now()):
            if done := await app.db.write(closing.act, app.vault, app.house, person, app.clock.now()):
                log.info("programme closed", person=person, step=done)
                worker.woken.set()

    def ours(job: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        async def beat() -> None:
            try:
                if shift.has(CLOCK):
                    await job()
            except CutShort as cut:
                log.warning("job cut short", job=job.__name__, reason=str(cut))

        return beat

    scheduler.add_job(ours(tick), "interval", seconds=TICK)
    scheduler.add_job(ours(purge), "cron", hour=PURGE)
    scheduler.add_job(ours(close), "interval", hours=1)
    scheduler.add_job(ours(scrub), "interval", hours=1)
    scheduler.start()
    return scheduler


async def keep_up(app: App, stop: asyncio.Event, *, follow: bool, shift: Alone | None = None) -> None:
    """Serves each publication soon after it was made, by whatever process; with `follow`, envois follow it too."""
    shift = shift or Alone()
    behind = True  # this very version may be new, or its following may have been cut short
    while not stop.is_set():
        try:
            if published := await app.db.read(release.unserved, app.house.shelf):
                behind = await _serve_now(app, published) or behind
            if follow and behind and shift.has(CLOCK):
                following = Following(app.house)
                while await _step(app, following, stop):
                    pass
                behind = False
        except CutShort as cut:
            log.warning("publication put off", reason=str(cut))
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOK)


async def _step(app: App, following: Following, stop: asyncio.Event) -> bool:
    """One slice, then a rest as long as it took: whoever writes meanwhile is answered as ever."""
    since = asyncio.get_running_loop().time()
    more = not stop.is_set() and await app.db.write(following.step, app.vault, app.clock.now())
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), asyncio.get_running_loop().time() - since)
    return more


def _content_stays() -> None:
    """What was read is not looked through again by the collector, which would hold everybody for 0.1 s each time."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


async def _serve_now(app: App, published: Publication) -> bool:
    try:
        library = await asyncio.to_thread(release.served, published, app.settings.content)
    except SourceErrors as errors:  # it was read when it was published: the folder beside it has changed since
        log.error("publication not served", version=published.id, first=str(errors.errors[0]))
        return False
    await app.db.write(release.swap, app.house.shelf, library, published.id, app.clock.now())
    _content_stays()
    log.info("publication served", version=published.id)
    return True


def copy_by_night(settings: Settings, now: datetime) -> None:
    """Makes the copy of the night where it is still to be made, and deletes those whose time is over."""
    root = settings.backups
    if root is None:
        return
    try:
        copies.expire(root, now)
        if copies.due(root, now, settings.zone):
            made = backup.make(settings.database_url, root, now)
            log.info("copy made", rows=made.rows, expired=len(made.expired))
    except (StoreError, OSError) as error:
        log.error("copy failed", reason=str(error))


def web(app: App, worker: Worker) -> Starlette:
    """The webhook, the coaches' page, and whether the house is well."""

    async def keep(raws: list[dict[str, Any]]) -> None:
        await app.db.write(intake.keep, app.vault, raws, app.clock.now())
        worker.woken.set()

    async def livez(_: Request) -> Response:
        return JSONResponse({"ok": True})

    async def readyz(_: Request) -> Response:
        try:
            await app.db.read(due.next_due)
        except Exception as error:
            return JSONResponse({"ok": False, "error": type(error).__name__}, 503)
        return JSONResponse({"ok": True})

    hook = [webhook.route(app.settings.webhook_secret, keep)] if app.settings.public_url else []
    pages = Site(app.db, app.vault, app.house, app.clock, worker.woken.set).routes() if app.house.page else []
    return Starlette(routes=[*hook, *pages, Route("/livez", livez), Route("/readyz", readyz)])


async def _introducing(app: App, gateway: Gateway, stop: asyncio.Event) -> None:
    """Introduces the bot as soon as Telegram can be reached; what comes in is kept meanwhile. Raises Denied."""
    for pause in itertools.chain((1, 2, 5, 10), itertools.repeat(30)):
        try:
            await introduce(app, gateway)
            break
        except Failed as failed:
            log.warning("telegram out of reach", trouble=type(failed.trouble).__name__)
        except CutShort as cut:
            log.warning("introduction put off", reason=str(cut))
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)
        if stop.is_set():
            return
    await stop.wait()


async def introduce(app: App, gateway: Gateway) -> None:
    """Learns the bot's username, sets polling or webhook, and the menus. Raises Denied for a refused token."""
    me = await gateway.me()
    app.house.bot.username = str(me.get("username", ""))
    if app.settings.public_url:
        hook = {
            "url": app.settings.public_url + WEBHOOK,
            "secret_token": app.settings.webhook_secret,
            "allowed_updates": list(receive.ALLOWED),
        }
        await gateway.call(Call("setWebhook", hook))
    else:
        await gateway.call(Call("deleteWebhook", {}))
    speech = app.house.speech
    shown = {role: list(menus.menu(speech, role).items()) for role in menus.ROLES}
    texts = {"description": speech.label("bot_description").strip(), "short": speech.label("bot_short")}
    for trouble in await announce(gateway, shown, await app.db.read(_staff), **texts):
        log.warning("menu not set", trouble=type(trouble).__name__)


def _staff(conn: Connection) -> dict[int, str]:
    rows = conn.execute(select(people.c.chat_id, people.c.role).where(people.c.role != "participant"))
    return {row.chat_id: row.role for row in rows if row.chat_id is not None}


def _serve(site: Starlette, port: int, door: socket.socket | None, stop: asyncio.Event) -> Any:
    """Without a log of requests: a link that opens a session stands in one."""
    server = uvicorn.Server(
        uvicorn.Config(site, host="0.0.0.0", port=port, log_config=None, access_log=False, timeout_graceful_shutdown=3)
    )
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]

    async def serve() -> None:
        serving = asyncio.create_task(server.serve(sockets=[door] if door else None))
        await stop.wait()
        server.should_exit = True
        await serving

    return serve()


def _on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
    return stop
