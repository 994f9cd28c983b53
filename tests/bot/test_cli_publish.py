"""`marge publish` and `marge versions`: read over, published, shown, undone, written back into a folder."""

import json
import shutil
from pathlib import Path

import pytest

from bot.settings import shipped
from tests.bot.test_cli import Terminal
from tests.bot.test_cli import furnished as furnished
from tests.bot.test_cli import house as house
from tests.bot.test_cli import marge as marge

FICHE = Path("flows/fiche-preuve.yml")
OLD, NEW = "Où cela se passait-il", "Où étiez-vous"


@pytest.fixture
def folder(house: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    content = tmp_path / "contenus"
    shutil.copytree(shipped("content"), content)
    monkeypatch.setenv("MARGE_CONTENT", str(content))
    return content


def change(folder: Path, old: str, new: str) -> None:
    text = (folder / FICHE).read_text("utf-8")
    assert old in text
    (folder / FICHE).write_text(text.replace(old, new), "utf-8")


def test_a_folder_is_read_over_published_and_undone(house: Terminal, folder: Path) -> None:
    assert "Rien n'est encore publié" in house("versions", "list").out
    first = json.loads(house("publish", "--note", "Mise en service", "--json").out)
    assert first == {"version": 1, "unreported": [], "changes": []}
    change(folder, OLD, NEW)
    look = house("publish", "--dry-run")
    assert look.code == 0 and "Module « Une compétence, une scène » (des mots)" in look.out.replace("\xa0", " ")
    assert "Question fiches.scene, le texte" in look.out and "[−" in look.out and "[+" in look.out
    assert [one["version"] for one in json.loads(house("versions", "list", "--json").out)] == [1]

    done = house("publish", "--reword")
    assert done.code == 0 and "Version 2 publiée." in done.out
    again = house("publish")
    assert again.code == 1 and "déjà ceux" in again.err
    shown = json.loads(house("versions", "show", "2", "--json").out)
    assert shown["origin"] == "dossier" and [one["extent"] for one in shown["changes"]] == ["wording"]

    assert "Rien n'est publié." in house("versions", "back", "1", "--dry-run").out
    assert json.loads(house("versions", "back", "1", "--json").out)["version"] == 3
    assert [one["origin"] for one in json.loads(house("versions", "list", "--json").out)] == [
        "retour", "dossier", "dossier"]  # fmt: skip
    assert house("versions", "show", "9").code == house("versions", "back", "9").code == 1


def test_a_fault_is_told_where_it_is_and_publishes_nothing(house: Terminal, folder: Path) -> None:
    house("publish")
    change(folder, "minutes: 10", "minutes: dix")
    refused = house("publish")
    assert refused.code == 1 and f"{FICHE}:3:10" in refused.err
    assert [one["version"] for one in json.loads(house("versions", "list", "--json").out)] == [1]


def test_a_folder_does_not_undo_the_page_unseen(house: Terminal, folder: Path, tmp_path: Path) -> None:
    house("publish")
    change(folder, OLD, NEW)
    house("publish")
    house("versions", "back", "1")
    lost = house("publish")
    assert lost.code == 1 and str(FICHE) in lost.err and "--over" in lost.err
    assert json.loads(house("publish", "--dry-run", "--json").out)["unreported"] == [str(FICHE)]
    copy = tmp_path / "copie"
    assert house("versions", "export", "--into", str(copy)).code == 0
    assert (copy / FICHE).read_text("utf-8") == (shipped("content") / FICHE).read_text("utf-8")
    back = json.loads(house("versions", "export", "--json").out)
    assert back == {"version": 3, "changed": [str(FICHE)]} and OLD in (folder / FICHE).read_text("utf-8")
    change(folder, OLD, NEW)
    assert house("publish", "--over").code == 0


def test_the_doctor_says_that_the_folder_is_a_draft(house: Terminal, folder: Path) -> None:
    house("publish")
    assert "n'est pas la version publiée" not in house("doctor").out
    change(folder, OLD, NEW)
    assert "le dossier n'est pas la version publiée (1)" in house("doctor").out


def test_nobody_is_left_behind_where_nobody_began(house: Terminal, folder: Path) -> None:
    house("publish")
    assert json.loads(house("versions", "move", "accueil", "--json").out) == {
        "module": "accueil",
        "moved": 0,
        "people": [],
    }
    assert "Personne n'est resté" in house("versions", "move", "accueil", "--yes").out
    refused = house("versions", "move", "acceuil")
    assert refused.code == 1 and "Il n'y a pas de module « acceuil »." in refused.err
