"""What every column and every file holds is written down; what people write stands in clear in none of them."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Column, Integer, LargeBinary, String

from bot.store.classes import COLUMNS, FILES, SEALED, Class, seats
from bot.store.columns import Instant
from bot.store.database import Database
from bot.store.tables import metadata
from bot.store.vault import Vault
from tests.bot.full_house import FullHouse, every_value

NAME = re.compile(r"[\w.:@/*+\[\]-]*", re.ASCII)
"""Of the code, the content or Telegram: no space."""
REASONS = {"outbox.reason", "timers.why", "enrolments.cohort"}
"""Names that may be of several words: Telegram's own error, without what it quotes; what an operator calls a group."""

TYPES: dict[Class, tuple[type, ...]] = {
    Class.SEALED: (LargeBinary,), Class.HASH: (LargeBinary,), Class.KEY: (LargeBinary,), Class.CONTENT: (LargeBinary,),
    Class.NUMBER: (Integer,), Class.INSTANT: (Instant,), Class.FLAG: (Boolean,), Class.NAME: (String,),
    Class.SHAPE: (JSON,),
}  # fmt: skip


def columns() -> dict[str, Column[Any]]:
    return {f"{table.name}.{column.name}": column for table in metadata.tables.values() for column in table.columns}


def test_every_column_is_classified_and_no_other() -> None:
    assert columns().keys() ^ COLUMNS.keys() == set(), "classify it in bot/store/classes.py"


@pytest.mark.parametrize("place", sorted(columns()))
def test_a_column_is_of_the_type_of_its_class(place: str) -> None:
    assert isinstance(columns()[place].type, TYPES[COLUMNS[place]])


def test_no_name_is_long_enough_for_a_story() -> None:
    names = [columns()[place] for place, held in COLUMNS.items() if held is Class.NAME]
    assert all(column.type.length and column.type.length <= 256 for column in names)


def test_every_sealed_column_has_an_owner() -> None:
    assert {seat.place for seat in seats()} == {place for place, held in COLUMNS.items() if held is Class.SEALED}
    for place, road in SEALED.items():
        table = metadata.tables[place.split(".")[0]]
        assert not road or road[0] in table.columns, place


def test_a_new_column_would_be_noticed() -> None:
    table = metadata.tables["notes"]
    column: Column[Any] = Column("gist", String(2000))
    table.append_column(column)
    try:
        with pytest.raises(AssertionError, match="classify"):
            test_every_column_is_classified_and_no_other()
    finally:
        table._columns.remove(column)  # type: ignore[attr-defined]
    test_every_column_is_classified_and_no_other()


# --- a life ----------------------------------------------------------------------------------------


@pytest.fixture
def house(database: Database, vault: Vault, now: datetime) -> FullHouse:
    return FullHouse(database, vault, now).live()


def test_every_kind_of_words_is_written_and_opens_for_its_owner(house: FullHouse) -> None:
    found = {place: b"" for place in SEALED}
    for seat in seats():
        rows = house.db.read_now(lambda conn, seat=seat: conn.execute(seat.rows).all())
        house.db.read_now(house.vault.ready, {row.owner for row in rows}, house.now)
        found[seat.place] = b" ".join(house.vault.open(row.owner, seat.place, row.sealed) for row in rows)
    assert [place for place, words in found.items() if not words] == []
    everything = b" ".join(found.values()).decode()
    unwritten = [secret for secret in house.kept if secret not in everything]
    assert unwritten == [], "these secrets were not kept: the test would not see them leak"


def test_no_secret_stands_in_clear_in_a_column(house: FullHouse) -> None:
    secrets = re.compile("|".join(house.secrets).encode())
    leaks = [place for place, value in every_value(house.db) if secrets.search(as_bytes(value))]
    assert leaks == []


def test_no_column_holds_more_than_its_class(house: FullHouse) -> None:
    odd = {(place, value) for place, value in every_value(house.db)
           if value is not None and COLUMNS[place] is Class.NAME and place not in REASONS
           and not NAME.fullmatch(value)}  # fmt: skip
    assert odd == set()
    lengths = {len(value) for place, value in every_value(house.db) if COLUMNS[place] is Class.HASH}
    assert lengths <= {16, 32}


def as_bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)).encode()


def test_no_secret_stands_in_clear_in_a_file_and_every_file_is_known(
    house: FullHouse, store: str, tmp_path: Path
) -> None:
    if store != "sqlite":
        pytest.skip("files are PostgreSQL's own")
    secrets = re.compile("|".join(house.secrets).encode())
    known = {name.replace("{base}", "marge") for name in FILES if name.startswith("{base}")}
    found = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert found.keys() <= known and {"marge.db", "marge.db-wal", "marge.keys.db"} <= found.keys()
    assert len(found["marge.db-wal"]) > 100_000, "the log is read too"
    assert [name for name, held in found.items() if secrets.search(held)] == []
