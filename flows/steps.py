"""The steps of a flow as an author writes them, with the names they give and the conditions that use those names.

Knows which questions come before which; knows no answer of anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from flows.kinds import Decks, answer, options, values
from flows.model import Answer, Capsule, Choice, Question, Remind, Repeat, Scale, Section, Step, When
from flows.notation import SCALE, days
from flows.page import Leaf, Mark, Node, Page, Rows, Series
from flows.prose import line
from flows.sheet import Sheet, flag, name, rows, series, unknown, whole, words

KEYS = {
    "capsule": ("capsule", "when"),
    "question": (
        *("question", "text", "why", "example", "private", "when", "remind"),
        *("long", "choices", "most", "scale", "labels", "number", "date", "sort", "rank", "items", "media"),
    ),
    "section": ("section", "when", "steps"),
    "repeat": ("repeat", "again", "most", "when", "steps"),
}
ENTRIES = 50
CHASES = 2


@dataclass(frozen=True, slots=True)
class Script:
    """What the steps of one flow may lean on; `remind` is the flow's own, for questions that say nothing."""

    page: Page
    capsules: Mapping[str, Capsule]
    decks: Decks
    remind: Remind | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Names met so far where a step stands: a repeat's own first, then those outside it."""

    outer: "Scope | None" = None
    asked: dict[str, Answer | None] = field(default_factory=dict)
    taken: dict[str, str] = field(default_factory=dict)

    def before(self) -> dict[str, Answer | None]:
        """Every question that stands before; its answer is None when its kind could not be read."""
        return {**(self.outer.before() if self.outer else {}), **self.asked}


def reminders(page: Page, node: Node | None, default: Remind | None) -> Remind | None:
    """`non`, or `{after: 3j, every: 4j, times: 2}`; at most two (S16)."""
    if node is None or (isinstance(node, Leaf) and node.text == "non"):
        return None if node else default
    inner = Sheet.open(page, node, ("after", "every", "times"))
    after, every = days(page, inner.need("after")), days(page, inner.need("every"))
    return Remind(after, every, whole(page, inner.need("times"), 1, CHASES))


def steps(script: Script, node: Node | None, scope: Scope) -> tuple[Step, ...]:
    """The steps of a list, in order; `scope` learns their names on the way."""
    nodes = series(script.page, node, "« - question: … », une étape par tiret")
    if isinstance(node, Series) and not nodes:
        script.page.fault(node.mark, "aucune étape", "au moins une étape")
    here: set[str] = set()
    return tuple(step for each in nodes for step in _step(script, each, scope, here))


def _step(script: Script, node: Node, scope: Scope, here: set[str]) -> tuple[Step, ...]:
    kind = _kind(script.page, node)
    if kind is None:
        return ()
    sheet = Sheet.open(script.page, node, KEYS[kind])
    when = conditions(script.page, sheet.get("when"), scope)
    match kind:
        case "capsule":
            return _capsule(script, sheet, when, scope, here)
        case "question":
            return (_question(script, sheet, when, scope),)
        case "section":
            return (_section(script, sheet, when, scope),)
        case _:
            return (_repeat(script, sheet, when, scope),)


def _kind(page: Page, node: Node) -> str | None:
    wanted = "« capsule: », « question: », « section: » ou « repeat: »"
    if not isinstance(node, Rows) or not node.rows:
        page.fault(node.mark, "une étape est attendue ici", wanted)
        return None
    given = [key.text for key, _ in node.rows]
    close = [kind for word in given for kind in get_close_matches(word[:48], KEYS, 1)]  # the sheet reports the slip
    kind = next((word for word in given if word in KEYS), close[0] if close else None)
    if kind is None:
        unknown(page, node.rows[0][0].mark, "étape inconnue", given[0], tuple(KEYS))
    return kind


def _take(page: Page, at: Mark, id: str, what: str, scope: Scope) -> None:
    if id in scope.taken:
        page.fault(at, f"« {id} » est déjà le nom d'une autre étape ({scope.taken[id]})", "un autre identifiant")
    scope.taken.setdefault(id, f"{what}, ligne {at.line}")


def _capsule(script: Script, sheet: Sheet, when: When, scope: Scope, here: set[str]) -> tuple[Step, ...]:
    node = sheet.get("capsule")
    id, at = name(script.page, node), sheet.at("capsule")
    if id in here or not scope.taken.get(id, "capsule").startswith("capsule"):
        _take(script.page, at, id, "capsule", scope)
    scope.taken.setdefault(id, f"capsule, ligne {at.line}")
    here.add(id)
    if id.strip() and id not in script.capsules:
        unknown(script.page, at, "capsule inconnue", id, sorted(script.capsules))
    return (replace(script.capsules[id], when=when),) if id in script.capsules else ()


def _question(script: Script, sheet: Sheet, when: When, scope: Scope) -> Question:
    page = script.page
    id = name(page, sheet.get("question"))
    _take(page, sheet.at("question"), id, "question", scope)
    before = len(page.faults)
    kind = answer(sheet, script.decks)
    scope.asked[id] = kind if len(page.faults) == before else None
    return Question(
        id,
        line(page, sheet.need("text")),
        line(page, sheet.need("why")),
        kind,
        line(page, sheet.get("example")),
        reminders(page, sheet.get("remind"), script.remind),
        flag(page, sheet.get("private")),
        when,
    )


def _section(script: Script, sheet: Sheet, when: When, scope: Scope) -> Section:
    title = sheet.get("section")
    if not isinstance(title, Leaf | None):
        wanted = "« when: » et « steps: » à la hauteur de « section: »"
        script.page.fault(title.mark, "des clés trop décalées dans la section", wanted)
    return Section(steps(script, sheet.need("steps"), scope), when)


def _repeat(script: Script, sheet: Sheet, when: When, scope: Scope) -> Repeat:
    page = script.page
    id = name(page, sheet.get("repeat"))
    _take(page, sheet.at("repeat"), id, "répétition", scope)
    inside = Scope(scope, {}, {"again": "la question de la répétition"})
    most = whole(page, sheet.need("most"), 1, ENTRIES)
    inner = steps(script, sheet.need("steps"), inside)
    again = replace(_again(script, sheet.need("again")), private=_all_private(inner))
    return Repeat(id, inner, again, most, when)


def _all_private(steps: tuple[Step, ...]) -> bool:
    """Whether nothing of an entry is for the coach: how many entries there are is not either."""
    asked = [step for step in steps if isinstance(step, Question)]
    plain = not any(isinstance(step, Section | Repeat) for step in steps)
    return plain and bool(asked) and all(step.private for step in asked)


def _again(script: Script, node: Node | None) -> Question:
    """The question between two entries: its text alone, or `{text, why, choices: {oui: …, non: …}}`."""
    page = script.page
    if not isinstance(node, Rows):
        return Question("again", line(page, node), "", Choice({"oui": "Oui", "non": "Non"}), remind=script.remind)
    inner = Sheet.open(page, node, ("text", "why", "choices"))
    labels = options(page, inner.need("choices"))
    if "choices" in inner.rows and set(labels) != {"oui", "non"}:
        page.fault(inner.at("choices"), "d'autres choix que « oui » et « non »", '{oui: "…", non: "…"}')
    text, why = line(page, inner.need("text")), line(page, inner.get("why"))
    return Question("again", text, why, Choice(labels), remind=script.remind)


# --- conditions ------------------------------------------------------------------------------


def conditions(page: Page, node: Node | None, scope: Scope) -> When:
    """`{crise: [oui]}`: questions that stand before, and which of their values are accepted."""
    before = scope.before()
    found: dict[str, frozenset[str]] = {}
    for key, value in rows(page, node, "« {question: [valeur]} »"):
        if key.text in before:
            found[key.text] = _accepted(page, key, value, before[key.text])
        else:
            unknown(page, key.mark, "aucune question posée plus haut ne s'appelle", key.text, sorted(before))
    return found


def _accepted(page: Page, key: Leaf, value: Node, asked: Answer | None) -> frozenset[str]:
    nodes = value.items if isinstance(value, Series) else (value,)
    if not nodes:
        page.fault(value.mark, "aucune valeur acceptée", f"« {key.text}: [valeur] »")
    if asked is None:
        return frozenset()
    known = values(asked)
    if known is None:
        page.fault(key.mark, f"la réponse à « {key.text} » n'est pas un choix", "une question à choix ou une échelle")
        return frozenset()
    return frozenset(one for node in nodes for one in _value(page, node, asked, known))


def _value(page: Page, node: Node, asked: Answer, known: tuple[str, ...]) -> tuple[str, ...]:
    text = words(page, node, "une valeur de la question")
    span = SCALE.fullmatch(text)
    if isinstance(asked, Scale) and span:
        wanted = tuple(str(n) for n in range(int(span[1]), int(span[2]) + 1))
        if wanted and set(wanted) <= set(known):
            return wanted
    if text.strip() and text not in known:
        unknown(page, node.mark, "la question n'a pas de valeur", text, known)
    return (text,)
