"""A module or a whole programme rehearsed in the terminal: no person, no table, no Telegram, nothing kept.

Reads one line at a time, typed or piped; what cannot be said with words is written « [vocal] » or « [photo] ».
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from difflib import get_close_matches

from bot.clock import Clock
from bot.conversation.speech import Speech
from bot.documents.wording import Wording
from bot.library import Library
from bot.settings import Settings
from bot.terminal import Misused
from bot.terminal.chat import Chat, Pace, Write
from bot.terminal.diary import sent_by, span
from bot.terminal.journey import Journey
from bot.terminal.tables import clean, tell
from flows.agenda import Appointment
from flows.calendar import resolve, zone
from flows.model import Programme
from flows.spoken import plain as flat

TUESDAY, MORNING = 1, time(10)


@dataclass(frozen=True, slots=True)
class Profile:
    """Whom one rehearses as: the pace, the format that was chosen, answers that are taken as given."""

    gentle: bool = False
    format: str = "accompagne"
    answers: Mapping[str, frozenset[str]] = field(default_factory=dict)


ANYBODY = Profile()
PROFILES = {"post_burnout": Profile(gentle=True, answers={"accueil.situation": frozenset({"epuisement"})})}


def rehearse(name: str, profile: str | None, every: str, as_json: bool) -> None:
    """Plays it with whoever types; with `as_json` the talk goes to stderr, what came of it to stdout."""
    settings = Settings.load()
    library = Library.open(settings.content)
    clock = Clock.rehearsal(settings.clock) if settings.clock else Clock.real()
    out = sys.stderr if as_json else sys.stdout

    def write(text: str) -> None:
        print(clean(text), file=out, flush=True)

    talk = _talk(library, name, _profile(profile), _days(every), clock.now(), write)
    talk.begin()
    for line in _lines(write):
        if flat(line) == "quitter" or not talk.hear(line):
            break
    talk.leave()
    if as_json:
        tell(True, talk.summary())


def _talk(library: Library, name: str, profile: Profile, every: int, now: datetime, write: Write) -> Chat | Journey:
    speech, wording = Speech(library), Wording(library)
    if library.has_flow(name):
        programmes = library.programmes.values()
        home = next((p for p in programmes if any(sent_by(wording, [p], name))), next(iter(programmes)))
        pace = Pace(zone(home.zone), home.hours, profile.gentle)
        return Chat(library.flow(name), speech, now, pace, write, list(sent_by(wording, programmes, name)))
    if name in library.programmes:
        programme = library.programmes[name]
        pace = Pace(zone(programme.zone), programme.hours, profile.gentle)
        appointments = _booked(programme, now, every)
        answers = dict(profile.answers)
        return Journey(library, programme, speech, pace, frozenset({profile.format}), appointments, now, write, answers)
    known = [*library.flows, *library.programmes]
    near = get_close_matches(name, known, n=1) or sorted(known)
    raise Misused(f"Il n'y a pas de module « {name} ». Par exemple : {', '.join(near)}.")


def _booked(programme: Programme, now: datetime, every: int) -> tuple[Appointment, ...]:
    """One appointment per session, every so many days from the next Tuesday at ten."""
    place = zone(programme.zone)
    today = now.astimezone(place).date()
    first = today + timedelta(days=(TUESDAY - today.weekday() - 1) % 7 + 1)
    return tuple(
        Appointment(n, session.id, resolve(datetime.combine(first + timedelta(days=every * (n - 1)), MORNING), place),
                    programme.zone, 1, "planned")
        for n, session in enumerate(programme.sessions, 1)
    )  # fmt: skip


def _profile(name: str | None) -> Profile:
    if name is None:
        return ANYBODY
    if name not in PROFILES:
        raise Misused(f"Il n'y a pas de profil « {name} ». Il y a : {', '.join(PROFILES)}.")
    return PROFILES[name]


def _days(every: str) -> int:
    found = span(every)
    if found is None or not found.days:
        raise Misused(f"« {every} » n'est pas un nombre de jours. Par exemple : --every 10j.")
    return found.days


def _lines(write: Write) -> Iterator[str]:
    """What is typed, or piped: then it is shown as well, so that the whole can be read again."""
    typed = sys.stdin.isatty()
    while True:
        try:
            line = input("> ") if typed else sys.stdin.readline()
        except EOFError:
            return
        if not typed and not line:
            return
        if line.strip():
            if not typed:
                write(f"> {line.strip()}")
            yield line.strip()
