"""The two bots of every bench, seen from outside: how to prepare one, start it, and read what it kept."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import anchor, marge_bot
from tests.benchmarks.crowd import Questionnaire

Prepare = Callable[[Path, int, int], None]
Command = Callable[[Path, str, int], list[str]]


@dataclass(frozen=True, slots=True)
class Contender:
    """`prepare(folder, participants, questions)`, `command(folder, api_url, questions)` -> arguments of python.

    `replies(folder)` gives every text kept, in the order of the commits.
    """

    name: str
    script: Questionnaire
    prepare: Prepare
    command: Command
    replies: Callable[[Path], list[str]]


ANCHOR = Contender("anchor", Questionnaire("/start"), lambda *_: None, anchor.command_line, anchor.replies)
MARGE = Contender(
    "marge", Questionnaire(marge_bot.OPENING, "/reprendre"), marge_bot.prepare, marge_bot.command, marge_bot.replies
)
CONTENDERS = {bot.name: bot for bot in (ANCHOR, MARGE)}
