"""Flows as an author could write them, later versions of them, and people somewhere on their road, all drawn at random.

What is drawn keeps the rules of the format: names are taken once, and a condition names a question that stands before.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from flows.answers import AGAIN, FINISH, buttons
from flows.engine import OPEN, OutOfTurn, Run, turn
from flows.events import Amend, Begin, Event, Finish, Reopen, Reply, Review, Said, Skip, Stop
from flows.model import (
    Answer,
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
    Step,
    Text,
)
from flows.road import question

YES_NO = Choice({"oui": "Oui", "non": "Non"})
WORDS = st.sampled_from(["Un mot.", "Deux mots !", "trois mots, enfin", "et puis rien"])
IDS = ("a", "b", "c", "d", "e")
CHOSEN = st.lists(st.sampled_from(IDS), min_size=2, max_size=4, unique=True)
OPTIONS = CHOSEN.map(lambda ids: {id: id * 2 for id in ids})
CARDS = OPTIONS.map(lambda found: tuple(Card(id, label) for id, label in found.items()))
ANSWERS: st.SearchStrategy[Answer] = st.one_of(
    st.builds(Choice, OPTIONS),
    st.builds(Text, st.booleans()),
    st.builds(Choices, OPTIONS, st.integers(2, 3)),
    st.builds(Scale, st.integers(0, 2), st.integers(4, 6)),
    st.builds(Number, st.sampled_from(["", "€"]), st.none() | st.just(5), st.none() | st.just(900)),
    st.just(Date()),
    st.builds(Sort, CARDS, st.just({"la": "Là", "loin": "Loin"})),
    st.builds(Rank, CARDS, st.integers(1, 3)),
    st.builds(Items, st.integers(2, 3), st.integers(1, 2)),
    st.builds(Lines, st.sampled_from(["q0", "q1"]), st.integers(1, 2)),
    st.builds(Media, st.frozensets(st.sampled_from(["photo", "voice"]), min_size=1)),
)
REMINDS = st.none() | st.just(Remind(3, 4, 2))
GRADES = st.sampled_from(["normal"] * 6 + ["haute", "seance"])


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    names = iter(f"q{nth}" for nth in range(100))
    return Flow("essai", "Essai", tuple(_steps(draw, names, [], 2)), version="1")


def _steps(draw: st.DrawFn, names: Iterator[str], before: list[Question], depth: int) -> list[Step]:
    before = [*before]
    found: list[Step] = []
    for _ in range(draw(st.integers(1, 4 if depth == 2 else 2))):
        kind = draw(st.sampled_from(["question"] * 5 + ["capsule"] + ["section", "repeat"] * (depth > 0)))
        when = _when(draw, before)
        id = next(names)
        if kind == "capsule":
            found.append(Capsule(id, draw(WORDS), (draw(WORDS),), when=when))
        elif kind == "section":
            found.append(Section(tuple(_steps(draw, names, before, depth - 1)), when))
        elif kind == "repeat":
            inner = tuple(_steps(draw, names, before, depth - 1))
            again = Question("again", draw(WORDS), draw(WORDS), YES_NO)
            each = draw(st.sampled_from(["", *(asked.id for asked in before if isinstance(asked.answer, Lines))]))
            found.append(Repeat(id, inner, again, draw(st.integers(1, 3)), when, each))
        else:
            asked = drawn_question(draw, id, when)
            before.append(asked)
            found.append(asked)
    return found


def drawn_question(draw: st.DrawFn, id: str, when: Any) -> Question:
    text, why, answer, remind = draw(WORDS), draw(WORDS), draw(ANSWERS), draw(REMINDS)
    return Question(id, text, why, answer, "", remind, draw(st.booleans()), when, draw(GRADES))


def _when(draw: st.DrawFn, before: list[Question]) -> dict[str, frozenset[str]]:
    asked = [each for each in before if isinstance(each.answer, Choice | Choices)]
    if not asked or draw(st.booleans()):
        return {}
    chosen = draw(st.sampled_from(asked))
    assert isinstance(chosen.answer, Choice | Choices)
    return {chosen.id: frozenset(draw(st.lists(st.sampled_from(sorted(chosen.answer.options)), min_size=1)))}


# --- later versions --------------------------------------------------------------------------


def every(steps: tuple[Step, ...]) -> Iterator[Step]:
    """All the steps, those inside others after them."""
    for step in steps:
        yield step
        if isinstance(step, Section | Repeat):
            yield from every(step.steps)


def changed(steps: tuple[Step, ...], nth: int, change: Callable[[Step], tuple[Step, ...]]) -> tuple[Step, ...]:
    """The steps with the `nth` of all replaced by what `change` makes of it."""
    counted = iter(range(10**6))

    def inside(these: tuple[Step, ...]) -> tuple[Step, ...]:
        found: list[Step] = []
        for step in these:
            here = next(counted) == nth
            if isinstance(step, Section | Repeat):
                step = replace(step, steps=inside(step.steps))
            found.extend(change(step) if here else (step,))
        return tuple(found)

    return inside(steps)


MUTATIONS = ("remove", "rename", "add", "swap", "kind", "narrow", "fewer", "condition", "grade", "words")


@st.composite
def later(draw: st.DrawFn, flow: Flow) -> Flow:
    """A version of `flow` with up to four things changed."""
    steps = flow.steps
    for _ in range(draw(st.integers(0, 4))):
        total = len(list(every(steps)))
        if total:
            kind, nth = draw(st.sampled_from(MUTATIONS)), draw(st.integers(0, total - 1))
            steps = mutated(draw, steps, kind, nth, f"n{draw(st.integers(0, 99))}")
    return replace(flow, steps=steps, version="2")


def mutated(draw: st.DrawFn, steps: tuple[Step, ...], kind: str, nth: int, fresh: str) -> tuple[Step, ...]:
    names = {step.id for step in every(steps) if not isinstance(step, Section)}
    fresh = fresh if fresh not in names else f"{fresh}_{len(names)}"

    def change(step: Step) -> tuple[Step, ...]:
        match kind:
            case "remove":
                return ()
            case "rename" if not isinstance(step, Section):
                return (replace(step, id=fresh),)
            case "add":
                return (drawn_question(draw, fresh, {}), step)
            case "swap" if isinstance(step, Section | Repeat):
                return (replace(step, steps=tuple(reversed(step.steps))),)
            case "kind" if isinstance(step, Question):
                return (replace(step, answer=draw(ANSWERS)),)
            case "narrow" if isinstance(step, Question):
                return (replace(step, answer=narrower(step.answer)),)
            case "fewer" if isinstance(step, Repeat):
                return (replace(step, most=max(1, step.most - 1)),)
            case "condition":
                return (replace(step, when={"q0": frozenset(draw(st.sampled_from(IDS)))}),)
            case "grade" if isinstance(step, Question):
                return (replace(step, sensitivity=draw(GRADES), remind=draw(REMINDS)),)
            case "words":
                return (in_other_words(step),)
            case _:
                return (step,)

    if kind == "swap" and draw(st.booleans()):
        return tuple(draw(st.permutations(steps)))
    return changed(steps, nth, change)


def narrower(answer: Answer) -> Answer:
    """The same kind of question, which takes less."""
    match answer:
        case Choice(options=options):
            return Choice(dict(list(options.items())[1:]))
        case Choices(options=options, most=most):
            return Choices(dict(list(options.items())[1:]), most - 1)
        case Scale(low=low, high=high):
            return Scale(low + 1, high - 1)
        case Number():
            return replace(answer, low=5, high=50)
        case Sort(cards=cards):
            return replace(answer, cards=cards[1:])
        case Rank(cards=cards, keep=keep):
            return Rank(cards[1:], max(1, keep - 1))
        case Items(most=most, least=least):
            return Items(most, least + 1)
        case Lines(of=of, most=most):
            return Lines(of, max(1, most - 1))
        case _:
            return answer


def in_other_words(step: Step) -> Step:
    """The same step, every word of it changed."""
    match step:
        case Capsule():
            other = tuple(f"Autrement : {bubble}" for bubble in (*step.bubbles, "Encore."))
            return replace(step, title=step.title + " bis", bubbles=other, source="un livre")
        case Question():
            answer = _in_other_words(step.answer)
            return replace(step, text=step.text + " bis", why=step.why + " bis", answer=answer, example="ainsi")
        case Repeat():
            again = in_other_words(step.again)
            assert isinstance(again, Question)
            return replace(step, again=again)
        case Section():
            return step


def _in_other_words(answer: Answer) -> Answer:
    match answer:
        case Choice(options=options):
            return Choice({id: label + " bis" for id, label in options.items()})
        case Choices(options=options, most=most):
            return Choices({id: label + " bis" for id, label in options.items()}, most)
        case Scale():
            return replace(answer, labels={answer.low: "bas", answer.high: "haut"})
        case Sort(cards=cards, piles=piles):
            return Sort(_renamed(cards), {id: label + " bis" for id, label in piles.items()})
        case Rank(cards=cards, keep=keep):
            return Rank(_renamed(cards), keep)
        case _:
            return answer


def _renamed(cards: tuple[Card, ...]) -> tuple[Card, ...]:
    return tuple(Card(card.id, card.label + " bis", "autrement") for card in cards)


def all_in_other_words(flow: Flow) -> Flow:
    def inside(steps: tuple[Step, ...]) -> tuple[Step, ...]:
        return tuple(
            replace(step, steps=inside(step.steps)) if isinstance(step, Section | Repeat) else step
            for step in map(in_other_words, steps)
        )

    return replace(flow, title=flow.title + " bis", minutes=9, steps=inside(flow.steps), version="mots")


# --- people on the road ----------------------------------------------------------------------


@st.composite
def runs(draw: st.DrawFn, flow: Flow) -> Run:
    """Somebody on the road of `flow`, in any state, after up to a dozen events."""
    run = Run()
    for _ in range(draw(st.integers(0, 12))):
        try:
            run = turn(flow, run, draw(events(flow, run))).run
        except OutOfTurn:
            continue
    asleep = draw(st.sampled_from(["waiting", "waiting", "dormant", "paused", "queued"]))
    return replace(run, state=asleep) if run.state == "waiting" else run


@st.composite
def events(draw: st.DrawFn, flow: Flow, run: Run) -> Event:
    if run.state in ("queued", "stopped"):
        return Begin()
    asked = question(flow, run.key) if run.key and run.state in OPEN else None
    kinds: list[st.SearchStrategy[Event]] = [st.sampled_from([Skip(), Skip("in_session"), Review(), Stop()])]
    if asked:
        kinds += [replies(asked, run.draft)] * 6
    if run.answers:
        keys = st.sampled_from(sorted(run.answers))
        kinds += [st.builds(Reopen, keys), st.builds(Amend, keys, st.builds(Said, st.sampled_from(["aa", "oui", "3"])))]
    return draw(st.one_of(kinds))


def replies(asked: Question, draft: object) -> st.SearchStrategy[Event]:
    """What this kind of question takes, and sometimes what it does not."""
    pressed = [button.value for row in buttons(asked.answer, draft) for button in row if button.value]
    wrong: st.SearchStrategy[Event] = st.just(Reply(Said("rien qui vaille")))
    match asked.answer:
        case Text() | Items():
            said = st.builds(Said, st.sampled_from(["un", "deux\ntrois"]), ref=st.integers(1, 3))
            return st.builds(Reply, said) | st.just(Finish()) if draft else st.builds(Reply, said)
        case Number():
            return wrong | st.sampled_from(["7", "40 €", "800"]).map(lambda text: Reply(Said(text)))
        case Date():
            return wrong | st.just(Reply(Said("mars 2019")))
        case Media():
            return wrong | st.just(Reply(Said(media=(("m1", "photo"), ("m2", "voice")))))
        case _ if pressed:
            forward = [value for value in pressed if not value.startswith(AGAIN)] or pressed
            press = st.sampled_from(forward).map(lambda value: Reply(Said(choice=value)))
            return press | press | press | (st.just(Finish()) if FINISH in pressed else wrong)
        case _:
            return wrong


def finished(flow: Flow, run: Run) -> Run:
    """The run taken up to its end, every question passed: raises AssertionError if it has none."""
    if run.state not in OPEN:
        run = turn(flow, run, Begin()).run if run.state != "done" else run
    for _ in range(2_000):
        if run.state == "done":
            return run
        run = turn(flow, run, Skip()).run
    raise AssertionError("the road does not end")
