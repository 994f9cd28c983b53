"""Keeps the token, and what people wrote, out of error texts. Knows no particular token."""

import re

MASK = "masked"
"""Stands for the token wherever a library might print it. No sign that an address would have to encode."""

_TOKEN = re.compile(r"(?<=bot)\d+(?::|%3A)[\w-]+|\b\d{3,}(?::|%3A)[\w-]{30,}", re.IGNORECASE)
_QUOTED = re.compile(r'".*"', re.DOTALL)
_LONGEST = 200


def redact(text: str) -> str:
    """`text` without any bot token, whether alone or inside an address."""
    return _TOKEN.sub(MASK, text)


def describe(text: str) -> str:
    """An error text of the Bot API fit to be stored or logged: no token, no quotation of the message, 200 characters.

    « can't parse entities » quotes the words it stumbled on, which may be a person's.
    """
    return redact(_QUOTED.sub('"…"', text))[:_LONGEST]
