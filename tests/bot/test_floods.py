"""Whoever writes too fast, or too much, is kept whole and answered once; nobody else waits for them."""

import re
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from bot.conversation import intake, ticking
from bot.conversation.doorstep import MOST
from bot.conversation.pace import CHATS, MESSAGES, UPDATES, Pace
from bot.store import inbox
from bot.store import tables as t
from bot.store.database import Database
from bot.store.inbox import SHARE
from bot.store.vault import Vault
from tests.bot.desk_office import Office, words

COACH, CLAIRE, OTHERS = 701, 801, range(810, 830)


@pytest.fixture
def office(database: Database, vault: Vault, now: datetime) -> Office:
    office = Office(database, vault, now)
    coach = office.join("coach", "Anne", COACH)
    office.join("participant", "Claire", CLAIRE, coach)
    for chat in OTHERS:
        office.join("participant", f"P{chat}", chat, coach)
    return office


def tick(office: Office) -> None:
    while office.db.write_now(ticking.tick, office.vault, office.house, office.now):
        pass


def kept(office: Office) -> str:
    """Every reply, and what is being written, one after the other."""

    def read(conn: Any) -> str:
        r, u, person = t.replies, t.runs, t.enrolments.c.person_id
        said = conn.execute(select(r.c.value, person).join(t.enrolments).order_by(r.c.id)).all()
        drafts = conn.execute(select(u.c.draft, person).join(t.enrolments).where(u.c.draft.is_not(None))).all()
        opened = [office.vault.open(row.person_id, "replies.value", row.value) for row in said]
        opened += [office.vault.open(row.person_id, "runs.draft", row.draft) for row in drafts]
        return b"\n".join(opened).decode()

    return office.db.write_now(read)


def journal(office: Office) -> None:
    """No question is open: every word is for the journal."""
    office.say(CLAIRE, "/pause")
    office.press(CLAIRE, "c:pause:0")
    office.heard(CLAIRE)


def test_in_a_rush_every_word_is_kept_and_one_line_says_so_at_the_end(office: Office) -> None:
    journal(office)
    office.now += timedelta(minutes=20)
    told = []
    for n in range(60):
        told += words(office.say(CLAIRE, f"mot {n}"))
        office.now += timedelta(seconds=1)
    assert re.findall(r"mot \d+", kept(office)) == [f"mot {n}" for n in range(60)]
    assert len(told) == 2 * MESSAGES[0], "each message is answered as ever until there are too many"
    tick(office)
    assert words(office.heard(CLAIRE)) == []
    office.now += timedelta(minutes=1)
    tick(office)
    assert words(office.heard(CLAIRE)) == ["Tout est arrivé, et tout est gardé."]
    office.now += timedelta(minutes=5)
    tick(office)
    assert words(office.heard(CLAIRE)) == [] and words(office.say(CLAIRE, "mot 60"))


def test_in_a_rush_a_question_is_answered_and_stands_again_at_the_end(office: Office) -> None:
    for _ in range(40):
        office.keep(CLAIRE, "message", office.message(CLAIRE, "je ne sais pas"))
    office.work()
    told = words(office.heard(CLAIRE))
    office.now += timedelta(minutes=1)
    tick(office)
    [last] = words(office.heard(CLAIRE))
    assert last.startswith("Tout est arrivé") and last.partition("\n")[2].strip()
    assert len(told) < 40 and kept(office).count("je ne sais pas") == 40


def test_distress_in_a_rush_is_answered_at_once(office: Office) -> None:
    for n in range(40):
        office.keep(CLAIRE, "message", office.message(CLAIRE, f"mot {n}"))
    office.keep(CLAIRE, "message", office.message(CLAIRE, "je veux mourir"))
    office.keep(CLAIRE, "message", office.message(CLAIRE, "/urgence"))
    office.work()
    assert sum("3114" in said for said in words(office.heard(CLAIRE))) == 2


def test_a_flood_by_one_leaves_the_others_their_turn(office: Office) -> None:
    """Twenty people write after six hundred updates of one: each is handled within the next two batches."""
    journal(office)
    flood = [{"update_id": n, "message": office.message(CLAIRE, f"mot {n}")} for n in range(600)]
    office.db.write_now(intake.keep, office.vault, flood, office.now)
    for chat in OTHERS:
        office.keep(chat, "message", office.message(chat, "bonjour"))
    began = time.perf_counter()
    for _ in range(2):
        office.db.write_now(intake.work, office.vault, office.house, office.now, 200)
    i = t.inbox.c
    left = select(i.chat_id, func.count()).where(i.state == "new").group_by(i.chat_id)
    assert [row.chat_id for row in office.db.read_now(lambda conn: conn.execute(left).all())] == [CLAIRE]
    assert time.perf_counter() - began < 2
    office.work()
    assert len(re.findall(r"mot \d+", kept(office))) == 600


def test_a_batch_holds_the_oldest_of_each_chat_in_order(office: Office) -> None:
    for n in range(250):
        office.keep(CLAIRE, "message", office.message(CLAIRE, f"mot {n}"))
    office.keep(OTHERS[0], "message", office.message(OTHERS[0], "bonjour"))
    taken = office.db.write_now(inbox.waiting, office.vault, 200, office.now)
    assert [row.chat_id for row in taken] == [CLAIRE] * SHARE + [OTHERS[0]]
    assert taken == sorted(taken, key=lambda row: row.id)
    assert len(office.db.write_now(inbox.waiting, office.vault, 1, office.now)) == 1


# --- strangers -------------------------------------------------------------------------------


STRANGER = 901


def rows(office: Office, table: Any) -> int:
    mine = select(func.count()).where(table.c.chat_id == STRANGER)
    return int(office.db.read_now(lambda conn: conn.execute(mine).scalar_one()))


def test_a_strangers_words_are_answered_once_a_day(office: Office) -> None:
    assert len(office.say(STRANGER, "bonjour")) == 1
    assert [office.say(STRANGER, f"et encore {n}") for n in range(5)] == [[]] * 5
    assert words(office.say(STRANGER, "/start")) and words(office.say(STRANGER, "/aide"))
    office.now += timedelta(days=1, seconds=1)
    assert len(office.say(STRANGER, "bonjour")) == 1


def test_a_flood_by_a_stranger_leaves_nothing_behind_and_help_still_comes(office: Office) -> None:
    made = office.invite("participant", "Zoé")
    with capture_logs() as lines:
        for n in range(3 * MOST):
            office.keep(STRANGER, "message", office.message(STRANGER, f"/aide {n}" if n % 2 else f"/start faux{n}"))
        office.work()
    assert rows(office, t.inbox) == 0 and rows(office, t.outbox) <= MOST + 1
    assert [line["event"] for line in lines if line["log_level"] == "warning"] == ["a stranger writes without end"]
    assert office.say(STRANGER, "/aide") == office.press(STRANGER, "v:accueil") == office.say(STRANGER, "bonjour") == []
    assert "3114" in words(office.say(STRANGER, "/urgence"))[0]
    assert "3114" in words(office.say(STRANGER, "je veux mourir"))[0]
    office.now += timedelta(minutes=11)
    assert "Zoé" in words(office.say(STRANGER, f"/start {made.code}"))[0]


def test_whoever_was_told_where_to_call_is_greeted_afterwards(office: Office) -> None:
    assert "3114" in words(office.say(STRANGER, "je veux mourir"))[0]
    assert "Marge" in words(office.say(STRANGER, "vous êtes qui"))[0]


# --- the pace itself -------------------------------------------------------------------------


def test_twenty_messages_in_a_minute_are_a_conversation(now: datetime) -> None:
    pace = Pace()
    assert [pace.rushed(1, now, True) for _ in range(21)] == [False] * 20 + [True]
    assert not pace.rushed(2, now, True)
    assert not pace.rushed(1, now + MESSAGES[1], True)


def test_cards_may_be_sorted_as_fast_as_one_likes_but_not_for_ever(now: datetime) -> None:
    pace = Pace()
    assert [pace.rushed(1, now + timedelta(seconds=n), False) for n in range(201)].index(True) == UPDATES[0]
    assert not pace.rushed(1, now + timedelta(minutes=15), False)


def test_ten_thousand_chats_are_remembered_and_no_more(now: datetime) -> None:
    pace = Pace()
    for chat in range(CHATS + 5):
        assert not pace.rushed(chat, now, True)
    assert len(pace._seen) <= CHATS
