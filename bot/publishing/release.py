"""Contents published: checked whole, kept for ever, served from the next message on, and undone by publishing again.

A run keeps the version it began with; a correction of wording may reach what it has not shown yet (S7). Checks no
rights; whoever reads people's words has no business here.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from bot.conversation.house import Shelf
from bot.desk import DeskError
from bot.library import Library
from bot.publishing import edition
from bot.store import audit, cases, publications
from bot.store import tables as t
from bot.store.audit import By
from bot.store.publications import Files, Origin, Publication
from bot.store.saving import upsert
from flows.frozen import digest, freeze, thaw
from flows.model import Flow
from flows.rewording import reworded, same_shape

LONGEST_NOTE = 200
KNOWN = 200
"""Versions looked back on for what the page has published."""

UNDER_WAY = ("queued", "waiting", "paused", "dormant")


def served(publication: Publication | None, folder: Path) -> Library:
    """What is served: what was published last, and before anything was, the folder. Raises SourceErrors."""
    return edition.opened(publication.files, folder) if publication else Library.open(folder)


def files(conn: Connection, folder: Path) -> Files:
    """The authored part of what is served."""
    newest = publications.newest(conn)
    return newest.files if newest else edition.authored(folder)


def first(conn: Connection, folder: Path, now: datetime) -> int | None:
    """Publishes the folder where nothing ever was: from now on, only publishing changes what is served."""
    if publications.newest_id(conn) is not None:
        return None
    made = edition.authored(folder)
    id = publications.add(conn, made, "dossier", "", None, now)
    audit.note(conn, audit.OPERATOR, "publish", {"version": id, "origin": "dossier", "files": len(made)}, now)
    return id


def publish(
    conn: Connection, library: Library, made: Files, *, base: int | None, origin: Origin, note: str, by: By,
    reword: bool, now: datetime,
) -> int:  # fmt: skip
    """Writes the next version and gives its number; `library` is `made`, opened, hence without a fault.

    `base` is the version that its author compared it with. `reword`: where only words changed, they also reach the
    steps that runs under way have not shown yet. Raises DeskError: published_meanwhile, nothing_changed.
    """
    newest = publications.newest(conn)
    if (newest.id if newest else None) != base:
        raise DeskError("published_meanwhile")
    if newest and newest.files == made:
        raise DeskError("nothing_changed")
    _settle_drafts(conn, made)
    id = publications.add(conn, made, origin, note.strip()[:LONGEST_NOTE], by.id, now)
    shelve(conn, library, now)
    reached = reach(conn, library, now) if reword else 0
    before = newest.files if newest else {}
    changed = sum(before.get(path) != made.get(path) for path in before.keys() | made.keys())
    audit.note(conn, by, "publish", {"version": id, "origin": origin, "files": changed, "reworded": reached}, now)
    return id


def _settle_drafts(conn: Connection, made: Files) -> None:
    """A correction that is published is none any more."""
    d = t.drafts
    for row in conn.execute(select(d.c.path, d.c.text)).all():
        if made.get(row.path) == row.text.decode():
            conn.execute(delete(d).where(d.c.path == row.path))


def unreported(conn: Connection, made: Files) -> list[str]:
    """Files that the page corrected since a folder was last published, and that `made` would put back."""
    known = publications.listed(conn, KNOWN)
    since = next((n for n, one in enumerate(known) if one.origin == "dossier"), len(known) - 1)
    if not known or since == 0:
        return []
    last, now = known[since].files, known[0].files
    return sorted(path for path, text in now.items() if last.get(path) != text and made.get(path) != text)


def shelve(conn: Connection, library: Library, now: datetime) -> dict[str, bytes]:
    """Puts a library's flows beside those of before: a run keeps the version it began with (S7.1). All of them."""
    _shelved(conn, library.every_flow(), now)
    return cases.archive(conn)


def _shelved(conn: Connection, flows: Iterable[Flow], now: datetime) -> None:
    rows = {flow.version: {"version": flow.version, "flow": flow.id, "source": freeze(flow), "seen_at": now}
            for flow in flows}  # fmt: skip
    upsert(conn, t.flows, list(rows.values()), ("version",), ("seen_at",))


def reach(conn: Connection, library: Library, now: datetime) -> int:
    """Runs under way take the new words for what they have not shown yet, where only words changed (S7.3); how many.

    Such a run gets a version of its own: the old one in the new words, but for the steps that it has shown.
    """
    r = t.runs.c
    standing = select(r.id, r.flow, r.version, r.key, r.said).where(r.state.in_(UNDER_WAY), r.words.is_(None))
    rows = [row for row in conn.execute(standing) if _other(library, row.flow, row.version)]
    olds = {version: thaw(source) for version, source in cases.archive(conn, {row.version for row in rows}).items()}
    answered = _answered(conn)
    moved: list[dict[str, Any]] = []
    made: dict[tuple[str, frozenset[str]], Flow] = {}
    for row in rows:
        old, new = olds[row.version], library.flow(row.flow)
        if same_shape(old, new):
            shown = frozenset({*row.said, *answered.get(row.id, ()), *([row.key] if row.key else ())})
            flow = made.setdefault((old.version, shown), _named(reworded(old, new, shown)))
            moved.append({"run": row.id, "worded": flow.version})
    _shelved(conn, made.values(), now)
    if moved:
        conn.execute(update(t.runs).where(r.id == bindparam("run")).values(version=bindparam("worded")), moved)
    return len(moved)


def _other(library: Library, flow_id: str, version: str) -> bool:
    return library.has_flow(flow_id) and library.flow(flow_id).version != version


def _answered(conn: Connection) -> dict[int, set[str]]:
    """The keys that each run under way has an answer to, whatever it is."""
    r, p, found = t.runs.c, t.replies.c, dict[int, set[str]]()
    query = select(p.run_id, p.key).join(t.runs, r.id == p.run_id).where(r.state.in_(UNDER_WAY)).distinct()
    for row in conn.execute(query):
        found.setdefault(row.run_id, set()).add(row.key)
    return found


def _named(flow: Flow) -> Flow:
    return replace(flow, version=digest(replace(flow, version="")))


def unserved(conn: Connection, shelf: Shelf) -> Publication | None:
    """What somebody, perhaps another process, has published since this shelf was filled."""
    return publications.newest(conn) if publications.newest_id(conn) != shelf.publication else None


def swap(conn: Connection, shelf: Shelf, library: Library, id: int, now: datetime) -> None:
    """This process serves publication `id` from here on; inside a write, so that no turn stands between two."""
    shelf.swap(library, shelve(conn, library, now), id)
