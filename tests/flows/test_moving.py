"""Moving somebody to another version: no answer is lost, nobody is left without a place, and the road ends."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.engine import OPEN, Run, Turn, turn
from flows.events import Amend, Ask, Begin, Close, Finish, Keep, Opened, Reopen, Reply, Said, Say, Skip
from flows.model import (
    Answer,
    Capsule,
    Card,
    Choice,
    Choices,
    Date,
    Flow,
    Items,
    Kept,
    Lines,
    Media,
    Number,
    Question,
    Rank,
    Repeat,
    Scale,
    Sort,
    Step,
    Text,
)
from flows.moving import Landing, Spot, fits, landing, moved
from flows.road import met, question, road
from tests.flows.versions import YES_NO, all_in_other_words, finished, flows, later, runs


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_every_answer_has_one_fate_and_nobody_is_without_a_place(data: st.DataObject) -> None:
    old = data.draw(flows())
    new = data.draw(later(old) | flows())
    run: Run = data.draw(runs(old))
    told, went = landing(old, new, run), moved(old, new, run)
    given = [*told.road, *told.aside, *told.unfit]
    written = {effect.key for effect in went.effects if isinstance(effect, Keep)}
    assert len(given) == len(set(given)) and set(run.answers) <= set(given) <= {*run.answers, *written}
    assert went.run.state == told.state and not set(told.unfit) & (went.run.answers.keys() - written)
    assert {*told.road, *told.aside} <= went.run.answers.keys()
    for key in told.unfit:
        assert question(new, key) is not None
    if told.lands:
        asked = question(new, told.lands.key)
        assert asked is not None and asked.text == told.lands.text
        assert told.lands.key in {key for key, _ in met(new, went.run.answers)}
        assert not told.asked_anew or told.lands.key not in went.run.answers, "what fits is not asked again"
    if run.state in OPEN:
        assert (went.run.state, went.run.key) == ("done", None) or went.run.state in OPEN
        assert went.run.key == (told.lands.key if told.lands else None)
    else:
        assert went.run.state == run.state
    assert sum(isinstance(effect, Ask) for effect in went.effects) == told.asked_anew
    said = [effect.key for effect in went.effects if isinstance(effect, Say)]
    assert not said or tuple(said) == told.capsules
    for effect in went.effects:
        assert not isinstance(effect, Keep) or effect.kept.how != "said" or effect.key == run.key


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_the_engine_goes_on_from_there_to_the_end(data: st.DataObject) -> None:
    old = data.draw(flows())
    new = data.draw(later(old) | flows())
    run = moved(old, new, data.draw(runs(old))).run
    if run.state in ("waiting", "dormant", "paused", "queued"):
        asked = run.key
        end = finished(new, run)
        assert road(new, end.answers).open is None
        assert asked is None or asked in end.answers
        assert {key: end.answers[key] for key in run.answers if key != asked} == {
            key: kept for key, kept in run.answers.items() if key != asked
        }


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_the_same_version_is_the_same_place(data: st.DataObject) -> None:
    flow = data.draw(flows())
    run: Run = data.draw(runs(flow))
    for new in (flow, all_in_other_words(flow)):
        went, told = moved(flow, new, run), landing(flow, new, run)
        opened = run.state == "done" and road(flow, run.answers).open is not None
        assert went.run == run
        assert [e for e in went.effects if not isinstance(e, Opened)] == [] and (opened or not went.effects)
        assert told.unfit == () and not told.asked_anew
        if run.state in OPEN:
            assert told.stood and told.lands and told.stood.key == told.lands.key == run.key


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_there_and_back_is_the_same_place_for_whoever_stands_on_the_road(data: st.DataObject) -> None:
    """Unless the move itself wrote an answer: « in a session », which then stands."""
    old = data.draw(flows())
    new = data.draw(later(old))
    run: Run = data.draw(runs(old))
    here = road(old, run.answers).open
    if run.state not in OPEN or run.draft or here is None or here[0] != run.key:
        return
    there = moved(old, new, run)
    if there.run.state == "done" or any(isinstance(effect, Keep) for effect in there.effects):
        return
    back = moved(new, old, replace(there.run, answers=run.answers), dict.fromkeys(run.answers, old))
    assert (back.run.key, back.run.answers) == (run.key, run.answers)


# --- one by one ------------------------------------------------------------------------------


def ask(id: str, answer: Answer | None = None, **about: object) -> Question:
    return Question(id, f"{id} ?", "parce que", answer or Text(), **about)  # type: ignore[arg-type]


def flow(*steps: Step) -> Flow:
    return Flow("essai", "Essai", steps)


def at(old: Flow, *words: str) -> Run:
    run = turn(old, Run(), Begin()).run
    for text in words:
        run = turn(old, run, Reply(Said(text))).run
    return run


A, B, C = ask("a"), ask("b"), ask("c")


def test_the_answers_stay_and_what_is_new_before_them_is_asked_first() -> None:
    old, new = flow(A, B), flow(A, Capsule("k", "K", ("k",)), C, B)
    run = at(old, "un")
    went = moved(old, new, run)
    assert [type(effect) for effect in went.effects] == [Say, Ask]
    assert (went.run.key, went.run.step) == ("c", run.step + 1)
    assert landing(old, new, run) == Landing(
        Spot("b", "b ?"), Spot("c", "c ?"), "waiting", True, ("a",), (), (), ("k",)
    )
    back = moved(new, old, went.run)
    assert (back.run.key, back.run.answers) == ("b", run.answers)


def test_a_question_that_is_gone_takes_its_answer_off_the_road() -> None:
    old, new = flow(A, B, C), flow(B, C)
    run = at(old, "un", "deux")
    told = landing(old, new, run)
    assert (told.road, told.aside, told.unfit) == (("b",), ("a",), ())
    assert told.lands == told.stood and not told.asked_anew
    assert moved(old, new, run) == Turn(run)


def test_a_choice_that_is_gone_is_asked_again_and_its_branch_waits() -> None:
    when = {"lieu": frozenset({"mer"})}
    lieu = ask("lieu", Choice({"mer": "La mer", "bois": "Le bois"}))
    old = flow(lieu, ask("sel", when=when), C)
    new = flow(replace(lieu, answer=Choice({"mont": "Le mont", "bois": "Le bois"})), ask("sel", when=when), C)
    run = at(old, "La mer", "salé")
    told = landing(old, new, run)
    assert (told.road, told.aside, told.unfit) == ((), ("sel",), ("lieu",))
    went = moved(old, new, run)
    assert went.run.key == "lieu" and set(went.run.answers) == {"sel"}
    after = turn(new, went.run, Reply(Said("Le bois")))
    assert after.run.key == "c" and after.run.answers["sel"] == run.answers["sel"]


def test_the_end_of_a_shorter_version_is_the_end() -> None:
    old, new = flow(A, B), flow(A)
    went = moved(old, new, at(old, "un"))
    assert went.run.state == "done" and went.effects == (Close("done"),)
    assert landing(old, new, at(old, "un")).lands is None


def test_who_was_done_stays_so_and_is_offered_what_opens() -> None:
    old, new = flow(A), flow(A, B)
    done = at(old, "un")
    went = moved(old, new, done)
    assert went.run == done and went.effects == (Opened(waiting=False),)
    assert landing(old, new, done).lands is None


def test_fewer_entries_leave_the_others_off_the_road() -> None:
    again = ask("again", YES_NO)
    old, new = (flow(Repeat("jobs", (A,), again, most), C) for most in (3, 1))
    run = at(old, "un", "oui", "deux")
    assert run.key == "jobs[1].again"
    told = landing(old, new, run)
    assert told.lands == Spot("c", "c ?") and told.road == ("jobs[0].a",)
    assert told.aside == ("jobs[0].again", "jobs[1].a")


def test_words_begun_are_an_answer_when_their_question_goes_and_stay_begun_when_it_does_not() -> None:
    long = ask("b", Text(long=True))
    old = flow(A, long, C)
    run = turn(old, at(old, "un"), Reply(Said("un début", ref=4))).run
    went = moved(old, flow(A, C), run)
    assert [(type(e), e.key) for e in went.effects] == [(Keep, "b"), (Ask, "c")]  # type: ignore[union-attr]
    assert went.run.answers["b"].value == "un début" and went.run.draft is None
    stayed = moved(old, flow(ask("d"), A, long, C), run)
    assert stayed.run == run and stayed.effects == ()
    then = turn(flow(ask("d"), A, long, C), stayed.run, Finish())
    assert then.run.key == "d", "what is new before it comes next"


def test_back_to_where_one_stood_once_its_answers_are_given_back() -> None:
    scale = ask("a", Scale(0, 10))
    old, new = flow(scale, B), flow(replace(scale, answer=Number("€", 100)), B)
    run = at(old, "7")
    there = moved(old, new, run)
    assert landing(old, new, run).unfit == ("a",) and (there.run.key, there.run.answers) == ("a", {})
    back = replace(there.run, answers=run.answers)
    assert landing(new, old, back).unfit == ("a",), "7 is no number of euros, and nothing says that it never was one"
    given = moved(new, old, back, {"a": old})
    assert (given.run.key, given.run.answers) == ("b", run.answers)


def test_who_stands_ahead_of_the_road_stays_while_it_passes_there() -> None:
    yes = frozenset({"oui"})
    first, branch = ask("a", YES_NO), ask("b", when={"a": yes})
    old = flow(first, branch, C, ask("d"))
    run = at(old, "non")
    ahead = turn(old, run, Amend("a", Said("oui"))).run
    assert ahead.key == "c" and road(old, ahead.answers).open == ("b", branch)
    assert moved(old, flow(first, branch, ask("d"), C), ahead).run == ahead
    gone = moved(old, flow(first, branch, ask("d"), replace(C, when={"a": frozenset({"non"})})), ahead)
    assert gone.run.key == "b" and isinstance(gone.effects[0], Ask)


def test_an_answer_put_again_stays_so() -> None:
    old, new = flow(A, B, C), flow(A, C, B)
    run = turn(old, at(old, "un", "deux"), Reopen("a")).run
    stayed = moved(old, new, run)
    assert stayed.run == run and landing(old, new, run).lands == Spot("a", "a ?")
    assert turn(new, stayed.run, Skip()).run.key == "c"


@pytest.mark.parametrize("state", ["dormant", "paused"])
def test_what_slept_is_not_woken_by_the_move(state: str) -> None:
    old, new = flow(A, B), flow(A, C, B)
    run = replace(at(old, "un"), state=state)  # type: ignore[arg-type]
    went = moved(old, new, run)
    assert (went.run.state, went.run.key, went.effects) == ("paused", "c", ())
    assert [type(effect) for effect in turn(new, went.run, Begin()).effects] == [Ask]
    same = moved(old, flow(A, B, C), run)
    assert same.run == run


def test_what_becomes_a_matter_for_a_session_is_not_asked_in_writing() -> None:
    old, new = flow(A, B, C), flow(A, replace(B, sensitivity="seance"), C)
    went = moved(old, new, at(old, "un"))
    assert went.run.key == "c" and went.run.answers["b"] == Kept(None, "in_session")
    secret = moved(old, flow(A, replace(B, sensitivity="haute"), C), at(old, "un"))
    assert [type(effect) for effect in secret.effects] == [Ask], "it is put again, on the page this time"


CARDS = tuple(Card(id, id) for id in "abc")


@pytest.mark.parametrize(
    ("was", "now", "kept", "fit"),
    [
        (Text(), Text(long=True), Kept("mots"), True),
        (Text(), Items(3), Kept("mots"), False),
        (Text(), Media(frozenset({"photo"})), Kept(None, media=("m",)), False),
        (Choice({"a": "A", "b": "B"}), Choice({"b": "B", "a": "A", "c": "C"}), Kept("a"), True),
        (Choice({"a": "A", "b": "B"}), Choice({"b": "B", "c": "C"}), Kept("a"), False),
        (Choice({"a": "A", "b": "B"}), Text(), Kept("a"), False),
        (Choices({"a": "A", "b": "B"}, 2), Choices({"a": "A", "b": "B", "c": "C"}, 1), Kept(["a", "b"]), False),
        (Choices({"a": "A", "b": "B"}, 2), Choices({"a": "A", "c": "C"}, 2), Kept(["a"]), True),
        (Scale(0, 10), Scale(0, 5), Kept(6), False),
        (Scale(0, 10), Scale(0, 5), Kept(5), True),
        (Scale(0, 10), Scale(0, 5), Kept("bof", "to_check"), True),
        (Scale(0, 10), Text(), Kept("bof", "to_check"), False),
        (Scale(0, 10), Text(), Kept(None, "skipped"), True),
        (Number("€"), Number("k€"), Kept(2500), False),
        (Number("€"), Number("€", high=100), Kept(2500), False),
        (Date(), Number(), Kept("2019-03"), False),
        (Sort(CARDS, {"x": "X"}), Sort(CARDS[1:], {"x": "X"}), Kept({"x": ["a", "b", "c"]}), False),
        (Sort(CARDS[1:], {"x": "X"}), Sort(CARDS, {"x": "X"}), Kept({"x": ["b", "c"]}), True),
        (Sort(CARDS, {"x": "X"}), Sort(CARDS, {"y": "Y"}), Kept({"x": ["a", "b", "c"]}), False),
        (Rank(CARDS, 2), Rank(CARDS, 1), Kept(["a", "b"]), False),
        (Rank(CARDS, 2), Rank(CARDS[:2], 2), Kept(["b", "a"]), True),
        (Lines("a", 2), Lines("b", 1), Kept({"lines": ["Un.", "Deux."], "ticked": ["0", "1"]}), False),
        (Lines("a", 2), Lines("b", 3), Kept({"lines": ["Un.", "Deux."], "ticked": ["0", "1"]}), True),
        (Sort(CARDS, {"x": "X"}), Lines("a", 2), Kept({"x": ["a", "b", "c"]}), False),
        (Items(3), Items(3, 2), Kept(["un"]), False),
        (Items(3), Items(3, 2), Kept(["un"], "skipped"), True),
        (Media(frozenset({"photo"})), Media(frozenset({"voice"})), Kept(None, media=("m",)), True),
    ],
)
def test_what_still_fits(was: Answer, now: Answer, kept: Kept, fit: bool) -> None:
    old, new = flow(ask("q", was)), flow(ask("q", now))
    assert fits(old, new, "q", kept) is fit
    assert fits(old, old, "q", kept) and fits(new, new, "q", kept)
    assert fits(old, flow(A), "q", kept), "a question that is gone asks nothing again"


@pytest.mark.parametrize("kept", [*map(Kept, ("mots", ["a"], {"x": ["a"]}, 3, None)), Kept(None, media=("m",))])
@pytest.mark.parametrize("now", [Text(), Choice({"a": "A"}), Scale(0, 5), Sort(CARDS, {"x": "X"}), Items(2), Date()])
def test_an_answer_older_than_both_versions_is_read_by_its_value(now: Answer, kept: Kept) -> None:
    taken = {"Text": str, "Choice": (), "Scale": int, "Sort": dict, "Items": list, "Date": str}[type(now).__name__]
    wanted = isinstance(kept.value, taken) or (isinstance(now, Text) and bool(kept.media))
    assert fits(flow(A), flow(ask("q", now)), "q", kept) is wanted
