"""The ears of the suite: they hear what was logged, however it was, and know a secret without being told of it."""

import logging
import secrets
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
import structlog

from bot.store.database import Database
from bot.store.vault import Vault
from tests import leaks

WORDS = "je n'ai rien dit à personne"
TOKEN = "123456789:AAHkQ-abcdefghijklmnopqrstuvwxyz"


@pytest.fixture
def sealed(database: Database, vault: Vault, now: datetime) -> Iterator[None]:
    """Somebody wrote WORDS, in the middle of an answer."""

    def write(conn: object) -> None:
        vault.ready(conn, [0], now)  # type: ignore[arg-type]
        vault.seal_json(0, "replies.value", {"value": [f"{WORDS}\nni ailleurs"], "how": "said"})

    database.write_now(write)
    yield
    leaks.end()  # what was leaked here on purpose is no failure


def _fails() -> None:
    raise ValueError(f"cannot keep {WORDS}")


def _exception(say: Callable[[str], None]) -> None:
    try:
        _fails()
    except ValueError:
        say("failed")


LEAKS: dict[str, Callable[[], object]] = {
    "structlog": lambda: structlog.get_logger().info("kept", what=[WORDS]),
    "structlog, an exception": lambda: _exception(structlog.get_logger().exception),
    "the standard library": lambda: logging.getLogger("somewhere").info("kept %s", WORDS),
    "the standard library, an exception": lambda: _exception(logging.getLogger().exception),
    "a library": lambda: logging.getLogger("httpx").debug("POST %s", WORDS),
}


@pytest.mark.parametrize("way", LEAKS)
def test_words_are_heard_whichever_way_they_leak(sealed: None, way: str) -> None:
    LEAKS[way]()
    assert leaks.end() == [f"a person's words ({len(WORDS)} letters)"]
    assert leaks.end() == []


@pytest.mark.parametrize("make", [lambda: secrets.token_urlsafe(16), lambda: secrets.token_urlsafe(32)])
def test_a_code_is_heard(make: Callable[[], str]) -> None:
    logging.getLogger("somewhere").info("https://t.me/marge_bot?start=%s", make())
    assert leaks.end() == ["a link or a code"]


def test_a_token_that_nothing_masked_is_heard() -> None:
    assert leaks.found(f"POST /bot{TOKEN}/getMe") == ["a bot token"]
    assert leaks.found("a CANARI-7 sang") == ["a canary"]


def test_what_the_house_masks_is_no_leak(sealed: None) -> None:
    structlog.get_logger().info("kept", text=WORDS)
    logging.getLogger("httpx").info("POST https://local/bot%s/getMe", TOKEN)
    assert leaks.end() == []


def test_an_ordinary_line_is_no_leak(sealed: None) -> None:
    structlog.get_logger().warning("update parked", inbox=7, error="Malformed")
    assert leaks.end() == []
