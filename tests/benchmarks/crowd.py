"""The participants of a bench: what each one writes, when, and a ledger of every reply written.

Knows nothing of HTTP: the fake server hands it the bot's messages and takes the updates it makes.
"""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

QUESTION = re.compile(r"Question (\d+) sur \d+")
FIRST_CHAT = 1_000_000
DATE = 1_767_225_600


def chat_of(index: int) -> int:
    """The chat of participant `index`, counted from 0: what a launcher seeds and what the server plays."""
    return FIRST_CHAT + index


@dataclass(frozen=True, slots=True)
class Write:
    text: str


@dataclass(frozen=True, slots=True)
class Press:
    data: str


Move = Write | Press
Buttons = list[list[dict[str, Any]]]


class Script(Protocol):
    """What participants do. `{n}` in `opening` is the participant's number."""

    @property
    def opening(self) -> str: ...

    @property
    def poke(self) -> str: ...

    def asked(self, text: str) -> int | None:
        """The number of the question this message puts, or None when it puts none."""

    def move(self, question: int, token: str, buttons: Buttons) -> Move:
        """The reply to a question; a written one must hold `token`."""


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """« Question 3 sur 5 » is answered with a text, or with the first button for the questions in `pressed`."""

    opening: str = "/start"
    poke: str = ""
    pressed: tuple[int, ...] = ()

    def asked(self, text: str) -> int | None:
        found = QUESTION.search(text)
        return int(found[1]) if found else None

    def move(self, question: int, token: str, buttons: Buttons) -> Move:
        if question in self.pressed and buttons:
            return Press(str(buttons[0][0]["callback_data"]))
        return Write(token)


@dataclass(frozen=True, slots=True)
class Plan:
    """`outstanding` participants at once, `questions` each; `patience` s of a silent bot before a poke (0: for ever).

    Their numbers begin at `first`. Each thinks for `think` s before answering a question. A bot hears that a message
    was taken after `line` s.
    """

    participants: int
    questions: int = 5
    outstanding: int = 100
    patience: float = 0.0
    pokes: int = 3
    think: float = 0.0
    line: float = 0.0
    first: int = 0


@dataclass(slots=True)
class Participant:
    index: int
    state: Literal["open", "done", "stuck"] = "open"
    answered: int = 0  # highest question answered
    written: int = 0  # replies written, which number the tokens
    poked: int = 0  # since the last new question
    owed: int = 0  # questions asked for by pokes, beside the one that was due
    update_id: int = 0  # of the last thing done
    put_at: float | None = None  # until the bot's first message after it
    since: float = 0.0


@dataclass(slots=True)
class Tally:
    started: float = 0.0
    ended: float = 0.0
    latencies: list[float] = field(default_factory=list)  # s, update queued -> the bot's first message after it
    messages: int = 0
    repeated: int = 0  # a question already answered, put again
    pokes: int = 0
    silence: float = 0.0  # s, the longest in which nobody was answered, while newcomers came
    ledger: list[tuple[int, str]] = field(default_factory=list)  # update id, token


class Crowd:
    """Plays every participant of a plan. `put` queues an update body and gives its id; `now`: a monotonic clock, s.

    A bot is expected to put its question in the last message of a turn. After the last reply, any message ends the
    questionnaire.
    """

    def __init__(self, plan: Plan, script: Script, put: Callable[[dict[str, Any]], int]) -> None:
        self.plan, self.script, self.tally = plan, script, Tally()
        self.people: dict[int, Participant] = {}
        self._put = put
        self._heard_at = 0.0
        self._answered_at: float | None = None
        self._open = 0
        self._thinking = deque[tuple[float, Participant, dict[str, Any], str]]()  # when, whose, what, its token

    def begin(self, now: float) -> None:
        self.tally.started = self.tally.ended = self._heard_at = now
        for _ in range(min(self.plan.outstanding, self.plan.participants)):
            self._next(now)

    def hear(self, chat_id: int, message_id: int, text: str, buttons: Buttons, now: float) -> None:
        """A message of the bot arrives in a chat."""
        self._heard_at = now
        self.tally.messages += 1
        person = self.people.get(chat_id)
        if person is None:
            return
        self._measure(person, now)
        question = self.script.asked(text)
        if question is not None:
            self._answer(person, question, message_id, buttons, now)
        elif person.answered >= self.plan.questions:
            self._leave(person, "done", now)

    def restarted(self, now: float) -> None:
        """The bot was started anew: everybody's patience begins again."""
        self._heard_at = now

    def sweep(self, handed: int, now: float) -> None:
        """Lets those answer who have thought; pokes those whom a silent bot forgot, or gives them up.

        `handed`: highest update id a bot has been given.
        """
        while self._thinking and self._thinking[0][0] <= now:
            self._say(*self._thinking.popleft()[1:], now)
        silent = now - self._heard_at >= self.plan.patience  # of one who thinks, the bot is not at its limit
        if not self.plan.patience or not (silent or self.plan.think):
            return
        for person in [p for p in self.people.values() if p.state == "open"]:
            waits = person.put_at is not None and person.update_id <= handed
            if waits and now - person.since >= self.plan.patience:
                self._poke(person, now)

    @property
    def running(self) -> bool:
        return self._open > 0

    def count(self, state: str) -> int:
        return sum(p.state == state for p in self.people.values())

    def _measure(self, person: Participant, now: float) -> None:
        person.since = now
        if person.put_at is not None:
            self.tally.latencies.append(now - person.put_at)
            self.tally.ended = now
            if self._answered_at is not None and len(self.people) < self.plan.participants:
                self.tally.silence = max(self.tally.silence, now - self._answered_at)
            self._answered_at = now
            person.put_at = None

    def _answer(self, person: Participant, question: int, message_id: int, buttons: Buttons, now: float) -> None:
        if person.state != "open" or (question <= person.answered and not person.poked):
            self.tally.repeated += person.owed == 0
            person.owed = max(0, person.owed - 1)
            return
        person.poked = 0
        person.answered = max(person.answered, question)
        person.written += 1
        token = f"rep-{person.index}-{person.written}"
        match self.script.move(question, token, buttons):
            case Write(text):
                body = written(person.index, text)
            case Press(data):
                body, token = pressed(person.index, message_id, data), ""
        if self.plan.think:
            self._thinking.append((now + self.plan.think, person, body, token))
        else:
            self._say(person, body, token, now)

    def _say(self, person: Participant, body: dict[str, Any], token: str, now: float) -> None:
        self._do(person, body, now)
        if token:
            self.tally.ledger.append((person.update_id, token))

    def _poke(self, person: Participant, now: float) -> None:
        if self.script.poke and person.poked < self.plan.pokes:
            person.poked += 1
            person.owed += 1
            self.tally.pokes += 1
            self._do(person, written(person.index, self.script.poke), now)
        else:
            self._leave(person, "stuck", now)

    def _leave(self, person: Participant, state: Literal["done", "stuck"], now: float) -> None:
        if person.state == "open":
            person.state = state
            self._open -= 1
            self._next(now)

    def _next(self, now: float) -> None:
        index = self.plan.first + len(self.people)
        if len(self.people) < self.plan.participants:
            self._open += 1
            person = self.people[chat_of(index)] = Participant(index)
            self._do(person, written(index, self.script.opening.format(n=index)), now)

    def _do(self, person: Participant, body: dict[str, Any], now: float) -> None:
        person.since = now
        person.put_at = now if person.put_at is None else person.put_at  # a poke is the same wait
        person.update_id = self._put(body)


def written(index: int, text: str) -> dict[str, Any]:
    """A private message, its `/command` marked as Telegram marks it."""
    message = {"message_id": 0, "from": _user(index), "chat": _chat(index), "date": DATE, "text": text}
    if text.startswith("/"):
        message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]
    return {"message": message}


def pressed(index: int, message_id: int, data: str) -> dict[str, Any]:
    """A press of a button under the bot's message."""
    message = {"message_id": message_id, "date": DATE, "chat": _chat(index), "text": "…"}
    query = {"id": f"{index}{message_id}", "from": _user(index), "message": message, "chat_instance": "1", "data": data}
    return {"callback_query": query}


def _user(index: int) -> dict[str, Any]:
    return {"id": chat_of(index), "is_bot": False, "first_name": f"P{index}", "language_code": "fr"}


def _chat(index: int) -> dict[str, Any]:
    return {"id": chat_of(index), "type": "private", "first_name": f"P{index}"}
