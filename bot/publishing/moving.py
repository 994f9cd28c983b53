"""People who began a module in an earlier version, moved to the one that is published: told first, then done (S7.4).

No answer is lost: what leaves the road stays kept, and who has given one that the new question cannot take stays where
they are. Reads answers to find a place among the questions; shows none, and checks no rights.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from bot.conversation import answering, discretion
from bot.conversation.house import House
from bot.conversation.planning import nudge_at
from bot.desk import people
from bot.publishing.release import UNDER_WAY
from bot.store import audit, cases
from bot.store import tables as t
from bot.store.audit import By
from bot.store.case import Case, RunFile
from bot.store.vault import Vault
from flows.events import Keep
from flows.frozen import digest, freeze, thaw
from flows.model import Flow
from flows.moving import Landing, landing, moved
from flows.rewording import keeping, same_question, same_shape
from flows.road import question

KIND = "moved"
"""The timer at which a moved module puts its question."""


@dataclass(frozen=True, slots=True)
class Move:
    """One person's module. `stays`: they are left in their version, because an answer of theirs would not fit."""

    person_id: int
    name: str
    run_id: int
    landing: Landing
    stays: bool


def behind(conn: Connection, house: House) -> dict[str, int]:
    """Modules under way in a version of another shape than the published one, with how many people are in each."""
    r, old = t.runs.c, _old(conn, house)
    rows = conn.execute(select(r.flow, r.version, func.count()).where(
        r.state.in_(UNDER_WAY), r.words.is_(None), r.version.in_(old)).group_by(r.flow, r.version))  # fmt: skip
    found: dict[str, int] = {}
    for flow, _, n in rows:
        found[flow] = found.get(flow, 0) + n
    return found


def moves(
    conn: Connection, vault: Vault, house: House, flow_id: str, now: datetime, limit: int, after: int = 0
) -> list[Move]:
    """What would become of the people in this module, by number from `after` on; writes nothing."""
    e, r, old = t.enrolments.c, t.runs.c, _old(conn, house, flow_id)
    mine = (r.flow == flow_id, r.state.in_(UNDER_WAY), r.words.is_(None), e.person_id > after, r.version.in_(old))
    query = select(e.person_id).join(t.runs, r.enrolment_id == e.id).where(*mine).distinct().order_by(e.person_id)
    who = list(conn.execute(query.limit(limit)).scalars())
    found = cases.by_person(conn, vault, who, now)
    house.shelf.complete(conn, found.values())
    return [move for id in who if id in found for move in _moves(house, found[id], flow_id, old)]


def _old(conn: Connection, house: House, flow_id: str | None = None) -> frozenset[str]:
    """Versions in use that do not have the shape of what is published; other words alone move nobody."""
    r = t.runs.c
    used = select(r.flow, r.version).where(r.state.in_(UNDER_WAY)).distinct()
    rows = conn.execute(used if flow_id is None else used.where(r.flow == flow_id)).all()
    others = {row.version for row in rows if house.library.has_flow(row.flow)
              and house.library.flow(row.flow).version != row.version}  # fmt: skip
    flows = [thaw(source) for source in cases.archive(conn, others).values()]
    return frozenset(flow.version for flow in flows if not same_shape(flow, house.library.flow(flow.id)))


def move(conn: Connection, vault: Vault, house: House, person_id: int, run_id: int, by: By, now: datetime) -> bool:
    """Moves one person; whether they were moved. Their next question leaves at an hour that does not disturb (S16).

    Raises DeskError: unknown_person, busy.
    """
    case = people.file(conn, vault, person_id, now)
    house.shelf.complete(conn, [case])
    file = case.run(run_id)
    if file is None or file.words or file.run.state not in UNDER_WAY or not house.library.has_flow(file.flow):
        return False
    old, new = house.shelf.of(file), house.shelf.today(file.flow)
    found = landing(old, new, file.run)
    if found.unfit or same_shape(old, new):
        return False
    _carried(house, case, file, old, new, found)
    _written(conn, file, _spoken(file, old, new, found), now)
    case.log("module_moved", flow=file.flow, nth=file.nth)
    people.put_back(conn, vault, case, now)
    audit.note(conn, by, "move", {"flow": file.flow, "person": person_id, "version": new.version}, now)
    return True


def _moves(house: House, case: Case, flow_id: str, old: frozenset[str]) -> Iterator[Move]:
    assert case.person is not None
    for file in case.runs:
        if file.flow == flow_id and file.run.state in UNDER_WAY and not file.words and file.version in old:
            found = landing(house.shelf.of(file), house.shelf.today(flow_id), file.run)
            yield Move(case.person.id, case.person.name, file.id, found, bool(found.unfit))


def _carried(house: House, case: Case, file: RunFile, old: Flow, new: Flow, found: Landing) -> None:
    """The run in its new place; what it would say at once waits for its hour."""
    before, result = file.run, moved(old, new, file.run)
    file.run, file.touched = result.run, True
    for effect in result.effects:
        if isinstance(effect, Keep):
            private = discretion.owned(file, effect.key, effect.question).private
            answering.keep(case, file, effect.key, effect.question.text, effect.kept, None, private)
    if found.asked_anew:
        file.run = replace(result.run, state="queued", said=before.said)
        case.wake(KIND, f"{file.id}:{result.run.step}", nudge_at(house, case), run=file.id, nth=file.nth)
    elif file.run.state == "done" and before.state != "done":
        file.closed_at = case.now
        case.log("module_done", flow=file.flow, nth=file.nth)


def _spoken(file: RunFile, old: Flow, new: Flow, found: Landing) -> Flow:
    """The version that this run is in: the new one, in the old words for a question that was read in them."""
    key = file.run.key
    if found.asked_anew or key is None or found.stood == found.lands:
        return new
    shown, asked = question(old, key), question(new, key)
    if shown is None or asked is None or not same_question(shown, asked):
        return new
    kept = keeping(new, key, shown)
    return replace(kept, version=digest(replace(kept, version="")))


def _written(conn: Connection, file: RunFile, flow: Flow, now: datetime) -> None:
    f = t.flows
    if conn.execute(select(f.c.version).where(f.c.version == flow.version)).first() is None:
        conn.execute(insert(f).values(version=flow.version, flow=flow.id, source=freeze(flow), seen_at=now))
    file.version = flow.version
    conn.execute(update(t.runs).where(t.runs.c.id == file.id).values(version=flow.version))
