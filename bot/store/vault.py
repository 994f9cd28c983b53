"""What people wrote, sealed with AES-256-GCM under a key of their own, itself sealed under the operator's master key.

A sealed value: one version byte, 12 bytes of nonce, the ciphertext and its tag. It is bound to its `table.column` and
to its owner: put elsewhere, it does not open. Deleting a person's key makes every copy of their words unreadable.
While a key is being changed (see resealing.py), a second one opens too; one alone seals.
"""

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, delete, event, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.store import StoreError
from bot.store.keyring import Keyring as Keyring
from bot.store.tables import keys

HOUSE = 0
"""Owner of what belongs to nobody known: strangers' messages, pushes."""
FRESH = timedelta(seconds=60)
"""How long a key is believed without asking again: a key forgotten by another process is gone from here by then."""

_VERSION = b"\x01"
_NONCE = 12


class KeyMissing(Exception):
    """This person has no key: it was forgotten, or nobody called `ready`."""


class Unsealable(Exception):
    """Not sealed for this owner and this place, or changed since."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A person's keys: the first one seals, all of them open. As they stood at `since`."""

    ciphers: tuple[AESGCM, ...]
    since: datetime


class Vault:
    """Seals and opens. `ready` brings the keys; after it `seal` and `open` touch neither SQL nor disk."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._keys: dict[int, _Held] = {}
        self._changing = threading.Lock()
        self._swept: datetime | None = None

    # --- keys ----------------------------------------------------------------------------------

    def check(self, connection: Connection) -> None:
        """Raises StoreError if some wrapped key needs a master key that we were not given."""
        for master in connection.execute(select(keys.c.master).distinct()).scalars():
            if master not in self._keyring:
                raise StoreError(
                    f"La clé maîtresse « {master} » manque dans le fichier de clés : "
                    "restaurez ce fichier depuis sa sauvegarde, sans elle rien ne peut être relu."
                )

    def create_key(self, connection: Connection, owner_id: int, now: datetime) -> None:
        """A key for somebody new, ready for use. Raises IntegrityError if they have one."""
        self.create_keys(connection, [owner_id], now)

    def create_keys(self, connection: Connection, owner_ids: list[int], now: datetime) -> None:
        """The same for several at once, each with a key of their own."""
        connection.execute(insert(keys), [self._fresh_row(owner, now) for owner in owner_ids])
        self._load(connection, owner_ids, now)
        self._forget_if_rolled_back(connection, owner_ids)

    def ready(self, connection: Connection, owner_ids: Iterable[int], now: datetime) -> None:
        """Makes the keys of these people usable, with at most one query; those who have none stay without.

        The house's key is made at its first use on a connection that may write.
        """
        wanted = [owner for owner in set(owner_ids) if self._stale(owner, now)]
        if not wanted:
            return
        self._load(connection, wanted, now)
        if HOUSE in wanted and HOUSE not in self._keys and not connection.get_execution_options().get("readonly"):
            self._create_house(connection, now)
        self._sweep(now)

    def forget(self, connection: Connection, owner_id: int) -> None:
        """Deletes the key for ever. Another process may still hold it, for FRESH at the most."""
        connection.execute(delete(keys).where(keys.c.person_id == owner_id))
        connection.info["forgot_key"] = True
        self._drop(owner_id)

    def _fresh_row(self, owner_id: int, now: datetime) -> dict[str, Any]:
        master = self._keyring.current
        wrapped = self._keyring.wrap(master, AESGCM.generate_key(256), owner_id)
        return {"person_id": owner_id, "master": master, "wrapped": wrapped, "changed_at": now}

    def _create_house(self, connection: Connection, now: datetime) -> None:
        """Two workers may come at once: the first one's key is everybody's."""
        insert_into = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        connection.execute(insert_into(keys).values(**self._fresh_row(HOUSE, now)).on_conflict_do_nothing())
        self._load(connection, [HOUSE], now)
        self._forget_if_rolled_back(connection, [HOUSE])

    def _load(self, connection: Connection, owner_ids: list[int], now: datetime) -> None:
        k = keys.c
        query = select(k.person_id, k.master, k.wrapped, k.other).where(k.person_id.in_(owner_ids))
        found = {
            owner: _Held(tuple(AESGCM(key) for key in opened(self._keyring, owner, master, wrapped, other)), now)
            for owner, master, wrapped, other in connection.execute(query)
        }
        with self._changing:
            for owner in owner_ids:
                if owner not in found:
                    self._keys.pop(owner, None)
            self._keys.update(found)

    def _forget_if_rolled_back(self, connection: Connection, owner_ids: list[int]) -> None:
        """Words sealed with a key that was never committed would be lost."""

        def drop(*_: object) -> None:
            for owner in owner_ids:
                self._drop(owner)

        event.listen(connection, "rollback", drop)
        event.listen(connection, "rollback_savepoint", drop)

    def _stale(self, owner_id: int, now: datetime) -> bool:
        held = self._keys.get(owner_id)
        return held is None or not timedelta(0) <= now - held.since < FRESH

    def _drop(self, owner_id: int) -> None:
        with self._changing:
            self._keys.pop(owner_id, None)

    def _sweep(self, now: datetime) -> None:
        """Drops keys nobody asked for lately. Twice FRESH: a reader may be at work with one just gone stale."""
        if self._swept is not None and timedelta(0) <= now - self._swept < FRESH:
            return
        with self._changing:
            self._swept = now
            for owner in [owner for owner, held in self._keys.items() if abs(now - held.since) > 2 * FRESH]:
                del self._keys[owner]

    # --- values --------------------------------------------------------------------------------

    def seal(self, owner_id: int, place: str, data: bytes) -> bytes:
        """`place` is the `table.column` the value goes to. Raises KeyMissing."""
        return sealed_with(self._held(owner_id)[0], owner_id, place, data)

    def open(self, owner_id: int, place: str, sealed: bytes) -> bytes:
        """Raises KeyMissing, or Unsealable."""
        ciphers = self._held(owner_id)
        if sealed[:1] != _VERSION:
            raise Unsealable(f"{place} of {owner_id}: unknown version")
        for cipher in ciphers:
            with suppress(Unsealable):
                return opened_with(cipher, owner_id, place, sealed)
        raise Unsealable(f"{place} of {owner_id}")

    def seal_text(self, owner_id: int, place: str, words: str) -> bytes:
        return self.seal(owner_id, place, words.encode())

    def open_text(self, owner_id: int, place: str, sealed: bytes) -> str:
        return self.open(owner_id, place, sealed).decode()

    def seal_json(self, owner_id: int, place: str, value: Any) -> bytes:
        return self.seal(owner_id, place, msgspec.json.encode(value))

    def open_json(self, owner_id: int, place: str, sealed: bytes) -> Any:
        return msgspec.json.decode(self.open(owner_id, place, sealed))

    def _held(self, owner_id: int) -> tuple[AESGCM, ...]:
        held = self._keys.get(owner_id)
        if held is None:
            raise KeyMissing(f"owner {owner_id}")
        return held.ciphers


def sealed_with(cipher: AESGCM, owner_id: int, place: str, data: bytes) -> bytes:
    """A value sealed, with the version and the nonce in front."""
    nonce = os.urandom(_NONCE)
    return _VERSION + nonce + cipher.encrypt(nonce, data, f"{place}:{owner_id}".encode())


def opened_with(cipher: AESGCM, owner_id: int, place: str, sealed: bytes) -> bytes:
    """What `sealed_with` sealed. Raises Unsealable when it was another key, owner or place."""
    try:
        return cipher.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], f"{place}:{owner_id}".encode())
    except (InvalidTag, ValueError):
        raise Unsealable(f"{place} of {owner_id}") from None


def opened(keyring: Keyring, owner_id: int, master: str, wrapped: bytes, other: bytes | None) -> Iterator[bytes]:
    """A person's keys in clear: the one that seals, then the other one while a change goes on.

    `other` has a letter in front that says how far the change is (see resealing.py). Raises StoreError.
    """
    yield keyring.unwrap(master, wrapped, owner_id)
    if other is not None:
        yield keyring.unwrap(master, other[1:], owner_id)


def any_key(connection: Connection) -> bool:
    """Whether some key was wrapped already: then a missing master key file must not be made anew."""
    return bool(connection.execute(select(func.count()).select_from(keys)).scalar())
