"""The proofs for an audit: each indicator answered or said to be elsewhere, and never a word that anybody wrote."""

import csv
import io
import re
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.admin import qualiopi
from bot.admin.qualiopi import INDICATORS, Bundle
from bot.conversation import ticking
from bot.desk import attendance
from bot.store import publications
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from tests.bot.full_house import FullHouse


@pytest.fixture
def house(database: Database, vault: Vault, now: object) -> FullHouse:
    """Every kind of words was written in it; then a session took place, and a silence was called back."""
    house = FullHouse(database, vault, now).live()  # type: ignore[arg-type]
    house.db.write_now(publications.add, {"a.yml": "x"}, "dossier", "première version", None, house.now)
    start = house.now + timedelta(days=3)
    house.now = start + timedelta(hours=2)
    house.do(attendance.note, house.anna, "S1", start, house.now, "visio", house.now, by=house.ines)
    for days in (1, 4, 8):
        house.now = start + timedelta(days=days)
        while house.db.write_now(ticking.tick, house.vault, house.house, house.now):
            pass
    return house


def made(house: FullHouse, names: bool = False) -> Bundle:
    bundle: Bundle = house.do(qualiopi.bundle, house.now, names)
    return bundle


def opened(bundle: Bundle) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(bundle.data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}


def rows(files: dict[str, str], name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(files[f"{name}.csv"]), delimiter=";"))


def test_no_word_of_anybody_is_in_it(house: FullHouse) -> None:
    assert len(house.secrets) > 25
    text = "\n".join(opened(made(house)).values())
    assert [word for word in house.secrets if word in text] == []


def test_first_names_are_there_only_where_they_are_asked_for(house: FullHouse) -> None:
    files = opened(made(house, names=True))
    text = "\n".join(files.values())
    found = [word for word in house.secrets if word in text]
    assert len(found) == 2 and all("Anna" in word or "Max" in word for word in found)
    assert rows(files, "presence-seances")[0][:2] == ["numéro", "prénom"]


def test_every_indicator_has_its_file_or_says_that_it_is_kept_elsewhere(house: FullHouse) -> None:
    files = opened(made(house))
    readme = files["LISEZMOI.txt"]
    for n in INDICATORS:
        [line] = [line for line in readme.splitlines() if line.startswith(f"Indicateur {n},")]
        own = [name for name in files if f"-{n:02}-" in name]
        assert own or "ne sont pas tenues par Marge" in line, n
        assert all(f"  {name}" in readme for name in own)
    assert all(name in readme for name in files if name != "LISEZMOI.txt")
    assert set(made(house).files) == set(files)


def test_the_attendance_is_told_with_its_confirmations(house: FullHouse) -> None:
    files = opened(made(house))
    head, row = rows(files, "presence-seances")
    told = dict(zip(head, row, strict=True))
    assert (told["numéro"], told["séance"], told["heures"], told["comment"]) == (str(house.anna), "S1", "2", "en visio")
    assert told["dite par le coach"] and not told["confirmée par la personne"] and told["comptée"] == "oui"
    alone = {row[0]: int(row[1]) for row in rows(files, "presence-travail-personnel")[1:]}
    assert set(alone) == {str(house.anna), str(house.max)} and all(alone.values())


def test_objectives_and_results_are_counted(house: FullHouse) -> None:
    files = opened(made(house))
    head, *people = rows(files, "indicateur-11-objectifs")
    told = {row[0]: dict(zip(head, row, strict=True)) for row in people}
    assert told[str(house.anna)]["heures notées"] == "2" and told[str(house.anna)]["heures prévues"] == "19,5"
    assert told[str(house.max)]["heures notées"] == "0"
    assert rows(files, "indicateur-01-nombres")[1:] == [["bilan", "accompagne", "en cours", "2"]]


def test_recalls_are_counted_by_month_and_kind(house: FullHouse) -> None:
    head, *found = rows(opened(made(house)), "indicateur-12-rappels")
    assert head == ["mois", "nature", "partis", "personnes", "devenus inutiles"]
    told = {(row[0], row[1]): row[2:] for row in found}
    r = t.timers.c
    query = select(r.kind, r.state).where(r.kind.in_(qualiopi.RECALLS), r.state.in_(("fired", "stale")))
    settled = house.db.read_now(lambda conn: conn.execute(query).all())
    assert settled and sum(int(left) + int(spared) for left, _, spared in told.values()) == len(settled)
    assert sum(int(left) for left, _, _ in told.values()) == sum(row.state == "fired" for row in settled)


def test_what_was_published_is_dated(house: FullHouse) -> None:
    [row] = rows(opened(made(house)), "indicateur-32-versions")[1:]
    assert row[2:] == ["dossier", "première version"]


def test_whoever_asked_that_nothing_be_used_is_left_out(house: FullHouse) -> None:
    limited = update(t.enrolments).where(t.enrolments.c.person_id == house.anna).values(restricted_at=house.now)
    house.db.write_now(lambda conn: conn.execute(limited))
    bundle = made(house)
    assert (bundle.people, bundle.left_out) == (1, 1)
    files = opened(bundle)
    assert re.search(r"RGPD article 18\s: 1\.", files["LISEZMOI.txt"])
    assert all(row[0] != str(house.anna) for name in ("presence-seances", "indicateur-11-objectifs")
               for row in rows(files, name))  # fmt: skip


def test_it_is_the_same_when_it_is_made_again(house: FullHouse) -> None:
    assert made(house).data == made(house).data
