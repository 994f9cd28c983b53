"""A document of the content filled with one person's answers, ready to be laid out. Invents nothing: what is not there
stays an invitation. Knows no format of file.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from bot.conversation.house import House
from bot.deliverables import pictures, scores
from bot.deliverables.answers import Answers, Entry, Found
from bot.deliverables.scores import Scores
from bot.documents import leaflet
from bot.documents.leaflet import Field, Leaflet, Quote
from flows.calendar import spoken_day
from flows.deliverables import Block, Cards, Deliverable, Drawn, Grid, Part, Piles, Scales, Scored, Words
from flows.model import Choice, Scale, Sort
from flows.road import met, question
from flows.spoken import plain

HELD = {"done": "document_session_done", "planned": "document_session_planned"}
"""How an appointment that stands is told of."""

NOT_ASKED = "–"

OPEN_FEAR = "circle"
"""The icon beside the word for a fear that has no first step."""


def filled(
    made: Deliverable, answers: Answers, now: datetime, discreet: bool = False, scored: Scores | None = None
) -> Leaflet:
    """`scored`: what the person gave in it. `discreet`: for the chat, where what belongs on the page
    alone is named, and not quoted.

    Raises KeyError for a document that answers do not make, and for the coach's hand on what is its author's alone.
    """
    if made.built != "reponses" or (made.own and answers.for_coach):
        raise KeyError(made.id)
    return _Filling(made, answers, now, discreet, scored or {}).whole()


def begun(made: Deliverable, answers: Answers) -> datetime | None:
    """When the newest answer that it takes up was given; None while there is none (UTC)."""
    return max(
        (found.at for part in made.parts for block in part.blocks for found in taken(block, answers)), default=None
    )


def taken(block: Block, answers: Answers) -> Iterator[Found]:
    """The answers that a block shows."""
    match block:
        case Words(ref=ref) | Piles(ref=ref) | Scored(criteria=ref):
            yield from filter(None, [answers.one(ref.flow, ref.question)])
        case Cards() | Grid():
            for entry in shown(block, answers):
                yield from (entry.answers[id] for id in _asked(block) if id in entry.answers)
        case Scales():
            yield from (found for _, found in told(block, answers))
        case Drawn(flow=flow):
            yield from answers.of(flow)


def shown(block: Cards | Grid, answers: Answers) -> list[Entry]:
    """The entries with something to show; a fear whose step is « none yet » has no step to put on a list of steps."""
    entries = answers.entries(block.flow, block.entries, block.every)
    fears = answers.house.programme(answers.case).fears if answers.case.enrolment else None
    if isinstance(block, Cards) and fears and (block.flow, block.name) == (fears.flow, fears.step):
        entries = [entry for entry in entries if not open_fear(answers, entry)]
    return [entry for entry in entries if any(id in entry.answers for id in _asked(block))]


def told(block: Scales, answers: Answers) -> list[tuple[str, Found]]:
    """Each reading with its label. What comes of another module than the last only says where that began, and is not
    told alone."""
    found = [(label, one) for ref, label in block.refs
             for one in answers.each(ref.flow, ref.question)[0 if block.every else -1 :]]  # fmt: skip
    return found if any(one.flow == block.refs[-1][0].flow for _, one in found) else []


def open_fear(answers: Answers, entry: Entry) -> bool:
    """Whether the entry is a fear that no first step answers yet, as the programme tells fears."""
    fears = answers.house.programme(answers.case).fears if answers.case.enrolment else None
    if fears is None or entry.flow != fears.flow or not entry.place.startswith(f"{fears.entries}["):
        return False
    step = entry.answers.get(fears.step)
    return step is None or plain(step.words) in fears.nothing


def heading(house: House, answers: Answers, title: str, about: str, own: bool, now: datetime) -> dict[str, str]:
    """What stands on the first page of every document, and at the foot of each (fields of `Leaflet`)."""
    say, case = house.speech.phrases.say, answers.case
    name = case.person.name if case.person else ""
    coach = case.coach.name if case.coach else ""
    reader = say("document_reader_own") if own or not coach else say("document_reader", coach=coach)
    return {"title": title, "about": about, "whose": say("document_whose", name=name).strip(),
            "when": say("document_when", date=_day(now, case.zone)).strip(), "reader": reader.strip(),
            "page": say("document_page", name=name, page="{page}", pages="{pages}").strip()}  # fmt: skip


def _day(at: datetime, zone: ZoneInfo) -> str:
    """« mardi 1er décembre 2026 »."""
    return f"{spoken_day(at, zone)} {at.astimezone(zone).year}"


def _asked(block: Cards | Grid) -> tuple[str, ...]:
    return (block.name, *block.fields) if isinstance(block, Cards) else tuple(block.columns)


class _Filling:
    def __init__(self, made: Deliverable, answers: Answers, now: datetime, discreet: bool, scored: Scores) -> None:
        self.made, self.answers, self.now, self.discreet, self.scored = made, answers, now, discreet, scored
        self.house = answers.house

    def whole(self) -> Leaflet:
        made = self.made
        first = heading(self.house, self.answers, made.title, made.about, made.own, self.now)
        return Leaflet(**first, parts=tuple(map(self._part, made.parts)), wide=made.wide)

    def _part(self, part: Part) -> leaflet.Part:
        blocks = tuple(block for each in part.blocks for block in self._block(each))
        said = any(block.kind != "picture" for block in blocks)
        return leaflet.Part(part.title, part.intro, "" if said else part.empty, blocks, self._session(part.session),
                            part.fresh)  # fmt: skip

    def _session(self, session: str) -> str:
        """When it took place, or will."""
        at = self.answers.case.appointment(session)
        held = HELD.get(at.state) if at is not None else None
        return self.say(held, date=_day(at.at, self.answers.case.zone)) if at is not None and held else ""

    # --- blocks ---

    def _block(self, block: Block) -> Iterator[leaflet.Block]:
        match block:
            case Words(ref=ref, title=title):
                found = self.answers.one(ref.flow, ref.question)
                if found:
                    yield leaflet.Passage(title, self.quote(found))
            case Cards():
                yield from (self._card(block, entry) for entry in shown(block, self.answers))
            case Grid():
                entries = shown(block, self.answers)
                rows = tuple(self._row(block, entry) for entry in entries)
                if rows:
                    choices = self._choices(block, entries[-1])
                    yield leaflet.Table(tuple(block.columns.values()), rows, block.blank, choices=choices)
            case Piles(ref=ref):
                found = self.answers.one(ref.flow, ref.question)
                if found:
                    yield from self._piles(block, found)
            case Scales():
                yield from self._scales(block)
            case Scored():
                yield from self._scored(block)
            case Drawn(picture=picture, flow=flow):
                yield from pictures.drawn(picture, self.answers, flow, self.words)

    def _card(self, block: Cards, entry: Entry) -> leaflet.Card:
        above = entry.answers.get(block.name)
        fields = tuple(Field(label, self.quote(entry.answers[id], False)) for id, label in block.fields.items()
                       if id in entry.answers)  # fmt: skip
        newest = max((entry.answers[id] for id in _asked(block) if id in entry.answers), key=lambda one: one.at)
        mark = (self.say("document_open"), OPEN_FEAR) if open_fear(self.answers, entry) else ("", "")
        return leaflet.Card(self.words(above) if above else "", fields, self.answers.day(newest), *mark)

    def _row(self, block: Grid, entry: Entry) -> tuple[str, ...]:
        """A cell of nothing is empty when its question was met, and a dash when it never is on that road."""
        file = self.answers.case.run(entry.run)
        keys = {key for key, _ in met(self.house.shelf.of(file), file.run.answers)} if file else set()
        return tuple(self.words(entry.answers[id]) if id in entry.answers
                     else "" if f"{entry.place}.{id}" in keys else NOT_ASKED for id in block.columns)  # fmt: skip

    def _choices(self, block: Grid, entry: Entry) -> tuple[tuple[str, ...], ...]:
        """What each column may say, where its question is a choice."""
        file = self.answers.case.run(entry.run)
        asked = [question(self.house.shelf.of(file), f"{entry.place}.{id}") if file else None for id in block.columns]
        return tuple(tuple(each.answer.options.values()) if each and isinstance(each.answer, Choice) else ()
                     for each in asked)  # fmt: skip

    def _piles(self, block: Piles, found: Found) -> Iterator[leaflet.Block]:
        asked, value = found.asked.answer, found.kept.value
        if not isinstance(asked, Sort) or not isinstance(value, dict):  # what could not be read, as it was said
            yield leaflet.Passage(block.title, self.quote(found))
            return
        labels = {card.id: card.label for card in asked.cards}
        piles = tuple(leaflet.Pile(label, tuple(labels.get(card, card) for card in value.get(id, ())),
                                   block.keep.get(id, ""))
                      for id, label in asked.piles.items() if not block.keep or id in block.keep)  # fmt: skip
        if any(pile.cards for pile in piles):
            yield leaflet.Piles(block.title, piles, self._note(found))

    def _scales(self, block: Scales) -> Iterator[leaflet.Block]:
        """Scales that lie between the same two words are set together."""
        title = block.title
        marks: list[tuple[tuple[str, str], leaflet.Mark]] = []
        for label, found in told(block, self.answers):
            scale, value = found.asked.answer, found.kept.value
            if isinstance(scale, Scale) and isinstance(value, int | float):
                ends = scale.labels.get(scale.low, str(scale.low)), scale.labels.get(scale.high, str(scale.high))
                at = (value - scale.low) / ((scale.high - scale.low) or 1)
                marks.append((ends, leaflet.Mark(f"{label} · {self._note(found)}", at, self.words(found))))
            else:
                yield leaflet.Passage(title, self.quote(found))
        for (low, high), same in groupby(marks, key=lambda mark: mark[0]):
            yield leaflet.Scales(title, low, high, tuple(mark for _, mark in same))
            title = ""

    def _scored(self, block: Scored) -> Iterator[leaflet.Block]:
        sheet = scores.sheet(self.made, self.answers)
        if sheet is None:
            return
        rows = tuple((criterion, *(self._given(criterion, entry) for entry, _ in sheet.columns))
                     for criterion in sheet.criteria)  # fmt: skip
        yield leaflet.Table((block.title, *(name for _, name in sheet.columns)), rows, block.blank)

    def _given(self, criterion: str, entry: Entry) -> str:
        value = self.scored.get(criterion, {}).get(entry.place)
        return "" if value is None else self.say("document_scale", value=value, high=scores.HIGHEST)

    # --- words ---

    def say(self, key: str, **fields: object) -> str:
        return self.house.speech.phrases.say(key, **fields).strip()

    def quote(self, found: Found, dated: bool = True) -> Quote:
        """Without its date where the date stands beside, for several at once."""
        return Quote(self.words(found), self._note(found, dated), found.own)

    def words(self, found: Found) -> str:
        if self.discreet and found.hidden:
            return self.say("document_on_page")
        if isinstance(found.asked.answer, Scale) and isinstance(found.kept.value, int | float):
            return self.say("document_scale", value=found.kept.value, high=found.asked.answer.high)
        return found.words

    def _note(self, found: Found, dated: bool = True) -> str:
        """When it was said, and that the coach does not see it, in a document that they read otherwise."""
        private = found.private and not self.made.own
        told = [self.answers.day(found)] if dated else []
        return " · ".join([*told, *([self.say("document_private")] if private else [])])
