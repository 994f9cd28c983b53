"""The actions of a plan: recalled once each, at their date, as long as they stand; and the same for a calendar."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from bot.conversation import actions, commands, due, planning, voices
from bot.conversation.house import House, Shelf
from bot.conversation.speech import Speech
from bot.deliverables import catalogue, plan
from bot.store.case import Agreement, Case, Enrolment, Person, RunFile, Timer, Version, drawn_id
from bot.store.database import Database
from bot.store.vault import Vault
from flows.deliverables import Deliverable
from flows.engine import Run
from flows.model import Kept
from tests.bot.desk_office import LIBRARY

HOUSE = House(Speech(LIBRARY), Shelf(LIBRARY, {}))
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
"""A Monday, 10 h in Paris."""

FLOW = LIBRARY.flow("plan-action")
ids = count(1)


def case(*entries: dict[str, Any], nth: int = 1, **about: Any) -> Case:
    """Somebody whose plan holds these entries: `plan`, `pas`, `date` are answers; a missing one was passed."""
    enrolment = Enrolment(1, 1, 2, "bilan", "accompagne", None, "active", NOW)
    made = Case(500, NOW, Person(1, "participant", "Claire", "Europe/Paris", 500), replace(enrolment, **about),
                Person(2, "coach", "Anne", "Europe/Paris", 700))  # fmt: skip
    made.runs.append(run(*entries, nth=nth))
    return made


def run(*entries: dict[str, Any], nth: int = 1) -> RunFile:
    answers: dict[str, Kept] = {}
    for n, entry in enumerate(entries):
        for id in ("plan", "pas", "date", "aide", "si_alors"):
            value = entry.get(id)
            kept = value if isinstance(value, Kept) else Kept(value, "said" if value else "skipped")
            answers[f"actions[{n}].action_{id}"] = kept
        answers[f"actions[{n}].again"] = Kept("oui" if n + 1 < len(entries) else "non")
    file = RunFile(drawn_id(), "plan-action", FLOW.version, nth, Run(state="done", answers=answers), NOW)
    file.versions = {key: Version(1, NOW, id=next(ids)) for key in answers}
    return file


def set_answer(made: Case, key: str, kept: Kept) -> None:
    file = made.runs[-1]
    file.run = replace(file.run, answers={**file.run.answers, key: kept})
    file.versions[key] = replace(file.versions[key], number=file.versions[key].number + 1)
    actions.follow(HOUSE, made)


def ahead(made: Case) -> dict[str, datetime]:
    return {t.scope.partition(":")[2]: t.due_at for t in made.timers if (t.kind, t.state) == ("action", "pending")}


def tick(made: Case, at: datetime) -> list[str]:
    """What is said once it is `at`."""
    made.now = at
    found = [t for t in made.timers if t.state == "pending" and t.due_at <= at]
    due.all_due(HOUSE, made, found)
    said = [str(out.params.get("text", "")) for out in made.take().out if out.chat_id == 500]
    return [text.replace("\u00a0", " ").replace("\u202f", " ") for text in said]


CALL = {"plan": "Appeler Sami", "pas": "Retrouver son numéro", "date": "2026-11-12"}
AT = datetime(2026, 11, 12, 9, 30, tzinfo=UTC)
"""10 h 30 in Paris, as the programme says."""


# --- when --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "at"),
    [
        ("2026-11-12", AT),
        ("2026-11-11", datetime(2026, 11, 12, 8, tzinfo=UTC)),  # a holiday
        ("2026-11-14", datetime(2026, 11, 16, 8, tzinfo=UTC)),  # a Saturday: Monday, at its first hour
        ("2026-12", datetime(2026, 12, 1, 9, 30, tzinfo=UTC)),
        ("2027-05", datetime(2027, 5, 3, 7, tzinfo=UTC)),  # the first of May, a Saturday
    ],
)
def test_a_date_and_a_month_are_recalled_at_an_allowed_hour(day: str, at: datetime) -> None:
    made = case({**CALL, "date": day})
    actions.follow(HOUSE, made)
    assert ahead(made) == {"actions[0]": at}


@pytest.mark.parametrize("day", ["2026-11-02", "2026-11-01", "2026-11", "2019-03-04", "", None, "quand je pourrai"])
def test_a_date_that_is_past_or_none_is_recalled_to_nobody(day: str | None) -> None:
    made = case({**CALL, "date": day})
    made.now = NOW + timedelta(hours=1)
    actions.follow(HOUSE, made)
    assert ahead(made) == {}


@given(st.lists(st.dates(date(2026, 1, 1), date(2029, 1, 1)).map(str) | st.just("2027-03") | st.none(),
                min_size=1, max_size=8))  # fmt: skip
def test_whatever_the_plan_each_dated_action_has_one_timer_or_none(dates: list[str | None]) -> None:
    made = case(*({**CALL, "date": day} for day in dates))
    for _ in range(2):
        actions.follow(HOUSE, made)
    found = ahead(made)
    wanted = {f"actions[{n}]" for n, day in enumerate(dates) if day and day >= "2026-11-02"}
    assert set(found) == wanted and len(made.timers) == len(wanted)
    assert all(at > NOW for at in found.values())


def test_a_date_that_moves_takes_its_recall_along() -> None:
    made = case(CALL)
    actions.follow(HOUSE, made)
    set_answer(made, "actions[0].action_date", Kept("2026-11-17"))
    assert ahead(made) == {"actions[0]": datetime(2026, 11, 17, 9, 30, tzinfo=UTC)}
    assert tick(made, AT) == []
    assert "Appeler Sami" in tick(made, datetime(2026, 11, 17, 9, 30, tzinfo=UTC))[0]
    actions.follow(HOUSE, made)
    assert ahead(made) == {}, "said once"
    set_answer(made, "actions[0].action_date", Kept("2026-12-01"))
    assert list(ahead(made)) == ["actions[0]"], "and once more where its date is moved"


def test_what_is_passed_or_taken_out_of_the_plan_falls_away() -> None:
    made = case(CALL, {**CALL, "plan": "Relire"}, {**CALL, "plan": "Dormir"})
    actions.follow(HOUSE, made)
    assert len(ahead(made)) == 3
    set_answer(made, "actions[0].action_plan", Kept(None, "skipped"))
    assert set(ahead(made)) == {"actions[1]", "actions[2]"}
    set_answer(made, "actions[1].again", Kept("non"))
    assert set(ahead(made)) == {"actions[1]"}
    assert [t.state for t in made.timers].count("cancelled") == 2


def test_a_voice_message_that_is_erased_takes_its_recall_along() -> None:
    made = case({**CALL, "plan": Kept(None, media=("m1",), parts=((9, "", ("m1",)),))})
    actions.follow(HOUSE, made)
    assert "l’action que vous avez dite à voix haute" in actions.listed(HOUSE, made)[0].name
    made.answers_in[9] = (made.runs[0].id, "actions[0].action_plan")
    voices.erase(HOUSE, made, "9:m1", 100)
    assert any(t.kind == "replan" for t in made.timers)
    tick(made, NOW)
    assert ahead(made) == {}


def test_an_answer_to_the_plan_asks_for_a_look_at_it() -> None:
    made = case(CALL)
    planning.steer(HOUSE, made, "plan-action.actions[0].action_date", Kept("2026-11-12"))
    tick(made, NOW)
    assert list(ahead(made)) == ["actions[0]"]


def test_the_newest_plan_is_the_plan() -> None:
    made = case(CALL)
    actions.follow(HOUSE, made)
    made.runs.append(run({**CALL, "plan": "Autre chose"}, nth=2))
    actions.follow(HOUSE, made)
    [only] = [t for t in made.timers if t.state == "pending"]
    assert only.scope.startswith(f"{made.runs[1].id}:")


# --- said, or not ------------------------------------------------------------------------------


def recalled(made: Case, at: datetime = AT) -> list[str]:
    if not any(t.kind == "action" for t in made.timers):
        actions.follow(HOUSE, made)
    return tick(made, at)


def test_it_is_said_with_its_step_and_two_ways_out() -> None:
    [said] = recalled(case(CALL))
    assert "jeudi 12 novembre" in said and "« Appeler Sami »" in said and "« Retrouver son numéro »" in said
    [bare] = recalled(case({**CALL, "pas": None}))
    assert "premier pas" not in bare
    assert not any(word in said.casefold() for word in ("retard", "toujours pas", "oubli", "bravo", "devez"))


def test_one_message_a_day_at_the_most() -> None:
    made = case(CALL, {**CALL, "plan": "Relire"}, asked_at=AT - timedelta(hours=1))
    assert recalled(made) == [] and len(ahead(made)) == 2
    tomorrow = AT - timedelta(hours=1) + timedelta(days=1)
    assert len(tick(made, tomorrow)) == 1
    assert len(tick(made, tomorrow + timedelta(days=3))) == 1, "the second waits for its own day, past the week-end"


@pytest.mark.parametrize("state", ["stopped", "ended"])
def test_never_after_a_stop_or_the_end(state: str) -> None:
    made = case(CALL)
    actions.follow(HOUSE, made)
    assert made.enrolment is not None
    made.enrolment.state = state
    assert tick(made, AT) == [] and made.timers[0].state == "cancelled"


def test_a_pause_holds_it_and_the_return_brings_it_unless_it_is_long_past() -> None:
    made = case(CALL)
    actions.follow(HOUSE, made)
    assert made.enrolment is not None
    made.enrolment.state = "paused"
    assert tick(made, AT) == [] and made.timers[0].state == "held"
    made.enrolment.state = "active"
    made.now = AT + timedelta(days=5)
    commands.release(HOUSE, made)
    assert "Appeler Sami" in tick(made, made.timers[-1].due_at)[0]
    late = case(CALL)
    actions.follow(HOUSE, late)
    assert tick(late, AT + timedelta(days=15)) == [] and late.timers[0].state == "skipped"


def test_a_stop_that_is_taken_back_brings_what_is_still_ahead() -> None:
    made = case(CALL)
    actions.follow(HOUSE, made)
    commands.stopped(HOUSE, made, "oui", 1)
    assert ahead(made) == {}
    commands.come_back(HOUSE, made)
    assert ahead(made) == {"actions[0]": AT}


def test_whoever_wants_no_reminder_has_none() -> None:
    made = case(CALL)
    made.consents["rappels"] = Agreement("1", NOW, NOW)
    assert recalled(made) == [] and made.timers[0].why == "no_reminders"


@pytest.mark.parametrize(("choice", "said"), [("garder", 1), ("detruire", 0), (None, 0)])
def test_after_the_end_only_a_plan_that_was_kept_is_recalled(choice: str | None, said: int) -> None:
    made = case(CALL, ended_at=NOW)
    answers = {"garder_plan": Kept(choice)} if choice else {}
    made.runs.append(
        RunFile(drawn_id(), "cloture", LIBRARY.flow("cloture").version, 1, Run(state="done", answers=answers), NOW)
    )
    assert len(recalled(made)) == said


def test_markup_and_length_are_the_authors_own() -> None:
    [said] = recalled(case({**CALL, "plan": "<b>*x*</b> & " + "long " * 900, "pas": "{what} [a](http://x)"}))
    assert "&lt;b&gt;*x*&lt;/b&gt; &amp;" in said and "…" in said and len(said) < 1200
    assert "{what} [a](http://x)" in said


# --- for a calendar ----------------------------------------------------------------------------


def events(made: Case, for_coach: bool = False) -> list[Any]:
    return list(Calendar.from_ical(plan.calendar(HOUSE, made, NOW, for_coach)).walk("VEVENT"))


def test_each_action_is_a_day_that_takes_no_hour() -> None:
    first, second = events(case(CALL, {"plan": "Relire", "date": "2027-03"}))
    assert str(first["summary"]) == "Appeler Sami" and str(first["dtstart"].dt) == "2026-11-12"
    assert first["transp"] == "TRANSPARENT" and "Retrouver son numéro" in first["description"]
    assert str(second["dtstart"].dt) == "2027-03-01" and "mars 2027" in second["description"]
    assert first["uid"] != second["uid"]


def test_a_calendar_replaces_what_it_already_holds() -> None:
    made = case(CALL)
    [before] = events(made)
    set_answer(made, "actions[0].action_date", Kept("2026-11-17"))
    [after] = events(made)
    assert after["uid"] == before["uid"] and after["sequence"] > before["sequence"]


@given(st.text(min_size=1).filter(lambda text: text.strip()))
def test_any_words_are_read_back_as_they_were_written(words: str) -> None:
    words = "".join(c for c in words if c.isprintable()) or "x"
    [event] = events(case({**CALL, "plan": words}))
    assert str(event["summary"]) == (" ".join(words.split()) or str(event["summary"]))


def test_what_is_kept_to_oneself_is_not_in_the_coachs_calendar() -> None:
    made = case(CALL)
    versions = made.runs[0].versions
    versions["actions[0].action_plan"] = replace(versions["actions[0].action_plan"], private=True)
    assert len(events(made)) == 1 and events(made, for_coach=True) == []


def test_nobody_without_a_plan_has_an_event() -> None:
    assert events(case()) == []


def test_the_catalogue_hands_the_calendar_over(database: Database, vault: Vault) -> None:
    made = Deliverable("plan", "Plan", "Vos actions.", "reponses", ("ics",), file="plan-d-action")

    def file(conn: Any) -> catalogue.File:
        return catalogue.file(catalogue.Desk(conn, vault, HOUSE, case(CALL), NOW), made, "ics")

    handed = database.read_now(file)
    assert handed.name == "plan-d-action.ics" and handed.type.startswith("text/calendar")
    assert b"Appeler Sami" in handed.data


def test_timer_rows_hold_no_word() -> None:
    made = case(CALL)
    actions.follow(HOUSE, made)
    [timer] = [t for t in made.timers if isinstance(t, Timer)]
    assert set(timer.about) == {"flow", "run", "date"} and "Sami" not in str(timer)
