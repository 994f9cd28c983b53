"""A list of people to invite, as a spreadsheet gives it (CSV): read whole, each fault with its line and its column.

Knows how such a file is written, and neither who is already here nor what may be chosen.
"""

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.desk import DeskError
from bot.desk.firstnames import cleaned

MOST = 10_000
"""People of one list."""

TOLD = 200
"""Faults that are told at once."""

COLUMNS: Mapping[str, str] = {
    "prenom": "prénom", "coach": "coach", "cohorte": "cohorte", "format": "format", "programme": "programme",
    "fuseau": "fuseau",
}  # fmt: skip
"""Each column as its title is compared, without capitals or accents, and as it is said."""

FAULTS: Mapping[str, tuple[str, str]] = {
    "not_utf8": ("ce fichier n'est pas en UTF-8 ; il vient peut-être d'un tableur réglé sur Windows-1252",
                 "enregistrez-le en « CSV UTF-8 », puis recommencez"),
    "empty": ("ce fichier est vide", "une première ligne de titres, puis une personne par ligne"),
    "quotes": ("des guillemets sont mal fermés", "un guillemet au début et un à la fin de la case, ou aucun"),
    "too_big": ("une case est beaucoup trop longue", "un prénom, ou un choix court"),
    "too_many": (f"cette liste dépasse {MOST} personnes", "partagez-la en plusieurs fichiers"),
    "no_name": ("il n'y a pas de colonne « prénom »", "prénom;coach;cohorte"),
    "unknown_column": ("cette colonne n'est pas connue", "prénom, coach, cohorte, format, programme ou fuseau"),
    "twice": ("cette colonne est là deux fois", "une seule colonne de ce titre"),
    "untitled": ("il y a ici une case de trop", "autant de cases que de titres, séparées par « ; » ou par « , »"),
    "bad_name": ("ce prénom ne convient pas", "un prénom de 1 à 64 caractères"),
    "unnamed": ("le prénom manque", "un prénom de 1 à 64 caractères"),
    "no_coach": ("le ou la coach manque", "son prénom ou son numéro"),
    "unknown_coach": ("personne de ce nom ou de ce numéro n'est coach ici", "le prénom ou le numéro d'un ou une coach"),
    "two_coaches": ("plusieurs coachs portent ce prénom", "le numéro de l'un ou l'une"),
    "bad_cohort": ("ce nom de cohorte ne convient pas", "un nom de 1 à 64 caractères"),
    "cohort_closed": ("cette cohorte est close", "une cohorte ouverte"),
    "unknown_programme": ("ce programme n'existe pas", "un programme des contenus"),
    "unknown_format": ("ce format n'existe pas pour ce programme, ou n'est pas ouvert", "un format ouvert"),
    "unknown_zone": ("ce fuseau horaire n'existe pas", "par exemple Europe/Paris ou Indian/Reunion"),
    "same_line": ("ce prénom est déjà plus haut, chez le ou la même coach", "une initiale pour les distinguer"),
    "duplicate": ("une personne de ce prénom est déjà là, chez le ou la même coach",
                  "une initiale pour les distinguer, ou retirez la ligne"),
}  # fmt: skip
"""What is wrong, and what to write."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`why` is a key of FAULTS; `instead` is what to write here, when it is known better than in general."""

    line: int
    column: str
    why: str
    given: str = ""
    instead: str = ""

    def __str__(self) -> str:
        where = f"ligne {self.line}" + (f", {self.column}" if self.column else "")
        what, instead = FAULTS[self.why]
        given = f" (« {_short(self.given)} »)" if self.given else ""
        return f"{where} : {what}{given}. Écrivez : {self.instead or instead}."


class ListFaults(Exception):
    """A list that is not taken: `faults` in the order of its lines, and nothing of it is written.

    `guests` are the lines that could be read, to be looked at as well.
    """

    def __init__(self, faults: Sequence[Fault], guests: Sequence["Guest"] = ()) -> None:
        super().__init__("\n".join(told(faults)))
        self.faults, self.guests = tuple(faults), tuple(guests)


@dataclass(frozen=True, slots=True)
class Guest:
    """A line as it is written, but for the name, which is cleaned; "" where nothing is."""

    line: int
    name: str
    coach: str = ""
    cohort: str = ""
    format: str = ""
    programme: str = ""
    zone: str = ""


def told(faults: Sequence[Fault]) -> list[str]:
    """A line for each fault, and how many more there are."""
    more = [f"… et {len(faults) - TOLD} autre(s)."] if len(faults) > TOLD else []
    return [*(str(fault) for fault in faults[:TOLD]), *more]


def read(data: bytes) -> list[Guest]:
    """The people of a file: `,` or `;` between the cells, titles in any order. Raises ListFaults."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ListFaults([Fault(data.count(b"\n", 0, error.start) + 1, "", "not_utf8")]) from None
    return read_text(text)


def read_text(text: str) -> list[Guest]:
    """The same, from words that were pasted."""
    rows = list(_rows(text.removeprefix("\ufeff")))
    if not rows:
        raise ListFaults([Fault(1, "", "empty")])
    (top, titles), *people = rows
    places = _places(top, titles)
    if len(people) > MOST:
        raise ListFaults([Fault(people[MOST][0], "", "too_many")])
    guests, faults = [], []
    for line, cells in people:
        found = _guest(line, cells, places)
        if isinstance(found, Guest):
            guests.append(found)
        else:
            faults.append(found)
    if faults:
        raise ListFaults(faults, guests)
    if not guests:
        raise ListFaults([Fault(top, "", "empty")])
    return guests


# --- lines and cells -------------------------------------------------------------------------


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each line that holds something, with its number in the file."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, [" ".join(cell.split()) for cell in cells]
            line = reader.line_num + 1
    except csv.Error as error:
        raise ListFaults([Fault(line, "", "too_big" if "limit" in str(error) else "quotes")]) from None


def _separator(text: str) -> str:
    """The one of the titles' line: no title holds either."""
    first = next((line for line in text.splitlines() if line.strip(" ,;\t")), text)
    return ";" if first.count(";") >= first.count(",") and ";" in first else ","


def _places(line: int, titles: Sequence[str]) -> list[str]:
    """For each cell of a line the column it belongs to; "" for one without a title. Raises ListFaults."""
    places = [plain(title) for title in titles]
    faults = [Fault(line, title, "unknown_column") for title, place in zip(titles, places, strict=True)
              if place and place not in COLUMNS]  # fmt: skip
    faults += [Fault(line, COLUMNS[place], "twice") for place in COLUMNS if places.count(place) > 1]
    if "prenom" not in places:
        faults.append(Fault(line, "", "no_name"))
    if faults:
        raise ListFaults(faults)
    return places


def _guest(line: int, cells: Sequence[str], places: Sequence[str]) -> Guest | Fault:
    extra = [cell for n, cell in enumerate(cells) if cell and not (n < len(places) and places[n])]
    if extra:
        return Fault(line, "", "untitled", extra[0])
    held = {place: cell for place, cell in zip(places, cells, strict=False) if place}
    name = held.get("prenom", "")
    if not name:
        return Fault(line, "prénom", "unnamed")
    try:
        name = cleaned(name)
    except DeskError:
        return Fault(line, "prénom", "bad_name", name)
    given = [held.get(place, "") for place in ("coach", "cohorte", "format", "programme", "fuseau")]
    return Guest(line, name, *given)


def plain(word: str) -> str:
    """Without capitals, accents or spaces around: how titles and names are compared."""
    bare = unicodedata.normalize("NFKD", word.strip().casefold())
    return "".join(char for char in bare if not unicodedata.combining(char))


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
