"""Writing the document de synthèse, giving it to the person, hearing what they say of it, and handing it over.

A version that was given is never changed: what is written afterwards is a new one. Checks no rights.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, update

from bot.conversation.entry import tell_coach
from bot.conversation.house import House
from bot.conversation.planning import hours_of
from bot.deliverables import handing
from bot.deliverables.catalogue import Desk
from bot.deliverables.synthesis import PARTS, Synthesis, given, versions
from bot.desk import DeskError, people
from bot.desk.people import Served
from bot.store import tables as t
from bot.store.case import Case, Person
from bot.store.vault import Vault
from flows.calendar import later

LONGEST = 12_000
"""Characters of a part: three pages."""

REMARK = 5_000
WORD = ("coach_word", "synthesis")
"""The message that tells that it is there to be read."""


def newest(conn: Connection, vault: Vault, served: Served) -> Synthesis | None:
    return next(reversed(versions(conn, vault, served.person.id, served.enrolment.id)), None)


def save(
    conn: Connection, vault: Vault, served: Served, by: Person, typed: Mapping[str, str], seen: str, now: datetime
) -> None:
    """Keeps a draft: the newest version while it was not given, else the next one.

    `seen` is the mark (`mark`) of what the form was opened on. Raises DeskError: synthesis_taken, long_synthesis.
    """
    last = newest(conn, vault, served)
    if seen != mark(last):
        raise DeskError("synthesis_taken")
    parts = {name: _written(name, typed) for name in PARTS}
    if any(len(words) > LONGEST for words in parts.values()):
        raise DeskError("long_synthesis")
    body = vault.seal_json(served.person.id, "syntheses.body", parts)
    row: dict[str, Any] = {"body": body, "author_id": by.id, "written_at": now}
    if last is not None and last.sent_at is None:
        conn.execute(update(t.syntheses).where(t.syntheses.c.id == last.id).values(**row))
        return
    number = last.version + 1 if last else 1
    conn.execute(insert(t.syntheses).values(enrolment_id=served.enrolment.id, version=number, **row))


def _written(name: str, typed: Mapping[str, str]) -> str:
    """What was typed, and under it what was ticked to be taken up, each once."""
    words = typed.get(name, "").strip()
    ticked = [text.strip() for field, text in sorted(typed.items()) if field.startswith(f"{name}-") and text.strip()]
    return "\n".join([*([words] if words else []), *(text for text in ticked if text not in words)])


def offered(conn: Connection, vault: Vault, house: House, served: Served, now: datetime) -> Mapping[str, Sequence[str]]:
    """What may be taken up in each part, in the person's own words: what they validated, and what they plan.

    Nothing that they keep to themselves.
    """
    desk = handing.desk(conn, vault, house, served.person.id, now, for_coach=True)
    if desk is None:
        return {}
    steps = [found for entry in desk.answers.entries("plan-action", "actions")
             if (found := entry.answers.get("action_plan"))]  # fmt: skip
    return {"competences": validated(desk), "etapes": [f"« {found.words} »" for found in steps]}


def validated(desk: Desk) -> list[str]:
    """The skills that the person validated, as they stand today."""
    return [f"« {skill.name} »" for skill in desk.skills if skill.mark == "validee"]


def mark(one: Synthesis | None) -> str:
    """What tells whether somebody else wrote meanwhile."""
    return f"{one.version}·{one.written_at.isoformat()}·{bool(one.sent_at)}" if one else ""


def give(conn: Connection, vault: Vault, house: House, served: Served, by: Person, seen: str, now: datetime) -> None:
    """The person may read it from now on, and hears so at an hour that does not disturb.

    Raises DeskError: synthesis_taken, synthesis_empty, busy, has_stopped.
    """
    last = newest(conn, vault, served)
    if seen != mark(last):
        raise DeskError("synthesis_taken")
    if last is None or last.sent_at is not None or not all(last.parts.get(name) for name in PARTS):
        raise DeskError("synthesis_empty")
    case = people.file(conn, vault, served.person.id, now)
    if case.enrolment is None or case.enrolment.state not in ("active", "paused"):
        raise DeskError("has_stopped")
    conn.execute(update(t.syntheses).where(t.syntheses.c.id == last.id).values(sent_at=now))
    _announce(house, case, by, "synthesis_given", now)
    case.log("synthesis_given", version=last.version, by=by.id)
    people.put_back(conn, vault, case, now)


def remark(conn: Connection, vault: Vault, house: House, served: Served, number: int, text: str, now: datetime) -> None:
    """What the person says of the version they read; their coach hears that they did, not what.

    Raises DeskError: synthesis_newer, synthesis_closed, no_words, many_words, busy.
    """
    one = _read_by_them(conn, vault, served, number)
    words = text.strip()
    if not words or len(words) > REMARK:
        raise DeskError("many_words" if words else "no_words")
    sealed = vault.seal_json(served.person.id, "syntheses.remark", {"text": words})
    conn.execute(update(t.syntheses).where(t.syntheses.c.id == one.id).values(remark=sealed, remarked_at=now))
    _told(conn, vault, house, served, "synthesis_remarked", one, now)


def approve(conn: Connection, vault: Vault, house: House, served: Served, number: int, now: datetime) -> None:
    """The person agrees to the version they read. Raises DeskError: synthesis_newer, synthesis_closed, busy."""
    one = _read_by_them(conn, vault, served, number)
    conn.execute(update(t.syntheses).where(t.syntheses.c.id == one.id).values(approved_at=now))
    _told(conn, vault, house, served, "synthesis_approved", one, now)


def hand(conn: Connection, vault: Vault, house: House, served: Served, by: Person, now: datetime) -> None:
    """Given for good: on their page, and in their chat when they touch its button; written down as handed over.

    Raises DeskError: synthesis_not_approved, busy, has_stopped.
    """
    last = newest(conn, vault, served)
    if last is None or last.state != "approved":
        raise DeskError("synthesis_not_approved")
    case = people.file(conn, vault, served.person.id, now)
    if case.enrolment is None or case.enrolment.state not in ("active", "paused"):
        raise DeskError("has_stopped")
    conn.execute(update(t.syntheses).where(t.syntheses.c.id == last.id).values(handed_at=now))
    _announce(house, case, by, "synthesis_handed", now)
    case.log("synthesis_handed", version=last.version, by=by.id)
    people.put_back(conn, vault, case, now)


def _announce(house: House, case: Case, by: Person, phrase: str, now: datetime) -> None:
    """At an hour that does not disturb, with the way to the document."""
    at = later(now, hours_of(house, case), case.zone)
    made = next((one for one in house.library.deliverables if one.built == "synthese"), None)
    case.wake(*WORD, at, by=by.id, phrase=phrase, take=made.id if made else None)


def _read_by_them(conn: Connection, vault: Vault, served: Served, number: int) -> Synthesis:
    one = given(conn, vault, served.person.id, served.enrolment.id)
    if one is None or one.version != number:
        raise DeskError("synthesis_newer")
    if one.approved_at is not None:
        raise DeskError("synthesis_closed")
    return one


def _told(
    conn: Connection, vault: Vault, house: House, served: Served, kind: str, one: Synthesis, now: datetime
) -> None:
    case = people.file(conn, vault, served.person.id, now)
    assert case.person is not None
    case.log(kind, version=one.version)
    tell_coach(house, case, f"coach_{kind}", relayed=False, name=case.person.name)
    people.put_back(conn, vault, case, now)
