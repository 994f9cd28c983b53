"""The engine: what each event makes of a run, and that the state is always what the answers imply."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.answers import FINISH, buttons
from flows.engine import OPEN, OutOfTurn, Run, turn
from flows.events import (
    Amend,
    Ask,
    Begin,
    Close,
    Event,
    Finish,
    Hold,
    Keep,
    Misread,
    Opened,
    Redraw,
    Reopen,
    Reply,
    Review,
    Said,
    Say,
    Silence,
    Skip,
    Stop,
    Wake,
    Write,
)
from flows.model import (
    Capsule,
    Card,
    Choice,
    Choices,
    Date,
    Flow,
    Items,
    Kept,
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
from flows.road import road
from flows.spoken import day, number

YES_NO = Choice({"oui": "Oui", "non": "Non"})
CARDS = tuple(Card(id, id.title()) for id in ("alpha", "beta", "gamma"))


def ask(id: str, answer: object = None, **about: object) -> Question:
    return Question(id, f"{id} ?", "parce que", answer or Text(), **about)  # type: ignore[arg-type]


FLOW = Flow(
    "essai",
    "Essai",
    (
        Capsule("intro", "Intro", ("Bonjour.",)),
        ask("humeur", Scale(0, 10), remind=Remind(3, 4, 2)),
        ask("long", Text(long=True)),
        ask("crise", YES_NO),
        Section(
            (Capsule("soin", "Soin", ("Doucement.",)), ask("quoi"), ask("quand", Date())),
            when={"crise": frozenset({"oui"})},
        ),
        Repeat(
            "jobs",
            (ask("poste"), ask("aime", YES_NO), ask("pourquoi", when={"aime": frozenset({"oui"})})),
            Question("again", "Encore ?", "", YES_NO),
            3,
        ),
        ask("plusieurs", Choices({"a": "A", "b": "B", "c": "C"}, 2)),
        ask("tri", Sort(CARDS, {"la": "Là", "loin": "Loin"})),
        ask("rang", Rank(CARDS, 2)),
        ask("liste", Items(most=3)),
        ask("combien", Number("€", 0, 10_000)),
        ask("fichier", Media(frozenset({"photo", "voice"}))),
    ),
)


def play(run: Run, *events: Event) -> Run:
    for event in events:
        run = turn(FLOW, run, event).run
    return run


def say(text: str) -> Reply:
    return Reply(Said(text))


def press(value: str) -> Reply:
    return Reply(Said(choice=value))


def test_begin_says_the_capsule_then_asks_the_first_question_and_sets_its_reminder() -> None:
    result = turn(FLOW, Run(), Begin())
    assert [type(effect) for effect in result.effects] == [Say, Ask, Wake]
    assert result.run.key == "humeur" and result.run.state == "waiting"
    assert result.effects[-1] == Wake(step=result.run.step, nth=1, days=3)


def test_a_capsule_is_said_once_whatever_happens() -> None:
    run = play(Run(), Begin(), say("5"), Stop())
    assert not [effect for effect in turn(FLOW, run, Begin()).effects if isinstance(effect, Say)]


def test_a_long_answer_gathers_messages_and_an_edit_replaces_only_its_own() -> None:
    run = play(Run(), Begin(), say("5"))
    run = play(run, Reply(Said("un", ref=1)), Reply(Said("deux", ref=2)), Reply(Said("UN", ref=1)))
    assert isinstance(turn(FLOW, run, Reply(Said("trois", ref=3))).effects[0], Hold)
    run = play(run, Finish())
    assert run.answers["long"].value == "UN\n\ndeux" and run.key == "crise"
    amended = turn(FLOW, run, Amend("long", Said("DEUX", ref=2))).run
    assert amended.answers["long"].value == "UN\n\nDEUX"


def test_a_wrong_reply_is_asked_again_twice_then_kept_to_check() -> None:
    run = play(Run(), Begin())
    first = turn(FLOW, run, say("bof"))
    assert first.effects == (Misread("humeur", FLOW.steps[1], "off_scale", 1),)
    second = turn(FLOW, first.run, say("moyen"))
    third = turn(FLOW, second.run, say("je ne sais pas"))
    keep = next(effect for effect in third.effects if isinstance(effect, Keep))
    assert keep.kept == Kept("je ne sais pas", "to_check")
    assert third.run.key == "long" and third.run.tries == 0


def test_the_retry_count_starts_again_after_an_answer() -> None:
    run = play(Run(), Begin(), say("bof"), say("bof"), say("7"), Reply(Said("x", ref=1)), Finish())
    assert turn(FLOW, run, say("peut-être")).effects[0] == Misread("crise", FLOW.steps[3], "not_an_option", 1)


def test_a_branch_opens_on_the_answer_and_closes_on_its_correction() -> None:
    run = play(Run(), Begin(), say("5"), Reply(Said("x", ref=1)), Finish(), press("oui"))
    assert run.key == "quoi"
    result = turn(FLOW, run, Amend("crise", Said("non")))
    assert result.run.key == "jobs[0].poste"
    back = turn(FLOW, result.run, Amend("crise", Said("oui")))
    assert Opened(waiting=True) in back.effects and back.run.key == "jobs[0].poste"
    assert turn(FLOW, back.run, say("Comptable")).run.key == "quoi"


def test_a_repeat_goes_on_until_no_and_its_conditions_read_the_entry_first() -> None:
    run = play(Run(), Begin(), say("5"), Reply(Said("x", ref=1)), Finish(), press("non"))
    run = play(run, say("Vendeuse"), press("oui"), say("les gens"), press("oui"), say("Acheteuse"), press("non"))
    assert run.key == "jobs[1].again"
    run = play(run, press("oui"), say("Cheffe"), press("non"))
    assert run.key == "plusieurs", "the third entry is the last: `again` is not asked"
    assert run.answers["jobs[0].pourquoi"].value == "les gens"


def test_gathering_kinds_keep_what_was_pressed_and_a_repeated_press_changes_nothing() -> None:
    run = at("plusieurs")
    run = play(run, press("+a"), press("+a"), press("+b"), press("-b"), press("+c"))
    assert isinstance(turn(FLOW, run, press("+b")).effects[0], Misread)
    run = play(run, press(FINISH))
    assert run.answers["plusieurs"].value == ["a", "c"]
    run = play(run, press("alpha=la"), press("alpha=la"), say("Loin"), press("gamma=la"))
    assert run.answers["tri"].value == {"la": ["alpha", "gamma"], "loin": ["beta"]}
    run = play(run, press("gamma"), press("gamma"), press("alpha"))
    assert run.answers["rang"].value == ["gamma", "alpha"]
    run = play(run, Reply(Said("- un\n- deux", ref=8)), Finish())
    assert run.answers["liste"].value == ["un", "deux"]
    run = play(run, say("2 500 €"), Reply(Said(media=(("m1", "photo"),))))
    assert run.state == "done" and run.answers["combien"].value == 2500 and run.answers["fichier"].media == ("m1",)


def at(key: str) -> Run:
    """A run that stands at `key`, everything before it skipped."""
    run = play(Run(), Begin())
    while run.key != key:
        run = play(run, Skip())
    return run


def test_skipping_half_a_list_keeps_what_was_written() -> None:
    run = play(at("liste"), Reply(Said("un", ref=4)), Skip())
    assert run.answers["liste"] == Kept(["un"], "skipped", (), ((4, "un", ()),))


def test_modifying_puts_the_question_again_then_returns_to_the_open_one() -> None:
    run = play(Run(), Begin(), say("5"))
    again = turn(FLOW, run, Reopen("humeur"))
    assert isinstance(again.effects[0], Ask) and again.run.key == "humeur"
    back = turn(FLOW, again.run, press("8"))
    assert back.run.answers["humeur"].value == 8 and back.run.key == "long"
    left = turn(FLOW, again.run, Skip())
    assert left.run.answers["humeur"].value == 5 and left.run.key == "long"


def test_a_correction_after_the_end_offers_what_it_opens_and_does_not_ask_by_itself() -> None:
    run = at("fichier")
    run = play(run, Skip())
    assert run.state == "done"
    result = turn(FLOW, run, Amend("crise", Said("oui")))
    assert result.run.state == "done" and Opened(waiting=False) in result.effects
    assert turn(FLOW, result.run, Review()).run.key == "quoi"


def test_what_belongs_to_a_session_is_never_asked_and_the_road_goes_on() -> None:
    steps = (ask("a"), ask("dur", sensitivity="seance", remind=Remind(1, 1, 2)), Capsule("c", "C", ("c",)), ask("b"))
    flow = Flow("f", "F", steps)
    went = turn(flow, turn(flow, Run(), Begin()).run, say("oui"))
    kinds = [(type(effect).__name__, getattr(effect, "key", "")) for effect in went.effects]
    assert kinds == [("Keep", "a"), ("Keep", "dur"), ("Say", "c"), ("Ask", "b")]
    assert went.run.answers["dur"] == Kept(None, "in_session") and went.run.key == "b"
    with pytest.raises(OutOfTurn):
        turn(flow, went.run, Reopen("dur"))
    alone = turn(Flow("g", "G", (ask("dur", sensitivity="seance"),)), Run(), Begin())
    assert alone.run.state == "done" and [type(e).__name__ for e in alone.effects] == ["Keep", "Close"]


def test_a_whole_answer_from_elsewhere_takes_the_place_of_what_was_begun() -> None:
    flow = Flow("f", "F", (ask("a", Text(long=True)), ask("b")))
    begun = turn(flow, turn(flow, Run(), Begin()).run, say("des mots")).run
    went = turn(flow, begun, Write(Kept("tout")))
    assert went.run.answers["a"].value == "tout" and (went.run.key, went.run.draft) == ("b", None)
    with pytest.raises(OutOfTurn):
        turn(flow, Run(), Write(Kept("tout")))


def test_silence_reminds_as_often_as_said_and_a_stale_one_does_nothing() -> None:
    run = play(Run(), Begin())
    first = turn(FLOW, run, Silence(run.step, 1))
    assert [type(effect) for effect in first.effects] == [Ask, Wake] and first.run == run
    second = turn(FLOW, run, Silence(run.step, 2))
    assert [type(effect) for effect in second.effects] == [Ask]
    assert turn(FLOW, run, Silence(run.step, 3)).effects == ()
    assert turn(FLOW, run, Silence(run.step - 1, 1)).effects == ()


def test_silence_after_half_a_text_keeps_it_as_the_answer() -> None:
    run = play(Run(), Begin(), say("5"), Reply(Said("un début", ref=1)))
    assert play(run, Silence(run.step, 1)).answers["long"].value == "un début"


@pytest.mark.parametrize("event", [say("x"), Finish(), Skip(), Silence(0, 1), Amend("humeur", Said("3")), Review()])
def test_what_the_state_does_not_allow_is_out_of_turn(event: Event) -> None:
    with pytest.raises(OutOfTurn):
        turn(FLOW, Run(), event)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 500 €", 2500),
        ("2,5k", 2500),
        ("2.500", 2500),
        ("-3", -3),
        ("environ 30 euros", 30),
        ("1 234,5", 1234.5),
        ("35h", 35),
    ],
)
def test_numbers_as_people_write_them(text: str, value: float) -> None:
    assert number(text) == value


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("hier", "2026-03-01"),
        ("mars 2019", "2019-03"),
        ("12/05/2019", "2019-05-12"),
        ("le 3 février 2020", "2020-02-03"),
        ("1er août 2021", "2021-08-01"),
        ("2019", "2019"),
        ("2019-03-04", "2019-03-04"),
        ("05/2018", "2018-05"),
    ],
)
def test_dates_as_people_write_them(text: str, iso: str) -> None:
    assert day(text, date(2026, 3, 2)) == iso


WORDS = st.sampled_from(
    ["5", "oui", "non", "Alpha", "Là", "A", "bonjour", "2 500", "mars 2019", "", "stop", "🙂", "x" * 5000]
)
MEDIA = st.sampled_from([(), (("m1", "photo"),), (("m2", "voice"),)])
SAID = st.builds(Said, text=WORDS, media=MEDIA, ref=st.integers(0, 3))


@st.composite
def events(draw: st.DrawFn, run: Run) -> Event:
    """Anything a person, a timer or a stale button could send in this state."""
    choices = [str(n) for n in range(3)] + ["oui", "non", "+a", "-a", FINISH, "alpha=la", "beta=loin", "zzz"]
    if run.key and run.state in OPEN:
        from flows.engine import question

        asked = question(FLOW, run.key)
        assert asked is not None
        choices += [b.value for row in buttons(asked.answer, run.draft) for b in row] * 3
    kinds = [
        st.builds(Reply, SAID),
        st.builds(lambda value: Reply(Said(choice=value)), st.sampled_from(choices)),
        st.just(Finish()),
        st.builds(Skip, st.sampled_from(["skipped", "in_session"])),
        st.builds(Silence, st.integers(max(0, run.step - 2), run.step), st.integers(1, 3)),
        st.just(Begin()),
        st.just(Review()),
        st.just(Stop()),
    ]
    if run.answers:
        kinds += [
            st.builds(Amend, st.sampled_from(sorted(run.answers)), SAID),
            st.builds(Reopen, st.sampled_from(sorted(run.answers))),
        ]
    return draw(st.one_of(kinds))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_whatever_is_said_the_state_is_what_the_answers_imply(data: st.DataObject) -> None:
    run = turn(FLOW, Run(), Begin()).run
    for _ in range(25):
        event = data.draw(events(run))
        try:
            result = turn(FLOW, run, event)
        except OutOfTurn:
            continue
        for effect in result.effects:
            if isinstance(effect, Keep):
                assert result.run.answers[effect.key] == effect.kept
        assert set(run.answers) <= set(result.run.answers), "an answer is never dropped"
        run = result.run
        ahead = road(FLOW, run.answers)
        if run.state == "waiting":
            assert run.key is not None
            reopened = run.key in run.answers
            assert reopened or ahead.open is not None
        if run.state == "done" and any(isinstance(effect, Close) for effect in result.effects):
            assert ahead.open is None
        assert len([e for e in result.effects if isinstance(e, Ask)]) <= 1
        assert all(not isinstance(e, Redraw) or run.state == "waiting" for e in result.effects)
