"""A tree of jobs: a trunk, and on its branches what each elder did, and what was said of it. Knows no family."""

from dataclasses import dataclass
from typing import Final

from bot.documents import look
from bot.documents.canvas import EDGE, WIDTH, Fitted, closed, fitted, put
from bot.documents.drawing import Drawing, number

TRUNK: Final = WIDTH / 2
CARD: Final = 424
PAD: Final = 22
GAP: Final = 30


@dataclass(frozen=True, slots=True)
class Branch:
    """`who` it is about, what they did, and what was said of it; the eldest first."""

    who: str
    job: str
    quote: str


@dataclass(frozen=True, slots=True)
class Tree:
    """`you` stands at the foot; `more` when words were cut."""

    branches: tuple[Branch, ...]
    you: str
    more: str


@dataclass(frozen=True, slots=True)
class _Card:
    who: Fitted
    job: Fitted
    quote: Fitted

    @property
    def height(self) -> float:
        return 2 * PAD + sum(each.height for each in (self.who, self.job, self.quote)) + (8 if self.quote.lines else 0)

    @property
    def cut(self) -> bool:
        return self.job.cut or self.quote.cut


def tree(made: Tree, title: str, about: str) -> str:
    """The SVG; `about` says all of it in words."""
    drawing = Drawing(WIDTH)
    cards = [_card(branch, *_most(len(made.branches))) for branch in made.branches]
    y = float(EDGE)
    tops: list[float] = []
    for first in range(0, len(cards), 2):
        row = cards[first : first + 2]
        tall = max(card.height for card in row)
        for side, card in enumerate(row):
            _branch(drawing, side, y + tall / 2)
            _drawn(drawing, side, y + (tall - card.height) / 2, card)
        tops.append(y + tall / 2)
        y += tall + GAP
    foot = y + 66
    drawing.shape(_trunk(tops[0] if tops else EDGE, foot), fill=look.PETROL)
    drawing.circle(TRUNK, foot, 26, fill=look.PAPER, stroke=look.TERRACOTTA, width=8)
    drawing.circle(TRUNK, foot, 9, fill=look.TERRACOTTA, stroke=look.TERRACOTTA)
    y = put(drawing, TRUNK, foot + 36, fitted(made.you, CARD, 1, bold=True), colour=look.TERRACOTTA, anchor="middle")
    return closed(drawing, y, [card.cut for card in cards], made.more, title, about)


def _most(many: int) -> tuple[int, int]:
    """Lines of a job and of what was said of it: a whole tree stands on a page."""
    return (4, 6) if many <= 4 else (3, 4) if many <= 8 else (2, 3)


def _card(branch: Branch, job: int, quote: int) -> _Card:
    room = CARD - 2 * PAD
    return _Card(fitted(branch.who, room, 1), fitted(branch.job, room, job, bold=True),
                 fitted(branch.quote, room, quote))  # fmt: skip


def _drawn(drawing: Drawing, side: int, y: float, card: _Card) -> None:
    left = (EDGE, WIDTH - EDGE - CARD)[side]
    drawing.box(left, y, CARD, card.height, corner=16, fill=look.SAND)
    y = put(drawing, left + PAD, y + PAD, card.who, colour=look.GREY)
    y = put(drawing, left + PAD, y, card.job)
    if card.quote.lines:
        put(drawing, left + PAD, y + 8, card.quote)


def _branch(drawing: Drawing, side: int, y: float) -> None:
    """From the trunk up to the edge of a card, with two leaves."""
    out = (-1, 1)[side]
    edge = TRUNK + out * (TRUNK - EDGE - CARD)
    d = f"M{number(TRUNK)} {number(y + 48)}Q{number(TRUNK + out * 10)} {number(y + 2)} {number(edge)} {number(y)}"
    drawing.shape(d, stroke=look.PETROL, width=7)
    x = TRUNK + out * 34
    for rise in (-1, 1):
        drawing.shape(f"M{number(x)} {number(y + 6)}q{8 * out} {rise * 26} {34 * out} {rise * 24}q{-4 * out} "
                      f"{-rise * 24} {-34 * out} {-rise * 24}z", fill=look.SAGE)  # fmt: skip


def _trunk(top: float, foot: float) -> str:
    """Wider towards the ground."""
    x, up, down = TRUNK, number(top + 36), number(foot)
    return f"M{number(x - 3)} {up}H{number(x + 3)}L{number(x + 14)} {down}H{number(x - 14)}Z"
