"""What is said of the skills of a livret: a coach proposes one and reads it again, the person alone validates it.

Whatever is said is said of one version of what the skill cites. Checks no rights.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, func, insert, select

from bot.conversation.house import House
from bot.conversation.planning import hours_of
from bot.conversation.update import Weighed
from bot.deliverables import skills
from bot.deliverables.answers import Answers, Found
from bot.deliverables.skills import Skill, State
from bot.desk import DeskError, people, sheets
from bot.desk.people import Served
from bot.desk.roll import named
from bot.store import tables as t
from bot.store.case import SCHEDULED, Case, Timer
from bot.store.cases import by_person
from bot.store.saving import Turned, save, upsert
from bot.store.vault import Vault
from bot.telegram.length import units
from bot.telegram.render import escape
from flows.calendar import allowed, days_after, later
from flows.skills import KINDS

NAME, WHY = 80, 300
"""UTF-16 units of a name, and of the line that says why."""

KIND = "skill"
SCOPE = "proposed"
"""The timer that tells the person of what was proposed: one at a time."""

TOGETHER: Final = timedelta(minutes=30)
"""A coach who has proposed a skill may propose another: they are told together."""

LABEL: Final = 40
"""Characters of a name on a button."""

SHOWN: Final = 8
"""Skills with a button in one message; the others wait on the page."""

WEIGHED: Final[tuple[State, ...]] = ("validee", "ecartee", "proposee")
"""What the person may say of a skill; `proposee` takes back what was set aside."""


# --- the coach -------------------------------------------------------------------------------


def propose(
    conn: Connection, vault: Vault, house: House, served: Served, reply_id: int, by: int, name: str, kind: str,
    why: str, now: datetime,
) -> None:  # fmt: skip
    """Keeps a skill that cites this answer; the person is told at an hour that does not disturb.

    Raises DeskError: unknown_reply, no_skill_name, long_skill, unknown_state, has_stopped, not_agreed, restricted.
    """
    name, why = " ".join(name.split()), " ".join(why.split())
    if reason := _refusal(served):
        raise DeskError(reason)
    if not name or kind not in KINDS:
        raise DeskError("unknown_state" if name else "no_skill_name")
    if units(name) > NAME or units(why) > WHY:
        raise DeskError("long_skill")
    about = sheets.one(conn, vault, house, served.person.id, reply_id, now)
    if (
        about is None
        or about.private
        or about.id not in {found.reply for found in _cited(conn, vault, house, served, now)}
    ):
        raise DeskError("unknown_reply")
    s = t.skills
    nth = conn.execute(select(func.max(s.c.nth)).where(s.c.run_id == about.run, s.c.key == about.key)).scalar() or 0
    body = vault.seal_json(served.person.id, "skills.body", {"name": name, "kind": kind, "why": why, "by": by})
    row = {"enrolment_id": served.enrolment.id, "run_id": about.run, "key": about.key, "nth": nth + 1, "body": body,
           "state": "proposee", "up_to_reply": about.id, "by_id": by, "at": now}  # fmt: skip
    number = int(conn.execute(insert(s).values(**row).returning(s.c.id)).scalar_one())
    _tell_later(conn, vault, house, served, number, now)


def _cited(conn: Connection, vault: Vault, house: House, served: Served, now: datetime) -> list[Found]:
    """The answers that a skill may cite: those that stand."""
    return Answers(house, _whole(conn, vault, house, served.person.id, now)).every()


def known(conn: Connection, vault: Vault, house: House, served: Served, code: str, now: datetime) -> bool:
    """Whether it names a skill that this person's coach is shown."""
    case = _whole(conn, vault, house, served.person.id, now)
    return any(one.code == code for one in skills.entries(conn, vault, house, case, for_coach=True))


def reread(
    conn: Connection, vault: Vault, house: House, served: Served, code: str, upto: int, by: int, now: datetime
) -> bool:
    """Marks a skill as read again by the coach, for the person to validate; False when it is not what was read."""
    case = _whole(conn, vault, house, served.person.id, now)
    skill = _of(skills.entries(conn, vault, house, case, for_coach=True), code, upto)
    if skill is None or skill.lost or skill.state not in ("proposee", "relue"):
        return False
    _say(conn, case, skill, "relue", by, now)
    return True


# --- the person ------------------------------------------------------------------------------


def weigh(
    conn: Connection, vault: Vault, house: House, person_id: int, code: str, upto: int, state: str, now: datetime
) -> Skill | None:
    """What the person says of a skill: `validee`, `ecartee`, or `proposee` again after that; None when it has changed
    since they read it, or cites nothing any more. A line that they take up becomes a skill of theirs."""
    case = _whole(conn, vault, house, person_id, now)
    if code.startswith("i"):
        return _take_up(conn, vault, house, case, code, now)
    skill = _of(skills.entries(conn, vault, house, case), code, upto)
    said = next((each for each in WEIGHED if each == state), None)
    if skill is None or said is None or (skill.lost and said == "validee"):
        return None
    if said == "proposee" and skill.state != "ecartee":
        return None
    _say(conn, case, skill, said, person_id, now)
    return skill


def _take_up(conn: Connection, vault: Vault, house: House, case: Case, code: str, now: datetime) -> Skill | None:
    one = next((one for one in skills.candidates(conn, vault, house, case) if one.code == code), None)
    if one is None:
        return None
    assert case.person is not None and case.enrolment is not None
    s, found, owner = t.skills, one.found, case.person.id
    nth = conn.execute(select(func.max(s.c.nth)).where(s.c.run_id == found.run, s.c.key == found.key)).scalar() or 0
    body = vault.seal_json(owner, "skills.body", {"name": one.name, "kind": None, "why": "", "by": owner})
    row = {"enrolment_id": case.enrolment.id, "run_id": found.run, "key": found.key, "nth": nth + 1, "body": body,
           "state": "proposee", "up_to_reply": found.reply, "by_id": owner, "at": now}  # fmt: skip
    number = conn.execute(insert(s).values(**row).returning(s.c.id)).scalar_one()
    return _of(skills.entries(conn, vault, house, case), f"s{number}", found.reply)


def _of(found: Sequence[Skill], code: str, upto: int) -> Skill | None:
    return next((one for one in found if one.code == code and one.upto == upto), None)


def _say(conn: Connection, case: Case, skill: Skill, state: State, by: int, now: datetime) -> None:
    assert case.enrolment is not None
    row = {"enrolment_id": case.enrolment.id, "run_id": skill.run, "key": skill.key, "nth": skill.nth, "state": state,
           "up_to_reply": skill.upto, "by_id": by, "at": now}  # fmt: skip
    upsert(conn, t.skills, [row], ("run_id", "key", "nth"), ("state", "up_to_reply", "by_id", "at"))


def _whole(conn: Connection, vault: Vault, house: House, person_id: int, now: datetime) -> Case:
    case = by_person(conn, vault, [person_id], now).get(person_id)
    if case is None or case.enrolment is None:
        raise DeskError("unknown_person")
    house.shelf.complete(conn, [case])
    return case


# --- in the chat -----------------------------------------------------------------------------


def pressed(conn: Connection, vault: Vault, house: House, case: Case, press: Weighed, now: datetime) -> None:
    """Answers on `case`, the file of whoever pressed; a skill that has changed meanwhile is shown again."""
    assert case.person is not None
    whole, say = _whole(conn, vault, house, case.person.id, now), house.speech.phrase
    upto = int(press.upto) if press.upto.isascii() and press.upto.isdecimal() and len(press.upto) < 19 else 0
    if press.verb in ("oui", "non"):
        state = "validee" if press.verb == "oui" else "ecartee"
        done = weigh(conn, vault, house, case.person.id, press.skill, upto, state, now)
        if done is not None:
            return case.send("sendMessage", say(f"skill_said_{state}", name=_cut(done.name, NAME)))
    skill = next((one for one in skills.entries(conn, vault, house, whole) if one.code == press.skill), None)
    if skill is None:
        return case.send("sendMessage", say("skill_gone"))
    opening = [] if press.verb == "voir" else [house.speech.say("skill_changed")]
    words = "\n\n".join([*opening, _told(house, whole, skill)])
    return case.send("sendMessage", house.speech.message(words, _choices(house, skill)))


def _told(house: House, case: Case, skill: Skill) -> str:
    """A skill with all that tells it; what belongs on the page is named, and not quoted."""
    made = skills.card(house, Answers(house, case), skill, discreet=True)
    parts = [f"<b>{escape(_cut(made.name, NAME))}</b>\n{escape(made.mark)}"]
    for field in made.fields:
        words = escape(_cut(field.quote.text, QUOTED))
        parts.append(
            f"<i>{escape(field.label)}</i>\n" + (f"<blockquote>{words}</blockquote>" if field.quote.own else words)
        )
    return "\n\n".join([*parts, escape(made.note)])


QUOTED = 400
"""Characters of each answer in the chat; all of it is on the page."""


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else words[:most].rstrip() + "…"


def _choices(house: House, skill: Skill) -> list[list[tuple[str, str]]]:
    label, where = house.speech.label, f"{skill.code}:{skill.upto}"
    yes = (label("skill_button_again" if skill.again else "skill_button_yes"), f"c:skill:oui:{where}")
    no = (label("skill_button_no"), f"c:skill:non:{where}")
    return [[*([] if skill.lost or skill.state == "validee" else [yes]), *([] if skill.state == "ecartee" else [no])]]


# --- told at its hour ------------------------------------------------------------------------


def _tell_later(conn: Connection, vault: Vault, house: House, served: Served, number: int, now: datetime) -> None:
    """One message for all that is proposed until it leaves, and one a day at most."""
    case = _case(served, now)
    d, hours = t.timers, hours_of(house, case)
    mine = (d.c.owner == case.owner, d.c.kind == KIND, d.c.scope == SCOPE)
    before = conn.execute(select(d).where(*mine)).first()
    waiting = list(before.about["skills"]) if before and before.state in ("pending", "held") else []
    due_at = later(now + TOGETHER, hours, case.zone)
    if before is not None and waiting:
        due_at = max(now, before.due_at) if before.state == "pending" else due_at
    elif before is not None and before.state == "fired" and _day(case, before.settled_at) == _day(case, due_at):
        due_at = later(days_after(before.settled_at, 1, case.zone), hours, case.zone)
    case.wake(KIND, SCOPE, due_at, skills=[*waiting, number])
    save(conn, vault, [Turned(case, f"{KIND}-{number}", case.take())], now)


def due(conn: Connection, vault: Vault, house: House, timer: Timer, now: datetime) -> None:
    """Its minute has come: what still waits for the person is told, unless nothing may be at this time."""
    row = conn.execute(select(t.enrolments.c.person_id).where(t.enrolments.c.id == timer.enrolment_id)).one()
    served = people.one(conn, vault, row.person_id, now)
    assert served is not None
    case, numbers = _case(served, now), [int(number) for number in timer.about["skills"]]
    hours, state = hours_of(house, case), served.enrolment.state
    if state not in ("active", "paused"):
        case.settle(timer, "cancelled", state)
    elif why := _held(served):
        case.settle(timer, "held", why)
    elif not allowed(now, hours, case.zone):
        timer.due_at = later(now, hours, case.zone)
        case.changes.timers.append(timer)
    else:
        _tell(conn, vault, house, case, timer, numbers, now)
    save(conn, vault, [Turned(case, f"{KIND}:{max(numbers)}", case.take())], now)


def _tell(
    conn: Connection, vault: Vault, house: House, case: Case, timer: Timer, numbers: Sequence[int], now: datetime
) -> None:
    assert case.person is not None and case.enrolment is not None
    codes = {f"s{number}" for number in numbers}
    whole = _whole(conn, vault, house, case.person.id, now)
    waiting = [one for one in skills.entries(conn, vault, house, whole)
               if one.code in codes and not one.lost and one.state in ("proposee", "relue")]  # fmt: skip
    if not waiting:
        return case.settle(timer, "stale", "answered")
    case.settle(timer, "fired")
    author = people.names(conn, vault, [one.author for one in waiting if one.author], now).get(waiting[-1].author or 0)
    coach, label = named(author) if author else house.speech.label("your_coach").capitalize(), house.speech.label
    if len(waiting) == 1:
        (one,) = waiting
        rows = [[(label("skill_button_see"), f"c:skill:voir:{one.code}")], *_choices(house, one)]
        said = house.speech.phrase("skill_found", rows, coach=coach, name=one.name, why=one.why)
    else:
        rows = [[(_cut(one.name, LABEL), f"c:skill:voir:{one.code}")] for one in waiting[:SHOWN]]
        said = house.speech.phrase("skill_found_several", rows, coach=coach)
    return case.send("sendMessage", said, rank=SCHEDULED)


def _held(served: Served) -> str:
    """Why nothing is told now; "" when it may be."""
    if not served.person.reachable:
        return "unreachable"
    if served.enrolment.restricted_at is not None:
        return "restricted"
    if served.enrolment.held_at is not None:
        return "distress"
    return "paused" if served.enrolment.state == "paused" else ""


def _refusal(served: Served) -> str:
    if served.enrolment.state in ("stopped", "ended"):
        return "has_stopped"
    if served.enrolment.state not in ("active", "paused"):
        return "not_agreed"
    return "restricted" if served.enrolment.restricted_at is not None else ""


def _case(served: Served, now: datetime) -> Case:
    """What setting a timer and sending a message take of a participant's file: none of their answers."""
    return Case(served.person.chat_id, now, served.person, served.enrolment)


def _day(case: Case, at: datetime) -> str:
    return at.astimezone(case.zone).date().isoformat()
