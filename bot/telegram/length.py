"""Telegram HTML as Telegram measures it, cut into messages it accepts. Knows no Markdown."""

import html as _html
import re
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

MOST: Final = 4096
"""UTF-16 units of a message's text once its HTML is read (Bot API, « sendMessage »)."""

CAPTION: Final = 1024
"""The same, of what is written under a picture or a document (Bot API, « sendPhoto »)."""

_TAG = re.compile(r"<[^>]*>")
_ATOM = re.compile(r"<[^>]*>|&#?\w+;|.", re.DOTALL)
_NAME = re.compile(r"</?([\w-]+)")
_BREAKS = ("\n\n", "\n", " ")
_JOINERS = frozenset("\u200d\ufe0f\u20e3")


def units(text: str) -> int:
    """UTF-16 units, the only length Telegram knows: « é » is 1, « 🙂 » is 2."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def plain(html: str) -> str:
    """The words of Telegram HTML, without its tags."""
    return _html.unescape(_TAG.sub("", html))


def split(html: str, most: int = MOST) -> list[str]:
    """`html` in parts of at most `most` units each, every one with balanced tags; nothing of the words is lost but

    the blanks at the cuts. Cuts between paragraphs, else lines, else words, else wherever it must. Blank text gives [].
    """
    atoms = _ATOM.findall(html)
    parts, start = _Parts(), 0
    while start < len(atoms):
        end = _end(atoms, start, most)
        parts.add(atoms[start:end])
        start = end
    return parts.done


@dataclass(slots=True)
class _Parts:
    """The parts so far, and the tags open at the last cut."""

    done: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def add(self, atoms: list[str]) -> None:
        text = "".join(self.open) + "".join(atoms)
        self.open = _still_open(self.open, atoms)
        if plain(text).strip():
            closing = "".join(f"</{_name(tag)}>" for tag in reversed(self.open))
            self.done.append(_trim(text + closing))


def _end(atoms: list[str], start: int, most: int) -> int:
    """Where the part begun at `start` ends: as far as it may go, back to the best break beyond a quarter of it."""
    lengths = accumulate(0 if _is_tag(atom) else units(_html.unescape(atom)) for atom in atoms[start:])
    far = next((start + nth for nth, length in enumerate(lengths) if length > most), len(atoms))
    if far == len(atoms):
        return far
    text = _shadow(atoms[start : far + 2])
    for mark in _BREAKS:
        at = text.rfind(mark, (far - start) // 4, far - start + len(mark))
        if at > 0:
            return start + at
    return _between_letters(atoms, start, far)


def _shadow(atoms: list[str]) -> str:
    """One character an atom: itself, or a stand-in no break is looked for in."""
    return "".join(atom if len(atom) == 1 else "\x00" for atom in atoms)


def _between_letters(atoms: list[str], start: int, far: int) -> int:
    at = far
    while at > start + 1 and (atoms[at] in _JOINERS or atoms[at - 1] == "\u200d"):
        at -= 1
    return at if at > start + 1 else far


def _still_open(before: list[str], atoms: list[str]) -> list[str]:
    stack = list(before)
    for atom in filter(_is_tag, atoms):
        if not atom.startswith("</"):
            stack.append(atom)
        elif stack:
            stack.pop()
    return stack


def _is_tag(atom: str) -> bool:
    return len(atom) > 1 and atom[0] == "<"


def _name(tag: str) -> str:
    found = _NAME.match(tag)
    return found[1] if found else ""


def _trim(html: str) -> str:
    """Without blanks at either end, looked for behind the tags, nor the pairs of tags left empty."""
    html = re.sub(r"^((?:<[^>]*>)*)\s+", r"\1", html)
    html = re.sub(r"\s+((?:</[^>]*>)*)$", r"\1", html)
    return re.sub(r"<([\w-]+)[^>]*></\1>", "", html)
