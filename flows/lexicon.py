"""The lexicon of distress as a clinician writes it -> a `Lexicon`, or every mistake with its place and its remedy.

Takes a name and a text; never touches a disk. What the turns mean together is `flows.distress`'s business.
"""

from collections.abc import Collection, Iterator, Mapping

from flows.distress import Denials, Level, Lexicon, Rule
from flows.page import Node, Page, Series
from flows.sheet import Sheet, name, rows, series, words
from flows.spelling import folded, near
from flows.wording import LEAST, Turn, Unwritten, turn

GRADES = {"R3": Level.R3, "R2": Level.R2, "R1": Level.R1}
KEYS = ("show", "lists", "spellings", "near", "denials", "idioms", "worn", "denied", "distance", "signs", *GRADES)


def read_lexicon(file: str, text: str, numbers: Collection[str] | None = None) -> Lexicon:
    """Raises `SourceErrors` with all that is wrong in the file; `numbers` are those that may be shown, unless None."""
    page = Page(file)
    sheet = Sheet.open(page, page.root(text), KEYS)
    lists = {name(page, key): words(page, node) for key, node in rows(page, sheet.get("lists"), "« mourir: … »")}
    rules = tuple(_rules(page, sheet, lists))
    known = frozenset(word for rule in rules for word in rule.turn.words)
    spellings = {
        **_slips(page, sheet.get("near"), known),
        **_spellings(page, sheet.get("spellings"), known),
    }
    lexicon = Lexicon(
        rules,
        _denials(page, sheet.need("denials")),
        spellings,
        _show(page, sheet.need("show"), numbers),
        known,
        _index((word, at) for at, rule in enumerate(rules) for word in rule.turn.anchors),
        _starts(_index((word, at) for at, rule in enumerate(rules) for word in rule.turn.starts)),
    )
    page.close()
    return lexicon


def _rules(page: Page, sheet: Sheet, lists: Mapping[str, str]) -> Iterator[Rule]:
    """In the order in which they are read: what is no danger, what is far away, then the gravest first."""
    for key, level in (("idioms", Level.R0), ("worn", Level.R1), ("denied", Level.R0), ("distance", Level.R2)):
        for found in _turns(page, sheet.need(key), lists):
            yield Rule(found, level, True)
    for key, level in GRADES.items():
        for found in _turns(page, sheet.need(key), lists):
            yield Rule(found, level, False)
        if level == Level.R3:
            for family, node in rows(page, sheet.get("signs"), "« adieu: », puis une tournure par tiret"):
                for found in _turns(page, node, lists):
                    yield Rule(found, level, False, name(page, family))


def _turns(page: Page, node: Node | None, lists: Mapping[str, str]) -> Iterator[Turn]:
    nodes = series(page, node, "une tournure par tiret")
    if isinstance(node, Series) and not nodes:
        page.fault(node.mark, "aucune tournure", "au moins une tournure, un tiret chacune")
    for each in nodes:
        written = words(page, each, "une tournure")
        try:
            if written.strip():
                yield turn(written, lists)
        except Unwritten as error:
            page.fault(each.mark, error.what, error.instead)


def _spellings(page: Page, node: Node | None, known: frozenset[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for key, value in rows(page, node, "« jveu: je veux », une graphie par ligne"):
        slip = folded(key.text)
        if slip in known:
            page.fault(key.mark, f"« {key.text[:48]} » est déjà un mot des tournures", "une graphie que rien n'emploie")
        found[slip] = tuple(folded(words(page, value)).replace("'", " ").split())
    return found


def _slips(page: Page, node: Node | None, known: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """Spellings one slip away from words that are long enough to be taken for nothing else."""
    meant = [folded(words(page, each)) for each in series(page, node, "« - suicide », un mot par tiret")]
    return {slip: (word,) for word in meant for slip in near(word) if slip not in known and not slip.endswith(word)}


def _denials(page: Page, node: Node | None) -> Denials:
    keys = ("negators", "carriers", "links", "doubts", "returns")
    sheet = Sheet.open(page, node, keys)
    said = (folded(words(page, sheet.need(key))).replace("'", " ").split() for key in keys)
    return Denials(*map(frozenset, said))


def _show(page: Page, node: Node | None, numbers: Collection[str] | None) -> dict[Level, tuple[str, ...]]:
    """Which numbers stand in the message of a level, in which order."""
    sheet = Sheet.open(page, node, ("R3", "R2"))
    shown: dict[Level, tuple[str, ...]] = {}
    for key in ("R3", "R2"):
        nodes = series(page, sheet.need(key), 'des numéros : ["3114", "15"]')
        shown[GRADES[key]] = tuple(words(page, each, "un numéro") for each in nodes)
        for each, number in zip(nodes, shown[GRADES[key]], strict=True):
            if numbers is not None and number.strip() and number not in numbers:
                page.fault(
                    each.mark, f"le numéro « {number[:24]} » manque dans numeros.yml", "un numéro de numeros.yml"
                )
    return shown


def _starts(index: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[tuple[str, tuple[int, ...]], ...]]:
    """Beginnings of words, found again by their first letters."""
    found: dict[str, list[tuple[str, tuple[int, ...]]]] = {}
    for start, ats in index.items():
        found.setdefault(start[:LEAST], []).append((start, ats))
    return {letters: tuple(each) for letters, each in found.items()}


def _index(pairs: Iterator[tuple[str, int]]) -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for word, at in pairs:
        found.setdefault(word, []).append(at)
    return {word: tuple(ats) for word, ats in found.items()}
