"""Changing keys while the house is at work: the master key that wraps (`rewrap`), or every person's own (`advance`).

A person's key is changed in four steps, each committed; where a kill leaves them, the next run goes on, because
`keys.other` says in its first letter how far each person is:
`N`: the new key opens and does not seal yet; `O`: the new one seals, the old one, in `other`, still opens; `D`: nothing
was left that only the old one opens; then the old one is gone. Between two steps more than PAUSE goes by, so that
nobody works with keys as they stood before (see `vault.FRESH`). No step stops a reader or a writer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, func, or_, select, true, update

from bot.store import StoreError
from bot.store.classes import Seat, seats
from bot.store.database import Database
from bot.store.keyring import Keyring
from bot.store.tables import keys
from bot.store.vault import FRESH, Unsealable, opened, opened_with, sealed_with

PAUSE = 2 * FRESH
BATCH = 500
"""Keys, or values, changed in one transaction."""
FILES = 4
"""Files read at once: each may be of twenty megabytes."""

_NEW, _OLD, _LAST = b"N", b"O", b"D"
_LETTER: ColumnElement[Any] = func.substr(keys.c.other, 1, 1)


class Phase(StrEnum):
    PUBLISH = "publish"
    SWAP = "swap"
    RESEAL = "reseal"
    DROP = "drop"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` people or values changed by this step; `wait`: how long nothing can be done before the next one."""

    phase: Phase
    done: int = 0
    wait: timedelta = timedelta()


# --- the master key ------------------------------------------------------------------------------


def masters(connection: Connection) -> dict[str, int]:
    """How many people's keys each master key wraps."""
    count = select(keys.c.master, func.count()).group_by(keys.c.master)
    return {master: number for master, number in connection.execute(count)}


def rewrap(connection: Connection, keyring: Keyring, master: str) -> int:
    """Wraps up to BATCH keys anew under `master`; gives how many, 0 once all are. Raises StoreError.

    The keys themselves stay: nothing has to be sealed anew.
    """
    if master not in keyring:
        raise StoreError(f"La clé maîtresse « {master} » n'est pas dans le fichier de clés.")
    rows = _some(connection, keys.c.master != master)
    _change(connection, [_rewrapped(keyring, row, master) for row in rows])
    return len(rows)


def _rewrapped(keyring: Keyring, row: Row[Any], master: str) -> dict[str, Any]:
    anew = [keyring.wrap(master, key, row.person_id) for key in _clear(keyring, row)]
    other = row.other[:1] + anew[1] if row.other else None
    return {
        "b_owner": row.person_id,
        "master": master,
        "wrapped": anew[0],
        "other": other,
        "changed_at": row.changed_at,
    }


def retire(connection: Connection, path: Path, master: str, now: datetime) -> None:
    """Takes a master key out of the file at `path`. Raises StoreError while one key needs it, or may still come to.

    A process that looked at the file just before a newer master came may be wrapping with this one: hence the PAUSE.
    """
    if held := masters(connection).get(master, 0):
        raise StoreError(f"« {master} » ouvre encore {held} clé(s) : lancez d'abord « marge keys rotate ».")
    if (left := datetime.fromtimestamp(path.stat().st_mtime, UTC) + PAUSE - now) > timedelta():
        raise StoreError(f"Le fichier de clés vient de changer : recommencez dans {left.seconds + 1} secondes.")
    Keyring.retire(path, master)


# --- people's own keys -----------------------------------------------------------------------------


def unfinished(connection: Connection) -> int:
    """How many people's keys are being changed."""
    count = select(func.count()).select_from(keys).where(keys.c.other.is_not(None))
    return int(connection.execute(count).scalar_one())


def advance(database: Database, keyring: Keyring, now: datetime, *, begin: bool = False) -> Progress:
    """One step further; DONE when no key is being changed. With `begin`, a change of every key is begun first,
    unless one is under way. Raises StoreError when a master key is missing."""
    stand = database.read_now(_stand)
    if not stand.keys() & {_OLD, _LAST} and None in stand and (begin or _NEW in stand):
        first = stand[_NEW].first if _NEW in stand else None
        if done := database.write_now(_publish, keyring, now, first):
            return Progress(Phase.PUBLISH, done)
    if _NEW in stand:
        done = database.write_now(_swap, now)
        return Progress(Phase.SWAP, done, timedelta() if done else _left(stand[_NEW], now))
    if _OLD in stand:
        return _reseal(database, keyring, now, _left(stand[_OLD], now))
    if _LAST in stand:
        return _drop(database, keyring, now, _left(stand[_LAST], now))
    return Progress(Phase.DONE)


class _Came(NamedTuple):
    """When the first and the last of those who stand at a letter came to it."""

    first: datetime | None
    last: datetime | None


def _stand(connection: Connection) -> dict[bytes | None, _Came]:
    at = keys.c.changed_at
    query = select(_LETTER, func.min(at), func.max(at)).group_by(_LETTER)
    return {letter if letter is None else bytes(letter): _Came(*came) for letter, *came in connection.execute(query)}


def _left(came: _Came, now: datetime) -> timedelta:
    """How much of the pause is still to go by; at the instant itself, a moment."""
    return max(timedelta(), came.last + PAUSE + timedelta(microseconds=1) - now) if came.last else timedelta()


def _publish(connection: Connection, keyring: Keyring, now: datetime, began: datetime | None) -> int:
    """Keys made since it `began` are new already: newcomers never make it last."""
    older = or_(keys.c.changed_at.is_(None), keys.c.changed_at < began) if began else true()
    rows = _some(connection, keys.c.other.is_(None), older)
    _change(connection, [
        {**_same(row), "changed_at": now,
         "other": _NEW + keyring.wrap(row.master, AESGCM.generate_key(256), row.person_id)}
        for row in rows
    ])  # fmt: skip
    return len(rows)


def _swap(connection: Connection, now: datetime) -> int:
    rows = _some(connection, _LETTER.in_([_NEW]), keys.c.changed_at < now - PAUSE)
    _change(connection, [
        {**_same(row), "wrapped": row.other[1:], "other": _OLD + row.wrapped, "changed_at": now} for row in rows
    ])  # fmt: skip
    return len(rows)


def _reseal(database: Database, keyring: Keyring, now: datetime, wait: timedelta) -> Progress:
    if wait:
        return Progress(Phase.RESEAL, wait=wait)
    done = _pass(database, keyring)
    if not done:
        while database.write_now(_move, _OLD, _LAST, now):
            pass
    return Progress(Phase.RESEAL, done)


def _drop(database: Database, keyring: Keyring, now: datetime, wait: timedelta) -> Progress:
    """The old keys go only after one more look: a word sealed under one would be lost with it."""
    if wait:
        return Progress(Phase.DROP, wait=wait)
    if done := _pass(database, keyring):
        return Progress(Phase.RESEAL, done)
    dropped = 0
    while some := database.write_now(_move, _LAST, None, now):
        dropped += some
    return Progress(Phase.DROP, dropped)


def _move(connection: Connection, here: bytes, there: bytes | None, now: datetime) -> int:
    rows = _some(connection, _LETTER.in_([here]))
    _change(connection, [
        {**_same(row), "other": there + row.other[1:] if there else None, "changed_at": now} for row in rows
    ])  # fmt: skip
    return len(rows)


# --- their words -----------------------------------------------------------------------------------


def _pass(database: Database, keyring: Keyring) -> int:
    """Goes once over all that is sealed; gives how many values only an old key opened: sealed anew, or busy."""
    return sum(_anew(database, keyring, seat, rows) for seat in seats() for rows in _read(database, seat))


def _read(database: Database, seat: Seat) -> Iterator[Sequence[Row[Any]]]:
    size = FILES if seat.place == "media.bytes" else BATCH
    query = seat.rows.limit(size)
    while rows := database.read_now(_rows, query):
        yield rows
        query = seat.rows.where(seat.key > rows[-1].key).limit(size)


def _rows(connection: Connection, query: Select[Any]) -> Sequence[Row[Any]]:
    return connection.execute(query).all()


def _anew(database: Database, keyring: Keyring, seat: Seat, rows: Sequence[Row[Any]]) -> int:
    pairs = database.read_now(_pairs, keyring, {row.owner for row in rows})
    anew = {}
    for row in rows:
        if row.owner in pairs and (words := _left_behind(pairs[row.owner], seat.place, row)) is not None:
            anew[row.key] = (row.sealed, sealed_with(pairs[row.owner][0], row.owner, seat.place, words))
    if anew:
        database.write_now(_replace, seat, anew)
    return len(anew)


def _pairs(connection: Connection, keyring: Keyring, owners: set[int]) -> dict[int, list[AESGCM]]:
    query = select(keys).where(keys.c.person_id.in_(owners), keys.c.other.is_not(None))
    return {row.person_id: [AESGCM(key) for key in _clear(keyring, row)] for row in connection.execute(query)}


def _left_behind(pair: Sequence[AESGCM], place: str, row: Row[Any]) -> bytes | None:
    """What only the old key opens. What neither opens was lost before us, and is left as it is."""
    current, old = pair
    try:
        opened_with(current, row.owner, place, row.sealed)
    except Unsealable:
        try:
            return opened_with(old, row.owner, place, row.sealed)
        except Unsealable:
            return None
    return None


def _replace(connection: Connection, seat: Seat, anew: dict[Any, tuple[bytes, bytes]]) -> None:
    """A value that somebody changed meanwhile stays theirs; one that somebody holds is left to the next pass, so that
    nobody ever waits for us while we wait for them."""
    free = select(seat.key).where(seat.key.in_(anew)).with_for_update(skip_locked=True)
    gained = connection.execute(free).scalars().all()
    if gained:
        one = update(seat.column.table).where(seat.key == bindparam("b_key"), seat.column == bindparam("b_old"))
        rows = [{"b_key": key, "b_old": anew[key][0], "b_anew": anew[key][1]} for key in gained]
        connection.execute(one.values({seat.column.name: bindparam("b_anew")}), rows)


# --- rows of keys ----------------------------------------------------------------------------------


def _some(connection: Connection, *which: Any) -> Sequence[Row[Any]]:
    query = select(keys).where(*which).order_by(keys.c.person_id).limit(BATCH).with_for_update()
    return connection.execute(query).all()


def _same(row: Row[Any]) -> dict[str, Any]:
    return {"b_owner": row.person_id, "master": row.master, "wrapped": row.wrapped}


def _change(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(update(keys).where(keys.c.person_id == bindparam("b_owner")), rows)
        connection.info["forgot_key"] = True  # what stood there is to be overwritten


def _clear(keyring: Keyring, row: Row[Any]) -> list[bytes]:
    return list(opened(keyring, row.person_id, row.master, row.wrapped, row.other))
