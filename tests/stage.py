"""The bare player: a transcript through the door alone, on one case in memory. No table, no socket, no clock.

What a send sets in motion starts at once: delivery is certain here. Its twin (tests/full_stage.py) goes through
tables, timers, outbox and the stand-in; both must say the same words.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.conversation import door, due, planning
from bot.conversation.house import House
from bot.conversation.update import File, Heard, Membership, Pressed, Update
from bot.store.case import Case, Enrolment, Outgoing, Person, Timer, Version, drawn_id
from bot.telegram.length import plain as without_tags
from flows.calendar import days_after
from tests.script import local, span

COACH_CHAT = 700
CHAT = 500
KINDS = {"vocal": "voice", "photo": "photo", "document": "document", "vidéo": "video"}


@dataclass(slots=True)
class Shown:
    """A message of ours as it stands in the chat."""

    id: int
    text: str
    rows: list[list[tuple[str, str]]]
    run: tuple[int, str] | None = None


@dataclass
class Bare:
    house: House
    now: datetime = field(default_factory=lambda: local("2026-03-02 09:00"))
    shown: dict[int, Shown] = field(default_factory=dict)
    theirs: dict[int, str] = field(default_factory=dict)
    landed: dict[int, tuple[int | None, str]] = field(default_factory=dict)
    albums: dict[str, tuple[int | None, str]] = field(default_factory=dict)
    held: list[Outgoing] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    pushes: dict[int, Mapping[str, str]] = field(default_factory=dict)
    counter: int = 100
    replies: int = 0
    blocked: bool = False

    def __post_init__(self) -> None:
        coach = Person(2, "coach", "Anne", "Europe/Paris", COACH_CHAT)
        person = Person(1, "participant", "Claire", "Europe/Paris", CHAT)
        programme = next(iter(self.house.library.programmes))
        enrolment = Enrolment(1, 1, 2, programme, "accompagne", None, "active", self.now)
        self.case = Case(CHAT, self.now, person, enrolment, coach)

    # --- acts ---

    def act(self, text: str) -> list[str]:
        """Plays one act; what came of it, as transcript lines."""
        self.lines = []
        kind, rest = text[0], text[1:].strip()
        match kind:
            case "@":
                self.until(local(rest))
            case "+":
                self.until(self.now + span(text))
            case ">":
                self.participant(rest)
            case "!":
                self.other(rest)
        return self.lines

    def participant(self, text: str) -> None:
        pressing = re.fullmatch(r"\[appuie ([^@\]]+?)(?: @ ([^\]]+))?\]", text)
        replying = re.fullmatch(r"\[↩ ([^\]]+)\] (.*)", text)
        editing = re.fullmatch(r"\[✎ ([^\]]+)\] (.*)", text)
        file = re.fullmatch(r"\[(vocal|photo|document|vidéo)( album)?(?: (\d+) Mo)?\](.*)", text)
        if pressing:
            self.press(pressing[1], pressing[2])
        elif replying:
            self.say(replying[2], reply_to=self.find(replying[1]).id)
        elif editing:
            number = next(id for id, said in reversed(self.theirs.items()) if editing[1] in said)
            self.say(editing[2], message_id=number, edited=True)
        elif file:
            about = {"size": int(file[3] or 1) * 1024 * 1024}
            held = (File(KINDS[file[1]], f"f{self.counter}", about),)
            self.say(file[4].strip(), files=held, album="album" if file[2] else None)
        elif text == "[autocollant]":
            self.say("", other="sticker")
        else:
            self.say(text.replace("\\n", "\n"))

    def say(self, text: str, message_id: int | None = None, **about: Any) -> None:
        number = message_id or self.number()
        self.theirs[number] = text
        self.update(Heard(CHAT, number, text, **about))

    def press(self, label: str, bit: str | None) -> None:
        newest = [self.find(bit)] if bit else list(reversed(self.shown.values()))
        for message in newest:
            for row in message.rows:
                for name, data in row:
                    if typed(name) == typed(label):
                        return self.update(Pressed(CHAT, message.id, data, f"cb{self.number()}"))
        raise AssertionError(f"no button « {label} »")

    def other(self, text: str) -> None:
        verb, _, rest = text.partition(" ")
        if verb == "rdv":
            session, _, at = rest.partition(" ")
            self.turn(lambda case: planning.set_appointment(self.house, case, session, local(at), "Europe/Paris", drawn_id()))
        elif verb in STATES:
            self.turn(lambda case: planning.change_state(self.house, case, rest, STATES[verb]))
        elif verb == "pousse":
            kind, _, body = rest.partition(" ")
            self.pushes[len(self.pushes) + 1] = {"flow": body} if kind == "flow" else {"text": body}
            self.turn(lambda case: case.wake("push", str(len(self.pushes)), self.now, push=len(self.pushes)))
        elif verb in ("bloque", "débloque"):
            self.blocked = verb == "bloque"
            self.update(Membership(CHAT, self.blocked))
        elif verb == "doux":
            self.turn(lambda case: setattr(case.enrolment, "gentle", True))
        else:
            raise ValueError(text)
        self.until(self.now)

    # --- turns ---

    def update(self, update: Update) -> None:
        self.case.landed = None
        self.case.messages = {m.id: m.run for m in self.shown.values() if m.run}
        self.case.answers_in, self.case.albums = dict(self.landed), self.albums
        self.turn(lambda case: door.handle(self.house, case, update))
        if isinstance(update, Heard) and self.case.landed:
            self.landed[update.message_id] = self.case.landed

    def turn(self, play: Any) -> None:
        self.case.now = self.now
        play(self.case)
        self.number_replies()
        changes = self.case.take()
        if changes.released:
            held, self.held = self.held, []
            for out in held if changes.released == "ready" else []:
                self.deliver(out)
        for timer in changes.timers:
            timer.id = timer.id or drawn_id()
        for out in changes.out:
            self.deliver(out)
        self.lines += [happened(event.kind, event.about) for event in changes.happenings if event.kind not in QUIET]

    def number_replies(self) -> None:
        """Answers get their row numbers, as the store would give them."""
        for file in self.case.runs:
            for key, version in list(file.versions.items()):
                if not version.id:
                    self.replies += 1
                    file.versions[key] = Version(version.number, version.answered_at, version.review, self.replies)

    def deliver(self, out: Outgoing) -> None:
        if self.blocked and out.chat_id == CHAT:
            self.held.append(out)
            return
        number = self.number() if out.method.startswith("send") else None
        self.lines += told(out.method, out.params, out.chat_id == COACH_CHAT, out.files)
        if out.chat_id != CHAT:
            return
        rows = buttons(out.params)
        text = without_tags(str(out.params.get("text", "")))
        if number is not None:
            run = (out.run_id, out.key) if out.run_id is not None and out.key else None
            self.shown[number] = Shown(number, text, rows, run)
        elif out.method.startswith("editMessage"):
            seen = self.shown[int(out.params["message_id"])]
            self.shown[seen.id] = replace(seen, text=text or seen.text, rows=rows)
        for wake in out.wake:
            self.wake(wake)

    def wake(self, wake: Mapping[str, Any]) -> None:
        due_at = days_after(self.now, int(wake["days"]), self.case.zone)
        about = {name: wake[name] for name in ("run", "step", "nth") if name in wake}
        timer = Timer(wake["owner"], wake["kind"], wake["scope"], due_at, about, id=drawn_id(), enrolment_id=1)
        same = (timer.kind, timer.scope)
        self.case.timers = [t for t in self.case.timers if (t.kind, t.scope) != same] + [timer]

    def until(self, end: datetime) -> None:
        """Lets time pass, firing what is due in order."""
        while True:
            ahead = [t for t in self.case.timers if t.state == "pending" and t.due_at <= end]
            if not ahead:
                break
            first = min(ahead, key=lambda t: t.due_at)
            self.now = max(self.now, first.due_at)
            together = [t for t in ahead if t.due_at <= self.now]
            self.case.pushes = dict(self.pushes)
            self.turn(lambda case, timers=together: due.all_due(self.house, case, timers))
        self.now = max(self.now, end)

    def find(self, bit: str) -> Shown:
        return next(message for message in reversed(self.shown.values()) if typed(bit) in typed(message.text))

    def number(self) -> int:
        self.counter += 1
        return self.counter


STATES = {"annule": "cancelled", "absent": "no_show", "faite": "done"}
QUIET = frozenset({"module_done", "appointment_set"})


def typed(text: str) -> str:
    """As a keyboard writes it: straight apostrophes, plain spaces."""
    return text.replace("’", "'").replace("\u202f", " ").replace("\xa0", " ")


def happened(kind: str, about: Mapping[str, Any]) -> str:
    shown = " ".join(f"{k}={v}" for k, v in about.items() if k in ("flow", "envoi", "reason", "by", "session") and v)
    return f"* {kind} {shown}".rstrip()


def told(method: str, params: Mapping[str, Any], coach: bool, files: Mapping[str, Any]) -> list[str]:
    """A call as transcript lines."""
    if method == "answerCallbackQuery":
        return [f"(alerte) {params['text']}"] if params.get("text") else []
    if method == "setMessageReaction":
        return [f"(réaction) {params['reaction'][0]['emoji']}"]
    if method == "editMessageReplyMarkup":
        return ["(boutons retirés)"]
    if method == "sendDocument":
        return [f"(fichier) {next(iter(files.values()))[0]}"]
    mark = "coach<" if coach else "<~" if method.startswith("edit") else "<"
    first, *rest = without_tags(str(params["text"])).split("\n")
    rows = ["  " + " ".join(f"[{label}]" for label, _ in row) for row in buttons(params)]
    return [f"{mark} {first}", *(f"| {line}".rstrip() for line in rest), *rows]


def buttons(params: Mapping[str, Any]) -> list[list[tuple[str, str]]]:
    markup = params.get("reply_markup") or {}
    markup = json.loads(markup) if isinstance(markup, str) else markup
    return [[(b["text"], b["callback_data"]) for b in row] for row in markup.get("inline_keyboard", [])]


