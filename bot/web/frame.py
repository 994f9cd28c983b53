"""What stands around every page: templates, words, dates, and the headers a browser must obey. Knows no route."""

import secrets
from datetime import date as date_
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.conversation.house import House
from bot.desk.roll import named
from bot.web.answer import PREFIX, TOLD, Page
from bot.web.sitting import Sitting
from flows.calendar import spoken, spoken_day

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}
"""`same-origin`: without a referrer, a browser names no origin with a form, and the form is refused."""


class Frame:
    def __init__(self, house: House) -> None:
        self._house = house
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=select_autoescape(),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals |= {"say": self._say, "root": PREFIX, "mark": lambda: secrets.token_urlsafe(16),
                                    "minute": timedelta(minutes=1)}  # fmt: skip
        self._templates.filters["named"] = named

    def page(self, sitting: Sitting, page: Page) -> str:
        """The HTML of a page, read by whoever is signed in."""
        zone = sitting.zone

        def date(at: datetime) -> str:  # an hour stays on its line
            return spoken(at, zone).replace(" h", "\u00a0h").replace("h ", "h\u00a0")

        def day(at: datetime) -> str:
            return spoken_day(at, zone)

        def the_day(on: date_) -> str:
            return spoken_day(datetime.combine(on, time(12), zone), zone)

        def hour(at: datetime) -> str:
            return f"{at.astimezone(zone):%H:%M}"

        return self._templates.get_template(page.template).render(
            date=date, day=day, the_day=the_day, hour=hour, csrf=sitting.csrf, person=sitting.person,
            served=sitting.about, path=sitting.path,
            now=sitting.now, told=self._told(sitting), **page.fields,
        )  # fmt: skip

    def refused(self, phrase: str, home: str = "", written: str = "") -> str:
        """What cannot be done, in one line, with the way back to `home`, and what was `written` for nothing."""
        empty: dict[str, Any] = {"person": None, "served": None, "path": "", "csrf": "", "told": ""}
        fields = {"words": self._say(phrase), "home": home, "written": written}
        return self._templates.get_template("refused.html").render(**fields, **empty)

    def _told(self, sitting: Sitting) -> str:
        """The phrase that the page before asked to show; any other name shows nothing."""
        key = TOLD + sitting.query.get("dit", "")
        return self._say(key) if key in self._house.speech.phrases else ""

    def _say(self, key: str, **fields: Any) -> str:
        return self._house.speech.phrases.say(key, **fields).strip()


def sent(response: Response, secure: bool) -> Response:
    """The response with the headers of every page: nothing of it is kept by a browser or anything between."""
    response.headers.update(HEADERS | {"Cache-Control": "no-store"})
    if secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response


def guarded(app: ASGIApp, secure: bool) -> ASGIApp:
    """Static files under the same headers; they may be kept for an hour."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS | {"Cache-Control": "max-age=3600"})
                if secure:
                    headers["Strict-Transport-Security"] = "max-age=31536000"
            await send(message)

        await app(scope, receive, headed)

    return serve
