"""All that one participant takes away, made in a fresh process and again; then those of a crowd, one after another.

`python -m tests.benchmarks.documents --rounds 3 --participants 200`
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, select

from tests.benchmarks.rig import table

HEADER = [
    "way",
    "files",
    "start s",
    "cold s",
    "of processor",
    "warm s",
    "cold, to the first",
    "warm, to the first",
    "MB",
]
CROWD = ["way", "participants", "s", "each ms", *(f"MB after {part} %" for part in (25, 50, 75, 100))]
WAYS = ("a compiler a document", "one compiler", "fonts read for each")
"""The product's own way first; the two others are what it might do instead."""

NOW = datetime(2027, 2, 2, 9, tzinfo=UTC)


# --- in the measured process -------------------------------------------------------------------


def _way(way: str) -> ExitStack:
    """Has every document set in this way until the stack is closed."""
    from bot.documents import leaflet, typesetting

    stack = ExitStack()
    if way == WAYS[1]:
        stack.enter_context(patch.object(leaflet, "compiled", _shared()))
    if way == WAYS[2]:
        stack.enter_context(patch.object(typesetting, "_fonts", typesetting._fonts.__wrapped__))
    return stack


def _shared() -> Callable[..., Any]:
    """As `typesetting.compiled`, by one compiler for each template."""
    import msgspec
    import typst

    from bot.documents import typesetting

    held: dict[Path, Any] = {}

    def compiled(template: Path, name: str, data: Any, format: Any, ppi: Any, standards: Any = ()) -> Any:
        if template not in held:
            fonts = typesetting._fonts()
            held[template] = typst.Compiler(str(template), root=template.parent, font_paths=fonts)
        given = {name: msgspec.json.encode({**data, "look": typesetting._look()}).decode()}
        return held[template].compile(format=format, ppi=ppi, sys_inputs=given, pdf_standards=list(standards))

    return compiled


def one(folder: Path, person: int, way: str, began: float) -> dict[str, float]:
    """Seconds until the process is ready, then for all documents in all their formats, twice."""
    from bot.app import App

    app = App.open(_settings(folder))
    with _way(way):
        ready, busy = perf_counter(), process_time()
        files = app.db.read_now(_every, app, person)
        cold, busy = perf_counter(), process_time() - busy
        app.db.read_now(_every, app, person)
        warm = perf_counter()
    app.close()
    took = {"start": ready - began, "cold": cold - ready, "busy": busy, "warm": warm - cold}
    return {"files": files, **took, "mb": _most()}


def _every(conn: Connection, app: Any, person: int) -> int:
    from bot.deliverables import catalogue

    desk = _desk(conn, app, person)
    return sum(
        bool(catalogue.file(desk, item.made, format).data)
        for item in catalogue.listed(desk)
        for format in item.made.formats
    )


def crowd(folder: Path, participants: int, way: str) -> dict[str, Any]:
    """The booklet of each of them as a PDF, in one run: seconds, and memory at four points of it."""
    from bot.app import App
    from bot.deliverables import catalogue
    from bot.store import tables as t

    app = App.open(_settings(folder))
    booklet = next(made for made in app.house.library.deliverables if made.id == "livret")
    ids = app.db.read_now(lambda conn: list(conn.execute(
        select(t.people.c.id).where(t.people.c.role == "participant").order_by(t.people.c.id)).scalars()))  # fmt: skip
    marks, began = [], perf_counter()
    with _way(way):
        for n, person in enumerate(ids[:participants], 1):
            app.db.read_now(lambda conn, who: catalogue.file(_desk(conn, app, who), booklet, "pdf"), person)
            if n * 4 % participants == 0:
                marks.append(_most())
    took = perf_counter() - began
    app.close()
    return {"seconds": took, "marks": marks}


def _desk(conn: Connection, app: Any, person: int) -> Any:
    from bot.deliverables.catalogue import Desk
    from bot.store.cases import by_person

    case = by_person(conn, app.vault, [person], NOW)[person]
    app.house.shelf.complete(conn, [case])
    return Desk(conn, app.vault, app.house, case, NOW)


def _most() -> float:
    """The most memory that this process has held, in MB (VmHWM)."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def _settings(folder: Path) -> Any:
    from bot.settings import Settings

    given = {"BOT_TOKEN": "1:a", "DATABASE_URL": f"sqlite:///{folder / 'demo.db'}", "MARGE_KEYS": str(folder / "cles")}
    return Settings.load(given, folder / "no.env")


# --- the stores, and the processes -------------------------------------------------------------


async def _played(folder: Path) -> int:
    """Élise of the demonstration, near the end of her bilan; her number."""
    from bot.demo import cohort, rehearsal, seed

    words = cohort()
    elise = [person for person in words["participants"] if person["prenom"] == "Élise"]
    async with rehearsal(folder, 0, asyncio.Event()) as house:
        await seed(house, {**words, "participants": elise}, NOW)
        return house.heroine


def _filled(folder: Path, participants: int) -> None:
    from bot.app import App
    from tests.benchmarks.desk_crowd import Size, fill

    app = App.open(_settings(folder), migrated=True)
    size = Size(1, participants, replies=200, sent=5, events=10, timers=10, fresh=0.4)
    fill(app.db, app.vault, app.house.library, size, NOW)
    app.close()


def _process(*arguments: object) -> dict[str, Any]:
    line = [sys.executable, "-m", "tests.benchmarks.documents", *map(str, arguments)]
    made = subprocess.run(line, capture_output=True, text=True)
    if made.returncode:
        raise SystemExit(made.stderr[-2_000:])
    found: dict[str, Any] = json.loads(made.stdout.splitlines()[-1])
    return found


def _ones(folder: Path, person: int, rounds: int) -> Iterator[list[object]]:
    """The ways in turn, so that the machine's weather falls on all of them."""
    runs: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way in WAYS:
            runs[way].append(_process("--make", folder, "--person", person, "--way", way))
    middle = {way: {name: median(run[name] for run in found) for name in found[0]} for way, found in runs.items()}
    first = middle[WAYS[0]]
    for way, held in middle.items():
        against = [f"{held[name] / first[name]:.2f}" for name in ("cold", "warm")]
        seconds = [f"{held[name]:.2f}" for name in ("start", "cold", "busy", "warm")]
        yield [way, int(held["files"]), *seconds, *against, held["mb"]]


def main() -> None:
    began = perf_counter()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--participants", type=int, default=200, help="of the crowd, a multiple of four")
    for name in ("--make", "--crowd"):
        parser.add_argument(name, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--person", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--way", default=WAYS[0], choices=WAYS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.make:
        return print(json.dumps(one(given.make, given.person, given.way, began)))
    if given.crowd:
        return print(json.dumps(crowd(given.crowd, given.participants, given.way)))
    with tempfile.TemporaryDirectory() as folder:
        person = asyncio.run(_played(Path(folder)))
        print(table(HEADER, list(_ones(Path(folder), person, given.rounds))))
    with tempfile.TemporaryDirectory() as folder:
        _filled(Path(folder), given.participants)
        rows: list[list[object]] = []
        for way in WAYS[:2]:
            found = _process("--crowd", folder, "--participants", given.participants, "--way", way)
            each = found["seconds"] / given.participants * 1000
            rows.append([way, given.participants, found["seconds"], each, *found["marks"]])
        print("\n" + table(CROWD, rows))


if __name__ == "__main__":
    main()
