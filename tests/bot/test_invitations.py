"""Invitation codes under attack: one winner of fifty, a limit for each chat and for all, and nothing told of any."""

import hashlib
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from bot.conversation import intake
from bot.conversation.entry import CROWD, GUESSES
from bot.desk import invitations
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from tests.bot.desk_office import Office, words

CHATS = range(3001, 3051)


@pytest.fixture
def office(database: Database, vault: Vault, now: datetime) -> Office:
    return Office(database, vault, now)


def said(office: Office, chat: int, code: str) -> str:
    return " ".join(words(office.say(chat, f"/start {code}")))


def test_of_fifty_who_claim_a_code_together_one_comes_in(office: Office, database_url: str) -> None:
    """Several wheels turn at once where the store allows it."""
    made = office.invite("participant", "Anna")
    for chat in CHATS:
        office.keep(chat, "message", office.message(chat, f"/start {made.code}"))
    stores = [office.db, *([Database.open(database_url) for _ in "123"] if office.db.kind == "postgresql" else [])]
    turning = [threading.Thread(target=_turn, args=(store, office)) for store in stores]
    for thread in turning:
        thread.start()
    for thread in turning:
        thread.join(60)
    for store in stores[1:]:
        store.close()
    office.work()
    known = office.db.read_now(lambda conn: list(conn.execute(select(t.people.c.chat_id)).scalars()))
    [winner] = known
    assert winner in CHATS
    refused = [chat for chat in CHATS if "n'ouvre rien" in " ".join(words(office.heard(chat))).replace("’", "'")]
    assert refused == [chat for chat in CHATS if chat != winner]


def _turn(store: Database, office: Office) -> None:
    """As a wheel does: until nothing is left, by itself after one that fails."""
    vault = Vault(office.vault._keyring)
    for _ in range(500):
        try:
            if not store.write_now(intake.work, vault, office.house, office.now, 50):
                return
        except Exception:
            store.write_now(intake.work_alone, vault, office.house, office.now)


def test_two_codes_of_one_chat_in_one_batch_are_two_tries(office: Office) -> None:
    made = office.invite("participant", "Anna")
    for code in (made.code, "faux"):
        office.keep(CHATS[0], "message", office.message(CHATS[0], f"/start {code}"))
    office.work()
    assert office.db.read_now(lambda conn: conn.execute(select(t.people.c.chat_id)).scalar_one()) == CHATS[0]


def test_a_chat_has_five_tries_in_ten_minutes_even_all_at_once(office: Office) -> None:
    made, chat = office.invite("participant", "Anna"), CHATS[0]
    for n in range(GUESSES + 3):
        office.keep(chat, "message", office.message(chat, f"/start faux{n}"))
    office.work()
    told = words(office.heard(chat))
    assert len(told) == GUESSES + 3 and len(set(told[:GUESSES])) == 1 and len(set(told[GUESSES:])) == 1
    assert said(office, chat, made.code) == told[-1] != told[0]
    office.now += timedelta(minutes=10, seconds=1)
    assert "Anna" in said(office, chat, made.code)


def test_when_everybody_guesses_nobody_unknown_is_let_in_for_a_while(office: Office) -> None:
    """Right or wrong, the answer is the same; the operator reads one line; the code is good afterwards."""
    office.now = office.now.replace(minute=3)
    coach = office.join("coach", "Inès", 701)
    made = office.invite("participant", "Anna", coach)
    with capture_logs() as lines:
        for n in range(CROWD):
            assert "rien" in said(office, 4000 + n, f"faux{n}")
        answers = {said(office, 5001, made.code), said(office, 5002, "faux"), said(office, 5003, "x" * 64)}
    assert len(answers) == 1 and "quelques minutes" in answers.pop()
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["invitation codes are being guessed"]
    assert made.code not in repr(lines) and "faux" not in repr(lines)
    assert words(office.say(701, "/participants")), "whoever is known is served all the while"
    office.now += timedelta(minutes=8)
    assert "Anna" in said(office, 5001, made.code)


def test_a_used_a_voided_a_late_and_a_wrong_code_answer_alike(office: Office) -> None:
    used, late, voided = (office.invite("participant", name) for name in ("Anna", "Bea", "Cléo"))
    said(office, 3001, used.code)
    office.db.write_now(invitations.reinvite, voided.id, office.now)
    answers = {said(office, 3002, used.code), said(office, 3003, voided.code), said(office, 3004, "faux")}
    office.now = late.expires_at
    answers.add(said(office, 3005, late.code))
    assert len(answers) == 1


def test_a_code_is_looked_up_by_its_sum_alone(office: Office) -> None:
    """128 bits of it; nothing that is kept gives it back, and no comparison of letters takes place."""
    made = office.invite("participant", "Anna")
    assert len(made.code) == 22
    row = office.db.read_now(lambda conn: conn.execute(select(t.invitations)).one())
    assert bytes(row.code_hash) == hashlib.sha256(made.code.encode()).digest()
    rows: list[Any] = office.db.read_now(lambda conn: [conn.execute(select(x)).all() for x in t.metadata.sorted_tables])
    assert made.code not in repr(rows)
