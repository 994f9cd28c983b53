"""What a coach reads before an appointment, each sentence beside the answers it rests on; on paper too."""

import re

from bot.desk import booklets, brief
from bot.desk.sourced import Line
from bot.documents.sheet import pdf
from bot.web.answer import Answer, Body, Missing, Page
from bot.web.sitting import Sitting

SOURCE = re.compile(r"n°\s(\d{1,18})(?!\d)")


def page(sitting: Sitting) -> Answer:
    found = brief.at_hand(sitting.conn, sitting.vault, sitting.house, sitting.served.person.id, sitting.now)
    return Page("brief.html", {"brief": found, "pieces": pieces})


def file(sitting: Sitting) -> Answer:
    who = sitting.served.person.id
    booklet = booklets.of_person(sitting.conn, sitting.vault, sitting.house, who, sitting.now)
    return Body(pdf(booklet), "application/pdf", f"fiche-{who}.pdf", inline=True) if booklet else Missing()


def pieces(line: Line) -> list[tuple[str, int]]:
    """A sentence in pieces: words, and mentions of a source with its number (0 for words)."""
    found, at = [], 0
    for mention in SOURCE.finditer(line.text):
        if int(mention[1]) in line.sources:
            found += [(line.text[at : mention.start()], 0), (mention[0], int(mention[1]))]
            at = mention.end()
    return [*found, (line.text[at:], 0)]
