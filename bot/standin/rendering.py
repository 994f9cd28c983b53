"""From formatted text to HTML that is safe to show: every character escaped, every tag our own."""

from __future__ import annotations

import re
from html import escape
from itertools import takewhile

from bot.standin.shapes import Json

_TAGS = {
    "bold": ("<strong>", "</strong>"),
    "italic": ("<em>", "</em>"),
    "underline": ("<u>", "</u>"),
    "strikethrough": ("<s>", "</s>"),
    "code": ("<code>", "</code>"),
    "blockquote": ("<blockquote>", "</blockquote>"),
    "expandable_blockquote": (
        '<details class="quote"><summary>Citation, à déplier</summary><blockquote>',
        "</blockquote></details>",
    ),
    "pre": ("<pre>", "</pre>"),
    "spoiler": ('<details class="spoiler"><summary>Texte masqué</summary>', "</details>"),
}
# A block ends its line by itself: the line feed that follows it would leave a gap.
_AFTER_BLOCK = re.compile(r"(</blockquote>(?:</details>)?|</pre>)\n")


def as_html(text: str, entities: list[Json]) -> str:
    """The text of a message for the page; an entity that crosses another is cut where the outer one ends."""
    units = text.encode("utf-16-le")
    ordered = sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))
    return _AFTER_BLOCK.sub(r"\1", _span(units, 0, len(units) // 2, ordered))


def _span(units: bytes, start: int, end: int, entities: list[Json]) -> str:
    parts: list[str] = []
    at = start
    while entities:
        entity = entities[0]
        stop = min(entity["offset"] + entity["length"], end)
        inner = list(takewhile(lambda other: other["offset"] < stop, entities[1:]))  # noqa: B023
        entities = entities[1 + len(inner) :]
        begin = max(entity["offset"], at)
        parts.append(_plain(units, at, begin))
        before, after = _tags(entity, _slice(units, begin, stop))
        parts += [before, _span(units, begin, stop, inner), after]
        at = max(at, stop)
    parts.append(_plain(units, at, end))
    return "".join(parts)


def _tags(entity: Json, shown: str) -> tuple[str, str]:
    match entity["type"]:
        case "text_link" | "url":
            address = entity.get("url") or shown
            if address.startswith(("https://", "http://", "mailto:", "tel:")):
                return f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">', "</a>"
            return "", ""
        case "bot_command":
            return f'<button type="button" class="command" data-say="{escape(shown)}">', "</button>"
        case kind:
            return _TAGS.get(kind, ("", ""))


def _slice(units: bytes, start: int, end: int) -> str:
    return units[2 * start : 2 * end].decode("utf-16-le", "replace")


def _plain(units: bytes, start: int, end: int) -> str:
    return escape(_slice(units, start, end))
