"""The tables of what is built from the replies: skills, pages filled by hand, the synthesis, attendance.

The words of a document stay in the replies they come from, and go with them. Sealed as in tables.py; no query.
"""

from sqlalchemy import Column, ForeignKey, Integer, String, Table, UniqueConstraint

from bot.store.columns import Instant
from bot.store.schema import Big, Sealed, metadata, row_id

skills = Table(  # what became of an entry of the livret de compétences; under the participant's key
    "skills",
    metadata,
    row_id(),
    Column("enrolment_id", Big, ForeignKey("enrolments.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("run_id", Big, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),  # where its proof was written
    Column("key", String(128), nullable=False),  # the entry of a repeat (`fiches[2]`), or the answer that it cites
    Column("nth", Integer, nullable=False, default=1),  # an answer may prove several
    Column("body", Sealed),  # JSON: {"name", "kind", "why"} of whoever proposed it; null: the entry names itself
    Column("state", String(12), nullable=False),  # proposee, relue, validee, ecartee
    Column("up_to_reply", Big, nullable=False),  # what was read when that was said: a later version is read again
    Column("by_id", Big, nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("run_id", "key", "nth"),
    sqlite_autoincrement=True,
)

pages = Table(  # what a participant wrote in a document itself: notes given to scenarios, say; under their key
    "pages",
    metadata,
    row_id(),
    Column("enrolment_id", Big, ForeignKey("enrolments.id", ondelete="CASCADE"), nullable=False),
    Column("document", String(32), nullable=False),
    Column("body", Sealed, nullable=False),  # JSON
    Column("at", Instant, nullable=False),
    UniqueConstraint("enrolment_id", "document"),
    sqlite_autoincrement=True,
)

syntheses = Table(  # the document de synthèse (L6313-4), each version kept; under the participant's key
    "syntheses",
    metadata,
    row_id(),
    Column("enrolment_id", Big, ForeignKey("enrolments.id", ondelete="CASCADE"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Sealed, nullable=False),  # JSON: its three parts
    Column("remark", Sealed),  # JSON: {"text"}: what the person says of it
    Column("author_id", Big, nullable=False),
    Column("written_at", Instant, nullable=False),
    Column("sent_at", Instant),  # given to the person to read
    Column("remarked_at", Instant),
    Column("approved_at", Instant),
    Column("handed_at", Instant),
    UniqueConstraint("enrolment_id", "version"),
    sqlite_autoincrement=True,
)

attendance = Table(  # that a session took place: hours and two confirmations, never a content
    "attendance",
    metadata,
    row_id(),
    Column("enrolment_id", Big, ForeignKey("enrolments.id", ondelete="CASCADE"), nullable=False),
    Column("session", String(16), nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("mode", String(12), nullable=False),  # presentiel, visio, telephone
    Column("coach_id", Big, nullable=False),
    Column("coach_at", Instant, nullable=False),  # when the coach wrote these hours
    Column("person_at", Instant),  # when the participant confirmed them
    Column("disputed_at", Instant),  # or said that they do not agree
    UniqueConstraint("enrolment_id", "session"),
    sqlite_autoincrement=True,
)
