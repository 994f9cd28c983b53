"""Keys and copies at the terminal: what is said, what is refused, and what the doctor sees."""

import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from bot.clock import Clock
from bot.store import copies, rotation
from bot.store import tables as t
from bot.store.database import Database
from bot.store.rotation import PAUSE
from bot.store.vault import Keyring
from tests.bot.test_cli import ROOT, Terminal, findings
from tests.bot.test_cli import furnished as furnished
from tests.bot.test_cli import house as house
from tests.bot.test_cli import marge as marge
from tests.bot.test_cli import served as served
from tests.bot.test_cli import telegram as telegram

STORE = "sqlite:///var/marge.db"
KEYS = Path("var/keys")
EVERYBODY = 4
"""Three people, and the house."""


def old(path: Path) -> None:
    """As if the file had been written before the pause."""
    at = path.stat().st_mtime - PAUSE.total_seconds() - 1
    os.utime(path, (at, at))


def seen(house: Terminal, name: str) -> tuple[bool, str, str]:
    found = findings(house("doctor", "--json"))[name]
    return found["ok"], found["what"], found["mend"]


# --- keys ----------------------------------------------------------------------------------------


def test_the_master_key_is_changed_and_the_old_one_leaves(house: Terminal) -> None:
    assert house("keys", "list", "--json").json == {
        "masters": [{"master": "m1", "keys": EVERYBODY, "current": True, "missing": False}], "changing": 0,
    }  # fmt: skip
    said = house("keys", "rotate")
    assert said.code == 0 and f"« m2 » en service : {EVERYBODY}" in said.out and "Sauvegardez var/keys" in said.err
    assert [(each["master"], each["keys"]) for each in house("keys", "list", "--json").json["masters"]] == [
        ("m1", 0), ("m2", EVERYBODY),
    ]  # fmt: skip
    early = house("keys", "retire", "m1")
    assert early.code == 1 and "recommencez dans" in early.err
    old(KEYS)
    assert house("keys", "retire", "m2").code == 1
    assert house("keys", "retire", "m1").code == 0
    assert house("replies", "--participant", "3").code == 0
    assert len(KEYS.read_text().splitlines()) == 1 and seen(house, "clés")[0]


def test_a_rotation_cut_short_goes_on_to_the_same_key(house: Terminal) -> None:
    Keyring.extend(KEYS, "m2")
    ok, what, mend = seen(house, "clés des personnes")
    assert not ok and "ancienne clé maîtresse" in what and "marge keys rotate" in mend
    said = house("keys", "rotate", "--json")
    assert said.json == {"master": "m2", "keys": EVERYBODY} and "reprend" in said.err
    assert seen(house, "clés des personnes")[0]
    assert house("keys", "rotate", "--json").json["master"] == "m3"


def test_a_change_of_everybody_s_key_left_half_way_is_seen(house: Terminal) -> None:
    database = Database.open(STORE)
    rotation.advance(database, Keyring.load(KEYS), Clock.real().now(), begin=True)
    database.close()
    ok, what, mend = seen(house, "clés des personnes")
    assert not ok and f"{EVERYBODY} personne(s)" in what and "--contents" in mend
    assert "--contents" in house("keys", "list").out


def test_a_master_key_that_is_missing_is_seen(house: Terminal) -> None:
    house("keys", "rotate")
    KEYS.write_text(KEYS.read_text().splitlines()[0] + "\n")
    ok, _, mend = seen(house, "clés")
    assert not ok and "« m2 » manque" in mend
    assert "manque dans le fichier de clés" in house("keys", "list").out


def test_people_without_a_key_are_seen(house: Terminal) -> None:
    house.store(lambda conn, vault: conn.execute(delete(t.keys).where(t.keys.c.person_id == 3)))
    ok, what, mend = seen(house, "clés des personnes")
    assert not ok and what.startswith("1 personne(s)") and "restaurez" in mend


def test_keys_change_while_the_house_is_up(house: Terminal, telegram: str) -> None:
    """`marge up` runs from before the change to after it, and still reads what it is sent."""
    house.set(TELEGRAM_API_URL=telegram)
    line, env = [sys.executable, "-m", "bot.cli"], {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([*line, "up"], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as up:
        try:
            assert up.stdout is not None and up.stdout.readline().startswith("Marge")
            assert house("keys", "rotate", "--json").json["keys"] == EVERYBODY
            old(KEYS)
            assert house("keys", "retire", "m1").code == 0 and house("backup", "copies").code == 0
            made = house("invite", "coach", "--name", "Zoé", "--json")
            assert made.code == 0 and up.poll() is None
            up.send_signal(signal.SIGTERM)
            assert up.wait(30) == 0 and up.stderr is not None and "Traceback" not in up.stderr.read()
        finally:
            up.kill()  # a failure above must not wait for it for ever
    assert {each["master"] for each in house("keys", "list", "--json").json["masters"]} == {"m2"}


# --- copies --------------------------------------------------------------------------------------


def test_a_copy_is_made_and_said(house: Terminal) -> None:
    said = house("backup", "copies")
    assert said.code == 0 and "30 jours au plus" in said.out and "48 heures au plus" in said.out
    assert "Mio" in said.err and "var/keys : gardez-les à part" in said.err
    for root in (Path("copies/donnees"), Path("copies/cles")):
        (made,) = root.iterdir()
        made.rename(root / (Clock.real().now() - timedelta(days=40)).strftime(copies._STAMP))
    again = house("backup", "copies", "--json")
    assert len(again.json["expired"]) == 2 and again.err.count("Supprimée") == 2
    nowhere = house("backup")
    assert nowhere.code == 2 and "MARGE_BACKUPS" in nowhere.err
    house.set(MARGE_BACKUPS="ailleurs")
    assert house("backup").code == 0 and Path("ailleurs/donnees").is_dir()


def test_a_house_is_restored_where_there_is_none(house: Terminal) -> None:
    house("backup", "copies")
    refused = house("restore", "copies")
    assert refused.code == 1 and "existent déjà" in refused.err
    for file in Path("var").glob("marge*"):
        file.unlink()
    said = house("restore", "copies", "--json")
    assert said.json["rows"] > 3 and said.json["erased"] == [] and said.json["held"] == []
    assert house("replies", "--participant", "3").code == 0 and seen(house, "base")[0]
    lost = house("restore", "nulle-part", "--into", "sqlite:///var/autre.db")
    assert lost.code == 1 and "Traceback" not in lost.err
    assert house("restore", "copies", "--into", "oracle:///x").code == 1


def test_without_the_master_keys_nothing_is_restored(house: Terminal) -> None:
    house("backup", "copies")
    shutil.rmtree("var")
    said = house("restore", "copies")
    assert said.code == 1 and "fichier de clés" in said.err and not Path("var/marge.db").exists()


def test_a_drill_says_how_long_it_took(house: Terminal) -> None:
    said = house("drill")
    assert said.code == 0 and "pareilles" in said.out and " s." in said.out
    assert house("drill", "--json").json["rows"] > 3


def test_a_copy_that_is_too_old_is_seen(house: Terminal) -> None:
    assert seen(house, "sauvegardes")[0]
    house.set(MARGE_BACKUPS="copies")
    assert "aucune copie" in seen(house, "sauvegardes")[1]
    house("backup")
    ok, what, _ = seen(house, "sauvegardes")
    assert ok and "la dernière copie est du" in what
    (made,) = Path("copies/donnees").iterdir()
    made.rename(made.with_name((Clock.real().now() - copies.LATE - timedelta(minutes=1)).strftime(copies._STAMP)))
    ok, what, mend = seen(house, "sauvegardes")
    assert not ok and "trop vieux" in what and "marge backup" in mend


@pytest.mark.parametrize("line", ["keys retire", "keys retire m9", "restore"])
def test_what_cannot_be_done_is_said_in_a_line(house: Terminal, line: str) -> None:
    said = house(*line.split())
    assert said.code in (1, 2) and said.err.count("\n") == 1 and said.out == ""


def test_json_is_alone_on_the_output(house: Terminal) -> None:
    for line in ("keys list", "keys rotate", "backup copies", "drill"):
        assert json.loads(house(*line.split(), "--json").out)
