"""Two wordings of one text, word by word: what was kept, what was taken out, what was put in.

Knows words and the blanks between them; knows neither what the text is for nor how a change is drawn.
"""

import re
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
    """The segments in reading order, none empty; what replaces something comes right after it.

    A blank is kept only beside a word that is: between two words that changed, it changes with them.
    """
    was, now = TOKEN.findall(old), TOKEN.findall(new)
    matcher = SequenceMatcher(str.isspace, was, now, autojunk=False)
    runs = [("".join(was[a:b]), "".join(now[c:d])) for _, a, b, c, d in matcher.get_opcodes()]
    return tuple(segment for one, other in runs for segment in _segments(one, other) if segment.text)


def _segments(old: str, new: str) -> tuple[Segment, ...]:
    return (Segment("kept", old),) if old == new else (Segment("removed", old), Segment("added", new))
