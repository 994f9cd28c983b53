"""Calls to the Bot API: raw JSON in and out, one outcome each. Knows neither pace nor outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import aiohttp

from bot.telegram.envelope import encode, form
from bot.telegram.line import BROKEN, Doubtful, NotSent, doubt, open_line, patience
from bot.telegram.outcome import Denied, Outcome, Refused, Sent, Trouble, Unreachable, Waiting, read
from bot.telegram.secrecy import MASK

if TYPE_CHECKING:
    import telegram

    from bot.telegram.wire import Wire

__all__ = [
    "Call",
    "Denied",
    "Doubtful",
    "Failed",
    "Gateway",
    "NotSent",
    "Outcome",
    "Refused",
    "Sent",
    "TooBig",
    "Trouble",
    "Unreachable",
    "Waiting",
]

MOST_BYTES = 20 * 1024 * 1024
"""What getFile gives at most (Bot API, « getFile »)."""

_JSON = {"Content-Type": "application/json"}
_SLOWEST = 64 * 1024
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """A method with its parameters; `files`: field or attach:// name -> (file name, content, MIME type)."""

    method: str
    params: Mapping[str, object]
    files: Mapping[str, tuple[str, bytes, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TooBig:
    """A file beyond what may be fetched; `size` in bytes when told."""

    size: int | None


class Failed(Exception):
    """A call that must give a value gave `trouble` instead."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(repr(trouble))
        self.trouble = trouble


class Gateway:
    """One bot's door to the Bot API. Open it and use it in one event loop; close it at the end.

    `connect_timeout` and `read_timeout` are seconds to reach the server and to wait for its answer. At most
    `connections` calls are under way at once; one more waits `connect_timeout` for its turn, then is NotSent.
    """

    def __init__(
        self,
        token: str,
        api_url: str = "https://api.telegram.org",
        *,
        connections: int = 64,
        connect_timeout: float = 5.0,
        read_timeout: float = 20.0,
        proxy: str | None = None,
    ) -> None:
        self._token = token
        self._api = api_url.rstrip("/")
        self._methods = f"{self._api}/bot{token}/"
        self._files = f"{self._api}/file/bot{token}/"
        self._connections = connections
        self._connect = connect_timeout
        self._read = read_timeout
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None
        self._bot: telegram.Bot | None = None
        self._wires: tuple[Wire, ...] = ()

    def __repr__(self) -> str:
        return f"Gateway({self._api})"

    async def call(self, call: Call) -> Outcome:
        """Makes the call once. Never raises for what the network or the server does, never tries again."""
        if call.files:
            return await self._post(call, _multipart(call), {}, self._upload_patience(call))
        return await self._post(call, encode(call.params), _JSON, None)

    async def get_updates(
        self, offset: int | None, timeout: int, limit: int = 100, allowed: Sequence[str] = ()
    ) -> list[dict[str, Any]]:
        """Raw updates, oldest first, after waiting up to `timeout` seconds for one.

        An `offset` makes the server forget every update before it: give it only once those are committed.
        Raises Failed, and Denied for a refused token.
        """
        params: dict[str, object] = {"timeout": timeout, "limit": limit, "allowed_updates": list(allowed)}
        if offset is not None:
            params["offset"] = offset
        call = Call("getUpdates", params)
        updates = _value(await self._post(call, encode(params), _JSON, patience(self._connect, timeout + self._read)))
        if not isinstance(updates, list):
            raise Failed(Doubtful("getUpdates gave no list"))
        return [update for update in updates if isinstance(update, dict)]

    async def me(self) -> dict[str, Any]:
        """getMe. Raises Failed, and Denied for a refused token."""
        me = _value(await self.call(Call("getMe", {})))
        if not isinstance(me, dict):
            raise Failed(Doubtful("getMe gave no user"))
        return me

    async def file(self, file_id: str, max_bytes: int = MOST_BYTES) -> bytes | TooBig | Trouble:
        """The content of a file. Its path at the server, good for an hour and next to the token, is not kept."""
        outcome = await self.call(Call("getFile", {"file_id": file_id}))
        match outcome:
            case Sent(result={"file_size": int(size)}) if size > max_bytes:
                return TooBig(size)
            case Sent(result={"file_path": str(path)}):
                return await self._download(path, max_bytes)
            case Refused(code=400, description=said) if "too big" in said:
                return TooBig(None)
            case Sent():
                return Refused(404, "no path for this file")
            case _:
                return outcome

    async def close(self) -> None:
        """Ends the connections; calls under way are cut and end Doubtful."""
        if self._session is not None:
            await self._session.close()
            self._session = None
        if self._bot is not None:
            self._bot = None
            for wire in self._wires:
                await wire.shutdown()

    @property
    def bot(self) -> telegram.Bot:
        """A telegram.Bot for rare methods; it does not hold the token and so cannot print it."""
        if self._bot is None:
            self._bot = self._new_bot()
        return self._bot

    def _new_bot(self) -> telegram.Bot:
        import telegram

        from bot.telegram.wire import Wire

        wires = tuple(Wire(self._token, connections=4, connect_timeout=self._connect, proxy=self._proxy) for _ in "12")
        self._wires = wires
        return telegram.Bot(
            MASK,
            base_url=f"{self._api}/bot",
            base_file_url=f"{self._api}/file/bot",
            request=wires[0],
            get_updates_request=wires[1],
        )

    async def _post(
        self,
        call: Call,
        body: bytes | aiohttp.FormData,
        headers: Mapping[str, str],
        limits: aiohttp.ClientTimeout | None,
    ) -> Outcome:
        line = self._line()
        try:
            async with line.post(
                self._methods + call.method,
                data=body,
                headers=headers,
                timeout=limits or line.timeout,
                allow_redirects=False,
            ) as answer:
                status, payload = answer.status, await answer.read()
        except BROKEN as error:
            return doubt(error)
        return read(call.method, call.params, status, payload)

    async def _download(self, path: str, max_bytes: int) -> bytes | TooBig | Trouble:
        limits = patience(self._connect, self._read, max_bytes / _SLOWEST)
        try:
            async with self._line().get(self._files + quote(path), timeout=limits, allow_redirects=False) as answer:
                if answer.status != 200:
                    return Refused(answer.status, "file not given")
                return await _content(answer, max_bytes)
        except BROKEN as error:
            return doubt(error)

    def _upload_patience(self, call: Call) -> aiohttp.ClientTimeout:
        weight = sum(len(content) for _, content, _ in call.files.values())
        return patience(self._connect, self._read, 5.0 + weight / _SLOWEST)

    def _line(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = open_line(self._connections, patience(self._connect, self._read), self._proxy)
        return self._session


def _value(outcome: Outcome) -> Any:
    match outcome:
        case Sent(result=result):
            return result
        case Denied():
            raise outcome
        case trouble:
            raise Failed(trouble)


def _multipart(call: Call) -> aiohttp.FormData:
    body = aiohttp.FormData()
    for name, text in form(call.params).items():
        body.add_field(name, text)
    for name, (filename, content, mime) in call.files.items():
        body.add_field(name, content, filename=filename, content_type=mime)
    return body


async def _content(answer: aiohttp.ClientResponse, max_bytes: int) -> bytes | TooBig:
    content = bytearray()
    async for chunk in answer.content.iter_chunked(_CHUNK):
        content += chunk
        if len(content) > max_bytes:
            return TooBig(answer.content_length)
    return bytes(content)
