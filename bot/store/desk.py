"""The tables of the desk: what coaches and admins make, and how they come in. Sealed as in tables.py; no query."""

from sqlalchemy import JSON, Column, ForeignKey, Integer, LargeBinary, String, Table, UniqueConstraint

from bot.store.columns import Instant
from bot.store.schema import Big, Sealed, metadata, of_person, row_id

pushes = Table(
    "pushes",
    metadata,
    row_id(),
    Column("by_id", Big, ForeignKey("people.id"), nullable=True),
    Column("body", Sealed, nullable=False),  # JSON: {"text"} or {"capsule"}; sealed under key 0
    Column("digest", LargeBinary, nullable=False),
    Column("audience", JSON, nullable=False),
    Column("at", Instant, nullable=False),
    Column("state", String(12), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("rule", JSON),  # null: once; else when it leaves again: {"every": …} or {"session": …}
    Column("paused_at", Instant),
    Column("picture", Sealed),  # a picture or a document that goes with it, under key 0
    Column("watch", JSON),  # the message that shows how far it is: {"chat_id", "message_id"}
    sqlite_autoincrement=True,
)

digests = Table(
    "digests",
    metadata,
    row_id(),
    of_person("coach_id"),
    Column("period", String(32), nullable=False),  # local day of the digest, ISO
    Column("made_at", Instant, nullable=False),
    Column("body", Sealed, nullable=False),
    UniqueConstraint("coach_id", "period"),
    sqlite_autoincrement=True,
)

briefs = Table(
    "briefs",
    metadata,
    row_id(),
    Column("appointment_id", Big, ForeignKey("appointments.id", ondelete="CASCADE"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("frozen_at", Instant),
    Column("body", Sealed, nullable=False),
    Column("up_to_reply", Big, nullable=False, default=0),
    UniqueConstraint("appointment_id", "revision"),
    sqlite_autoincrement=True,
)

slots = Table(  # half-hours that a coach gives for a first talk
    "slots",
    metadata,
    row_id(),
    of_person("coach_id"),
    Column("at", Instant, nullable=False),
    Column("place", Sealed),  # the address of the video call, under the coach's key
    Column("enrolment_id", Big, ForeignKey("enrolments.id", ondelete="SET NULL"), index=True),  # who took it
    Column("created_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    UniqueConstraint("coach_id", "at"),
    sqlite_autoincrement=True,
)

notes = Table(  # what a coach writes of a participant, who may read it (RGPD art. 15); under the participant's key
    "notes",
    metadata,
    row_id(),
    Column("enrolment_id", Big, ForeignKey("enrolments.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("author_id", Big, nullable=False),
    Column("kind", String(16), nullable=False),  # premier_echange, mbti, note
    Column("body", Sealed, nullable=False),  # JSON
    Column("written_at", Instant, nullable=False),
    Column("reader_id", Big),  # the only coach who reads it; null: whoever is their coach
    sqlite_autoincrement=True,
)

comments = Table(  # what a coach writes to a participant, about an answer or not; under the participant's key
    "comments",
    metadata,
    row_id(),
    Column("enrolment_id", Big, ForeignKey("enrolments.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("reply_id", Big, ForeignKey("replies.id", ondelete="CASCADE"), index=True),  # the answer it quotes
    Column("author_id", Big, nullable=False),
    Column("body", Sealed, nullable=False),  # JSON: {"text"}
    Column("written_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

absences = Table(  # when a coach is away, and who is told meanwhile
    "absences",
    metadata,
    row_id(),
    of_person("coach_id"),
    of_person("deputy_id"),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("cancelled_at", Instant),
    sqlite_autoincrement=True,
)

sign_ins = Table(  # one-time links to the web page
    "sign_ins",
    metadata,
    row_id(),
    of_person(),
    Column("token_hash", LargeBinary, nullable=False, unique=True),  # SHA-256 of a 256-bit token
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("purpose", String(64)),  # null: the page as a whole; else the one thing that it opens
    sqlite_autoincrement=True,
)

web_sessions = Table(
    "web_sessions",
    metadata,
    row_id(),
    of_person(),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("opened_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("ended_at", Instant),
    sqlite_autoincrement=True,
)

submissions = Table(  # forms that were received: one that comes twice does nothing
    "submissions",
    metadata,
    Column("person_id", Big, ForeignKey("people.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("form", String(32), primary_key=True),
    Column("at", Instant, nullable=False),
)

feeds = Table(  # secret addresses of a coach's calendar
    "feeds",
    metadata,
    row_id(),
    of_person(),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    sqlite_autoincrement=True,
)

testimonials = Table(  # what became of a testimony offered: its words stay in the replies, and go with them
    "testimonials",
    metadata,
    Column("run_id", Big, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("state", String(12), nullable=False),  # publie, ecarte
    Column("up_to_reply", Big, nullable=False),  # what was read when that was decided: a later version is read again
    Column("by_id", Big, nullable=False),
    Column("at", Instant, nullable=False),
)
