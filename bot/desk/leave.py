"""A coach's absences by chat: listed, cancelled, set in three questions (from, until, who)."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from bot.conversation.update import Pressed
from bot.desk import DeskError, absences, handover
from bot.desk.absences import Absence
from bot.desk.dictation import Unclear, calendar_day
from bot.desk.roll import named
from bot.desk.visit import Visit
from flows.calendar import spoken_day

AWAY = "away"
MOST = 20
"""Rows of buttons."""


def listed(visit: Visit, rest: str) -> None:
    """`/absence`: those to come, each with the button that cancels it, and how to set one."""
    mine = absences.ahead(visit.conn, visit.vault, visit.actor.id, visit.now)[: MOST - 1]
    rows = [[(visit.label("desk_absence_cancel", first=_day(visit, one.starts_at)), f"d:vc:{one.id}")] for one in mine]
    rows.append([(visit.label("desk_button_absence"), "d:va")])
    visit.say("desk_absences" if mine else "desk_absences_none", rows, list="\n".join(_row(visit, one) for one in mine))


def add(visit: Visit, press: Pressed, rest: str) -> str:
    visit.ask({"ask": AWAY}, "desk_absence_from", example=_example(visit, 7))
    return ""


def said(visit: Visit, prompt: Mapping[Any, Any], words: str) -> None:
    """The first day, then the last, which are asked for again until they can be read; then who."""
    example = _example(visit, 14 if "first" in prompt else 7)
    try:
        day = calendar_day(words, visit.now, visit.case.zone)
    except Unclear as unclear:
        return visit.say(f"desk_date_{unclear.reason}", example=example)
    if "first" not in prompt:
        return visit.ask({"ask": AWAY, "first": day.isoformat()}, "desk_absence_until", example=_example(visit, 14))
    if day < date.fromisoformat(prompt["first"]):
        return visit.say("desk_absence_order", example=example)
    return _who(visit, {"ask": AWAY, "first": prompt["first"], "last": day.isoformat()})


def settle(visit: Visit, press: Pressed, rest: str) -> str:
    """The deputy is chosen: it is set. One button, one absence."""
    prompt: Any = visit.actor.prompt or {}
    if prompt.get("ask") != AWAY or "last" not in prompt or not (rest.isdecimal() and len(rest) < 19):
        return visit.label("old_button")
    first, last = (date.fromisoformat(prompt[name]) for name in ("first", "last"))
    try:
        made = absences.put(visit.conn, visit.vault, visit.house, visit.actor, int(rest), first, last, visit.now)
    except DeskError as error:
        return visit.label(error.phrase)
    visit.expect(None)
    key = "desk_absence_unrelayed" if made.unrelayed else "desk_absence_set"
    visit.replace(press, key, **_fields(visit, made))
    return ""


def cancel(visit: Visit, press: Pressed, rest: str) -> str:
    number = int(rest) if rest.isdecimal() and len(rest) < 19 else 0
    try:
        absences.cancel(visit.conn, visit.vault, visit.house, visit.actor, number, visit.now)
    except DeskError as error:
        return visit.label(error.phrase)
    visit.replace(press, "page_told_absence_cancelled")
    return ""


def _who(visit: Visit, prompt: Mapping[str, str]) -> None:
    colleagues = handover.colleagues(visit.conn, visit.vault, visit.actor.id, visit.now)
    if not colleagues:
        visit.expect(None)
        return visit.say("page_absence_nobody")
    rows = [[(named(name), f"d:vs:{id}")] for id, name in colleagues[:MOST]]
    return visit.ask(prompt, "desk_absence_who", rows)


def _row(visit: Visit, one: Absence) -> str:
    return visit.label("page_absence_row", **_fields(visit, one))


def _fields(visit: Visit, one: Absence) -> dict[str, Any]:
    last = _day(visit, one.ends_at - timedelta(minutes=1))
    return {"first": _day(visit, one.starts_at), "last": last, "deputy": named(one.deputy)}


def _day(visit: Visit, at: datetime) -> str:
    return spoken_day(at, visit.case.zone)


def _example(visit: Visit, days: int) -> str:
    return _day(visit, visit.now + timedelta(days=days))
