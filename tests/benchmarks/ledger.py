"""What participants wrote against what a bot kept. Knows neither bot nor server."""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

TOKEN = re.compile(r"rep-(\d+)-(\d+)")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Counts of replies; `held` ones still wait on the server, so they are not lost."""

    written: int
    kept: int
    lost: int
    twice: int
    disordered: int
    held: int


@dataclass(frozen=True, slots=True)
class Sends:
    """Counts of messages. `doubtful` ones may have come or not: the bot says that it does not know; `came`: those of

    them that the server has. Lost: it says sent, and the server has none. Again: the server has more of a chat than
    what was sent or doubtful. Left: neither sent nor settled.
    """

    doubtful: int
    came: int
    lost: int
    again: int
    left: int


def match(there: list[tuple[int, int]], meant: list[tuple[int, str, int | None]]) -> Sends:
    """`there`: chat and message id of what the server has; `meant`: chat, state and message id of the bot's outbox."""
    known = set(there)
    told = [(chat, number) for chat, state, number in meant if state == "sent" and number is not None]
    found = Counter(chat for chat, _ in known - set(told))  # what the bot does not know that it arrived
    unknown = Counter(chat for chat, state, _ in meant if state in ("doubtful", "sending"))
    doubtful = sum(state == "doubtful" for _, state, _ in meant)
    lost = sum(one not in known for one in told) + len(told) - len(set(told))
    left = sum(state in ("ready", "sending") for _, state, _ in meant)
    return Sends(doubtful, (found & unknown).total(), lost, (found - unknown).total(), left)


def compare(gone: list[str], held: list[str], kept: list[str]) -> Verdict:
    """`gone`: tokens the server has forgotten; `held`: those it still has; `kept`: the bot's texts in commit order.

    Disordered: two neighbours of one participant of which the later was written first.
    """
    tokens = [found[0] for text in kept if (found := TOKEN.search(text))]
    times = Counter(tokens)
    lost = sum(token not in times for token in gone)
    twice = sum(count - 1 for count in times.values())
    return Verdict(len(gone) + len(held), len(times), lost, twice, _disordered(list(times)), len(held))


def _disordered(tokens: list[str]) -> int:
    by_person: dict[str, list[int]] = {}
    for token in tokens:
        _, person, nth = token.split("-")
        by_person.setdefault(person, []).append(int(nth))
    return sum(later < sooner for numbers in by_person.values() for sooner, later in pairwise(numbers))
