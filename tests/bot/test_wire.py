"""python-telegram-bot over our wire, on real sockets."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from telegram import Bot, InputMediaPhoto
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.standin.listener import listening
from bot.standin.server import create
from bot.standin.telegram import Telegram
from bot.telegram.secrecy import MASK, describe, redact
from bot.telegram.wire import Wire
from tests.bot.scripted import TOKEN, Scripted, answer, cut, free_port, half, held, raw, refusal, reset, scripted

MESSAGE = {"message_id": 7, "date": 1700000000, "chat": {"id": 5, "type": "private"}, "text": "bonjour"}
FILE = {"file_id": "F", "file_unique_id": "U", "file_path": "voice/a.oga"}


@pytest.fixture
async def server() -> AsyncIterator[Scripted]:
    async with scripted() as script:
        yield script


@pytest.fixture
async def bot(server: Scripted) -> AsyncIterator[Bot]:
    wires = Wire(), Wire()
    yield Bot(
        TOKEN,
        base_url=f"{server.url}/bot",
        base_file_url=f"{server.url}/file/bot",
        request=wires[0],
        get_updates_request=wires[1],
    )
    for wire in wires:
        await wire.shutdown()


async def test_a_message(server: Scripted, bot: Bot) -> None:
    server.acts = [answer(MESSAGE)]
    assert (await bot.send_message(5, "bonjour")).message_id == 7
    assert server.requests[0].json == {"chat_id": 5, "text": "bonjour"}


async def test_uploads_alone_and_in_a_group(server: Scripted, bot: Bot) -> None:
    server.acts = [answer(MESSAGE), answer([MESSAGE])]
    await bot.send_document(5, b"%PDF", filename="livret.pdf", caption="Le livret")
    await bot.send_media_group(5, [InputMediaPhoto(b"\xff\xd8\xffpicture", filename="frise.jpg")])
    one, group = (request.body for request in server.requests)
    assert b'filename="livret.pdf"' in one
    assert b"%PDF" in one
    assert b"attach://" in group
    assert b"\xff\xd8\xffpicture" in group


async def test_a_download(server: Scripted, bot: Bot) -> None:
    server.acts = [answer(FILE), raw(b"OGG")]
    file = await bot.get_file("F")
    assert bytes(await file.download_as_bytearray()) == b"OGG"


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (refusal(400, "Bad Request: message text is empty"), BadRequest),
        (refusal(403, "Forbidden: bot was blocked by the user"), Forbidden),
        (refusal(429, "Too Many Requests", retry_after=3), RetryAfter),
        (refusal(401, "Unauthorized"), InvalidToken),
        (raw(b"<html>", 502), NetworkError),
        (raw(b"<html>", 200), TelegramError),
        (half, NetworkError),
        (cut, NetworkError),
        (reset, NetworkError),
    ],
)
async def test_each_failure_raises_its_error(
    server: Scripted, bot: Bot, act: Any, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    server.acts = [act]
    with pytest.raises(error):
        await bot.send_message(5, "bonjour")


async def test_a_slow_answer_has_timed_out_and_is_doubtful(server: Scripted, bot: Bot) -> None:
    late = asyncio.Event()
    server.acts = [held(late)]
    with pytest.raises(TimedOut, match="Doubtful"):
        await bot.send_message(5, "bonjour", read_timeout=0.1)
    late.set()


async def test_a_refused_connection_says_that_nothing_was_sent() -> None:
    wire = Wire()
    bot = Bot(TOKEN, base_url=f"http://127.0.0.1:{free_port()}/bot", request=wire)
    with pytest.raises(NetworkError, match="NotSent") as error:
        await bot.send_message(5, "bonjour")
    assert error.value.__cause__ is None
    assert error.value.__context__ is None
    await wire.shutdown()


async def test_a_masked_bot_reaches_the_server_with_its_token(server: Scripted) -> None:
    wire = Wire(TOKEN)
    bot = Bot(MASK, base_url=f"{server.url}/bot", base_file_url=f"{server.url}/file/bot", request=wire)
    server.acts = [answer(FILE), raw(b"OGG")]
    file = await bot.get_file("F")
    assert await file.download_as_bytearray() == b"OGG"
    assert [request.line.split("/", 1)[1].split(TOKEN)[0] for request in server.requests] == ["bot", "file/bot"]
    assert TOKEN not in repr((bot, file, wire))
    await wire.shutdown()


async def test_nothing_is_logged_of_a_call_even_at_debug(
    server: Scripted, bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.acts = [answer(MESSAGE), raw(b"not json", 200)]
    await bot.send_message(5, "je suis épuisée")
    with pytest.raises(TelegramError):
        await bot.send_message(5, "je suis épuisée")
    said = " ".join(record.getMessage() for record in caplog.records)
    assert TOKEN not in said
    assert "épuisée" not in said
    assert "not json" not in said


async def test_a_stock_bot_lives_with_the_stand_in_over_our_wire() -> None:
    app = create(token=TOKEN)
    telegram: Telegram = app.state.telegram
    telegram.account("Camille", 5)
    async with listening(app) as url:
        bot = Bot(TOKEN, base_url=f"{url}/bot", request=Wire(), get_updates_request=Wire())
        async with bot:
            await telegram.say(5, "/start")
            (update,) = await bot.get_updates(timeout=1)
            assert update.message is not None
            sent = await bot.send_document(5, b"texte", filename="retour.txt")
            assert sent.document is not None
            with pytest.raises(Forbidden):
                await telegram.block(5)
                await bot.send_message(5, "bonjour")


def test_tokens_are_taken_out_of_texts() -> None:
    assert redact(f"GET https://api/bot{TOKEN}/getMe and {TOKEN}.") == f"GET https://api/bot{MASK}/getMe and {MASK}."
    assert redact(f"/file/bot{TOKEN.replace(':', '%3A')}/a") == f"/file/bot{MASK}/a"
    assert redact("/bot1:short/getMe") == f"/bot{MASK}/getMe"
    assert redact("à 12:30, rendez-vous") == "à 12:30, rendez-vous"
    assert len(describe("x" * 999)) == 200
