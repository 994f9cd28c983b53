"""What participants take away, as its author writes it: which answers make each document, in which parts and words.

Knows nobody's answers, and no page: a document is laid out elsewhere.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

from flows.envois import Flows
from flows.model import Items, Question, Repeat, Scale, Section, Sort, Step
from flows.page import Leaf, Mark, Node, Page, Series
from flows.prose import line
from flows.sheet import Sheet, flag, name, one_of, rows, series, unknown, words

Built: TypeAlias = Literal["reponses", "frise", "competences", "synthese", "presence"]
"""What makes a document: answers as its parts say, or a room of its own."""

Format: TypeAlias = Literal["pdf", "docx", "xlsx", "png", "svg", "csv", "ics"]
Picture: TypeAlias = Literal["bateau", "arbre", "boussole", "route"]
Icon: TypeAlias = Literal["check", "sprout", "heart", "arrow-right", "minus", "message-circle", "circle-dot", "circle"]
"""What stands beside the name of a pile, never alone."""

TITLE, INTRO, NAME = 70, 450, 120


@dataclass(frozen=True, slots=True)
class Ref:
    """An answer: `question` of `flow`; inside a repeat, of each of its entries."""

    flow: str
    question: str


@dataclass(frozen=True, slots=True)
class Words:
    """One answer under its own `title`."""

    ref: Ref
    title: str


@dataclass(frozen=True, slots=True)
class Cards:
    """A card for each entry of the repeat `entries` of `flow`: the answer `name`, then `fields` (id -> label).

    `every`: entries of all the times the module was done, else of the last.
    """

    flow: str
    entries: str
    name: str
    fields: Mapping[str, str]
    every: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A row for each entry of a repeat; `columns` are question id -> heading. An empty cell says `blank`."""

    flow: str
    entries: str
    columns: Mapping[str, str]
    blank: str
    every: bool = False


@dataclass(frozen=True, slots=True)
class Piles:
    """Cards that were sorted, in the piles that `keep` names, each with its icon (none: all, without)."""

    ref: Ref
    title: str
    keep: Mapping[str, Icon] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scales:
    """Several scales beside one another: `refs` are answer -> label. `every`: each time the module was done.

    Those of another module than the last stand beside it, and never alone.
    """

    refs: tuple[tuple[Ref, str], ...]
    title: str
    every: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture made of the answers of `flow`."""

    picture: Picture
    flow: str


@dataclass(frozen=True, slots=True)
class Scored:
    """The list `criteria` against the entries of a repeat, called by their answer `name`: what the person gives to each
    pair, from 0 to 10, on their own page. `blank` stands where they gave nothing; nothing is ever added up."""

    criteria: Ref
    flow: str
    entries: str
    name: str
    title: str
    blank: str


Block: TypeAlias = Words | Cards | Grid | Piles | Scales | Drawn | Scored


@dataclass(frozen=True, slots=True)
class Part:
    """`empty` is an invitation, shown while nothing is there; `fresh`: it begins a page; `session` dates it."""

    id: str
    title: str
    empty: str
    blocks: tuple[Block, ...]
    intro: str = ""
    session: str = ""
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Deliverable:
    """`about` says what it is; `own`: for its author alone, and not for the coach. `wide`: A4 on its side."""

    id: str
    title: str
    about: str
    built: Built
    formats: tuple[Format, ...]
    parts: tuple[Part, ...] = ()
    own: bool = False
    wide: bool = False
    file: str = ""


@dataclass(frozen=True, slots=True)
class _Reading:
    """`flows`, `sessions` None: what is named is not checked."""

    page: Page
    flows: Flows | None
    sessions: Collection[str] | None
    seen: set[str] = field(default_factory=set)


def read_deliverables(
    file: str, text: str, flows: Flows | None = None, sessions: Collection[str] | None = None
) -> tuple[Deliverable, ...]:
    """In the order they are shown. Raises `SourceErrors` with all that is wrong in the file."""
    page = Page(file)
    reading = _Reading(page, flows, sessions)
    nodes = series(page, page.root(text), "« - document: … », un tiret par document")
    found = tuple(_deliverable(reading, node) for node in nodes)
    page.close()
    return found


def _deliverable(reading: _Reading, node: Node) -> Deliverable:
    page = reading.page
    known = ("document", "title", "about", "built", "formats", "own", "wide", "file", "parts")
    sheet = Sheet.open(page, node, known)
    id = _once(reading, sheet, "document")
    kind = sheet.get("built")
    built = one_of(page, kind, get_args(Built), "reponses")
    nodes = series(page, sheet.get("parts"), "« - part: … », un tiret par partie")
    mistaken = isinstance(kind, Leaf) and kind.text not in get_args(Built)
    if built == "reponses" and not nodes and not mistaken and not sheet.broken:
        page.fault(sheet.mark, "un document sans partie", "« parts: », avec au moins une partie")
    listed = series(page, sheet.need("formats"), "« [pdf, docx] »")
    if not listed and isinstance(sheet.get("formats"), Series):
        page.fault(sheet.at("formats"), "aucun format", "« [pdf, docx] »")
    formats = tuple(one_of(page, each, get_args(Format), "pdf") for each in listed)
    file = name(page, sheet.get("file")) or id
    parts = tuple(_part(reading, f"{id}.", each) for each in nodes)
    return Deliverable(id, line(page, sheet.need("title"), TITLE), line(page, sheet.need("about"), INTRO), built,
                       formats, parts, flag(page, sheet.get("own")), flag(page, sheet.get("wide")), file)  # fmt: skip


def _once(reading: _Reading, sheet: Sheet, key: str, within: str = "") -> str:
    id = name(reading.page, sheet.need(key))
    if within + id in reading.seen and id:
        reading.page.fault(sheet.at(key), f"« {id} » est déjà pris plus haut", "un autre identifiant")
    reading.seen.add(within + id)
    return id


def _part(reading: _Reading, within: str, node: Node) -> Part:
    page = reading.page
    sheet = Sheet.open(page, node, ("part", "title", "empty", "intro", "session", "fresh", "blocks"))
    nodes = series(page, sheet.need("blocks"), "« - words: … », un tiret par bloc")
    blocks = tuple(block for each in nodes if (block := _block(reading, each)))
    return Part(_once(reading, sheet, "part", within), line(page, sheet.need("title"), TITLE),
                line(page, sheet.need("empty"), INTRO), blocks, line(page, sheet.get("intro"), INTRO),
                _session(reading, sheet), flag(page, sheet.get("fresh")))  # fmt: skip


def _session(reading: _Reading, sheet: Sheet) -> str:
    id = words(reading.page, sheet.get("session"))
    if reading.sessions is not None and id.strip() and id not in reading.sessions:
        unknown(reading.page, sheet.at("session"), "séance inconnue", id, list(reading.sessions))
    return id


# --- blocks ----------------------------------------------------------------------------------

KINDS = ("words", "cards", "grid", "piles", "scales", "drawing", "scored")
BLOCK = (*KINDS, "title", "name", "fields", "columns", "blank", "keep", "every", "flow", "criteria")


def _block(reading: _Reading, node: Node) -> Block | None:
    sheet = Sheet.open(reading.page, node, BLOCK)
    kind = next((each for each in KINDS if each in sheet.rows), None)
    match kind:
        case "words":
            return Words(_ref(reading, sheet.get("words")), _title(reading, sheet))
        case "cards":
            flow, entries = _repeat(reading, sheet, "cards")
            above = words(reading.page, sheet.need("name"))
            inside = _labelled(reading, sheet, "fields", flow, entries)
            _inside(reading, sheet.at("name"), flow, entries, above)
            return Cards(flow, entries, above, inside, flag(reading.page, sheet.get("every")))
        case "grid":
            flow, entries = _repeat(reading, sheet, "grid")
            columns = _labelled(reading, sheet, "columns", flow, entries)
            blank = line(reading.page, sheet.need("blank"), NAME)
            return Grid(flow, entries, columns, blank, flag(reading.page, sheet.get("every")))
        case "piles":
            ref = _ref(reading, sheet.get("piles"), Sort)
            return Piles(ref, _title(reading, sheet), _kept(reading, sheet, ref))
        case "scales":
            listed = rows(reading.page, sheet.get("scales"), "« module.question: des mots »")
            refs = tuple((_ref(reading, key, Scale), line(reading.page, value, NAME)) for key, value in listed)
            return Scales(refs, _title(reading, sheet), flag(reading.page, sheet.get("every")))
        case "scored":
            flow, entries = _repeat(reading, sheet, "scored")
            above = words(reading.page, sheet.need("name"))
            _inside(reading, sheet.at("name"), flow, entries, above)
            criteria = _ref(reading, sheet.need("criteria"), Items)
            blank = line(reading.page, sheet.need("blank"), NAME)
            return Scored(criteria, flow, entries, above, _title(reading, sheet), blank)
        case "drawing":
            picture = one_of(reading.page, sheet.get("drawing"), get_args(Picture), "bateau")
            return Drawn(picture, _flow(reading, sheet.at("flow"), words(reading.page, sheet.need("flow"))))
        case _:
            if not sheet.broken:
                reading.page.fault(
                    sheet.mark, "ce bloc ne dit pas ce qu'il montre", "une de ces clés : " + ", ".join(KINDS)
                )
            return None


def _title(reading: _Reading, sheet: Sheet) -> str:
    return line(reading.page, sheet.need("title"), NAME)


def _flow(reading: _Reading, at: Mark, id: str) -> str:
    if reading.flows is not None and id.strip() and id not in reading.flows:
        return unknown(reading.page, at, "module inconnu", id, sorted(reading.flows)) or id
    return id


def _ref(reading: _Reading, node: Node | None, kind: type[object] = object) -> Ref:
    text = words(reading.page, node, "« module.question »")
    flow, _, asked = text.partition(".")
    at = node.mark if node else Mark(1, 1)
    if text.strip() and not asked:
        reading.page.fault(at, f"« {text[:48]} » ne nomme pas une réponse", "« module.question »")
    flow = _flow(reading, at, flow)
    known = {each.id: each for each in _questions(_steps(reading, flow))}
    if known and asked:
        if asked not in known:
            unknown(reading.page, at, "question inconnue", asked, sorted(known))
        elif not isinstance(known[asked].answer, kind):
            reading.page.fault(at, f"« {asked} » n'a pas ce genre de réponse", "une question de ce genre")
    return Ref(flow, asked)


def _repeat(reading: _Reading, sheet: Sheet, key: str) -> tuple[str, str]:
    ref = words(reading.page, sheet.get(key), "« module.répétition »")
    flow, _, entries = ref.partition(".")
    flow = _flow(reading, sheet.at(key), flow)
    steps = _steps(reading, flow)
    known = [each.id for each in _repeats(steps)]
    if steps and ref.strip() and entries not in known:
        unknown(reading.page, sheet.at(key), "répétition inconnue", entries, known)
    return flow, entries


def _labelled(reading: _Reading, sheet: Sheet, key: str, flow: str, entries: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for id, value in rows(reading.page, sheet.need(key), "« question: un titre »"):
        _inside(reading, id.mark, flow, entries, id.text)
        found[id.text] = line(reading.page, value, NAME)
    return found


def _inside(reading: _Reading, at: Mark, flow: str, entries: str, id: str) -> None:
    """Reports a question that the repeat does not ask."""
    repeat = next((each for each in _repeats(_steps(reading, flow)) if each.id == entries), None)
    if repeat is not None and id.strip() and id not in (known := [q.id for q in _questions(repeat.steps)]):
        unknown(reading.page, at, "question inconnue", id, known)


def _kept(reading: _Reading, sheet: Sheet, ref: Ref) -> Mapping[str, Icon]:
    """The piles that are shown, with their icons; reports those that the sorting has not."""
    asked = next((q for q in _questions(_steps(reading, ref.flow)) if q.id == ref.question), None)
    piles = list(asked.answer.piles) if asked is not None and isinstance(asked.answer, Sort) else None
    found: dict[str, Icon] = {}
    for id, value in rows(reading.page, sheet.get("keep"), "« pile: check »"):
        if piles is not None and id.text not in piles:
            unknown(reading.page, id.mark, "pile inconnue", id.text, piles)
        found[id.text] = one_of(reading.page, value, get_args(Icon), "circle")
    return found


def _steps(reading: _Reading, flow: str) -> tuple[Step, ...]:
    """None for a module that is not known, or whose own file could not be read."""
    made = reading.flows.get(flow) if reading.flows is not None else None
    return made.steps if made is not None else ()


def _questions(steps: Sequence[Step]) -> Iterator[Question]:
    for step in steps:
        match step:
            case Question():
                yield step
            case Section(steps=inner) | Repeat(steps=inner):
                yield from _questions(inner)


def _repeats(steps: Sequence[Step]) -> Iterator[Repeat]:
    for step in steps:
        if isinstance(step, Repeat):
            yield step
        elif isinstance(step, Section):
            yield from _repeats(step.steps)
