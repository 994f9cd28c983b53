"""The house killed under load: no reply lost, none kept twice, none out of order; asked to stop, it stops.

Short forms here; the hundreds of kills of a release run with `./marge test -m soak tests/acceptance/test_crash.py`.
"""

import random
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks import crash, stores
from tests.benchmarks.contenders import MARGE, marge
from tests.benchmarks.crash import Blow
from tests.benchmarks.crowd import Plan
from tests.benchmarks.rig import Bot, Server, follow

PATIENCE = 8.0
"""Seconds of a silent bot before somebody gives up: each start reads the whole content, a second alone on a core."""


TOGETHER = 80
"""More at once than one worker can be cut from answering: the others' answers tell whether anybody carries on."""

UNHURRIED = {"think": 0.5, "line": 0.05}
"""Two workers are seldom at their limit: people think, and Telegram takes its time."""


def survive(kills: int, participants: int) -> None:
    plan = Plan(participants, questions=5, outstanding=50, patience=PATIENCE)
    falling = crash.blows(plan, random.Random(11), kills)
    with Server() as server:
        row = dict(zip(crash.HEADER, crash.run(server, MARGE, plan, falling), strict=True))
    unharmed(row, plan)
    assert row["kills"] >= kills * 3 // 4, "the load ended before the kills"


def unharmed(row: dict[str, Any], plan: Plan) -> None:
    print(row)
    assert row["note"] == ""
    assert (row["lost"], row["twice"], row["disordered"]) == (0, 0, 0)
    assert row["done"] == plan.participants and row["written"] == plan.participants * plan.questions


def survive_together(plan: Plan, falling: list[Blow]) -> dict[str, Any]:
    """Two workers on one PostgreSQL; whichever is struck, the other one carries on."""
    with tempfile.TemporaryDirectory() as name, stores.store("postgres", Path(name)) as url, Server() as server:
        told = crash.run(server, marge(url), plan, falling, 2, lambda: stores.restart(Path(name)))
    row = dict(zip(crash.HEADER, told, strict=True))
    unharmed(row, plan)
    assert (row["sends lost"], row["sent again"], row["left"], row["stuck"], row["asked again"]) == (0, 0, 0, 0, 0)
    assert row["conflicts"] <= row["hangs"] + row["restarts"], "both asked Telegram at once"
    return row


@pytest.mark.xdist_group("heavy")
def test_killed_ten_times_under_load_it_loses_nothing() -> None:
    survive(kills=10, participants=200)


@pytest.mark.soak
def test_killed_two_hundred_times_under_load_it_loses_nothing() -> None:
    survive(kills=200, participants=2000)


@pytest.mark.xdist_group("heavy")
def test_two_workers_killed_in_turn_and_their_store_restarted_lose_nothing() -> None:
    plan = Plan(250, outstanding=TOGETHER, patience=2 * PATIENCE, **UNHURRIED)
    row = survive_together(plan, crash.blows(plan, random.Random(7), kills=3, restarts=1, workers=2))
    assert row["kills"] >= 2 and row["restarts"] == 1, "the load ended before the blows"
    assert row["silence s"] < PATIENCE, "nobody carried on"


@pytest.mark.xdist_group("heavy")
def test_a_worker_that_hangs_and_comes_back_sends_nothing_twice() -> None:
    plan = Plan(160, outstanding=TOGETHER, patience=3 * PATIENCE, **UNHURRIED)
    row = survive_together(plan, [Blow(100, 0.01, "hang", 0)])
    assert row["hangs"] == 1 and row["silence s"] < crash.HANG, "the other one did not carry on"


@pytest.mark.soak
def test_two_workers_killed_a_hundred_times_lose_nothing() -> None:
    plan = Plan(8000, outstanding=TOGETHER, patience=3 * PATIENCE, **UNHURRIED)
    falling = crash.blows(plan, random.Random(7), kills=100, hangs=5, restarts=10, workers=2)
    row = survive_together(plan, falling)
    assert (row["kills"], row["hangs"], row["restarts"]) == (100, 5, 10), "the load ended before the blows"


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
        verdict, _ = crash.judge(server, MARGE, tmp_path)
        assert (verdict.lost, verdict.twice, verdict.disordered) == (0, 0, 0)
        assert server.control("results")["done"] == waiting
        print(f"left in {left:.1f} s; the rest took {time.perf_counter() - begun:.0f} s")
