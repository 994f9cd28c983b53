"""Words of danger: what Marge answers at once, whom she tells, and what she stops (cadre 1.8; semantics S18).

Deterministic and first of all, whoever writes and whatever their state. Proposes, never concludes: what was written is
kept as it was, and goes on its way. Knows the level of a text, never its meaning; nothing of the words is passed on.
"""

from datetime import datetime, timedelta
from typing import Any

from bot.conversation import entry
from bot.conversation.discretion import owned
from bot.conversation.house import House
from bot.conversation.modules import question_of
from bot.conversation.planning import LOW, set_gentle
from bot.conversation.speech import Rows
from bot.store.case import DISTRESS, SCHEDULED, Case, Timer
from flows.distress import Level, level
from flows.source import Helpline

ALERT = "alert"
"""The timer that calls again for as long as nobody has said that they saw it; the desk's."""

AGAIN = timedelta(minutes=15)
"""How long an alert waits for somebody before it calls again."""

EVENTS = {Level.R3: "distress", Level.R2: "concern", Level.R1: "fatigue"}
"""How each level is named among the events a coach sees."""

OWN = "fatigue_own"
"""A fatigue told in what they keep to themselves: answered like any other, shown to nobody."""

QUIET = {Level.R3: timedelta(minutes=10), Level.R2: timedelta(days=1), Level.R1: timedelta(days=7)}
"""How long the whole message is not said again: a shorter line stands for it after a danger, nothing otherwise."""

KEEPS_NOTHING = ("invited", "welcomed", "ended")
"""States in which no word is kept: nothing was agreed to, or it is over."""

SPARED = frozenset({"notice", "replan", "energy", "lift", "coach_word", "rush"})
"""Of the timers: what became of an appointment, the coach's own line, the house's book-keeping."""

TIMES = 3
"""Low energies running that make a fatigue."""


def noticed(house: House, case: Case, words: str, own: bool = False) -> Level:
    """Reads `words` and answers them, before anything else is made of them; the level found.

    To a stranger: the help alone. To somebody in a programme: an event too; a danger also stops what is unasked for,
    asks nothing more in this turn, and calls the coach and whoever stands in for them. `own`: they keep these words to
    themselves; a great fatigue said so is no news to their coach, a danger is.
    """
    read = found(house, words)
    if read is not Level.R0:
        _answered(house, case, read, own)
    return read


def found(house: House, words: str) -> Level:
    """How grave these words are."""
    return level(house.library.lexicon, words)


def helplines(house: House, found: Level) -> list[Helpline]:
    """Whom to call, for this level; nobody when there is nothing to say."""
    known = {one.number: one for one in house.library.numbers}
    return [known[number] for number in house.library.lexicon.show.get(found, ())]


def _answered(house: House, case: Case, found: Level, own: bool) -> None:
    known = case.enrolment is not None and case.person is not None
    if found is Level.R1 and not known:
        return
    lately = _lately(case, found)
    if found is Level.R3:
        case.hushed = True
        case.send("sendMessage", _danger(house, case, again=lately), rank=DISTRESS)
    elif not lately:
        case.send("sendMessage", _help(house, case, found), rank=DISTRESS)
    if not known:
        return
    _written_down(case, found, own or _to_oneself(house, case))
    if found is Level.R3:
        _stop(case)
        call(house, case)


def _lately(case: Case, found: Level) -> bool:
    kinds = {EVENTS[found], OWN} if found is Level.R1 else {EVENTS[found]}
    return any(known in kinds and case.now - at < QUIET[found] for known, at in case.alarms)


def _written_down(case: Case, found: Level, own: bool = False) -> None:
    """An event without a word of theirs."""
    kind = OWN if own and found is Level.R1 else EVENTS[found]
    case.log(kind)
    case.alarms.append((kind, case.now))


def _to_oneself(house: House, case: Case) -> bool:
    """Whether the question that is open is one whose answer they keep to themselves."""
    file = case.open_run()
    asked = question_of(house, file, file.run.key) if file and file.run.key else None
    return bool(file and file.run.key and asked and owned(file, file.run.key, asked).private)


# --- what they read --------------------------------------------------------------------------


def _danger(house: House, case: Case, again: bool) -> dict[str, Any]:
    """Numbers first; then, where it is true, that their coach is called and that what they wrote is kept."""
    say = house.speech.say
    key = "crisis_r3_again" if again else "crisis_r3"
    parts = [_numbered(house, key, Level.R3)]
    rows: Rows = []
    if case.enrolment is not None:
        names = ", ".join(person.name for person in heard(case))
        parts.append(say("crisis_r3_coach", coach=names) if names else say("crisis_r3_nobody"))
        parts.append(say("crisis_kept" if agreed(case) else "crisis_not_kept"))
        label = house.speech.label
        rows = [[(label("crisis_tell_coach"), "c:crisis:dire")], [(label("crisis_false"), "c:crisis:fausse")]]
    return house.speech.message("\n\n".join(parts), rows)


def _help(house: House, case: Case, found: Level) -> dict[str, Any]:
    if found is Level.R1:
        return tired(house, case)
    parts = [_numbered(house, "crisis_r2", Level.R2)]
    parts += [house.speech.say("crisis_r2_coach")] if case.coach else []
    return house.speech.message("\n\n".join(parts))


def tired(house: House, case: Case) -> dict[str, Any]:
    """A slower pace, offered to whoever does not have it."""
    gentle = case.enrolment is not None and case.enrolment.gentle
    rows = [] if gentle else [[(house.speech.label("crisis_slower"), "c:crisis:doux")]]
    return house.speech.phrase("crisis_r1_gentle" if gentle else "crisis_r1", rows)


def _numbered(house: House, key: str, which: Level) -> str:
    """A phrase with the numbers that the lexicon names for a level, as the file of numbers has them."""
    rows = [house.speech.say("emergency_row", number=one.number, what=one.what) for one in helplines(house, which)]
    return house.speech.say(key, numbers="@@").replace("@@", "\n".join(rows))


# --- what is stopped, and who is called ------------------------------------------------------


def agreed(case: Case) -> bool:
    """Whether what they write is kept (RGPD art. 7)."""
    return case.enrolment is not None and case.enrolment.state not in KEEPS_NOTHING


def _stop(case: Case) -> None:
    """Nothing unasked-for leaves until their coach says so; what waits to leave waits."""
    assert case.enrolment is not None
    case.changes.hushed = True
    if case.enrolment.held_at is None:
        case.enrolment.held_at, case.changes.enrolment = case.now, True


def spares(house: House, case: Case, timer: Timer) -> bool:
    """What leaves in a hold all the same: appointments are kept in mind; everything else waits for the coach."""
    envois = house.programme(case).envois if timer.kind == "envoi" else ()
    kinds = {envoi.kind for envoi in envois if envoi.id == timer.about.get("envoi")}
    return timer.kind in SPARED or kinds == {"reminder"}


def heard(case: Case) -> list[Any]:
    """Whom an alert reaches at once: the coach, and whoever stands in for them."""
    return [who for who in (case.coach, case.deputy) if who and who.chat_id is not None and who.reachable]


def call(house: House, case: Case) -> None:
    """A name and no word of theirs, to the coach and their deputy; again in a quarter of an hour, then the référents.

    When neither can be reached, the référents are called now.
    """
    assert case.person is not None
    if _called(case):
        return
    rows = [[(house.speech.label("desk_button_ack"), f"d:ack:{case.person.id}")]]
    entry.tell_coach(house, case, "coach_distress", rows, rank=DISTRESS, name=case.person.name)
    first = case.now + AGAIN if heard(case) else case.now
    case.wake(ALERT, "distress", first, nth=1, since=case.now.isoformat())


def _called(case: Case) -> bool:
    return any(timer.kind == ALERT and timer.state == "pending" for timer in case.timers)


# --- what they press -------------------------------------------------------------------------


def pressed(house: House, case: Case, choice: str, message_id: int) -> str:
    """The buttons under a help message; the line over the chat, if any."""
    match choice:
        case "dire":
            if not _called(case):
                _written_down(case, Level.R3)
                call(house, case)
            key = "crisis_told" if heard(case) else "crisis_r3_nobody"
            names = ", ".join(person.name for person in heard(case))
            case.send("sendMessage", house.speech.phrase(key, coach=names), rank=DISTRESS)
        case "fausse":
            _false_alarm(house, case)
        case "doux":
            _slower(house, case, message_id)
        case _:
            return house.speech.label("old_button")
    return ""


def _false_alarm(house: House, case: Case) -> None:
    """Thanked and written down; it closes nothing: a coach does, once they have heard them (cadre 1.8, 5)."""
    assert case.person is not None
    if not any(kind == "false_alarm" and case.now - at < QUIET[Level.R3] for kind, at in case.alarms):
        case.log("false_alarm")
        case.alarms.append(("false_alarm", case.now))
        entry.tell_coach(house, case, "coach_false_alarm", name=case.person.name)
    case.send("sendMessage", house.speech.phrase("crisis_false_alarm"))


def _slower(house: House, case: Case, message_id: int) -> None:
    assert case.enrolment is not None and case.person is not None
    if not case.enrolment.gentle:
        set_gentle(case, True)
        entry.tell_coach(house, case, "coach_slower", name=case.person.name)
    case.send("editMessageText", {**house.speech.phrase("crisis_slowed"), "message_id": message_id})


# --- little energy, several times ------------------------------------------------------------


def weary(house: House, case: Case, timer: Timer) -> None:
    """Three times running: a slower pace is offered, the coach reads it in the digest."""
    case.settle(timer, "fired")
    last = _energies(house, case)[-TIMES:]
    if len(last) < TIMES or any(value > LOW for value, _ in last) or _lately(case, Level.R1):
        return
    _written_down(case, Level.R1, any(own for _, own in last))
    case.send("sendMessage", tired(house, case), rank=SCHEDULED)


def _energies(house: House, case: Case) -> list[tuple[int, bool]]:
    """Every energy told, the oldest first, and whether its author keeps it to themselves."""
    found: list[tuple[datetime, int, bool]] = []
    keys = house.programme(case).energy
    for file in case.runs:
        for key, kept in file.run.answers.items():
            if f"{file.flow}.{key}" in keys and isinstance(kept.value, int) and key in file.versions:
                found.append((file.versions[key].answered_at, kept.value, file.versions[key].private))
    return [(value, own) for _, value, own in sorted(found)]
