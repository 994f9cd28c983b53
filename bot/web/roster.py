"""Who is in the house, for an admin: participants, team and formats, and what is done about one of them.

First names, states and counts; of a participant's words, nothing.
"""

from urllib.parse import urlencode

from bot.admin import roster
from bot.admin.roster import Sieve
from bot.desk import DeskError, cohorts, invitations, leaving
from bot.desk.roll import named
from bot.store import audit
from bot.web.answer import DESK, PREFIX, Answer, Go, Missing, Page
from bot.web.handing import handed
from bot.web.sitting import Sitting

PAGE = 50
"""Participants on one page."""

FARTHEST = 100_000
"""No list has as many pages."""

HERE = f"{DESK}/personnes"


def listed(sitting: Sitting) -> Answer:
    """Participants, sifted by cohort, coach, state and format."""
    query = sitting.query
    state = query.get("etat", "")
    sieve = Sieve(query.get("cohorte", ""), sitting.number("coach"), state if state in roster.STATES else "",
                  query.get("format", ""))  # fmt: skip
    nth = min(max(1, sitting.number("page") or 1), FARTHEST)
    offset = (nth - 1) * PAGE
    found, total = roster.page(sitting.conn, sitting.vault, sieve, sitting.now, PAGE, offset)
    if offset and not found:
        return Missing()
    kept = {name: query[name] for name in ("cohorte", "coach", "etat", "format") if query.get(name)}
    fields = {
        "found": found, "total": total, "sieve": sieve, "sifted": bool(kept), "choices": _choices(sitting),
        "counts": roster.states(sitting.conn), "titles": _titles(sitting),
        "before": _turned(kept, nth - 1) if nth > 1 else "",
        "after": _turned(kept, nth + 1) if offset + PAGE < total else "",
    }  # fmt: skip
    return Page("roster.html", fields)


def _choices(sitting: Sitting) -> dict[str, list[tuple[object, str]]]:
    """What a list may be sifted by: value and words of each."""
    groups = [(one.name, one.name) for one in cohorts.listed(sitting.conn) if one.people]
    return {
        "cohort": [*groups, (roster.NONE, sitting.say("page_no_cohort"))],
        "coach": [(id, named(name)) for id, name in roster.coaches(sitting.conn, sitting.vault, sitting.now)],
        "state": [(state, sitting.say(f"page_standing_{state}")) for state in roster.STATES],
        "format": [(one.id, one.title) for one in roster.offers(sitting.conn, sitting.house)],
    }


def _titles(sitting: Sitting) -> dict[str, str]:
    """Formats by id, as they are called."""
    return {one.id: one.title for one in sitting.house.library.formats}


def _turned(kept: dict[str, str], nth: int) -> str:
    return f"{PREFIX}{HERE}?{urlencode({**kept, 'page': nth})}"


def team(sitting: Sitting) -> Answer:
    return _team(sitting)


def _team(sitting: Sitting, refusal: str = "") -> Page:
    fields = {
        "team": roster.team(sitting.conn, sitting.vault, sitting.now), "typed": sitting.form, "refusal": refusal,
        "offers": roster.offers(sitting.conn, sitting.house), "roles": roster.STAFF,
    }  # fmt: skip
    return Page("team.html", fields, 422 if refusal else 200)


def join(sitting: Sitting) -> Answer:
    """A coach, an admin or a référent invited; their link is shown once."""
    role = sitting.form.get("role", "")
    try:
        if role not in roster.STAFF:
            raise DeskError("unknown_role")
        made = invitations.invite(
            sitting.conn, sitting.vault, sitting.house, role=role, name=sitting.form.get("prenom", ""),
            zone=sitting.actor.zone, now=sitting.now, by=audit.by(sitting.actor, "page"),
        )  # fmt: skip
    except DeskError as error:
        return _team(sitting, sitting.say(error.phrase))
    return handed(sitting, [(invitations.cleaned(sitting.form["prenom"]), made)], f"{DESK}/equipe", staff=True)


# --- one person ------------------------------------------------------------------------------


def person(sitting: Sitting) -> Answer:
    return _person(sitting)


def _person(sitting: Sitting, refusal: str = "") -> Answer:
    number = sitting.number("person") or 0
    one = roster.one(sitting.conn, sitting.vault, number, sitting.now)
    member = None if one else roster.member(sitting.conn, sitting.vault, number, sitting.now)
    if one is None and member is None:
        return Missing()
    fields = {"one": one or member, "participant": one is not None, "open": cohorts.open_names(sitting.conn),
              "title": _titles(sitting).get(one.format, one.format) if one else "", "refusal": refusal,
              "own": number == sitting.actor.id}  # fmt: skip
    return Page("roster_person.html", fields, 422 if refusal else 200)


def put(sitting: Sitting) -> Answer:
    """Into another cohort, or into none."""
    number = sitting.number("person") or 0
    name = sitting.form.get("cohorte", "")
    try:
        cohorts.put(sitting.conn, audit.by(sitting.actor, "page"), number, name or None, sitting.now)
    except DeskError as error:
        return _person(sitting, sitting.say(error.phrase))
    return Go(f"{HERE}/{number}", "page_told_put")


def relink(sitting: Sitting) -> Answer:
    """A new link, shown once: for a lost one, or a new Telegram account (S6)."""
    number = sitting.number("person") or 0
    one = roster.one(sitting.conn, sitting.vault, number, sitting.now)
    member = None if one else roster.member(sitting.conn, sitting.vault, number, sitting.now)
    known = one or member
    if known is None:
        return Missing()
    made = invitations.reinvite(sitting.conn, number, sitting.now, audit.by(sitting.actor, "page"))
    return handed(sitting, [(known.name, made)], f"{HERE}/{number}", staff=one is None, moves=known.known)


def revoke(sitting: Sitting) -> Answer:
    """The link they hold opens nothing any more."""
    number = sitting.number("person") or 0
    try:
        invitations.revoke(sitting.conn, number, sitting.now, audit.by(sitting.actor, "page"))
    except DeskError as error:
        return _person(sitting, sitting.say(error.phrase))
    return Go(f"{HERE}/{number}", "page_told_revoked")


def take_away(sitting: Sitting) -> Answer:
    """Somebody who never came in, taken out of every list."""
    number = sitting.number("person") or 0
    by = audit.by(sitting.actor, "page")
    try:
        leaving.take_away(sitting.conn, sitting.vault, sitting.house, number, by, sitting.now)
    except DeskError as error:
        return _person(sitting, sitting.say(error.phrase))
    return Go(HERE, "page_told_taken_away")
