"""What a voice or a video says, written down by whoever listened, beside its file and sealed with it.

The words are read for danger like any other (cadre 1.8): a voice says it as well as a text. Checks no rights.
"""

from datetime import datetime

from sqlalchemy import Connection

from bot.conversation import crisis
from bot.conversation.house import House
from bot.desk import DeskError, people
from bot.desk.people import Served
from bot.store import files
from bot.store.case import Person
from bot.store.vault import Vault

SPOKEN = ("voice", "audio", "video", "video_note")
MOST = 20_000
"""Characters: a voice of a quarter of an hour."""


def put(
    conn: Connection, vault: Vault, house: House, about: Served, media: str, words: str, by: Person, now: datetime
) -> None:
    """Keeps `words` as what is heard in a file of this participant's; they take the place of the words before.

    Raises DeskError: no_words, many_words, no_file, busy.
    """
    text = words.strip()
    if not text or len(text) > MOST:
        raise DeskError("many_words" if text else "no_words")
    if not files.annotate(conn, vault, about.person.id, media, SPOKEN, {"text": text, "by": by.id}):
        raise DeskError("no_file")
    case = people.file(conn, vault, about.person.id, now)
    case.log("transcribed", by=by.id)
    crisis.noticed(house, case, text)
    people.put_back(conn, vault, case, now)
