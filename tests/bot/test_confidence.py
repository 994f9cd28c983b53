"""The documents of trust are true where a program can tell: what they name exists (tests, commands, tables, pages)."""

import ast
import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import pytest

from bot.settings import known
from bot.store import tables as t

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted((ROOT / "docs" / "confiance").glob("*.md"))
THREATS = ROOT / "docs" / "confiance" / "menaces.md"
CITED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
AI = {"openai", "anthropic", "mistralai", "transformers", "torch", "litellm", "whisper"}


@lru_cache
def defined_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def rows(path: Path) -> list[str]:
    """The rows of the first table, its head left out."""
    lines = [line for line in path.read_text("utf-8").splitlines() if line.startswith("|")]
    return lines[2:]


def test_every_threat_names_tests_that_exist() -> None:
    for row in rows(THREATS):
        cited = CITED.findall(row)
        assert cited, row[:80]
        for file, name in cited:
            assert (ROOT / file).is_file() and name in defined_in(ROOT / file), f"{file}::{name}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text("utf-8")):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_every_setting_and_table_that_is_named_exists(path: Path) -> None:
    text = path.read_text("utf-8")
    assert set(re.findall(r"`((?:MARGE_|BOT_)[A-Z_]+)`", text)) <= known()
    assert set(re.findall(r"table `(\w+)`", text)) <= set(t.metadata.tables)


def test_every_order_of_the_terminal_that_is_named_exists() -> None:
    named = {
        found for path in DOCUMENTS for found in re.findall(r"`marge ([a-z]+(?: [a-z]+)?)", path.read_text("utf-8"))
    }
    assert named
    for order in named:
        line = [sys.executable, "-m", "bot.cli", *order.split(), "--help"]
        assert subprocess.run(line, cwd=ROOT, capture_output=True).returncode == 0, order


def test_no_module_calls_an_ai() -> None:
    """A package of the kind would be named at an import; a model could still be called by its address alone."""
    for path in [*(ROOT / "bot").rglob("*.py"), *(ROOT / "flows").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name.partition(".")[0] for name in names} & AI, path
