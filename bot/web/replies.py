"""A participant's answers on the page: sorted out, read with their files, marked, and answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from bot.deliverables.answers import STANDS
from bot.desk import DeskError, comments, people, review, sheets, skills, transcription
from bot.desk.comments import Comment
from bot.desk.review import File, Read
from bot.desk.sheets import Version, Wanted
from bot.web.answer import Answer, Go, Missing, Page
from bot.web.sitting import Sitting
from flows.skills import KINDS

SIZE = 20
FAR = 10_000
"""Pages that may be asked for."""

NONE = "-"
"""In an address: the answers that prepare no session."""

FILTERS = ("seance", "etat", "q", "page")
STATES = (*review.STATES, sheets.TO_CHECK)


@dataclass(frozen=True, slots=True)
class Card:
    """One answer with what stands around it; `to` is the coach's message that it replies to."""

    reply: Read
    question: str
    versions: Sequence[Version]
    files: Sequence[File]
    reviewer: str
    comments: Sequence[Comment]
    to: Comment | None


def page(sitting: Sitting) -> Answer:
    return _page(sitting)


def put_state(sitting: Sitting) -> Answer:
    number, state = sitting.number("reply"), sitting.form.get("vers", "")
    reply = _one(sitting, number)
    if reply is None:
        return Missing()
    enrolment = sitting.served.enrolment
    done = review.put_state(sitting.conn, enrolment.id, number or 0, state, sitting.actor.id, sitting.now)
    return _back(sitting, reply, f"page_told_reply_{state}" if done else "page_told_reply_changed")


def comment(sitting: Sitting) -> Answer:
    """What cannot leave is given back as it was written."""
    reply, text = _one(sitting, sitting.number("reply")), sitting.form.get("mots", "")
    if reply is None:
        return Missing()
    if n := comments.over(text):
        return _page(sitting, {reply.id: (text, sitting.say("desk_comment_long", n=n))})
    served = sitting.served
    try:
        due_at = comments.write(sitting.conn, sitting.vault, sitting.house, served, reply.id, sitting.actor.id, text,
                                sitting.now)  # fmt: skip
    except DeskError as error:
        return _page(sitting, {reply.id: (text, sitting.say(error.phrase))})
    when = "now" if due_at <= sitting.now else "later"
    return _back(sitting, reply, f"page_told_comment_{when if served.person.reachable else 'waits'}")


def transcribe(sitting: Sitting) -> Answer:
    """What is heard in a voice, written down by the coach."""
    reply, name, text = _one(sitting, sitting.number("reply")), sitting.places["media"], sitting.form.get("mots", "")
    if reply is None or name not in reply.media:
        return Missing()
    here = (sitting.conn, sitting.vault, sitting.house, sitting.served)
    transcription.put(*here, name, text, sitting.actor, sitting.now)
    return _back(sitting, reply, "page_told_transcribed")


def _one(sitting: Sitting, number: int | None) -> Read | None:
    who = sitting.served.person.id
    return sheets.one(sitting.conn, sitting.vault, sitting.house, who, number or 0, sitting.now)


def _back(sitting: Sitting, reply: Read, told: str) -> Go:
    return Go(f"/personnes/{sitting.served.person.id}/reponses{_query(_asked(sitting))}#r{reply.id}", told)


# --- the page --------------------------------------------------------------------------------


def _page(sitting: Sitting, unsent: Mapping[int, tuple[str, str]] | None = None) -> Page:
    """`unsent`: by answer, words that did not leave, and why."""
    asked, served = _asked(sitting) or _leaf(sitting), sitting.served
    at = min(max(int(asked.get("page", "1")), 1), FAR)
    found = _sheet(sitting, asked, at)
    if found.total and not found.replies:  # the last one of the last page is no longer in this list
        at = (found.total - 1) // SIZE + 1
        found = _sheet(sitting, asked, at)
    first = at == 1 and not asked
    return Page("replies.html", {
        "cards": _cards(sitting, found.replies), "total": found.total, "asked": asked, "unsent": unsent or {},
        "drafts": _cards(sitting, found.drafts) if first else [], "sessions": _sessions(sitting), "states": STATES,
        "kinds": KINDS, "names": sitting.house.library.names, "name_most": skills.NAME, "why_most": skills.WHY,
        "provable": {one.id for one in found.replies if one.run and one.how in STANDS},
        "most": comments.MOST, "spoken": transcription.SPOKEN, "longest": transcription.MOST,
        "before": _query({**asked, "page": str(at - 1)}) if at > 1 else "",
        "after": _query({**asked, "page": str(at + 1)}) if found.total > at * SIZE else "",
        "place": f"/personnes/{served.person.id}/reponses",
    })  # fmt: skip


def _sheet(sitting: Sitting, asked: Mapping[str, str], at: int) -> sheets.Sheet:
    here = (sitting.conn, sitting.vault, sitting.house, sitting.served.person.id)
    return sheets.sheet(*here, sitting.now, _wanted(asked), (at - 1) * SIZE, SIZE)


def _leaf(sitting: Sitting) -> dict[str, str]:
    """The page of the whole list that holds the answer an address names, unless it is the first."""
    here = (sitting.conn, sitting.vault, sitting.house, sitting.served.person.id)
    ahead = sheets.ahead_of(*here, sitting.number("reponse") or 0, sitting.now)
    return {"page": str(ahead // SIZE + 1)} if ahead >= SIZE else {}


def _asked(sitting: Sitting) -> dict[str, str]:
    """What the list is narrowed to: in the address, or in a form that came from it."""
    said = {name: (sitting.query.get(name) or sitting.form.get(name) or "").strip()[:200] for name in FILTERS}
    known = {**said, "etat": said["etat"] if said["etat"] in STATES else "", "page": str(sitting.number("page") or 1)}
    return {name: value for name, value in known.items() if value and (name, value) != ("page", "1")}


def _wanted(asked: Mapping[str, str]) -> Wanted:
    session = asked.get("seance")
    return Wanted("" if session == NONE else session, asked.get("etat", ""), asked.get("q", ""))


def _query(asked: Mapping[str, str]) -> str:
    return f"?{urlencode(asked)}" if asked else ""


def _sessions(sitting: Sitting) -> list[tuple[str, str]]:
    """The sessions that have answers, as the programme orders them: what the address says, and in words."""
    counts = sheets.sessions(sitting.conn, sitting.served.enrolment.id)
    programme = sitting.house.library.programmes[sitting.served.enrolment.programme]
    titles = {session.id: f"{session.id} {session.title}" for session in programme.sessions}
    ordered = [*(id for id in titles if id in counts), *sorted(counts.keys() - titles.keys())]
    none = sitting.say("desk_no_session")
    return [(id or NONE, sitting.say("desk_count", n=counts[id], session=titles.get(id, id) or none)) for id in ordered]


def _cards(sitting: Sitting, found: Sequence[Read]) -> list[Card]:
    """Everything around the answers of one page, in a few statements."""
    conn, vault, served, now = sitting.conn, sitting.vault, sitting.served, sitting.now
    versions = sheets.versions(conn, served.enrolment.id, found)
    ids = {version.id for each in versions.values() for version in each}
    said = comments.written(conn, vault, served, now, about=ids)
    numbers = {number for reply in found if (number := comments.answered(reply.key))}
    answered = {one.id: one for one in comments.written(conn, vault, served, now, numbers=numbers)}
    files = review.files(conn, vault, served.person.id, [id for reply in found for id in reply.media])
    names = people.names(conn, vault, {reply.reviewed_by for reply in found if reply.reviewed_by}, now)
    return [
        Card(
            reply, sheets.spelled(reply.question), versions[reply.id],
            [files[id] for id in reply.media if id in files], names.get(reply.reviewed_by or 0, ""),
            [one for one in said if one.reply_id in {version.id for version in versions[reply.id]}],
            answered.get(comments.answered(reply.key) or 0),
        )
        for reply in found
    ]  # fmt: skip
