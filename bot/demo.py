"""A rehearsal in one process: the stand-in, the product at the other end of a socket, a small cohort mid-programme.

The cohort is played, not written: people speak through the stand-in while its clock runs, so that all they see is real.
"""

import asyncio
import random
import tempfile
import webbrowser
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML
from sqlalchemy import Connection, func, select

from bot.app import App, run
from bot.clock import Clock, format_duration
from bot.conversation import ticking
from bot.conversation.speech import coded
from bot.desk import appointments, invitations
from bot.settings import Settings, shipped
from bot.standin.listener import listening
from bot.standin.server import create
from bot.standin.telegram import Telegram
from bot.store import tables as t
from bot.telegram.pacer import Pacer

TOKEN = "700000001:demonstration-sans-secret-00000000000"
PARIS = ZoneInfo("Europe/Paris")
TUESDAY = 1


def demo(port: int, browser: bool) -> None:
    """Runs until interrupted; prints where the page is and a guided tour. Leaves nothing behind."""
    with tempfile.TemporaryDirectory(prefix="marge-demo-") as folder:
        asyncio.run(_demo(Path(folder), port, browser))


async def _demo(folder: Path, port: int, browser: bool) -> None:
    words = _words()
    stop = asyncio.Event()
    async with rehearsal(folder, port, stop) as house:
        people = len(words["participants"]) + 3
        print(words["preparation"].format(n=people), flush=True)
        await seed(house, words)
        print(words["visite"].format(url=house.url), flush=True)
        if browser:
            webbrowser.open(house.url)
        await house.running


@dataclass(slots=True)
class Rehearsal:
    """A running product with the world it speaks to."""

    url: str
    app: App
    telegram: Telegram
    clock_file: Path
    running: "asyncio.Task[None]"
    stop: asyncio.Event

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
                self.running.result()
            await asyncio.sleep(0.01)


@asynccontextmanager
async def rehearsal(folder: Path, port: int, stop: asyncio.Event) -> AsyncIterator[Rehearsal]:
    """The stand-in and the product in this process, on a store of their own in `folder`."""
    clock_file = folder / "horloge"
    clock_file.write_text("PT0S")
    held: list[App] = []

    async def next_instant() -> datetime | None:
        return await asyncio.to_thread(held[0].next_due) if held else None

    site = create(clock_file=clock_file, next_instant=next_instant, token=TOKEN)
    site.state.telegram.limits = False
    async with listening(site, port) as url:
        settings = Settings.load(
            {
                "BOT_TOKEN": TOKEN,
                "TELEGRAM_API_URL": url,
                "DATABASE_URL": f"sqlite:///{folder / 'demo.db'}",
                "MARGE_KEYS": str(folder / "cles"),
                "MARGE_CLOCK": str(clock_file),
            },
            folder / "no.env",
        )
        app = App.open(settings, migrated=True)
        held.append(app)
        pacer = Pacer(asyncio.get_running_loop().time, per_second=1000, per_chat=1000, burst=1000)
        running = asyncio.create_task(run(app, ("work", "clock"), pacer=pacer, stop=stop))
        try:
            yield Rehearsal(url, app, site.state.telegram, clock_file, running, stop)
        finally:
            stop.set()
            await asyncio.gather(running, return_exceptions=True)
            app.close()


def _under_way(conn: Connection, now: datetime) -> int:
    o, i = t.outbox, t.inbox
    leaving = select(func.count()).select_from(o).where(o.c.state.in_(("ready", "sending")))
    leaving = leaving.where((o.c.not_before.is_(None)) | (o.c.not_before <= now) | (o.c.state == "sending"))
    coming = select(func.count()).select_from(i).where(i.c.state == "new")
    due = select(func.count()).select_from(t.timers).where(t.timers.c.state == "pending", t.timers.c.due_at <= now)
    return sum(conn.execute(query).scalar_one() for query in (leaving, coming, due))


# --- the cohort ------------------------------------------------------------------------------


async def seed(house: Rehearsal, words: Mapping[str, Any]) -> None:
    """Plays the past of the cohort, day by day, up to « now »."""
    now = _now(words["heure"])
    oldest = max(int(person["arrivee"]) for person in words["participants"])
    house.set_clock(now - timedelta(days=oldest, hours=1))
    players = await _people(house, words, now)
    chance = random.Random(7)
    for day in range(oldest, -1, -1):
        for hour in (0, 6):
            at = now - timedelta(days=day) + timedelta(hours=hour - 6 if day == 0 else hour)
            house.set_clock(min(at, now))
            for player in players:
                await player.day(house, day, hour == 0)
            await house.quiet()
            for player in players:
                await player.answer(house, words["reponses"], chance)
    house.set_clock(now)
    await house.quiet()
    await house.telegram.say(players[0].coach_chat, f"/inviter {words['invitation']}")
    await house.quiet()


def _now(hour: str) -> datetime:
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

    async def day(self, house: Rehearsal, days_before: int, morning: bool) -> None:
        if morning and days_before == int(self.about["arrivee"]):
            await house.telegram.say(self.chat, f"/start {self.code}")
            await house.quiet()
            await self._press(house, "c:consent:oui")
            await house.quiet()
            await house.app.db.write(self._book, house)

    async def answer(self, house: Rehearsal, words: list[str], chance: random.Random) -> None:
        """Answers what stands open, question by question, for as long as the mood lasts."""
        while chance.random() * 100 < float(self.about["repond"]):
            message = self._open_message(house, await house.app.db.read(_open_question, self.person_id))
            if message is None:
                return
            await self._reply(house, message, words, chance)
            await house.quiet()

    async def _reply(
        self, house: Rehearsal, message: Mapping[str, Any], words: list[str], chance: random.Random
    ) -> None:
        """A button of the question where it has some, else a few words."""
        data = _data(message)
        answers = [d for d in data if d.startswith("a:") and "!" not in d]
        finish = [d for d in data if d.endswith(":!fin")]
        if answers or finish:
            pressed = finish[0] if finish and (not answers or chance.random() < 0.5) else chance.choice(answers)
            await house.telegram.press(self.chat, message["message_id"], pressed)
        else:
            await house.telegram.say(self.chat, chance.choice(words))

    def _open_message(self, house: Rehearsal, where: str | None) -> Mapping[str, Any] | None:
        """The newest message whose buttons speak of the open question."""
        history = house.telegram.history(self.chat) if where else []
        return next((m for m in reversed(history) if any(f":{where}" in d for d in _data(m))), None)

    async def _press(self, house: Rehearsal, data: str) -> None:
        asked = next(m for m in reversed(house.telegram.history(self.chat)) if data in _data(m))
        await house.telegram.press(self.chat, asked["message_id"], data)

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


def _data(message: Mapping[str, Any]) -> list[str]:
    rows = (message.get("reply_markup") or {}).get("inline_keyboard", [])
    return [button.get("callback_data", "") for row in rows for button in row]


def _open_question(conn: Connection, person_id: int) -> str | None:
    """`<run>:<step>` of the question this person is asked, as its buttons carry it."""
    joined = select(t.runs.c.id, t.runs.c.step).join(t.enrolments, t.enrolments.c.id == t.runs.c.enrolment_id)
    row = conn.execute(joined.where(t.enrolments.c.person_id == person_id, t.runs.c.state == "waiting")).first()
    return f"{coded(row.id)}:{row.step}" if row else None


async def _people(house: Rehearsal, words: Mapping[str, Any], now: datetime) -> list[Player]:
    app, telegram = house.app, house.telegram

    def invite(conn: Connection, role: str, name: str, /, **about: Any) -> invitations.Invitation:
        return invitations.invite(
            conn, app.vault, app.house, role=role, name=name, zone="Europe/Paris", now=app.clock.now(), **about
        )

    chats = {name: telegram.account(name, label=label).user_id for name, label in _columns(words, words["roles"])}
    coach = await app.db.write(invite, "coach", words["coach"])
    admin = await app.db.write(invite, "admin", words["admin"])
    await telegram.say(chats[words["coach"]], f"/start {coach.code}")
    await telegram.say(chats[words["admin"]], f"/start {admin.code}")
    await house.quiet()
    players = []
    for about in words["participants"]:
        made = await app.db.write(invite, "participant", about["prenom"], coach_id=coach.id, cohort=words["cohorte"])
        players.append(Player(about, chats[about["prenom"]], made.code, made.id, chats[words["coach"]], now))
    return players


def _columns(words: Mapping[str, Any], roles: Mapping[str, str]) -> list[tuple[str, str]]:
    """Who stands where on the page: the participant to play first, coach, admin, then the others."""
    first, *others = [(about["prenom"], about["role"]) for about in words["participants"]]
    staff = [(words["coach"], roles["coach"]), (words["admin"], roles["admin"])]
    return [first, *staff, (words["invitation"], roles["invitation"]), *others]


def _words() -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe").load((shipped("content") / "demo.yml").read_text("utf-8"))
    return loaded
