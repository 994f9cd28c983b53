"""The full player: a transcript through tables, inbox, outbox, timers and a socket, the stand-in at the other end.

Its lines must be those of the bare player (tests/stage.py). Waits on the store and the stand-in, never on time.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, func, insert, or_, select

from bot import counter, duties
from bot.admin import progress
from bot.clock import Clock, format_duration
from bot.conversation import intake, media, ticking
from bot.conversation.house import House, Shelf
from bot.conversation.speech import Speech
from bot.conversation.worker import Worker
from bot.desk import closing, handover, people, skills
from bot.library import Library
from bot.publishing import release
from bot.publishing.following import Following
from bot.standin.listener import listening
from bot.standin.server import create
from bot.standin.shapes import Attachment
from bot.standin.shapes import Call as Made
from bot.store import tables as t
from bot.store.case import Case, Timer, drawn_id
from bot.store.cases import by_person, kept
from bot.store.database import Database
from bot.store.saving import Turned, save, upsert_timers
from bot.store.vault import Vault
from bot.telegram import receive
from bot.telegram.gateway import Gateway
from bot.telegram.pacer import Pacer
from bot.web import own
from bot.web.answer import Page as Shown
from bot.web.sitting import Sitting
from tests.screen import ADMIN, CHAT, COACH, OTHER, RELAY, VISITOR, Page, happened, held, told
from tests.script import Deed, Presses, SendsFile, SendsOther, Writes
from tests.stage import CLOSED, MEGABYTE, MINUTE, Player

TOKEN = "700000001:transcript-without-a-secret-00000000000"
PATIENCE = 20.0
"""Real seconds in which everything set in motion by one act must have come to rest."""

UNSEEN = frozenset({"getUpdates", "getMe", "getFile", "deleteWebhook"})


class Full(Player):
    """Enter it to start the stand-in and the product; its acts play while their loop runs."""

    def __init__(self, settings: Mapping[str, str], database: Database, vault: Vault, folder: Path) -> None:
        super().__init__(settings)
        self.db, self.vault, self.clock_file = database, vault, folder / "clock"
        self.clock = Clock.rehearsal(self.clock_file)
        self.runner, self.stack = asyncio.Runner(), AsyncExitStack()
        self.seen = {"calls": 0, "replies": 0, "events": 0}
        self.presses: dict[str, int] = {}
        self.last: dict[str, Any] = {}
        self.closed = self.down = False
        self.relay, self.admin = settings.get("relais"), settings.get("admin")

    def __enter__(self) -> Self:
        self.beat, progress.BEAT = progress.BEAT, MINUTE  # seconds would pass within an act on a busy machine
        self.set_clock(self.now)
        self.runner.run(self._open())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.runner.run(self._close())
        finally:
            progress.BEAT = self.beat
            self.runner.close()

    async def _open(self) -> None:
        site = create(clock_file=self.clock_file, token=TOKEN)
        self.telegram = site.state.telegram
        self.telegram.limits = False
        guests = ((CHAT, "Claire"), (OTHER, "Claire"), (VISITOR, "Camille"), (COACH, "Anne"), (RELAY, self.relay),
                  (ADMIN, self.admin))  # fmt: skip
        for chat, name in guests:
            if name is None:
                continue
            self.telegram.bot().chat_of(self.telegram.account(name, chat))
        self.url = await self.stack.enter_async_context(listening(site))
        staff = (("coach", self.relay, RELAY), ("admin", self.admin, ADMIN))
        await self.db.write(_people, self.vault, self.library, self.zone, self.invited, staff, self.clock.now())
        await self._start()

    async def _close(self) -> None:
        if not self.down:
            await self._stop()
        await self.stack.aclose()

    async def _start(self) -> None:
        """A process: nothing of an earlier one but the tables."""
        shelved = await self.db.write(release.shelve, self.library, self.clock.now())
        self.house = House(Speech(self.library), Shelf(self.library, shelved), counter.desk, duties.DUE,
                           page=self.site)  # fmt: skip
        following = Following(self.house)
        while await self.db.write(following.step, self.vault, self.clock.now()):
            pass
        self.gateway = Gateway(TOKEN, self.url)
        pacer = Pacer(asyncio.get_running_loop().time, per_second=10_000, per_chat=10_000, burst=10_000)
        self.worker = Worker(self.db, self.vault, self.house, self.gateway, self.clock, pacer)
        self.stop = asyncio.Event()
        tasks = (self.worker.run(self.stop), receive.poll(self.gateway, self._keep, self.stop))
        self.running = [asyncio.create_task(task) for task in tasks]

    async def _stop(self) -> None:
        self.stop.set()
        await asyncio.gather(*self.running)
        await self.gateway.close()

    async def _keep(self, raws: list[dict[str, Any]]) -> None:
        await self.db.write(intake.keep, self.vault, raws, self.clock.now())
        self.worker.woken.set()

    # --- people ---

    def does(self, doings: list[Deed], chat: int) -> None:
        self.runner.run(self._does(doings, chat))

    async def _does(self, doings: list[Deed], chat: int) -> None:
        if self.closed and chat == CHAT:
            self.closed = False
            self.telegram.world.faults.clear()
        for deed in doings:
            match deed:
                case Writes():
                    await self._writes(deed, chat)
                case Presses():
                    message, data = self.screen.button(deed.label, deed.on, chat)
                    for _ in range(deed.times):
                        self.presses[(await self.telegram.press(chat, message, data)).id] = chat
                case SendsFile():
                    await self._sends(deed, chat)
                case SendsOther(kind=kind):
                    await self._raw(chat, _other(kind))
        waiting = self.telegram.bot().updates.read(100, self.telegram.now())
        self.last = dict(waiting[-1].body) if waiting else self.last

    async def _writes(self, deed: Writes, chat: int) -> None:
        if deed.edits:
            number = self.screen.own(deed.edits, chat)
            await self.telegram.edit(chat, number, deed.text)
        else:
            reply_to = self.screen.find(deed.reply_to, chat).id if deed.reply_to else None
            number = (await self.telegram.say(chat, deed.text, reply_to=reply_to))["message_id"]
        self.screen.theirs[number] = (chat, deed.text)

    async def _sends(self, deed: SendsFile, chat: int) -> None:
        content = bytes(deed.megabytes * MEGABYTE)
        if deed.kind == "video_note":
            filed = self.telegram.world.shelf.keep("video", Attachment("note.mp4", content))
            note = {**filed.shape()["video"], "length": 240}
            return await self._raw(chat, {"video_note": note})
        sent = await self.telegram.upload(
            chat, deed.kind, f"fichier.{deed.kind}", content, caption=deed.caption or None,
            media_group_id=deed.album or None,
        )  # fmt: skip
        self.screen.theirs[sent["message_id"]] = (chat, deed.caption)
        return None

    async def _raw(self, chat: int, content: Mapping[str, Any]) -> None:
        """A message that the stand-in's people cannot send."""
        kept = self.telegram.bot().keep(self.telegram.bot().chats[chat], dict(content), by_bot=False)
        await self.telegram.raw_update({"message": dict(kept.body)})

    # --- orders ---

    def change(self, what: Callable[[Case], Any]) -> None:
        self.db.write_now(_changed, self.vault, what, self.clock.now())

    def pushes(self, body: Mapping[str, str]) -> None:
        self.db.write_now(_push, self.vault, body, self.clock.now())

    def writes_on_page(self, form: Mapping[str, str], private: bool) -> None:
        fields = {**form, own.PRIVATE: "oui"} if private else form
        self.db.write_now(_on_page, self.vault, self.house, self.link(), fields, self.clock.now())

    def invites(self, code: str) -> None:
        self.db.write_now(_invite, code, self.clock.now())

    def hands_over(self) -> None:
        self.db.write_now(_hand_over, self.vault, self.house, self.clock.now())

    def spots(self, name: str, why: str = "") -> None:
        self.db.write_now(_spot, self.vault, self.house, name, why, self.clock.now())

    def purges(self) -> None:
        for person in self.db.read_now(closing.waiting, self.house, self.clock.now()):
            self.db.write_now(closing.act, self.vault, self.house, person, self.clock.now())

    def blocks(self, blocked: bool) -> None:
        self.runner.run(self.telegram.block(CHAT) if blocked else self.telegram.unblock(CHAT))

    def closes(self) -> None:
        self.closed = True
        self.telegram.fault("*", times=1_000, status=403, description=CLOSED, chat_id=CHAT)

    def runs(self, running: bool) -> None:
        self.runner.run(self._start() if running else self._stop())
        self.down = not running

    def publishes(self, new: Library) -> None:
        self.library = new
        self.restarts()

    def restarts(self) -> None:
        self.runner.run(self._stop())
        self.vault = Vault(self.vault._keyring)
        self.runner.run(self._start())

    def delivers(self, what: str) -> None:
        chat = {"id": CHAT, "type": "private"}
        bodies = {"encore": self.last, "abîmé": {"message": {"chat": chat}}, "inconnu": {"poll": {"id": "1"}}}
        self.runner.run(self.telegram.raw_update(bodies[what]))

    # --- time ---

    def until(self, end: datetime) -> list[str]:
        """The clock stops at each minute at which something is due: instants born of the real clock are some

        milliseconds late, and those of one minute belong together.
        """
        lines: list[str] = []
        while not self.down and (first := self.db.read_now(_first_due)) and _minute(first) <= end:
            at = max(self.now, _minute(first))
            together = self.db.read_now(_last_due, at + MINUTE)
            self.set_clock(max(together, self.clock.now()))
            lines += self.page().lines(at)
            self.now = at
        self.now = max(self.now, end)
        self.set_clock(max(end, self.clock.now()))
        return lines

    def set_clock(self, at: datetime) -> None:
        """The file is replaced whole: the product and the stand-in both read it."""
        draft = self.clock_file.with_suffix(".new")
        draft.write_text(format_duration(at - Clock.real().now()))
        draft.replace(self.clock_file)

    # --- what came ---

    def page(self) -> Page:
        page = Page()
        if self.down:
            return page
        self.runner.run(self._rest())
        calls = list(self.telegram.calls)[self.seen["calls"] :]
        self.seen["calls"] += len(calls)
        for call in calls:
            self._told(page, call)
        replies, page.events = self.db.write_now(_written, self.vault, self.seen, self.clock.now())
        page.kept = replies
        return page

    def _told(self, page: Page, call: Made) -> None:
        if call.method in UNSEEN:
            return
        params = call.parameters
        chat = int(params.get("chat_id") or self.presses[params["callback_query_id"]])
        if call.status == 403 and (self.closed or self.telegram.bot().chats[chat].blocked):
            return
        assert call.status == 200, (call.method, call.status, call.result)
        page.out[chat] += told(call.method, params, chat, str(params.get("document", "")))
        number = call.result["message_id"] if call.method.startswith("send") else None
        self.screen.add(call.method, params, chat, number)

    async def _rest(self) -> None:
        """Until nothing is on its way in or out, and nothing is due."""
        until = monotonic() + PATIENCE
        while True:
            now = self.clock.now()
            while await self.db.write(ticking.tick, self.vault, self.house, now):
                self.worker.woken.set()
            await media.fetch(self.db, self.vault, self.house, self.gateway, self.clock)
            waiting = self.telegram.bot().updates.count(now)
            under_way = await self.db.read(_under_way, now)
            if not waiting and not under_way:
                return
            for task in self.running:
                assert not task.done(), task.exception()
            assert monotonic() < until, (waiting, under_way)
            await asyncio.sleep(0.002)


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _other(kind: str) -> dict[str, Any]:
    base = {"file_id": "x", "file_unique_id": "x", "file_size": 1}
    looks = {"location": {"latitude": 48.85, "longitude": 2.35}}
    content: dict[str, Any] = {kind: looks.get(kind, base)}
    return {**content, "document": base} if kind == "animation" else content


# --- statements ------------------------------------------------------------------------------


def _people(
    conn: Connection, vault: Vault, library: Library, zone: str, invited: bool,
    staff: Sequence[tuple[str, str | None, int]], now: datetime,
) -> None:  # fmt: skip
    others = [(role, name, chat) for role, name, chat in staff if name]
    everybody = [
        (1, "participant", "Claire", zone, None if invited else CHAT),
        (2, "coach", "Anne", "Europe/Paris", COACH),
        *((3 + n, role, name, "Europe/Paris", chat) for n, (role, name, chat) in enumerate(others)),
    ]
    vault.ready(conn, [0], now)
    for id, role, name, place, chat in everybody:
        vault.create_key(conn, id, now)
        row = {"id": id, "role": role, "name": vault.seal_text(id, "people.name", name), "zone": place}
        conn.execute(insert(t.people).values(**row, chat_id=chat, reachable=True, created_at=now))
    state = "invited" if invited else "active"
    row = {"id": 1, "person_id": 1, "coach_id": 2, "programme": next(iter(library.programmes)), "state": state}
    cohort = "printemps" if any(role == "admin" for role, _, _ in others) else None
    conn.execute(insert(t.enrolments).values(**row, format="accompagne", cohort=cohort, created_at=now))
    if conn.dialect.name == "postgresql":  # the next rows come after those numbered here
        for table, last in (("people", len(everybody)), ("enrolments", 1)):
            conn.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {last})")
    if invited:
        _invite(conn, "bon-code", now)


def _invite(conn: Connection, code: str, now: datetime) -> None:
    row = {"person_id": 1, "code_hash": hashlib.sha256(code.encode()).digest(), "created_at": now}
    conn.execute(insert(t.invitations).values(**row, expires_at=now + timedelta(days=14)))


def _changed(conn: Connection, vault: Vault, what: Callable[[Case], Any], now: datetime) -> None:
    case = by_person(conn, vault, [1], now)[1]
    what(case)
    save(conn, vault, [Turned(case, f"d{drawn_id()}", case.take())], now)


def _on_page(conn: Connection, vault: Vault, house: House, token: str, form: Mapping[str, str], now: datetime) -> None:
    answer = own.take(Sitting(conn, vault, house, now, None, None, {"token": token}, {}, form, ""))
    assert isinstance(answer, Shown) and answer.status == 200, answer


def _hand_over(conn: Connection, vault: Vault, house: House, now: datetime) -> None:
    about, giver = people.one(conn, vault, 1, now), by_person(conn, vault, [2], now)[2].person
    assert about is not None and giver is not None
    handover.hand_over(conn, vault, house, about, giver, 3, with_notes=False, now=now)


def _spot(conn: Connection, vault: Vault, house: House, name: str, why: str, now: datetime) -> None:
    about, newest = people.one(conn, vault, 1, now), conn.execute(select(func.max(t.replies.c.id))).scalar_one()
    assert about is not None
    skills.propose(conn, vault, house, about, newest, 2, name, "maniere", why, now)


def _push(conn: Connection, vault: Vault, body: Mapping[str, str], now: datetime) -> None:
    digest = hashlib.sha256(repr(body).encode()).digest()
    vault.ready(conn, [0], now)
    row = {"body": vault.seal_json(0, "pushes.body", dict(body)), "digest": digest, "audience": {}, "at": now}
    made = insert(t.pushes).values(**row, state="planned", created_at=now).returning(t.pushes.c.id)
    id = int(conn.execute(made).scalar_one())
    upsert_timers(conn, [Timer("e1", "push", str(id), now, {"push": id}, enrolment_id=1)])


def _first_due(conn: Connection) -> datetime | None:
    found: datetime | None = conn.execute(
        select(func.min(t.timers.c.due_at)).where(t.timers.c.state == "pending")
    ).scalar()
    return found


def _last_due(conn: Connection, before: datetime) -> datetime:
    due = select(func.max(t.timers.c.due_at)).where(t.timers.c.state == "pending", t.timers.c.due_at < before)
    found: datetime = conn.execute(due).scalar_one()
    return found


def _under_way(conn: Connection, now: datetime) -> dict[str, int]:
    o, i, d, m = t.outbox.c, t.inbox.c, t.timers.c, t.media.c
    may_leave = or_(o.not_before.is_(None), o.not_before <= now, o.state == "sending")
    queries = {
        "inbox": select(func.count(i.id)).where(i.state == "new"),
        "outbox": select(func.count(o.id)).where(o.state.in_(("ready", "sending")), may_leave),
        "timers": select(func.count(d.id)).where(d.state == "pending", d.due_at <= now),
        "media": select(func.count(m.id)).where(m.state == "waiting", m.next_at <= now),
    }
    counts = {name: conn.execute(query).scalar_one() for name, query in queries.items()}
    return {name: count for name, count in counts.items() if count}


def _written(conn: Connection, vault: Vault, seen: dict[str, int], now: datetime) -> tuple[list[str], list[str]]:
    """The replies and events since the last time; `seen` moves on."""
    r, e = t.replies, t.events
    whose = select(r, t.enrolments.c.person_id).join(t.enrolments, t.enrolments.c.id == r.c.enrolment_id)
    replies = conn.execute(whose.where(r.c.id > seen["replies"]).order_by(r.c.id)).all()
    vault.ready(conn, {row.person_id for row in replies}, now)
    events = conn.execute(select(e).where(e.c.id > seen["events"]).order_by(e.c.id)).all()
    seen["replies"] = max((row.id for row in replies), default=seen["replies"])
    seen["events"] = max((row.id for row in events), default=seen["events"])
    answers = [
        held(row.key, row.version, kept(vault, row.person_id, row.value), row.how, row.private, row.late)
        for row in replies
    ]
    return answers, [line for row in events for line in happened(row.kind, row.about)]
