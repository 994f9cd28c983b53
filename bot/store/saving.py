"""What turns changed, written down: one statement a table for a whole batch. Must run inside the turn's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, exists, insert, or_, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.store import accesses, erasing, passes, recall
from bot.store import tables as t
from bot.store.accesses import Reader
from bot.store.case import SCHEDULED, Case, Changes, NewReply, Outgoing, RunFile, Timer
from bot.store.cases import sealed_value
from bot.store.outbox import PAUSED, RESTORED
from bot.store.unsaid import take_back
from bot.store.vault import Vault


class Taken(Exception):
    """Somebody else redeemed this invitation between our reading it and our writing it."""


@dataclass(frozen=True, slots=True)
class Turned:
    """One event's changes on a case. `cause` is unique for ever: outbox keys are made from it."""

    case: Case
    cause: str
    changes: Changes


def save(conn: Connection, vault: Vault, turns: Sequence[Turned], now: datetime) -> None:
    """Writes every turn in order; raises `Taken`."""
    gone = [turned for turned in turns if turned.changes.erased]
    erased = {turned.case.person.id for turned in gone if turned.case.person}
    kept = [turned for turned in turns if not (turned.case.person and turned.case.person.id in erased)]
    _people(conn, vault, kept, now)
    _enrolments(conn, kept)
    _appointments(conn, vault, kept)
    _runs(conn, vault, kept)
    _replies(conn, vault, kept)
    _owned(conn, kept)
    _links(conn, kept, now)
    _media(conn, vault, kept, now)
    for turned in kept:
        take_back(conn, vault, turned.case, turned.changes.unsaid)
    anew = [timer for turned in kept for timer in recall.taken_back(conn, turned.case, turned.changes)]
    upsert_timers(conn, [*(timer for turned in kept for timer in turned.changes.timers), *anew])
    _events(conn, kept)
    _moved(conn, kept)
    _released(conn, kept)
    _hushed(conn, kept)
    for turned in gone:
        _erase(conn, vault, turned, now)
    _out(conn, vault, turns, erased, now)


def upsert(
    conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]], on: Sequence[str], change: Iterable[str]
) -> None:
    """INSERT … ON CONFLICT DO UPDATE on either database; nothing to change means do nothing."""
    if not rows:
        return
    make: Any = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    statement = make(table)
    columns = {name: statement.excluded[name] for name in change}
    if columns:
        statement = statement.on_conflict_do_update(index_elements=list(on), set_=columns)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=list(on))
    conn.execute(statement, list(rows))


def upsert_timers(conn: Connection, timers: Iterable[Timer]) -> None:
    """Sets timers, or sets them anew."""
    upsert(conn, t.timers, _timer_rows(timers), TIMER, ("due_at", "state", "about", "why", "settled_at"))


def insert_timers(conn: Connection, timers: Iterable[Timer]) -> None:
    """Sets timers that were never set; the others stay as they are, fired or not."""
    upsert(conn, t.timers, _timer_rows(timers), TIMER, ())


TIMER = ("owner", "kind", "scope")


def _timer_rows(timers: Iterable[Timer]) -> list[dict[str, Any]]:
    last = {(timer.owner, timer.kind, timer.scope): timer for timer in timers}
    return [
        {
            "enrolment_id": timer.enrolment_id,
            "owner": timer.owner,
            "kind": timer.kind,
            "scope": timer.scope,
            "due_at": timer.due_at,
            "state": timer.state,
            "about": dict(timer.about),
            "why": timer.why,
            "settled_at": timer.settled_at,
        }
        for timer in last.values()
    ]


def outbox_rows(vault: Vault, outgoing: Sequence[Outgoing], cause: str, now: datetime) -> list[dict[str, Any]]:
    """Rows ready to insert; the payload holds the parameters, the files and what is ordered, sealed for its owner."""
    return [_outbox_row(vault, item, item.cause or f"{cause}:{place}", now) for place, item in enumerate(outgoing)]


def insert_outbox(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    upsert(conn, t.outbox, rows, ("cause",), ())


# --- tables ----------------------------------------------------------------------------------


def _people(conn: Connection, vault: Vault, turns: Sequence[Turned], now: datetime) -> None:
    for turned in turns:
        person, changes = turned.case.person, turned.changes
        if changes.guessed and turned.case.chat_id is not None:
            conn.execute(insert(t.guesses).values(chat_id=turned.case.chat_id, at=now))
        if person is None:
            continue
        if changes.redeemed is not None:
            _redeem(conn, changes.redeemed, now)
        if changes.person:
            where = update(t.people).where(t.people.c.id == person.id)
            prompt = None if person.prompt is None else vault.seal_json(person.id, "people.prompt", person.prompt)
            own = {"zone": person.zone} if person.role == "participant" else {}  # a coach's is set on the page
            conn.execute(where.values(chat_id=person.chat_id, reachable=person.reachable, prompt=prompt, **own))
        for kind, version, agreed in changes.consents:
            _consent(conn, person.id, kind, version, agreed, now)


def _redeem(conn: Connection, person_id: int, now: datetime) -> None:
    i = t.invitations
    used = conn.execute(update(i).where(i.c.person_id == person_id, i.c.used_at.is_(None)).values(used_at=now))
    if used.rowcount == 0:
        raise Taken


def _consent(conn: Connection, person_id: int, kind: str, version: str, agreed: bool, now: datetime) -> None:
    """Every agreement is a row of its own; one that is refused without having been given is a row too."""
    c = t.consents
    row = {"person_id": person_id, "kind": kind, "version": version, "given_at": now}
    if agreed:
        conn.execute(insert(c).values(**row))
        return
    standing = update(c).where(c.c.person_id == person_id, c.c.kind == kind, c.c.withdrawn_at.is_(None))
    if not conn.execute(standing.values(withdrawn_at=now)).rowcount:
        conn.execute(insert(c).values(**row, withdrawn_at=now))


ENROLMENT = (  # not the cohort: no turn changes it, and one that is under way must not undo a renaming
    *("coach_id", "programme", "format", "state", "paused_until"),
    *("gentle", "short", "hours", "heard_at", "asked_at"),
    *("held_at", "restricted_at", "ended_at", "keep_until"),
)


def _enrolments(conn: Connection, turns: Sequence[Turned]) -> None:
    last = {
        turned.case.enrolment.id: turned.case.enrolment
        for turned in turns
        if turned.case.enrolment and turned.changes.enrolment
    }
    rows = [{"b_id": e.id, **{name: getattr(e, name) for name in ENROLMENT}} for e in last.values()]
    if rows:
        conn.execute(UPDATE_ENROLMENT, rows)


UPDATE_ENROLMENT = (
    update(t.enrolments)
    .where(t.enrolments.c.id == bindparam("b_id"))
    .values({name: bindparam(name) for name in ENROLMENT})
)


def _appointments(conn: Connection, vault: Vault, turns: Sequence[Turned]) -> None:
    rows = {
        a.id: {
            "id": a.id,
            "enrolment_id": turned.case.enrolment.id,
            "session": a.session,
            "at": a.at,
            "zone": a.zone,
            "revision": a.revision,
            "state": a.state,
            "place": vault.seal_text(turned.case.person.id, "appointments.place", a.place) if a.place else None,
            "changed_at": turned.case.now,
            "changed_by": turned.changes.appointments[a.id],
        }
        for turned in turns
        if turned.case.enrolment and turned.case.person
        for a in turned.case.appointments
        if a.id in turned.changes.appointments
    }
    upsert(conn, t.appointments, list(rows.values()), ("id",), APPOINTMENT)


APPOINTMENT = ("at", "zone", "revision", "state", "place", "changed_at", "changed_by")

RUN = ("state", "key", "step", "tries", "draft", "said", "closed_at")
UPDATE_RUN = update(t.runs).where(t.runs.c.id == bindparam("b_id")).values({name: bindparam(name) for name in RUN})


def _runs(conn: Connection, vault: Vault, turns: Sequence[Turned]) -> None:
    files = {file.id: (turned.case, file) for turned in turns for file in turned.changes.runs}
    new = {run_id for turned in turns for run_id in turned.changes.new_runs}
    fresh = [
        {**_run_row(vault, case, file), "id": file.id, **_run_origin(vault, case, file)}
        for case, file in files.values()
        if file.id in new
    ]
    changed = [{**_run_row(vault, case, file), "b_id": file.id} for case, file in files.values() if file.id not in new]
    if fresh:
        conn.execute(insert(t.runs), fresh)
    if changed:
        conn.execute(UPDATE_RUN, changed)


def _run_row(vault: Vault, case: Case, file: RunFile) -> dict[str, Any]:
    assert case.person is not None
    run = file.run
    draft = vault.seal_json(case.person.id, "runs.draft", run.draft) if run.draft is not None else None
    return {
        "state": run.state,
        "key": run.key,
        "step": run.step,
        "tries": run.tries,
        "draft": draft,
        "said": sorted(run.said),
        "closed_at": file.closed_at,
    }


def _run_origin(vault: Vault, case: Case, file: RunFile) -> dict[str, Any]:
    assert case.enrolment is not None and case.person is not None
    words = vault.seal_text(case.person.id, "runs.words", file.words) if file.words else None
    return {
        "words": words,
        "enrolment_id": case.enrolment.id,
        "flow": file.flow,
        "version": file.version,
        "nth": file.nth,
        "envoi": file.envoi,
        "session": file.session,
        "valid_until": file.valid_until,
        "created_at": file.created_at,
    }


def _replies(conn: Connection, vault: Vault, turns: Sequence[Turned]) -> None:
    rows = [_reply_row(vault, turned.case, reply) for turned in turns for reply in turned.changes.replies]
    if rows:
        conn.execute(insert(t.replies), rows)


def _reply_row(vault: Vault, case: Case, reply: NewReply) -> dict[str, Any]:
    assert case.person is not None and case.enrolment is not None
    owner = case.person.id
    return {
        "enrolment_id": case.enrolment.id,
        "run_id": reply.run_id,
        "key": reply.key,
        "version": reply.version,
        "question": vault.seal_text(owner, "replies.question", reply.question),
        "value": sealed_value(vault, owner, reply.kept),
        "how": reply.how,
        "private": reply.private,
        "session": reply.session,
        "late": reply.late,
        "message_id": reply.message_id,
        "answered_at": reply.answered_at,
        "review": "a_lire",
    }


def _owned(conn: Connection, turns: Sequence[Turned]) -> None:
    """Every version of an answer is its author's own, or none is: an older one would tell what the newest keeps."""
    r = t.replies
    for turned in turns:
        for run_id, key, private in turned.changes.owned:
            conn.execute(update(r).where(r.c.run_id == run_id, r.c.key == key).values(private=private))


def _links(conn: Connection, turns: Sequence[Turned], now: datetime) -> None:
    for person, changes in [(turned.case.person, turned.changes) for turned in turns if turned.case.person]:
        for purpose, token in changes.links:
            passes.issue(conn, person.id, purpose, token, now)
        if changes.exported:
            accesses.note(conn, [person.id], Reader(person.id, "participant", "telegram"), "export", now)


def _media(conn: Connection, vault: Vault, turns: Sequence[Turned], now: datetime) -> None:
    rows = [
        {
            "id": m.id,
            "person_id": turned.case.person.id,
            "kind": m.kind,
            "file_id": m.file_id,
            "about": vault.seal_json(turned.case.person.id, "media.about", dict(m.about)),
            "state": "too_big" if m.too_big else "waiting",
            "attempts": 0,
            "next_at": now,
        }
        for turned in turns
        if turned.case.person
        for m in turned.changes.media
    ]
    if rows:
        conn.execute(insert(t.media), rows)


def _events(conn: Connection, turns: Sequence[Turned]) -> None:
    rows = [
        {
            "enrolment_id": turned.case.enrolment.id if turned.case.enrolment else None,
            "at": event.at,
            "kind": event.kind,
            "about": dict(event.about),
        }
        for turned in turns
        for event in turned.changes.happenings
    ]
    if rows:
        conn.execute(insert(t.events), rows)


def _moved(conn: Connection, turns: Sequence[Turned]) -> None:
    """What waits for somebody leaves to the account they have now, never to the one they left."""
    o = t.outbox
    for turned in turns:
        if turned.changes.moved_from is not None and turned.case.person:
            mine = update(o).where(o.c.owner_id == turned.case.person.id, o.c.chat_id == turned.changes.moved_from)
            conn.execute(mine.where(o.c.state.in_(("ready", "held"))).values(chat_id=turned.case.chat_id))


def _released(conn: Connection, turns: Sequence[Turned]) -> None:
    """What was held leaves, but for a question that has been answered meanwhile (S4.2)."""
    o, r = t.outbox, t.runs
    answered = exists().where(r.c.id == o.c.run_id, r.c.step != o.c.step)
    for turned in turns:
        if turned.changes.released and turned.case.chat_id is not None:
            recall.late(conn, turned.case.chat_id)
            held = update(o).where(o.c.chat_id == turned.case.chat_id, o.c.state == "held")
            # one may have left already, the other is an admin's to let go: a person decides
            held = held.where(or_(o.c.reason.is_(None), o.c.reason.not_in((RESTORED, PAUSED))))
            conn.execute(held.where(answered).values(state="dropped", reason="answered"))
            conn.execute(held.values(state=turned.changes.released))


def _hushed(conn: Connection, turns: Sequence[Turned]) -> None:
    """What nobody asked for waits with the rest; what is already on its way arrives."""
    o = t.outbox
    for turned in turns:
        if turned.changes.hushed and turned.case.chat_id is not None:
            unasked = update(o).where(o.c.chat_id == turned.case.chat_id, o.c.state == "ready", o.c.rank >= SCHEDULED)
            conn.execute(unasked.values(state="held", reason="distress"))


def _out(conn: Connection, vault: Vault, turns: Sequence[Turned], erased: set[int], now: datetime) -> None:
    rows: list[dict[str, Any]] = []
    for turned in turns:
        outgoing = [item for item in turned.changes.out if item.owner_id not in erased]
        rows += outbox_rows(vault, outgoing, turned.cause, now)
    insert_outbox(conn, rows)


def _outbox_row(vault: Vault, item: Outgoing, cause: str, now: datetime) -> dict[str, Any]:
    body = {"params": item.params, **({"files": item.files} if item.files else {})}
    body |= {"ordered": asdict(item.ordered)} if item.ordered else {}
    return {
        "cause": cause,
        "chat_id": item.chat_id,
        "owner_id": item.owner_id,
        "enrolment_id": item.enrolment_id,
        "method": item.method,
        "payload": vault.seal_json(item.owner_id, "outbox.payload", body),
        "rank": item.rank,
        "state": "ready",
        "attempts": 0,
        "run_id": item.run_id,
        "key": item.key,
        "step": item.step,
        "wake": list(item.wake) or None,
        "created_at": now,
    }


def _erase(conn: Connection, vault: Vault, turned: Turned, now: datetime) -> None:
    """Rows and key go together, then what Telegram still lets us take out of the chats (RGPD art. 17)."""
    person = turned.case.person
    assert person is not None
    chats = erasing.recent(conn, erasing.subject(conn, person.id), now)
    calls = [Outgoing("deleteMessages", {"message_ids": ids}, chat, erasing.HOUSE) for chat, ids in chats]
    erasing.erase(conn, vault, person.id, person.name, now)
    insert_outbox(conn, outbox_rows(vault, calls, f"{turned.cause}:x", now))
