"""`marge rehearse`, piped: a whole module as a transcript."""

import json
import shutil
import sys
from io import StringIO
from pathlib import Path

import pytest

from bot import cli
from bot.library import Library
from bot.settings import known, shipped

FLOW = """
flow: essai
title: Un essai
minutes: 2
remind: {after: 3j, every: 4j, times: 1}
steps:
  - capsule: breve
  - question: gare
    text: Prenez-vous le train ?
    why: Pour régler les horaires.
    choices: {oui: "Oui", non: "Non"}
  - question: ligne
    text: Quelle ligne ?
    why: Pour la suite.
    when: {gare: [oui]}
    long: oui
  - question: note
    text: De 0 à 3 ?
    why: Pour voir.
    scale: 0..3
    remind: non
  - question: reste
    text: Un mot de la fin ?
    why: Sans raison.
    private: oui
"""
CAPSULE = """---
capsule: breve
title: Une brève
source: non
---
Quelques mots.
***
Et **d'autres**.
"""

TALK = ["pourquoi", "silence", "silence", "peut-être", "1", "la 13", "[vocal]", "J'ai terminé", "hier", "2", "passer"]

TRANSCRIPT = """\
=== Un essai (2 min) ===

Une brève

Quelques mots.

Et d’autres.

Prenez-vous le train ?
  1. Oui
  2. Non
  (passer · séance · pourquoi · silence · quitter)
> pourquoi
Pour régler les horaires.
> silence
(… 3 jours de silence …)

{reminder}

Prenez-vous le train ?
  1. Oui
  2. Non
  (passer · séance · pourquoi · silence · quitter)
> silence
(Aucune relance n'est prévue : la question attend.)
> peut-être
{not_an_option}
> 1
[gardé] Oui

Quelle ligne ?
  (passer · séance · pourquoi · silence · quitter)
> la 13
{held}
  1. {finish}
  (passer · séance · pourquoi · silence · quitter)
> [vocal]
{held}
  1. {finish}
  (passer · séance · pourquoi · silence · quitter)
> J'ai terminé
[gardé] la 13 (+ message vocal ou fichier joint)

De 0 à 3 ?
  [0] [1] [2] [3]
  (passer · séance · pourquoi · silence · quitter)
> hier
{off_scale}
> 2
[gardé] 2

Un mot de la fin ?

{private}
  (passer · séance · pourquoi · silence · quitter)
> passer
[gardé] passée
=== Fin du module : 4 réponses. Rien n'a été gardé. ===
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in known():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MARGE_CONTENT", str(tmp_path / "content"))
    shutil.copytree(shipped("content"), tmp_path / "content")
    (tmp_path / "content" / "flows" / "essai.yml").write_text(FLOW, "utf-8")
    (tmp_path / "content" / "capsules" / "breve.md").write_text(CAPSULE, "utf-8")
    return tmp_path


def talk(monkeypatch: pytest.MonkeyPatch, lines: list[str], *args: str) -> int:
    monkeypatch.setattr(sys, "stdin", StringIO("".join(f"{line}\n" for line in lines)))
    return cli.run(["rehearse", *args])


def typed(text: str) -> str:
    """With plain spaces: contents are given theirs when they are read."""
    return text.replace("\u202f", " ").replace("\xa0", " ")


def test_a_module_from_end_to_end(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    say = Library.open(folder / "content").phrases.say
    words = {
        "reminder": say("reminder_1"), "not_an_option": say("not_an_option"), "held": say("held"),
        "finish": say("button_finish"), "off_scale": say("off_scale", example="1"), "private": say("private_note"),
    }  # fmt: skip
    assert talk(monkeypatch, TALK, "essai") == 0
    assert typed(capsys.readouterr().out) == typed(TRANSCRIPT.format(**words))
    assert sorted(path.name for path in folder.iterdir()) == ["content"]  # nothing is kept


def test_the_answers_as_json(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert talk(monkeypatch, ["non", "séance", "quitter", "jamais lu"], "essai", "--json") == 0
    said = capsys.readouterr()
    value = json.loads(said.out)
    assert value["flow"] == "essai" and value["state"] == "waiting"
    assert {key: (a["value"], a["how"]) for key, a in value["answers"].items()} == {
        "gare": ("non", "said"),
        "note": (None, "in_session"),
    }
    assert "Prenez-vous le train" in said.err and "jamais lu" not in said.err


def test_a_lone_capsule_and_a_module_that_is_not_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert talk(monkeypatch, [], "capsule:breve") == 0
    assert "Quelques mots." in capsys.readouterr().out
    assert talk(monkeypatch, [], "esai") == 2
    assert capsys.readouterr().err == "Il n'y a pas de module « esai ». Par exemple : essai.\n"


@pytest.mark.parametrize("name", [path.stem for path in sorted((shipped("content") / "flows").glob("*.yml"))])
def test_every_module_of_ours_can_be_passed_through(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for setting in known():
        monkeypatch.delenv(setting, raising=False)
    monkeypatch.chdir(tmp_path)
    assert talk(monkeypatch, ["passer"] * 200, name) == 0
    assert "=== Fin du module" in capsys.readouterr().out
