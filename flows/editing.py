"""The words and the times of a content file that may be changed in place: the rest of it, comments included, stays.

Knows YAML and the front of a capsule; knows neither what a key means to the engine, nor whether a value is right.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Kind: TypeAlias = Literal["words", "time"]

WORDS = frozenset({"title", "text", "why", "example", "label", "say", "summary", "goal", "button", "source"})
LISTED = frozenset({"choices", "cards", "piles", "themes", "deliverables"})
"""What holds words under names of its author's own, or in a list."""

PHASES = frozenset({"themes", "deliverables"})
"""Words in a phase alone: a capsule's themes are names."""

TIMES = frozenset({"when", "until", "after", "every", "from", "to", "rest", "dormancy", "resume", "silence", "grace"})
NAMES = ("question", "capsule", "repeat", "envoi", "session", "phase", "flow", "deck", "programme", "format")
"""Keys that tell what an item is, the most telling first."""

BODY = "body"
"""The place of a capsule's own text."""

FRONT = re.compile(r"---\n(.*?\n)---\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Field:
    """`place`: the way to it, the same as long as the file keeps its shape; `of`: the id of what it belongs to.

    `start` and `end` count characters of the file; `indent` is that of a block of lines, None for a value on its line.
    """

    place: str
    of: str
    name: str
    kind: Kind
    value: str
    start: int
    end: int
    indent: int | None = None


def fields(text: str) -> list[Field]:
    """What may be changed in a file that reads without a fault, in its order."""
    front = FRONT.match(text)
    if front is None:
        return list(_yaml(text, text, 0))
    found = list(_yaml(text, front[1], front.start(1)))
    body = text[front.end() :]
    return [*found, Field(BODY, "", BODY, "words", body.strip("\n"), front.end(), len(text), 0)]


def changed(text: str, values: Mapping[str, str]) -> str:
    """The file with other values at these places; a place that it does not have changes nothing."""
    for field in reversed(fields(text)):
        value = values.get(field.place, field.value).replace("\r\n", "\n")
        if value != field.value:
            text = text[: field.start] + _written(text, field, value) + text[field.end :]
    return text


def _written(text: str, field: Field, value: str) -> str:
    if field.place == BODY:
        return value.strip("\n") + "\n"
    if field.indent is None or value.startswith((" ", "\n")):
        return json.dumps(value, ensure_ascii=False) + ("" if field.indent is None else "\n")
    lines = value.rstrip("\n").split("\n")
    return "|\n" + "".join(f"{' ' * field.indent}{line}\n" if line.strip() else "\n" for line in lines)


# --- where they stand ------------------------------------------------------------------------


def _yaml(text: str, part: str, offset: int) -> Iterator[Field]:
    root = YAML(pure=True).compose(part)
    if root is not None:
        yield from _within(text, root, (), "", "", offset)


def _within(text: str, node: Node, path: tuple[str, ...], name: str, of: str, offset: int) -> Iterator[Field]:
    match node:
        case MappingNode():
            keys = {key.value: value.value for key, value in node.value if isinstance(value, ScalarNode)}
            mine = next((keys[each] for each in NAMES if each in keys), of)
            for key, value in node.value:
                inner = f"{name}.{key.value}" if name in LISTED else key.value
                if inner not in PHASES or "phase" in keys:
                    yield from _within(text, value, (*path, key.value), inner, mine, offset)
        case SequenceNode():
            for n, value in enumerate(node.value):
                yield from _within(text, value, (*path, str(n)), name, of, offset)
        case ScalarNode():
            kind: Kind | None = "time" if name in TIMES else "words" if _wordy(name) else None
            if kind:
                yield _field(text, node, path, name, of, kind, offset)


def _wordy(name: str) -> bool:
    """A text by its key, or whatever stands right under a key that holds texts."""
    return name in WORDS or (name.partition(".")[0] in LISTED and not name.endswith(".flows"))


def _field(text: str, node: ScalarNode, path: tuple[str, ...], name: str, of: str, kind: Kind, offset: int) -> Field:
    start, end = node.start_mark.index + offset, node.end_mark.index + offset
    indent = None
    if node.style in ("|", ">"):
        first = re.search(r"\n( *)\S", text[start:end])
        indent = len(first[1]) if first else 2
    return Field(".".join(path), of, name, kind, str(node.value).rstrip("\n"), start, end, indent)
