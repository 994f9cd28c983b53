"""Updates in, by polling and by webhook: nothing is acknowledged that was not kept."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from starlette.applications import Starlette

from bot.standin.listener import listening
from bot.standin.server import create
from bot.standin.telegram import Telegram
from bot.telegram.gateway import Denied, Gateway
from bot.telegram.receive import ALLOWED, poll
from bot.telegram.webhook import HEADER, MOST_BYTES, route
from tests.bot.scripted import TOKEN, Scripted, answer, cut, half, held, raw, refusal, reset, scripted

PAUSES = (0.01, 0.02)
SECRET = "s" * 40


class Shelf:
    """Keeps updates, or fails as often as told; its condition says when something happened."""

    def __init__(self, failures: int = 0) -> None:
        self.kept: list[dict[str, Any]] = []
        self.failures = failures
        self.news = asyncio.Condition()

    async def keep(self, updates: list[dict[str, Any]]) -> None:
        async with self.news:
            if self.failures:
                self.failures -= 1
                raise OSError("disk full")
            self.kept += updates
            self.news.notify_all()

    async def holds(self, count: int) -> None:
        async with self.news:
            await self.news.wait_for(lambda: len(self.kept) >= count)

    @property
    def numbers(self) -> list[int]:
        return [update["update_id"] for update in self.kept]


@pytest.fixture
async def server() -> AsyncIterator[Scripted]:
    async with scripted() as script:
        yield script


@pytest.fixture
async def gateway(server: Scripted) -> AsyncIterator[Gateway]:
    gateway = Gateway(TOKEN, server.url)
    yield gateway
    await gateway.close()


def updates(*numbers: int) -> Any:
    return answer([{"update_id": number} for number in numbers])


async def polled(gateway: Gateway, server: Scripted, shelf: Shelf, *acts: Any) -> list[int | None]:
    """Polls until every act was met and one more request came, then stops; the offsets asked for."""
    stop = asyncio.Event()
    server.acts = [*acts, held(stop)]
    polling = asyncio.create_task(poll(gateway, shelf.keep, stop, timeout=1, pauses=PAUSES))
    async with asyncio.timeout(10):
        await server.heard(len(acts) + 1)
        stop.set()
        await polling
    return [request.json.get("offset") for request in server.requests]


async def test_an_offset_is_sent_only_once_its_updates_are_kept(gateway: Gateway, server: Scripted) -> None:
    shelf = Shelf()
    offsets = await polled(gateway, server, shelf, updates(7, 8), answer([]), updates(9))
    assert shelf.numbers == [7, 8, 9]
    assert offsets[:4] == [None, 9, 9, 10]
    assert tuple(server.requests[0].json["allowed_updates"]) == ALLOWED


async def test_what_was_not_kept_is_asked_for_again(gateway: Gateway, server: Scripted) -> None:
    shelf = Shelf(failures=2)
    offsets = await polled(gateway, server, shelf, updates(7), updates(7), updates(7, 8))
    assert offsets[:4] == [None, None, None, 9]
    assert shelf.numbers == [7, 8]


async def test_keeping_comes_before_the_next_request(gateway: Gateway, server: Scripted) -> None:
    begun, go_on, stop = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def keep(_: list[dict[str, Any]]) -> None:
        begun.set()
        await go_on.wait()

    server.acts = [updates(7), held(stop)]
    polling = asyncio.create_task(poll(gateway, keep, stop, timeout=1))
    await begun.wait()
    assert len(server.requests) == 1
    go_on.set()
    await server.heard(2)
    stop.set()
    await polling


@pytest.mark.parametrize(
    "trouble",
    [
        cut,
        reset,
        half,
        raw(b"<html>", 502),
        refusal(502, "Bad Gateway"),
        refusal(409, "Conflict: terminated by other getUpdates request"),
        refusal(429, "Too Many Requests", retry_after=0.01),
        answer(True),
    ],
)
async def test_trouble_is_waited_out(gateway: Gateway, server: Scripted, trouble: Any) -> None:
    shelf = Shelf()
    offsets = await polled(gateway, server, shelf, updates(7), trouble, trouble, trouble, updates(8))
    assert shelf.numbers == [7, 8]
    assert offsets[:6] == [None, 8, 8, 8, 8, 9]


async def test_an_update_without_a_number_does_not_move_the_offset(gateway: Gateway, server: Scripted) -> None:
    shelf = Shelf()
    offsets = await polled(gateway, server, shelf, answer([{"update_id": 7}, {"odd": 1}, {"update_id": "x"}]))
    assert offsets[1] == 8
    assert len(shelf.kept) == 3


async def test_ids_that_begin_anew_are_followed(gateway: Gateway, server: Scripted) -> None:
    shelf = Shelf()
    offsets = await polled(gateway, server, shelf, updates(900_000_000), updates(5))
    assert offsets[:3] == [None, 900_000_001, 6]


async def test_a_refused_token_ends_it(gateway: Gateway, server: Scripted) -> None:
    server.acts = [refusal(401, "Unauthorized")]
    with pytest.raises(Denied):
        await poll(gateway, Shelf().keep, asyncio.Event())


async def test_stopping_cuts_a_long_poll_and_confirms_what_is_kept(gateway: Gateway, server: Scripted) -> None:
    shelf = Shelf()
    offsets = await polled(gateway, server, shelf, updates(7))
    assert offsets == [None, 8, 8]
    assert server.requests[-1].json["timeout"] == 0


async def test_stopping_lets_a_keep_finish(gateway: Gateway, server: Scripted) -> None:
    begun, go_on, stop, kept = asyncio.Event(), asyncio.Event(), asyncio.Event(), []

    async def keep(batch: list[dict[str, Any]]) -> None:
        begun.set()
        await go_on.wait()
        kept.extend(batch)

    server.acts = [updates(7)]
    polling = asyncio.create_task(poll(gateway, keep, stop))
    await begun.wait()
    stop.set()
    go_on.set()
    await polling
    assert kept == [{"update_id": 7}]


async def test_a_failure_to_keep_does_not_put_words_in_the_log(
    gateway: Gateway, server: Scripted, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    told = asyncio.Event()

    async def keep(batch: list[dict[str, Any]]) -> None:
        told.set()
        raise ValueError(f"cannot store {batch}")

    stop = asyncio.Event()
    server.acts = [answer([{"update_id": 7, "text": "je suis épuisée"}])]
    polling = asyncio.create_task(poll(gateway, keep, stop, pauses=PAUSES))
    await told.wait()
    stop.set()
    await polling
    said = "".join(capsys.readouterr()) + caplog.text
    assert "ValueError" in said
    assert "épuisée" not in said


async def test_polling_the_stand_in() -> None:
    app = create(token=TOKEN)
    telegram: Telegram = app.state.telegram
    telegram.account("Camille", 5)
    stop, shelf = asyncio.Event(), Shelf(failures=1)
    async with listening(app) as url:
        gateway = Gateway(TOKEN, url)
        telegram.fault("getUpdates", status=502)
        await telegram.say(5, "/start")
        polling = asyncio.create_task(poll(gateway, shelf.keep, stop, pauses=PAUSES))
        async with asyncio.timeout(10):
            await shelf.holds(1)
            await telegram.say(5, "oui")
            await shelf.holds(2)
        stop.set()
        await polling
        assert [update["message"]["text"] for update in shelf.kept] == ["/start", "oui"]
        assert await gateway.get_updates(None, 0) == []
        await gateway.close()


# --- webhook -----------------------------------------------------------------------------------


class Post:
    """Posts to a webhook that keeps on a shelf."""

    def __init__(self, url: str, session: aiohttp.ClientSession, shelf: Shelf) -> None:
        self.url, self.session, self.shelf = url, session, shelf

    async def __call__(self, body: Any, secret: str = SECRET) -> aiohttp.ClientResponse:
        return await self.session.post(f"{self.url}/telegram", data=body, headers={HEADER: secret})


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    shelf = Shelf()
    async with (
        listening(Starlette(routes=[route(SECRET, shelf.keep)])) as url,
        aiohttp.ClientSession() as session,
    ):
        yield Post(url, session, shelf)


async def test_a_webhook_answers_200_once_kept(post: Post) -> None:
    assert (await post(b'{"update_id":7,"odd":"\\ud800"}')).status == 200
    assert post.shelf.numbers == [7]


async def test_a_webhook_that_cannot_keep_asks_to_be_told_again(post: Post) -> None:
    post.shelf.failures = 1
    refused = await post(b'{"update_id":7}')
    assert (refused.status, refused.headers["Retry-After"]) == (503, "5")
    assert (await post(b'{"update_id":7}')).status == 200
    assert post.shelf.numbers == [7]


@pytest.mark.parametrize("secret", ["", "s" * 39, "s" * 41, "é" * 40, SECRET.upper()])
async def test_a_wrong_secret(post: Post, secret: str) -> None:
    assert (await post(b'{"update_id":7}', secret)).status == 403
    assert post.shelf.kept == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b"{}",
        b'{"update_id":"7"}',
        b'{"update_id":true}',
        b'{"update_id":-1}',
        b'{"update_id":9223372036854775808}',
        b"[" * 100_000,
        b'{"update_id":7,"deep":' + b"[" * 5000 + b"]" * 5000 + b"}",
    ],
)
async def test_what_is_no_update(post: Post, body: bytes) -> None:
    assert (await post(body)).status == 400
    assert post.shelf.kept == []


async def _pieces(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b" " * 65536


async def test_a_body_too_long_announced_or_not(post: Post) -> None:
    assert (await post(b" " * (MOST_BYTES + 1))).status == 413
    assert (await post(_pieces(17))).status == 413
    assert (await post(b'{"update_id":7}' + b" " * (MOST_BYTES - 15))).status == 200


def test_a_short_secret_opens_no_webhook() -> None:
    with pytest.raises(ValueError, match="32"):
        route("s" * 31, Shelf().keep)
