"""Content files with a slip of the hand, or of a program: each fault has its file, its line and its column.

The files are those that are shipped and those of a small right folder; nothing but `SourceErrors` comes out.
"""

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.library import Library
from bot.settings import shipped
from flows.deliverables import read_deliverables
from flows.discovery import read_discovery, read_formats
from flows.inventory import read_inventory
from flows.source import (
    SourceError,
    SourceErrors,
    read_capsule,
    read_deck,
    read_flow,
    read_numbers,
    read_phrases,
    read_programme,
)
from tests.bot.hostile import HOSTILE

MODEL = Path(__file__).parents[1] / "content" / "modele"
LONGEST = 6000
"""Letters of a file that is garbled: the others are longer to read, not otherwise read."""


def readers() -> dict[str, Callable[[str, str], object]]:
    known = Library.open(MODEL)
    return {
        "capsules": read_capsule,
        "decks": read_deck,
        "flows": lambda file, text: read_flow(file, text, known.capsules, {}),
        "programmes": lambda file, text: read_programme(file, text, known.flows, known.phrases.texts, []),
        "safety": read_numbers,
        "phrases.yml": read_phrases,
        "discovery.yml": read_discovery,
        "formats.yml": lambda file, text: read_formats(file, text, {"bilan": ("S1", "S2")}),
        "inventaire.yml": read_inventory,
        "livrables.yml": lambda file, text: read_deliverables(file, text, known.flows, ("S1", "S2")),
    }


def originals() -> list[tuple[str, str]]:
    """Every file a reader knows: its name in its folder, and its text."""
    found = [(path.relative_to(folder).as_posix(), path.read_text("utf-8"))
             for folder in (MODEL, shipped("content")) for path in sorted(folder.rglob("*.*"))]  # fmt: skip
    return [(name, text) for name, text in found if name.partition("/")[0] in KINDS and len(text) <= LONGEST]


SIGNS = [":", ": ", "- ", "\n", "\n  ", "\n      ", "[", "]", "{", "}", ",", '"', "'", "&a ", "*a", "!x ", "|", ">",
         "#", "---\n", "***\n", "\t", "<<: ", "? ", "%", "@", "`", "oui", "non", "null", "~", "0x7", "1e9", "12:30",
         "2026-02-31", "S1 - 1j 25:00", "9" * 400, "-1"]  # fmt: skip


def garbled(rng: random.Random, text: str, texts: list[tuple[str, str]]) -> str:
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        at = rng.randrange(len(text) + 1)
        lines = text.split("\n")
        n = rng.randrange(len(lines))
        match rng.randrange(9):
            case 0:
                text = text[:at] + rng.choice(SIGNS) + text[at:]
            case 1:
                text = text[:at] + rng.choice([*HOSTILE.values()])[:300] + text[at:]
            case 2:
                text = text[:at] + text[at + rng.randrange(1, 40) :]
            case 3:
                text = "\n".join(lines[:n] + lines[n + 1 :])
            case 4:
                text = "\n".join([*lines[:n], lines[n], *lines[n:]])
            case 5:
                text = "\n".join([*lines[:n], " " * rng.randrange(9) + lines[n].lstrip(), *lines[n + 1 :]])
            case 6:
                text = "\n".join([*lines[:n], lines[n].partition(":")[0] + ": " + rng.choice(SIGNS), *lines[n + 1 :]])
            case 7:
                other = rng.choice(texts)[1].split("\n")
                text = "\n".join([*lines[:n], rng.choice(other), *lines[n:]])
            case _:
                text = text[:at]
    return text


BREAKS = (r"\n", r"\r\n|[\n\r\x85\u2028\u2029]")
"""What ends a line: for an editor, and for YAML. A fault counts lines as whoever found it does."""


def stands(text: str, error: SourceError) -> bool:
    """Whether there is such a line, and such a column in it or just after it."""
    for lines in ([*re.split(pattern, text), ""] for pattern in BREAKS):
        if 1 <= error.line <= len(lines) and 1 <= error.column <= len(lines[error.line - 1]) + 2:
            return True
    return False


def test_a_garbled_file_is_told_of_by_name_line_and_column(fuzz: Any, request: Any) -> None:
    read, texts = readers(), originals()
    told = right = 0
    for number in range(fuzz(short=1500, of_all=0.2)):
        rng = random.Random(request.config.getoption("--fuzz-seed") * 1_000_003 + number)
        name, text = rng.choice(texts)
        written = garbled(rng, text, texts)
        try:
            read[name.partition("/")[0]](name, written)
            right += 1
        except SourceErrors as caught:
            told += 1
            for error in caught.errors:
                assert error.file == name and stands(written, error), (number, str(error))
                assert error.what and str(error).splitlines() == [str(error)], (number, str(error))
        except Exception as error:
            raise AssertionError(f"{name}, number {number}: {type(error).__name__}: {error}") from error
    print(f"{told + right} files: {told} told of, {right} still right")
    assert told > right


KINDS = ("capsules", "decks", "flows", "programmes", "safety", "phrases.yml", "discovery.yml", "formats.yml",
         "inventaire.yml")  # fmt: skip
