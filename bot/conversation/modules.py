"""Which module of a person's programme is open, which wait, and which sleeps (S1, S3).

At most one question is open at a time. Knows what a run is, not what is asked in it.
"""

from dataclasses import replace
from datetime import datetime

from bot.conversation.house import House
from bot.conversation.speech import coded
from bot.store.case import Case, RunFile
from flows.answers import FINISH
from flows.calendar import spoken
from flows.model import Key, Mode, Question, Repeat, Section, Step
from flows.road import question

__all__ = ["coded"]


def question_of(house: House, file: RunFile, key: Key) -> Question | None:
    return question(house.shelf.of(file), key, file.run.answers)


def finish_data(file: RunFile) -> str:
    return f"a:{coded(file.id)}:{file.run.step}:{FINISH}"


def is_reading(house: House, file: RunFile) -> bool:
    """Whether the module only says things: nothing is asked in it."""
    return not asks(house.shelf.of(file).steps)


def plan(
    house: House,
    case: Case,
    flow_id: str,
    *,
    mode: Mode = "attendre",
    envoi: str | None = None,
    session: str | None = None,
    valid_until: datetime | None = None,
    again: bool = False,
) -> RunFile | None:
    """Puts a module before the person as `mode` says (S1.2); None when it is skipped. `begin_next` opens it.

    A module that is already under way, or done, is refused unless `again` (S6): the refusal is an event.
    """
    flow = house.shelf.today(flow_id)
    known = [file for file in case.runs if file.flow == flow.id and file.run.state not in ("expired", "stopped")]
    waiting = _waiting(case)
    if known and not (again and all(file.run.state == "done" for file in known)):
        case.log("refused", flow=flow.id, envoi=envoi, reason="already_there")
        return None
    if waiting and mode == "sauter":
        case.log("skipped", flow=flow.id, envoi=envoi, reason="busy")
        return None
    file = case.begin(flow.id, flow.version, envoi=envoi, session=session, valid_until=valid_until)
    if waiting and mode == "interrompre":
        _interrupt(case, waiting, flow.id)
    elif waiting and not (mode == "passif" and not asks(flow.steps)):
        case.log("queued", flow=flow.id, envoi=envoi, reason="busy")
    return file


def next_up(case: Case) -> RunFile | None:
    """The module to open now: none while a question waits; an interrupted one comes before a queued one."""
    if _waiting(case):
        return None
    paused = [file for file in case.runs if file.run.state == "paused"]
    queued = [file for file in case.runs if file.run.state == "queued" and not _expired(case, file)]
    return next(iter(paused or sorted(queued, key=lambda file: file.created_at)), None)


def busy(case: Case) -> bool:
    """Whether a question stands open: what comes next waits behind it."""
    return _waiting(case) is not None


def _expired(case: Case, file: RunFile) -> bool:
    if file.valid_until is None or case.now <= file.valid_until or file.run.answers:  # begun: nothing closes it
        return False
    file.run = replace(file.run, state="expired")
    file.touched = True
    case.log("expired", flow=file.flow, envoi=file.envoi, reason="too_late")
    return True


def closed(house: House, case: Case, file: RunFile, outcome: str) -> None:
    """A module ended: the person hears who will read it, and when."""
    file.closed_at = case.now
    case.log("module_" + outcome, flow=file.flow, nth=file.nth)
    if outcome != "done" or is_reading(house, file):
        return
    ahead = case.next_appointment()
    private = [version.private for version in file.versions.values()]
    if ahead and case.coach and not all(private):
        key = "done_shared" if any(private) else "done_before"  # what is theirs alone is not said to be read
        said = house.speech.phrase(key, coach=case.coach.name, date=spoken(ahead.at, case.zone))
        case.send("sendMessage", said, run_id=file.id)
    else:
        case.send("sendMessage", house.speech.phrase("done"), run_id=file.id)


def sleep(case: Case, file: RunFile) -> None:
    """No answer for long: chasing stops, nothing is lost, the place is kept (S3)."""
    file.run = replace(file.run, state="dormant")
    file.touched = True
    case.log("dormant", flow=file.flow, key=file.run.key)


def drop(file: RunFile) -> None:
    """A module that nobody has seen is not sent."""
    if file.run.state == "queued":
        file.run = replace(file.run, state="stopped")
        file.touched = True


def make_way(case: Case, file: RunFile) -> None:
    """One question at a time: the module being answered goes first, the other one comes back after it (S1.1)."""
    for other in case.runs:
        if other is not file and other.run.state == "waiting" and file.run.state == "waiting":
            _interrupt(case, other, file.flow)


def _interrupt(case: Case, file: RunFile, by: str) -> None:
    file.run = replace(file.run, state="paused")
    file.touched = True
    case.log("interrupted", flow=file.flow, by=by)


def _waiting(case: Case) -> RunFile | None:
    return next((file for file in case.runs if file.run.state == "waiting"), None)


def asks(steps: tuple[Step, ...]) -> bool:
    """Whether anything in these steps waits for an answer."""
    return any(
        isinstance(step, Question | Repeat) or (isinstance(step, Section) and asks(step.steps)) for step in steps
    )
