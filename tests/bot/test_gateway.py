"""Calls over real sockets: what each fault leaves us knowing, and what never leaves: the token."""

import asyncio
import logging
import multiprocessing
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from bot.standin.listener import listening
from bot.standin.server import create
from bot.standin.telegram import Telegram
from bot.telegram import menu
from bot.telegram.gateway import (
    Call,
    Denied,
    Doubtful,
    Failed,
    Gateway,
    NotSent,
    Refused,
    Sent,
    TooBig,
    Unreachable,
    Waiting,
)
from tests.bot.scripted import TOKEN, Scripted, answer, cut, free_port, half, held, raw, refusal, reset, scripted

HELLO = Call("sendMessage", {"chat_id": 5, "text": "bonjour"})
MESSAGE = {"message_id": 77, "chat": {"id": 5}}


@pytest.fixture
async def open_gateways() -> AsyncIterator[list[Gateway]]:
    gateways: list[Gateway] = []
    yield gateways
    for each in gateways:
        await each.close()


@pytest.fixture
def gate(open_gateways: list[Gateway]) -> Callable[..., Gateway]:
    def build(url: str, **options: Any) -> Gateway:
        open_gateways.append(Gateway(TOKEN, url, **options))
        return open_gateways[-1]

    return build


Gate = Callable[..., Gateway]


async def test_a_message_is_sent_with_its_parameters_as_json(gate: Gate) -> None:
    async with scripted(answer(MESSAGE)) as server:
        assert await gate(server.url).call(HELLO) == Sent(77, MESSAGE)
        assert server.requests[0].line == f"POST /bot{TOKEN}/sendMessage HTTP/1.1"
        assert server.requests[0].json == {"chat_id": 5, "text": "bonjour"}


@pytest.mark.parametrize(
    ("act", "outcome"),
    [
        (refusal(429, "Too Many Requests: retry after 7", retry_after=7), Waiting(7.0)),
        (refusal(429, "Too Many Requests"), Waiting(1.0)),
        (refusal(403, "Forbidden: bot was blocked by the user"), Unreachable("Forbidden: bot was blocked by the user")),
        (refusal(403, "Forbidden: user is deactivated"), Unreachable("Forbidden: user is deactivated")),
        (refusal(400, "Bad Request: chat not found"), Unreachable("bad request: chat not found")),
        (refusal(400, "Bad Request: message text is empty"), Refused(400, "Bad Request: message text is empty")),
        (refusal(400, "Bad Request: message is not modified"), Refused(400, "Bad Request: message is not modified")),
        (refusal(409, "Conflict: terminated by other getUpdates request"), Refused(409, "Conflict: terminated by other getUpdates request")),  # noqa: E501
        (refusal(413, "Request Entity Too Large"), Refused(413, "Request Entity Too Large")),
        (refusal(404, "Not Found: method not found"), Refused(404, "Not Found: method not found")),
        (refusal(502, "Bad Gateway"), Doubtful("502: Bad Gateway")),
        (refusal(500, "Internal Server Error: Request aborted"), Doubtful("500: Internal Server Error: Request aborted")),  # noqa: E501
        (raw(b"<html>502</html>", 502), Doubtful("502, not JSON")),
        (raw(b"<html>welcome to the hotel</html>", 200), Doubtful("200, not JSON")),
        (raw(b"", 302), Doubtful("302, not JSON")),
        (raw(b"[]", 200), Doubtful("200, not an answer")),
    ],
)  # fmt: skip
async def test_each_answer_has_its_outcome(gate: Gate, act: Any, outcome: Any) -> None:
    async with scripted(act) as server:
        assert await gate(server.url).call(HELLO) == outcome


@pytest.mark.parametrize("act", [refusal(401, "Unauthorized"), refusal(404, "Not Found")])
async def test_a_refused_token_is_denied(gate: Gate, act: Any) -> None:
    async with scripted(act, act, act) as server:
        gateway = gate(server.url)
        assert isinstance(await gateway.call(HELLO), Denied)
        with pytest.raises(Denied):
            await gateway.me()
        with pytest.raises(Denied):
            await gateway.get_updates(None, 0)


async def test_an_edit_that_changes_nothing_is_done(gate: Gate) -> None:
    same = refusal(400, "Bad Request: message is not modified: specified new message content …")
    async with scripted(same) as server:
        edit = Call("editMessageText", {"chat_id": 5, "message_id": 9, "text": "bonjour"})
        assert await gate(server.url).call(edit) == Sent(9)


async def test_a_button_answered_too_late_is_no_trouble(gate: Gate) -> None:
    late = refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
    async with scripted(late) as server:
        assert await gate(server.url).call(Call("answerCallbackQuery", {"callback_query_id": "1"})) == Sent(None)


async def test_words_a_person_wrote_do_not_stay_in_a_refusal(gate: Gate) -> None:
    quoting = refusal(400, 'Bad Request: can\'t parse entities: unexpected "j\'ai pleuré" "encore" at byte 12')
    async with scripted(quoting) as server:
        outcome = await gate(server.url).call(HELLO)
        assert outcome == Refused(400, 'Bad Request: can\'t parse entities: unexpected "…" at byte 12')


@pytest.mark.parametrize("act", [cut, reset, half])
async def test_an_exchange_broken_after_the_request_left_is_doubtful(gate: Gate, act: Any) -> None:
    async with scripted(act) as server:
        assert isinstance(await gate(server.url).call(HELLO), Doubtful)
        assert len(server.requests) == 1


async def test_a_pooled_connection_closed_as_we_write_is_doubtful_and_not_tried_again(gate: Gate) -> None:
    async with scripted(answer(MESSAGE), cut, answer(MESSAGE)) as server:
        gateway = gate(server.url)
        assert isinstance(await gateway.call(HELLO), Sent)
        assert isinstance(await gateway.call(HELLO), Doubtful)
        assert server.connections == 1
        assert len(server.requests) == 2


async def test_a_slow_answer_is_doubtful(gate: Gate) -> None:
    late = asyncio.Event()
    async with scripted(held(late, answer(MESSAGE))) as server:
        outcome = await gate(server.url, read_timeout=0.1).call(HELLO)
        late.set()
        assert isinstance(outcome, Doubtful)
        assert len(server.requests) == 1


async def test_a_refused_connection_is_not_sent(gate: Gate) -> None:
    outcome = await gate(f"http://127.0.0.1:{free_port()}").call(HELLO)
    assert isinstance(outcome, NotSent)


async def test_no_place_in_the_pool_is_not_sent(gate: Gate) -> None:
    late = asyncio.Event()
    async with scripted(held(late, answer(MESSAGE))) as server:
        gateway = gate(server.url, connections=1, connect_timeout=0.1)
        first = asyncio.create_task(gateway.call(HELLO))
        await server.heard(1)
        assert isinstance(await gateway.call(HELLO), NotSent)
        late.set()
        assert isinstance(await first, Sent)
        assert len(server.requests) == 1


async def test_a_server_that_does_not_speak_tls_is_not_sent(gate: Gate) -> None:
    async with scripted() as server:
        assert isinstance(await gate(server.url.replace("http:", "https:")).call(HELLO), NotSent)
        assert server.requests == []


async def test_lone_surrogates_do_not_stop_a_message(gate: Gate) -> None:
    async with scripted(answer(MESSAGE)) as server:
        assert isinstance(await gate(server.url).call(Call("sendMessage", {"chat_id": 5, "text": "a\ud800b"})), Sent)
        assert server.requests[0].json["text"] == "a?b"


@pytest.mark.parametrize("odd", [b'"\\ud800"', b'"\xff"', b"1" * 60, b"NaN"])
async def test_one_odd_update_does_not_hide_the_others(gate: Gate, odd: bytes) -> None:
    body = b'{"ok":true,"result":[{"update_id":1,"odd":' + odd + b'},7,{"update_id":2,"text":"\\ud83d\\ude42"}]}'
    async with scripted(raw(body)) as server:
        updates = await gate(server.url).get_updates(None, 0)
        assert [update["update_id"] for update in updates] == [1, 2]
        assert updates[1]["text"] == "🙂"


async def test_updates_are_asked_for_as_told(gate: Gate) -> None:
    async with scripted(answer([]), answer([])) as server:
        gateway = gate(server.url)
        await gateway.get_updates(None, 0, 10, ("message",))
        await gateway.get_updates(41, 0)
        assert server.requests[0].json == {"timeout": 0, "limit": 10, "allowed_updates": ["message"]}
        assert server.requests[1].json["offset"] == 41


@pytest.mark.parametrize("act", [cut, refusal(502, "Bad Gateway"), answer(True)])
async def test_updates_that_cannot_be_had_raise(gate: Gate, act: Any) -> None:
    async with scripted(act) as server:
        with pytest.raises(Failed) as failed:
            await gate(server.url).get_updates(None, 0)
        assert isinstance(failed.value.trouble, Doubtful)


# --- files -------------------------------------------------------------------------------------


async def test_a_file_is_fetched(gate: Gate) -> None:
    async with scripted(answer({"file_size": 3, "file_path": "voice/a b.oga"}), raw(b"OGG")) as server:
        assert await gate(server.url).file("F1") == b"OGG"
        assert server.requests[0].json == {"file_id": "F1"}
        assert server.requests[1].line == f"GET /file/bot{TOKEN}/voice/a%20b.oga HTTP/1.1"


@pytest.mark.parametrize(
    ("acts", "outcome"),
    [
        ([answer({"file_size": 11, "file_path": "a"})], TooBig(11)),
        ([answer({"file_path": "a"}), raw(b"x" * 11)], TooBig(11)),
        ([refusal(400, "Bad Request: file is too big")], TooBig(None)),
        ([refusal(400, "Bad Request: wrong file_id")], Refused(400, "Bad Request: wrong file_id")),
        ([answer({"file_path": "a"}), raw(b"gone", 404)], Refused(404, "file not given")),
        ([answer({"file_id": "F1"})], Refused(404, "no path for this file")),
    ],
)
async def test_a_file_that_is_not_had_says_why(gate: Gate, acts: Any, outcome: Any) -> None:
    async with scripted(*acts) as server:
        assert await gate(server.url).file("F1", max_bytes=10) == outcome


async def test_half_a_file_is_no_file(gate: Gate) -> None:
    async with scripted(answer({"file_path": "a"}), half) as server:
        assert isinstance(await gate(server.url).file("F1"), Doubtful)


async def test_a_document_goes_up_as_a_form(gate: Gate) -> None:
    async with scripted(answer(MESSAGE)) as server:
        call = Call(
            "sendDocument",
            {"chat_id": 5, "caption": "Le livret", "reply_markup": {"inline_keyboard": []}, "thread": None},
            {"document": ("livret.pdf", b"%PDF-\x00\xff", "application/pdf")},
        )
        assert await gate(server.url).call(call) == Sent(77, MESSAGE)
        body = server.requests[0].body
        assert b'name="chat_id"\r\n\r\n5\r\n' in body
        assert b'{"inline_keyboard":[]}' in body
        assert b'filename="livret.pdf"' in body
        assert b"%PDF-\x00\xff" in body
        assert b"thread" not in body


# --- secrecy -----------------------------------------------------------------------------------


async def _everything_said(gateway: Gateway, server: Scripted) -> list[str]:
    """Reprs, outcomes and error texts, with their causes, of calls that go wrong in every way."""
    said = [repr(gateway), repr(gateway.bot)]
    for act in (cut, reset, half, raw(b"{", 200), refusal(400, f"bad /bot{TOKEN}/x {TOKEN}"), refusal(401, TOKEN)):
        server.acts[:] = [act, act, act]
        said.append(repr(await gateway.call(HELLO)))
        for attempt in (gateway.me, gateway.bot.get_me):
            try:
                await attempt()
            except Exception as error:
                said += _chain(error)
    return said


def _chain(error: BaseException | None) -> list[str]:
    return [] if error is None else [repr(error), *_chain(error.__cause__), *_chain(error.__context__)]


async def test_the_token_is_in_no_log_no_repr_and_no_error(gate: Gate, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with scripted() as server:
        said = await _everything_said(gate(server.url, read_timeout=1), server)
        said += _chain(await _failure(gate(f"http://127.0.0.1:{free_port()}").me))
        said += [record.getMessage() + str(record.exc_text) for record in caplog.records]
        assert TOKEN in server.requests[0].line
        assert TOKEN in server.requests[2].line
        assert len(said) > 20
        assert [text for text in said if TOKEN.split(":")[1] in text] == []


async def _failure(attempt: Callable[[], Awaitable[Any]]) -> BaseException | None:
    try:
        await attempt()
    except Exception as error:
        return error
    return None


# --- with the stand-in -------------------------------------------------------------------------


@pytest.fixture
async def standin() -> AsyncIterator[tuple[Telegram, str]]:
    app = create(token=TOKEN)
    telegram: Telegram = app.state.telegram
    telegram.account("Camille", 5)
    async with listening(app) as url:
        yield telegram, url


async def test_a_conversation_with_the_stand_in(standin: tuple[Telegram, str], gate: Gate) -> None:
    telegram, url = standin
    gateway = gate(url)
    assert (await gateway.me())["is_bot"] is True
    await telegram.say(5, "/start")
    (update,) = await gateway.get_updates(None, 1)
    assert update["message"]["text"] == "/start"
    outcome = await gateway.call(HELLO)
    assert isinstance(outcome, Sent)
    assert outcome.message_id is not None
    edit = Call("editMessageText", {"chat_id": 5, "message_id": outcome.message_id, "text": "bonjour"})
    assert await gateway.call(edit) == Sent(outcome.message_id)
    await telegram.block(5)
    assert isinstance(await gateway.call(HELLO), Unreachable)
    assert isinstance(await gateway.call(Call("sendMessage", {"chat_id": 6, "text": "?"})), Unreachable)


async def test_a_lost_answer_of_the_stand_in_is_doubtful_and_was_delivered(
    standin: tuple[Telegram, str], gate: Gate
) -> None:
    telegram, url = standin
    gateway = gate(url)
    await telegram.say(5, "/start")
    telegram.fault("sendMessage", drop=True, after_accept=True)
    assert isinstance(await gateway.call(HELLO), Doubtful)
    assert [message["text"] for message in telegram.history(5)][-1] == "bonjour"


async def test_menus_are_set_once(standin: tuple[Telegram, str], gate: Gate) -> None:
    telegram, url = standin
    gateway = gate(url)
    await telegram.say(5, "/start")
    menus = {"participant": [("aide", "Savoir quoi faire")], "coach": [("espace", "Ouvrir l’espace")]}
    for _ in range(2):
        troubles = await menu.announce(gateway, menus, {5: "coach"}, description="Bonjour.", short="Marge")
        assert troubles == []
    made = [call.method for call in telegram.calls if call.method.lower().startswith("set")]
    assert sorted(made) == sorted(["setMyDescription", "setMyShortDescription", "setMyCommands", "setMyCommands"])
    shown = await gateway.call(Call("getMyCommands", {"scope": {"type": "chat", "chat_id": 5}}))
    assert isinstance(shown, Sent)
    assert shown.result == [{"command": "espace", "description": "Ouvrir l’espace"}]


async def test_a_menu_telegram_would_refuse_is_refused_here(gate: Gate) -> None:
    async with scripted() as server:
        with pytest.raises(ValueError, match="réglages"):
            await menu.for_chat(gate(server.url), [("réglages", "Régler")], 5)
        assert server.requests == []


# --- speed -------------------------------------------------------------------------------------


def _serve(pipe: Any) -> None:
    body = b'{"ok":true,"result":{"message_id":7,"date":1700000000,"chat":{"id":1,"type":"private"},"text":"bonjour"}}'
    answered = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body

    class Quick(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport, self.got = transport, b""

        def data_received(self, data: bytes) -> None:
            self.got += data
            head, found, rest = self.got.partition(b"\r\n\r\n")
            if found and len(rest) >= int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0]):
                self.got = b""
                self.transport.write(answered)

    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(Quick, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


async def _rate(send: Callable[[int], Awaitable[Any]], count: int) -> float:
    numbers = iter(range(1, count + 1))

    async def one_after_another() -> None:
        for number in numbers:
            await send(number)

    begun = time.perf_counter()
    await asyncio.gather(*(one_after_another() for _ in range(32)))
    return count / (time.perf_counter() - begun)


@pytest.mark.benchmark
async def test_it_sends_eight_times_as_fast_as_a_stock_bot(gate: Gate) -> None:
    import telegram

    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(there,), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{here.recv()}"
    gateway = gate(url)
    async with telegram.request.HTTPXRequest(connection_pool_size=64) as request:
        stock = telegram.Bot(TOKEN, base_url=f"{url}/bot", request=request)
        ratios = []
        for _ in range(5):
            ours = await _rate(lambda n: gateway.call(Call("sendMessage", {"chat_id": n, "text": "bonjour"})), 6000)
            theirs = await _rate(lambda n: stock.send_message(n, "bonjour"), 1000)
            ratios.append(ours / theirs)
    server.terminate()
    assert sorted(ratios)[2] >= 8
