"""Coaches and participants in bulk, as a house in its second year holds them: the store of the desk's benches.

Real keys, everything people wrote sealed, the modules and questions of the content that ships. Measures nothing.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Connection, bindparam, insert, update

from bot.library import Library
from bot.store import tables as t
from bot.store.case import drawn_id
from bot.store.database import Database
from bot.store.vault import Vault
from flows.model import (
    Answer,
    Choice,
    Choices,
    Date,
    Flow,
    Items,
    Lines,
    Number,
    Programme,
    Question,
    Rank,
    Repeat,
    Scale,
    Section,
    Sort,
    Step,
)
from tests.benchmarks.stores import order

FIRST_CHAT = 50_000_000
SPAN = timedelta(days=150)
"""How long ago the oldest answers came."""

LATELY = timedelta(days=7)
"""What came since no digest has told."""

NAMES = ("Camille", "Léa", "Yanis", "Zoé", "Anaïs", "Hugo", "Inès", "Paul", "Nour", "Élise", "Tom", "Sacha")
WORDS = (
    "Je crois que le plus dur a été de dire non.", "Le matin, ça va mieux qu'avant.", "Mon chef ne comprenait pas.",
    "J'aime transmettre, expliquer, voir quelqu'un réussir.", "Je me suis remise à marcher.", "Rien de précis.",
    "Ce qui compte pour moi, c'est le temps avec mes enfants, et un métier qui ait du sens.", "Je ne sais pas encore.",
    "Deux ans à courir après des objectifs qui changeaient chaque mois.", "La formation, peut-être.", "Oui.",
)  # fmt: skip
HOWS = ("said",) * 44 + ("skipped",) * 2 + ("in_session",) * 2 + ("to_check",) + ("misread",)
READ = ("lu",) * 7 + ("traite",) * 2 + ("a_aborder",)
KINDS = ("queued", "postponed", "skipped", "expired", "resumed", "paused", "dormant", "nothing_booked", "rest")


@dataclass(frozen=True, slots=True)
class Size:
    """`replies` and the rest are per participant; `fresh` is the share of the answers that came lately, unread."""

    coaches: int = 1
    participants: int = 500
    replies: int = 400
    sent: int = 80
    events: int = 40
    timers: int = 40
    notes: int = 10
    fresh: float = 0.05


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer goes: a question of a module, and the session that the module prepares."""

    flow: Flow
    key: str
    asked: Question


@dataclass(slots=True)
class Rows:
    """What is to be inserted, by table."""

    by_table: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, table: str, **row: Any) -> None:
        self.by_table.setdefault(table, []).append(row)

    def insert(self, conn: Connection) -> None:
        for name, rows in self.by_table.items():
            conn.execute(insert(t.metadata.tables[name]), rows)


def fill(db: Database, vault: Vault, library: Library, size: Size, now: datetime, seed: int = 1) -> list[int]:
    """Adds coaches, each with their participants; the ids of the coaches. The same seed makes the same crowd."""
    rng = Random(seed)
    coaches: list[int] = []
    for n in range(size.coaches):
        [coach] = db.write_now(_people, vault, "coach", 1, FIRST_CHAT * seed + n, rng, now)
        digests = db.write_now(_digests, vault, coach, now)
        first = FIRST_CHAT * seed + 10_000 + n * size.participants
        for start in range(0, size.participants, 50):
            most = min(50, size.participants - start)
            db.write_now(_batch, vault, library, size, (coach, digests), (first + start, most), rng, now)
        coaches.append(coach)
    return coaches


def settle(db: Database) -> None:
    """What PostgreSQL does by itself within minutes of a bulk load; SQLite knows no such thing."""
    if db.kind == "postgresql":
        order(db.url, "VACUUM ANALYZE")


# --- people ----------------------------------------------------------------------------------


def _people(conn: Connection, vault: Vault, role: str, n: int, chat: int, rng: Random, now: datetime) -> list[int]:
    born = {"role": role, "name": b"", "zone": "Europe/Paris", "created_at": now - SPAN}
    rows = [{**born, "chat_id": chat + i, "reachable": role == "coach" or rng.random() > 0.02} for i in range(n)]
    ids = list(conn.execute(insert(t.people).returning(t.people.c.id, sort_by_parameter_order=True), rows).scalars())
    for id in ids:
        vault.create_key(conn, id, now)
    names = [{"who": id, "sealed": vault.seal_text(id, "people.name", f"{rng.choice(NAMES)} {id}")} for id in ids]
    named = update(t.people).where(t.people.c.id == bindparam("who")).values(name=bindparam("sealed"))
    conn.execute(named, names)
    return ids


def _digests(conn: Connection, vault: Vault, coach: int, now: datetime) -> list[int]:
    """One a week, the newest first: `Life.told` says which of them told what."""
    body = vault.seal_json(coach, "digests.body", {})
    made = [now - LATELY * (n + 1) for n in range(SPAN // LATELY + 2)]
    rows = [{"coach_id": coach, "period": at.date().isoformat(), "made_at": at, "body": body} for at in reversed(made)]
    made_ids = insert(t.digests).returning(t.digests.c.id, sort_by_parameter_order=True)
    return list(conn.execute(made_ids, rows).scalars())[::-1]


def _batch(
    conn: Connection, vault: Vault, library: Library, size: Size, coach: tuple[int, list[int]], chats: tuple[int, int],
    rng: Random, now: datetime,
) -> None:  # fmt: skip
    programme = next(iter(library.programmes.values()))
    people = _people(conn, vault, "participant", chats[1], chats[0], rng, now)
    common = {"coach_id": coach[0], "programme": programme.id, "format": "individuel", "created_at": now - SPAN}
    states = [rng.choices(("active", "paused", "ended"), (90, 5, 5))[0] for _ in people]
    enrolled = [
        {**common, "person_id": id, "state": state, "heard_at": now - timedelta(hours=rng.randrange(1, 500)),
         "cohort": None, "paused_until": now + LATELY if state == "paused" else None}
        for id, state in zip(people, states, strict=True)
    ]  # fmt: skip
    made = insert(t.enrolments).returning(t.enrolments.c.id, sort_by_parameter_order=True)
    rows, places = Rows(), _places(library)
    for place, (person, enrolment) in enumerate(zip(people, conn.execute(made, enrolled).scalars(), strict=True)):
        life = Life(vault, programme, rows, person, enrolment, chats[0] + place, *coach, size, rng, now)
        life.live(places)
    rows.insert(conn)


# --- what is asked ---------------------------------------------------------------------------


def _places(library: Library) -> list[Place]:
    """Every question that ships, in the order of the programme; an entry of a repeat comes twice."""
    flows = sorted(library.every_flow(), key=lambda flow: flow.id)
    return [Place(flow, key, asked) for flow in flows for key, asked in _keys(flow.steps, "")]


def _keys(steps: Sequence[Step], prefix: str) -> Iterator[tuple[str, Question]]:
    for step in steps:
        match step:
            case Question():
                yield prefix + step.id, step
            case Section():
                yield from _keys(step.steps, prefix)
            case Repeat():
                for nth in (1, 2):
                    yield from _keys(step.steps, f"{prefix}{step.id}[{nth}].")


def answer(asked: Answer, rng: Random) -> Any:
    """A value of the kind that is asked for."""
    match asked:
        case Choice():
            return rng.choice(list(asked.options))
        case Choices():
            return rng.sample(list(asked.options), min(asked.most, len(asked.options)))
        case Scale():
            return rng.randint(asked.low, asked.high)
        case Number():
            return int(asked.low or 0) + 1
        case Date():
            return "2019-03-04"
        case Sort():
            piles = list(asked.piles)
            return {pile: [c.id for n, c in enumerate(asked.cards) if n % len(piles) == i] for i, pile in
                    enumerate(piles)}  # fmt: skip
        case Rank():
            return [card.id for card in asked.cards[: asked.keep]]
        case Items():
            return [rng.choice(WORDS) for _ in range(min(3, asked.most))]
        case Lines():
            return {"lines": [rng.choice(WORDS)], "ticked": ["0"]}
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(1, 6)))


# --- a life ----------------------------------------------------------------------------------


@dataclass(slots=True)
class Life:
    """One participant's rows; `digests` are their coach's."""

    vault: Vault
    programme: Programme
    rows: Rows
    person: int
    enrolment: int
    chat: int
    coach: int
    digests: Sequence[int]
    size: Size
    rng: Random
    now: datetime

    def live(self, places: Sequence[Place]) -> None:
        stage = self.rng.randrange(1, len(self.programme.sessions))
        sessions = [session.id for session in self.programme.sessions[: stage + 1]]
        self._meet(sessions)
        self._speak(places, sessions)
        self._wait()

    def _meet(self, sessions: Sequence[str]) -> None:
        """Those behind are done; the one ahead is planned, for all but a few."""
        for back, session in enumerate(reversed(sessions)):
            if back == 0 and self.rng.random() < 0.1:
                continue
            days = self.rng.randrange(0, 20) if back == 0 else -14 * back
            at = (self.now + timedelta(days=days)).replace(hour=self.rng.randrange(7, 17), minute=0)
            state = "planned" if at > self.now else "done"
            self.rows.add("appointments", enrolment_id=self.enrolment, session=session, at=at, zone="Europe/Paris",
                          revision=1, state=state)  # fmt: skip

    def _speak(self, places: Sequence[Place], sessions: Sequence[str]) -> None:
        """Every module in turn and begun anew, until there are enough answers; the last module stands open."""
        most, before, run = self.size.replies, None, 0
        start = 0 if most >= len(places) else self.rng.randrange(len(places))
        for n in range(start, start + most):
            place, nth = places[n % len(places)], n // len(places) + 1
            left = 1 - (n - start) / most
            if before != (place.flow.id, nth):
                before, run = (place.flow.id, nth), self._begin(place.flow, nth, sessions, left)
            self._reply(place, run, sessions, left)
        last = self.rows.by_table["runs"][-1]
        last.update(state=self.rng.choice(("waiting", "dormant")), key=places[n % len(places)].key, closed_at=None)

    def _begin(self, flow: Flow, nth: int, sessions: Sequence[str], left: float) -> int:
        run, at = drawn_id(), self._at(left)
        self.rows.add("runs", id=run, enrolment_id=self.enrolment, flow=flow.id, version=flow.version, nth=nth,
                      state="done", key=None, step=9, tries=0, said=[], session=self._session(sessions, left),
                      created_at=at, closed_at=at)  # fmt: skip
        return run

    def _at(self, left: float) -> datetime:
        fresh = self.size.fresh
        ago = left / fresh * LATELY * 0.99 if left <= fresh else LATELY + SPAN * (left - fresh)
        return self.now - ago - timedelta(seconds=self.rng.randrange(60))

    def _told(self, at: datetime) -> int | None:
        """The digest that told what came at that instant; none yet for what came lately."""
        weeks = (self.now - at) // LATELY
        return self.digests[weeks - 1] if weeks else None

    def _session(self, sessions: Sequence[str], left: float) -> str:
        return sessions[min(int((1 - left) * len(sessions)), len(sessions) - 1)]

    def _reply(self, place: Place, run: int, sessions: Sequence[str], left: float) -> None:
        """One answer in ten was corrected, one in sixteen holds a voice note, one in fifty is the journal's."""
        rng, at = self.rng, self._at(left)
        journal = rng.random() < 0.02
        how = "journal" if journal else rng.choice(HOWS)
        wordless = how in ("skipped", "in_session")
        value = None if wordless else answer(place.asked.answer, rng) if how == "said" else rng.choice(WORDS)
        media = [self._media(at)] if rng.random() < 0.06 else []
        body = json.dumps({"value": value, "how": "said" if how in ("journal", "misread") else how, "media": media})
        seal = self.vault.seal
        row = {"enrolment_id": self.enrolment, "run_id": None if journal else run, "version": 1, "how": how,
               "key": "journal" if journal else place.key, "private": place.asked.private or rng.random() < 0.02,
               "question": self.vault.seal_text(self.person, "replies.question", "" if journal else place.asked.text),
               "value": seal(self.person, "replies.value", body.encode()),
               "session": None if journal else self._session(sessions, left), "late": False, "answered_at": at,
               "review": "a_lire" if at > self.now - LATELY else rng.choice(READ),
               "digest_id": self._told(at)}  # fmt: skip
        self.rows.add("replies", **row)
        if how == "said" and rng.random() < 0.1:
            self.rows.add("replies", **{**row, "version": 2})

    def _media(self, at: datetime) -> str:
        id = f"{self.rng.getrandbits(128):032x}"
        about = self.vault.seal_json(self.person, "media.about", {"mime": "audio/ogg", "size": 4096, "duration": 12})
        self.rows.add("media", id=id, person_id=self.person, kind="voice", file_id=f"tg-{id}", about=about,
                      state="stored", attempts=1,
                      bytes=self.vault.seal(self.person, "media.bytes", self.rng.randbytes(4096)))  # fmt: skip
        return id

    def _wait(self) -> None:
        """What was planned, what happened, and what left; some of it is ahead."""
        rng, size, mine = self.rng, self.size, f"e{self.enrolment}"
        envois = self.programme.envois
        for n in range(size.timers):
            at = self.now + SPAN * (n / size.timers * 1.2 - 1)
            envoi = envois[n % len(envois)]
            self.rows.add("timers", enrolment_id=self.enrolment, owner=mine, kind="envoi", scope=f"0:{envoi.id}:{n}",
                          due_at=at, state="pending" if at > self.now else "fired", why=None,
                          about={"envoi": envoi.id, "session": envoi.when.session, "revision": 1})  # fmt: skip
        for n in range(size.events):
            at = self.now - SPAN * ((n + 1) / size.events)
            kind = "distress" if rng.random() < 0.001 else rng.choice(KINDS)
            self.rows.add("events", enrolment_id=self.enrolment, at=at, kind=kind, about={},
                          digest_id=self._told(at))  # fmt: skip
        for n in range(size.sent):
            payload = self.vault.seal_json(self.person, "outbox.payload", {"params": {"text": rng.choice(WORDS)}})
            self.rows.add("outbox", cause=f"x{self.enrolment}:{n}", chat_id=self.chat, owner_id=self.person,
                          enrolment_id=self.enrolment, method="sendMessage", payload=payload, rank=2, state="sent",
                          attempts=1, created_at=self.now - LATELY, sent_at=self.now - LATELY)  # fmt: skip
        for n in range(size.notes):
            at = self.now - SPAN * (n / size.notes)
            row = {"enrolment_id": self.enrolment, "author_id": self.coach, "written_at": at}
            body = {"text": rng.choice(WORDS)}
            note = self.vault.seal_json(self.person, "notes.body", body)
            self.rows.add("notes", **row, kind="note", reader_id=self.coach, body=note)
            self.rows.add("comments", **row, body=self.vault.seal_json(self.person, "comments.body", body))
