"""That a session took place: its coach is asked once it is over, the participant is told the hours and agrees or not.

Knows hours and no content, and no table: what each of them said is kept elsewhere.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.conversation import discovery
from bot.conversation.entry import tell_coach
from bot.conversation.house import House
from bot.conversation.speech import DIGITS, Rows, coded
from bot.store.attendances import MODES, Held, Hours, marked, total
from bot.store.case import SCHEDULED, Case, Timer
from flows.agenda import Appointment
from flows.calendar import spoken_day, spoken_hour

Row = list[tuple[str, str]]

HOURS = "hours"
"""The timer of the message that tells a participant the hours."""

VERB = f"c:{HOURS}:"
YES, NO = "oui", "non"
VIDEO = ("http://", "https://", "visio", "zoom", "teams", "meet.")
"""What in a place tells that one is not there in person."""


# --- the coach ---------------------------------------------------------------------------------


def ended(house: House, case: Case, timer: Timer) -> None:
    """The session is over: the coach is asked, whatever hour it is for the participant."""
    assert case.enrolment is not None and case.person is not None
    appointment = case.appointment(timer.about["session"])
    if appointment is None or appointment.state not in ("planned", "done"):
        return case.settle(timer, "stale", "gone")
    if appointment.revision != timer.about["revision"]:
        return case.settle(timer, "stale", "moved")
    if case.enrolment.format == discovery.FORMAT:
        return case.settle(timer, "stale", "first_talk")
    case.settle(timer, "fired")
    zone = ZoneInfo(case.coach.zone if case.coach else appointment.zone)
    rows = buttons(house, zone, case.person.id, appointment, length(house, case, appointment.session))
    title, date = titled(house, case, appointment.session), spoken_day(appointment.at, zone)
    return tell_coach(house, case, "attendance_ask", rows, rank=SCHEDULED, relayed=False, name=case.person.name,
                      title=title, date=date)  # fmt: skip


def buttons(house: House, zone: ZoneInfo, person: int, appointment: Appointment, lasts: timedelta) -> Rows:
    """The hours as they were planned, by each way of meeting, the likeliest first; other hours; nobody came."""
    what = f"{person}:{appointment.session}"
    rows = ways(house, zone, what, appointment.at, appointment.at + lasts, appointment.place)
    last = [(house.speech.label("attendance_other"), f"d:ah:{what}")]
    if appointment.state == "planned":
        last.append((house.speech.label("attendance_missed"), f"d:ax:{what}:{appointment.revision}:no_show"))
    return [*rows, last]


def ways(house: House, zone: ZoneInfo, what: str, starts: datetime, ends: datetime, place: str) -> list[Row]:
    """These hours, by each way of meeting; `what` is a participant and a session, as buttons name them."""
    first, *others = _likely(place)
    return [
        [(label(house, zone, starts, ends, first), f"d:at:{what}:{stamp(starts, ends, first)}")],
        [(house.speech.label(f"attendance_only_{mode}"), f"d:at:{what}:{stamp(starts, ends, mode)}")
         for mode in others],
    ]  # fmt: skip


def _likely(place: str) -> list[str]:
    there = place.casefold()
    guessed = "visio" if not there or any(word in there for word in VIDEO) else "presentiel"
    return sorted(MODES, key=lambda mode: mode != guessed)


def stamp(starts: datetime, ends: datetime, mode: str) -> str:
    """Hours as a button carries them: the minute it began, how many it lasted, and how."""
    minutes = int(starts.timestamp()) // 60
    return f"{coded(minutes)}:{int((ends - starts).total_seconds()) // 60}:{mode[0]}"


def stamped(text: str, like: datetime) -> tuple[datetime, datetime, str] | None:
    """What `stamp` wrote, in the zone of `like`; None for anything else."""
    start, lasts, letter = [*text.split(":"), "", ""][:3]
    mode = next((mode for mode in MODES if mode[0] == letter), None)
    minute = 0 < len(start) < 8 and set(start) <= set(DIGITS)
    if mode is None or not minute or not (lasts.isascii() and lasts.isdecimal() and len(lasts) < 5):
        return None
    starts = datetime.fromtimestamp(int(start, 36) * 60, like.tzinfo)
    return starts, starts + timedelta(minutes=int(lasts)), mode


# --- the participant ---------------------------------------------------------------------------


def told(house: House, case: Case, timer: Timer) -> None:
    """The hours that their coach noted, with the two answers to them."""
    about = timer.about
    starts, ends = datetime.fromisoformat(about["starts"]), datetime.fromisoformat(about["ends"])
    case.settle(timer, "fired")
    shown = words(house, case.zone, starts, ends, about["mode"])
    said = house.speech.phrase("attendance_told", answers(house, about["session"], marked(starts, ends, about["mode"])),
                               title=titled(house, case, about["session"]), hours=shown)  # fmt: skip
    case.send("sendMessage", said, rank=SCHEDULED)


def answers(house: House, session: str, mark: str, both: bool = True) -> Rows:
    """The buttons under the hours; once they disagreed, only the one that takes it back."""
    found = [[(house.speech.label("attendance_yes"), f"{VERB}{session}:{mark}:{YES}")]]
    return [*found, [(house.speech.label("attendance_no"), f"{VERB}{session}:{mark}:{NO}")]] if both else found


# --- how many ----------------------------------------------------------------------------------


def hours(house: House, programme: str, format: str, held: Sequence[Held]) -> Hours:
    """Those noted and those planned, in the format that somebody follows."""
    offered = house.library.format(format)
    return total(house.library.programmes[programme], held, offered.sessions if offered else ())


# --- words -------------------------------------------------------------------------------------


def words(house: House, zone: ZoneInfo, starts: datetime, ends: datetime, mode: str) -> str:
    """« lundi 2 mars, de 10 h à 12 h, en visio »."""
    return f"{spoken_day(starts, zone)}, {_hours(house, zone, starts, ends, mode)}"


def label(house: House, zone: ZoneInfo, starts: datetime, ends: datetime, mode: str) -> str:
    """« Oui, de 10 h à 12 h, en visio »."""
    return house.speech.phrases.say("attendance_button", hours=_hours(house, zone, starts, ends, mode)).strip()


def _hours(house: House, zone: ZoneInfo, starts: datetime, ends: datetime, mode: str) -> str:
    say = house.speech.phrases.say
    return say("attendance_hours", start=spoken_hour(starts, zone), end=spoken_hour(ends, zone),
               mode=say(f"attendance_{mode}").strip()).strip()  # fmt: skip


def titled(house: House, case: Case, session: str) -> str:
    return next((one.title for one in house.programme(case).sessions if one.id == session), session)


def length(house: House, case: Case, session: str) -> timedelta:
    """How long a session is planned to last."""
    found = (one.hours for one in house.programme(case).sessions if one.id == session)
    return timedelta(hours=next(found, 1))


def parts(data: str) -> tuple[str, str, bool] | None:
    """Of a participant's button: the session, the mark of its hours, whether they agree; None for any other."""
    found = data.removeprefix(VERB).split(":")
    if not data.startswith(VERB) or len(found) != 3 or found[2] not in (YES, NO):
        return None
    return found[0], found[1], found[2] == YES
