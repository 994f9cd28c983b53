"""What a participant's button press does.

`a:<run>:<step>:<value>` answers a question; `c:<verb>:…` is everything else. Pressing twice changes nothing more.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from bot.conversation import (
    answering,
    attending,
    commands,
    consents,
    crisis,
    discovery,
    discretion,
    entry,
    listing,
    mydata,
    notice,
    road,
    timekeeping,
    voices,
)
from bot.conversation.answering import Source
from bot.conversation.house import House
from bot.conversation.modules import asks, plan, question_of
from bot.conversation.planning import hours_of
from bot.conversation.update import Pressed, Wanted, Weighed
from bot.rights import may
from bot.store.case import Case, RunFile
from flows.answers import FINISH
from flows.calendar import days_after, later, spoken, spoken_day
from flows.engine import OPEN, OutOfTurn, untouched
from flows.events import Begin, Finish, Reply, Review, Said, Skip
from flows.model import Capsule

VERBS: Mapping[str, str] = {
    **dict.fromkeys(("skip", "session", "later", "enough", "why", "amend", "again", "review", "leave"), "converse"),
    **dict.fromkeys(("pause", "stop", "page", "read", "write", "spell", "unsay", "own", "road", "skill"), "converse"),
    attending.HOURS: "converse",
    **dict.fromkeys(("consent", "erase", "withdraw", "agree", "looks", "limit", "take", "when"), "own_data"),
    **dict.fromkeys(("crisis", "notice"), "help"),
}
"""Each button's verb, with the action that `bot.rights` is asked; those of `own_data` and `help`
serve whoever has not agreed."""

TWICE = timedelta(minutes=3)
"""Telegram sends an unanswered press again under a new id for 150 s: within this time it is the same press."""


def pressed(house: House, case: Case, press: Pressed) -> None:
    kind, _, rest = press.data.partition(":")
    action = VERBS.get(rest.partition(":")[0], "") if kind == "c" else "converse"
    alert = ""
    try:
        if not _agreed(case) and action not in ("own_data", "help"):
            entry.ask_consent(house, case)
        elif not may(case.person, action, case.enrolment) or (_ended(case) and action == "converse"):
            alert = house.speech.label("old_button")
        elif kind == "a":
            alert = _answer(house, case, press, rest)
        elif press.data == discovery.CANCEL or attending.parts(press.data):
            case.changes.errand = press
            return None
        elif kind == "c":
            alert = _verb(house, case, press, *rest.partition(":")[::2])
        else:
            alert = house.speech.label("old_button")
    except OutOfTurn:
        alert = house.speech.label("old_button")
    answer = {"callback_query_id": press.callback_id, **({"text": alert[:190]} if alert else {})}
    nobody: dict[str, Any] = {"owner_id": 0, "enrolment_id": None} if case.changes.erased else {}
    case.send("answerCallbackQuery", answer, **nobody)
    case.changes.out.insert(0, case.changes.out.pop())
    consents.renew(house, case)
    answering.go_on(house, case, Source())


def _ended(case: Case) -> bool:
    return case.enrolment is not None and case.enrolment.state == "ended"


def _agreed(case: Case) -> bool:
    """Without an agreement nothing is kept: an old question's buttons ask for it again (RGPD art. 7.3)."""
    return case.enrolment is not None and case.enrolment.state not in ("invited", "welcomed")


def _answer(house: House, case: Case, press: Pressed, rest: str) -> str:
    run_code, _, rest = rest.partition(":")
    step, _, value = rest.partition(":")
    file = _file(case, run_code)
    if file is None or file.run.state not in OPEN or str(file.run.step) != step:
        return _stale(house, case, press, file)
    event = Finish() if value == FINISH else Reply(Said(choice=value))
    return answering.take(house, case, file, event, Source(pressed=press.message_id))


def _stale(house: House, case: Case, press: Pressed, file: RunFile | None) -> str:
    """A button of an old step: nothing changes; the answer of then may be changed (S5)."""
    run_id, key = case.messages.get(press.message_id, (None, ""))
    version = file.versions.get(key) if file else None
    if file is None or version is None or run_id != file.id:
        return house.speech.label("old_button")
    if case.now - version.answered_at < TWICE:
        return ""
    rows = [[(house.speech.label("button_amend"), f"c:amend:{version.id}")]]
    when = spoken(version.answered_at, case.zone)
    case.send("sendMessage", house.speech.phrase("already", rows, date=when), run_id=file.id, key=key)
    return ""


def _verb(house: House, case: Case, press: Pressed, verb: str, rest: str) -> str:
    match verb:
        case "skip" | "session" | "later" | "enough" | "why" | "write":
            return _way_out(house, case, press, verb, rest)
        case "consent":
            _consent(entry.consented, house, case, rest, press.message_id)
        case "agree":
            _consent(consents.pressed, house, case, rest, press.message_id)
        case "notice":
            notice.pressed(house, case, press.data, press.message_id, commands.own_rows(house, case))
        case "spell":
            voices.write(house, case, rest, press.message_id)
        case "unsay":
            voices.erase(house, case, rest, press.message_id)
        case "amend":
            return "" if listing.amend(house, case, rest) else house.speech.label("old_button")
        case "own":
            return "" if listing.own(house, case, rest) else house.speech.label("old_button")
        case "again":
            return _again(house, case, rest)
        case "review" | "leave":
            return _review(house, case, press, verb, rest)
        case "pause":
            commands.paused(house, case, rest, press.message_id)
        case "stop":
            commands.stopped(house, case, rest, press.message_id)
        case "erase":
            commands.erased(house, case, rest, press.message_id)
        case "page" if rest.isdecimal():
            listing.page(house, case, int(rest))
        case "looks":
            mydata.looks(house, case)
        case "take":
            case.changes.errand = Wanted(*rest.partition(":")[::2])
        case "skill":
            verb, _, which = rest.partition(":")
            case.changes.errand = Weighed(verb, *which.partition(":")[::2])
        case "limit":
            lifted = rest == "fin"
            if not mydata.limit(house, case, rest, press.message_id):
                return house.speech.label("old_button")
            if lifted:
                commands.release(house, case)
        case "when":
            said = timekeeping.pressed(house, case, rest, press.message_id)
            return house.speech.label("old_button") if said is None else said
        case "withdraw":
            consents.withdraw(house, case)
        case "crisis":
            return crisis.pressed(house, case, rest, press.message_id)
        case "road":
            return "" if road.pressed(house, case, rest) else house.speech.label("old_button")
        case "read" if house.library.has_flow(rest) or rest in house.library.capsules:
            _read(house, case, rest)
        case _:
            return house.speech.label("old_button")
    return ""


def _consent(
    decide: Callable[[House, Case, str, int], None], house: House, case: Case, choice: str, message_id: int
) -> None:
    """Once given, what waited for it leaves: the envois are armed again."""
    assert case.enrolment is not None
    before = case.enrolment.state
    decide(house, case, choice, message_id)
    if before != "active" and case.enrolment.state == "active":
        commands.release(house, case)


def _way_out(house: House, case: Case, press: Pressed, verb: str, rest: str) -> str:
    """The way to the page, and the four ways out of a question, all alike and without a confirmation."""
    run_code, _, step = rest.partition(":")
    file = _file(case, run_code)
    if file is None or file.run.state not in OPEN or str(file.run.step) != step:
        return _stale(house, case, press, file)
    asked = question_of(house, file, file.run.key or "")
    if verb == "write":
        discretion.link(house, case, file)
    elif verb == "why":
        case.send("sendMessage", house.speech.message(house.speech.why(asked)))
    elif verb == "later":
        _tomorrow(house, case, file)
    elif verb == "enough":
        commands.rest(house, case)
    else:
        if untouched(file.run, asked):
            case.send("editMessageText", {**house.speech.phrase("left"), "message_id": press.message_id})
        how = "skipped" if verb == "skip" else "in_session"
        answering.take(house, case, file, Skip(how), Source(pressed=press.message_id))  # type: ignore[arg-type]
    return ""


def _tomorrow(house: House, case: Case, file: RunFile) -> None:
    """« Pas aujourd'hui »: the question comes back the next allowed day, and no reminder before it."""
    due = later(days_after(case.now, 1, case.zone), hours_of(house, case), case.zone)
    scope = f"{file.id}:{file.run.step}"
    if not any(t.kind == "later" and t.scope == scope and t.state == "pending" for t in case.timers):
        for timer in [t for t in case.timers if t.kind == "silence" and t.state == "pending"]:
            if timer.about.get("run") == file.id:
                case.settle(timer, "cancelled", "later")
        case.wake("later", scope, due, run=file.id, step=file.run.step)
        case.log("later", flow=file.flow, key=file.run.key)
        case.send("sendMessage", house.speech.phrase("later", date=spoken_day(due, case.zone)))


def _again(house: House, case: Case, run_code: str) -> str:
    """« Refaire »: a second run of a module that is done."""
    file = _file(case, run_code)
    if file is None or file.words or not house.library.has_flow(file.flow):
        return house.speech.label("old_button")
    if plan(house, case, file.flow, again=True) is None:
        return house.speech.label("again_open")
    return ""


def _review(house: House, case: Case, press: Pressed, verb: str, run_code: str) -> str:
    file = _file(case, run_code)
    if file is None:
        return house.speech.label("old_button")
    if verb == "leave":
        case.send("editMessageText", {**house.speech.phrase("left"), "message_id": press.message_id})
    elif file.run.state == "done":
        answering.take(house, case, file, Review(), Source())
    return ""


def _read(house: House, case: Case, what: str) -> None:
    """A reading asked for: a module that only says things, or a capsule by its id, which a module may share."""
    flow = house.shelf.today(what) if house.library.has_flow(what) else None
    reading = flow is not None and not asks(flow.steps)
    known = any(file.flow == what for file in case.runs)
    if reading and not known and (file := plan(house, case, what, mode="passif")):
        answering.take(house, case, file, Begin(), Source())  # asked for: it waits behind no question
        return
    lone = house.library.capsules.get(what)
    steps = (lone,) if lone and not reading else flow.steps if flow else ()
    for capsule in [step for step in steps if isinstance(step, Capsule)]:
        for bubble in house.speech.capsule(capsule):
            case.send("sendMessage", bubble)


def _file(case: Case, code: str) -> RunFile | None:
    try:
        return case.run(int(code, 36))
    except ValueError:
        return None
