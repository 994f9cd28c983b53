"""The tables of an admin: cohorts, published contents, drafts, and who did what. Nobody's words; no query."""

from sqlalchemy import JSON, Column, Integer, LargeBinary, String, Table

from bot.store.columns import Instant
from bot.store.schema import Big, metadata, row_id

cohorts = Table(  # by name, as enrolments hold it: one may be here before anybody is in it
    "cohorts",
    metadata,
    row_id(),
    Column("name", String(64), nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("closed_at", Instant),
    sqlite_autoincrement=True,
)

audit = Table(  # append-only, each row sealed to the one before it: what the desk and the terminal changed
    "audit",
    metadata,
    row_id(),
    Column("at", Instant, nullable=False),
    Column("by_id", Big),  # null: the terminal
    Column("role", String(12), nullable=False),
    Column("door", String(12), nullable=False),  # telegram, page, terminal
    Column("action", String(32), nullable=False),
    Column("about", JSON, nullable=False),  # numbers and names of the house: never a person's words, nor their name
    Column("before", LargeBinary, nullable=False, unique=True),  # hash of the row before: two cannot follow the same
    Column("hash", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

publications = Table(  # immutable: what was published, whole; the newest is served
    "publications",
    metadata,
    row_id(),
    Column("at", Instant, nullable=False),
    Column("by_id", Big),  # null: the terminal
    Column("origin", String(12), nullable=False),  # dossier, page, retour
    Column("source", LargeBinary, nullable=False),  # deflated JSON: {"note": what it changes, "files": {path: text}}
    Column("replanned_at", Instant),  # when everybody's envois followed it
    sqlite_autoincrement=True,
)

drafts = Table(  # a file as somebody is changing it on the page, published with the others or left aside
    "drafts",
    metadata,
    Column("path", String(128), primary_key=True),
    Column("text", LargeBinary, nullable=False),
    Column("base", LargeBinary, nullable=False),  # hash of the published file it began from
    Column("revision", Integer, nullable=False),
    Column("by_id", Big),
    Column("at", Instant, nullable=False),
)
