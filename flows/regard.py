"""What a programme's author asks to be put before the coach: energy over time, answers side by side, fears left open.

Knows the flows it names; knows no answer and no coach.
"""

from collections.abc import Iterator

from flows.answers import plain
from flows.envois import Flows, flow, given, question
from flows.model import Fears, Pair, Question, Repeat, Scale, Section, Step
from flows.page import Leaf, Node, Page
from flows.prose import line
from flows.sheet import Sheet, name, series, unknown, words


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
    return Fears(module, _entries(sheet, steps, fear, step), fear, step, none)


def _entries(sheet: Sheet, steps: tuple[Step, ...], fear: str, step: str) -> str:
    """The repeat that holds both questions."""
    if not steps or not fear or not step:
        return ""
    known = {id: repeat for repeat in _repeats(steps) for id in _asked(repeat.steps)}
    if fear not in known:
        unknown(sheet.page, sheet.at("name"), "aucune question répétée ne s'appelle", fear, sorted(known))
        return ""
    beside = [id for id, repeat in known.items() if repeat is known[fear]]
    if step not in beside:
        unknown(sheet.page, sheet.at("step"), f"aucune question ne se répète avec « {fear} » sous le nom", step, beside)
    return known[fear].id


def _repeats(steps: tuple[Step, ...]) -> Iterator[Repeat]:
    for each in steps:
        if isinstance(each, Repeat):
            yield each
        elif isinstance(each, Section):
            yield from _repeats(each.steps)


def _asked(steps: tuple[Step, ...]) -> Iterator[str]:
    for each in steps:
        if isinstance(each, Question):
            yield each.id
        elif isinstance(each, Section):
            yield from _asked(each.steps)
