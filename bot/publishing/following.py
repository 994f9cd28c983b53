"""After a publication: everybody's envois are planned anew, a few people at a time, so that nobody else waits (S8.10).

Interrupted anywhere, it begins again: planning twice changes nothing. Knows no content.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

import structlog
from sqlalchemy import Connection, func, select

from bot.conversation import actions, planning
from bot.conversation.house import House
from bot.store import cases, publications
from bot.store import tables as t
from bot.store.case import Case, drawn_id
from bot.store.lock import wait_for_people
from bot.store.saving import Turned, save, upsert
from bot.store.vault import Vault
from flows.model import Programme

log = structlog.get_logger()

SLICE = 8
"""People planned anew in one transaction: some 10 ms each, for as long as nobody who writes is answered."""


class Following:
    """Where it has come to, in this process; `planned` counts people."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._done = 0
        self.planned = 0

    def step(self, conn: Connection, vault: Vault, now: datetime) -> bool:
        """One slice of whoever is in a programme whose schedule changed; whether there may be more."""
        for programme in self._house.library.programmes.values():
            if not _seen(conn, programme):
                self._slice(conn, vault, programme, now)
                return True
        if self._house.shelf.publication is not None:
            publications.followed(conn, self._house.shelf.publication, now)
        return False

    def _slice(self, conn: Connection, vault: Vault, programme: Programme, now: datetime) -> None:
        e = t.enrolments.c
        mine = (
            select(e.id, e.person_id).where(e.programme == programme.id, e.id > self._done).order_by(e.id).limit(SLICE)
        )
        rows = conn.execute(mine).all()
        ids = [row.id for row in rows]
        wait_for_people(conn, [row.person_id for row in rows])
        found = cases.by_enrolment(conn, vault, ids, now)
        self._house.shelf.complete(conn, found.values())
        save(conn, vault, list(self._planned(found)), now)
        self.planned += len(ids)
        self._done = ids[-1] if len(ids) == SLICE else 0
        if not self._done:
            row = {"version": programme.version, "flow": _name(programme), "source": b"", "seen_at": now}
            upsert(conn, t.flows, [row], ("version",), ("seen_at",))

    def _planned(self, found: Mapping[int, Case]) -> Iterator[Turned]:
        """Whoever cannot be planned keeps the envois they have: nobody else's wait for theirs."""
        for id, case in found.items():
            try:
                planning.replan(self._house, case)
                actions.follow(self._house, case)
            except Exception as error:
                log.error("not planned anew", enrolment=id, error=type(error).__name__)
                continue
            yield Turned(case, f"v{drawn_id()}", case.take())


def _seen(conn: Connection, programme: Programme) -> bool:
    """Whether everybody was planned with this version last; of two in one instant, either."""
    f = t.flows.c
    newest = select(func.max(f.seen_at)).where(f.flow == _name(programme)).scalar_subquery()
    last = select(f.version).where(f.flow == _name(programme), f.seen_at == newest)
    return programme.version in conn.execute(last).scalars().all()


def _name(programme: Programme) -> str:
    return f"programme:{programme.id}"
