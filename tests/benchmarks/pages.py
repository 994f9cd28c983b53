"""How long each page of the coaches takes: one coach, 500 participants, 200,000 answers.

`python -m tests.benchmarks.pages --participants 500 --replies 400`

Every GET of the table of routes is opened, on a participant of the coach; addresses are those that the pages lead to.
"""

import argparse
import re
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import unescape
from http.client import HTTPConnection
from pathlib import Path

import uvicorn
from sqlalchemy import Connection, select
from starlette.applications import Starlette
from starlette.routing import compile_path

from bot.app import App
from bot.desk import feeds, signin
from bot.store import tables as t
from bot.web.answer import PREFIX
from bot.web.routes import OPEN, ROUTES
from bot.web.site import COOKIE, Site
from tests.benchmarks import marge_bot
from tests.benchmarks.desk_crowd import Size, fill, settle
from tests.benchmarks.rig import table
from tests.benchmarks.stores import STORES, store

HEADER = ["store", "page", "status", "KiB", "median ms", "p95 ms", "max ms"]
MORE = {
    "/personnes": ("?page=20",),
    "/personnes/{person}/reponses": ("?page=10", "?etat=a_lire", "?q=marcher"),
    "/agenda": ("?page=-20",),
}
"""What else is asked of a page than as one comes to it: far down a list, narrowed, looked for."""

OWN = frozenset({"/reponse/{token}", "/mesdonnees/{token}", "/mesdocuments/{token}"})
"""A participant's pages, each on a link of one use: no coach comes to them."""

WARM = 3
PATIENCE = 20_000.0
"""Milliseconds for all rounds of one address."""

FILES = (".pdf", ".ics")
GOAL = 100.0
"""Milliseconds of the median, for a page; a file (PDF, calendar) is made, not shown."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Milliseconds from the request on the socket to the last byte of the answer."""

    path: str
    status: int
    size: float
    median: float
    p95: float
    longest: float

    @property
    def slow(self) -> bool:
        return self.median > GOAL and not self.path.endswith(FILES)

    def row(self) -> list[object]:
        return [self.path or "/", self.status, self.size, self.median, self.p95, self.longest]


class Browser:
    """One connection that stays open, signed in."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=300)
        self._headers = {"Cookie": f"{COOKIE}={token}"}

    def get(self, address: str) -> tuple[int, bytes]:
        self._connection.request("GET", address, headers=self._headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def measure(self, path: str, address: str, rounds: int) -> Measure:
        """Fewer rounds of what takes so long that they would outlast PATIENCE."""
        took: list[float] = []
        while len(took) < WARM + rounds and sum(took) < PATIENCE:
            begun = time.perf_counter()
            status, body = self.get(address)
            took.append((time.perf_counter() - begun) * 1000)
        kept = sorted(took[WARM:] or took)
        p95 = kept[int(0.95 * (len(kept) - 1))]
        return Measure(path, status, len(body) / 1024, statistics.median(kept), p95, kept[-1])


def run(folder: Path, url: str, size: Size, rounds: int) -> tuple[list[Measure], list[str]]:
    """The measures, and the routes that no page leads to."""
    now = datetime.now(UTC)
    house = App.open(marge_bot.settings(folder, database_url=url), migrated=True)
    house.db.hold()
    [coach] = fill(house.db, house.vault, house.house.library, size, now)
    fill(house.db, house.vault, house.house.library, replace(size, coaches=2, participants=10), now, seed=2)
    settle(house.db)
    token = house.db.write_now(signin.begin, coach, now)
    person = house.db.read_now(_somebody, coach)
    try:
        with served(house) as port:
            browser = Browser(port, token)
            found, missed = addresses(browser, person, house.db.write_now(_tokens, coach, now))
            return [browser.measure(path, address, rounds) for path, address in found.items()], missed
    finally:
        house.close()


def _somebody(conn: Connection, coach: int) -> int:
    """Whoever came in the middle."""
    e = t.enrolments.c
    ids = list(conn.execute(select(e.person_id).where(e.coach_id == coach, e.state == "active")).scalars())
    return int(ids[len(ids) // 2])


def _tokens(conn: Connection, coach: int, now: datetime) -> dict[str, str]:
    """What holds its right in its own address; no page shows it twice."""
    return {"/agenda/{token}.ics": feeds.open_(conn, coach, now), "/entrer/{token}": "A" * 43}


@contextmanager
def served(house: App) -> Iterator[int]:
    """The page on a port of its own, from a thread."""
    door = socket.socket(proto=socket.IPPROTO_TCP)  # named: asyncio sends at once only on a socket that says so
    door.bind(("127.0.0.1", 0))
    door.listen()
    port = int(door.getsockname()[1])
    home = replace(house.house, page=f"http://127.0.0.1:{port}")
    site = Starlette(routes=Site(house.db, house.vault, home, house.clock, lambda: None).routes())
    server = uvicorn.Server(uvicorn.Config(site, log_level="critical", access_log=False, lifespan="off"))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
    thread.start()
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join(10)


def addresses(browser: Browser, person: int, tokens: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """An address for each GET route, as the pages lead to it from the first one on; and the routes without one."""
    routes = {r.path: compile_path(PREFIX + r.path)[0] for r in (*ROUTES, *OPEN)
              if r.method == "GET" and r.path not in OWN}  # fmt: skip
    found = {path: PREFIX + path.format(person=person) for path in routes if set(_parts(path)) <= {"person"}}
    found |= {path: PREFIX + path.format(token=token) for path, token in tokens.items() if path in routes}
    asked = {path + more: found[path] + more for path in MORE if path in found for more in MORE[path]}
    fresh = [address for address in (*found.values(), *asked.values()) if not address.endswith(FILES)]
    while fresh:
        links = _links(browser.get(fresh.pop())[1])
        for path in routes.keys() - found.keys():
            mine = (link for link in links if routes[path].fullmatch(link.partition("?")[0]))
            ours = next((link for link in mine if f"/personnes/{person}" in link or "{person}" not in path), None)
            if ours:
                found[path] = ours
                fresh += [] if ours.endswith(FILES) else [ours]
    return dict(sorted((found | asked).items())), sorted(routes.keys() - found.keys())


def _parts(path: str) -> list[str]:
    return re.findall(r"{(\w+)", path)


def _links(html: bytes) -> list[str]:
    text = html.decode("utf-8", "replace")
    return [unescape(link).partition("#")[0] for link in re.findall(r'(?:href|src)="(/[^"]*)"', text)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--participants", type=int, default=500)
    parser.add_argument("--replies", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--stores", nargs="+", choices=STORES, default=list(STORES))
    given = parser.parse_args()
    size = Size(participants=given.participants, replies=given.replies)
    rows: list[list[object]] = []
    for kind in given.stores:
        with tempfile.TemporaryDirectory() as folder, store(kind, Path(folder)) as url:
            marge_bot.content(Path(folder))
            measures, missed = run(Path(folder), url, size, given.rounds)
        rows += [[kind, *measure.row()] for measure in measures]
        slow = [measure.path or "/" for measure in measures if measure.slow]
        print(f"{kind}: over {GOAL:.0f} ms: {', '.join(slow) or 'none'}; not found: {', '.join(missed) or 'none'}")
    print(table(HEADER, rows))


if __name__ == "__main__":
    main()
