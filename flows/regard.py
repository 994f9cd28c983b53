"""What a programme's author asks to be put before the coach: energy over time, answers side by side, fears left open;
and the plan whose dates are recalled.

Knows the flows it names; knows no answer and no coach.
"""

from collections.abc import Iterator, Mapping

from flows.envois import Flows, flow, given, question
from flows.model import Actions, Date, Fears, Pair, Question, Repeat, Scale, Section, Step
from flows.notation import clock
from flows.page import Leaf, Node, Page
from flows.prose import line
from flows.sheet import Sheet, name, series, unknown, words
from flows.spoken import plain


def energy(page: Page, node: Node | None, flows: Flows | None) -> tuple[str, ...]:
    """`[module.question]`: the scales on which people say their energy."""
    found = []
    for each in series(page, node, "« [module.question] »"):
        text = words(page, each, "« module.question »")
        asked = question(page, each, flows) if isinstance(each, Leaf) and text.strip() else None
        if asked is not None and not isinstance(asked.answer, Scale):
            what = f"« {text[:48]} » ne se répond pas sur une échelle"
            page.fault(each.mark, what, "une question à « scale: 0..10 »")
        found.append(text)
    return tuple(found)


def compare(page: Page, node: Node | None, flows: Flows | None) -> tuple[Pair, ...]:
    """`- {between: {module.question: [valeur], …}, say: "…"}`."""
    return tuple(_pair(page, each, flows) for each in series(page, node, "une liste, un tiret par ligne"))


def _pair(page: Page, node: Node, flows: Flows | None) -> Pair:
    sheet = Sheet.open(page, node, ("between", "say"))
    between = given(page, sheet.need("between"), flows)
    if "between" in sheet.rows and len(between) != 2:
        page.fault(sheet.at("between"), f"{len(between)} question(s) à rapprocher", "deux questions, ni plus ni moins")
    return Pair(between, line(page, sheet.need("say")))


def fears(page: Page, node: Node | None, flows: Flows | None) -> Fears | None:
    """`{flow: peurs, name: peur, step: pas, nothing: ["aucun"]}`: a fear and its first step, in one repeat."""
    if node is None:
        return None
    sheet = Sheet.open(page, node, ("flow", "name", "step", "nothing"))
    module = flow(page, sheet.need("flow"), flows)
    fear, step = name(page, sheet.need("name")), name(page, sheet.need("step"))
    none = frozenset(plain(words(page, each)) for each in series(page, sheet.get("nothing"), "« [aucun, rien] »"))
    steps = flows[module].steps if flows and module in flows else ()
    return Fears(module, _entries(sheet, steps, fear, {"step": step}), fear, step, none)


def actions(page: Page, node: Node | None, flows: Flows | None) -> Actions | None:
    """`{flow: plan, name: action, step: pas, date: quand, at: "10:00"}`: an action, step and date, in one repeat."""
    if node is None:
        return None
    sheet = Sheet.open(page, node, ("flow", "name", "step", "date", "at"))
    module = flow(page, sheet.need("flow"), flows)
    action = name(page, sheet.need("name"))
    beside = {key: name(page, sheet.need(key)) for key in ("step", "date")}
    steps = flows[module].steps if flows and module in flows else ()
    entries = _entries(sheet, steps, action, beside)
    dated = {each.id: isinstance(each.answer, Date) for repeat in _repeats(steps) for each in _questions(repeat.steps)}
    if not dated.get(beside["date"], True):
        page.fault(sheet.at("date"), f"« {beside['date']} » ne demande pas une date", "une question à « date: oui »")
    return Actions(module, entries, action, beside["step"], beside["date"], clock(page, sheet.need("at")))


def _entries(sheet: Sheet, steps: tuple[Step, ...], named: str, beside: Mapping[str, str]) -> str:
    """The repeat that holds the question `named` and those `beside` it (key of the sheet -> question)."""
    if not steps or not named or not all(beside.values()):
        return ""
    known = {id: repeat for repeat in _repeats(steps) for id in _asked(repeat.steps)}
    if named not in known:
        unknown(sheet.page, sheet.at("name"), "aucune question répétée ne s'appelle", named, sorted(known))
        return ""
    near = [id for id, repeat in known.items() if repeat is known[named]]
    for key, id in beside.items():
        if id not in near:
            unknown(sheet.page, sheet.at(key), f"aucune question ne se répète avec « {named} » sous le nom", id, near)
    return known[named].id


def _repeats(steps: tuple[Step, ...]) -> Iterator[Repeat]:
    for each in steps:
        if isinstance(each, Repeat):
            yield each
        elif isinstance(each, Section):
            yield from _repeats(each.steps)


def _asked(steps: tuple[Step, ...]) -> Iterator[str]:
    yield from (each.id for each in _questions(steps))


def _questions(steps: tuple[Step, ...]) -> Iterator[Question]:
    for each in steps:
        if isinstance(each, Question):
            yield each
        elif isinstance(each, Section):
            yield from _questions(each.steps)
