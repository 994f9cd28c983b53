"""Names of skills taken from downloaded files: what is kept, and each fault told where it stands.

The columns are those that public programs read in these files; the files themselves are not in the house.
"""

import json
import random
from pathlib import Path

import pytest

from bot import cli
from bot.library import Library
from bot.settings import shipped
from bot.terminal.referential import read
from flows.page import SourceErrors
from flows.skills import read_names

ROME = "code_ogr,nature,libelle_competence,definition,code_ogr_macro_comp,code_macro_comp,cat_comp,sous_cat_comp\n"
ESCO = ("conceptType,conceptUri,skillType,reuseLevel,preferredLabel,altLabels,hiddenLabels,status,modifiedDate,"
        "scopeNote,definition,inScheme,description\n")  # fmt: skip


def esco(name: str, kind: str = "skill/competence", level: str = "transversal", status: str = "released") -> str:
    return f'KnowledgeSkillCompetence,http://x/1,{kind},{level},"{name}","autre\nnom",,{status},,,,,\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with contents of its own, where `marge` is typed."""
    (tmp_path / "content").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MARGE_CONTENT", str(tmp_path / "content"))
    return tmp_path


def typed(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = cli.run(["referentiel", "import", *args])
    return code, *capsys.readouterr()


def test_the_rome_s_names_are_taken_once_each_from_a_csv_or_a_json(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "rome.csv").write_text(
        ROME + '1,S,"Souder, puis poncer",x,,,,\n2,S,Réparer,,,,,\n3,S,Réparer,,,,,\n', "utf-8"
    )
    code, out, _ = typed(capsys, "--rome", "rome.csv", "--dry-run", "--json")
    told = json.loads(out)
    assert code == 0 and (told["rows"], told["names"], told["new"], told["written"]) == (3, 2, 2, False)
    assert not (folder / "content" / "referentiels").exists()
    assert typed(capsys, "--rome", "rome.csv")[0] == 0
    kept = folder / "content" / "referentiels" / "rome.txt"
    assert read_names("rome.txt", kept.read_text("utf-8")) == ("Souder, puis poncer", "Réparer")
    rows = [{"code_ogr": 1, "libelle": "Réparer"}, {"code_ogr": 4, "libelle": "Écouter"}]
    for made in ({"item_referentiel_competence": rows}, rows):
        (folder / "rome.json").write_bytes(json.dumps(made, ensure_ascii=False).encode("cp1252"))
        assert "2 noms gardés" in typed(capsys, "--rome", "rome.json", "--dry-run")[1]
    code, out, _ = typed(capsys, "--rome", "rome.json", "--json")
    assert json.loads(out)["new"] == 1 and "Écouter" in kept.read_text("utf-8")


def test_esco_gives_skills_of_every_trade_and_no_knowledge(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [esco("animer un groupe"), esco("le droit", kind="knowledge"), esco("tourner", level="sector-specific"),
            esco("ancienne", status="obsolete"), esco("gérer son temps", level="cross-sector")]  # fmt: skip
    (folder / "skills_fr.csv").write_text("\ufeff" + ESCO + "".join(rows), "utf-8")
    code, out, _ = typed(capsys, "--esco", "skills_fr.csv", "--json")
    told = json.loads(out)
    assert code == 0 and (told["rows"], told["names"]) == (5, 2)
    assert read_names("x", Path(told["file"]).read_text("utf-8")) == ("animer un groupe", "gérer son temps")


FAULTS = [
    ("rome", "", "f:1:1", "aucune colonne de noms"),
    ("rome", "code;nom\n1;x\n", "f:1:1", "« libelle_competence » ou « libelle »"),
    ("rome", ROME, "f:1:1", "aucun nom de compétence"),
    ("rome", ROME + "1,S,Souder\n", "f:2:1", "3 cases au lieu de 8"),
    ("rome", ROME + "1,S,Souder,,,,,\n2,S, ,,,,,\n", "f:3:3", "rien dans « libelle_competence »"),
    ("rome", ROME + '1,S,"Sou\nder",,,,,\n2,S,,,,,,\n', "f:4:3", "rien dans"),
    ("rome", ROME + f"1,S,{'x' * 161},,,,,\n", "f:2:3", "un nom de 161 signes — écrivez 160"),
    ("rome", ROME + '1,S,"Souder,,,,,\n', "f:2:1", "un guillemet jamais refermé"),
    ("rome", '{"item_referentiel_competence": [\n{"libelle": }', "f:2:13", "ce JSON s'arrête là"),
    ("rome", '{"autre": []}', "f:1:1", "aucune liste de compétences"),
    ("rome", '[{"libelle": "Souder"}, {"libelle": 3}, 4]', "f:1:1", "la compétence n° 2 n'a pas de nom"),
    ("rome", "[" * 100_000, "f:1:1", "ce JSON est trop emboîté"),
    ("esco", ESCO + esco(""), "f:2:5", "rien dans « preferredLabel »"),
    ("esco", ROME + "1,S,Souder,,,,,\n", "f:1:1", "« preferredLabel »"),
]  # fmt: skip


@pytest.mark.parametrize(("origin", "text", "at", "says"), FAULTS)
def test_a_fault_is_told_where_it_stands(origin: str, text: str, at: str, says: str) -> None:
    with pytest.raises(SourceErrors) as found:
        read(origin, "f", text)  # type: ignore[arg-type]
    first = str(found.value.errors[0])
    assert first.startswith(f"{at}: ") and says in first and " — écrivez " in first


BITS = [ROME, ESCO, ",", ";", "|", '"', "\n", "\r\n", "\x00", "é", "\u202e", "[", "{", "x" * 50]


def test_whatever_the_file_holds_it_is_names_or_faults() -> None:
    rng = random.Random(7)
    for _ in range(300):
        text = "".join(rng.choice(BITS)
                       for _ in range(rng.randrange(40)))  # fmt: skip
        for origin in ("rome", "esco"):
            try:
                names, _ = read(origin, "f", text)  # type: ignore[arg-type]
                assert names
            except SourceErrors as found:
                assert found.errors


def test_nothing_is_written_of_a_faulty_file_and_one_file_is_needed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "rome.csv").write_text(ROME + "1,S\n", "utf-8")
    code, _, err = typed(capsys, "--rome", "rome.csv")
    assert code == 1 and "rome.csv:2:1" in err and not list((folder / "content").iterdir())
    assert typed(capsys)[0] == typed(capsys, "--rome", "a", "--esco", "b")[0] == 2
    code, _, err = typed(capsys, "--rome", "absent.csv")
    assert code == 1 and "absent.csv" in err


def test_our_own_list_is_of_verbs_in_eight_families_and_others_come_after(tmp_path: Path) -> None:
    library = Library.open(shipped("content"))
    assert len(library.skills.families) == 8 and 140 <= len(library.skills.names) <= 160
    for name in library.skills.names:
        first = name.split()[0].strip(",").lower()
        assert first.endswith(("er", "ir", "re", "oir")) and name[0].isupper(), name
    assert library.names[: len(library.skills.names)] == library.skills.names
