"""Everything that is kept of a participant, as one file, on a link of one use that they asked for in the chat."""

import json
from collections.abc import Sequence

from bot.conversation.mydata import PURPOSE
from bot.desk import takeaway
from bot.desk.takeaway import Takeaway
from bot.documents.portfolio import pdf
from bot.store import accesses, passes
from bot.store.accesses import Reader
from bot.web.answer import Answer, Page
from bot.web.bundle import Bundle
from bot.web.sitting import Sitting


def door(sitting: Sitting) -> Answer:
    """What the button gives; looking spends nothing."""
    if passes.look(sitting.conn, sitting.places["token"], PURPOSE, sitting.now) is None:
        return _spent(sitting)
    return Page("takeaway.html", {"token": sitting.places["token"]})


def fetch(sitting: Sitting) -> Answer:
    """The file itself, once; the look is written down like any other."""
    held = passes.spend(sitting.conn, sitting.places["token"], PURPOSE, sitting.now)
    who = held.person_id if held else 0
    found = takeaway.gather(sitting.conn, sitting.vault, sitting.house, who, sitting.now) if held else None
    if found is None:
        return _spent(sitting)
    accesses.note(sitting.conn, [who], Reader(who, "participant", "page"), "export", sitting.now)
    readme = sitting.say("export_readme").encode()
    return Bundle("mes-donnees.zip", who, sitting.now, lambda: papers(found, readme), found.files)


def papers(found: Takeaway, readme: bytes) -> Sequence[tuple[str, bytes]]:
    data = json.dumps(found.data, ensure_ascii=False, indent=2).encode("utf-8", "replace")
    return [("LISEZMOI.txt", readme), ("mes-donnees.json", data), ("mes-donnees.pdf", pdf(found.book))]


def _spent(sitting: Sitting) -> Page:
    return Page("own_spent.html", {"bot": sitting.house.bot.username, "typed": "", "help": []}, 403)
