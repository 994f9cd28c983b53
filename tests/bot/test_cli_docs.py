"""docs/terminal.md: every command of the contract has an example there, and every example runs."""

import asyncio
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import known, shipped
from bot.standin.listener import listening
from bot.standin.server import create

ROOT = Path(__file__).parents[2]
TOKEN = "700000003:essai-sans-secret-000000000000000000"
STAYING = {"demo", "up", "web", "work", "clock"}
EXAMPLES = re.findall(r"^marge (.+?)(?:  +#.*)?$", (ROOT / "docs" / "terminal.md").read_text("utf-8"), re.MULTILINE)


@pytest.fixture
def telegram() -> Iterator[str]:
    """A Bot API that answers, on this machine."""
    ready, done, address = threading.Event(), threading.Event(), [""]

    async def serve() -> None:
        async with listening(create(token=TOKEN)) as url:
            address[0] = url
            ready.set()
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(10)
    yield address[0]
    done.set()
    thread.join()


def test_the_page_names_every_command() -> None:
    line = [sys.executable, "-m", "bot.cli"]
    said = subprocess.run([*line, "--help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    listed = set(re.findall(r"^│ (\w+) {2,}\S", said, re.MULTILINE))
    assert listed and listed == {example.split()[0] for example in EXAMPLES}


def test_every_example_runs(tmp_path: Path, telegram: str) -> None:
    own = {name: value for name, value in os.environ.items() if name not in known()}
    env = {**own, "PYTHONPATH": str(ROOT), "BOT_TOKEN": TOKEN, "TELEGRAM_API_URL": telegram}
    (tmp_path / "content").symlink_to(shipped("content"))
    (tmp_path / "mot.txt").write_text("Bonjour.\n", "utf-8")
    (tmp_path / "liste.csv").write_text("prénom;cohorte\nZoé;\nMax;automne\n", "utf-8")
    (tmp_path / "affiche.png").write_bytes(b"\x89PNG")
    order = sorted(EXAMPLES, key=lambda example: example != "migrate")  # the rest needs its tables
    for example in order:
        line = [sys.executable, "-m", "bot.cli", *shlex.split(example)]
        if example.split()[0] in STAYING:
            stays(line, tmp_path, env)
        else:
            done = subprocess.run(line, cwd=tmp_path, env=env, capture_output=True, text=True, input="passer\n")
            assert done.returncode == 0 and done.stdout, (example, done.stdout, done.stderr)


def stays(line: list[str], folder: Path, env: dict[str, str]) -> None:
    """It says that it is at work, goes on, and leaves in order when asked to."""
    with subprocess.Popen(line, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None and run.stderr is not None
        first = run.stdout.readline()
        assert first.strip(), run.stderr.read()
        run.send_signal(signal.SIGINT if "demo" in line else signal.SIGTERM)
        assert run.wait(30) in ((0, 130) if "demo" in line else (0,)), run.stderr.read()
        assert "Traceback" not in run.stderr.read()
