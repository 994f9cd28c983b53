"""Two wordings side by side: both can be read back, and a change is told in groups of words."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.redline import Segment, redline

TEXT = st.lists(st.sampled_from(["un", "deux", "trois", " ", "  ", "\n\n", ".", "’", "?", "\u202f", "é"])).map("".join)


@given(TEXT | st.text(max_size=30), TEXT | st.text(max_size=30))
def test_both_wordings_can_be_read_back(old: str, new: str) -> None:
    found = redline(old, new)
    assert "".join(each.text for each in found if each.how != "added") == old
    assert "".join(each.text for each in found if each.how != "removed") == new
    assert all(each.text for each in found)
    assert all(one.how != other.how for one, other in pairwise(found)), "segments of one sort are one"
    assert all(each.how == "kept" for each in found) == (old == new)
    assert not any(each.how == "kept" and each.text.isspace() for each in found[1:-1]), "a blank alone parts nothing"


@pytest.mark.parametrize(
    ("old", "new", "segments"),
    [
        (
            "Quel matin pèse le plus ?",
            "Quel soir pèse le plus ?",
            [("kept", "Quel "), ("removed", "matin"), ("added", "soir"), ("kept", " pèse le plus ?")],
        ),
        (
            "Dites ce qui va.",
            "Dites, en deux mots, ce qui va.",
            [("kept", "Dites"), ("added", ", en deux mots,"), ("kept", " ce qui va.")],
        ),
        (
            "un deux trois quatre",
            "un cinq six quatre",
            [("kept", "un "), ("removed", "deux trois"), ("added", "cinq six"), ("kept", " quatre")],
        ),
        ("S1 + 7j 09:30", "S1 + 9j 09:30", [("kept", "S1 + "), ("removed", "7j"), ("added", "9j"), ("kept", " 09:30")]),
        ("", "neuf", [("added", "neuf")]),
        ("", "", []),
    ],
)
def test_a_change_is_told_in_groups_of_words(old: str, new: str, segments: list[tuple[str, str]]) -> None:
    assert redline(old, new) == tuple(Segment(how, text) for how, text in segments)  # type: ignore[arg-type]
