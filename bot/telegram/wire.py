"""python-telegram-bot's request layer, over aiohttp. Knows neither method nor token it was not given."""

import logging
from typing import Any

import aiohttp
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.telegram import envelope
from bot.telegram.line import BROKEN, NotSent, doubt, open_line, patience
from bot.telegram.secrecy import MASK, describe

# At DEBUG the library prints every parameter of every call: addresses with the token, and what people wrote.
logging.getLogger("telegram.Bot").setLevel(logging.INFO)

_UPLOAD = 60.0


class Wire(BaseRequest):
    """For `telegram.Bot(token, request=Wire(), get_updates_request=Wire())`.

    With `token`, the bot itself may be built with `secrecy.MASK` for a token: the real one is put in at the last
    moment, so that nothing the library prints or raises can hold it. Errors are those of telegram.error, without
    address: TimedOut and NetworkError say whether bytes may have left in their text (« NotSent » or « Doubtful »).
    """

    __slots__ = ("_connect", "_connections", "_proxy", "_read", "_session", "_token")

    def __init__(
        self,
        token: str = "",
        *,
        connections: int = 8,
        connect_timeout: float = 5.0,
        read_timeout: float = 20.0,
        proxy: str | None = None,
    ) -> None:
        self._token = token
        self._connections = connections
        self._connect = connect_timeout
        self._read = read_timeout
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return f"Wire(connections={self._connections})"

    @property
    def read_timeout(self) -> float:
        return self._read

    async def initialize(self) -> None:
        self._line()

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Raises TelegramError on what is no JSON object, without printing it."""
        try:
            value = envelope.decode(payload)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise TelegramError("Invalid server response")
        if isinstance(value.get("description"), str):
            value["description"] = describe(value["description"])
        return value

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Status and body. `pool_timeout` is part of `connect_timeout`; None and the default mean this wire's own."""
        limits = patience(
            _seconds(connect_timeout, self._connect),
            _seconds(read_timeout, self._read),
            _seconds(write_timeout, _UPLOAD if request_data and request_data.contains_files else 0.0),
        )
        try:
            return await self._exchange(self._address(url), method, request_data, limits)
        except BROKEN as error:
            failure = _failure(error)
        # Raised here, outside the handler: a traceback must not carry the first error, whose text may hold the address.
        raise failure

    async def _exchange(
        self, address: str, method: str, data: RequestData | None, limits: aiohttp.ClientTimeout
    ) -> tuple[int, bytes]:
        body, headers = _body(data)
        async with self._line().request(
            method, address, data=body, headers=headers, timeout=limits, allow_redirects=False
        ) as answer:
            return answer.status, await answer.read()

    def _address(self, url: str) -> str:
        return url.replace(f"/bot{MASK}/", f"/bot{self._token}/", 1) if self._token else url

    def _line(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = open_line(self._connections, patience(self._connect, self._read), self._proxy)
        return self._session


def _seconds(given: Any, default: float) -> float:
    return float(given) if isinstance(given, int | float) else default


def _failure(error: Exception) -> NetworkError:
    outcome = doubt(error)
    text = f"{type(outcome).__name__}: {outcome.reason}"
    slow = isinstance(error, TimeoutError) and not isinstance(outcome, NotSent)
    return TimedOut(text) if slow else NetworkError(text)


def _body(data: RequestData | None) -> tuple[bytes | aiohttp.FormData | None, dict[str, str]]:
    if data is None:
        return None, {}
    if not data.contains_files:
        return envelope.encode(data.parameters), {"Content-Type": "application/json"}
    return _multipart(data), {}


def _multipart(data: RequestData) -> aiohttp.FormData:
    body = aiohttp.FormData()
    for name, text in data.json_parameters.items():
        body.add_field(name, text)
    for name, (filename, content, mime) in data.multipart_data.items():
        body.add_field(name, content, filename=filename, content_type=mime)
    return body
