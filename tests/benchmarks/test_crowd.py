"""Participants answer each question once, know when they are done, and run out of patience only with a silent bot."""

from typing import Any

from tests.benchmarks.crowd import Crowd, Plan, Questionnaire, chat_of


class Queue:
    """What the participants did, in order."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []

    def put(self, body: dict[str, Any]) -> int:
        self.bodies.append(body)
        return len(self.bodies)

    @property
    def texts(self) -> list[str]:
        return [
            body["message"]["text"] if "message" in body else body["callback_query"]["data"] for body in self.bodies
        ]


def crowd_of(plan: Plan, script: Questionnaire) -> tuple[Crowd, Queue]:
    queue = Queue()
    crowd = Crowd(plan, script, queue.put)
    crowd.begin(0.0)
    return crowd, queue


def ask(crowd: Crowd, question: int, now: float, index: int = 0) -> None:
    buttons = [[{"text": "Oui", "callback_data": "oui"}]]
    crowd.hear(chat_of(index), 7, f"Question {question} sur 2 : ?", buttons, now)


def test_a_questionnaire_from_the_first_words_to_the_last() -> None:
    crowd, queue = crowd_of(Plan(1, questions=2), Questionnaire("/start code{n}", pressed=(2,)))
    ask(crowd, 1, 0.5)
    ask(crowd, 2, 0.6)
    assert crowd.running
    crowd.hear(chat_of(0), 8, "Merci", [], 0.7)
    assert queue.texts == ["/start code0", "rep-0-1", "oui"]
    assert (crowd.running, crowd.count("done")) == (False, 1)
    assert [round(latency, 3) for latency in crowd.tally.latencies] == [0.5, 0.1, 0.1]


def test_a_question_put_again_is_not_answered_again() -> None:
    crowd, queue = crowd_of(Plan(1, questions=2), Questionnaire())
    ask(crowd, 1, 0.5)
    ask(crowd, 1, 0.6)
    assert queue.texts == ["/start", "rep-0-1"]
    assert crowd.tally.repeated == 1


def test_the_next_one_comes_when_one_is_done() -> None:
    crowd, queue = crowd_of(Plan(2, questions=1, outstanding=1), Questionnaire("/start {n}"))
    ask(crowd, 1, 0.5)
    crowd.hear(chat_of(0), 8, "Merci", [], 0.7)
    assert queue.texts[-1] == "/start 1"


def test_a_silent_bot_is_poked_and_its_question_answered_anew() -> None:
    crowd, queue = crowd_of(Plan(1, questions=2, patience=1.0), Questionnaire(poke="/reprendre"))
    ask(crowd, 1, 0.5)
    crowd.sweep(2, 1.0)
    assert queue.texts[-1] == "rep-0-1"
    crowd.sweep(2, 1.6)
    assert queue.texts[-1] == "/reprendre"
    ask(crowd, 1, 1.7)
    assert queue.texts[-1] == "rep-0-2"


def test_without_a_poke_one_gives_up() -> None:
    crowd, _ = crowd_of(Plan(1, patience=1.0), Questionnaire())
    crowd.sweep(1, 2.0)
    assert (crowd.count("stuck"), crowd.running) == (1, False)


def test_nobody_loses_patience_over_an_update_no_bot_was_given() -> None:
    crowd, _ = crowd_of(Plan(1, patience=1.0), Questionnaire())
    crowd.sweep(0, 60.0)
    assert crowd.count("open") == 1


def test_one_who_thinks_answers_later_and_loses_patience_alone() -> None:
    crowd, queue = crowd_of(Plan(2, questions=2, patience=1.0, think=0.5), Questionnaire(poke="/reprendre"))
    ask(crowd, 1, 0.2)
    crowd.sweep(2, 0.6)
    assert queue.texts == ["/start", "/start"]
    crowd.sweep(2, 0.7)
    assert queue.texts[2:] == ["rep-0-1"] and [token for _, token in crowd.tally.ledger] == ["rep-0-1"]
    ask(crowd, 2, 0.9)
    crowd.sweep(2, 1.1)
    assert queue.texts[3:] == ["/reprendre"], "the other one's, who was not answered while the first one was"


def test_a_poke_is_the_same_wait_and_its_question_was_asked_for() -> None:
    crowd, _ = crowd_of(Plan(1, questions=2, patience=1.0), Questionnaire(poke="/reprendre"))
    crowd.sweep(1, 1.5)
    ask(crowd, 1, 3.0)
    ask(crowd, 1, 3.1)
    assert (crowd.tally.latencies[0], crowd.tally.pokes, crowd.tally.repeated) == (3.0, 1, 0)
    ask(crowd, 1, 3.2)
    assert crowd.tally.repeated == 1


def test_silence_is_the_longest_time_between_two_answers_to_anybody_while_newcomers_come() -> None:
    crowd, _ = crowd_of(Plan(4, questions=1, outstanding=2), Questionnaire())
    ask(crowd, 1, 5.0, 0)
    ask(crowd, 1, 5.5, 1)
    crowd.hear(chat_of(0), 8, "Merci", [], 8.5)
    crowd.hear(chat_of(1), 9, "Merci", [], 9.0)
    ask(crowd, 1, 60.0, 2)
    assert crowd.tally.silence == 3.0
