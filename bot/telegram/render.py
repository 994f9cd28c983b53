"""Content's Markdown as Telegram HTML, cut where Telegram cuts, and keyboards it accepts. Knows no French and no chat.

Telegram: 4,096 UTF-16 units a message, 64 bytes a button (https://core.telegram.org/bots/api#html-style).
"""

import html as entities
import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

MOST = 4096
DATA = 64

_MARKDOWN = MarkdownIt("commonmark", {"html": False})
_TAGS = {"strong": "b", "em": "i"}
_TAG = re.compile(r"<(/?)([a-z-]+)([^>]*)>")


class Unrenderable(Exception):
    """The Markdown holds what a Telegram message cannot show; `line` counts from 1."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(f"{line}: {what}")
        self.line = line
        self.what = what


def escape(text: str) -> str:
    """Plain text made safe inside Telegram HTML."""
    return entities.escape(text, quote=False)


def plain(text: str) -> str:
    """What a person reads of Telegram HTML."""
    return entities.unescape(_TAG.sub("", text))


def units(text: str) -> int:
    """Length in UTF-16 units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def fold(text: str) -> str:
    """Telegram HTML behind one tap."""
    return f"<blockquote expandable>{text}</blockquote>"


def html(markdown: str) -> str:
    """Paragraphs, bold, italic, lists, quotes and links; raw HTML is shown as it is written. Raises Unrenderable."""
    return "\n\n".join(_blocks(_MARKDOWN.parse(markdown.strip())))


def keyboard(rows: Sequence[Sequence[tuple[str, str]]]) -> dict[str, Any]:
    """An inline keyboard of (label, data); raises ValueError for data that Telegram refuses."""
    for row in rows:
        for label, data in row:
            if not label or not 1 <= len(data.encode()) <= DATA:
                raise ValueError(f"button data must have 1 to {DATA} bytes: {data!r}")
    return {"inline_keyboard": [[{"text": label, "callback_data": data} for label, data in row] for row in rows]}


def split(text: str, most: int = MOST) -> list[str]:
    """Telegram HTML in pieces of at most `most` visible units, cut at paragraphs where it can be; tags stay balanced."""
    pieces, rest = [], text
    while units(plain(rest)) > most:
        head, rest = _cut(rest, most)
        pieces.append(head)
    return [*pieces, rest] if rest.strip() or not pieces else pieces


# --- markdown --------------------------------------------------------------------------------


def _blocks(tokens: Sequence[Token]) -> list[str]:
    blocks: list[str] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        end = _closing(tokens, place)
        inner = tokens[place + 1 : end]
        blocks.append(_block(token, inner))
        place = end + 1
    return [block for block in blocks if block]


def _closing(tokens: Sequence[Token], start: int) -> int:
    """Where the block that opens at `start` closes; itself when it has no inside."""
    if tokens[start].nesting == 0:
        return start
    depth = 0
    for place in range(start, len(tokens)):
        depth += tokens[place].nesting
        if depth == 0:
            return place
    return len(tokens)


def _block(token: Token, inner: Sequence[Token]) -> str:
    match token.type:
        case "paragraph_open":
            return _inline(inner[0])
        case "bullet_list_open":
            return "\n".join("• " + _item(item) for item in _items(inner))
        case "ordered_list_open":
            first = int(token.attrs.get("start", 1))
            return "\n".join(f"{n}. {_item(item)}" for n, item in enumerate(_items(inner), first))
        case "blockquote_open":
            return "<blockquote>" + "\n\n".join(_blocks(inner)) + "</blockquote>"
        case other:
            raise Unrenderable((token.map or [0])[0] + 1, other.removesuffix("_open"))


def _items(tokens: Sequence[Token]) -> list[Sequence[Token]]:
    items, place = [], 0
    while place < len(tokens):
        end = _closing(tokens, place)
        items.append(tokens[place + 1 : end])
        place = end + 1
    return items


def _item(tokens: Sequence[Token]) -> str:
    return "\n".join(_blocks(tokens))


def _inline(token: Token) -> str:
    return "".join(_piece(child, token) for child in token.children or [])


def _piece(child: Token, parent: Token) -> str:
    match child.type:
        case "text" | "text_special":
            return escape(child.content)
        case "softbreak" | "hardbreak":
            return "\n"
        case "strong_open" | "em_open":
            return f"<{_TAGS[child.tag]}>"
        case "strong_close" | "em_close":
            return f"</{_TAGS[child.tag]}>"
        case "code_inline":
            return f"<code>{escape(child.content)}</code>"
        case "link_open":
            return f'<a href="{entities.escape(str(child.attrs["href"]))}">'
        case "link_close":
            return "</a>"
        case other:
            raise Unrenderable((parent.map or [0])[0] + 1, other)


# --- cutting ---------------------------------------------------------------------------------


def _cut(text: str, most: int) -> tuple[str, str]:
    """The longest good head of at most `most` units, its tags closed, and the rest with them open again."""
    place = _place(text, most)
    head, rest = text[:place].rstrip(), text[place:].lstrip()
    open_tags = _open(head)
    closing = "".join(f"</{tag}>" for tag, _ in reversed(open_tags))
    opening = "".join(f"<{tag}{attributes}>" for tag, attributes in open_tags)
    return head + closing, opening + rest


def _place(text: str, most: int) -> int:
    """The index where the visible text reaches `most` units, moved back to a paragraph, a line or a word."""
    hard = _reach(text, most)
    for mark in ("\n\n", "\n", " "):
        found = text.rfind(mark, 0, hard + 1)
        if found > hard // 2 and text.rfind("<", 0, found) <= text.rfind(">", 0, found):
            return found
    return hard


def _reach(text: str, most: int) -> int:
    seen = place = 0
    for piece in re.finditer(r"<[^>]*>|&(?:#\d+|\w+);|.", text, re.DOTALL):
        size = 0 if piece[0].startswith("<") and len(piece[0]) > 1 else units(entities.unescape(piece[0]))
        if seen + size > most:
            return place
        seen, place = seen + size, piece.end()
    return place


def _open(text: str) -> list[tuple[str, str]]:
    open_tags: list[tuple[str, str]] = []
    for found in _TAG.finditer(text):
        if found[1]:
            open_tags.pop()
        else:
            open_tags.append((found[2], found[3]))
    return open_tags
