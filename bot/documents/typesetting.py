"""What every document set by typst shares: the compiler, the faces, the colours, and texts made fit to be set.

Whatever people wrote comes in as data, and is never read as markup. Knows no document.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from bot.documents import look
from bot.documents.typeface import FONTS, signs

UNBROKEN: Final = 24
"""Signs of a word after which a line may break."""

_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
"""Signs of control, those that turn the direction of what follows, and what is no character at all."""


def compiled(
    template: Path, name: str, data: Mapping[str, Any], format: Literal["pdf", "png"], ppi: float | None,
    standards: Sequence[Literal["ua-1"]] = (),
) -> Any:  # fmt: skip
    """The document: bytes of a PDF, or of each page as a picture. `name` is what the template calls its data.

    `standards` that a PDF must meet: `ua-1`.
    """
    import typst  # 80 MB of compiler: loaded when a page is asked for

    given = {name: msgspec.json.encode({**data, "look": _look()}).decode()}
    compiler = typst.Compiler(template.read_bytes(), root=template.parent, font_paths=_fonts(), sys_inputs=given)
    with compiling():
        return compiler.compile(format=format, ppi=ppi, pdf_standards=list(standards))


class Unmade(Exception):
    """The compiler broke down: the document cannot be made, and everything else goes on."""


@contextmanager
def compiling() -> Iterator[None]:
    """A compiler that breaks down raises what no ordinary `except` catches: here it becomes `Unmade`."""
    try:
        yield
    except (Exception, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        raise Unmade(type(error).__name__) from None


def settable(text: str, unbroken: int = UNBROKEN) -> str:
    """Without a sign of control, accents on their letters, and with a break in words that have none for so long."""
    bare = unicodedata.normalize("NFC", _CONTROL.sub(" ", text))
    return re.sub(rf"\S{{{unbroken + 1},}}", lambda found: _broken(found[0], unbroken), bare)


def _broken(word: str, unbroken: int) -> str:
    """With room for a line to end every so many signs."""
    apart = list(signs(word))
    return "\u200b".join("".join(apart[n : n + unbroken]) for n in range(0, len(apart), unbroken))


@lru_cache(1)
def _fonts() -> Any:
    """Ours, and those that typst holds for the scripts that ours have not: Arabic, Hebrew, Greek, Cyrillic."""
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[FONTS])


def _look() -> dict[str, str]:
    return {"ink": look.INK, "petrol": look.PETROL, "grey": look.GREY, "sand": look.SAND, "sage": look.SAGE,
            "terracotta": look.TERRACOTTA}  # fmt: skip
