"""Random people, states, pauses, restarts, clocks and appointments: nobody gets one push twice, nobody is forgotten.

What was put in the outbox is written down as it comes; a crash that forgets what became of the timers, a second clock,
a push paused or stopped in the middle and an appointment that moves must change none of it.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from bot.admin.occurrences import around, weekly
from bot.conversation import ticking
from bot.desk import appointments
from bot.store import audit, migrate
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Keyring, Vault
from tests.bot import push_house as house
from tests.bot.desk_office import Office
from tests.bot.push_house import act, fates

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
ZONES = ("Europe/Paris", "America/Martinique", "Indian/Reunion")
RULES = {"now": {}, "date": {"at": datetime(2026, 11, 3, 10)}, "week": {"rule": weekly("mardi 18:00")},
         "around": {"rule": around("J-1 18:00")}, "after": {"rule": around("S1 + 1j 10:00")}}  # fmt: skip

who = st.integers(0, 3)
steps = st.one_of(
    st.tuples(st.just("pass"), st.integers(1, 60)),
    st.tuples(st.just("two clocks"), st.integers(1, 30)),
    st.tuples(st.sampled_from(["pause", "resume"]), st.integers(0, 2)),
    st.tuples(st.just("cancel"), st.integers(0, 2)),
    st.tuples(st.sampled_from(["away", "back", "stopped", "blocked", "crash"]), who),
    st.tuples(st.just("book"), st.tuples(who, st.integers(-2, 9))),
    st.tuples(st.just("unbook"), who),
)


@pytest.fixture(scope="module")
def empty() -> Any:
    """A migrated store, copied for each example."""
    with TemporaryDirectory() as folder:
        migrate.upgrade(f"sqlite:///{folder}/empty.db")
        yield Path(folder)


class Play:
    """One house, as the steps leave it; `gone` is every message of a push that was ever put in the outbox."""

    def __init__(self, folder: Path, empty: Path) -> None:
        for file in empty.iterdir():
            if file.name.endswith(".db"):
                (folder / file.name).write_bytes(file.read_bytes())
        self.url = f"sqlite:///{folder}/empty.db"
        vault = Vault(Keyring.load(folder / "keys", create=True))
        self.office: Office = house.office(Database.open(self.url), vault, START)
        self.people = [house.join(self.office, f"P{n}", 801 + n, ZONES[n % 3]) for n in range(4)]
        self.cancelled: dict[int, int] = {}

    def step(self, verb: str, what: Any, made: list[int]) -> None:
        office = self.office
        match verb:
            case "pass":
                for _ in range(0, what, 3):
                    house.tick(office, office.now + timedelta(hours=3))
            case "two clocks":
                office.now += timedelta(hours=what)
                self.two_clocks()
            case "pause" | "resume":
                act(office, verb, made[what % len(made)])
            case "cancel":
                push = made[what % len(made)]
                act(office, "cancel", push)
                self.cancelled.setdefault(push, self.count(push))
            case "away" | "back" | "stopped":
                state = {"away": "paused", "back": "active", "stopped": "stopped"}[verb]
                house.change(office, t.enrolments, self.people[what], state=state)
            case "blocked":
                house.change(office, t.people, self.people[what], reachable=False)
            case "crash":
                office.db.write_now(_forgotten)
            case "book":
                person, days = what
                at = office.now + timedelta(days=days, hours=5)
                office.do(appointments.put, self.people[person], "S1", at, None, office.now)
            case "unbook":
                self.unbook(self.people[what])

    def unbook(self, person: int) -> None:
        e, a = t.enrolments.c, t.appointments.c
        booked = select(a.id).join(t.enrolments, e.id == a.enrolment_id)
        if self.office.db.read_now(
            lambda conn: conn.execute(booked.where(e.person_id == person, a.state == "planned")).first()
        ):
            self.office.do(appointments.cancel, person, "S1", self.office.now)

    def two_clocks(self) -> None:
        """Two processes beat on the same store, each taking a few."""
        office, other = self.office, Database.open(self.url)
        while True:
            done = office.db.write_now(ticking.tick, office.vault, office.house, office.now, 2)
            if not done + other.write_now(ticking.tick, office.vault, office.house, office.now, 2):
                break
        other.close()

    def left(self) -> list[Any]:
        o = t.outbox.c
        query = select(o.cause, o.enrolment_id, o.state).where(o.rank == 3)
        return list(self.office.db.read_now(lambda conn: conn.execute(query).all()))

    def count(self, push: int) -> int:
        return sum(row.cause.startswith(f"p{push}:") and row.state != "dropped" for row in self.left())


def _forgotten(conn: Any) -> None:
    """A crash after the messages were queued, before the timers were marked: those of the last hours come again."""
    r = t.timers.c
    fired = update(t.timers).where(r.kind == "push", r.state == "fired")
    conn.execute(fired.values(state="pending", settled_at=None))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(sorted(RULES)), min_size=1, max_size=3), st.lists(steps, max_size=9))
def test_nobody_gets_one_twice_and_nobody_is_forgotten(
    empty: Path, rules: list[str], doings: list[tuple[str, Any]]
) -> None:
    with TemporaryDirectory() as folder:
        play = Play(Path(folder), empty)
        for n in range(2):
            play.step("book", (n, n + 2), [])
        made = [house.plan(play.office, {"text": f"mot {n}"}, **RULES[rule]) for n, rule in enumerate(rules)]
        for verb, what in doings:
            play.step(verb, what, made)
        house.tick(play.office, play.office.now + timedelta(hours=20))
        causes = Counter(row.cause for row in play.left())
        assert all(n == 1 for n in causes.values())
        enrolled = play.office.db.read_now(lambda conn: dict(conn.execute(
            select(t.enrolments.c.person_id, t.enrolments.c.id)).all()))  # fmt: skip
        for push, rule in zip(made, rules, strict=True):
            told = fates(play.office, push)
            assert len({(fate.person_id, fate.scope) for fate in told}) == len(told)
            if rule in ("now", "date"):
                assert {fate.person_id for fate in told} == set(play.people), "each has a place in what became of it"
            for fate in told:
                scope = f"{push}:{fate.scope}" if fate.scope else str(push)
                queued = causes[f"p{scope}:e{enrolled[fate.person_id]}"]
                assert queued or fate.state in ("planned", "held", "skipped", "cancelled"), fate
                assert queued or fate.state == "planned" or fate.why, "whoever got nothing is told why"
        for push, before in play.cancelled.items():
            assert play.count(push) <= before, "after it was stopped, nothing more is put on its way"
            assert not {fate.state for fate in fates(play.office, push)} & {"planned", "ready", "held"}
        assert list(play.office.db.read_now(lambda conn: list(audit.broken(conn)))) == []
        play.office.db.close()


def test_the_play_itself_sends(empty: Path, tmp_path: Path) -> None:
    """What the property looks at is there: each rule puts something on its way."""
    play = Play(tmp_path, empty)
    play.step("book", (0, 3), [])
    made = [house.plan(play.office, {"text": rule}, **RULES[rule]) for rule in RULES]
    play.step("pass", 24 * 9, made)
    assert all(play.count(push) for push in made)
    play.office.db.close()
