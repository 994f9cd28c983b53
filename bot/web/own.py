"""A participant's own page: the answer that is not written in the chat. Its link is the only right it asks for."""

from collections.abc import Mapping
from typing import Any

from bot.conversation import crisis, door, written
from bot.conversation.discretion import ANSWER
from bot.conversation.written import Sheet
from bot.desk import sheets
from bot.store import passes
from bot.store.case import Case, drawn_id
from bot.store.cases import by_person
from bot.store.lock import wait_for_people
from bot.store.passes import Pass
from bot.store.saving import Turned, save
from bot.telegram.render import plain
from bot.web.answer import Answer, Page
from bot.web.sitting import Sitting
from flows.model import Choice, Choices, Date, Items, Number, Question, Scale, Text
from flows.source import Helpline

MOST = 20_000
"""Characters of an answer: five of Telegram's messages."""

PRIVATE = "garder"


def form(sitting: Sitting) -> Answer:
    """The question, as often as it is asked for: a preview that opens the link spends nothing."""
    held = passes.look(sitting.conn, sitting.places["token"], ANSWER, sitting.now)
    sheet = _sheet(sitting, held, _case(sitting, held))
    return _page(sitting, sheet) if sheet else _spent(sitting)


def take(sitting: Sitting) -> Answer:
    """The answer, once. What could not be read is given back as it was written, and the link with it."""
    held = passes.spend(sitting.conn, sitting.places["token"], ANSWER, sitting.now)
    if held is not None:
        wait_for_people(sitting.conn, [held.person_id])
    case = _case(sitting, held)
    if held is None or case is None or case.enrolment is None:
        return _spent(sitting)
    sheet = _sheet(sitting, held, case)
    unread = door.on_page(sitting.house, case, sheet, sitting.form, PRIVATE in sitting.form)
    save(sitting.conn, sitting.vault, [Turned(case, f"w{drawn_id()}", case.take())], sitting.now)
    if not crisis.agreed(case):
        return _spent(sitting)
    if unread and sheet is not None:
        passes.give_back(sitting.conn, held)
        return _page(sitting, sheet, plain(sitting.house.speech.misread(sheet.question, unread)))
    told = sitting.say("page_own_done" if sheet else "page_own_late")
    return Page("own_done.html", {"words": told, "bot": sitting.house.bot.username, "help": _help(sitting)})


def _help(sitting: Sitting) -> list[Helpline]:
    """Whom to call, for words that speak of danger: here too, and before anything else."""
    return crisis.helplines(sitting.house, crisis.found(sitting.house, written.words(sitting.form)))


def _case(sitting: Sitting, held: Pass | None) -> Case | None:
    """The whole file of whoever holds the link."""
    if held is None:
        return None
    case = by_person(sitting.conn, sitting.vault, [held.person_id], sitting.now).get(held.person_id)
    if case is not None:
        sitting.house.shelf.complete(sitting.conn, [case])
    return case


def _sheet(sitting: Sitting, held: Pass | None, case: Case | None) -> Sheet | None:
    return written.sheet(sitting.house, case, held.purpose) if held and case else None


def _page(sitting: Sitting, sheet: Sheet, refusal: str = "") -> Page:
    asked, typed = sheet.question, sitting.form
    again = bool(refusal)
    fields: dict[str, Any] = {
        "question": sheets.spelled(asked.text), "why": sheets.spelled(asked.why), "refusal": refusal, "most": MOST,
        "token": sitting.places["token"], "kind": _kind(asked), "options": _options(asked), "example": asked.example,
        "words": typed.get(written.WORDS, "") if again else sheet.words,
        "chosen": _chosen(asked, typed) if again else sheet.chosen,
        "private": PRIVATE in typed if again else asked.private, "unit": _unit(asked), "help": _help(sitting),
    }  # fmt: skip
    return Page("own.html", fields, 422 if again else 200)


def _spent(sitting: Sitting) -> Page:
    """The same page whatever the link was worth; words that came with it are still there, to be copied."""
    fields = {"bot": sitting.house.bot.username, "typed": written.words(sitting.form), "help": _help(sitting)}
    return Page("own_spent.html", fields, 403)


def _kind(asked: Question) -> str:
    match asked.answer:
        case Choice() | Scale():
            return "one"
        case Choices():
            return "several"
        case Number() | Date():
            return "line"
        case Items():
            return "list"
        case Text():
            return "words"
        case _:
            raise ValueError("no page for such an answer")


def _options(asked: Question) -> list[tuple[str, str, str]]:
    """The name of each field, its value, and the words beside it."""
    match asked.answer:
        case Choice(options=options):
            return [(written.CHOICE, id, label) for id, label in options.items()]
        case Choices(options=options):
            return [(written.BOX + id, id, label) for id, label in options.items()]
        case Scale(low=low, high=high, labels=labels):
            named = {n: f"{n} : {labels[n]}" if n in labels else str(n) for n in range(low, high + 1)}
            return [(written.CHOICE, str(n), words) for n, words in named.items()]
        case _:
            return []


def _chosen(asked: Question, typed: Mapping[str, str]) -> frozenset[str]:
    return frozenset(value for name, value, _ in _options(asked) if typed.get(name) == value)


def _unit(asked: Question) -> str:
    return asked.answer.unit if isinstance(asked.answer, Number) else ""
