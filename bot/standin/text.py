"""Formatted text as Telegram holds it: plain text plus entities, counted in UTF-16 units.

The HTML reader follows Telegram's own step by step, errors included. It knows no Markdown.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from bot.standin.shapes import Json, bad

MOST_ENTITIES = 100
_PLAIN_TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler",
    "span": "spoiler", "a": "text_link", "code": "code", "pre": "pre", "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}  # fmt: skip
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(lt|gt|amp|quot));?")
_TAG_NAME = re.compile(r"[^\s>]*")
_ATTRIBUTE = re.compile(r"\s*([^\s=>/'\"]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9.\-]+)))?")
_LINK = re.compile(r"https?://[^\s<>«»\"]+")
_COMMAND = re.compile(r"(?<![\w/<>@])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/@])")


@dataclass(frozen=True, slots=True)
class Formatted:
    """Text and its entities (Bot API `MessageEntity`)."""

    text: str
    entities: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class _Open:
    tag: str
    kind: str
    start: int
    extra: Json


def width(text: str) -> int:
    """The length of a text in UTF-16 units, as Telegram counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def formatted(text: str, parse_mode: str | None, entities: list[Json] | None = None) -> Formatted:
    """Text with its entities, trimmed, links and commands found; refuses what Telegram cannot parse."""
    if parse_mode and parse_mode.lower() != "html":
        raise bad("unsupported parse_mode")
    read = read_html(text) if parse_mode else Formatted(text, tuple(entities or ()))
    return found(trimmed(read))


def trimmed(given: Formatted) -> Formatted:
    """Without the blanks at both ends, as Telegram stores it; entities move along or vanish."""
    text = given.text.strip()
    if text == given.text:
        return given
    before, size = width(given.text[: len(given.text) - len(given.text.lstrip())]), width(text)
    kept = []
    for entity in given.entities:
        start = max(entity["offset"] - before, 0)
        end = min(entity["offset"] - before + entity["length"], size)
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    return Formatted(text, tuple(kept))


def found(given: Formatted) -> Formatted:
    """With the links and commands Telegram detects by itself; at most 100 entities, the rest is dropped."""
    if "/" not in given.text:
        return Formatted(given.text, given.entities[:MOST_ENTITIES]) if given.entities else given
    entities = list(given.entities)
    for kind, pattern in (("url", _LINK), ("bot_command", _COMMAND)):
        for match in pattern.finditer(given.text):
            shown = match.group().rstrip(".,;:!?)") if kind == "url" else match.group()
            _add(entities, {"type": kind, "offset": width(given.text[: match.start()]), "length": width(shown)})
    entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return Formatted(given.text, tuple(entities[:MOST_ENTITIES]))


def _add(entities: list[Json], new: Json) -> None:
    solid, start = ("text_link", "code", "pre", "url"), new["offset"]
    end = start + new["length"]
    if not any(e["type"] in solid and e["offset"] < end and start < e["offset"] + e["length"] for e in entities):
        entities.append(new)


def read_html(source: str) -> Formatted:
    """Telegram's HTML parse mode. Refuses: unknown, unclosed, unmatched tags, as "can't parse entities: …"."""
    return _Reader(source).read()


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.parts: list[str] = []
        self.offset = 0
        self.stack: list[_Open] = []
        self.entities: list[Json] = []

    def read(self) -> Formatted:
        while self.at < len(self.source):
            char = self.source[self.at]
            if char == "<":
                self._end_tag() if self.source.startswith("</", self.at) else self._start_tag()
            elif char == "&":
                self._reference()
            else:
                self._run()
        if self.stack:
            raise _fault(f'Can\'t find end tag corresponding to start tag "{self.stack[-1].tag}"')
        self.entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
        return Formatted("".join(self.parts), tuple(self.entities))

    def _say(self, text: str) -> None:
        self.parts.append(text)
        self.offset += width(text)

    def _run(self) -> None:
        ends = [end for end in (self.source.find("<", self.at), self.source.find("&", self.at)) if end >= 0]
        end = min(ends, default=len(self.source))
        self._say(self.source[self.at : end])
        self.at = end

    def _reference(self) -> None:
        found = _REFERENCE.match(self.source, self.at)
        self._say(_decoded(found) if found else "&")
        self.at = found.end() if found else self.at + 1

    def _start_tag(self) -> None:
        begin = self.at
        name = _TAG_NAME.match(self.source, begin + 1)
        assert name is not None
        tag = name.group().lower()
        if name.end() == len(self.source):
            raise _fault("Unclosed start tag", self._byte(begin))
        if tag not in _PLAIN_TAGS:
            raise _fault(f'Unsupported start tag "{tag}"', self._byte(begin))
        attributes, self.at = self._attributes(tag, begin, name.end())
        self.stack.append(self._opened(tag, attributes, begin))

    def _attributes(self, tag: str, begin: int, at: int) -> tuple[dict[str, str], int]:
        attributes: dict[str, str] = {}
        while True:
            while at < len(self.source) and self.source[at].isspace():
                at += 1
            if at >= len(self.source):
                raise _fault("Unclosed start tag", self._byte(begin))
            if self.source[at] == ">":
                return attributes, at + 1
            found = _ATTRIBUTE.match(self.source, at)
            if not found:
                raise _fault(f'Empty attribute name in the tag "{tag}"', self._byte(at))
            value = next((part for part in found.groups()[1:] if part is not None), "")
            attributes[found.group(1).lower()] = _REFERENCE.sub(_decoded, value)
            at = found.end()

    def _opened(self, tag: str, attributes: dict[str, str], begin: int) -> _Open:
        extra: Json = {}
        kind = _PLAIN_TAGS[tag]
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise _fault('Tag "span" must have class "tg-spoiler"', self._byte(begin))
        if tag == "a":
            extra["url"] = attributes.get("href", "")
        if tag == "tg-emoji":
            extra["custom_emoji_id"] = attributes.get("emoji-id", "")
        if tag == "blockquote" and "expandable" in attributes:
            kind = "expandable_blockquote"
        if tag == "code" and attributes.get("class", "").startswith("language-"):
            extra["language"] = attributes["class"].removeprefix("language-")
        return _Open(tag, kind, self.offset, extra)

    def _end_tag(self) -> None:
        begin = self.at
        if not self.stack:
            raise _fault("Unexpected end tag", self._byte(begin))
        name = _TAG_NAME.match(self.source, begin + 2)
        assert name is not None
        end = name.end()
        while end < len(self.source) and self.source[end].isspace():
            end += 1
        if not self.source.startswith(">", end):
            raise _fault("Unclosed end tag", self._byte(begin))
        opened = self.stack.pop()
        if name.group() and name.group().lower() != opened.tag:
            expected = f'expected "</{opened.tag}>", found "</{name.group().lower()}>"'
            raise _fault("Unmatched end tag", self._byte(begin), expected)
        self.at = end + 1
        if self.offset > opened.start:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        length = self.offset - opened.start
        extra = dict(opened.extra)
        if opened.kind == "text_link":
            extra["url"] = extra["url"] or "".join(self.parts)[-length:]
            if not re.match(r"(https?|tg|mailto|tel)://?|mailto:|tel:", extra["url"]):
                return
        if opened.kind == "code" and "language" in extra and self.stack and self.stack[-1].kind == "pre":
            self.stack[-1].extra["language"] = extra["language"]
            return
        if opened.kind == "code":
            extra.pop("language", None)
        self.entities.append({"type": opened.kind, "offset": opened.start, "length": length, **extra})

    def _byte(self, at: int) -> int:
        return len(self.source[:at].encode())


def _decoded(found: re.Match[str]) -> str:
    decimal, hexadecimal, name = found.groups()
    return _NAMED[name] if name else html.unescape(f"&#{decimal or 'x' + hexadecimal};")


def _fault(what: str, byte: int | None = None, more: str = "") -> Exception:
    where = "" if byte is None else f" at byte offset {byte}"
    return bad(f"can't parse entities: {what}{where}{', ' + more if more else ''}")
