"""Documents on their way out: ordered in a turn, made beside it, and never in the way of anybody's answer."""

import asyncio
import json
import threading
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from pypdf import PdfReader
from sqlalchemy import select

from bot.conversation import delivery
from bot.conversation.worker import Worker, call_of
from bot.documents import press
from bot.documents.press import Order
from bot.documents.typesetting import Unmade
from bot.store import outbox
from bot.store import tables as t
from bot.store.database import Database
from bot.store.leaving import Leaving
from bot.store.vault import Vault
from bot.telegram.gateway import Call
from bot.telegram.outcome import Sent
from bot.telegram.pacer import Pacer
from tests.bot.desk_office import Office
from tests.bot.leaflets import cards, leaflets, passages, picture, piles, plain, scales, tables
from tests.bot.test_own_space import FEAR

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
ANNE, CLAIRE, YANIS = 701, 801, 802


@settings(max_examples=60)
@given(leaflets(passages, cards, tables(), piles, scales))
def test_an_order_is_read_back_as_it_was_written(leaflet: Any) -> None:
    order = Order("pdf", leaflet, NOW)
    assert press.read(json.loads(json.dumps(press.plain(order)))) == order


def test_pictures_and_texts_are_ordered_too() -> None:
    for order in (Order("docx", plain(picture(40, 30)), NOW), Order("png", "<svg/>", NOW), Order("ics", "BEGIN", NOW)):
        assert press.read(json.loads(json.dumps(press.plain(order)))) == order
    assert press.made(Order("ics", "BEGIN:é", NOW)) == "BEGIN:é".encode()
    with pytest.raises(ValueError, match="csv"):
        press.made(Order("csv", plain(), NOW))


class Line:
    """Telegram, as far as the worker sees: every call arrives."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.heard = asyncio.Event()

    async def call(self, call: Call) -> Sent:
        self.calls.append(call)
        self.heard.set()
        return Sent(len(self.calls))

    async def until(self, method: str, chat: int) -> Call:
        while True:
            self.heard.clear()
            for call in self.calls:
                if call.method == method and call.params.get("chat_id") == chat:
                    return call
            await asyncio.wait_for(self.heard.wait(), 30)


class Still:
    """A clock that stands."""

    def __init__(self, now: datetime) -> None:
        self.at = now

    def now(self) -> datetime:
        return self.at


class House:
    """Claire has answered something, Yanis too; what they send is handled by the worker itself."""

    def __init__(self, database: Database, vault: Vault, now: datetime) -> None:
        self.office = Office(database, vault, now)
        anne = self.office.join("coach", "Anne", ANNE)
        for chat, name in ((CLAIRE, "Claire"), (YANIS, "Yanis")):
            person = self.office.join("participant", name, chat, anne)
            run = self.office.run(person, "peurs-leviers")
            self.office.reply(person, "leviers[0].peur_nom", FEAR, run=run)
        self.line = Line()

    def worker(self) -> Worker:
        pacer = Pacer(asyncio.get_running_loop().time, per_second=10_000, per_chat=10_000, burst=10_000)
        return Worker(self.office.db, self.office.vault, self.office.house, self.line, Still(self.office.now), pacer)  # type: ignore[arg-type]

    def asks(self, worker: Worker, chat: int, data: str) -> None:
        message = {"message_id": 7, "chat": {"id": chat, "type": "private"}, "date": 0}
        body = {"id": str(next(self.office.numbers)), "data": data, "message": message}
        self.office.keep(chat, "callback_query", body)
        worker.woken.set()

    def claimed(self) -> list[Leaving]:
        return self.office.db.write_now(outbox.claim, self.office.vault, 20, 20, self.office.now)

    def paper(self) -> Leaving:
        """The next document that is to leave; what goes before it has arrived."""
        while found := self.claimed():
            for item in found:
                if item.ordered:
                    return item
            done = [delivery.judged(item, Sent(1), self.office.now) for item in found]
            self.office.db.write_now(delivery.settle, self.office.vault, self.office.house, done, self.office.now)
        raise AssertionError("no document waits to leave")

    def states(self, method: str) -> list[str]:
        o = t.outbox.c
        return list(
            self.office.db.read_now(
                lambda conn: conn.execute(select(o.state).where(o.method == method)).scalars().all()
            )
        )


@pytest.fixture
def house(database: Database, vault: Vault, now: datetime) -> House:
    return House(database, vault, now)


async def test_while_a_document_is_made_everybody_else_is_answered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go, made = threading.Event(), threading.Event(), press.made

    def slow(order: Order) -> bytes:
        begun.set()
        assert go.wait(60)
        return made(order)

    monkeypatch.setattr(press, "made", slow)
    worker, stop = house.worker(), asyncio.Event()
    wheel = asyncio.create_task(worker.run(stop))
    house.asks(worker, CLAIRE, "c:take:peurs")
    assert await asyncio.to_thread(begun.wait, 60)
    house.asks(worker, YANIS, "c:road:")
    await house.line.until("sendMessage", YANIS)
    assert "sendDocument" not in [call.method for call in house.line.calls]
    go.set()
    paper = await house.line.until("sendDocument", CLAIRE)
    stop.set()
    await wheel
    [(name, data, kind)] = paper.files.values()
    assert (name.endswith(".pdf"), kind) == (True, "application/pdf") and paper.params["protect_content"]
    assert FEAR in "".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages)
    assert house.states("sendDocument") == ["sent"]


@pytest.mark.parametrize("asked", ["c:take:peurs", "/parcours"])
async def test_what_cannot_be_made_is_said_in_words(
    house: House, asked: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(order: Order) -> bytes:
        raise Unmade(FEAR)

    monkeypatch.setattr(press, "made", broken)
    office = house.office
    office.heard(CLAIRE)
    if asked.startswith("/"):
        office.keep(CLAIRE, "message", office.message(CLAIRE, asked))
    else:
        house.asks(house.worker(), CLAIRE, asked)
    office.work()
    call = call_of(house.paper())
    assert call.method == "sendMessage" and not call.files and call.params["chat_id"] == CLAIRE
    told = str(call.params["text"]).replace("’", "'")
    assert "n'a pas pu être fait" in told or "vous êtes ici" in told.lower() or "Votre parcours" in told
    logged = capsys.readouterr()
    assert "document not made" in logged.out + logged.err and FEAR not in logged.out + logged.err


def test_a_document_cut_short_by_a_crash_is_made_again(house: House) -> None:
    office = house.office
    office.heard(CLAIRE)
    message = {"message_id": 7, "chat": {"id": CLAIRE, "type": "private"}, "date": 0}
    office.keep(CLAIRE, "callback_query", {"id": "1", "data": "c:take:peurs", "message": message})
    office.work()
    for state in ("ready", "ready", "ready", "doubtful"):
        house.paper()
        office.db.write_now(delivery.recover, office.vault, office.house, office.now, True)
        assert house.states("sendDocument") == [state]


def test_what_is_ordered_is_sealed_and_leaves_nothing_once_it_is_sent(house: House) -> None:
    office = house.office
    office.heard(CLAIRE)
    office.keep(CLAIRE, "message", office.message(CLAIRE, "/parcours"))
    office.work()

    def payloads(conn: Any) -> list[bytes]:
        return list(conn.execute(select(t.outbox.c.payload).where(t.outbox.c.method == "sendPhoto")).scalars())

    [before] = office.db.read_now(payloads)
    assert b"svg" not in before and b"order" not in before
    done = [delivery.judged(house.paper(), Sent(1), office.now)]
    office.db.write_now(delivery.settle, office.vault, office.house, done, office.now)
    [after] = office.db.read_now(payloads)
    assert len(after) < 200 < len(before)
