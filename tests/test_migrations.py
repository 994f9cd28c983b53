"""The revisions make exactly the tables of tables.py, on both databases, and lose nobody on the way."""

import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, inspect, text

from bot.store import StoreError, migrate, sqlite
from bot.store.address import parse, sqlite_path
from bot.store.database import Database

DIFFERENT = 'tables.py and the revisions differ: run `python migrations/revise.py "what changed"`'


def engine_of(url: str) -> Engine:
    path = sqlite_path(parse(url))
    return sqlite.schema_engine(path) if path else create_engine(parse(url))


def shape(url: str) -> dict[str, Any]:
    """Everything the database knows of its tables, but for Alembic's own."""
    engine = engine_of(url)
    inspector = inspect(engine)
    tables: dict[str, Any] = {}
    for schema in (None, "keyring"):
        for table in inspector.get_table_names(schema):
            if table != "alembic_version":
                tables[f"{schema}.{table}"] = {
                    "columns": [{**one, "type": str(one["type"])} for one in inspector.get_columns(table, schema)],
                    "indexes": sorted(map(_index, inspector.get_indexes(table, schema))),
                    "uniques": sorted(map(repr, inspector.get_unique_constraints(table, schema))),
                    "foreign": sorted(map(repr, inspector.get_foreign_keys(table, schema))),
                    "primary": inspector.get_pk_constraint(table, schema),
                    "autoincrement": "AUTOINCREMENT" in _statement(engine, table, schema),
                }
    engine.dispose()
    return tables


def _index(index: Any) -> str:
    options = {name: str(value) for name, value in index.get("dialect_options", {}).items()}
    return repr({**index, "dialect_options": options})


def _statement(engine: Engine, table: str, schema: str | None) -> str:
    if engine.dialect.name != "sqlite":
        return ""
    query = text(f"SELECT sql FROM {schema or 'main'}.sqlite_master WHERE name = :name")
    with engine.connect() as connection:
        return str(connection.execute(query, {"name": table}).scalar())


def test_the_revisions_make_the_tables_of_the_code(database_url: str, empty_url: str) -> None:
    migrate.create_all(empty_url)
    from_revisions, from_code = shape(database_url), shape(empty_url)
    assert len(from_code) > 15
    assert from_revisions == from_code, DIFFERENT


def test_upgrade_is_done_once(empty_url: str) -> None:
    assert migrate.upgrade(empty_url) is True
    assert migrate.upgrade(empty_url) is False
    database = Database.open(empty_url)
    database.check()
    database.close()


def test_head_is_the_revision_nobody_follows() -> None:
    from alembic.script import ScriptDirectory

    assert migrate.head() == ScriptDirectory("migrations").get_current_head()


def test_down_leaves_nothing(empty_url: str) -> None:
    from alembic import command
    from alembic.config import Config

    migrate.upgrade(empty_url)
    engine = engine_of(empty_url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", "migrations")
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    engine.dispose()
    assert shape(empty_url) == {}


def test_a_store_without_tables_is_refused(empty_url: str) -> None:
    database = Database.open(empty_url)
    with pytest.raises(StoreError, match="marge migrate"):
        database.check()
    database.close()


def test_a_store_from_the_future_is_refused(database: Database) -> None:
    def pretend(connection: Connection) -> None:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'zzzz'")

    database.check()
    database.write_now(pretend)
    with pytest.raises(StoreError, match="plus récente"):
        database.check()


def test_sqlite_is_not_migrated_under_a_running_process(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'marge.db'}"
    running = Database.open(url)
    with pytest.raises(StoreError, match="ouverte par un autre programme"):
        migrate.upgrade(url)
    running.close()
    assert migrate.upgrade(url)


BREAKING = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{parent}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("people", recreate="always") as batch:
        batch.alter_column("zone", type_=sa.String(80), existing_type=sa.String(64))
    {more}
"""


def revised(tmp_path: Path, more: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The project's revisions and one more, that rebuilds `people` and then does `more`."""
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    known = (f"versions/{path.name}" for path in Path("migrations/versions").glob("*.py"))
    for file in ("env.py", "script.py.mako", *known):
        (folder / file).write_text(Path("migrations", file).read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "versions/9999_next.py").write_text(BREAKING.format(parent=migrate.head(), more=more), encoding="utf-8")
    monkeypatch.setattr(migrate, "shipped", lambda _: folder)
    monkeypatch.setattr(migrate, "head", lambda: "9999")


PERSON = "INSERT INTO people (role, name, zone, reachable, created_at) VALUES ('coach', x'00', 'Europe/Paris', 1, 0)"
CONSENT = "INSERT INTO consents (person_id, kind, version, given_at) VALUES (1, 'ia', '1', 0)"


def with_a_person(url: str) -> None:
    database = Database.open(url)
    for statement in (PERSON, CONSENT):
        database.write_now(Connection.exec_driver_sql, statement)
    database.close()


def rows(path: Path, table: str) -> int:
    raw = sqlite3.connect(path)
    (number,) = raw.execute(f"SELECT count(*) FROM {table}").fetchone()
    raw.close()
    return int(number)


def test_rebuilding_a_table_keeps_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "marge.db"
    migrate.upgrade(f"sqlite:///{path}")
    with_a_person(f"sqlite:///{path}")
    revised(tmp_path, "pass", monkeypatch)
    assert migrate.upgrade(f"sqlite:///{path}")
    assert (rows(path, "people"), rows(path, "consents")) == (1, 1)


def test_a_revision_that_breaks_a_reference_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "marge.db"
    migrate.upgrade(f"sqlite:///{path}")
    with_a_person(f"sqlite:///{path}")
    before = migrate.head()
    revised(tmp_path, 'op.execute("DELETE FROM people")', monkeypatch)
    with pytest.raises(StoreError, match="consents"):
        migrate.upgrade(f"sqlite:///{path}")
    assert (rows(path, "people"), rows(path, "consents")) == (1, 1)
    assert sqlite3.connect(path).execute("SELECT version_num FROM alembic_version").fetchone() == (before,)


def test_a_crash_in_a_revision_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "marge.db"
    script = (
        "import os, signal\n"
        "from bot.store import migrate\n"
        "migrate._check_references = lambda connection: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"migrate.upgrade('sqlite:///{path}')\n"
    )
    died = subprocess.run([sys.executable, "-c", script], check=False)
    assert died.returncode == -9
    assert sqlite3.connect(path).execute("SELECT * FROM sqlite_master").fetchall() == []
    assert migrate.upgrade(f"sqlite:///{path}")
