"""The house killed under load: no reply lost, none kept twice, none out of order; asked to stop, it stops.

Short forms here; the 200 kills of a release run with `./marge test -m soak tests/acceptance/test_crash.py`.
"""

import random
import time
from pathlib import Path

import pytest

from tests.benchmarks import crash
from tests.benchmarks.contenders import MARGE
from tests.benchmarks.crowd import Plan
from tests.benchmarks.rig import Bot, Server, follow

PATIENCE = 8.0
"""Seconds of a silent bot before somebody gives up: each start reads the whole content, a second alone on a core."""


def survive(kills: int, participants: int) -> None:
    plan = Plan(participants, questions=5, outstanding=50, patience=PATIENCE)
    when = crash.instants(plan, kills, random.Random(11))
    with Server() as server:
        row = dict(zip(crash.HEADER, crash.run(server, MARGE, plan, when), strict=True))
    print(row)
    assert row["note"] == ""
    assert (row["lost"], row["twice"], row["disordered"]) == (0, 0, 0)
    assert row["done"] == participants and row["written"] == participants * 5
    assert row["kills"] >= kills * 3 // 4, "the load ended before the kills"


@pytest.mark.xdist_group("heavy")
def test_killed_ten_times_under_load_it_loses_nothing() -> None:
    survive(kills=10, participants=200)


@pytest.mark.soak
def test_killed_two_hundred_times_under_load_it_loses_nothing() -> None:
    survive(kills=200, participants=2000)


@pytest.mark.xdist_group("heavy")
def test_asked_to_stop_with_ten_thousand_updates_waiting_it_leaves_in_time_and_loses_none(tmp_path: Path) -> None:
    waiting = 10_000
    plan = Plan(waiting, questions=1, outstanding=waiting, patience=20.0)
    MARGE.prepare(tmp_path, waiting, 1)
    bot = Bot(MARGE, tmp_path, 1)
    with Server() as server:
        server.start(plan, MARGE.script)
        bot.start(server)
        follow(server, bot, handed=300)
        left = bot.stop(grace=12)
        assert left is not None, "still there after 12 s"
        begun = time.perf_counter()
        bot.start(server)
        server.control("restarted")
        follow(server, bot)
        bot.kill()
        verdict = crash.judge(server, MARGE, tmp_path)
        assert (verdict.lost, verdict.twice, verdict.disordered) == (0, 0, 0)
        assert server.control("results")["done"] == waiting
        print(f"left in {left:.1f} s; the rest took {time.perf_counter() - begun:.0f} s")
