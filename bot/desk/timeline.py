"""What was sent to one participant and why, and what happened, the newest first: from events and timers alone.

Opens no message and no answer: what was sent may echo what is private. Checks no rights.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, literal, or_, select, true

from bot.conversation import actions, hours
from bot.conversation.house import House
from bot.conversation.planning import chosen
from bot.desk import people, review
from bot.desk.people import Served
from bot.desk.roll import named
from bot.store import tables as t
from bot.store.vault import Vault
from flows.calendar import spoken_day, zone
from flows.usage import LONE

LISTED = 40

UNTOLD = frozenset({"to_check", "media_failed", "fatigue_own"})
"""Events that may be about a private answer; a shared one is marked where it is read."""

SENT = frozenset({"envoi", "push", "silence", "later", "reoffer", "capsule", "reopen", "comment", "notice",
                  "coach_word", "brief", "hours", "action", "skill"})  # fmt: skip
"""Kinds of timers whose firing sent something. Of a coach's own question an event tells, at the instant it opens."""

UNSENT = ("busy", "already_there", "frozen", "unsent")
"""Reasons of a firing that sent nothing by itself: an event of the same instant says so."""

EVENT, TIMER = 1, 0


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a page ended: an instant, and which row of which table at that instant."""

    at: datetime
    source: int
    id: int

    @property
    def text(self) -> str:
        return f"{self.at.isoformat()}_{self.source}_{self.id}"

    @classmethod
    def of(cls, text: str) -> "Mark | None":
        """What `text` says; None for what is no mark."""
        at, _, rest = text.partition("_")
        source, _, number = rest.partition("_")
        if not (source in ("0", "1") and number.isascii() and number.isdecimal() and len(number) < 19):
            return None
        try:
            instant = datetime.fromisoformat(at)
        except ValueError:
            return None
        return cls(instant, int(source), int(number)) if instant.tzinfo else None


@dataclass(frozen=True, slots=True)
class Moment:
    """One line: `what` happened or left, and `why` at that instant, in words."""

    mark: Mark
    what: str
    why: str
    sent: bool


def timeline(
    conn: Connection, vault: Vault, house: House, about: Served, zone_name: str, before: Mark | None, now: datetime
) -> tuple[list[Moment], Mark | None]:
    """LISTED lines older than `before`, and where to go on; None at the end. Dates are said in `zone_name`."""
    rows = [*_events(conn, about, before), *_timers(conn, about, before)]
    rows.sort(key=lambda row: (row.at, row.source, row.id), reverse=True)
    listed, more = rows[:LISTED], len(rows) > LISTED
    recalls = {row.scope: row.about["run"] for row in listed if row.source == TIMER and row.kind == actions.KIND}
    secluded = review.secluded(conn, set(recalls.values())) & recalls.keys()
    shown = [row for row in listed if row.scope not in secluded]
    named_ids = {row.about[key] for row in shown for key in ("by", "giver", "taker") if row.about.get(key)}
    words = _Words(house, about, zone_name, people.names(conn, vault, named_ids, now))
    last = listed[-1] if more else None
    return [words.moment(row) for row in shown], Mark(last.at, last.source, last.id) if last else None


def _events(conn: Connection, about: Served, before: Mark | None) -> Iterator[Row[Any]]:
    e = t.events.c
    columns = select(e.at, literal(EVENT).label("source"), e.id, e.kind, e.about, literal("").label("why"),
                     literal("").label("scope"))  # fmt: skip
    mine = (e.enrolment_id == about.enrolment.id, e.kind.not_in(UNTOLD), _before(e.at, e.id, EVENT, before))
    yield from conn.execute(columns.where(*mine).order_by(e.at.desc(), e.id.desc()).limit(LISTED + 1))


def _timers(conn: Connection, about: Served, before: Mark | None) -> Iterator[Row[Any]]:
    r = t.timers.c
    columns = select(r.settled_at.label("at"), literal(TIMER).label("source"), r.id, r.kind, r.about, r.why,
                     r.scope)  # fmt: skip
    mine = (r.owner == f"e{about.enrolment.id}", r.state == "fired", r.kind.in_(SENT), r.settled_at.is_not(None),
            func.coalesce(r.why, "").not_in(UNSENT), _before(r.settled_at, r.id, TIMER, before))  # fmt: skip
    yield from conn.execute(columns.where(*mine).order_by(r.settled_at.desc(), r.id.desc()).limit(LISTED + 1))


def _before(at: ColumnElement[Any], id: ColumnElement[Any], source: int, mark: Mark | None) -> ColumnElement[bool]:
    if mark is None:
        return true()
    if source > mark.source:
        return at < mark.at
    same = at == mark.at if source < mark.source else and_(at == mark.at, id < mark.id)
    return or_(at < mark.at, same)


class _Words:
    """A row in words: titles, dates and names of coaches, from the content."""

    def __init__(self, house: House, about: Served, zone_name: str, names: Mapping[int, str]) -> None:
        self._house, self._names, self._zone = house, names, zone(zone_name)
        self._programme = house.library.programmes[about.enrolment.programme]
        self._phrases = house.speech.phrases

    def moment(self, row: Row[Any]) -> Moment:
        sent = row.source == TIMER
        key = f"page_sent_{row.kind}" if sent else f"page_event_{row.kind}"
        why, fields = row.why if sent else row.about.get("reason"), self._fields(row.about)
        what = self._phrases.say(key, **fields).strip()
        left = sent or row.kind == "question_asked"
        return Moment(Mark(row.at, row.source, row.id), what, self._why(why, fields, sent), left)

    def _why(self, why: str | None, fields: Mapping[str, str], sent: bool) -> str:
        """Some reasons move what is sent, and keep back what is not."""
        key = f"page_unsent_{why}"
        key = key if not sent and key in self._phrases else f"page_why_{why}"
        return self._phrases.say(key, **fields).strip() if why and key in self._phrases else ""

    def _fields(self, about: Mapping[str, Any]) -> dict[str, str]:
        by = self._names.get(about.get("by") or about.get("giver") or 0, "")
        return {"what": self._title(about), "date": self._date(about), "by": named(by) or self._say("page_somebody"),
                "to": named(self._names.get(about.get("taker") or 0, "")),
                "session": self._session(str(about.get("session", ""))),
                "version": str(about.get("version", "")), "hours": self._hours(about),
                "place": hours.place(self._house, str(about.get("zone") or self._zone))}  # fmt: skip

    def _title(self, about: Mapping[str, Any]) -> str:
        """The module, the capsule or the reminder it is about."""
        flow = about.get("flow")
        envoi = next((e for e in self._programme.envois if e.id == about.get("envoi")), None)
        if flow is None and envoi is not None:
            flow = envoi.flow
            if not flow:
                return self._phrases.say("envoi_reminder", title=self._session(envoi.when.session)).strip()
        if flow and self._house.library.has_flow(flow):
            return self._house.library.flow(flow).title
        if about.get("what") in ("push", "ask"):
            return self._say(f"upcoming_{about['what']}")
        return str(flow or about.get("envoi") or "").removeprefix(LONE)

    def _session(self, session: str) -> str:
        return next((s.title for s in self._programme.sessions if s.id == session), session)

    def _hours(self, about: Mapping[str, Any]) -> str:
        """Those that somebody chose."""
        return hours.words(self._house, chosen(self._programme.hours, about)) if about.get("days") else ""

    def _date(self, about: Mapping[str, Any]) -> str:
        text = about.get("until") or about.get("at")
        return spoken_day(datetime.fromisoformat(text), self._zone) if text else ""

    def _say(self, key: str) -> str:
        return self._phrases.say(key).strip()
