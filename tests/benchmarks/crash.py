"""SIGKILL at random instants under load: what is lost, kept twice, or out of order, by the participants' ledger.

`python -m tests.benchmarks.crash --bot anchor --kills 20 --participants 1000 --seed 1`
"""

import argparse
import random
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks.contenders import CONTENDERS
from tests.benchmarks.crowd import Plan
from tests.benchmarks.ledger import Verdict, compare
from tests.benchmarks.rig import Bot, Contender, Server, Stalled, follow, table

HEADER = ["bot", "kills", "written", "kept", "lost", "twice", "disordered", "held", "done", "stuck", "asked again",
          "pokes", "s", "note"]  # fmt: skip


def instants(plan: Plan, kills: int, dice: random.Random) -> list[tuple[int, float]]:
    """(updates handed to the bot, seconds later) of each kill: all through the work, at any point of a batch."""
    expected = plan.participants * (plan.questions + 1)
    return [(after, dice.uniform(0, 0.05)) for after in sorted(dice.sample(range(1, expected), kills))]


def torment(server: Server, bot: Bot, kills: list[tuple[int, float]]) -> int:
    """Kills and restarts the bot at each instant while there is work: how many kills it took.

    A bot is killed only once it was given something new: one still importing its modules has nothing to lose.
    """
    given = 0
    for handed, later in kills:
        new = server.control("progress")["handed"] + 1
        if not follow(server, bot, max(handed, new)):
            break
        time.sleep(later)
        bot.kill()
        given += 1
        bot.start(server)
        server.control("restarted")
    return given


def run(server: Server, contender: Contender, plan: Plan, kills: list[tuple[int, float]]) -> list[object]:
    """One row of the table: the bot is prepared, tormented, left to finish, then its database is read."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        contender.prepare(folder, plan.participants, plan.questions)
        bot = Bot(contender, folder, plan.questions)
        begun = time.perf_counter()
        server.start(plan, contender.script)
        bot.start(server)
        given, note = 0, ""
        try:
            given = torment(server, bot, kills)
            follow(server, bot)
        except Stalled as error:
            note = str(error)
        seconds = time.perf_counter() - begun
        bot.stop(grace=30)
        verdict = judge(server, contender, folder)
        return [contender.name, given, *asdict(verdict).values(), *_fates(server), seconds, note]


def judge(server: Server, contender: Contender, folder: Path) -> Verdict:
    """The ledger of the server against the database of the bot."""
    ledger = server.control("ledger")
    return compare(ledger["gone"], ledger["held"], contender.replies(folder))


def _fates(server: Server) -> list[object]:
    found = server.control("results")
    return [found["done"], found["stuck"], found["repeated"], found["pokes"]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bot", nargs="+", choices=list(CONTENDERS), default=list(CONTENDERS))
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--participants", type=int, default=1000)
    parser.add_argument("--questions", type=int, default=5)
    parser.add_argument("--outstanding", type=int, default=100)
    parser.add_argument("--patience", type=float, default=5.0, help="seconds of silence before a poke, or giving up")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    plan = Plan(given.participants, given.questions, given.outstanding, given.patience)
    kills = instants(plan, given.kills, random.Random(given.seed))
    with Server() as server:
        print(table(HEADER, [run(server, CONTENDERS[name], plan, kills) for name in given.bot]))


if __name__ == "__main__":
    main()
