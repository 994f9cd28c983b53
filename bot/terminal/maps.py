"""The programme and the modules drawn into a folder: an SVG and a PNG of each, and the page that shows them."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path

from bot.documents.atlas import PAGE, Atlas, Sheet
from bot.library import Library
from bot.settings import Settings
from bot.terminal import Misused, Refused
from bot.terminal.tables import tell


def draw(out: Path, flow: str | None, programme: str | None, as_json: bool) -> None:
    """Draws what is named, or everything and the page. Raises SourceErrors, Misused, Refused."""
    atlas = Atlas(Library.open(Settings.load().content))
    sheets = _chosen(atlas, flow, programme)
    files = [file for sheet in _told(sheets) for file in _drawn(out, sheet)]
    if flow is None and programme is None:
        files.append(write(out / PAGE, atlas.page().encode("utf-8")))
    said = f"{len(sheets)} image{'s' if len(sheets) > 1 else ''} dans {out}, en SVG et en PNG."
    tell(as_json, {"folder": str(out), "files": [str(file) for file in files]}, said)


def _chosen(atlas: Atlas, flow: str | None, programme: str | None) -> list[Sheet]:
    library, chosen = atlas.library, []
    if programme is not None:
        if programme not in library.programmes:
            raise Misused(f"Il n'y a pas de programme « {programme} ». {_near(programme, library.programmes)}")
        chosen.append(atlas.programme(library.programmes[programme]))
    if flow is not None:
        if not library.has_flow(flow):
            raise Misused(f"Il n'y a pas de module « {flow} ». {_near(flow, library.flows)}")
        chosen.append(atlas.flow(library.flow(flow)))
    return chosen or atlas.sheets()


def _near(name: str, known: Iterable[str]) -> str:
    return f"Par exemple : {', '.join(get_close_matches(name, known, n=1) or sorted(known))}."


def _told(sheets: list[Sheet]) -> Iterator[Sheet]:
    """The sheets one by one; someone who watches is told how far it is."""
    if not sys.stderr.isatty() or len(sheets) < 2:
        yield from sheets
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(sheets, "Dessin des images", console=Console(stderr=True), transient=True)


def _drawn(out: Path, sheet: Sheet) -> Iterator[Path]:
    from bot.documents.png import png

    svg = sheet.draw()
    yield write(out / sheet.file, svg.encode("utf-8"))
    yield write((out / sheet.file).with_suffix(".png"), png(svg))


def write(file: Path, data: bytes) -> Path:
    """The file with its new content, or as it was: never half of it. Raises Refused when it cannot be written."""
    part = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(file)
    except OSError as error:
        raise Refused(f"Impossible d'écrire {file} : {error.strerror}.") from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return file
