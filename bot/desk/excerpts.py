"""A few words of those a digest tells of, where the organisation wants them in Telegram. Off unless it says so.

One message a participant, sealed under that participant's key: who is erased takes their words out of the queue.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from bot.conversation.house import House
from bot.desk import record
from bot.desk.roll import named
from bot.store import tables as t
from bot.store.case import SCHEDULED, Case, Outgoing
from bot.store.cases import Needs, by_person
from bot.store.recall import QUOTE
from bot.store.vault import Vault
from bot.telegram.render import escape

PEOPLE, EACH, LONGEST = 10, 2, 120
"""At most so many messages, so many excerpts in each, so many characters of an answer."""


def messages(
    conn: Connection, vault: Vault, house: House, chat_id: int, digest_id: int, now: datetime
) -> list[Outgoing]:
    """For the participants with the most new words; nothing for those who wrote none."""
    r, e = t.replies.c, t.enrolments.c
    told = select(e.person_id).join(t.replies, r.enrolment_id == e.id)
    query = told.where(r.digest_id == digest_id, r.how == "said")
    most = [id for id, _ in Counter(conn.execute(query.order_by(r.id)).scalars()).most_common()]
    found: list[Outgoing] = []
    for first in range(0, len(most), PEOPLE):
        cases = by_person(conn, vault, most[first : first + PEOPLE], now, Needs(answers=False)).values()
        house.shelf.complete(conn, cases)
        for case in cases:
            found += _message(house, chat_id, case, _words(conn, vault, house, case, digest_id), digest_id)
        if len(found) >= PEOPLE:
            break
    return found[:PEOPLE]


def _words(conn: Connection, vault: Vault, house: House, case: Case, digest_id: int) -> list[str]:
    rows = [row for row in record.stood(record.rows(conn, case), case.now) if row.digest_id == digest_id]
    answers = [record.answer(vault, house, case, row, True) for row in rows if row.how == "said"]
    free = sorted((a for a in answers if a.quotable and a.asked), key=lambda a: -len(a.value))
    return [record.cut(a.value, LONGEST) for a in free[:EACH]]


def _message(house: House, chat_id: int, case: Case, words: Sequence[str], digest_id: int) -> list[Outgoing]:
    if not words or case.person is None or case.enrolment is None:
        return []
    lines = [f"• « {escape(each)} »" for each in words]
    said = "\n".join([house.speech.say("digest_excerpts", name=named(case.person.name)), *lines])
    place = f"{house.page}/espace/personnes/{case.person.id}/reponses"
    link = [[(house.speech.label("digest_button_replies"), place)]] if house.page else ()
    params = {**house.speech.message(said, link), "protect_content": True, "disable_notification": True}
    cause = f"{QUOTE}{digest_id}:{case.person.id}"
    return [Outgoing("sendMessage", params, chat_id, case.person.id, SCHEDULED, case.enrolment.id, cause=cause)]
