"""The stand-in as one Starlette application: Bot API, rehearsal controls, chat page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.standin import page
from bot.standin.api import BotApi
from bot.standin.control import Control, Scenes
from bot.standin.telegram import Telegram


def create(
    *,
    clock_file: Path | None = None,
    next_instant: Callable[[], Awaitable[datetime | None]] | None = None,
    scenes: Scenes | None = None,
    token: str | None = None,
) -> Starlette:
    """The application; `app.state.telegram` is its world.

    `clock_file` holds how far the rehearsal runs ahead of real time, as an ISO 8601 duration, and is written by
    the page. `next_instant` gives the product's next due instant, None when nothing is due, and
    `scenes` the points of its story to which the page may go. With `token`, any
    other token is refused; without it each well-formed token is a bot of its own.
    """
    telegram = Telegram(clock_file=clock_file, token=token)
    api = BotApi(telegram)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        await telegram.close()

    app = Starlette(
        routes=[
            Route("/bot{token}/{method}", _Bare(api.methods)),
            Route("/file/bot{token}/{path:path}", _Bare(api.files)),
            *Control(telegram, next_instant, scenes).routes(),
            *page.routes(telegram),
        ],
        middleware=[Middleware(page.Guard)],
        lifespan=lifespan,
    )
    app.state.telegram = telegram
    return app


class _Bare:
    """Tells Starlette that a bound method is an ASGI application, not an endpoint."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As any ASGI application."""
        await self._app(scope, receive, send)
