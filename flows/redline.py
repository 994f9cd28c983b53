"""Two wordings of one text, word by word: what was kept, what was taken out, what was put in.

Knows words and the blanks between them; knows neither what the text is for nor how a change is drawn.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

TOKEN = re.compile(r"\s+|\w+|[^\w\s]+")


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of text: kept and removed ones make the old wording, kept and added ones the new."""

    how: Literal["kept", "removed", "added"]
    text: str


def redline(old: str, new: str) -> tuple[Segment, ...]:
    """The segments in reading order, none empty; what replaces something comes right after it."""
    was, now = TOKEN.findall(old), TOKEN.findall(new)
    matcher = SequenceMatcher(str.isspace, was, now, autojunk=False)
    runs = [("".join(was[a:b]), "".join(now[c:d])) for _, a, b, c, d in matcher.get_opcodes()]
    return tuple(_segments(_whole(runs)))


def _whole(runs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Changes with no more than a blank between them are one: words are read in groups."""
    found: list[tuple[str, str]] = []
    for nth, (old, new) in enumerate(runs):
        changed = old != new
        blank = not changed and old.isspace() and 0 < nth < len(runs) - 1
        if found and (changed or blank) and found[-1][0] != found[-1][1]:
            found[-1] = (found[-1][0] + old, found[-1][1] + new)
        else:
            found.append((old, new))
    return found


def _segments(runs: list[tuple[str, str]]) -> Iterator[Segment]:
    for old, new in runs:
        if old == new:
            yield Segment("kept", old)
            continue
        if old:
            yield Segment("removed", old)
        if new:
            yield Segment("added", new)
