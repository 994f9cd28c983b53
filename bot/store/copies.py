"""Copies of the store on the disk: where they stand, what their manifest says, how long they are kept. Opens no store.

`FOLDER/donnees/<instant>/` holds the tables, `FOLDER/cles/<instant>/` people's wrapped keys, each with a manifest. The
two are apart because they do not live as long: a key deleted is out of every copy after KEYS_KEPT, and with it the
words of its person in all the copies of the tables. The master keys are in neither.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from bot.store import StoreError

Kind = Literal["donnees", "cles"]
DATA: Final[Kind] = "donnees"
KEYS: Final[Kind] = "cles"
KEPT: Final[Mapping[Kind, timedelta]] = {DATA: timedelta(days=30), KEYS: timedelta(hours=48)}
"""How long a copy lives at most; it goes an HOUR before, because it is looked at once an hour."""
HOUR: Final = timedelta(hours=1)
NIGHT: Final = 3
"""The hour of the night, on the house's clock, from which the copy of the day is due."""
LATE: Final = timedelta(hours=26)
"""After this long without a copy something is wrong."""

_STAMP: Final = "%Y-%m-%dT%H-%M-%SZ"
_MANIFEST: Final = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was copied. `tables`: rows, and a digest of them that does not depend on their order."""

    kind: Kind
    store: str  # sqlite, postgresql
    made_at: datetime
    revision: str
    file: str
    size: int
    sha256: str
    tables: dict[str, tuple[int, str]] = field(default_factory=dict)


def listed(root: Path, kind: Kind) -> list[Path]:
    """The finished copies of a kind, the oldest first."""
    return [path for path in _all(root, kind) if not path.name.startswith(".")]


def made_at(copy: Path) -> datetime:
    """When a copy was made, as its name says. Raises StoreError."""
    try:
        return datetime.strptime(copy.name.removeprefix("."), _STAMP).replace(tzinfo=UTC)
    except ValueError:
        raise StoreError(f"« {copy} » n'est pas une copie faite par « marge backup ».") from None


def newest(root: Path) -> datetime | None:
    """When the last copy of the tables was made."""
    found = listed(root, DATA)
    return made_at(found[-1]) if found else None


def due(root: Path, now: datetime, zone: str) -> bool:
    """Whether the copy of the last night is still to be made."""
    here = now.astimezone(ZoneInfo(zone))
    night = here.replace(hour=NIGHT, minute=0, second=0, microsecond=0)
    if night > here:
        night -= timedelta(days=1)
    last = newest(root)
    return last is None or last < night


def expire(root: Path, now: datetime) -> list[Path]:
    """Deletes what has been kept long enough, and what a copy cut short left behind; the finished copies that went."""
    gone = []
    for kind, kept in KEPT.items():
        for copy in _all(root, kind):
            draft = copy.name.startswith(".")
            if now - made_at(copy) > (HOUR if draft else kept - HOUR):
                shutil.rmtree(copy)
                gone += [] if draft else [copy]
    return gone


def begin(root: Path, kind: Kind, now: datetime) -> Path:
    """An empty folder, for its owner alone, that is no copy yet. Raises StoreError."""
    draft = root / kind / f".{now.strftime(_STAMP)}"
    try:
        for folder in (root, root / kind, draft):
            folder.mkdir(mode=0o700, parents=True, exist_ok=folder != draft)
    except OSError as error:
        if draft.is_dir():
            raise StoreError(f"Une copie se fait déjà dans {root} : recommencez dans un instant.") from None
        raise StoreError(f"Impossible d'écrire dans {root} : {error.strerror}.") from error
    return draft


def finish(draft: Path, manifest: Manifest) -> Path:
    """Makes a draft a copy, whole or not at all, and on the disk."""
    (draft / _MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
    for path in draft.iterdir():
        path.chmod(0o600)
        with path.open("rb") as file:
            os.fsync(file.fileno())
    return draft.rename(draft.with_name(draft.name.removeprefix(".")))


def read(copy: Path, kind: Kind) -> Manifest:
    """The manifest of a copy whose file is still the one that was made. Raises StoreError."""
    try:
        manifest = msgspec.json.decode((copy / _MANIFEST).read_bytes(), type=Manifest)
        sound = digest(copy / manifest.file) == manifest.sha256
    except (OSError, msgspec.MsgspecError):
        raise StoreError(f"« {copy} » n'est pas une copie entière : choisissez-en une autre.") from None
    if not sound:
        raise StoreError(f"« {copy} » a été abîmée depuis qu'elle a été faite : choisissez-en une autre.")
    if manifest.kind != kind:
        raise StoreError(f"« {copy} » est une copie de {manifest.kind}, pas de {kind}.")
    return manifest


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _all(root: Path, kind: Kind) -> Iterator[Path]:
    folder = root / kind
    return iter(sorted((path for path in folder.iterdir() if path.is_dir()), key=made_at) if folder.is_dir() else [])
