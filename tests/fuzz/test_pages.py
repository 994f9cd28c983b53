"""Garbled requests to every route of the page, and garbled bodies to the webhook: no 500, and nothing of anybody else.

Who asks is drawn too: the coach, an admin, a participant, nobody. What is asked for is theirs, foreign or nothing.
"""

import random
import re
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
from sqlalchemy import func, select
from starlette.applications import Starlette

from bot.conversation import intake
from bot.standin.listener import listening
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from bot.telegram.webhook import HEADER, route
from bot.web import site
from bot.web.answer import PREFIX
from bot.web.routes import ADMIN_ROUTES, OPEN, OWN_ROUTES, ROUTES
from tests.bot.hostile import HOSTILE
from tests.bot.test_web_rights import IN_PATH, NEVER, Scene
from tests.bot.test_web_rights import SECRET as WORDS
from tests.bot.test_web_rights import scene as scene
from tests.bot.web_office import Browser, Seen
from tests.fuzz.garbled import ARGUMENTS, Garbler
from tests.fuzz.test_updates import ROLES

TEMPLATES = Path(site.__file__).parent / "templates"
FIELDS = sorted({name for file in TEMPLATES.glob("*.html") for name in re.findall(r'name="(\w+)"', file.read_text())})
VALUES = [*ARGUMENTS, *HOSTILE.values(), "2026-11-30", "14:30", "09:00", "Europe/Paris", "a_aborder", "traite", "lu",
          "on", "cancelled", "done", "0001-01-01", "9999-12-31", "25:99", "x" * 70_000]  # fmt: skip
HEADERS = {
    "Range": ["bytes=0-", "bytes=-5", "bytes=9-1", "bytes=" + "9" * 400 + "-", "bytes=0-0,1-2", "oui", "bytes=²-"],
    "HX-Request": ["true"],
    "Origin": ["null", "http://mal.example", "http://[", "x" * 5000],
    "Cookie": ["marge=", "marge=\xe9", "marge=a;marge=b", "=;;=", "marge=" + "A" * 43],
    "Content-Type": ["application/json", "multipart/form-data; boundary=x", "text/plain; charset=utf-7"],
    "Host": ["mal.example", "[::1"],
}


ALL = (*ROUTES, *ADMIN_ROUTES, *OWN_ROUTES, *OPEN)
ASKED = [route for route in ALL if not route.path.endswith("/sortir")]


class Prowler:
    """Somebody who asks for anything, with the marks of an open session when there is one."""

    def __init__(self, scene: Scene, seed: int) -> None:
        self.scene, self.seed = scene, seed
        self.marks: dict[str, str] = {}
        self.browsers: dict[str, Browser] = {}

    def enter(self) -> None:
        page = self.scene.page
        self.browsers = {"nobody": page.stranger()}
        for role in ("anne", "anne", "admin", "claire"):
            self.browsers[role] = browser = page.of(getattr(self.scene, role))
            self.marks[role] = site._csrf(browser.cookie.partition("=")[2])

    def ask(self, number: int) -> tuple[str, Seen]:
        rng = random.Random(self.seed * 1_000_003 + number)
        if number % 50 == 0 or not self.browsers:
            self.enter()
        who = rng.choice(["anne"] * 6 + ["admin"] * 3 + ["claire", "nobody"])
        browser, asked = self.browsers[who], rng.choice(ASKED if number % 50 else ALL)
        headers = {name: rng.choice(values) for name, values in HEADERS.items() if rng.random() < 0.05}
        headers = {name: value.encode("latin-1").decode("latin-1") for name, value in headers.items()}
        path = PREFIX + IN_PATH.sub(lambda found: self.place(rng, found[1]), asked.path)
        if rng.random() < 0.4:
            path += "?" + urlencode({rng.choice([*FIELDS, "dit", "page", "quand"]): _value(rng) for _ in range(3)})
        if asked.method == "GET":
            return f"{who} {path[:200]}", _asked(browser, "GET", path, {}, headers)
        marks = {"csrf": self.marks.get(who, "x"), "form": f"marque{number:09}"} if rng.random() < 0.95 else {}
        typed = {rng.choice(FIELDS): _value(rng) for _ in range(rng.randrange(1, 9))}
        return f"{who} {path[:200]} {str(typed)[:500]}", _asked(browser, "POST", path, {**typed, **marks}, headers)

    def place(self, rng: random.Random, name: str) -> str:
        whose = rng.choice([self.scene.own] * 8 + [self.scene.foreign])
        return quote(whose[name] if rng.random() < 0.9 else _value(rng)[:300], safe="")


def _asked(browser: Browser, method: str, path: str, form: dict[str, str], headers: dict[str, str]) -> Seen:
    """What is too long is refused while it is still being sent: whoever sends on may find nobody there."""
    try:
        return browser.post(path, form, **headers) if method == "POST" else browser.get(path, **headers)
    except ConnectionError:
        assert len(urlencode(form)) > site.BIGGEST or len(path) > 2**16
        return Seen(413, {}, b"")


def _value(rng: random.Random) -> str:
    return rng.choice(VALUES).encode("utf-8", "replace").decode()


def test_every_route_stands_whatever_is_asked(scene: Scene, fuzz: Any, request: Any) -> None:
    prowler, seen = Prowler(scene, request.config.getoption("--fuzz-seed")), Counter[int]()
    for number in range(fuzz(short=400, of_all=0.1)):
        asked, answer = prowler.ask(number)
        seen[answer.status] += 1
        assert answer.status < 500, (number, asked, answer.text[:300])
        never = WORDS if asked.startswith("admin ") else NEVER  # an admin is told first names, and no word
        assert not re.search(never, answer.html) and "Traceback" not in answer.html, (number, asked)
    print(dict(seen))
    assert seen[200] and seen[404]


SECRET = "s" * 40


async def test_the_webhook_stands_whatever_comes(database: Database, vault: Vault, now: Any, fuzz: Any) -> None:
    """What is kept is answered 200, what is no update 400: never 500, nor 503, which asks for it again."""
    garbler, rng, seen = Garbler(7, ROLES), random.Random(7), Counter[int]()

    async def keep(updates: list[dict[str, Any]]) -> None:
        await database.write(intake.keep, vault, updates, now)

    async with listening(Starlette(routes=[route(SECRET, keep)])) as url, aiohttp.ClientSession() as session:
        for number in range(fuzz(short=300, of_all=0.1)):
            body = garbler.body(number) if rng.random() < 0.9 else rng.randbytes(rng.randrange(3000))
            secret = SECRET if rng.random() < 0.95 else rng.choice(["", "s" * 39, "é" * 40])
            async with session.post(f"{url}/telegram", data=body, headers={HEADER: secret}) as answer:
                seen[answer.status] += 1
                assert answer.status in ((200, 400, 413) if secret == SECRET else (403,)), (number, answer.status)
    print(dict(seen))
    kept = await database.read(lambda conn: conn.execute(select(func.count()).select_from(t.inbox)).scalar_one())
    assert 0 < kept <= seen[200]
