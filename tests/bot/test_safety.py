"""The gate of a release: not one phrase of danger is missed, idioms are left in peace, help numbers are fresh."""

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot import cli
from bot.library import LEXICON, NUMBERS, Library, one_file
from bot.settings import shipped
from bot.terminal import safety
from bot.terminal.corpus import CORPUS, KINDS, Case, read_corpus
from flows.distress import Level
from flows.source import Helpline, SourceErrors

MODEL = Path(__file__).parents[1] / "content" / "modele"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """The small right folder, with a corpus that its small lexicon reads aright."""
    shutil.copytree(MODEL, tmp_path / "content")
    write(tmp_path / "content", ("R3", "explicite", "Je veux en finir."), ("R0", "idiome", "À mourir de rire."))
    return tmp_path / "content"


def write(folder: Path, *cases: tuple[str, str, str]) -> None:
    rows = [f'- {{expect: {level}, kind: {kind}, set: tenue, says: ["{says}"]}}\n' for level, kind, says in cases]
    (folder / CORPUS).write_text("".join(rows), "utf-8")


# --- the gate ----------------------------------------------------------------------------------


def test_the_lexicon_that_ships_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["check", "--safety", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ok"]
    everything = found["sets"]["tout"]
    assert everything["recall"]["R3"] == 1
    assert everything["alarms"]["idiome"] <= 0.05 and everything["alarms"]["ordinaire"] <= 0.02
    assert all(everything["recall"][name] >= 0.95 for name in ("R0", "R1", "R2"))


def test_the_corpus_is_wide_enough() -> None:
    cases = one_file(shipped("content"), CORPUS, read_corpus)
    assert len(cases) >= 540 and len({case.says for case in cases}) == len(cases)
    assert {case.kind for case in cases} == set(KINDS)
    assert sum(case.group == "tenue" for case in cases) >= 120
    assert sum(case.kind == "ordinaire" for case in cases) >= 150
    assert sum(case.expect == Level.R3 for case in cases) >= 200


def test_figures_are_told_to_a_person(content: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["check", "--safety", str(content)]) == 0
    said = capsys.readouterr().out
    assert "Tout le corpus : 2 phrases" in said and "100,0 %" in said
    assert "Fausses alarmes (R0 lu R2 ou R3) : idiome 0,0 %" in said
    assert said.splitlines()[-1] == "Le lexique passe : aucune phrase R3 manquée, 0 écart(s) de niveau."


def test_one_grave_phrase_missed_closes_the_gate(content: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(content, ("R3", "explicite", "Je veux en finir."), ("R3", "indirecte", "À quoi bon."))
    assert cli.run(["check", "--safety", str(content)]) == 1
    said = capsys.readouterr().out
    assert f"{CORPUS}:2: attendu R3, lu R0 : « À quoi bon. »" in said
    assert "Le lexique ne passe pas" in said.splitlines()[-1]


@pytest.mark.parametrize(("wrong", "code"), [(1, 0), (2, 1)])
def test_one_idiom_in_twenty_may_be_taken_for_a_danger(content: Path, wrong: int, code: int) -> None:
    alarms = [("R0", "idiome", "Je veux mourir, quel film.")] * wrong
    write(content, ("R3", "explicite", "Je veux mourir."), *alarms, *[("R0", "idiome", "C'est mort.")] * (20 - wrong))
    assert cli.run(["check", "--safety", str(content)]) == code


def test_figures_count_what_they_say() -> None:
    def read(expect: Level, got: Level) -> safety.Reading:
        return safety.Reading(Case("…", expect, "idiome", "tenue", 1), got)

    found = safety.Figures(
        [read(Level.R3, Level.R3), read(Level.R3, Level.R1), read(Level.R0, Level.R3), read(Level.R0, Level.R1)]
    )
    assert (found.recall(Level.R3), found.precision(Level.R3)) == (0.5, 0.5)
    assert (found.recall(Level.R2), found.precision(Level.R1)) == (None, 0)
    assert found.alarms("idiome") == 0.5 and found.alarms("sms") is None
    assert len(found.missed) == 3 and not found.passes


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("- {expect: R4, kind: sms, set: tenue, says: [a]}", "« R4 » ne convient pas ici"),
        ("- {expect: R3, kind: sm, set: tenue, says: [a]}", "« sm » ne convient pas ici"),
        ("- {expect: R3, kind: sms, set: test, says: [a]}", "« test » ne convient pas ici"),
        ("- {expect: R3, kind: sms, set: tenue}", "la clé « says » manque"),
        ("- {expect: R3, kind: sms, set: tenue, says: ['']}", "il n'y a rien ici"),
    ],
)
def test_a_corpus_is_held_to_its_format(row: str, what: str) -> None:
    with pytest.raises(SourceErrors) as caught:
        read_corpus(CORPUS, row)
    assert [each.what for each in caught.value.errors] == [what]


def test_a_folder_without_a_corpus_is_told(content: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (content / CORPUS).unlink()
    assert cli.run(["check", str(content)]) == 0
    assert cli.run(["check", "--safety", str(content)]) == 1
    assert "content/safety/corpus.yml:1:1: ce fichier manque" in capsys.readouterr().out


# --- never R0 in silence -----------------------------------------------------------------------


@pytest.mark.parametrize("text", [None, "", "{}", "R3: []"])
def test_contents_without_a_lexicon_are_not_served(content: Path, text: str | None) -> None:
    (content / LEXICON).unlink() if text is None else (content / LEXICON).write_text(text, "utf-8")
    with pytest.raises(SourceErrors) as caught:
        Library.open(content)
    assert {each.file for each in caught.value.errors} == {f"content/{LEXICON}"}


def test_the_numbers_of_a_message_are_those_of_the_contents() -> None:
    library = Library.open(shipped("content"))
    assert library.lexicon.show == {Level.R3: ("3114", "15", "112", "114"), Level.R2: ("17", "3919", "114")}
    for key in ("crisis_r3", "crisis_r2"):
        said = library.phrases.say(key, numbers="@@")
        assert "@@" in said and not any(each.number in said for each in library.numbers)


# --- numbers that nobody looked at for long ------------------------------------------------------


def test_a_help_number_is_fresh_for_180_days() -> None:
    day = date(2026, 11, 23)
    numbers = (Helpline("3114", "", day), Helpline("15", "", day - timedelta(1), line=12))
    assert safety.stale(numbers, day + timedelta(179)) == []
    (old,) = safety.stale(numbers, day + timedelta(180))
    assert (old.line, old.warning) == (12, True)
    assert old.what == "le 15 a été relu le 22/11/2026, il y a plus de 180 jours"
    assert [each.what[:7] for each in safety.stale(numbers, day + timedelta(181))] == ["le 3114", "le 15 a"]


def test_check_warns_of_it_where_it_stands(content: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = content / NUMBERS
    file.write_text(file.read_text("utf-8").replace("2126-11-23", "2020-01-02"), "utf-8")
    assert cli.run(["check", str(content)]) == 0
    warning, last = capsys.readouterr().out.splitlines()
    assert warning.startswith("content/safety/numeros.yml:3:1: (avertissement) le 3114 a été relu le 02/01/2020")
    assert last.startswith("Aucune faute, 1 avertissement(s) : ")
    assert cli.run(["check", str(content), "--json"]) == 0
    assert [each["line"] for each in json.loads(capsys.readouterr().out)["warnings"]] == [3]


def test_the_doctor_says_it_and_what_to_do(
    content: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = content / NUMBERS
    file.write_text(file.read_text("utf-8").replace("2126-11-23", "2020-01-02"), "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MARGE_CONTENT", str(content))
    cli.run(["doctor", "--json"])
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["contenus"]["ok"] and checks["contenus"]["what"].startswith("le 3114 a été relu le 02/01/2020")
    assert "relu sur son site officiel" in checks["contenus"]["mend"]
