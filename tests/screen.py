"""What a person sees of a chat, and calls of the Bot API, replies and events as lines of a transcript."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.telegram.length import plain as without_tags
from flows.calendar import spoken_day
from flows.lines import ticks
from flows.model import Kept, Value
from tests.script import PARIS

CHAT, OTHER, VISITOR, ADMIN, COACH, RELAY = 500, 501, 502, 600, 700, 701
MARKS = {CHAT: "<", OTHER: "autre<", VISITOR: "visite<", COACH: "coach<", RELAY: "relais<", ADMIN: "admin<"}
QUIET = frozenset({"module_done", "appointment_set"})
TOLD = ("flow", "envoi", "reason", "by", "session")
HOW = {"skipped": "passée", "in_session": "en séance", "to_check": "à vérifier", "misread": "non reconnue"}

Row = list[tuple[str, str]]


@dataclass(slots=True)
class Shown:
    """A message of ours as it stands in a chat; `run` is the run and question it belongs to, where that is known."""

    id: int
    chat: int
    text: str
    rows: list[Row]
    run: tuple[int | None, str] | None = None


@dataclass(slots=True)
class Screen:
    shown: dict[int, Shown] = field(default_factory=dict)
    theirs: dict[int, tuple[int, str]] = field(default_factory=dict)

    def add(self, method: str, params: Mapping[str, Any], chat: int, number: int | None) -> None:
        """A call that went through: `number` is the message it made, if it made one."""
        rows, text = buttons(params), without_tags(str(params.get("text") or params.get("caption", "")))
        if number is not None:
            self.shown[number] = Shown(number, chat, text, rows)
        elif method.startswith("editMessage"):
            seen = self.shown[int(params["message_id"])]
            self.shown[seen.id] = replace(seen, text=text or seen.text, rows=rows)

    def find(self, bit: str, chat: int = CHAT) -> Shown:
        """Our newest message that contains these words."""
        for message in self._newest(chat):
            if typed(bit) in typed(message.text):
                return message
        raise AssertionError(f"no message « {bit} »")

    def button(self, label: str, bit: str, chat: int = CHAT) -> tuple[int, str]:
        """The newest button of this label, as (message, data)."""
        for message in [self.find(bit, chat)] if bit else self._newest(chat):
            for name, data in (button for row in message.rows for button in row):
                if typed(name) == typed(label):
                    return message.id, data
        raise AssertionError(f"no button « {label} »")

    def own(self, bit: str, chat: int = CHAT) -> int:
        """The number of their newest message that contains these words."""
        return next(id for id, (where, said) in reversed(self.theirs.items()) if where == chat and bit in said)

    def _newest(self, chat: int) -> Iterable[Shown]:
        return [message for message in reversed(self.shown.values()) if message.chat == chat]


@dataclass(slots=True)
class Page:
    """What came of one act, or of one instant: told chat by chat, whatever the order between chats."""

    out: dict[int, list[str]] = field(default_factory=lambda: {chat: [] for chat in MARKS})
    kept: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)

    def lines(self, at: datetime | None) -> list[str]:
        """`at`: the instant, when time was passing."""
        order = (CHAT, COACH, RELAY, ADMIN, OTHER, VISITOR)
        found = [*(line for chat in order for line in self.out[chat]), *self.kept, *self.events]
        return [moment(at), *found] if found and at else found


def moment(at: datetime) -> str:
    return f"({spoken_day(at, PARIS)} {at.astimezone(PARIS):%H:%M})"


def typed(text: str) -> str:
    """As a keyboard writes it: straight apostrophes, plain spaces."""
    return text.replace("’", "'").replace("\u202f", " ").replace("\xa0", " ")


def told(method: str, params: Mapping[str, Any], chat: int, file: str = "") -> list[str]:
    """A call as lines; `file` is the name of the file it sends."""
    match method:
        case "setMyCommands":
            return []
        case "answerCallbackQuery":
            return [f"(alerte) {params['text']}"] if params.get("text") else []
        case "setMessageReaction":
            return [f"(réaction) {params['reaction'][0]['emoji']}"]
        case "editMessageReplyMarkup":
            return ["(boutons retirés)"]
        case "deleteMessages":  # what an erasure takes back: many at once, and nothing to read
            return []
        case "deleteMessage":
            return ["(message effacé)"]
        case "sendDocument" if not params.get("caption"):
            return [f"(fichier) {file}"]
    mark = MARKS[chat] + ("~" if method.startswith("edit") else "")
    first, *rest = without_tags(str(params.get("text") or params["caption"])).split("\n")
    rows = ["  " + " ".join(f"[{label}]" for label, _ in row) for row in buttons(params)]
    files = [f"(fichier) {file}"] if method == "sendDocument" else ["(photo)"] if method == "sendPhoto" else []
    return [f"{mark} {first}", *(f"| {line}".rstrip() for line in rest), *rows, *files]


def buttons(params: Mapping[str, Any]) -> list[Row]:
    markup = params.get("reply_markup") or {}
    markup = json.loads(markup) if isinstance(markup, str) else markup
    return [[(b["text"], b.get("callback_data") or b["url"]) for b in row] for row in markup.get("inline_keyboard", [])]


def happened(kind: str, about: Mapping[str, Any]) -> list[str]:
    shown = " ".join(f"{name}={about[name]}" for name in TOLD if about.get(name))
    return [] if kind in QUIET else [f"* {kind} {shown}".rstrip()]


def held(key: str, version: int, kept: Kept, how: str, private: bool, late: bool) -> str:
    """A reply as the coach may read it."""
    words = [_words(kept.value)] if kept.value not in (None, "", [], {}) else []
    files = [f"{len(kept.media)} fichier{'s' * (len(kept.media) > 1)}"] if kept.media else []
    notes = [f"v{version}"] if version > 1 else []
    notes += [HOW[how]] if how in HOW else []
    notes += ["privée"] if private else []
    notes += ["après la séance"] if late else []
    said = " + ".join([*words, *files]) or "rien"
    return f"= {key} : {said}" + (f" ({', '.join(notes)})" if notes else "")


def _words(value: Value) -> str:
    if isinstance(value, dict) and (ticked := ticks(value)):
        return " | ".join(ticked.values())
    if isinstance(value, dict):
        return " ; ".join(f"{pile} = {', '.join(cards)}" for pile, cards in value.items())
    if isinstance(value, list):
        return " | ".join(value)
    return str(value).replace("\n", "\\n")
