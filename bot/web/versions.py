"""Versions of the contents: what the next one changes, publishing it, and going back to an earlier one."""

from bot.desk import DeskError, people
from bot.publishing import changelog, drafting, edition, release
from bot.publishing.changelog import Entry
from bot.store import publications
from bot.store.audit import by
from bot.store.publications import Files, Publication
from bot.web import contents
from bot.web.answer import Answer, Go, Missing, Page
from bot.web.sitting import Sitting
from flows.changes import changes
from flows.source import SourceErrors

PAGE = 20
"""Versions shown at a time."""


def review(sitting: Sitting) -> Answer:
    """What the corrections that wait would change."""
    return _review(sitting)


def publish(sitting: Sitting) -> Answer:
    """Publishes every correction that waits, as they were when the page was opened."""
    published, drafts = contents.state(sitting)
    made = drafting.applied(published, drafts)
    if not drafts or sitting.form.get("saves") != _saves(drafts):
        return _review(sitting, sitting.say("page_publish_moved"), 409)
    try:
        library = edition.proofed(made, sitting.house.content)
        about = {"origin": "page", "note": sitting.form.get("mot", ""), "reword": "mots" in sitting.form}
        id = _published(sitting, made, library, about)
    except SourceErrors:
        return _review(sitting, status=422)
    except DeskError as error:
        return _review(sitting, sitting.say(error.phrase), 409)
    return Go(f"/regie/versions/{id}", "page_told_published")


def listed(sitting: Sitting) -> Answer:
    upto = sitting.number("avant")
    found = publications.listed(sitting.conn, PAGE + 1, upto)
    names = _names(sitting, found)
    return Page("versions.html", {"versions": found[:PAGE], "names": names, "current": sitting.house.shelf.publication,
                                  "older": found[PAGE].id if len(found) > PAGE else None})  # fmt: skip


def version(sitting: Sitting) -> Answer:
    return _version(sitting)


def back(sitting: Sitting) -> Answer:
    """Publishes an earlier version once more."""
    found = publications.read(sitting.conn, sitting.number("version") or 0)
    if found is None:
        return Missing()
    try:
        library = edition.proofed(found.files, sitting.house.content)
        note = sitting.say("page_version_back_note", n=found.id)
        about = {"origin": "retour", "note": note, "reword": "mots" in sitting.form}
        id = _published(sitting, found.files, library, about)
    except (SourceErrors, DeskError) as error:
        words = sitting.say(error.phrase) if isinstance(error, DeskError) else sitting.say("page_version_unreadable")
        return _version(sitting, words, 409)
    return Go(f"/regie/versions/{id}", "page_told_back")


# --- what they show --------------------------------------------------------------------------


def _published(sitting: Sitting, made: Files, library: object, about: dict[str, object]) -> int:
    """Served here from now on; the other processes take it up within seconds, and the envois follow."""
    base = sitting.number("base")
    return release.publish(
        sitting.conn, library, made, base=base, by=by(sitting.actor, "page"), now=sitting.now, **about  # type: ignore[arg-type]
    )  # fmt: skip


def _review(sitting: Sitting, refusal: str = "", status: int = 200) -> Answer:
    published, drafts = contents.state(sitting)
    made, faults, entries = drafting.applied(published, drafts), [], list[Entry]()
    try:
        entries = told(sitting, published, made)
    except SourceErrors as found:
        faults = [{"file": one.file.partition("/")[2], "line": one.line, "column": one.column, "what": one.what,
                   "instead": one.instead} for one in found.errors]  # fmt: skip
    fields = {"drafts": drafts, "entries": entries, "faults": faults, "refusal": refusal, "saves": _saves(drafts),
              "base": publications.newest_id(sitting.conn) or "", "note": sitting.form.get("mot", "")}  # fmt: skip
    return Page("publish.html", fields, status)


def _version(sitting: Sitting, refusal: str = "", status: int = 200) -> Answer:
    found = publications.listed(sitting.conn, 2, sitting.number("version"))
    if not found:
        return Missing()
    newest = publications.newest(sitting.conn)
    assert newest is not None
    try:
        entries = told(sitting, found[1].files, found[0].files) if len(found) > 1 else None
        undone = told(sitting, newest.files, found[0].files) if newest.id != found[0].id else None
    except SourceErrors:
        entries, undone, refusal = None, None, refusal or sitting.say("page_version_unreadable")
    fields = {"version": found[0], "name": _names(sitting, found).get(found[0].by_id or 0, ""), "entries": entries,
              "undone": undone, "refusal": refusal, "base": newest.id}  # fmt: skip
    return Page("version.html", fields, status)


def told(sitting: Sitting, old: Files, new: Files) -> list[Entry]:
    """What changes from one to the other. Raises SourceErrors."""
    folder = sitting.house.content
    found = changes(edition.proofed(old, folder), edition.proofed(new, folder))
    return changelog.entries(sitting.house.speech.phrases, found)


def _saves(drafts: list[drafting.Draft]) -> str:
    """The corrections as they stand, in a word: another save gives another."""
    return ",".join(f"{draft.path}:{draft.revision}" for draft in drafts)


def _names(sitting: Sitting, found: list[Publication]) -> dict[int, str]:
    ids = [one.by_id for one in found if one.by_id is not None]
    return people.names(sitting.conn, sitting.vault, ids, sitting.now) if ids else {}
