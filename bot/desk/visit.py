"""One update of a coach or an admin, with what answering it takes: the store, the house, their own file.

Knows no command. Everything said goes to the visitor's own chat.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import replace as changed
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.conversation.house import House
from bot.conversation.speech import Rows
from bot.conversation.update import Pressed
from bot.desk import people
from bot.desk.people import Served
from bot.store.case import Case, Person
from bot.store.vault import Vault
from bot.telegram.length import split

ALERT = 190
"""Characters of the answer to a press; Telegram takes 200 (answerCallbackQuery)."""


@dataclass(frozen=True, slots=True)
class Visit:
    conn: Connection
    vault: Vault
    house: House
    case: Case
    now: datetime
    about: Served | None = None

    def on(self, served: Served) -> "Visit":
        """The same visit, about one participant: what is said is sealed under their key, and goes when they go."""
        return changed(self, about=served)

    @property
    def actor(self) -> Person:
        assert self.case.person is not None
        return self.case.person

    def say(self, key: str, rows: Rows = (), **fields: Any) -> None:
        """A phrase of the content, with buttons."""
        self.send("sendMessage", self.house.speech.phrase(key, rows, **fields))

    def show(self, html: str, rows: Rows = (), **params: Any) -> None:
        """Telegram HTML of any length, in as many messages as it takes; the buttons stand under the last."""
        *first, last = split(html)
        for piece in first:
            self.send("sendMessage", {**self.house.speech.message(piece), **params})
        self.send("sendMessage", {**self.house.speech.message(last, rows), **params})

    def replace(self, press: Pressed, key: str, rows: Rows = (), **fields: Any) -> None:
        """Puts a phrase where the pressed button's message stands."""
        said = self.house.speech.phrase(key, rows, **fields)
        self.send("editMessageText", {**said, "message_id": press.message_id})

    def send(self, method: str, params: Mapping[str, Any]) -> None:
        """A call of the Bot API, to the visitor's chat."""
        if self.about is None:
            return self.case.send(method, params)
        return self.case.send(method, params, owner_id=self.about.person.id, enrolment_id=self.about.enrolment.id)

    def alert(self, press: Pressed, text: str) -> None:
        """Answers the press with a line over the chat."""
        self.case.send("answerCallbackQuery", {"callback_query_id": press.callback_id, "text": text[:ALERT]})

    def label(self, key: str, **fields: Any) -> str:
        """A phrase as plain text, for a button or a line over the chat."""
        return self.house.speech.phrases.say(key, **fields).strip()

    def ask(self, prompt: Mapping[str, Any], key: str, rows: Rows = (), **fields: Any) -> None:
        """Puts a question whose answer is the visitor's next plain words; `prompt` tells what they will be for."""
        self.expect(prompt)
        self.say(key, rows, **fields)

    def expect(self, prompt: Mapping[str, Any] | None) -> None:
        """Keeps what the next plain words are for; None: nothing."""
        people.leave_prompt(self.conn, self.vault, self.actor, prompt)
