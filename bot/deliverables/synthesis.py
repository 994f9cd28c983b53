"""The document de synthèse: three parts that a coach writes, a person reads, comments and approves (L6313-4, R6313-4).

Each version that was given to the person stays as it was; an approval is of one version. Checks no rights.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Row, select

from bot.conversation.house import House
from bot.deliverables.answers import Answers
from bot.deliverables.filling import heading
from bot.documents import leaflet
from bot.documents.leaflet import Leaflet, Passage, Quote
from bot.store import tables as t
from bot.store.case import Synthesis as Standing
from bot.store.case import standing
from bot.store.vault import Vault
from flows.calendar import spoken_day
from flows.deliverables import Deliverable

PARTS: Final = ("circonstances", "competences", "etapes")
"""What it holds, in this order (the outline of the former R6322-38, still the usual one)."""


@dataclass(frozen=True, slots=True)
class Synthesis:
    """One version. All instants are UTC; `remark` is what the person says of it."""

    id: int
    version: int
    parts: Mapping[str, str]
    remark: str
    author_id: int
    written_at: datetime
    sent_at: datetime | None
    remarked_at: datetime | None
    approved_at: datetime | None
    handed_at: datetime | None

    @property
    def state(self) -> Standing:
        return standing(self.sent_at, self.remarked_at, self.approved_at, self.handed_at)


def versions(conn: Connection, vault: Vault, owner: int, enrolment: int) -> list[Synthesis]:
    """The oldest first."""
    s = t.syntheses
    rows = conn.execute(select(s).where(s.c.enrolment_id == enrolment).order_by(s.c.version)).all()
    return [_read(vault, owner, row) for row in rows]


def given(conn: Connection, vault: Vault, owner: int, enrolment: int) -> Synthesis | None:
    """The newest version that the person was given."""
    return next((one for one in reversed(versions(conn, vault, owner, enrolment)) if one.sent_at), None)


def composed(house: House, answers: Answers, made: Deliverable, one: Synthesis | None, now: datetime) -> Leaflet:
    """Its page, whole; three frames while nothing was given."""
    say, zone = house.speech.phrases.say, answers.case.zone
    parts = [_part(house, name, one) for name in PARTS]
    if one is not None and one.remark and one.remarked_at:
        said = Quote(one.remark, spoken_day(one.remarked_at, zone))
        parts.append(leaflet.Part(say("synthesis_remark").strip(), "", "", (Passage("", said),)))
    lines = []
    if one is not None and one.approved_at:
        lines.append(say("synthesis_approved_on", date=spoken_day(one.approved_at, zone)).strip())
    if one is not None and one.handed_at:
        lines.append(say("synthesis_handed_on", date=spoken_day(one.handed_at, zone)).strip())
    standing = " ".join(lines) or say("synthesis_not_approved").strip()
    parts.append(leaflet.Part(say("synthesis_agreement").strip(), standing, "", ()))
    first = heading(house, answers, made.title, made.about, made.own, now)
    return Leaflet(**first, parts=tuple(parts), wide=made.wide)


def _part(house: House, name: str, one: Synthesis | None) -> leaflet.Part:
    say, words = house.speech.phrases.say, one.parts.get(name, "") if one else ""
    blocks = (Passage("", Quote(words, "", False)),) if words else ()
    empty = "" if words else say(f"synthesis_{name}_empty").strip()
    return leaflet.Part(say(f"synthesis_{name}").strip(), "", empty, blocks)


def _read(vault: Vault, owner: int, row: Row[tuple[object, ...]]) -> Synthesis:
    remark = vault.open_json(owner, "syntheses.remark", row.remark)["text"] if row.remark else ""
    return Synthesis(row.id, row.version, vault.open_json(owner, "syntheses.body", row.body), remark, row.author_id,
                     row.written_at, row.sent_at, row.remarked_at, row.approved_at, row.handed_at)  # fmt: skip
