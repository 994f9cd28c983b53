"""What every turn of the conversation leans on: the words, the flows in every version, and the desk's door."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from bot.conversation.pace import Pace
from bot.conversation.speech import Speech
from bot.conversation.update import Update, Wanted, Weighed
from bot.library import Library
from bot.settings import Keeper, shipped
from bot.store.case import Case, RunFile, Timer
from bot.store.cases import archive
from bot.store.vault import Vault
from flows.frozen import thaw
from flows.model import Flow, Programme, Question


class Shelf:
    """Flows by version: today's from the library, older ones as they were when their runs began (S7.1).

    `publication` is the number of what is served, None while nothing was ever published.
    """

    def __init__(self, library: Library, archived: Mapping[str, bytes], publication: int | None = None) -> None:
        self.swap(library, archived, publication)

    def swap(self, library: Library, archived: Mapping[str, bytes], publication: int | None) -> None:
        """Serves another library from here on."""
        self.library, self.publication = library, publication
        self._archive = dict(archived)
        self._known: dict[str, Flow] = {}

    def today(self, flow_id: str) -> Flow:
        """The published version; raises KeyError when there is no such flow."""
        flow = self.library.flow(flow_id)
        self._known.setdefault(flow.version, flow)
        return flow

    def complete(self, conn: Connection, cases: Iterable[Case]) -> None:
        """Learns the versions that these cases' runs need and a newer process has published meanwhile."""
        needed = {file.version for case in cases for file in case.runs}
        missing = needed - self._known.keys() - self._archive.keys()
        missing -= {flow.version for flow in self.library.every_flow()} if missing else set()
        if missing:
            self._archive.update(archive(conn, missing))

    def of(self, file: RunFile) -> Flow:
        found = self._known.get(file.version)
        if found is None:
            today = self.library.flow(file.flow) if self.library.has_flow(file.flow) else None
            found = today if today and today.version == file.version else thaw(self._archive[file.version])
            self._known[file.version] = found
        return _worded(found, file.words) if file.words else found


def _worded(flow: Flow, words: str) -> Flow:
    """The flow with a coach's own words as its question: plain text, whatever signs they hold."""
    text = _MARKS.sub(_spared, words)
    return replace(flow, steps=tuple(replace(s, text=text) if isinstance(s, Question) else s for s in flow.steps))


def _spared(found: re.Match[str]) -> str:
    mark = found[0].strip()
    return f"{mark}\\" if mark.isdecimal() else f"\\{mark}"


_MARKS = re.compile(r"[\\`*_\[\]<&|~]|^[ \t]*(?:[#>+-]|\d+(?=[.)]))", re.MULTILINE)
"""What Markdown would take for itself."""


Due = Callable[[Connection, Vault, "House", Timer, datetime], None]
"""What the desk does when one of its timers is due (a digest, a brief): in the tick's transaction."""

Desk = Callable[[Connection, Vault, "House", Case, Update | Wanted | Weighed, datetime], None]
"""What the desk does with an update of a coach or an admin, or with what a participant wants of what is kept: in the
turn's transaction, the answer on their own case."""


def no_desk(
    conn: Connection, vault: Vault, house: "House", case: Case, update: Update | Wanted | Weighed, now: datetime
) -> None:
    """A house without coaches or admins."""


@dataclass(slots=True)
class Bot:
    """What Telegram says of us; the username is empty until it has been asked."""

    username: str = ""


@dataclass(frozen=True, slots=True)
class House:
    speech: Speech
    shelf: Shelf
    desk: Desk = no_desk
    due: Mapping[str, Due] = field(default_factory=dict)
    bot: Bot = field(default_factory=Bot)
    page: str = ""
    """Address of the coaches' page, without a final slash; nothing when there is none."""
    excerpts: bool = False
    """Whether digests bring a few words of participants into Telegram."""
    keeper: Keeper = field(default_factory=Keeper)
    pace: Pace = field(default_factory=Pace)
    content: Path = field(default_factory=lambda: shipped("content"))
    """The folder beside what is published: the bot's own words, and where nothing was published yet, all of it."""
    backups: Path | None = None
    """Where copies are made each night; None: nowhere."""
    ai: bool = False
    """Whether an AI is set at all: without one nobody can agree to it."""

    @property
    def library(self) -> Library:
        """What is published at this moment: another one from one transaction to the next."""
        return self.shelf.library

    def programme(self, case: Case) -> Programme:
        assert case.enrolment is not None
        return self.library.programmes[case.enrolment.programme]
