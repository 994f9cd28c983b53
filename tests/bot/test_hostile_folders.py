"""Folders made to hurt, given to `marge check`: named errors with a place, quickly; nothing half loaded."""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot import cli
from bot.library import Library
from flows.source import SourceErrors

NOBODY = 65_534
"""Who may read nothing of ours."""

MODEL = Path(__file__).parents[1] / "content" / "modele"
SUITE = "flows/suite.yml"
LINE = re.compile(r"contenus/\S.*?:\d+:\d+: .+ — écrivez \S.*")

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
Spoil = Callable[[Path], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(MODEL, tmp_path / "contenus")


def holds(name: str, data: bytes | str) -> Spoil:
    def spoil(folder: Path) -> None:
        (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())

    return spoil


def gone(folder: Path, name: str) -> Path:
    """Where a file or a folder was."""
    path = folder / name
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
    return path


def is_a_folder(name: str) -> Spoil:
    return lambda folder: gone(folder, name).mkdir()


def is_a_file(name: str) -> Spoil:
    return lambda folder: gone(folder, name).write_text("ici", "utf-8") and None


def is_a_pipe(name: str) -> Spoil:
    return lambda folder: os.mkfifo(gone(folder, name))


def leads_to(name: str, target: str) -> Spoil:
    return lambda folder: gone(folder, name).symlink_to(target)


def is_missing(name: str) -> Spoil:
    return lambda folder: gone(folder, name) and None


def nested(depth: int) -> str:
    steps = "".join(f"{'    ' * n}  - section:\n{'    ' * n}    steps:\n" for n in range(depth))
    return f"flow: suite\ntitle: Suite\nsteps:\n{steps}{'    ' * depth}  - capsule: repere\n"


DUPLICATE = "flow: suite\ntitle: Un\ntitle: Deux\nsteps:\n  - capsule: repere\n"
HOSTILE: dict[str, tuple[Spoil, str]] = {
    "aliases": (holds(SUITE, BOMB), f"{SUITE}:1:4: une ancre ou un renvoi YAML"),
    "an alias of itself": (holds(SUITE, "&a [*a]"), f"{SUITE}:1:1: une ancre"),
    "ten megabytes": (holds(SUITE, b"a: b\n" * 2_000_000), f"{SUITE}:1:1: un fichier de plus de 1 Mio"),
    "ten megabytes of prose": (
        holds("capsules/repere.md", "é" * 5_000_000),
        "capsules/repere.md:1:1: un fichier de plus",
    ),
    "one key twice": (holds(SUITE, DUPLICATE), f"{SUITE}:3:1: la clé « title » est écrite deux fois"),
    "UTF-16": (holds(SUITE, "flow: suite".encode("utf-16")), f"{SUITE}:1:1: l'octet 0xff n'est pas de l'UTF-8"),
    "Latin-1": (
        holds(SUITE, "flow: suite\ntitle: Été".encode("latin-1")),
        f"{SUITE}:2:8: l'octet 0xc9 n'est pas de l'UT",
    ),
    "a program": (holds(SUITE, b"\x7fELF\x02\x01\x01\x00\x00"), f"{SUITE}:1:1: un caractère invisible (U+007F)"),
    "a picture": (
        holds("capsules/repere.md", b"\x89PNG\r\n\x1a\n"),
        "capsules/repere.md:1:1: l'octet 0x89 n'est pas de",
    ),
    "an archive": (holds("phrases.yml", b"PK\x03\x04"), "phrases.yml:1:3: un caractère invisible (U+0003)"),
    "nothing": (holds("programmes/bilan.yml", b""), "programmes/bilan.yml:1:1: il n'y a rien à lire"),
    "brackets": (holds(SUITE, "[" * 400_000), f"{SUITE}:1:18: plus de 16 niveaux emboîtés"),
    "sections in sections": (holds(SUITE, nested(40)), f"{SUITE}:18:33: plus de 16 niveaux emboîtés"),
    "an object": (holds(SUITE, "!!python/object/apply:os.system ['true']"), f"{SUITE}:1:1: une étiquette YAML"),
    "HTML": (
        holds("capsules/repere.md", "---\ncapsule: repere\ntitle: R\nsource: non\nrole: cadre\n---\nUn <script>.\n"),
        "capsules/repere.md:7:4: une balise HTML « <script> »",
    ),
    "a picture that is not there": (
        holds("capsules/repere.md", "---\ncapsule: repere\ntitle: R\nsource: non\nrole: cadre\n---\n![B](b.png)\n"),
        "capsules/repere.md:7:1: une image, que Telegram ne montre pas dans un texte",
    ),
    "a megabyte without a space": (
        holds(
            "capsules/repere.md", "---\ncapsule: repere\ntitle: R\nsource: non\nrole: cadre\n---\n" + "a" * 1_000_000
        ),
        "capsules/repere.md:7:1: un texte de 1000000 caractères",
    ),
    "a folder for a file": (is_a_folder(SUITE), f"{SUITE}:1:1: ce fichier ne peut pas être lu"),
    "a folder for the phrases": (is_a_folder("phrases.yml"), "phrases.yml:1:1: ce fichier ne peut pas être lu"),
    "a file for a folder": (is_a_file("decks"), "decks:1:1: ce n'est pas un dossier que l'on peut ouvrir"),
    "a pipe for a file": (is_a_pipe(SUITE), f"{SUITE}:1:1: ce fichier ne peut pas être lu"),
    "a pipe for a folder": (is_a_pipe("decks"), "decks:1:1: ce n'est pas un dossier que l'on peut ouvrir"),
    "a device": (leads_to(SUITE, "/dev/zero"), f"{SUITE}:1:1: ce fichier ne peut pas être lu"),
    "a link to itself": (leads_to(SUITE, "suite.yml"), f"{SUITE}:1:1: ce fichier ne peut pas être lu"),
    "a folder that is a link to itself": (
        leads_to("decks", "decks"),
        "decks:1:1: ce n'est pas un dossier que l'on peut",
    ),
    "a folder that is a link to its own": (leads_to("safety", "."), "safety/numeros.yml:1:1: ce fichier manque"),
    "a link to nothing": (leads_to("formats.yml", "absent.yml"), "formats.yml:1:1: ce fichier manque"),
    "no phrases": (is_missing("phrases.yml"), "phrases.yml:1:1: ce fichier manque"),
    "no numbers": (is_missing("safety"), "safety/numeros.yml:1:1: ce fichier manque"),
    "no programme": (is_missing("programmes"), "programmes:1:1: aucun fichier"),
    "a name that commands the terminal": (holds("flows/\x1b[31m.yml", "a"), "flows/[31m.yml:1:1: "),
    "a name of two lines": (holds("flows/a\nb.yml", "a"), "flows/a b.yml:1:1: "),
    "a name of no alphabet": (
        lambda folder: (
            holds("flows/x", "a")(folder) or os.rename(folder / "flows/x", os.fsencode(folder) + b"/flows/\xff.yml")
        ),
        "flows/\\xff.yml:1:1: ",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_folder_is_told_of(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoil, expected = HOSTILE[name]
    spoil(folder)
    assert cli.run(["check", str(folder)]) == 1
    said = capsys.readouterr()
    assert said.err == ""
    lines = said.out.splitlines()
    assert all(LINE.fullmatch(line) and len(line) < 1_000 for line in lines), lines[:3]
    assert any(line.startswith(f"contenus/{expected}") for line in lines), lines[:3]
    with pytest.raises(SourceErrors):
        Library.open(folder)


def test_thousands_of_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for n in range(3_000):
        (folder / "flows" / f"module-{n}.yml").write_text("[", "utf-8")
        (folder / "flows" / f"note-{n}.txt").write_text("rien", "utf-8")
    assert cli.run(["check", str(folder)]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 3_000


def test_a_folder_within_itself_is_not_walked_for_ever(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "flows" / "encore").symlink_to(folder)
    (folder / "encore").symlink_to(".")
    assert cli.run(["check", str(folder)]) == 0
    assert capsys.readouterr().out.startswith("Aucune faute")


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that anybody may go through, unlike a test's own."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextmanager
def ordinary() -> Iterator[None]:
    """Root may read everything: it becomes somebody who may not."""
    mine = os.geteuid()
    if mine == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(mine)


def test_a_folder_that_may_not_be_read(folder: Path, public: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(folder, public / "contenus")
    (public / "contenus" / "flows").chmod(0)
    with ordinary():
        code = cli.run(["check", str(public / "contenus")])
    assert code == 1
    assert "contenus/flows:1:1: ce n'est pas un dossier que l'on peut ouvrir" in capsys.readouterr().out
