"""What is written in the audit, as sentences: who, when, and what in plain French. Knows no right, and no answer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.conversation.house import House
from bot.desk import people
from bot.desk.roll import named
from bot.store.audit import Entry
from bot.store.vault import Vault

PHRASE = "page_audit_"
"""How the phrases of an action begin: `page_audit_invite`. One about nothing (an empty field) may have its own, that
ends with `_no_<field>`; one that is true, `_<field>`."""

PEOPLE = ("person", "coach", "to")
"""Fields that hold somebody's number: read as their first name, while they are here."""


@dataclass(frozen=True, slots=True)
class Line:
    entry: Entry
    who: str
    words: str


def lines(conn: Connection, vault: Vault, house: House, entries: Sequence[Entry], now: datetime) -> list[Line]:
    """A sentence for each row, in their order; whoever is gone is named by their number."""
    ids = {entry.by.id for entry in entries if entry.by.id is not None}
    ids |= {one for entry in entries for key in PEOPLE if isinstance(one := entry.about.get(key), int)}
    known = people.names(conn, vault, ids, now)
    return [Line(entry, _who(house, entry, known), _words(house, entry, known)) for entry in entries]


def _who(house: House, entry: Entry, known: Mapping[int, str]) -> str:
    if entry.by.id is None:
        return house.speech.label("page_audit_terminal")
    return named(known[entry.by.id]) if entry.by.id in known else f"n° {entry.by.id}"


def _words(house: House, entry: Entry, known: Mapping[int, str]) -> str:
    phrases = house.speech.phrases
    fields = {key: _shown(house, key, value, known) for key, value in entry.about.items()}
    for key in _keys(entry):
        if key in phrases:
            try:
                return phrases.say(key, **fields).strip()
            except (KeyError, ValueError):  # a row of another time, that held other fields
                break
    return phrases.say(f"{PHRASE}other", action=entry.action).strip()


def _keys(entry: Entry) -> Iterable[str]:
    """The phrase that says most comes first."""
    for field, value in entry.about.items():
        if value is True:
            yield f"{PHRASE}{entry.action}_{field}"
        elif value in ("", None):
            yield f"{PHRASE}{entry.action}_no_{field}"
    yield PHRASE + entry.action


def _shown(house: House, key: str, value: Any, known: Mapping[int, str]) -> Any:
    if key in PEOPLE and isinstance(value, int):
        return f"{named(known[value])} (n° {value})" if value in known else f"n° {value}"
    if key == "role":
        return house.speech.label(f"page_role_{value}")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value
