"""Where the store is: the operator's address, read and checked. Opens nothing."""

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.store import StoreError


def parse(address: str) -> URL:
    """`sqlite:///path` or `postgresql://…`, with our driver. Raises StoreError for anything else."""
    try:
        url = make_url(address.replace("postgres://", "postgresql://", 1))
        backend = url.get_backend_name()
    except ArgumentError as error:
        raise StoreError("L'adresse de la base est illisible (attendu par exemple : sqlite:///marge.db).") from error
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and url.database not in (None, "", ":memory:"):
        return url.set(drivername="sqlite")
    raise StoreError(f"La base « {shown(url)} » n'est ni un fichier SQLite ni PostgreSQL.")


def sqlite_path(url: URL) -> Path | None:
    """The store's own file, or None on PostgreSQL."""
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def shown(url: URL) -> str:
    """For a message: no password."""
    return url.render_as_string(hide_password=True)
