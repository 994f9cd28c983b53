"""What the first page of a coach lists: who, in which order, how many; and never anything private or foreign."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot.desk import appointments, digest, outline, people
from bot.desk.attention import MOST, Attention, Group, attention, shared
from bot.store import tables as t
from bot.store.cases import by_person
from bot.store.database import Database
from bot.store.vault import Vault
from bot.telegram.length import plain
from flows.model import Flow, Question, Text
from tests.bot.desk_office import LIBRARY, Office
from tests.bot.web_office import espace

ANNE, PAUL = 701, 702


@pytest.fixture
def office(database: Database, vault: Vault, now: Any) -> Office:
    office = Office(database, vault, now)
    office.ines = office.join("coach", "Anne", ANNE)
    return office


def joined(office: Office, name: str, chat: int, coach: int | None = None) -> int:
    """A participant whose welcome is behind: nothing stands open."""
    person = office.join("participant", name, chat, coach or office.ines)

    def close(conn: Any) -> None:
        mine = select(t.enrolments.c.id).where(t.enrolments.c.person_id == person).scalar_subquery()
        conn.execute(update(t.runs).where(t.runs.c.enrolment_id == mine).values(state="done"))

    office.db.write_now(close)
    return person


def found(office: Office, coach: int | None = None) -> Attention:
    def read(conn: Any, vault: Vault, house: Any) -> Attention:
        who = by_person(conn, vault, [coach or office.ines], office.now)[coach or office.ines].person
        assert who is not None
        return attention(conn, vault, house, who, office.now)

    return office.do(read)  # type: ignore[no-any-return]


def names(group: Group) -> list[str]:
    return [one.name for one in group.people]


def book(office: Office, person: int, session: str, days: float) -> None:
    office.do(appointments.put, person, session, office.now + timedelta(days=days), None, office.now)


def test_nobody_is_waiting(office: Office) -> None:
    assert not any(getattr(found(office), name) for name in Attention.__slots__)


def test_sessions_come_in_their_order_and_todays_stay_until_the_evening(office: Office) -> None:
    claire, yanis = joined(office, "Claire", 801), joined(office, "Yanis", 802)
    book(office, claire, "S2", 5)
    book(office, yanis, "S1", 1)
    book(office, claire, "S1", 2)
    seen = found(office).ahead
    assert [(one.name, one.session) for one in seen.people] == [("Yanis", "S1"), ("Claire", "S1"), ("Claire", "S2")]
    office.now += timedelta(days=1, minutes=5)
    assert names(found(office).ahead)[0] == "Yanis"
    office.now += timedelta(days=1)
    assert "Yanis" not in names(found(office).ahead)


def test_only_a_preparation_that_is_near_and_can_be_read_is_counted(office: Office) -> None:
    claire = joined(office, "Claire", 801)
    book(office, claire, "S1", 2)
    readable = shared(LIBRARY.every_flow())
    office.run(claire, readable[0], session="S1", state="done")
    assert not found(office).incomplete
    office.run(claire, readable[1], session="S1", state="waiting")
    reading = next(flow.id for flow in LIBRARY.every_flow() if flow.id not in readable)
    office.run(claire, reading, session="S1", state="waiting")
    [one] = found(office).incomplete.people
    assert (one.n, one.total, one.session) == (1, 2, "S1")
    office.do(appointments.put, claire, "S1", office.now + timedelta(days=6), None, office.now)
    assert not found(office).incomplete


def test_a_module_all_of_whose_questions_are_private_is_no_preparation_of_the_coachs() -> None:
    private = Flow("x", "X", (Question("a", "A", "", Text(), private=True),))
    assert shared([private]) == []


@pytest.mark.parametrize(("about", "lists"), [
    ({}, ["to_read"]), ({"how": "to_check"}, ["to_check", "to_read"]), ({"private": True}, []),
    ({"how": "skipped"}, []), ({"how": "erased"}, []), ({"review": "lu"}, []),
    ({"how": "misread", "private": True}, []),
])  # fmt: skip
def test_what_awaits_reading_is_counted_once_and_nothing_private_is(
    office: Office, about: dict[str, Any], lists: list[str]
) -> None:
    claire = joined(office, "Claire", 801)
    run = office.run(claire, "bateau")
    office.reply(claire, "ile", "un port", run=run, **about)
    seen = found(office)
    assert [name for name in ("to_check", "to_read") if getattr(seen, name)] == lists
    counted = office.do(lambda conn, vault, house: people.one(conn, vault, claire, office.now))
    assert counted.to_read == (seen.to_read.people[0].n if seen.to_read else 0)


def test_an_answer_made_private_takes_its_earlier_versions_out_of_every_count(office: Office) -> None:
    claire = joined(office, "Claire", 801)
    run = office.run(claire, "bateau", state="waiting", key="vent")
    office.reply(claire, "ile", "un port", run=run)
    office.reply(claire, "ile", "un port", run=run, version=2, private=True)
    assert not found(office).to_read

    def glance(conn: Any, vault: Vault, house: Any) -> outline.Outline:
        served = people.one(conn, vault, claire, office.now)
        assert served is not None
        return outline.outline(conn, vault, house, served, office.now)

    seen = office.do(glance)
    assert not any(seen.read.values()) and [module.answers for module in seen.modules] == [0]


def test_silence_counts_only_with_a_question_open(office: Office) -> None:
    claire, yanis = joined(office, "Claire", 801), joined(office, "Yanis", 802)
    office.run(claire, "bateau", state="waiting", key="ile")
    office.now += timedelta(days=6, hours=23)
    assert not found(office).silent
    office.now += timedelta(hours=2)
    assert names(found(office).silent) == ["Claire"] and yanis


def test_of_somebody_who_limited_the_use_of_their_words_appointments_alone_are_told(office: Office) -> None:
    claire = joined(office, "Claire", 801)
    office.run(claire, "bateau", session="S1", state="waiting", key="ile")
    office.reply(claire, "a", "…")
    office.now += timedelta(days=8)
    book(office, claire, "S1", 2)
    assert found(office).silent and found(office).incomplete and found(office).to_read

    def told() -> str:
        return plain(office.do(digest.now, office.ines, office.now)).replace("\xa0", " ")

    assert "une question ouverte : Claire" in told()
    limited = update(t.enrolments).values(restricted_at=office.now)
    office.db.write_now(lambda conn: conn.execute(limited))
    seen = found(office)
    assert names(seen.ahead) == ["Claire"] and not (seen.silent or seen.incomplete or seen.to_read)
    assert told() == plain(office.house.speech.say("digest_nothing")).replace("\xa0", " ")


def test_nothing_booked_until_the_last_session_is_behind(office: Office) -> None:
    claire = joined(office, "Claire", 801)
    assert names(found(office).unbooked) == ["Claire"]
    book(office, claire, "S1", 1)
    assert not found(office).unbooked
    office.now += timedelta(days=2)
    [one] = found(office).unbooked.people
    assert one.at is not None and one.at < office.now
    last = LIBRARY.programmes["bilan"].sessions[-1].id
    book(office, claire, last, 1)
    office.now += timedelta(days=2)
    assert not found(office).unbooked


def test_distress_stays_first_until_it_was_seen(office: Office) -> None:
    claire = joined(office, "Claire", 801)

    def put(conn: Any) -> int:
        row = {"enrolment_id": office.enrolment(conn, claire), "at": office.now, "kind": "distress", "about": {}}
        return int(conn.execute(insert(t.events).values(**row).returning(t.events.c.id)).scalar_one())

    event = office.db.write_now(put)
    [one] = found(office).distress.people
    assert (one.name, one.event) == ("Claire", event)
    office.db.write_now(lambda conn: conn.execute(update(t.events).values(seen_at=office.now)))
    assert not found(office).distress


def test_somebody_who_cannot_be_reached(office: Office) -> None:
    claire = joined(office, "Claire", 801)
    gone = update(t.people).where(t.people.c.id == claire).values(reachable=False)
    office.db.write_now(lambda conn: conn.execute(gone))
    assert names(found(office).unreachable) == ["Claire"]


def test_another_coachs_people_are_nowhere_and_a_long_list_says_how_long(office: Office) -> None:
    paul = office.join("coach", "Paul", PAUL)
    for n in range(MOST + 3):
        person = joined(office, f"P{n}", 900 + n, paul)
        office.reply(person, "journal", "des mots", how="journal", question="")
    assert not any(getattr(found(office), name) for name in Attention.__slots__)
    seen = found(office, paul).to_read
    assert (len(seen.people), seen.total) == (MOST, MOST + 3)


def test_whoever_asked_that_nothing_be_used_is_told_of_by_their_appointments_alone(office: Office) -> None:
    claire = joined(office, "Claire", 801)
    office.run(claire, "bateau", state="waiting", key="ile", session="S1")
    office.reply(claire, "journal", "mots", how="misread", question="")
    office.now += timedelta(days=8)
    book(office, claire, "S1", 2)
    seen = found(office)
    assert [names(group) for group in (seen.incomplete, seen.silent, seen.to_read, seen.to_check)] == [["Claire"]] * 4
    limited = update(t.enrolments).values(restricted_at=office.now)
    office.db.write_now(lambda conn: conn.execute(limited))
    seen = found(office)
    assert names(seen.ahead) == ["Claire"]
    assert not (seen.incomplete or seen.silent or seen.to_read or seen.to_check)


def test_a_session_of_this_morning_is_no_longer_prepared_but_told(office: Office) -> None:
    claire = joined(office, "Claire", 801)
    book(office, claire, "S1", 0.1)
    with espace(office) as page:
        assert f"/personnes/{claire}/fiche" in page.of(office.ines).get("/espace").html
        office.now += timedelta(hours=3)
        seen = page.of(office.ines).get("/espace")
        assert f"/personnes/{claire}/rendez-vous/S1" in seen.html and "Noter ce qu’il en a été" in seen.text
        assert f"/personnes/{claire}/fiche" not in seen.html
