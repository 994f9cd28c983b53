"""A message on its way out, and what became of it. Knows no table and no Telegram."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

from bot.store.case import Ordered

State: TypeAlias = Literal["sent", "ready", "doubtful", "refused", "held", "dropped"]


@dataclass(frozen=True, slots=True)
class Leaving:
    """`picture`: the push whose picture it uploads, if it does."""

    id: int
    chat_id: int
    owner_id: int
    enrolment_id: int | None
    method: str
    params: Mapping[str, Any]
    files: Mapping[str, Any]
    rank: int
    run_id: int | None
    key: str | None
    step: int | None
    wake: Sequence[Mapping[str, Any]] = ()
    attempts: int = 0
    picture: int | None = None
    ordered: Ordered | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one send. `not_before` for one that is to be tried again; `file_id` is Telegram's name for the
    picture it uploaded."""

    leaving: Leaving
    state: State
    message_id: int | None = None
    reason: str | None = None
    not_before: datetime | None = None
    sent_at: datetime | None = field(default=None)
    file_id: str | None = None
