"""The two bots of every bench."""

from tests.benchmarks import anchor, marge_bot
from tests.benchmarks.crowd import Questionnaire
from tests.benchmarks.rig import Contender

ANCHOR = Contender("anchor", Questionnaire("/start"), lambda *_: None, anchor.command_line, anchor.replies)
MARGE = Contender(
    "marge", Questionnaire(marge_bot.OPENING, "/reprendre"), marge_bot.prepare, marge_bot.command, marge_bot.replies
)
CONTENDERS = {bot.name: bot for bot in (ANCHOR, MARGE)}
