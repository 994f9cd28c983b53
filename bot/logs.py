"""Everything logged, ours and the libraries', as JSON lines on stderr without a secret or a person's words.

Knows no other room.
"""

import dataclasses
import json
import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, Final

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor, WrappedLogger

WORDS: Final = frozenset({"text", "raw", "value", "body", "payload", "question", "caption"})
"""Fields that may hold what a person wrote, at any depth."""

QUIET: Final = (
    "aiohttp", "alembic", "apscheduler", "asyncio", "hpack", "httpcore", "httpcore2", "httpx", "httpx2", "openai",
    "sqlalchemy", "telegram", "telegram.Bot",
)  # fmt: skip
"""Libraries whose INFO or DEBUG lines hold addresses with the token, or parameters with people's words."""

_SECRETS: Final = (
    # A Bot API address holds the token: /bot<id>:<secret>/getMe
    (re.compile(r"/bot\d+(?::|%3A)[^/\s\"']+", re.IGNORECASE), "/bot<jeton>"),
    (re.compile(r"\d{6,}(?::|%3A)[\w-]{30,}", re.IGNORECASE), "<jeton>"),
    (re.compile(r"\bsk-[\w-]{16,}"), "<clé>"),
    (re.compile(r"(?<=://)[^/@\s:]*:[^/@\s]+(?=@)"), "<identifiants>"),
    # Errors of SQLAlchemy, PostgreSQL and pydantic quote what they were given.
    (re.compile(r"\[parameters: .*?\](?=\n|$)", re.DOTALL), "[parameters: <masqué>]"),
    (re.compile(r"(?<=DETAIL:).*?(?=\n[A-Z]+:|\n\[SQL|\n\n|\Z)", re.DOTALL), " <masqué>"),
    (re.compile(r"(?<=input_value=).*?(?=, input_type=)", re.DOTALL), "<masqué>"),
)


def configure(level: str = "INFO") -> None:
    """Sends structlog's and the standard library's records from `level` up to stderr, one JSON object a line."""
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    _root_handler(level.upper(), before)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
    logging.captureWarnings(True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *before,
            structlog.stdlib.PositionalArgumentsFormatter(),
            ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def _root_handler(level: str, before: list[Processor]) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.handleError = _say_lost  # type: ignore[method-assign]
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[
                ProcessorFormatter.remove_processors_meta,
                structlog.processors.StackInfoRenderer(),
                structlog.processors.format_exc_info,
                redact,
                structlog.processors.JSONRenderer(_line, ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)


def _line(event: Mapping[str, Any], **how: Any) -> str:
    """JSON on one line for every reader: what ends a line, commands a terminal or turns text around is spelled out."""
    line = json.dumps(event, **how)
    return line if line.isprintable() else "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)


def _say_lost(record: logging.LogRecord) -> None:
    """In place of the standard library's, which prints a record that cannot be rendered as it is, unmasked."""
    fault = type(sys.exc_info()[1]).__name__
    print(json.dumps({"event": "record lost", "logger": record.name, "fault": fault}), file=sys.stderr)


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A structlog processor, the last before rendering: masks secrets everywhere and people's words by field."""
    return _fields(event)


def _fields(fields: Mapping[Any, object]) -> dict[str, Any]:
    return {_masked(str(name)): _field(name, value) for name, value in fields.items()}


def _field(name: object, value: object) -> Any:
    if value is not None and str(name).lower() in WORDS:
        return f"<{len(value if isinstance(value, (str, bytes)) else str(value))} caractères>"
    return _clean(value)


def _clean(value: object) -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return _masked(value)
        case Mapping():
            return _fields(value)
        case list() | tuple() | set() | frozenset():
            return [_clean(item) for item in value]
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return _fields({field.name: getattr(value, field.name) for field in dataclasses.fields(value)})
        case _:
            return _masked(repr(value))


def _masked(text: str) -> str:
    for pattern, mask in _SECRETS:
        text = pattern.sub(mask, text)
    return text
