"""docs/auteurs.md: its examples are taken as they are printed, and give what it shows."""

import re
import shutil
import sys
from io import StringIO
from pathlib import Path
from typing import get_args

import pytest
import time_machine

from bot import cli
from bot.conversation.speech import Speech
from bot.library import Library
from bot.settings import known, shipped
from bot.telegram.length import plain
from flows.deliverables import KINDS, Block
from flows.model import Question

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "auteurs.md").read_text("utf-8")
WEDNESDAY = "2026-11-25T09:00:00Z"
LENGTH = 240


def block(start: str) -> str:
    """What is printed in the block whose first line starts so."""
    found = re.search(rf"^```\w+\n({re.escape(start)}.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found, start
    return found[1]


DOCUMENT = block("- document: carnet")


def typed(text: str) -> str:
    """With plain spaces: contents are given theirs when they are read."""
    return text.replace("\u202f", " ").replace("\xa0", " ")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the contents, with the page's files, line and document in it."""
    for name in known():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    content = tmp_path / "content"
    monkeypatch.setenv("MARGE_CONTENT", str(content))
    shutil.copytree(shipped("content"), content)
    files = re.findall(r"^\*\*`(content/\S+)`\*\*\n\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert len(files) == 2
    for name, text in files:
        (tmp_path / name).write_text(text, "utf-8")
    with (content / "programmes" / "bilan.yml").open("a", encoding="utf-8") as programme:
        programme.write(block("  - {envoi:"))
    with (content / "livrables.yml").open("a", encoding="utf-8") as documents:
        documents.write(DOCUMENT)
    return tmp_path


def test_it_is_one_page_that_the_readme_names() -> None:
    assert len(PAGE.splitlines()) <= LENGTH
    assert "(docs/auteurs.md)" in (ROOT / "README.md").read_text("utf-8")


def test_its_examples_are_without_a_fault(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["check"]) == 0
    assert capsys.readouterr().out.startswith("Aucune faute")


def test_what_is_said_of_a_fault(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flow, programme = folder / "content/flows/trajet.yml", folder / "content/programmes/bilan.yml"
    flow.write_text(re.sub(r" +why: .*\n", "", flow.read_text("utf-8"), count=1), "utf-8")
    programme.write_text(programme.read_text("utf-8").replace("flow: trajet,", "flow: trajett,"), "utf-8")
    assert cli.run(["check"]) == 1
    last = len(programme.read_text("utf-8").splitlines())  # other envois may come before this one
    said = capsys.readouterr().out.replace(f"bilan.yml:{last}:", "bilan.yml:LIGNE:")
    assert said == re.sub(r"bilan\.yml:\d+:", "bilan.yml:LIGNE:", block("content/flows/trajet.yml:"))


def test_the_document(folder: Path) -> None:
    """It shows each kind of block once, and each kind is told of."""
    made = Library.open(folder / "content").deliverable("carnet")
    assert made is not None and made.own and made.formats == ("pdf", "docx")
    shown = [type(each) for part in made.parts for each in part.blocks]
    assert len(shown) == len(KINDS) and set(shown) == set(get_args(Block))
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == set(KINDS)
    assert [(part.session, part.fresh) for part in made.parts] == [("S1", False), ("", True)]


def test_what_is_said_of_a_fault_in_a_document(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "content" / "livrables.yml"
    above = len(file.read_text("utf-8").splitlines()) - len(DOCUMENT.splitlines())
    wrong = DOCUMENT.replace("trajet.matin_scene", "trajet.matin_scen").replace("accueil.meteo", "trajet.matin")
    file.write_text(file.read_text("utf-8").replace(DOCUMENT, wrong), "utf-8")
    assert cli.run(["check"]) == 1
    said = re.sub(r"yml:(\d+)", lambda at: f"yml:{int(at[1]) - above}", capsys.readouterr().out)
    assert said == block("content/livrables.yml:")


def test_the_rehearsal(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    shown = block("=== Le trajet du matin")
    lines = re.findall(r"^> (.+)$", shown, re.MULTILINE)
    monkeypatch.setattr(sys, "stdin", StringIO("".join(f"{line}\n" for line in lines)))
    with time_machine.travel(WEDNESDAY, tick=False):
        assert cli.run(["rehearse", "trajet"]) == 0
    assert typed(capsys.readouterr().out) == typed(shown)


def test_the_question_in_telegram(folder: Path) -> None:
    library = Library.open(folder / "content")
    asked = library.flows["trajet"].steps[1]
    assert isinstance(asked, Question)
    message = Speech(library).question(1, 1, asked, None)
    rows = message["reply_markup"]["inline_keyboard"]
    drawn = [plain(message["text"]), "", *("  ".join(f"[ {button['text']} ]" for button in row) for row in rows)]
    assert typed("\n".join(drawn)) + "\n" == typed(block("Quel matin pèse"))
