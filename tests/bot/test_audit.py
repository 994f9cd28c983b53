"""What an admin or the terminal changed is written down in a chain: a row changed or taken out is found."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError

from bot.store import audit
from bot.store import tables as t
from bot.store.audit import OPERATOR, By
from bot.store.database import Database

DOMINIQUE = By(7, "admin", "page")


def written(database: Database, now: Any) -> None:
    for n in range(5):
        who = DOMINIQUE if n % 2 else OPERATOR
        database.write_now(audit.note, who, "push", {"push": n, "cohort": "été", "n": 12}, now + timedelta(seconds=n))


def test_rows_are_added_and_read_back_the_newest_first(database: Database, now: Any) -> None:
    written(database, now)
    found = database.read_now(audit.newest, 3)
    assert [entry.about["push"] for entry in found] == [4, 3, 2]
    assert found[1].by == DOMINIQUE and found[0].by == OPERATOR and found[0].at == now + timedelta(seconds=4)
    assert [entry.about["push"] for entry in database.read_now(audit.newest, 9, found[-1].id)] == [1, 0]
    assert database.read_now(audit.newest, 9, None, "publish") == []
    assert list(database.read_now(lambda conn: list(audit.broken(conn)))) == []


def test_a_row_cannot_be_changed(database: Database, now: Any) -> None:
    written(database, now)
    with pytest.raises(DBAPIError, match="audit: rows are added, never changed"):
        database.write_now(lambda conn: conn.execute(update(t.audit).values(action="nothing")))


def test_a_row_taken_out_or_rewritten_is_found(database: Database, now: Any, store: str) -> None:
    written(database, now)
    ids = [entry.id for entry in reversed(database.read_now(audit.newest, 9))]
    database.write_now(lambda conn: conn.execute(delete(t.audit).where(t.audit.c.id == ids[2])))
    assert database.read_now(lambda conn: list(audit.broken(conn))) == [ids[3]]

    def behind_its_back(conn: Any) -> None:
        conn.execute(text("DROP TRIGGER audit_stays" + (" ON audit" if store == "postgres" else "")))
        conn.execute(update(t.audit).where(t.audit.c.id == ids[0]).values(about={"push": 0, "n": 1}))

    database.write_now(behind_its_back)
    assert database.read_now(lambda conn: list(audit.broken(conn))) == [ids[0], ids[3]]


def test_the_oldest_may_go_when_their_time_is_over(database: Database, now: Any) -> None:
    written(database, now)
    oldest = database.read_now(audit.newest, 9)[-1].id
    database.write_now(lambda conn: conn.execute(delete(t.audit).where(t.audit.c.id == oldest)))
    assert database.read_now(lambda conn: list(audit.broken(conn))) == []
