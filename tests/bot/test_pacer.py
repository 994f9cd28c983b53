"""The pacer against a server that counts strictly, on a clock of our own."""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from itertools import count

import pytest

from bot.telegram.pacer import Pacer, makes_message

Trip = Callable[[random.Random], tuple[float, float]]
"""Seconds on the way out and on the way home."""


def loopback(_: random.Random) -> tuple[float, float]:
    return 0.0006, 0.0007


def even(rng: random.Random) -> tuple[float, float]:
    """80 ± 40 ms, as long out as home."""
    half = rng.uniform(0.040, 0.120) / 2
    return half, half


def all_out(rng: random.Random) -> tuple[float, float]:
    """80 ± 40 ms, all of it before the server counts."""
    return rng.uniform(0.040, 0.120), 0.0


def all_home(rng: random.Random) -> tuple[float, float]:
    return 0.0, rng.uniform(0.040, 0.120)


def hiccups(rng: random.Random) -> tuple[float, float]:
    """A quick line on which one message in fifty is late, all of it before the server counts."""
    return 0.0006 + 0.03 * (rng.random() < 0.02), 0.0007


@dataclass
class Opening:
    """A line whose first thirty messages find no connection open; the others are quick."""

    sent: int = 0

    def __call__(self, rng: random.Random) -> tuple[float, float]:
        self.sent += 1
        return (rng.uniform(0.01, 0.05) if self.sent <= 30 else 0.0006), 0.0007


@dataclass
class Simulation:
    """A broadcast to `crowd` chats and `replies` a second to others, `flight` messages under way at most."""

    crowd: int
    trip: Trip
    replies: float = 0.0
    flight: int = 32
    seed: int = 1
    share: float = 0.5
    now: float = 0.0
    refused: int = 0
    most: int = 0
    broadcast_end: float = 0.0
    waits: list[float] = field(default_factory=list)

    def run(self) -> "Simulation":
        rng, order, self.window = random.Random(self.seed), count(), deque[float]()
        pacer = Pacer(lambda: self.now, share=self.share)
        waiting = [(3, 0.0, chat) for chat in range(self.crowd)]
        heapify(waiting)
        due: list[tuple[float, int, str, tuple[int, float, int], float]] = []
        for chat, at in enumerate(self._arrivals(rng), self.crowd):
            heappush(due, (at, next(order), "ask", (1, at, chat), 0.0))
        under_way, wake = 0, 0.0
        while waiting or due:
            while waiting and under_way < self.flight:
                rank, _, chat = waiting[0]
                wake = self.now + pacer.ready(chat, rank)
                if wake > self.now:
                    break
                pacer.take(chat, rank)
                out, home = self.trip(rng)
                heappush(due, (self.now + out, next(order), "count", heappop(waiting), home))
                under_way += 1
            if waiting and under_way < self.flight and (not due or wake < due[0][0]):
                self.now = wake
                continue
            self.now, _, kind, message, home = heappop(due)
            match kind:
                case "ask":
                    heappush(waiting, message)
                case "count":
                    heappush(due, (self.now + home, next(order), "kept" if self._count() else "refused", message, 0.0))
                case "kept":
                    under_way -= 1
                    pacer.done(message[2])
                    self._note(message)
                case "refused":
                    under_way -= 1
                    pacer.done(message[2])
                    pacer.pause(None, 1.0)
                    heappush(waiting, message)
        return self

    @property
    def ratio(self) -> float:
        return self.broadcast_end / (self.crowd / 30)

    def _arrivals(self, rng: random.Random) -> list[float]:
        arrivals, at = [], 0.0
        while self.replies and (at := at + rng.expovariate(self.replies)) < self.crowd / 30:
            arrivals.append(at)
        return arrivals

    def _count(self) -> bool:
        while self.window and self.window[0] <= self.now - 1.0:
            self.window.popleft()
        if len(self.window) >= 30:
            self.refused += 1
            return False
        self.window.append(self.now)
        self.most = max(self.most, len(self.window))
        return True

    def _note(self, message: tuple[int, float, int]) -> None:
        rank, asked, _ = message
        if rank == 1:
            self.waits.append(self.now - asked)
        else:
            self.broadcast_end = self.now


@pytest.mark.parametrize("crowd", [1000, 10_000])
def test_a_broadcast_takes_no_longer_than_the_limit_and_never_exceeds_it(crowd: int) -> None:
    simulated = Simulation(crowd, loopback).run()
    assert simulated.refused == 0
    assert simulated.most == 30
    assert simulated.ratio <= 1.005


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("trip", [even, all_home])
def test_a_broadcast_over_a_long_line(trip: Trip, seed: int) -> None:
    simulated = Simulation(1000, trip, seed=seed).run()
    assert simulated.refused == 0
    assert simulated.ratio <= 1.02


@pytest.mark.parametrize("trip", [even, all_home])
def test_a_long_broadcast_over_a_long_line(trip: Trip) -> None:
    """A message that may be as quick as the quickest leaves no sooner: 20 ms a second is what that costs here."""
    simulated = Simulation(10_000, trip).run()
    assert simulated.refused == 0
    assert simulated.ratio <= 1.0235


@pytest.mark.parametrize("seed", range(5))
def test_what_is_late_now_and_then_makes_nothing_leave_too_soon(seed: int) -> None:
    for trip in (hiccups, Opening()):
        simulated = Simulation(1000, trip, seed=seed).run()
        assert simulated.refused == 0
        assert simulated.most == 30


@pytest.mark.parametrize("seed", range(10))
def test_when_all_delay_is_on_the_way_out_the_first_refusals_are_the_last(seed: int) -> None:
    short = Simulation(300, all_out, seed=seed).run()
    long = Simulation(2000, all_out, seed=seed).run()
    assert 0 <= long.refused <= 5
    assert long.refused - short.refused <= 3
    assert long.ratio <= 1.06


@pytest.mark.parametrize("trip", [even, all_out, all_home])
@pytest.mark.parametrize("seed", range(5))
def test_without_share_no_line_makes_it_exceed(trip: Trip, seed: int) -> None:
    simulated = Simulation(1000, trip, seed=seed, share=0.0).run()
    assert simulated.refused == 0
    assert simulated.ratio <= 1.05


@pytest.mark.parametrize("replies", [0.3, 1, 3, 6])
@pytest.mark.parametrize("seed", range(3))
def test_people_do_not_wait_behind_a_broadcast(replies: float, seed: int) -> None:
    simulated = Simulation(1000, even, replies, seed=seed).run()
    assert simulated.refused == 0
    waits = sorted(simulated.waits)
    assert len(waits) > 3
    assert waits[int(0.99 * len(waits))] < 1.5
    assert simulated.ratio <= 1.05 + (replies + 2) / 30


# --- one rule at a time ------------------------------------------------------------------------


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pacer(clock: Clock) -> Pacer:
    return Pacer(clock)


def send(pacer: Pacer, chat_id: int, rank: int = 1) -> None:
    assert pacer.ready(chat_id, rank) == 0
    pacer.take(chat_id, rank)
    pacer.done(chat_id)


def test_a_chat_has_three_at_once_then_one_a_second(pacer: Pacer, clock: Clock) -> None:
    for _ in range(3):
        send(pacer, 5)
    assert pacer.ready(5, 0) == pytest.approx(1.0, abs=0.02)
    assert pacer.ready(6, 0) == 0
    clock.now += pacer.ready(5, 0)
    send(pacer, 5)
    assert pacer.ready(5, 0) == pytest.approx(1.0, abs=0.02)


def test_messages_under_way_count_for_their_chat(pacer: Pacer) -> None:
    for _ in range(3):
        assert pacer.ready(5, 1) == 0
        pacer.take(5, 1)
    assert pacer.ready(5, 1) > 0


def test_a_rested_chat_has_its_burst_again(pacer: Pacer, clock: Clock) -> None:
    for _ in range(3):
        send(pacer, 5)
    clock.now += 4
    for _ in range(3):
        send(pacer, 5)


def test_a_slot_comes_back_a_second_after_completion_not_after_leaving(pacer: Pacer, clock: Clock) -> None:
    for chat in range(30):
        send(pacer, chat, 3)
    clock.now += 1.1
    assert pacer.ready(99, 3) == 0
    for chat in range(30):
        pacer.take(chat, 3)
    clock.now += 5
    assert pacer.ready(99, 3) > 0
    pacer.done(0)
    assert pacer.ready(99, 3) > 0
    clock.now += 1.01
    assert pacer.ready(99, 3) == 0


def test_a_message_that_never_left_gives_its_slot_back(pacer: Pacer) -> None:
    for chat in range(30):
        pacer.take(chat, 3)
    assert pacer.ready(99, 3) > 0
    pacer.done(0, left=False)
    assert pacer.ready(99, 3) == 0


def test_while_people_talk_a_broadcast_leaves_them_slots(pacer: Pacer) -> None:
    send(pacer, 500, 1)
    sent = 0
    while not pacer.ready(sent, 3):
        send(pacer, sent, 3)
        sent += 1
    assert sent == 27
    for chat in (501, 502):
        send(pacer, chat, 1)


def test_a_slot_someone_waits_for_is_not_given_to_a_broadcast(pacer: Pacer, clock: Clock) -> None:
    for chat in range(30):
        send(pacer, chat, 3)
        clock.now += 0.01
    assert pacer.ready(500, 0) > 0
    clock.now += pacer.ready(500, 0)
    assert pacer.ready(600, 3) > 0
    send(pacer, 500, 0)


def test_people_held_up_by_their_own_chat_hold_up_nobody(pacer: Pacer) -> None:
    talkers = range(500, 505)
    for chat in talkers:
        for _ in range(3):
            send(pacer, chat, 1)
    assert all(pacer.ready(chat, 1) > 0 for chat in talkers)
    for chat in range(15):
        send(pacer, chat, 3)


def test_what_may_leave_soon_is_what_is_free_and_what_is_about_to_be(pacer: Pacer, clock: Clock) -> None:
    assert pacer.soon(0.1) == 30
    for chat in range(20):
        send(pacer, chat, 3)
    pacer.take(20, 3)
    assert pacer.soon(0.1) == 9
    clock.now += 0.95
    assert pacer.soon(0.1) == 29
    assert pacer.soon(0.0) == 9


def test_a_chat_waits_for_itself_or_for_everybody(pacer: Pacer) -> None:
    for chat in range(30):
        send(pacer, chat, 3)
    assert pacer.ready(99, 3) > 0 and pacer.own(99) == 0
    pacer.pause(99, 7)
    assert pacer.own(99) == 7


def test_on_a_quick_line_a_broadcast_is_drawn_apart(pacer: Pacer, clock: Clock) -> None:
    for chat in range(90):
        clock.now += pacer.ready(chat, 3)
        pacer.take(chat, 3)
        clock.now += 0.0005
        pacer.done(chat)
    clock.now += 2
    send(pacer, 100, 3)
    assert 0.003 < pacer.ready(101, 3) < 0.02
    assert pacer.ready(102, 1) == 0


def test_a_pause_of_one_chat_is_its_own(pacer: Pacer, clock: Clock) -> None:
    pacer.pause(5, 7)
    assert pacer.ready(5, 0) == 7
    assert pacer.ready(6, 3) == 0
    clock.now += 7
    assert pacer.ready(5, 0) == 0


def test_a_pause_for_all_holds_everybody(pacer: Pacer, clock: Clock) -> None:
    pacer.pause(None, 7)
    pacer.pause(None, 2)
    assert pacer.ready(5, 0) == 7
    clock.now += 7
    assert pacer.ready(5, 0) == 0


def test_two_chats_told_to_wait_together_hold_everybody(pacer: Pacer, clock: Clock) -> None:
    pacer.pause(5, 3)
    clock.now += 0.2
    pacer.pause(6, 3)
    assert pacer.ready(7, 0) == pytest.approx(3)


def test_two_chats_told_to_wait_long_apart_hold_nobody_else(pacer: Pacer, clock: Clock) -> None:
    pacer.pause(5, 3)
    clock.now += 2
    pacer.pause(6, 3)
    assert pacer.ready(7, 0) == 0


def test_many_chats_are_forgotten_once_they_owe_nothing(pacer: Pacer, clock: Clock) -> None:
    for chat in range(20_000):
        clock.now += 0.05
        send(pacer, chat, 3)
    assert len(pacer._chats) < 5000


@pytest.mark.parametrize("method", ["sendMessage", "sendPhoto", "sendMediaGroup", "copyMessage"])
def test_methods_that_make_a_message(method: str) -> None:
    assert makes_message(method)


@pytest.mark.parametrize("method", ["sendChatAction", "editMessageText", "answerCallbackQuery", "setMessageReaction"])
def test_methods_that_make_none(method: str) -> None:
    assert not makes_message(method)
