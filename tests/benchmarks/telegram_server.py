"""A Bot API server fast enough never to be the bottleneck, with participants who answer. One process, outlives bots.

`python -m tests.benchmarks.telegram_server` prints its port. Paths: `/bot<token>/<method>`, and for the bench
`/control/{start,restarted,progress,results,ledger,stop}`. Knows no bot.
"""

import asyncio
import statistics
import time
from collections import deque
from collections.abc import Mapping
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from tests.benchmarks.crowd import DATE, Crowd, Plan, Questionnaire

Params = Mapping[str, Any]
NOTHING = b'{"ok":true,"result":true}'
EMPTY = b'{"ok":true,"result":[]}'
ME = b'{"ok":true,"result":{"id":1,"is_bot":true,"first_name":"Bench","username":"bench_bot"}}'
WEBHOOK = b'{"ok":true,"result":{"url":"","has_custom_certificate":false,"pending_update_count":0}}'
SAME = b'{"ok":false,"error_code":400,"description":"Bad Request: message is not modified"}'
CONFLICT = b'{"ok":false,"error_code":409,"description":"Conflict: terminated by other getUpdates request"}'
ABSENT = b'{"ok":false,"error_code":400,"description":"Bad Request: message to edit not found"}'


class Connection(asyncio.Protocol):
    """One keep-alive HTTP/1.1 connection; requests carry a Content-Length."""

    def __init__(self, server: "Server") -> None:
        self._server = server
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.updates.forget(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            size = end + 4 + _length(head)
            if len(self._buffer) < size:
                return
            body, self._buffer = self._buffer[end + 4 : size], self._buffer[size:]
            path, _, query = head.split(b" ", 2)[1].decode().partition("?")
            self._server.serve(self, path, _params(body, query))

    def answer(self, body: bytes, status: bytes = b"200 OK") -> None:
        head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
        self._transport.write(head + body)


def _length(head: bytes) -> int:
    at = head.lower().find(b"content-length:")
    return int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


def _params(body: bytes, query: str) -> Params:
    if body[:1] == b"{":
        params: Params = msgspec.json.decode(body)
        return params
    return dict(parse_qsl(body.decode(errors="replace") if body else query))


class Updates:
    """What waits for getUpdates. An update stays until an offset above its id confirms it, as at Telegram."""

    def __init__(self) -> None:
        self.waiting: deque[tuple[int, bytes]] = deque()
        self.last = self.handed = self.confirmed = self.conflicts = 0
        self._poller: tuple[Connection, int, asyncio.TimerHandle] | None = None
        self._flushing = False

    def put(self, body: dict[str, Any]) -> int:
        self.last += 1
        if "message" in body:
            body["message"]["message_id"] = 2_000_000_000 + self.last
        self.waiting.append((self.last, msgspec.json.encode({"update_id": self.last} | body)))
        if self._poller and not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_soon(self._flush)
        return self.last

    def get(self, connection: Connection, params: Params) -> None:
        """Confirms what lies below `offset`; answers at once, or when something comes, or empty after `timeout` s."""
        self._confirm(int(params.get("offset", 0)))
        if self._poller:  # the older one gives way, as at Telegram
            self._release(CONFLICT, b"409 Conflict")
            self.conflicts += 1
        limit, timeout = int(params.get("limit", 100)), float(params.get("timeout", 0))
        if self.waiting or not timeout:
            connection.answer(self._batch(limit))
        else:
            late = asyncio.get_running_loop().call_later(timeout, self._release, EMPTY)
            self._poller = (connection, limit, late)

    def forget(self, connection: Connection) -> None:
        if self._poller and self._poller[0] is connection:
            self._poller[2].cancel()
            self._poller = None

    def clear(self) -> None:
        self.waiting.clear()

    def _confirm(self, offset: int) -> None:
        while self.waiting and self.waiting[0][0] < offset:
            self.confirmed = self.waiting.popleft()[0]

    def _flush(self) -> None:
        self._flushing = False
        if self._poller and self.waiting:
            self._release(self._batch(self._poller[1]))

    def _release(self, body: bytes, status: bytes = b"200 OK") -> None:
        if self._poller:
            connection, _, late = self._poller
            late.cancel()
            self._poller = None
            connection.answer(body, status)

    def _batch(self, limit: int) -> bytes:
        rows = list(islice(self.waiting, limit))
        if rows:
            self.handed = max(self.handed, rows[-1][0])
        return b'{"ok":true,"result":[' + b",".join(body for _, body in rows) + b"]}"


class Server:
    """The methods of the Bot API a conversation needs, and the bench's own `/control` paths."""

    def __init__(self) -> None:
        self.updates = Updates()
        self.stopped = asyncio.Event()
        self._crowd = Crowd(Plan(0), Questionnaire(), self.updates.put)
        self._first = 0
        self._sent: dict[tuple[int, int], tuple[str, object]] = {}
        self._message_id = self._introduced = 0

    def serve(self, connection: Connection, path: str, params: Params) -> None:
        if path.startswith("/control/"):
            connection.answer(msgspec.json.encode(self._control(path.removeprefix("/control/"), params)))
            return
        method = path.rsplit("/", 1)[-1]
        match method.lower():
            case "getupdates":
                self.updates.get(connection, params)
            case "getme":
                self._introduced += 1
                connection.answer(ME)
            case "getwebhookinfo":
                connection.answer(WEBHOOK)
            case "editmessagetext":
                self._edit(connection, params)
            case name if name.startswith("send") and name != "sendchataction":
                self._send(connection, params)
            case _:
                connection.answer(NOTHING)

    def _send(self, connection: Connection, params: Params) -> None:
        self._message_id += 1
        chat, text, markup = int(params["chat_id"]), str(params.get("text", "")), params.get("reply_markup")
        self._sent[chat, self._message_id] = (text, markup)
        place = {"id": chat, "type": "private"}
        message = {"message_id": self._message_id, "date": DATE, "chat": place, "text": text}
        answer = b'{"ok":true,"result":' + msgspec.json.encode(message) + b"}"
        if line := self._crowd.plan.line:
            asyncio.get_running_loop().call_later(line, connection.answer, answer)
        else:
            connection.answer(answer)
        self._crowd.hear(chat, self._message_id, text, _buttons(markup), time.perf_counter())

    def _edit(self, connection: Connection, params: Params) -> None:
        place = int(params["chat_id"]), int(params["message_id"])
        now = (str(params.get("text", "")), params.get("reply_markup"))
        before = self._sent.get(place)
        if before is None or before == now:
            connection.answer(ABSENT if before is None else SAME, b"400 Bad Request")
        else:
            self._sent[place] = now
            connection.answer(NOTHING)

    def _control(self, verb: str, params: Params) -> object:
        match verb:
            case "start":
                self.updates.clear()
                self._sent.clear()
                plan, script = msgspec.convert(params["plan"], Plan), msgspec.convert(params["script"], Questionnaire)
                self._crowd = Crowd(plan, script, self.updates.put)
                self._first, self.updates.conflicts = self.updates.last, 0
                self._crowd.begin(time.perf_counter())
            case "restarted":
                self._crowd.restarted(time.perf_counter())
            case "progress":
                return self._progress()
            case "results":
                return self._progress() | self._results()
            case "ledger":
                return self._ledger()
            case "stop":
                self.stopped.set()
        return {}

    def _progress(self) -> dict[str, Any]:
        handed, tally = self.updates.handed - self._first, self._crowd.tally
        return {
            "running": self._crowd.running,
            "handed": max(0, handed),
            "answered": len(tally.latencies),
            "waiting": len(self.updates.waiting),
            "introduced": self._introduced,
        }

    def _results(self) -> dict[str, Any]:
        crowd, tally = self._crowd, self._crowd.tally
        cuts = statistics.quantiles(tally.latencies or [0.0, 0.0], n=100, method="inclusive")
        return {
            "per_second": len(tally.latencies) / max(tally.ended - tally.started, 1e-9),
            "p50_ms": cuts[49] * 1000,
            "p99_ms": cuts[98] * 1000,
            "max_ms": max(tally.latencies, default=0.0) * 1000,
            "done": crowd.count("done"),
            "stuck": crowd.count("stuck"),
            "messages": tally.messages,
            "repeated": tally.repeated,
            "pokes": tally.pokes,
            "silence_s": tally.silence,
            "conflicts": self.updates.conflicts,
        }

    def _ledger(self) -> dict[str, list[Any]]:
        """Replies in the order they were written: `gone`, which the server has forgotten, and those it still holds.

        `messages`: every chat and message id of what a bot sent.
        """
        waiting = {update_id for update_id, _ in self.updates.waiting}
        ledger = self._crowd.tally.ledger
        return {
            "gone": [token for update_id, token in ledger if update_id not in waiting],
            "held": [token for update_id, token in ledger if update_id in waiting],
            "messages": list(self._sent),
        }

    async def watch(self) -> None:
        """Lets participants run out of patience, until stopped."""
        while not self.stopped.is_set():
            self._crowd.sweep(self.updates.handed, time.perf_counter())
            await asyncio.sleep(0.02)


def _buttons(markup: object) -> list[list[dict[str, Any]]]:
    if not markup:
        return []
    decoded = msgspec.json.decode(markup) if isinstance(markup, str) else markup
    rows: list[list[dict[str, Any]]] = decoded.get("inline_keyboard", []) if isinstance(decoded, dict) else []
    return rows


async def main(server: Server, connected: type[Connection] = Connection) -> None:
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(lambda: connected(server), "127.0.0.1", 0, backlog=1024)
    print(listener.sockets[0].getsockname()[1], flush=True)
    await server.watch()
    listener.close()


if __name__ == "__main__":
    asyncio.run(main(Server()))
