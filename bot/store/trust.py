"""The tables of trust: who looked at whose words, and what was destroyed. Holds nobody's words; no query."""

from sqlalchemy import JSON, Column, String, Table

from bot.store.columns import Instant
from bot.store.schema import Big, metadata, of_person, row_id

accesses = Table(  # append-only: whose words were read, by whom, where; shown to the one who wrote them (RGPD art. 15)
    "accesses",
    metadata,
    row_id(),
    of_person(),
    Column("actor_id", Big),  # null: the terminal
    Column("role", String(12), nullable=False),  # coach, referent, participant, operator
    Column("what", String(32), nullable=False),  # the action of `rights`: replies, brief, note, media, digest, export…
    Column("door", String(12), nullable=False),  # telegram, page, terminal
    Column("at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

certificates = Table(  # what was destroyed, how much of it, and why; outlives the person it was about
    "certificates",
    metadata,
    row_id(),
    Column("person_id", Big, nullable=False),  # a number that leads to nobody any more
    Column("kind", String(16), nullable=False),  # fin, effacement, duree, retrait
    Column("about", JSON, nullable=False),  # {"table": rows}: never a person's words
    Column("at", Instant, nullable=False),
    sqlite_autoincrement=True,
)
