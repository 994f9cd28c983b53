"""A brief as a value: sections of sentences, each with the answers it rests on. Knows no table and no wording.

A line without a source that is no count cannot be made, nor read back.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


class Unsourced(ValueError):
    """A sentence that rests on no answer and counts nothing."""


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence, plain text. `sources` are ids of replies; `count` is the number it states when it has none."""

    text: str
    sources: tuple[int, ...] = ()
    count: int | None = None

    def __post_init__(self) -> None:
        if not self.sources and (self.count is None or not re.search(rf"(?<!\d){self.count}(?!\d)", self.text)):
            raise Unsourced(self.text)


@dataclass(frozen=True, slots=True)
class Section:
    """`phrase` is the key of its title."""

    phrase: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Brief:
    """`up_to` is the newest reply it knows of."""

    name: str
    title: str
    at: datetime
    zone: str
    sections: tuple[Section, ...]
    up_to: int = 0

    def plain(self) -> dict[str, Any]:
        sections = [[s.phrase, [[line.text, line.sources, line.count] for line in s.lines]] for s in self.sections]
        return {"name": self.name, "title": self.title, "at": self.at.isoformat(), "zone": self.zone,
                "sections": sections, "up_to": self.up_to}  # fmt: skip

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Brief":
        sections = tuple(Section(phrase, tuple(Line(text, tuple(sources), count) for text, sources, count in lines))
                         for phrase, lines in body["sections"])  # fmt: skip
        at = datetime.fromisoformat(body["at"])
        return cls(body["name"], body["title"], at, body["zone"], sections, body["up_to"])
