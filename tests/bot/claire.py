"""Somebody's answers to modules of the real content, as a case holds them, without a table."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from bot.conversation.house import House, Shelf
from bot.conversation.speech import Speech
from bot.library import Library
from bot.settings import shipped
from bot.store.case import Case, Enrolment, Person, RunFile, Version
from flows.agenda import Appointment, State
from flows.engine import Run
from flows.model import Kept, Value

NOW = datetime(2026, 11, 26, 11, tzinfo=UTC)
LIBRARY = Library.open(shipped("content"))
HOUSE = House(Speech(LIBRARY), Shelf(LIBRARY, {}))
SESSIONS = LIBRARY.programmes["bilan"].sessions


def claire(past: int = 0, ahead: int = 0) -> Case:
    """So many sessions behind her, nine days apart, and so many booked."""
    case = Case(500, NOW, Person(1, "participant", "Claire", "Europe/Paris", 500))
    case.enrolment = Enrolment(1, 1, 2, "bilan", "accompagne", None, "active", NOW)
    for n, session in enumerate(SESSIONS[: past + ahead]):
        at = NOW + timedelta(days=9 * (n - past) + 5, hours=-3)
        state: State = "done" if n < past else "planned"
        case.appointments.append(Appointment(n + 1, session.id, at, "Europe/Paris", 1, state))
    return case


def answers(case: Case, flow: str, said: Mapping[str, Value], review: str = "a_lire", private: bool = False) -> RunFile:
    """A module that she has done: question, or `repeat[0].question`, to its value."""
    id = len(case.runs) + 1
    kept = {key: Kept(value, "said") for key, value in said.items()}
    versions = {key: Version(1, NOW, review, 100 * id + n, private) for n, key in enumerate(kept)}
    run = Run("done", kept)
    file = RunFile(id, flow, LIBRARY.flow(flow).version, 1, run, NOW, versions=versions)
    case.runs.append(file)
    return file


def entries(repeat: str, *rows: Mapping[str, Value]) -> dict[str, Value]:
    """The answers of a repeat, one entry a row; the last says that there is no other."""
    found: dict[str, Value] = {}
    for n, row in enumerate(rows):
        found |= {f"{repeat}[{n}].{key}": value for key, value in row.items()}
        found[f"{repeat}[{n}].again"] = "oui" if n + 1 < len(rows) else "non"
    return found
