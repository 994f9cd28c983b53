"""What a coach reads of everything that was sent and happened: in words, page after page, and nothing private."""

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from sqlalchemy import insert, select

from bot.desk import appointments, people, upcoming
from bot.desk.timeline import LISTED, SENT, UNTOLD, Mark, Moment, timeline
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from flows.agenda import Reason, Why
from tests.bot.desk_office import LIBRARY, Office

ANNE, CLAIRE = 701, 801
HOUSE = Path(__file__).parents[2] / "bot"
DRAWN_ELSEWHERE = {"appointment_planned", "module_done", "module_stopped", "send_doubtful", "send_refused", "distress",
                   "skipped", "expired", "appointment_cancelled", "appointment_done",
                   "appointment_no_show"}  # fmt: skip
"""Kinds whose name is put together where they are logged."""


@pytest.fixture
def office(database: Database, vault: Vault, now: Any) -> Office:
    office = Office(database, vault, now)
    office.ines = office.join("coach", "Anne", ANNE)
    return office


def logged() -> Iterator[str]:
    """Every kind of event that the source names: `….log("kind", …)` of a case, both ways of a choice."""
    for file in HOUSE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "log":
                for part in ast.walk(node.args[0]) if node.args else ():
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield part.value


def whys() -> set[str]:
    """Reasons as `flows.agenda` types them, and those that are written where an envoi does not leave."""
    return {*get_args(Why), *get_args(Reason), "busy", "already_there", "too_late", "coach"}


def test_every_event_and_every_reason_has_its_words() -> None:
    kinds = {kind for kind in logged() if kind.isidentifier() and not kind.endswith("_")} | DRAWN_ELSEWHERE
    assert len(kinds) > 35
    assert [kind for kind in kinds - UNTOLD if f"page_event_{kind}" not in LIBRARY.phrases] == []
    assert [kind for kind in SENT if f"page_sent_{kind}" not in LIBRARY.phrases] == []
    assert [why for why in whys() if f"page_why_{why}" not in LIBRARY.phrases] == []


def flat(words: str) -> str:
    return words.replace("\xa0", " ").replace("\u202f", " ")


def read(office: Office, person: int, before: Mark | None = None) -> tuple[list[Moment], Mark | None]:
    def act(conn: Any, vault: Vault, house: Any) -> Any:
        served = people.one(conn, vault, person, office.now)
        assert served is not None
        return timeline(conn, vault, house, served, "Europe/Paris", before, office.now)

    found: tuple[list[Moment], Mark | None] = office.do(act)
    return found


def test_each_line_is_shown_once_however_many_stand_at_one_instant(office: Office) -> None:
    claire = office.join("participant", "Claire", CLAIRE, office.ines)

    def put(conn: Any) -> None:
        who = office.enrolment(conn, claire)
        for n in range(3 * LISTED):
            row = {"enrolment_id": who, "at": office.now + timedelta(seconds=n // 50), "kind": "resumed", "about": {}}
            conn.execute(insert(t.events).values(**row))
            timer = {"enrolment_id": who, "owner": f"e{who}", "kind": "silence", "scope": str(n), "about": {},
                     "due_at": office.now, "state": "fired", "settled_at": office.now + timedelta(seconds=n // 50)}  # fmt: skip
            conn.execute(insert(t.timers).values(**timer))

    office.db.write_now(put)
    seen: list[Mark] = []
    mark: Mark | None = None
    while True:
        moments, mark = read(office, claire, mark)
        assert len(moments) <= LISTED
        seen += [one.mark for one in moments]
        if mark is None:
            break
        assert Mark.of(mark.text) == mark
    assert len(seen) == len(set(seen)) >= 6 * LISTED
    assert seen == sorted(seen, key=lambda one: (one.at, one.source, one.id), reverse=True)


@pytest.mark.parametrize("odd", ["", "hier", "2026-01-01T00:00:00_1_2", "2026-01-01T00:00:00+00:00_2_1", "x_1_1", "_1_"])
def test_a_mark_that_is_none_begins_anew(odd: str) -> None:
    assert Mark.of(odd) is None


def test_it_says_what_left_and_why_and_what_did_not(office: Office) -> None:
    claire = office.join("participant", "Claire", CLAIRE, office.ines)
    office.do(appointments.put, claire, "S1", office.now + timedelta(days=3), None, office.now)
    office.do(appointments.put, claire, "S1", office.now + timedelta(hours=3), None, office.now)
    words = [(flat(one.what), one.why) for one in read(office, claire)[0]]
    assert any(what.startswith("Rendez-vous déplacé : Accueil et besoins") for what, _ in words)
    assert any(what.startswith("Pas envoyé") and why for what, why in words)
    assert all("{" not in what for what, _ in words)


def test_nothing_of_a_private_answer_is_in_it(office: Office) -> None:
    claire = office.join("participant", "Claire", CLAIRE, office.ines)

    def put(conn: Any) -> None:
        row = {"enrolment_id": office.enrolment(conn, claire), "at": office.now, "kind": "to_check",
               "about": {"run": 1, "key": "argent_maison"}}  # fmt: skip
        conn.execute(insert(t.events).values(**row))

    before = len(read(office, claire)[0])
    office.db.write_now(put)
    assert len(read(office, claire)[0]) == before


def test_a_reminder_to_come_is_named_by_its_session(office: Office) -> None:
    claire = office.join("participant", "Claire", CLAIRE, office.ines)
    office.do(appointments.put, claire, "S1", office.now + timedelta(days=9), None, office.now)
    ahead = office.do(upcoming.upcoming, office.now, claire)
    ids = office.db.read_now(lambda conn: set(conn.execute(select(t.timers.c.id)).scalars()))
    assert any("le rappel de « Accueil et besoins »" in flat(one.what) for one in ahead)
    assert {one.timer for one in ahead if one.due_at} <= ids
