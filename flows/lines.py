"""Words that somebody pasted, cut into lines that can be ticked one by one, and the ticks themselves.

Cuts as the text itself does: line ends, bullets and numbers, then sentences where a paragraph is long. Changes no word.
Knows no question and no road.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, TypeAlias

from flows.model import Kept
from flows.spoken import Unreadable

Ticks: TypeAlias = dict[str, list[str]]
"""`lines`: every line that was ever ticked, in the order of their first tick, which names them for good; `ticked`: the
places in it of those that stand, as the text has them. While it is being answered, `page` too: the one shown."""

LINES, TICKED, PAGE = "lines", "ticked", "page"

SHOWN: Final = 8
"""Lines on a page."""

PARAGRAPH: Final = 50
"""Characters over which a line is cut into its sentences."""

SHORTEST: Final = 2
HEADING: Final = 80
BULLETS: Final = frozenset("•‣◦⁃∙·*-–—>→➢➤►▶")
NUMBER = re.compile(r"(?:\d{1,2}|[a-z])[.)°]\s+(?=\S)")
RUN_IN = re.compile(r"\s+[•‣◦∙▪●]\s+")
SENTENCE = re.compile(r"(?<=[.!?…])\s+(?=[A-ZÀ-ÖØ-Ý«\"0-9])|(?<=;)\s+")
SHORTENED = ("m.", "mme.", "ex.", "cf.", "env.", "min.", "max.", "p.")
"""A full stop after these ends no sentence."""

TYPED = re.compile(r"(?:les? )?(?:lignes?|n°s?|numéros?)?\s*\d+(?:(?:[\s,;]|et)+\d+)*[\s.]*", re.IGNORECASE)
"""« 1, 3 et 5 », as somebody who does not press writes it."""

FORWARD, BACK = "!suite", "!avant"
"""How the value of a button that turns the page begins; the page follows."""


def lines(text: str) -> tuple[str, ...]:
    """The lines of `text` that say something, each once, in their order; a heading (« Vos missions : ») is none."""
    found: dict[str, str] = {}
    for row in _rows(text):
        for piece in _sentences(row):
            line = " ".join(_bare(piece).split())
            if len(line) >= SHORTEST and not (line.endswith(":") and len(line) <= HEADING):
                found.setdefault(line.casefold(), line)
    return tuple(found.values())


def ticks(value: object) -> dict[int, str]:
    """The lines that stand ticked, by the place that names them, in the order of the text; none in any other value."""
    if not isinstance(value, Mapping) or TICKED not in value:
        return {}
    return {int(at): value[LINES][int(at)] for at in value[TICKED]}


def offered(text: str, value: object) -> tuple[str, ...]:
    """What can be ticked: the lines of the text, and those that were ticked and stand in it no more."""
    found = lines(text)
    return (*found, *(line for line in ticks(value).values() if line not in found))


def sign(line: str) -> str:
    """What a button says for a line: it outlives a change of the lines around it."""
    return sha256(line.encode()).hexdigest()[:10]


def begun(value: object) -> Ticks:
    """A draft: what was ticked before, at its first page."""
    held = value if isinstance(value, Mapping) else {}
    return {LINES: list(held.get(LINES, ())), TICKED: list(held.get(TICKED, ())), PAGE: list(held.get(PAGE, ["0"]))}


def emptied(value: object) -> Ticks:
    """The same with nothing ticked: the names of the lines stay theirs."""
    return begun(value) | {TICKED: []}


def pages(offer: Sequence[str]) -> int:
    return max(1, -(-len(offer) // SHOWN))


def page(offer: Sequence[str], draft: Any) -> int:
    """The page that is shown, from 0."""
    held = begun(draft)[PAGE]
    return min(int(held[0]) if held else 0, pages(offer) - 1)


def pressed(offer: Sequence[str], most: int, draft: Any, choice: str) -> Ticks:
    """The draft once a button was pressed; raises `Unreadable`."""
    held = begun(draft)
    for turn in (FORWARD, BACK):
        if choice.startswith(turn) and choice[len(turn) :].isdecimal():
            return held | {PAGE: [choice[len(turn) :]]}
    line = next((each for each in offer if sign(each) == choice[1:]), None)
    if line is None:
        raise Unreadable("not_an_option")
    return _set(offer, held, line, choice[0] == "+", most)


def typed(offer: Sequence[str], most: int, draft: Any, text: str) -> Ticks:
    """The draft with the lines whose numbers were written; raises `Unreadable` for anything but numbers of lines."""
    numbers = [int(found) for found in re.findall(r"\d+", text)] if TYPED.fullmatch(text.strip()) else []
    if not numbers or not all(1 <= number <= len(offer) for number in numbers):
        raise Unreadable("not_a_line")
    held = begun(draft)
    for number in numbers:
        held = _set(offer, held, offer[number - 1], True, most)
    return held


def kept(draft: Any) -> Kept:
    """The answer that a draft amounts to."""
    held = begun(draft)
    return Kept({LINES: held[LINES], TICKED: held[TICKED]} if held[LINES] else None)


def _set(offer: Sequence[str], held: Ticks, line: str, on: bool, most: int) -> Ticks:
    known = held[LINES] if line in held[LINES] or not on else [*held[LINES], line]
    rest = [at for at in held[TICKED] if known[int(at)] != line]
    if not on:
        return held | {TICKED: rest}
    if len(rest) >= most:
        raise Unreadable("too_many")
    order = {each: nth for nth, each in enumerate(offer)}
    ticked = sorted([*rest, str(known.index(line))], key=lambda at: order.get(known[int(at)], len(order)))
    return held | {LINES: known, TICKED: ticked}


# --- cutting -------------------------------------------------------------------------------------


def _rows(text: str) -> list[str]:
    """Lines as they were pasted; one that goes on in small letters after a bullet belongs to it."""
    found: list[str] = []
    bulleted = False
    for row in (piece for line in text.splitlines() for piece in RUN_IN.split(line.strip())):
        if not row:
            bulleted = False
            continue
        if bulleted and row[0].islower() and not NUMBER.match(row):
            found[-1] += " " + row
            continue
        bulleted = _bare(row) != row
        found.append(row)
    return found


def _sentences(row: str) -> list[str]:
    if len(row) <= PARAGRAPH:
        return [row]
    found: list[str] = []
    for piece in SENTENCE.split(row):
        if found and found[-1].lower().endswith(SHORTENED) and found[-1].lower().split()[-1].strip("(") in SHORTENED:
            found[-1] += " " + piece
        else:
            found.append(piece)
    return found


def _bare(row: str) -> str:
    """Without the bullet, the dash or the number before it."""
    while row and (row[0] in BULLETS or row[0].isspace() or unicodedata.category(row[0]) in ("So", "Mn", "Cf", "Co")):
        row = row[1:]
    return NUMBER.sub("", row, count=1).strip() if NUMBER.match(row) else row.strip()
