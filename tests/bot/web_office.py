"""The coaches' page on a real socket, on the store of an Office, with a browser that keeps its cookie and no more."""

import asyncio
import re
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from html import unescape
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

import uvicorn
from starlette.applications import Starlette

from bot.desk import signin
from bot.web.site import Site
from tests.bot.desk_office import Office


@dataclass
class Clock:
    """The office's own clock: it stands where the office is."""

    office: Office

    def now(self) -> datetime:
        return self.office.now


@dataclass(frozen=True)
class Seen:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def html(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def text(self) -> str:
        """What is read: tags taken away, spaces made one."""
        bare = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", self.html, flags=re.S)
        return " ".join(unescape(bare).split())

    def forms(self) -> list[dict[str, str]]:
        """The fields of each form, with its `action`."""
        found = []
        for head, inside in re.findall(r"<form([^>]*)>(.*?)</form>", self.html, re.S):
            fields = dict(_named(tag) for tag in re.findall(r"<input[^>]*>", inside) if _sent(tag))
            action = re.search(r'action="([^"]*)"', head)
            found.append({"action": unescape(action[1]) if action else "", **fields})
        return found

    def form(self, part: str) -> dict[str, str]:
        """The first form whose action holds `part`."""
        found = [form for form in self.forms() if part in form["action"]]
        assert found, (part, [form["action"] for form in self.forms()])
        return found[0]


def _sent(tag: str) -> bool:
    """Whether a browser sends this field: a box that is not ticked is nothing."""
    box = 'type="radio"' in tag or 'type="checkbox"' in tag
    return 'name="' in tag and (not box or " checked" in tag)


def _named(tag: str) -> tuple[str, str]:
    value = re.search(r'value="([^"]*)"', tag)
    name = re.search(r'name="([^"]*)"', tag)
    assert name is not None
    return name[1], unescape(value[1]) if value else ""


@dataclass
class Browser:
    """Follows no redirection by itself. `cookie` is what it was given."""

    port: int
    cookie: str = ""
    origin: str = ""
    more: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Seen:
        return self._ask("GET", path, None, headers)

    def post(self, path: str, form: Mapping[str, str] | None = None, **headers: str) -> Seen:
        """`form` may be one that `Seen.form` gave, with what was typed."""
        fields = {name: value for name, value in (form or {}).items() if name != "action"}
        sent = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.origin, **headers}
        return self._ask("POST", path, urlencode(fields).encode(), sent)

    def submit(self, seen: Seen, part: str, **typed: str) -> Seen:
        """Fills the form whose action holds `part`, sends it, and follows where it leads."""
        form = {**seen.form(part), **typed}
        return self.follow(self.post(form["action"], form))

    def follow(self, seen: Seen) -> Seen:
        return self.get(seen.headers["location"].partition("#")[0]) if seen.status == 303 else seen

    def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Seen:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        cookie = {"Cookie": self.cookie} if self.cookie else {}
        connection.request(method, path, body, {**cookie, **self.more, **headers})
        answer = connection.getresponse()
        seen = Seen(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        connection.close()
        if given := seen.headers.get("set-cookie"):
            self.cookie = given.split(";")[0]
        return seen


@dataclass
class Espace:
    """The page being served; `woken` counts how often it asked for the worker."""

    office: Office
    port: int
    woken: list[int]

    def stranger(self) -> Browser:
        return Browser(self.port, origin=f"http://127.0.0.1:{self.port}")

    def of(self, person_id: int) -> Browser:
        """A browser with an open session of this person."""
        token = self.office.db.write_now(signin.begin, person_id, self.office.now)
        return replace(self.stranger(), cookie=f"marge={token}")


@contextmanager
def espace(office: Office) -> Iterator[Espace]:
    """Serves the page from a thread of its own for as long as the block lasts."""
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # else Nagle's algorithm stays on
    door.bind(("127.0.0.1", 0))
    door.listen()  # a request that comes before the thread is ready waits
    port = door.getsockname()[1]
    office.house = replace(office.house, page=f"http://127.0.0.1:{port}")
    woken: list[int] = []
    site = Site(office.db, office.vault, office.house, _clock(office), lambda: woken.append(1))
    config = uvicorn.Config(Starlette(routes=site.routes()), log_level="critical", access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    thread = threading.Thread(target=asyncio.run, args=(server.serve(sockets=[door]),), daemon=True)
    thread.start()
    try:
        yield Espace(office, port, woken)
    finally:
        server.should_exit = True
        thread.join(10)


def _clock(office: Office) -> Any:
    return Clock(office)
