"""All that a person may take away, with how each document stands, and any of them made. Checks no right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.conversation import road
from bot.conversation.house import House
from bot.deliverables import attendance, plan, scores, skills, synthesis
from bot.deliverables.answers import Answers
from bot.deliverables.filling import begun, filled, heading
from bot.deliverables.scores import Scores
from bot.deliverables.skills import Skill
from bot.deliverables.synthesis import Synthesis
from bot.documents import leaflet, press
from bot.documents.leaflet import Leaflet, Part, Picture
from bot.documents.press import Order
from bot.store.case import Case
from bot.store.vault import Vault
from flows.deliverables import Deliverable, Format

TYPES: dict[Format, str] = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "png": "image/png",
    "svg": "image/svg+xml",
    "csv": "text/csv; charset=utf-8",
    "ics": "text/calendar; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Desk:
    """What making a document takes: the store, the house, and whose it is. `case` is whole, its flows known."""

    conn: Connection
    vault: Vault
    house: House
    case: Case
    now: datetime
    for_coach: bool = False

    @property
    def answers(self) -> Answers:
        return Answers(self.house, self.case, self.for_coach)

    @property
    def synthesis(self) -> Synthesis | None:
        """The newest that they were given."""
        assert self.case.person is not None and self.case.enrolment is not None
        return synthesis.given(self.conn, self.vault, self.case.person.id, self.case.enrolment.id)

    @property
    def skills(self) -> list[Skill]:
        """All of theirs, those set aside last."""
        return skills.entries(self.conn, self.vault, self.house, self.case, self.for_coach)

    def scores(self, made: Deliverable) -> Scores:
        """What they gave in this document, on their own page: theirs alone."""
        if self.for_coach:
            return {}
        assert self.case.person is not None and self.case.enrolment is not None
        return scores.read(self.conn, self.vault, self.case.person.id, self.case.enrolment.id, made.id)


@dataclass(frozen=True, slots=True)
class Item:
    """One document of the list. `at` is when what it holds last changed (UTC), None while it is an empty frame;
    `state` is a phrase that says how it stands."""

    made: Deliverable
    at: datetime | None
    state: str


@dataclass(frozen=True, slots=True)
class File:
    """A document as it is handed over."""

    name: str
    type: str
    data: bytes


def listed(desk: Desk) -> list[Item]:
    """Every document that this person may have, in the order of the content."""
    answers, every = desk.answers, desk.house.library.deliverables
    return [_item(desk, answers, made) for made in every if not (desk.for_coach and made.own)]


def _item(desk: Desk, answers: Answers, made: Deliverable) -> Item:
    match made.built:
        case "synthese":
            one = desk.synthesis
            return Item(made, one.sent_at if one else None, f"synthesis_state_{one.state if one else 'none'}")
        case "frise":
            return Item(made, desk.now, "document_today")
        case "presence":
            at = attendance.begun(desk.conn, answers)
        case "competences":
            shown = [one for one in desk.skills if one.state != "ecartee"]
            at = max((one.at for one in shown if one.at), default=None)
        case _:
            at = begun(made, answers)
    return Item(made, at, "document_begun" if at else "document_empty")


def file(desk: Desk, made: Deliverable, format: Format, discreet: bool = False) -> File:
    """The current version. Raises KeyError for a format that it does not have."""
    return File(named(made, format), TYPES[format], press.made(order(desk, made, format, discreet)))


def named(made: Deliverable, format: Format) -> str:
    """What its file is called."""
    return f"{made.file}.{format}"


def order(desk: Desk, made: Deliverable, format: Format, discreet: bool = False) -> Order:
    """The current version, gathered and not set yet. Raises KeyError for a format that it does not have."""
    if format not in made.formats:
        raise KeyError(format)
    return Order(format, _source(desk, made, format, discreet), desk.now)


def _source(desk: Desk, made: Deliverable, format: Format, discreet: bool) -> Leaflet | str:
    match format:
        case "pdf" | "docx" | "xlsx":
            return composed(desk, made, discreet)
        case "svg" | "png" if made.built == "frise":
            return road.drawing(desk.house, desk.case)
        case "csv" if made.built == "presence":
            return attendance.table(desk.conn, desk.answers).decode()
        case "ics":
            return plan.calendar(desk.house, desk.case, desk.now, desk.for_coach).decode()
        case _:
            raise KeyError(format)


def composed(desk: Desk, made: Deliverable, discreet: bool = False) -> Leaflet:
    """The document before it is laid out. `discreet`: for the chat, where what belongs on the page is not quoted."""
    match made.built:
        case "synthese":
            return synthesis.composed(desk.house, desk.answers, made, desk.synthesis, desk.now)
        case "competences":
            return skills.composed(desk.house, desk.answers, made, desk.skills, desk.now, discreet)
        case "presence":
            return attendance.leaflet(desk.conn, desk.answers, made, desk.now)
        case "frise":
            first = heading(desk.house, desk.answers, made.title, made.about, made.own, desk.now)
            path = Picture(road.drawing(desk.house, desk.case), road.described(desk.house, desk.case))
            return Leaflet(**first, parts=(Part("", "", "", (path,)),), wide=made.wide)
        case _:
            return filled(made, desk.answers, desk.now, discreet, desk.scores(made))


def pages(desk: Desk, made: Deliverable) -> Sequence[bytes]:
    """The same, as pictures of its pages."""
    return leaflet.pngs(composed(desk, made))
