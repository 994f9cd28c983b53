"""The steps of a flow as an author writes them, with the names they give and what comes after what.

Knows which questions come before which; knows no answer of anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from itertools import pairwise

from flows.capsules import tells
from flows.conditions import Needs, Scope, conditions, covered
from flows.kinds import Decks, answer, options
from flows.model import (
    Answer,
    Capsule,
    Choice,
    Date,
    Lines,
    Media,
    Number,
    Question,
    Rank,
    Remind,
    Repeat,
    Section,
    Sensitivity,
    Sort,
    Step,
    Text,
    When,
)
from flows.notation import days
from flows.page import TOP, Leaf, Mark, Node, Page, Rows, Series
from flows.prose import asked, example
from flows.sheet import Sheet, flag, name, one_of, series, unknown, whole

KEYS = {
    "capsule": ("capsule", "when"),
    "question": (
        *("question", "text", "why", "example", "private", "sensitivity", "when", "remind"),
        *("long", "choices", "most", "scale", "labels", "number", "date", "sort", "rank", "items", "media", "lines"),
    ),
    "section": ("section", "when", "steps"),
    "repeat": ("repeat", "each", "again", "most", "when", "steps"),
}
ENTRIES = 50
CHASES = 2
SENSITIVITIES: tuple[Sensitivity, ...] = ("normal", "haute", "seance")


@dataclass(frozen=True, slots=True)
class Passed:
    """A capsule or a question in the order of the file, and what leads there."""

    at: Mark
    needs: Needs
    capsule: Capsule | None = None
    question: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """What the steps of one flow may lean on; `remind` is the flow's own, for questions that say nothing."""

    page: Page
    capsules: Mapping[str, Capsule]
    decks: Decks
    remind: Remind | None = None
    passed: list[Passed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step stands: the names before it, what leads there, and the capsules of its own list."""

    scope: Scope
    needs: Needs
    capsules: set[str]


def reminders(page: Page, node: Node | None, default: Remind | None) -> Remind | None:
    """`non`, or `{after: 3j, every: 4j, times: 2}`; at most two (S16)."""
    if node is None or (isinstance(node, Leaf) and node.text == "non"):
        return None if node else default
    inner = Sheet.open(page, node, ("after", "every", "times"))
    after, every = days(page, inner.need("after")), days(page, inner.need("every"))
    return Remind(after, every, whole(page, inner.need("times"), 1, CHASES))


def flow_steps(script: Script, node: Node | None) -> tuple[Step, ...]:
    """All the steps of a flow; after each capsule that only tells, and maybe how to go about it, something is asked."""
    found = _steps(script, node, Scope(), {})
    passed = [each for each in script.passed if each.capsule is None or each.capsule.role == "idee"]
    for here, after in pairwise([*passed, Passed(TOP, {})]):
        if here.capsule and tells(here.capsule) and not (after.question and covered(after.needs, here.needs)):
            script.page.fault(
                here.at,
                f"la capsule « {here.capsule.id} » ne demande rien, et aucune question ne la suit",
                "une question juste après, ou dans la capsule",
            )
    return found


def _steps(script: Script, node: Node | None, scope: Scope, needs: Needs) -> tuple[Step, ...]:
    """The steps of a list, in order; `scope` learns their names on the way."""
    nodes = series(script.page, node, "« - question: … », une étape par tiret")
    if isinstance(node, Series) and not nodes:
        script.page.fault(node.mark, "aucune étape", "au moins une étape")
    place = Place(scope, needs, set())
    return tuple(step for each in nodes for step in _step(script, each, place))


def _step(script: Script, node: Node, place: Place) -> tuple[Step, ...]:
    kind = _kind(script.page, node)
    if kind is None:
        return ()
    sheet = Sheet.open(script.page, node, KEYS[kind])
    when, needs = conditions(script.page, sheet.get("when"), place.scope, place.needs)
    place = replace(place, needs=needs)
    match kind:
        case "capsule":
            return _capsule(script, sheet, when, place)
        case "question":
            return (_question(script, sheet, when, place),)
        case "section":
            return (_section(script, sheet, when, place),)
        case _:
            return (_repeat(script, sheet, when, place),)


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


def _capsule(script: Script, sheet: Sheet, when: When, place: Place) -> tuple[Step, ...]:
    page, taken = script.page, place.scope.taken
    id, at = name(page, sheet.get("capsule")), sheet.at("capsule")
    if id in place.capsules or not taken.get(id, "capsule").startswith("capsule"):
        place.scope.take(page, at, id, "capsule")
    taken.setdefault(id, f"capsule, ligne {at.line}")
    place.capsules.add(id)
    if id.strip() and id not in script.capsules:
        unknown(page, at, "capsule inconnue", id, sorted(script.capsules))
    script.passed.append(Passed(at, place.needs, script.capsules.get(id)))
    return (replace(script.capsules[id], when=when),) if id in script.capsules else ()


def _question(script: Script, sheet: Sheet, when: When, place: Place) -> Question:
    page = script.page
    id = name(page, sheet.get("question"))
    place.scope.take(page, sheet.at("question"), id, "question")
    before = len(page.faults)
    kind = answer(sheet, script.decks)
    if isinstance(kind, Lines):
        _pasted(page, sheet, kind, place.scope)
    readable = kind if len(page.faults) == before else None
    made = Question(
        id,
        asked(page, sheet.need("text")),
        asked(page, sheet.need("why")),
        kind,
        _example(page, sheet, kind),
        reminders(page, sheet.get("remind"), script.remind),
        flag(page, sheet.get("private")),
        when,
        _sensitivity(page, sheet, kind),
    )
    place.scope.ask(id, readable, place.needs, made.private or made.sensitivity != "normal")
    script.passed.append(Passed(sheet.mark, place.needs, question=True))
    return made


def _pasted(page: Page, sheet: Sheet, kind: Lines, scope: Scope) -> None:
    """The words whose lines are ticked stand above, and may be shown again in the chat."""
    source = scope.before().get(kind.of)
    if source is None:
        if kind.of.strip():
            unknown(
                page, sheet.at("lines"), "aucune question posée plus haut ne s'appelle", kind.of, sorted(scope.before())
            )
    elif source.answer is not None and not isinstance(source.answer, Text):
        page.fault(sheet.at("lines"), f"« {kind.of} » n'est pas répondue avec des mots", "une question sans boutons")
    elif source.apart:
        page.fault(sheet.at("lines"), f"« {kind.of} » est privée, ou ne se dit pas ici", "une question ordinaire")


def _sensitivity(page: Page, sheet: Sheet, kind: Answer) -> Sensitivity:
    """`haute` is answered in the fields of a page: cards and files have none."""
    given = sheet.get("sensitivity")
    found: Sensitivity = one_of(page, given, SENSITIVITIES, "haute") if given else "normal"
    if found == "haute" and isinstance(kind, Sort | Rank | Media | Lines):
        page.fault(
            sheet.at("sensitivity"),
            "une question « haute » à laquelle une page ne sait pas répondre",
            "des mots, un choix, une échelle, un nombre, une date ou une liste ; sinon « seance »",
        )
    return found


def _example(page: Page, sheet: Sheet, kind: Answer) -> str:
    """What to write, shown when a reply could not be read: numbers and dates are what people write in many ways."""
    if isinstance(kind, Number | Date) and "example" not in sheet.rows:
        page.fault(sheet.mark, "un nombre ou une date sans exemple", "« example: … », une réponse qui convient")
    return example(page, sheet.get("example"))


def _section(script: Script, sheet: Sheet, when: When, place: Place) -> Section:
    title = sheet.get("section")
    if not isinstance(title, Leaf | None):
        wanted = "« when: » et « steps: » à la hauteur de « section: »"
        script.page.fault(title.mark, "des clés trop décalées dans la section", wanted)
    return Section(_steps(script, sheet.need("steps"), place.scope, place.needs), when)


def _repeat(script: Script, sheet: Sheet, when: When, place: Place) -> Repeat:
    page = script.page
    id = name(page, sheet.get("repeat"))
    place.scope.take(page, sheet.at("repeat"), id, "répétition")
    inside = Scope(place.scope, f"{id}.", {}, {"again": "la question de la répétition"})
    most = whole(page, sheet.need("most"), 1, ENTRIES)
    inner = _steps(script, sheet.need("steps"), inside, place.needs)
    script.passed.append(Passed(sheet.mark, place.needs))
    again = replace(_again(script, sheet.need("again")), private=_all_private(inner))
    return Repeat(id, inner, again, most, when, _each(page, sheet, inner, place.scope))


def _each(page: Page, sheet: Sheet, steps: tuple[Step, ...], scope: Scope) -> str:
    """The question whose ticked lines open entries, each the answer to the first question there."""
    id = name(page, sheet.get("each"))
    if not id.strip():
        return ""
    at, before = sheet.at("each"), scope.before()
    if id not in before:
        unknown(page, at, "aucune question posée plus haut ne s'appelle", id, sorted(before))
    elif before[id].answer is not None and not isinstance(before[id].answer, Lines):
        page.fault(at, f"« {id} » n'est pas une question de lignes à cocher", "« lines: … » dans cette question")
    first = steps[0] if steps else None
    plain = isinstance(first, Question) and isinstance(first.answer, Text) and not first.when
    if first is not None and not (plain and isinstance(first, Question) and first.sensitivity == "normal"):
        page.fault(at, "une ligne cochée ne répond pas à la première question", "d'abord une question de mots")
    return id


def _all_private(steps: tuple[Step, ...]) -> bool:
    """Whether nothing of an entry is for the coach: how many entries there are is not either."""
    found = [step for step in steps if isinstance(step, Question)]
    plain = not any(isinstance(step, Section | Repeat) for step in steps)
    return plain and bool(found) and all(step.private for step in found)


def _again(script: Script, node: Node | None) -> Question:
    """The question between two entries: `{text, why}`, with `choices: {oui: …, non: …}` for other words."""
    page = script.page
    inner = Sheet.open(page, node, ("text", "why", "choices"))
    labels = options(page, inner.get("choices")) if "choices" in inner.rows else {"oui": "Oui", "non": "Non"}
    if "choices" in inner.rows and set(labels) != {"oui", "non"}:
        page.fault(inner.at("choices"), "d'autres choix que « oui » et « non »", '{oui: "…", non: "…"}')
    text, why = asked(page, inner.need("text")), asked(page, inner.need("why"))
    return Question("again", text, why, Choice(labels), remind=script.remind)
