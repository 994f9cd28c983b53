"""Values as their author writes them: moments are read back, and kinds of answer that differ are written otherwise."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.handwriting import written
from flows.model import (
    Card,
    Choices,
    Date,
    Envoi,
    Hours,
    Items,
    Lines,
    Media,
    Moment,
    Number,
    Rank,
    Remind,
    Scale,
    Sort,
    Text,
)
from flows.notation import moment
from flows.page import Page
from flows.rewording import bones
from tests.flows.versions import ANSWERS
from tests.stage import library

DAYS = st.integers(-200, 200)
CLOCK = st.none() | st.times().map(lambda at: time(at.hour, at.minute))
SPAN = st.integers(-999, 999).filter(bool)
MOMENTS = st.one_of(
    st.builds(Moment, st.just("S2"), DAYS, CLOCK),
    SPAN.map(lambda count: Moment("S2", span=timedelta(hours=count))),
    SPAN.map(lambda count: Moment("S2", span=timedelta(minutes=count))),
)


def reread(text: str) -> Moment | None:
    page = Page("essai.yml")
    return moment(page, page.root(f'"{text}"'))


@given(MOMENTS)
def test_a_moment_is_read_back(told: Moment) -> None:
    assert reread(written(told)) == told


@pytest.mark.parametrize("content", ["bilan", "essai", "essai-v2"])
def test_every_moment_of_a_programme_is_read_back(content: str) -> None:
    for programme in library(content).programmes.values():
        for envoi in programme.envois:
            assert reread(written(envoi.when)) == envoi.when, envoi.id


@given(ANSWERS, ANSWERS)
def test_kinds_of_answer_that_differ_are_written_otherwise(one: object, other: object) -> None:
    if bones(one) != bones(other):  # type: ignore[arg-type]
        assert written(one) != written(other)


CARDS = (Card("a", "Un"), Card("b", "Deux"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "oui"),
        (2.0, "2"),
        (1.5, "1.5"),
        (time(9, 5), "09:05"),
        (date(2026, 11, 26), "2026-11-26"),
        (Moment("S2", span=timedelta(hours=-2)), "S2 - 2h"),
        (Moment("S1", span=timedelta(minutes=90)), "S1 + 90min"),
        (Moment("S3"), "S3 + 0j"),
        (Remind(3, 4, 2), "{after: 3j, every: 4j, times: 2}"),
        (Hours(time(9), time(19, 5), frozenset({4})), "{from: 09:00, to: 19:05, days: [vendredi], holidays: non}"),
        ((("accueil.meteo", frozenset({"10", "9"})),), "accueil.meteo: [9, 10]"),
        (Text(True), "long: oui"),
        (Choices({"a": "Un"}, 2), "choices: {a: Un}, most: 2"),
        (Scale(0, 10, {0: "à plat"}), "scale: 0..10, labels: {0: à plat}"),
        (Number("€", 0), "number: {unit: €, low: 0}"),
        (Date(), "date: oui"),
        (Sort(CARDS, {"la": "Là"}), "sort: [a, b], piles: {la: Là}"),
        (Rank(CARDS, 1), "rank: [a, b], keep: 1"),
        (Lines("annonce", 8), "lines: {of: annonce, most: 8}"),
        (Items(3), "items: {least: 1, most: 3}"),
        (Media(frozenset({"voice", "photo"})), "media: [photo, voice]"),
        (
            Envoi("e", Moment("S1", 7, time(9, 30)), "content", "trajet", until="S3"),
            "{id: e, when: S1 + 7j 09:30, kind: content, flow: trajet, mode: attendre, until: S3, late: sauter, "
            "paced: oui, again: non}",
        ),
    ],
)
def test_as_an_author_writes(value: object, text: str) -> None:
    assert written(value) == text
