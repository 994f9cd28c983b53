"""What people wrote, as the files of Word and of spreadsheets can hold it: XML, which has no place for some signs.

Everything else stays as it was written. Knows no document.
"""

import re
import unicodedata
from typing import Final

BREAKS: Final = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
"""Other ways to end a line: each becomes a line feed."""

NEVER: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
"""Signs of control, what XML refuses, and those that would turn around all that follows them."""


def inscribed(text: str) -> str:
    """Without the signs above; half of a pair of surrogates, which says nothing alone, becomes U+FFFD."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return NEVER.sub("", BREAKS.sub("\n", whole))


def rightwards(text: str) -> bool:
    """Whether it is read from the right: its first letter that has a direction says so."""
    found = (unicodedata.bidirectional(c) for c in text)
    return next((way for way in found if way in ("L", "R", "AL")), "L") != "L"


def units(text: str) -> int:
    """Its length as Word and spreadsheets count, in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2
