"""Every table and every folder has a policy, the page says what the table says, and age takes what it must, no more."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, func, insert, select, update

from bot.conversation import delivery
from bot.desk import signin
from bot.documents import conservation
from bot.settings import Settings
from bot.store import purging
from bot.store import tables as t
from bot.store.database import Database
from bot.store.erasing import subject
from bot.store.outbox import Settled, claim
from bot.store.retention import FOLDERS, POLICIES, policy
from bot.store.vault import Vault
from tests.bot.desk_office import Office

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
COACH, CHAT = 701, 801


def test_every_table_has_one_policy() -> None:
    assert sorted(one.name for one in POLICIES) == sorted(table.name for table in t.metadata.tables.values())


def test_a_table_without_a_policy_is_found() -> None:
    with pytest.raises(KeyError, match="inconnue"):
        policy(Table("inconnue", t.metadata.__class__()))


def test_every_setting_that_names_a_place_has_one() -> None:
    places = {field.alias for field in Settings.model_fields.values() if "Path" in str(field.annotation)}
    assert {folder.setting for folder in FOLDERS} == places | {"DATABASE_URL"}


def test_what_leads_to_a_person_goes_before_what_it_leads_through() -> None:
    """Rows are deleted in the order of the table: nothing is deleted unseen by a cascade."""
    place = {one.table: n for n, one in enumerate(POLICIES)}
    for one in POLICIES:
        for key in one.table.foreign_keys:
            if one.theirs and key.ondelete == "CASCADE":
                assert place[one.table] < place[key.column.table], (one.name, key.column.table.name)


def test_the_page_is_written_from_the_table(request: pytest.FixtureRequest) -> None:
    path = ROOT / "docs" / "conservation.md"
    if request.config.getoption("--rewrite"):
        path.write_text(conservation.page(), "utf-8")
    assert path.read_text("utf-8") == conservation.page()


# --- age -----------------------------------------------------------------------------------------


@pytest.fixture
def office(database: Database, vault: Vault) -> Office:
    return Office(database, vault, NOW)


def rows(office: Office, table: Table) -> int:
    return int(office.db.read_now(lambda conn: conn.execute(select(func.count()).select_from(table)).scalar_one()))


def purged(office: Office, now: datetime, limit: int = purging.AHEAD) -> dict[str, int]:
    """One search, and all that it found taken."""
    found = office.db.read_now(purging.find, now, limit)
    gone: Counter[str] = Counter()
    for name, keys in purging.slices(found, 2):
        gone[name] += office.db.write_now(purging.take, office.vault, now, name, keys)
    return dict(gone)


def _old(conn: Any, vault: Vault, who: int, coach: int) -> None:
    """A row in each table that age empties, all of NOW."""
    e = conn.execute(select(t.enrolments.c.id).where(t.enrolments.c.person_id == who)).scalar_one()
    about = {"person_id": who}
    conn.execute(insert(t.guesses).values(chat_id=5, at=NOW))
    conn.execute(insert(t.sign_ins).values(**about, token_hash=b"a", expires_at=NOW))
    conn.execute(insert(t.web_sessions).values(**about, token_hash=b"a", opened_at=NOW, seen_at=NOW))
    conn.execute(insert(t.submissions).values(**about, form="a", at=NOW))
    conn.execute(insert(t.feeds).values(person_id=coach, token_hash=b"a", created_at=NOW, revoked_at=NOW))
    conn.execute(insert(t.slots).values(coach_id=coach, at=NOW, created_at=NOW))
    conn.execute(insert(t.absences).values(coach_id=coach, deputy_id=coach, starts_at=NOW, ends_at=NOW, created_at=NOW))
    conn.execute(insert(t.accesses).values(**about, role="coach", what="replies", door="page", at=NOW))
    conn.execute(insert(t.certificates).values(**about, kind="fin", about={}, at=NOW))
    body = vault.seal_json(coach, "digests.body", {})
    conn.execute(insert(t.digests).values(coach_id=coach, period="x", made_at=NOW, body=body))
    push = vault.seal_json(0, "pushes.body", {"text": "x"})
    conn.execute(insert(t.pushes).values(body=push, digest=b"", audience={}, at=NOW, state="planned", created_at=NOW))
    conn.execute(insert(t.timers).values(owner="house", kind="x", scope="x", due_at=NOW, state="fired", about={},
                                         settled_at=NOW))  # fmt: skip
    conn.execute(insert(t.timers).values(owner=f"e{e}", enrolment_id=e, kind="x", scope="x", due_at=NOW, state="fired",
                                         about={}, settled_at=NOW))  # fmt: skip
    for number, (owner, state) in enumerate(((who, "done"), (0, "done"), (0, "parked"), (who, "new"), (99, "done"))):
        conn.execute(insert(t.inbox).values(update_id=-number, mark=b"x", chat_id=5, owner_id=owner, state=state,
                                            attempts=0, received_at=NOW))  # fmt: skip


LIVES = {"guesses": 1, "sign_ins": 1, "web_sessions": 2, "submissions": 2, "feeds": 30, "slots": 90, "absences": 365,
         "accesses": 365, "certificates": 6 * 365, "digests": 365, "pushes": 365, "invitations": 104}  # fmt: skip
"""Days; an invitation opens for fourteen, and goes ninety after."""


def test_each_goes_on_its_day_and_not_the_day_before(office: Office) -> None:
    coach = office.join("coach", "Inès", COACH)
    who = office.join("participant", "Anna", CHAT, coach)
    office.db.write_now(_old, office.vault, who, coach)
    second = timedelta(seconds=1)
    for days in sorted(set(LIVES.values())):
        tables = [one.table for one in POLICIES if LIVES.get(one.name) == days]
        before = {table.name: rows(office, table) for table in tables}
        while purged(office, NOW + days * DAY):
            pass
        assert {table.name: rows(office, table) for table in tables} == before and all(before.values())
        due = office.db.read_now(purging.due, NOW + days * DAY + second)
        assert {name: due[name] for name in before} == before
        while purged(office, NOW + days * DAY + second):
            pass
        assert [table.name for table in tables if rows(office, table)] == []


def test_what_came_in_is_forgotten_but_for_what_waits(office: Office) -> None:
    coach = office.join("coach", "Inès", COACH)
    who = office.join("participant", "Anna", CHAT, coach)
    office.db.write_now(_old, office.vault, who, coach)

    def left(days: int) -> list[tuple[int, str]]:
        while purged(office, NOW + days * DAY):
            pass
        i = t.inbox.c
        query = select(i.owner_id, i.state).where(i.update_id <= 0).order_by(i.update_id.desc())
        return [(row.owner_id, row.state) for row in office.db.read_now(lambda c: c.execute(query).all())]

    assert left(2) == [(who, "done"), (0, "done"), (0, "parked"), (who, "new")]
    assert left(31) == [(0, "parked"), (who, "new")]
    assert left(91) == [(who, "new")]


def test_a_timer_of_a_programme_under_way_stays(office: Office) -> None:
    coach = office.join("coach", "Inès", COACH)
    who = office.join("participant", "Anna", CHAT, coach)
    office.db.write_now(_old, office.vault, who, coach)
    r = t.timers.c

    def left() -> list[str]:
        while purged(office, NOW + 366 * DAY):
            pass
        return list(office.db.read_now(lambda c: c.execute(select(r.owner).where(r.kind == "x")).scalars()))

    assert len(left()) == 1 and left()[0].startswith("e")
    office.db.write_now(lambda c: c.execute(update(t.enrolments).values(state="ended")))
    assert left() == []


def test_words_go_as_soon_as_the_message_has_left(office: Office) -> None:
    coach = office.join("coach", "Inès", COACH)
    office.join("participant", "Anna", CHAT, coach)
    office.say(CHAT, "/aide")
    o = t.outbox.c

    def leave(conn: Any) -> None:
        conn.execute(update(t.outbox).values(state="ready", not_before=None))
        for leaving in claim(conn, office.vault, 64, 64, NOW):
            state = "ready" if leaving.chat_id == COACH else "sent"
            delivery.settle(conn, office.vault, office.house, [Settled(leaving, state, 5, sent_at=NOW)], NOW)

    office.db.write_now(leave)
    sealed = office.db.read_now(lambda c: c.execute(select(o.owner_id, o.payload, o.state, o.method)).all())
    office.db.write_now(lambda c: office.vault.ready(c, {row.owner_id for row in sealed}, NOW))
    held = [(row.state, office.vault.open_json(row.owner_id, "outbox.payload", row.payload)) for row in sealed]
    assert {state for state, _ in held} == {"sent", "ready"}
    assert all((body == {"params": {}}) is (state == "sent") for state, body in held)


def test_words_that_were_dropped_while_they_waited_go_too(office: Office) -> None:
    coach = office.join("coach", "Inès", COACH)
    office.join("participant", "Anna", CHAT, coach)
    office.say(CHAT, "/aide")
    office.db.write_now(lambda c: c.execute(update(t.outbox).values(state="dropped")))
    found = office.db.read_now(purging.due, NOW)["outbox.payload"]
    assert found == rows(office, t.outbox)
    assert purged(office, NOW) == {"outbox.payload": found} and purged(office, NOW) == {}
    while purged(office, NOW + 91 * DAY):
        pass
    o = t.outbox.c
    assert all(office.db.read_now(lambda c: c.execute(select(o.key.is_not(None) | o.run_id.is_not(None))).scalars()))


def test_it_goes_on_where_it_was_stopped(office: Office) -> None:
    many = [{"chat_id": n, "at": NOW} for n in range(12)]
    office.db.write_now(lambda c: c.execute(insert(t.guesses), many))
    later = NOW + 2 * DAY
    assert [purged(office, later, 5) for _ in range(4)] == [{"guesses": 5}, {"guesses": 5}, {"guesses": 2}, {}]


def test_what_is_no_longer_too_old_when_it_is_taken_stays(office: Office) -> None:
    coach = office.join("coach", "Inès", COACH)
    office.db.write_now(lambda c: signin.begin(c, coach, NOW))
    found = office.db.read_now(purging.find, NOW + 3 * DAY)
    office.db.write_now(lambda c: c.execute(update(t.web_sessions).values(seen_at=NOW + 3 * DAY)))
    [(name, keys)] = [one for one in purging.slices(found) if one[0] == "web_sessions"]
    assert office.db.write_now(purging.take, office.vault, NOW + 3 * DAY, name, keys) == 0
    assert rows(office, t.web_sessions) == 1


def test_nobody_is_lost_to_age_alone(office: Office) -> None:
    coach = office.join("coach", "Inès", COACH)
    who = office.join("participant", "Anna", CHAT, coach)
    office.say(CHAT, "ce que j'écris")
    said = rows(office, t.replies)
    while purged(office, NOW + 1000 * DAY):
        pass
    assert rows(office, t.replies) == said > 0
    assert office.db.read_now(subject, who).enrolment
