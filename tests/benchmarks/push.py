"""A push to everybody, behind a server that counts as strictly as Telegram may: how long, who got it, who says so.

`python -m tests.benchmarks.push --people 10000 [--trip 80 --jitter 40] [--talk 0.5] [--cancel] [--kill]`
"""

import argparse
import re
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, event, func, select

from bot.admin import pushes
from bot.admin.audience import Audience
from bot.admin.outcome import outcome
from bot.app import App
from bot.store import tables as t
from bot.store.audit import OPERATOR
from bot.store.case import BROADCAST
from tests.benchmarks import marge_bot
from tests.benchmarks.crowd import Questionnaire, chat_of
from tests.benchmarks.digests import numbered
from tests.benchmarks.rig import Bot, Contender, Server, table
from tests.benchmarks.stores import STORES, store

MARK = "Une nouvelle pour tout le monde"
TALKERS = 20
"""Participants who write meanwhile; the push is not for them."""

WORDS = "/mes_reponses"
QUIET = 2.0
"""Seconds without a message after which nothing more is to come of a push that was cancelled."""

STALL = 60.0
COHORT = "tous"


class Stalled(Exception):
    """Nothing has left for a minute, and not everything is done."""


@dataclass(frozen=True, slots=True)
class Line:
    """Seconds there and back, and how much more or less; writes of participants a second, in all.

    `apart`: the way out and the way home are drawn each by itself, else they are as long.
    """

    trip: float = 0.0
    jitter: float = 0.0
    talk: float = 0.0
    apart: bool = False


Cost = tuple[float, int]
"""Seconds, and statements."""


@dataclass(slots=True)
class Desk:
    """What the desk's services cost by name: looking at the audience, planning, stopping, telling what became of it."""

    house: App
    costs: dict[str, Cost] = field(default_factory=dict)

    def do(self, name: str, service: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """What a service gives in a transaction of its own."""
        with statements() as seen:
            begun = time.perf_counter()
            found = self.house.db.write_now(service, *args, **kwargs)
            self.costs[name] = (time.perf_counter() - begun, seen())
        return found

    def plan(self) -> int:
        """The number of a push for the whole cohort, due at once."""
        about: Any = {"body": {"text": MARK}, "to": Audience(cohorts=(COHORT,)), "now": datetime.now(UTC)}
        self.do("previewed", pushes.preview, self.house.vault, self.house.house, **about)
        return int(self.do("planned", pushes.plan, self.house.vault, self.house.house, by=OPERATOR, **about))

    def cancel(self, push: int) -> None:
        self.do("cancelled", pushes.cancel, push, OPERATOR, datetime.now(UTC))

    def fates(self, push: int) -> list[tuple[int, str]]:
        """The chat and the state of everybody that it was for; people have the numbers that the seed gave them."""
        return [(chat_of(fate.person_id - 1), fate.state) for fate in self.do("told", outcome, push)]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The server's count against the ledger of the push. `lost`: said to be sent, never came; `twice`: came again;
    `denied`: came, and the ledger says it did not leave; `doubtful`: said to be so, of which `arrived`."""

    received: int
    lost: int
    twice: int
    denied: int
    doubtful: int
    arrived: int
    states: dict[str, int]

    @property
    def right(self) -> bool:
        return not (self.lost or self.twice or self.denied)


@dataclass(frozen=True, slots=True)
class Measure:
    """`seconds`: from the plan's commit to the last message counted; `span`: from the first one."""

    costs: dict[str, Cost]
    seconds: float
    span: float
    refused: int
    most: int
    others: int
    waits: list[float]
    unanswered: list[float]
    megabytes: tuple[float, float, float]
    verdict: Verdict


# --- the house ---------------------------------------------------------------------------------


def prepare(folder: Path, people: int, url: str) -> App:
    """As many active participants of one cohort, at any hour of any day, and some who talk."""
    marge_bot.prepare(folder, people + TALKERS, 1, url)
    programme = folder / "content" / "programmes" / f"{marge_bot.PROGRAMME}.yml"
    hours = 'hours: {from: "00:00", to: "23:59", days: [lundi, mardi, mercredi, jeudi, vendredi, samedi, dimanche]}'
    text, found = re.subn(r"(?m)^hours: \{.*\}$", hours, programme.read_text("utf-8"))
    assert found == 1
    programme.write_text(text, "utf-8")
    house = App.open(marge_bot.settings(folder, database_url=url))
    house.db.write_now(_gathered, people)
    return house


def _gathered(conn: Connection, people: int) -> None:
    """No module waits for anybody: what a push opens behind it is not measured here."""
    numbered(conn)
    conn.execute(delete(t.runs))
    conn.execute(t.enrolments.update().where(t.enrolments.c.id <= people).values(cohort=COHORT))


def left(conn: Connection) -> int:
    """What is still to be handled, to leave, or under way."""
    r, o = t.timers.c, t.outbox.c
    timers = select(func.count()).where(r.kind == "push", r.state == "pending")
    messages = select(func.count()).where(o.rank == BROADCAST, o.state.in_(("ready", "sending")))
    return int(conn.execute(timers).scalar_one()) + int(conn.execute(messages).scalar_one())


@contextmanager
def statements() -> Iterator[Callable[[], int]]:
    seen = 0

    def note(*_: Any) -> None:
        nonlocal seen
        seen += 1

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield lambda: seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


# --- the run -----------------------------------------------------------------------------------


def run(folder: Path, url: str, people: int, line: Line, what: str = "", seed: int = 1) -> Measure:
    """`what` happens half-way: nothing, `cancel` or `kill`."""
    house = prepare(folder, people, url)
    desk = Desk(house)
    bot = Bot(_contender(url), folder, 1)
    try:
        with Server("strict_server") as server:
            server.control("limits", mark=MARK, trip=line.trip, jitter=line.jitter, seed=seed, apart=line.apart)
            bot.start(server)
            _until(lambda: server.control("count")["asked"])
            if line.talk:
                server.control("talk", first=people, people=TALKERS, per_second=line.talk, text=WORDS)
            time.sleep(1)
            before = bot.megabytes()
            push = desk.plan()
            begun, memory = time.monotonic(), [before]
            _watch(house, server, bot, people // 2 if what else people, memory)
            if what == "kill":
                bot.kill()
                bot.start(server)
            elif what == "cancel":
                desk.cancel(push)
            _watch(house, server, bot, people + 1, memory)
            time.sleep(QUIET if what else 0.5)
            server.control("hush")
            found = server.control("receipts")
            memory.append(bot.megabytes())
            told = desk.fates(push)
    finally:
        bot.kill()
        house.close()
    instants = found["instants"] or [begun]
    return Measure(desk.costs, instants[-1] - begun, instants[-1] - instants[0], found["refused"], found["most"],
                   found["others"], found["waits"], found["unanswered"], (before, max(memory), memory[-1]),
                   judge(found["chats"], told))  # fmt: skip


def judge(chats: dict[str, int], told: list[tuple[int, str]]) -> Verdict:
    came = Counter({int(chat): n for chat, n in chats.items()})
    said = Counter(state for _, state in told)
    unsure = [chat for chat, state in told if state == "doubtful"]
    return Verdict(
        received=came.total(),
        lost=sum(state == "sent" and not came[chat] for chat, state in told),
        twice=sum(n > 1 for n in came.values()),
        denied=sum(state not in ("sent", "doubtful") and came[chat] > 0 for chat, state in told),
        doubtful=len(unsure),
        arrived=sum(came[chat] > 0 for chat in unsure),
        states=dict(said),
    )


def _contender(url: str) -> Contender:
    def command(folder: Path, api_url: str, questions: int) -> list[str]:
        return [*marge_bot.command(folder, api_url, questions), url, "--paced"]

    return Contender("marge", Questionnaire(), marge_bot.prepare, command, marge_bot.replies)


def _until(done: Callable[[], Any]) -> None:
    while not done():
        time.sleep(0.05)


def _watch(house: App, server: Server, bot: Bot, count: int, memory: list[float]) -> None:
    """Until so many messages came, or nothing is left to leave; raises Stalled."""
    seen, since = -1, time.monotonic()
    while (came := server.control("count")["count"]) < count:
        if came != seen:
            seen, since = came, time.monotonic()
        elif time.monotonic() - since > 1 and not house.db.read_now(left):
            return
        if not bot.alive() or time.monotonic() - since > STALL:
            raise Stalled(f"{came} of {count}: {bot.last_words()}")
        memory.append(bot.megabytes())
        time.sleep(0.1)


# --- what is shown -----------------------------------------------------------------------------

HEADER = [
    "store", "people", "line ms", "what", "s", "ratio", "with the others", "429", "in a second", "received", "lost",
    "twice", "denied", "doubtful (came)", "answers", "p50 s", "p99 s", "max s", "MB before, most, after",
]  # fmt: skip


def row(kind: str, people: int, line: Line, what: str, found: Measure) -> list[object]:
    waits = sorted(found.waits + found.unanswered) or [0.0]
    verdict, memory = found.verdict, found.megabytes
    ratios = ["-" if what else f"{found.seconds * 30 / n:.4f}" for n in (people, people + found.others)]
    return [
        kind, people, f"{line.trip * 1000:g} ± {line.jitter * 1000:g}{' apart' * line.apart}", what or "whole",
        found.seconds, *ratios, found.refused, found.most, verdict.received, verdict.lost, verdict.twice,
        verdict.denied, f"{verdict.doubtful} ({verdict.arrived})", len(found.waits), f"{statistics.median(waits):.2f}",
        f"{waits[int(0.99 * len(waits))]:.2f}", f"{waits[-1]:.2f}", ", ".join(f"{one:.0f}" for one in memory),
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--trip", type=float, default=0.0, help="milliseconds there and back")
    parser.add_argument("--jitter", type=float, default=0.0, help="milliseconds more or less")
    parser.add_argument("--apart", action="store_true", help="the way out and the way home are drawn each by itself")
    parser.add_argument("--talk", type=float, default=0.0, help="what participants write a second, in all")
    parser.add_argument("--cancel", action="store_true", help="half-way, by another process")
    parser.add_argument("--kill", action="store_true", help="SIGKILL half-way, and a new start")
    parser.add_argument("--prepare", action="store_true", help="only plan it, and tell what the ledger says")
    parser.add_argument("--stores", nargs="+", choices=STORES, default=["sqlite"])
    given = parser.parse_args()
    line = Line(given.trip / 1000, given.jitter / 1000, given.talk, given.apart)
    what = "kill" if given.kill else "cancel" if given.cancel else ""
    rows: list[list[object]] = []
    for kind in given.stores:
        with tempfile.TemporaryDirectory() as folder, store(kind, Path(folder)) as url:
            if given.prepare:
                house = prepare(Path(folder), given.people, url)
                desk = Desk(house)
                desk.fates(desk.plan())
                house.close()
                tell(kind, desk.costs)
                continue
            found = run(Path(folder), url, given.people, line, what)
        tell(kind, found.costs)
        print(f"{kind}: {found.span:.2f} s from the first message to the last; the ledger says {found.verdict.states}")
        rows.append(row(kind, given.people, line, what, found))
    if rows:
        print(table(HEADER, rows))


def tell(kind: str, costs: dict[str, Cost]) -> None:
    print(kind + ": " + ", ".join(f"{name} in {s:.2f} s and {n} statements" for name, (s, n) in costs.items()))


if __name__ == "__main__":
    main()
