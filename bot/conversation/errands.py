"""What a coach set in motion for one person, carried out at an hour that does not disturb: for `due.HANDLERS`.

Who set it in motion is in the timer; what is said names them. Knows no table.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.conversation import answering, commands, modules, planning
from bot.conversation.answering import SCHEDULE, Source
from bot.conversation.house import House
from bot.conversation.modules import question_of
from bot.store.case import SCHEDULED, Case, RunFile, Timer
from flows.calendar import spoken_day
from flows.engine import OPEN
from flows.events import Begin, Skip

QUESTION = "question-du-coach"
"""The module whose question a coach writes."""

LEFT = frozenset({"skipped", "in_session", "to_check"})
"""How an answer was left that may be asked for again."""


def word(house: House, case: Case, timer: Timer) -> None:
    """A line that a coach's act calls for, with its date if it has one; it goes in a pause too.

    One with a date tells of a pause: it is not said once they are back. One may bring the button of a document.
    """
    until = timer.about.get("until")
    if until and (case.enrolment is None or case.enrolment.state != "paused"):
        return case.settle(timer, "stale", "changed")
    case.settle(timer, "fired")
    date = spoken_day(datetime.fromisoformat(until), case.zone) if until else ""
    take = timer.about.get("take")
    rows = [[(house.speech.label("documents_take"), f"c:take:{take}")]] if take else []
    said = house.speech.phrase(timer.about["phrase"], rows, coach=coach(house, case, timer), date=date)
    return case.send("sendMessage", said, rank=SCHEDULED)


def capsule(house: House, case: Case, timer: Timer) -> None:
    """A reading that the coach chose: it waits for nobody's answer."""
    if _paused(case, timer):
        return
    case.settle(timer, "fired")
    file = modules.plan(house, case, timer.about["flow"], mode="passif")
    if file is None:
        timer.why = "already_there"
        return
    case.send("sendMessage", house.speech.phrase("capsule_from_coach", coach=coach(house, case, timer)), rank=SCHEDULED)
    answering.take(house, case, file, Begin(), SCHEDULE)
    _asked(case)


def ask(house: House, case: Case, timer: Timer) -> None:
    """A module that waits for its hour, the coach's own question say: it opens now, or after what is under way."""
    file = case.run(int(timer.about["run"]))
    if file is None or file.run.state != "queued":
        return case.settle(timer, "stale", "opened")
    if _paused(case, timer):
        return None
    if modules.busy(case):
        case.settle(timer, "fired", "busy")
        return case.log("queued", flow=file.flow, reason="busy")
    case.settle(timer, "fired")
    return _asked(case)


def set_aside(house: House, case: Case, timer: Timer) -> None:
    """The open question, closed by the coach (S3); it can be taken up again from /mes_reponses."""
    file = case.run(int(timer.about["run"]))
    if file is None or file.run.state not in OPEN or file.run.step != timer.about["step"]:
        return case.settle(timer, "stale", "answered")
    case.settle(timer, "fired")
    case.send("sendMessage", house.speech.phrase("set_aside", coach=coach(house, case, timer)), rank=SCHEDULED)
    answering.take(house, case, file, Skip(), SCHEDULE)
    return _asked(case)


def reopen(house: House, case: Case, timer: Timer) -> None:
    """A question that was left, offered again by its « Modifier »; or a module that sleeps, resumed.

    A day after the last unasked-for message, whatever left since it was planned (S16); never once it was taken up.
    """
    if _paused(case, timer):
        return None
    file, key = case.run(int(timer.about["run"])), timer.about.get("key")
    if file is None or not reopenable(house, file, key):
        return case.settle(timer, "stale", "answered")
    if (when := planning.nudge_at(house, case)) > case.now:
        timer.due_at = when
        return case.changes.timers.append(timer)
    case.settle(timer, "fired")
    opening = house.speech.say("reopened", coach=coach(house, case, timer))
    if key is None:
        _resume(house, case, file, opening)
    else:
        _offer(house, case, file, key, opening)
    return _asked(case)


def reopenable(house: House, file: RunFile, key: str | None) -> bool:
    """Whether a question was left that a coach may ask for again (never a private one), or a module sleeps."""
    if key is None:
        return file.run.state in OPEN or file.run.state == "paused"
    asked = question_of(house, file, key)
    kept = file.run.answers.get(key)
    version = file.versions.get(key)
    if asked is None or asked.sensitivity == "seance" or version is None or version.private:
        return False
    return kept is not None and kept.how in LEFT


def lift(house: House, case: Case, timer: Timer) -> None:
    """After a distress, their coach lets the programme go on: what was held is planned anew (cadre 1.8, 2)."""
    if case.enrolment is None or case.enrolment.held_at is None:
        return case.settle(timer, "stale", "changed")
    case.settle(timer, "fired")
    case.enrolment.held_at, case.changes.enrolment = None, True
    case.changes.released = "ready"
    case.send("sendMessage", house.speech.phrase("crisis_lifted", coach=coach(house, case, timer)), rank=SCHEDULED)
    return commands.release(house, case)


def _offer(house: House, case: Case, file: RunFile, key: str, opening: str) -> None:
    asked = question_of(house, file, key)
    assert asked is not None
    rows = [[(house.speech.label("reopened_button"), f"c:amend:{file.versions[key].id}")]]
    said = house.speech.message(f"{opening}\n\n{house.speech.written(asked.text)}", rows)
    case.send("sendMessage", said, rank=SCHEDULED, run_id=file.id, key=key)


def _resume(house: House, case: Case, file: RunFile, opening: str) -> None:
    if file.run.state == "waiting":
        answering.restate(house, case, file, opening, asked_for=False)
    else:
        answering.take(house, case, file, Begin(), Source(asked_for=False, opening=opening))


def _paused(case: Case, timer: Timer) -> bool:
    if case.enrolment is None or case.enrolment.state != "paused":
        return False
    case.settle(timer, "held", "paused")
    return True


def _asked(case: Case) -> None:
    if case.enrolment:
        case.enrolment.asked_at, case.changes.enrolment = case.now, True


def ending(house: House, case: Case, timer: Timer) -> None:
    """The module in which what is kept is chosen, before its time: the programme ends here, in a pause too."""
    case.settle(timer, "fired")
    file = modules.plan(house, case, timer.about["flow"], mode="interrompre")
    if file is None:
        timer.why = "already_there"
        return
    answering.take(house, case, file, Begin(), SCHEDULE)
    _asked(case)


def coach(house: House, case: Case, timer: Timer) -> str:
    """Who set it in motion: their coach's name, or « votre coach » once somebody else is."""
    known = case.coach is not None and timer.about.get("by", case.coach.id) == case.coach.id
    return case.coach.name if case.coach and known else house.speech.label("your_coach").capitalize()


HANDLERS: Mapping[str, Callable[[House, Case, Timer], None]] = {
    "coach_word": word,
    "capsule": capsule,
    "ask": ask,
    "moved": ask,
    "set_aside": set_aside,
    "reopen": reopen,
    "lift": lift,
    "ending": ending,
}
