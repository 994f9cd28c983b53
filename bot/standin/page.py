"""The chat page and what it is made of. All it knows of the rehearsal it asks under `/standin/`."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.standin.telegram import Telegram

_HERE = Path(__file__).parent
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_PARTS = (("Camille", "participante"), ("Mireille", "coach"), ("Alex", "administration"))


def routes(telegram: Telegram) -> list[BaseRoute]:
    """The page at `/` and its static files."""
    template = Environment(
        loader=FileSystemLoader(_HERE / "templates"), autoescape=select_autoescape(), undefined=StrictUndefined
    ).get_template("chat.html")

    async def page(request: Request) -> HTMLResponse:
        if not telegram.world.accounts:
            for name, label in _PARTS:
                telegram.account(name, label=label)
        return HTMLResponse(template.render(bot=telegram.bot()))

    return [Route("/", page), Mount("/static", StaticFiles(directory=_HERE / "static"))]


class Guard:
    """Strict headers on what a browser sees, and no orders taken from another site's pages."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The Bot API itself passes untouched: no browser calls it."""
        if scope["type"] != "http" or scope["path"].startswith(("/bot", "/file/")):
            await self._app(scope, receive, send)
            return
        if _foreign(Headers(scope=scope)):
            await PlainTextResponse("Origine refusée.", 403)(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = _POLICY
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "no-referrer"
                headers["Cache-Control"] = "no-store"
            await send(message)

        await self._app(scope, receive, guarded)


def _foreign(headers: Headers) -> bool:
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")
