"""An answer that tells of a sick leave, for the coach to see with the person before the first session (CSS L323-3-1).

Keeps the word they gave and nothing else. Ticked for one version of the answer: a new one is to be seen again.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from bot.conversation.house import House
from bot.conversation.update import Pressed
from bot.desk import notes, review
from bot.desk.people import Served
from bot.desk.visit import Visit
from bot.store import accesses
from bot.store import tables as t
from bot.store.accesses import Reader
from bot.store.cases import kept
from bot.store.vault import Vault

SEEN = "arret_vu"
"""A note's kind; its body holds the version that was seen, as `reply`."""


@dataclass(frozen=True, slots=True)
class SickLeave:
    """`reply` is the answer's version, given at `since`; `seen_at` None while it has not been seen with the person."""

    reply: int
    since: datetime
    seen_at: datetime | None = None


def standing(conn: Connection, vault: Vault, house: House, about: Served) -> SickLeave | None:
    """What their newest answer says, if it tells of a leave and they let their coach read it."""
    if about.enrolment.restricted_at is not None:
        return None
    for name, accepted in house.library.programmes[about.enrolment.programme].leave:
        flow, _, key = name.partition(".")
        r, u = t.replies.c, t.runs.c
        mine = (r.enrolment_id == about.enrolment.id, u.flow == flow, r.key == key, r.how.not_in(review.ASIDE))
        query = select(r.id, r.value, r.answered_at, r.private).join(t.runs, u.id == r.run_id).where(*mine)
        row = conn.execute(query.order_by(u.nth.desc(), r.id.desc()).limit(1)).first()
        if row is None or row.private:
            continue
        held = kept(vault, about.person.id, row.value)
        if held.how == "said" and held.value in accepted:
            note = notes.newest(conn, vault, about, SEEN)
            seen = note is not None and note.body.get("reply") == row.id
            return SickLeave(row.id, row.answered_at, note.written_at if note and seen else None)
    return None


def tick(
    conn: Connection, vault: Vault, house: House, about: Served, by: int, reply: int, now: datetime
) -> SickLeave | None:
    """Notes that it was seen with the person; None when that version is no longer the one that stands."""
    found = standing(conn, vault, house, about)
    if found is None or found.reply != reply:
        return None
    if found.seen_at is None:
        notes.write(conn, vault, about, by, SEEN, {"reply": reply}, now)
    return SickLeave(found.reply, found.since, found.seen_at or now)


# --- in Telegram -----------------------------------------------------------------------------


def line(visit: Visit, about: Served) -> tuple[str, list[list[tuple[str, str]]]]:
    """What the card of a participant says of it, with its button; nothing when there is nothing to see."""
    found = standing(visit.conn, visit.vault, visit.house, about)
    if found is None:
        return "", []
    reader = Reader(visit.actor.id, "coach", "telegram")
    accesses.note(visit.conn, [about.person.id], reader, "open", visit.now)
    if found.seen_at:
        return visit.label("leave_seen"), []
    return visit.label("leave_to_see"), [[(visit.label("leave_button"), f"d:sl:{about.person.id}:{found.reply}")]]


def ticked(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    """« Vu avec la personne », from the card."""
    reply = int(rest) if rest.isdecimal() and len(rest) < 19 else 0
    if tick(visit.conn, visit.vault, visit.house, served, visit.actor.id, reply, visit.now) is None:
        return visit.label("leave_changed")
    visit.say("leave_kept", name=served.person.name)
    return ""
