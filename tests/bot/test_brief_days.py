"""Random days around an appointment, whatever is written, corrected, taken back, moved, handed over or noted.

A brief holds nothing without a source and nothing private, knows an answer within the hour, and once its session has
begun loses only what was taken back.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from bot import duties
from bot.conversation import delivery, ticking
from bot.desk import appointments, brief, handover, people
from bot.desk.sourced import Brief, Line
from bot.store import outbox
from bot.store import tables as t
from bot.store.cases import by_person
from bot.store.database import Database
from bot.store.vault import Keyring, Vault
from bot.telegram.outcome import Sent, Unreachable
from flows.agenda import Appointment
from tests.bot.desk_office import Office

EVE = datetime(2026, 11, 11, 9, tzinfo=UTC)
KEYS = Keyring({"m1": b"days of session!" * 2}, "m1")
FLOWS = ("sens-du-travail", "heritages-metiers", "peurs-leviers")
HOWS = ("said", "said", "to_check", "in_session", "skipped", "misread", "journal")

_chats, _words = count(30_000), count(1)
_which = st.integers(0, 5)
_written = st.one_of(
    st.tuples(st.just("reply"), st.tuples(st.integers(0, 2), st.sampled_from(HOWS), st.booleans())),
    st.tuples(st.just("again"), _which),
    st.tuples(st.just("own"), _which),
    st.tuples(st.just("erase"), _which),
    st.tuples(st.just("mark"), st.tuples(_which, st.sampled_from(("lu", "a_aborder", "traite", "a_lire")))),
)
BEFORE = st.lists(
    st.one_of(
        _written,
        st.tuples(st.just("hours"), st.integers(1, 5)),
        st.tuples(st.just("move"), st.integers(1, 40)),
        st.tuples(st.just("refused"), st.none()),
        st.tuples(st.just("reach"), st.booleans()),
        st.tuples(st.just("handed over"), st.none()),
    ),
    max_size=14,
)
AFTER = st.lists(st.one_of(_written, st.tuples(st.just("done"), st.none())), max_size=8)


@dataclass
class Said:
    """One answer: its place, its words by version, and since when it is as it is (hidden or told)."""

    run: int | None
    key: str
    newest: int
    hidden: bool
    since: datetime
    ids: list[int] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


class Days:
    def __init__(self, office: Office) -> None:
        self.office = office
        self.chats = [next(_chats), next(_chats)]
        self.coaches = [office.join("coach", f"C{chat}", chat) for chat in self.chats]
        self.at_whom = 0
        self.anna = office.join("participant", "Anna", next(_chats), self.coaches[0])
        self.enrolment = office.db.read_now(office.enrolment, self.anna)
        quiet = update(t.timers).where(t.timers.c.enrolment_id == self.enrolment).values(state="cancelled")
        office.db.write_now(lambda conn: conn.execute(quiet))
        mine = t.runs.delete().where(t.runs.c.enrolment_id == self.enrolment)
        office.db.write_now(lambda conn: conn.execute(mine))
        self.runs = [office.run(self.anna, flow, session="S2", nth=1) for flow in FLOWS]
        for chat in self.chats:
            office.heard(chat)
        self.answers: list[Said] = []
        self.keys = count()
        self.appointment = self._put(office.now + timedelta(hours=30))
        self.reachable = True

    def _put(self, at: datetime) -> Appointment:
        made: Appointment = self.office.do(appointments.put, self.anna, "S2", at, None, self.office.now)
        return made

    def step(self, what: str, with_: Any) -> None:
        office = self.office
        office.now += timedelta(minutes=1)
        match what:
            case "reply":
                self._reply(*with_)
            case "again" | "own" | "erase" | "mark":
                which = with_[0] if what == "mark" else with_
                if which < len(self.answers):
                    getattr(self, f"_{what}")(self.answers[which], *(with_[1:] if what == "mark" else ()))
            case "hours":
                for _ in range(with_):
                    self.pass_to(office.now + timedelta(minutes=62))
                    self.known_within_the_hour()
            case "move" if office.now < self.appointment.at:
                self.appointment = self._put(office.now + timedelta(hours=with_))
            case "refused":
                self._refuse()
            case "reach":
                self._reach(with_)
            case "handed over":
                self._hand_over()
            case "done":
                office.do(appointments.mark, self.anna, "S2", "done", office.now)
        self.check()

    # --- what happens ---

    def _reply(self, module: int, how: str, private: bool) -> None:
        loose = how in ("misread", "journal")
        run = None if how == "journal" else self.runs[module]
        one = Said(run, f"k{next(self.keys)}", 1, private, self.office.now)
        self.answers.append(one)
        self._version(one, how)
        one.newest = 0 if loose else 1

    def _version(self, one: Said, how: str) -> None:
        words = f"mot{next(_words)}fin"
        about = {"run": one.run, "how": how, "session": "S2", "version": one.newest, "private": one.hidden}
        value = None if how in ("in_session", "skipped", "erased") else words
        one.ids.append(self.office.reply(self.anna, one.key, value, question="Et vous ?", **about))
        one.words.append(words)

    def _again(self, one: Said) -> None:
        if one.newest:
            one.newest += 1
            self._version(one, "said")

    def _erase(self, one: Said) -> None:
        if one.newest:
            one.newest += 1
            self._version(one, "erased")
            one.hidden, one.since, one.newest = True, self.office.now, 0

    def _own(self, one: Said) -> None:
        """Every version is its author's own, or none is, as the button does."""
        if one.newest:
            one.hidden, one.since = not one.hidden, self.office.now
            r = t.replies.c
            mine = update(t.replies).where(r.run_id == one.run, r.key == one.key).values(private=one.hidden)
            self.office.db.write_now(lambda conn: conn.execute(mine))

    def _mark(self, one: Said, state: str) -> None:
        mine = update(t.replies).where(t.replies.c.id == one.ids[-1]).values(review=state)
        self.office.db.write_now(lambda conn: conn.execute(mine))

    def _reach(self, reachable: bool) -> None:
        chat, status = self.chats[self.at_whom], "member" if reachable else "kicked"
        about = {"chat": {"id": chat, "type": "private"}, "new_chat_member": {"status": status}}
        self.office.keep(chat, "my_chat_member", about)
        self.office.work()
        self.reachable = reachable
        self.tick()

    def _refuse(self) -> None:
        """An answer, the brief that tells it, and Telegram's word that the coach blocked the bot."""
        self._reply(0, "said", False)
        self.pass_to(self.office.now + timedelta(minutes=61))

        def settle(conn: Any) -> None:
            office = self.office
            for leaving in outbox.claim(conn, office.vault, 50, 50, office.now):
                outcome = Unreachable("blocked") if leaving.chat_id in self.chats else Sent(1)
                settled = delivery.judged(leaving, outcome, office.now)
                delivery.settle(conn, office.vault, office.house, [settled], office.now)
                self.reachable = self.reachable and leaving.chat_id not in self.chats

        self.office.db.write_now(settle)

    def _hand_over(self) -> None:
        giver, taker = self.coaches[self.at_whom], self.coaches[1 - self.at_whom]
        self.at_whom = 1 - self.at_whom
        self._reach(True)

        def act(conn: Any, vault: Vault, house: Any) -> None:
            who = by_person(conn, vault, [giver], self.office.now)[giver].person
            served = people.one(conn, vault, self.anna, self.office.now)
            assert who is not None and served is not None
            handover.hand_over(conn, vault, house, served, who, taker, False, self.office.now)

        self.office.do(act)
        self.tick()

    def tick(self) -> None:
        while self.office.db.write_now(ticking.tick, self.office.vault, self.office.house, self.office.now):
            pass

    def pass_to(self, end: datetime) -> None:
        due = select(t.timers.c.due_at).where(t.timers.c.state == "pending").order_by(t.timers.c.due_at).limit(1)
        while (at := self.office.db.read_now(lambda conn: conn.execute(due).scalar())) is not None and at <= end:
            self.office.now = max(self.office.now, at)
            self.tick()
        self.office.now = end

    # --- what must hold ---

    def shown(self) -> Brief | None:
        found: Brief | None = self.office.do(brief.at_hand, self.anna, self.office.now)
        return found

    def check(self) -> None:
        """Every sentence has a source that may be read, and what leaves for a coach holds nothing private."""
        told = {id for one in self.answers if not one.hidden for id in one.ids}
        secret = [word for one in self.answers if one.hidden for word in one.words]
        found = self.shown()
        for section in found.sections if found else ():
            for line in section.lines:
                assert line.sources or line.count == 0 or "envoi" in line.text, "a count of answers without them"
                assert set(line.sources) <= told
                assert not any(word in line.text for word in secret)
        for which, chat in enumerate(self.chats):
            for sent in self.office.heard(chat):
                assert which == self.at_whom and not any(word in sent.text for word in secret), sent.text

    def known_within_the_hour(self) -> None:
        b = t.briefs.c
        mine = select(t.briefs).where(b.appointment_id == self.appointment.id, b.revision == self.appointment.revision)
        made = self.office.db.read_now(lambda conn: conn.execute(mine).first())
        sent = self.appointment.at - timedelta(hours=1) > self.office.now and made is not None and self.reachable
        hour = self.office.now - timedelta(hours=1, minutes=1)
        old = [one.ids[-1] for one in self.answers if not one.hidden and one.since <= hour]
        written = select(t.replies.c.id).where(t.replies.c.id.in_(old), t.replies.c.answered_at <= hour)
        known = self.office.db.read_now(lambda conn: conn.execute(written).scalars().all())
        assert not sent or made is None or made.up_to_reply >= max(known, default=0)

    def lines(self) -> list[tuple[str, Line]]:
        found = self.shown()
        assert found is not None
        return [(s.phrase, line) for s in found.sections if s.phrase != "brief_since" for line in s.lines]


@pytest.fixture
def office(database: Database, now: datetime) -> Office:
    made = Office(database, Vault(KEYS), now)
    made.house = replace(made.house, due=duties.DUE)
    return made


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=BEFORE, after=AFTER)
def test_a_brief_tells_what_it_may_and_stands_still_once_begun(
    office: Office, before: list[tuple[str, Any]], after: list[tuple[str, Any]]
) -> None:
    office.now = EVE
    days = Days(office)
    for what, with_ in [("reply", (0, "said", False)), ("hours", 8), *before]:
        days.step(what, with_)
    days.pass_to(max(office.now, days.appointment.at) + timedelta(minutes=1))
    days.check()
    stood, gone = days.lines(), {id for one in days.answers if one.hidden for id in one.ids}
    for what, with_ in [*after, ("done", None), ("mark", (0, "a_aborder")), ("own", 0)]:
        days.step(what, with_)
        gone |= {id for one in days.answers if one.hidden for id in one.ids}
        left = days.lines()
        assert [row for row in stood if row in left] == left, "something was added, or told otherwise"
        assert all(gone.intersection(line.sources) for _, line in stood if (_, line) not in left)
