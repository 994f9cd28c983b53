"""`/consentement`: each thing one may agree to, on one screen that changes in place, each asked for in its time.

`c:agree` shows all of them, `c:agree:<kind>` one, `c:agree:<kind>:<oui|non>:<version>` decides. The version in the
button is that of the text above it: a text that has changed meanwhile is shown again before anything is noted.
"""

from dataclasses import replace

from bot.conversation import entry
from bot.conversation.agreements import changed, in_danger, outdated, stands, word
from bot.conversation.answering import keep
from bot.conversation.house import House
from bot.conversation.modules import question_of
from bot.conversation.speech import Rows
from bot.store.case import Case
from flows.calendar import spoken_day
from flows.model import Kept
from flows.trust import Consent


def show(house: House, case: Case, place: int | None = None) -> None:
    """Everything there is to agree to, and what they said of it; in the place of a message of ours, or in a new one."""
    lines = [house.speech.say("consents_row", title=one.title, state=_state(house, case, one)) for one in _all(house)]
    rows = [[(one.title, f"c:agree:{one.kind}")] for one in _all(house)]
    _put(house, case, house.speech.say("consents_title") + "\n\n" + "\n".join(lines), rows, place)


def pressed(house: House, case: Case, rest: str, place: int) -> None:
    """A button of these screens; `place` is the message it stood under."""
    kind, _, decision = rest.partition(":")
    one = house.library.consents.get(kind)
    choice, _, version = decision.partition(":")
    if one is None:
        show(house, case, place)
    elif choice not in ("oui", "non"):
        _detail(house, case, one, place)
    elif choice == "oui" and kind == "ia" and not house.ai:
        _said(house, case, house.speech.say("consent_ai_missing"), place)
    elif choice == "oui" and version != one.version:
        _detail(house, case, one, place, "consent_changed_now")
    else:
        _decided(house, case, one, choice == "oui", place)


def renew(house: House, case: Case) -> None:
    """At the end of a module: a text that changed since they agreed to it is put before them, one at a time."""
    ended = any(event.kind == "module_done" for event in case.changes.happenings)
    here = case.enrolment is not None and case.enrolment.state == "active" and not in_danger(case)
    if ended and here and (one := outdated(house, case)):
        text = house.speech.say("consent_changed") + "\n\n" + words(house, case, one)
        case.send("sendMessage", house.speech.message(text, _choices(house, case, one)))


def words(house: House, case: Case, one: Consent) -> str:
    """The text of an agreement under its title, as Telegram HTML."""
    title = house.speech.say("consent_title", title=one.title)
    return f"{title}\n\n{house.speech.written(one.text, coach=entry.coach_of(house, case))}"


def _decided(house: House, case: Case, one: Consent, yes: bool, place: int) -> None:
    """Takes effect on the next message, and nothing else changes (RGPD art. 7.3)."""
    if one.kind == "sante" and yes and not _here(case):
        return entry.consented(house, case, "oui", place)
    if one.kind == "sante" and not yes:
        return withdraw(house, case, place)
    if yes and (not stands(case, one.kind) or changed(case, one)):
        case.agree(one.kind, one.version)
        _echo(house, case, one, yes)
    elif not yes and (stands(case, one.kind) or one.kind not in case.consents):
        case.disagree(one.kind, one.version)
        _echo(house, case, one, yes)
    said = one.given if yes else one.withdrawn
    return _said(house, case, _dated(house, case, said), place)


def _echo(house: House, case: Case, one: Consent, yes: bool) -> None:
    """The answer by which it was given says the same from now on: what hangs on that answer goes with it."""
    for name, accepted in one.answers:
        flow, _, key = name.partition(".")
        for file in case.runs:
            if file.flow != flow or key not in file.run.answers or (file.run.answers[key].value in accepted) == yes:
                continue
            asked, said = question_of(house, file, key), Kept(min(accepted)) if yes else Kept(None, "skipped")
            keep(case, file, key, asked.text if asked else key, said, None, file.versions[key].private)
            file.run, file.touched = replace(file.run, answers={**file.run.answers, key: said}), True


def withdraw(house: House, case: Case, place: int | None = None) -> None:
    """No more of their words is kept and nothing more is asked; appointments go on, and nothing is lost."""
    one = house.library.consents["sante"]
    if case.enrolment is None or case.person is None or case.enrolment.state not in ("active", "paused"):
        return show(house, case, place)
    case.enrolment.state, case.changes.enrolment = "welcomed", True
    case.disagree("sante", one.version)
    for timer in [t for t in case.timers if t.state in ("pending", "held") and t.kind not in LASTING]:
        case.settle(timer, "cancelled", "withdrawn")
    case.log("withdrawn")
    _said(house, case, _dated(house, case, one.withdrawn), place)
    return entry.tell_coach(house, case, "coach_withdrawn", name=case.person.name)


LASTING = frozenset({"envoi", "notice", "prospect", "alert"})
"""What is due whatever they agree to: envois wait, appointments are told, what was promised is erased."""


# --- the screen ------------------------------------------------------------------------------


def _detail(house: House, case: Case, one: Consent, place: int, opening: str = "") -> None:
    state = house.speech.say("consents_today", state=_state(house, case, one))
    parts = [house.speech.say(opening) if opening else "", words(house, case, one), state]
    rows = [*_choices(house, case, one), [(house.speech.label("consents"), "c:agree")]]
    _put(house, case, "\n\n".join(part for part in parts if part), rows, place)


def _choices(house: House, case: Case, one: Consent) -> list[list[tuple[str, str]]]:
    """What there is to decide: giving and taking back are one touch each."""
    if one.kind == "ia" and not house.ai:
        return []
    label = house.speech.label
    own = f"_{one.kind}" if f"agree_oui_{one.kind}" in house.speech.phrases else ""
    yes = (label(f"agree_oui{own}"), f"c:agree:{one.kind}:oui:{one.version}")
    standing = stands(case, one.kind) and not own
    no = (label("agree_withdraw" if standing else f"agree_non{own}"), f"c:agree:{one.kind}:non:{one.version}")
    if stands(case, one.kind):
        return [[yes, no]] if changed(case, one) else [[no]]
    return [[yes]] if one.kind in case.consents else [[yes, no]]


def _state(house: House, case: Case, one: Consent) -> str:
    say, held = house.speech.phrases.say, word(case, one.kind)
    if one.kind == "ia" and not house.ai:
        return say("consents_no_ai")
    if held is None:
        return say("consents_usual" if stands(case, one.kind) else "consents_no")
    if held.withdrawn_at is None:
        return say("consents_old" if changed(case, one) else "consents_yes", date=spoken_day(held.given_at, case.zone))
    return say("consents_left", date=spoken_day(held.withdrawn_at, case.zone))


def _here(case: Case) -> bool:
    return case.enrolment is not None and case.enrolment.state not in ("invited", "welcomed")


def _all(house: House) -> list[Consent]:
    return list(house.library.consents.values())


def _dated(house: House, case: Case, text: str) -> str:
    date = spoken_day(case.now, case.zone)
    return house.speech.written(text, coach=entry.coach_of(house, case), date=date)


def _said(house: House, case: Case, text: str, place: int | None) -> None:
    _put(house, case, text, [[(house.speech.label("consents"), "c:agree")]], place)


def _put(house: House, case: Case, text: str, rows: Rows, place: int | None) -> None:
    said = house.speech.message(text, rows)
    if place is None:
        case.send("sendMessage", said)
    else:
        case.send("editMessageText", {**said, "message_id": place})
