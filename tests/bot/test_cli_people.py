"""Cohorts, lists of people, links and the audit, at the terminal."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from bot.admin import enlisting
from tests.bot.test_cli import Terminal, findings
from tests.bot.test_cli import furnished as furnished
from tests.bot.test_cli import house as house
from tests.bot.test_cli import marge as marge
from tests.bot.test_cli import served as served
from tests.bot.test_cli import telegram as telegram


def file(house: Terminal, text: str | bytes, name: str = "liste.csv") -> str:
    path = Path(house.folder / name)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return name


# --- cohorts -----------------------------------------------------------------------------------


def test_cohorts_from_the_first_to_the_last(house: Terminal) -> None:
    assert house("cohort", "create", "--name", "été", "--json").json == {"name": "été"}
    assert house("cohort", "rename", "--name", "printemps", "--to", "avril", "--json").json == {
        "name": "avril",
        "people": 1,
    }
    put = house("cohort", "put", "--participant", "3", "--cohort", "été", "--json").json
    assert put == {"id": 3, "cohort": "été", "before": "avril"}
    assert (
        house("cohort", "close", "--name", "avril").out == "La cohorte « avril » est close : personne n'y entre plus.\n"
    )
    found = house("cohort", "list", "--json").json
    assert [(one["name"], one["people"], one["active"], one["closed_at"] is None) for one in found] == [
        ("été", 1, 0, True), ("avril", 0, 0, False)]  # fmt: skip
    assert [line.split() for line in house("cohort", "list").out.splitlines()[-2:]] == [
        ["été", "1", "0", "ouverte"], ["avril", "0", "0", "close"]]  # fmt: skip
    assert house("cohort", "put", "--participant", "3").out == "n° 3 est dans aucune cohorte (avant : « été »).\n"
    assert house("cohort", "create", "--name", "avril").out == "La cohorte « avril » est ouverte.\n"


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (("create", "--name", "PRINTEMPS"), "porte déjà ce nom"),
        (("create", "--name", "*"), "nom de cohorte"),
        (("rename", "--name", "nulle", "--to", "autre"), "n’existe pas"),
        (("close", "--name", "nulle"), "n’existe pas"),
        (("put", "--participant", "2", "--cohort", "printemps"), "Personne inconnue"),
        (("put", "--participant", "3", "--cohort", "nulle"), "n’existe pas"),
    ],
)
def test_a_refusal_is_one_french_line(house: Terminal, args: tuple[str, ...], line: str) -> None:
    said = house("cohort", *args)
    assert (said.code, said.out) == (1, "") and line in said.err and said.err.count("\n") == 1


# --- a list ------------------------------------------------------------------------------------


def test_a_list_gives_its_links_in_its_order(house: Terminal, telegram: str) -> None:
    house.set(TELEGRAM_API_URL=telegram)
    name = file(house, "cohorte;prénom\nété;Zoé\n;Max\n;Ida\n")
    plan = house(
        "invite", "participant", "--csv", name, "--coach", "2", "--cohort", "hiver", "--dry-run", "--json"
    ).json
    assert plan == {"dry_run": True, "people": 3, "cohorts": {"hiver": 2, "été": 1}, "new_cohorts": ["été", "hiver"]}
    assert [one["name"] for one in house("cohort", "list", "--json").json] == ["printemps"]
    made = house("invite", "participant", "--csv", name, "--coach", "2", "--cohort", "hiver", "--json")
    assert made.err == "" and [set(one) for one in made.json] == [{"id", "code", "link"}] * 3
    assert [one["id"] for one in made.json] == [4, 5, 6]
    assert all(
        one["link"].startswith("https://t.me/") and one["link"].endswith("?start=" + one["code"]) for one in made.json
    )
    table = house("invite", "participant", "--csv", file(house, "prénom,coach\nLuc,Anne\n"))
    assert table.code == 0 and "7" in table.out and "Luc" in table.out and "1 lien(s)" in table.out


def test_a_list_at_fault_invites_nobody(house: Terminal) -> None:
    name = file(house, "prénom;coach\n;Anne\nclaire;Anne\nMax;Bob\n")
    for more in ((), ("--dry-run",), ("--json",)):
        said = house("invite", "participant", "--csv", name, *more)
        assert (said.code, said.out) == (1, "")
        assert said.err.splitlines() == [
            "ligne 2, prénom : le prénom manque. Écrivez : un prénom de 1 à 64 caractères.",
            "ligne 3, prénom : une personne de ce prénom est déjà là, chez le ou la même coach (« claire »). "
            "Écrivez : une initiale pour les distinguer, ou retirez la ligne.",
            "ligne 4, coach : personne de ce nom ou de ce numéro n'est coach ici (« Bob »). "
            "Écrivez : le prénom ou le numéro d'un ou une coach.",
            "3 faute(s) dans liste.csv : personne n'est invité.",
        ]
    said = house("invite", "participant", "--csv", file(house, "prénom\nGaëlle\n".encode("cp1252")), "--coach", "2")
    assert said.code == 1 and "Windows-1252" in said.err
    assert house("invite", "participant", "--csv", "absente.csv", "--coach", "2").err.startswith(
        "absente.csv ne se lit pas"
    )
    assert "Coach inconnu" in house("invite", "participant", "--csv", file(house, "prénom\nZoé\n"), "--coach", "9").err


@pytest.mark.parametrize(
    "args",
    [
        (),
        ("--name", "Zoé"),
        ("--coach", "2"),
        ("--name", "Zoé", "--coach", "2", "--dry-run"),
        ("--name", "Zoé", "--csv", "x"),
    ],
)
def test_one_or_a_list_is_asked_for(house: Terminal, args: tuple[str, ...]) -> None:
    said = house("invite", "participant", *args)
    assert (said.code, said.out) == (2, "") and "--csv" in said.err and said.err.count("\n") == 1


def test_a_long_list_says_how_far_it_is(house: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enlisting, "SLICE", 2)
    said = house("invite", "participant", "--csv", file(house, "prénom\nA\nB\nC\n"), "--coach", "2", "--json")
    assert len(said.json) == 3 and said.err.splitlines()[:2] == ["2 sur 3", "3 sur 3"]


# --- links -------------------------------------------------------------------------------------


def test_a_link_is_given_again_and_taken_back(house: Terminal) -> None:
    again = house("invite", "resend", "--person", "3", "--json").json
    assert set(again) == {"id", "code", "link"} and again["id"] == 3
    assert house("invite", "revoke", "--person", "3", "--json").json == {"id": 3, "revoked": True}
    said = house("invite", "revoke", "--person", "3")
    assert said.code == 1 and "Aucun lien en attente" in said.err
    assert "l'accès à son ancien compte" in house("invite", "resend", "--person", "1").out
    assert house("invite", "resend", "--person", "9").code == 1 and house("invite", "revoke", "--person", "9").code == 1


# --- audit -------------------------------------------------------------------------------------


def test_what_was_changed_is_shown_and_its_chain_checked(house: Terminal) -> None:
    house("cohort", "create", "--name", "été")
    house("cohort", "put", "--participant", "3", "--cohort", "été")
    found = house("audit", "--json").json
    assert [(one["action"], one["by"], one["role"], one["door"]) for one in found[:2]] == [
        ("cohort_put", None, "operator", "terminal"), ("cohort_create", None, "operator", "terminal")]  # fmt: skip
    assert found[0]["about"] == {"person": 3, "before": "printemps", "cohort": "été"}
    assert [one["action"] for one in house("audit", "--action", "invite", "--json").json] == ["invite"]
    assert len(house("audit", "--limit", "2", "--json").json) == 2
    said = house("audit").out
    assert "Le terminal" in said and "a mis Claire (n° 3) dans la cohorte « été »." in said
    assert house("audit", "--check", "--json").json == {"ok": True, "broken": []}
    assert findings(house("doctor", "--json"))["journal"]["ok"]


def test_a_chain_that_was_touched_is_told_with_its_row(house: Terminal) -> None:
    rows = [one["id"] for one in house("audit", "--json").json]
    with sqlite3.connect(house.folder / "var" / "marge.db") as store:
        store.execute("DELETE FROM audit WHERE id = ?", (rows[1],))
    said = house("audit", "--check")
    assert said.code == 1 and f"ligne {rows[0]} changée" in said.out
    answer: Any = house("audit", "--check", "--json")
    assert answer.code == 1 and f'"broken": [\n    {rows[0]}\n  ]' in answer.out
    found = findings(house("doctor", "--json"))["journal"]
    assert not found["ok"] and str(rows[0]) in found["what"] and "--check" in found["mend"]


def test_every_link_given_here_leaves_its_row(house: Terminal) -> None:
    house("invite", "referent", "--name", "Sam")
    house("invite", "resend", "--person", "3")
    house("invite", "revoke", "--person", "3")
    house("invite", "participant", "--csv", file(house, "prénom\nZoé\n"), "--coach", "2")
    found = house("audit", "--json").json
    before = ["invite_staff", "invite_staff", "cohort_create", "invite"]
    assert [one["action"] for one in reversed(found)] == [*before, "invite_staff", "reinvite", "revoke", "invite_list"]
    assert {one["door"] for one in found} == {"terminal"} and found[0]["about"]["n"] == 1
