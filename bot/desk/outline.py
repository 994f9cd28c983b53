"""A participant at a glance: where they stand, what waits for whom. Opens no answer and checks no rights."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from bot.conversation.house import House
from bot.desk import appointments, notes, review
from bot.desk.people import Served
from bot.store import tables as t
from bot.store.vault import Vault
from flows.agenda import Appointment
from flows.engine import OPEN
from flows.frise import Stop, frise
from flows.usage import LONE

UNDER_WAY = (*OPEN, "queued")


@dataclass(frozen=True, slots=True)
class Module:
    """A module under way: its title, its state, and how many answers it holds that are not private."""

    title: str
    state: str
    answers: int
    since: datetime
    prepares: bool


@dataclass(frozen=True, slots=True)
class Outline:
    """`read` counts the answers that are not private by where the coach is with them, and those to check."""

    stops: tuple[Stop, ...]
    ahead: Appointment | None
    modules: tuple[Module, ...]
    done: int
    read: dict[str, int]
    letters: str
    talk: str


def outline(conn: Connection, vault: Vault, house: House, about: Served, now: datetime) -> Outline:
    programme = house.library.programmes[about.enrolment.programme]
    booked = appointments.list_(conn, about.person.id)
    modules, done = _modules(conn, house, about)
    letters = notes.newest(conn, vault, about, notes.TYPE)
    talk = notes.newest(conn, vault, about, notes.FIRST_TALK)
    return Outline(
        frise(programme, booked, now), about.ahead, modules, done, review.counts(conn, about.enrolment.id),
        str(letters.body.get("letters", "")) if letters else "", str(talk.body.get("text", "")) if talk else "",
    )  # fmt: skip


def capsules(conn: Connection, about: Served) -> tuple[frozenset[str], frozenset[str]]:
    """By id, the capsules that were sent alone, or are about to be; and all that were received, in a module too."""
    r, d = t.runs.c, t.timers.c
    runs = conn.execute(select(r.flow, r.said).where(r.enrolment_id == about.enrolment.id)).all()
    ahead = select(d.scope).where(d.enrolment_id == about.enrolment.id, d.kind == "capsule",
                                  d.state.in_(("pending", "held")))  # fmt: skip
    flows = [*(row.flow for row in runs), *conn.execute(ahead).scalars()]
    alone = frozenset(flow.removeprefix(LONE) for flow in flows if flow.startswith(LONE))
    return alone, alone | {key.rpartition(".")[2] for row in runs for key in row.said}


def _modules(conn: Connection, house: House, about: Served) -> tuple[tuple[Module, ...], int]:
    """Those under way, the oldest first, and how many are done."""
    r, a = t.runs, t.replies
    mine = r.c.enrolment_id == about.enrolment.id
    done = conn.execute(select(func.count()).select_from(r).where(mine, r.c.state == "done")).scalar_one()
    shown = (a.c.run_id == r.c.id, a.c.private.is_(False), a.c.how.not_in(review.ASIDE), review.standing())
    answers = select(func.count()).select_from(a).where(*shown).correlate(r).scalar_subquery()
    columns = (r.c.flow, r.c.state, r.c.session, r.c.created_at, answers.label("n"))
    query = select(*columns).where(mine, r.c.state.in_(UNDER_WAY)).order_by(r.c.created_at)
    ahead = about.ahead.session if about.ahead else None
    found = [
        Module(house.library.title(row.flow), row.state, row.n, row.created_at, bool(ahead) and row.session == ahead)
        for row in conn.execute(query)
    ]
    return tuple(found), done
