"""The livret de compétences: each skill with the answer that proves it, word for word, and how it stands.

A skill comes from a proof that the person wrote, from a line that they took up, or from their coach. Only they validate
it; a newer version of what it cites, or its erasure, takes that back. Writes nothing; checks no right.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias, get_args

from sqlalchemy import Connection, Row, select

from bot.conversation.house import House
from bot.conversation.speech import coded
from bot.deliverables.answers import Answers, Entry, Found
from bot.deliverables.filling import heading
from bot.documents import leaflet
from bot.documents.leaflet import Card, Field, Leaflet, Quote
from bot.store import tables as t
from bot.store.case import Case
from bot.store.vault import Vault
from flows.deliverables import Deliverable
from flows.skills import KINDS, Kind, Proof
from flows.spoken import plain

State: TypeAlias = Literal["proposee", "relue", "validee", "ecartee"]
STATES: Final[tuple[State, ...]] = get_args(State)

CITED = "cited"
"""The part of a skill that is no proof: the answer that it cites."""

BARE: Final = str.maketrans({"[": ".", "]": None})
"""A place as it stands in an address: `fiches.2`."""

ICONS: Final[Mapping[str, str]] = {"proposee": "circle", "relue": "circle-dot", "validee": "check",
                                   "revalider": "repeat", "perdue": "minus"}  # fmt: skip
"""A shape for each state, beside its word."""


@dataclass(frozen=True, slots=True)
class Skill:
    """`code` names it in addresses and buttons; `cites` are the answers that tell it, by part.

    `again`: it was validated, and what it cites has changed since; `lost`: what it cites stands no more. `upto` is the
    newest version of what it cites: whoever says something of it says it of that one. `author` is who proposed it, None
    for a proof that the person wrote.
    """

    code: str
    run: int
    key: str
    nth: int
    name: str
    kind: Kind | None
    why: str
    cites: Mapping[str, Found]
    state: State
    again: bool
    lost: bool
    upto: int
    author: int | None

    @property
    def mark(self) -> str:
        """How it stands, in one word: a key of ICONS, or `ecartee`."""
        return "perdue" if self.lost else "revalider" if self.again else self.state

    @property
    def at(self) -> datetime | None:
        """When the newest answer that it cites was given (UTC)."""
        return max((found.at for found in self.cites.values()), default=None)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line of an answer that may be taken up: `where` it was learnt, "" when that is not said."""

    code: str
    name: str
    where: str
    found: Found


def entries(conn: Connection, vault: Vault, house: House, case: Case, for_coach: bool = False) -> list[Skill]:
    """All of a person's skills, those set aside last; for their coach none of what is private.

    `case` is whole, its flows known. How each stands does not depend on who looks.
    """
    rows, answers = _rows(conn, case), Answers(house, case)
    found = [*_proofs(house, answers, rows, for_coach), *_proposed(vault, answers, rows, for_coach)]
    return sorted(found, key=lambda skill: skill.state == "ecartee")


def candidates(conn: Connection, vault: Vault, house: House, case: Case) -> list[Candidate]:
    """Lines that the person wrote and has not taken up."""
    assert case.person is not None
    taken = {(row.run_id, row.key, plain(_body(vault, case.person.id, row)["name"]))
             for row in _rows(conn, case) if row.body is not None}  # fmt: skip
    return [one for one in _lines(house, Answers(house, case))
            if (one.found.run, one.found.key, plain(one.name)) not in taken]  # fmt: skip


def _lines(house: House, answers: Answers) -> Iterator[Candidate]:
    for lines in house.library.skills.lines:
        for entry in answers.entries(lines.flow, lines.entries, every=True):
            found, where = entry.answers.get(lines.name), entry.answers.get(lines.situation)
            if found is None:
                continue
            for n, item in enumerate(found.items):
                if item.strip():
                    yield Candidate(f"i{found.reply}-{n}", item.strip(), where.words if where else "", found)


# --- how they stand --------------------------------------------------------------------------


def standing(state: State, upto: int, newest: int | None) -> tuple[State, bool]:
    """How a skill stands whose state was said of version `upto`, now that `newest` is there (None: nothing is).

    The second tells whether it was validated before.
    """
    if state == "ecartee" or newest is None:
        return (state if state == "ecartee" else "proposee"), False
    return ("proposee", state == "validee") if newest > upto else (state, False)


def _rows(conn: Connection, case: Case) -> Sequence[Row[Any]]:
    assert case.enrolment is not None
    s = t.skills
    return conn.execute(select(s).where(s.c.enrolment_id == case.enrolment.id).order_by(s.c.id)).all()


def _body(vault: Vault, owner: int, row: Row[Any]) -> Mapping[str, Any]:
    body: Mapping[str, Any] = vault.open_json(owner, "skills.body", row.body)
    return body


def _proofs(house: House, answers: Answers, rows: Sequence[Row[Any]], for_coach: bool) -> Iterator[Skill]:
    said = {(row.run_id, row.key): row for row in rows if row.body is None}
    for proof in house.library.skills.proofs:
        for entry in answers.entries(proof.flow, proof.entries, every=True):
            asked = {"name": proof.name, "kind": proof.kind, **proof.parts}
            every = {part: entry.answers[id] for part, id in asked.items() if id in entry.answers}
            shown = {part: found for part, found in every.items() if not (for_coach and found.private)}
            if any(part != "kind" for part in shown):
                yield _proof(house, proof, entry, every, shown, said.get((entry.run, entry.place)))


def _proof(
    house: House, proof: Proof, entry: Entry, every: Mapping[str, Found], shown: Mapping[str, Found],
    row: Row[Any] | None,
) -> Skill:  # fmt: skip
    newest = max(found.reply for found in every.values())
    state, again = standing(row.state, row.up_to_reply, newest) if row else ("proposee", False)
    name = shown["name"].words if "name" in shown else house.speech.phrases.say("skill_unnamed").strip()
    said = shown["kind"].kept.value if "kind" in shown else None
    parts = {part: found for part, found in shown.items() if part != "kind"}
    code = f"f{coded(entry.run)}-{entry.place.translate(BARE)}"
    return Skill(code, entry.run, entry.place, 1, name, _kind(said), "", parts, state, again, False, newest,
                 None)  # fmt: skip


def _proposed(vault: Vault, answers: Answers, rows: Sequence[Row[Any]], for_coach: bool) -> Iterator[Skill]:
    assert answers.case.person is not None
    owner, cited = answers.case.person.id, {(found.run, found.key): found for found in answers.every()}
    for row in rows:
        if row.body is None:
            continue
        body, found = _body(vault, owner, row), cited.get((row.run_id, row.key))
        if (found is None and body["by"] == owner) or (for_coach and found is not None and found.private):
            continue  # their own words went with the answer; what is private stays theirs
        state, again = standing(row.state, row.up_to_reply, found.reply if found else None)
        yield Skill(f"s{row.id}", row.run_id, row.key, row.nth, body["name"], _kind(body["kind"]), body["why"],
                    {CITED: found} if found else {}, state, again, found is None,
                    found.reply if found else row.up_to_reply, body["by"])  # fmt: skip


def _kind(said: object) -> Kind | None:
    return next((kind for kind in KINDS if kind == said), None)


# --- as a document ---------------------------------------------------------------------------


def grouped(house: House, found: Sequence[Skill]) -> list[tuple[str, list[Skill]]]:
    """By family, for those whose name is one of ours; then the others, under a title of their own."""
    families = house.library.skills
    by: dict[str, list[Skill]] = {family.title: [] for family in families.families}
    other = house.speech.phrases.say("skill_family_other").strip()
    for skill in found:
        family = families.family(skill.name)
        by.setdefault(family.title if family else other, []).append(skill)
    return [(title, skills) for title, skills in by.items() if skills]


def composed(
    house: House, answers: Answers, made: Deliverable, found: Sequence[Skill], now: datetime, discreet: bool = False
) -> Leaflet:
    """The livret: what was set aside is not in it. `discreet`: what belongs on the page alone is not quoted."""
    say = house.speech.phrases.say
    parts = [
        leaflet.Part(title, "", "", tuple(card(house, answers, skill, discreet) for skill in skills))
        for title, skills in grouped(house, [skill for skill in found if skill.state != "ecartee"])
    ]
    empty = leaflet.Part(say("skill_part").strip(), "", say("skill_empty").strip(), ())
    first = heading(house, answers, made.title, made.about, made.own, now)
    return Leaflet(**first, parts=tuple(parts) or (empty,), wide=made.wide)


def card(house: House, answers: Answers, skill: Skill, discreet: bool = False) -> Card:
    """One skill: what tells it, each in its author's words, the day of the newest, and its state in a word."""
    say = house.speech.phrases.say

    def quote(found: Found) -> Quote:
        hidden = discreet and found.hidden
        day = answers.day(found) if found.at != skill.at else ""
        return Quote(say("document_on_page").strip() if hidden else found.words, day, found.own and not hidden)

    fields = [Field(say("skill_kind").strip(), Quote(say(f"skill_kind_{skill.kind}").strip(), "", False))
              for _ in ([1] if skill.kind else [])]  # fmt: skip
    if skill.why:
        fields.append(Field(say("skill_why").strip(), Quote(skill.why, "", False)))
    fields += [Field(say(f"skill_{part}").strip(), quote(found)) for part, found in skill.cites.items()
               if part != "name"]  # fmt: skip
    note = say("skill_lost").strip()
    if skill.cites:
        newest = max(skill.cites.values(), key=lambda found: found.at)
        note = say("skill_written", date=answers.day(newest)).strip()
    name = skill.cites.get("name")
    above = say("document_on_page").strip() if discreet and name and name.hidden else skill.name
    return Card(above, tuple(fields), note, say(f"skill_mark_{skill.mark}").strip(), ICONS.get(skill.mark, ""))
