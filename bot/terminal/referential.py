"""Names of skills taken from the files that France Travail (ROME) and the European Commission (ESCO) give away.

They become a list beside the contents, that helps to write a name; nothing is matched to anything. Each fault is told
by line and column, and then nothing is written.
"""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from bot.library import NAMES
from bot.settings import Settings
from bot.terminal import Misused, Refused
from bot.terminal.maps import write
from bot.terminal.tables import tell
from flows.page import TOP, Mark, Page
from flows.skills import LONGEST, read_names

Origin: TypeAlias = Literal["rome", "esco"]

LARGEST: Final = 64 * 1024 * 1024
"""Bytes of a file that is read: the whole of ESCO in French weighs about ten million."""

ROME_NAMES: Final = ("libelle_competence", "libelle")
"""The column of the CSV, the key of the JSON."""

ROME_LIST: Final = "item_referentiel_competence"
ESCO_NAMES: Final = ("preferredLabel",)
ESCO_KEPT: Final = {"conceptType": ("KnowledgeSkillCompetence",), "skillType": ("skill/competence",),
                    "reuseLevel": ("transversal", "cross-sector"), "status": ("released",)}  # fmt: skip
"""What a row says, where its column is there: a skill, not knowledge; of more than one trade; in force."""

SOURCES: Final[Mapping[Origin, str]] = {
    "rome": "ROME 4.0, France Travail",
    "esco": "ESCO, Commission européenne",
}

Named: TypeAlias = Iterator[tuple[Mark, str]]


def take(as_json: bool, rome: Path | None, esco: Path | None, dry_run: bool) -> None:
    """Raises SourceErrors, Misused, Refused."""
    if (rome is None) == (esco is None):
        raise Misused("Un fichier est attendu, et un seul : --rome FICHIER ou --esco FICHIER.")
    origin: Origin = "rome" if rome else "esco"
    source = rome or esco
    assert source is not None
    names, rows = read(origin, source.name, _text(source))
    into = Settings.load().content / NAMES / f"{origin}.txt"
    before = set(read_names(into.name, into.read_text("utf-8"))) if into.exists() else set()
    told = {"origin": origin, "rows": rows, "names": len(names), "new": len(set(names) - before), "file": str(into),
            "written": not dry_run}  # fmt: skip
    if not dry_run:
        about = (f"{SOURCES[origin]} ; pris du fichier {source.name}. Ces noms aident à écrire, rien d'autre.",)
        write(into, "\n".join([*(f"# {line}" for line in about), *names, ""]).encode("utf-8"))
    done = "Rien n'est écrit (--dry-run)." if dry_run else f"Écrits dans {into}."
    tell(as_json, told, f"{rows} lignes lues, {len(names)} noms gardés, dont {told['new']} nouveaux. {done}")


def read(origin: Origin, file: str, text: str) -> tuple[tuple[str, ...], int]:
    """Each name once, in order, and how many rows were read. Raises `SourceErrors`."""
    page = Page(file)
    counted = [0]
    if origin == "esco":
        found = _csv(page, text, ESCO_NAMES, ESCO_KEPT, counted)
    elif text.lstrip("\ufeff \r\n\t")[:1] in ("{", "["):
        found = _json(page, text, counted)
    else:
        found = _csv(page, text, ROME_NAMES, {}, counted)
    names: dict[str, None] = {}
    for at, raw in found:
        name = " ".join(raw.split())
        if len(name) > LONGEST:
            page.fault(at, f"un nom de {len(name)} signes", f"{LONGEST} signes au plus")
        names.setdefault(name.lstrip("# "))
    if not names and not page.faults:
        page.fault(TOP, "aucun nom de compétence", "un fichier qui en contient")
    page.close()
    return tuple(names), counted[0]


def _text(source: Path) -> str:
    """UTF-8, or the Latin alphabet of one byte in which older files come. Raises Refused."""
    try:
        if not source.is_file() or source.stat().st_size > LARGEST:
            raise Refused(f"{source} n'est pas un fichier, ou pèse plus de 64 Mio.")
        data = source.read_bytes()
    except OSError as error:
        raise Refused(f"Impossible de lire {source} : {error.strerror}.") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _csv(page: Page, text: str, named: Sequence[str], kept: Mapping[str, Sequence[str]], counted: list[int]) -> Named:
    """`,`, `;`, `|` or a tabulation between the cells, as the first line says; between quotes a line may break."""
    head = text.partition("\n")[0]
    reader = csv.reader(StringIO(text, newline=""), delimiter=max(",;|\t", key=head.count), strict=True)
    line = 1
    try:
        titles = [title.strip() for title in next(reader, [])]
        at = next((titles.index(name) for name in named if name in titles), None)
        if at is None:
            return page.fault(TOP, "aucune colonne de noms", " ou ".join(f"« {name} »" for name in named))
        line = reader.line_num + 1
        for row in reader:
            began, line = line, reader.line_num + 1
            counted[0] += 1
            if len(row) != len(titles):
                page.fault(Mark(began, 1), f"{len(row)} cases au lieu de {len(titles)}", "une case par colonne")
                continue
            cells = dict(zip(titles, row, strict=True))
            if any(cells.get(key, among[0]) not in among for key, among in kept.items()):
                continue
            if row[at].strip():
                yield Mark(began, at + 1), row[at]
            else:
                page.fault(Mark(began, at + 1), f"rien dans « {titles[at]} »", "un nom de compétence")
    except csv.Error:
        page.fault(Mark(line, 1), "un guillemet jamais refermé, ou un signe après", "la case entière entre guillemets")


def _json(page: Page, text: str, counted: list[int]) -> Named:
    try:
        made: Any = json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        return page.fault(Mark(error.lineno, error.colno), "ce JSON s'arrête là", "le fichier tel que téléchargé")
    except RecursionError:
        return page.fault(TOP, "ce JSON est trop emboîté", "le fichier tel que téléchargé")
    rows = made.get(ROME_LIST) if isinstance(made, dict) else made
    if not isinstance(rows, list):
        return page.fault(TOP, "aucune liste de compétences", f"une liste, ou « {ROME_LIST} »")
    for n, row in enumerate(rows, 1):
        counted[0] = n
        name = next((row[key] for key in reversed(ROME_NAMES) if row.get(key)), "") if isinstance(row, dict) else ""
        if isinstance(name, str) and name.strip():
            yield TOP, name
        else:
            page.fault(TOP, f"la compétence n° {n} n'a pas de nom", f"« {ROME_NAMES[1]} »")
