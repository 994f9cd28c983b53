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
