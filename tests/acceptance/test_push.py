"""A push stopped half-way, by an admin or by a crash: nobody loses it, nobody gets it twice, and its ledger says so.

The server counts as strictly as Telegram may; the long forms are `python -m tests.benchmarks.push`.
"""

from pathlib import Path

import pytest

from tests.benchmarks import push

LINE = push.Line(trip=0.08, jitter=0.04)
"""Seconds there and back: something is under way at any moment."""

PEOPLE = 100


def halfway(folder: Path, what: str) -> push.Measure:
    found = push.run(folder, f"sqlite:///{folder / 'marge.db'}", PEOPLE, LINE, what)
    print(found.verdict)
    assert (found.verdict.lost, found.verdict.twice, found.verdict.denied) == (0, 0, 0)
    assert found.most <= 30 and found.refused == 0
    assert sum(found.verdict.states.values()) == PEOPLE, "everybody has a line in the ledger"
    return found


@pytest.mark.xdist_group("heavy")
def test_cancelled_half_way_it_reaches_nobody_else(tmp_path: Path) -> None:
    verdict = halfway(tmp_path, "cancel").verdict
    assert set(verdict.states) == {"sent", "cancelled"}
    assert PEOPLE // 2 <= verdict.received == verdict.states["sent"] < PEOPLE


@pytest.mark.xdist_group("heavy")
def test_killed_half_way_it_goes_on_and_repeats_nothing(tmp_path: Path) -> None:
    verdict = halfway(tmp_path, "kill").verdict
    assert set(verdict.states) <= {"sent", "doubtful"}
    assert verdict.received == verdict.states["sent"] + verdict.arrived
    assert verdict.doubtful < PEOPLE // 2, "what had not been taken in hand left after the new start"
