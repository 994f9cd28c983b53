"""The text of a content file as nodes that know where they stand, and the faults found on it.

Knows YAML 1.2 and where each word was written; knows neither what a key means nor any disk.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)

LARGEST = 1_048_576
"""Bytes in a content file: a page of prose weighs 2 kB, so more than this is a mistake or an attack."""

DEEPEST = 16
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")
BREAK = re.compile("\r\n|[\n\r]")
"""What the parser counts as the end of a line."""

SYNTAX = (
    ("'\\t'", "une tabulation", "des espaces pour décaler une ligne"),
    ("mapping values are not allowed", "un « : » de trop, ou une ligne mal décalée", 'le texte entre guillemets : "…"'),
    ("could not find expected ':'", "une ligne sans « : »", "« clé: valeur », ou le texte entre guillemets"),
    ("unexpected end of stream", "un guillemet jamais refermé", "le guillemet de fin"),
    ("expected <block end>", "une ligne mal décalée", "le même décalage que les lignes voisines"),
    ("expected ','", "un crochet ou une accolade jamais refermés", "« ] » ou « } » à la fin, et des virgules entre"),
    ("unknown escape", "un « \\ » que YAML ne comprend pas", "« \\\\ », ou le texte entre apostrophes simples"),
    ("cannot start any token", "un caractère qui ne peut pas commencer un texte", 'le texte entre guillemets : "…"'),
    ("undefined tag handle", "une étiquette YAML", "la valeur sans « ! » devant"),
)


LATE = ("unexpected end of stream", "could not find expected ':'")
"""What the parser notices after the fact: the mistake stands where it began to read."""


@dataclass(frozen=True, slots=True)
class SourceError(Exception):
    """One mistake of an author: where it stands (from 1), what is wrong, and what to write instead.

    A value to collect and to show; what is raised is `SourceErrors`. A `warning` is told like a fault and hinders
    nothing: it is about what no participant will ever notice. As text it is one line, whatever it quotes.
    """

    file: str
    line: int
    column: int
    what: str
    instead: str
    warning: bool = False

    def __str__(self) -> str:
        said = f"(avertissement) {self.what}" if self.warning else self.what
        told = f"{self.file}:{self.line}:{self.column}: {said} — écrivez {self.instead}"
        return " ".join(map(str.strip, told.splitlines()))  # what is quoted, and a file's name, may hold line breaks


class SourceErrors(Exception):
    """Every mistake found, in the order of the files and of their lines; the warnings met on the way stand apart."""

    def __init__(self, found: Sequence[SourceError]) -> None:
        self.errors = in_order(each for each in found if not each.warning)
        self.warnings = in_order(each for each in found if each.warning)
        super().__init__("\n".join(map(str, self.errors)))


def in_order(found: Iterable[SourceError]) -> tuple[SourceError, ...]:
    return tuple(sorted(found, key=lambda each: (each.file, each.line, each.column)))


@dataclass(frozen=True, slots=True)
class Mark:
    """Line and column, both from 1; columns count characters."""

    line: int
    column: int


TOP = Mark(1, 1)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A text; `bare` when it was written without quotes."""

    mark: Mark
    text: str
    bare: bool = True


@dataclass(frozen=True, slots=True)
class Series:
    mark: Mark
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Rows:
    mark: Mark
    rows: tuple[tuple[Leaf, "Node"], ...]


Node: TypeAlias = Leaf | Series | Rows


@dataclass(frozen=True, slots=True)
class Page:
    """One file being read; reading goes on after a fault so that all are found at once. `lines` are its YAML's."""

    file: str
    faults: list[SourceError] = field(default_factory=list)
    warnings: list[SourceError] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def fault(self, at: Mark, what: str, instead: str) -> None:
        self.faults.append(SourceError(self.file, at.line, at.column, what, instead))

    def warn(self, at: Mark, what: str, instead: str) -> None:
        self.warnings.append(SourceError(self.file, at.line, at.column, what, instead, True))

    def close(self) -> None:
        """Raises `SourceErrors` when anything was wrong; warnings alone are no reason to."""
        if self.faults:
            raise SourceErrors(self.faults + self.warnings)

    def clean(self, text: str) -> bool:
        """Whether the text can be read at all: not huge, no control character."""
        if len(text.encode("utf-8", "surrogatepass")) > LARGEST:
            self.fault(TOP, "un fichier de plus de 1 Mio", "plusieurs fichiers plus courts")
            return False
        found = CONTROL.search(text)
        if found:
            self.fault(
                position(text, found.start()), f"un caractère invisible (U+{ord(found[0]):04X})", "le texte sans lui"
            )
        return not found

    def root(self, text: str, first: int = 1) -> Node | None:
        """The YAML `text` as nodes, its first line being line `first`; None when it could not be read."""
        if not self.clean(text):
            return None
        self.lines[:] = [""] * (first - 1) + BREAK.split(text)
        try:
            node = _grown(text, first)
            if node is None:
                self.fault(Mark(first, 1), "il n'y a rien à lire", "« clé: valeur »")
            return node
        except MarkedYAMLError as error:
            self._syntax(error, first)
        except (YAMLError, ValueError, OverflowError):  # the parser's own, for "\UFFFFFFFF"
            self.fault(Mark(first, 1), "ce YAML est illisible", "le fichier à partir d'un exemple qui marche")
        except _Refused as refused:
            self.fault(refused.at, refused.what, refused.instead)
        return None

    def _syntax(self, error: MarkedYAMLError, first: int) -> None:
        problem, mark = error.problem or "", error.problem_mark or error.context_mark
        if any(late in problem for late in LATE) and error.context_mark:
            mark = error.context_mark
        at = Mark(mark.line + first, mark.column + 1) if mark else Mark(first, 1)
        for known, what, instead in SYNTAX:
            if known in problem:
                return self.fault(at, what, instead)
        self.fault(at, "une ligne que YAML ne comprend pas", 'les textes entre guillemets : "…"')


def position(text: str, offset: int, first: int = 1) -> Mark:
    """Where the character at `offset` stands, the first line of `text` being line `first`."""
    before = text[:offset]
    return Mark(before.count("\n") + first, offset - (before.rfind("\n") + 1) + 1)


class _Refused(Exception):
    """A fault after which the rest of the file cannot be trusted."""

    def __init__(self, at: Mark, what: str, instead: str) -> None:
        super().__init__(what)
        self.at, self.what, self.instead = at, what, instead


@lru_cache(256)
def _grown(text: str, first: int) -> Node | None:
    """Kept, because whoever corrects one file has all the others read again with it. Raises YAMLError, `_Refused`."""
    return _Nodes(first).grow(YAML(typ="safe", pure=True).parse(text))


@dataclass(slots=True)
class _Open:
    """A list or a mapping whose end is yet to come."""

    mark: Mark
    mapping: bool
    nodes: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class _Nodes:
    """Grows nodes from parser events without recursion: depth is bounded before anything is built."""

    first: int
    open: list[_Open] = field(default_factory=list)
    root: Node | None = None
    documents: int = 0

    def grow(self, events: Iterator[Any]) -> Node | None:
        for event in events:
            self._check(event)
            match event:
                case ScalarEvent():
                    self._add(Leaf(self._mark(event), str(event.value), event.style is None))
                case CollectionEndEvent():
                    self._add(self._closed(self.open.pop()))
                case NodeEvent():
                    self.open.append(_Open(self._mark(event), isinstance(event, MappingStartEvent)))
        return self.root

    def _mark(self, event: Event) -> Mark:
        return Mark(event.start_mark.line + self.first, event.start_mark.column + 1)

    def _check(self, event: Event) -> None:
        if isinstance(event, DocumentStartEvent):
            self.documents += 1
            if self.documents > 1 or event.version or event.tags:
                self._refuse(event, "un second document, ou une directive YAML", "un seul document par fichier")
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
            self._refuse(event, "une ancre ou un renvoi YAML (& ou *)", "le texte en entier, ou entre guillemets")
        if isinstance(event, NodeEvent) and getattr(event, "tag", None):
            self._refuse(event, "une étiquette YAML (!)", "la valeur seule, ou entre guillemets")
        hidden = CONTROL.search(event.value) if isinstance(event, ScalarEvent) else None
        if hidden:  # written as an escape: "\uD800"
            self._refuse(event, f"un caractère invisible (U+{ord(hidden[0]):04X})", "le texte sans lui")
        if len(self.open) > DEEPEST and not isinstance(event, MappingEndEvent):
            self._refuse(event, f"plus de {DEEPEST} niveaux emboîtés", "des étapes moins emboîtées")

    def _refuse(self, event: Event, what: str, instead: str) -> None:
        raise _Refused(self._mark(event), what, instead)

    def _add(self, node: Node) -> None:
        if self.open:
            self.open[-1].nodes.append(node)
        else:
            self.root = node

    def _closed(self, done: _Open) -> Node:
        if not done.mapping:
            return Series(done.mark, tuple(done.nodes))
        pairs = zip(done.nodes[::2], done.nodes[1::2], strict=True)
        return Rows(done.mark, tuple((self._key(key), value) for key, value in pairs))

    def _key(self, node: Node) -> Leaf:
        if isinstance(node, Leaf):
            return node
        raise _Refused(node.mark, "une liste à la place d'une clé", "un mot, puis « : »")
