"""What is still to come, and nothing that no longer means anything."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from bot.admin import pushes
from bot.admin.audience import Audience
from bot.desk import appointments, digest
from bot.desk.upcoming import Upcoming, upcoming
from bot.store import tables as t
from bot.store.audit import OPERATOR
from bot.store.database import Database
from bot.store.vault import Vault
from tests.bot.desk_office import LIBRARY, Office

COACH, ANNA, PAUL = 701, 801, 802
TITLE = LIBRARY.flow("legitimite").title


@pytest.fixture
def office(database: Database, vault: Vault, now: datetime) -> Office:
    return Office(database, vault, now)


def listed(office: Office, person: int | None = None) -> list[Upcoming]:
    found: list[Upcoming] = office.do(upcoming, office.now, person)
    return found


def wake(office: Office, person: int, kind: str, run: int, step: int, days: int) -> None:
    def put(conn: Any) -> None:
        enrolment = office.enrolment(conn, person)
        about = {"run": run, "step": step}
        row = {"enrolment_id": enrolment, "owner": f"e{enrolment}", "kind": kind, "scope": f"{run}:{step}",
               "due_at": office.now + timedelta(days=days), "state": "pending", "about": about}  # fmt: skip
        conn.execute(insert(t.timers).values(**row))

    office.db.write_now(put)


def test_everything_soonest_first_in_words(office: Office) -> None:
    coach = office.join("coach", "Inès", COACH)
    anna = office.join("participant", "Anna", ANNA, coach)
    paul = office.join("participant", "<b>Paul</b> 👩‍🚀", PAUL, coach)
    office.db.write_now(digest.schedule, coach, office.now)
    office.do(appointments.put, anna, "S2", office.now + timedelta(days=10), None, office.now)
    office.do(pushes.plan, by=OPERATOR, body={"text": "Bonjour"}, to=Audience(people=(paul,)),
              now=office.now)  # fmt: skip
    office.run(anna, "legitimite", state="queued")
    found = listed(office)
    dated = [item.due_at for item in found if item.due_at is not None]
    assert dated == sorted(dated) and len(dated) < len(found)
    assert found[-1].due_at is None and found[-1].kind == "queued" and TITLE in found[-1].what
    whats = {(item.name, item.kind): item.what for item in found}
    assert whats["Inès", "digest"] == "synthèse de la semaine"
    assert whats["Anna", "brief"] == "brief du rendez-vous"
    assert whats["<b>Paul</b> 👩‍🚀", "push"] == "envoi de l’administration"
    assert all(item.what and item.name and item.person_id for item in found)
    assert any(item.kind == "envoi" and item.why for item in found)


def test_of_one_person_only(office: Office) -> None:
    coach = office.join("coach", "Inès", COACH)
    anna = office.join("participant", "Anna", ANNA, coach)
    paul = office.join("participant", "Paul", PAUL, coach)
    office.db.write_now(digest.schedule, coach, office.now)
    for person in (anna, paul):
        office.do(appointments.put, person, "S2", office.now + timedelta(days=10), None, office.now)
        office.run(person, "legitimite", state="queued")
    assert {item.person_id for item in listed(office)} == {coach, anna, paul}
    assert {item.person_id for item in listed(office, anna)} == {anna}
    assert [item.kind for item in listed(office, coach)] == ["digest"]


@pytest.mark.parametrize("kind", ["silence", "dormancy", "later", "reoffer"])
def test_a_timer_of_a_question_that_was_answered_is_left_out(office: Office, kind: str) -> None:
    coach = office.join("coach", "Inès", COACH)
    anna = office.join("participant", "Anna", ANNA, coach)
    run = office.run(anna, "legitimite", state="waiting")
    wake(office, anna, kind, run, 1, days=2)
    [item] = [item for item in listed(office, anna) if item.kind == kind]
    assert TITLE in item.what and item.due_at == office.now + timedelta(days=2)
    for changed in ({"step": 2}, {"step": 1, "state": "done"}):
        moved = update(t.runs).where(t.runs.c.id == run).values(**changed)
        office.db.write_now(lambda conn, moved=moved: conn.execute(moved))
        assert [item for item in listed(office, anna) if item.kind == kind] == []


def test_what_was_settled_is_no_longer_to_come(office: Office) -> None:
    coach = office.join("coach", "Inès", COACH)
    anna = office.join("participant", "Anna", ANNA, coach)
    office.do(appointments.put, anna, "S2", office.now + timedelta(days=10), None, office.now)
    assert {item.kind for item in listed(office, anna)} >= {"envoi", "brief"}
    office.do(appointments.cancel, anna, "S2", office.now)
    assert {item.kind for item in listed(office, anna)} & {"envoi", "brief"} == set()
