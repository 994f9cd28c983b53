"""Real time, rehearsed time, and the durations that move it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import Clock, format_duration, parse_duration

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("P12D", timedelta(days=12)),
        ("-P12D", timedelta(days=-12)),
        ("+P2W", timedelta(weeks=2)),
        ("PT1H30M", timedelta(hours=1, minutes=30)),
        ("P1DT0.5S", timedelta(days=1, milliseconds=500)),
        ("PT0,25H", timedelta(minutes=15)),
        (" PT0S\n", timedelta()),
    ],
)
def test_reads_a_duration(text: str, span: timedelta) -> None:
    assert parse_duration(text) == span


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1DT", "12D", "P1Y", "P1M", "P1", "PT5", "P1D2W", "p1d", "P-1D", "P٣D", "P999999D", "3j"]
)
def test_refuses_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration|hundred years"):
        parse_duration(text)


@given(st.timedeltas(min_value=timedelta(days=-36_525), max_value=timedelta(days=36_525)))
def test_writes_what_it_reads(span: timedelta) -> None:
    assert parse_duration(format_duration(span)) == span


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(), "PT0S"),
        (timedelta(days=-12), "-P12D"),
        (timedelta(days=1, hours=2, seconds=3.5), "P1DT2H3.5S"),
        (timedelta(minutes=90), "PT1H30M"),
    ],
)
def test_writes_the_shortest_form(span: timedelta, text: str) -> None:
    assert format_duration(span) == text


def test_the_real_clock_is_aware_and_in_utc() -> None:
    with time_machine.travel(NOON, tick=False):
        assert Clock.real().now() == NOON
        assert Clock.real().now().tzinfo is UTC


def test_a_rehearsal_follows_its_file(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    clock = Clock.rehearsal(file)
    with time_machine.travel(NOON, tick=False):
        assert clock.now() == NOON
        for text, days in [("P1D", 1), ("P2D", 2), ("-P12D", -12)]:
            file.write_text(text)
            assert clock.now() == NOON + timedelta(days=days)


@pytest.mark.parametrize("wrong", [b"", b"P1", b"P12", b"\xff\xfe", b"P400000D"])
def test_a_rehearsal_keeps_the_last_good_duration(tmp_path: Path, wrong: bytes) -> None:
    file = tmp_path / "clock"
    clock = Clock.rehearsal(file)
    with time_machine.travel(NOON, tick=False):
        file.write_text("P3D")
        assert clock.now() == NOON + timedelta(days=3)
        file.write_bytes(wrong)
        assert clock.now() == NOON + timedelta(days=3)
        file.unlink()
        assert clock.now() == NOON + timedelta(days=3)
        file.write_text("P4D")
        assert clock.now() == NOON + timedelta(days=4)
