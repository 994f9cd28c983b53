"""A first name as it is kept: on one line, nothing hidden in it. Knows no table."""

import unicodedata

from bot.desk import DeskError

LONGEST = 64
"""Characters of a first name."""

JOINERS = "\u200c\u200d"
"""Invisible, but emoji and several scripts are written with them."""


def cleaned(name: str) -> str:
    """A first name on one line, without what is invisible or turns the text around; raises DeskError: bad_name."""
    kept = "".join(_shown(char) for char in unicodedata.normalize("NFC", name))
    words = " ".join(kept.split())
    if not words.strip(JOINERS) or len(words) > LONGEST:
        raise DeskError("bad_name")
    return words


def _shown(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    return "" if category in ("Cf", "Cs", "Cn", "Co") and char not in JOINERS else char
