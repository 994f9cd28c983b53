"""A raw Telegram update as one of the few things the door understands. Knows nobody.

Fields: https://core.telegram.org/bots/api#update. Texts come whole; a caption counts as text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from flows.answers import VOICES

LARGEST = 20 * 1024 * 1024
"""Bytes a bot may download (Bot API getFile)."""

BUTTON = 64
"""Bytes of a button's data (Bot API, InlineKeyboardButton)."""

LONGEST_ID = 256
"""Letters of a file's id that are kept; those of Telegram hold about eighty."""

COMMAND = re.compile(r"/([A-Za-z][A-Za-z0-9_]{0,31})(?:@\w+)?(?:\s+(.*))?\s*", re.DOTALL)
"""« /!\\ » and « /2 ans » are words like any others."""

FILES = ("photo", "voice", "audio", "video", "video_note", "document")
OTHERS = ("sticker", "animation", "location", "venue", "contact", "poll", "dice", "story")


class Malformed(Exception):
    """The update lacks what its kind must have."""


@dataclass(frozen=True, slots=True)
class File:
    kind: str
    file_id: str
    about: Mapping[str, Any]

    @property
    def size(self) -> int:
        """Bytes, as Telegram says; 0 when it does not."""
        said = self.about.get("size")
        return said if isinstance(said, int) and said > 0 else 0

    @property
    def too_big(self) -> bool:
        return self.size > LARGEST


@dataclass(frozen=True, slots=True)
class Heard:
    """A message. `other` names a kind that holds neither words nor a file; `edited` when it is said anew."""

    chat_id: int
    message_id: int
    text: str = ""
    files: tuple[File, ...] = ()
    reply_to: int | None = None
    album: str | None = None
    other: str = ""
    edited: bool = False
    name: str = ""

    @property
    def command(self) -> tuple[str, str] | None:
        """`/start CODE` as ("start", "CODE"); only what begins with a slash acts (S2)."""
        found = COMMAND.fullmatch(self.text)
        if found is None or self.edited or self.files:
            return None
        return found[1].lower(), (found[2] or "").strip()


@dataclass(frozen=True, slots=True)
class Pressed:
    chat_id: int
    message_id: int
    data: str
    callback_id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Membership:
    chat_id: int
    blocked: bool


@dataclass(frozen=True, slots=True)
class Ignored:
    """A kind of update we did not ask for, or one from a group."""

    chat_id: int
    kind: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A document that a participant asks for in the chat, or (`document` empty) the list of them all."""

    document: str = ""
    format: str = ""


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a participant asks or says of a skill of their livret: `voir`, `oui`, `non`, of the version they read."""

    verb: str
    skill: str = ""
    upto: str = ""


Update: TypeAlias = Heard | Pressed | Membership | Ignored


def parse(raw: Mapping[str, Any]) -> Update:
    """Raises `Malformed` for an update of a known kind that cannot be read."""
    try:
        return _parse(raw)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise Malformed(type(error).__name__) from error


def chat_of(raw: Mapping[str, Any]) -> tuple[int, int | None, str | None]:
    """Chat, message and album an update names, 0 and None where it names none. Never raises."""
    for kind in ("message", "edited_message", "callback_query", "my_chat_member"):
        body = raw.get(kind)
        if isinstance(body, Mapping):
            message = body.get("message") if kind == "callback_query" else body
            chat = message.get("chat") if isinstance(message, Mapping) else None
            chat_id = chat.get("id") if isinstance(chat, Mapping) else None
            return _whole(chat_id) or 0, _own(kind, body), _short(body.get("media_group_id"))
    return 0, None, None


def _own(kind: str, body: Mapping[str, Any]) -> int | None:
    return _whole(body.get("message_id")) if kind == "message" else None


def _whole(value: Any) -> int | None:
    fits = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
    return value if fits else None


def _short(value: Any, most: int = 64) -> str | None:
    """An id of Telegram's; None for what a text column of the store could not hold."""
    return value[:most] if isinstance(value, str) and value.isprintable() else None


def _parse(raw: Mapping[str, Any]) -> Update:
    for kind in ("message", "edited_message"):
        if kind in raw:
            return _message(raw[kind], kind == "edited_message")
    if "callback_query" in raw:
        return _press(raw["callback_query"])
    if "my_chat_member" in raw:
        change = raw["my_chat_member"]
        status = change["new_chat_member"]["status"]
        return Membership(_chat(change), status in ("kicked", "left"))
    kinds = [key for key in raw if key != "update_id"]
    return Ignored(chat_of(raw)[0], str(kinds[0]) if kinds else "empty")


def _message(body: Mapping[str, Any], edited: bool) -> Update:
    chat_id = _chat(body)
    if body["chat"].get("type", "private") != "private":
        return Ignored(chat_id, "group")
    text = body.get("text", body.get("caption", ""))
    if not isinstance(text, str):
        raise ValueError("text")
    reply = body.get("reply_to_message") or {}
    return Heard(
        chat_id,
        _number(body["message_id"]),
        text.encode("utf-8", "replace").decode(),
        tuple(_files(body)),
        _whole(reply.get("message_id")),
        _short(body.get("media_group_id")),
        next((kind for kind in OTHERS if kind in body), ""),
        edited,
        _name(body.get("from")),
    )


def _press(body: Mapping[str, Any]) -> Update:
    message = body["message"]
    return Pressed(
        _chat(message),
        _number(message["message_id"]),
        _data(body.get("data")),
        str(body["id"]),
        _name(body.get("from")),
    )


def _data(value: Any) -> str:
    """What a button of ours may hold; nothing for what none can have held."""
    return value if isinstance(value, str) and len(value.encode("utf-8", "replace")) <= BUTTON else ""


def _files(body: Mapping[str, Any]) -> list[File]:
    if "animation" in body:
        return []
    found = []
    for kind in FILES:
        if kind in body:
            held = body[kind][-1] if kind == "photo" else body[kind]
            file_id = _short(held["file_id"], LONGEST_ID)
            if not file_id:
                raise ValueError("file_id")
            found.append(File(kind, file_id, _about(held)))
    return found


def _about(held: Mapping[str, Any]) -> dict[str, Any]:
    names = {"file_size": "size", "mime_type": "mime", "duration": "seconds", "file_name": "name"}
    return {ours: held[theirs] for theirs, ours in names.items() if isinstance(held.get(theirs), int | str)}


def spoken(files: tuple[File, ...]) -> bool:
    return any(file.kind in VOICES for file in files)


def _chat(body: Mapping[str, Any]) -> int:
    return _number(body["chat"]["id"])


def _number(value: Any) -> int:
    whole = _whole(value)
    if whole is None:
        raise ValueError("number")
    return whole


def _name(sender: Any) -> str:
    return str(sender.get("first_name", ""))[:64] if isinstance(sender, Mapping) else ""
