"""How the house is: each thing that goes wrong is one sign, with its number and since when."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from bot.admin import pulse
from bot.admin.pulse import Sign
from bot.store import copies
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from tests.bot.desk_office import LIBRARY, Office


@pytest.fixture
def office(database: Database, vault: Vault, now: Any) -> Office:
    return Office(database, vault, now)


def signs(office: Office) -> dict[str, Sign]:
    return {sign.key: sign for sign in office.db.read_now(pulse.signs, office.house, office.now)}


def ill(office: Office) -> dict[str, Sign]:
    return {key: sign for key, sign in signs(office).items() if not sign.well}


def outgoing(office: Office, **about: Any) -> None:
    row = {"chat_id": 1, "owner_id": 0, "method": "sendMessage", "payload": b"x", "rank": 1, "attempts": 0,
           "created_at": office.now, **about}  # fmt: skip
    cause = f"essai{next(office.numbers)}"
    office.db.write_now(lambda conn: conn.execute(insert(t.outbox).values(**row, cause=cause)))


def test_every_sign_has_its_words(office: Office) -> None:
    keys = {*signs(office), "tick_late", "copies", "copies_never", "copies_unread", "tick"}
    phrases = LIBRARY.phrases
    for key in keys:
        assert f"page_sign_{key}" in phrases
        assert f"page_sign_{key}_well" in phrases or (
            f"page_sign_{key}_ill" in phrases and f"page_sign_{key}_do" in phrases
        )
    for key in ("inbox", "outbox", "parked", "refused", "doubtful", "unreachable", "numbers", "copies", "tables"):
        assert all(f"page_sign_{key}_{end}" in phrases for end in ("well", "ill", "do"))


def test_a_quiet_house_is_well(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(LIBRARY.numbers[0]), "stale", lambda self, today: False)
    assert ill(office) == {} and signs(office)["tables"].list


def test_what_waits_is_counted_and_only_ill_when_it_waits_long(office: Office) -> None:
    office.keep(801, "message", office.message(801, "Bonjour"))
    outgoing(office, state="ready")
    outgoing(office, state="ready", not_before=office.now + timedelta(hours=9))
    found = signs(office)
    assert (found["inbox"].n, found["outbox"].n) == (1, 1) and found["inbox"].well and found["outbox"].well
    came = office.now
    office.now += timedelta(minutes=16)
    found = ill(office)
    assert (found["inbox"].at, found["outbox"].at) == (came, came)


def test_what_is_due_and_was_not_done_is_late(office: Office) -> None:
    due = office.now - timedelta(minutes=7)
    row = {"owner": "house", "kind": "digest", "scope": "x", "due_at": due, "state": "pending", "about": {}}
    office.db.write_now(lambda conn: conn.execute(insert(t.timers).values(**row)))
    assert ill(office)["tick_late"] == Sign("tick_late", False, 1, due)
    settled = {"state": "fired", "settled_at": office.now}
    office.db.write_now(lambda conn: conn.execute(update(t.timers).values(**settled)))
    assert signs(office)["tick"].at == office.now and "tick_late" not in ill(office)


def test_failures_are_told_with_people_by_their_number(office: Office) -> None:
    claire = office.join("participant", "Claire", 801, office.join("coach", "Anne", 701))
    for state in ("refused", "doubtful"):
        outgoing(office, state=state)
        outgoing(office, state=state, created_at=office.now - timedelta(days=8))
    office.keep(801, "message", office.message(801, "Bonjour"))
    office.db.write_now(
        lambda conn: conn.execute(update(t.inbox).where(t.inbox.c.state == "new").values(state="parked"))
    )
    office.db.write_now(
        lambda conn: conn.execute(update(t.people).where(t.people.c.id == claire).values(reachable=False))
    )
    found = ill(office)
    assert {key: found[key].n for key in ("parked", "refused", "doubtful", "unreachable")} == dict.fromkeys(
        ("parked", "refused", "doubtful", "unreachable"), 1)  # fmt: skip
    assert found["unreachable"].list == f"n° {claire}"


def test_numbers_nobody_checked_lately_and_copies_too_old(office: Office, tmp_path: Path) -> None:
    checked = max(each.checked for each in LIBRARY.numbers)
    office.now = office.now.replace(year=checked.year + 1)
    assert ill(office)["numbers"].n == len(LIBRARY.numbers)
    office.house = replace(office.house, backups=tmp_path / "copies")
    assert "copies_never" in ill(office)
    copies.begin(tmp_path / "copies", copies.DATA, office.now).rename(
        tmp_path / "copies" / copies.DATA / office.now.strftime("%Y-%m-%dT%H-%M-%SZ")
    )
    assert signs(office)["copies"].well
    office.now += timedelta(days=2)
    assert not signs(office)["copies"].well
    (tmp_path / "copies" / copies.DATA / "autre").mkdir()
    assert "autre" in ill(office)["copies_unread"].list
