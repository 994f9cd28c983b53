"""How long it takes to read the level of a text, against every turn of phrase searched for in it from end to end.

`python -m tests.benchmarks.distress --characters 4000 --rounds 30`
"""

import argparse
from collections.abc import Callable
from time import process_time

from bot.library import LEXICON, one_file
from bot.settings import shipped
from bot.terminal.corpus import CORPUS, read_corpus
from flows.distress import Lexicon, level
from flows.lexicon import read_lexicon
from flows.spelling import readings, tokens


def plain(lexicon: Lexicon, text: str) -> int:
    """What one would otherwise write: each rule in turn over the whole text, none of its answers used."""
    found = 0
    for reading in readings(text):
        line = " . " + " ".join(tokens(reading, lexicon.spellings, lexicon.words)) + " . "
        found += sum(rule.turn.finds.search(line) is not None for rule in lexicon.rules)
    return found


def milliseconds(read: Callable[[], object], rounds: int) -> float:
    """The best of some rounds, in time of the processor: the machine is shared."""
    took = []
    for _ in range(rounds):
        began = process_time()
        read()
        took.append(process_time() - began)
    return min(took) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--characters", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=30)
    args = parser.parse_args()
    lexicon = one_file(shipped("content"), LEXICON, read_lexicon)
    replies = " ".join(
        case.says for case in one_file(shipped("content"), CORPUS, read_corpus) if case.kind == "ordinaire"
    )
    texts = {
        "one long reply": "Je travaille à la paie depuis dix ans, et je n'ai pas trouvé ma place dans l'équipe. ",
        "ordinary replies end to end": replies + " ",
        "one grave word again and again": "mourir ",
    }
    for name, text in texts.items():
        whole = (text * (args.characters // len(text) + 1))[: args.characters]
        ours = milliseconds(lambda whole=whole: level(lexicon, whole), args.rounds)
        theirs = milliseconds(lambda whole=whole: plain(lexicon, whole), max(1, args.rounds // 10))
        tenfold = milliseconds(lambda whole=whole: level(lexicon, whole * 10), max(1, args.rounds // 10))
        print(f"{name}: {ours:.2f} ms, {theirs / ours:.0f} times faster; ten times as long, {tenfold / ours:.1f} times")


if __name__ == "__main__":
    main()
