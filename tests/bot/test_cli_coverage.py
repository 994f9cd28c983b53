"""`marge coverage`: every line of the owners' brief has a place in the contents, and none is dropped unseen."""

import json
import shutil
from pathlib import Path

import pytest

from bot import cli
from bot.conversation.menus import ROLES
from bot.library import DELIVERABLES, INVENTORY, Library
from bot.settings import known, shipped
from bot.terminal import coverage
from flows.inventory import KINDS

ASKED = """
VIZ-frise VIZ-phases VIZ-livrables VIZ-themes VIZ-durees
SP-espace SP-diversite SP-verbatims
BEN-question BEN-clarte BEN-pro-1 BEN-pro-2 BEN-pro-3 BEN-pro-4
BEN-perso-1 BEN-perso-2 BEN-perso-3 BEN-perso-4
TRG-clarif-a TRG-clarif-b TRG-cadre TRG-burnout TRG-transition TRG-aspiration TRG-surmesure
AX-money-rel AX-money-croyances AX-money-valeur AX-money-nego AX-livret AX-peurs-secu AX-peurs-change AX-peurs-leviers
BIZ-matrice BIZ-ent-stress BIZ-ent-recip BIZ-ent-adeq
FMT-3prix FMT-auto FMT-visio
S1-B S1-A-emotions S1-A-speedboat S1-A-forces S1-A-livret S1-P S1-I
S2-B S2-A S2-P S2-I
S3-B S3-A S3-I S3-P
S4-B S4-A S4-I
S5-A-impact S5-A-sousexploite S5-A-pain S5-I S5-P
S6-A S6-B2 S6-I S6-P
GAP-S0 GAP-S1 GAP-S2 GAP-S3 GAP-S4 GAP-S5 GAP-S6 GAP-S7 GAP-S8 GAP-S9 GAP-S10 GAP-S11
"""

INVENTAIRE = """\
- part: 1a
  title: Voir le parcours
  rows:
    - {row: VIZ-frise, ask: "Les étapes sur une frise", where: [command:/parcours]}
    - row: VIZ-phases
      ask: "Quatre phases"
      where: [phase:bilan.exploration, phase:bilan.competences, phase:bilan.scenarios, phase:bilan.validation]
- part: 1b
  title: Le reste
  rows:
    - {row: S1-I, ask: "Préparer", where: [question:parcours.crise, deck:forces, phrase:welcome], note: "Un mot."}
"""


@pytest.fixture(scope="module")
def library() -> Library:
    return Library.open(shipped("content"))


@pytest.fixture
def inventory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a content that is right but for what a test writes there."""
    for name in known():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MARGE_CONTENT", str(tmp_path / "content"))
    shutil.copytree(shipped("content"), tmp_path / "content")
    file = tmp_path / "content" / INVENTORY
    file.write_text(INVENTAIRE, "utf-8")
    return file


# --- the inventory that ships ------------------------------------------------------------------


def test_nothing_that_was_asked_for_is_dropped(library: Library) -> None:
    assert library.inventory
    assert [row.id for row in library.inventory.rows()] == ASKED.split()
    assert [part.id for part in library.inventory.parts] == ["1a", "1b", "1c", "1d", "1e", "1f", "1g", "1h", "1i"]


def test_every_row_has_a_place(library: Library) -> None:
    assert library.inventory
    assert [row.id for row in library.inventory.rows() if not row.places] == []


def test_every_place_exists(library: Library) -> None:
    assert library.inventory
    assert coverage.gaps(library, library.inventory) == []


def test_every_document_serves_a_row(library: Library) -> None:
    assert library.inventory
    named = {place.name for row in library.inventory.rows() for place in row.places if place.kind == "document"}
    assert named == {made.id for made in library.deliverables}


def test_every_line_fits_a_terminal_of_100_columns(library: Library) -> None:
    assert library.inventory
    assert [line for line in coverage.listed(library.inventory) if len(line) > coverage.WIDTH] == []


# --- places ------------------------------------------------------------------------------------


def test_the_names_of_each_kind(library: Library) -> None:
    names = {kind: set(coverage.named(library, kind)) for kind in KINDS}
    assert names["flow"] == set(library.flows) and names["capsule"] == set(library.capsules)
    assert names["deck"] == set(library.decks)
    assert {"accueil.situation", "accueil.rythme", "parcours.crise"} <= names["question"]  # in a section, in a repeat
    assert {"bilan.s1-bateau"} <= names["envoi"]
    assert {"bilan.exploration"} <= names["phase"]
    assert {"bilan.S0", "bilan.S11"} <= names["session"]
    assert {"frise", "livret", "competences", "synthese"} <= names["document"]
    assert names["document"] == {made.id for made in library.deliverables}
    assert {"welcome"} <= names["phrase"]
    assert names["command"] == {f"/{name}" for role in ROLES.values() for name in role}


# --- the command -------------------------------------------------------------------------------


def test_all_is_served(inventory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["coverage"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "1a  Voir le parcours",
        "  VIZ-frise          Les étapes sur une frise",
        "                   → command:/parcours",
        "  VIZ-phases         Quatre phases",
        "                   → phase:bilan.exploration  phase:bilan.competences  phase:bilan.scenarios",
        "                     phase:bilan.validation",
        "",
        "1b  Le reste",
        "  S1-I               Préparer",
        "                   → question:parcours.crise  deck:forces  phrase:welcome",
        "",
        "3 demandes, chacune avec un lieu.",
    ]
    assert cli.run(["coverage", "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert value["ok"] is True and value["gaps"] == []
    assert value["rows"][-1] == {
        "part": "1b",
        "id": "S1-I",
        "ask": "Préparer",
        "where": ["question:parcours.crise", "deck:forces", "phrase:welcome"],
        "note": "Un mot.",
    }


def test_a_row_without_a_place_and_places_that_do_not_exist(
    inventory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = INVENTAIRE.replace("[command:/parcours]", "[]").replace("deck:forces", "deck:force, envoi:bilan.rien")
    inventory.write_text(text, "utf-8")
    assert cli.run(["coverage"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "content/inventaire.yml:4:13: VIZ-frise : aucun lieu",
        "content/inventaire.yml:11:69: S1-I : « deck:force » n'existe pas — vouliez-vous dire « deck:forces » ?",
        "content/inventaire.yml:11:81: S1-I : « envoi:bilan.rien » n'existe pas",
        "2 demandes sur 3 sans lieu, ou avec un lieu qui n'existe pas.",
    ]
    assert cli.run(["coverage", "--json"]) == 1
    value = json.loads(capsys.readouterr().out)
    assert value["ok"] is False and [gap["id"] for gap in value["gaps"]] == ["VIZ-frise", "S1-I", "S1-I"]
    assert value["gaps"][0] == {"id": "VIZ-frise", "line": 4, "column": 13, "what": "aucun lieu"}


def test_a_document_that_is_not_written_is_a_gap(inventory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inventory.write_text(INVENTAIRE.replace("deck:forces", "document:frises, document:livret"), "utf-8")
    assert cli.run(["coverage"]) == 1
    assert capsys.readouterr().out.splitlines()[0] == (
        "content/inventaire.yml:11:69: S1-I : « document:frises » n'existe pas — vouliez-vous dire « document:frise » ?"
    )
    (inventory.parent / DELIVERABLES).unlink()
    assert cli.run(["coverage", "--json"]) == 1
    gaps = json.loads(capsys.readouterr().out)["gaps"]
    assert [gap["what"] for gap in gaps] == ["« document:frises » n'existe pas", "« document:livret » n'existe pas"]


def test_its_faults_are_faults_of_the_contents(inventory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inventory.write_text(INVENTAIRE.replace("deck:forces", "jeu:forces"), "utf-8")
    assert cli.run(["check"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("content/inventaire.yml:11:69: genre de lieu inconnu « jeu » — écrivez un de ces noms")
    assert cli.run(["coverage"]) == 1
    assert capsys.readouterr().err == said


def test_a_content_may_do_without(inventory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inventory.unlink()
    assert cli.run(["check"]) == 0
    assert cli.run(["coverage"]) == 1
    assert (
        capsys.readouterr().err == "Il n'y a pas d'inventaire : le fichier inventaire.yml manque dans les contenus.\n"
    )
