"""The way in: an invitation redeemed, the first words, consent asked and dated (S6).

A code that is wrong, used, expired or meant for another gets the same answer.
"""

from typing import Any

import structlog

from bot.conversation import discovery, notice
from bot.conversation.agreements import taken_back
from bot.conversation.answering import Source, go_on, restate
from bot.conversation.house import House
from bot.conversation.menus import menu
from bot.conversation.modules import plan
from bot.conversation.notices import announce
from bot.conversation.speech import Rows
from bot.store.case import ANSWER, Case, Person
from flows.calendar import spoken_day

GUESSES = 5
"""Wrong codes a chat may try in ten minutes."""

CROWD = 50
"""Wrong codes of all chats in ten minutes, from which no code of somebody unknown is looked at."""

log = structlog.get_logger()


def start(house: House, case: Case, code: str) -> None:
    """`/start`: idempotent, never resets anything; with a valid code it opens the door."""
    if code:
        redeem(house, case)
    elif case.person is None:
        discovery.welcome(house, case)
    elif case.enrolment is None:
        case.send("sendMessage", house.speech.phrase(f"{case.person.role}_welcome", name=case.person.name))
    elif case.enrolment.state == "welcomed":
        welcome(house, case)
    else:
        case.send("sendMessage", house.speech.phrase("already_here", name=case.person.name))
        _show_place(house, case)


def _show_place(house: House, case: Case) -> None:
    file = case.open_run()
    if file and case.enrolment and case.enrolment.state == "active":
        restate(house, case, file)


def redeem(house: House, case: Case) -> None:
    """`case.invited` is the file of the person the code was made for, or None."""
    invited = case.invited
    same = invited and case.person and invited.person and invited.person.id == case.person.id
    if same:
        return start(house, case, "")
    if case.guesses >= GUESSES:
        return case.send("sendMessage", house.speech.phrase("code_later"))
    if case.person is None and case.crowd >= CROWD:
        return case.send("sendMessage", house.speech.phrase("code_busy"))
    if invited is None or invited.person is None or case.person is not None:
        case.changes.guessed = True
        if case.crowd + 1 == CROWD:
            log.error("invitation codes are being guessed", wrong=CROWD)
        if case.enrolment:  # their own link once more, or any other: their place, which says nothing of the code
            return start(house, case, "")
        return case.send("sendMessage", house.speech.phrase("code_unknown"))
    _enter(house, case, invited)


def _enter(house: House, case: Case, invited: Case) -> None:
    """The chat becomes this person's; an older chat of theirs is unlinked and told so."""
    person = invited.person
    assert person is not None
    moved_from = person.chat_id
    case.person, case.enrolment, case.coach = person, invited.enrolment, invited.coach
    case.consents = invited.consents
    case.deputy = invited.deputy
    case.runs, case.appointments, case.timers = invited.runs, invited.appointments, invited.timers
    case.invited = None
    case.changes.redeemed = person.id
    person.chat_id, case.changes.person, case.changes.moved_from = case.chat_id, True, moved_from
    if moved_from is not None:
        case.send("sendMessage", house.speech.phrase("unlinked"), chat_id=moved_from, enrolment_id=None)
        case.send("sendMessage", house.speech.phrase("moved_account"))
        case.log("account_moved")
    elif case.enrolment is None:
        case.send("sendMessage", house.speech.phrase(f"{person.role}_welcome", name=person.name))
        _show_menu(house, case, person.role)
    else:
        case.enrolment.state, case.changes.enrolment = "welcomed", True
        welcome(house, case)


def _show_menu(house: House, case: Case, role: str) -> None:
    commands = [{"command": name, "description": hint} for name, hint in menu(house.speech, role).items()]
    case.send("setMyCommands", {"commands": commands, "scope": {"type": "chat", "chat_id": case.chat_id}})


def welcome(house: House, case: Case) -> None:
    assert case.person is not None
    case.send("sendMessage", house.speech.phrase("welcome", name=case.person.name, coach=coach_of(house, case)))
    ask_consent(house, case)


def coach_of(house: House, case: Case) -> str:
    return case.coach.name if case.coach else house.speech.label("your_coach")


def ask_consent(house: House, case: Case) -> None:
    """One act, for one thing: that their answers be kept. The other agreements are asked for when they first matter."""
    label, one = house.speech.label, house.library.consents["sante"]
    rows = [
        [(label("consent_yes"), f"c:consent:oui:{one.version}")],
        [(label("consent_more"), "c:consent:plus"), (label("consent_no"), "c:consent:non")],
    ]
    text = f"{house.speech.say('consent_first')}\n\n{house.speech.written(one.text, coach=coach_of(house, case))}"
    case.send("sendMessage", house.speech.message(text, rows))


def consented(house: House, case: Case, choice: str, pressed: int) -> None:
    """The answer to the consent question; only « J'accepte » lets anything be kept.

    `choice` is oui, with the version of the text above the button, non, or plus.
    """
    enrolment, one = case.enrolment, house.library.consents["sante"]
    assert enrolment is not None and case.person is not None
    choice, _, version = choice.partition(":")
    if choice == "plus":
        return notice.show(house, case)
    if enrolment.state not in ("welcomed", "invited"):
        return None
    if choice != "oui":
        return case.send("sendMessage", house.speech.phrase("consent_refused"))
    if version and version != one.version:  # the text has changed since it was asked
        return ask_consent(house, case)
    told = taken_back(case)
    enrolment.state, case.changes.enrolment = "active", True
    case.agree("sante", one.version)
    given = house.speech.written(one.given, coach=coach_of(house, case), date=spoken_day(case.now, case.zone))
    case.send("editMessageText", {**house.speech.message(given), "message_id": pressed})
    case.log("joined")
    begun = any(file.flow == house.programme(case).welcome for file in case.runs)
    tell_coach(house, case, "coach_agreed_again" if begun else "coach_joined", name=case.person.name)
    if not told:
        announce(house, case)
    _begin(house, case)


def _begin(house: House, case: Case) -> None:
    """The first module, or the question that stood open when the agreement was taken back."""
    welcome = house.programme(case).welcome
    if welcome and not any(file.flow == welcome for file in case.runs):
        plan(house, case, welcome)
    file = case.open_run()
    if file and file.run.state == "waiting":
        restate(house, case, file)
    go_on(house, case, Source())


def tell_coach(
    house: House, case: Case, phrase: str, rows: Rows = (), *, rank: int = ANSWER, leaving: bool = False,
    relayed: bool = True, **fields: Any,
) -> None:  # fmt: skip
    """A line to the coach, and to their deputy while they are away: states and names, never what was written.

    Sealed under the participant's key: it names them, and goes when they go. `leaving`: it tells that they are gone,
    names nobody, and stays. `relayed` False: it asks for something that only their coach may do.
    """
    said = house.speech.say(phrase, **fields)
    _tell(house, case, case.coach, said, rows, rank, leaving)
    if relayed and case.coach and case.deputy:
        opening = house.speech.say("deputy_hears", coach=case.coach.name)
        _tell(house, case, case.deputy, f"{opening}\n\n{said}", rows, rank, leaving)


def _tell(house: House, case: Case, who: Person | None, said: str, rows: Rows, rank: int, leaving: bool) -> None:
    if who and who.chat_id is not None and who.reachable:
        own = {"owner_id": who.id} if leaving else {}
        params = house.speech.message(said, rows)
        case.send("sendMessage", params, chat_id=who.chat_id, enrolment_id=None, rank=rank, **own)
