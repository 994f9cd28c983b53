"""Words, numbers and days as people write them: « 2 500 € », « hier », « mars 2019 ».

Knows no question.
"""

import re
import unicodedata
from datetime import date, timedelta


class Unreadable(Exception):
    """The reply is not of the kind the question asks for; `reason` names the phrase that says so (S13)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def plain(text: str) -> str:
    """Letters and digits only, without case or accents: how typed labels are compared (S13)."""
    flat = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.sub(r"[^a-z0-9]+", " ", "".join(c for c in flat if not unicodedata.combining(c))).split())


def number(text: str) -> int | float:
    """« 2 500 € », « 2,5k », « -3 » as a number; raises `Unreadable`."""
    flat = re.sub(r"[\s\u00a0\u202f]", "", text.casefold())
    found = re.fullmatch(r"\D{0,12}?(-?\d+(?:[.,]\d+)?)(k|m)?(?:€|euros?|eur|[a-zéû%/°.]*)", flat)
    if not found:
        raise Unreadable("not_a_number")
    whole, _, thousands = found[1].partition(".")
    digits = whole + thousands if len(thousands) == 3 and not found[2] else found[1]
    value = float(digits.replace(",", ".")) * {"k": 1_000, "m": 1_000_000}.get(found[2] or "", 1)
    return int(value) if value == int(value) else value


MONTHS = [
    "janvier",
    "fevrier",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "aout",
    "septembre",
    "octobre",
    "novembre",
    "decembre",
]
RELATIVE = {"aujourd hui": 0, "hier": -1, "avant hier": -2, "demain": 1}


def day(text: str, today: date | None) -> str:
    """« hier », « mars 2019 », « 12/05/2019 », « le 3 mars 2019 » as ISO; raises `Unreadable`."""
    words = plain(text)
    if today and words in RELATIVE:
        return (today + timedelta(days=RELATIVE[words])).isoformat()
    found = (
        _dated(re.search(r"\b(\d{4}) (\d{1,2}) (\d{1,2})\b", words), 1, 2, 3)
        or _dated(re.search(r"\b(\d{1,2}) (\d{1,2}) (\d{4})\b", words), 3, 2, 1)
        or _named(words)
        or _monthly(re.search(r"\b(\d{1,2}) (\d{4})\b", words))
        or _yearly(re.search(r"\b((?:19|20)\d{2})\b", words))
    )
    if not found:
        raise Unreadable("not_a_date")
    return found


def _dated(found: re.Match[str] | None, year: int, month: int, dom: int) -> str | None:
    if not found:
        return None
    try:
        return date(int(found[year]), int(found[month]), int(found[dom])).isoformat()
    except ValueError:
        return None


def _named(words: str) -> str | None:
    found = re.search(r"(?:\b(\d{1,2})(?:er)? )?\b(" + "|".join(MONTHS) + r")\b(?: (\d{4}))\b", words)
    if not found:
        return None
    month = MONTHS.index(found[2]) + 1
    if not found[1]:
        return f"{found[3]}-{month:02}"
    try:
        return date(int(found[3]), month, int(found[1])).isoformat()
    except ValueError:
        return None


def _monthly(found: re.Match[str] | None) -> str | None:
    return f"{found[2]}-{int(found[1]):02}" if found and 1 <= int(found[1]) <= 12 else None


def _yearly(found: re.Match[str] | None) -> str | None:
    return found[1] if found else None
