"""A programme as its author writes it: hours and pace, phases, sessions, and whether these make a whole.

Knows which flows and phrases exist when told; knows no date of anybody.
"""

import re
from typing import Literal, TypeAlias, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flows.closing import closing
from flows.envois import Calls, Flows, Phrases, envois, flow, given
from flows.model import Gentle, Hours, Phase, Programme, Session, Takeaway
from flows.notation import clock, days, hours
from flows.page import Node, Page, Rows, Series
from flows.prose import line
from flows.regard import actions, compare, energy, fears
from flows.sheet import Sheet, decimal, name, named, one_of, series, unknown, whole, words

Legal: TypeAlias = Literal["preliminaire", "investigation", "conclusions"]

WHAT: tuple[Literal["", "synthese"], ...] = ("", "synthese")

PROGRAMME = (
    *("programme", "title", "zone", "hours", "pace", "dormancy", "resume", "rest", "welcome", "first", "gentle"),
    *("phases", "sessions", "envois", "energy", "compare", "fears", "actions", "leave", "closing"),
)
WEEK = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
SESSION = re.compile(r"S[0-9]{1,2}")
COUNTRY = re.compile(r"[A-Z]{2}")
LONGEST_DAY = 24
COUNTED = range(1, 11)
"""S1 to S10 are the bilan; S0 comes before the contract, S11 six months after."""

LEAST, MOST = 13, 24
"""Hours of a bilan, all sessions together."""


def counted(session: str) -> bool:
    """Whether the hours of a session are of the bilan itself."""
    return session in {f"S{n}" for n in COUNTED}


def programme(page: Page, node: Node | None, flows: Flows | None, phrases: Phrases | None) -> Programme:
    """The programme on a page; `flows` and `phrases` are what it may refer to, None to leave that unchecked."""
    sheet = Sheet.open(page, node, PROGRAMME)
    phases = tuple(_phase(page, each, flows) for each in _listed(page, sheet, "phases"))
    sessions = tuple(_session(page, each, [phase.id for phase in phases]) for each in _listed(page, sheet, "sessions"))
    calls = Calls([session.id for session in sessions], flows, phrases)
    sent = envois(page, _listed(page, sheet, "envois"), calls)
    for key, items in (("phases", phases), ("sessions", sessions), ("envois", sent)):
        _once(page, sheet.get(key), [item.id for item in items])
    _whole(sheet, phases, sessions, {envoi.when.session for envoi in sent})
    pace = Sheet.open(page, sheet.get("pace"), ("per_day", "per_week"))
    return Programme(
        id=named(page, sheet.need("programme"), page.file),
        title=line(page, sheet.need("title")),
        zone=_zone(page, sheet.need("zone")),
        hours=_hours(page, sheet.need("hours")),
        phases=phases,
        sessions=sessions,
        envois=sent,
        per_day=whole(page, pace.get("per_day"), 1, 5) if "per_day" in pace.rows else 1,
        per_week=whole(page, pace.get("per_week"), 1, 20) if "per_week" in pace.rows else 3,
        dormancy=days(page, sheet.get("dormancy")) if "dormancy" in sheet.rows else 7,
        resume=hours(page, sheet.get("resume")) if "resume" in sheet.rows else 6,
        rest=hours(page, sheet.get("rest")) if "rest" in sheet.rows else 24,
        welcome=flow(page, sheet.get("welcome"), flows),
        first=flow(page, sheet.get("first"), flows),
        gentle=_gentle(page, sheet.get("gentle"), flows),
        energy=energy(page, sheet.get("energy"), flows),
        compare=compare(page, sheet.get("compare"), flows),
        fears=fears(page, sheet.get("fears"), flows),
        actions=actions(page, sheet.get("actions"), flows),
        leave=given(page, sheet.get("leave"), flows),
        closing=closing(page, sheet.get("closing"), flows),
    )


def _whole(sheet: Sheet, phases: tuple[Phase, ...], sessions: tuple[Session, ...], told: set[str]) -> None:
    """Warns of what is missing, once the parts are right; a programme being written may be tried all the same."""
    page, lived = sheet.page, {session.phase for session in sessions}
    if page.faults:
        return
    for node, phase in zip(_items(sheet, "phases"), phases, strict=True):
        if phase.id not in lived:
            page.warn(
                node.mark, f"aucune séance dans la phase « {phase.id} »", "une séance de cette phase, ou retirez-la"
            )
    for node, session in zip(_items(sheet, "sessions"), sessions, strict=True):
        if session.id not in told:
            page.warn(node.mark, f"rien n'est envoyé autour de « {session.id} »", "un envoi, ne serait-ce qu'un rappel")
    total = sum(session.hours for session in sessions if counted(session.id))
    if sessions and not LEAST <= total <= MOST:
        page.warn(sheet.at("sessions"), f"{total:g} h de S1 à S10", f"des séances de {LEAST} h à {MOST} h en tout")


def _items(sheet: Sheet, key: str) -> tuple[Node, ...]:
    node = sheet.get(key)
    return node.items if isinstance(node, Series) else ()


def _gentle(page: Page, node: Node | None, flows: Flows | None) -> Gentle:
    if node is None:
        return Gentle()
    sheet = Sheet.open(page, node, ("per_day", "per_week", "breath", "given"))
    return Gentle(
        whole(page, sheet.need("per_day"), 1, 5),
        whole(page, sheet.need("per_week"), 1, 20),
        days(page, sheet.need("breath")),
        given(page, sheet.get("given"), flows),
    )


def _listed(page: Page, sheet: Sheet, key: str) -> tuple[Node, ...]:
    return series(page, sheet.need(key), "une liste, un tiret par ligne")


def _once(page: Page, node: Node | None, ids: list[str]) -> None:
    """Each id of a list once; the second one is at fault."""
    items = node.items if isinstance(node, Series) else ()
    for nth, (each, id) in enumerate(zip(items, ids, strict=True)):
        if id and id in ids[:nth]:
            page.fault(each.mark, f"« {id} » est déjà pris plus haut", "un autre identifiant")


def _texts(page: Page, node: Node | None) -> tuple[str, ...]:
    return tuple(line(page, each) for each in series(page, node, "une liste : [un, deux]"))


def _zone(page: Page, node: Node | None) -> str:
    text = words(page, node, "« Europe/Paris »")
    try:
        return ZoneInfo(text).key if text else ""
    except (ZoneInfoNotFoundError, ValueError, OSError):
        if node and text.strip():
            page.fault(node.mark, f"le fuseau « {text[:48]} » n'existe pas", "un nom de lieu : « Europe/Paris »")
        return text


def _hours(page: Page, node: Node | None) -> Hours:
    sheet = Sheet.open(page, node, ("from", "to", "days", "holidays"))
    before = len(page.faults)
    start, end = clock(page, sheet.need("from")), clock(page, sheet.need("to"))
    if start >= end and not sheet.broken and len(page.faults) == before:
        page.fault(sheet.at("to"), "la fin n'est pas après le début", f"une heure après {start:%H:%M}")
    listed = series(page, sheet.need("days"), "« [lundi, mardi] »")
    opened = frozenset(WEEK.index(one_of(page, day, WEEK, "lundi")) for day in listed)
    if "days" in sheet.rows and not opened:
        page.fault(sheet.at("days"), "aucun jour d'envoi", "« [lundi, mardi, mercredi, jeudi, vendredi] »")
    return Hours(start, end, opened, _country(page, sheet.get("holidays")))


def _country(page: Page, node: Node | None) -> str:
    text = words(page, node, "« FR »")
    if node and text.strip() and text != "non" and not COUNTRY.fullmatch(text):
        page.fault(node.mark, f"« {text[:48]} » n'est pas un code de pays", "deux capitales : « FR », ou « non »")
    return "" if text == "non" else text


def _phase(page: Page, node: Node, flows: Flows | None) -> Phase:
    sheet = Sheet.open(page, node, ("phase", "title", "goal", "themes", "deliverables", "weeks"))
    return Phase(
        name(page, sheet.need("phase")),
        line(page, sheet.need("title")),
        line(page, sheet.need("goal")),
        _texts(page, sheet.get("themes")),
        tuple(
            _takeaway(page, each, flows) for each in series(page, sheet.get("deliverables"), "une liste : [un, deux]")
        ),
        whole(page, sheet.need("weeks"), 0, 104),
    )


def _takeaway(page: Page, node: Node, flows: Flows | None) -> Takeaway:
    """Words alone, `{title: …, flows: […]}`, or `{title: …, what: synthese}`."""
    if not isinstance(node, Rows):
        return Takeaway(line(page, node))
    sheet = Sheet.open(page, node, ("title", "flows", "what"))
    what = one_of(page, sheet.get("what"), WHAT, "")
    fed = series(page, sheet.get("flows") if what else sheet.need("flows"), "« [module] »")
    return Takeaway(line(page, sheet.need("title")), tuple(flow(page, each, flows) for each in fed), what)


def _session(page: Page, node: Node, phases: list[str]) -> Session:
    sheet = Sheet.open(page, node, ("session", "title", "phase", "legal", "hours", "goal"))
    id, phase = words(page, sheet.need("session"), "« S1 »"), name(page, sheet.need("phase"))
    if id.strip() and not SESSION.fullmatch(id):
        page.fault(sheet.at("session"), f"« {id[:48]} » n'est pas une séance", "« S » et un nombre : « S1 »")
    if phase.strip() and phase not in phases:
        unknown(page, sheet.at("phase"), "phase inconnue", phase, phases)
    length = decimal(page, sheet.need("hours"))
    if "hours" in sheet.rows and not 0 < length <= LONGEST_DAY:
        page.fault(sheet.at("hours"), "une durée de séance impossible", "des heures : « 2 » ou « 1.5 »")
    legal = one_of(page, sheet.need("legal"), get_args(Legal), "preliminaire")
    return Session(id, line(page, sheet.need("title")), phase, legal, float(length), line(page, sheet.get("goal")))
