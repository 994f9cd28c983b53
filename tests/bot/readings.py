"""All that a coach reads of a participant: every place their page leads to, a search, and every button of the chat.

Knows a house of secrets (plain_sight.py); what it gives back is what the coach saw.
"""

import re
from collections import deque
from html import unescape

from bot.conversation import ticking
from bot.desk import digest
from bot.web.answer import PREFIX
from tests.bot.plain_sight import ANNE, CLAIRES, House
from tests.bot.web_office import Espace

LEAVES = 12
"""Answers read one at a time: each has the button of the next in the chat, and an address of its own."""

READS = ("d:p:", "d:r:", "d:rs:", "d:ro:", "d:rx:", "d:b:", "d:a:", "d:as:")
"""Buttons that show and change nothing."""

COMMANDS = ("/participants", "/aujourdhui", "/brief", "/digest", "/creneaux")


def by_timer(house: House) -> None:
    """The evening before the appointment: the brief is made by itself; and the digest of the week is."""
    office = house.office
    office.now = office.now.replace(hour=18)
    while office.db.write_now(ticking.tick, office.vault, office.house, office.now):
        pass
    assert office.do(digest.send, house.anne, "essai", office.now) is None


def by_chat(house: House) -> str:
    """What Telegram would show her, from the list of her participants on."""
    office, seen, pressed, leaves = house.office, list[str](), set[str](), 0
    waiting = deque[str]()
    shown = [one for said in COMMANDS for one in office.say(ANNE, said)]
    while True:
        seen += [repr(one.params) for one in shown]
        offered = {data for one in shown for data in one.buttons.values() if data.startswith(READS)} - pressed
        next_ = {data for data in offered if data.startswith("d:rx:")}
        waiting += sorted(offered if (leaves := leaves + len(next_)) < LEAVES else offered - next_)
        pressed |= offered
        if not waiting:
            return "\n".join(seen)
        shown = office.press(ANNE, waiting.popleft())


def by_page(house: House, page: Espace) -> dict[str, bytes]:
    """Each address that her page leads to and what it answers; a search for each of a few secrets too."""
    browser, seen = page.of(house.anne), dict[str, bytes]()
    hers = f"{PREFIX}/personnes/{house.claire}/reponses"
    sought = [f"{hers}?q={one}" for one in house.canaries.made[CLAIRES][::100]]
    waiting, leaves = deque([PREFIX, *sought]), set[str]()
    while waiting:
        place = waiting.popleft()
        answer = browser.get(place)
        assert answer.status == 200, (place, answer.status)
        seen[place] = answer.body
        found = re.findall(r'(?:href|src)="([^"]+)"', answer.html if "html" in answer.headers["content-type"] else "")
        led = {unescape(each).partition("#")[0] for each in found}
        for to in sorted(led - seen.keys() - leaves - set(waiting)):
            if "reponse=" in to:
                leaves.add(to)
            if to.startswith(PREFIX) and (to not in leaves or len(leaves) < LEAVES):
                waiting.append(to)
    return seen
