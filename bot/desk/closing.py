"""The end of a programme: what a person chose to keep stays until the follow-up, the rest is destroyed (R6313-7).

Three times: they are told, with a date and a way to their copy; that date comes, and a certificate without content is
written; the follow-up is behind, and the rest goes. Nothing chosen means nothing kept. A choice may change until then.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, literal, or_, select

from bot.conversation import discovery, entry
from bot.conversation.house import House
from bot.conversation.planning import hours_of
from bot.desk import DeskError, people
from bot.desk.roll import named
from bot.store import erasing
from bot.store import tables as t
from bot.store.case import SCHEDULED, Case, Outgoing, RunFile
from bot.store.cases import Needs, by_person
from bot.store.destroying import Keep, certify, destroy
from bot.store.lock import lock_chats
from bot.store.retention import FOLLOW_UP
from bot.store.saving import insert_outbox, outbox_rows
from bot.store.vault import Vault
from flows.calendar import allowed, spoken_day
from flows.model import Closing, Given, Stays

END, LATER, TAKEN_BACK = "fin", "duree", "retrait"
"""Kinds of certificates: at the end, once the time of keeping is over, and when a choice to keep was taken back."""

POSTPONED = "plus_tard"

HALF_YEAR = timedelta(days=183)
"""When the follow-up takes place, for who has no date for it."""

GONE = ("ended", "invited")


@dataclass(frozen=True, slots=True)
class Choice:
    """What stays and what goes, by the titles of the content, and the rows of what stays."""

    stays: Sequence[str]
    goes: Sequence[str]
    keep: Keep


# --- who -------------------------------------------------------------------------------------


def waiting(conn: Connection, house: House, now: datetime) -> list[int]:
    """The people something is due for: to be told, destroyed, or forgotten altogether.

    Not while nothing may be said to them after a distress, nor while they asked that nothing be touched (RGPD art. 18).
    """
    e = t.enrolments.c
    found = set(conn.execute(select(e.person_id).where(e.ended_at <= now - FOLLOW_UP)).scalars())
    for programme in house.library.programmes.values():
        if programme.closing:
            found |= {row.person_id for row in _ending(conn, programme.id, programme.closing, now)}
    return sorted(found)


def _ending(conn: Connection, programme: str, closing: Closing, now: datetime) -> Sequence[Row[Any]]:
    e, r, a, k = t.enrolments.c, t.runs.c, t.replies.c, t.certificates.c
    of = select(r.id).where(r.enrolment_id == e.id, r.flow == closing.flow)
    silent = now - timedelta(days=closing.silence)
    chosen = of.where(or_(r.state == "done", r.created_at <= silent)).exists()
    last = select(func.max(k.at)).where(k.person_id == e.person_id, k.at >= e.ended_at).scalar_subquery()
    changed = select(a.id).where(a.run_id.in_(of), a.answered_at > last).exists()
    due = or_(
        e.ended_at.is_(None) & chosen,
        last.is_(None) & (e.ended_at <= now - timedelta(days=closing.grace)),
        e.keep_until <= now,
        last.is_not(None) & e.keep_until.is_not(None) & changed,
    )
    mine = (e.programme == programme, e.format != discovery.FORMAT, e.state.not_in(GONE), e.held_at.is_(None),
            e.restricted_at.is_(None))  # fmt: skip
    return conn.execute(select(e.person_id).where(*mine, due)).all()


def act(conn: Connection, vault: Vault, house: House, person_id: int, now: datetime) -> str | None:
    """Does what is due for one person, in their own hours; what was done, None when it is not the hour or not due."""
    case = _file(conn, vault, person_id, now)
    if case is None or case.enrolment is None or case.person is None:
        return None
    e, programme = case.enrolment, house.programme(case)
    if e.ended_at and e.ended_at <= now - FOLLOW_UP:
        erasing.erase(conn, vault, person_id, case.person.name, now, LATER)
        return "erased"
    due = person_id in {row.person_id for row in _ending(conn, programme.id, programme.closing, now)} \
        if programme.closing else False  # fmt: skip
    if not due or programme.closing is None or not allowed(now, hours_of(house, case), case.zone):
        return None
    house.shelf.complete(conn, [case])
    if e.ended_at is None:
        told = _tell(conn, house, case, programme.closing)
    else:
        told = _destroy(conn, vault, house, case, programme.closing)
    people.put_back(conn, vault, case, now)
    return told


def _file(conn: Connection, vault: Vault, person_id: int, now: datetime) -> Case | None:
    chat = conn.execute(select(t.people.c.chat_id).where(t.people.c.id == person_id)).scalar()
    if chat is None:
        return by_person(conn, vault, [person_id], now).get(person_id)
    if not lock_chats(conn, [chat]):
        return None
    return by_person(conn, vault, [person_id], now, Needs(whole={chat}, agenda={chat})).get(person_id)


def close(conn: Connection, vault: Vault, house: House, person_id: int, now: datetime) -> str:
    """Ends a programme before its last session: the choice is put to them at the next allowed minute (`asked`). Whoever
    never came, or asked not to be written to, is told the date, and nothing is kept (`told`).

    Raises DeskError: unknown_person, busy, has_stopped (it is over), no_closing.
    """
    case = people.file(conn, vault, person_id, now)
    assert case.enrolment is not None
    closing = house.programme(case).closing
    if closing is None:
        raise DeskError("no_closing")
    if case.enrolment.ended_at or case.enrolment.state == "ended":
        raise DeskError("has_stopped")
    said = "asked"
    if case.enrolment.state not in ("active", "paused"):
        said = _tell(conn, house, case, closing)
    else:
        case.wake("ending", closing.flow, now, flow=closing.flow)
    case.log("closing")
    people.put_back(conn, vault, case, now)
    return said


# --- what stays --------------------------------------------------------------------------------


def choice(conn: Connection, case: Case, closing: Closing, final: bool = False) -> Choice:
    """What stands by the newest answers, of what there is. `final`: after the follow-up, only what the module of the
    end did not keep (a testimony that its author agreed to publish)."""
    spoken_for = {flow for one in closing.keep for flow in one.flows} | {closing.flow}
    there = [one for one in closing.keep if _exists(conn, case, one, spoken_for)]
    kept = [one for one in there if _stands(case, one.given) and not (final and _of_the_end(closing, one))]
    rest = any(one.what == "reponses" for one in kept)
    runs = [file for file in case.runs if any(file.flow in one.flows for one in kept)]
    runs += [file for file in case.runs if rest and file.flow not in spoken_for]
    runs += [file for file in case.runs if kept and file.flow == closing.flow and not final]
    media = {id for file in runs for kept_ in file.run.answers.values() for id in kept_.media}
    media |= {id for _, kept_, _ in case.loose if rest for id in kept_.media}
    keep = Keep(frozenset(file.id for file in runs), frozenset(media), rest, any(one.what == "notes" for one in kept),
                any(one.what == "synthese" for one in kept))  # fmt: skip
    return Choice([one.title for one in kept], [one.title for one in there if one not in kept], keep)


def _exists(conn: Connection, case: Case, one: Stays, spoken_for: Collection[str]) -> bool:
    """Whether there is anything of it to keep or to destroy: what was never written is not spoken of."""
    assert case.enrolment is not None
    mine = case.enrolment.id
    match one.what:
        case "modules":
            return any(file.flow in one.flows and file.run.answers for file in case.runs)
        case "reponses":
            answered = any(file.run.answers for file in case.runs if file.flow not in spoken_for)
            return answered or _any(conn, t.replies.c.enrolment_id == mine, t.replies.c.how.in_(("misread", "journal")))
        case "notes":
            return _any(conn, t.notes.c.enrolment_id == mine)
        case "synthese":
            return _any(conn, t.syntheses.c.enrolment_id == mine)


def _any(conn: Connection, *where: ColumnElement[bool]) -> bool:
    return conn.execute(select(literal(True)).where(*where).limit(1)).first() is not None


def _of_the_end(closing: Closing, one: Stays) -> bool:
    return any(key.startswith(f"{closing.flow}.") for key, _ in one.given)


def _stands(case: Case, given: Given) -> bool:
    return all(_answered(case, *key.split(".", 1)) & accepted for key, accepted in given)


def _answered(case: Case, flow: str, key: str) -> frozenset[str]:
    found = [file.run.answers[key] for file in case.runs if file.flow == flow and key in file.run.answers]
    if not found or found[-1].how != "said":
        return frozenset()
    value = found[-1].value
    return frozenset(map(str, value if isinstance(value, list) else [value]))


# --- what is said and done ---------------------------------------------------------------------


def _tell(conn: Connection, house: House, case: Case, closing: Closing) -> str:
    """The end is written down; they hear what will go, when, and how to have a copy or to choose otherwise."""
    assert case.enrolment is not None and case.person is not None
    say, found = house.speech.say, choice(conn, case, closing)
    case.enrolment.ended_at, case.changes.enrolment = case.now, True
    until = case.now + timedelta(days=closing.grace)
    date = spoken_day(until, case.zone)
    parts = [say("closing_over")]
    parts += [say("closing_goes", date=date, list=", ".join(found.goes))] if found.goes else []
    parts += [say("closing_stays", list=", ".join(found.stays))] if found.stays else []
    chosen = any(file.run.state == "done" for file in _choosing(case, closing))
    parts.append(say("closing_change" if chosen else "closing_silent"))
    case.send("sendMessage", house.speech.message("\n\n".join(parts)), rank=SCHEDULED)
    case.log("closing_told", until=until.isoformat())
    if found.goes:
        entry.tell_coach(house, case, "coach_closing", name=named(case.person.name), date=date)
    return "told"


def _choosing(case: Case, closing: Closing) -> list[RunFile]:
    return [file for file in case.runs if file.flow == closing.flow]


def _destroy(conn: Connection, vault: Vault, house: House, case: Case, closing: Closing) -> str:
    assert case.enrolment is not None and case.person is not None and case.enrolment.ended_at
    e, now = case.enrolment, case.now
    final = e.keep_until is not None and e.keep_until <= now
    first = e.keep_until is None
    if final and (later := _until(case, closing, choice(conn, case, closing))) and later > now:
        e.keep_until, case.changes.enrolment = later, True  # the follow-up takes place later than was thought
        return POSTPONED
    found, about = choice(conn, case, closing, final), erasing.subject(conn, case.person.id)
    answers = sum(len(file.run.answers) for file in case.runs if file.id not in found.keep.runs)
    answers += 0 if found.keep.loose else len(case.loose)
    calls = [Outgoing("deleteMessages", {"message_ids": ids}, chat, case.person.id)
             for chat, ids in erasing.recent(conn, about, now, found.keep.runs)]  # fmt: skip
    gone = destroy(conn, vault, about, found.keep, now)
    kind = END if first else LATER if final else TAKEN_BACK
    certify(conn, case.person.id, kind, gone, now)
    insert_outbox(conn, outbox_rows(vault, calls, f"f{about.enrolment}-{now.timestamp():.0f}", now))
    case.runs = [file for file in case.runs if file.id in found.keep.runs]
    e.keep_until, case.changes.enrolment = None if final else _until(case, closing, found), True
    if e.keep_until is None:
        _end(case)
    _say(house, case, found, answers, gone.get("media", 0))
    return kind


def _until(case: Case, closing: Closing, found: Choice) -> datetime | None:
    """A month after the follow-up, three years after the end at the most; None: nothing is kept, and nobody is met."""
    assert case.enrolment is not None and case.enrolment.ended_at
    ahead = case.next_appointment()
    if not found.stays and ahead is None:
        return None
    follow_up = case.appointment(closing.session)
    planned = follow_up is not None and follow_up.state == "planned"
    at = follow_up.at if follow_up and planned else case.enrolment.ended_at + HALF_YEAR
    return min(at + timedelta(days=closing.after), case.enrolment.ended_at + FOLLOW_UP)


def _end(case: Case) -> None:
    assert case.enrolment is not None
    case.enrolment.state = "ended"
    for timer in [timer for timer in case.timers if timer.state in ("pending", "held")]:
        case.settle(timer, "cancelled", "ended")


def _say(house: House, case: Case, found: Choice, answers: int, files: int) -> None:
    """The certificate in words: numbers, and no content."""
    assert case.enrolment is not None and case.person is not None
    say, until = house.speech.say, case.enrolment.keep_until
    counts = [house.speech.phrases.say(key, n=n).strip() for key, n in
              (("closed_answers", answers), ("closed_files", files)) if n]  # fmt: skip
    parts = [say("closed_gone", date=spoken_day(case.now, case.zone), list=" et ".join(counts))] if counts else []
    if until and found.stays:
        parts.append(say("closed_stays", date=spoken_day(until, case.zone), list=", ".join(found.stays)))
    elif until is None:
        parts.append(say("closed_over"))
    if counts:
        parts.append(say("closed_telegram"))
    if parts:
        case.send("sendMessage", house.speech.message("\n\n".join(parts)), rank=SCHEDULED)
    if counts:
        entry.tell_coach(house, case, "coach_closed", name=named(case.person.name))
