"""Names as they stand in a list for a coach or an admin, whatever script or sign they hold. Knows no table."""

from collections.abc import Sequence

from bot.conversation.house import House
from bot.telegram.render import isolated

LONGEST = 40
"""Characters of a name that are shown."""

_HIDDEN = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def named(name: str) -> str:
    """A name on one line, cut if need be; one written from right to left cannot turn what stands around it."""
    flat = " ".join("".join(c for c in name if c not in _HIDDEN).split())
    short = flat if len(flat) <= LONGEST else flat[: LONGEST - 1] + "…"
    return isolated(short)


def listed(house: House, items: Sequence[str], most: int) -> str:
    """« Anna, Paul et 12 autres »: at most `most` items by name."""
    if len(items) <= most:
        return ", ".join(items)
    shown = ", ".join(items[:most])
    return house.speech.phrases.say("roll_more", list=shown, n=len(items) - most).strip()
