"""A version that differs by its words only is told from any other, and its words are given step by step."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.engine import Run
from flows.model import Capsule, Choice, Flow, Number, Question, Remind, Repeat, Scale, Section, Step, Text
from flows.rewording import reworded, same_shape
from flows.road import met, road
from tests.flows.versions import YES_NO, all_in_other_words, every, flows, in_other_words, later, runs

BASE = Flow(
    "f",
    "F",
    (
        Capsule("intro", "Intro", ("Bonjour.",)),
        Question("choix", "Lequel ?", "Pour voir.", Choice({"a": "A", "b": "B"}), remind=Remind(3, 4, 2)),
        Section((Question("suite", "Et ?", "Pour voir.", Text()),), {"choix": frozenset({"a"})}),
        Repeat("jobs", (Question("poste", "Quoi ?", "Pour voir.", Text()),), Question("again", "?", "", YES_NO), 3),
        Question("prix", "Combien ?", "Pour voir.", Number("€", 0, 10)),
    ),
    version="1",
)


def put(nth: int, step: Step) -> Flow:
    return replace(BASE, steps=(*BASE.steps[:nth], step, *BASE.steps[nth + 1 :]))


INTRO, CHOIX, SUITE, JOBS, PRIX = BASE.steps
assert isinstance(INTRO, Capsule) and isinstance(CHOIX, Question) and isinstance(SUITE, Section)
assert isinstance(JOBS, Repeat) and isinstance(PRIX, Question)


@pytest.mark.parametrize(
    "other",
    [
        replace(BASE, id="g"),
        replace(BASE, steps=BASE.steps[1:]),
        replace(BASE, steps=(CHOIX, INTRO, *BASE.steps[2:])),
        put(0, replace(INTRO, id="autre")),
        put(0, replace(INTRO, role="cadre")),
        put(0, replace(INTRO, when={"x": frozenset({"a"})})),
        put(1, replace(CHOIX, id="autre")),
        put(1, replace(CHOIX, answer=Choice({"a": "A", "c": "B"}))),
        put(1, replace(CHOIX, answer=Choice({"b": "B", "a": "A"}))),
        put(1, replace(CHOIX, answer=Scale(0, 1))),
        put(1, replace(CHOIX, remind=None)),
        put(1, replace(CHOIX, private=True)),
        put(1, replace(CHOIX, sensitivity="haute")),
        put(2, replace(SUITE, when={"choix": frozenset({"b"})})),
        put(2, replace(SUITE, steps=())),
        put(3, replace(JOBS, most=2)),
        put(3, replace(JOBS, again=replace(JOBS.again, private=True))),
        put(4, replace(PRIX, answer=Number("k€", 0, 10))),
        put(4, replace(PRIX, answer=Number("€", 0, 20))),
    ],
)
def test_what_is_more_than_words(other: Flow) -> None:
    assert not same_shape(BASE, other) and not same_shape(other, BASE)
    with pytest.raises(ValueError):
        reworded(BASE, other, ())


@given(flows())
def test_other_words_are_the_same_shape_and_all_of_them_are_taken(flow: Flow) -> None:
    other = all_in_other_words(flow)
    assert same_shape(flow, flow) and same_shape(flow, other) and same_shape(other, flow)
    assert reworded(flow, other, ()) == replace(other, version=flow.version)


@given(st.data())
def test_shape_does_not_depend_on_which_came_first(data: st.DataObject) -> None:
    flow = data.draw(flows())
    other = data.draw(later(flow))
    assert same_shape(flow, other) == same_shape(other, flow)
    if same_shape(flow, other):
        assert reworded(flow, other, ()).steps == other.steps


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_who_is_on_the_road_keeps_what_they_saw_and_reads_the_rest_anew(data: st.DataObject) -> None:
    flow = data.draw(flows())
    run: Run = data.draw(runs(flow))
    other = all_in_other_words(flow)
    shown = {*run.answers, *run.said, *([run.key] if run.key else [])}
    mixed = reworded(flow, other, shown)
    assert mixed.version == flow.version and same_shape(mixed, flow)
    was, here = road(flow, run.answers), road(mixed, run.answers)
    assert [key for key, _ in here.answered] == [key for key, _ in was.answered]
    before = dict(met(flow, run.answers))
    for key, step in met(mixed, run.answers):
        if key in shown:
            assert step == before[key]
    if not shown:
        assert [step for step in every(mixed.steps) if isinstance(step, Question)] == [
            in_other_words(step) for step in every(flow.steps) if isinstance(step, Question)
        ]


def test_a_step_of_a_repeat_seen_once_keeps_its_words_in_every_entry() -> None:
    other = all_in_other_words(BASE)
    mixed = reworded(BASE, other, {"jobs[1].poste"})
    found = mixed.steps[3]
    assert isinstance(found, Repeat)
    assert found.steps == JOBS.steps and found.again != JOBS.again
    assert mixed.steps[4] == other.steps[4] and mixed.title == other.title
