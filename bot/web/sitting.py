"""One request of the page, with what answering it takes. Knows no route."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.conversation.house import House
from bot.desk.people import Served
from bot.store.case import Person
from bot.store.vault import Vault

LONGEST = 18
"""Digits of a number in an address: what the store's integers hold."""


@dataclass(frozen=True, slots=True)
class Sitting:
    """`person` is who is signed in, nobody on an open route; `about` the participant the page is about, one of theirs.

    `places` are the parts of the path, `query` and `form` what came with it: the last value of each name. `held` are
    the tags of what the browser has of this address.
    """

    conn: Connection
    vault: Vault
    house: House
    now: datetime
    person: Person | None
    about: Served | None
    places: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    csrf: str
    session_id: int = 0
    path: str = ""
    held: str = ""

    @property
    def actor(self) -> Person:
        assert self.person is not None
        return self.person

    @property
    def served(self) -> Served:
        """The participant of a route that is about one."""
        assert self.about is not None
        return self.about

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.person.zone if self.person else "Europe/Paris")

    def say(self, key: str, **fields: Any) -> str:
        """A phrase as plain text."""
        return self.house.speech.phrases.say(key, **fields).strip()

    def number(self, name: str) -> int | None:
        """A part of the path, of the query or of the form that must be a number; None when it is none."""
        text = self.places.get(name) or self.query.get(name) or self.form.get(name) or ""
        return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST else None
