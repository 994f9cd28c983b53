"""Content files as an author writes them -> values of the model, or every mistake with its place and its remedy.

Takes a name and a text; never touches a disk.
"""

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from hashlib import sha256

from flows import syllabus
from flows.capsules import capsule
from flows.frozen import digest
from flows.model import Capsule, Card, Flow, Programme
from flows.page import LARGEST, Leaf, Node, Page, Rows, Series, SourceError, SourceErrors
from flows.place import place
from flows.prose import Use, line, phrase
from flows.sheet import Sheet, day, name, named, rows, series, whole, words
from flows.steps import Script, flow_steps, reminders

__all__ = [
    "FRESH",
    "LARGEST",
    "Deck",
    "Helpline",
    "SourceError",
    "SourceErrors",
    "read_capsule",
    "read_deck",
    "read_flow",
    "read_numbers",
    "read_phrases",
    "read_programme",
]

CARDS = 60
CARD_LABEL = 48
CALLED = re.compile(r"[0-9+][0-9 ]{1,18}")
USES: Mapping[Use, tuple[str, ...]] = {
    "reminder": ("rappel", "reminder", "relance"),
    "crisis": ("emergency", "urgence", "distress", "crisis_"),
    "button": ("button_", "desk_button_"),
    "page": ("map_",),
}
"""What the first letters of a phrase's key say of its use. The four ways out are worded by the programme itself."""


@dataclass(frozen=True, slots=True)
class Deck:
    """Cards to sort or to rank."""

    id: str
    title: str
    cards: tuple[Card, ...]


FRESH = timedelta(days=180)
"""How long a help number is taken as checked."""


@dataclass(frozen=True, slots=True)
class Helpline:
    """A number to call, for what, and the day someone last checked it; `line` is where it stands in its file."""

    number: str
    what: str
    checked: date
    hours: str = ""
    country: str = ""
    line: int = field(default=1, compare=False)

    def stale(self, today: date) -> bool:
        """Whether it was checked too long ago to be taken on trust."""
        return today - self.checked > FRESH


def read_deck(file: str, text: str) -> Deck:
    """Raises `SourceErrors`, as every reader here, with all that is wrong in the file."""
    page = Page(file)
    sheet = Sheet.open(page, page.root(text), ("deck", "title", "cards"))
    found = rows(page, sheet.need("cards"), '« ecoute: "Écouter" », une ligne par carte')
    if isinstance(sheet.get("cards"), Rows) and not 2 <= len(found) <= CARDS:
        page.fault(sheet.at("cards"), f"{len(found)} carte(s)", f"de 2 à {CARDS} cartes")
    deck = Deck(
        named(page, sheet.need("deck"), file),
        line(page, sheet.need("title")),
        tuple(_card(page, name(page, key), value) for key, value in found),
    )
    page.close()
    return deck


def _card(page: Page, id: str, node: Node) -> Card:
    if not isinstance(node, Rows):
        return Card(id, line(page, node, CARD_LABEL))
    sheet = Sheet.open(page, node, ("label", "text"))
    return Card(id, line(page, sheet.need("label"), CARD_LABEL), line(page, sheet.get("text")))


def read_capsule(file: str, text: str) -> Capsule:
    """Front matter, then Markdown parted by `***` lines."""
    page = Page(file)
    read = capsule(page, text)
    page.close()
    return read


def read_flow(file: str, text: str, capsules: Mapping[str, Capsule], decks: Mapping[str, Deck]) -> Flow:
    """A flow whose `version` changes whenever anything it says does, capsules and decks included (S7)."""
    page = Page(file)
    sheet = Sheet.open(page, page.root(text), ("flow", "title", "minutes", "remind", "steps"))
    cards = {id: deck.cards for id, deck in decks.items()}
    script = Script(page, capsules, cards, reminders(page, sheet.get("remind"), None))
    flow = Flow(
        id=named(page, sheet.need("flow"), file),
        title=line(page, sheet.need("title")),
        steps=flow_steps(script, sheet.need("steps")),
        minutes=whole(page, sheet.get("minutes"), 1, 120) if "minutes" in sheet.rows else None,
    )
    page.close()
    return replace(flow, version=digest(flow))


def read_programme(
    file: str,
    text: str,
    flows: Mapping[str, Flow] | None = None,
    phrases: Mapping[str, str | Mapping[str, str]] | None = None,
    warnings: list[SourceError] | None = None,
) -> Programme:
    """A programme; references are checked against `flows` (by id, `capsule:<id>` included) and `phrases` unless None.

    What hinders nothing is added to `warnings`, or goes with the `SourceErrors`.
    """
    page = Page(file)
    programme = syllabus.programme(page, page.root(text), flows, phrases)
    page.close()
    if warnings is not None:
        warnings.extend(page.warnings)
    return replace(programme, version=sha256(text.encode("utf-8")).hexdigest()[:16])


def read_phrases(file: str, text: str) -> Mapping[str, str | Mapping[str, str]]:
    """The bot's own words: key -> text with `{fields}`, or `{one, many}` chosen by `{n}`."""
    page = Page(file)
    found: dict[str, str | Mapping[str, str]] = {}
    for key, node in rows(page, page.root(text), "« clé: texte », une phrase par ligne"):
        found[name(page, key)] = _phrase(page, key.text, node)
    page.close()
    return found


def _phrase(page: Page, key: str, node: Node) -> str | Mapping[str, str]:
    if not isinstance(node, Rows):
        return _template(page, key, node)
    sheet = Sheet.open(page, node, ("one", "many"))
    return {form: _template(page, key, sheet.need(form)) for form in ("one", "many")}


def _template(page: Page, key: str, node: Node | None) -> str:
    if isinstance(node, Leaf) and node.text == "" and not node.bare:
        return ""  # "" is written on purpose: nothing is said
    text = phrase(page, node, [use for use, starts in USES.items() if key.startswith(starts)])
    if isinstance(node, Leaf):
        _fields(page, node, text)
    return text


def _fields(page: Page, node: Leaf, text: str) -> None:
    try:
        fields = list(string.Formatter().parse(text))
    except ValueError:
        return page.fault(node.mark, "une accolade seule", "« {champ} », ou « {{ » pour une vraie accolade")
    for _, slot, form, how in fields:
        if slot is not None and (not slot.isidentifier() or form or how):
            at = place(page, node, max(0, node.text.find("{" + slot)))
            page.fault(at, f"« {slot[:48]} » n'est pas un champ", "un mot seul entre accolades : « {name} »")


def read_numbers(file: str, text: str) -> tuple[Helpline, ...]:
    """The numbers shown in an emergency, in order; at least one."""
    page = Page(file)
    root = page.root(text)
    nodes = series(page, root, "« - number: … », un tiret par numéro")
    if isinstance(root, Series) and not nodes:
        page.fault(root.mark, "aucun numéro", "au moins le 3114 et le 112")
    found = tuple(_helpline(page, node) for node in nodes)
    page.close()
    return found


def _helpline(page: Page, node: Node) -> Helpline:
    sheet = Sheet.open(page, node, ("number", "what", "hours", "country", "checked"))
    number = words(page, sheet.need("number"), "un numéro")
    if number.strip() and not CALLED.fullmatch(number):
        page.fault(sheet.at("number"), f"« {number[:48]} » n'est pas un numéro", "des chiffres : « 3114 »")
    what = phrase(page, sheet.need("what"), ["crisis"])
    return Helpline(
        number,
        what,
        day(page, sheet.need("checked")),
        line(page, sheet.get("hours")),
        words(page, sheet.get("country"), "« FR »"),
        sheet.at("checked").line,
    )
