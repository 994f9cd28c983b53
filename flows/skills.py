"""The livret de compétences as its author writes it: which answers make a proof, and names that help writing.

Knows nobody's answers, and matches nothing: a name that is in a family is the person's own choice.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from flows.envois import Flows
from flows.model import Choice, Items, Question, Repeat, Section, Step
from flows.page import Mark, Node, Page
from flows.prose import line
from flows.sheet import Sheet, name, series, unknown, words
from flows.spoken import plain

Kind: TypeAlias = Literal["savoir_faire", "maniere"]
"""What one can do, or how one goes about it."""

KINDS: Final[tuple[Kind, ...]] = ("savoir_faire", "maniere")
PARTS: Final = ("situation", "did", "result", "learnt", "proof")
"""What a proof says beside its name, in this order."""

TITLE, NAME = 70, 80
LONGEST: Final = 160
"""Signs of a name in somebody else's list: a longer one is a definition."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Each entry of the repeat `entries` of `flow` is one: `name` is the question that names it, `parts` those that
    tell it (part -> question), `kind` the one that says its kind ("": none does)."""

    flow: str
    entries: str
    name: str
    kind: str
    parts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Lines:
    """Each line of the answer `name` of each entry may be taken up as a skill; `situation` says where it was learnt."""

    flow: str
    entries: str
    name: str
    situation: str


@dataclass(frozen=True, slots=True)
class Family:
    id: str
    title: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Skills:
    """`families` in the order they are shown, each name in one of them only."""

    proofs: tuple[Proof, ...] = ()
    lines: tuple[Lines, ...] = ()
    families: tuple[Family, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for family in self.families for name in family.names)

    def family(self, name: str) -> Family | None:
        """The family that has this very name, whatever its case and accents."""
        wanted = plain(name)
        return next((one for one in self.families if any(plain(each) == wanted for each in one.names)), None)


@dataclass(frozen=True, slots=True)
class _Reading:
    """`flows` None: what is named is not checked."""

    page: Page
    flows: Flows | None
    seen: set[str] = field(default_factory=set)


def read_skills(file: str, text: str, flows: Flows | None = None) -> Skills:
    """Raises `SourceErrors` with all that is wrong in the file."""
    page = Page(file)
    reading = _Reading(page, flows)
    root = page.root(text)
    sheet = Sheet.open(page, root, ("proofs", "items", "families"))
    proofs = tuple(_proof(reading, node) for node in series(page, sheet.need("proofs"), "« - cards: … », un tiret"))
    lines = tuple(_lines(reading, node) for node in series(page, sheet.get("items"), "« - list: … », un tiret"))
    nodes = series(page, sheet.need("families"), "« - family: … », un tiret par famille")
    families = tuple(_family(reading, node) for node in nodes)
    page.close()
    return Skills(proofs, lines, families)


def read_names(file: str, text: str) -> tuple[str, ...]:
    """Names of somebody else's list, one a line; a line that begins with # says something about them.

    Raises `SourceErrors`.
    """
    page = Page(file)
    found: dict[str, str] = {}
    for n, raw in enumerate(text.split("\n") if page.clean(text) else (), 1):
        one = " ".join(raw.split())
        if one and not raw.startswith("#"):
            if len(one) > LONGEST:
                page.fault(Mark(n, 1), f"un nom de {len(one)} signes", f"{LONGEST} signes au plus")
            found.setdefault(plain(one) or one, one)
    page.close()
    return tuple(found.values())


def _proof(reading: _Reading, node: Node) -> Proof:
    sheet = Sheet.open(reading.page, node, ("cards", "name", "kind", *PARTS))
    flow, entries, asked = _repeat(reading, sheet, "cards")
    above = _question(reading, sheet, "name", asked, needed=True)
    kind = _question(reading, sheet, "kind", asked)
    found = asked.get(kind) if asked else None
    if found is not None and not (isinstance(found.answer, Choice) and set(found.answer.options) == set(KINDS)):
        reading.page.fault(sheet.at("kind"), f"« {kind} » ne dit pas la sorte de compétence",
                           f"une question dont les choix sont {' et '.join(KINDS)}")  # fmt: skip
    parts = {part: id for part in PARTS if (id := _question(reading, sheet, part, asked))}
    return Proof(flow, entries, above, kind, MappingProxyType(parts))


def _lines(reading: _Reading, node: Node) -> Lines:
    sheet = Sheet.open(reading.page, node, ("list", "name", "situation"))
    flow, entries, asked = _repeat(reading, sheet, "list")
    id = _question(reading, sheet, "name", asked, needed=True)
    found = asked.get(id) if asked else None
    if found is not None and not isinstance(found.answer, Items):
        reading.page.fault(sheet.at("name"), f"« {id} » ne demande pas une liste", "une question qui a « items: »")
    return Lines(flow, entries, id, _question(reading, sheet, "situation", asked))


def _family(reading: _Reading, node: Node) -> Family:
    page = reading.page
    sheet = Sheet.open(page, node, ("family", "title", "names"))
    id = name(page, sheet.need("family"))
    _once(reading, sheet.at("family"), id, f"famille {id}")
    title = line(page, sheet.need("title"), TITLE)
    found = []
    for each in series(page, sheet.need("names"), '« - "Écouter" », un tiret par nom'):
        found.append(line(page, each, NAME))
        _once(reading, each.mark, found[-1], plain(found[-1]))
    return Family(id, title, tuple(found))


def _once(reading: _Reading, at: Mark, word: str, seen_as: str) -> None:
    if word and seen_as in reading.seen:
        reading.page.fault(at, f"« {word[:48]} » est déjà pris plus haut", "un autre nom")
    reading.seen.add(seen_as)


def _repeat(reading: _Reading, sheet: Sheet, key: str) -> tuple[str, str, Mapping[str, Question] | None]:
    """The module and its repeat, with its questions by id; None where they are not known."""
    ref = words(reading.page, sheet.need(key), "« module.répétition »")
    flow, _, entries = ref.partition(".")
    if reading.flows is None or not ref.strip():
        return flow, entries, None
    if flow not in reading.flows:
        unknown(reading.page, sheet.at(key), "module inconnu", flow, sorted(reading.flows))
        return flow, entries, None
    if not reading.flows[flow].steps:  # it stands for one that could not be read
        return flow, entries, None
    known = {each.id: each for each in _repeats(reading.flows[flow].steps)}
    if entries not in known:
        unknown(reading.page, sheet.at(key), "répétition inconnue", entries, list(known))
        return flow, entries, None
    return flow, entries, {each.id: each for each in _questions(known[entries].steps)}


def _question(
    reading: _Reading, sheet: Sheet, key: str, asked: Mapping[str, Question] | None, needed: bool = False
) -> str:
    node = sheet.need(key) if needed else sheet.get(key)
    id = words(reading.page, node, "une question de la répétition")
    if asked is not None and id.strip() and id not in asked:
        unknown(reading.page, sheet.at(key), "question inconnue", id, list(asked))
    return id


def _questions(steps: Sequence[Step]) -> Iterator[Question]:
    for step in steps:
        match step:
            case Question():
                yield step
            case Section(steps=inner):
                yield from _questions(inner)


def _repeats(steps: Sequence[Step]) -> Iterator[Repeat]:
    for step in steps:
        match step:
            case Repeat():
                yield step
            case Section(steps=inner):
                yield from _repeats(inner)
