"""What a person gives, from 0 to 10, to each of their scenarios by each of their own criteria: on their own page, by
themselves. Nothing is added up, and nobody is told which comes first. Checks no right.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.deliverables.answers import Answers, Entry
from bot.store import tables as t
from bot.store.vault import Vault
from flows.deliverables import Deliverable, Scored

HIGHEST: Final = 10

Scores: TypeAlias = Mapping[str, Mapping[str, int]]
"""Criterion, as it is worded -> the entry's place -> what was given."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is scored against what: `columns` are entries with the name each goes by."""

    block: Scored
    criteria: Sequence[str]
    columns: Sequence[tuple[Entry, str]]


def sheet(made: Deliverable, answers: Answers) -> Sheet | None:
    """None while there is nothing to score, or where the document asks for no scores."""
    block = next((each for part in made.parts for each in part.blocks if isinstance(each, Scored)), None)
    found = answers.one(block.criteria.flow, block.criteria.question) if block else None
    if block is None or found is None:
        return None
    entries = [(entry, entry.answers[block.name].words) for entry in answers.entries(block.flow, block.entries)
               if block.name in entry.answers]  # fmt: skip
    return Sheet(block, list(dict.fromkeys(found.items)), entries) if entries else None


def read(conn: Connection, vault: Vault, owner: int, enrolment: int, document: str) -> Scores:
    p = t.pages.c
    row = conn.execute(select(p.body).where(p.enrolment_id == enrolment, p.document == document)).first()
    return vault.open_json(owner, "pages.body", row.body) if row else {}


def keep(
    conn: Connection, vault: Vault, owner: int, enrolment: int, document: str, given: Scores, now: datetime
) -> None:
    """All of them, in the place of those before; with none left, the page goes."""
    held = {criterion: dict(row) for criterion, row in given.items() if row}
    if not held:
        conn.execute(delete(t.pages).where(t.pages.c.enrolment_id == enrolment, t.pages.c.document == document))
        return
    make: Any = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    row = {"enrolment_id": enrolment, "document": document, "body": vault.seal_json(owner, "pages.body", held),
           "at": now}  # fmt: skip
    put = make(t.pages).values(**row)
    newer = {"body": put.excluded.body, "at": put.excluded.at}
    conn.execute(put.on_conflict_do_update(index_elements=["enrolment_id", "document"], set_=newer))
