"""Participants invited from an admin's page: one, or a whole list, which is read aloud before anything is written."""

import hashlib
from typing import Any

from bot.admin import enlisting, guestlist, roster
from bot.admin.enlisting import Plan, Usual
from bot.admin.guestlist import ListFaults
from bot.desk import DeskError, cohorts, invitations
from bot.store import audit
from bot.web import preferences
from bot.web.answer import DESK, Answer, Page
from bot.web.handing import handed
from bot.web.sitting import Sitting

HERE = f"{DESK}/invitations"


def page(sitting: Sitting) -> Answer:
    return _page(sitting)


def one(sitting: Sitting) -> Answer:
    """One participant; their link is shown once."""
    form = sitting.form
    usual = _usual(sitting)
    try:
        made = invitations.invite(
            sitting.conn, sitting.vault, sitting.house, role="participant", name=form.get("prenom", ""),
            zone=usual.zone, now=sitting.now, coach_id=_coach(sitting), programme=usual.programme, format=usual.format,
            cohort=usual.cohort, by=audit.by(sitting.actor, "page"),
        )  # fmt: skip
    except DeskError as error:
        return _page(sitting, sitting.say(error.phrase))
    return handed(sitting, [(invitations.cleaned(form["prenom"]), made)], HERE)


def reread(sitting: Sitting) -> Answer:
    """What a list would do, or each of its faults; nothing is written."""
    try:
        return _page(sitting, plan=_plan(sitting))
    except ListFaults as error:
        return _page(sitting, faults=guestlist.told(error.faults))
    except DeskError as error:
        return _page(sitting, sitting.say(error.phrase))


def enlist(sitting: Sitting) -> Answer:
    """The whole list, as it was read aloud, or nobody."""
    try:
        plan = _plan(sitting)
        if sitting.form.get("lu") != _seen(sitting):
            return _page(sitting, plan=plan, other=True)
        made = enlisting.enlist(sitting.conn, sitting.vault, plan, audit.by(sitting.actor, "page"), sitting.now)
    except ListFaults as error:
        return _page(sitting, faults=guestlist.told(error.faults))
    except DeskError as error:
        return _page(sitting, sitting.say(error.phrase))
    return handed(sitting, list(zip([one.name for one in plan.newcomers], made, strict=True)), HERE)


def _plan(sitting: Sitting) -> Plan:
    """Raises ListFaults, DeskError."""
    text = sitting.form.get("liste", "")
    return enlisting.drawn_up(sitting.conn, sitting.vault, sitting.house, text, _usual(sitting), sitting.now)


def _seen(sitting: Sitting) -> str:
    """A mark of the list and the choices around it: what was read aloud is what is done."""
    words = (sitting.form.get("liste", "").strip(), _usual(sitting))
    return hashlib.sha256(repr(words).encode()).hexdigest()[:16]


def _usual(sitting: Sitting) -> Usual:
    form = sitting.form
    programmes = sorted(sitting.house.library.programmes)
    offered = [one.id for one in sitting.house.library.formats if one.open]
    return Usual(
        form.get("fuseau") or sitting.actor.zone, sitting.number("coach"), form.get("cohorte") or None,
        form.get("programme") or programmes[0], form.get("format") or next(iter(offered), "accompagne"),
    )  # fmt: skip


def _coach(sitting: Sitting) -> int:
    """Raises DeskError: a participant is somebody's."""
    number = sitting.number("coach")
    if number is None:
        raise DeskError("unknown_coach")
    return number


def _page(
    sitting: Sitting, refusal: str = "", plan: Plan | None = None, faults: list[str] | None = None, other: bool = False
) -> Page:  # fmt: skip
    fields: dict[str, Any] = {
        "coaches": roster.coaches(sitting.conn, sitting.vault, sitting.now), "open": cohorts.open_names(sitting.conn),
        "programmes": sorted(sitting.house.library.programmes.values(), key=lambda one: one.id),
        "formats": [one for one in sitting.house.library.formats if one.open],
        "zones": preferences.zones_offered(sitting.actor.zone), "typed": sitting.form, "refusal": refusal,
        "plan": plan, "seen": _seen(sitting), "other": other, "faults": faults or [],
        "example": guestlist.FAULTS["no_name"][1],
    }  # fmt: skip
    return Page("inviting.html", fields, 422 if refusal or faults or other else 200)
