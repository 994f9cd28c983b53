"""Who may work alone: one long-running process per SQLite file, one transaction per chat on PostgreSQL."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, text

from bot.store import StoreError

_TRY_CHATS = text("SELECT chat FROM unnest(CAST(:chats AS bigint[])) AS chat WHERE pg_try_advisory_xact_lock(chat)")

_CHATS = text("SELECT pg_advisory_xact_lock(chat) FROM unnest(CAST(:chats AS bigint[])) AS chat")

_PEOPLE = text(
    "SELECT pg_advisory_xact_lock(chat_id) FROM"
    " (SELECT chat_id FROM people WHERE id = ANY(:ids) AND chat_id IS NOT NULL ORDER BY chat_id) AS theirs"
)


def lock_chats(connection: Connection, chat_ids: Iterable[int]) -> list[int]:
    """The chats that this transaction alone may now work on, in the order given, each once.

    PostgreSQL: advisory locks until the end of the transaction, never waiting, one round trip. SQLite has one
    writer at a time, so all are gained.
    """
    chats = list(dict.fromkeys(chat_ids))
    if connection.dialect.name != "postgresql" or not chats:
        return chats
    gained = set(connection.execute(_TRY_CHATS, {"chats": chats}).scalars())
    return [chat for chat in chats if chat in gained]


def wait_for_chats(connection: Connection, chat_ids: Iterable[int]) -> None:
    """The same, once whoever works on them has ended. Two who wait for each other: one is cut short."""
    if connection.dialect.name == "postgresql":
        connection.execute(_CHATS, {"chats": sorted(set(chat_ids))})


def wait_for_people(connection: Connection, ids: Iterable[int]) -> None:
    """The same for the chats of these people: before their files are read, to be written back changed."""
    if connection.dialect.name == "postgresql":
        connection.execute(_PEOPLE, {"ids": list(ids)})


class FileLock:
    """An advisory lock on a file, freed by the system when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    @property
    def held(self) -> bool:
        return self._file is not None

    def take(self) -> bool:
        """Tells whether the lock is now ours; never waits."""
        if self._file is not None:
            return True
        file = os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="ascii")
        if not _lock(file):
            file.close()
            return False
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file
        return True

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def refusal(self) -> StoreError:
        """What to tell the operator when `take` said no."""
        holder = _read(self._path)
        named = f" (processus {holder})" if holder.isdigit() else ""
        return StoreError(
            f"Marge travaille déjà sur cette base{named} : arrêtez-la d'abord, "
            "ou passez à PostgreSQL pour en faire tourner plusieurs."
        )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> bool:
        try:
            file.seek(64)  # beyond the process id, which stays readable
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        file.seek(0)
        return True
else:
    import fcntl

    def _lock(file: IO[str]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
