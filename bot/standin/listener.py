"""The stand-in on a real socket of this machine, for tests and rehearsals in one process."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette


class _Quiet(uvicorn.Server):
    """Leaves the process's signals to whoever owns the process, and stops at once when told."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.told = asyncio.Event()

    async def main_loop(self) -> None:
        """Nothing to do but wait: no date header to renew, no limit of requests to watch."""
        await self.told.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def listening(app: Starlette, port: int = 0, host: str = "127.0.0.1") -> AsyncIterator[str]:
    """Serve in the running loop for as long as the block lasts; the base URL, without a final slash.

    Port 0 takes a free one. Requests still waiting at the end (long polls) are cut after a second.
    """
    # The protocol is named: asyncio turns Nagle's algorithm off only where it is, and each answer is two writes.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((host, port))
        config = uvicorn.Config(
            app, log_level="critical", access_log=False, date_header=False, lifespan="on", timeout_graceful_shutdown=1
        )
        server = _Quiet(config)
        serving = asyncio.create_task(server.serve(sockets=[door]))
        try:
            while not server.started and not serving.done():
                await asyncio.sleep(0.005)
            yield f"http://{host}:{door.getsockname()[1]}"
        finally:
            server.told.set()
            await serving
