"""The content on disk as one value, checked whole before anything is served.

Knows where files lie and what may refer to what; what they mean is `flows.source`'s business.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self, TypeVar

from bot.settings import shipped
from flows import usage
from flows.deliverables import Deliverable, read_deliverables
from flows.discovery import Discovery, Format, read_discovery, read_formats
from flows.distress import Lexicon
from flows.frozen import digest
from flows.inventory import Inventory, read_inventory
from flows.lexicon import read_lexicon
from flows.model import Capsule, Flow, Programme
from flows.page import LARGEST, TOP, Mark, in_order, position
from flows.places import Places, read_places
from flows.skills import Skills, read_names, read_skills
from flows.source import (
    Deck,
    Helpline,
    SourceError,
    SourceErrors,
    read_capsule,
    read_deck,
    read_flow,
    read_numbers,
    read_phrases,
    read_programme,
)
from flows.trust import Consent, Notice, read_consents, read_notice
from flows.usage import LONE

T = TypeVar("T")

PHRASES = "phrases.yml"
NUMBERS = "safety/numeros.yml"
LEXICON = "safety/lexique.yml"
INVENTORY = "inventaire.yml"
DISCOVERY = "discovery.yml"
FORMATS = "formats.yml"
CONSENTS = "consentements.yml"
NOTICE = "confidentialite.yml"
DELIVERABLES = "livrables.yml"
SKILLS = "competences.yml"
PLACES = "lieux.yml"
NAMES = "referentiels"
"""A folder of lists of names that others made (`marge referentiel import`): they help to write one."""


def find(setting: Path | None = None) -> Path:
    """The content folder: the one that was asked for, else the one that came with the code."""
    return setting or shipped("content")


@dataclass(frozen=True, slots=True)
class Phrases:
    """The bot's own words, by key."""

    texts: Mapping[str, str | Mapping[str, str]]

    def __contains__(self, key: object) -> bool:
        return key in self.texts

    def say(self, key: str, **fields: object) -> str:
        """The words for `key`, its `{fields}` filled in; `n` chooses `one` (0, 1) or `many`, as French does.

        Raises KeyError for an unknown key or a missing field: a programmer's fault.
        """
        text = self.texts[key]
        if not isinstance(text, str):
            text = text["one" if abs(float(str(fields["n"]))) < 2 else "many"]
        return text.format_map(fields)


@dataclass(frozen=True, slots=True)
class Library:
    """All content by id. A library that exists is without a fault; `warnings` are what may be mended one day.

    `discovery` is None, and `formats` empty, where nobody comes without an invitation. `names` of skills help to write
    one: ours first, then those that others made.
    """

    flows: Mapping[str, Flow]
    capsules: Mapping[str, Capsule]
    decks: Mapping[str, Deck]
    programmes: Mapping[str, Programme]
    phrases: Phrases
    numbers: tuple[Helpline, ...]
    lexicon: Lexicon
    consents: Mapping[str, Consent]
    notice: Notice
    discovery: Discovery | None = None
    formats: tuple[Format, ...] = ()
    inventory: Inventory | None = None
    deliverables: tuple[Deliverable, ...] = ()
    skills: Skills = field(default_factory=Skills)
    names: tuple[str, ...] = ()
    places: Places = field(default_factory=Places)
    warnings: tuple[SourceError, ...] = ()

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Reads everything in `folder`; raises `SourceErrors` with all that is wrong in all the files."""
        shelf = _Shelf(folder)
        phrases = shelf.one(PHRASES, read_phrases)
        numbers = shelf.one(NUMBERS, read_numbers)

        def lexicon(file: str, text: str) -> Lexicon:
            return read_lexicon(file, text, None if numbers is None else {each.number for each in numbers})

        words = shelf.one(LEXICON, lexicon)
        decks = shelf.all("decks", ".yml", read_deck, lambda id: Deck(id, "", ()))
        capsules = shelf.all("capsules", ".md", read_capsule, lambda id: Capsule(id, "", ()))

        def flow(file: str, text: str) -> Flow:
            return read_flow(file, text, capsules, decks)

        flows = shelf.all("flows", ".yml", flow, lambda id: Flow(id, "", ()))
        lone = {LONE + id: _lone(capsule) for id, capsule in capsules.items()}

        def agreements(file: str, text: str) -> tuple[Consent, ...]:
            return read_consents(file, text, flows)

        consents = shelf.one(CONSENTS, agreements)
        notice = shelf.one(NOTICE, read_notice)

        def programme(file: str, text: str) -> Programme:
            return read_programme(file, text, {**flows, **lone}, phrases, shelf.found)

        programmes = shelf.all("programmes", ".yml", programme, None)
        sessions: dict[str, tuple[str, ...] | None] = dict.fromkeys(shelf.names("programmes", ".yml"))
        sessions |= {id: tuple(s.id for s in made.sessions) for id, made in programmes.items()}

        def formats(file: str, text: str) -> tuple[Format, ...]:
            return read_formats(file, text, sessions)

        def deliverables(file: str, text: str) -> tuple[Deliverable, ...]:
            named = dict.fromkeys(session for ids in sessions.values() for session in ids or ())
            known = None if None in sessions.values() else list(named)  # a programme that could not be read has any
            return read_deliverables(file, text, flows, known)

        discovery = shelf.perhaps(DISCOVERY, read_discovery)
        offered = shelf.perhaps(FORMATS, formats)
        inventory = shelf.perhaps(INVENTORY, read_inventory)
        documents = shelf.perhaps(DELIVERABLES, deliverables)
        skills = shelf.perhaps(SKILLS, lambda file, text: read_skills(file, text, flows))
        places = shelf.perhaps(PLACES, read_places)
        lists = shelf.all(NAMES, ".txt", read_names, None)
        shelf.required("flows", flows)
        shelf.required("programmes", programmes)
        shelf.close()
        assert words is not None and notice is not None, "what could not be read is a fault"
        cards = {id: deck.cards for id, deck in decks.items()}
        shelf.unused("flows", ".yml", usage.modules(flows, programmes.values()))
        shelf.unused("capsules", ".md", usage.capsules(capsules, flows.values(), programmes.values()))
        shelf.unused("decks", ".yml", usage.decks(cards, flows.values()))
        return cls(
            MappingProxyType(flows),
            MappingProxyType(capsules),
            MappingProxyType(decks),
            MappingProxyType(programmes),
            Phrases(MappingProxyType(dict(phrases or {}))),
            numbers or (),
            words,
            MappingProxyType({one.kind: one for one in consents or ()}),
            notice,
            discovery,
            offered or (),
            inventory,
            documents or (),
            skills or Skills(),
            tuple(
                dict.fromkeys([*(skills.names if skills else ()), *(name for each in lists.values() for name in each)])
            ),
            places or Places(),
            in_order(shelf.found),
        )

    def flow(self, id: str) -> Flow:
        """The flow of this name, `capsule:<id>` included; raises KeyError when there is none."""
        return _lone(self.capsules[id.removeprefix(LONE)]) if id.startswith(LONE) else self.flows[id]

    def deliverable(self, id: str) -> Deliverable | None:
        return next((one for one in self.deliverables if one.id == id), None)

    def format(self, id: str) -> Format | None:
        return next((one for one in self.formats if one.id == id), None)

    def every_flow(self) -> list[Flow]:
        """Every flow, and every capsule alone as one."""
        return [*self.flows.values(), *map(_lone, self.capsules.values())]

    def title(self, id: str) -> str:
        """The title of a flow, or its id when nothing is published under it any more."""
        return self.flow(id).title if self.has_flow(id) else id

    def has_flow(self, id: str) -> bool:
        return id.removeprefix(LONE) in self.capsules if id.startswith(LONE) else id in self.flows


def one_file(folder: Path, name: str, read: Callable[[str, str], T]) -> T:
    """What one more file of `folder` holds, that no programme is served from; raises `SourceErrors`."""
    shelf = _Shelf(folder)
    value = shelf.one(name, read)
    shelf.close()
    assert value is not None, "a file that could not be read is a fault"
    return value


def _lone(capsule: Capsule) -> Flow:
    flow = Flow(LONE + capsule.id, capsule.title, (capsule,))
    return Flow(flow.id, flow.title, flow.steps, digest(flow))


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Files of one folder, read one after the other whatever is wrong with those before."""

    folder: Path
    found: list[SourceError] = field(default_factory=list)

    def one(self, name: str, read: Callable[[str, str], T]) -> T | None:
        """What a required file holds; None when it could not be read."""
        return self._read(self.folder / name, read)

    def perhaps(self, name: str, read: Callable[[str, str], T]) -> T | None:
        """What a file holds that a folder may do without."""
        path = self.folder / name
        return self.one(name, read) if path.exists() or path.is_symlink() else None

    def all(
        self, name: str, suffix: str, read: Callable[[str, str], T], stand_in: Callable[[str], T] | None
    ) -> dict[str, T]:
        """Every file of a folder, by name. A stand-in for a faulty file keeps what refers to it from failing too."""
        found: dict[str, T] = {}
        for path in self._listed(name, suffix):
            value = self._read(path, read)
            if value is None and stand_in:
                value = stand_in(path.stem)
            if value is not None:
                found[path.stem] = value
        return found

    def names(self, name: str, suffix: str) -> list[str]:
        """What a folder holds, faulty files included: whoever refers to one of them is not at fault."""
        return [path.stem for path in (self.folder / name).glob(f"*{suffix}")]

    def required(self, name: str, found: Mapping[str, Any]) -> None:
        if not found and not any(error.file.startswith(self._name(self.folder / name)) for error in self.found):
            self._fault(self.folder / name, "aucun fichier", f"au moins un fichier .yml dans {name}/")

    def close(self) -> None:
        if not all(each.warning for each in self.found):
            raise SourceErrors(self.found)

    def unused(self, folder: str, suffix: str, idle: usage.Idle) -> None:
        for id in idle.ids:
            name = self._name(self.folder / folder / f"{id}{suffix}")
            self.found.append(SourceError(name, TOP.line, TOP.column, idle.what, idle.instead, True))

    def _listed(self, name: str, suffix: str) -> Iterator[Path]:
        folder = self.folder / name
        for path in self._paths(folder):
            if path.suffix == suffix:
                yield path
            elif path.suffix in {".yml", ".yaml", ".md"}:
                self._fault(path, "un fichier que rien ne lit", f"son nom avec « {suffix} » à la fin")

    def _paths(self, folder: Path) -> list[Path]:
        """What a folder holds; none when there is no such folder, which `required` tells if it must be there."""
        try:
            return sorted(folder.iterdir())
        except FileNotFoundError:
            return []
        except OSError:  # a file, a pipe, a link to itself, or no right to look inside
            self._fault(folder, "ce n'est pas un dossier que l'on peut ouvrir", "un dossier, avec le droit de lecture")
            return []

    def _read(self, path: Path, read: Callable[[str, str], T]) -> T | None:
        try:
            return read(self._name(path), _text(path))
        except SourceErrors as found:
            self.found.extend(found.errors + found.warnings)
        except FileNotFoundError:
            self._fault(path, "ce fichier manque", "ce fichier, d'après celui d'un autre programme")
        except UnicodeDecodeError as error:
            before = error.object[: error.start].decode("utf-8", "replace")
            what = f"l'octet {error.object[error.start]:#04x} n'est pas de l'UTF-8"
            self._fault(path, what, "le fichier en UTF-8 (« Enregistrer sous… »)", position(before, len(before)))
        except OSError:
            self._fault(path, "ce fichier ne peut pas être lu", "un fichier ordinaire, avec le droit de lecture")
        return None

    def _name(self, path: Path) -> str:
        name = f"{self.folder.name}/{path.relative_to(self.folder).as_posix()}"
        return os.fsencode(name).decode("utf-8", "backslashreplace")  # a file may be called anything

    def _fault(self, path: Path, what: str, instead: str, at: Mark = TOP) -> None:
        self.found.append(SourceError(self._name(path), at.line, at.column, what, instead))


def _text(path: Path) -> str:
    """The text of a file, of which no more is read than what is one byte too many."""
    if path.exists() and not path.is_file():
        raise OSError("not a regular file")  # a pipe would never end
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        return "." * len(data)  # refused for its size whatever it says, even cut inside a character
    return data.decode("utf-8-sig").replace("\r\n", "\n")
