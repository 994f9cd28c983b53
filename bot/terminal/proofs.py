"""The contents read whole, and every fault and warning in them told."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from bot.library import NUMBERS, Library
from bot.settings import Settings
from bot.terminal import Misused, safety
from bot.terminal.tables import tell
from flows.page import in_order
from flows.source import SourceError, SourceErrors


def check(folder: Path | None, today: date, tried: bool, as_json: bool) -> int:
    """Exit code 1 when a fault was found, or when the lexicon, if it is to be `tried`, does not pass.

    `today` tells which help numbers are due for a look. Raises SettingsError, or Misused when there is no such folder.
    """
    place = folder or Settings.load().content
    if not place.is_dir():
        raise Misused(f"Il n'y a pas de dossier {place}.")
    try:
        if tried:
            return safety.try_out(place, as_json)
        library = Library.open(place)
    except SourceErrors as found:
        _tell(as_json, found.errors, found.warnings)
        return 1
    warnings = (*library.warnings, *safety.stale(library.numbers, today, f"{place.name}/{NUMBERS}"))
    warned = f", {len(warnings)} avertissement(s)" if warnings else ""
    _tell(as_json, (), warnings, f"Aucune faute{warned} : {counted(library)}.")
    return 0


def _tell(as_json: bool, errors: tuple[SourceError, ...], warnings: tuple[SourceError, ...], *last: str) -> None:
    lines = map(str, in_order(errors + warnings))
    value = {"ok": not errors, "errors": list(map(_row, errors)), "warnings": list(map(_row, warnings))}
    tell(as_json, value, *lines, *last)


def _row(each: SourceError) -> dict[str, Any]:
    return {key: value for key, value in asdict(each).items() if key != "warning"}


def counted(library: Library) -> str:
    return (
        f"{len(library.flows)} modules, {len(library.capsules)} capsules, {len(library.decks)} jeux de cartes, "
        f"{len(library.programmes)} programme(s)"
    )
