"""A drawing that grows downwards: shapes, icons and measured text, written as one SVG, the same bytes every time.

Knows shapes, not what they stand for. Text stays text, and fits its place whatever typeface the reader has.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from bot.documents import look
from bot.documents.typeface import JOINED, face, signs, wrapped

ICONS: Final = Path(__file__).parent / "icons"
BIDI: Final = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
"""Signs that would turn the text around them."""


def clean(text: str) -> str:
    """What an SVG may hold: no control, no lone surrogate, no sign that turns text around; tabs are spaces."""
    return "".join(_kept(c) for c in text)


def _kept(c: str) -> str:
    if c in "\n\t\r":
        return "\n" if c == "\n" else " "
    if c in BIDI or unicodedata.category(c) in ("Cc", "Cs") or (ord(c) & 0xFFFE) == 0xFFFE:
        return ""
    return c


def number(value: float) -> str:
    """At most one decimal, and none that says nothing."""
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")


class Drawing:
    """Lines lie under the shapes, whatever the order they are drawn in."""

    def __init__(self, width: int) -> None:
        self.width = width
        self._under: list[str] = []
        self._over: list[str] = []
        self._icons: dict[str, None] = {}

    # --- text ---

    def text(
        self, x: float, y: float, text: str, *, room: float, size: float = look.BODY, bold: bool = False,
        colour: str = look.INK, link: str = "",
    ) -> float:  # fmt: skip
        """Text set from `y` down in lines of at most `room`; where the next thing may stand."""
        lines = wrapped(clean(text), room, size, bold)
        self._over.append(_linked(_paragraph(x, y, lines, size, bold, colour), link))
        return y + len(lines) * look.leading(size)

    def lines(
        self, x: float, y: float, lines: Sequence[str], *, size: float, bold: bool = False, colour: str = look.INK,
        anchor: str = "start",
    ) -> float:  # fmt: skip
        """Lines that are broken already, each at its `start`, `middle` or `end`, close to one another; where the next
        thing may stand."""
        for line in lines:
            shown = clean(line)
            left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * face(bold).width(shown, size)
            self._over.append(_paragraph(left, y, [shown], size, bold, colour, look.CLOSE))
            y += size * look.CLOSE
        return y

    def label(
        self, x: float, y: float, text: str, *, anchor: str = "start", size: float = look.BODY, bold: bool = False,
        colour: str = look.INK,
    ) -> float:  # fmt: skip
        """One short line, not broken, at its `start`, `middle` or `end`; its width."""
        shown = clean(text).replace("\n", " ")
        width = face(bold).width(shown, size)
        left = x - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
        self._over.append(_paragraph(left, y, [shown], size, bold, colour))
        return width

    # --- shapes ---

    def line(self, points: Sequence[tuple[float, float]], *, dashes: str = "", width: float = 2) -> None:
        """A line through the points, its corners rounded."""
        self.path(_rounded(points), dashes=dashes, width=width)

    def path(self, d: str, *, dashes: str = "", width: float = 2, fill: str = "none") -> None:
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        stroke = f' stroke="{look.PETROL}" stroke-width="{number(width)}"' if width else ""
        self._under.append(f'<path d="{d}" fill="{fill}"{stroke}{dashed}/>')

    def dotted(self, x: float, y: float, to: float) -> None:
        """A stretch of line without measure, over what lies there."""
        d = f"M{number(x)} {number(y)}V{number(to)}"
        self._over.append(
            f'<path d="{d}" stroke="{look.PETROL}" stroke-width="3" stroke-linecap="round" stroke-dasharray="0 7"/>'
        )

    def hairline(self, x: float, y: float, to: float) -> None:
        self._under.append(f'<path d="M{number(x)} {number(y)}H{number(to)}" stroke="{look.SAND}" stroke-width="1"/>')

    def circle(
        self, x: float, y: float, r: float, *, fill: str = look.PAPER, stroke: str = look.PETROL, width: float = 2
    ) -> None:
        self._over.append(
            f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(r)}" fill="{fill}" stroke="{stroke}" '
            f'stroke-width="{number(width)}"/>'
        )

    def shape(self, d: str, *, fill: str = "none", stroke: str = "", width: float = 3, dashes: str = "") -> None:
        """A path over what lies there, its ends and corners round."""
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        lined = f' stroke="{stroke}" stroke-width="{number(width)}" stroke-linecap="round" stroke-linejoin="round"'
        self._over.append(f'<path d="{d}" fill="{fill}"{lined if stroke else ""}{dashed}/>')

    def box(
        self, x: float, y: float, width: float, height: float, *, corner: float = look.CORNER,
        fill: str = "none", stroke: str = "", under: bool = False, dashes: str = "",
    ) -> None:  # fmt: skip
        lined = f' stroke="{stroke}" stroke-width="{number(1 if stroke == look.GREY else 2)}"' if stroke else ""
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        shape = (
            f'<rect x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}" '
            f'rx="{number(corner)}" fill="{fill}"{lined}{dashed}/>'
        )
        # A panel lies under the lines that cross it.
        self._under.insert(0, shape) if under else self._over.append(shape)

    def icon(self, name: str, x: float, y: float, size: float = 16, colour: str = look.PETROL) -> None:
        """An icon centred on a point; it always stands beside a word."""
        self._icons[name] = None
        at = f'x="{number(x - size / 2)}" y="{number(y - size / 2)}" width="{number(size)}" height="{number(size)}"'
        self._over.append(f'<use href="#i-{name}" {at} color="{colour}"/>')

    # --- the whole ---

    def svg(self, height: float, title: str, about: str) -> str:
        """The drawing `height` deep, with its name and what it shows for those who do not see it."""
        tall = int(-(-height // look.UNIT) * look.UNIT)
        symbols = "".join(_symbol(name) for name in sorted(self._icons))
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {tall}" width="{self.width}" '
                f'height="{tall}" lang="fr" xml:lang="fr" role="graphics-document" aria-labelledby="name about" '
                f'font-family="{look.FAMILY}" font-size="{look.BODY}" fill="{look.INK}">',
                f'<title id="name">{escape(clean(title))}</title>',
                f'<desc id="about">{escape(clean(about))}</desc>',
                *([f"<defs>{symbols}</defs>"] if symbols else []),
                f'<rect width="{self.width}" height="{tall}" fill="{look.PAPER}"/>',
                *self._under,
                *self._over,
                "</svg>\n",
            ]
        )


def _paragraph(
    x: float, y: float, lines: Sequence[str], size: float, bold: bool, colour: str, leading: float = look.LEADING
) -> str:
    """Each line is given its measured width, so that another typeface still fits."""
    down = y + (leading - 1) * size / 2 + size * 0.82
    about = "".join(
        [
            f' font-size="{number(size)}"' if size != look.BODY else "",
            ' font-weight="700"' if bold else "",
            f' fill="{colour}"' if colour != look.INK else "",
        ]
    )
    if len(lines) == 1 and _plain(lines[0], bold):
        return f'<text x="{number(x)}" y="{number(down)}"{about}{_fitted(lines[0], size, bold)}</text>'
    step = number(leading * size)
    spans = [_spans(x, line, size, bold, f" dy={quoteattr(step)}" if n else "") for n, line in enumerate(lines)]
    return f'<text x="{number(x)}" y="{number(down)}"{about}>{" ".join(spans)}</text>'


def _spans(x: float, line: str, size: float, bold: bool, down: str) -> str:
    """A line as one stretch; or, where it holds other signs than those of the face, one for each kind, each at its
    place: shaped together they would be lost, or worse."""
    if _plain(line, bold):
        return f'<tspan x="{number(x)}"{down}{_fitted(line, size, bold)}</tspan>'
    spans: list[str] = []
    for kind, stretch in _stretches(line, bold):
        family = f' font-family="{kind}"' if kind else ""
        spans.append(f'<tspan x="{number(x)}"{"" if spans else down}{family}{_fitted(stretch, size, bold)}</tspan>')
        x += size * sum(map(_advance, stretch)) if kind == look.SCRIPTS else face(bold).width(stretch, size)
    return "".join(spans)


def _advance(c: str) -> float:
    """How far a sign of another script goes, in ems; its own face is not measured."""
    return 1.0 if unicodedata.east_asian_width(c) in "WF" else 0.65


def _plain(line: str, bold: bool) -> bool:
    return not line or face(bold).draws(line)


def _stretches(line: str, bold: bool) -> Iterator[tuple[str, str]]:
    """Signs that follow one another with the face that draws them, "" for ours; another script keeps its spaces."""
    found: list[tuple[str, str]] = []
    for word in re.findall(r" +|[^ ]+", line):
        for kind, group in groupby(signs(word), lambda sign: _face(sign, bold)):
            found.append((kind, "".join(group)))
    joined: list[tuple[str, str]] = []
    for n, (kind, part) in enumerate(found):
        if not part.strip() and joined and n + 1 < len(found) and joined[-1][0] == found[n + 1][0] == look.SCRIPTS:
            kind = look.SCRIPTS
        if joined and joined[-1][0] == kind:
            part = joined.pop()[1] + part
        joined.append((kind, part))
    yield from joined


def _face(sign: str, bold: bool) -> str:
    if unicodedata.category(sign[0]) in ("So", "Sk") or (len(sign) > 1 and JOINED & set(sign)):
        return look.SIGNS
    return "" if face(bold).draws(sign) else look.SCRIPTS


def _fitted(line: str, size: float, bold: bool) -> str:
    """The end of a tag, and its text; what the face does not draw is left to the reader's own."""
    if not line or not face(bold).draws(line):
        return f">{escape(line)}"
    return f' textLength="{number(face(bold).width(line, size))}" lengthAdjust="spacingAndGlyphs">{escape(line)}'


def _linked(shape: str, link: str) -> str:
    return f"<a href={quoteattr(link)}>{shape}</a>" if link else shape


def _rounded(points: Sequence[tuple[float, float]], radius: float = 12) -> str:
    """A path of straight pieces, each corner a curve that fits it."""
    parts = [f"M{number(points[0][0])} {number(points[0][1])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        (ax, ay), (bx, by) = _toward(corner, before, radius), _toward(corner, after, radius)
        parts.append(f"L{number(ax)} {number(ay)}Q{number(corner[0])} {number(corner[1])} {number(bx)} {number(by)}")
    parts.append(f"L{number(points[-1][0])} {number(points[-1][1])}")
    return "".join(parts)


def _toward(start: tuple[float, float], end: tuple[float, float], far: float) -> tuple[float, float]:
    """The point `far` from start on the way to end, at most half of the way."""
    (x, y), (ex, ey) = start, end
    length = max(abs(ex - x), abs(ey - y)) or 1
    share = min(far, length / 2) / length
    return x + (ex - x) * share, y + (ey - y) * share


@lru_cache(32)
def _symbol(name: str) -> str:
    """An icon file as a symbol of the drawing."""
    drawn = (ICONS / f"{name}.svg").read_text("utf-8").strip()
    found = re.fullmatch(r"<svg [^>]*>(.*)</svg>", drawn)
    assert found, name
    return (
        f'<symbol id="i-{name}" viewBox="0 0 24 24"><g fill="none" stroke="currentColor" stroke-width="2" '
        f'stroke-linecap="round" stroke-linejoin="round">{found[1]}</g></symbol>'
    )
