"""The Bot API over HTTP: `/bot<token>/<method>` and `/file/bot<token>/<path>`, as bare ASGI to stay light."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from starlette.types import Receive, Scope, Send

from bot.standin import editing, profile, sending
from bot.standin.ask import Ask, read
from bot.standin.bots import BotAccount
from bot.standin.faults import Fault
from bot.standin.receiving import Gone, delete_webhook, get_updates, get_webhook_info, set_webhook
from bot.standin.shapes import Attachment, Call, Json, Refused
from bot.standin.telegram import Telegram

Method = Callable[[BotAccount, Ask], Any]

_METHODS: dict[str, Method] = {
    "answercallbackquery": editing.answer_callback_query,
    "deletemessage": editing.delete_message,
    "deletemessages": editing.delete_messages,
    "deletemycommands": profile.delete_my_commands,
    "editmessagecaption": editing.edit_message_caption,
    "editmessagereplymarkup": editing.edit_message_reply_markup,
    "editmessagetext": editing.edit_message_text,
    "getchat": profile.get_chat,
    "getchatmenubutton": profile.get_chat_menu_button,
    "getfile": profile.get_file,
    "getme": profile.get_me,
    "getmycommands": profile.get_my_commands,
    "getmydescription": profile.get_my_description,
    "getmyname": profile.get_my_name,
    "getmyshortdescription": profile.get_my_short_description,
    "getwebhookinfo": get_webhook_info,
    "pinchatmessage": editing.pin_chat_message,
    "sendaudio": sending.send_audio,
    "sendchataction": sending.send_chat_action,
    "senddocument": sending.send_document,
    "sendmessage": sending.send_message,
    "sendphoto": sending.send_photo,
    "sendvideo": sending.send_video,
    "sendvoice": sending.send_voice,
    "setchatmenubutton": profile.set_chat_menu_button,
    "setmessagereaction": editing.set_message_reaction,
    "setmycommands": profile.set_my_commands,
    "setmydescription": profile.set_my_description,
    "setmyname": profile.set_my_name,
    "setmyshortdescription": profile.set_my_short_description,
    "unpinchatmessage": editing.unpin_chat_message,
}
_UNKNOWN = Refused(404, "Not Found")
_JSON = b"application/json"


class _Cut(Exception):
    """A fault wants the connection cut."""


class BotApi:
    """The ASGI application of both addresses."""

    def __init__(self, telegram: Telegram) -> None:
        self._telegram = telegram

    async def methods(self, scope: Scope, receive: Receive, send: Send) -> None:
        """`/bot<token>/<method>`."""
        path = scope["path_params"]
        try:
            status, body = await self._call(path["token"], path["method"], scope, receive)
        except Gone:
            return
        except _Cut:
            await _cut(receive, send)
            return
        await _answer(send, status, msgspec.json.encode(body), _JSON)

    async def files(self, scope: Scope, receive: Receive, send: Send) -> None:
        """`/file/bot<token>/<path>`."""
        path = scope["path_params"]
        try:
            self._telegram.bot_of(path["token"])
        except Refused as refusal:
            await _answer(send, refusal.code, msgspec.json.encode(refusal.answer()), _JSON)
            return
        filed = self._telegram.world.shelf.by_path(path["path"])
        if filed is None:
            await _answer(send, 404, msgspec.json.encode(_UNKNOWN.answer()), _JSON)
        else:
            await _answer(send, 200, filed.attachment.content, b"application/octet-stream")

    def at_once(
        self, token: str, method: str, fields: Json, files: Mapping[str, tuple[str, bytes, str]]
    ) -> tuple[int, Json]:
        """A method that waits for nothing, called without HTTP and without faults: its status and its answer."""
        bot, ask = self._telegram.bot_of(token), Ask(fields, {name: Attachment(*sent) for name, sent in files.items()})
        try:
            result = _METHODS[method.lower()](bot, ask)
        except Refused as refusal:
            self._note(bot, method, ask, refusal.code, refusal.description)
            return refusal.code, refusal.answer()
        self._note(bot, method, ask, 200, result)
        return 200, {"ok": True, "result": result}

    async def _call(self, token: str, method: str, scope: Scope, receive: Receive) -> tuple[int, Json]:
        try:
            ask = await read(scope, receive)
            bot = self._telegram.bot_of(token)
            result = await self._through_faults(bot, method, ask, receive)
        except Refused as refusal:
            return refusal.code, refusal.answer()
        return 200, {"ok": True, "result": result}

    async def _through_faults(self, bot: BotAccount, method: str, ask: Ask, receive: Receive) -> Any:
        fault = self._telegram.world.faults.next_for(method.lower(), _chat_id(ask))
        if fault is None:
            return await self._noted(bot, method, ask, receive)
        alone = fault.status is None and not fault.drop
        result = await self._noted(bot, method, ask, receive) if fault.after_accept else None
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if alone and not fault.after_accept:
            return await self._noted(bot, method, ask, receive)
        return self._troubled(bot, method, ask, fault, result)

    def _troubled(self, bot: BotAccount, method: str, ask: Ask, fault: Fault, result: Any) -> Any:
        if fault.drop:
            self._note(bot, method, ask, 0, "connection cut")
            raise _Cut
        refusal = fault.refusal()
        if refusal is None:
            return result
        self._note(bot, method, ask, refusal.code, refusal.description)
        raise refusal

    async def _noted(self, bot: BotAccount, method: str, ask: Ask, receive: Receive) -> Any:
        try:
            result = await self.perform(bot, method.lower(), ask, receive)
        except Refused as refusal:
            self._note(bot, method, ask, refusal.code, refusal.description)
            raise
        self._note(bot, method, ask, 200, result)
        return result

    async def perform(self, bot: BotAccount, name: str, ask: Ask, receive: Receive) -> Any:
        """One method, by its name in lower case; 404 for a name Telegram does not know."""
        method = _METHODS.get(name)
        if method is not None:
            return method(bot, ask)
        match name:
            case "getupdates":
                return await get_updates(bot, ask, receive)
            case "setwebhook":
                return await set_webhook(bot, ask, lambda call: self._reply(bot, call))
            case "deletewebhook":
                return await delete_webhook(bot, ask)
            case _:
                raise _UNKNOWN

    async def _reply(self, bot: BotAccount, call: Json) -> None:
        """A method written into the answer to a webhook; its result is lost, as with Telegram."""
        method = str(call.pop("method"))
        run = _METHODS.get(method.lower())
        try:
            result = run(bot, Ask(call)) if run else None
        except Refused as refusal:
            self._note(bot, method, Ask(call), refusal.code, refusal.description)
        else:
            self._note(bot, method, Ask(call), 200, result)

    def _note(self, bot: BotAccount, method: str, ask: Ask, status: int, result: Any) -> None:
        world = self._telegram.world
        parameters = {**ask.fields, **{name: sent.filename for name, sent in ask.files.items()}}
        world.calls.append(Call(world.now(), bot.id, method, parameters, status, result))


def _chat_id(ask: Ask) -> int | None:
    value = ask.fields.get("chat_id")
    return int(value) if value is not None and str(value).lstrip("-").isdigit() else None


async def _answer(send: Send, status: int, body: bytes, kind: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _cut(receive: Receive, send: Send) -> None:
    """Cut the connection without a byte; where the server hides its transport, cut in the middle of an answer."""
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()
        while (await receive())["type"] != "http.disconnect":
            continue
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
