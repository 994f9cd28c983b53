"""A flow as bytes and back, without loss: a run keeps the version it began with for ever (S7.1).

Knows the values of the model and JSON; a field that the model has since dropped is passed over.
"""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from hashlib import sha256
from typing import Any

from flows.model import (
    Capsule,
    Card,
    Choice,
    Choices,
    Date,
    Flow,
    Items,
    Lines,
    Media,
    Number,
    Question,
    Rank,
    Remind,
    Repeat,
    Scale,
    Section,
    Sort,
    Text,
)

VALUES: Mapping[str, type[Any]] = {
    value.__name__: value
    for value in (
        *(Flow, Capsule, Question, Section, Repeat, Remind, Card),
        *(Text, Choice, Choices, Scale, Number, Date, Sort, Rank, Items, Media, Lines),
    )
}
IS, ROWS, ONE_OF = "is", "rows", "one_of"


def freeze(flow: Flow) -> bytes:
    """The flow as JSON in ASCII; the same flow always gives the same bytes."""
    return json.dumps(_plain(flow), allow_nan=False, separators=(",", ":")).encode("ascii")


def thaw(data: bytes) -> Flow:
    """The flow that `freeze` was given; raises ValueError for anything else."""
    try:
        flow = _value(json.loads(data))
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("not a frozen flow") from error
    if not isinstance(flow, Flow):
        raise ValueError("not a frozen flow")
    return flow


def digest(flow: Flow) -> str:
    """A name for all that the flow says: its words, its capsules, its decks; not for comments beside them."""
    return sha256(freeze(flow)).hexdigest()[:16]


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {IS: type(value).__name__, **{f.name: _plain(getattr(value, f.name)) for f in fields(value)}}
    match value:
        case Mapping():  # in rows: JSON would make text of the numbers of a scale
            return {ROWS: [[key, _plain(item)] for key, item in value.items()]}
        case frozenset():
            return {ONE_OF: sorted(value)}
        case tuple():
            return [_plain(item) for item in value]
        case _:
            return value


def _value(plain: Any) -> Any:
    match plain:
        case {"is": str() as name}:
            cls = VALUES[name]
            known = {field.name for field in fields(cls)}
            return cls(**{key: _value(item) for key, item in plain.items() if key in known})
        case {"rows": list() as rows}:
            return {key: _value(item) for key, item in rows}
        case {"one_of": list() as items}:
            return frozenset(items)
        case list():
            return tuple(_value(item) for item in plain)
        case _:
            return plain
