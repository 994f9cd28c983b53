"""Cases read whole and written whole, many at a time: a few statements a batch, whatever its size.

Knows how a case lies in the tables; nothing of what its contents mean.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, func, or_, select
from sqlalchemy import case as case_of
from sqlalchemy import tuple_ as pair

from bot.store import accesses, files
from bot.store import tables as t
from bot.store.case import GREETING, Agreement, Case, Enrolment, Person, RunFile, Timer, Version, standing
from bot.store.vault import Vault
from flows.agenda import Appointment
from flows.engine import OPEN, Run
from flows.model import Kept

LIVE = (*OPEN, "queued")
GUESS_WINDOW = timedelta(minutes=10)
STRANGE_DAY = timedelta(days=1)
ALARMS = ("distress", "concern", "fatigue", "fatigue_own", "false_alarm")
LATELY = timedelta(days=7)
"""How far back a case knows what was noticed in the person's words."""


@dataclass(slots=True)
class Needs:
    """What a batch of events names, beyond the chats: loaded with the cases."""

    runs: set[int] = field(default_factory=set)
    messages: set[tuple[int, int]] = field(default_factory=set)
    said: set[tuple[int, int]] = field(default_factory=set)
    albums: set[tuple[int, str]] = field(default_factory=set)
    replies: set[int] = field(default_factory=set)
    codes: dict[int, bytes] = field(default_factory=dict)
    whole: set[int] = field(default_factory=set)
    agenda: set[int] = field(default_factory=set)
    alarmed: set[int] = field(default_factory=set)
    files: set[int] = field(default_factory=set)
    road: set[int] = field(default_factory=set)
    answers: bool = True
    """False: who they are and which modules they have, without any answer."""


def by_chat(conn: Connection, vault: Vault, chats: Iterable[int], needs: Needs, now: datetime) -> dict[int, Case]:
    """A case for every chat named, known or not."""
    wanted = sorted(set(chats))
    people = conn.execute(select(t.people).where(t.people.c.chat_id.in_(wanted))).all()
    cases = {case.person.chat_id: case for case in _cases(conn, vault, people, needs, now).values() if case.person}
    found = {chat: cases.get(chat) or Case(chat, now) for chat in wanted}
    for case in (found[chat] for chat in needs.files):
        case.room = files.room(conn, case.person.id) if case.person else None
    _strangers(conn, [case for case in found.values() if case.person is None], now)
    _codes(conn, vault, found, needs, now)
    _positions(conn, found, needs)
    return found


def by_person(
    conn: Connection, vault: Vault, ids: Iterable[int], now: datetime, needs: Needs | None = None
) -> dict[int, Case]:
    """The whole case of each person: every run, every answer, every timer. `needs`: no more than what it names."""
    wanted = sorted(set(ids))
    people = conn.execute(select(t.people).where(t.people.c.id.in_(wanted))).all()
    return _cases(conn, vault, people, needs, now)


def by_enrolment(conn: Connection, vault: Vault, ids: Iterable[int], now: datetime) -> dict[int, Case]:
    wanted = sorted(set(ids))
    joined = select(t.people).join(t.enrolments, t.enrolments.c.person_id == t.people.c.id)
    people = conn.execute(joined.where(t.enrolments.c.id.in_(wanted))).all()
    cases = _cases(conn, vault, people, None, now)
    return {case.enrolment.id: case for case in cases.values() if case.enrolment}


def archive(conn: Connection, versions: Iterable[str] | None = None) -> dict[str, bytes]:
    """The frozen flows of these versions, or of all."""
    query = select(t.flows.c.version, t.flows.c.source)
    rows = conn.execute(query if versions is None else query.where(t.flows.c.version.in_(list(versions))))
    return {row.version: bytes(row.source) for row in rows}


# --- reading ---------------------------------------------------------------------------------


def _cases(
    conn: Connection, vault: Vault, people: Sequence[Row[Any]], needs: Needs | None, now: datetime
) -> dict[int, Case]:
    ids = [row.id for row in people]
    vault.ready(conn, [0, *ids], now)
    cases = {row.id: Case(row.chat_id, now, person(vault, row)) for row in people}
    enrolled = _in(conn, select(t.enrolments), t.enrolments.c.person_id, ids)
    by_enrolment = {row.id: cases[row.person_id] for row in enrolled}
    for row in enrolled:
        values = {key: value for key, value in row._mapping.items()}
        cases[row.person_id].enrolment = Enrolment(**values)
    for row in _in(conn, select(t.consents).order_by(t.consents.c.id), t.consents.c.person_id, ids):
        cases[row.person_id].consents[row.kind] = Agreement(row.version, row.given_at, row.withdrawn_at)
    _coaches(conn, vault, cases.values(), now)
    for row in _in(conn, select(t.appointments), t.appointments.c.enrolment_id, by_enrolment):
        case = by_enrolment[row.enrolment_id]
        assert case.person is not None
        case.appointments.append(appointment(vault, case.person.id, row))
    _runs(conn, vault, by_enrolment, needs)
    if needs and needs.whole:
        asked = {id: case for id, case in by_enrolment.items() if case.chat_id in needs.whole}
        _loose(conn, vault, asked)
        _notes(conn, vault, asked)
        _comments(conn, vault, asked)
        _looks(conn, vault, asked, now)
    roads = {id: case for id, case in by_enrolment.items() if needs is None or case.chat_id in needs.road}
    _syntheses(conn, roads)
    whole = {id for id, case in by_enrolment.items() if needs is None or case.chat_id in needs.agenda or _away(case)}
    alarmed = {id for id, case in by_enrolment.items() if needs is None or case.chat_id in needs.alarmed}
    _alarms(conn, by_enrolment, alarmed, now)
    for row in _in(conn, select(t.timers).order_by(t.timers.c.id), t.timers.c.enrolment_id, whole):
        by_enrolment[row.enrolment_id].timers.append(timer(row))
    return cases


def _loose(conn: Connection, vault: Vault, cases: Mapping[int, Case]) -> None:
    """What was written outside the answers: the journal, and words that could not be read as an answer."""
    r = t.replies
    query = select(r.c.enrolment_id, r.c.key, r.c.value, r.c.answered_at).where(r.c.how.in_(("misread", "journal")))
    for row in _in(conn, query.order_by(r.c.id), r.c.enrolment_id, cases):
        person = cases[row.enrolment_id].person
        assert person is not None
        cases[row.enrolment_id].loose.append((row.key, kept(vault, person.id, row.value), row.answered_at))


def _notes(conn: Connection, vault: Vault, cases: Mapping[int, Case]) -> None:
    """What the coach noted: the person's own data (RGPD art. 15)."""
    n = t.notes
    for row in _in(conn, select(n).order_by(n.c.id), n.c.enrolment_id, cases):
        person = cases[row.enrolment_id].person
        assert person is not None
        body = vault.open_json(person.id, "notes.body", row.body)
        cases[row.enrolment_id].notes.append((row.kind, body, row.written_at))


def _comments(conn: Connection, vault: Vault, cases: Mapping[int, Case]) -> None:
    """What the coach wrote to them: theirs as well."""
    k = t.comments
    for row in _in(conn, select(k).order_by(k.c.id), k.c.enrolment_id, cases):
        person = cases[row.enrolment_id].person
        assert person is not None
        text = vault.open_json(person.id, "comments.body", row.body)["text"]
        cases[row.enrolment_id].comments.append((text, row.written_at))


def _syntheses(conn: Connection, cases: Mapping[int, Case]) -> None:
    s = t.syntheses.c
    columns = select(s.enrolment_id, s.sent_at, s.remarked_at, s.approved_at, s.handed_at)
    for row in _in(conn, columns.order_by(s.version), s.enrolment_id, cases):
        case = cases[row.enrolment_id]
        if row.sent_at or case.synthesis is None:
            case.synthesis = standing(row.sent_at, row.remarked_at, row.approved_at, row.handed_at)


def _alarms(conn: Connection, cases: Mapping[int, Case], ids: Iterable[int], now: datetime) -> None:
    v = t.events.c
    lately = select(v.enrolment_id, v.kind, v.at).where(v.kind.in_(ALARMS), v.at > now - LATELY).order_by(v.id)
    for row in _in(conn, lately, v.enrolment_id, ids):
        cases[row.enrolment_id].alarms.append((row.kind, row.at))


def _looks(conn: Connection, vault: Vault, cases: Mapping[int, Case], now: datetime) -> None:
    """Who read their words, the newest first."""
    for case in cases.values():
        assert case.person is not None
        found = accesses.of_person(conn, case.person.id)
        rows = _in(conn, select(t.people), t.people.c.id, {one.actor_id for one in found if one.actor_id})
        vault.ready(conn, [row.id for row in rows], now)
        names = {row.id: vault.open_text(row.id, "people.name", row.name) for row in rows}
        case.looks = [(one, names.get(one.actor_id or 0, "")) for one in found]


def _away(case: Case) -> bool:
    return case.person is not None and not case.person.reachable


def person(vault: Vault, row: Row[Any]) -> Person:
    name = vault.open_text(row.id, "people.name", row.name)
    prompt = vault.open_json(row.id, "people.prompt", row.prompt) if row.prompt else None
    return Person(row.id, row.role, name, row.zone, row.chat_id, row.reachable, row.digest, prompt)


def appointment(vault: Vault, owner: int, row: Row[Any]) -> Appointment:
    place = vault.open_text(owner, "appointments.place", row.place) if row.place else ""
    return Appointment(row.id, row.session, row.at, row.zone, row.revision, row.state, place)


def timer(row: Row[Any]) -> Timer:
    return Timer(
        row.owner,
        row.kind,
        row.scope,
        row.due_at,
        row.about,
        row.state,
        row.why,
        row.id,
        row.enrolment_id,
        row.settled_at,
    )


def _coaches(conn: Connection, vault: Vault, cases: Iterable[Case], now: datetime) -> None:
    """Each case's coach, and their deputy while they are away."""
    served = [(case, case.enrolment.coach_id) for case in cases if case.enrolment and case.enrolment.coach_id]
    ids = {coach_id for _, coach_id in served}
    a = t.absences.c
    away = (a.cancelled_at.is_(None), a.starts_at <= now, a.ends_at > now)
    deputies = {row.coach_id: row.deputy_id
                for row in _in(conn, select(a.coach_id, a.deputy_id).where(*away), a.coach_id, ids)}  # fmt: skip
    rows = _in(conn, select(t.people), t.people.c.id, ids | set(deputies.values()))
    vault.ready(conn, [row.id for row in rows], now)
    known = {row.id: person(vault, row) for row in rows}
    for case, coach_id in served:
        case.coach = known.get(coach_id)
        case.deputy = known.get(deputies.get(coach_id, 0))


def _runs(conn: Connection, vault: Vault, cases: Mapping[int, Case], needs: Needs | None) -> None:
    runs = t.runs
    wanted = select(runs).order_by(runs.c.created_at, runs.c.id)
    rows = _in(conn, wanted, runs.c.enrolment_id, cases)
    files: dict[int, RunFile] = {}
    for row in rows:
        case = cases[row.enrolment_id]
        assert case.person is not None
        files[row.id] = _file(vault, case.person.id, row)
        case.runs.append(files[row.id])
    named = _named_runs(conn, needs) if needs else set()
    full = {
        row.id
        for row in rows
        if needs is None or row.state in LIVE or row.id in named or _planned(cases[row.enrolment_id], needs)
    }
    if needs is None or needs.answers:
        _answers(conn, vault, cases, files, full)


def _planned(case: Case, needs: Needs) -> bool:
    """Whether the turn may show every answer, or plan anew: envois hang on answers of long ago."""
    return any(case.chat_id in named for named in (needs.whole, needs.agenda, needs.road)) or _away(case)


def _named_runs(conn: Connection, needs: Needs) -> set[int]:
    """The runs whose messages, answers or albums the batch names."""
    found = set(needs.runs)
    if needs.messages:
        where = pair(t.outbox.c.chat_id, t.outbox.c.message_id).in_(needs.messages)
        found |= {row.run_id for row in conn.execute(select(t.outbox.c.run_id).where(where)) if row.run_id}
    if needs.said:
        where = pair(t.inbox.c.chat_id, t.inbox.c.message_id).in_(needs.said)
        found |= {row.run_id for row in conn.execute(select(t.inbox.c.run_id).where(where)) if row.run_id}
    if needs.albums:
        where = pair(t.inbox.c.chat_id, t.inbox.c.album).in_(needs.albums)
        found |= {row.run_id for row in conn.execute(select(t.inbox.c.run_id).where(where)) if row.run_id}
    if needs.replies:
        where = t.replies.c.id.in_(needs.replies)
        found |= {row.run_id for row in conn.execute(select(t.replies.c.run_id).where(where)) if row.run_id}
    return found


def _file(vault: Vault, owner: int, row: Row[Any]) -> RunFile:
    draft = vault.open_json(owner, "runs.draft", row.draft) if row.draft else None
    run = Run(row.state, {}, row.key, row.step, row.tries, draft, frozenset(row.said))
    return RunFile(
        row.id,
        row.flow,
        row.version,
        row.nth,
        run,
        row.created_at,
        row.envoi,
        row.session,
        row.valid_until,
        row.closed_at,
        vault.open_text(owner, "runs.words", row.words) if row.words else None,
    )


def _answers(
    conn: Connection, vault: Vault, cases: Mapping[int, Case], files: Mapping[int, RunFile], ids: set[int]
) -> None:
    r = t.replies
    columns = select(r.c.id, r.c.run_id, r.c.enrolment_id, r.c.key, r.c.version, r.c.value, r.c.answered_at, r.c.review,
                     r.c.private)  # fmt: skip
    rows = _in(conn, columns.where(r.c.how.not_in(("misread", "journal"))).order_by(r.c.id), r.c.run_id, ids)
    answers: dict[int, dict[str, Kept]] = {}
    for row in rows:
        owner = cases[row.enrolment_id].person
        assert owner is not None
        answers.setdefault(row.run_id, {})[row.key] = kept(vault, owner.id, row.value)
        files[row.run_id].versions[row.key] = Version(row.version, row.answered_at, row.review, row.id, row.private)
    for run_id, held in answers.items():
        run = files[run_id].run
        files[run_id].run = Run(run.state, held, run.key, run.step, run.tries, run.draft, run.said)


def kept(vault: Vault, owner: int, sealed: bytes) -> Kept:
    body = json.loads(vault.open(owner, "replies.value", sealed))
    parts = tuple((ref, text, tuple(media)) for ref, text, media in body.get("parts", ()))
    return Kept(body["value"], body["how"], tuple(body.get("media", ())), parts)


def sealed_value(vault: Vault, owner: int, kept: Kept) -> bytes:
    """An answer as `kept` reads it back."""
    body = {"value": kept.value, "how": kept.how, "media": kept.media, **({"parts": kept.parts} if kept.parts else {})}
    return vault.seal(owner, "replies.value", json.dumps(body, ensure_ascii=False).encode())


def _strangers(conn: Connection, cases: Sequence[Case], now: datetime) -> None:
    """What was said in a day to the chats that nobody is known for."""
    o = t.outbox.c
    greeted = func.max(case_of((o.key == GREETING, o.created_at)))
    said = select(o.chat_id, greeted.label("greeted"), func.count().label("heaped"))
    lately = said.where(o.created_at > now - STRANGE_DAY, o.owner_id == 0).group_by(o.chat_id)
    chats = {case.chat_id: case for case in cases if case.chat_id}
    for row in _in(conn, lately, o.chat_id, chats):
        chats[row.chat_id].greeted, chats[row.chat_id].heaped = row.greeted, row.heaped


def _codes(conn: Connection, vault: Vault, cases: Mapping[int, Case], needs: Needs, now: datetime) -> None:
    """The person each tried code was made for, when it is still good; and how many wrong ones were tried lately, by the
    chat and by all."""
    if not needs.codes:
        return
    i = t.invitations
    good = select(i).where(i.c.code_hash.in_(needs.codes.values()), i.c.used_at.is_(None), i.c.expires_at > now)
    rows = {bytes(row.code_hash): row for row in conn.execute(good)}
    invited = by_person(conn, vault, [row.person_id for row in rows.values()], now)
    g = t.guesses
    tried = conn.execute(select(g.c.chat_id).where(g.c.chat_id.in_(needs.codes), g.c.at > now - GUESS_WINDOW)).scalars()
    counts = list(tried)
    since = now - timedelta(seconds=now.timestamp() % GUESS_WINDOW.total_seconds())
    crowd = int(conn.execute(select(func.count()).select_from(g).where(g.c.at >= since)).scalar_one())
    for chat, code in needs.codes.items():
        cases[chat].guesses, cases[chat].crowd = counts.count(chat), crowd
        if code in rows:
            cases[chat].invited = invited.get(rows[code].person_id)


def _positions(conn: Connection, cases: Mapping[int, Case], needs: Needs) -> None:
    o, i = t.outbox, t.inbox
    if needs.messages:
        where = pair(o.c.chat_id, o.c.message_id).in_(needs.messages)
        named = or_(o.c.run_id.is_not(None), o.c.key.is_not(None))
        ours = select(o.c.chat_id, o.c.message_id, o.c.run_id, o.c.key).where(where, named)
        for row in conn.execute(ours.order_by(o.c.id.desc())):
            cases[row.chat_id].messages[row.message_id] = (row.run_id, row.key)
    if needs.said or needs.albums:
        theirs = select(i.c.chat_id, i.c.message_id, i.c.album, i.c.run_id, i.c.key).where(
            or_(pair(i.c.chat_id, i.c.message_id).in_(needs.said), pair(i.c.chat_id, i.c.album).in_(needs.albums)),
            i.c.key.is_not(None),
        )
        for chat, message, album, run, key in conn.execute(theirs.order_by(i.c.id)):
            cases[chat].answers_in[message] = (run, key)
            if album:
                cases[chat].albums[album] = (run, key)


def _in(conn: Connection, query: Select[Any], column: Any, ids: Iterable[int]) -> Sequence[Row[Any]]:
    wanted = list(ids)
    return conn.execute(query.where(column.in_(wanted))).all() if wanted else []
