"""The pages for somebody without an invitation: each button says what to show, and nothing of theirs is kept.

`v:<page>:<chosen>:<about>`; `chosen` are the benefits they touched, one letter each, carried from page to page.
"""

from typing import Any

from bot.conversation.house import House
from bot.conversation.speech import Rows
from bot.conversation.update import Pressed
from bot.store.case import GREETING, Case
from flows.discovery import MOST, Discovery, Format, Leaflet

FORMAT = "decouverte"
"""The format of whoever booked a first talk and has decided nothing yet."""

ASKS = frozenset({"temoignages", "echange", "creneau", "reserve"})
"""Pages that need the store: the desk's."""

CANCEL = "v:annule"
"""The button by which a first talk is given back, without a reason."""

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def welcome(house: House, case: Case) -> None:
    """The first page, or where there is none to show: the words for a stranger."""
    known = house.library.discovery is not None
    case.send(
        "sendMessage", shown(house, "accueil", "", "") if known else house.speech.phrase("stranger"), key=GREETING
    )
    case.greeted = case.now


def pressed(house: House, case: Case, press: Pressed) -> None:
    """Turns the page in place; a page that needs the store becomes an errand."""
    page, chosen, about = parts(press.data)
    if house.library.discovery and press.data.startswith("v:") and page in ASKS:
        case.changes.errand = press
        return
    answer = {"callback_query_id": press.callback_id}
    if house.library.discovery is None or not press.data.startswith("v:") or page not in PAGES:
        return case.send("answerCallbackQuery", {**answer, "text": house.speech.label("old_button")})
    case.send("answerCallbackQuery", answer)
    return case.send("editMessageText", {**shown(house, page, chosen, about), "message_id": press.message_id})


def parts(data: str) -> tuple[str, str, str]:
    """Page, benefits chosen and what else it is about, from a button."""
    _, page, chosen, about, *_ = [*data.split(":"), "", "", "", ""]
    return page, "".join(sorted({c for c in chosen if c in LETTERS}))[:MOST], about


def shown(house: House, page: str, chosen: str, about: str) -> dict[str, Any]:
    """A page as Bot API parameters; an unknown `about` shows the page itself."""
    discovery = house.library.discovery
    assert discovery is not None
    return PAGES[page](house, discovery, chosen, about)


def back(house: House, page: str, chosen: str) -> list[tuple[str, str]]:
    return [(house.speech.label("discovery_back"), f"v:{page}:{chosen}")]


def benefits_chosen(house: House, chosen: str) -> list[str]:
    """The labels of the benefits behind the letters."""
    cards = house.library.discovery.cards if house.library.discovery else ()
    return [card.label for card, letter in zip(cards, LETTERS, strict=False) if letter in chosen]


# --- pages -----------------------------------------------------------------------------------


def _welcome(house: House, d: Discovery, chosen: str, about: str) -> dict[str, Any]:
    buttons = {"frise": d.road.button, "benefices": d.benefits.button, "pour_qui": d.whom.button,
               "formats": d.formats.button, "temoignages": d.testimonials.button, "echange": d.talk.button}  # fmt: skip
    cells = [(label, f"v:{page}:{chosen}") for page, label in buttons.items()]
    return _said(house, d.welcome, [cells[0:2], cells[2:4], cells[4:5], cells[5:6]])


def _road(house: House, d: Discovery, chosen: str, about: str) -> dict[str, Any]:
    return _said(house, d.road.text, [back(house, "accueil", chosen)])


def _benefits(house: House, d: Discovery, chosen: str, about: str) -> dict[str, Any]:
    """Two columns of cards. A touched card shows its meaning and is chosen; a column shows all of its own."""
    shown = [card for card in d.cards if about in (card.id, card.column)]
    text = "\n\n".join([d.benefits.text, *(f"**{card.label}**\n{card.text}" for card in shown)])
    columns = [[(card, letter) for card, letter in zip(d.cards, LETTERS, strict=False) if card.column == column]
               for column in d.columns]  # fmt: skip
    deep = max(len(column) for column in columns)
    heads = [(name, f"v:benefices:{chosen}:{column}") for column, name in d.columns.items()]
    rows = [[_card(*column[n], chosen) for column in columns if n < len(column)] for n in range(deep)]
    return _said(house, text, [heads, *rows, [(d.talk.button, f"v:echange:{chosen}")], back(house, "accueil", chosen)])


def _card(card: Leaflet, letter: str, chosen: str) -> tuple[str, str]:
    """The button carries the choice as it will be once pressed: twice pressed changes nothing more."""
    held = letter in chosen
    after = chosen.replace(letter, "") if held else chosen + letter if len(chosen) < MOST else chosen
    return ("✓ " if held else "") + card.label, f"v:benefices:{after}:{card.id}"


def _whom(house: House, d: Discovery, chosen: str, about: str) -> dict[str, Any]:
    one = next((card for card in d.situations if card.id == about), None)
    if one:
        return _said(house, f"**{one.label}**\n\n{one.text}", [
            [(d.talk.button, f"v:echange:{chosen}")], back(house, "pour_qui", chosen)
        ])  # fmt: skip
    rows = [[(card.label, f"v:pour_qui:{chosen}:{card.id}")] for card in d.situations]
    return _said(house, d.whom.text, [*rows, back(house, "accueil", chosen)])


def _formats(house: House, d: Discovery, chosen: str, about: str) -> dict[str, Any]:
    one = house.library.format(about)
    if one:
        rows = [[(d.talk.button, f"v:echange:{chosen}")], back(house, "formats", chosen)]
        return _said(house, described(house, one), rows)
    rows = [[(each.title, f"v:formats:{chosen}:{each.id}")] for each in house.library.formats]
    return _said(house, d.formats.text, [*rows, back(house, "accueil", chosen)])


def described(house: House, format: Format) -> str:
    """A format in Markdown: what it is, its hours, its price or that it is told on request."""
    say = house.speech.phrases.say
    hours = say("format_hours", n=format.hours, hours=_figure(format.hours)) if format.hours else say("format_alone")
    price = say("format_asked") if format.price is None else say(
        "format_price", price=_figure(format.price), currency=format.currency
    )  # fmt: skip
    closed = "" if format.open else f"\n\n{say('format_closed')}"
    return f"**{format.title}**\n\n{format.summary}\n\n{hours} {price}{closed}"


def _figure(value: float) -> str:
    """19.5 as French writes it: 19,5."""
    return f"{value:n}".replace(".", ",")


def _said(house: House, markdown: str, rows: Rows) -> dict[str, Any]:
    return house.speech.message(house.speech.written(markdown), rows)


PAGES = {"accueil": _welcome, "frise": _road, "benefices": _benefits, "pour_qui": _whom, "formats": _formats}
