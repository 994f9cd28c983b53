"""A module rehearsed on the bare engine: no person, no table, no Telegram; time goes by when it is told to.

Knows nothing of where lines come from, nor of the programme that brought the module here.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from bot.conversation.speech import Speech, glance
from bot.telegram.length import plain
from bot.terminal.diary import counted, span
from flows.answers import FINISH, Button
from flows.calendar import days_after, later, spoken
from flows.engine import Run, turn
from flows.events import (
    Ask,
    Begin,
    Close,
    Event,
    Finish,
    Hold,
    Keep,
    Misread,
    Opened,
    Redraw,
    Reply,
    Said,
    Say,
    Silence,
    Skip,
    Wake,
)
from flows.model import Flow, Hours, Kept, Key, Question
from flows.road import about
from flows.spoken import plain as flat

FILES = {"vocal": "voice", "photo": "photo", "document": "document", "video": "video"}
WORDS = ("passer", "séance", "pourquoi", "silence", "avance 3j", "agenda", "quitter")

Write = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Pace:
    """Where the imagined person lives, when one may write to them; `gentle`: one reminder, never two."""

    zone: ZoneInfo
    hours: Hours
    gentle: bool = False


@dataclass(slots=True)
class Chat:
    """One run of a flow, and what is said about it. `sent_by`: what brings this module, one line each."""

    flow: Flow
    speech: Speech
    now: datetime
    pace: Pace
    write: Write
    sent_by: Sequence[str] = ()
    words: Sequence[str] = WORDS
    run: Run = field(default_factory=Run)
    wake: Wake | None = None
    wake_at: datetime | None = None
    asked: Question | None = None
    shown: list[tuple[str, str]] = field(default_factory=list)
    kept: dict[Key, tuple[Question, Kept]] = field(default_factory=dict)
    heard: int = 0

    def begin(self) -> None:
        minutes = f" ({self.flow.minutes} min)" if self.flow.minutes else ""
        self.write(f"=== {self.flow.title}{minutes} ===")
        self.play(Begin())

    def hear(self, line: str) -> bool:
        """Carries out one line; whether the module goes on."""
        if self.over:
            return False
        self.heard += 1
        word = flat(line)
        pressed = self._pressed(line)
        forward = span(word.removeprefix("avance ")) if word.startswith("avance ") else None
        if pressed is not None:
            self.play(Finish() if pressed == FINISH else Reply(Said(choice=pressed)))
        elif word == "pourquoi":
            self.write(plain(self.speech.why(self.asked)))
        elif word == "silence":
            self.silence()
        elif word == "agenda":
            self.agenda()
        elif forward:
            self.advance(self.now + forward)
            self.write(f"(Nous sommes {self._spoken(self.now)}.)")
        elif word in ("passer", "seance"):
            self.play(Skip("skipped" if word == "passer" else "in_session"))
        else:
            self.play(Reply(self._said(line)))
        return not self.over

    @property
    def over(self) -> bool:
        return self.run.state == "done"

    def leave(self) -> None:
        n = len(self.kept)
        said = "=== Fin du module" if self.over else "=== Le module n'est pas fini"
        self.write(f"{said} : {n} réponse{'s' if n > 1 else ''}. Rien n'a été gardé. ===")

    def summary(self) -> dict[str, Any]:
        answers = {
            key: {"question": plain(self.speech.asked(asked, None, progress=False)), "value": kept.value,
                  "words": self.speech.value(asked, kept), "how": kept.how}
            for key, (asked, kept) in self.kept.items()
        }  # fmt: skip
        return {"flow": self.flow.id, "version": self.flow.version, "state": self.run.state, "answers": answers}

    # --- what is said to the engine ---

    def play(self, event: Event) -> None:
        result = turn(self.flow, self.run, event)
        self.run = result.run
        for effect in result.effects:
            self._show(effect)

    def silence(self) -> None:
        """Nobody answers until the reminder that was planned, if one was."""
        if self.wake is None:
            return self.write("(Aucune relance n'est prévue : la question attend.)")
        return self._nudge(f"{counted(self.wake.days)} de silence")

    def advance(self, to: datetime) -> None:
        """Time goes by until then; what falls due on the way is shown on its day."""
        while self.wake_at and self.wake_at <= to and not self.over:
            self._nudge(self._spoken(self.wake_at))
        self.now = max(self.now, to)

    def agenda(self) -> None:
        """What brings this module, then the reminders of the open question if nobody answers."""
        self.write("Ce qui envoie ce module :")
        for line in self.sent_by or ("aucun programme",):
            self.write(f"  {line}")
        reminders = list(self._reminders())
        self.write("Sans réponse, les relances :" if reminders else "Aucune relance n'est prévue.")
        for at in reminders:
            self.write(f"  {self._spoken(at)}")

    def _nudge(self, told: str) -> None:
        wake, at = self.wake, self.wake_at
        self.wake = self.wake_at = None
        if wake and at:
            self.now = max(self.now, at)
            self.write(f"(… {told} …)")
            self.play(Silence(wake.step, wake.nth))

    def _reminders(self) -> Iterator[datetime]:
        if self.wake is None or self.wake_at is None or self.asked is None or self.asked.remind is None:
            return
        at = self.wake_at
        yield at
        for _ in range(self.wake.nth, 1 if self.pace.gentle else self.asked.remind.times):
            at = self._due(at, self.asked.remind.every)
            yield at

    def _due(self, since: datetime, days: int) -> datetime:
        return later(days_after(since, days, self.pace.zone), self.pace.hours, self.pace.zone)

    def _spoken(self, at: datetime) -> str:
        return spoken(at, self.pace.zone)

    def _pressed(self, line: str) -> str | None:
        """The value of the button of this number or of this very label."""
        if not self._by_number() and line.isdecimal() and 1 <= int(line) <= len(self.shown):
            return self.shown[int(line) - 1][1]
        wanted = flat(line)
        return next((value for label, value in self.shown if wanted and flat(label) == wanted), None)

    def _said(self, line: str) -> Said:
        file = re.fullmatch(r"\[(\w+)\]", line)
        kind = FILES.get(flat(file[1])) if file else None
        media = ((f"fichier{self.heard}", kind),) if kind else ()
        today = self.now.astimezone(self.pace.zone).date()
        return Said("" if media else line, media=media, ref=self.heard, today=today)

    # --- what the engine says ---

    def _show(self, effect: Any) -> None:
        match effect:
            case Say(capsule=capsule):
                bubbles = [plain(params["text"]) for params in self.speech.capsule(capsule)]
                self.write("\n" + "\n\n".join(bubbles))
            case Ask(key=key, question=asked, nth=nth):
                line = about(self.flow, key, self.run.answers)
                told = [self.speech.say(f"reminder_{min(nth, 2)}")] if nth else []
                told += [self.speech.say("about_line", line=glance(line))] if line else []
                self._ask(asked, "\n\n".join(told))
            case Wake(nth=nth, days=days):
                if not (self.pace.gentle and nth > 1):
                    self.wake, self.wake_at = effect, self._due(self.now, days)
            case Keep(key=key, question=asked, kept=kept):
                self.wake = self.wake_at = None
                self.kept[key] = (asked, kept)
                self.write(f"[gardé] {self.speech.value(asked, kept)}")
            case Hold():
                self.write(plain(self.speech.say("held")))
                self._offer()
            case Redraw(question=asked):
                self._ask(asked, "")
            case Misread(question=asked, reason=reason, nth=nth):
                last = nth >= 3
                self.write(plain(self.speech.say("to_check") if last else self.speech.misread(asked, reason)))
            case Opened() | Close():
                pass
            case _ as never:
                assert_never(never)

    def _ask(self, asked: Question, opening: str) -> None:
        self.asked = asked
        text = "\n\n".join(part for part in (opening, self.speech.asked(asked, self.run.draft)) if part)
        self.write("\n" + plain(text))
        self._offer()

    def _offer(self) -> None:
        """The buttons as they stand now; those that bear a number are typed as they are."""
        assert self.asked is not None
        rows = self.speech.answers(1, 1, self.asked, self.run.draft)
        self.shown = [(button.label, button.value) for row in rows for button in map(_button, row)]
        if self._by_number():
            self.write("  " + " ".join(f"[{label}]" for label, _ in self.shown))
        else:
            for n, (label, _) in enumerate(self.shown, 1):
                self.write(f"  {n}. {label}")
        self.write(f"  ({' · '.join(self.words)})")

    def _by_number(self) -> bool:
        return any(label.isdecimal() for label, _ in self.shown)


def _button(pair: tuple[str, str]) -> Button:
    """A label with its data `a:<run>:<step>:<value>`, the label without the sign of a choice made."""
    label, data = pair
    return Button(label, data.split(":", 3)[3])
