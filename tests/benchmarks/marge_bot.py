"""Marge as a contender: seeds a fresh SQLite file, and is the worker's process on it, without Telegram's limits.

`/reprendre` opens the queued module: nobody has to be invited, welcomed and asked for consent first.
"""

import argparse
import asyncio
import shutil
import signal
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select

from bot.clock import Clock
from bot.conversation import intake
from bot.conversation.house import House, Shelf
from bot.conversation.speech import Speech
from bot.conversation.worker import Worker
from bot.library import Library
from bot.settings import shipped
from bot.store import migrate
from bot.store import tables as t
from bot.store.cases import archive
from bot.store.database import Database
from bot.store.vault import Keyring, Vault
from bot.telegram.gateway import Failed, Gateway
from bot.telegram.pacer import Pacer
from flows.frozen import freeze
from tests.benchmarks.crowd import chat_of

TOKEN = "1:bench"
OPENING = "/reprendre"
FLOW = "mesure"
PROGRAMME = "bilan"
POLL = 30
NO_LIMIT = 1_000_000


# --- before ------------------------------------------------------------------------------------


def prepare(folder: Path, participants: int, questions: int) -> None:
    """Seeds `participants` active participants, each with a queued module of `questions` text questions."""
    content = folder / "content"
    shutil.copytree(shipped("content"), content)
    (content / "flows" / f"{FLOW}.yml").write_text(_flow(questions), "utf-8")
    migrate.upgrade(_url(folder))
    library = Library.open(content)
    vault = Vault(Keyring.load(folder / "keys", create=True))
    database = Database.open(_url(folder))
    database.write_now(_seed, vault, library, participants)
    database.close()


def command(folder: Path, api_url: str, questions: int) -> list[str]:
    """The arguments of python that start the worker on what `prepare` left in `folder`."""
    return ["-m", "tests.benchmarks.marge_bot", api_url, str(folder)]


def _flow(questions: int) -> str:
    rows = [
        f'  - question: q{number}\n    text: "Question {number} sur {questions} : que dire ?"\n    why: "Mesure."'
        for number in range(1, questions + 1)
    ]
    return "\n".join([f"flow: {FLOW}", "title: Mesure", "steps:", *rows]) + "\n"


def _seed(connection: Connection, vault: Vault, library: Library, participants: int) -> None:
    now, flow = datetime.now(UTC), library.flow(FLOW)
    values = {"flow": flow.id, "source": freeze(flow), "seen_at": now}
    connection.execute(insert(t.flows).values(version=flow.version, **values))
    for index in range(participants):
        vault.create_key(connection, index + 1, now)
    connection.execute(insert(t.people), [_person(vault, index, now) for index in range(participants)])
    connection.execute(insert(t.enrolments), [_enrolment(index, now) for index in range(participants)])
    connection.execute(insert(t.runs), [_run(index, flow.version, now) for index in range(participants)])


def _person(vault: Vault, index: int, now: datetime) -> dict[str, Any]:
    name = vault.seal_text(index + 1, "people.name", f"P{index}")
    place = {"zone": "Europe/Paris", "chat_id": chat_of(index)}
    return {"id": index + 1, "role": "participant", "name": name, **place, "created_at": now}


def _enrolment(index: int, now: datetime) -> dict[str, Any]:
    about = {"programme": PROGRAMME, "format": "individuel", "state": "active"}
    return {"id": index + 1, "person_id": index + 1, **about, "created_at": now}


def _run(index: int, version: str, now: datetime) -> dict[str, Any]:
    about = {"flow": FLOW, "version": version, "state": "queued"}
    return {"id": index + 1, "enrolment_id": index + 1, **about, "created_at": now}


# --- the process -------------------------------------------------------------------------------


async def work(folder: Path, api_url: str) -> None:
    """Receives and works until SIGTERM."""
    library = Library.open(folder / "content")
    vault = Vault(Keyring.load(folder / "keys"))
    database = Database.open(_url(folder))
    database.hold()
    shelf = Shelf(library, await database.read(archive))
    gateway = Gateway(TOKEN, api_url)
    pacer = Pacer(time.monotonic, per_second=NO_LIMIT, per_chat=NO_LIMIT, burst=NO_LIMIT)
    worker = Worker(database, vault, House(library, Speech(library), shelf), gateway, Clock.real(), pacer)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    receiving = asyncio.create_task(_receive(worker))
    await worker.run(stop)
    receiving.cancel()
    await gateway.close()
    database.close()


async def _receive(worker: Worker) -> None:
    """An offset is given only once everything below it is committed."""
    offset: int | None = None
    while True:
        try:
            raws = await worker.gateway.get_updates(offset, POLL)
        except Failed:
            await asyncio.sleep(1)
            continue
        if raws:
            await worker.db.write(intake.keep, worker.vault, raws, worker.clock.now())
            offset = max(raw["update_id"] for raw in raws) + 1
            worker.woken.set()


# --- after -------------------------------------------------------------------------------------


def replies(folder: Path) -> list[str]:
    """The texts kept, decrypted, in the order of their commits: answers, journal and words that were no answer."""
    vault = Vault(Keyring.load(folder / "keys"))
    database = Database.open(_url(folder), writer=False)
    texts = database.read_now(_texts, vault)
    database.close()
    return texts


def _texts(connection: Connection, vault: Vault) -> list[str]:
    columns = select(t.replies.c.enrolment_id, t.replies.c.value).order_by(t.replies.c.id)
    rows = connection.execute(columns).all()
    vault.ready(connection, {row.enrolment_id for row in rows}, datetime.now(UTC))
    return [vault.open_text(row.enrolment_id, "replies.value", row.value) for row in rows]


def _url(folder: Path) -> str:
    return f"sqlite:///{folder / 'marge.db'}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("api_url")
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    asyncio.run(work(given.folder, given.api_url))


if __name__ == "__main__":
    main()
