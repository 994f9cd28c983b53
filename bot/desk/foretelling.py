"""What a change of an appointment would do, in words: a headline, warnings, parts with a heading. Changes nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.conversation.house import House
from bot.desk.appointments import Stale
from bot.desk.preview import Preview, Shift
from bot.desk.roll import named
from flows.calendar import spoken
from flows.calendar import zone as zone_of


@dataclass(frozen=True, slots=True)
class Part:
    heading: str
    rows: tuple[str, ...]


def headline(house: House, found: Preview, zone: ZoneInfo) -> str:
    before, after = found.before, found.after
    kind: str = after.state
    if before is not None and before.revision == after.revision:
        kind = "same" if before == after else "placed"
    elif kind == "planned":
        kind = "moved" if before is not None and before.state == "planned" else "set"
    was = spoken(before.at, zone) if before else ""
    return _say(house, f"rdv_head_{kind}", title=found.title, name=found.name, date=spoken(after.at, zone), was=was)


def warnings(house: House, found: Preview) -> tuple[str, ...]:
    return tuple(_say(house, warned.phrase, **warned.about) for warned in found.warnings)


def parts(house: House, found: Preview, zone: ZoneInfo, now: datetime) -> list[Part]:
    """Nothing of what has no rows; instants are told in `zone`, the coach's."""
    rows = {
        "tell": (_tell(house, found, zone, now), *_there(house, found, zone)),
        "shifts": _shifts(house, found.shifts, zone),
        "again": _shifts(house, found.again, zone),
        "kept": found.kept,
        "lost": found.lost,
        "left_out": found.left_out,
        "brief": _shifts(house, [found.brief] if found.brief else [], zone, "rdv_brief_row"),
    }
    if found.standing in ("stopped", "ended"):
        rows = {"tell": rows["tell"], "brief": rows["brief"]}
    return [Part(_say(house, f"rdv_{key}"), tuple(held)) for key, held in rows.items() if held]


def stale(house: House, error: Stale, zone: ZoneInfo) -> str:
    """Who changed it meanwhile, and when (S7.7)."""
    if error.change is None:
        return _say(house, "rdv_stale_gone")
    date = spoken(error.change.at, zone)
    if not error.change.by:
        return _say(house, "rdv_stale", date=date)
    return _say(house, "rdv_stale_by", by=named(error.change.by), date=date)


def elsewhere(house: House, name: str, at: datetime, there: str, zone: ZoneInfo) -> str:
    """The hour it is where somebody lives, when it is another; else nothing."""
    local = zone_of(there)
    if at.astimezone(local).utcoffset() == at.astimezone(zone).utcoffset():
        return ""
    return _say(house, "desk_rdv_there", name=name, zone=there, date=spoken(at, local))


def _tell(house: House, found: Preview, zone: ZoneInfo, now: datetime) -> str:
    if found.standing in ("stopped", "ended"):
        return _say(house, "rdv_tell_stopped")
    if found.standing in ("invited", "welcomed") and found.after.state == "planned":
        return _say(house, "rdv_tell_consent", name=found.name)
    if found.told is None:
        return _say(house, "rdv_tell_none", name=found.name)
    if found.standing == "unreachable":
        return _say(house, "rdv_tell_unreachable", name=found.name)
    if found.told <= now:
        return _say(house, "rdv_tell_now", name=found.name)
    return _say(house, "rdv_tell_later", name=found.name, date=spoken(found.told, zone))


def _there(house: House, found: Preview, zone: ZoneInfo) -> tuple[str, ...]:
    words = elsewhere(house, found.name, found.after.at, found.zone, zone) if found.after.state == "planned" else ""
    return (words,) if words else ()


def _shifts(house: House, shifts: Iterable[Shift], zone: ZoneInfo, key: str = "rdv_shift") -> tuple[str, ...]:
    return tuple(_shift(house, shift, zone, key) for shift in shifts)


def _shift(house: House, shift: Shift, zone: ZoneInfo, key: str) -> str:
    due = spoken(shift.due, zone)
    if shift.was is None or shift.was == shift.due:
        return _say(house, key, title=shift.title, due=due)
    return _say(house, f"{key}_was", title=shift.title, due=due, was=spoken(shift.was, zone))


def _say(house: House, key: str, **fields: str | int) -> str:
    return house.speech.phrases.say(key, **fields).strip()
