"""A run's turn carried out on a case: what was said is kept, what comes next is put into words.

Knows no command and no table.
"""

from dataclasses import dataclass, replace
from typing import Any, assert_never

from bot.conversation import agreements, discretion, modules, planning
from bot.conversation.house import House
from bot.conversation.speech import glance
from bot.store.case import ANSWER, SCHEDULED, Case, NewReply, RunFile, Version
from flows.engine import Run, Turn, turn
from flows.events import (
    Ask,
    Begin,
    Close,
    Effect,
    Event,
    Hold,
    Keep,
    Misread,
    Opened,
    Redraw,
    Reopen,
    Review,
    Said,
    Say,
    Wake,
)
from flows.model import Items, Kept, Key, Lines, Media, Question, Sort, Text
from flows.road import about


@dataclass(frozen=True, slots=True)
class Source:
    """Where a turn comes from: their message, or the message of ours whose button was pressed."""

    message_id: int | None = None
    pressed: int | None = None
    asked_for: bool = True
    opening: str = ""
    text: str = ""
    media: tuple[str, ...] = ()
    private: bool | None = None  # as they said with the answer; None: as the question, or as the answer was


SCHEDULE = Source(asked_for=False)


def take(house: House, case: Case, file: RunFile, event: Event, source: Source) -> str:
    """Plays `event` on the run; the returned words, if any, belong in the answer to a button press."""
    before = file.run
    result = _kept_quiet(case, event, before, turn(house.shelf.of(file), before, event))
    file.run = result.run
    file.touched = True
    modules.make_way(case, file)
    return _carry_out(house, case, file, result, source)


def _kept_quiet(case: Case, event: Event, before: Run, result: Turn) -> Turn:
    """In a pause, after a stop, in distress or under a limit an answer is kept and nothing more asked, until the
    return (S11)."""
    enrolment = case.enrolment
    resting = case.hushed or (
        enrolment is not None and (enrolment.state in ("paused", "stopped") or enrolment.restricted_at is not None)
    )
    moved = result.run.state == "waiting" and result.run.step != before.step
    if not resting or not moved or isinstance(event, Begin | Reopen | Review):
        return result
    effects = tuple(effect for effect in result.effects if not isinstance(effect, Say | Ask | Wake))
    return Turn(replace(result.run, state="queued", said=before.said), effects)


def go_on(house: House, case: Case, source: Source, wanted: bool = False) -> None:
    """Opens what comes next, for as long as nothing waits for an answer; in a hold, only where it is `wanted`."""
    enrolment = case.enrolment
    if enrolment and (enrolment.restricted_at or (enrolment.held_at and not wanted)):
        return
    while enrolment and enrolment.state == "active" and (file := modules.next_up(case)):
        if file.words and not file.run.step:
            case.log("question_asked", nth=file.nth)
        take(house, case, file, Begin(), source)


def _carry_out(house: House, case: Case, file: RunFile, result: Turn, source: Source) -> str:
    alert = ""
    effects = list(result.effects)
    for place, effect in enumerate(effects):
        match effect:
            case Say():
                _read(house, case, file, effect, source)
            case Ask():
                _ask(house, case, file, effect, _wake_after(effects, place), source)
            case Keep(implied=True):
                _kept(case, file, effect, replace(source, message_id=None))
            case Keep(key=key, question=question, kept=kept):
                _kept(case, file, effect, source)
                planning.steer(house, case, f"{file.flow}.{key}", kept)
                agreements.answered(house, case, file, key, kept)
                _shown(house, case, file, effect, source)
                discretion.take_back(house, case, question, source.message_id, bool(source.media))
            case Hold(key=key, parts=parts):
                _hold(house, case, file, key, parts, source)
            case Redraw(question=question):
                _redraw(house, case, file, question, source)
            case Misread():
                alert = _misread(house, case, file, effect, source)
            case Opened(waiting=waiting):
                _opened(house, case, file, waiting)
            case Wake():
                pass
            case Close(outcome=outcome):
                modules.closed(house, case, file, outcome)
            case _ as never:
                assert_never(never)
    return alert


def _kept(case: Case, file: RunFile, effect: Keep, source: Source) -> None:
    """A version of an answer; whether it is private is as its author last said, and then all its versions are."""
    private = discretion.owned(file, effect.key, effect.question).private
    if source.private is not None and source.private != private:
        private = source.private
        case.changes.owned.append((file.id, effect.key, private))  # earlier versions, and words that were no answer
    keep(case, file, effect.key, effect.question.text, effect.kept, source.message_id, private)


def _gentle(case: Case) -> bool:
    return case.enrolment is not None and case.enrolment.gentle


def keep(
    case: Case,
    file: RunFile | None,
    key: Key,
    shown: str,
    kept: Kept,
    message_id: int | None,
    private: bool = False,
    how: str | None = None,
) -> None:
    """A new version of an answer, the question's text as it was shown beside it. Nothing is overwritten (S14)."""
    before = file.versions.get(key) if file else None
    number = before.number + 1 if before else 1
    session = file.session if file else None
    prepared = case.appointment(session)
    late = bool(prepared and prepared.at <= case.now and prepared.state in ("planned", "done"))
    case.changes.replies.append(
        NewReply(
            file.id if file else None,
            key,
            number,
            shown,
            kept,
            how or kept.how,
            private,
            session,
            late,
            message_id,
            case.now,
        )
    )
    if file and how is None:
        file.versions[key] = Version(number, case.now, private=private)
    if message_id is not None:
        case.landed = (file.id if file else None, key)
        case.answers_in[message_id] = case.landed


def add_file(house: House, case: Case, file: RunFile, key: Key, said: Said, message_id: int) -> None:
    """The rest of an album joins the answer its first picture gave (S12)."""
    old = file.run.answers[key]
    words = [old.value] if isinstance(old.value, str) and old.value else []
    joins = bool(said.text) and (old.value is None or isinstance(old.value, str))
    value = "\n\n".join([*words, said.text]) if joins else old.value
    more = replace(old, value=value, media=(*old.media, *(id for id, _ in said.media)))
    file.run = replace(file.run, answers={**file.run.answers, key: more})
    file.touched = True
    asked = _question(house, file, key)
    keep(case, file, key, asked.text if asked else key, more, message_id, file.versions[key].private)
    discretion.take_back(house, case, asked, message_id, files=True)


def restate(house: House, case: Case, file: RunFile, opening: str = "", asked_for: bool = True) -> None:
    """Puts the open question again as it stands, without a new step (S5)."""
    asked = _question(house, file, file.run.key)
    if asked is None or file.run.key is None:
        return
    source = Source(asked_for=asked_for, opening=opening)
    _ask(house, case, file, Ask(file.run.key, asked), _first_wake(asked, file.run.step), source)


def _first_wake(asked: Question, step: int) -> Wake | None:
    return Wake(step, 1, asked.remind.after) if asked.remind else None


def _question(house: House, file: RunFile, key: Key | None) -> Question | None:
    from_flow = modules.question_of(house, file, key) if key else None
    return from_flow


def _wake_after(effects: list[Effect], place: int) -> Wake | None:
    following = effects[place + 1] if place + 1 < len(effects) else None
    return following if isinstance(following, Wake) else None


def _read(house: House, case: Case, file: RunFile, say: Say, source: Source) -> None:
    assert case.enrolment is not None
    rank = ANSWER if source.asked_for else SCHEDULED
    if case.enrolment.short and not modules.is_reading(house, file):
        case.send("sendMessage", house.speech.teaser(say.capsule), rank=rank, run_id=file.id, key=say.key)
        return
    for bubble in house.speech.capsule(say.capsule):
        case.send("sendMessage", bubble, rank=rank, run_id=file.id, key=say.key)


def _ask(house: House, case: Case, file: RunFile, ask: Ask, wake: Wake | None, source: Source) -> None:
    reminder = house.speech.say(f"reminder_{min(ask.nth, 2)}") if ask.nth else ""
    opening = "\n\n".join(filter(None, (source.opening or reminder or _from_coach(house, case, file),
                                        _about(house, file, ask.key))))  # fmt: skip
    asked = discretion.owned(file, ask.key, ask.question)
    page = discretion.hides(house, asked)
    params = house.speech.question(file.id, file.run.step, asked, file.run.draft, opening, _gentle(case), page)
    case.send(
        "sendMessage",
        params,
        rank=ANSWER if source.asked_for else SCHEDULED,
        run_id=file.id,
        key=ask.key,
        step=file.run.step,
        wake=_wakes(house, case, file, wake, ask),
    )


def _from_coach(house: House, case: Case, file: RunFile) -> str:
    """Who asks, when the words are a coach's own."""
    coach = case.coach.name if case.coach else house.speech.label("your_coach")
    return house.speech.say("asked_by_coach", coach=coach) if file.words else ""


def _about(house: House, file: RunFile, key: Key) -> str:
    """The line of theirs that a question is about, when several lines are gone through one after the other."""
    line = about(house.shelf.of(file), key, file.run.answers)
    return house.speech.say("about_line", line=glance(line)) if line else ""


def _wakes(house: House, case: Case, file: RunFile, wake: Wake | None, ask: Ask) -> tuple[dict[str, Any], ...]:
    """Timers that start when the message is delivered, never before (S4.1)."""
    assert case.enrolment is not None
    zone = case.person.zone if case.person else "Europe/Paris"
    where = {"run": file.id, "step": file.run.step, "zone": zone, "owner": case.owner}
    wakes: list[dict[str, Any]] = []
    if wake and agreements.stands(case, "rappels") and not (case.enrolment.gentle and wake.nth > 1):
        scope = f"{file.id}:{wake.step}:{wake.nth}"
        wakes.append({**where, "kind": "silence", "scope": scope, "nth": wake.nth, "days": wake.days})
    if ask.nth == 0:
        remind = ask.question.remind
        last = remind.after + remind.every * (remind.times - 1) if remind else 0
        days = max(house.programme(case).dormancy, last + 1)
        wakes.append({**where, "kind": "dormancy", "scope": f"{file.id}:{file.run.step}", "days": days})
    return tuple(wakes)


def _shown(house: House, case: Case, file: RunFile, kept: Keep, source: Source) -> None:
    """A pressed question shows what was chosen and loses its buttons."""
    if kept.question.sensitivity == "seance":
        case.send("sendMessage", house.speech.phrase("for_session"), run_id=file.id)
    elif source.pressed is not None:
        after = _outcome(house, kept)
        method = "editMessageText" if after else "editMessageReplyMarkup"
        params = house.speech.message(after) if after else {}
        case.send(method, {**params, "message_id": source.pressed}, run_id=file.id, key=kept.key)
    elif kept.amended and source.message_id is not None:
        case.courtesy("sendMessage", house.speech.phrase("amended"))


def _outcome(house: House, kept: Keep) -> str:
    question = house.speech.asked(replace(kept.question, private=False, sensitivity="normal"), None, progress=False)
    match kept.kept.how:
        case "said" if discretion.hides(house, kept.question):
            return question
        case "skipped" | "in_session" as how if kept.kept.value is None or discretion.hides(house, kept.question):
            return f"{question}\n\n{house.speech.say(how)}"
        case "skipped" | "in_session" as how if isinstance(kept.question.answer, Sort):
            so_far = house.speech.say("sort_so_far", value=house.speech.value(kept.question, kept.kept))
            return f"{question}\n\n{so_far}\n{house.speech.say(how)}"
        case _ if isinstance(kept.question.answer, Text | Items | Media):
            return ""
        case _ if isinstance(kept.question.answer, Lines):
            chosen = house.speech.say("chosen_lines", value=house.speech.value(kept.question, kept.kept))
            return f"{question}\n\n{chosen}"
        case _ if isinstance(kept.question.answer, Sort):
            value = house.speech.value(kept.question, kept.kept)
            return f"{question}\n\n{house.speech.say('sort_done', value=value)}"
        case _:
            chosen = house.speech.say("chosen", value=house.speech.value(kept.question, kept.kept))
            return f"{question}\n\n{chosen}"


def _hold(house: House, case: Case, file: RunFile, key: Key, parts: int, source: Source) -> None:
    if source.message_id is not None:
        case.landed = (file.id, key)
        case.answers_in[source.message_id] = case.landed
    asked = _question(house, file, key)
    discretion.take_back(house, case, asked, source.message_id, bool(source.media))
    if case.hushed:
        return
    if parts == 1:
        finish = [[(house.speech.label("button_finish"), modules.finish_data(file))]]
        case.courtesy("sendMessage", house.speech.phrase("held", finish), run_id=file.id, key=key, step=file.run.step)
    elif source.message_id is not None and not discretion.hides(house, asked):
        case.courtesy(
            "setMessageReaction", {"message_id": source.message_id, "reaction": [{"type": "emoji", "emoji": "👍"}]}
        )


def _redraw(house: House, case: Case, file: RunFile, question: Question, source: Source) -> None:
    page = discretion.hides(house, question)
    params = house.speech.question(file.id, file.run.step, question, file.run.draft, gentle=_gentle(case), page=page)
    if source.pressed is not None:
        case.send("editMessageText", {**params, "message_id": source.pressed}, run_id=file.id, key=file.run.key)
    else:
        case.send("sendMessage", params, run_id=file.id, key=file.run.key, step=file.run.step)


def _misread(house: House, case: Case, file: RunFile, misread: Misread, source: Source) -> str:
    words = house.speech.misread(misread.question, misread.reason)
    if misread.nth == 0:
        if source.pressed is None:
            _keep_unread(house, case, file, misread, source)
            case.courtesy("sendMessage", house.speech.message(words))
        return words
    if misread.nth < 3:
        _keep_unread(house, case, file, misread, source)
        case.courtesy("sendMessage", house.speech.message(words), run_id=file.id, key=misread.key, step=file.run.step)
    else:
        if file.run.answers[misread.key].value != source.text:  # what was chosen stands, the words go beside it
            _keep_unread(house, case, file, misread, source)
        private = discretion.owned(file, misread.key, misread.question).private
        phrase = "to_check_private" if private else "to_check"
        case.courtesy("sendMessage", house.speech.phrase(phrase))
        case.log("to_check", run=file.id, key=misread.key)
    return ""


def _keep_unread(house: House, case: Case, file: RunFile, misread: Misread, source: Source) -> None:
    """What was no answer is kept all the same, for the coach (S13)."""
    if source.text or source.media:
        keep(
            case,
            file,
            misread.key,
            misread.question.text,
            Kept(source.text or None, media=source.media),
            source.message_id,
            discretion.owned(file, misread.key, misread.question).private,
            how="misread",
        )
        discretion.take_back(house, case, misread.question, source.message_id, bool(source.media))


def _opened(house: House, case: Case, file: RunFile, waiting: bool) -> None:
    if waiting:
        case.send("sendMessage", house.speech.phrase("opened_waiting"))
        return
    rows = [
        [(house.speech.label("button_review"), f"c:review:{modules.coded(file.id)}")],
        [(house.speech.label("button_leave"), f"c:leave:{modules.coded(file.id)}")],
    ]
    case.send("sendMessage", house.speech.phrase("opened_done", rows), run_id=file.id)
