"""Turns of phrase as an author writes them -> what finds them in words brought to one spelling.

`(mourir|en finir)` one of them, `[vraiment]` or not, `suicid*` any ending, `…` up to five words of the same sentence
none of which is « pas », `<name>` a list written elsewhere, `.` the beginning or the end of a sentence, `#` a number.
Knows no danger.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from flows.spelling import folded

PART = re.compile(r"\s+|[()\[\]|.,#]|…|<[a-z_]+>|[^\s()\[\]|.,#…<>]+")
WORD = re.compile(r"[a-z0-9'\-]+")
GAP = r"(?: (?!(?:pas|jamais|aucune?) )[^ .]+){0,5}?"
LEAST = 3
"""Letters before a star."""

COMMON = frozenset(
    """
    je j tu il elle on nous vous ils eles le la les l un une du de des d a au aux en y et ou ce c ca cela s se me m te t
    ne n pas plus que qu qui suis es est sont ai as avons ont etre avoir mon ma mes son sa ses leur mais si tout toute
    tous rien pour par sur avec dans bien tres trop fait faire veux peux peut jamais moi toi lui i va vais
    """.split()  # noqa: SIM905
)


class Unwritten(ValueError):
    """A turn of phrase that cannot be read; the message is for its author, in French, with what to write instead."""

    def __init__(self, what: str, instead: str) -> None:
        super().__init__(what)
        self.what, self.instead = what, instead


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of phrase: `finds` it in spaced words.

    It is not there without one of `anchors`, or a word that one of `starts` begins, and a word of each of `needs`.
    """

    written: str
    regex: str
    anchors: frozenset[str]
    starts: frozenset[str]
    needs: tuple[frozenset[str], ...]
    words: frozenset[str]

    @property
    def finds(self) -> re.Pattern[str]:
        return _pattern(self.regex)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Regular expression; the sets of which a word each must be met for it to hold; all its words."""

    regex: str
    needed: tuple[frozenset[str], ...]
    words: frozenset[str]


def turn(written: str, lists: Mapping[str, str]) -> Turn:
    """Raises `Unwritten`."""
    parts = [part for part in PART.findall(written) if not part.isspace()]
    if "".join(parts) != re.sub(r"\s", "", written):
        raise Unwritten(f"« {written[:48]} » ne se lit pas", "des mots, ( | ), [ ], …, * à la fin d'un mot, ou <liste>")
    reader = _Reader(parts, lists)
    piece = reader.choice(None)
    if not piece.needed:
        raise Unwritten(f"« {written[:48]} » n'a aucun mot sûr", "au moins un mot qui ne soit pas entre [ ]")
    rarest = min(piece.needed, key=_cost)
    anchors = frozenset(word for word in rarest if not word.endswith("*"))
    starts = frozenset(word[:-1] for word in rarest if word.endswith("*"))
    needs = tuple(each for each in piece.needed if each is not rarest and not any(word.endswith("*") for word in each))
    return Turn(written, piece.regex + "(?= )", anchors, starts, needs, piece.words)


@lru_cache(4096)
def _pattern(regex: str) -> re.Pattern[str]:
    """Compiled when first looked for: few turns of a lexicon ever are, and all of them take a fifth of a second."""
    return re.compile(regex)


class _Reader:
    """Reads one turn of phrase from left to right."""

    def __init__(self, parts: list[str], lists: Mapping[str, str], depth: int = 0) -> None:
        self.parts, self.lists, self.at, self.depth = parts, lists, 0, depth

    def choice(self, end: str | None) -> _Piece:
        """What stands up to `end`, its sides parted by `|`."""
        sides = [self.series(end)]
        while self._next() == "|":
            self.at += 1
            sides.append(self.series(end))
        if self._next() != end:
            raise Unwritten(
                "une parenthèse ou un crochet de trop, ou jamais refermé", "« (un|deux) » ou « [peut-être] »"
            )
        self.at += 1
        if len(sides) == 1:
            return _Piece(f"(?:{sides[0].regex})", sides[0].needed, sides[0].words)
        sure = all(side.needed for side in sides)
        return _Piece(
            "(?:" + "|".join(side.regex for side in sides) + ")",
            (frozenset().union(*(min(side.needed, key=_cost) for side in sides)),) if sure else (),
            frozenset().union(*(side.words for side in sides)),
        )

    def series(self, end: str | None) -> _Piece:
        pieces: list[_Piece] = []
        while self._next() not in (end, "|", None):
            pieces.append(self.item())
        return _Piece(
            "".join(piece.regex for piece in pieces),
            tuple(each for piece in pieces for each in piece.needed),
            frozenset().union(*(piece.words for piece in pieces)),
        )

    def item(self) -> _Piece:
        part = self.parts[self.at]
        self.at += 1
        if part == "(":
            return self.choice(")")
        if part == "[":
            inner = self.choice("]")
            return _Piece(inner.regex + "?", (), inner.words)
        if part.startswith("<"):
            return self._list(part[1:-1])
        if part == "…":
            return _Piece(GAP, (), frozenset())
        if part == "#":
            return _Piece(r" \d+", (), frozenset())
        if part in (".", ","):
            return _Piece(" " + re.escape(part), (), frozenset())
        return _word(part)

    def _list(self, name: str) -> _Piece:
        if name not in self.lists:
            raise Unwritten(f"aucune liste « {name[:48]} »", "une liste de « lists: »")
        if self.depth > 4:
            raise Unwritten("des listes qui se contiennent l'une l'autre", "les mots eux-mêmes")
        parts = [part for part in PART.findall(self.lists[name]) if not part.isspace()]
        return _Reader(parts, self.lists, self.depth + 1).choice(None)

    def _next(self) -> str | None:
        return self.parts[self.at] if self.at < len(self.parts) else None


@lru_cache(4096)
def _word(part: str) -> _Piece:
    """« n'ai » is two words; a star at the end stands for any ending."""
    bare, star = part.rstrip("*"), part.endswith("*")
    words = re.findall(r"[a-z0-9]+", folded(bare))
    if not words or not WORD.fullmatch(folded(bare)):
        raise Unwritten(f"« {part[:48]} » n'est pas un mot", "des lettres, et « * » seulement à la fin")
    if star and len(words[-1]) < LEAST:
        raise Unwritten(f"« {part[:48]} » dit trop peu", f"au moins {LEAST} lettres avant « * »")
    regex = "".join(f" {word}" for word in words) + (r"[a-z]*" if star else "")
    named = [*words[:-1], words[-1] + "*"] if star else words
    return _Piece(regex, tuple(frozenset({word}) for word in named), frozenset(words[:-1] if star else words))


@lru_cache(4096)
def _cost(needed: frozenset[str]) -> tuple[int, int]:
    return sum(word in COMMON for word in needed), -min(len(word) for word in needed)
