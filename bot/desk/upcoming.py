"""All that is still to come, soonest first: what would happen if nobody did anything.

Reads no answer and checks no rights.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select, true

from bot.conversation import actions
from bot.conversation.house import House
from bot.desk import review
from bot.desk.brief import TAIL
from bot.store import tables as t
from bot.store.recall import RETURN
from bot.store.vault import Vault
from flows.engine import OPEN

STEPPED = frozenset({"silence", "dormancy", "later", "reoffer"})
"""Timers of one open question: void once it is answered (S4.2)."""

SILENT = frozenset({"replan", "energy", "alert", "rush", "round", "progress", RETURN})
"""Timers of the house's own book-keeping: nothing leaves."""

WORDED = frozenset({"digest", "brief", "envoi", "silence", "dormancy", "later", "reoffer", "resume", "unbooked", "push",
                    "notice", "queued", "comment", "capsule", "ask", "reopen", "set_aside", "coach_word", "ending",
                    "absence", "lift", "moved", "attendance", "hours", "action", "skill"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Upcoming:
    """`what` is in French words; `why` says why at that instant, when it was planned with a reason.

    `due_at` is None for a module that waits for another one to end, and for what is held, as `why` says (a pause);
    `person_id` is None for the house's own.
    """

    person_id: int | None
    name: str
    due_at: datetime | None
    kind: str
    what: str
    why: str | None = None
    timer: int | None = None
    run: int | None = None


def upcoming(
    conn: Connection, vault: Vault, house: House, now: datetime, person_id: int | None = None
) -> list[Upcoming]:
    """Every pending timer that still means something, then every queued module; of one person or of everybody.

    Of one person, what is held comes last, and what recalls a private answer is left out: their coach reads it.
    """
    runs = {row.id: row for row in conn.execute(_runs(person_id))}
    timers = [row for row in conn.execute(_timers(person_id)) if _stands(row, runs)]
    if person_id is not None:
        secluded = review.secluded(conn, {row.about["run"] for row in timers if row.kind == actions.KIND})
        timers = [row for row in timers if row.kind != actions.KIND or row.scope not in secluded]
    coaches = {int(row.owner[1:]) for row in timers if row.owner.startswith("c")}
    people = _people(conn, vault, {row.person_id for row in (*timers, *runs.values()) if row.person_id} | coaches, now)
    found = [_timed(house, row, runs, people) for row in timers]
    asked = {row.about["run"] for row in timers if row.kind == "ask"}
    queued = sorted((row for row in runs.values() if row.state == "queued" and row.id not in asked),
                    key=lambda row: (row.created_at, row.id))  # fmt: skip
    waiting = [_waiting(house, row, people) for row in queued]
    planned = [one for one in found if one.due_at]
    return planned + waiting + [one for one in found if not one.due_at]


def _timers(person_id: int | None) -> Any:
    r, e = t.timers.c, t.enrolments.c
    mine: ColumnElement[bool] = true()
    if person_id is not None:
        mine = (e.person_id == person_id) | (r.owner == f"c{person_id}")
    columns = select(r.id, r.owner, r.kind, r.scope, r.due_at, r.about, r.why, r.state, e.person_id)
    joined = columns.outerjoin(t.enrolments, e.id == r.enrolment_id)
    states = ("pending",) if person_id is None else ("pending", "held")
    return joined.where(r.state.in_(states), r.kind.not_in(SILENT), mine).order_by(r.due_at, r.id)


def _runs(person_id: int | None) -> Any:
    r, e = t.runs.c, t.enrolments.c
    columns = select(r.id, r.flow, r.state, r.step, r.envoi, r.created_at, e.person_id)
    query = columns.join(t.enrolments, e.id == r.enrolment_id).where(r.state.in_((*OPEN, "queued")))
    return query.where(e.person_id == person_id) if person_id is not None else query


def _stands(timer: Row[Any], runs: Mapping[int, Row[Any]]) -> bool:
    """A timer of a question holds while its run is open at the same step; a brief that left is only looked at again."""
    if timer.kind not in STEPPED:
        return timer.kind != "brief" or not str(timer.scope).endswith(TAIL)
    run = runs.get(timer.about.get("run"))
    return run is not None and run.state in OPEN and run.step == timer.about.get("step")


def _people(conn: Connection, vault: Vault, ids: set[int], now: datetime) -> dict[int, str]:
    p = t.people.c
    wanted = sorted(ids)
    rows: list[Any] = []
    for start in range(0, len(wanted), 500):
        rows += conn.execute(select(p.id, p.name).where(p.id.in_(wanted[start : start + 500]))).all()
    vault.ready(conn, [row.id for row in rows], now)
    return {row.id: vault.open_text(row.id, "people.name", row.name) for row in rows}


def _timed(house: House, row: Row[Any], runs: Mapping[int, Row[Any]], people: Mapping[int, str]) -> Upcoming:
    person_id = int(row.owner[1:]) if row.owner.startswith("c") else row.person_id
    envoi = row.about.get("envoi")
    said = _sent(house, str(envoi)) if envoi else _said(house, row.kind, _what(house, row, runs))
    due_at = row.due_at if row.state == "pending" else None
    return replace(_item(person_id, people, due_at, row.kind, said, row.why), timer=row.id)


def _waiting(house: House, row: Row[Any], people: Mapping[int, str]) -> Upcoming:
    said = _said(house, "queued", house.library.title(row.flow))
    return replace(_item(row.person_id, people, None, "queued", said, row.envoi), run=row.id)


def _item(
    person_id: int | None, people: Mapping[int, str], due_at: datetime | None, kind: str, what: str, why: str | None
) -> Upcoming:
    return Upcoming(person_id, people.get(person_id or 0, ""), due_at, kind, what, why)


def _said(house: House, kind: str, what: str) -> str:
    key = f"upcoming_{kind}" if kind in WORDED else "upcoming_other"
    return house.speech.phrases.say(key, what=what or kind).strip()


def _what(house: House, timer: Row[Any], runs: Mapping[int, Row[Any]]) -> str:
    """The title of the module or of the session it is about; never a question, never an answer."""
    about = timer.about
    if timer.kind in STEPPED:
        return house.library.title(runs[about["run"]].flow)
    if about.get("flow"):
        return house.library.title(str(about["flow"]))
    if about.get("run") in runs:
        return house.library.title(runs[about["run"]].flow)
    session = str(about.get("session", timer.scope))
    titles = (s.title for p in house.library.programmes.values() for s in p.sessions if s.id == session)
    return next(titles, session)


def _sent(house: House, envoi_id: str) -> str:
    """An envoi, by the module it brings or by the session it recalls."""
    for programme in house.library.programmes.values():
        envoi = next((e for e in programme.envois if e.id == envoi_id), None)
        if envoi and envoi.flow:
            return _said(house, "envoi", house.library.title(envoi.flow))
        if envoi:
            title = next((s.title for s in programme.sessions if s.id == envoi.when.session), envoi.when.session)
            return house.speech.phrases.say("envoi_reminder", title=title).strip()
    return _said(house, "envoi", envoi_id)
