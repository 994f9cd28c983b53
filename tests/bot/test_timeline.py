"""What a coach reads of everything that was sent and happened: in words, page after page, and nothing private."""

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, update

from bot.conversation import ticking
from bot.desk import appointments, people, upcoming
from bot.desk.steering import Steering
from bot.desk.timeline import LISTED, SENT, UNTOLD, Mark, Moment, timeline
from bot.store import tables as t
from bot.store.cases import by_person
from bot.store.database import Database
from bot.store.vault import Vault
from flows.agenda import Reason, Why
from tests.bot.desk_office import LIBRARY, Office

ANNE, CLAIRE = 701, 801
HOUSE = Path(__file__).parents[2] / "bot"
DRAWN_ELSEWHERE = {"appointment_planned", "module_done", "module_stopped", "send_doubtful", "send_refused",
                   "send_dropped", "distress", "skipped", "expired", "appointment_cancelled", "appointment_done",
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
    both = set(get_args(Why)) & set(get_args(Reason))
    assert [why for why in both if f"page_unsent_{why}" not in LIBRARY.phrases] == []


def flat(words: str) -> str:
    return words.replace("\xa0", " ").replace("\u202f", " ")


def read(office: Office, person: int, before: Mark | None = None) -> tuple[list[Moment], Mark | None]:
    def act(conn: Any, vault: Vault, house: Any) -> Any:
        served = people.one(conn, vault, person, office.now)
        assert served is not None
        return timeline(conn, vault, house, served, "Europe/Paris", before, office.now)

    found: tuple[list[Moment], Mark | None] = office.do(act)
    return found


def _steering(conn: Any, vault: Vault, house: Any, claire: int, office: Office) -> Steering:
    by = by_person(conn, vault, [office.ines], office.now)[office.ines].person
    served = people.one(conn, vault, claire, office.now)
    assert by is not None and served is not None
    return Steering(conn, vault, house, served, by, office.now)


def _ask(conn: Any, vault: Vault, house: Any, claire: int, office: Office) -> None:
    _steering(conn, vault, house, claire, office).ask("Et la danse ?")


def _skip(conn: Any, vault: Vault, house: Any, claire: int, office: Office, timer: int) -> None:
    _steering(conn, vault, house, claire, office).skip(timer)


def test_each_line_is_shown_once_however_many_stand_at_one_instant(office: Office) -> None:
    claire = office.join("participant", "Claire", CLAIRE, office.ines)

    def put(conn: Any) -> None:
        who = office.enrolment(conn, claire)
        for n in range(3 * LISTED):
            at = office.now + timedelta(seconds=n // 50)
            row = {"enrolment_id": who, "at": at, "kind": "resumed", "about": {}}
            conn.execute(insert(t.events).values(**row))
            timer = {"enrolment_id": who, "owner": f"e{who}", "kind": "silence", "scope": str(n), "about": {},
                     "due_at": office.now, "state": "fired", "settled_at": at}  # fmt: skip
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


@pytest.mark.parametrize(
    "odd", ["", "hier", "2026-01-01T00:00:00_1_2", "2026-01-01T00:00:00+00:00_2_1", "x_1_1", "_1_"]
)
def test_a_mark_that_is_none_begins_anew(odd: str) -> None:
    assert Mark.of(odd) is None


@pytest.mark.parametrize("private", [False, True])
def test_an_action_of_ones_own_is_recalled_to_its_author_alone(office: Office, private: bool) -> None:
    """Neither that it comes nor that it came: its date is an answer."""
    claire = office.join("participant", "Claire", CLAIRE, office.ines)
    run = office.run(claire, "plan-action")
    office.reply(claire, "actions[0].action_date", "2026-12-01", run=run, private=private)

    def put(conn: Any, vault: Vault, house: Any) -> int:
        who = office.enrolment(conn, claire)
        about = {"flow": "plan-action", "run": run, "date": "2026-12-01"}
        one = {"enrolment_id": who, "owner": f"e{who}", "kind": "action", "about": about, "due_at": office.now}
        conn.execute(insert(t.timers).values(**one, scope=f"{run}:actions[0]", state="pending"))
        ahead = [each.kind for each in upcoming.upcoming(conn, vault, house, office.now, claire)].count("action")
        came = update(t.timers).where(t.timers.c.kind == "action").values(state="fired", settled_at=office.now)
        conn.execute(came)
        return ahead

    assert office.do(put) == (0 if private else 1)
    recalled = flat(office.house.speech.label("page_sent_action"))
    assert [flat(one.what) for one in read(office, claire)[0]].count(recalled.strip()) == (0 if private else 1)


def test_it_says_what_left_and_why_and_what_did_not(office: Office) -> None:
    claire = office.join("participant", "Claire", CLAIRE, office.ines)
    office.do(appointments.put, claire, "S1", office.now + timedelta(days=3), None, office.now)
    office.do(appointments.put, claire, "S1", office.now + timedelta(hours=3), None, office.now)
    words = [(flat(one.what), one.why) for one in read(office, claire)[0]]
    assert any(what.startswith("Rendez-vous déplacé : Accueil et besoins") for what, _ in words)
    assert any(what.startswith("Pas envoyé") and why for what, why in words)
    assert all("{" not in what for what, _ in words)


def test_what_waits_behind_an_open_question_is_not_said_to_have_left(office: Office) -> None:
    claire = office.join("participant", "Claire", CLAIRE, office.ines)
    office.now = office.now.astimezone(ZoneInfo("Europe/Paris")).replace(year=2026, month=11, day=24, hour=10)
    office.do(_ask, claire, office)
    office.db.write_now(ticking.tick, office.vault, office.house, office.now)
    words = [flat(one.what) for one in read(office, claire)[0]]
    assert "Anne a préparé une question" in words
    assert any(what.startswith("En attente d’un module ouvert") for what in words)
    assert "La question du coach est partie" not in words
    other = update(t.runs).where(t.runs.c.flow != "question-du-coach")
    office.db.write_now(lambda conn: conn.execute(other.values(state="done")))
    office.say(CLAIRE, "/reprendre")
    [asked] = [one for one in read(office, claire)[0] if "est partie" in one.what]
    assert flat(asked.what) == "La question du coach est partie" and asked.sent


def test_it_says_who_let_fall_what(office: Office) -> None:
    claire = office.join("participant", "Claire", CLAIRE, office.ines)
    office.now = office.now.astimezone(ZoneInfo("Europe/Paris")).replace(year=2026, month=11, day=24, hour=22)
    office.do(_ask, claire, office)
    [ahead] = [one for one in office.do(upcoming.upcoming, office.now, claire) if "question" in one.what]
    assert ahead.kind == "ask" and ahead.due_at
    office.do(_skip, claire, office, ahead.timer)
    assert ("Pas envoyé : question du coach", "retiré par Anne") in [
        (flat(one.what), flat(one.why)) for one in read(office, claire)[0]
    ]


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
