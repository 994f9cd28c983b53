"""A document of the content filled with one person's answers, ready to be laid out. Invents nothing: what is not there
stays an invitation. Knows no format of file.
"""

from collections.abc import Iterator
from datetime import datetime

from bot.conversation.house import House
from bot.deliverables import pictures
from bot.deliverables.answers import Answers, Entry, Found
from bot.documents import leaflet
from bot.documents.leaflet import Field, Leaflet, Quote
from flows.calendar import spoken_day
from flows.deliverables import Block, Cards, Deliverable, Drawn, Grid, Part, Piles, Scales, Words
from flows.model import Scale, Sort


def filled(made: Deliverable, answers: Answers, now: datetime, discreet: bool = False) -> Leaflet:
    """`discreet`: for a place that is not the page: what belongs on the page alone is named there, and not quoted."""
    return _Filling(made, answers, now, discreet).whole()


def begun(made: Deliverable, answers: Answers) -> datetime | None:
    """When the newest answer that it takes up was given; None while there is none (UTC)."""
    return max(
        (found.at for part in made.parts for block in part.blocks for found in taken(block, answers)), default=None
    )


def taken(block: Block, answers: Answers) -> Iterator[Found]:
    """The answers that a block shows."""
    match block:
        case Words(ref=ref) | Piles(ref=ref):
            yield from filter(None, [answers.one(ref.flow, ref.question)])
        case Cards(flow=flow, entries=entries, every=every):
            for entry in answers.entries(flow, entries, every):
                yield from (entry.answers[id] for id in (block.name, *block.fields) if id in entry.answers)
        case Grid(flow=flow, entries=entries, every=every):
            for entry in answers.entries(flow, entries, every):
                yield from (entry.answers[id] for id in block.columns if id in entry.answers)
        case Scales(refs=refs):
            for ref, _ in refs:
                yield from answers.each(ref.flow, ref.question)[0 if block.every else -1 :]
        case Drawn(flow=flow):
            yield from answers.of(flow)


def heading(house: House, answers: Answers, title: str, about: str, own: bool, now: datetime) -> dict[str, str]:
    """What stands on the first page of every document, and at the foot of each (fields of `Leaflet`)."""
    say, case = house.speech.phrases.say, answers.case
    name = case.person.name if case.person else ""
    coach = case.coach.name if case.coach else ""
    reader = say("document_reader_own") if own or not coach else say("document_reader", coach=coach)
    return {"title": title, "about": about, "whose": say("document_whose", name=name).strip(),
            "when": say("document_when", date=spoken_day(now, case.zone)).strip(), "reader": reader.strip(),
            "page": say("document_page", name=name, page="{page}", pages="{pages}").strip()}  # fmt: skip


class _Filling:
    def __init__(self, made: Deliverable, answers: Answers, now: datetime, discreet: bool) -> None:
        self.made, self.answers, self.now, self.discreet = made, answers, now, discreet
        self.house = answers.house

    def whole(self) -> Leaflet:
        made = self.made
        first = heading(self.house, self.answers, made.title, made.about, made.own, self.now)
        return Leaflet(**first, parts=tuple(map(self._part, made.parts)), wide=made.wide)

    def _part(self, part: Part) -> leaflet.Part:
        blocks = tuple(block for each in part.blocks for block in self._block(each))
        return leaflet.Part(part.title, part.intro, part.empty, blocks, self._session(part.session), part.fresh)

    def _session(self, session: str) -> str:
        """When it took place, or will."""
        at = self.answers.case.appointment(session)
        held = at is not None and at.state in ("planned", "done")
        return spoken_day(at.at, self.answers.case.zone) if at is not None and held else ""

    # --- blocks ---

    def _block(self, block: Block) -> Iterator[leaflet.Block]:
        match block:
            case Words(ref=ref, title=title):
                found = self.answers.one(ref.flow, ref.question)
                if found:
                    yield leaflet.Passage(title, self.quote(found))
            case Cards():
                yield from (self._card(block, entry) for entry in self._entries(block))
            case Grid():
                rows = tuple(self._row(block, entry) for entry in self._entries(block))
                if rows:
                    yield leaflet.Table(tuple(block.columns.values()), rows, block.blank)
            case Piles(ref=ref):
                found = self.answers.one(ref.flow, ref.question)
                if found:
                    yield from self._piles(block, found)
            case Scales():
                yield from self._scales(block)
            case Drawn(picture=picture, flow=flow):
                yield from pictures.drawn(picture, self.answers, flow, self._words)

    def _entries(self, block: Cards | Grid) -> list[Entry]:
        return self.answers.entries(block.flow, block.entries, block.every)

    def _card(self, block: Cards, entry: Entry) -> leaflet.Card:
        above = entry.answers.get(block.name)
        fields = [Field(label, self.quote(entry.answers[id], False)) for id, label in block.fields.items()
                  if id in entry.answers]  # fmt: skip
        days = [self.answers.day(one) for one in (above, *entry.answers.values()) if one]
        return leaflet.Card(self._words(above) if above else "", tuple(fields), days[0] if days else "")

    def _row(self, block: Grid, entry: Entry) -> tuple[str, ...]:
        return tuple(self._words(entry.answers[id]) if id in entry.answers else "" for id in block.columns)

    def _piles(self, block: Piles, found: Found) -> Iterator[leaflet.Block]:
        asked, value = found.asked.answer, found.kept.value
        if not isinstance(asked, Sort) or not isinstance(value, dict):
            return
        labels = {card.id: card.label for card in asked.cards}
        piles = tuple(leaflet.Pile(label, tuple(labels.get(card, card) for card in value.get(id, ())))
                      for id, label in asked.piles.items() if not block.keep or id in block.keep)  # fmt: skip
        if any(pile.cards for pile in piles):
            yield leaflet.Piles(block.title, piles, self.answers.day(found))

    def _scales(self, block: Scales) -> Iterator[leaflet.Block]:
        marks: list[leaflet.Mark] = []
        ends: Scale | None = None
        for ref, label in block.refs:
            for found in self.answers.each(ref.flow, ref.question)[0 if block.every else -1 :]:
                scale, value = found.asked.answer, found.kept.value
                if isinstance(scale, Scale) and isinstance(value, int | float):
                    ends = ends or scale
                    at = (value - scale.low) / ((scale.high - scale.low) or 1)
                    words = self.house.speech.phrases.say("document_scale", value=value, high=scale.high).strip()
                    marks.append(leaflet.Mark(f"{label} · {self.answers.day(found)}", at, words))
        if ends is not None:
            low, high = (ends.labels.get(n, str(n)) for n in (ends.low, ends.high))
            yield leaflet.Scales(block.title, low, high, tuple(marks))

    # --- words ---

    def quote(self, found: Found, dated: bool = True) -> Quote:
        return Quote(self._words(found), self.answers.day(found) if dated else "", found.own)

    def _words(self, found: Found) -> str:
        if self.discreet and found.hidden:
            return self.house.speech.label("document_on_page")
        return found.words
