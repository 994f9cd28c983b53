"""A rehearsal in one process: the stand-in, the product at the other end of a socket, a small cohort mid-programme.

The cohort is played, not written: people speak through the stand-in while its clock runs, so that all they see is real.
"""

import asyncio
import random
import signal
import socket
import tempfile
import webbrowser
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML
from sqlalchemy import Connection, func, select

from bot.app import App, run
from bot.clock import Clock, format_duration
from bot.conversation import ticking
from bot.conversation.speech import coded
from bot.desk import appointments, invitations
from bot.desk.upcoming import upcoming
from bot.scenes import put_before, sessions
from bot.settings import Settings, shipped
from bot.standin.control import Scenes
from bot.standin.listener import listening
from bot.standin.server import create
from bot.standin.telegram import Telegram
from bot.store import tables as t
from bot.telegram.pacer import Pacer

TOKEN = "700000001:demonstration-sans-secret-00000000000"
PARIS = ZoneInfo("Europe/Paris")
TUESDAY = 1
STAFF = ("coach", "admin", "referent")
FAR = timedelta(days=60)
"""How far ahead the next sending is looked for."""


def demo(port: int, browser: bool) -> None:
    """Runs until interrupted; prints where the page is and a guided tour. Leaves nothing behind."""
    with tempfile.TemporaryDirectory(prefix="marge-demo-") as folder:
        asyncio.run(_demo(Path(folder), port, browser))


async def _demo(folder: Path, port: int, browser: bool) -> None:
    words = cohort()
    stop = _on_signals()
    async with rehearsal(folder, port, stop) as house:
        people = len(words["participants"]) + 4
        print(words["preparation"].format(n=people), flush=True)
        if await _unless(stop, seed(house, words)):
            print(words["visite"].format(url=house.url), flush=True)
            if browser:
                webbrowser.open(house.url)
            await asyncio.wait([house.running])
    print(words["fin"], flush=True)


def _on_signals() -> asyncio.Event:
    """Set by Ctrl+C and by SIGTERM: both end in order, so that the folder goes."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
    return stop


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Whether the work came to its end; it is given up when `stop` comes first. Raises what the work raised."""
    working, ending = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    await asyncio.wait([working, ending], return_when=asyncio.FIRST_COMPLETED)
    ended = working.done()
    for one in (working, ending):
        one.cancel()
    await asyncio.gather(working, ending, return_exceptions=True)
    if ended:
        working.result()
    return ended


@dataclass(slots=True)
class Rehearsal:
    """A running product with the world it speaks to."""

    url: str
    app: App
    telegram: Telegram
    clock_file: Path
    running: "asyncio.Task[None]"
    stop: asyncio.Event
    heroine: int = 0

    async def stand_before(self, session: str) -> str:
        """Puts the first participant in the interval before `session`: what came earlier counts as lived through."""
        await self.app.db.write(put_before, self.app.vault, self.app.house, self.heroine, session, self.app.clock.now())
        await self.quiet()
        return str(cohort()["intervalle"]).format(session=sessions()[session])

    def set_clock(self, at: datetime) -> None:
        """Moves the rehearsal's clock to this instant; the file is replaced whole."""
        shift = at - Clock.real().now()
        draft = self.clock_file.with_suffix(".new")
        draft.write_text(format_duration(shift))
        draft.replace(self.clock_file)

    async def quiet(self) -> None:
        """Waits until all that is due has been said and all that was said has been heard."""
        while True:
            while await self.app.db.write(ticking.tick, self.app.vault, self.app.house, self.app.clock.now()):
                pass
            waiting = sum(bot.updates.count(self.telegram.now()) for bot in self.telegram.bots())
            if not waiting and not await self.app.db.read(_under_way, self.app.clock.now()):
                return
            if self.running.done():
                return self.running.result()
            await asyncio.sleep(0.01)

    async def next_sending(self) -> datetime | None:
        """Lives on until something is said, and gives that instant; None when nothing is within two months.

        What falls due may say nothing: an envoi that waits behind an open question, a digest without news.
        """
        app, begun = self.app, self.app.clock.now()
        said = await app.db.read(_written)
        while (at := await _next_due(app)) is not None and at < begun + FAR:
            self.set_clock(max(at, app.clock.now()))
            await self.quiet()
            if await app.db.read(_written) > said:
                return app.clock.now()
        return None


@asynccontextmanager
async def rehearsal(folder: Path, port: int, stop: asyncio.Event) -> AsyncIterator[Rehearsal]:
    """The stand-in and the product in this process, on a store of their own in `folder`."""
    clock_file = folder / "horloge"
    clock_file.write_text("PT0S")
    houses: list[Rehearsal] = []

    async def next_instant() -> datetime | None:
        return await houses[0].next_sending() if houses else None

    async def play(scene: str) -> str:
        return await houses[0].stand_before(scene)

    words = cohort()
    scenes = Scenes(words["seances"], sessions(), play)
    site = create(clock_file=clock_file, next_instant=next_instant, scenes=scenes, token=TOKEN)
    site.state.telegram.limits = False
    async with listening(site, port) as url:
        door = _door(port + 1 if port else 0)
        page = f"http://127.0.0.1:{door.getsockname()[1]}"
        settings = Settings.load(
            {
                "BOT_TOKEN": TOKEN,
                "TELEGRAM_API_URL": url,
                "DATABASE_URL": f"sqlite:///{folder / 'demo.db'}",
                "MARGE_KEYS": str(folder / "cles"),
                "MARGE_CLOCK": str(clock_file),
                "MARGE_PAGE": page,
            },
            folder / "no.env",
        )
        app = App.open(settings, migrated=True)
        pacer = Pacer(asyncio.get_running_loop().time, per_second=1000, per_chat=1000, burst=1000)
        running = asyncio.create_task(run(app, ("web", "work", "clock"), pacer=pacer, stop=stop, door=door))
        houses.append(Rehearsal(url, app, site.state.telegram, clock_file, running, stop))
        try:
            yield houses[0]
        finally:
            stop.set()
            await asyncio.gather(running, return_exceptions=True)
            app.close()


def _door(port: int) -> socket.socket:
    """Where the coaches' page will be served: this port, or a free one when it is taken."""
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind(("127.0.0.1", port))
    except OSError:
        door.bind(("127.0.0.1", 0))
    return door


async def _next_due(app: App) -> datetime | None:
    """When something is due that still means something."""
    ahead = await app.db.read(upcoming, app.vault, app.house, app.clock.now())
    return next((one.due_at for one in ahead if one.due_at), None)


def _written(conn: Connection) -> int:
    return conn.execute(select(func.count()).select_from(t.outbox)).scalar_one()


def _under_way(conn: Connection, now: datetime) -> int:
    o, i = t.outbox, t.inbox
    leaving = select(func.count()).select_from(o).where(o.c.state.in_(("ready", "sending")))
    leaving = leaving.where((o.c.not_before.is_(None)) | (o.c.not_before <= now) | (o.c.state == "sending"))
    coming = select(func.count()).select_from(i).where(i.c.state == "new")
    due = select(func.count()).select_from(t.timers).where(t.timers.c.state == "pending", t.timers.c.due_at <= now)
    return sum(conn.execute(query).scalar_one() for query in (leaving, coming, due))


# --- the cohort ------------------------------------------------------------------------------


async def seed(house: Rehearsal, words: Mapping[str, Any], now: datetime | None = None) -> None:
    """Plays the past of the cohort, day by day, up to `now`; by default the Tuesday that comes."""
    now = now or _tuesday(words["heure"])
    oldest = max(int(person["arrivee"]) for person in words["participants"])
    house.set_clock(now - timedelta(days=oldest, hours=1))
    players = await _people(house, words, now)
    house.heroine = players[0].person_id
    chance = random.Random(7)
    for day in range(oldest, -1, -1):
        for hour in (0, 6):
            at = now - timedelta(days=day) + timedelta(hours=hour - 6 if day == 0 else hour)
            house.set_clock(min(at, now))
            for player in players:
                await player.day(house, day, hour == 0)
            await house.quiet()
            for player in players:
                if day >= int(player.about["se_tait"]):
                    await player.answer(house, words["autrement"], chance)
    house.set_clock(now)
    await house.quiet()
    await house.telegram.say(players[0].coach_chat, f"/inviter {words['invitation']}")
    await house.quiet()


def _tuesday(hour: str) -> datetime:
    """The Tuesday that comes, at this hour in Paris."""
    today = Clock.real().now().astimezone(PARIS)
    day = today.date() + timedelta(days=(TUESDAY - today.weekday()) % 7 or 7)
    return datetime.combine(day, datetime.strptime(hour, "%H:%M").time(), PARIS)


@dataclass(slots=True)
class Player:
    """Somebody of the cohort: arrives on a day, gets appointments, answers some of what is asked."""

    about: Mapping[str, Any]
    chat: int
    code: str
    person_id: int
    coach_chat: int
    now: datetime
    told: Counter[str] = field(default_factory=Counter)

    async def day(self, house: Rehearsal, days_before: int, morning: bool) -> None:
        if morning and days_before == int(self.about["arrivee"]):
            await house.telegram.say(self.chat, f"/start {self.code}")
            await house.quiet()
            await self._press(house, "c:consent:oui")
            await house.quiet()
            await house.app.db.write(self._book, house)

    async def answer(self, house: Rehearsal, otherwise: str, chance: random.Random) -> None:
        """Answers what stands open, question by question, until nothing does."""
        while (asked := await house.app.db.read(_open_question, self.person_id)) is not None:
            message = self._open_message(house, asked.where)
            if message is None:
                return
            await self._reply(house, message, self._next_words(asked.key), otherwise, chance)
            await house.quiet()

    def _next_words(self, key: str) -> str | None:
        """What this person has to say to a question, piece by piece; None when nothing is left to say."""
        words = self.about["dit"].get(key, [])
        pieces = words if isinstance(words, list) else [words]
        self.told[key] += 1
        return pieces[self.told[key] - 1] if self.told[key] <= len(pieces) else None

    async def _reply(
        self, house: Rehearsal, message: Mapping[str, Any], words: str | None, otherwise: str, chance: random.Random
    ) -> None:
        """The button of that name, else these words; without any, « J'ai terminé », a card, or a few words."""
        buttons = _buttons(message)
        named = [data for data, label in buttons.items() if words and _plain(label) == _plain(words)]
        finish = [data for data in buttons if data.endswith(":!fin")]
        cards = [data for data in buttons if data.startswith("a:") and "!" not in data]
        if pressed := named or (not words and (finish or (cards and [chance.choice(cards)]))):
            await house.telegram.press(self.chat, message["message_id"], pressed[0])
        else:
            await house.telegram.say(self.chat, words or otherwise)

    def _open_message(self, house: Rehearsal, where: str) -> Mapping[str, Any] | None:
        """The newest message whose buttons speak of the open question."""
        history = house.telegram.history(self.chat)
        return next((m for m in reversed(history) if any(f":{where}" in data for data in _buttons(m))), None)

    async def _press(self, house: Rehearsal, data: str) -> None:
        found = ((m["message_id"], full) for m in reversed(house.telegram.history(self.chat)) for full in _buttons(m))
        await house.telegram.press(self.chat, *next(one for one in found if one[1].startswith(data)))

    def _book(self, conn: Connection, house: Rehearsal) -> None:
        for session, days in self.about["rendez_vous"].items():
            at = (self.now + timedelta(days=int(days))).replace(hour=14, minute=0).replace(tzinfo=None)
            appointments.put(
                conn,
                house.app.vault,
                house.app.house,
                self.person_id,
                session,
                at,
                "Europe/Paris",
                house.app.clock.now(),
            )


def _buttons(message: Mapping[str, Any]) -> dict[str, str]:
    """What each button of a message carries, and what stands on it."""
    rows = (message.get("reply_markup") or {}).get("inline_keyboard", [])
    return {button.get("callback_data", ""): button["text"] for row in rows for button in row}


def _plain(label: str) -> str:
    return label.replace("’", "'").replace("\u202f", " ")


class Asked(NamedTuple):
    """The open question: its key, and `<run>:<step>` as its buttons carry it."""

    key: str
    where: str


def _open_question(conn: Connection, person_id: int) -> Asked | None:
    r, e = t.runs.c, t.enrolments.c
    query = select(r.id, r.key, r.step).join(t.enrolments, e.id == r.enrolment_id)
    row = conn.execute(query.where(e.person_id == person_id, r.state == "waiting")).first()
    return Asked(row.key, f"{coded(row.id)}:{row.step}") if row else None


async def _people(house: Rehearsal, words: Mapping[str, Any], now: datetime) -> list[Player]:
    app, telegram = house.app, house.telegram

    def invite(conn: Connection, role: str, name: str, /, **about: Any) -> invitations.Invitation:
        return invitations.invite(
            conn, app.vault, app.house, role=role, name=name, zone="Europe/Paris", now=app.clock.now(), **about
        )

    chats = {name: telegram.account(name, label=label).user_id for name, label in _columns(words, words["roles"])}
    staff = {role: await app.db.write(invite, role, words[role]) for role in STAFF}
    for role, made in staff.items():
        await telegram.say(chats[words[role]], f"/start {made.code}")
    await house.quiet()
    players = []
    for about in words["participants"]:
        made = await app.db.write(
            invite, "participant", about["prenom"], coach_id=staff["coach"].id, cohort=words["cohorte"]
        )
        players.append(Player(about, chats[about["prenom"]], made.code, made.id, chats[words["coach"]], now))
    return players


def _columns(words: Mapping[str, Any], roles: Mapping[str, str]) -> list[tuple[str, str]]:
    """Who stands where on the page: the participant to play first, coach, admin, then the others."""
    first, *others = [(about["prenom"], about["role"]) for about in words["participants"]]
    staff = [(words[role], roles[role]) for role in STAFF]
    return [first, *staff, (words["invitation"], roles["invitation"]), *others]


def cohort() -> dict[str, Any]:
    """Who is invented, what they say and what the tour says, from `content/demo.yml`."""
    loaded: dict[str, Any] = YAML(typ="safe").load((shipped("content") / "demo.yml").read_text("utf-8"))
    return loaded
