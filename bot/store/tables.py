"""The tables. `Sealed` columns hold what people wrote, encrypted under their owner's key (see vault.py).

Every sealed column is bound to `table.column:owner`. Knows no query.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)

from bot.store.admin import audit as audit
from bot.store.admin import cohorts as cohorts
from bot.store.admin import drafts as drafts
from bot.store.admin import publications as publications
from bot.store.columns import Instant
from bot.store.desk import absences as absences
from bot.store.desk import briefs as briefs
from bot.store.desk import comments as comments
from bot.store.desk import digests as digests
from bot.store.desk import feeds as feeds
from bot.store.desk import notes as notes
from bot.store.desk import pushes as pushes
from bot.store.desk import sign_ins as sign_ins
from bot.store.desk import slots as slots
from bot.store.desk import submissions as submissions
from bot.store.desk import testimonials as testimonials
from bot.store.desk import web_sessions as web_sessions
from bot.store.schema import Big, Sealed, metadata, of_person, row_id
from bot.store.trust import accesses as accesses
from bot.store.trust import certificates as certificates
from bot.store.works import attendance as attendance
from bot.store.works import pages as pages
from bot.store.works import skills as skills
from bot.store.works import syntheses as syntheses

__all__ = ["metadata"]

# One wrapped key per person. Its own schema (SQLite: a file of its own) so that backups of the rest hold no key.
keys = Table(
    "keys",
    metadata,
    Column("person_id", Big, primary_key=True, autoincrement=False),  # 0: chats nobody is known for
    Column("master", String(16), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("other", LargeBinary),  # while a key is being changed: a second one, that opens and does not seal
    Column("changed_at", Instant),  # when it was made, or the last step of that change
    schema="keyring",
)

people = Table(
    "people",
    metadata,
    row_id(),
    Column("role", String(12), nullable=False),  # participant, coach, admin
    Column("name", Sealed, nullable=False),
    Column("zone", String(64), nullable=False),
    Column("chat_id", BigInteger, unique=True),
    Column("reachable", Boolean, nullable=False, default=True),
    Column("created_at", Instant, nullable=False),
    Column("digest", JSON),  # coach: {"day": 0..6, "hour": 0..23, "brief": 0..23}
    Column("prompt", Sealed),  # the desk's open question to a coach or an admin
    sqlite_autoincrement=True,  # an erased person's id never comes back: another's key may still be in a cache
)

invitations = Table(
    "invitations",
    metadata,
    row_id(),
    of_person(),
    Column("code_hash", LargeBinary, nullable=False, unique=True),  # SHA-256 of a 128-bit code
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    sqlite_autoincrement=True,
)

guesses = Table(
    "guesses",
    metadata,
    row_id(),
    Column("chat_id", BigInteger, nullable=False, index=True),
    Column("at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

consents = Table(
    "consents",
    metadata,
    row_id(),
    of_person(),
    Column("kind", String(16), nullable=False),
    Column("version", String(32), nullable=False),
    Column("given_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    sqlite_autoincrement=True,
)

enrolments = Table(
    "enrolments",
    metadata,
    row_id(),
    Column("person_id", Big, ForeignKey("people.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("coach_id", Big, ForeignKey("people.id"), index=True),
    Column("programme", String(64), nullable=False),
    Column("format", String(32), nullable=False),
    Column("cohort", String(64), index=True),
    # invited, welcomed (consent asked), active, paused, stopped, ended
    Column("state", String(12), nullable=False),
    Column("paused_until", Instant),
    Column("gentle", Boolean, nullable=False, default=False),  # rythme_doux
    Column("short", Boolean, nullable=False, default=False),  # /plus_court
    Column("hours", JSON),  # the participant's own sending hours, or null for the programme's
    Column("created_at", Instant, nullable=False),
    Column("heard_at", Instant),  # last message of the participant
    Column("asked_at", Instant),  # last unasked-for message sent to them
    Column("held_at", Instant),  # after a distress: nothing unasked-for leaves until their coach says so
    Column("restricted_at", Instant),  # kept, and neither read nor used, at their own request (RGPD art. 18)
    Column("ended_at", Instant),  # when the programme was closed
    Column("keep_until", Instant),  # for a follow-up they agreed to in writing (R6313-7)
    sqlite_autoincrement=True,
)

appointments = Table(
    "appointments",
    metadata,
    row_id(),
    Column("enrolment_id", Big, ForeignKey("enrolments.id", ondelete="CASCADE"), nullable=False),
    Column("session", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    Column("zone", String(64), nullable=False),
    Column("revision", Integer, nullable=False, default=1),
    Column("state", String(12), nullable=False),  # planned, cancelled, done, no_show
    Column("place", Sealed),  # an address or a video link, under the participant's key
    Column("changed_at", Instant),
    Column("changed_by", Big),  # null: the terminal, or the house itself
    UniqueConstraint("enrolment_id", "session"),
    sqlite_autoincrement=True,
)

flows = Table(  # every version of a flow that a run began with: content as it was published (S7)
    "flows",
    metadata,
    Column("version", String(32), primary_key=True),
    Column("flow", String(64), nullable=False),
    Column("source", LargeBinary, nullable=False),  # the frozen flow, JSON
    Column("seen_at", Instant, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column(
        "id", BigInteger, primary_key=True, autoincrement=False
    ),  # drawn at random: buttons carry it before the commit
    Column("enrolment_id", Big, ForeignKey("enrolments.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("flow", String(64), nullable=False),
    Column("version", String(32), nullable=False),
    Column("nth", Integer, nullable=False, default=1),  # refaire makes 2 (S6)
    Column("state", String(12), nullable=False),  # queued, waiting, paused, dormant, done, stopped, expired
    Column("key", String(128)),  # the open question
    Column("step", Integer, nullable=False, default=0),  # counts every change: timers and buttons hold it
    Column("tries", Integer, nullable=False, default=0),
    Column("draft", Sealed),
    Column("said", JSON, nullable=False, default=list),  # capsules already said
    Column("envoi", String(64)),
    Column("session", String(16)),  # the appointment it prepares, for « après la séance »
    Column("valid_until", Instant),
    Column("created_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("words", Sealed),  # the coach's own question, in the place of the flow's
    UniqueConstraint("enrolment_id", "flow", "nth"),
)

replies = Table(  # append-only: one row a version; the newest of a (run, key) is the answer
    "replies",
    metadata,
    row_id(),
    Column("enrolment_id", Big, ForeignKey("enrolments.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("run_id", Big, ForeignKey("runs.id", ondelete="CASCADE"), index=True),  # null: the journal
    Column("key", String(128), nullable=False),
    Column("version", Integer, nullable=False),
    Column("question", Sealed, nullable=False),  # the text as it was shown
    Column("value", Sealed, nullable=False),  # JSON of {"value", "how", "media"}
    Column("how", String(12), nullable=False),  # said, skipped, in_session, to_check, misread, journal, erased
    Column("private", Boolean, nullable=False, default=False),
    Column("session", String(16)),
    Column("late", Boolean, nullable=False, default=False),  # came after the appointment it prepares
    Column("message_id", BigInteger),  # the participant's message it came in
    Column("answered_at", Instant, nullable=False),
    Column("review", String(12), nullable=False, default="a_lire"),  # a_lire, lu, a_aborder, traite
    Column("reviewed_at", Instant),
    Column("reviewed_by", Big),
    Column("digest_id", Big),
    Index("ix_replies_place", "run_id", "key"),
    Index("ix_replies_told", "digest_id", "enrolment_id"),
    Index(
        "ix_replies_unread",
        "enrolment_id",
        sqlite_where=text("review='a_lire'"),
        postgresql_where=text("review='a_lire'"),
    ),
    sqlite_autoincrement=True,
)

media = Table(
    "media",
    metadata,
    Column("id", String(32), primary_key=True),
    of_person(),
    Column("kind", String(12), nullable=False),
    Column("file_id", String(256), nullable=False),
    Column("about", Sealed, nullable=False),  # JSON: mime, size, duration, file name, caption
    Column("state", String(12), nullable=False),  # waiting, stored, failed, too_big
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_at", Instant),
    Column("bytes", Sealed),
    Index(
        "ix_media_waiting", "next_at", sqlite_where=text("state='waiting'"), postgresql_where=text("state='waiting'")
    ),
)

inbox = Table(
    "inbox",
    metadata,
    row_id(),
    Column("update_id", BigInteger, nullable=False),
    Column("mark", LargeBinary, nullable=False),  # what it is about: ids may start anew after an idle week
    Column("chat_id", BigInteger, nullable=False),  # 0 when the update names none
    Column("owner_id", Big, nullable=False),  # whose key seals `raw`; 0: nobody known
    Column("message_id", BigInteger),
    Column("album", String(64)),
    Column("run_id", Big),  # where its words landed: a correction finds its answer by it
    Column("key", String(128)),
    Column("raw", Sealed),  # null once handled
    Column("state", String(8), nullable=False),  # new, done, parked
    Column("attempts", Integer, nullable=False, default=0),
    Column("error", String(200)),
    Column("received_at", Instant, nullable=False),
    UniqueConstraint("update_id", "mark"),
    Index("ix_inbox_message", "chat_id", "message_id"),
    Index("ix_inbox_owner", "owner_id"),
    Index("ix_inbox_new", "id", sqlite_where=text("state='new'"), postgresql_where=text("state='new'")),
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox",
    metadata,
    row_id(),
    Column(
        "cause", String(96), nullable=False, unique=True
    ),  # `u<inbox id>:<n>`, `t<timer id>:<n>`…: none is made twice
    Column("chat_id", BigInteger, nullable=False),
    Column("owner_id", Big, nullable=False),
    Column("enrolment_id", Big, ForeignKey("enrolments.id", ondelete="CASCADE"), index=True),
    Column("method", String(32), nullable=False),
    Column("payload", Sealed, nullable=False),  # JSON of the Bot API parameters
    Column(
        "rank", Integer, nullable=False
    ),  # 0 distress, 1 answer to the person's own action, 2 scheduled, 3 broadcast
    Column("state", String(12), nullable=False),  # ready, sending, sent, doubtful, refused, held, dropped
    Column("not_before", Instant),
    Column("attempts", Integer, nullable=False, default=0),
    Column("run_id", Big, index=True),
    Column("key", String(128)),
    Column("step", Integer),
    Column("wake", JSON),  # timers to set once it is delivered (S4.1)
    Column("message_id", BigInteger),
    Column("reason", String(200)),
    Column("created_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Index(
        "ix_outbox_open",
        "chat_id",
        "id",
        sqlite_where=text("state in ('ready','sending')"),
        postgresql_where=text("state in ('ready','sending')"),
    ),
    Index("ix_outbox_ready", "rank", "id", sqlite_where=text("state='ready'"), postgresql_where=text("state='ready'")),
    Index("ix_outbox_message", "chat_id", "message_id"),
    Index("ix_outbox_owner", "owner_id"),
    Index(
        "ix_outbox_push",
        "cause",
        sqlite_where=text("rank=3 and state<>'sent'"),
        postgresql_where=text("rank=3 and state<>'sent'"),
    ),
    sqlite_autoincrement=True,
)

timers = Table(  # everything due, whatever its kind
    "timers",
    metadata,
    row_id(),
    Column("enrolment_id", Big, ForeignKey("enrolments.id", ondelete="CASCADE")),  # null: the house (digests…)
    Column("owner", String(32), nullable=False),  # `e<enrolment>`, `c<coach>` or `house`
    Column("kind", String(16), nullable=False),  # envoi, silence, dormancy, resume, push, brief, digest…
    Column("scope", String(128), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("state", String(12), nullable=False),  # pending, held, fired, stale, cancelled, expired, skipped
    Column(
        "about", JSON, nullable=False
    ),  # what it needs to act: run, step, nth, envoi, revision… never a person's words
    Column("why", String(200)),
    Column("settled_at", Instant),
    UniqueConstraint("owner", "kind", "scope"),
    Index(
        "ix_timers_due",
        "due_at",
        "kind",
        "state",
        sqlite_where=text("state='pending'"),
        postgresql_where=text("state='pending'"),
    ),
    Index("ix_timers_push", "scope", "state", sqlite_where=text("kind='push'"), postgresql_where=text("kind='push'")),
    sqlite_autoincrement=True,
)

events = Table(  # what happened to an enrolment, for the coach to see (S1.3); never a person's words
    "events",
    metadata,
    row_id(),
    Column("enrolment_id", Big, ForeignKey("enrolments.id", ondelete="CASCADE"), index=True),
    Column("at", Instant, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("about", JSON, nullable=False),
    Column("digest_id", Big),  # the digest that told it to the coach
    Column("seen_at", Instant),  # when a coach said that they saw it (S18: a distress flag must be acknowledged)
    Column("seen_by", Big),
    Index(
        "ix_events_alert",
        "enrolment_id",
        sqlite_where=text("kind='distress' and seen_at is null"),
        postgresql_where=text("kind='distress' and seen_at is null"),
    ),
    sqlite_autoincrement=True,
)
