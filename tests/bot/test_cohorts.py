"""Cohorts: made, renamed, closed; who is in which; each change written down."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.admin import pushes
from bot.admin.audience import Audience
from bot.desk import DeskError, cohorts
from bot.store import audit
from bot.store import tables as t
from bot.store.audit import By
from bot.store.database import Database
from bot.store.vault import Vault
from tests.bot.desk_office import Office

NADIA = By(1, "admin", "page")


@pytest.fixture
def office(database: Database, vault: Vault, now: Any) -> Office:
    office = Office(database, vault, now)
    office.ines = office.join("coach", "Anne", 701)
    return office


def act(office: Office, service: Any, *args: Any) -> Any:
    return office.db.write_now(service, NADIA, *args, office.now)


def shown(office: Office) -> list[tuple[str, int, int, bool]]:
    return [(one.name, one.people, one.active, one.closed_at is None) for one in office.db.read_now(cohorts.listed)]


def written(office: Office) -> list[tuple[str, Any]]:
    found = [entry for entry in office.db.read_now(audit.newest, 50) if entry.by == NADIA]
    return [(entry.action, entry.about) for entry in reversed(found)]


def of(office: Office, person: int) -> str | None:
    query = select(t.enrolments.c.cohort).where(t.enrolments.c.person_id == person)
    return office.db.read_now(lambda conn: conn.execute(query).scalar_one())


def test_one_that_only_people_hold_is_a_cohort_too(office: Office) -> None:
    office.join("participant", "Claire", 801, office.ines, cohort="printemps")
    office.invite("participant", "Paul", office.ines, cohort="Printemps")
    act(office, cohorts.create, "  été\n2027 ")
    assert shown(office) == [("printemps", 2, 1, True), ("été 2027", 0, 0, True)]


def test_before_the_tables_had_cohorts_people_had_them(office: Office) -> None:
    claire = office.join("participant", "Claire", 801, office.ines, cohort="printemps")
    office.db.write_now(lambda conn: conn.execute(t.cohorts.delete()))
    assert shown(office) == [("printemps", 1, 1, True)]
    act(office, cohorts.close, "printemps")
    assert shown(office) == [("printemps", 1, 1, False)] and of(office, claire) == "printemps"
    office.db.write_now(lambda conn: conn.execute(t.cohorts.delete()))
    assert act(office, cohorts.rename, "printemps", "avril") == 1 and shown(office) == [("avril", 1, 1, True)]


def test_a_name_is_taken_once_whatever_its_capitals(office: Office) -> None:
    act(office, cohorts.create, "Été")
    for name in ("été", "Été", " ÉTÉ "):
        with pytest.raises(DeskError, match="cohort_taken"):
            act(office, cohorts.create, name)
    for name in ("", " ", "*", "x" * 65, "\u200b"):
        with pytest.raises(DeskError, match="bad_cohort"):
            act(office, cohorts.create, name)
    assert act(office, cohorts.rename, "Été", "été") == 0
    assert written(office) == [("cohort_create", {"cohort": "Été"}),
                               ("cohort_rename", {"cohort": "Été", "new": "été", "n": 0})]  # fmt: skip


def test_people_and_sends_follow_another_name(office: Office) -> None:
    claire = office.join("participant", "Claire", 801, office.ines, cohort="printemps")
    later = office.now + timedelta(days=2)
    push = office.do(pushes.plan, by=audit.OPERATOR, body={"text": "Bonjour."}, now=office.now, at=later,
                     to=Audience(cohorts=("printemps",)))  # fmt: skip
    assert act(office, cohorts.rename, "printemps", "avril") == 1
    assert of(office, claire) == "avril"
    audience = select(t.pushes.c.audience).where(t.pushes.c.id == push)
    assert office.db.read_now(lambda conn: conn.execute(audience).scalar_one())["cohorts"] == ["avril"]
    office.say(801, "Me voilà.")  # a turn of theirs does not bring the old name back
    assert of(office, claire) == "avril"
    with pytest.raises(DeskError, match="unknown_cohort"):
        act(office, cohorts.rename, "printemps", "mai")
    act(office, cohorts.create, "mai")
    with pytest.raises(DeskError, match="cohort_taken"):
        act(office, cohorts.rename, "avril", "MAI")


def test_a_closed_one_is_not_offered_and_opens_again(office: Office) -> None:
    claire = office.join("participant", "Claire", 801, office.ines, cohort="printemps")
    act(office, cohorts.create, "été")
    act(office, cohorts.close, "été")
    assert office.db.read_now(cohorts.open_names) == ["printemps"]
    with pytest.raises(DeskError, match="cohort_closed"):
        act(office, cohorts.close, "été")
    with pytest.raises(DeskError, match="cohort_closed"):
        act(office, cohorts.put, claire, "été")
    with pytest.raises(DeskError, match="cohort_closed"):
        office.invite("participant", "Paul", office.ines, cohort="Été")
    assert act(office, cohorts.create, "ÉTÉ") == "été"
    assert [what for what, _ in written(office)] == ["cohort_create", "cohort_close", "cohort_reopen"]
    assert office.db.read_now(cohorts.open_names) == ["printemps", "été"]


def test_somebody_is_put_into_another_or_into_none(office: Office) -> None:
    claire = office.join("participant", "Claire", 801, office.ines, cohort="printemps")
    act(office, cohorts.create, "été")
    assert act(office, cohorts.put, claire, "été") == "printemps" and of(office, claire) == "été"
    assert act(office, cohorts.put, claire, "été") == "été"
    assert act(office, cohorts.put, claire, None) == "été" and of(office, claire) is None
    assert act(office, cohorts.put, claire, None) is None
    for who, name in ((999, "été"), (office.ines, "été"), (claire, "automne")):
        with pytest.raises(DeskError):
            act(office, cohorts.put, who, name)
    assert written(office)[1:] == [
        ("cohort_put", {"person": claire, "before": "printemps", "cohort": "été"}),
        ("cohort_put", {"person": claire, "before": "été", "cohort": ""}),
    ]  # fmt: skip
