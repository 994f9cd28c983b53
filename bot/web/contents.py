"""The published contents, file by file, and corrections of their words and times. What to write is French, not YAML.

Knows no version but the one that is served.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.desk import DeskError, people
from bot.publishing import drafting, release
from bot.publishing.drafting import Draft, Taken
from bot.store.audit import by
from bot.store.publications import Files
from bot.web.answer import Answer, Go, Missing, Page
from bot.web.sitting import Sitting
from flows import editing
from flows.editing import Field
from flows.page import SourceError

PARTS = ("flows", "capsules", "decks", "programmes", "")
"""Folders of the contents in the order of the page; the last are the files that stand in none."""

FOUND = 60
"""Files shown at a time."""


@dataclass(frozen=True, slots=True)
class File:
    path: str
    title: str
    draft: Draft | None


def listed(sitting: Sitting) -> Answer:
    """The files by part, narrowed to those that hold some words."""
    published, drafts = state(sitting)
    asked = sitting.query.get("q", "").strip().casefold()
    part = sitting.query.get("partie", PARTS[0])
    part = part if part in PARTS else PARTS[0]
    known = {draft.path: draft for draft in drafts}
    texts = drafting.applied(published, drafts)
    inside = [path for path in sorted(texts) if (asked and asked in texts[path].casefold())
              or (not asked and (path.partition("/")[0] if "/" in path else "") == part)]  # fmt: skip
    files = [File(path, title(texts[path]), known.get(path)) for path in inside[:FOUND]]
    return Page("contents.html", {"files": files, "parts_": PARTS, "part": part, "asked": sitting.query.get("q", ""),
                                  "drafts": drafts, "more": len(inside) - len(files),
                                  "version": sitting.house.shelf.publication})  # fmt: skip


def form(sitting: Sitting) -> Answer:
    return _form(sitting, sitting.query.get("fichier", ""))


def put(sitting: Sitting) -> Answer:
    """Keeps a correction, whatever is still wrong in it: nothing typed is lost, and a fault cannot be published."""
    path = sitting.form.get("fichier", "")
    published, drafts = state(sitting)
    if path not in published:
        return Missing()
    before = drafting.applied(published, drafts)[path]
    revision = sitting.number("revision") or 0
    text = sitting.form.get("texte")
    if text is None:
        text = editing.changed(before, {name[2:]: value for name, value in sitting.form.items() if name[:2] == "v:"})
    text = text.rstrip("\n") + "\n"
    try:
        drafting.put(sitting.conn, published, path, text, revision, by(sitting.actor, "page"), sitting.now)
    except Taken as taken:
        return _form(sitting, path, text, taken.draft, status=409)
    except DeskError as error:
        return _form(sitting, path, text, refusal=sitting.say(error.phrase), status=409)
    if drafting.faults(path, text, sitting.house.library):
        return _form(sitting, path, status=422)
    return Go(f"/regie/contenus?partie={path.partition('/')[0] if '/' in path else ''}", "page_told_draft")


def leave(sitting: Sitting) -> Answer:
    """Leaves one correction aside."""
    path = sitting.form.get("fichier", "")
    _, drafts = state(sitting)
    if path not in {draft.path for draft in drafts}:
        return Missing()
    drafting.leave(sitting.conn, [path], by(sitting.actor, "page"), sitting.now)
    return Go("/regie/contenus", "page_told_draft_left")


def state(sitting: Sitting) -> tuple[Files, list[Draft]]:
    """What is published, and the corrections that wait."""
    published = release.files(sitting.conn, sitting.house.content)
    return published, drafting.listed(sitting.conn, published)


def title(text: str) -> str:
    return next((field.value for field in editing.fields(text) if field.place == "title"), "")


def _form(
    sitting: Sitting, path: str, typed: str | None = None, taken: Draft | None = None, refusal: str = "",
    status: int = 200,
) -> Answer:  # fmt: skip
    published, drafts = state(sitting)
    if path not in published:
        return Missing()
    draft = next((one for one in drafts if one.path == path), None)
    text = typed if typed is not None else drafting.applied(published, drafts)[path]
    faults = drafting.faults(path, text, sitting.house.library)
    whole = bool(faults) or "entier" in sitting.query or "texte" in sitting.form
    groups = [] if whole else _grouped(editing.fields(text))
    fields = {"file": path, "title": title(published[path]), "draft": draft, "faults": _told(faults), "text": text,
              "groups": groups, "whole": whole, "label": lambda name: label(sitting, name), "refusal": refusal,
              "taken": taken, "revision": draft.revision if draft else 0,
              "writer": writer(sitting, draft)}  # fmt: skip
    return Page("content.html", fields, status)


def writer(sitting: Sitting, draft: Draft | None) -> str:
    """The first name of whoever saved a draft last."""
    if draft is None or draft.by_id is None:
        return ""
    return people.names(sitting.conn, sitting.vault, [draft.by_id], sitting.now).get(draft.by_id, "")


def label(sitting: Sitting, name: str) -> str:
    """What a field is, in words."""
    group, _, id = name.rpartition(".")
    return sitting.say(f"page_field_{group}", id=id) if group else sitting.say(f"page_field_{name}")


def _grouped(fields: Sequence[Field]) -> list[tuple[str, list[Field]]]:
    """Fields by what they belong to, in the order of the file."""
    groups: list[tuple[str, list[Field]]] = []
    for field in fields:
        if not groups or groups[-1][0] != field.of:
            groups.append((field.of, []))
        groups[-1][1].append(field)
    return groups


def _told(faults: Sequence[SourceError]) -> list[Mapping[str, object]]:
    return [{"line": fault.line, "column": fault.column, "what": fault.what, "instead": fault.instead}
            for fault in faults]  # fmt: skip
