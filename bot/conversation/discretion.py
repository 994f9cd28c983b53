"""Questions whose answer is not written in the chat: the way to the page, and words taken out of the conversation.

Knows where the page stands, and nothing of what it shows.
"""

from dataclasses import replace
from datetime import timedelta

from bot.conversation.house import House
from bot.conversation.speech import coded
from bot.store.case import Case, RunFile, Timer
from bot.store.passes import LIFE, drawn
from flows.model import Key, Question

PATH = "/espace/reponse/"
ANSWER = "r:"
"""How the purpose of a link to a form begins: the run and its step follow."""

COPY = "copy"
"""The timer that takes a file out of the chat."""

FETCHED = timedelta(minutes=10)
"""By then a file that was sent is with us."""


def hides(house: House, asked: Question | None) -> bool:
    """Whether its answer is given on the page, and shown nowhere in the chat."""
    return asked is not None and asked.sensitivity == "haute" and bool(house.page)


def owned(file: RunFile, key: Key, asked: Question) -> Question:
    """The question as its author holds the answer today: for the coach too, or for themselves."""
    version = file.versions.get(key)
    return asked if version is None else replace(asked, private=version.private)


def purpose(file: RunFile) -> str:
    """What a link to the open question is made for."""
    return f"{ANSWER}{coded(file.id)}:{file.run.step}"


def named(case: Case, held: str) -> tuple[RunFile, int] | None:
    """The run and the step that a link was made for."""
    code, _, step = held.removeprefix(ANSWER).partition(":")
    try:
        file = case.run(int(code, 36))
        return (file, int(step)) if file else None
    except ValueError:
        return None


def link(house: House, case: Case, file: RunFile) -> None:
    """A fresh link to the form of the open question; the earlier one serves no more."""
    token = drawn()
    case.changes.links.append((purpose(file), token))
    rows = [[(house.speech.label("button_open_page"), house.page + PATH + token)]]
    case.send("sendMessage", house.speech.phrase("page_link", rows, n=LIFE.seconds // 60))


def take_back(house: House, case: Case, asked: Question | None, message_id: int | None, files: bool) -> None:
    """Their message, kept, leaves the chat as far as Telegram lets it: at once, or once its files are with us."""
    if message_id is None or not hides(house, asked):
        return
    going = {"message_id": message_id}
    if any(item.method == "deleteMessage" and item.params == going for item in case.changes.out):
        return
    if files:
        case.wake(COPY, str(message_id), case.now + FETCHED, message=message_id)
    else:
        case.send("deleteMessage", going)
    case.send("sendMessage", house.speech.phrase("said_here"))


def gone(house: House, case: Case, timer: Timer) -> None:
    case.settle(timer, "fired")
    case.send("deleteMessage", {"message_id": timer.about["message"]})
