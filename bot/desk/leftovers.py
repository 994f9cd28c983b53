"""What one participant left that may be asked for again: questions passed or kept for the session, modules asleep.

Never a private question. Checks no rights.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from bot.conversation.errands import LEFT
from bot.conversation.house import House
from bot.desk import review, sheets
from bot.desk.people import Served
from bot.store import tables as t
from bot.store.vault import Vault
from flows.engine import OPEN
from flows.road import question

LISTED = 20


@dataclass(frozen=True, slots=True)
class Left:
    """`key`, `question` and `reply` are empty for a module; `how` says how it was left, or the module's state."""

    run: int
    key: str
    title: str
    question: str
    how: str
    since: datetime
    reply: int = 0


def leftovers(conn: Connection, vault: Vault, house: House, about: Served, now: datetime) -> list[Left]:
    """Modules asleep or put aside first, then questions, the newest first."""
    vault.ready(conn, [about.person.id], now)
    return [*_modules(conn, house, about), *_questions(conn, vault, house, about)]


def _modules(conn: Connection, house: House, about: Served) -> list[Left]:
    r = t.runs.c
    asleep = tuple(state for state in (*OPEN, "paused") if state != "waiting")
    query = select(r.id, r.flow, r.state, r.created_at).where(r.enrolment_id == about.enrolment.id, r.state.in_(asleep))
    rows = conn.execute(query.order_by(r.created_at.desc()).limit(LISTED))
    return [Left(row.id, "", house.library.title(row.flow), "", row.state, row.created_at) for row in rows]


def _questions(conn: Connection, vault: Vault, house: House, about: Served) -> list[Left]:
    a, r = t.replies.c, t.runs.c
    query = select(a.id, a.run_id, a.key, a.question, a.how, a.answered_at, r.flow).join(t.runs, r.id == a.run_id)
    mine = (a.enrolment_id == about.enrolment.id, a.how.in_(LEFT), a.private.is_(False), review.standing())
    rows = conn.execute(query.where(*mine).order_by(a.id.desc()).limit(LISTED)).all()
    return [_question(vault, house, about, row) for row in rows if not _of_a_session(house, row)]


def _of_a_session(house: House, row: Any) -> bool:
    """Whether it is never asked in writing: there is nothing to put again."""
    asked = question(house.library.flow(row.flow), row.key) if house.library.has_flow(row.flow) else None
    return asked is not None and asked.sensitivity == "seance"


def _question(vault: Vault, house: House, about: Served, row: Any) -> Left:
    asked = sheets.spelled(vault.open_text(about.person.id, "replies.question", row.question))
    return Left(row.run_id, row.key, house.library.title(row.flow), asked, row.how, row.answered_at, row.id)
