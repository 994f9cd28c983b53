"""A strict subset of Markdown -> Telegram HTML. Knows neither content nor message."""

import html as _html
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.telegram.length import MOST, plain, split, units

__all__ = ["MOST", "Unrenderable", "escape", "fold", "html", "isolated", "keyboard", "plain", "split", "units"]

ISOLATE, END = "\u2068", "\u2069"
"""Signs between which a name is laid out by itself (Unicode, FSI and PDI)."""

_SCHEMES = ("https://", "http://", "tg://")
_MARKS: Final = {"strong_open": "<b>", "strong_close": "</b>", "em_open": "<i>", "em_close": "</i>"}
_NAMES: Final = {
    "heading_open": "un titre",
    "hr": "une ligne de séparation",
    "fence": "un bloc de code",
    "code_inline": "du code",
    "table_open": "un tableau",
    "image": "une image",
    "s_open": "du texte barré",
}


class Unrenderable(Exception):
    """An author's text uses, at this `line` (from 1), something Telegram has no form for; `what`, in French."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(f"ligne {line} : {what}, que Telegram ne sait pas montrer")
        self.line = line
        self.what = what


def _reader() -> MarkdownIt:
    # Tables and strikes are read to be refused; a line set back by four spaces, or one of « = », is but a line.
    reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable(["code", "lheading"])
    # Every address becomes a link, so that those we refuse are refused aloud.
    reader.validateLink = lambda url: True  # type: ignore[method-assign]
    return reader


_READER = _reader()


def html(markdown: str) -> str:
    """Telegram HTML (Bot API, « HTML style ») of paragraphs, bold, italic, lists, quotes and links.

    HTML written in the source is shown as written, a line end as a line end. Raises Unrenderable for anything else.
    """
    return _Blocks(_READER.parse(markdown)).several("")


class _Blocks:
    """Reads block tokens from left to right."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens: Iterator[Token] = iter(tokens)
        self._line = 1
        self._within: list[str] = []

    def several(self, close: str, between: str = "\n\n") -> str:
        """The blocks up to the token `close`, or all of them."""
        blocks = []
        for token in self._tokens:
            if token.type == close:
                break
            blocks.append(self._block(token))
        return between.join(blocks)

    def _block(self, token: Token) -> str:
        self._line = token.map[0] + 1 if token.map else self._line
        match token.type:
            case "paragraph_open":
                return self._paragraph()
            case "blockquote_open":
                return f"<blockquote>{self._inside(token, 'une citation dans une citation')}</blockquote>"
            case "bullet_list_open":
                return self._list(token, lambda nth: "• ")
            case "ordered_list_open":
                first = int(token.attrs.get("start", 1))
                return self._list(token, lambda nth: f"{first + nth}. ")
            case unknown:
                raise Unrenderable(self._line, _NAMES.get(unknown, unknown))

    def _paragraph(self) -> str:
        inline = next(self._tokens)
        next(self._tokens)
        return "".join(_inline(inline.children or [], self._line))

    def _inside(self, token: Token, twice: str, between: str = "\n\n") -> str:
        kind = token.type.removesuffix("_open")
        if kind in self._within:
            raise Unrenderable(self._line, twice)
        self._within.append(kind)
        text = self.several(f"{kind}_close", between)
        self._within.pop()
        return text

    def _list(self, token: Token, bullet: Callable[[int], str]) -> str:
        if any(kind.endswith("list") for kind in self._within):
            raise Unrenderable(self._line, "une liste dans une liste")
        kind = token.type.removesuffix("_open")
        self._within.append(kind)
        items: list[str] = []
        while (inner := next(self._tokens)).type == "list_item_open":
            self._line = inner.map[0] + 1 if inner.map else self._line
            items.append(bullet(len(items)) + self.several("list_item_close", "\n"))
        self._within.pop()
        return "\n".join(items)


def _inline(tokens: list[Token], line: int) -> Iterator[str]:
    for token in tokens:
        match token.type:
            case "text" | "text_special":
                yield escape(token.content)
            case "softbreak" | "hardbreak":
                line += 1
                yield "\n"
            case "strong_open" | "strong_close" | "em_open" | "em_close":
                yield _MARKS[token.type]
            case "link_open":
                yield f'<a href="{_address(str(token.attrs["href"]), line)}">'
            case "link_close":
                yield "</a>"
            case unknown:
                raise Unrenderable(line, _NAMES.get(unknown, unknown))


def _address(url: str, line: int) -> str:
    if not url.lower().startswith(_SCHEMES):
        raise Unrenderable(line, "un lien qui n'est ni http, ni https, ni tg")
    return _html.escape(url)


def escape(text: str) -> str:
    """Plain text made safe inside Telegram HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def isolated(text: str) -> str:
    """A name written from right to left cannot turn what stands around it, nor the whole line when it comes first."""
    turns = any(unicodedata.bidirectional(sign) in ("R", "AL") for sign in text)
    return f"{ISOLATE}{text}{END}" if turns and not text.startswith(ISOLATE) else text


def fold(text: str) -> str:
    """Telegram HTML in a quote that opens when touched."""
    return f"<blockquote expandable>{text}</blockquote>"


def keyboard(rows: Sequence[Sequence[tuple[str, str]]]) -> dict[str, list[list[dict[str, str]]]]:
    """An inline keyboard of (label, data) buttons, for `reply_markup`; data that is an address makes a link.

    Raises ValueError for a label without a letter, or data not of 1 to 64 bytes (Bot API, « InlineKeyboardButton »).
    """
    return {"inline_keyboard": [[_button(label, data) for label, data in row] for row in rows]}


def _button(label: str, data: str) -> dict[str, str]:
    if not label.strip():
        raise ValueError("a button needs a label")
    if data.startswith(("https://", "http://")):
        return {"text": label, "url": data}
    if not 1 <= len(data.encode()) <= 64:
        raise ValueError(f"button data is 1 to 64 bytes, not {len(data.encode())}")
    return {"text": label, "callback_data": data}
