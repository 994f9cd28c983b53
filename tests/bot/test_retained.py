"""What a restoration held back: sent at an hour that its reader allows, or dropped for its coach to see."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.admin import retained
from bot.store import audit
from bot.store import tables as t
from bot.store.case import SCHEDULED
from bot.store.database import Database
from bot.store.outbox import RESTORED
from bot.store.vault import Vault
from tests.bot.desk_office import Office

NIGHT = datetime(2026, 11, 3, 23, tzinfo=UTC)
ANNE, CLAIRE, YANIS = 701, 801, 802


@pytest.fixture
def office(database: Database, vault: Vault) -> Office:
    """Claire's answer and Yanis's reminder are held; what waits for Anne is held for another reason."""
    office = Office(database, vault, NIGHT)
    anne = office.join("coach", "Anne", ANNE)
    for chat, name in ((CLAIRE, "Claire"), (YANIS, "Yanis")):
        office.join("participant", name, chat, anne)
        office.keep(chat, "message", office.message(chat, "/aide"))
    office.keep(ANNE, "message", office.message(ANNE, "/aide"))
    office.work()
    o = t.outbox

    def hold(conn: Any) -> None:
        ready = o.c.state == "ready"
        conn.execute(update(o).where(ready, o.c.chat_id == ANNE).values(state="held", reason="distress"))
        conn.execute(update(o).where(ready, o.c.chat_id == YANIS).values(rank=SCHEDULED))
        conn.execute(update(o).where(ready).values(state="held", reason=RESTORED))

    database.write_now(hold)
    return office


def rows(office: Office, chat: int) -> list[Any]:
    o = t.outbox
    query = select(o).where(o.c.chat_id == chat, o.c.state != "sent").order_by(o.c.id)
    return list(office.db.read_now(lambda conn: conn.execute(query).all()))


def noted(office: Office) -> list[tuple[str, Any]]:
    found = office.db.read_now(audit.newest, 5)
    return [(one.action, one.about) for one in found if one.action.startswith("held")]


def test_an_answer_leaves_at_once_and_a_reminder_in_the_morning(office: Office) -> None:
    ours = {row.id for chat in (CLAIRE, YANIS) for row in rows(office, chat)}
    assert {row.id for row in office.db.read_now(retained.listed)} == ours
    n = office.do(retained.send, None, audit.OPERATOR, NIGHT)
    assert n == len(rows(office, CLAIRE)) + len(rows(office, YANIS)) > 1
    assert {(row.state, row.not_before) for row in rows(office, CLAIRE)} == {("ready", None)}
    morning = datetime(2026, 11, 4, 8, tzinfo=UTC)  # 9 h in Paris, where the programme's day begins
    assert {(row.state, row.not_before) for row in rows(office, YANIS)} == {("ready", morning)}
    assert {row.reason for row in rows(office, ANNE)} == {"distress"}, "not ours to decide"
    assert noted(office) == [("held_sent", {"n": n})] and office.db.read_now(retained.listed) == []
    assert office.do(retained.send, None, audit.OPERATOR, NIGHT) == 0 and len(noted(office)) == 1


def test_what_is_dropped_loses_its_words_and_is_seen(office: Office) -> None:
    gone = rows(office, CLAIRE)[0].id
    size = len(rows(office, CLAIRE)[0].payload)
    assert office.db.write_now(retained.drop, office.vault, [gone], audit.OPERATOR, NIGHT + timedelta(hours=1)) == 1
    [dropped] = [row for row in rows(office, CLAIRE) if row.id == gone]
    assert (dropped.state, dropped.reason) == ("dropped", RESTORED) and len(dropped.payload) < min(size, 120)
    v = t.events.c
    query = select(v.about).where(v.kind == retained.EVENT)
    assert office.db.read_now(lambda conn: list(conn.execute(query).scalars())) == [{"outbox": gone}]
    assert all(row.state == "held" for row in rows(office, YANIS))
    assert noted(office) == [("held_dropped", {"n": 1})]
