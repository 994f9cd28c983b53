"""`marge rehearse`, piped: a whole module as a transcript."""

import json
import shutil
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
import time_machine

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
role: cadre
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
  (passer · séance · pourquoi · silence · avance 3j · agenda · quitter)
> pourquoi
Pour régler les horaires.
> silence
(… 3 jours de silence …)

{reminder}

Prenez-vous le train ?
  1. Oui
  2. Non
  (passer · séance · pourquoi · silence · avance 3j · agenda · quitter)
> silence
(Aucune relance n'est prévue : la question attend.)
> peut-être
{not_an_option}
> 1
[gardé] Oui

Quelle ligne ?
  (passer · séance · pourquoi · silence · avance 3j · agenda · quitter)
> la 13
{held}
  1. {finish}
  (passer · séance · pourquoi · silence · avance 3j · agenda · quitter)
> [vocal]
{held}
  1. {finish}
  (passer · séance · pourquoi · silence · avance 3j · agenda · quitter)
> J'ai terminé
[gardé] la 13 (+ message vocal ou fichier joint)

De 0 à 3 ?
  [0] [1] [2] [3]
  (passer · séance · pourquoi · silence · avance 3j · agenda · quitter)
> hier
{off_scale}
> 2
[gardé] 2

Un mot de la fin ?

{private}
  (passer · séance · pourquoi · silence · avance 3j · agenda · quitter)
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


# --- time ---------------------------------------------------------------------------------------

PROGRAMME = """
programme: court
title: Court
zone: Europe/Paris
hours: {from: "09:00", to: "19:30", days: [lundi, mardi, mercredi, jeudi, vendredi], holidays: FR}
welcome: essai
phases:
- {phase: un, title: Un, goal: Voir, weeks: 1}
sessions:
- {session: S1, title: Un, phase: un, legal: preliminaire, hours: 2}
envois:
- {envoi: e1, when: "S1 - 1j 18:00", flow: essai, kind: preparation}
- {envoi: e2, when: S1 - 2h, flow: essai, kind: content, mode: passif, overlay: rythme_doux}
- {envoi: e3, when: S1 + 1j, flow: essai, kind: content, given: {essai.gare: [oui, non]}}
- {envoi: e4, when: "S1 09:30", flow: essai, kind: content, mode: interrompre}
"""
FRIDAY = "2026-11-27T09:30:00Z"
SENT_BY = """\
Ce qui envoie ce module :
  court : À l'inscription
  court, e1 : Séance S1 : la veille, 18 h · Préparation de séance · attend son tour
  court, e2 : Séance S1 : 2 heures avant · Lecture et questions · part même si une question attend\
 · seulement avec le rythme doux
  court, e3 : Séance S1 : le lendemain, à l'heure de la séance · Lecture et questions · attend son tour\
 · seulement si, dans « Un essai », la réponse est « Oui » ou « Non »
  court, e4 : Séance S1 : le jour même, 9 h 30 · Lecture et questions · passe avant ce qui est ouvert
"""


@pytest.fixture
def timed(folder: Path) -> Iterator[Path]:
    """The module brought by a programme, with two reminders; it is Friday 27 November, half past ten in Paris."""
    (folder / "content" / "programmes" / "court.yml").write_text(PROGRAMME, "utf-8")
    (folder / "content" / "flows" / "essai.yml").write_text(FLOW.replace("times: 1", "times: 2"), "utf-8")
    with time_machine.travel(FRIDAY, tick=False):
        yield folder


def test_what_would_be_sent_when(
    timed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert talk(monkeypatch, ["agenda", "non", "agenda"], "essai") == 0
    said = typed(capsys.readouterr().out).replace("’", "'")
    assert (
        SENT_BY + ("Sans réponse, les relances :\n  lundi 30 novembre à 10 h 30\n  vendredi 4 décembre à 10 h 30\n")
        in said
    )
    assert said.split("> agenda\n")[2].startswith(SENT_BY + "Aucune relance n'est prévue.\n")


def test_time_goes_by_and_what_is_due_on_the_way_is_shown(
    timed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert talk(monkeypatch, ["avance 2h", "avance 3 jours", "agenda", "avance 2sem", "silence"], "essai") == 0
    said = typed(capsys.readouterr().out)
    shown = [line for line in said.splitlines() if line.startswith(("(…", "(Nous", "(Aucune", ">"))]
    assert shown == [
        "> avance 2h",
        "(Nous sommes vendredi 27 novembre à 12 h 30.)",
        "> avance 3 jours",
        "(… lundi 30 novembre à 10 h 30 …)",
        "(Nous sommes lundi 30 novembre à 12 h 30.)",
        "> agenda",
        "> avance 2sem",
        "(… vendredi 4 décembre à 10 h 30 …)",
        "(Nous sommes lundi 14 décembre à 12 h 30.)",
        "> silence",
        "(Aucune relance n'est prévue : la question attend.)",
    ]
    assert "Sans réponse, les relances :\n  vendredi 4 décembre à 10 h 30\n" in said
    assert said.count("Prenez-vous le train ?") == 3


def test_the_gentle_pace_reminds_once(
    timed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert talk(monkeypatch, ["agenda", "avance 3sem"], "essai", "--as", "post_burnout") == 0
    said = typed(capsys.readouterr().out)
    assert "Sans réponse, les relances :\n  lundi 30 novembre à 10 h 30\n> avance" in said
    assert said.count("(… ") == 1


def test_words_begun_are_the_answer_when_time_goes_by(
    timed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert talk(monkeypatch, ["oui", "la 13", "avance 1sem"], "essai") == 0
    assert "[gardé] la 13\n\nDe 0 à 3 ?" in typed(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (("--as", "pirate"), "Il n'y a pas de profil « pirate ». Il y a : post_burnout.\n"),
        (("--every", "souvent"), "« souvent » n'est pas un nombre de jours. Par exemple : --every 10j.\n"),
        (("--every", "0j"), "« 0j » n'est pas un nombre de jours. Par exemple : --every 10j.\n"),
        (("--every", "5h"), "« 5h » n'est pas un nombre de jours. Par exemple : --every 10j.\n"),
    ],
)
def test_an_option_that_cannot_be_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], args: tuple[str, ...], line: str
) -> None:
    assert talk(monkeypatch, [], "essai", *args) == 2
    assert capsys.readouterr().err == line


@pytest.mark.parametrize("name", [path.stem for path in sorted((shipped("content") / "flows").glob("*.yml"))])
def test_every_module_of_ours_can_be_passed_through(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for setting in known():
        monkeypatch.delenv(setting, raising=False)
    monkeypatch.chdir(tmp_path)
    assert talk(monkeypatch, ["passer"] * 200, name) == 0
    assert "=== Fin du module" in capsys.readouterr().out
