"""Updates as nobody should send them, each drawn from its number: right ones, broken ones, and everything between."""

import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from bot.admin import chat as admin
from bot.conversation import commands, discovery, presses
from bot.desk import coach
from tests.bot.hostile import HOSTILE

Json: TypeAlias = Any

VERBS = re.findall(r'"(\w+)"', " ".join(re.findall(r"case ([^\n]*\"[^\n]*):", Path(presses.__file__).read_text())))
"""The verbs of `c:` buttons, as the door's own `match` names them."""

DESK = [*coach.ABOUT, *coach.ALONE, *admin.ALONE]
PAGES = [*discovery.PAGES, *discovery.ASKS, "annule"]
COMMANDS = [*commands.COMMANDS, *coach.COMMANDS, *coach.OPEN, *admin.COMMANDS, "start", "nulle", "x" * 32]
OWN = {"coach": [*coach.COMMANDS], "admin": [*admin.COMMANDS], "participant": [*commands.COMMANDS]}

WORDS = ["oui", "non", "7", "10", "2 500", "mars 2019", "12/03/2027 14:30", "stop", "Passer", "J'ai terminé", "1",
         "demain 9h", "un\ndeux\ntrois", "Camille", "https://exemple.fr/salle", *HOSTILE.values()]  # fmt: skip

NUMBERS: Sequence[Json] = [0, -1, 1, 2**31, 2**53, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**400, 1.5, -0.0]
ODD: Sequence[Json] = [None, True, False, "", "x", [], {}, [[]], [None], {"id": None}, "\ud800", "\x00", *NUMBERS]

ARGUMENTS = ["0", "-1", "1", "2", "3", "4", "5", "9" * 18, "9" * 19, "9" * 5000, "٣", "²", "1.0", "", ":", "::", "oui",
             "non", "plus", "doux", "ordinaire", "S1", "S2", "S99", "2026-11-30", "2026-02-31", "0900", "-" + "z" * 40,
             "z" * 40, "-1z", "accueil", "ancrage", "sante", "ia", "\x00", "\ud800", "é" * 30, "x" * 64]  # fmt: skip


ENDS = ("c:erase:oui", "c:withdraw", "c:stop:oui")
"""Buttons that would leave little to garble: pressed now and then."""


class Garbler:
    """`roles` are those of the chats; `buttons` what they were offered, kept up by whoever plays the updates."""

    def __init__(self, seed: int, roles: Mapping[int, str]) -> None:
        self.seed, self.roles = seed, roles
        self.chats = [chat for chat, role in roles.items() for _ in range(3 if role == "participant" else 1)]
        self.buttons: dict[int, list[tuple[int, str]]] = {}
        self.said: dict[int, list[int]] = {}

    def body(self, number: int) -> bytes:
        """Update `number` as JSON, lone surrogates and all; now and then it is no JSON."""
        rng = random.Random(self.seed * 1_000_003 + number)
        update = self.update(rng, number)
        if rng.random() < 0.2:
            update = _broken(rng, update)
        text = json.dumps(update)
        return _cut(rng, text.encode()) if rng.random() < 0.02 else text.encode()

    def update(self, rng: random.Random, number: int) -> Json:
        chat = rng.choice(self.chats)
        kind, made = rng.choice(KINDS)
        return {"update_id": number, kind: made(self, rng, chat, number)}

    # --- kinds ---

    def words(self, rng: random.Random, chat: int, number: int) -> Json:
        self.said.setdefault(chat, []).append(number)
        text = rng.choice(WORDS)
        if rng.random() < 0.3:
            named = rng.choice(OWN.get(self.roles[chat], COMMANDS) if rng.random() < 0.7 else COMMANDS)
            text = f"/{named} {rng.choice(['', *ARGUMENTS, *WORDS])}".rstrip(" ")
        elif rng.random() < 0.2:
            text = f"MOTS-{chat} " + text
        reply = {"reply_to_message": _message(chat, rng.randrange(1, number + 2))} if rng.random() < 0.2 else {}
        return {**_message(chat, number), "text": text, **reply}

    def edited(self, rng: random.Random, chat: int, number: int) -> Json:
        old = rng.choice(self.said.get(chat) or [number])
        return {**_message(chat, old), "edit_date": number, "text": rng.choice(WORDS)}

    def press(self, rng: random.Random, chat: int, number: int) -> Json:
        whose = chat if rng.random() < 0.8 else rng.choice(self.chats)
        offered = self.buttons.get(whose)
        message, data = _recent(rng, offered) if offered and rng.random() < 0.85 else (number, _invented(rng))
        if data.startswith(ENDS) and rng.random() < 0.98:
            data = "c:consent:oui"
        elif rng.random() < 0.15:
            parts = data.split(":")
            parts[rng.randrange(len(parts))] = rng.choice(ARGUMENTS)
            data = ":".join(parts)
        return {"id": str(number), "data": data, "from": _sender(chat), "message": _message(chat, message)}

    def file(self, rng: random.Random, chat: int, number: int) -> Json:
        kind = rng.choice(["photo", "voice", "audio", "video", "video_note", "document", "sticker", "location", "dice"])
        about = {"file_id": rng.choice(["F1", "x" * 300, *HOSTILE.values()]), "file_size": rng.choice(NUMBERS),
                 "mime_type": rng.choice(["image/png", "text/html", *HOSTILE.values()]), "duration": 3,
                 "file_name": rng.choice(list(HOSTILE.values()))}  # fmt: skip
        held = [about] if kind == "photo" else about
        album = {"media_group_id": rng.choice(["7", "8", "\x00", "\ud800", "x" * 90])} if rng.random() < 0.5 else {}
        return {**_message(chat, number), kind: held, "caption": rng.choice(WORDS), **album}

    def membership(self, rng: random.Random, chat: int, number: int) -> Json:
        return {"chat": _chat(chat), "new_chat_member": {"status": rng.choice(["kicked", "member", "left", "odd"])}}

    def foreign(self, rng: random.Random, chat: int, number: int) -> Json:
        return {"chat": {"id": -chat, "type": "group"}, "message_id": number, "text": rng.choice(WORDS)}


Made: TypeAlias = Callable[[Garbler, random.Random, int, int], Json]
KINDS: Sequence[tuple[str, Made]] = [
    *[("message", Garbler.words)] * 8,
    *[("callback_query", Garbler.press)] * 9,
    *[("message", Garbler.file)] * 2,
    ("edited_message", Garbler.edited),
    ("my_chat_member", Garbler.membership),
    ("message", Garbler.foreign),
    ("channel_post", Garbler.foreign),
    ("inline_query", Garbler.words),
]


def _recent(rng: random.Random, offered: list[tuple[int, str]]) -> tuple[int, str]:
    return offered[-1 - int(rng.expovariate(0.15)) % len(offered)]


def _invented(rng: random.Random) -> str:
    arguments = ":".join(rng.choice(ARGUMENTS) for _ in range(rng.randrange(4)))
    verb = rng.choice([f"c:{rng.choice(VERBS)}", f"d:{rng.choice(DESK)}", f"v:{rng.choice(PAGES)}", "a", "z", ""])
    return f"{verb}:{arguments}"


def _message(chat: int, number: int) -> Json:
    return {"message_id": number, "chat": _chat(chat), "date": 1, "from": _sender(chat)}


def _chat(chat: int) -> Json:
    return {"id": chat, "type": "private"}


def _sender(chat: int) -> Json:
    return {"id": chat, "first_name": "\u202eA\n\x00"}


def _broken(rng: random.Random, value: Json) -> Json:
    """One place of the update taken away, of another type, doubled or buried."""
    places = list(_places(value))
    path = rng.choice(places)
    made = json.loads(json.dumps(value))
    holder = made
    for step in path[:-1]:
        holder = holder[step]
    last = path[-1]
    match rng.randrange(5):
        case 0:
            del holder[last]
        case 1:
            holder[last] = rng.choice(ODD)
        case 2:
            holder[last] = _deep(rng.choice([5, 60, 400]))
        case 3:
            holder[last] = [holder[last]]
        case _:
            holder[last] = str(holder[last])
    return made


def _places(value: Json, path: tuple[Any, ...] = ()) -> Any:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, held in inside:
        yield (*path, key)
        yield from _places(held, (*path, key))


def _deep(levels: int) -> Json:
    value: Json = "x"
    for _ in range(levels):
        value = {"message": value}
    return value


def _cut(rng: random.Random, body: bytes) -> bytes:
    place = rng.randrange(len(body) + 1)
    return rng.choice([body[:place], body[:place] + b"\xff" + body[place:], b"[" * 3000 + body, body + body, b""])
