"""The checker checked: one fault at a time is planted in a small right folder, and found alone, where the ¤ stands.

And the other way round: every place in `flows/` where a fault is told, and every row of its tables, has one planted.
"""

import ast
import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import cli
from bot.library import Library
from flows import markup, page, tone
from flows.page import Mark, Page
from flows.source import SourceErrors
from tests.bot.plants import BILAN, PLANTS, TONE, WARNINGS, Plant

MODEL = Path(__file__).parents[1] / "content" / "modele"
HOUSE = Path(page.__file__).parent


def planted(folder: Path, plant: Plant) -> tuple[str, Mark]:
    """The folder with its fault, and where that is to be found."""
    shutil.copytree(MODEL, folder, dirs_exist_ok=True)
    before = (folder / plant.file).read_text("utf-8")
    assert not plant.right or before.count(plant.right) == 1, "what is replaced stands once"
    text = before.replace(plant.right, plant.wrong) if plant.right else plant.wrong
    name = plant.copied or plant.file
    (folder / name).write_text(text.replace("¤", ""), "utf-8")
    if plant.elsewhere:
        return plant.elsewhere, Mark(1, 1)
    if plant.at:
        assert text.count(plant.at.replace("¤", "")) == 1, "where the fault is, is one place"
        text = text.replace(plant.at.replace("¤", ""), plant.at)
    assert text.count("¤") == 1
    above = text[: text.index("¤")]
    return name, Mark(above.count("\n") + 1, len(above) - (above.rfind("\n") + 1) + 1)


@pytest.mark.parametrize("name", PLANTS)
def test_a_fault_is_found_alone_where_it_was_planted(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plant = PLANTS[name]
    file, mark = planted(tmp_path, plant)
    warned = name in WARNINGS
    assert cli.run(["check", str(tmp_path)]) == (0 if warned else 1)
    first, *others = capsys.readouterr().out.splitlines()
    place = f"{tmp_path.name}/{file}:{mark.line}:{mark.column}: "
    assert not others if not warned else [line.startswith("Aucune faute, 1 avert") for line in others] == [True], others
    assert first.startswith(place) and plant.says in first, first
    assert re.fullmatch(r".+ — écrivez \S.*", first[len(place) :])


def test_the_folder_is_right_before(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["check", str(MODEL), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"ok": True, "errors": [], "warnings": []}


def test_faults_and_warnings_are_two_lists_for_a_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    planted(tmp_path, WARNINGS["few hours"])
    assert cli.run(["check", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] and not found["errors"] and [each["line"] for each in found["warnings"]] == [18]
    planted(tmp_path, TONE["tu"])
    (tmp_path / BILAN).write_text((MODEL / BILAN).read_text("utf-8").replace("hours: 7", "hours: 2"), "utf-8")
    assert cli.run(["check", str(tmp_path), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert not found["ok"] and (len(found["errors"]), len(found["warnings"])) == (1, 1)
    assert set(found["warnings"][0]) == {"file", "line", "column", "what", "instead"}
    assert cli.run(["check", str(tmp_path)]) == 1
    assert [" (avertissement) " in line for line in capsys.readouterr().out.splitlines()] == [False, True]


# --- every rule has its plant ----------------------------------------------------------------


def told() -> Iterator[tuple[str, int]]:
    """Every place in flows/ where a fault or a warning is told: file and line."""
    for path in sorted(HOUSE.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SAYING:
                yield path.name, node.lineno


SAYING = ("fault", "warn")


def test_every_place_that_tells_a_fault_has_one_planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    met: set[tuple[str, int]] = set()
    for saying in SAYING:
        said = getattr(Page, saying)

        def noted(self: Page, at: Mark, what: str, instead: str, said: object = said) -> None:
            frame = sys._getframe(1)
            met.add((Path(frame.f_code.co_filename).name, frame.f_lineno))
            said(self, at, what, instead)  # type: ignore[operator]

        monkeypatch.setattr(Page, saying, noted)
    messages = []
    for n, plant in enumerate(PLANTS.values()):
        planted(tmp_path / str(n), plant)
        try:
            messages += map(str, Library.open(tmp_path / str(n)).warnings)
        except SourceErrors as found:
            messages += map(str, found.errors)
    places = set(told())
    assert len(places) > 80
    assert sorted(places - met) == []
    rows = [
        *((rule.what, rule.instead) for rule in (*tone.RULES, tone.HURRY)),
        *((what, instead) for _, what, instead in (*markup.UNSHOWN, *page.SYNTAX)),
    ]
    assert [row for row in rows if not any(_is(message, *row) for message in messages)] == []


def _is(message: str, what: str, instead: str) -> bool:
    pattern = ".+".join(map(re.escape, what.split("{}"))) + " — écrivez " + re.escape(instead)
    return re.search(pattern, message) is not None
