"""What is taken off the books from the terminal: people, and what is too old. Each act says first what it would do."""

from collections import Counter
from collections.abc import Mapping

from bot.app import App
from bot.desk import closing, leaving
from bot.store import erasing, purging
from bot.terminal import Refused, opening
from bot.terminal.tables import Table, note, tell

PEOPLE = "(personnes)"
"""Beside the tables: people whose programme ended, and for whom something is due."""

NOTHING = "Rien n'est à détruire aujourd'hui."


def erase(as_json: bool, person_id: int, yes: bool) -> None:
    """Rows, files, key; what remains is a certificate without content."""
    with opening.house() as app:
        about = app.db.read_now(erasing.subject, person_id)
        if not yes:
            raise Refused(
                f"Tout ce qui est gardé du n° {about.person} serait détruit pour de bon. Ajoutez --yes pour le faire."
            )
        role = app.db.write_now(leaving.erase, app.vault, app.house, person_id, app.clock.now())
        said = f"n° {person_id} ({role}) : tout est effacé. Le certificat garde des nombres, aucun contenu."
        tell(as_json, {"person": person_id, "role": role, "erased": True}, said)


def purge(as_json: bool, dry_run: bool) -> None:
    """One short transaction after another until nothing is left; stopped, it goes on the next time."""
    with opening.house() as app:
        now = app.clock.now()
        if dry_run:
            people = app.db.read_now(closing.waiting, app.house, now)
            return _tell(
                as_json, {**app.db.read_now(purging.due, now), **({PEOPLE: len(people)} if people else {})}, True
            )
        gone = _closed(app)
        while found := app.db.read_now(purging.find, now):
            for name, keys in purging.slices(found):
                gone[name] += app.db.write_now(purging.take, app.vault, now, name, keys)
            note(f"{gone.total()} lignes détruites…")
        return _tell(as_json, gone, False)


def _closed(app: App) -> Counter[str]:
    """Programmes that ended: what was not kept goes, each in a transaction of its own, in the person's own hours."""
    now, gone = app.clock.now(), Counter[str]()
    for person in app.db.read_now(closing.waiting, app.house, now):
        gone[PEOPLE] += bool(app.db.write_now(closing.act, app.vault, app.house, person, now))
    return +gone


def close(as_json: bool, person_id: int, yes: bool) -> None:
    """The end of a programme before its last session: the choice of what is kept is put to the person now."""
    with opening.house() as app:
        app.db.read_now(opening.expect, person_id, "participant")
        if not yes:
            raise Refused(
                f"Le programme du n° {person_id} serait terminé, et le choix de garder ou détruire lui serait posé. "
                "Ajoutez --yes pour le faire."
            )
        said = app.db.write_now(closing.close, app.vault, app.house, person_id, app.clock.now())
        line = "le choix lui est posé." if said == "asked" else "rien n'est gardé, et la date lui est dite."
        tell(as_json, {"person": person_id, "said": said}, f"n° {person_id} : le programme se termine, {line}")


def _tell(as_json: bool, gone: Mapping[str, int], dry_run: bool) -> None:
    rows = [(name, str(n)) for name, n in sorted(gone.items())]
    column = "À détruire" if dry_run else "Détruit"
    tell(as_json, {"dry_run": dry_run, "rows": dict(sorted(gone.items()))}, Table(("Table", column), rows, NOTHING))
