"""Files made to hurt: they are refused by name and place, quickly, and nothing but `SourceErrors` comes out."""

from collections.abc import Callable
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.model import Capsule
from flows.source import (
    SourceErrors,
    read_capsule,
    read_deck,
    read_flow,
    read_numbers,
    read_phrases,
    read_programme,
)

READERS: dict[str, Callable[[str, str], object]] = {
    "capsule": read_capsule,
    "deck": read_deck,
    "flow": lambda file, text: read_flow(file, text, {"sens": Capsule("sens", "S", ("B",))}, {}),
    "numbers": read_numbers,
    "phrases": read_phrases,
    "programme": read_programme,
}

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
HOSTILE = {
    "aliases": (BOMB, "une ancre"),
    "an alias of itself": ("&a [*a]", "une ancre"),
    "ten megabytes": ("flow: " + "é" * 5_000_000, "plus de 1 Mio"),
    "brackets": ("[" * 500_000, "niveaux emboîtés"),
    "braces": ("{a: " * 200_000, "niveaux emboîtés"),
    "dashes": ("- " * 300_000, "niveaux emboîtés"),
    "an object": ("!!python/object/apply:os.system ['true']", "une étiquette"),
    "a null byte": ("flow: a\x00b", "U+0000"),
    "half a character": ("flow: \ud800", "U+D800"),
    "half a character, escaped": ('flow: "\\uD800"', "invisible"),
    "no such character": ('flow: "\\UFFFFFFFF"', "illisible"),
    "a list as a key": ("? [a]\n: b", "à la place d'une clé"),
    "a directive": ("%TAG ! tag:exemple.fr,2026:\n---\nflow: a", "une directive"),
}


@pytest.mark.parametrize("kind", [kind for kind in READERS if kind != "capsule"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_quickly(name: str, kind: str) -> None:
    text, what = HOSTILE[name]
    began = perf_counter()
    with pytest.raises(SourceErrors) as caught:
        READERS[kind]("content/x/x.yml", text)
    assert any(what in error.what for error in caught.value.errors), str(caught.value)
    assert perf_counter() - began < 5
    assert len(str(caught.value)) < 2_000


@pytest.mark.parametrize("name", ["aliases", "brackets", "an object", "half a character, escaped", "no such character"])
def test_a_hostile_front_matter_is_refused(name: str) -> None:
    text, what = HOSTILE[name]
    with pytest.raises(SourceErrors) as caught:
        read_capsule("content/capsules/x.md", f"---\n{text}\n---\nBonjour.")
    assert any(what in error.what and error.line >= 2 for error in caught.value.errors), str(caught.value)


@pytest.mark.parametrize(
    "prose",
    ["](" * 400_000, "`" * 900_000, "`a``" * 200_000, "« " * 300_000, "<a" * 400_000, "*" * 900_000, " !" * 400_000],
)
def test_a_megabyte_of_half_markdown_is_refused_quickly(prose: str) -> None:
    began = perf_counter()
    with pytest.raises(SourceErrors):
        read_capsule("content/capsules/x.md", f"---\ncapsule: x\ntitle: X\nsource: non\n---\n{prose}")
    with pytest.raises(SourceErrors):
        read_phrases("content/phrases.yml", f"x: '{prose}'")
    assert perf_counter() - began < 20


WORDS = [
    "flow",
    "title",
    "steps",
    "question",
    "capsule",
    "repeat",
    "when",
    "choices",
    "scale",
    "sens",
    "x",
    "oui",
    "3j",
]
SIGNS = [
    ":",
    ": ",
    "- ",
    "\n",
    "\n  ",
    "\n    ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    '"',
    "'",
    "&",
    "*",
    "!",
    "|",
    ">",
    "#",
    "---",
    "\\U",
]


@pytest.mark.parametrize("kind", READERS)
@given(pieces=st.lists(st.sampled_from(WORDS + SIGNS) | st.text(max_size=3), max_size=30))
def test_nothing_else_comes_out_whatever_is_written(kind: str, pieces: list[str]) -> None:
    text = "".join(pieces)
    for written in (text, f"---\n{text}\n---\n{text}", f"{kind}: x\ntitle: X\n{text}"):
        try:
            READERS[kind]("content/x/x.yml", written)
        except SourceErrors as caught:
            lines = written.splitlines() or [""]
            assert all(1 <= e.line <= len(lines) + 1 and e.column >= 1 for e in caught.errors)


VALUES = st.recursive(
    st.sampled_from([*WORDS, "0..10", "S1 - 1j 18:00", "S1", "-1", "''", "FR", "{}"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: "[" + ", ".join(items) + "]")
        | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4).map(
            lambda rows: "{" + ", ".join(f"{key}: {value}" for key, value in rows.items()) + "}"
        )
    ),
    max_leaves=12,
)
KEYS = {
    "deck": ["deck", "title", "cards"],
    "flow": ["flow", "title", "minutes", "remind", "steps"],
    "programme": ["programme", "title", "zone", "hours", "pace", "dormancy", "phases", "sessions", "envois", "welcome"],
    "phrases": ["rappel", "one"],
}


@pytest.mark.parametrize("kind", KEYS)
@given(data=st.data())
def test_nothing_else_comes_out_whatever_stands_under_a_key(kind: str, data: st.DataObject) -> None:
    text = "".join(f"{key}: {data.draw(VALUES)}\n" for key in KEYS[kind])
    try:
        READERS[kind](f"content/x/{kind}.yml", text)
    except SourceErrors as caught:
        assert caught.errors
