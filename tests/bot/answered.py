"""A person in memory whose answers are given: by hand for pages that are looked at, at random for what must hold
whatever people write. No table, no conversation."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from bot.conversation.house import House, Shelf
from bot.conversation.speech import Speech
from bot.deliverables.answers import Answers
from bot.library import Library, find
from bot.store.case import Case, Enrolment, Person, RunFile, Version
from flows.agenda import Appointment
from flows.engine import Run
from flows.model import (
    Answer,
    Choice,
    Choices,
    Date,
    Flow,
    Items,
    Kept,
    Key,
    Lines,
    Media,
    Number,
    Rank,
    Scale,
    Sort,
    Text,
    Value,
)
from flows.road import question, road

FIRST = datetime(2026, 9, 1, 9, 30, tzinfo=UTC)
"""When the first answer is given; each later one comes a day after."""

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


@lru_cache(1)
def house() -> House:
    library = Library.open(find())
    return House(Speech(library), Shelf(library, {}), page="https://marge.test")


@dataclass
class Participant:
    """`said`: flow -> key -> value, in the order in which it was said; a value may be a whole `Kept`."""

    name: str = "Élise"
    coach: str = "Anne"
    case: Case = field(init=False)
    replies: int = 0

    def __post_init__(self) -> None:
        zone = "Europe/Paris"
        coach = Person(2, "coach", self.coach, zone, None) if self.coach else None
        enrolment = Enrolment(1, 1, 2, "bilan", "accompagne", None, "active", FIRST)
        self.case = Case(None, NOW, Person(1, "participant", self.name, zone, None), enrolment, coach)

    def said(self, flow_id: str, answers: Mapping[Key, Kept | Value], private: frozenset[Key] = frozenset()) -> None:
        """One time through a module; what is said of « again » follows from the entries there are."""
        flow = house().library.flow(flow_id)
        kept = {key: value if isinstance(value, Kept) else Kept(value) for key, value in answers.items()}
        for entry in {key.rpartition(".")[0] for key in kept if "[" in key}:
            repeat, _, at = entry[:-1].rpartition("[")
            after = any(key.startswith(f"{repeat}[{int(at) + 1}].") for key in kept)
            kept[f"{entry}.again"] = Kept("oui" if after else "non")
        nth = 1 + max((file.nth for file in self.case.runs if file.flow == flow_id), default=0)
        file = RunFile(len(self.case.runs) + 1, flow_id, flow.version, nth, Run("done", kept), FIRST)
        for key in kept:
            asked = question(flow, key)
            assert asked is not None, f"{flow_id} asks nothing at {key}"
            self.replies += 1
            at = FIRST + timedelta(days=self.replies % 80)
            file.versions[key] = Version(1, at, id=self.replies, private=asked.private or key in private)
        self.case.runs.append(file)

    def met(self, session: str, day: str, state: str = "done") -> None:
        at = datetime.fromisoformat(f"{day}T10:00+01:00")
        self.case.appointments.append(Appointment(1, session, at, "Europe/Paris", 1, state))  # type: ignore[arg-type]

    def answers(self, for_coach: bool = False) -> Answers:
        return Answers(house(), self.case, for_coach)


# --- at random -------------------------------------------------------------------------------


def wander(flow: Flow, draw: random.Random, words: Callable[[], str], entries: int) -> dict[Key, Kept]:
    """Answers given at random along the road of a module, to its end or to wherever they stop."""
    answers: dict[Key, Kept] = {}
    while (ahead := road(flow, answers).open) is not None and draw.random() > 0.01:
        key, asked = ahead
        if asked.sensitivity == "seance":
            answers[key] = Kept(None, "in_session")
        elif key.endswith(".again"):
            answers[key] = Kept("oui" if draw.random() < entries / (entries + 1) else "non")
        elif draw.random() < 0.08:
            answers[key] = Kept(None, draw.choice(("skipped", "in_session")))
        elif draw.random() < 0.04:
            answers[key] = Kept(words(), "to_check")
        else:
            answers[key] = Kept(_value(asked.answer, draw, words), media=("m",) if draw.random() < 0.05 else ())
    return answers


def _value(answer: Answer, draw: random.Random, words: Callable[[], str]) -> Value:
    match answer:
        case Text():
            return words()
        case Items(most=most):
            return [words() for _ in range(draw.randint(1, most))]
        case Choice(options=options):
            return draw.choice(list(options))
        case Choices(options=options, most=most):
            return draw.sample(list(options), draw.randint(1, most))
        case Scale(low=low, high=high):
            return draw.randint(low, high)
        case Number():
            return draw.choice((0, 12, 2400, 1234.5, 10**9))
        case Date():
            return draw.choice(("2019", "2019-03", "2027-12-01", "un jour")) if draw.random() < 0.5 else "2026-02"
        case Rank(cards=cards, keep=keep):
            return [card.id for card in draw.sample(cards, keep)]
        case Sort(cards=cards, piles=piles):
            found: dict[str, list[str]] = {pile: [] for pile in piles}
            for card in cards:
                found[draw.choice(list(piles))].append(card.id)
            return found
        case Lines(lines=offer, most=most):
            ticked = draw.sample(offer, min(len(offer), draw.randint(1, most)))
            return {"lines": ticked, "ticked": [str(nth) for nth in range(len(ticked))]}
        case Media():
            return None
