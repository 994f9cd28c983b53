"""The Bot API over a real socket: each thing Telegram is strict about, one test."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.standin.limits import Pace
from bot.standin.listener import listening
from bot.standin.server import create
from bot.standin.shapes import Refused
from bot.standin.telegram import Telegram

TOKEN = "42:a-token_of_the_tests"
CAMILLE = 5001


@dataclass
class Wire:
    """A bot's end of the line."""

    telegram: Telegram
    url: str
    session: aiohttp.ClientSession

    async def call(self, method: str, token: str = TOKEN, **parameters: Any) -> dict[str, Any]:
        async with self.session.post(f"{self.url}/bot{token}/{method}", json=parameters) as answer:
            body: dict[str, Any] = await answer.json()
            assert answer.status == body.get("error_code", 200)
            return body

    async def result(self, method: str, **parameters: Any) -> Any:
        body = await self.call(method, **parameters)
        assert body["ok"], body
        return body["result"]

    async def refusal(self, method: str, **parameters: Any) -> str:
        body = await self.call(method, **parameters)
        assert not body["ok"], body
        return str(body["description"])

    async def send(self, text: str = "Bonjour", **parameters: Any) -> Any:
        return await self.result("sendMessage", chat_id=CAMILLE, text=text, **parameters)


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    app = create()
    telegram: Telegram = app.state.telegram
    telegram.limits = False
    async with listening(app) as url, aiohttp.ClientSession() as session:
        telegram.account("Camille", CAMILLE)
        await telegram.say(CAMILLE, "/start")
        yield Wire(telegram, url, session)


async def until(true: Callable[[], object]) -> None:
    """Gives the loop its turns until a condition holds; fails after ten seconds."""
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0)


def keys(*data: str) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": one.upper(), "callback_data": one} for one in data]]}


# --- tokens, methods, ways of asking ---


async def test_get_me(wire: Wire) -> None:
    me = await wire.result("getMe")
    assert (me["id"], me["is_bot"], me["first_name"], me["username"]) == (42, True, "Marge", "MargeBot")


async def test_another_token_is_refused_where_one_is_fixed() -> None:
    async with listening(create(token=TOKEN)) as url, aiohttp.ClientSession() as session:
        assert (await session.post(f"{url}/bot{TOKEN}/getMe")).status == 200
        answer = await session.post(f"{url}/bot43:other/getMe")
        assert await answer.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}


async def test_an_unknown_method_and_a_malformed_token_are_not_found(wire: Wire) -> None:
    assert await wire.call("sendPigeon") == {"ok": False, "error_code": 404, "description": "Not Found"}
    assert (await wire.call("getMe", token="nothing"))["error_code"] == 404


async def test_each_token_is_a_bot_with_chats_of_its_own(wire: Wire) -> None:
    await wire.result("getMe")
    other = await wire.call("sendMessage", token="43:other", chat_id=CAMILLE, text="Bonjour")
    assert other["description"] == "Bad Request: chat not found"


@pytest.mark.parametrize("way", ["query", "form", "multipart"])
async def test_parameters_come_in_any_form_and_methods_in_any_case(wire: Wire, way: str) -> None:
    fields = {"chat_id": str(CAMILLE), "text": "é & é", "reply_markup": '{"inline_keyboard": []}'}
    url = f"{wire.url}/bot{TOKEN}/SENDMESSAGE"
    if way == "query":
        answer = await wire.session.get(url, params=fields)
    else:
        data = aiohttp.FormData(fields, default_to_multipart=way == "multipart")
        answer = await wire.session.post(url, data=data)
    assert (await answer.json())["result"]["text"] == "é & é"


async def test_a_body_that_is_no_json_is_refused(wire: Wire) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await wire.session.post(f"{wire.url}/bot{TOKEN}/getMe", data=b"{", headers=headers)
    assert answer.status == 400


# --- sending ---


async def test_message_numbers_come_from_one_counter_for_all_chats(wire: Wire) -> None:
    wire.telegram.account("Alex", 7)
    await wire.telegram.say(7, "/start")
    first = await wire.send()
    second = await wire.result("sendMessage", chat_id=7, text="Bonjour")
    assert second["message_id"] == first["message_id"] + 1


async def test_nobody_exists_before_having_written(wire: Wire) -> None:
    wire.telegram.account("Alex", 7)
    assert await wire.refusal("sendMessage", chat_id=7, text="a") == "Bad Request: chat not found"
    assert await wire.refusal("sendMessage", text="a") == "Bad Request: chat_id is empty"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "message text is empty"),
        ("  \n", "message text is empty"),
        ("<b></b>", "message text is empty"),
        ("🙂" * 2049, "message is too long"),
        ("<b>a", "can't parse entities: Can't find end tag corresponding to start tag \"b\""),
    ],
)
async def test_texts_telegram_refuses(wire: Wire, text: str, reason: str) -> None:
    described = await wire.refusal("sendMessage", chat_id=CAMILLE, text=text, parse_mode="HTML")
    assert described == f"Bad Request: {reason}"


async def test_the_length_is_counted_after_entities_are_parsed(wire: Wire) -> None:
    assert len((await wire.send("<b>" + "a" * 4096 + "</b>", parse_mode="HTML"))["text"]) == 4096


@pytest.mark.parametrize("length", [0, 65])
async def test_callback_data_has_1_to_64_bytes(wire: Wire, length: int) -> None:
    markup = {"inline_keyboard": [[{"text": "Oui", "callback_data": "x" * length}]]}
    described = await wire.refusal("sendMessage", chat_id=CAMILLE, text="a", reply_markup=markup)
    assert described == "Bad Request: BUTTON_DATA_INVALID"
    assert (await wire.send(reply_markup=keys("é" * 32)))["reply_markup"]


@pytest.mark.parametrize("markup", [[], {"inline_keyboard": None}, {"inline_keyboard": [[{"text": "sans effet"}]]}])
async def test_keyboards_telegram_refuses(wire: Wire, markup: object) -> None:
    described = await wire.refusal("sendMessage", chat_id=CAMILLE, text="a", reply_markup=markup)
    assert described.startswith("Bad Request: ")


async def test_a_reply_needs_a_message_that_is_there(wire: Wire) -> None:
    described = await wire.refusal("sendMessage", chat_id=CAMILLE, text="a", reply_parameters={"message_id": 99})
    assert described == "Bad Request: message to be replied not found"
    lenient = {"message_id": 99, "allow_sending_without_reply": True}
    assert "reply_to_message" not in await wire.send(reply_parameters=lenient)
    assert (await wire.send(reply_parameters={"message_id": 1}))["reply_to_message"]["text"] == "/start"


async def test_a_blocked_bot_is_told_so(wire: Wire) -> None:
    await wire.telegram.block(CAMILLE)
    described = await wire.refusal("sendMessage", chat_id=CAMILLE, text="a")
    assert described == "Forbidden: bot was blocked by the user"
    await wire.telegram.unblock(CAMILLE)
    await wire.send()
    updates = await wire.result("getUpdates")
    turns = [one["my_chat_member"]["new_chat_member"]["status"] for one in updates if "my_chat_member" in one]
    assert turns == ["kicked", "member"]


async def test_files_are_sent_fetched_and_sent_again(wire: Wire) -> None:
    form = aiohttp.FormData({"chat_id": str(CAMILLE), "caption": "Lettre", "document": "attach://it"})
    form.add_field("it", b"%PDF", filename="lettre.pdf", content_type="application/pdf")
    async with wire.session.post(f"{wire.url}/bot{TOKEN}/sendDocument", data=form) as answer:
        document = (await answer.json())["result"]["document"]
    assert (document["file_name"], document["mime_type"], document["file_size"]) == ("lettre.pdf", "application/pdf", 4)
    path = (await wire.result("getFile", file_id=document["file_id"]))["file_path"]
    assert await (await wire.session.get(f"{wire.url}/file/bot{TOKEN}/{path}")).read() == b"%PDF"
    again = await wire.result("sendDocument", chat_id=CAMILLE, document=document["file_id"])
    assert again["document"] == document


async def test_what_is_wrong_with_a_file_is_said(wire: Wire) -> None:
    sent = await wire.telegram.upload(CAMILLE, "voice", "v.ogg", b"OggS")
    as_photo = await wire.refusal("sendPhoto", chat_id=CAMILLE, photo=sent["voice"]["file_id"])
    assert as_photo == "Bad Request: can't use file of type Voice as Photo"
    unknown = await wire.refusal("sendPhoto", chat_id=CAMILLE, photo="nothing")
    assert unknown == "Bad Request: wrong file identifier/HTTP URL specified"
    described = await wire.refusal("sendVoice", chat_id=CAMILLE, voice=sent["voice"]["file_id"], caption="a" * 1025)
    assert described == "Bad Request: message caption is too long"


async def test_a_file_above_20_megabytes_cannot_be_fetched(wire: Wire) -> None:
    sent = await wire.telegram.upload(CAMILLE, "document", "film.bin", bytes(20 * 1024 * 1024 + 1))
    described = await wire.refusal("getFile", file_id=sent["document"]["file_id"])
    assert described == "Bad Request: file is too big"


def test_thirty_messages_in_any_rolling_second() -> None:
    pace = Pace()
    for chat_id in range(30):
        pace.spend(chat_id, now=10 + chat_id / 100)
    with pytest.raises(Refused) as refusal:
        pace.spend(99, now=10.999)
    assert refusal.value.answer() == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }
    pace.spend(99, now=11.0)
    with pytest.raises(Refused):
        pace.spend(98, now=11.009)


def test_one_message_a_second_in_one_chat_after_three_at_once() -> None:
    pace = Pace()
    accepted = []
    for tenth in range(60):
        try:
            pace.spend(CAMILLE, now=100 + tenth / 10)
            accepted.append(tenth)
        except Refused as refusal:
            assert refusal.retry_after == 1
    assert accepted == [0, 1, 2, 10, 20, 30, 40, 50]


async def test_a_flood_meets_the_limit_until_it_is_lifted(wire: Wire) -> None:
    wire.telegram.limits = True
    flood = await asyncio.gather(*(wire.call("sendMessage", chat_id=CAMILLE, text="a") for _ in range(20)))
    refused = [one for one in flood if not one["ok"]]
    assert refused
    assert {one["parameters"]["retry_after"] for one in refused} == {1}
    wire.telegram.limits = False
    assert all([(await wire.call("sendMessage", chat_id=CAMILLE, text="a"))["ok"] for _ in range(20)])


# --- editing ---


async def test_an_edit_that_changes_nothing_is_refused(wire: Wire) -> None:
    sent = await wire.send("<b>a</b>", parse_mode="HTML", reply_markup=keys("x"))
    same = {"chat_id": CAMILLE, "message_id": sent["message_id"], "text": "<b>a</b>", "parse_mode": "HTML"}
    described = await wire.refusal("editMessageText", **same, reply_markup=keys("x"))
    assert described.startswith("Bad Request: message is not modified: ")
    edited = await wire.result("editMessageText", **same)
    assert "reply_markup" not in edited
    assert edited["edit_date"]
    assert (await wire.refusal("editMessageText", **same)).startswith("Bad Request: message is not modified: ")


@pytest.mark.parametrize("message_id", [1, 99])
async def test_the_edit_of_an_absent_or_foreign_message_is_refused(wire: Wire, message_id: int) -> None:
    described = await wire.refusal("editMessageText", chat_id=CAMILLE, message_id=message_id, text="a")
    assert described == "Bad Request: message to edit not found"


async def test_a_keyboard_is_taken_away(wire: Wire) -> None:
    number = (await wire.send(reply_markup=keys("x")))["message_id"]
    edited = await wire.result("editMessageReplyMarkup", chat_id=CAMILLE, message_id=number)
    assert "reply_markup" not in edited


async def test_a_caption_is_edited_and_a_text_has_none(wire: Wire) -> None:
    sent = await wire.telegram.upload(CAMILLE, "photo", "p.png", b"\x89PNG")
    photo = await wire.result("sendPhoto", chat_id=CAMILLE, photo=sent["photo"][-1]["file_id"], caption="a")
    where = {"chat_id": CAMILLE, "message_id": photo["message_id"]}
    assert (await wire.result("editMessageCaption", **where, caption="b"))["caption"] == "b"
    described = await wire.refusal("editMessageText", **where, text="a")
    assert described == "Bad Request: there is no text in the message to edit"


async def test_deleting(wire: Wire) -> None:
    number = (await wire.send())["message_id"]
    assert await wire.result("deleteMessage", chat_id=CAMILLE, message_id=number) is True
    described = await wire.refusal("deleteMessage", chat_id=CAMILLE, message_id=number)
    assert described == "Bad Request: message to delete not found"


async def test_reactions_and_pins(wire: Wire) -> None:
    where = {"chat_id": CAMILLE, "message_id": 1}
    await wire.result("setMessageReaction", **where, reaction=[{"type": "emoji", "emoji": "🙏"}])
    await wire.result("pinChatMessage", **where)
    seen = wire.telegram.history(CAMILLE)[0]
    assert (seen["reactions"], seen["pinned"]) == (["🙏"], True)


# --- presses ---


async def pressed(wire: Wire) -> str:
    sent = await wire.send(reply_markup=keys("oui"))
    return (await wire.telegram.press(CAMILLE, sent["message_id"], "OUI")).id


TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


async def test_a_press_is_answered_once(wire: Wire) -> None:
    query = await pressed(wire)
    assert await wire.result("answerCallbackQuery", callback_query_id=query, text="Noté") is True
    assert wire.telegram.bot().presses[query].answer == {"text": "Noté", "show_alert": False}
    assert await wire.refusal("answerCallbackQuery", callback_query_id=query) == TOO_OLD
    assert await wire.refusal("answerCallbackQuery", callback_query_id="1") == TOO_OLD


async def test_a_press_lives_150_seconds(wire: Wire) -> None:
    query = await pressed(wire)
    wire.telegram.advance(timedelta(seconds=151))
    assert await wire.refusal("answerCallbackQuery", callback_query_id=query) == TOO_OLD
    assert [list(one)[1] for one in await wire.result("getUpdates")] == ["message"]


async def test_an_unanswered_press_comes_again_under_a_new_number(wire: Wire) -> None:
    query = await pressed(wire)
    await wire.telegram.represse(query)
    first, second = (one for one in await wire.result("getUpdates") if "callback_query" in one)
    assert first["callback_query"]["data"] == second["callback_query"]["data"] == "oui"
    assert first["update_id"] < second["update_id"]
    assert first["callback_query"]["id"] != second["callback_query"]["id"]


# --- what people do ---


async def test_a_message_lives_a_day(wire: Wire) -> None:
    wire.telegram.advance(timedelta(hours=24, seconds=1))
    await wire.telegram.say(CAMILLE, "aujourd’hui")
    assert [one["message"]["text"] for one in await wire.result("getUpdates")] == ["aujourd’hui"]


async def test_edits_albums_stickers_places_and_long_texts_arrive(wire: Wire) -> None:
    await wire.telegram.edit(CAMILLE, 1, "/start CODE")
    await wire.telegram.upload(CAMILLE, "photo", "a.jpg", b"\xff\xd8", caption="Atelier", media_group_id="7")
    await wire.telegram.sticker(CAMILLE)
    await wire.telegram.location(CAMILLE, 48.85, 2.35)
    await wire.telegram.say(CAMILLE, "a" * 5000)
    _, edited, photo, sticker, place, *long = [list(one.items())[1] for one in await wire.result("getUpdates")]
    assert (edited[0], edited[1]["text"], edited[1]["message_id"]) == ("edited_message", "/start CODE", 1)
    assert (photo[1]["media_group_id"], photo[1]["caption"], len(photo[1]["photo"])) == ("7", "Atelier", 2)
    assert sticker[1]["sticker"]["emoji"] == "🙂"
    assert place[1]["location"]["latitude"] == 48.85
    assert [len(one[1]["text"]) for one in long] == [4096, 904]


async def test_a_command_is_marked_as_such(wire: Wire) -> None:
    (update,) = await wire.result("getUpdates")
    assert update["message"]["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]


async def test_any_update_can_be_slipped_in(wire: Wire) -> None:
    await wire.telegram.raw_update({"message": {"text": 12}, "update_id": 900_000_000})
    assert (await wire.result("getUpdates"))[-1] == {"update_id": 900_000_000, "message": {"text": 12}}


# --- polling ---


async def test_an_offset_confirms_all_before_it(wire: Wire) -> None:
    for text in "abc":
        await wire.telegram.say(CAMILLE, text)
    numbers = [one["update_id"] for one in await wire.result("getUpdates", limit=2)]
    assert len(numbers) == 2
    rest = await wire.result("getUpdates", offset=numbers[-1] + 1)
    assert [one["message"]["text"] for one in rest] == ["b", "c"]
    assert [one["message"]["text"] for one in await wire.result("getUpdates", offset=-1)] == ["c"]


async def test_only_the_kinds_asked_for_are_kept(wire: Wire) -> None:
    await wire.result("getUpdates", allowed_updates=["callback_query"])
    await wire.telegram.say(CAMILLE, "perdu")
    await pressed(wire)
    kinds = [list(one)[1] for one in await wire.result("getUpdates")]
    assert kinds == ["message", "callback_query"]


async def test_a_poll_waits_for_what_comes(wire: Wire) -> None:
    (first,) = await wire.result("getUpdates")
    waiting = asyncio.create_task(wire.result("getUpdates", offset=first["update_id"] + 1, timeout=30))
    await until(lambda: wire.telegram.bot().updates.count(wire.telegram.now()) == 0)
    await wire.telegram.say(CAMILLE, "me voici")
    assert [one["message"]["text"] for one in await waiting] == ["me voici"]


async def test_a_second_poller_ends_the_first(wire: Wire) -> None:
    (first,) = await wire.result("getUpdates")
    before = wire.telegram.bot().poller
    waiting = asyncio.create_task(wire.call("getUpdates", offset=first["update_id"] + 1, timeout=30))
    await until(lambda: wire.telegram.bot().poller is not before)
    await wire.result("getUpdates")
    assert (await waiting)["description"].startswith("Conflict: terminated by other getUpdates request")


async def test_a_poller_that_hangs_up_loses_nothing(wire: Wire) -> None:
    (first,) = await wire.result("getUpdates")
    before = wire.telegram.bot().poller
    waiting = asyncio.create_task(wire.call("getUpdates", offset=first["update_id"] + 1, timeout=30))
    await until(lambda: wire.telegram.bot().poller is not before)
    waiting.cancel()
    await wire.telegram.say(CAMILLE, "toujours là")
    assert [one["message"]["text"] for one in await wire.result("getUpdates")] == ["toujours là"]


# --- webhooks ---


@dataclass
class Door:
    """An address of ours for a webhook; answers what `answers` says, then 200."""

    url: str
    answers: list[web.Response]
    taken: list[tuple[str | None, dict[str, Any]]]


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    answers: list[web.Response] = []
    taken: list[tuple[str | None, dict[str, Any]]] = []

    async def take(request: web.Request) -> web.Response:
        taken.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), await request.json()))
        return answers.pop(0) if answers else web.Response()

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield Door(f"http://127.0.0.1:{runner.addresses[0][1]}/hook", answers, taken)
    await runner.cleanup()


async def test_a_webhook_gets_the_update_and_the_secret(wire: Wire, door: Door) -> None:
    await wire.result("setWebhook", url=door.url, secret_token="s-3cret")
    await until(lambda: door.taken)
    assert door.taken[0][0] == "s-3cret"
    assert door.taken[0][1]["message"]["text"] == "/start"
    conflict = await wire.refusal("getUpdates")
    assert conflict.startswith("Conflict: can't use getUpdates method while webhook is active")
    await until(lambda: wire.telegram.bot().updates.count(wire.telegram.now()) == 0)
    await wire.result("deleteWebhook")
    assert await wire.result("getUpdates") == []


async def test_a_webhook_that_fails_is_tried_again_in_order(wire: Wire, door: Door) -> None:
    door.answers.append(web.Response(status=503))
    await wire.telegram.say(CAMILLE, "ensuite")
    await wire.result("setWebhook", url=door.url)
    await until(lambda: len(door.taken) == 3)
    assert [one["message"]["text"] for _, one in door.taken] == ["/start", "/start", "ensuite"]
    info = await wire.result("getWebhookInfo")
    assert info["last_error_message"] == "Wrong response from the webhook: 503 Service Unavailable"


async def test_a_method_in_the_answer_to_a_webhook_is_done(wire: Wire, door: Door) -> None:
    door.answers.append(web.json_response({"method": "sendMessage", "chat_id": CAMILLE, "text": "reçu"}))
    await wire.result("setWebhook", url=door.url)
    await until(lambda: len(wire.telegram.history(CAMILLE)) == 2)
    assert wire.telegram.history(CAMILLE)[-1]["text"] == "reçu"


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"url": "http://example.org/"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        ({"url": "https://example.org/", "secret_token": "é"}, "secret token contains unallowed characters"),
    ],
)
async def test_webhooks_telegram_refuses(wire: Wire, parameters: dict[str, str], reason: str) -> None:
    assert await wire.refusal("setWebhook", **parameters) == f"Bad Request: {reason}"


# --- the bot's own page ---


async def test_the_narrowest_menu_wins(wire: Wire) -> None:
    await wire.result("setMyCommands", commands=[{"command": "aide", "description": "Aide"}])
    scope = {"type": "chat", "chat_id": CAMILLE}
    await wire.result("setMyCommands", commands=[{"command": "pause", "description": "Pause"}], scope=scope)
    assert [one["command"] for one in await wire.result("getMyCommands", scope=scope)] == ["pause"]
    assert await wire.result("getMyCommands", language_code="fr") == []
    await wire.result("deleteMyCommands", scope=scope)
    assert [one["command"] for one in await wire.result("getMyCommands")] == ["aide"]


@pytest.mark.parametrize(
    ("method", "parameters", "reason"),
    [
        ("setMyCommands", {"commands": [{"command": "Été", "description": "a"}]}, "BOT_COMMAND_INVALID"),
        ("setMyCommands", {"commands": [{"command": "a", "description": ""}]}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ("setMyDescription", {"description": "a" * 513}, "description is too long"),
        ("setMyShortDescription", {"short_description": "a" * 121}, "short description is too long"),
        ("setMyName", {"name": "a" * 65}, "name is too long"),
        ("sendChatAction", {"chat_id": CAMILLE, "action": "dancing"}, "wrong parameter action in request"),
    ],
)
async def test_limits_of_the_bots_own_words(wire: Wire, method: str, parameters: Any, reason: str) -> None:
    assert await wire.refusal(method, **parameters) == f"Bad Request: {reason}"


# --- trouble on order ---


async def test_a_fault_before_and_after_the_effect(wire: Wire) -> None:
    wire.telegram.fault("sendMessage", status=429, retry_after=7)
    wire.telegram.fault("sendMessage", status=502, after_accept=True)
    refused = await wire.call("sendMessage", chat_id=CAMILLE, text="a")
    assert refused["parameters"] == {"retry_after": 7}
    assert (await wire.call("sendMessage", chat_id=CAMILLE, text="b"))["error_code"] == 502
    assert [one["text"] for one in wire.telegram.history(CAMILLE)] == ["/start", "b"]


@pytest.mark.parametrize("kept", [True, False])
async def test_a_connection_is_cut_without_an_answer(wire: Wire, kept: bool) -> None:
    wire.telegram.fault("sendMessage", drop=True, after_accept=kept)
    with pytest.raises(aiohttp.ClientConnectionError):
        await wire.send()
    assert len(wire.telegram.history(CAMILLE)) == 1 + kept


async def test_a_delay_alone_only_slows_down(wire: Wire) -> None:
    wire.telegram.fault("*", delay=0.05)
    await wire.send()
    assert wire.telegram.calls[-1].status == 200


async def test_the_transcript_holds_calls_and_no_token(wire: Wire) -> None:
    await wire.send("a")
    await wire.refusal("sendMessage", chat_id=CAMILLE, text="")
    assert [(one.method, one.status, one.parameters["text"]) for one in wire.telegram.calls] == [
        ("sendMessage", 200, "a"),
        ("sendMessage", 400, ""),
    ]
    assert TOKEN not in repr(wire.telegram.calls)
