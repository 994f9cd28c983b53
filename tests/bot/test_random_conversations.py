"""Random lives through the tables: what people say, what time does, what the network does, and restarts in between.

After every step: one open question at most, and it is the one the answers imply; every word is kept, in one place;
no message leaves twice; and no envoi is lost: each ends delivered or as something visible.
"""

import json
import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, insert, select

from bot.conversation import delivery, intake, planning, ticking
from bot.conversation.house import House, Shelf
from bot.conversation.speech import Speech
from bot.library import Library
from bot.settings import shipped
from bot.store import cases, outbox
from bot.store import tables as t
from bot.store.case import drawn_id
from bot.store.database import Database
from bot.store.outbox import Settled
from bot.store.saving import Turned, save
from bot.store.vault import Vault
from flows.engine import OPEN
from flows.model import Kept
from flows.road import question, road

CHAT, COACH = 500, 700
LIVES = int(os.environ.get("MARGE_TEST_LIVES", "12"))
"""How many lives a run plays; hundreds on purpose."""
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
LIBRARY = Library.open(shipped("content"))
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""No shrinking: a failing life is short enough to read."""


class Life(RuleBasedStateMachine):
    """One participant from consent on. `database` and `vault` are set by the test before it runs."""

    database: Database
    vault: Vault

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.numbers = 1
        self.tokens: dict[str, int] = {}
        self.replaced: set[str] = set()  # said anew by their author before the answer was finished
        self.sent: Counter[int] = Counter()
        self.buttons: dict[int, list[str]] = {}
        self.theirs: list[int] = []
        self.booked: set[str] = set()
        self.house = _house({})

    @initialize()
    def enter(self) -> None:
        self.database.write_now(_fresh, self.vault, self.now)
        self.house = _house(self.database.write_now(_shelve))
        self.say("/start")
        self.send_all()
        pairs = [(message, data) for message, found in self.buttons.items() for data in found]
        agreeing = [pair for pair in pairs if pair[1].startswith("c:consent:oui")]
        self.press_on(*agreeing[-1])
        self.settle_down()

    # --- people ---

    @rule(words=st.sampled_from(["", "oui", "non", "7", "2 500", "mars 2019", "stop", "Passer", "un\ndeux"]))
    def write(self, words: str) -> None:
        token = f"jeton{len(self.tokens)}z"
        number = self.say(f"{words} {token}".strip() if words in ("", "un\ndeux") else words)
        if words in ("", "un\ndeux"):
            self.tokens[token] = number

    @rule(
        command=st.sampled_from(
            ["/reprendre", "/parcours", "/mes_reponses", "/plus_court", "/aide", "/start", "/pause", "/horaires"]
        )
    )
    def command(self, command: str) -> None:
        self.say(command)

    @precondition(lambda self: self.theirs)
    @rule(place=st.integers(0, 30))
    def edit(self, place: int) -> None:
        number = self.theirs[-1 - place % len(self.theirs)]
        self.replaced |= self.only_drafted(number)
        token = f"jeton{len(self.tokens)}z"
        self.tokens[token] = number
        self.update(
            "edited_message",
            {**_message(number, f"corrigé {token}", self.now), "edit_date": int(self.now.timestamp()) + self.numbers},
        )

    @precondition(lambda self: self.buttons)
    @rule(place=st.integers(0, 5), which=st.integers(0, 60), twice=st.booleans())
    def press(self, place: int, which: int, twice: bool) -> None:
        messages = list(self.buttons)
        message = messages[-1 - place % len(messages)]
        data = self.buttons[message][which % len(self.buttons[message])]
        if data.startswith(("c:stop:oui", "c:erase", "c:withdraw")):
            return
        for _ in range(1 + twice):
            self.press_on(message, data)

    # --- the world ---

    @rule(hours=st.sampled_from([1, 5, 24, 24, 72, 24 * 8, 24 * 40]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(session=st.sampled_from(["S1", "S2", "S3"]), days=st.integers(1, 20), hour=st.sampled_from([9, 14, 18]))
    def book(self, session: str, days: int, hour: int) -> None:
        day = (self.now + timedelta(days=days)).astimezone(PARIS).date()
        at = datetime(day.year, day.month, day.day, hour, tzinfo=PARIS).astimezone(UTC)
        self.booked.add(session)
        self.database.write_now(
            _with_case,
            self.vault,
            self.now,
            lambda case: planning.set_appointment(self.house, case, session, at, "Europe/Paris", drawn_id()),
        )

    @precondition(lambda self: self.booked)
    @rule(state=st.sampled_from(["cancelled", "no_show", "done"]))
    def change(self, state: str) -> None:
        session = sorted(self.booked)[0]
        self.database.write_now(
            _with_case, self.vault, self.now, lambda case: planning.change_state(self.house, case, session, state)
        )

    @rule(fate=st.sampled_from(["sent"] * 6 + ["doubtful", "429", "not_sent", "blocked", "crash"]))
    def send(self, fate: str) -> None:
        self.send_some(fate)

    @rule()
    def tick(self) -> None:
        while self.database.write_now(ticking.tick, self.vault, self.house, self.now):
            pass

    @rule()
    def restart(self) -> None:
        """A new process: nothing survives but the tables."""
        type(self).vault = Vault(self.vault._keyring)
        self.house = _house(self.database.read_now(cases.archive))
        self.database.write_now(delivery.recover, self.vault, self.house, self.now, True)

    # --- what holds ---

    @invariant()
    def one_open_question_at_most_and_the_right_one(self) -> None:
        case = self.case()
        assert sum(file.run.state == "waiting" for file in case.runs) <= 1
        for file in case.runs:
            flow = self.house.shelf.of(file)
            ahead = road(flow, file.run.answers)
            if file.run.state in OPEN:
                assert file.run.key is not None and question(flow, file.run.key) is not None
                assert ahead.open is not None or file.run.key in file.run.answers
            if file.run.state == "done":
                assert file.run.key is None

    @invariant()
    def every_word_is_kept_in_one_place(self) -> None:
        places = self.database.read_now(_places, self.vault, self.now)
        for token in self.tokens.keys() - self.replaced:
            found = {place for place, words in places if token in words}
            assert len(found) == 1, (token, found)

    @invariant()
    def nothing_leaves_twice(self) -> None:
        assert max(self.sent.values(), default=0) <= 1, self.sent

    def teardown(self) -> None:
        """Long after, everything planned has come to an end that can be seen."""
        if not hasattr(self, "database"):
            return
        self.now += timedelta(days=400)
        self.say("/reprendre")
        self.settle_down()
        left = self.database.read_now(_pending_envois, self.now)
        assert not left, left
        for flow, nth, count in self.database.read_now(_runs):
            assert count == 1, (flow, nth)

    # --- how ---

    def case(self) -> Any:
        return self.database.write_now(
            lambda conn: next(iter(cases.by_person(conn, self.vault, [1], self.now).values()))
        )

    def only_drafted(self, number: int) -> set[str]:
        """The tokens of this message that stand in a draft: an edit replaces them, as their author wants."""
        drafts = self.database.read_now(_drafts, self.vault, self.now)
        return {token for token, place in self.tokens.items() if place == number and token in drafts}

    def say(self, text: str) -> int:
        number = self.number()
        if not text.startswith("/"):
            self.theirs.append(number)
        self.update("message", _message(number, text, self.now))
        return number

    def press_on(self, message: int, data: str) -> None:
        chat = {"id": CHAT, "type": "private"}
        self.update(
            "callback_query",
            {
                "id": str(self.number()),
                "data": data,
                "from": {"id": CHAT, "first_name": "C"},
                "message": {"message_id": message, "chat": chat, "date": 0},
            },
        )

    def update(self, kind: str, body: dict[str, Any]) -> None:
        """Arrives, and arrives again as Telegram may send it, and is handled."""
        raw = {"update_id": self.number(), kind: body}
        self.database.write_now(intake.keep, self.vault, [raw], self.now)
        self.database.write_now(intake.keep, self.vault, [raw], self.now)
        while self.database.write_now(intake.work, self.vault, self.house, self.now, 50):
            pass

    def send_some(self, fate: str) -> int:
        leaving = self.database.write_now(outbox.claim, self.vault, 20, 20, self.now)
        if fate == "crash":
            for item in leaving:
                self.sent[item.id] += item.method in delivery.MAKES  # it may have arrived: never again
            self.database.write_now(delivery.recover, self.vault, self.house, self.now, True)
            return 0
        self.database.write_now(
            delivery.settle, self.vault, self.house, [self.judge(item, fate) for item in leaving], self.now
        )
        return len(leaving)

    def judge(self, item: Any, fate: str) -> Settled:
        if fate == "429":
            return Settled(item, "ready", not_before=self.now + timedelta(seconds=3))
        if fate == "not_sent":
            return Settled(item, "ready", not_before=self.now + timedelta(seconds=1))
        if fate == "blocked" and item.chat_id == CHAT:
            return Settled(item, "held", reason="blocked")
        if fate == "doubtful":
            settled = delivery.in_doubt(item, "timeout", self.now)
            self.sent[item.id] += settled.state == "doubtful"
            return settled
        return self.arrived(item)

    def arrived(self, item: Any) -> Settled:
        self.sent[item.id] += item.method in delivery.MAKES
        number = self.number() if item.method.startswith("send") else None
        place = number or item.params.get("message_id")
        if item.chat_id == CHAT and place and item.method != "setMessageReaction":
            rows = (item.params.get("reply_markup") or {}).get("inline_keyboard", [])
            data = [b["callback_data"] for row in rows for b in row]
            self.buttons.pop(place, None)
            if data:
                self.buttons[place] = data
        return Settled(item, "sent", number, sent_at=self.now)

    def send_all(self) -> None:
        for _ in range(200):
            if not self.send_some("sent"):
                return

    def settle_down(self) -> None:
        for _ in range(100):
            self.now += timedelta(hours=20)
            self.tick()
            self.send_all()

    def number(self) -> int:
        self.numbers += 1
        return self.numbers


def _house(archive: dict[str, bytes]) -> House:
    return House(Speech(LIBRARY), Shelf(LIBRARY, archive))


def _fresh(conn: Connection, vault: Vault, now: datetime) -> None:
    vault.ready(conn, [0], now)
    for table in reversed(t.metadata.sorted_tables):
        conn.execute(table.delete())
    vault._keys.clear()
    vault.ready(conn, [0], now)
    for person_id, role, chat in ((1, "participant", CHAT), (2, "coach", COACH)):
        vault.create_key(conn, person_id, now)
        name = vault.seal_text(person_id, "people.name", role)
        conn.execute(
            insert(t.people).values(
                id=person_id, role=role, name=name, zone="Europe/Paris", chat_id=chat, reachable=True, created_at=now
            )
        )
    conn.execute(
        insert(t.enrolments).values(
            id=1, person_id=1, coach_id=2, programme="bilan", format="accompagne", state="welcomed", created_at=now
        )
    )


def _shelve(conn: Connection) -> dict[str, bytes]:
    return cases.archive(conn)


def _with_case(conn: Connection, vault: Vault, now: datetime, change: Any) -> None:
    case = cases.by_person(conn, vault, [1], now)[1]
    change(case)
    save(conn, vault, [Turned(case, f"d{drawn_id()}", case.take())], now)


def _places(conn: Connection, vault: Vault, now: datetime) -> list[tuple[tuple[Any, str], str]]:
    """Where words stand: (run, key) and the words, of every version kept and of every draft."""
    vault.ready(conn, [1], now)
    found: list[tuple[tuple[Any, str], str]] = []
    for row in conn.execute(select(t.replies.c.run_id, t.replies.c.key, t.replies.c.value)):
        kept: Kept = cases.kept(vault, 1, row.value)
        found.append(((row.run_id, row.key), json.dumps([kept.value, kept.parts], ensure_ascii=False)))
    for row in conn.execute(select(t.runs.c.id, t.runs.c.key, t.runs.c.draft).where(t.runs.c.draft.is_not(None))):
        found.append(((row.id, row.key), json.dumps(vault.open_json(1, "runs.draft", row.draft), ensure_ascii=False)))
    return found


def _drafts(conn: Connection, vault: Vault, now: datetime) -> str:
    vault.ready(conn, [1], now)
    rows = conn.execute(select(t.runs.c.draft).where(t.runs.c.draft.is_not(None))).scalars()
    return json.dumps([vault.open_json(1, "runs.draft", draft) for draft in rows], ensure_ascii=False)


def _pending_envois(conn: Connection, now: datetime) -> list[Any]:
    query = select(t.timers).where(t.timers.c.state == "pending", t.timers.c.due_at <= now)
    return list(conn.execute(query))


def _runs(conn: Connection) -> list[tuple[str, int, int]]:
    counted = Counter((row.flow, row.nth) for row in conn.execute(select(t.runs.c.flow, t.runs.c.nth)))
    return [(flow, nth, count) for (flow, nth), count in counted.items()]


def test_random_conversations(database: Database, vault: Vault) -> None:
    Life.database, Life.vault = database, vault
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=LIVES,
            stateful_step_count=30,
            deadline=None,
            phases=PHASES,
            suppress_health_check=list(HealthCheck),
        ),
    )


def _message(number: int, text: str, now: datetime) -> dict[str, Any]:
    return {
        "message_id": number,
        "chat": {"id": CHAT, "type": "private"},
        "date": int(now.timestamp()),
        "text": text,
        "from": {"id": CHAT, "first_name": "C"},
    }
