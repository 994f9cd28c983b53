"""The phrases on which a lexicon is tried, as their file holds them: what each should be read as, and its kind.

Knows no lexicon, and nothing of the figures that are drawn from it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from flows.distress import Level
from flows.page import Node, Page
from flows.sheet import Sheet, one_of, series, words

Kind: TypeAlias = Literal[
    "explicite", "indirecte", "niee", "idiome", "faute", "sans_accent", "sms", "feminin", "masculin", "tierce",
    "ordinaire",
]  # fmt: skip
Group: TypeAlias = Literal["reglage", "tenue", "aveugle"]

CORPUS = "safety/corpus.yml"
KINDS: tuple[Kind, ...] = get_args(Kind)
GROUPS: tuple[Group, ...] = get_args(Group)
LEVELS = tuple(level.name for level in Level)


@dataclass(frozen=True, slots=True)
class Case:
    """One phrase, the level it is to be read as, and the line where it stands."""

    says: str
    expect: Level
    kind: Kind
    group: Group
    line: int


def read_corpus(file: str, text: str) -> tuple[Case, ...]:
    """Raises `SourceErrors` with all that is wrong in the file."""
    page = Page(file)
    nodes = series(page, page.root(text), "« - expect: R3 », un tiret par groupe de phrases")
    found = tuple(case for node in nodes for case in _cases(page, node))
    page.close()
    return found


def _cases(page: Page, node: Node) -> Iterator[Case]:
    sheet = Sheet.open(page, node, ("expect", "kind", "set", "says"))
    level = Level[one_of(page, sheet.need("expect"), LEVELS, "R0")]
    kind = one_of(page, sheet.need("kind"), KINDS, "ordinaire")
    group = one_of(page, sheet.need("set"), GROUPS, "reglage")
    for said in series(page, sheet.need("says"), "une phrase par tiret"):
        yield Case(words(page, said, "une phrase"), level, kind, group, said.mark.line)
