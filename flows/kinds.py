"""The kind of answer a question asks for, as an author writes it: at most one of a few keys.

Knows decks by name; knows no step and no flow.
"""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from flows.model import Answer, Card, Choice, Choices, Date, Items, Lines, Media, Number, Rank, Scale, Sort, Text
from flows.notation import scale
from flows.page import Mark, Node, Page, Rows, Series
from flows.prose import LABEL, label, length, line
from flows.sheet import Sheet, decimal, flag, name, one_of, rows, series, unknown, whole
from flows.spoken import plain

Decks: TypeAlias = Mapping[str, tuple[Card, ...]]

KINDS = ("long", "choices", "scale", "number", "date", "sort", "rank", "items", "media", "lines")
DETAILS = {"most": "choices", "labels": "scale"}
FILES = ("voice", "audio", "photo", "video", "video_note", "document")
BUTTONS = 10
TICKS = 20
PRESS = 45
"""Bytes a button may hold of ours: of Telegram's 64, « a: », eleven letters of the run, four figures of the step."""


def answer(sheet: Sheet, decks: Decks) -> Answer:
    """The kind of answer of one question; free text when none is written."""
    given = [key for key in sheet.rows if key in KINDS]
    for extra in given[1:]:
        sheet.page.fault(
            sheet.keys[extra], f"un second genre de réponse, « {extra} » après « {given[0]} »", "un seul des deux"
        )
    for key, kind in DETAILS.items():
        if key in sheet.rows and given[:1] != [kind]:
            sheet.page.fault(sheet.keys[key], f"« {key} » ne va qu'avec « {kind} »", f"« {kind}: … », ou rien")
    match given[0] if given else None:
        case "choices":
            return _choices(sheet)
        case "scale":
            return _scale(sheet)
        case "number":
            return _number(sheet)
        case "date":
            return Date() if flag(sheet.page, sheet.get("date")) else Text()
        case "sort":
            return _sort(sheet, decks)
        case "rank":
            return _rank(sheet, decks)
        case "items":
            return _items(sheet)
        case "media":
            return _media(sheet)
        case "lines":
            return _lines(sheet)
        case _:
            return Text(flag(sheet.page, sheet.get("long")))


def _choices(sheet: Sheet) -> Answer:
    found = options(sheet.page, sheet.get("choices"))
    _pressed(sheet.page, sheet.at("choices"), found, 1 if "most" in sheet.rows else 0)
    if "most" not in sheet.rows:
        return Choice(found)
    return Choices(found, whole(sheet.page, sheet.get("most"), 2, max(2, len(found))))


def options(page: Page, node: Node | None, least: int = 2) -> dict[str, str]:
    """Buttons: id -> label, told apart by their ids and by their words (S13)."""
    found: dict[str, str] = {}
    for key, value in rows(page, node, '« oui: "Oui" », une ligne par bouton'):
        found[name(page, key)] = text = label(page, value)
        if [plain(other) or other for other in found.values()].count(plain(text) or text) > 1:
            page.fault(value.mark, f"deux boutons disent « {text} »", "des mots différents")
    if isinstance(node, Rows) and not least <= len(found) <= BUTTONS:
        page.fault(node.mark, f"{len(found)} bouton(s)", f"de {least} à {BUTTONS} boutons")
    return found


def _pressed(page: Page, at: Mark, ids: Iterable[str], beside: int) -> None:
    """An answer is held in its button, with `beside` more bytes: a sign, or the card that goes to the pile."""
    longest = max(map(len, ids), default=0)
    if longest + beside > PRESS:
        what = f"un identifiant de {longest} caractères, trop long pour un bouton"
        page.fault(at, what, f"un identifiant de {max(1, PRESS - beside)} caractères au plus")


def _scale(sheet: Sheet) -> Answer:
    low, high = scale(sheet.page, sheet.get("scale"))
    given = rows(sheet.page, sheet.get("labels"), '« 0: "à plat" »')
    return Scale(low, high, {whole(sheet.page, key, low, high): label(sheet.page, value) for key, value in given})


def _number(sheet: Sheet) -> Answer:
    page = sheet.page
    inner = Sheet.open(page, sheet.get("number"), ("unit", "low", "high"))
    unit = line(page, inner.get("unit"), LABEL)
    low = decimal(page, inner.get("low")) if "low" in inner.rows else None
    high = decimal(page, inner.get("high")) if "high" in inner.rows else None
    if low is not None and high is not None and low >= high:
        page.fault(inner.at("high"), f"« high » ({high}) ne dépasse pas « low » ({low})", f"plus que {low}")
    return Number(unit, low, high)


def _sort(sheet: Sheet, decks: Decks) -> Answer:
    inner = Sheet.open(sheet.page, sheet.get("sort"), ("deck", "piles"))
    cards = _deck(inner, decks)
    piles = options(sheet.page, inner.need("piles"))
    _pressed(sheet.page, inner.at("piles"), piles, max((len(card.id) for card in cards), default=0) + 1)
    return Sort(cards, piles)


def _rank(sheet: Sheet, decks: Decks) -> Answer:
    inner = Sheet.open(sheet.page, sheet.get("rank"), ("deck", "keep"))
    cards = _deck(inner, decks)
    _pressed(sheet.page, inner.at("deck"), (card.id for card in cards), 0)
    for card in cards:
        if length(card.label) > LABEL:
            sheet.page.fault(
                inner.at("deck"),
                f"la carte « {card.id} » devient un bouton et dépasse {LABEL} caractères",
                "une étiquette plus courte dans le jeu",
            )
    return Rank(cards, whole(sheet.page, inner.need("keep"), 1, len(cards) or 1_000))


def _deck(inner: Sheet, decks: Decks) -> tuple[Card, ...]:
    node = inner.need("deck")
    wanted = name(inner.page, node)
    if node and wanted.strip() and wanted not in decks:
        unknown(inner.page, node.mark, "jeu de cartes inconnu", wanted, sorted(decks))
    return decks.get(wanted, ())


def _items(sheet: Sheet) -> Answer:
    inner = Sheet.open(sheet.page, sheet.get("items"), ("least", "most"))
    least = whole(sheet.page, inner.get("least"), 1, 20)
    return Items(whole(sheet.page, inner.need("most"), least, 20), least)


def _media(sheet: Sheet) -> Answer:
    nodes = series(sheet.page, sheet.get("media"), "« [voice, photo] »")
    found = frozenset(one_of(sheet.page, node, FILES, "voice") for node in nodes)
    if not found and isinstance(sheet.get("media"), Series):
        sheet.page.fault(sheet.at("media"), "aucun genre de fichier", "« [voice, photo] »")
    return Media(found)


def _lines(sheet: Sheet) -> Answer:
    """What it names is looked for where the question stands."""
    inner = Sheet.open(sheet.page, sheet.get("lines"), ("of", "most"))
    return Lines(name(sheet.page, inner.need("of")), whole(sheet.page, inner.need("most"), 1, TICKS))


def values(asked: Answer) -> tuple[str, ...] | None:
    """What a condition may name of such an answer; None when it may name nothing."""
    match asked:
        case Choice(options=found) | Choices(options=found):
            return tuple(found)
        case Scale(low=low, high=high):
            return tuple(str(n) for n in range(low, high + 1))
        case Rank(cards=cards):
            return tuple(card.id for card in cards)
        case _:
            return None
