"""Values of the stand-in's world: who speaks, what was asked, what is refused. Knows no HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]


class Refused(Exception):
    """The Bot API says no: `code` and `description` are Telegram's own, word for word."""

    def __init__(self, code: int, description: str, *, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after

    def answer(self) -> Json:
        """The body Telegram sends with this refusal."""
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        if self.retry_after is not None:
            body["parameters"] = {"retry_after": self.retry_after}
        return body


def bad(reason: str) -> Refused:
    """A 400, spelled as Telegram spells it."""
    return Refused(400, f"Bad Request: {reason}")


@dataclass(frozen=True, slots=True)
class Account:
    """A person of the rehearsal; `label` is the part played (« participante », « coach »)."""

    user_id: int
    first_name: str
    label: str = ""

    def user(self) -> Json:
        """The Bot API `User`."""
        return {"id": self.user_id, "is_bot": False, "first_name": self.first_name, "language_code": "fr"}

    def chat(self) -> Json:
        """The Bot API `Chat`: a private chat bears the number of the person."""
        return {"id": self.user_id, "type": "private", "first_name": self.first_name}


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file as it came in, from a bot or from a person."""

    filename: str
    content: bytes
    mime: str = "application/octet-stream"


@dataclass(slots=True)
class Press:
    """One press of an inline button; `answer` is what the bot said to it, None until then."""

    id: str
    user_id: int
    message_id: int
    data: str
    at: datetime
    update_id: int | None = None
    answer: Json | None = None


@dataclass(slots=True)
class Kept:
    """A message as it stands now. `body` is the Bot API `Message`."""

    body: Json
    by_bot: bool
    edited: bool = False
    pinned: bool = False
    reactions: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Chat:
    """The private chat of one person with one bot."""

    account: Account
    messages: dict[int, Kept] = field(default_factory=dict)
    blocked: bool = False
    keyboard: Json | None = None
    menu_button: Json = field(default_factory=lambda: {"type": "default"})
    action: str = ""
    action_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One line of the transcript: a Bot API call and how it ended. Never holds the token."""

    at: datetime
    bot_id: int
    method: str
    parameters: Json
    status: int
    result: Any
