"""A programme as its author writes it: phases, sessions, and what is sent when.

Knows which flows and phrases exist when told; knows no date of anybody.
"""

import re
from collections.abc import Collection, Mapping
from typing import Literal, TypeAlias, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flows.model import Envoi, Gentle, Given, Hours, Kind, Late, Mode, Moment, Phase, Programme, Session
from flows.notation import clock, days, hours, moment
from flows.page import Node, Page, Series
from flows.prose import gentle, line
from flows.sheet import Sheet, decimal, flag, name, named, one_of, rows, series, unknown, whole, words

Phrases: TypeAlias = Mapping[str, str | Mapping[str, str]]
Legal: TypeAlias = Literal["preliminaire", "investigation", "conclusions"]
Side: TypeAlias = Literal["avant", "apres", ""]

PROGRAMME = (
    *("programme", "title", "zone", "hours", "pace", "dormancy", "resume", "rest", "welcome", "first", "gentle"),
    *("phases", "sessions", "envois"),
)
ENVOI = (
    *("envoi", "when", "flow", "message", "kind", "mode", "until", "late", "moment"),
    *("overlay", "given", "paced", "again"),
)
WEEK = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
SESSION = re.compile(r"S[0-9]{1,2}")
COUNTRY = re.compile(r"[A-Z]{2}")
LONGEST_DAY = 24


def programme(page: Page, node: Node | None, flows: Collection[str] | None, phrases: Phrases | None) -> Programme:
    """The programme on a page; `flows` and `phrases` are what it may refer to, None to leave that unchecked."""
    sheet = Sheet.open(page, node, PROGRAMME)
    phases = tuple(_phase(page, each) for each in _listed(page, sheet, "phases"))
    sessions = tuple(_session(page, each, [phase.id for phase in phases]) for each in _listed(page, sheet, "sessions"))
    order = [session.id for session in sessions]
    envois = tuple(_envoi(page, each, order, flows, phrases) for each in _listed(page, sheet, "envois"))
    for key, items in (("phases", phases), ("sessions", sessions), ("envois", envois)):
        _once(page, sheet.get(key), [item.id for item in items])
    pace = Sheet.open(page, sheet.get("pace"), ("per_day", "per_week"))
    return Programme(
        id=named(page, sheet.need("programme"), page.file),
        title=line(page, sheet.need("title")),
        zone=_zone(page, sheet.need("zone")),
        hours=_hours(page, sheet.need("hours")),
        phases=phases,
        sessions=sessions,
        envois=envois,
        per_day=whole(page, pace.get("per_day"), 1, 5) if "per_day" in pace.rows else 1,
        per_week=whole(page, pace.get("per_week"), 1, 20) if "per_week" in pace.rows else 3,
        dormancy=days(page, sheet.get("dormancy")) if "dormancy" in sheet.rows else 7,
        resume=hours(page, sheet.get("resume")) if "resume" in sheet.rows else 6,
        rest=hours(page, sheet.get("rest")) if "rest" in sheet.rows else 24,
        welcome=_flow(page, sheet.get("welcome"), flows),
        first=_flow(page, sheet.get("first"), flows),
        gentle=_gentle(page, sheet.get("gentle"), flows),
    )


def _gentle(page: Page, node: Node | None, flows: Collection[str] | None) -> Gentle:
    if node is None:
        return Gentle()
    sheet = Sheet.open(page, node, ("per_day", "per_week", "breath", "given"))
    return Gentle(
        whole(page, sheet.need("per_day"), 1, 5),
        whole(page, sheet.need("per_week"), 1, 20),
        days(page, sheet.need("breath")),
        _given(page, sheet.get("given"), flows),
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


def _phase(page: Page, node: Node) -> Phase:
    sheet = Sheet.open(page, node, ("phase", "title", "goal", "themes", "deliverables", "weeks"))
    return Phase(
        name(page, sheet.need("phase")),
        line(page, sheet.need("title")),
        line(page, sheet.need("goal")),
        _texts(page, sheet.get("themes")),
        _texts(page, sheet.get("deliverables")),
        whole(page, sheet.need("weeks"), 0, 104),
    )


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


# --- envois ----------------------------------------------------------------------------------

LATE: Mapping[str, Late] = {"content": "sauter", "preparation": "condenser", "reminder": "envoyer"}
"""What becomes of an item booked late when its author does not say (S8.4)."""


def _envoi(page: Page, node: Node, order: list[str], flows: Collection[str] | None, phrases: Phrases | None) -> Envoi:
    sheet = Sheet.open(page, node, ENVOI)
    when = _when(page, sheet.need("when"), order)
    kind = one_of(page, sheet.need("kind"), get_args(Kind), "content")
    flow, message = _flow(page, sheet.get("flow"), flows), words(page, sheet.get("message"))
    _phrase(page, sheet, message, kind, phrases)
    if not sheet.broken and ("flow" in sheet.rows) == ("message" in sheet.rows):
        page.fault(sheet.mark, "un envoi porte un module ou un message", "« flow: » ou « message: », un seul des deux")
    return Envoi(
        name(page, sheet.need("envoi")),
        when,
        kind,
        flow,
        message,
        one_of(page, sheet.get("mode"), get_args(Mode), "attendre"),
        _until(page, sheet.get("until"), when, order),
        one_of(page, sheet.get("late"), get_args(Late), LATE[kind]),
        one_of(page, sheet.get("moment"), get_args(Side), ""),
        name(page, sheet.get("overlay")),
        _given(page, sheet.get("given"), flows),
        "paced" not in sheet.rows or flag(page, sheet.get("paced")),
        flag(page, sheet.get("again")),
    )


def _given(page: Page, node: Node | None, flows: Collection[str] | None) -> Given:
    """`{module.question: [valeur]}`: which answers must stand for the item to be sent."""
    found: list[tuple[str, frozenset[str]]] = []
    for key, value in rows(page, node, "« {module.question: [valeur]} »"):
        flow, _, question = key.text.partition(".")
        if not question:
            page.fault(key.mark, f"« {key.text[:48]} » ne nomme pas une question", "« module.question »")
        elif flows is not None and flow not in flows:
            unknown(page, key.mark, "module inconnu", flow, sorted(flows))
        accepted = frozenset(words(page, each) for each in series(page, value, "« [valeur, valeur] »"))
        if isinstance(value, Series) and not accepted:
            page.fault(value.mark, "aucune valeur acceptée", f"« {key.text[:48]}: [valeur] »")
        found.append((key.text, accepted))
    return tuple(found)


def _when(page: Page, node: Node | None, order: list[str]) -> Moment:
    read = moment(page, node)
    if node and read and read.session not in order:
        unknown(page, node.mark, "séance inconnue", read.session, order)
    return read or Moment("")


def _until(page: Page, node: Node | None, when: Moment, order: list[str]) -> str:
    text = words(page, node, "une séance : « S2 »")
    if node and text.strip() and text not in order:
        unknown(page, node.mark, "séance inconnue", text, order)
    elif node and text in order and when.session in order and order.index(text) < order.index(when.session):
        page.fault(node.mark, f"« {text} » a lieu avant « {when.session} »", "une séance qui ne vient pas avant")
    return text


def _flow(page: Page, node: Node | None, flows: Collection[str] | None) -> str:
    text = words(page, node, "le nom d'un module")
    if node and text.strip() and flows is not None and text not in flows:
        unknown(page, node.mark, "module inconnu", text, sorted(flows))
    return text


def _phrase(page: Page, sheet: Sheet, key: str, kind: Kind, phrases: Phrases | None) -> None:
    if not key.strip() or phrases is None:
        return
    if key not in phrases:
        unknown(page, sheet.at("message"), "phrase inconnue", key, sorted(phrases))
    elif kind == "reminder":
        said = phrases[key]
        for text in [said] if isinstance(said, str) else said.values():
            gentle(page, sheet.at("message"), text)
