"""What somebody without an invitation may look at, as its author writes it: pages, and the formats one may choose.

Knows nobody, and keeps nothing: a page is said and forgotten.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from flows.page import Leaf, Node, Page
from flows.prose import label, line
from flows.sheet import Sheet, decimal, flag, name, one_of, rows, series, unknown, words

PAGE = 900
"""UTF-16 units of a page: one screen of a phone."""

CARD = 500
HELD = 40
"""Bytes of a format's name in a coach's button, beside a person's number."""

MOST = 3
"""Benefits that somebody may choose."""

PAGES = ("accueil", "frise", "benefices", "pour_qui", "temoignages", "formats", "echange")
"""Every page, as its author names it."""

Column: TypeAlias = Literal["pro", "perso"]
NEVER = ("bilan", "cpf")
"""Words that a format may not use unless it says `oui` to the key (Code du travail L6313-4 and D6323-6)."""

DENIED = "n’est pas un bilan de compétences"
"""How a format may say what it is not."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A page and the button that leads to it."""

    button: str
    text: str


@dataclass(frozen=True, slots=True)
class Leaflet:
    """A card of a page: what one may gain, or a situation one may recognise. `column` is empty for the latter."""

    id: str
    label: str
    text: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class Talk:
    """The free talk before anything is decided: `text` tells what it is, the others answer each step of booking it."""

    button: str
    text: str
    none: str
    confirm: str
    consent: str
    booked: str
    taken: str


@dataclass(frozen=True, slots=True)
class Discovery:
    """Every page. `columns` names the two sorts of benefits; `nobody` is said while no testimonial is published."""

    welcome: str
    road: Panel
    benefits: Panel
    columns: Mapping[str, str]
    cards: tuple[Leaflet, ...]
    whom: Panel
    situations: tuple[Leaflet, ...]
    testimonials: Panel
    nobody: str
    formats: Panel
    talk: Talk


@dataclass(frozen=True, slots=True)
class Format:
    """A way to follow a programme. `hours` are accompanied ones; `price` None: on request; `bilan`: one by law.

    One that is not `open` is shown, and nobody can be enrolled in it yet.
    """

    id: str
    title: str
    summary: str
    programme: str
    sessions: tuple[str, ...]
    hours: float
    ai: bool
    cpf: bool
    bilan: bool
    referent: bool
    open: bool
    price: float | None
    currency: str


def read_discovery(file: str, text: str) -> Discovery:
    """Raises `SourceErrors` with all that is wrong in the file."""
    page = Page(file)
    sheet = Sheet.open(page, page.root(text), PAGES)
    benefits = Sheet.open(page, sheet.need("benefices"), ("button", "text", "columns", "cards"))
    whom = Sheet.open(page, sheet.need("pour_qui"), ("button", "text", "situations"))
    told = Sheet.open(page, sheet.need("temoignages"), ("button", "text", "empty"))
    columns = {key.text: label(page, node) for key, node in rows(page, benefits.need("columns"), '« pro: "…" »')}
    found = Discovery(
        welcome=_said(page, Sheet.open(page, sheet.need("accueil"), ("text",)), "text"),
        road=_panel(page, Sheet.open(page, sheet.need("frise"), ("button", "text"))),
        benefits=_panel(page, benefits),
        columns=columns,
        cards=_cards(page, benefits.need("cards"), True),
        whom=_panel(page, whom),
        situations=_cards(page, whom.need("situations"), False),
        testimonials=_panel(page, told),
        nobody=_said(page, told, "empty"),
        formats=_panel(page, Sheet.open(page, sheet.need("formats"), ("button", "text"))),
        talk=_talk(page, sheet.need("echange")),
    )
    for column in get_args(Column):
        if "columns" in benefits.rows and column not in columns:
            page.fault(benefits.at("columns"), f"la colonne « {column} » manque", f'« {column}: "…" »')
    page.close()
    return found


def _panel(page: Page, sheet: Sheet) -> Panel:
    return Panel(label(page, sheet.need("button")), _said(page, sheet, "text"))


def _said(page: Page, sheet: Sheet, key: str) -> str:
    return line(page, sheet.need(key), PAGE)


def _talk(page: Page, node: Node | None) -> Talk:
    keys = ("text", "none", "confirm", "consent", "booked", "taken")
    sheet = Sheet.open(page, node, ("button", *keys))
    return Talk(label(page, sheet.need("button")), *(_said(page, sheet, key) for key in keys))


def _cards(page: Page, node: Node | None, in_columns: bool) -> tuple[Leaflet, ...]:
    return tuple(
        _card(page, name(page, key), value, in_columns) for key, value in rows(page, node, "une ligne par carte")
    )


def _card(page: Page, id: str, node: Node, in_columns: bool) -> Leaflet:
    sheet = Sheet.open(page, node, ("label", "text", *(("column",) if in_columns else ())))
    column = one_of(page, sheet.need("column"), get_args(Column), "pro") if in_columns else ""
    return Leaflet(id, label(page, sheet.need("label")), line(page, sheet.need("text"), CARD), column)


# --- formats ---------------------------------------------------------------------------------

FORMAT = (
    *("format", "title", "summary", "programme", "sessions", "hours"),
    *("ai", "cpf", "bilan", "referent", "open", "price", "currency"),
)


def read_formats(file: str, text: str, programmes: Mapping[str, tuple[str, ...] | None]) -> tuple[Format, ...]:
    """`programmes` are those that exist, each with its sessions, None when not known. Raises `SourceErrors`."""
    page = Page(file)
    nodes = series(page, page.root(text), "« - format: … », un tiret par format")
    found = tuple(_format(page, node, programmes) for node in nodes)
    for nth, (node, one) in enumerate(zip(nodes, found, strict=True)):
        if one.id in [other.id for other in found[:nth]]:
            page.fault(node.mark, f"« {one.id} » est déjà pris plus haut", "un autre identifiant")
    page.close()
    return found


def _format(page: Page, node: Node, programmes: Mapping[str, tuple[str, ...] | None]) -> Format:
    sheet = Sheet.open(page, node, FORMAT)
    programme = name(page, sheet.need("programme"))
    if programme.strip() and programme not in programmes:
        unknown(page, sheet.at("programme"), "programme inconnu", programme, sorted(programmes))
    price = sheet.need("price")
    made = Format(
        name(page, sheet.need("format")),
        line(page, sheet.need("title"), 64),
        line(page, sheet.need("summary")),
        programme,
        tuple(_session(page, each, programmes.get(programme)) for each in series(page, sheet.need("sessions"), "[S1]")),
        float(decimal(page, sheet.need("hours"))),
        flag(page, sheet.get("ai")),
        flag(page, sheet.get("cpf")),
        flag(page, sheet.get("bilan")),
        flag(page, sheet.get("referent")),
        flag(page, sheet.need("open")),
        None if isinstance(price, Leaf) and price.text == "non" else float(decimal(page, price)),
        words(page, sheet.need("currency"), "« EUR »"),
    )
    _named(page, sheet, made)
    if len(made.id) > HELD:
        page.fault(sheet.at("format"), "un identifiant trop long pour un bouton", f"{HELD} caractères au plus")
    return made


def _session(page: Page, node: Node, known: tuple[str, ...] | None) -> str:
    id = words(page, node, "une séance : « S1 »")
    if id.strip() and known is not None and id not in known:
        unknown(page, node.mark, "séance inconnue", id, known)
    return id


def _named(page: Page, sheet: Sheet, made: Format) -> None:
    """A format that is not one may not be called a bilan, nor speak of the CPF."""
    for word in NEVER:
        for where in ("title", "summary") if not getattr(made, word) else ():
            if word in getattr(made, where).casefold().replace(DENIED, ""):
                page.fault(sheet.at(where), f"« {word} » dans un format où « {word} » vaut non", "un autre mot")
    if made.ai and not made.sessions and not made.referent:
        page.fault(sheet.mark, "un format sans séance n'a pas de référent", "« referent: oui », une personne à joindre")
