"""A rehearsal in one process: the stand-in, the product at the other end of a socket, a small cohort mid-programme.

The cohort is played, not written: people speak through the stand-in while its clock runs, so that all they see is real.
"""

import asyncio
import signal
import tempfile
import webbrowser
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from bot.demo.past import PARIS as PARIS
from bot.demo.past import seed as seed
from bot.demo.stage import Rehearsal as Rehearsal
from bot.demo.stage import cohort as cohort
from bot.demo.stage import rehearsal as rehearsal


def demo(port: int, browser: bool) -> None:
    """Runs until interrupted; prints where the page is and a guided tour. Leaves nothing behind."""
    with tempfile.TemporaryDirectory(prefix="marge-demo-") as folder:
        asyncio.run(_demo(Path(folder), port, browser))


async def _demo(folder: Path, port: int, browser: bool) -> None:
    words = cohort()
    stop = _on_signals()
    async with rehearsal(folder, port, stop) as house:
        people = len(words["participants"]) + 4
        print(words["preparation"].format(n=people), flush=True)
        if await _unless(stop, seed(house, words)):
            print(words["visite"].format(url=house.url), flush=True)
            if browser:
                webbrowser.open(house.url)
            await asyncio.wait([house.running])
    print(words["fin"], flush=True)


def _on_signals() -> asyncio.Event:
    """Set by Ctrl+C and by SIGTERM: both end in order, so that the folder goes."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
    return stop


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Whether the work came to its end; it is given up when `stop` comes first. Raises what the work raised."""
    working, ending = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    await asyncio.wait([working, ending], return_when=asyncio.FIRST_COMPLETED)
    ended = working.done()
    for one in (working, ending):
        one.cancel()
    await asyncio.gather(working, ending, return_exceptions=True)
    if ended:
        working.result()
    return ended
