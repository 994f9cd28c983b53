"""SIGKILL at random instants under load: what is lost, kept twice, or out of order, by the participants' ledger.

`python -m tests.benchmarks.crash --bot anchor --kills 20 --participants 1000 --seed 1`; several workers on one store:
`python -m tests.benchmarks.crash --bot marge --store postgres --workers 2 --kills 20 --hangs 2 --restarts 2`.
"""

import argparse
import os
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from tests.benchmarks.contenders import CONTENDERS, marge
from tests.benchmarks.crowd import Plan
from tests.benchmarks.ledger import Sends, Verdict, compare, match
from tests.benchmarks.rig import Contender, Crew, Server, Stalled, follow, table
from tests.benchmarks.stores import STORES, restart, store

HEADER = ["bot", "kills", "hangs", "restarts", "written", "kept", "lost", "twice", "disordered", "held", "doubtful",
          "came", "sends lost", "sent again", "left", "done", "stuck", "asked again", "pokes", "conflicts", "silence s",
          "longest wait s", "s", "load", "note"]  # fmt: skip

HANG = 15.0
"""Seconds that a worker stands still: longer than the others believe it to be there."""

Kind = Literal["kill", "hang", "restart"]


@dataclass(frozen=True, slots=True)
class Blow:
    """Falls `later` s after so many updates were handed out: on the worker `whom`, or on the store."""

    after: int
    later: float
    kind: Kind = "kill"
    whom: int = 0


def blows(
    plan: Plan, dice: random.Random, kills: int, hangs: int = 0, restarts: int = 0, workers: int = 1
) -> list[Blow]:
    """All through the work, at any point of a batch, on any worker."""
    expected = plan.participants * (plan.questions + 1)
    kinds: list[Kind] = [*["kill"] * kills, *["hang"] * hangs, *["restart"] * restarts]  # type: ignore[list-item]
    dice.shuffle(kinds)
    instants = sorted(dice.sample(range(1, expected), len(kinds)))
    return [
        Blow(after, dice.uniform(0, 0.05), kind, dice.randrange(workers))
        for after, kind in zip(instants, kinds, strict=True)
    ]


def torment(server: Server, crew: Crew, falling: list[Blow], again: Callable[[], None]) -> list[Kind]:
    """Strikes at each instant while there is work, `again` being how the store is restarted: the blows that fell.

    One by itself is struck only once it was given something new: a bot still importing its modules has nothing to
    lose. One of several, once all are there.
    """
    given: list[Kind] = []
    for blow in falling:
        new = server.control("progress")["handed"] + 1
        if not follow(server, crew, max(blow.after, new)) or not _assembled(server, crew):
            break
        time.sleep(blow.later)
        _strike(server, crew, blow, again)
        given.append(blow.kind)
    return given


def _assembled(server: Server, crew: Crew) -> bool:
    """Waits until all of several are there: whether there is work still."""
    while len(crew.bots) > 1 and not crew.there(server):
        if not follow(server, crew, 0):
            return False
        time.sleep(0.02)
    return bool(server.control("progress")["running"])


def _strike(server: Server, crew: Crew, blow: Blow, again: Callable[[], None]) -> None:
    bot = crew.bots[blow.whom]
    match blow.kind:
        case "kill":
            bot.kill()
            crew.restart(server, blow.whom)
        case "hang":
            bot.freeze()
            time.sleep(HANG)
            bot.thaw()
        case "restart":
            again()
    server.control("restarted")


def run(
    server: Server, contender: Contender, plan: Plan, falling: list[Blow], workers: int = 1,
    again: Callable[[], None] = lambda: None,
) -> list[object]:  # fmt: skip
    """One row of the table: the bot is prepared, tormented, left to finish, then its database is read.

    `again` restarts its store.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        contender.prepare(folder, plan.participants, plan.questions)
        crew = Crew(contender, folder, plan.questions, workers)
        crew.start(server)
        while workers > 1 and crew.alive() and not crew.there(server):
            time.sleep(0.02)
        begun = time.perf_counter()
        server.start(plan, contender.script)
        given: list[Kind] = []
        note = ""
        try:
            given = torment(server, crew, falling, again)
            follow(server, crew)
            _settled(contender, folder, workers)
        except Stalled as error:
            note = str(error)
        except BaseException:
            crew.kill()
            raise
        seconds = time.perf_counter() - begun  # with what it took to see that nothing is left
        load = f"{os.getloadavg()[0]:.1f}"
        if not crew.stop(grace=30):
            note = note or "had to be killed at the end"
        verdict, sends = judge(server, contender, folder)
        counts = [given.count(kind) for kind in ("kill", "hang", "restart")]
        told = [*asdict(verdict).values(), *asdict(sends).values(), *_fates(server)]
        return [contender.name, *counts, *told, seconds, load, note]


def _settled(contender: Contender, folder: Path, workers: int, patience: float = 30.0) -> None:
    """Waits until one of several has seen to what another was cut from sending."""
    until = time.perf_counter() + patience
    while workers > 1 and time.perf_counter() < until:
        if match([], contender.sends(folder)).left == 0:
            return


def judge(server: Server, contender: Contender, folder: Path) -> tuple[Verdict, Sends]:
    """The ledger of the server against the database of the bot: replies, then messages."""
    ledger = server.control("ledger")
    there = [(chat, number) for chat, number in ledger["messages"]]
    replies = compare(ledger["gone"], ledger["held"], contender.replies(folder))
    return replies, match(there, contender.sends(folder))


def _fates(server: Server) -> list[object]:
    found = server.control("results")
    named = ("done", "stuck", "repeated", "pokes", "conflicts", "silence_s")
    return [*(found[name] for name in named), found["max_ms"] / 1000]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bot", nargs="+", choices=list(CONTENDERS), default=list(CONTENDERS))
    parser.add_argument("--store", choices=STORES, default="sqlite", help="of Marge")
    parser.add_argument("--workers", type=int, default=1, help="of Marge, on one PostgreSQL")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--hangs", type=int, default=0, help=f"one worker stands still for {HANG:g} s")
    parser.add_argument("--restarts", type=int, default=0, help="of PostgreSQL itself, without notice")
    parser.add_argument("--participants", type=int, default=1000)
    parser.add_argument("--questions", type=int, default=5)
    parser.add_argument("--outstanding", type=int, default=100)
    parser.add_argument("--patience", type=float, default=5.0, help="seconds of silence before a poke, or giving up")
    parser.add_argument("--think", type=float, default=0.0, help="seconds before a participant answers")
    parser.add_argument("--line", type=float, default=0.0, help="seconds until a bot hears that a message was taken")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    unhurried = {"think": given.think, "line": given.line}
    plan = Plan(given.participants, given.questions, given.outstanding, given.patience, **unhurried)
    falling = blows(plan, random.Random(given.seed), given.kills, given.hangs, given.restarts, given.workers)
    with Server() as server:
        if given.store == "sqlite":
            print(table(HEADER, [run(server, CONTENDERS[name], plan, falling) for name in given.bot]))
            return
        with tempfile.TemporaryDirectory() as name, store(given.store, Path(name)) as url:
            row = run(server, marge(url), plan, falling, given.workers, lambda: restart(Path(name)))
            print(table(HEADER, [row]))


if __name__ == "__main__":
    main()
