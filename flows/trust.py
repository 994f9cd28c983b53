"""What people are told of what is kept of them, as its author writes it: each thing they may agree to, and the notice.

Knows nobody: who agreed to what, and when, is the store's business.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Literal, TypeAlias, get_args

from flows.envois import Flows, given
from flows.model import Given
from flows.page import Leaf, Node, Page, Series
from flows.place import place
from flows.prose import label, line
from flows.sheet import Sheet, day, name, one_of, series, words

Kind: TypeAlias = Literal["sante", "ia", "voix", "temoignage", "rappels"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""Separate consents (RGPD art. 7 and 9.2.a); `rappels` may be refused rather than given: the contract brings them."""

SCREEN = 1200
"""UTF-16 units of a text that is read before deciding: one screen of a phone and a half."""

LABELLED = re.compile(r"[0-9]{4}-[0-9]{2}")
FIELD = re.compile(r"\{([^{}]*)\}")
LONE = re.compile(r"[{}]")
AGREED = ("coach", "date")
KEEPER = ("organisation", "contact", "dpo", "hosting")


@dataclass(frozen=True, slots=True)
class Consent:
    """One thing to agree to. `version` changes with any of its words; `given` and `withdrawn` are said afterwards.

    `answers`: the answers of a module that give it; any other answer to the same question takes it back.
    """

    kind: Kind
    version: str
    title: str
    text: str
    given: str
    withdrawn: str
    answers: Given = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the notice, behind its button."""

    id: str
    button: str
    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What a person must be told (RGPD art. 13). `summary` comes first, `parts` when they are asked for."""

    version: str
    since: date
    summary: str
    parts: tuple[Part, ...]

    def part(self, id: str) -> Part | None:
        return next((part for part in self.parts if part.id == id), None)


def read_consents(file: str, text: str, flows: Flows | None = None) -> tuple[Consent, ...]:
    """All of KINDS, each once; `flows` are those whose answers may give one. Raises `SourceErrors`."""
    page = Page(file)
    root = page.root(text)
    found: list[Consent] = []
    for node in series(page, root, "« - consent: sante », un tiret par accord"):
        one = _consent(page, node, flows)
        if one.kind in [other.kind for other in found]:
            page.fault(node.mark, f"l'accord « {one.kind} » est écrit deux fois", "un tiret par accord")
        found.append(one)
    missing = [kind for kind in KINDS if kind not in [one.kind for one in found]]
    if isinstance(root, Series) and missing and not page.faults:
        page.fault(root.mark, f"il manque l'accord « {missing[0]} »", f"« - consent: {missing[0]} », avec ses textes")
    page.close()
    return tuple(found)


def _consent(page: Page, node: Node, flows: Flows | None) -> Consent:
    sheet = Sheet.open(page, node, ("consent", "version", "title", "text", "given", "withdrawn", "answers"))
    kind = one_of(page, sheet.need("consent"), KINDS, "sante")
    dated = words(page, sheet.need("version"), "une année et un mois : « 2026-11 »")
    if dated.strip() and not LABELLED.fullmatch(dated):
        page.fault(sheet.at("version"), f"« {dated[:48]} » ne date pas un texte", "une année et un mois : « 2026-11 »")
    title = label(page, sheet.need("title"))
    text, yes, no = (_filled(page, sheet.need(key), AGREED) for key in ("text", "given", "withdrawn"))
    mark = sha256("\0".join([title, text, yes, no]).encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return Consent(kind, f"{dated}-{mark}", title, text, yes, no, given(page, sheet.get("answers"), flows))


def read_notice(file: str, text: str) -> Notice:
    """Raises `SourceErrors` with all that is wrong in the file."""
    page = Page(file)
    sheet = Sheet.open(page, page.root(text), ("version", "since", "summary", "parts"))
    parts: list[Part] = []
    nodes = series(page, sheet.need("parts"), "« - part: … », un tiret par partie")
    for node in nodes:
        held = Sheet.open(page, node, ("part", "button", "text"))
        part = Part(name(page, held.need("part")), label(page, held.need("button")), _filled(page, held.need("text")))
        if part.id in [other.id for other in parts]:
            page.fault(node.mark, f"« {part.id} » est déjà pris plus haut", "un autre identifiant")
        parts.append(part)
    read = Notice(
        words(page, sheet.need("version"), "« 2026-11 »"),
        day(page, sheet.need("since")),
        _filled(page, sheet.need("summary")),
        tuple(parts),
    )
    page.close()
    return read


def _filled(page: Page, node: Node | None, known: Collection[str] = KEEPER) -> str:
    """Prose with `{fields}` that the house fills in."""
    text = line(page, node, SCREEN)
    for found in FIELD.finditer(node.text if isinstance(node, Leaf) else ""):
        if found[1] not in known and isinstance(node, Leaf):
            at = place(page, node, found.start())
            page.fault(at, f"« {found[1][:48]} » n'est pas un champ", _among(sorted(known)))
    if isinstance(node, Leaf) and (lone := LONE.search(FIELD.sub(lambda found: " " * len(found[0]), node.text))):
        page.fault(place(page, node, lone.start()), "une accolade seule", _among(sorted(known)))
    return text


def _among(known: Sequence[str]) -> str:
    return "un de ces champs : " + ", ".join(f"{{{name}}}" for name in known)
