"""The lexicon of distress tried on its corpus, and the help numbers' dates: what `marge check` says of safety.

A gate: not one phrase of danger may be missed, and hardly any idiom taken for one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bot.library import NUMBERS, Library, one_file
from bot.terminal.corpus import CORPUS, GROUPS, KINDS, Case, Group, Kind, read_corpus
from bot.terminal.tables import Table, tell
from flows.distress import Level, level
from flows.source import FRESH, Helpline, SourceError

MOST = 0.05
"""Idioms that may be read as a danger."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the lexicon made of a phrase."""

    case: Case
    read: Level

    @property
    def right(self) -> bool:
        return self.read == self.case.expect

    @property
    def alarm(self) -> bool:
        """Nothing was to be seen, and somebody would have been called."""
        return self.case.expect == Level.R0 and self.read >= Level.R2


@dataclass(frozen=True, slots=True)
class Figures:
    """What a set of readings amounts to; a rate is None where there is nothing to count."""

    readings: Sequence[Reading]

    def recall(self, of: Level) -> float | None:
        return _rate(each.right for each in self.readings if each.case.expect == of)

    def precision(self, of: Level) -> float | None:
        return _rate(each.right for each in self.readings if each.read == of)

    def alarms(self, kind: Kind) -> float | None:
        """How many phrases of this kind that say nothing grave are read as R2 or R3."""
        return _rate(each.alarm for each in self.readings if each.case.expect == Level.R0 and each.case.kind == kind)

    def count(self, of: Level) -> int:
        return sum(each.case.expect == of for each in self.readings)

    @property
    def missed(self) -> list[Reading]:
        return [each for each in self.readings if not each.right]

    @property
    def passes(self) -> bool:
        """The gate of a release."""
        return self.recall(Level.R3) == 1 and (self.alarms("idiome") or 0) <= MOST


def figures(library: Library, cases: Iterable[Case]) -> Figures:
    return Figures([Reading(case, level(library.lexicon, case.says)) for case in cases])


def try_out(folder: Path, as_json: bool) -> int:
    """Exit code 1 when the gate is closed. Raises SourceErrors when the contents or the corpus are at fault."""
    library = Library.open(folder)
    found = figures(library, one_file(folder, CORPUS, read_corpus))
    tell(as_json, _value(found), *_shown(found))
    return 0 if found.passes else 1


def stale(numbers: Iterable[Helpline], today: date, file: str = NUMBERS) -> list[SourceError]:
    """A warning for each help number that was checked too long before `today`: which one, and what to do."""
    return [
        SourceError(
            file,
            each.line,
            1,
            f"le {each.number} a été relu le {each.checked:%d/%m/%Y}, il y a plus de {FRESH.days} jours",
            "la date du jour, une fois le numéro relu sur son site officiel",
            warning=True,
        )
        for each in numbers
        if each.stale(today)
    ]


# --- in words ----------------------------------------------------------------------------------


def _shown(found: Figures) -> Iterator[str | Table]:
    for group, part in _parts(found):
        rows = [[of.name, str(part.count(of)), _percent(part.recall(of)), _percent(part.precision(of))]
                for of in reversed(Level)]  # fmt: skip
        yield f"{_named(group)} : {len(part.readings)} phrases"
        yield Table(["Niveau", "Phrases", "Rappel", "Précision"], rows)
        alarms = ", ".join(f"{kind} {_percent(part.alarms(kind))}" for kind in KINDS if part.alarms(kind) is not None)
        yield f"Fausses alarmes (R0 lu R2 ou R3) : {alarms or 'aucune phrase R0'}"
        yield ""
    for each in found.missed:
        yield f"{CORPUS}:{each.case.line}: attendu {each.case.expect.name}, lu {each.read.name} : « {each.case.says} »"
    yield _verdict(found)


def _verdict(found: Figures) -> str:
    if found.passes:
        return f"Le lexique passe : aucune phrase R3 manquée, {len(found.missed)} écart(s) de niveau."
    return f"Le lexique ne passe pas : il faut 100 % des phrases R3, et {MOST:.0%} d'idiomes en alarme au plus."


def _parts(found: Figures) -> Iterator[tuple[Group | None, Figures]]:
    yield None, found
    for group in GROUPS:
        yield group, Figures([each for each in found.readings if each.case.group == group])


def _named(group: Group | None) -> str:
    return {None: "Tout le corpus", "reglage": "Réglage", "tenue": "Tenues à part", "aveugle": "À l'aveugle"}[group]


def _percent(rate: float | None) -> str:
    return "–" if rate is None else f"{100 * rate:.1f} %".replace(".", ",")


def _rate(hits: Iterable[bool]) -> float | None:
    found = list(hits)
    return sum(found) / len(found) if found else None


def _value(found: Figures) -> dict[str, Any]:
    return {
        "ok": found.passes,
        "sets": {group or "tout": _numbers(part) for group, part in _parts(found)},
        "missed": [
            {"line": each.case.line, "expect": each.case.expect.name, "read": each.read.name, "kind": each.case.kind,
             "set": each.case.group, "says": each.case.says}
            for each in found.missed
        ],
    }  # fmt: skip


def _numbers(part: Figures) -> dict[str, Any]:
    return {
        "phrases": {of.name: part.count(of) for of in Level},
        "recall": {of.name: part.recall(of) for of in Level},
        "precision": {of.name: part.precision(of) for of in Level},
        "alarms": {kind: part.alarms(kind) for kind in KINDS if part.alarms(kind) is not None},
    }
