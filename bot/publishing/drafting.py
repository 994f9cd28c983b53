"""Corrections of a content file made on the page: kept apart, checked at once, published together or left aside.

Two people at one file: the second to save is refused, and told who and when (S7.7). Knows no page and checks no rights.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from bot.desk import DeskError
from bot.library import DELIVERABLES, DISCOVERY, FORMATS, INVENTORY, Library
from bot.store import audit
from bot.store import tables as t
from bot.store.audit import By
from bot.store.publications import Files
from flows.deliverables import read_deliverables
from flows.discovery import read_discovery, read_formats
from flows.inventory import read_inventory
from flows.page import LARGEST
from flows.source import SourceError, SourceErrors, read_capsule, read_deck, read_flow, read_programme


@dataclass(frozen=True, slots=True)
class Draft:
    """`revision` counts its saves, from 1; `stale`: its file was published otherwise since it was begun."""

    path: str
    text: str
    revision: int
    by_id: int | None
    at: datetime
    stale: bool


class Taken(DeskError):
    """Somebody else saved this file first: `draft` is theirs."""

    def __init__(self, draft: Draft) -> None:
        super().__init__("draft_taken")
        self.draft = draft


def listed(conn: Connection, published: Files) -> list[Draft]:
    """By path."""
    d = t.drafts
    return [Draft(row.path, row.text.decode(), row.revision, row.by_id, row.at,
                  bytes(row.base) != _hash(published.get(row.path, "")))
            for row in conn.execute(select(d).order_by(d.c.path))]  # fmt: skip


def applied(published: Files, drafts: Sequence[Draft]) -> Files:
    """What would be published: the drafts in the place of their files."""
    return {**published, **{draft.path: draft.text for draft in drafts}}


def put(conn: Connection, published: Files, path: str, text: str, revision: int, by: By, now: datetime) -> None:
    """Keeps a correction begun from `revision` (0: from what is published); the published text itself leaves none.

    Raises DeskError: unknown_file; Taken, when it was saved meanwhile.
    """
    if path not in published:
        raise DeskError("unknown_file")
    known = next((draft for draft in listed(conn, published) if draft.path == path), None)
    if (known.revision if known else 0) != revision:
        raise Taken(known) if known else DeskError("draft_gone")
    d = t.drafts
    row = {"text": text.encode(), "revision": revision + 1, "by_id": by.id, "at": now}
    if text == published[path]:
        conn.execute(delete(d).where(d.c.path == path))
    elif known:
        conn.execute(update(d).where(d.c.path == path).values(row))
    else:
        conn.execute(insert(d).values(path=path, base=_hash(published[path]), **row))
    audit.note(conn, by, "draft", {"file": path}, now)


def leave(conn: Connection, paths: Sequence[str], by: By, now: datetime) -> None:
    """Leaves these corrections aside: what is published stays as it is."""
    d = t.drafts
    conn.execute(delete(d).where(d.c.path.in_(list(paths))))
    for path in paths:
        audit.note(conn, by, "draft_left", {"file": path}, now)


def faults(path: str, text: str, library: Library) -> Sequence[SourceError]:
    """What is wrong in one file beside all that is served; at once, where the whole content takes a second."""
    folder, _, _ = path.partition("/")
    if len(text.encode()) > LARGEST:
        return [SourceError(path, 1, 1, "un fichier de plus d'un mégaoctet", "un fichier plus court")]
    try:
        match folder:
            case "flows":
                read_flow(path, text, library.capsules, library.decks)
            case "capsules":
                read_capsule(path, text)
            case "decks":
                read_deck(path, text)
            case "programmes":
                flows = {flow.id: flow for flow in library.every_flow()}
                read_programme(path, text, flows, library.phrases.texts)
            case _ if path == DISCOVERY:
                read_discovery(path, text)
            case _ if path == DELIVERABLES:
                read_deliverables(path, text, library.flows)
            case _ if path == INVENTORY:
                read_inventory(path, text)
            case _ if path == FORMATS:
                sessions = {id: tuple(s.id for s in made.sessions) for id, made in library.programmes.items()}
                read_formats(path, text, sessions)
    except SourceErrors as found:
        return found.errors
    return ()


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
