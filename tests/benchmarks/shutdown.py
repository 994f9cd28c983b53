"""SIGTERM while thousands of updates wait: time to leave, and what never came back after a restart.

`python -m tests.benchmarks.shutdown --waiting 10000 --work 2`
"""

import argparse
import tempfile
import time
from pathlib import Path

from tests.benchmarks.contenders import CONTENDERS
from tests.benchmarks.crash import judge
from tests.benchmarks.crowd import Plan
from tests.benchmarks.rig import Bot, Contender, Server, Stalled, follow, table

HEADER = ["bot", "answered before", "s to leave", "held by the server then", "replies lost", "twice", "disordered",
          "participants forgotten", "note"]  # fmt: skip


def run(server: Server, contender: Contender, plan: Plan, work: float, grace: float) -> list[object]:
    """Everybody's first update waits from the start; one question each. The bot is started again after it left."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        contender.prepare(folder, plan.participants, plan.questions)
        bot = Bot(contender, folder, plan.questions)
        server.start(plan, contender.script)
        bot.start(server)
        follow(server, bot, handed=1)
        time.sleep(work)
        answered = server.control("progress")["answered"]
        left = bot.stop(grace)
        held = server.control("progress")["waiting"]
        note = _finish(server, bot)
        verdict, _ = judge(server, contender, folder)
        forgotten = plan.participants - server.control("results")["done"]
        shown = left if left is not None else f"killed after {grace:g}"
        return [contender.name, answered, shown, held, verdict.lost, verdict.twice, verdict.disordered, forgotten, note]


def _finish(server: Server, bot: Bot) -> str:
    bot.start(server)
    server.control("restarted")
    try:
        follow(server, bot)
    except Stalled as error:
        return str(error)
    finally:
        bot.kill()
    return ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bot", nargs="+", choices=list(CONTENDERS), default=list(CONTENDERS))
    parser.add_argument("--waiting", type=int, default=10_000)
    parser.add_argument("--work", type=float, default=2.0, help="seconds of work before SIGTERM")
    parser.add_argument("--grace", type=float, default=30.0, help="seconds a platform grants before SIGKILL")
    parser.add_argument("--patience", type=float, default=10.0)
    given = parser.parse_args()
    plan = Plan(given.waiting, questions=1, outstanding=given.waiting, patience=given.patience)
    with Server() as server:
        rows = [run(server, CONTENDERS[name], plan, given.work, given.grace) for name in given.bot]
    print(table(HEADER, rows))


if __name__ == "__main__":
    main()
