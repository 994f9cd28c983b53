"""The two bots of every bench, and Marge on a store that is named."""

from functools import partial

from tests.benchmarks import anchor, marge_bot
from tests.benchmarks.crowd import Questionnaire
from tests.benchmarks.rig import Contender

ANCHOR = Contender("anchor", Questionnaire("/start"), lambda *_: None, anchor.command_line, anchor.replies)


def marge(database_url: str = "") -> Contender:
    """On this store; without a name, on a SQLite file of its folder."""
    prepare, command = (partial(part, database_url=database_url) for part in (marge_bot.prepare, marge_bot.command))
    replies, sends = (partial(part, database_url=database_url) for part in (marge_bot.replies, marge_bot.sends))
    return Contender("marge", Questionnaire(marge_bot.OPENING, "/reprendre"), prepare, command, replies, sends)


MARGE = marge()
CONTENDERS = {bot.name: bot for bot in (ANCHOR, MARGE)}
