"""Random hours, days, zones, appointments, pauses and stops: what waits lies where somebody wants to be written to.

After every step each pending envoi is within the hours of now; a change loses none of them without an event; what went
is never sent again.
"""

import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.conversation import ticking
from bot.conversation.planning import hours_of
from bot.conversation.timekeeping import LOCAL
from bot.desk import DeskError, appointments
from bot.store import migrate
from bot.store import tables as t
from bot.store.case import SCHEDULED, Case
from bot.store.cases import by_person
from bot.store.database import Database
from bot.store.vault import Keyring, Vault
from flows.calendar import allowed
from tests.bot import push_house as house
from tests.bot.desk_office import LIBRARY, Office

START = datetime(2026, 3, 16, 9, tzinfo=UTC)
"""Two weeks before the clocks change in Europe, a week after they did in America."""

CHAT = 801
LIVES = int(os.environ.get("MARGE_TEST_LIVES", "12"))
"""How many lives a run plays; hundreds on purpose."""

PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""No shrinking: a failing life is short enough to read."""

ZONES = ("Europe/Paris", "America/Toronto", "Pacific/Tahiti", "Pacific/Noumea", "Indian/Reunion", "Pacific/Auckland")
REMINDERS = {envoi.id for envoi in LIBRARY.programmes["bilan"].envois if envoi.kind == "reminder"}
ON_HOURS = ("span", "days", "live", "usual")

steps = st.one_of(
    st.tuples(st.just("span"), st.integers(6, 21).flatmap(lambda n: st.tuples(st.just(n), st.integers(n + 2, 23)))),
    st.tuples(st.just("days"), st.sampled_from(["01234", "012345", "0123456"])),
    st.tuples(st.just("live"), st.sampled_from(ZONES)),
    st.tuples(st.just("usual"), st.none()),
    st.tuples(st.just("pass"), st.integers(1, 24 * 6)),
    st.tuples(st.just("book"), st.tuples(st.sampled_from(["S1", "S2", "S3"]), st.integers(1, 24 * 20))),
    st.tuples(st.just("unbook"), st.sampled_from(["S1", "S2", "S3"])),
    st.tuples(st.sampled_from(["pause", "stop", "return"]), st.none()),
)


@pytest.fixture(scope="module")
def empty() -> Any:
    """A migrated store, copied for each example."""
    with TemporaryDirectory() as folder:
        migrate.upgrade(f"sqlite:///{folder}/empty.db")
        yield Path(folder)


class Life:
    """One person, as the steps leave them; `fired` is when each envoi went, by its key."""

    def __init__(self, folder: Path, empty: Path) -> None:
        for file in empty.iterdir():
            if file.name.endswith(".db"):
                (folder / file.name).write_bytes(file.read_bytes())
        vault = Vault(Keyring.load(folder / "keys", create=True))
        self.office: Office = house.office(Database.open(f"sqlite:///{folder}/empty.db"), vault, START)
        self.person = house.join(self.office, "Claire", CHAT)
        self.fired: dict[str, datetime] = {}
        self.left = self.changes = 0

    def step(self, verb: str, what: Any) -> None:
        office = self.office
        match verb:
            case "span":
                self.chooses(f"set:{what[0]}:{what[1]}")
            case "days":
                self.chooses(f"on:{what}")
            case "live":
                self.chooses(f"at:{what}")
            case "usual":
                self.chooses("usual")
            case "pass":
                self.passes(timedelta(hours=what))
            case "book":
                at = (office.now + timedelta(hours=what[1])).replace(minute=0)
                office.do(appointments.put, self.person, what[0], at, None, office.now)
            case "unbook":
                with suppress(DeskError):  # it is not booked
                    office.do(appointments.cancel, self.person, what, office.now)
            case "pause":
                office.press(CHAT, "c:pause:1")
            case "stop":
                office.press(CHAT, "c:stop:oui")
            case "return":
                office.say(CHAT, "/reprendre")

    def chooses(self, what: str) -> None:
        """Nothing that waited is gone without a word, and all of it stands where it may leave."""
        before, seen = self.waiting(), self.events()
        self.office.press(CHAT, f"c:when:{what}")
        after = self.case()
        told = {about["envoi"] for kind, about in self.events()[len(seen) :] if kind == "skipped"}
        standing = {timer.scope for timer in after.timers if timer.state in ("pending", "held", "fired")}
        assert {envoi for scope, envoi in before.items() if scope not in standing} <= told
        assert self.events()[: len(seen)] == seen
        if len(self.events()) > len(seen):  # it was another choice than the one that stood
            self.changes += 1
            local = [timer for timer in after.timers if timer.state == "pending" and timer.kind in LOCAL]
            assert after_stop(after) or all(self.fits(after, timer.due_at) for timer in local)

    def passes(self, length: timedelta) -> None:
        """From one instant at which something is due to the next."""
        office, end = self.office, self.office.now + length
        while ahead := [
            timer.due_at for timer in self.case().timers if timer.state == "pending" and timer.due_at <= end
        ]:
            office.now = max(office.now, min(ahead))
            while office.db.write_now(ticking.tick, office.vault, office.house, office.now):
                pass
            self.look_at_what_left()
        office.now = end

    def look_at_what_left(self) -> None:
        o, case = t.outbox.c, self.case()
        query = select(o.id).where(o.chat_id == CHAT, o.rank == SCHEDULED, o.created_at == self.office.now)
        if left := self.office.db.read_now(lambda conn: list(conn.execute(query).scalars())):
            self.left += len(left)
            assert self.fits(case, self.office.now)

    # --- what holds ---

    def holds(self) -> None:
        case = self.case()
        envois = [timer for timer in case.timers if timer.kind == "envoi"]
        stopped = after_stop(case)
        for timer in envois:
            if timer.state == "pending" and not stopped:
                assert timer.due_at < self.office.now or self.fits(case, timer.due_at), timer
            if timer.state == "fired":
                assert timer.settled_at is not None
                assert self.fired.setdefault(timer.scope, timer.settled_at) == timer.settled_at, "sent again"
        assert {timer.scope for timer in envois if timer.state == "fired"} >= self.fired.keys()
        once = [(timer.about["envoi"], timer.about["session"]) for timer in envois
                if timer.state == "fired" and timer.about["envoi"] not in REMINDERS]  # fmt: skip
        assert len(set(once)) == len(once)

    def fits(self, case: Case, at: datetime) -> bool:
        return allowed(at, hours_of(self.office.house, case), case.zone)

    def waiting(self) -> dict[str, str]:
        timers = (timer for timer in self.case().timers if timer.kind == "envoi")
        return {timer.scope: timer.about["envoi"] for timer in timers if timer.state in ("pending", "held")}

    def case(self) -> Case:
        office = self.office
        return office.db.write_now(lambda conn: by_person(conn, office.vault, [self.person], office.now)[self.person])

    def events(self) -> list[tuple[str, Any]]:
        e = t.events.c
        query = select(e.kind, e.about).order_by(e.id)
        return [(row.kind, row.about) for row in self.office.db.read_now(lambda conn: conn.execute(query).all())]


def after_stop(case: Case) -> bool:
    """What comes due then is cancelled: its hour is nobody's."""
    return case.enrolment is not None and case.enrolment.state == "stopped"


@settings(max_examples=LIVES, deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck))
@given(st.lists(steps, min_size=3, max_size=10))
def test_what_waits_lies_within_the_hours(empty: Path, doings: list[tuple[str, Any]]) -> None:
    with TemporaryDirectory() as folder:
        life = Life(Path(folder), empty)
        life.step("book", ("S1", 24 * 9))
        for verb, what in doings:
            life.step(verb, what)
            life.holds()
        life.step("pass", 24 * 60)
        life.holds()
        left = [timer for timer in life.case().timers if timer.kind == "envoi" and timer.state == "pending"]
        assert not [timer for timer in left if timer.due_at <= life.office.now]
        life.office.db.close()


def test_the_life_itself_is_one(empty: Path, tmp_path: Path) -> None:
    """What the property looks at is there: things leave, wait, move and fall."""
    life = Life(tmp_path, empty)
    for verb, what in (("book", ("S1", 24 * 9)), ("span", (17, 19)), ("live", "Pacific/Noumea"), ("days", "0123456"),
                       ("pass", 24 * 12), ("usual", None), ("pass", 24 * 5)):  # fmt: skip
        life.step(verb, what)
        life.holds()
    assert life.changes == 4
    assert len(life.fired) > 3 and life.left > 1
    life.office.db.close()
