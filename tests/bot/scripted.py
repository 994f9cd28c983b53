"""A server on a real socket that reads each request whole, then does what the next act of its script says."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

TOKEN = "123456789:AAtheTokenThatNobodyMayEverSee-000001"

Act = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Request:
    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def method(self) -> str:
        return self.line.split()[1].rsplit("/", 1)[1]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Scripted:
    url: str = ""
    acts: list[Act] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    writers: set[asyncio.StreamWriter] = field(default_factory=set)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def heard(self, count: int) -> None:
        async with self.news:
            await self.news.wait_for(lambda: len(self.requests) >= count)

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.add(writer)
        try:
            while not writer.is_closing():
                request = await _request(reader)
                act = self.acts.pop(0) if self.acts else answer(True)
                async with self.news:
                    self.requests.append(request)
                    self.news.notify_all()
                await act(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
        finally:
            self.writers.discard(writer)


async def _request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    line, *rest = head.strip().split("\r\n")
    headers = {name.lower(): value for name, value in (row.split(": ", 1) for row in rest)}
    if headers.get("transfer-encoding") == "chunked":
        return Request(line, headers, await _chunks(reader))
    return Request(line, headers, await reader.readexactly(int(headers.get("content-length", 0))))


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return body


@asynccontextmanager
async def scripted(*acts: Act) -> AsyncIterator[Scripted]:
    script = Scripted(acts=list(acts))
    server = await asyncio.start_server(script.meet, "127.0.0.1", 0)
    script.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield script
    finally:
        server.close()
        for writer in list(script.writers):
            writer.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# --- acts --------------------------------------------------------------------------------------


def raw(body: bytes, status: int = 200, length: int | None = None) -> Act:
    async def act(writer: asyncio.StreamWriter) -> None:
        told = len(body) if length is None else length
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {told}\r\n\r\n".encode() + body)
        await writer.drain()

    return act


def answer(result: Any) -> Act:
    return raw(json.dumps({"ok": True, "result": result}).encode())


def refusal(code: int, description: str, **parameters: Any) -> Act:
    told: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    if parameters:
        told["parameters"] = parameters
    return raw(json.dumps(told).encode(), code)


async def cut(writer: asyncio.StreamWriter) -> None:
    """Closes politely, without an answer."""
    writer.close()


async def reset(writer: asyncio.StreamWriter) -> None:
    """Breaks the connection (RST)."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def half(writer: asyncio.StreamWriter) -> None:
    """Half of a good answer, then the end."""
    await raw(b'{"ok":true,"resu', length=200)(writer)
    writer.close()


def held(until: asyncio.Event, then: Act = cut) -> Act:
    """No answer before `until`."""

    async def act(writer: asyncio.StreamWriter) -> None:
        await until.wait()
        await then(writer)

    return act
