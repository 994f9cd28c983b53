"""What every column and every file of the house holds, and for the sealed ones under whose key. A column that is not
here fails a test: a new one is classified before it is used. Knows no query; how long a row is kept is told elsewhere.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final, NamedTuple

from sqlalchemy import Column, ColumnElement, FromClause, Select, literal, select

from bot.store.tables import metadata


class Class(Enum):
    """`NAME`: a word of the content, of the code or of Telegram, never a person's. `SHAPE`: JSON of numbers, instants
    and names. `KEY`: a key wrapped by a master key. `CONTENT`: what was published for everybody.
    """

    SEALED = "sealed"
    NUMBER = "number"
    INSTANT = "instant"
    NAME = "name"
    FLAG = "flag"
    HASH = "hash"
    SHAPE = "shape"
    KEY = "key"
    CONTENT = "content"


SEALED: Final[Mapping[str, tuple[str, ...]]] = {
    "people.name": ("id",),
    "people.prompt": ("id",),
    "appointments.place": ("enrolment_id", "person_id"),
    "runs.draft": ("enrolment_id", "person_id"),
    "runs.words": ("enrolment_id", "person_id"),
    "replies.question": ("enrolment_id", "person_id"),
    "replies.value": ("enrolment_id", "person_id"),
    "media.about": ("person_id",),
    "media.bytes": ("person_id",),
    "inbox.raw": ("owner_id",),
    "outbox.payload": ("owner_id",),
    "pushes.body": (),
    "pushes.picture": (),
    "digests.body": ("coach_id",),
    "briefs.body": ("appointment_id", "enrolment_id", "person_id"),
    "slots.place": ("coach_id",),
    "notes.body": ("enrolment_id", "person_id"),
    "comments.body": ("enrolment_id", "person_id"),
    "skills.body": ("enrolment_id", "person_id"),
    "pages.body": ("enrolment_id", "person_id"),
    "syntheses.body": ("enrolment_id", "person_id"),
    "syntheses.remark": ("enrolment_id", "person_id"),
}
"""Sealed columns, each with the road from its row to the id of the person whose key seals it; no road: the house."""

_CLEAR: Final[Mapping[Class, Mapping[str, str]]] = {
    Class.NUMBER: {
        "keys": "person_id", "people": "id chat_id", "invitations": "id person_id", "guesses": "id chat_id",
        "consents": "id person_id", "enrolments": "id person_id coach_id",
        "appointments": "id enrolment_id revision changed_by", "runs": "id enrolment_id nth step tries",
        "replies": "id enrolment_id run_id version message_id reviewed_by digest_id", "media": "person_id attempts",
        "inbox": "id update_id chat_id owner_id message_id run_id attempts",
        "outbox": "id chat_id owner_id enrolment_id rank attempts run_id step message_id", "timers": "id enrolment_id",
        "events": "id enrolment_id digest_id seen_by", "pushes": "id by_id", "digests": "id coach_id",
        "briefs": "id appointment_id revision up_to_reply", "slots": "id coach_id enrolment_id",
        "notes": "id enrolment_id author_id reader_id", "comments": "id enrolment_id reply_id author_id",
        "absences": "id coach_id deputy_id", "sign_ins": "id person_id", "web_sessions": "id person_id",
        "submissions": "person_id", "feeds": "id person_id", "testimonials": "run_id up_to_reply by_id",
        "accesses": "id person_id actor_id", "certificates": "id person_id", "cohorts": "id", "audit": "id by_id",
        "publications": "id by_id", "drafts": "revision by_id",
        "skills": "id enrolment_id run_id nth up_to_reply by_id", "pages": "id enrolment_id",
        "syntheses": "id enrolment_id version author_id", "attendance": "id enrolment_id coach_id",
    },
    Class.INSTANT: {
        "keys": "changed_at", "people": "created_at", "invitations": "created_at expires_at used_at", "guesses": "at",
        "consents": "given_at withdrawn_at",
        "enrolments": "paused_until created_at heard_at asked_at held_at restricted_at ended_at keep_until",
        "appointments": "at changed_at", "flows": "seen_at", "runs": "valid_until created_at closed_at",
        "replies": "answered_at reviewed_at", "media": "next_at", "inbox": "received_at",
        "outbox": "not_before created_at sent_at", "timers": "due_at settled_at", "events": "at seen_at",
        "pushes": "at created_at paused_at", "digests": "made_at", "briefs": "made_at frozen_at",
        "slots": "at created_at withdrawn_at", "notes": "written_at", "comments": "written_at",
        "absences": "starts_at ends_at created_at cancelled_at", "sign_ins": "expires_at used_at",
        "web_sessions": "opened_at seen_at ended_at", "submissions": "at", "feeds": "created_at revoked_at",
        "testimonials": "at", "accesses": "at", "certificates": "at", "cohorts": "created_at closed_at", "audit": "at",
        "publications": "at replanned_at", "drafts": "at", "skills": "at", "pages": "at",
        "syntheses": "written_at sent_at remarked_at approved_at handed_at",
        "attendance": "starts_at ends_at coach_at person_at disputed_at",
    },
    Class.NAME: {
        "keys": "master", "people": "role zone", "consents": "kind version",
        "enrolments": "programme format cohort state", "appointments": "session zone state",
        "flows": "version flow",
        "runs": "flow version state key envoi session", "replies": "key how session review",
        "media": "id kind file_id state", "inbox": "album key state error", "outbox": "cause method state key reason",
        "timers": "owner kind scope state why", "events": "kind", "pushes": "state", "digests": "period",
        "notes": "kind", "sign_ins": "purpose", "submissions": "form", "testimonials": "state",
        "accesses": "role what door", "certificates": "kind", "cohorts": "name", "audit": "role door action",
        "publications": "origin", "drafts": "path", "skills": "key state", "pages": "document",
        "attendance": "session mode",
    },
    Class.FLAG: {"people": "reachable", "enrolments": "gentle short", "replies": "private late"},
    Class.HASH: {
        "invitations": "code_hash", "inbox": "mark", "pushes": "digest", "sign_ins": "token_hash",
        "web_sessions": "token_hash", "feeds": "token_hash", "audit": "before hash", "drafts": "base",
    },
    Class.SHAPE: {
        "people": "digest", "enrolments": "hours", "runs": "said", "outbox": "wake", "timers": "about",
        "events": "about", "pushes": "audience rule watch", "certificates": "about", "audit": "about",
    },
    Class.KEY: {"keys": "wrapped other"},
    Class.CONTENT: {"flows": "source", "publications": "source", "drafts": "text"},
}  # fmt: skip

COLUMNS: Final[Mapping[str, Class]] = {
    **dict.fromkeys(SEALED, Class.SEALED),
    **{
        f"{table}.{name}": kind
        for kind, tables in _CLEAR.items()
        for table, row in tables.items()
        for name in row.split()
    },
}
"""Every column, `table.column`, in one class."""

FILES: Final[Mapping[str, str]] = {
    "{base}.db": "the tables: words sealed, the rest as classified here",
    "{base}.db-wal": "the same, before it is carried over",
    "{base}.db-shm": "an index of the log, no value",
    "{base}.db.lock": "a process id",
    "{base}.keys.db": "people's keys, wrapped by a master key",
    "{base}.keys.db-wal": "the same; overwritten when a key is deleted",
    "{base}.keys.db-shm": "an index of the log, no value",
    "{keys}": "the master keys, for their owner alone; never copied by Marge",
    "{keys}.new": "the same, while the file is being written",
    "{backups}/donnees/*": "a copy of the tables and its manifest; 30 days",
    "{backups}/cles/*": "a copy of people's wrapped keys and its manifest; 48 hours",
    "{maps}/*": "pictures of the content",
}
"""Every file that the product writes, and what is in it. Logs go to stderr alone (bot/logs.py), exports are made in
memory and leave with the answer."""


class Seat(NamedTuple):
    """Where sealed values stand. `rows` reads them as (key, owner, sealed), by ascending `key`, the table's own."""

    column: Column[bytes]
    key: Column[Any]
    place: str
    rows: Select[Any]


def seats() -> list[Seat]:
    """Every sealed column, with the query that reads its values and whose they are."""
    return [_seat(place, road) for place, road in SEALED.items()]


def _seat(place: str, road: tuple[str, ...]) -> Seat:
    name, _, sealed = place.partition(".")
    table = metadata.tables[name]
    (key,) = table.primary_key.columns
    source: FromClause = table
    owner: ColumnElement[Any] = literal(0)
    here = table
    for step in road:
        if here is not table:
            source = source.join(here, here.c.id == owner)
        owner = here.c[step]
        here = next((link.column.table for link in here.c[step].foreign_keys), here)
    column = table.c[sealed]
    rows = select(key.label("key"), owner.label("owner"), column.label("sealed")).select_from(source)
    return Seat(column, key, place, rows.where(column.is_not(None)).order_by(key))
