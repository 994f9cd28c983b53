"""The part of the content that authors write, as texts by path; opened as a library beside the rest of the folder.

The bot's own words, the lexicon, the numbers, the agreements and the notice come with the code that needs them: they
are served from the folder, and are no part of a publication. Knows no table.
"""

import shutil
import tempfile
from functools import lru_cache
from pathlib import Path

from bot.library import DELIVERABLES, DISCOVERY, FORMATS, INVENTORY, SKILLS, Library
from bot.store.publications import Files

FOLDERS = {"flows": ".yml", "capsules": ".md", "decks": ".yml", "programmes": ".yml"}
LONE = (DELIVERABLES, DISCOVERY, FORMATS, INVENTORY, SKILLS)


def authored(folder: Path) -> Files:
    """What authors wrote in a content folder. Raises OSError, UnicodeDecodeError: for a folder that was not checked."""
    paths = [path for name, suffix in FOLDERS.items() for path in sorted((folder / name).glob(f"*{suffix}"))]
    paths += [folder / name for name in LONE if (folder / name).exists()]
    return {path.relative_to(folder).as_posix(): _text(path) for path in paths}


def opened(files: Files, folder: Path) -> Library:
    """A library of these files and of the rest of `folder`; raises SourceErrors with all that is wrong in them."""
    if files == authored(folder):
        return Library.open(folder)
    with tempfile.TemporaryDirectory(prefix="marge-") as scratch:
        beside = Path(scratch) / "content"
        shutil.copytree(folder, beside, ignore=lambda at, names: _ours(Path(at) == folder, names))
        written(files, beside)
        return Library.open(beside)


def proofed(files: Files, folder: Path) -> Library:
    """`opened`, once for the same files: reading the whole content takes a second."""
    return _proofed(tuple(sorted(files.items())), folder)


@lru_cache(maxsize=2)
def _proofed(files: tuple[tuple[str, str], ...], folder: Path) -> Library:
    return opened(dict(files), folder)


def written(files: Files, folder: Path) -> list[str]:
    """Makes the authored part of `folder` what `files` say; the paths that changed. Raises OSError."""
    before = authored(folder)
    for path in before.keys() - files.keys():
        (folder / path).unlink()
    changed = [path for path, text in files.items() if before.get(path) != text]
    for path in changed:
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(files[path], "utf-8")
    return sorted(changed + list(before.keys() - files.keys()))


def _text(path: Path) -> str:
    return path.read_text("utf-8-sig")


def _ours(top: bool, names: list[str]) -> list[str]:
    """What is not copied: the part of a folder that publications hold."""
    return [name for name in names if top and (name in FOLDERS or name in LONE)]
