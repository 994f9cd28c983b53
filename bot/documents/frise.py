"""A path as a picture for a phone: sessions along the margin line, and above them what each stage of the road is for.

Knows no programme and no wording: every word comes in as it is to be read. A state has its own shape, in any light.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from bot.documents import look
from bot.documents.drawing import Drawing, clean
from bot.documents.typeface import face, wrapped

WIDTH: Final = 1080
TEXT, NAME, TITLE = 34, 42, 60
EDGE: Final = 48
LINE: Final = 84
LEFT: Final = 148
RIGHT: Final = WIDTH - EDGE
PAD: Final = 28
AISLE: Final = 32
"""Between the words of two columns."""

State: TypeAlias = Literal["to_come", "under_way", "valid"]
ICONS: Final[dict[State, tuple[str, str]]] = {
    "to_come": ("circle-dashed", look.GREY),
    "under_way": ("pencil-line", look.PETROL),
    "valid": ("circle-check", look.SAGE),
}


@dataclass(frozen=True, slots=True)
class Yield:
    """What a stage leaves in hand; `said` is its state in words."""

    title: str
    state: State
    said: str


@dataclass(frozen=True, slots=True)
class Halt:
    """A session, or without a title the place where one stands between two; `when` is its day, `said` what its place
    is called (« vous êtes ici »)."""

    title: str
    standing: Literal["past", "here", "ahead"]
    when: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """`length` in weeks, `themes` on one line. A stage that comes back has its title and its halts alone."""

    title: str
    halts: tuple[Halt, ...]
    length: str = ""
    themes: str = ""
    yields: tuple[Yield, ...] = ()


def frise(title: str, about: str, stages: tuple[Stage, ...]) -> str:
    """The SVG; `about` says all of it in words."""
    return _Frise(stages).drawn(title, about)


class _Frise:
    def __init__(self, stages: tuple[Stage, ...]) -> None:
        self.stages = stages
        self.drawing = Drawing(WIDTH)
        self.y = float(EDGE)

    def drawn(self, title: str, about: str) -> str:
        top = self.y + TITLE * look.CLOSE / 2
        self.y = self._words(LEFT, title, RIGHT - LEFT, TITLE, bold=True) + 20
        self.drawing.circle(LINE, top, 20, fill=look.PETROL)
        end = top
        for stage in self.stages:
            self._stage(stage)
            for halt in stage.halts:
                end = self._halt(halt)
            self.y += 16
        self.drawing.line([(LINE, top), (LINE, end)], width=5)
        return self.drawing.svg(self.y + EDGE - 16, title, about)

    def _stage(self, stage: Stage) -> None:
        if not stage.themes and not stage.yields:
            self.y = self._words(LEFT, stage.title, RIGHT - LEFT, NAME, bold=True, colour=look.PETROL) + 16
            return
        top, left, room = self.y, LEFT + PAD, RIGHT - LEFT - 2 * PAD
        self.y += PAD - 6
        wide = face().width(clean(stage.length), TEXT)
        beside = 0.0 if not stage.length else wide + AISLE
        if stage.length:
            self.drawing.lines(RIGHT - PAD, self.y + (NAME - TEXT) * 0.8, [stage.length], size=TEXT, colour=look.GREY,
                               anchor="end")  # fmt: skip
        self.y = self._words(left, stage.title, room - beside, NAME, bold=True, colour=look.PETROL)
        if stage.themes:
            self.y = self._words(left, stage.themes, room, TEXT, colour=look.GREY) + 8
        for each in stage.yields:
            self._yield(each, left, room)
        self.y += PAD - 6
        self.drawing.box(LEFT, top, RIGHT - LEFT, self.y - top, corner=16, fill=look.SAND, under=True)
        self.y += 26

    def _yield(self, each: Yield, left: float, room: float) -> None:
        icon, colour = ICONS[each.state]
        beside = face(True).width(clean(each.said), TEXT) + AISLE
        self.drawing.icon(icon, left + 18, self.y + TEXT * look.CLOSE / 2, 36, colour)
        self.drawing.lines(RIGHT - PAD, self.y, [each.said], size=TEXT, bold=True, colour=colour, anchor="end")
        self.y = self._words(left + 52, each.title, room - 52 - beside, TEXT) + 4

    def _halt(self, halt: Halt) -> float:
        """One stop; where it lies on the line."""
        here, middle = halt.standing == "here", self.y + TEXT * look.CLOSE / 2
        if here:
            return self._here(halt, middle)
        if halt.standing == "past":
            self.drawing.circle(LINE, middle, 13, fill=look.PETROL)
        else:
            self.drawing.circle(LINE, middle, 12, width=4)
        beside = face().width(clean(halt.when), TEXT)
        if halt.when:
            self.drawing.lines(RIGHT, self.y, [halt.when], size=TEXT, colour=look.GREY, anchor="end")
        self.y = self._words(LEFT, halt.title, RIGHT - LEFT - beside - AISLE, TEXT) + 14
        return middle

    def _here(self, halt: Halt, middle: float) -> float:
        self.y, middle = self.y + 8, middle + 8
        self.drawing.circle(LINE, middle, 24, stroke=look.TERRACOTTA, width=8)
        self.drawing.circle(LINE, middle, 8, fill=look.TERRACOTTA, stroke=look.TERRACOTTA)
        words = [(halt.said, look.TERRACOTTA, True), (halt.title, look.INK, True), (halt.when, look.INK, False)]
        for text, colour, bold in words:
            if text:
                self.y = self._words(LEFT, text, RIGHT - LEFT, TEXT, bold=bold, colour=colour)
        self.y += 22
        return middle

    def _words(
        self, x: float, text: str, room: float, size: float, bold: bool = False, colour: str = look.INK
    ) -> float:
        lines = wrapped(clean(text), room, size, bold)
        return self.drawing.lines(x, self.y, lines, size=size, bold=bold, colour=colour)
