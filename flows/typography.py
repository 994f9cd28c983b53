"""French typography, put on once when prose is loaded, so that authors type on a plain keyboard.

Knows Markdown only as far as to leave addresses, code and `{fields}` as they are.
"""

import re

NARROW = "\u202f"
WIDE = "\u00a0"
GAP = f"[ {WIDE}{NARROW}]*"

KEPT = re.compile(
    r"(?P<fence>^(?:```|~~~).*?(?:^(?:```|~~~)|\Z))"
    r"|(?P<ticks>`+)[^`].*?(?P=ticks)"
    r"|\]\([^)\n]*\)"
    r"|<[A-Za-z][A-Za-z0-9+.-]+:[^\s<>]*>"
    r"|(?:https?://|tg://|mailto:|www\.|t\.me/)[^\s<>«»)\]]+"
    r"|&#?\w+;"
    r"|\{\w*\}",
    re.MULTILINE | re.DOTALL,
)
"""Pieces that are no prose: code, targets of links, addresses, entities, fields."""

BEFORE = r"[^\s(\[{«“:;!?]"
AFTER = r"(?=[\s»”\"'’)\]*_…]|$)"
MARKS = re.compile(
    KEPT.pattern
    + r"|(?P<apostrophe>(?<=[^\W\d_])'(?=[\w«“*{]))"
    + rf"|(?P<high>(?<={BEFORE}){GAP}(?P<sign>[!?]+(?!\[)|;){AFTER})"
    + rf"|(?P<colon>(?<={BEFORE}){GAP}:(?=[\s»*_]|$))"
    + rf"|(?P<opening>«{GAP})(?=[^\s»])"
    + rf"|(?P<closing>(?<=[^\s«]){GAP}»)",
    re.MULTILINE | re.DOTALL,
)


def french(text: str) -> str:
    """`text` with ’ for ', a narrow space before ; ! ?, a no-break space before : and inside « ».

    Changes nothing the second time.
    """
    return MARKS.sub(_set, text)


def _set(found: re.Match[str]) -> str:
    match found.lastgroup:
        case "apostrophe":
            return "’"
        case "high" | "sign":
            return NARROW + found["sign"]
        case "colon":
            return WIDE + ":"
        case "opening":
            return "«" + WIDE
        case "closing":
            return WIDE + "»"
        case _:
            return found[0]
