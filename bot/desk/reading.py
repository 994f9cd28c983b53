"""A participant's answers, read by their coach in the chat: by session, in full, then marked as read (S18).

One at a time: leaf.py.
"""

from collections.abc import Sequence

from bot.conversation.update import Pressed
from bot.desk import comments, review
from bot.desk.people import Served
from bot.desk.review import Read
from bot.desk.roll import named
from bot.desk.visit import Visit
from bot.telegram.render import Unrenderable, escape, html
from flows.calendar import spoken

NONE = "-"
"""In a button: the answers that prepare no session."""

UNREAD = "*"
"""In a button: whatever awaits, of all sessions."""

SENDS = {
    "voice": "sendVoice",
    "audio": "sendAudio",
    "photo": "sendPhoto",
    "video": "sendVideo",
    "video_note": "sendVideoNote",
    "document": "sendDocument",
}
"""How each kind of file is sent again: the field has the kind's name, and its `file_id` is enough (Bot API)."""


def sessions(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    """One button a session that has answers, with how many there are and how many await."""
    found = review.by_session(_replies(visit, served))
    if not found:
        visit.say("desk_replies_none", name=served.person.name)
        return ""
    ranks = {session: rank for rank, session in enumerate(_titles(visit, served))}
    ordered = sorted(found, key=lambda session: ranks.get(session or "", len(ranks)))
    rows = [[(_count(visit, served, session, found[session]), f"d:rs:{served.person.id}:{session or NONE}")]
            for session in ordered]  # fmt: skip
    if any(review.awaits(reply) for replies in found.values() for reply in replies):
        rows.append([(visit.label("desk_button_unread"), f"d:ro:{served.person.id}:{UNREAD}")])
    visit.say("desk_replies", rows, name=served.person.name)
    return ""


def session(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    """Every answer of a session, each file right after the answer it belongs to."""
    found = review.by_session(_replies(visit, served)).get(None if rest == NONE else rest)
    if not found:
        return visit.label("old_button")
    pending: list[str] = []
    for reply in found:
        pending.append(f"{text(visit, reply)}\n{marks(visit, reply)}")
        if reply.media:
            visit.show("\n\n".join(pending), protect_content=True)
            pending = []
            again(visit, served, reply)
    _close(visit, served, rest, found, pending)
    return ""


def mark_read(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    """Those that were shown; what came since stays to be read."""
    where, _, last = rest.partition(":")
    found = review.by_session(_replies(visit, served)).get(None if where == NONE else where, [])
    upto = int(last) if last.isdecimal() and len(last) < 19 else 0
    shown = [reply.id for reply in found if review.awaits(reply) and reply.id <= upto]
    if not shown:
        return visit.label("desk_already_read")
    n = review.mark(visit.conn, shown, "lu", visit.actor.id, visit.now)
    visit.replace(press, "desk_marked", n=n, name=served.person.name)
    return ""


def _close(visit: Visit, served: Served, where: str, found: Sequence[Read], pending: Sequence[str]) -> None:
    if pending:
        visit.show("\n\n".join(pending), protect_content=True)
    waiting = [reply.id for reply in found if review.awaits(reply)]
    back = [(visit.label("desk_button_one"), f"d:ro:{served.person.id}:{where}"),
            (visit.label("desk_button_replies"), f"d:r:{served.person.id}")]  # fmt: skip
    if waiting:
        mark = [(visit.label("desk_button_mark"), f"d:rm:{served.person.id}:{where}:{max(waiting)}")]
        visit.say("desk_to_read", [mark, back], n=len(waiting), name=named(served.person.name))
    else:
        visit.say("desk_all_read", [back], name=named(served.person.name))


def _replies(visit: Visit, served: Served) -> list[Read]:
    return review.replies(visit.conn, visit.vault, visit.house, served.person.id, visit.now, for_coach=True)


def _titles(visit: Visit, served: Served) -> dict[str, str]:
    return {s.id: s.title for s in visit.house.library.programmes[served.enrolment.programme].sessions}


def _count(visit: Visit, served: Served, session: str | None, found: Sequence[Read]) -> str:
    title = _titles(visit, served).get(session or "")
    words = f"{session} {title}" if title else session or visit.label("desk_no_session")
    waiting = sum(review.awaits(reply) for reply in found)
    key = "desk_count_to_read" if waiting else "desk_count"
    return visit.label(key, session=words, n=len(found), waiting=waiting)


# --- one answer ------------------------------------------------------------------------------


def text(visit: Visit, reply: Read) -> str:
    """The question as it was shown, and the answer."""
    asked = _asked(reply.question) or escape(visit.label(_aside(reply)))
    words = visit.label("desk_elsewhere") if reply.hidden else reply.value
    value = f"<blockquote>{escape(words)}</blockquote>" if words else ""
    return "\n".join(part for part in (asked, value) if part)


def _aside(reply: Read) -> str:
    return "desk_journal" if comments.answered(reply.key) is None else "desk_journal_answer"


def _asked(question: str) -> str:
    """The question as it was shown, which older content may have put in signs that are read no more."""
    try:
        return html(question)
    except Unrenderable:
        return escape(question)


def marks(visit: Visit, reply: Read) -> str:
    """« à relire · modifié le mardi 1er décembre à 9 h · après la séance »."""
    keys = [_state(reply)]
    keys += [f"desk_mark_{reply.how}"] if reply.how in ("to_check", "misread", "in_session") else []
    said = [visit.label(key) for key in keys]
    if not reply.draft:
        when, key = spoken(reply.answered_at, visit.case.zone), "modified" if reply.modified else "at"
        said.append(visit.label(f"desk_mark_{key}", date=when, n=reply.version))
    if reply.late:
        said.append(visit.label("desk_mark_late"))
    return f"<i>{escape(' · '.join(said))}</i>"


def _state(reply: Read) -> str:
    again = reply.state == "a_lire" and reply.modified
    return "desk_mark_a_relire" if again else f"desk_mark_{reply.state}"


def again(visit: Visit, served: Served, reply: Read) -> None:
    """The files of an answer, sent once more."""
    known = {} if reply.hidden else review.files(visit.conn, visit.vault, served.person.id, reply.media)
    for file in [known[id] for id in reply.media if id in known and known[id].kind in SENDS]:
        visit.send(SENDS[file.kind], {file.kind: file.file_id, "protect_content": True})
