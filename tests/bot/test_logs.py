"""Canaries planted where secrets and people's words could come through, looked for in what is written."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import structlog
from pydantic import BaseModel, ValidationError
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from structlog.stdlib import ProcessorFormatter

from bot import logs

TOKEN = "123456789:AAHkQ-canary_canary_canary_canary"
WORDS = "je suis au canary du rouleau"


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in logs.QUIET}
    yield
    root.handlers = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    logging.captureWarnings(False)
    structlog.reset_defaults()


class Lines:
    """What was written so far, as the objects it holds."""

    def __init__(self, stream: io.StringIO) -> None:
        self._stream = stream

    def read(self) -> list[dict[str, Any]]:
        written = self._stream.getvalue()
        assert "canary" not in written
        return [json.loads(line) for line in written.splitlines()]

    def one(self) -> dict[str, Any]:
        [line] = self.read()
        return line


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Lines:
    stream = io.StringIO()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", stream)
        logs.configure("DEBUG")
    return Lines(stream)


def test_a_line_says_when_where_and_what(lines: Lines) -> None:
    structlog.get_logger("bot.inbox").info("update stored", update_id=7, prénom="Zoé")
    line = lines.one()
    assert (line["event"], line["level"], line["logger"]) == ("update stored", "info", "bot.inbox")
    assert (line["update_id"], line["prénom"]) == (7, "Zoé")
    assert line["timestamp"].endswith("Z")


def test_the_level_is_kept(lines: Lines) -> None:
    logging.getLogger().setLevel("WARNING")
    structlog.get_logger("a").info("quiet")
    logging.getLogger("b").info("quiet")
    structlog.get_logger("a").warning("loud")
    assert [line["event"] for line in lines.read()] == ["loud"]


def test_the_standard_library_goes_the_same_way(lines: Lines) -> None:
    logging.getLogger("somewhere").warning("POST %s", f"https://api.telegram.org/bot{TOKEN}/getMe")
    line = lines.one()
    assert line["event"] == "POST https://api.telegram.org/bot<jeton>/getMe"
    assert (line["level"], line["logger"]) == ("warning", "somewhere")


@pytest.mark.parametrize(
    ("said", "written"),
    [
        (f"token {TOKEN}.", "token <jeton>."),
        ("/bot42:canary/sendMessage", "/bot<jeton>/sendMessage"),
        ("/file/bot42:canary/voice/1.oga", "/file/bot<jeton>/voice/1.oga"),
        (TOKEN.replace(":", "%3A"), "<jeton>"),
        ("key sk-proj-canarycanarycanary", "key <clé>"),
        ("postgresql+psycopg://marge:canary@db/marge", "postgresql+psycopg://<identifiants>@db/marge"),
        ("site-packages/botocore/session.py at 12:30:45", "site-packages/botocore/session.py at 12:30:45"),
    ],
)
def test_secrets_are_masked_in_any_string(lines: Lines, said: str, written: str) -> None:
    structlog.get_logger().info(said, where=[{"deep": (said,)}])
    line = lines.one()
    assert line["event"] == written
    assert line["where"] == [{"deep": [written]}]


@pytest.mark.parametrize("field", ["text", "raw", "value", "body", "payload", "question", "caption", "Text"])
def test_peoples_words_become_their_length(lines: Lines, field: str) -> None:
    structlog.get_logger().info("kept", **{field: WORDS}, update={"message": [{field: WORDS, "id": 3}]})
    line = lines.one()
    assert line[field] == "<28 caractères>"
    assert line["update"] == {"message": [{field: "<28 caractères>", "id": 3}]}


def test_words_are_masked_whatever_holds_them(lines: Lines) -> None:
    @dataclass(frozen=True, slots=True)
    class Said:
        text: str
        choice: str | None = None

    structlog.get_logger().info("kept", said=Said(WORDS), value={"piles": [WORDS]}, raw=WORDS.encode(), body=None)
    line = lines.one()
    assert line["said"] == {"text": "<28 caractères>", "choice": None}
    assert line["raw"] == "<28 caractères>"
    assert line["body"] is None
    assert line["value"].endswith(" caractères>")


def test_an_object_is_masked_as_it_shows_itself(lines: Lines) -> None:
    class Bot:
        def __repr__(self) -> str:
            return f"Bot[token={TOKEN}]"

    structlog.get_logger().info("starting", bot=Bot(), **{TOKEN: 1})
    line = lines.one()
    assert line["bot"] == "Bot[token=<jeton>]"
    assert line["<jeton>"] == 1


def test_bound_context_is_masked(lines: Lines) -> None:
    with structlog.contextvars.bound_contextvars(text=WORDS):
        structlog.get_logger().info("turn")
    assert lines.one()["text"] == "<28 caractères>"


@pytest.mark.parametrize("logger", [structlog.get_logger("ours"), logging.getLogger("theirs")])
def test_exceptions_and_their_causes_are_masked(lines: Lines, logger: Any) -> None:
    try:
        try:
            raise ConnectionError(f"cannot reach https://local/bot{TOKEN}/getMe")
        except ConnectionError as cause:
            raise ValueError(f"no bot for {TOKEN}") from cause
    except ValueError:
        logger.exception("failed")
    trace = lines.one()["exception"]
    assert "ValueError: no bot for <jeton>" in trace
    assert "ConnectionError: cannot reach https://local/bot<jeton>/getMe" in trace


def test_the_database_does_not_quote_its_parameters(lines: Lines) -> None:
    with create_engine("sqlite://").connect() as connection:
        try:
            connection.execute(text("INSERT INTO nowhere VALUES (:words)"), {"words": WORDS + "\n[…]"})
        except OperationalError:
            structlog.get_logger().exception("write failed")
    trace = lines.one()["exception"]
    assert "no such table: nowhere" in trace
    assert "[parameters: <masqué>]" in trace


def test_postgresql_does_not_quote_the_row(lines: Lines) -> None:
    structlog.get_logger().error(f"duplicate key\nDETAIL:  Key (a)=({WORDS}\n{WORDS}) already exists.\n[SQL: INSERT]")
    assert lines.one()["event"] == "duplicate key\nDETAIL: <masqué>\n[SQL: INSERT]"


def test_pydantic_does_not_quote_its_input(lines: Lines) -> None:
    class Reply(BaseModel):
        scale: int

    try:
        Reply.model_validate({"scale": WORDS})
    except ValidationError:
        logging.getLogger().exception("unreadable")
    assert "input_value=<masqué>" in lines.one()["exception"]


@pytest.mark.parametrize("name", ["httpx", "httpcore", "aiohttp.client", "telegram.Bot", "sqlalchemy.engine"])
def test_talkative_libraries_are_heard_from_warning_up(lines: Lines, name: str) -> None:
    logging.getLogger(name).info("canary %s", WORDS)
    logging.getLogger(name).warning("slow")
    assert lines.one()["event"] == "slow"


def test_a_record_that_cannot_be_rendered_is_not_printed_as_it_is(
    lines: Lines, capsys: pytest.CaptureFixture[str]
) -> None:
    [ours] = [handler for handler in logging.getLogger().handlers if isinstance(handler.formatter, ProcessorFormatter)]
    ours.handle(logging.LogRecord("here", logging.ERROR, __file__, 1, "%d parts", (TOKEN,), None))
    assert lines.read() == []
    assert json.loads(capsys.readouterr().err) == {"event": "record lost", "logger": "here", "fault": "TypeError"}


def test_the_last_configuration_alone_holds(lines: Lines, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("warning")
    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud")
    assert lines.read() == []
    assert json.loads(capsys.readouterr().err)["event"] == "loud"
