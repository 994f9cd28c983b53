"""What a coach set in motion for one person, carried out at an hour that does not disturb: for `due.HANDLERS`.

Who set it in motion is in the timer; what is said names them. Knows no table.
"""

from collections.abc import Callable, Mapping

from bot.conversation import answering, modules
from bot.conversation.answering import SCHEDULE, Source
from bot.conversation.house import House
from bot.conversation.modules import question_of
from bot.store.case import SCHEDULED, Case, RunFile, Timer
from flows.engine import OPEN
from flows.events import Begin, Skip

QUESTION = "question-du-coach"
"""The module whose question a coach writes."""


def word(house: House, case: Case, timer: Timer) -> None:
    """A line that a coach's act calls for; it goes in a pause too."""
    case.settle(timer, "fired")
    case.send("sendMessage", house.speech.phrase(timer.about["phrase"], coach=_coach(house, case)), rank=SCHEDULED)


def capsule(house: House, case: Case, timer: Timer) -> None:
    """A reading that the coach chose: it waits for nobody's answer."""
    if _paused(case, timer):
        return
    case.settle(timer, "fired")
    file = modules.plan(house, case, timer.about["flow"], mode="passif")
    if file is None:
        timer.why = "already_there"
        return
    case.send("sendMessage", house.speech.phrase("capsule_from_coach", coach=_coach(house, case)), rank=SCHEDULED)
    answering.take(house, case, file, Begin(), SCHEDULE)
    _asked(case)


def ask(house: House, case: Case, timer: Timer) -> None:
    """The coach's own question: it opens now, or after the module that is under way."""
    file = case.run(int(timer.about["run"]))
    if file is None or file.run.state != "queued":
        return case.settle(timer, "stale", "opened")
    if _paused(case, timer):
        return None
    case.settle(timer, "fired")
    return _asked(case)


def set_aside(house: House, case: Case, timer: Timer) -> None:
    """The open question, closed by the coach (S3); it can be taken up again from /mes_reponses."""
    file = case.run(int(timer.about["run"]))
    if file is None or file.run.state not in OPEN or file.run.step != timer.about["step"]:
        return case.settle(timer, "stale", "answered")
    case.settle(timer, "fired")
    case.send("sendMessage", house.speech.phrase("set_aside", coach=_coach(house, case)), rank=SCHEDULED)
    answering.take(house, case, file, Skip(), SCHEDULE)
    return None


def reopen(house: House, case: Case, timer: Timer) -> None:
    """A question that was left, offered again by its « Modifier »; or a module that sleeps, resumed."""
    if _paused(case, timer):
        return None
    file = case.run(int(timer.about["run"]))
    if file is None:
        return case.settle(timer, "stale", "gone")
    opening = house.speech.say("reopened", coach=_coach(house, case))
    case.settle(timer, "fired")
    key = timer.about.get("key")
    if key is None:
        _resume(house, case, file, opening)
    elif key in file.versions and (asked := question_of(house, file, key)):
        said = f"{opening}\n\n{house.speech.written(asked.text)}"
        rows = [[(house.speech.label("reopened_button"), f"c:amend:{file.versions[key].id}")]]
        case.send("sendMessage", house.speech.message(said, rows), rank=SCHEDULED, run_id=file.id, key=key)
    else:
        return case.settle(timer, "stale", "gone")
    return _asked(case)


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


def _coach(house: House, case: Case) -> str:
    return case.coach.name if case.coach else house.speech.label("your_coach")


HANDLERS: Mapping[str, Callable[[House, Case, Timer], None]] = {
    "coach_word": word,
    "capsule": capsule,
    "ask": ask,
    "set_aside": set_aside,
    "reopen": reopen,
}
