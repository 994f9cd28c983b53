"""What an audit asks for, written to a file from the terminal."""

from pathlib import Path

from bot.admin import qualiopi as desk
from bot.terminal import Refused, opening
from bot.terminal.tables import tell


def qualiopi(as_json: bool, out: Path, names: bool) -> None:
    """The archive with its new content, for its owner alone, or as it was: never half of it. Raises Refused."""
    with opening.house() as app:
        made = app.db.write_now(desk.bundle, app.vault, app.house, app.clock.now(), names)
    part = out.with_name(f".{out.name}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        part.touch(0o600)
        part.write_bytes(made.data)
        part.replace(out)
    except OSError as error:
        raise Refused(f"Impossible d'écrire {out} : {error.strerror}.") from None
    said = [f"{out} : {len(made.files)} fichiers, {made.people} personne(s).",
            "Aucune réponse n'y figure." if not names else "Les prénoms y figurent, aucune réponse."]  # fmt: skip
    value = {"file": str(out), "people": made.people, "left_out": made.left_out, "files": list(made.files)}
    tell(as_json, value, *said)
