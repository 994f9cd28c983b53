"""docs/terminal.md: every command of the contract has an example there, and every example runs."""

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

from bot.settings import shipped
from tests.bot.test_cli import ROOT, Terminal
from tests.bot.test_cli import marge as marge
from tests.bot.test_cli import served as served
from tests.bot.test_cli import telegram as telegram

STAYING = {"demo", "up", "web", "work", "clock"}
ALONE = STAYING | {"migrate", "doctor", "versions", "invite", "audit", "backup", "replies", "push"}
"""The first example of each is a process of its own, as when it is typed; the others are played in this one."""

EXAMPLES = re.findall(r"^marge (.+?)(?:  +#.*)?$", (ROOT / "docs" / "terminal.md").read_text("utf-8"), re.MULTILINE)


def test_the_page_names_every_command() -> None:
    line = [sys.executable, "-m", "bot.cli"]
    said = subprocess.run([*line, "--help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    listed = set(re.findall(r"^│ (\w+) {2,}\S", said, re.MULTILINE))
    assert listed and listed == {example.split()[0] for example in EXAMPLES}


def test_every_example_runs(marge: Terminal, telegram: str) -> None:
    marge.set(TELEGRAM_API_URL=telegram)
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    (marge.folder / "content").symlink_to(shipped("content"))
    (marge.folder / "mot.txt").write_text("Bonjour.\n", "utf-8")
    (marge.folder / "competences.csv").write_text("code_ogr,libelle_competence\n1,Souder\n", "utf-8")
    (marge.folder / "skills_fr.csv").write_text("conceptUri,preferredLabel\nx,animer un groupe\n", "utf-8")
    (marge.folder / "liste.csv").write_text("prénom;cohorte\nZoé;\nMax;automne\n", "utf-8")
    (marge.folder / "affiche.png").write_bytes(b"\x89PNG")
    order = sorted(EXAMPLES, key=lambda example: example != "migrate")  # the rest needs its tables
    alone = set(ALONE)
    for example in order:
        args = shlex.split(example)
        line = [sys.executable, "-m", "bot.cli", *args]
        if args[0] in STAYING:
            stays(line, marge.folder, env)
        elif args[0] in alone:
            done = subprocess.run(line, cwd=marge.folder, env=env, capture_output=True, text=True, input="passer\n")
            assert done.returncode == 0 and done.stdout, (example, done.stdout, done.stderr)
        else:
            said = marge(*args, stdin="passer\n")
            assert said.code == 0 and said.out, (example, said)
        alone.discard(args[0])


def stays(line: list[str], folder: Path, env: dict[str, str]) -> None:
    """It says that it is at work, goes on, and leaves in order when asked to."""
    with subprocess.Popen(line, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None and run.stderr is not None
        first = run.stdout.readline()
        assert first.strip(), run.stderr.read()
        run.send_signal(signal.SIGINT if "demo" in line else signal.SIGTERM)
        assert run.wait(30) in ((0, 130) if "demo" in line else (0,)), run.stderr.read()
        assert "Traceback" not in run.stderr.read()
