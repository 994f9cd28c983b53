"""A message that its author takes back: its file, its words in every version of the answer that held them, and what was
said of the skills that cite it.

Runs inside the turn's transaction, after what the turn wrote.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, and_, delete, select, update

from bot.store import tables as t
from bot.store.case import Case
from bot.store.cases import kept, sealed_value
from bot.store.vault import Vault
from flows.model import Kept
from flows.unsaid import GONE, without


def take_back(conn: Connection, vault: Vault, case: Case, unsaid: Sequence[tuple[int, str]]) -> None:
    """Destroys each message of `unsaid` (its number, its file's id): nothing of it can be read any more."""
    if not unsaid or case.person is None or case.enrolment is None:
        return
    owner, r = case.person.id, t.replies
    for message, media in unsaid:
        conn.execute(delete(t.media).where(t.media.c.id == media, t.media.c.person_id == owner))
        run, key = case.answers_in.get(message, (None, ""))
        there = and_(r.c.run_id == run, r.c.key == key) if run is not None else r.c.message_id == message
        left = False
        for row in conn.execute(select(r.c.id, r.c.value).where(r.c.enrolment_id == case.enrolment.id, there)).all():
            before = kept(vault, owner, row.value)
            if media not in before.media:
                left = left or _holds(before)
                continue
            after = without(before, message, media)
            left = left or _holds(after)
            values = {"value": sealed_value(vault, owner, after), **({"how": "erased"} if after == GONE else {})}
            conn.execute(update(r).where(r.c.id == row.id).values(**values))
        if run is not None:
            _doubt(conn, vault, owner, run, key, left)


def _holds(kept: Kept) -> bool:
    return kept.value not in (None, "", []) or bool(kept.media)


def _doubt(conn: Connection, vault: Vault, owner: int, run: int, key: str, left: bool) -> None:
    """A skill whose proof went is no longer read nor validated; one in their own words goes with the last of them."""
    s = t.skills
    cited = s.c.key.in_([key, key.rpartition(".")[0] or key])
    for row in conn.execute(select(s.c.id, s.c.key, s.c.body, s.c.state).where(s.c.run_id == run, cited)).all():
        body = vault.open_json(owner, "skills.body", row.body) if row.body else {}
        if not left and row.key == key and body.get("by") == owner:
            conn.execute(delete(s).where(s.c.id == row.id))
        elif row.state in ("relue", "validee"):
            conn.execute(update(s).where(s.c.id == row.id).values(state="proposee"))
