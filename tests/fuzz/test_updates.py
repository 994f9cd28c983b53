"""Garbled updates through the whole house, from bytes to what leaves: none stops it, none shows one person to another.

`--fuzz N` plays N of them (`./marge test tests/fuzz --fuzz 100000`); a failing run names its seed and number.
"""

import re
from collections import Counter
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.conversation import delivery, intake, ticking
from bot.store import outbox
from bot.store import tables as t
from bot.store.database import Database
from bot.store.outbox import Settled
from bot.store.vault import Vault
from bot.telegram.envelope import decode
from tests.bot.desk_office import Office, words
from tests.fuzz.garbled import Garbler

ANNE, PAUL, ADMIN, CLAIRE, YANIS, STRANGERS = 701, 702, 703, 801, 802, (901, 902)
COACHES = {CLAIRE: ANNE, YANIS: PAUL}
ROLES = {CLAIRE: "participant", YANIS: "participant", ANNE: "coach", PAUL: "coach", ADMIN: "admin",
         **dict.fromkeys(STRANGERS, "stranger")}  # fmt: skip
BATCH = 50


class Siege:
    """An office under garbled updates. What leaves is read, and its buttons are there to be pressed."""

    def __init__(self, office: Office, seed: int) -> None:
        self.office, self.numbers = office, count(10_000_000)
        self.coaches = {name: office.join("coach", name, chat) for name, chat in (("Anne", ANNE), ("Paul", PAUL))}
        office.join("admin", "Régie", ADMIN)
        self.enter()
        self.garbler = Garbler(seed, ROLES)
        self.faults: Counter[str] = Counter()

    def leave(self) -> None:
        """Everybody erases everything: somebody who wrote thousands of answers is slow to show them, and no news."""
        for chat in COACHES:
            self.office.press(chat, "c:erase:oui")

    def enter(self) -> None:
        """Whoever erased everything, or was never here, comes in again."""
        known = self.office.db.read_now(lambda conn: set(conn.execute(select(t.people.c.chat_id)).scalars()))
        for chat, coach in COACHES.items():
            if chat not in known:
                made = self.office.invite("participant", f"P{next(self.numbers)}", self.coaches[NAMES[coach]])
                self.office.say(chat, f"/start {made.code}")
            self.office.press(chat, "c:consent:oui")

    def play(self, first: int, amount: int) -> None:
        for number in range(first, first + amount, BATCH):
            bodies = [self.garbler.body(n) for n in range(number, min(number + BATCH, first + amount))]
            self.take(bodies)
            self.office.now += timedelta(minutes=number % 7)
            if number // BATCH % 5 == 0:
                self.office.now += timedelta(hours=9)
                if number // BATCH % 60 == 0:
                    self.leave()
                self.enter()
                self.tick()
            self.deliver()

    def take(self, bodies: list[bytes]) -> None:
        """As the wheel does: kept, then together, then one by one when that fails."""
        office = self.office
        kept = [update for body in bodies if isinstance(update := _read(body), dict)]
        office.db.write_now(intake.keep, office.vault, kept, office.now)
        while True:
            try:
                if not office.db.write_now(intake.work, office.vault, office.house, office.now, BATCH):
                    return
            except Exception:
                self.one_by_one()

    def one_by_one(self) -> None:
        office = self.office
        for _ in range(4 * BATCH):
            try:
                if not office.db.write_now(intake.work, office.vault, office.house, office.now, 1):
                    return
            except Exception as error:
                self.faults[type(error).__name__] += 1
                office.db.write_now(intake.work_alone, office.vault, office.house, office.now)

    def tick(self) -> None:
        for _ in range(50):
            if not self.office.db.write_now(ticking.tick, self.office.vault, self.office.house, self.office.now):
                return

    def deliver(self) -> None:
        office = self.office
        while leaving := office.db.write_now(outbox.claim, office.vault, 60, 60, office.now):
            settled = []
            for item in leaving:
                number = next(self.numbers)
                self.look(item, number)
                settled.append(Settled(item, "sent", number, sent_at=office.now))
            office.db.write_now(delivery.settle, office.vault, office.house, settled, office.now)

    def look(self, item: Any, number: int) -> None:
        """A participant and their coach read each other, an admin writes to all; of our own troubles nobody reads."""
        said = repr(item.params)
        heard = {int(chat) for chat in re.findall(r"MOTS-(\d{3})", said)} - {item.chat_id, ADMIN}
        pairs = {(chat, item.chat_id) for chat in heard}
        assert pairs <= {*COACHES.items(), *((coach, one) for one, coach in COACHES.items())}, (pairs, item.method)
        assert not re.search(r"Traceback|Error\b|sqlalchemy|\bNone\b", str(item.params.get("text", ""))), item.params
        rows = (item.params.get("reply_markup") or {}).get("inline_keyboard", [])
        data = [button["callback_data"] for row in rows for button in row if "callback_data" in button]
        assert all(len(each.encode()) <= 64 for each in data), data
        held = self.garbler.buttons.setdefault(item.chat_id, [])
        held += [(number, each) for each in data]
        del held[:-60]


NAMES = {ANNE: "Anne", PAUL: "Paul"}


def _read(body: bytes) -> Any:
    """As both ways in read it: what is no JSON is nobody's update."""
    try:
        return decode(body)
    except ValueError:
        return None


def states(office: Office) -> dict[str, int]:
    query = select(t.inbox.c.state, func.count()).group_by(t.inbox.c.state)
    return {state: n for state, n in office.db.read_now(lambda conn: conn.execute(query).all())}


@pytest.fixture
def siege(database: Database, vault: Vault, now: Any, request: pytest.FixtureRequest) -> Siege:
    return Siege(Office(database, vault, now), request.config.getoption("--fuzz-seed"))


def test_garbled_updates_stop_nothing(siege: Siege, fuzz: Any) -> None:
    amount = fuzz(short=1000, of_all=0.6)
    siege.play(1, amount)
    found = states(siege.office)
    print(f"{amount} updates: {found}, faults {dict(siege.faults)}")
    assert set(found) <= {"done", "parked"}
    assert set(siege.faults) <= {"Malformed"}, siege.faults
    parked = select(t.inbox.c.error).where(t.inbox.c.state == "parked").distinct()
    assert set(siege.office.db.read_now(lambda conn: conn.execute(parked).scalars().all())) <= {"Malformed"}
    siege.enter()
    for chat in (*COACHES, ANNE, PAUL, ADMIN, *STRANGERS):
        assert words(siege.office.say(chat, "/urgence")), chat
