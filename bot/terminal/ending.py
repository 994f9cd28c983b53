"""People taken off the books, from the terminal: each act says what it would do, and does it with `--yes`."""

from bot.desk import leaving
from bot.store import erasing
from bot.store.retention import Subject
from bot.terminal import Refused, opening
from bot.terminal.tables import tell


def erase(as_json: bool, person_id: int, yes: bool) -> None:
    """Rows, files, key; what remains is a certificate without content."""
    with opening.house() as app:
        about = app.db.read_now(erasing.subject, person_id)
        if not yes:
            raise Refused(_would(about))
        role = app.db.write_now(leaving.erase, app.vault, app.house, person_id, app.clock.now())
        tell(as_json, {"person": person_id, "role": role, "erased": True},
             f"n° {person_id} ({role}) : tout est effacé. Le certificat garde des nombres, aucun contenu.")  # fmt: skip


def _would(about: Subject) -> str:
    return (f"Tout ce qui est gardé du n° {about.person} serait détruit, pour de bon. "
            "Ajoutez --yes pour le faire.")  # fmt: skip
