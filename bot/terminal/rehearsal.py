"""A module rehearsed in the terminal, on the bare engine: no person, no table, no Telegram, nothing kept.

Reads one line at a time, typed or piped; what cannot be said with words is written « [vocal] » or « [photo] ».
"""

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.conversation.speech import Speech
from bot.library import Library
from bot.settings import Settings
from bot.telegram.length import plain
from bot.terminal import Misused
from bot.terminal.tables import clean, tell
from flows.answers import FINISH, Button
from flows.answers import plain as flat
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
from flows.model import Flow, Kept, Key, Question

FILES = {"vocal": "voice", "photo": "photo", "document": "document", "video": "video"}
HELP = "(passer · séance · pourquoi · silence · quitter)"

Write = Callable[[str], None]


def rehearse(flow_id: str, as_json: bool) -> None:
    """Plays the module with whoever types; with `as_json` the talk goes to stderr, the answers to stdout."""
    settings = Settings.load()
    library = Library.open(settings.content)
    clock = Clock.rehearsal(settings.clock) if settings.clock else Clock.real()
    today = clock.now().astimezone(ZoneInfo(settings.zone)).date()
    out = sys.stderr if as_json else sys.stdout

    def write(text: str) -> None:
        print(clean(text), file=out, flush=True)

    chat = Chat(_flow(library, flow_id), Speech(library), today, write)
    chat.begin()
    for line in _lines(write):
        if flat(line) == "quitter" or not chat.hear(line):
            break
    chat.leave()
    if as_json:
        tell(True, chat.summary())


def _flow(library: Library, flow_id: str) -> Flow:
    if library.has_flow(flow_id):
        return library.flow(flow_id)
    near = get_close_matches(flow_id, library.flows, n=1) or sorted(library.flows)
    raise Misused(f"Il n'y a pas de module « {flow_id} ». Par exemple : {', '.join(near)}.")


def _lines(write: Write) -> Iterator[str]:
    """What is typed, or piped: then it is shown as well, so that the whole can be read again."""
    typed = sys.stdin.isatty()
    while True:
        try:
            line = input("> ") if typed else sys.stdin.readline()
        except EOFError:
            return
        if not typed and not line:
            return
        if line.strip():
            if not typed:
                write(f"> {line.strip()}")
            yield line.strip()


@dataclass(slots=True)
class Chat:
    """One run of a flow, and what is said about it."""

    flow: Flow
    speech: Speech
    today: date
    write: Write
    run: Run = field(default_factory=Run)
    wake: Wake | None = None
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
        if pressed is not None:
            self.play(Finish() if pressed == FINISH else Reply(Said(choice=pressed)))
        elif word == "pourquoi":
            self.write(plain(self.speech.why(self.asked)))
        elif word == "silence":
            self.silence()
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
        wake, self.wake = self.wake, None
        self.write(f"(… {wake.days} jour{'s' if wake.days > 1 else ''} de silence …)")
        return self.play(Silence(wake.step, wake.nth))

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
        return Said("" if media else line, media=media, ref=self.heard, today=self.today)

    # --- what the engine says ---

    def _show(self, effect: Any) -> None:
        match effect:
            case Say(capsule=capsule):
                bubbles = [plain(params["text"]) for params in self.speech.capsule(capsule)]
                self.write("\n" + "\n\n".join(bubbles))
            case Ask(question=asked, nth=nth):
                self._ask(asked, self.speech.say(f"reminder_{min(nth, 2)}") if nth else "")
            case Wake():
                self.wake = effect
            case Keep(key=key, question=asked, kept=kept):
                self.wake = None
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
        self.write(f"  {HELP}")

    def _by_number(self) -> bool:
        return any(label.isdecimal() for label, _ in self.shown)


def _button(pair: tuple[str, str]) -> Button:
    """A label with its data `a:<run>:<step>:<value>`, the label without the sign of a choice made."""
    label, data = pair
    return Button(label, data.split(":", 3)[3])
