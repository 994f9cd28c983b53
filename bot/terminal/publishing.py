"""Contents published from their folder, read over first; the versions there are, and the way back to one."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from bot.app import App
from bot.desk import DeskError
from bot.publishing import changelog, edition, moving, release
from bot.publishing.changelog import Entry
from bot.publishing.moving import Move
from bot.settings import Settings
from bot.store import publications
from bot.store.audit import OPERATOR
from bot.store.publications import Files, Origin, Publication
from bot.terminal import Refused, opening
from bot.terminal.tables import Table, iso, note, tell, when
from flows.changes import changes
from flows.moving import Spot

ORIGINS = {"dossier": "dossier", "page": "page", "retour": "retour"}
MARKS = {"kept": "", "removed": "−", "added": "+"}
EXTENTS = {"new": "nouveau", "removed": "retiré", "wording": "des mots", "structure": "la structure"}
MOVED = 200
"""People looked at in one go."""

LATER = "Marge au travail la sert dans les secondes qui viennent, et les envois à venir suivent."


def publish(as_json: bool, *, words: str, dry_run: bool, reword: bool, over: bool) -> None:
    """Raises SourceErrors: nothing with a fault is published."""
    with opening.house() as app:
        made = edition.authored(app.settings.content)
        base = app.db.read_now(publications.newest)
        lost = app.db.read_now(release.unreported, made)
        found = _told(app, base.files if base else {}, made) if base else []
        if dry_run:
            return _changes(as_json, found, {"version": None, "unreported": lost}, _lost(lost))
        if lost and not over:
            raise Refused(f"{_lost(lost)} Reportez-les avec « marge versions export », ou publiez par-dessus : --over.")
        id = app.db.write_now(_publish, app, made, base, "dossier", words, reword)
        _changes(as_json, found, {"version": id, "unreported": lost}, f"Version {id} publiée. {LATER}")


def listed(as_json: bool) -> None:
    with opening.house() as app:
        found, zone = app.db.read_now(publications.listed, 100), app.settings.zone
    rows = [(str(one.id), when(one.at, zone), str(one.by_id or "terminal"), ORIGINS[one.origin], one.note)
            for one in found]  # fmt: skip
    empty = "Rien n'est encore publié : Marge sert le dossier."
    tell(as_json, [_plain(one) for one in found], Table(("Version", "Quand", "Par", "Depuis", "Mot"), rows, empty))


def show(as_json: bool, id: int) -> None:
    """What a version changed."""
    with opening.house() as app:
        found = app.db.read_now(publications.listed, 2, id)
        if not found:
            raise Refused(f"Il n'y a pas de version {id}.")
        entries = _told(app, found[1].files if len(found) > 1 else found[0].files, found[0].files)
        _changes(as_json, entries, _plain(found[0]), "")


def back(as_json: bool, id: int, *, dry_run: bool, reword: bool) -> None:
    with opening.house() as app:
        old, base = app.db.read_now(publications.read, id), app.db.read_now(publications.newest)
        if old is None or base is None:
            raise Refused(f"Il n'y a pas de version {id}.")
        found = _told(app, base.files, old.files)
        if dry_run:
            return _changes(as_json, found, {"version": None}, "Rien n'est publié.")
        words = app.house.speech.phrases.say("page_version_back_note", n=id).strip()
        made = app.db.write_now(_publish, app, old.files, base, "retour", words, reword)
        _changes(as_json, found, {"version": made}, f"Version {made} publiée. {LATER}")


def export(as_json: bool, into: Path | None) -> None:
    """Makes the authored part of a folder what is published; nothing else in it is touched."""
    with opening.house() as app:
        newest = app.db.read_now(publications.newest)
    folder = into or Settings.load().content
    if newest is None:
        raise Refused("Rien n'est encore publié : le dossier est ce que Marge sert.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        changed = edition.written(newest.files, folder)
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"Impossible d'écrire dans {folder} : {type(error).__name__}.") from None
    last = f"{len(changed)} fichier(s) écrit(s) dans {folder}, d'après la version {newest.id}."
    tell(as_json, {"version": newest.id, "changed": changed}, *changed, last)


def move(as_json: bool, module: str, yes: bool) -> None:
    """Who began `module` in an earlier version: where they stand and would land; with `yes`, moves them."""
    with opening.house() as app:
        if not app.house.library.has_flow(module):
            raise Refused(f"Il n'y a pas de module « {module} ».")
        found: list[Move] = []
        while some := app.db.read_now(moving.moves, app.vault, app.house, module, app.clock.now(), MOVED,
                                      found[-1].person_id if found else 0):  # fmt: skip
            found += some
        done = sum(_moved(app, one, n, len(found)) for n, one in enumerate(found)) if yes else 0
    rows = [(str(one.person_id), one.name, _spot(one.landing.stood, "pas commencé"),
             "reste, une réponse ne convient plus" if one.stays else _spot(one.landing.lands, "la fin"))
            for one in found]  # fmt: skip
    value = {"module": module, "moved": done, "people": [
        {"id": one.person_id, "name": one.name, "stays": one.stays,
         "stood": one.landing.stood and one.landing.stood.key,
         "lands": None if one.stays else one.landing.lands and one.landing.lands.key, "aside": list(one.landing.aside)}
        for one in found]}  # fmt: skip
    empty = "Personne n'est resté dans une version d'avant."
    last = f"{done} personne(s) déplacée(s). Chaque réponse est gardée." if yes else "Rien n'a changé : --yes le fait."
    tell(as_json, value, Table(("Numéro", "Prénom", "Était à", "Ira à"), rows, empty), *([last] if found else []))


def _moved(app: App, one: Move, n: int, total: int) -> bool:
    if n and n % MOVED == 0:
        note(f"{n} sur {total}")
    try:
        return bool(app.db.write_now(moving.move, app.vault, app.house, one.person_id, one.run_id, OPERATOR,
                                     app.clock.now()))  # fmt: skip
    except DeskError as error:
        note(f"n° {one.person_id} : {app.house.speech.label(error.phrase)}")
        return False


def _spot(spot: Spot | None, none: str) -> str:
    return spot.text if spot else none


# --- what they share -------------------------------------------------------------------------


def _publish(
    conn: Connection, app: App, made: Files, base: Publication | None, origin: Origin, words: str, reword: bool
) -> int:
    library = edition.proofed(made, app.settings.content)
    return release.publish(conn, library, made, base=base.id if base else None, origin=origin, note=words,
                              by=OPERATOR, reword=reword, now=app.clock.now())  # fmt: skip


def _told(app: App, old: Files, new: Files) -> list[Entry]:
    folder = app.settings.content
    found = changes(edition.proofed(old, folder), edition.proofed(new, folder))
    return changelog.entries(app.house.speech.phrases, found)


def _lost(paths: list[str]) -> str:
    return f"Corrigé depuis la page, et pas dans le dossier : {', '.join(paths)}." if paths else ""


def _changes(as_json: bool, entries: list[Entry], about: dict[str, Any], last: str) -> None:
    value = {**about, "changes": [
        {"title": entry.title, "extent": entry.extent, "more": entry.more,
         "lines": [{"about": line.words, "segments": [{"how": one.how, "text": one.text} for one in line.segments]}
                   for line in entry.lines]}
        for entry in entries]}  # fmt: skip
    shown = [_lines(entry) for entry in entries] or ["Rien ne change."]
    tell(as_json, value, *shown, *([last] if last else []))


def _lines(entry: Entry) -> str:
    lines = [f"{entry.title} ({EXTENTS[entry.extent]})"]
    for line in entry.lines:
        lines.append(f"  {line.words}")
        marked = [(MARKS[one.how], one.text) for one in line.segments]
        if marked:
            lines.append("    " + "".join(f"[{mark}{text}]" if mark else text for mark, text in marked))
    return "\n".join([*lines, *([f"  et {entry.more} autre(s) différence(s)"] if entry.more else [])])


def _plain(one: Publication) -> dict[str, Any]:
    return {"version": one.id, "at": iso(one.at), "by": one.by_id, "origin": one.origin, "note": one.note,
            "followed": one.replanned_at is not None}  # fmt: skip
