"""`marge rehearse` on a whole programme, piped: time goes by, the real plan says what leaves when."""

import json
import shutil
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import get_args

import pytest
import time_machine

from bot import cli
from bot.library import Library
from bot.settings import known, shipped
from bot.terminal import diary
from flows.agenda import Reason, Why

PROGRAMME = """
programme: court
title: Un programme court
zone: Europe/Paris
hours: {from: "09:00", to: "19:30", days: [lundi, mardi, mercredi, jeudi, vendredi], holidays: FR}
pace: {per_day: 1, per_week: 3}
welcome: bonjour
phases:
- {phase: un, title: Un, goal: Voir, weeks: 1}
sessions:
- {session: S1, title: Le début, phase: un, legal: preliminaire, hours: 2}
- {session: S2, title: La suite, phase: un, legal: investigation, hours: 2}
envois:
- {envoi: trop-tot, when: "S1 - 6j 10:00", flow: fin, kind: preparation, late: sauter, until: S1}
- {envoi: avant, when: "S1 - 1j 10:00", flow: question, kind: preparation, until: S1, late: condenser}
- {envoi: rappel, when: "S1 - 1j 18:00", message: rappel_seance, kind: reminder, mode: passif}
- {envoi: apres, when: "S1 + 1j 10:00", flow: "capsule:breve", kind: content, until: S2}
- {envoi: doux, when: "S1 + 4j 10:00", flow: fin, kind: content, overlay: rythme_doux, until: S2}
- {envoi: oui, when: "S1 + 6j 10:00", flow: fin, kind: content, given: {question.gare: [oui]}, until: S2}
- {envoi: encore, when: "S2 - 2j 10:00", flow: question, kind: preparation, again: oui, until: S2, late: condenser}
- {envoi: fini, when: "S2 + 2j 10:00", flow: fin, kind: content}
"""
ONE = "flow: {id}\ntitle: {title}\nsteps:\n- question: {key}\n  text: {text}\n  why: Pour voir.\n"
FLOWS = {
    "bonjour": ONE.format(id="bonjour", title="Bonjour", key="nom", text="Qui êtes-vous ?"),
    "question": ONE.format(id="question", title="Le train", key="gare", text="Prenez-vous le train ?")
    + '  choices: {oui: "Oui", non: "Non"}\n  remind: {after: 1j, every: 1j, times: 2}\n',
    "fin": ONE.format(id="fin", title="La fin", key="mot", text="Un mot ?"),
}
CAPSULE = "---\ncapsule: breve\ntitle: Une brève\nsource: non\nrole: cadre\n---\nQuelques mots.\n"
FRIDAY = "2026-11-27T09:30:00Z"
INSIDE = "  (passer · séance · pourquoi · silence · avance 3j · agenda · suite · quitter)"
HELP = "(suite · agenda · avance 3j · séance S2 · quitter)"

TALK = ["suite", "Ana", "suite", "oui", "suite", "agenda", "suite", "suite", "passer", "quelqu'un ?", "quitter"]
TRANSCRIPT = f"""\
=== Un programme court ===
Nous sommes vendredi 27 novembre à 10 h 30. Rendez-vous imaginaires :
  S1, Le début, mardi 1er décembre à 10 h
  S2, La suite, mardi 15 décembre à 10 h
Ce qui partirait :
  à l'inscription : Bonjour
  lundi 30 novembre à 10 h · avant · Le train · Préparation de séance · à l'heure prévue
  lundi 30 novembre à 18 h · rappel · Rappel du rendez-vous · à l'heure prévue
  mercredi 2 décembre à 12 h · apres · Une brève · Lecture et questions · après le repos qui suit une séance
  vendredi 11 décembre à 19 h 30 · encore · Le train · Préparation de séance · hors des heures où l'on n'écrit pas
  jeudi 17 décembre à 10 h · fini · La fin · Lecture et questions · à l'heure prévue
  ne partira pas : trop-tot · La fin · Préparation de séance · son heure est déjà passée
{HELP}
> suite
=== Bonjour ===

Qui êtes-vous ?
{INSIDE}
> Ana
[gardé] Ana
=== Fin du module : 1 réponse. Rien n'a été gardé. ===
{HELP}
> suite

--- lundi 30 novembre à 10 h · avant · Le train · Préparation de séance · à l'heure prévue ---
=== Le train ===

Prenez-vous le train ?
  1. Oui
  2. Non
{INSIDE}
> oui
[gardé] Oui
=== Fin du module : 1 réponse. Rien n'a été gardé. ===
{HELP}
> suite

--- lundi 30 novembre à 18 h · rappel · Rappel du rendez-vous · à l'heure prévue ---

{{reminder}}
{HELP}
> agenda
Ce qui partirait :
  mercredi 2 décembre à 12 h · apres · Une brève · Lecture et questions · après le repos qui suit une séance
  lundi 7 décembre à 10 h · oui · La fin · Lecture et questions · à l'heure prévue
  vendredi 11 décembre à 19 h 30 · encore · Le train · Préparation de séance · hors des heures où l'on n'écrit pas
  jeudi 17 décembre à 10 h · fini · La fin · Lecture et questions · à l'heure prévue
  ne partira pas : trop-tot · La fin · Préparation de séance · son heure est déjà passée
> suite
--- séance : S1, Le début, mardi 1er décembre à 10 h ---

--- mercredi 2 décembre à 12 h · apres · Une brève · Lecture et questions · après le repos qui suit une séance ---
=== Une brève ===

Une brève

Quelques mots.
=== Fin du module : 0 réponse. Rien n'a été gardé. ===
{HELP}
> suite

--- lundi 7 décembre à 10 h · oui · La fin · Lecture et questions · à l'heure prévue ---
=== La fin ===

Un mot ?
{INSIDE}
> passer
[gardé] passée
=== Fin du module : 1 réponse. Rien n'a été gardé. ===
{HELP}
> quelqu'un ?
Rien n'est demandé ici. {HELP}
> quitter
=== Répétition finie, lundi 7 décembre à 10 h : 4 envois, 3 réponses. Rien n'a été gardé. ===
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in known():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    content = tmp_path / "content"
    monkeypatch.setenv("MARGE_CONTENT", str(content))
    shutil.copytree(shipped("content"), content)
    (content / "programmes" / "court.yml").write_text(PROGRAMME, "utf-8")
    (content / "capsules" / "breve.md").write_text(CAPSULE, "utf-8")
    for name, text in FLOWS.items():
        (content / "flows" / f"{name}.yml").write_text(text, "utf-8")
    with time_machine.travel(FRIDAY, tick=False):
        yield tmp_path


def talk(monkeypatch: pytest.MonkeyPatch, lines: list[str], *args: str) -> int:
    monkeypatch.setattr(sys, "stdin", StringIO("".join(f"{line}\n" for line in lines)))
    return cli.run(["rehearse", *args])


def plain(text: str) -> str:
    """With plain spaces: contents are given theirs when they are read."""
    return text.replace("\u202f", " ").replace("\xa0", " ")


def heard(capsys: pytest.CaptureFixture[str]) -> str:
    return plain(capsys.readouterr().out)


def test_a_programme_through_time(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    say = Library.open(folder / "content").phrases.say
    reminder = say("rappel_seance", title="Le début", date="mardi 1er décembre à 10 h")
    assert talk(monkeypatch, TALK, "court") == 0
    assert heard(capsys) == plain(TRANSCRIPT.format(reminder=reminder))
    assert sorted(path.name for path in folder.iterdir()) == ["content"]  # nothing is kept


def test_a_jump_counts_what_left_on_the_way_and_goes_back_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["séance S2", "suite", "suite", "non", "séance S1", "suite", "séance S7"]
    assert talk(monkeypatch, lines, "court") == 0
    said = heard(capsys)
    forth, back = said.split("> séance S")[1:3]
    assert forth.startswith(
        "2\n=== mardi 1er décembre à 10 h, entre S1 et S2. Déjà envoyé : 2 ===\nCe qui partirait :\n"
        "  mercredi 2 décembre à 12 h · apres"
    )
    assert "encore · Le train" in forth and "[gardé] Non" in forth
    assert back.startswith("1\n=== vendredi 27 novembre à 10 h 30, avant S1. Déjà envoyé : 0 ===\n")
    assert "  à l'inscription : Bonjour\n" in back and "=== Bonjour ===" in back
    assert "Il n'y a pas de séance S7. Il y a : S1, S2.\n" in said


def test_time_goes_by_to_the_next_envoi_at_most(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert talk(monkeypatch, ["avance 1j", "avance 1sem", "avance 7h", "avance 8h"], "court") == 0
    said = heard(capsys)
    assert "(Nous sommes samedi 28 novembre à 10 h 30.)" in said
    assert "> avance 1sem\n\n--- lundi 30 novembre à 10 h · avant" in said
    assert "> avance 7h\n(Nous sommes lundi 30 novembre à 17 h.)" in said
    assert "> avance 8h\n\n--- lundi 30 novembre à 18 h · rappel" in said
    assert "(« Le train » reste ouvert.)" in said


def test_an_open_question_is_recalled_then_left_for_the_next_module(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert talk(monkeypatch, ["séance S2", "suite", "suite", "suite"], "court") == 0
    said = heard(capsys)
    train = said.index("--- vendredi 11 décembre à 19 h 30 · encore")
    recalled = said.index("(… lundi 14 décembre à 9 h …)")
    met = said.index("--- séance : S2, La suite, mardi 15 décembre à 10 h ---")
    again = said.index("(… mardi 15 décembre à 9 h …)")
    left = said.index("(« Le train » est laissé là. Pour de vrai, ce module attendrait sa fin.)")
    assert train < recalled < again < met < left


def test_as_somebody_after_a_burn_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert talk(monkeypatch, ["séance S2", "suite", "suite"], "court", "--as", "post_burnout") == 0
    assert "--- lundi 7 décembre à 9 h · doux · La fin" in heard(capsys)
    file = folder / "content" / "programmes" / "court.yml"
    file.write_text(PROGRAMME.replace("{question.gare: [oui]}", "{accueil.situation: [epuisement]}"), "utf-8")
    assert talk(monkeypatch, [], "court") == 0
    assert "· oui · La fin" not in heard(capsys)
    assert talk(monkeypatch, [], "court", "--as", "post_burnout") == 0
    assert "· oui · La fin" in heard(capsys)


def test_an_answer_sets_the_gentle_pace(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gentle = "gentle: {per_day: 1, per_week: 1, breath: 3j, given: {question.gare: [oui]}}\nwelcome: question\n"
    (folder / "content" / "programmes" / "court.yml").write_text(
        PROGRAMME.replace("welcome: bonjour\n", gentle), "utf-8"
    )
    assert talk(monkeypatch, ["suite", "non", "agenda"], "court") == 0
    assert "· doux · La fin" not in heard(capsys)
    assert talk(monkeypatch, ["suite", "oui", "agenda"], "court") == 0
    assert "· doux · La fin" in heard(capsys).partition("[gardé] Oui")[2]


def test_another_rhythm_and_what_came_of_it_as_json(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert talk(monkeypatch, ["suite", "Ana", "suite"], "court", "--every", "3sem", "--json") == 0
    said = capsys.readouterr()
    value = json.loads(said.out)
    assert "Qui êtes-vous" in said.err
    assert value["programme"] == "court" and value["now"] == "2026-11-30T10:00:00+01:00"
    assert value["appointments"] == [
        {"session": "S1", "at": "2026-12-01T10:00:00+01:00"},
        {"session": "S2", "at": "2026-12-22T10:00:00+01:00"},
    ]
    assert value["delivered"] == [{"envoi": "avant", "session": "S1", "at": "2026-11-30T10:00:00+01:00"}]
    assert value["planned"][0] == {"envoi": "rappel", "due_at": "2026-11-30T18:00:00+01:00", "why": "on_time"}
    assert value["dropped"] == [{"envoi": "trop-tot", "why": "late"}]
    assert [(m["flow"], m["state"]) for m in value["modules"]] == [("bonjour", "done"), ("question", "waiting")]


def test_a_programme_ends(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert talk(monkeypatch, ["suite", "passer"] * 12, "court") == 0
    said = heard(capsys)
    assert f"> suite\nIl ne reste rien à envoyer. {HELP}\n" in said
    assert "(Déjà ouvert plus tôt" not in said


def test_every_reason_of_the_plan_has_its_words() -> None:
    assert set(diary.WHYS) == {*get_args(Why), "push_paused"} and set(diary.REASONS) == set(get_args(Reason))


@pytest.mark.parametrize("options", [(), ("--as", "post_burnout"), ("--every", "7j")])
def test_ours_can_be_gone_through(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, options: tuple[str, ...]
) -> None:
    for setting in known():
        monkeypatch.delenv(setting, raising=False)
    monkeypatch.chdir(tmp_path)
    assert talk(monkeypatch, ["suite"] * 150, "bilan", *options) == 0
    said = heard(capsys)
    assert "Il ne reste rien à envoyer." in said and "--- séance : S11" in said
