"""How a programme ends, as its author writes it: the module in which what stays is chosen, and what each choice keeps.

Knows the flows it names; knows no answer, and destroys nothing.
"""

from flows.envois import Flows, flow, given
from flows.model import Closing, Stays
from flows.notation import days
from flows.page import Node, Page
from flows.prose import line
from flows.sheet import Sheet, one_of, series, words

LEAST_GRACE = 7
"""Days that are left to take a copy or to choose otherwise, at the least."""


def closing(page: Page, node: Node | None, flows: Flows | None) -> Closing | None:
    """`{flow, session, silence, grace, after, keep: [{title, given, flows, what}]}`; without it nothing ever ends."""
    if node is None:
        return None
    sheet = Sheet.open(page, node, ("flow", "session", "silence", "grace", "after", "keep"))
    return Closing(
        flow(page, sheet.need("flow"), flows),
        words(page, sheet.need("session"), "« S11 »"),
        days(page, sheet.need("silence")),
        days(page, sheet.need("grace"), LEAST_GRACE),
        days(page, sheet.need("after")),
        tuple(_stays(page, each, flows) for each in series(page, sheet.need("keep"), "une liste, un tiret par ligne")),
    )


def _stays(page: Page, node: Node, flows: Flows | None) -> Stays:
    sheet = Sheet.open(page, node, ("title", "given", "flows", "what"))
    modules = series(page, sheet.get("flows"), "« [module, module] »")
    return Stays(
        line(page, sheet.need("title")),
        given(page, sheet.need("given"), flows),
        frozenset(flow(page, each, flows) for each in modules),
        one_of(page, sheet.get("what"), ("modules", "reponses", "notes", "synthese"), "modules"),
    )
