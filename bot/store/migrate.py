"""Brings the tables to the version this code was written for. Loads Alembic only to do it."""

import re
from functools import cache

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from bot.settings import shipped
from bot.store import StoreError, sqlite
from bot.store.address import parse, shown, sqlite_path
from bot.store.tables import metadata

_REVISION = re.compile(r'^revision = "(\w+)"$', re.MULTILINE)
_PARENT = re.compile(r'^down_revision = "(\w+)"$', re.MULTILINE)
MARK = "alembic_version"
"""The table that holds the revision."""
_ALONE = text("SELECT pg_advisory_xact_lock(7367, 1)")  # any two numbers, the same in every version


@cache
def revisions() -> tuple[str, ...]:
    """Every revision known, in no order. Read from the files: starting up must not wait for Alembic."""
    return tuple(_REVISION.findall(_sources()))


def head() -> str:
    """The revision this code was written for."""
    (newest,) = set(revisions()) - set(_PARENT.findall(_sources()))
    return newest


@cache
def _sources() -> str:
    versions = (shipped("migrations") / "versions").glob("*.py")
    return "\n".join(file.read_text(encoding="utf-8") for file in sorted(versions))


def current(connection: Connection) -> str | None:
    """The store's revision, or None if it has no tables. On PostgreSQL the transaction is of no use after a None."""
    try:
        return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    except (OperationalError, ProgrammingError):
        return None


def stamp(connection: Connection, revision: str) -> None:
    """Says of a store restored without its revision that it has this one; until then it passes for empty."""
    connection.execute(text(f"CREATE TABLE {MARK} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    connection.execute(text(f"INSERT INTO {MARK} VALUES (:revision)"), {"revision": revision})


def upgrade(database_url: str) -> bool:
    """Creates or updates the tables, all or nothing; False when they were up to date.

    Raises StoreError when the store cannot be reached, is in use (SQLite), or would break a reference.
    """
    url = parse(database_url)
    path = sqlite_path(url)
    if path:
        sqlite.make_files(path)
    engine = sqlite.schema_engine(path) if path else create_engine(url, hide_parameters=True)
    try:
        return _upgrade(engine)
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise StoreError(f"Impossible de mettre à jour la base {shown(url)} : {reason}") from error
    finally:
        engine.dispose()


def _upgrade(engine: Engine) -> bool:
    with engine.connect() as connection:
        with connection.begin():
            if current(connection) == head():
                return False
        if engine.dialect.name == "sqlite":
            sqlite.leave_wal(connection)
        with connection.begin():
            _run(connection)
            _check_references(connection)
    return True


def _run(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    if connection.dialect.name == "postgresql":
        connection.execute(_ALONE)
    config = Config()
    config.set_main_option("script_location", str(shipped("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _check_references(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise StoreError(
            f"La mise à jour romprait des liens (table {broken[0]}, ligne {broken[1]}) : rien n'a été changé."
        )


def create_all(database_url: str) -> None:
    """The tables as tables.py has them, without a revision: for a throw-away store."""
    url = parse(database_url)
    path = sqlite_path(url)
    if path:
        sqlite.make_files(path)
    engine = sqlite.schema_engine(path) if path else create_engine(url)
    with engine.begin() as connection:
        if not path:
            connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS keyring")
        metadata.create_all(connection)
    engine.dispose()
