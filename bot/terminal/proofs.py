"""The contents read whole, and every fault in them told."""

from dataclasses import asdict
from pathlib import Path

from bot.library import Library
from bot.settings import Settings
from bot.terminal import Misused
from bot.terminal.tables import tell
from flows.source import SourceErrors


def check(folder: Path | None, as_json: bool) -> int:
    """Exit code 1 when a fault was found. Raises SettingsError, or Misused when there is no such folder."""
    place = folder or Settings.load().content
    if not place.is_dir():
        raise Misused(f"Il n'y a pas de dossier {place}.")
    try:
        library = Library.open(place)
    except SourceErrors as found:
        lines = [str(error) for error in found.errors]
        tell(as_json, {"ok": False, "errors": [asdict(error) for error in found.errors]}, *lines)
        return 1
    tell(as_json, {"ok": True, "errors": []}, f"Aucune faute : {counted(library)}.")
    return 0


def counted(library: Library) -> str:
    return (
        f"{len(library.flows)} modules, {len(library.capsules)} capsules, {len(library.decks)} jeux de cartes, "
        f"{len(library.programmes)} programme(s)"
    )
