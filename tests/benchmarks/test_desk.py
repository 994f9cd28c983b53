"""The crowd of the desk's benches is one that the desk itself reads; the goals themselves are measured on purpose."""

import tempfile
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.desk import people, review
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from tests.benchmarks import digests, marge_bot, pages
from tests.benchmarks.desk_crowd import NAMES, Size, fill
from tests.benchmarks.rig import Server
from tests.benchmarks.stores import store as bench_store
from tests.bot.desk_office import LIBRARY, Office


def test_the_desk_reads_a_crowd_like_anybody(database: Database, vault: Vault, now: datetime) -> None:
    coach, other = fill(database, vault, LIBRARY, Size(2, 6, 60, 3, 3, 3, 2), now)
    office = Office(database, vault, now)
    mine, total = office.do(lambda conn, vault, house: people.of_coach(conn, vault, coach, now, 100))
    assert total == len(mine) <= 6 and {served.person.name.split()[0] for served in mine} <= set(NAMES)
    for served in mine:
        read = office.do(review.replies, served.person.id, now, for_coach=True)
        assert 20 < len(read) <= 60 and all(one.question or one.how == "journal" for one in read)
        assert served.to_read == sum(review.awaits(one) for one in read) <= 6
    r, e = t.replies.c, t.enrolments.c
    count = select(e.coach_id, func.count()).join(t.replies, e.id == r.enrolment_id).group_by(e.coach_id)
    kept: dict[int, int] = dict(database.read_now(lambda conn: [tuple(row) for row in conn.execute(count)]))
    assert set(kept) == {coach, other} and min(kept.values()) >= 360


def test_the_bench_opens_every_page_of_a_small_house(tmp_path: Path) -> None:
    marge_bot.content(tmp_path)
    measures, missed = pages.run(tmp_path, f"sqlite:///{tmp_path / 'marge.db'}", Size(1, 6, 400, 3, 3, 3, 2), 2)
    assert not missed and {measure.status for measure in measures if "?" not in measure.path} == {200}


@pytest.mark.benchmark
def test_every_page_of_a_large_house_comes_within_100_ms(store: str) -> None:
    with tempfile.TemporaryDirectory() as folder, bench_store(store, Path(folder)) as url:
        marge_bot.content(Path(folder))
        measures, _ = pages.run(Path(folder), url, Size(), 30)
    assert not [(measure.path, measure.median) for measure in measures if measure.slow]


@pytest.mark.benchmark
def test_nobody_waits_for_the_digests(store: str) -> None:
    """Half a second is what one notices; a tick that made all of them at once took several."""
    size = Size(100, 50, 20, 5, 10, 10, 0, fresh=0.4)
    with Server() as server, tempfile.TemporaryDirectory() as folder, bench_store(store, Path(folder)) as url:
        found = digests.run(server, Path(folder), url, size, outstanding=10)
    assert found.made == 100 and found.meanwhile.p99 < 500
