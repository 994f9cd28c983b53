"""What may never be logged, looked for in all that a test logs: people's words, links, codes, the bot's token.

Nobody has to plant anything: whatever the vault seals is somebody's, and whatever `secrets` makes is a secret. What
is read is what would be written: the record once our processor has masked it (bot/logs.py).
"""

import json
import logging
import re
import secrets
from collections.abc import Iterator, MutableMapping
from typing import Any

import msgspec
import structlog
from structlog.dev import ConsoleRenderer, plain_traceback
from structlog.stdlib import ProcessorFormatter

from bot import logs
from bot.store.vault import Vault

TOKEN = re.compile(r"\d{6,}(?::|%3A)[\w-]{30,}", re.IGNORECASE)
CANARY = re.compile(r"CANARI-\w+")
"""A mark for words that reach no vault."""

OURS = ("outbox.payload", "replies.question")
"""Sealed columns that hold the house's own words as well."""

SHORTEST, LARGEST = 12, 1 << 16
"""Letters of a fragment worth looking for; bytes of a sealed body worth reading."""

CHATTY = ("httpx", "httpcore", "telegram", "aiohttp", "asyncio")
"""Libraries heard down to DEBUG, as an operator may set them. The database's engine has a test of its own."""

PLAIN = ConsoleRenderer(colors=False, exception_formatter=plain_traceback)
"""The usual one takes seconds to draw a whole house around a traceback."""

_made: set[str] = set()
_sealed: list[bytes] = []
_lines: list[str] = []


# --- what is secret --------------------------------------------------------------------------

_token, _seal = secrets.token_urlsafe, Vault.seal


def _noted_token(nbytes: int | None = None) -> str:
    made = _token(nbytes)
    _made.add(made)
    return made


def _noted_seal(self: Vault, owner_id: int, place: str, data: bytes) -> bytes:
    if place not in OURS and len(data) <= LARGEST:
        _sealed.append(data)
    return _seal(self, owner_id, place, data)


def words() -> Iterator[str]:
    """Pieces of all that was sealed since the last test: lines long enough to be nobody else's."""
    for data in dict.fromkeys(_sealed):
        for text in _texts(data):
            for piece in re.split(r'[\n"\\]', text):
                if len(piece) >= SHORTEST and " " in piece.strip():
                    yield piece.strip()


def _texts(data: bytes) -> Iterator[str]:
    try:
        yield from _strings(msgspec.json.decode(data))
    except (ValueError, RecursionError):
        yield data.decode("utf-8", "replace")


def _strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _strings(item)
        case dict():
            for item in value.values():
                yield from _strings(item)


# --- what was logged -------------------------------------------------------------------------


class Ear(logging.Handler):
    """Keeps each record as `bot.logs` would write it."""

    def emit(self, record: logging.LogRecord) -> None:
        event = {"event": record.getMessage(), "logger": record.name}
        if record.exc_info and record.exc_info[0]:
            event["exception"] = logging.Formatter().formatException(record.exc_info)
        _keep(event)


def heard(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor that keeps the event and changes nothing."""
    _keep(structlog.processors.format_exc_info(None, "", dict(event)))
    return event


def _keep(event: MutableMapping[str, Any]) -> None:
    _lines.append(json.dumps(logs.redact(None, "", event), ensure_ascii=False, default=repr))


# --- the two together ------------------------------------------------------------------------


def found(text: str) -> list[str]:
    """What must not stand in `text`, by kind: never the secret itself, which would be logged once more."""
    return [
        *(["a bot token"] if TOKEN.search(text) else []),
        *(["a canary"] if CANARY.search(text) else []),
        *(["a link or a code"] if _made & set(re.findall(r"[\w-]{20,}", text)) else []),
        *(f"a person's words ({len(piece)} letters)" for piece in words() if piece in text),
    ]


def begin() -> None:
    """Before a test: our ears are where its log lines pass; of a house that another test configured nothing is left."""
    structlog.reset_defaults()
    root = logging.getLogger()
    others = [each for each in root.handlers if not isinstance(each.formatter, ProcessorFormatter)]
    root.handlers = [each for each in others if not isinstance(each, Ear)] + [Ear()]
    root.setLevel(logging.INFO)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.DEBUG)
    usual = [step for step in structlog.get_config()["processors"] if step is not heard]
    structlog.configure(processors=[heard, *(PLAIN if isinstance(step, ConsoleRenderer) else step for step in usual)])


def end() -> list[str]:
    """After a test: what leaked, and a clean sheet."""
    try:
        return found("\n".join(_lines)) if _lines else []
    finally:
        _lines.clear()
        _sealed.clear()


def listen() -> None:
    """From here on, whatever becomes a secret is known."""
    secrets.token_urlsafe = _noted_token
    Vault.seal = _noted_seal  # type: ignore[method-assign]
