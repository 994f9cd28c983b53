"""The vendored typeface, measured: how wide a text is, and where its lines break.

Reads widths from the font files themselves; knows no kerning and draws nothing.
"""

import struct
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

FONTS: Final = Path(__file__).parent / "fonts"
FILES: Final = {False: "AtkinsonHyperlegibleNext-Regular.ttf", True: "AtkinsonHyperlegibleNext-Bold.ttf"}
JOINED: Final = frozenset("\u200d\ufe0e\ufe0f") | {chr(code) for code in range(0x1F3FB, 0x1F400)}
"""What makes one sign with the character before it: joiners, variants, skin tones."""


@dataclass(frozen=True, slots=True)
class Face:
    """Character -> advance, in ems."""

    advances: Mapping[str, float]

    def width(self, text: str, size: float) -> float:
        """What is not in the face counts as wide as it may get."""
        return size * sum(self._advance(c) for c in text)

    def draws(self, text: str) -> bool:
        """Whether every character is in the face."""
        return all(c in self.advances for c in text)

    def _advance(self, c: str) -> float:
        if c in self.advances:
            return self.advances[c]
        if c in JOINED or unicodedata.combining(c) or unicodedata.category(c) in ("Cf", "Mn", "Me"):
            return 0.0
        return self.advances.get(unicodedata.normalize("NFD", c)[0], 1.25)


@lru_cache(2)
def face(bold: bool = False) -> Face:
    return Face(_advances((FONTS / FILES[bold]).read_bytes()))


def wrapped(text: str, room: float, size: float, bold: bool = False) -> list[str]:
    """The lines of a text, none wider than `room`; a word that is too long for a line is broken."""
    lines: list[str] = []
    for paragraph in text.splitlines():
        lines.extend(_lines(face(bold), [word for word in paragraph.split(" ") if word], room, size))
    return lines or [""]


def _lines(face: Face, words: list[str], room: float, size: float) -> Iterator[str]:
    line = ""
    for word in words:
        longer = f"{line} {word}" if line else word
        if face.width(longer, size) <= room:
            line = longer
            continue
        if line:
            yield line
        *full, line = _broken(face, word, room, size)
        yield from full
    if line:
        yield line


def _broken(face: Face, word: str, room: float, size: float) -> list[str]:
    pieces, piece = [], ""
    for sign in signs(word):
        if piece and face.width(piece + sign, size) > room:
            pieces.append(piece)
            piece = ""
        piece += sign
    return [*pieces, piece]


def signs(word: str) -> Iterator[str]:
    """The word one visible sign at a time: accents and joiners stay with what they stand on."""
    sign = ""
    for c in word:
        if sign and not (unicodedata.combining(c) or c in JOINED or sign.endswith("\u200d")):
            yield sign
            sign = ""
        sign += c
    if sign:
        yield sign


# --- the font file -----------------------------------------------------------------------------


def _advances(data: bytes) -> dict[str, float]:
    tables = _tables(data)
    (em,) = struct.unpack_from(">H", data, tables["head"] + 18)
    (long,) = struct.unpack_from(">H", data, tables["hhea"] + 34)
    widths = struct.unpack_from(">" + "Hh" * long, data, tables["hmtx"])[::2]
    glyphs = _glyphs(data, tables["cmap"])
    return {chr(code): widths[min(glyph, long - 1)] / em for code, glyph in glyphs.items() if glyph}


def _tables(data: bytes) -> dict[str, int]:
    """Tag -> where the table begins."""
    (count,) = struct.unpack_from(">H", data, 4)
    records = (struct.unpack_from(">4sLLL", data, 12 + 16 * n) for n in range(count))
    return {tag.decode("ascii"): offset for tag, _, offset, _ in records}


def _glyphs(data: bytes, cmap: int) -> dict[int, int]:
    """Character -> glyph, from a table of format 4."""
    start = cmap + _format4(data, cmap)
    (twice,) = struct.unpack_from(">H", data, start + 6)
    ends, starts, deltas, ranges = (start + 14, start + 16 + twice, start + 16 + 2 * twice, start + 16 + 3 * twice)
    found: dict[int, int] = {}
    for n in range(0, twice, 2):
        last, first, delta, skip = (struct.unpack_from(">H", data, at + n)[0] for at in (ends, starts, deltas, ranges))
        for code in range(first, min(last, 0xFFFE) + 1):
            glyph = code if not skip else struct.unpack_from(">H", data, ranges + n + skip + 2 * (code - first))[0]
            found[code] = (glyph + delta) & 0xFFFF if glyph else 0
    return found


def _format4(data: bytes, cmap: int) -> int:
    (count,) = struct.unpack_from(">H", data, cmap + 2)
    offsets = [struct.unpack_from(">HHL", data, cmap + 4 + 8 * n)[2] for n in range(count)]
    return next(int(at) for at in offsets if struct.unpack_from(">H", data, cmap + at)[0] == 4)
