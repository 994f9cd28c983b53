"""How long `marge check` takes: the content that ships, and the same several times over under other names.

`python -m tests.benchmarks.check --times 1 4 --rounds 3`
"""

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from bot.settings import shipped

FOLDERS = {"flows": ".yml", "capsules": ".md", "decks": ".yml", "programmes": ".yml"}
NAMED = re.compile(r'(\b(?:flow|capsule|deck|programme|welcome|first): "?(?:capsule:)?)([a-z0-9_-]+)')
ANSWER = re.compile(r"([{ ])([a-z0-9_-]+)(\.[a-z0-9_]+: \[)")


def multiplied(folder: Path, times: int) -> Path:
    """The content with each module, capsule, deck and programme as many times, each copy calling for its own."""
    shutil.copytree(shipped("content"), folder)
    files = [(name, path) for name, suffix in FOLDERS.items() for path in (folder / name).glob(f"*{suffix}")]
    for name, path in files:
        text = path.read_text("utf-8")
        for n in range(2, times + 1):
            copy = NAMED.sub(rf"\1\2-{n}", text)
            if name == "programmes":
                copy = ANSWER.sub(rf"\1\2-{n}\3", copy)
            (folder / name / f"{path.stem}-{n}{path.suffix}").write_text(copy, "utf-8")
    return folder


def seconds(folder: Path) -> float:
    """Wall time of the command as it is typed, start of Python included."""
    began = perf_counter()
    done = subprocess.run([sys.executable, "-m", "bot.cli", "check", str(folder)], capture_output=True, text=True)
    took = perf_counter() - began
    if done.returncode:
        raise SystemExit(done.stdout[:2_000])
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        for times in args.times:
            folder = multiplied(Path(temporary) / f"content-{times}", times)
            paths = [path for path in folder.rglob("*") if path.suffix in {".yml", ".md"}]
            size = sum(path.stat().st_size for path in paths) / 1024
            took = [seconds(folder) for _ in range(args.rounds)]
            middle = statistics.median(took)
            print(
                f"content x {times}: {len(paths)} files, {size:.0f} KiB, {middle:.2f} s "
                f"({min(took):.2f}, {max(took):.2f}), {len(paths) / middle:.0f} files/s"
            )


if __name__ == "__main__":
    main()
