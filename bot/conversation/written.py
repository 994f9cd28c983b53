"""An answer written on the page: read whole, then played like any other. Nothing of it appears in the chat.

Knows no HTML: a form is names and words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.conversation import answering, crisis, discretion
from bot.conversation.answering import Source
from bot.conversation.house import House
from bot.conversation.modules import question_of
from bot.store.case import Case, RunFile
from flows.answers import Whole, finish, gathered, read
from flows.engine import OPEN
from flows.events import Said, Write
from flows.model import Answer, Choice, Choices, Items, Kept, Question, Scale, Text
from flows.spoken import Unreadable

WORDS, CHOICE, BOX = "mots", "choix", "choix-"
"""Names of the fields: words, the one that was chosen, and how a box of several begins."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The open question that a link leads to, and its answer as it stands: words begun in the chat, or given before."""

    file: RunFile
    question: Question
    begun: Kept | None

    @property
    def words(self) -> str:
        """What a field of words holds at first."""
        value = self.begun.value if self.begun else None
        return "\n".join(value) if isinstance(value, list) else "" if value is None else str(value)

    @property
    def chosen(self) -> frozenset[str]:
        value = self.begun.value if self.begun else None
        return frozenset(map(str, value)) if isinstance(value, list) else frozenset({str(value)})


def sheet(house: House, case: Case, purpose: str) -> Sheet | None:
    """None once the question is no longer the one that is open."""
    place = discretion.named(case, purpose)
    if place is None or not crisis.agreed(case):
        return None
    file, step = place
    key = file.run.key or ""
    asked = question_of(house, file, key)
    if asked is None or file.run.state not in OPEN or file.run.step != step:
        return None
    draft = gathered(asked.answer, file.run.draft) if file.run.draft else None
    return Sheet(file, discretion.owned(file, key, asked), draft or file.run.answers.get(key))


def words(form: Mapping[str, str]) -> str:
    """All that was written in a form, whatever its question asks for."""
    return form.get(WORDS, "").strip()


def take(house: House, case: Case, sheet: Sheet, form: Mapping[str, str], private: bool) -> None:
    """Keeps the answer and goes on to what follows, in the chat. Raises Unreadable: nothing has changed then."""
    kept = _kept(case, sheet, form)
    if not case.hushed:
        case.send("sendMessage", house.speech.phrase("page_received"))
    answering.take(house, case, sheet.file, Write(kept), Source(private=private))
    if case.enrolment and case.enrolment.state in ("paused", "stopped"):
        case.send("sendMessage", house.speech.phrase(f"{case.enrolment.state}_kept"))
    elif case.enrolment and case.enrolment.restricted_at is not None:
        case.send("sendMessage", house.speech.phrase("limited_kept"))
    answering.go_on(house, case, Source())


def too_late(house: House, case: Case, form: Mapping[str, str], private: bool) -> None:
    """The question is no longer open: the words are kept outside the answers, and that is said."""
    if text := words(form):
        answering.keep(case, None, "journal", "", Kept(text), None, private, how="journal")
        if case.hushed:
            return
        case.send("sendMessage", house.speech.phrase("page_too_late_private" if private else "page_too_late"))


def _kept(case: Case, sheet: Sheet, form: Mapping[str, str]) -> Kept:
    answer = sheet.question.answer
    today = case.now.astimezone(case.zone).date()
    got = read(answer, None, replace(_said(answer, form), today=today))
    kept = got.kept if isinstance(got, Whole) else finish(answer, got.draft)
    sent = sheet.begun.media if sheet.begun and isinstance(answer, Text | Items) else ()  # files stay with the answer
    return replace(kept, media=(*sent, *kept.media), parts=())


def _said(answer: Answer, form: Mapping[str, str]) -> Said:
    match answer:
        case Choices(options=options):
            chosen = [id for id in options if BOX + id in form]
            if not chosen:
                raise Unreadable("page_choose")
            return Said("\n".join(chosen))
        case Choice() | Scale():
            if not form.get(CHOICE):
                raise Unreadable("page_choose")
            return Said(choice=form[CHOICE])
        case _:
            return Said(form.get(WORDS, "").strip())
