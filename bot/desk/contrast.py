"""Answers that a coach may want to hold side by side, and fears that no step answers yet. Concludes nothing.

Each is told with every answer it rests on; both sides of a contrast may well be true.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from bot.conversation.house import House
from bot.desk.record import Answer, Place, answer, dated, place
from bot.desk.sourced import Line
from bot.store.case import Case
from bot.store.vault import Vault
from flows.model import Choice, Fears, Number, Programme, Rank, Scale, Value
from flows.spoken import plain

APART = 4
"""Points of a scale between two answers that are worth a look."""

SHARE = 0.3
"""What a number has to change by, as a part of what it was."""


def changed(
    vault: Vault, house: House, case: Case, answers: Sequence[Answer], shown: Sequence[Row[Any]], since: datetime | None
) -> Iterator[Line]:
    """Closed questions answered otherwise before: in an earlier run of their module, or until the last appointment.

    `shown` are all versions a coach may read; `since` is the start of the appointment before, None without one.
    """
    versions: dict[Place, list[Row[Any]]] = {}
    for row in shown:
        versions.setdefault(place(row), []).append(row)
    for now in answers:
        if not now.here or now.how != "said" or not isinstance(now.asked and now.asked.answer, _CLOSED):
            continue
        then = [row for row in versions[(now.run, now.key)] if row.id < now.id and since and row.answered_at <= since]
        known = [answer(vault, house, case, row, False) for row in then if row.how == "said"][-1:]
        known += sorted((a for a in answers if _earlier(a, now)), key=lambda a: a.nth)[-1:]
        for before in [a for a in known if _apart(a, now)][:1]:
            yield _line(house, case, "brief_changed", before, now, question=now.question)


_CLOSED = Choice | Scale | Number | Rank


def _earlier(one: Answer, now: Answer) -> bool:
    return (one.flow, one.key, one.how) == (now.flow, now.key, "said") and one.nth < now.nth


def _apart(before: Answer, now: Answer) -> bool:
    """Whether two answers to one question say something else."""
    old, new = before.raw, now.raw
    match now.asked.answer if now.asked else None:
        case Choice():
            return old != new
        case Rank():
            return isinstance(old, list) and isinstance(new, list) and old[:1] != new[:1]
    if not isinstance(old, int | float) or not isinstance(new, int | float):
        return False
    least = APART if isinstance(now.asked and now.asked.answer, Scale) else SHARE * abs(old)
    return old != new and abs(new - old) >= least


def pairs(house: House, case: Case, programme: Programme, answers: Sequence[Answer]) -> Iterator[Line]:
    """What the programme's authors ask to be put side by side, when one of the two is new."""
    newest = {f"{a.flow}.{a.key}": a for a in sorted(answers, key=lambda a: a.nth) if a.how == "said"}
    for pair in programme.compare:
        found = [newest[key] for key, accepted in pair.between if key in newest and accepted & _values(newest[key].raw)]
        if len(found) == len(pair.between) and any(a.here for a in found):
            before, now = sorted(found, key=lambda a: a.id)
            yield _line(house, case, "brief_pair", before, now, say=pair.say, question=before.question,
                        other=now.question)  # fmt: skip


def _values(raw: Value) -> frozenset[str]:
    return frozenset(map(str, raw if isinstance(raw, list) else [raw]))


def _line(house: House, case: Case, key: str, before: Answer, now: Answer, **fields: str) -> Line:
    fields |= {"then": dated(case, before), "date": dated(case, now), "before": before.value, "after": now.value}
    said = house.speech.phrases.say(key, **fields, first=before.id, id=now.id)
    return Line(said, (before.id, now.id))


# --- fears -----------------------------------------------------------------------------------


def fears(
    house: House, case: Case, sought: Fears | None, answers: Sequence[Answer], gone: set[Place]
) -> Iterator[Line]:
    """Fears that were named and have no first step: none yet, passed, or not asked so far.

    A step that is private or erased (`gone`) says nothing of its fear either way.
    """
    if sought is None:
        return
    known: dict[Place, Answer] = {(a.run, a.key): a for a in answers}
    for fear in answers:
        entry, _, id = fear.key.rpartition(".")
        named = fear.flow == sought.flow and id == sought.name and entry.startswith(f"{sought.entries}[")
        if not named or fear.how != "said" or not fear.quotable:
            continue
        where = (fear.run, f"{entry}.{sought.step}")
        step = known.get(where)
        if where in gone or (step is not None and not _none(step, sought)):
            continue
        fields = {"words": fear.value, "date": dated(case, fear), "id": fear.id}
        if step is None:
            yield Line(house.speech.phrases.say("brief_fear", **fields), (fear.id,))
        else:
            said = house.speech.phrases.say("brief_fear_step", **fields, step=step.value, other=step.id)
            yield Line(said, (fear.id, step.id))


def _none(step: Answer, sought: Fears) -> bool:
    return step.how in ("skipped", "in_session") or plain(step.value) in sought.nothing
