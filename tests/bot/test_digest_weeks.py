"""Random weeks of a house with two coaches: each change is in exactly one digest, of the coach who served then."""

import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from bot import duties
from bot.conversation import ticking
from bot.desk import digest
from bot.desk.digest import TOLD
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Keyring, Vault
from tests.bot.desk_office import Office

ZONES = ("Europe/Paris", "Pacific/Kiritimati", "Pacific/Honolulu", "America/Martinique", "Australia/Lord_Howe")
SPRING, AUTUMN = datetime(2026, 3, 23, 9, tzinfo=UTC), datetime(2026, 10, 19, 9, tzinfo=UTC)
"""Mondays before the clocks change in Paris."""

KEYS = Keyring({"m1": b"weeks of a house" * 2}, "m1")

_chats = count(20_000)
_who, _coach = st.integers(0, 2), st.integers(0, 1)
_how = st.sampled_from(("said", "skipped", "in_session", "to_check", "misread", "journal"))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("reply"), st.tuples(_who, _how, st.booleans())),
        st.tuples(st.just("again"), st.tuples(_who, st.booleans())),
        st.tuples(st.just("event"), st.tuples(_who, st.sampled_from((*TOLD, "module_done", "queued")))),
        st.tuples(st.just("hours"), st.integers(1, 400)),
        st.tuples(st.just("outage"), st.integers(1, 900)),
        st.tuples(st.just("restart"), st.none()),
        st.tuples(st.just("two clocks"), st.integers(1, 200)),
        st.tuples(st.just("handed over"), st.tuples(_who, _coach)),
        st.tuples(st.just("reach"), st.tuples(_coach, st.booleans())),
        st.tuples(st.just("day"), st.tuples(_coach, st.integers(0, 6), st.integers(0, 23))),
        st.tuples(st.just("zone"), st.tuples(_coach, st.sampled_from(ZONES))),
    ),
    max_size=16,
)


class House:
    """The office under random weeks. `served` is who accompanied whom, from when on."""

    def __init__(self, office: Office, zones: tuple[str, str]) -> None:
        self.office = office
        self.chats = [next(_chats), next(_chats)]
        self.coaches = [
            office.join("coach", f"C{chat}", chat, zone=zone) for chat, zone in zip(self.chats, zones, strict=True)
        ]
        self.people = [office.join("participant", f"P{n}", next(_chats), self.coaches[n % 2]) for n in range(3)]
        self.enrolments = [office.db.read_now(office.enrolment, person) for person in self.people]
        office.db.write_now(self._quiet)
        for coach in self.coaches:
            office.db.write_now(digest.schedule, coach, office.now)
        self.served = {id: [(office.now, self.coaches[n % 2])] for n, id in enumerate(self.enrolments)}
        self.newest: dict[int, tuple[int, str, int]] = {}
        self.keys = count()
        self.opened: list[Database] = []

    def _quiet(self, conn: Any) -> None:
        """What joining set in motion is none of the digest's business."""
        mine = [f"c{coach}" for coach in self.coaches]
        conn.execute(update(t.timers).where(t.timers.c.owner.not_in(mine)).values(state="cancelled"))
        conn.execute(t.events.delete())

    def step(self, what: str, with_: Any) -> None:
        office = self.office
        office.now += timedelta(minutes=1)
        match what:
            case "reply":
                self._reply(*with_)
            case "again":
                self._again(*with_)
            case "event":
                row = {"enrolment_id": self.enrolments[with_[0]], "at": office.now, "kind": with_[1], "about": {}}
                office.db.write_now(lambda conn: conn.execute(insert(t.events).values(**row)))
            case "hours":
                self.pass_to(office.now + timedelta(hours=with_))
            case "outage":
                office.now += timedelta(hours=with_)
                self.tick()
            case "restart":
                self._restart()
            case "two clocks":
                office.now += timedelta(hours=with_)
                self._twice()
            case "handed over":
                self._hand_over(*with_)
            case "reach":
                self._coach(with_[0], reachable=with_[1])
            case "day":
                office.db.write_now(digest.set_day, self.coaches[with_[0]], with_[1], with_[2], office.now)
            case "zone":
                self._coach(with_[0], zone=with_[1])
                office.db.write_now(digest.schedule, self.coaches[with_[0]], office.now)

    def _reply(self, who: int, how: str, private: bool) -> None:
        run = self.office.run(self.people[who], "parcours", nth=next(self.keys) + 2)
        self.office.reply(self.people[who], "fil", "…", run=run, how=how, private=private)
        if how not in ("misread", "journal"):
            self.newest[who] = (run, "fil", 1)

    def _again(self, who: int, private: bool) -> None:
        """The newest answer said anew, perhaps for oneself alone this time."""
        if who in self.newest:
            run, key, version = self.newest[who]
            self.newest[who] = (run, key, version + 1)
            self.office.reply(self.people[who], key, "…", run=run, version=version + 1, private=private)

    def _restart(self) -> None:
        """Another process on the same store: nothing in memory survives."""
        before = self.office.db
        self.office.db = Database.open(before.url.render_as_string(hide_password=False))
        self.office.vault = Vault(KEYS)
        self.office.house = replace(self.office.house)
        for coach in self.coaches:
            self.office.db.write_now(digest.schedule, coach, self.office.now)
        self.opened.append(self.office.db)

    def _twice(self) -> None:
        """Two clocks at the same instant, each with its own connection."""
        other = Database.open(self.office.db.url.render_as_string(hide_password=False))
        try:
            clocks = [threading.Thread(target=self.tick, args=(db,)) for db in (self.office.db, other)]
            for clock in clocks:
                clock.start()
            for clock in clocks:
                clock.join(30)
                assert not clock.is_alive()
        finally:
            other.close()

    def _hand_over(self, who: int, to: int) -> None:
        id, office = self.enrolments[who], self.office
        served = update(t.enrolments).where(t.enrolments.c.id == id).values(coach_id=self.coaches[to])
        office.db.write_now(lambda conn: conn.execute(served))
        self.served[id].append((office.now, self.coaches[to]))

    def _coach(self, which: int, **values: Any) -> None:
        person = update(t.people).where(t.people.c.id == self.coaches[which]).values(**values)
        self.office.db.write_now(lambda conn: conn.execute(person))

    def tick(self, db: Database | None = None) -> None:
        while (db or self.office.db).write_now(ticking.tick, self.office.vault, self.office.house, self.office.now):
            pass

    def pass_to(self, end: datetime) -> None:
        due = select(t.timers.c.due_at).where(t.timers.c.state == "pending").order_by(t.timers.c.due_at).limit(1)
        while (at := self.office.db.read_now(lambda conn: conn.execute(due).scalar())) is not None and at <= end:
            self.office.now = max(self.office.now, at)
            self.tick()
        self.office.now = end

    # --- what must hold ---

    def check(self) -> None:
        digests = {row.id: row for row in self._rows(t.digests, t.digests.c.coach_id.in_(self.coaches))}
        replies = self._rows(t.replies, t.replies.c.enrolment_id.in_(self.enrolments))
        events = self._rows(t.events, t.events.c.enrolment_id.in_(self.enrolments))
        self._told_once(digests, replies, events)
        self._counted(digests, replies, events)
        self._sent(digests)

    def _told_once(self, digests: dict[int, Any], replies: list[Any], events: list[Any]) -> None:
        newest = {(row.run_id, row.key): row for row in replies if row.how not in ("misread", "journal")}
        for row in replies:
            last = newest.get((row.run_id, row.key), row) if row.how not in ("misread", "journal") else row
            if row.private:
                assert row.digest_id is None
            elif not last.private:
                assert row.digest_id in digests, "a change that no digest tells"
        for row in events:
            assert (row.digest_id in digests) == (row.kind in TOLD)
        for row in (*replies, *events):
            if row.digest_id is not None:
                made = digests[row.digest_id]
                assert getattr(row, "answered_at", None) is None or row.answered_at <= made.made_at
                assert self._coach_at(row.enrolment_id, made.made_at) == made.coach_id

    def _coach_at(self, enrolment: int, at: datetime) -> int:
        return [coach for since, coach in self.served[enrolment] if since <= at][-1]

    def _counted(self, digests: dict[int, Any], replies: list[Any], events: list[Any]) -> None:
        """Each digest's own counts are those of what it tells, and none is empty."""
        self.office.db.read_now(self.office.vault.ready, self.coaches, self.office.now)
        for id, made in digests.items():
            body = self.office.vault.open_json(made.coach_id, "digests.body", made.body)
            happened = Counter(row.kind for row in events if row.digest_id == id)
            assert {kind: sum(n.values()) for kind, n in body["events"].items()} == dict(happened)
            told = [row for row in replies if row.digest_id == id]
            aside = [row for row in told if row.how == "journal"]
            places = {(row.run_id, row.key) for row in told if row.how != "journal"}
            assert sum(sum(n.values()) for n in body["answers"].values()) == len(aside) + len(places)
            assert told or happened

    def _sent(self, digests: dict[int, Any]) -> None:
        for coach, chat in zip(self.coaches, self.chats, strict=True):
            mine = [made for made in digests.values() if made.coach_id == coach]
            said = [sent for sent in self.office.heard(chat) if "Votre synthèse" in sent.text]
            assert len(said) == len(mine) == len({made.period for made in mine})
            r = t.timers.c
            [ahead] = self._rows(t.timers, r.owner == f"c{coach}", r.kind == "digest", r.state == "pending")
            person = self._rows(t.people, t.people.c.id == coach)[0]
            wanted = {**digest.DEFAULT, **(person.digest or {})}
            local = ahead.due_at.astimezone(ZoneInfo(person.zone))
            assert ahead.due_at > self.office.now and local.weekday() == wanted["day"]

    def _rows(self, table: Any, *where: Any) -> list[Any]:
        query = select(table).where(*where).order_by(table.c.id)
        return list(self.office.db.read_now(lambda conn: conn.execute(query).all()))


@pytest.fixture
def office(database: Database, now: datetime) -> Office:
    made = Office(database, Vault(KEYS), now)
    made.house = replace(made.house, due=duties.DUE)
    return made


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.sampled_from((SPRING, AUTUMN)), zones=st.tuples(*[st.sampled_from(ZONES)] * 2), steps=STEPS)
def test_each_change_is_in_exactly_one_digest(
    office: Office, start: datetime, zones: tuple[str, str], steps: list[tuple[str, Any]]
) -> None:
    first, office.now = office.db, start
    house = House(office, zones)
    try:
        for what, with_ in steps:
            house.step(what, with_)
        for which in (0, 1):
            house._coach(which, reachable=True)
        house.pass_to(office.now + timedelta(days=15))
        house.check()
        before = len(house._rows(t.digests))
        house.pass_to(office.now + timedelta(days=22))
        assert len(house._rows(t.digests)) == before, "a digest of nothing"
    finally:
        office.db = first
        for opened in house.opened:
            opened.close()


def test_a_hand_over_takes_what_was_not_told_yet_along(office: Office) -> None:
    first, second = (office.join("coach", name, chat) for name, chat in (("Inès", 701), ("Marc", 702)))
    anna = office.join("participant", "Anna", 801, first)
    office.do(digest.send, first, "2026-10-26", office.now)
    told = office.reply(anna, "a", "…")
    office.do(digest.send, first, "2026-11-02", office.now)
    left = office.reply(anna, "b", "…")
    mine = update(t.enrolments).values(coach_id=second)
    office.db.write_now(lambda conn: conn.execute(mine))
    assert office.do(digest.send, first, "2026-11-09", office.now) == "nothing_new"
    assert office.do(digest.send, second, "2026-11-09", office.now) is None
    joined = select(t.replies.c.id, t.digests.c.coach_id).join(t.digests, t.digests.c.id == t.replies.c.digest_id)
    assert dict(office.db.read_now(lambda conn: conn.execute(joined).all())) == {told: first, left: second}  # type: ignore[arg-type]
