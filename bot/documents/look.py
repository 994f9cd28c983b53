"""The one look: colours, type and space of everything that is drawn. Knows no shape."""

from typing import Final

PAPER: Final = "#FBF8F3"
SAND: Final = "#EFE7DA"
INK: Final = "#1E2A32"
PETROL: Final = "#0F5C63"
TERRACOTTA: Final = "#B4472F"
SAGE: Final = "#4F7358"
"""You are here, and done: the same grey, so never without a shape or a word."""

GREY: Final = "#5C6870"
"""Secondary text; 4.7 to 1 on sand, 5.4 to 1 on paper."""

WATER: Final = "#E3E8E5"
"""A tenth of petrol on paper."""

FAMILY: Final = "'Atkinson Hyperlegible Next', 'Atkinson Hyperlegible', Verdana, sans-serif"
SIGNS: Final = "Noto Emoji"
"""The face of emoji, in one colour."""
SCRIPTS: Final = "DejaVu Sans Mono"
"""The face of Arabic, Greek and Cyrillic that the compiler of pictures holds; a reader without it has their own."""

SMALL: Final = 14
BODY: Final = 16
LARGE: Final = 20
TITLE: Final = 28

UNIT: Final = 8
CORNER: Final = 8
MEASURE: Final = 560
"""Room for about 66 characters of body text."""


LEADING: Final = 1.5
CLOSE: Final = 1.3
"""From one line to the next, in sizes of its text: where one reads, and in a picture."""


def leading(size: float) -> float:
    """From one line of text to the next."""
    return size * LEADING
