"""One module as a picture: what is read and asked, top to bottom, branches beside the line, repeats in a loop."""

from collections import Counter
from collections.abc import Sequence
from typing import Final, assert_never

from bot.documents import look, plate
from bot.documents.drawing import Drawing
from bot.documents.plate import LEAD, Note
from bot.documents.wording import Numbered, Wording, plain, questions
from flows.model import Capsule, Flow, Question, Remind, Repeat, Section, Step, When

WIDTH: Final = 880
LINE: Final = 88
RIGHT: Final = WIDTH - plate.EDGE - 16
GAP: Final = 24
DASHES: Final = "3 5"
LOOP: Final = 26
"""From the line to the way back of a repeat."""


def flow_map(wording: Wording, flow: Flow, sent: Sequence[str]) -> str:
    """The SVG of a module; `sent` says when the programme brings it."""
    return _FlowMap(wording, flow).drawn(sent)


def counted(wording: Wording, steps: Sequence[Step]) -> str:
    """« 5 questions · 1 capsule »: how many of each there are, inside branches and repeats as well."""
    found = Counter(_names(steps))
    return wording.joined(wording.say(name, n=found[name]) for name in ("questions", "capsules", "branches", "repeats")
                          if found[name])  # fmt: skip


def _names(steps: Sequence[Step]) -> list[str]:
    names: list[str] = []
    for step in steps:
        names += ["branches"] if step.when else []
        match step:
            case Capsule():
                names.append("capsules")
            case Question():
                names.append("questions")
            case Section(steps=inner):
                names += _names(inner)
            case Repeat(steps=inner):
                names += ["repeats", *_names(inner)]
            case _ as never:
                assert_never(never)
    return names


class _FlowMap:
    def __init__(self, wording: Wording, flow: Flow) -> None:
        self.wording = wording
        self.flow = flow
        self.drawing = Drawing(WIDTH)
        self.y = 0.0
        self.asked = 0
        reminds = Counter(question.remind for question in questions(flow.steps))
        self.usual: Remind | None = reminds.most_common(1)[0][0] if reminds else None

    def drawn(self, sent: Sequence[str]) -> str:
        flow, say = self.flow, self.wording.say
        minutes = say("minutes", n=flow.minutes) if flow.minutes else ""
        counts = self.wording.joined([minutes, counted(self.wording, flow.steps)])
        kind = self.wording.joined([say("flow_kind"), flow.id])
        self.y = plate.titled(self.drawing, LINE, kind, flow.title, [counts, *self._about(sent)])
        self.y += GAP
        self._steps(flow.steps, LINE, {})
        self.drawing.line([(LINE, plate.EDGE + 42), (LINE, self.y + 8)])
        self.drawing.circle(LINE, self.y + 8, 7)
        self.drawing.text(
            LINE + LEAD, self.y - 4, say("end"), room=look.MEASURE, colour=look.GREY
        )  # fmt: skip
        source = say("from", file=f"content/flows/{flow.id}.yml")
        height = plate.legend(self.drawing, self.y + 56, say("legend"), self._samples(), source)
        return self.drawing.svg(height, flow.title, say("flow_about", title=flow.title, counts=counts))

    def _about(self, sent: Sequence[str]) -> list[Note]:
        notes = [Note("calendar-days", text) for text in sent]
        return [*notes, self._reminded(self.usual)] if any(True for _ in questions(self.flow.steps)) else notes

    def _reminded(self, remind: Remind | None) -> Note:
        return Note("bell" if remind and remind.times else "bell-off", self.wording.remind(remind))

    # --- steps ---

    def _steps(self, steps: Sequence[Step], x: float, numbered: Numbered) -> None:
        known = dict(numbered)
        for step in steps:
            self._branch(step, x, known) if step.when else self._step(step, x, known)

    def _step(self, step: Step, x: float, known: dict[str, tuple[int, Question]]) -> None:
        match step:
            case Capsule():
                self._capsule(step, x)
            case Question():
                self.asked += 1
                known[step.id] = (self.asked, step)
                self._question(step, x)
            case Section(steps=inner):
                self._section(inner, x, known)
            case Repeat():
                self._repeat(step, x, known)
            case _ as never:
                assert_never(never)

    def _section(self, steps: Sequence[Step], x: float, known: dict[str, tuple[int, Question]]) -> None:
        """The questions of a section can be named after it, as those beside it can."""
        for step in steps:
            self._branch(step, x, known) if step.when else self._step(step, x, known)

    def _capsule(self, capsule: Capsule, x: float) -> None:
        plate.square(self.drawing, x, self.y + 12, "book-open")
        room = self._named(capsule.id, x)
        y = self.drawing.text(x + LEAD, self.y, capsule.title, room=room, bold=True)
        bubbles = self.wording.say("bubbles", n=len(capsule.bubbles))
        self._after(self._said(x, y, self.wording.joined([self.wording.say("capsule"), bubbles])))

    def _question(self, asked: Question, x: float) -> None:
        plate.numbered(self.drawing, x, self.y + 12, str(self.asked))
        room = self._named(asked.id, x)
        y = self.drawing.text(x + LEAD, self.y, plain(asked.text), room=room)
        y = self._said(x, y, self.wording.answer(asked.answer))
        options = self.wording.options(asked.answer)
        if options:
            y = plate.chips(self.drawing, x + LEAD, y + 6, options, RIGHT - x - LEAD) + 4
        if asked.private:
            y = self._note(x, y, Note("lock", self.wording.say("private"), look.PETROL))
        if asked.remind != self.usual:
            y = self._note(x, y, self._reminded(asked.remind))
        self._after(y)

    def _branch(self, step: Step, x: float, known: dict[str, tuple[int, Question]]) -> None:
        """Beside the line and back to it: who is not concerned goes straight on."""
        inner, top = x + LEAD, self.y + 10
        self._forked(step.when, inner, known)
        self._step(step, inner, known)
        bottom = self.y - 4
        self.drawing.line([(x, top), (inner, top), (inner, bottom), (x, bottom)], dashes=DASHES)
        for y in (top, bottom):
            self.drawing.circle(x, y, 4, fill=look.PETROL)
        self.y = bottom + GAP

    def _forked(self, when: When, inner: float, known: Numbered) -> None:
        self.drawing.icon("git-branch", inner + LEAD - 16, self.y + 10)
        text = self.wording.condition(when, known)
        y = self.drawing.text(inner + LEAD, self.y, text, room=RIGHT - inner - LEAD, size=look.SMALL, bold=True,
                              colour=look.PETROL)  # fmt: skip
        self.y = y + 16

    def _repeat(self, repeat: Repeat, x: float, known: Numbered) -> None:
        top, head = self.y, self.y + 28
        plate.disc(self.drawing, x, head, "repeat")
        most = self.wording.say("repeat", n=repeat.most)
        self.drawing.text(x + LEAD, head - 12, most, room=look.MEASURE, bold=True, colour=look.PETROL)
        self.y = head + 20 + GAP
        self._steps(repeat.steps, x, known)
        foot = self.y + 12
        self._again(repeat, x)
        self.drawing.line([(x, foot), (x - LOOP, foot), (x - LOOP, head), (x - 22, head)])
        self.drawing.path(f"M{x - 24} {head - 6}L{x - 15} {head}L{x - 24} {head + 6}Z", fill=look.PETROL, width=0)
        self.drawing.box(x - LEAD, top, WIDTH - plate.EDGE - x + LEAD, self.y - top, fill=look.SAND, under=True)
        self.y += GAP

    def _again(self, repeat: Repeat, x: float) -> None:
        plate.disc(self.drawing, x, self.y + 12, "repeat")
        y = self.drawing.text(x + LEAD, self.y, plain(repeat.again.text), room=self._named(repeat.id, x))
        labels = self.wording.options(repeat.again.answer)
        verbs = [self.wording.say("repeat_again"), self.wording.say("repeat_leave")]
        ways = [f"{label} → {verb}" for label, verb in zip(labels, verbs, strict=True)]
        self.y = plate.chips(self.drawing, x + LEAD, y + 6, ways, RIGHT - x - LEAD) + GAP

    # --- beside the line ---

    def _named(self, id: str, x: float) -> float:
        """The id at the right edge, for those who edit the file; the room left for the text."""
        return min(look.MEASURE, RIGHT - x - LEAD - plate.aside(self.drawing, RIGHT, self.y, id))

    def _said(self, x: float, y: float, text: str) -> float:
        return self.drawing.text(x + LEAD, y + 2, text, room=look.MEASURE, size=look.SMALL, colour=look.GREY)

    def _note(self, x: float, y: float, note: Note) -> float:
        return plate.noted(self.drawing, x + LEAD, y + 4, note, look.MEASURE)

    def _after(self, y: float) -> None:
        self.y = y + GAP

    # --- legend ---

    def _samples(self) -> list[tuple[plate.Sample, str]]:
        """Only the signs that this module uses."""
        say, found = self.wording.say, set(_names(self.flow.steps))
        private = any(question.private for question in questions(self.flow.steps))
        samples: list[tuple[str, plate.Sample, bool]] = [
            ("question", lambda d, x, y: plate.numbered(d, x, y, "1"), "questions" in found),
            ("capsule", lambda d, x, y: plate.square(d, x, y, "book-open"), "capsules" in found),
            ("branch", _branch_sample, "branches" in found),
            ("repeat", lambda d, x, y: plate.disc(d, x, y, "repeat"), "repeats" in found),
            ("private", lambda d, x, y: d.icon("lock", x, y), private),
        ]
        return [(sample, say(f"legend_{name}")) for name, sample, used in samples if used]


def _branch_sample(drawing: Drawing, x: float, y: float) -> None:
    drawing.line([(x - 10, y - 12), (x + 12, y - 12), (x + 12, y + 12), (x - 10, y + 12)], dashes=DASHES)
    drawing.line([(x - 10, y - 14), (x - 10, y + 14)])
    for end in (y - 12, y + 12):
        drawing.circle(x - 10, end, 4, fill=look.PETROL)
