"""A push prepared by chat: to whom, what, when; a preview of exactly what will be read; then sent, or not (S15).

What is chosen so far lies in the admin's prompt. A button carries the prompt's mark: an older one finds another.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot.conversation.update import Heard, Pressed
from bot.desk import pushes
from bot.desk.dictation import Unclear, moment
from bot.desk.roll import listed, named
from bot.desk.visit import Visit
from bot.store import tables as t
from bot.telegram.length import MOST, units
from flows.calendar import spoken
from flows.usage import LONE

PUSH = "push"
PAGE = 8
"""Capsules shown at a time."""

NAMED = 30
"""People named in one line."""

LABEL = 48
STATES = ("sent", "ready", "planned", "queued", "held", "doubtful", "refused", "cancelled", "skipped")


def begin(visit: Visit, rest: str) -> None:
    """`/pousser`: to whom?"""
    found = pushes.cohorts(visit.conn)
    mark = secrets.token_hex(3)
    rows = [[(f"{_short(name)} ({n})", f"d:{mark}:to:{place}")] for place, (name, n) in enumerate(found)]
    rows.append([(visit.label("push_everybody"), f"d:{mark}:to:all"), (visit.label("push_cancel"), f"d:{mark}:drop")])
    visit.ask({"ask": PUSH, "mark": mark, "cohorts": [name for name, _ in found]}, "push_who", rows)


def heard(visit: Visit, said: Heard) -> None:
    """The words of the push, or its date: whichever was asked for."""
    prompt = dict(visit.actor.prompt)
    step = prompt.pop("step")
    if step == "date":
        return _dated(visit, prompt, said.text)
    text = said.text.strip()
    if not text or said.files:
        return visit.say("push_only_words")
    if units(text) > MOST:
        return visit.say("push_too_long", n=MOST)
    return _when(visit, {**prompt, "body": {"text": text}})


def pressed(visit: Visit, press: Pressed, data: str) -> str:
    """Acts on a button; the line that refuses it, or nothing."""
    mark, _, rest = data.partition(":")
    verb, _, what = rest.partition(":")
    prompt = visit.actor.prompt
    if mark in ("out", "stop"):
        return _afterwards(visit, press, mark, rest)
    if not isinstance(prompt, dict) or prompt.get("ask") != PUSH or prompt.get("mark") != mark:
        return visit.label("old_button")
    return _chosen(visit, press, {name: value for name, value in prompt.items() if name != "step"}, verb, what)


def _chosen(visit: Visit, press: Pressed, prompt: dict[str, Any], verb: str, what: str) -> str:
    match verb, prompt:
        case "drop", _:
            visit.expect(None)
            visit.replace(press, "push_cancelled")
        case "to", _:
            return _to(visit, press, prompt, what)
        case "text", {"cohort": _}:
            visit.ask({**prompt, "step": "text"}, "push_write")
        case "capsules", {"cohort": _} if what.isdecimal() and len(what) < 4:
            _capsules(visit, prompt, int(what))
        case "capsule", {"cohort": _} if what in visit.house.library.capsules:
            _when(visit, {**prompt, "body": {"flow": LONE + what}})
        case "now", {"body": _}:
            _preview(visit, {**prompt, "at": None})
        case "date", {"body": _}:
            visit.ask({**prompt, "step": "date"}, "push_date_how")
        case "send", {"body": _, "at": _}:
            _send(visit, press, prompt)
        case _:
            return visit.label("old_button")
    return ""


# --- the choices -----------------------------------------------------------------------------


def _to(visit: Visit, press: Pressed, prompt: dict[str, Any], what: str) -> str:
    names: Sequence[str] = prompt["cohorts"]
    if what != "all" and not (what.isdecimal() and len(what) < 4 and int(what) < len(names)):
        return visit.label("old_button")
    cohort = pushes.EVERYBODY if what == "all" else names[int(what)]
    mark = prompt["mark"]
    visit.expect({**prompt, "cohort": cohort})
    rows = [[(visit.label("push_text"), f"d:{mark}:text"), (visit.label("push_capsule"), f"d:{mark}:capsules:0")],
            [(visit.label("push_cancel"), f"d:{mark}:drop")]]  # fmt: skip
    shown = visit.label("push_everybody") if what == "all" else cohort
    visit.replace(press, "push_what", rows, cohort=shown)
    return ""


def _capsules(visit: Visit, prompt: Mapping[str, Any], page: int) -> None:
    mark, found = prompt["mark"], sorted(visit.house.library.capsules.values(), key=lambda c: c.title)
    rows = [[(_short(c.title), f"d:{mark}:capsule:{c.id}")] for c in found[page * PAGE : (page + 1) * PAGE]]
    if len(found) > (page + 1) * PAGE:
        rows.append([(visit.label("push_more"), f"d:{mark}:capsules:{page + 1}")])
    visit.say("push_choose", rows)


def _when(visit: Visit, prompt: Mapping[str, Any]) -> None:
    mark = prompt["mark"]
    rows = [[(visit.label("push_now"), f"d:{mark}:now"), (visit.label("push_date"), f"d:{mark}:date")],
            [(visit.label("push_cancel"), f"d:{mark}:drop")]]  # fmt: skip
    visit.ask(prompt, "push_when", rows)


def _dated(visit: Visit, prompt: Mapping[str, Any], text: str) -> None:
    try:
        at = moment(text, visit.now, visit.case.zone)
    except Unclear:
        return visit.say("push_date_unclear")
    local = at.astimezone(visit.case.zone).replace(tzinfo=None)
    return _preview(visit, {**prompt, "at": local.isoformat()})


# --- preview, and what follows ---------------------------------------------------------------


def _preview(visit: Visit, prompt: Mapping[str, Any]) -> None:
    """The message itself, then who gets it, who does not and why (S15)."""
    found = _found(visit, prompt)
    left_out = [f"{named(name)} ({visit.label(f'push_reason_{why}')})" for _, name, why in found.excluded]
    excluded = [visit.house.speech.say("push_left_out", list=listed(visit.house, left_out, NAMED))] if left_out else []
    if not found.included:
        visit.expect(None)
        return visit.show("\n\n".join([*excluded, visit.house.speech.say("push_nobody_left")]))
    for message in _messages(visit, prompt["body"]):
        visit.send("sendMessage", message)
    mark = secrets.token_hex(3)
    visit.expect({**prompt, "mark": mark})
    label = visit.label("push_send_again" if found.repeat else "push_send")
    rows = [[(label, f"d:{mark}:send"), (visit.label("push_cancel"), f"d:{mark}:drop")]]
    again = [visit.house.speech.say("push_repeat")] if found.repeat else []
    return visit.show("\n\n".join([_headline(visit, prompt, len(found.included)), *excluded, *again]), rows)


def _headline(visit: Visit, prompt: Mapping[str, Any], n: int) -> str:
    at = _at(prompt)
    if at is None:
        return visit.house.speech.say("push_preview_now", n=n)
    date = spoken(at.replace(tzinfo=visit.case.zone), visit.case.zone)
    return visit.house.speech.say("push_preview_at", n=n, date=date)


def _messages(visit: Visit, body: Mapping[str, str]) -> list[dict[str, Any]]:
    speech = visit.house.speech
    if "text" in body:
        return [speech.message(speech.free(body["text"]))]
    return speech.capsule(visit.house.library.capsules[body["flow"].removeprefix(LONE)])


def _found(visit: Visit, prompt: Mapping[str, Any]) -> pushes.Preview:
    return pushes.preview(
        visit.conn, visit.vault, visit.house, body=prompt["body"], now=visit.now, cohort=prompt["cohort"]
    )


def _at(prompt: Mapping[str, Any]) -> datetime | None:
    return datetime.fromisoformat(prompt["at"]) if prompt["at"] else None


def _send(visit: Visit, press: Pressed, prompt: Mapping[str, Any]) -> None:
    """Whoever became excluded since the preview is left out; the prompt goes, so that a second press finds nothing."""
    visit.expect(None)
    push_id = pushes.plan(
        visit.conn, visit.vault, visit.house, by_id=visit.actor.id, body=prompt["body"], at=_at(prompt), now=visit.now,
        cohort=prompt["cohort"],
    )  # fmt: skip
    n = pushes.tally(pushes.outcome(visit.conn, push_id))["planned"]
    rows = [[(visit.label("push_follow"), f"d:out:{push_id}"), (visit.label("push_stop"), f"d:stop:{push_id}")]]
    visit.replace(press, "push_planned", rows, n=n)


def _afterwards(visit: Visit, press: Pressed, verb: str, push_id: str) -> str:
    if not push_id.isdecimal() or len(push_id) > 18:
        return visit.label("old_button")
    if verb == "stop":
        stopped = pushes.cancel(visit.conn, int(push_id), visit.now)
        visit.say("push_stopped" if stopped else "push_all_gone", n=stopped)
    fates = pushes.outcome(visit.conn, int(push_id))
    if not fates:
        return visit.label("old_button")
    visit.show(_outcome(visit, push_id, fates))
    return ""


def _outcome(visit: Visit, push_id: str, fates: Sequence[pushes.Fate]) -> str:
    """Each state with how many and who; of those who get nothing, why."""
    names = _names(visit, [fate.person_id for fate in fates])
    say = visit.house.speech.say
    rows = []
    for state in STATES:
        who = [_who(visit, names, fate) for fate in fates if fate.state == state]
        if who:
            what = visit.label(f"push_state_{state}")
            rows.append(say("push_outcome_row", what=what, n=len(who), list=listed(visit.house, who, NAMED)))
    return "\n\n".join([say("push_outcome", id=push_id), *rows])


def _who(visit: Visit, names: Mapping[int, str], fate: pushes.Fate) -> str:
    reason = f"push_reason_{fate.why}"
    known = fate.state == "skipped" and fate.why and reason in visit.house.speech.phrases
    return f"{names[fate.person_id]} ({visit.label(reason)})" if known else names[fate.person_id]


def _names(visit: Visit, ids: Sequence[int]) -> dict[int, str]:
    p, found = t.people.c, {}
    for start in range(0, len(ids), pushes.SLICE):
        rows = visit.conn.execute(select(p.id, p.name).where(p.id.in_(ids[start : start + pushes.SLICE]))).all()
        visit.vault.ready(visit.conn, [row.id for row in rows], visit.now)
        found.update({row.id: named(visit.vault.open_text(row.id, "people.name", row.name)) for row in rows})
    return {id: found.get(id, "?") for id in ids}


def _short(text: str) -> str:
    return text if len(text) <= LABEL else text[: LABEL - 1] + "…"
