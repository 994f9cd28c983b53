"""Updates per second of a questionnaire, anchor and Marge in turn on the same server.

`python -m tests.benchmarks.inbound --participants 1000 --rounds 5`
"""

import argparse
import statistics
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from tests.benchmarks.contenders import CONTENDERS
from tests.benchmarks.crowd import Plan
from tests.benchmarks.rig import Bot, Contender, Server, Stalled, follow, table

HEADER = ["round", "bot", "updates/s", "p50 ms", "p99 ms", "max ms", "done", "messages", "MB start", "MB end"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One run. Milliseconds from an update in the queue to the bot's first message in that chat."""

    bot: str
    per_second: float
    p50: float
    p99: float
    longest: float
    done: str
    messages: int
    begun: float  # MB
    ended: float  # MB

    def row(self, nth: int) -> list[object]:
        times: list[object] = [self.per_second, self.p50, self.p99, self.longest]
        return [nth, self.bot, *times, self.done, self.messages, self.begun, self.ended]


def run(server: Server, contender: Contender, plan: Plan) -> Measure:
    """Plays the plan on a fresh bot. A warm-up of one participant is not counted: imports and caches are paid there."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        contender.prepare(folder, plan.participants + 1, plan.questions)
        bot = Bot(contender, folder, plan.questions)
        server.start(Plan(1, plan.questions), contender.script)
        bot.start(server)
        try:
            follow(server, bot)
            begun = bot.megabytes()
            server.start(replace(plan, first=1), contender.script)
            return _play(server, bot, plan, begun)
        finally:
            bot.kill()


def _play(server: Server, bot: Bot, plan: Plan, begun: float) -> Measure:
    stalled = ""
    try:
        follow(server, bot)
    except Stalled:
        stalled = " STALLED"
    found = server.control("results")
    done = f"{found['done']}/{plan.participants}{stalled}"
    times = found["p50_ms"], found["p99_ms"], found["max_ms"]
    return Measure(bot.contender.name, found["per_second"], *times, done, found["messages"], begun, bot.megabytes())


def ratio(measures: list[Measure]) -> str:
    """Marge's updates/s over the anchor's, round by round; the median counts."""
    rates = {name: [m.per_second for m in measures if m.bot == name] for name in CONTENDERS}
    ratios = [marge / anchor for anchor, marge in zip(rates["anchor"], rates["marge"], strict=True)]
    listed = ", ".join(f"{one:.1f}" for one in ratios)
    return f"ratio marge / anchor: {statistics.median(ratios):.1f} (rounds: {listed})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--participants", type=int, default=1000)
    parser.add_argument("--questions", type=int, default=5)
    parser.add_argument("--outstanding", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--bots", nargs="+", choices=list(CONTENDERS), default=list(CONTENDERS))
    given = parser.parse_args()
    plan = Plan(given.participants, given.questions, given.outstanding)
    with Server() as server:
        rounds = [(nth, CONTENDERS[name]) for nth in range(1, given.rounds + 1) for name in given.bots]
        measures = [(nth, run(server, contender, plan)) for nth, contender in rounds]
    print(table(HEADER, [measure.row(nth) for nth, measure in measures]))
    if len(given.bots) == len(CONTENDERS):
        print("\n" + ratio([measure for _, measure in measures]))


if __name__ == "__main__":
    main()
