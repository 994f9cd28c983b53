"""The rules of the house that a reader of one file cannot see, and proof that each check would notice a fault."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
LOCKS: Final = ("requirements.lock", "requirements-dev.lock")
LONGEST: Final = 400
VAGUE: Final = {"utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "misc", "tools"}
CLOCK_READERS: Final = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns", "time.localtime",
    "time.gmtime", "func.now", "func.current_timestamp",
}  # fmt: skip
WORLD: Final = {
    "bot", "telegram", "sqlalchemy", "asyncio", "aiohttp", "pathlib", "os", "io", "socket", "time", "random",
    "subprocess", "threading", "urllib", "http", "logging",
}  # fmt: skip

Modules = dict[str, Path]
Imports = dict[str, set[str]]


def modules(root: Path) -> Modules:
    """Dotted name -> file, of everything under bot/ and flows/."""
    return {_name(root, file): file for room in ("bot", "flows") for file in sorted((root / room).rglob("*.py"))}


def _name(root: Path, file: Path) -> str:
    parts = file.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(name: str, file: Path) -> Iterator[str]:
    """Every name that a module imports: at the top, under TYPE_CHECKING and inside functions."""
    package = name if file.stem == "__init__" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{source}.{alias.name}" for alias in node.names)


def imports(known: Modules) -> Imports:
    """Module -> the modules of the house that it names; `from a.b import c` names a.b.c if that is one, else a.b."""
    graph: Imports = {}
    for name, file in known.items():
        found = {n if n in known else n.rpartition(".")[0] for n in imported(name, file)}
        graph[name] = (found & known.keys()) - {name}
    return graph


def cycle(graph: Imports) -> list[str]:
    """One cycle of imports, or nothing: modules that import nothing left are taken away until none is."""
    left = {name: set(targets) for name, targets in graph.items()}
    while ends := {name for name, targets in left.items() if not targets & left.keys()}:
        left = {name: targets for name, targets in left.items() if name not in ends}
    trail: list[str] = []
    step = min(left, default="")
    while step and step not in trail:
        trail.append(step)
        step = min(left[step] & left.keys())
    return trail[trail.index(step) :] if step else []


def clock_reads(file: Path) -> Iterator[str]:
    """Where a file asks for the time: `file:line name`."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Attribute):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            if f"{owner}.{node.attr}" in CLOCK_READERS:
                yield f"{file.name}:{node.lineno} {owner}.{node.attr}"
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            names = [f"time.{alias.name}" for alias in node.names]
            yield from (f"{file.name}:{node.lineno} {name}" for name in names if name in CLOCK_READERS)


def too_long(known: Modules) -> list[str]:
    lengths = {name: len(file.read_text("utf-8").splitlines()) for name, file in known.items()}
    return [f"{name}: {length} lines" for name, length in lengths.items() if length > LONGEST]


def without_docstring(known: Modules) -> list[str]:
    return [name for name, file in known.items() if not ast.get_docstring(ast.parse(file.read_text("utf-8")))]


def vaguely_named(known: Modules) -> list[str]:
    return [name for name in known if VAGUE & set(name.split("."))]


def clock_readers(known: Modules) -> list[str]:
    """The stand-in is a server of its own, with a clock of its own."""
    allowed = [name for name in known if name == "bot.clock" or name.startswith("bot.standin")]
    return [f"{name} {read}" for name, file in known.items() if name not in allowed for read in clock_reads(file)]


def worldly(known: Modules) -> list[str]:
    """What flows/ imports of the world outside it."""
    named = [(name, n) for name, file in known.items() if name.startswith("flows") for n in imported(name, file)]
    return [f"{name} imports {n}" for name, n in named if n.split(".")[0] in WORLD]


def build(root: Path, files: dict[str, str]) -> Modules:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return modules(root)


HOUSE: Final = modules(ROOT)


def test_the_house_is_found() -> None:
    assert {"bot", "flows", "bot.clock", "flows.model"} <= HOUSE.keys()


def test_no_module_is_over_400_lines() -> None:
    assert too_long(HOUSE) == []


def test_every_module_says_what_it_is() -> None:
    assert without_docstring(HOUSE) == []


def test_every_module_is_a_noun_of_the_trade() -> None:
    assert vaguely_named(HOUSE) == []


def test_only_the_clock_reads_the_clock() -> None:
    assert clock_readers(HOUSE) == []


def test_flows_knows_nothing_of_the_world() -> None:
    assert worldly(HOUSE) == []


def test_no_import_goes_in_circles() -> None:
    assert cycle(imports(HOUSE)) == []


def test_content_holds_no_code() -> None:
    assert [file.name for file in (ROOT / "content").rglob("*") if file.suffix in {".py", ".pyc", ".sh"}] == []


def test_faults_would_be_noticed(tmp_path: Path) -> None:
    planted = build(
        tmp_path,
        {
            "bot/long.py": '"""Long."""\n' + "x = 1\n" * LONGEST,
            "bot/store/helpers.py": "x = 1\n",
            "flows/model.py": '"""Model."""\ndef f() -> None:\n    from os.path import join\n',
        },
    )
    assert too_long(planted) == [f"bot.long: {LONGEST + 1} lines"]
    assert without_docstring(planted) == vaguely_named(planted) == ["bot.store.helpers"]
    assert worldly(planted) == ["flows.model imports os.path.join"]


@pytest.mark.parametrize(
    "read",
    [
        "import datetime\nx = datetime.datetime.now(datetime.UTC)",
        "from datetime import datetime\ndef f(now=datetime.utcnow): ...",
        "from datetime import date\nx = date.today()",
        "import time\nx = time.time()",
        "from time import time",
        "from sqlalchemy import func\nx = func.now()",
    ],
)
def test_a_reading_of_the_clock_would_be_noticed(tmp_path: Path, read: str) -> None:
    planted = build(tmp_path, {"bot/clock.py": read, "bot/standin/server.py": read, "bot/desk/brief.py": read})
    assert [found.split()[0] for found in clock_readers(planted)] == ["bot.desk.brief"]


def test_a_duration_is_not_a_reading_of_the_clock(tmp_path: Path) -> None:
    planted = build(tmp_path, {"bot/a.py": "import time\nfrom datetime import timedelta\nx = time.monotonic()"})
    assert clock_readers(planted) == []


@pytest.mark.parametrize(
    "back",
    [
        "import bot.a",
        "from bot import a",
        "from bot.a import x",
        "from . import a",
        "from .a import x",
        "def f():\n    from bot.a import x",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from bot.a import x",
    ],
)
def test_a_cycle_would_be_noticed(tmp_path: Path, back: str) -> None:
    known = build(tmp_path, {"bot/a.py": "from bot.b import y", "bot/b.py": "from bot.c import z", "bot/c.py": back})
    assert cycle(imports(known)) == ["bot.a", "bot.b", "bot.c"]
    assert cycle(imports(build(tmp_path, {"bot/c.py": "z = 1"}))) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_all_that_is_asked_for_and_names_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    assert re.findall(r"\w+://|file:|^-|(?<!\w)/\w+", text, re.MULTILINE) == []
    entries = re.findall(r"^([a-z0-9-]+)==\S+(?: ;.*?)? \\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)
    assert len(entries) == len(re.findall(r"^\w", text, re.MULTILINE))
    assert asked_for(dev="dev" in lock) - set(entries) == set()


def asked_for(*, dev: bool) -> set[str]:
    """The distributions that pyproject.toml names, as locks spell them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["ai"], *extras["build"], *(extras["dev"] if dev else [])]
    return {re.split(r"[\[<>=!~ ]", line)[0].lower().replace(".", "-").replace("_", "-") for line in wanted}


def test_both_locks_agree() -> None:
    product, dev = (set(re.findall(r"^\S+==\S+", (ROOT / name).read_text("utf-8"), re.MULTILINE)) for name in LOCKS)
    assert product - dev == set()
