"""`/parcours`: one's own path as a picture, the same in words, and under each phase what was received in it.

Nothing is ever late here: a session without a date is simply to come.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import structlog

from bot.conversation.house import House
from bot.conversation.speech import Rows
from bot.documents import press
from bot.documents.frise import Halt, Stage, State, Yield, frise
from bot.documents.press import Order
from bot.store.case import Case, Ordered, RunFile, Synthesis
from bot.telegram.length import CAPTION, plain, split, units
from flows.calendar import spoken, spoken_day
from flows.frise import Stop
from flows.frise import frise as stops
from flows.model import Capsule, Phase, Takeaway
from flows.road import road as walked

log = structlog.get_logger()

DATA = 64
"""Bytes of a button (Bot API, `callback_data`)."""

READINGS = 8
"""Capsules offered at a time."""

HELD = ("said", "to_check")
SEEN = "traite"
"""What the coach says of a reply once it was worked on together."""

WRITTEN: Mapping[Synthesis, State] = {
    "draft": "under_way", "sent": "under_way", "remarked": "under_way", "approved": "valid", "handed": "valid",
}  # fmt: skip
"""The document de synthèse stands by itself, whatever was answered."""


def show(house: House, case: Case) -> None:
    """The picture with where they are in words; the words alone in a rush, or when it cannot be drawn."""
    if case.rushed:
        return _written(house, case, _phases(house, case))
    rows = [*_phases(house, case), [(house.speech.label("frise_in_words"), "c:road:")]]
    try:
        order = press.plain(Order("png", drawing(house, case), case.now))
    except Exception as error:
        log.error(
            "frise not drawn", enrolment=case.enrolment.id if case.enrolment else None, error=type(error).__name__
        )
        return _written(house, case, rows[:-1])
    caption = _caption(house, case)
    words = house.speech.message(caption, rows)
    params: dict[str, Any] = {
        "photo": "attach://photo",
        "caption": caption,
        "parse_mode": "HTML",
        "reply_markup": words["reply_markup"],
    }
    picture = Ordered("photo", house.speech.label("frise_file"), "image/png", order, words)
    return case.send("sendPhoto", params, ordered=picture)


def pressed(house: House, case: Case, what: str) -> bool:
    """All in words, or one phase; False for a phase that the programme no longer has."""
    if not what:
        _written(house, case, _phases(house, case))
        return True
    id, _, page = what.partition(":")
    phase = next((each for each in house.programme(case).phases if each.id == id), None)
    if phase is None or not (page.isdecimal() or not page):
        return False
    _phase(house, case, phase, int(page or 0))
    return True


def drawing(house: House, case: Case) -> str:
    """The SVG of their path."""
    return frise(house.speech.label("frise_title"), described(house, case), stages(house, case))


def described(house: House, case: Case) -> str:
    """All that the picture shows, in plain words."""
    return plain("\n".join(_lines(house, case)))


# --- where they stand --------------------------------------------------------------------------


def stages(house: House, case: Case) -> tuple[Stage, ...]:
    """The phases as one meets them: one that comes back is not described again."""
    say = house.speech.phrases.say
    phases = {phase.id: phase for phase in house.programme(case).phases}
    found: list[Stage] = []
    seen: set[str] = set()
    for id, halts in _by_phase(_stops(house, case)):
        phase, shown = phases[id], tuple(_halt(house, case, stop) for stop in halts)
        if id in seen:
            found.append(Stage(say("frise_again", title=phase.title), shown))
            continue
        seen.add(id)
        yields = tuple(Yield(each.title, state, said) for each, state, said in _takeaways(house, case, phase))
        themes = say("frise_themes", list=", ".join(phase.themes)) if phase.themes else ""
        found.append(
            Stage(phase.title, shown, say("frise_weeks", n=phase.weeks) if phase.weeks else "", themes, yields)
        )
    return tuple(found)


def _stops(house: House, case: Case) -> list[Stop | None]:
    """The sessions; None where they stand when no session is booked, « vous êtes ici » between two of them."""
    found: list[Stop | None] = list(stops(house.programme(case), case.appointments, case.now))
    standing = [stop.standing for stop in found if stop]
    if "here" not in standing:
        reached = max((n for n, each in enumerate(standing) if each == "past"), default=-1)
        found.insert(reached + 1, None)
    return found


def _by_phase(found: Sequence[Stop | None]) -> Iterator[tuple[str, list[Stop | None]]]:
    """Stops that follow one another in a phase, each with it. Where they stand goes with the session before it."""
    phase, held = "", list[Stop | None]()
    for stop in found:
        at = stop.session.phase if stop else phase
        if held and phase and at != phase:
            yield phase, held
            held = []
        phase = at
        held.append(stop)
    if phase:
        yield phase, held


def _halt(house: House, case: Case, stop: Stop | None) -> Halt:
    here = house.speech.phrases.say("frise_here")
    if stop is None:
        return Halt("", "here", said=here)
    if stop.standing == "here" and stop.at:
        return Halt(stop.session.title, "here", spoken(stop.at, case.zone), here)
    when = spoken_day(stop.at, case.zone) if stop.at else ""
    return Halt(stop.session.title, "past" if stop.standing == "past" and when else "ahead", when)


def _takeaways(house: House, case: Case, phase: Phase) -> list[tuple[Takeaway, State, str]]:
    """Each with its state, and the words for it."""
    reached = any(stop and stop.session.phase == phase.id and stop.standing in ("past", "here")
                  for stop in _stops(house, case))  # fmt: skip
    return [(each, *_told(house, case, each, reached)) for each in phase.deliverables]


def _told(house: House, case: Case, made: Takeaway, reached: bool) -> tuple[State, str]:
    if made.what == "synthese" and case.synthesis:
        return WRITTEN[case.synthesis], house.speech.label(f"frise_synthesis_{case.synthesis}")
    state = "to_come" if made.what else _state(case, made, reached)
    return state, house.speech.label(f"frise_{state}")


def _state(case: Case, made: Takeaway, reached: bool) -> State:
    """By the answers that make it: validated once the coach says of all that they may read that it was worked on."""
    if not made.flows:
        return "under_way" if reached else "to_come"
    held = [file.versions[key] for file in case.runs if file.flow in made.flows
            for key, kept in file.run.answers.items() if kept.how in HELD and key in file.versions]  # fmt: skip
    shared = [version for version in held if not version.private]
    if shared and all(version.review == SEEN for version in shared):
        return "valid"
    return "under_way" if held else "to_come"


# --- in words ----------------------------------------------------------------------------------

ROAD: Mapping[str, str] = {"here": "road_here_at", "past": "road_done", "set": "road_next", "open": "road_open"}


def _caption(house: House, case: Case) -> str:
    """The sessions and where they stand; fewer words when these are too many for a caption."""
    for lines in (_lines(house, case, short=True), [_stop(house, case, stop) for stop in _here(house, case)]):
        text = "\n".join(lines)
        if units(plain(text)) <= CAPTION:
            return text
    return house.speech.say("road_title")


def _here(house: House, case: Case) -> list[Stop | None]:
    return [stop for stop in _stops(house, case) if stop is None or stop.standing == "here"]


def _written(house: House, case: Case, rows: Rows) -> None:
    *before, last = split("\n".join(_lines(house, case)))
    for piece in before:
        case.send("sendMessage", house.speech.message(piece))
    case.send("sendMessage", house.speech.message(last, rows))


def _lines(house: House, case: Case, short: bool = False) -> list[str]:
    """`short`: without what each phase is for and leaves in hand. Telegram HTML."""
    speech = house.speech
    phases = {phase.id: phase for phase in house.programme(case).phases}
    lines, seen = [speech.say("road_title")], set[str]()
    for id, halts in _by_phase(_stops(house, case)):
        lines += ["", *_headed(house, case, phases[id], again=id in seen, short=short)]
        seen.add(id)
        lines += [_stop(house, case, stop) for stop in halts]
    return lines


def _headed(house: House, case: Case, phase: Phase, again: bool, short: bool) -> list[str]:
    speech = house.speech
    if again or short:
        title = speech.phrases.say("frise_again", title=phase.title) if again else phase.title
        return [speech.say("road_stage", title=title)]
    return [speech.say("road_phase", title=phase.title, goal=phase.goal), *_about(house, case, phase)]


def _about(house: House, case: Case, phase: Phase) -> list[str]:
    """Its weeks, its themes, and what it leaves in hand."""
    say = house.speech.say
    lines = [say("frise_length", n=phase.weeks)] if phase.weeks else []
    lines += [say("frise_themes", list=", ".join(phase.themes))] if phase.themes else []
    return lines + [say("frise_yield", title=each.title, state=told)
                    for each, _, told in _takeaways(house, case, phase)]  # fmt: skip


def _stop(house: House, case: Case, stop: Stop | None) -> str:
    if stop is None:
        return house.speech.say("road_between")
    if stop.standing == "here" and stop.at:
        return house.speech.say("road_here_at", title=stop.session.title, date=spoken(stop.at, case.zone))
    when = {"date": spoken_day(stop.at, case.zone)} if stop.at else {}
    return house.speech.say(ROAD[stop.standing if when else "open"], title=stop.session.title, **when)


# --- a phase, and what was received in it ------------------------------------------------------


def _phases(house: House, case: Case) -> Rows:
    return [[(phase.title, f"c:road:{phase.id}")] for phase in house.programme(case).phases]


def _phase(house: House, case: Case, phase: Phase, page: int) -> None:
    label = house.speech.label
    lines = [house.speech.say("road_phase", title=phase.title, goal=phase.goal), *_about(house, case, phase)]
    received = [each for each in _received(house, case, phase) if len(f"c:read:{each.id}".encode()) <= DATA]
    shown = received[page * READINGS : (page + 1) * READINGS]
    rows = [[(capsule.title, f"c:read:{capsule.id}")] for capsule in shown]
    if len(received) > (page + 1) * READINGS:
        rows.append([(label("frise_more"), f"c:road:{phase.id}:{page + 1}")])
    lines += ["", house.speech.say("frise_read" if shown else "frise_unread")]
    case.send("sendMessage", house.speech.message("\n".join(lines), rows))


def _received(house: House, case: Case, phase: Phase) -> list[Capsule]:
    """Capsules that they were given in this phase, in their order; as they are today."""
    found: dict[str, Capsule] = {}
    for file in sorted(case.runs, key=lambda file: file.created_at):
        if _phase_of(house, case, file) == phase.id:
            for id in _said(house, file):
                if id in house.library.capsules:
                    found.setdefault(id, house.library.capsules[id])
    return list(found.values())


def _said(house: House, file: RunFile) -> Iterator[str]:
    """Ids of the capsules on their road, as far as they came."""
    begun = file.run.state == "done" or file.run.key is not None
    passed = walked(house.shelf.of(file), file.run.answers).capsules if begun and not file.words else ()
    yield from (capsule.id for _, capsule in passed)


def _phase_of(house: House, case: Case, file: RunFile) -> str:
    """The phase of the session that it was sent for, else of the last one before it came."""
    programme = house.programme(case)
    phases = {session.id: session.phase for session in programme.sessions}
    sent = next((envoi.when.session for envoi in programme.envois if envoi.id == file.envoi), file.session)
    if sent in phases:
        return phases[sent]
    past = [a for a in case.appointments if a.at <= file.created_at and a.session in phases]
    last = max(past, key=lambda a: a.at, default=None)
    return phases[last.session] if last else programme.sessions[0].phase
