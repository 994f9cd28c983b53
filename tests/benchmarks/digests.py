"""Everybody's digest due at the same minute, while participants talk with Marge: how long each waits for the other.

`python -m tests.benchmarks.digests --coaches 200 --participants 50`
"""

import argparse
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, func, select

from bot.app import App
from bot.store import tables as t
from bot.store.case import Timer
from bot.store.due import put
from tests.benchmarks import marge_bot
from tests.benchmarks.crowd import Plan, Questionnaire
from tests.benchmarks.desk_crowd import Size, fill, settle
from tests.benchmarks.rig import Bot, Contender, Server, follow, table
from tests.benchmarks.stores import STORES, store

HEADER = ["store", "digests", "s", "digests/s", "when", "replies", "p50 ms", "p99 ms", "max ms"]
TALKING = 20_000
"""Participants who may talk: more than come to speak while the digests are made."""

ALONE = 1_000
"""Replies measured before the digests are due."""


@dataclass(frozen=True, slots=True)
class Talk:
    """Milliseconds from an update in the queue to Marge's first message in that chat."""

    replies: int
    p50: float
    p99: float
    longest: float

    def row(self) -> list[object]:
        return [self.replies, self.p50, self.p99, self.longest]


@dataclass(frozen=True, slots=True)
class Measure:
    made: int
    seconds: float
    alone: Talk
    meanwhile: Talk


def run(
    server: Server, folder: Path, url: str, size: Size, outstanding: int, talking: int = TALKING, behind: bool = False
) -> Measure:
    """`behind`: a publication is being followed all the while."""
    marge_bot.prepare(folder, talking, 5, url, behind)
    house = App.open(marge_bot.settings(folder, database_url=url))
    house.db.write_now(numbered)
    coaches = fill(house.db, house.vault, house.house.library, size, datetime.now(UTC))
    settle(house.db)
    bot = Bot(_contender(url), folder, 5)
    server.start(Plan(1), bot.contender.script)
    bot.start(server)
    try:
        follow(server, bot)
        server.start(Plan(talking // 2, outstanding=outstanding, first=1), bot.contender.script)
        alone = _talk(server, ALONE)
        server.start(Plan(talking // 2 - 1, outstanding=outstanding, first=talking // 2 + 1), bot.contender.script)
        seconds = _digests(house, coaches)
        return Measure(house.db.read_now(_made), seconds, alone, _talk(server, outstanding))
    finally:
        bot.kill()
        house.close()


def _contender(url: str) -> Contender:
    def command(folder: Path, api_url: str, questions: int) -> list[str]:
        return [*marge_bot.command(folder, api_url, questions), url]

    script = Questionnaire(marge_bot.OPENING, "/reprendre")
    return Contender("marge", script, marge_bot.prepare, command, marge_bot.replies)


def _digests(house: App, coaches: list[int]) -> float:
    """Seconds until none of the digests, all due now, is left."""
    now = datetime.now(UTC)
    period = (now.date() + timedelta(days=1)).isoformat()
    house.db.write_now(put, [Timer(f"c{coach}", "digest", period, now, {"coach": coach}) for coach in coaches])
    begun = time.perf_counter()
    while house.db.read_now(_left, now):
        time.sleep(0.05)
    return time.perf_counter() - begun


def _talk(server: Server, more: int) -> Talk:
    """What was measured so far, once so many more replies were answered: those who wait at this instant are in it."""
    end = server.control("progress")["answered"] + more
    while (progress := server.control("progress"))["answered"] < end and progress["running"]:
        time.sleep(0.01)
    if not progress["running"]:
        raise SystemExit("everybody was done talking before the digests were: raise TALKING")
    found = server.control("results")
    return Talk(progress["answered"], found["p50_ms"], found["p99_ms"], found["max_ms"])


def _left(conn: Connection, now: datetime) -> int:
    r = t.timers.c
    due = (r.kind == "digest", r.state == "pending", r.due_at <= now)
    return int(conn.execute(select(func.count()).select_from(t.timers).where(*due)).scalar_one())


def _made(conn: Connection) -> int:
    """Digests of today: those of the seed are older."""
    d = t.digests.c
    since = datetime.now(UTC) - timedelta(hours=1)
    return int(conn.execute(select(func.count()).select_from(t.digests).where(d.made_at > since)).scalar_one())


def numbered(conn: Connection) -> None:
    """The seed of the conversation chose its own numbers: PostgreSQL goes on after them."""
    if conn.dialect.name == "postgresql":
        for name in ("people", "enrolments"):
            conn.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--coaches", type=int, default=200)
    parser.add_argument("--participants", type=int, default=50)
    parser.add_argument("--outstanding", type=int, default=10, help="participants who talk at once")
    parser.add_argument("--behind", action="store_true", help="the programme was just published")
    parser.add_argument("--stores", nargs="+", choices=STORES, default=list(STORES))
    given = parser.parse_args()
    size = Size(given.coaches, given.participants, replies=20, sent=5, events=10, timers=10, fresh=0.4)
    rows: list[list[object]] = []
    for kind in given.stores:
        with Server() as server, tempfile.TemporaryDirectory() as folder, store(kind, Path(folder)) as url:
            found = run(server, Path(folder), url, size, given.outstanding, behind=given.behind)
        made: list[object] = [kind, found.made, found.seconds, found.made / found.seconds]
        rows += [[*made, "meanwhile", *found.meanwhile.row()], [*made, "alone", *found.alone.row()]]
    print(table(HEADER, rows))


if __name__ == "__main__":
    main()
