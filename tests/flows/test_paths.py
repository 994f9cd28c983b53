"""Every road through every flow, of the real content and of the rules' own: each ends, and Telegram takes each message.

A road is walked with the first and the last answer of each choice, then with each option in turn; repeats end or go on.
"""

from collections.abc import Iterator

import pytest

from bot.conversation.speech import Speech
from bot.library import Library
from bot.store.case import drawn_id
from bot.telegram.length import plain, units
from flows.answers import AGAIN, FINISH, buttons
from flows.engine import Run, turn
from flows.events import Ask, Begin, Close, Effect, Finish, Hold, Keep, Redraw, Reply, Said, Say, Skip
from flows.lines import ticks
from flows.model import (
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
    Repeat,
    Scale,
    Section,
    Sort,
    Step,
    Text,
)
from tests.stage import library

MOST = 4096
"""UTF-16 units of a message (Bot API, « sendMessage »)."""

DATA = 64
"""Bytes of a button's data (Bot API, « InlineKeyboardButton »)."""

LONGEST = 400
"""Turns of the longest road: twenty experiences, thirty cards."""

CONTENTS = ("bilan", "essai", "essai-v2")
FLOWS = [(name, flow.id) for name in CONTENTS for flow in library(name).every_flow()]


def _questions(steps: tuple[Step, ...]) -> Iterator[Question]:
    for step in steps:
        if isinstance(step, Question):
            yield step
        elif isinstance(step, Section | Repeat):
            yield from _questions(step.steps)
            if isinstance(step, Repeat):
                yield step.again


def _options(question: Question) -> list[str]:
    match question.answer:
        case Choice(options=options) | Choices(options=options):
            return list(options)
        case _:
            return []


def _plans(flow: Flow) -> list[dict[str, str]]:
    """One plan for each option of each choice; the other choices take their first option that does not repeat."""
    asked = [question for question in _questions(flow.steps) if _options(question)]
    usual = {question.id: "non" if question.id == "again" else _options(question)[0] for question in asked}
    last = {**usual, **{question.id: _options(question)[-1] for question in asked if question.id != "again"}}
    return [usual, last, *({**usual, question.id: option} for question in asked for option in _options(question))]


def _reply(question: Question, plan: dict[str, str], draft: object) -> Reply | Finish:
    """A reply that its kind of question takes."""
    match question.answer:
        case Text() | Items() if draft:
            return Finish()
        case Text():
            return Reply(Said(text="Quelques mots.", ref=1))
        case Items(least=least):
            return Reply(Said(text="\n".join(f"élément {n}" for n in range(least)), ref=1))
        case Choice():
            return Reply(Said(choice=plan[question.id]))
        case Choices() if draft:
            return Finish()
        case Choices():
            return Reply(Said(choice=f"+{plan[question.id]}"))
        case Scale(high=high):
            return Reply(Said(choice=str(high)))
        case Number(low=low):
            return Reply(Said(text=str(int(low or 1))))
        case Date():
            return Reply(Said(text="mars 2019"))
        case Media(kinds=kinds):
            return Reply(Said(media=(("m", sorted(kinds)[0]),)))
        case Lines() if ticks(draft):
            return Finish()
        case Sort() | Rank() | Lines():
            return Reply(Said(choice=_first(question, draft)))


def _first(question: Question, draft: object) -> str:
    values = [button.value for row in buttons(question.answer, draft) for button in row]
    return next(value for value in values if not value.startswith((AGAIN, FINISH)))


def _walk(flow: Flow, plan: dict[str, str]) -> Iterator[tuple[Run, Effect]]:
    """What is said along a road, with the run as it then stands."""
    went = turn(flow, Run(), Begin())
    asked: Question | None = None
    again = 0
    for _ in range(LONGEST):
        yield from ((went.run, effect) for effect in went.effects)
        if went.run.state == "done":
            return
        asked = next((e.question for e in went.effects if isinstance(e, Ask | Redraw | Hold)), asked)
        assert asked is not None
        again += asked.id == "again"
        usual = {**plan, "again": "non"} if again > 1 else plan
        went = turn(flow, went.run, _reply(asked, usual, went.run.draft))
    raise AssertionError(f"{flow.id} does not end")


def _check(message: dict[str, object]) -> None:
    words = plain(str(message["text"]))
    assert words.strip()
    assert units(words) <= MOST
    markup = message.get("reply_markup")
    rows = markup["inline_keyboard"] if isinstance(markup, dict) else []
    for button in (button for row in rows for button in row):
        assert button["text"].strip(), "a button without a label"
        assert 1 <= len(button["callback_data"].encode()) <= DATA, button["callback_data"]


def _shown(speech: Speech, run: Run, effect: Effect) -> list[dict[str, object]]:
    match effect:
        case Say(capsule=capsule):
            return speech.capsule(capsule)
        case Ask(question=question) | Redraw(question=question):
            opening = speech.say("reminder_1")
            return [speech.question(2**55 - 1, run.step, question, run.draft, opening)]
        case _:
            return []


@pytest.mark.parametrize(("content", "flow_id"), FLOWS, ids=lambda value: value)
def test_every_road_ends_in_messages_that_telegram_takes(content: str, flow_id: str) -> None:
    held: Library = library(content)
    speech, flow = Speech(held), held.flow(flow_id)
    for plan in _plans(flow):
        effects = list(_walk(flow, plan))
        assert effects[-1][1] == Close("done")
        for run, effect in effects:
            for message in _shown(speech, run, effect):
                _check(message)


@pytest.mark.parametrize(("content", "flow_id"), FLOWS, ids=lambda value: value)
def test_skipping_everything_ends_too(content: str, flow_id: str) -> None:
    flow = library(content).flow(flow_id)
    went = turn(flow, Run(), Begin())
    skipped = 0
    while went.run.state != "done":
        went = turn(flow, went.run, Skip())
        skipped += 1
        assert skipped <= LONGEST
    assert went.effects[-1] == Close("done")


@pytest.mark.parametrize("content", CONTENTS)
def test_every_question_says_why_and_can_be_answered(content: str) -> None:
    speech = Speech(library(content))
    for flow in library(content).every_flow():
        for question in _questions(flow.steps):
            assert plain(speech.why(question)).strip() or question.id == "again", f"{flow.id}.{question.id}"
            _check(speech.question(drawn_id(), 1, question, None))


@pytest.mark.parametrize("content", CONTENTS)
def test_every_question_is_met_on_some_road(content: str) -> None:
    for flow in library(content).every_flow():
        met = {
            effect.question.id
            for plan in _plans(flow)
            for _, effect in _walk(flow, plan)
            if isinstance(effect, Ask) or (isinstance(effect, Keep) and effect.question.sensitivity == "seance")
        }
        assert met == {question.id for question in _questions(flow.steps)}, flow.id
