"""A flow frozen and thawed is the same flow, for ever (S7.1)."""

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import model
from flows.frozen import VALUES, digest, freeze, thaw
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

WORDS = st.text(max_size=12)
COUNT = st.integers(0, 10**9)
LABELS = st.dictionaries(WORDS, WORDS, max_size=4)
WHEN = st.dictionaries(WORDS, st.frozensets(WORDS, max_size=3), max_size=2)
CARDS = st.lists(st.builds(Card, WORDS, WORDS, WORDS), max_size=3).map(tuple)
BOUND = st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
ANSWERS = st.one_of(
    st.builds(Text, st.booleans()),
    st.builds(Choice, LABELS),
    st.builds(Choices, LABELS, COUNT),
    st.builds(Scale, COUNT, COUNT, st.dictionaries(COUNT, WORDS, max_size=3)),
    st.builds(Number, WORDS, BOUND, BOUND),
    st.just(Date()),
    st.builds(Sort, CARDS, LABELS),
    st.builds(Rank, CARDS, COUNT),
    st.builds(Items, COUNT, COUNT),
    st.builds(Media, st.frozensets(WORDS, max_size=3)),
    st.builds(Lines, WORDS, COUNT),
)
QUESTIONS = st.builds(
    Question,
    *(WORDS, WORDS, WORDS, ANSWERS, WORDS),
    st.none() | st.builds(Remind, COUNT, COUNT, COUNT),
    st.booleans(),
    WHEN,
)
CAPSULES = st.builds(Capsule, WORDS, WORDS, st.lists(WORDS, max_size=3).map(tuple), WORDS, WHEN)


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    steps = st.lists(inner, max_size=3).map(tuple)
    return st.builds(Section, steps, WHEN) | st.builds(Repeat, WORDS, steps, QUESTIONS, COUNT, WHEN, WORDS)


STEPS = st.recursive(CAPSULES | QUESTIONS, _nested, max_leaves=6)
FLOWS = st.builds(Flow, WORDS, WORDS, st.lists(STEPS, max_size=4).map(tuple), WORDS, st.none() | COUNT)


@given(FLOWS)
def test_round_trip(flow: Flow) -> None:
    data = freeze(flow)
    data.decode("ascii")
    again = thaw(data)
    assert again == flow
    assert freeze(again) == data
    assert digest(again) == digest(flow)


@given(st.builds(Number, WORDS, BOUND, BOUND))
def test_numbers_keep_their_type(answer: Number) -> None:
    flow = Flow("f", "F", (Question("q", "t", "w", answer),))
    assert repr(thaw(freeze(flow))) == repr(flow)


def test_the_order_of_a_set_does_not_show() -> None:
    def flow(*ids: str) -> Flow:
        return Flow("f", "F", (Capsule("c", "C", ("b",), when={"q": frozenset(ids)}),))

    assert freeze(flow("a", "b", "c")) == freeze(flow("c", "b", "a"))


def test_the_order_of_buttons_does() -> None:
    def flow(**options: str) -> Flow:
        return Flow("f", "F", (Question("q", "t", "w", Choice(options)),))

    assert digest(flow(a="A", b="B")) != digest(flow(b="B", a="A"))


def test_every_value_of_a_flow_can_be_frozen() -> None:
    parts = {*get_args(model.Answer), Capsule, Question, Section, Repeat, Flow, Remind, Card}
    assert set(VALUES.values()) == parts


def test_a_field_the_model_has_dropped_is_passed_over_and_a_new_one_takes_its_default() -> None:
    flow = Flow("f", "F", (Capsule("c", "C", ("b",)),))
    plain = json.loads(freeze(flow))
    plain["colour"] = "blue"
    del plain["minutes"]
    del plain["steps"][0]["source"]
    assert thaw(json.dumps(plain).encode()) == flow


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"{}", b"null", b"[1]", b"\xff\xfe\x00", b'{"is":"Card","id":"a","label":"b"}'),
        *(b'{"is":"Flow"}', b'{"is":"os.system"}', b"[" * 100_000, b'{"is":"Flow","id":{"rows":[[1]]}}'),
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        thaw(data)
