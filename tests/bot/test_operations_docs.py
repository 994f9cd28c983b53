"""docs/exploitation.md: every command in it runs, in its order, on a house with people in it."""

import os
import re
import shlex
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

from bot.clock import format_duration
from bot.settings import known, shipped
from bot.store.rotation import PAUSE
from tests.bot.test_cli import TOKEN
from tests.bot.test_cli import served as served
from tests.bot.test_cli import telegram as telegram

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "exploitation.md").read_text("utf-8")
COMMANDS = re.findall(r"^marge (.+)$", PAGE, re.MULTILINE)


def test_the_page_shows_every_order_of_keys_and_copies() -> None:
    shown = {" ".join(command.split()[: 2 if command.startswith(("keys", "held")) else 1]) for command in COMMANDS}
    held = {"held list", "held send"}
    assert {"keys list", "keys rotate", "keys retire", "backup", "restore", "drill", "doctor"} | held <= shown


def test_every_command_runs(tmp_path: Path, telegram: str) -> None:
    own = {name: value for name, value in os.environ.items() if name not in known()}
    shift = tmp_path / "shift"
    shift.write_text("PT0S")
    env = {**own, "PYTHONPATH": str(ROOT), "BOT_TOKEN": TOKEN, "TELEGRAM_API_URL": telegram, "MARGE_CLOCK": str(shift)}
    (tmp_path / "content").symlink_to(shipped("content"))
    for command in ("migrate", "invite coach --name Anne", *COMMANDS):
        if command.startswith("keys retire"):
            old = (tmp_path / "var" / "keys").stat().st_mtime - PAUSE.total_seconds() - 1
            os.utime(tmp_path / "var" / "keys", (old, old))
        code, said = typed(command, tmp_path, env, shift)
        assert code == 0, (command, said)
    assert (tmp_path / "var" / "retrouvee.db").exists()
    masters = (tmp_path / "var" / "keys").read_text().split()
    assert masters[0] == "m2" and len(masters) == 2


def typed(command: str, folder: Path, env: dict[str, str], shift: Path) -> tuple[int, str]:
    """One command; the clock goes on each time it says that it waits."""
    line = [sys.executable, "-m", "bot.cli", *shlex.split(command)]
    said = []
    with subprocess.Popen(line, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None and run.stderr is not None
        out: list[str] = []
        reading = threading.Thread(target=lambda: out.extend(run.stdout or ()))
        reading.start()
        gone = timedelta()
        for heard in run.stderr:
            said.append(heard)
            if heard.startswith("Encore"):
                gone += PAUSE + timedelta(seconds=1)
                shift.write_text(format_duration(gone))
        reading.join()
    return run.returncode, "".join([*said, *out])
