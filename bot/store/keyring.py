"""The operator's master keys, in a file of their own: they wrap people's keys and nothing else.

One `id base64-key` a line, the last one is current. The file never goes with the store's backups. A process at work
follows it: a master added by another process is found when it is first met, one retired is used no more.
"""

import base64
import binascii
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.store import StoreError

_NONCE = 12
_SIZE = 32


class Keyring:
    """Master keys by id; `current` wraps what is new. With a `path` it follows its file as it changes."""

    def __init__(self, masters: Mapping[str, bytes], current: str, path: Path | None = None) -> None:
        self._ciphers = {name: AESGCM(key) for name, key in masters.items()}
        self._current = current
        self._path = path
        self._mark = _mark(path)

    @property
    def current(self) -> str:
        self._follow()
        return self._current

    @property
    def names(self) -> tuple[str, ...]:
        """Every master, the oldest first."""
        return tuple(self._ciphers)

    def __contains__(self, name: str) -> bool:
        if name not in self._ciphers:
            self._follow()
        return name in self._ciphers

    @classmethod
    def load(cls, path: Path, create: bool = False) -> "Keyring":
        """Reads the file, or writes a first one if it is missing and `create` (see `vault.any_key`).

        Raises StoreError when it is missing, unreadable, or readable by others than its owner.
        """
        if not path.exists():
            if not create:
                raise StoreError(
                    f"Le fichier de clés {path} manque : restaurez-le depuis sa sauvegarde, "
                    "sans lui rien de ce qui a été écrit ne peut être relu."
                )
            _write(path, [_line("m1")], os.O_EXCL)
        masters = _masters(path)
        return cls(masters, list(masters)[-1], path)

    @classmethod
    def extend(cls, path: Path, new_id: str) -> "Keyring":
        """Adds a master key to the file, as the current one. Raises StoreError when the id is taken or unfit."""
        known = cls.load(path)
        if new_id in known or not new_id.isalnum() or len(new_id) > 16:
            raise StoreError(f"« {new_id} » ne convient pas : un nom nouveau, 16 lettres ou chiffres au plus.")
        _write(path, [*_lines(path), _line(new_id)], 0)
        return cls.load(path)

    @classmethod
    def retire(cls, path: Path, old_id: str) -> "Keyring":
        """Takes a master key out of the file for ever. Raises StoreError for one unknown, or the current one.

        Whoever calls has made sure that it wraps nothing any more.
        """
        known = cls.load(path)
        if old_id not in known:
            raise StoreError(f"« {old_id} » n'est pas dans le fichier de clés.")
        if old_id == known.current:
            raise StoreError(f"« {old_id} » est la clé maîtresse en service : lancez d'abord « marge keys rotate ».")
        _write(path, [line for line in _lines(path) if line.split()[0] != old_id], 0)
        return cls.load(path)

    def _follow(self) -> None:
        """A file that went missing or was damaged meanwhile changes nothing for a process at work."""
        mark = _mark(self._path)
        if self._path is None or mark is None or mark == self._mark:
            return
        with suppress(StoreError):
            masters = _masters(self._path)
            self._ciphers = {name: AESGCM(key) for name, key in masters.items()}
            self._current, self._mark = list(masters)[-1], mark

    def wrap(self, name: str, key: bytes, owner_id: int) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._ciphers[name].encrypt(nonce, key, str(owner_id).encode())

    def unwrap(self, name: str, wrapped: bytes, owner_id: int) -> bytes:
        """Raises StoreError when the master key is not in the file, or is not the one that wrapped."""
        if name not in self._ciphers:
            self._follow()
        try:
            return self._ciphers[name].decrypt(wrapped[:_NONCE], wrapped[_NONCE:], str(owner_id).encode())
        except (KeyError, InvalidTag):
            raise StoreError(
                f"La clé maîtresse « {name} » manque ou n'est pas la bonne : restaurez le fichier de clés."
            ) from None


def _masters(path: Path) -> dict[str, bytes]:
    """By id, in the order of the file."""
    _refuse_if_shared(path)
    masters = dict(_parse(path, number, line) for number, line in enumerate(_lines(path), 1))
    if not masters:
        raise StoreError(f"Le fichier de clés {path} est vide : restaurez-le depuis sa sauvegarde.")
    return masters


def _mark(path: Path | None) -> tuple[int, int, int] | None:
    """What changes whenever the file is written anew."""
    try:
        about = path.stat() if path else None
    except OSError:
        return None
    return (about.st_ino, about.st_mtime_ns, about.st_size) if about else None


def _refuse_if_shared(path: Path) -> None:
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise StoreError(f"Le fichier de clés {path} est lisible par d'autres : lancez « chmod 600 {path} ».")


def _lines(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text(encoding="ascii").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"Le fichier de clés {path} est illisible.") from error


def _parse(path: Path, number: int, line: str) -> tuple[str, bytes]:
    name, _, encoded = line.strip().partition(" ")
    try:
        key = base64.b64decode(encoded.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != _SIZE:
        raise StoreError(f"Le fichier de clés {path} est abîmé à la ligne {number} : restaurez sa sauvegarde.")
    return name, key


def _line(name: str) -> str:
    return f"{name} {base64.b64encode(os.urandom(_SIZE)).decode()}"


def _write(path: Path, lines: list[str], exclusive: int) -> None:
    """Whole or not at all, and on the disk: these bytes exist nowhere else yet."""
    draft = path.with_name(path.name + ".new")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")
            file.flush()
            os.fsync(file.fileno())
        if exclusive:
            os.link(draft, path)
            draft.unlink()
        else:
            os.replace(draft, path)
        _sync_folder(path.parent)
    except OSError as error:
        raise StoreError(f"Impossible d'écrire le fichier de clés {path} : {error.strerror}.") from error


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
