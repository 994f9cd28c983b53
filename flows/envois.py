"""The envois of a programme as its author writes them: what is sent, when, to whom, and whether that can be meant.

Knows the sessions and their order; knows no date of anybody.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from typing import Literal, TypeAlias, get_args

from flows.capsules import tells
from flows.conditions import accepted
from flows.kinds import values
from flows.model import Capsule, Envoi, Flow, Given, Kind, Late, Mode, Moment, Question, Section, Step
from flows.notation import moment
from flows.page import Leaf, Node, Page, Series
from flows.prose import gentle
from flows.sheet import Sheet, flag, name, one_of, rows, series, unknown, words

Phrases: TypeAlias = Mapping[str, str | Mapping[str, str]]
Flows: TypeAlias = Mapping[str, Flow]
Side: TypeAlias = Literal["avant", "apres", ""]

ENVOI = (
    *("envoi", "when", "flow", "message", "kind", "mode", "until", "late", "moment"),
    *("overlay", "given", "paced", "again"),
)
LATE: Mapping[str, Late] = {"content": "sauter", "preparation": "condenser", "reminder": "envoyer"}
"""What becomes of an item booked late when its author does not say (S8.4)."""


@dataclass(frozen=True, slots=True)
class Calls:
    """What an envoi may call for: sessions in their order, flows and phrases (None: unchecked)."""

    sessions: list[str]
    flows: Flows | None
    phrases: Phrases | None


def envois(page: Page, nodes: tuple[Node, ...], calls: Calls) -> tuple[Envoi, ...]:
    sheets = [Sheet.open(page, node, ENVOI) for node in nodes]
    found = tuple(_envoi(sheet, calls) for sheet in sheets)
    for (_, one), (sheet, other) in combinations(zip(sheets, found, strict=True), 2):
        if one.id != other.id and one.when == other.when and one.when.session and not _apart(one, other):
            page.fault(sheet.at("when"), f"« {one.id} » part déjà à ce moment", "une autre heure, ou un autre jour")
    return found


def _apart(one: Envoi, other: Envoi) -> bool:
    """Whether no one person gets both: they depend on different answers to one question."""
    answers = dict(other.given)
    return any(key in answers and not answers[key] & wanted for key, wanted in one.given)


def _envoi(sheet: Sheet, calls: Calls) -> Envoi:
    page = sheet.page
    when = _when(page, sheet.need("when"), calls.sessions)
    kind = one_of(page, sheet.need("kind"), get_args(Kind), "content")
    module, message = flow(page, sheet.get("flow"), calls.flows), words(page, sheet.get("message"))
    _phrase(sheet, message, kind, calls.phrases)
    _lone(sheet, module, calls.flows)
    if not sheet.broken and ("flow" in sheet.rows) == ("message" in sheet.rows):
        page.fault(sheet.mark, "un envoi porte un module ou un message", "« flow: » ou « message: », un seul des deux")
    envoi = Envoi(
        name(page, sheet.need("envoi")),
        when,
        kind,
        module,
        message,
        one_of(page, sheet.get("mode"), get_args(Mode), "attendre"),
        _until(page, sheet.get("until"), when, calls.sessions),
        one_of(page, sheet.get("late"), get_args(Late), LATE[kind]),
        one_of(page, sheet.get("moment"), get_args(Side), ""),
        name(page, sheet.get("overlay")),
        given(page, sheet.get("given"), calls.flows),
        "paced" not in sheet.rows or flag(page, sheet.get("paced")),
        flag(page, sheet.get("again")),
    )
    if not envoi.paced and not envoi.given:
        wanted = "« given: … », la réponse qui le demande"
        page.fault(sheet.at("paced"), "hors du rythme sans que personne l'ait demandé", wanted)
    _sense(sheet, envoi)
    return envoi


# --- when ------------------------------------------------------------------------------------


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
    elif node and text == when.session and _after(when):
        page.fault(node.mark, f"à ce moment, « {text} » a déjà eu lieu", "une séance qui vient après, ou rien")
    return text


def _after(when: Moment) -> bool:
    """Whether it follows the beginning of its session, whatever the hour of that one."""
    return when.days > 0 or (when.span or timedelta()) > timedelta()


def _before(when: Moment) -> bool:
    return when.days < 0 or (when.span or timedelta()) < timedelta()


def _sense(sheet: Sheet, envoi: Envoi) -> None:
    """What prepares or recalls a session comes before it, what comes back on it after.

    An item told from one session may prepare a later one: `until` names it.
    """
    when, ahead = envoi.when, envoi.until not in ("", envoi.when.session)
    prepares, at = envoi.moment == "avant" or envoi.kind == "preparation", sheet.at("when")
    if envoi.moment == "apres" and envoi.kind != "content":
        what = "ce qui prépare ou rappelle une séance ne vient pas après elle"
        sheet.page.fault(sheet.at("moment"), what, "« moment: avant »")
    elif envoi.moment == "apres" and _before(when):
        what = f"un retour sur « {when.session} » avant qu'elle ait lieu"
        sheet.page.fault(at, what, "un moment après elle, avec « + »")
    elif envoi.kind == "reminder" and _after(when):
        sheet.page.fault(at, f"un rappel de « {when.session} » après elle", "un moment avant elle, avec « - »")
    elif prepares and _after(when) and not ahead:
        what = f"une préparation à « {when.session} » après elle"
        sheet.page.fault(at, what, "un moment avant elle, avec « - », ou « until: » et la séance préparée")


# --- what, and to whom -----------------------------------------------------------------------


def flow(page: Page, node: Node | None, flows: Flows | None) -> str:
    text = words(page, node, "le nom d'un module")
    if node and text.strip() and flows is not None and text not in flows:
        unknown(page, node.mark, "module inconnu", text, sorted(flows))
    return text


def _lone(sheet: Sheet, id: str, flows: Flows | None) -> None:
    """A capsule sent by itself (`capsule:<id>`) asks its own question: nothing stands behind it."""
    match flows[id].steps if flows and id in flows and ":" in id else ():
        case (Capsule() as capsule,) if tells(capsule):
            wanted = "une capsule qui pose une question, ou un module où une question la suit"
            sheet.page.fault(sheet.at("flow"), f"« {id} » ne demande rien", wanted)


def given(page: Page, node: Node | None, flows: Flows | None) -> Given:
    """`{module.question: [valeur]}`: which answers must stand."""
    found: list[tuple[str, frozenset[str]]] = []
    for key, value in rows(page, node, "« {module.question: [valeur]} »"):
        nodes = series(page, value, "« [valeur, valeur] »")
        if isinstance(value, Series) and not nodes:
            page.fault(value.mark, "aucune valeur acceptée", f"« {key.text[:48]}: [valeur] »")
        found.append((key.text, _answered(page, key, nodes, flows)))
    return tuple(found)


def _answered(page: Page, key: Leaf, nodes: tuple[Node, ...], flows: Flows | None) -> frozenset[str]:
    asked = question(page, key, flows)
    if asked is not None:
        return accepted(page, key, nodes, asked.answer)
    return frozenset(words(page, each) for each in nodes)


def question(page: Page, key: Leaf, flows: Flows | None) -> Question | None:
    """The question that `module.question` names; None when there is none, or nothing to look it up in."""
    module, _, id = key.text.partition(".")
    if not id:
        page.fault(key.mark, f"« {key.text[:48]} » ne nomme pas une question", "« module.question »")
    elif flows is not None and module not in flows:
        unknown(page, key.mark, "module inconnu", module, sorted(flows))
    elif flows is not None and flows[module].steps:  # without steps: a faulty file, told of elsewhere
        asked = {each.id: each for each in _questions(flows[module].steps)}
        if id in asked:
            return asked[id]
        open = [f"{module}.{each.id}" for each in asked.values() if values(each.answer) is not None]
        unknown(page, key.mark, "aucune question hors répétition ne s'appelle", key.text, sorted(open))
    return None


def _questions(steps: tuple[Step, ...]) -> Iterator[Question]:
    """Questions that have one answer: those of a repeat have one an entry."""
    for step in steps:
        if isinstance(step, Question):
            yield step
        elif isinstance(step, Section):
            yield from _questions(step.steps)


def _phrase(sheet: Sheet, key: str, kind: Kind, phrases: Phrases | None) -> None:
    if not key.strip() or phrases is None:
        return
    if key not in phrases:
        unknown(sheet.page, sheet.at("message"), "phrase inconnue", key, sorted(phrases))
    elif kind == "reminder":
        said = phrases[key]
        for text in [said] if isinstance(said, str) else said.values():
            gentle(sheet.page, sheet.at("message"), text)
