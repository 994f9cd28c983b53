"""An admin's invitation by chat: a first name, then a coach, then a cohort; and who is there, counted.

What is chosen so far lies in the admin's prompt; a button carries its mark, so that an older one finds another.
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from bot.admin import roster
from bot.conversation.update import Pressed
from bot.desk import cohorts, invitations
from bot.desk.firstnames import cleaned
from bot.desk.inviting import hand_over
from bot.desk.roll import named
from bot.desk.visit import Visit
from bot.store import audit

NAME, COACH, COHORT = "placed_name", "placed_coach", "placed_cohort"
PAGE = 8
"""Buttons of one choice shown at a time."""

LABEL = 48
NONE = "-"


def invite(visit: Visit, name: str) -> None:
    """`/inviter Prénom`; without the first name, it is asked for."""
    if not name:
        return visit.ask({"ask": NAME}, "admin_invite_name")
    visit.expect({"ask": NAME})
    name = cleaned(name)
    found = roster.coaches(visit.conn, visit.vault, visit.now)
    if not found:
        visit.expect(None)
        return visit.say("admin_invite_no_coach")
    prompt = {"ask": COACH, "name": name, "mark": secrets.token_hex(3), "coaches": [list(one) for one in found]}
    return visit.ask(prompt, "admin_invite_coach", _rows(visit, "pc", prompt, _named(found), 0), name=name)


def coach(visit: Visit, press: Pressed, rest: str) -> str:
    """A coach chosen, or more of them asked for."""
    prompt, what = _held(visit, COACH, rest)
    if prompt is None:
        return visit.label("old_button")
    found: Sequence[Any] = prompt["coaches"]
    if (page := _page(what)) is not None:
        rows = _rows(visit, "pc", prompt, _named(found), page)
        visit.replace(press, "admin_invite_coach", rows, name=prompt["name"])
        return ""
    chosen = _nth(found, what)
    if chosen is None:
        return visit.label("old_button")
    names = cohorts.open_names(visit.conn)
    kept = {"ask": COHORT, "name": prompt["name"], "mark": prompt["mark"], "coach": chosen[0], "cohorts": names}
    visit.expect(kept)
    if not names:
        _made(visit, kept, None)
    else:
        visit.replace(press, "admin_invite_cohort", _choices(visit, kept, 0), name=prompt["name"])
    return ""


def cohort(visit: Visit, press: Pressed, rest: str) -> str:
    """A cohort chosen, or none: the invitation is made."""
    prompt, what = _held(visit, COHORT, rest)
    if prompt is None:
        return visit.label("old_button")
    if (page := _page(what)) is not None:
        visit.replace(press, "admin_invite_cohort", _choices(visit, prompt, page), name=prompt["name"])
        return ""
    chosen = None if what == NONE else _nth(prompt["cohorts"], what)
    if chosen is None and what != NONE:
        return visit.label("old_button")
    _made(visit, prompt, chosen)
    return ""


def _made(visit: Visit, prompt: Mapping[str, Any], group: str | None) -> None:
    made = invitations.invite(
        visit.conn, visit.vault, visit.house, role="participant", name=prompt["name"], zone=visit.actor.zone,
        now=visit.now, coach_id=prompt["coach"], cohort=group, by=audit.by(visit.actor, "telegram"), **_usual(visit),
    )  # fmt: skip
    visit.expect(None)
    hand_over(visit, made, "desk_invited", prompt["name"])


def _usual(visit: Visit) -> dict[str, str]:
    """The programme and format of whoever is invited by chat; the page and the terminal offer the others."""
    offered = next((one for one in visit.house.library.formats if one.open), None)
    return {"programme": offered.programme, "format": offered.id} if offered else {}


# --- buttons ---------------------------------------------------------------------------------


def _held(visit: Visit, ask: str, rest: str) -> tuple[Any, str]:
    """The open question, if this button is one of its own, and what the button says."""
    mark, _, what = rest.partition(":")
    prompt = visit.actor.prompt
    good = isinstance(prompt, dict) and prompt.get("ask") == ask and prompt.get("mark") == mark
    return (prompt if good else None), what


def _page(what: str) -> int | None:
    return int(what[1:]) if what[:1] == "p" and what[1:].isdecimal() and len(what) < 5 else None


def _nth(found: Sequence[Any], what: str) -> Any:
    return found[int(what)] if what.isdecimal() and len(what) < 5 and int(what) < len(found) else None


def _named(found: Sequence[Any]) -> list[str]:
    return [name for _, name in found]


def _rows(visit: Visit, verb: str, prompt: Mapping[str, Any], labels: Sequence[str], page: int) -> Any:
    mark, first = prompt["mark"], page * PAGE
    shown = labels[first : first + PAGE]
    rows = [[(_short(label), f"d:{verb}:{mark}:{first + n}")] for n, label in enumerate(shown)]
    if len(labels) > first + PAGE:
        rows.append([(visit.label("admin_more"), f"d:{verb}:{mark}:p{page + 1}")])
    return rows


def _choices(visit: Visit, prompt: Mapping[str, Any], page: int) -> Any:
    none = [(visit.label("admin_no_cohort"), f"d:pk:{prompt['mark']}:{NONE}")]
    return [*_rows(visit, "pk", prompt, prompt["cohorts"], page), none]


def _short(text: str) -> str:
    shown = named(text)
    return shown if len(shown) <= LABEL else shown[: LABEL - 1] + "…"


# --- counts ----------------------------------------------------------------------------------


def groups(visit: Visit, rest: str) -> None:
    """`/cohortes`: each with how many people."""
    found = cohorts.listed(visit.conn)
    lines = [visit.label("admin_cohort_row_closed" if one.closed_at else "admin_cohort_row", name=named(one.name),
                         n=one.people) for one in found]  # fmt: skip
    visit.say("admin_cohorts" if found else "admin_cohorts_none", list="\n".join(lines))


def people(visit: Visit, rest: str) -> None:
    """`/personnes`: how many in each state."""
    found = roster.states(visit.conn)
    lines = [visit.label("admin_people_row", what=visit.label(f"page_standing_{state}"), n=n)
             for state, n in found.items()]  # fmt: skip
    visit.say("admin_people" if found else "admin_people_none", list="\n".join(lines))
