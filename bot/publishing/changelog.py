"""What changes between two versions of the contents, in words that a coach can read. Knows no version and no page."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.library import Phrases
from flows.changes import Change
from flows.differences import Detail
from flows.redline import Segment

MOST = 40
"""Differences told of one item; a file written anew has hundreds."""


@dataclass(frozen=True, slots=True)
class Line:
    """One difference: what it is about, and the words before and after, or nothing more."""

    words: str
    segments: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """An item that changes; `more` counts the differences that are not told."""

    title: str
    extent: str
    lines: tuple[Line, ...]
    more: int = 0


def entries(phrases: Phrases, found: Iterable[Change]) -> list[Entry]:
    """One entry an item, in the order of the contents."""
    return [_entry(phrases, change) for change in found]


def _entry(phrases: Phrases, change: Change) -> Entry:
    title = phrases.say(f"change_{change.part}", title=change.title or change.id).strip()
    lines = tuple(_line(phrases, detail) for detail in change.details[:MOST])
    return Entry(title, change.extent, lines, max(0, len(change.details) - MOST))


def _line(phrases: Phrases, detail: Detail) -> Line:
    of = phrases.say(f"change_of_{detail.of}", id=detail.where).strip()
    if detail.how != "changed":
        said = phrases.say(f"change_how_{detail.how}", of=of).strip()
        return Line(said, _whole(detail))
    key = f"change_key_{detail.key}"
    what = phrases.say(key).strip() if key in phrases else detail.key.rpartition(".")[2]
    return Line(phrases.say("change_key", of=of, what=what).strip(), detail.segments)


def _whole(detail: Detail) -> tuple[Segment, ...]:
    """What was added or taken out, whole; of what only stands elsewhere, nothing."""
    if detail.how == "added" and detail.new:
        return (Segment("added", detail.new),)
    return (Segment("removed", detail.old),) if detail.how == "removed" and detail.old else ()
