"""What every bench needs: the fake server as a process, a bot as a process, the dialogue with `/control`.

Knows no measure.
"""

import http.client
import json
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from tests.benchmarks.crowd import Plan, Questionnaire

ROOT = Path(__file__).parents[2]

Prepare = Callable[[Path, int, int], None]
Command = Callable[[Path, str, int], list[str]]


@dataclass(frozen=True, slots=True)
class Contender:
    """A bot seen from outside: `prepare(folder, participants, questions)`, then start it, then read what it kept.

    `command(folder, api_url, questions)` gives the arguments of python that start it;
    `replies(folder)` gives every text kept, in the order of the commits; `sends(folder)` the chat, state and message
    id of every message that it meant to send, where it knows them.
    """

    name: str
    script: Questionnaire
    prepare: Prepare
    command: Command
    replies: Callable[[Path], list[str]]
    sends: Callable[[Path], list[tuple[int, str, int | None]]] = lambda _: []


class Stalled(Exception):
    """The bot answers nobody any more, or has left by itself."""


class Server:
    """The fake Bot API in its own process, for the length of a `with`: `telegram_server`, or one made of it."""

    def __init__(self, module: str = "telegram_server") -> None:
        self._module = module

    def __enter__(self) -> "Server":
        command = [sys.executable, "-m", f"tests.benchmarks.{self._module}"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self._port = int(self._process.stdout.readline())
        self._connection = http.client.HTTPConnection("127.0.0.1", self._port)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.terminate()
        self._process.wait()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def control(self, verb: str, **params: object) -> dict[str, Any]:
        self._connection.request("POST", f"/control/{verb}", json.dumps(params))
        answer: dict[str, Any] = json.loads(self._connection.getresponse().read())
        return answer

    def start(self, plan: Plan, script: Questionnaire) -> None:
        """Puts the first updates in the queue; those of a former plan are forgotten."""
        self.control("start", plan=asdict(plan), script=asdict(script))


class Bot:
    """A contender's process. What it prints goes to `<folder>/log`; several of one folder share it."""

    def __init__(self, contender: Contender, folder: Path, questions: int) -> None:
        self.contender, self.folder, self._questions = contender, folder, questions
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, server: Server) -> None:
        arguments = self.contender.command(self.folder, server.url, self._questions)
        with (self.folder / "log").open("ab") as log:
            self._process = _spawn(arguments, log)

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        self._wait(None)

    def freeze(self) -> None:
        """Stands still as a process that hangs does, its connections open, until `thaw`."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def stop(self, grace: float) -> float | None:
        """SIGTERM: seconds until it left, or None when it had to be killed after `grace` s."""
        begun = time.perf_counter()
        self._signal(signal.SIGTERM)
        if self._wait(grace):
            return time.perf_counter() - begun
        self.kill()
        return None

    def megabytes(self) -> float:
        """Resident memory, as Linux counts it."""
        assert self._process
        pages = Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]
        return int(pages) * resource.getpagesize() / 2**20

    def last_words(self) -> str:
        """The last line the bot printed."""
        lines = (self.folder / "log").read_text(errors="replace").split("\n")
        return next((line for line in reversed(lines) if line.strip()), "")

    def _signal(self, number: int) -> None:
        if self.alive():
            assert self._process
            self._process.send_signal(number)

    def _wait(self, seconds: float | None) -> bool:
        assert self._process
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True


class Crew:
    """Several processes of one contender on one store."""

    def __init__(self, contender: Contender, folder: Path, questions: int, workers: int) -> None:
        self.bots = [Bot(contender, folder, questions) for _ in range(workers)]
        self.started = 0

    def start(self, server: Server) -> None:
        self._before = server.control("progress")["introduced"]
        for number in range(len(self.bots)):
            self.restart(server, number)

    def restart(self, server: Server, number: int) -> None:
        """Starts the one of this number, which has not begun or was killed."""
        self.bots[number].start(server)
        self.started += 1

    def there(self, server: Server) -> bool:
        """Whether all of them have introduced themselves to the server, as a bot does once at its start."""
        introduced: int = server.control("progress")["introduced"]
        return introduced - self._before >= self.started

    def alive(self) -> bool:
        """Whether all of them are."""
        return all(bot.alive() for bot in self.bots)

    def last_words(self) -> str:
        return self.bots[0].last_words()

    def kill(self) -> None:
        for bot in self.bots:
            bot.kill()

    def stop(self, grace: float) -> bool:
        """SIGTERM to one after the other: whether each left within `grace` s."""
        return all([bot.stop(grace) is not None for bot in self.bots])


def _spawn(arguments: list[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, *arguments], cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)


def follow(server: Server, bot: Bot | Crew, handed: int | None = None, stall: float = 60.0) -> bool:
    """Waits until `handed` updates were given to the bot, or nobody is left to play: True while there is.

    Raises Stalled when the bot has left, or has answered nobody for `stall` s.
    """
    answered, since = -1, time.perf_counter()
    while True:
        progress = server.control("progress")
        if not progress["running"] or (handed is not None and progress["handed"] >= handed):
            return bool(progress["running"])
        if progress["answered"] != answered:
            answered, since = progress["answered"], time.perf_counter()
        if not bot.alive():
            raise Stalled(f"left by itself: {bot.last_words()}")
        if time.perf_counter() - since > stall:
            raise Stalled(f"answered nobody for {stall:g} s")
        time.sleep(0.005)


def table(header: list[str], rows: list[list[object]]) -> str:
    """A Markdown table; floats with one decimal."""
    shown = [[f"{cell:,.1f}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows]
    lines = [header, ["---"] * len(header), *shown]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
