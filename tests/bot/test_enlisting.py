"""A list of people invited: everybody or nobody, each with a link that opens, faults by line."""

import time
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.admin import enlisting, guestlist
from bot.admin.enlisting import Usual
from bot.admin.guestlist import ListFaults
from bot.desk import DeskError, cohorts
from bot.store import audit
from bot.store import tables as t
from bot.store.audit import OPERATOR, By
from bot.store.database import Database
from bot.store.vault import Vault
from tests.bot.desk_office import Office

NADIA = By(1, "admin", "page")


@pytest.fixture
def office(database: Database, vault: Vault, now: Any) -> Office:
    return Office(database, vault, now)


@pytest.fixture
def anne(office: Office) -> int:
    return office.join("coach", "Anne", 701)


def plan(office: Office, text: str, **usual: Any) -> enlisting.Plan:
    guests = guestlist.read_text(text)
    made: enlisting.Plan = office.do(enlisting.check, guests, Usual("Europe/Paris", **usual), office.now)
    return made


def enlist(office: Office, text: str, by: By = NADIA, **usual: Any) -> list[Any]:
    made = plan(office, text, **usual)
    found: list[Any] = office.db.write_now(enlisting.enlist, office.vault, made, by, office.now)
    return found


def faults(office: Office, text: str, **usual: Any) -> list[tuple[int, str, str]]:
    with pytest.raises(ListFaults) as caught:
        plan(office, text, **usual)
    return [(fault.line, fault.column, fault.why) for fault in caught.value.faults]


def rows(office: Office, table: Any) -> int:
    return int(office.db.read_now(lambda conn: conn.execute(select(func.count()).select_from(table)).scalar_one()))


def test_everybody_comes_in_by_their_own_link_in_the_order_of_the_list(office: Office, anne: int) -> None:
    text = "prénom;coach;cohorte;fuseau\nClaire;anne;Été;\nPaul;;été;Indian/Reunion\nZoé;;;\n"
    made = enlist(office, text, coach_id=anne, cohort="hiver")
    for chat, (name, one) in enumerate(zip(("Claire", "Paul", "Zoé"), made, strict=True), 801):
        assert f"Bonjour {name}" in office.say(chat, f"/start {one.code}")[0].text
    e, p = t.enrolments.c, t.people.c
    query = select(p.id, e.coach_id, e.cohort, e.format, p.zone).join(t.people, p.id == e.person_id).order_by(p.id)
    assert office.db.read_now(lambda conn: [tuple(row) for row in conn.execute(query)]) == [
        (made[0].id, anne, "Été", "accompagne", "Europe/Paris"),
        (made[1].id, anne, "Été", "accompagne", "Indian/Reunion"),
        (made[2].id, anne, "hiver", "accompagne", "Europe/Paris"),
    ]
    [entry] = office.db.read_now(audit.newest, 9, None, "invite_list")
    assert entry.by == NADIA and entry.about == {
        "n": 3, "first": made[0].id, "last": made[2].id, "cohorts": ["hiver", "Été"]}  # fmt: skip


def test_a_dry_run_writes_nothing(office: Office, anne: int) -> None:
    before = {table.name: rows(office, table) for table in t.metadata.sorted_tables}
    found = plan(office, "prénom;cohorte\nClaire;été\nPaul;Été\nZoé;\n", coach_id=anne)
    assert found.by_cohort() == [("", 1), ("été", 2)] and found.fresh == ("été",)
    assert {table.name: rows(office, table) for table in t.metadata.sorted_tables} == before


def test_each_wrong_line_is_told_and_nobody_is_invited(office: Office, anne: int) -> None:
    office.join("participant", "Luc", 801, anne)
    office.db.write_now(cohorts.create, OPERATOR, "close", office.now)
    office.db.write_now(cohorts.close, OPERATOR, "close", office.now)
    text = (
        "prénom;coach;cohorte;format;programme;fuseau\nluc;;;;;\nClaire;Bob;;;;\nclaire;;;;;\nCLAIRE;;;;;\n"
        "Max;;;hybride;;\nIda;;;;autre;\nEva;;;;;Mars\nTom;;close;;;\nRoc;;*;;;\nAda;999;;;;\nOla;;;Accompagné;;\n"
    )
    people, codes = rows(office, t.people), rows(office, t.invitations)
    assert faults(office, text, coach_id=anne) == [
        (2, "prénom", "duplicate"), (3, "coach", "unknown_coach"), (5, "prénom", "same_line"),
        (6, "format", "unknown_format"), (7, "programme", "unknown_programme"), (8, "fuseau", "unknown_zone"),
        (9, "cohorte", "cohort_closed"), (10, "cohorte", "bad_cohort"), (11, "coach", "unknown_coach"),
    ]  # fmt: skip
    assert (rows(office, t.people), rows(office, t.invitations)) == (people, codes)


def test_a_coach_is_named_or_numbered_and_never_guessed(office: Office, anne: int) -> None:
    other = office.join("coach", "Marc", 702)
    assert [one.coach_id for one in plan(office, f"prénom;coach\nClaire;MARC\nPaul;{anne}\n").newcomers] == [
        other,
        anne,
    ]
    assert faults(office, "prénom\nClaire\n") == [(2, "coach", "no_coach")]
    twin = office.join("coach", "Anna", 703)

    def same(conn: Any) -> None:
        sealed = office.vault.seal_text(twin, "people.name", "Anne")
        conn.execute(update(t.people).where(t.people.c.id == twin).values(name=sealed))

    office.db.write_now(same)
    with pytest.raises(ListFaults) as caught:
        plan(office, "prénom;coach\nClaire;Anne\n")
    assert str(anne) in str(caught.value) and str(twin) in str(caught.value)
    with pytest.raises(DeskError, match="unknown_coach"):
        plan(office, "prénom\nClaire\n", coach_id=999)


def test_the_same_name_with_two_coaches_is_two_people(office: Office, anne: int) -> None:
    office.join("coach", "Marc", 702)
    assert len(enlist(office, "prénom;coach\nClaire;Anne\nClaire;Marc\n")) == 2


def test_a_cohort_closed_meanwhile_stops_the_whole_list(office: Office, anne: int) -> None:
    made = plan(office, "prénom;cohorte\nClaire;été\n", coach_id=anne)
    office.db.write_now(cohorts.create, OPERATOR, "été", office.now)
    office.db.write_now(cohorts.close, OPERATOR, "été", office.now)
    people = rows(office, t.people)
    with pytest.raises(DeskError, match="cohort_closed"):
        office.db.write_now(enlisting.enlist, office.vault, made, NADIA, office.now)
    assert rows(office, t.people) == people


def test_five_thousand_lines(office: Office, anne: int) -> None:
    text = "prénom;coach;cohorte\n" + "".join(f"Prénom {n};Anne;cohorte {n % 20}\n" for n in range(5000))
    begun = time.perf_counter()
    made = plan(office, text)
    checked = time.perf_counter()
    told: list[int] = []
    codes = office.db.write_now(enlisting.enlist, office.vault, made, NADIA, office.now, told.append)
    written = time.perf_counter()
    assert len({one.code for one in codes}) == 5000 and told[-1] == 5000 and len(told) == 10
    print(f"\n{office.db.kind}: read and checked {checked - begun:.2f} s, written {written - checked:.2f} s")
    assert checked - begun < 10 and written - checked < 60
    assert faults(office, "prénom;coach\nPrénom 4999;Anne\n") == [(2, "prénom", "duplicate")]
