"""A text keeps every sign that a file can hold, in its order, and no other."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.documents.inscription import inscribed, rightwards, units
from tests.bot.hostile import HOSTILE

TURNING = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}


def held(c: str) -> bool:
    return (unicodedata.category(c) not in ("Cc", "Cs", "Zl", "Zp") or c == "\t") and c not in TURNING | {
        "\ufffe",
        "\uffff",
    }


@given(st.text())
def test_only_what_a_file_cannot_hold_is_left_out(text: str) -> None:
    assert [c for c in inscribed(text) if c not in "\n\ufffd"] == [c for c in text if held(c) and c != "\ufffd"]
    assert inscribed(inscribed(text)) == inscribed(text)


@pytest.mark.parametrize(
    ("written", "held"),
    [
        ("un\ndeux\ttrois ", "un\ndeux\ttrois "),
        ("a\r\nb\rc\x0bd\x0ce\x85f\u2028g\u2029h", "a\nb\nc\nd\ne\nf\ng\nh"),
        ("a\x00b\x07c\x1b[31md\x7fe\x9ff", "abc[31mdef"),
        ("avant \ud83d après \udc00", "avant \ufffd après \ufffd"),
        ("\ud83d\ude42", "🙂"),
        ("\u202egnp.exe \u2067x\u2069", "gnp.exe x"),
        ("👩\u200d👩\u200d👧 \u200fعربي e\u0301 \u00a0\u202f’", "👩\u200d👩\u200d👧 \u200fعربي e\u0301 \u00a0\u202f’"),
    ],
)
def test_signs(written: str, held: str) -> None:
    assert inscribed(written) == held


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_whatever_was_written_can_be_encoded(text: str) -> None:
    assert inscribed(text).encode().decode() == inscribed(text)


@pytest.mark.parametrize(
    ("text", "right"),
    [("", False), ("bonjour שלום", False), ("שלום bonjour", True), ("12 « مرحبا »", True), ("\u200fעברית", True)],
)
def test_the_first_letter_says_where_reading_begins(text: str, right: bool) -> None:
    assert rightwards(text) == right


def test_length_is_counted_as_a_spreadsheet_does() -> None:
    assert units("é🙂") == 3
