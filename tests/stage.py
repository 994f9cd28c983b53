"""The bare player: a transcript through the door alone, on cases in memory. No table, no socket, no clock.

What a send sets in motion starts at once: delivery is certain here. Its twin (tests/full_stage.py) goes through
tables, timers, outbox and the stand-in; both must say the same words.
"""

import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.conversation import door, due, planning, written
from bot.conversation.house import House, Shelf
from bot.conversation.speech import Speech
from bot.conversation.update import File, Heard, Ignored, Membership, Pressed, Update
from bot.library import Library
from bot.settings import shipped
from bot.store.case import Case, Enrolment, Outgoing, Person, Timer, drawn_id
from bot.telegram.secrecy import describe
from flows.calendar import days_after
from flows.frozen import freeze
from tests.screen import ADMIN, CHAT, COACH, OTHER, RELAY, VISITOR, Page, Screen, happened, held, told
from tests.script import Deed, Presses, SendsFile, SendsOther, Writes, deeds, later, local

HERE = Path(__file__).parent
MINUTE = timedelta(minutes=1)
GUESS_WINDOW = timedelta(minutes=10)
CHATS = {">": CHAT, "autre>": OTHER, "visite>": VISITOR, "coach>": COACH, "relais>": RELAY, "admin>": ADMIN}
STATES = {"annule": "cancelled", "absent": "no_show", "faite": "done"}
MEGABYTE = 1024 * 1024
TESTIMONY = "  answers: {temoignage.temoignage_accord: [oui]}\n"
"""What in the real agreements names a module of the real programme."""

CLOSED = "Forbidden: user is deactivated"


@lru_cache
def library(name: str) -> Library:
    """`bilan`, the real content; or a folder of tests/content, with the real phrases; `essai-v2` lies over `essai`."""
    if name == "bilan":
        return Library.open(shipped("content"))
    with tempfile.TemporaryDirectory() as temporary:
        return Library.open(gathered(name, Path(temporary) / name))


def gathered(name: str, folder: Path) -> Path:
    """The content of that name, whole, in a new folder."""
    shutil.copytree(HERE / "content" / name.partition("-")[0], folder)
    for real in ("phrases.yml", "consentements.yml", "confidentialite.yml", "lieux.yml"):
        (folder / real).write_text((shipped("content") / real).read_text("utf-8").replace(TESTIMONY, ""), "utf-8")
    shutil.copytree(HERE / "content" / name, folder, dirs_exist_ok=True)
    shutil.copytree(shipped("content") / "safety", folder / "safety")
    return folder


class Player(ABC):
    """The language of acts. `now` is the transcript's clock; what comes of an act is gathered on a page."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.now = local("2026-03-02 09:00")
        self.screen = Screen()
        self.library = library(settings.get("contenu", "essai"))
        self.zone = settings.get("fuseau", "Europe/Paris")
        self.invited = settings.get("départ") == "invitation"
        self.site = "https://marge.test" if settings.get("page") == "oui" else ""

    def act(self, text: str) -> list[str]:
        """Plays one act; what came of it, as transcript lines."""
        text = text.splitlines()[-1]
        kind, _, rest = text.partition(" ")
        lines: list[str] = []
        match kind:
            case "@":
                lines = self.until(local(rest))
            case "+":
                lines = self.until(later(self.now, text))
            case ">" | "autre>" | "visite>" | "coach>" | "relais>" | "admin>":
                self.does(deeds(rest), CHATS[kind])
            case "page>":
                words = rest.removeprefix("[pour moi] ").replace("\\n", "\n")
                self.writes_on_page({written.WORDS: words, written.CHOICE: words}, private=words != rest)
            case "!":
                self.orders(rest)
            case _:
                raise ValueError(text)
        return lines + self.page().lines(None)

    def orders(self, text: str) -> None:
        """What the coach, an admin, Telegram or the operator does."""
        verb, _, rest = text.partition(" ")
        match verb:
            case "rdv":
                session, day, hour, *zone = rest.split()
                place = zone[0] if zone else "Europe/Paris"
                at = local(f"{day} {hour}", ZoneInfo(place))
                self.change(lambda case: planning.set_appointment(self.house, case, session, at, place, drawn_id()))
            case "annule" | "absent" | "faite":
                self.change(lambda case: planning.change_state(self.house, case, rest, STATES[verb]))
            case "doux":
                self.change(_gentle)
            case "pousse":
                kind, _, body = rest.partition(" ")
                self.pushes({kind: body} if kind == "flow" else {"text": body})
            case "confie":
                self.hands_over()
            case "repère":
                self.spots(*rest.split(" | "))
            case "purge":
                self.purges()
            case "invite":
                self.invites("nouveau-code")
            case "bloque" | "débloque":
                self.blocks(verb == "bloque")
            case "publie":
                self.publishes(library(rest))
            case "ferme":
                self.closes()
            case "redémarre":
                self.restarts()
            case "s'arrête" | "repart":
                self.runs(verb == "repart")
            case "encore" | "abîmé" | "inconnu":
                self.delivers(verb)
            case _:
                raise ValueError(text)

    house: House

    @abstractmethod
    def does(self, doings: list[Deed], chat: int) -> None: ...

    def link(self) -> str:
        """The token of the newest link to the page."""
        return self.screen.button("Ouvrir la page", "")[1].rpartition("/")[2]

    @abstractmethod
    def writes_on_page(self, form: Mapping[str, str], private: bool) -> None: ...

    @abstractmethod
    def change(self, what: Callable[[Case], Any]) -> None: ...

    @abstractmethod
    def pushes(self, body: Mapping[str, str]) -> None: ...

    @abstractmethod
    def invites(self, code: str) -> None: ...

    @abstractmethod
    def hands_over(self) -> None:
        """To the second coach: through the tables only."""

    @abstractmethod
    def spots(self, name: str, why: str = "") -> None:
        """A coach proposes a skill: through the tables only."""

    @abstractmethod
    def purges(self) -> None:
        """What the house does every hour for programmes that ended: through the tables only."""

    @abstractmethod
    def blocks(self, blocked: bool) -> None: ...

    @abstractmethod
    def closes(self) -> None: ...

    @abstractmethod
    def runs(self, running: bool) -> None: ...

    @abstractmethod
    def publishes(self, new: Library) -> None: ...

    @abstractmethod
    def restarts(self) -> None: ...

    @abstractmethod
    def delivers(self, what: str) -> None: ...

    @abstractmethod
    def until(self, end: datetime) -> list[str]:
        """Lets time pass, instant by instant."""

    @abstractmethod
    def page(self) -> Page:
        """What came since the last time, once all is quiet."""


def _gentle(case: Case) -> None:
    assert case.enrolment is not None
    case.enrolment.gentle, case.changes.enrolment = True, True


def _fire(house: House, timers: list[Timer], case: Case) -> None:
    due.all_due(house, case, timers)


def code_of(update: Update) -> str:
    """The code of `/start <code>`, or nothing."""
    command = update.command if isinstance(update, Heard) else None
    return command[1] if command and command[0] == "start" else ""


class Bare(Player):
    def __init__(self, settings: Mapping[str, str]) -> None:
        super().__init__(settings)
        self.house = House(Speech(self.library), Shelf(self.library, {}), page=self.site)
        self.links: dict[str, str] = {}
        self.archive: dict[str, bytes] = {}
        self.written = Page()
        self.landed: dict[tuple[int, int], tuple[int | None, str]] = {}
        self.albums: dict[str, tuple[int | None, str]] = {}
        self.held: list[Outgoing] = []
        self.bodies: dict[int, Mapping[str, str]] = {}
        self.codes = {"bon-code"} if self.invited else set()
        self.guesses: list[tuple[int, datetime]] = []
        self.ranks: dict[tuple[str, str], int] = {}
        self.counter, self.replies = 100, 0
        self.blocked = self.closed = self.refused = self.down = False
        self.waiting: list[tuple[list[Deed], int]] = []
        self.strangers = {chat: Case(chat, self.now) for chat in (CHAT, OTHER, VISITOR)}
        self.home = self._newcomer()

    def _newcomer(self) -> Case:
        """Claire's own case: in her chat, or waiting for her to come in."""
        chat = None if self.invited else CHAT
        programme = next(iter(self.library.programmes))
        state = "invited" if self.invited else "active"
        person = Person(1, "participant", "Claire", self.zone, chat)
        enrolment = Enrolment(1, 1, 2, programme, "accompagne", None, state, self.now)
        return Case(chat, self.now, person, enrolment, Person(2, "coach", "Anne", "Europe/Paris", COACH))

    # --- people ---

    def does(self, doings: list[Deed], chat: int) -> None:
        if self.down:
            self.waiting.append((doings, chat))
            return
        self.closed = self.closed and chat != CHAT
        for deed in doings:
            match deed:
                case Writes():
                    reply_to = self.screen.find(deed.reply_to, chat).id if deed.reply_to else None
                    number = self.screen.own(deed.edits, chat) if deed.edits else None
                    self.says(chat, deed.text, number, reply_to=reply_to, edited=bool(deed.edits))
                case Presses():
                    message, data = self.screen.button(deed.label, deed.on, chat)
                    for _ in range(deed.times):
                        self.update(Pressed(chat, message, data, f"cb{self.number()}"))
                case SendsFile():
                    file = File(deed.kind, f"f{self.counter}", {"size": deed.megabytes * MEGABYTE})
                    self.says(chat, deed.caption, files=(file,), album=deed.album or None)
                case SendsOther(kind=kind):
                    self.says(chat, "", other=kind)

    def says(self, chat: int, text: str, number: int | None = None, **about: Any) -> None:
        number = number or self.number()
        self.screen.theirs[number] = (chat, text)
        self.update(Heard(chat, number, text, **about))

    # --- orders ---

    def change(self, what: Callable[[Case], Any]) -> None:
        self.turn(self.home, what)

    def pushes(self, body: Mapping[str, str]) -> None:
        number = len(self.bodies) + 1
        self.bodies[number] = body
        self.change(lambda case: case.wake("push", str(number), self.now, push=number))

    def writes_on_page(self, form: Mapping[str, str], private: bool) -> None:
        purpose = self.links.pop(self.link())
        sheet = written.sheet(self.house, self.home, purpose)
        self.turn(self.home, lambda case: door.on_page(self.house, case, sheet, form, private))

    def invites(self, code: str) -> None:
        self.codes = {code}

    def hands_over(self) -> None:
        raise AssertionError("a second coach is played through the tables: « joueur: complet »")

    def spots(self, name: str, why: str = "") -> None:
        raise AssertionError("a skill is played through the tables: « joueur: complet »")

    def purges(self) -> None:
        raise AssertionError("a purge is played through the tables: « joueur: complet »")

    def blocks(self, blocked: bool) -> None:
        self.blocked = blocked
        self.update(Membership(CHAT, blocked))

    def closes(self) -> None:
        self.closed = True

    def runs(self, running: bool) -> None:
        self.down = not running
        waiting, self.waiting = self.waiting, []
        for doings, chat in waiting:
            self.does(doings, chat)

    def publishes(self, new: Library) -> None:
        self.archive |= {flow.version: freeze(flow) for flow in self.library.every_flow()}
        self.library = new
        self.house = House(Speech(new), Shelf(new, self.archive), page=self.site)
        self.change(lambda case: planning.replan(self.house, case))

    def restarts(self) -> None:
        """There is nothing to lose here."""

    def delivers(self, what: str) -> None:
        """The same update once more never reaches the door."""
        if what == "inconnu":
            self.update(Ignored(0, "poll"))
        elif what == "abîmé":
            raise ValueError("what cannot be read never reaches the door: « joueur: complet »")

    # --- turns ---

    def update(self, update: Update) -> None:
        case = self.home if self.home.chat_id == update.chat_id else self.strangers.get(update.chat_id)
        case = case or Case(update.chat_id, self.now)
        case.landed = None
        case.messages = {m.id: m.run for m in self.screen.shown.values() if m.run and m.chat == update.chat_id}
        case.answers_in = {number: where for (chat, number), where in self.landed.items() if chat == update.chat_id}
        case.albums = self.albums
        case.invited = self.home if code_of(update) in self.codes else None
        case.guesses = sum(chat == case.chat_id and at > self.now - GUESS_WINDOW for chat, at in self.guesses)
        self.turn(case, lambda one: door.handle(self.house, one, update))
        if isinstance(update, Heard) and case.landed:
            self.landed[update.chat_id, update.message_id] = case.landed

    def turn(self, case: Case, play: Callable[[Case], Any]) -> None:
        case.now = self.now
        play(case)
        changes = case.take()
        self.guesses += [(case.chat_id or 0, self.now)] if changes.guessed else []
        if changes.redeemed is not None:
            self.codes = set()
            self.home = case
        self.links |= {token: purpose for purpose, token in changes.links}
        gone = changes.erased
        self.number_replies()
        for timer in changes.timers:
            timer.id = self.rank(timer)
        released, self.held = (self.still(self.held), []) if changes.released else ([], self.held)
        leaving = [out for out in changes.out if not (gone and out.owner_id == 1)]
        for out in sorted([*(released if changes.released == "ready" else []), *leaving], key=lambda o: o.rank):
            self.deliver(out)
        self.written.kept += [held(r.key, r.version, r.kept, r.how, r.private, r.late) for r in changes.replies]
        self.written.events += [line for e in changes.happenings for line in happened(e.kind, e.about)]
        if self.refused:
            self.refused = False
            self.turn(self.home, lambda case: door.unreachable(self.house, case, describe(CLOSED)))
        if gone:
            self.strangers[CHAT] = Case(CHAT, self.now)
            self.home = Case(None, self.now)

    def still(self, held: list[Outgoing]) -> list[Outgoing]:
        """Those that put no question, or one that still stands."""
        steps = {file.id: file.run.step for file in self.home.runs}
        return [out for out in held if out.step is None or steps.get(out.run_id or 0) == out.step]

    def number_replies(self) -> None:
        """Answers get their row numbers, as the store would give them."""
        for file in self.home.runs:
            for key, version in list(file.versions.items()):
                if not version.id:
                    self.replies += 1
                    file.versions[key] = replace(version, id=self.replies)

    def rank(self, timer: Timer) -> int:
        """A timer keeps the place it had when it was first set, as its row does."""
        return self.ranks.setdefault((timer.kind, timer.scope), len(self.ranks) + 1)

    def deliver(self, out: Outgoing) -> None:
        if (self.blocked or self.closed) and out.chat_id == CHAT:
            self.held.append(out)
            self.refused = self.refused or self.closed
            return
        number = self.number() if out.method.startswith("send") else None
        file = out.ordered.name if out.ordered else next((name for name, _, _ in out.files.values()), "")
        self.written.out[out.chat_id] += told(out.method, out.params, out.chat_id, file)
        self.screen.add(out.method, out.params, out.chat_id, number)
        if number is not None and out.key:
            self.screen.shown[number] = replace(self.screen.shown[number], run=(out.run_id, out.key))
        for wake in out.wake:
            self.wake(wake)

    def wake(self, wake: Mapping[str, Any]) -> None:
        due_at = days_after(self.now, int(wake["days"]), self.home.zone)
        about = {name: wake[name] for name in ("run", "step", "nth") if name in wake}
        timer = Timer(wake["owner"], wake["kind"], wake["scope"], due_at, about, enrolment_id=1)
        timer.id = self.rank(timer)
        same = (timer.kind, timer.scope)
        self.home.timers = [t for t in self.home.timers if (t.kind, t.scope) != same] + [timer]

    # --- time ---

    def until(self, end: datetime) -> list[str]:
        lines: list[str] = []
        while ahead := [t for t in self.home.timers if t.state == "pending" and t.due_at <= end]:
            self.now = max(self.now, min(t.due_at for t in ahead))
            lines += self.page().lines(self.now)
        self.now = max(self.now, end)
        return lines

    def page(self) -> Page:
        while found := [t for t in self.home.timers if t.state == "pending" and t.due_at <= self.now]:
            found.sort(key=lambda timer: timer.id or 0)
            self.home.pushes = dict(self.bodies)
            self.turn(self.home, partial(_fire, self.house, found))
        done, self.written = self.written, Page()
        return done

    def number(self) -> int:
        self.counter += 1
        return self.counter
