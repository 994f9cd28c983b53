"""Marge as a contender: seeds a fresh store (SQLite by itself), and is the worker's process on it, without limits.

`/reprendre` opens the queued module: nobody has to be invited, welcomed and asked for consent first.
"""

import argparse
import asyncio
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select

from bot import app
from bot.conversation.delivery import MAKES
from bot.publishing.following import Following
from bot.settings import Settings, shipped
from bot.store import tables as t
from bot.store.vault import Vault
from bot.telegram.pacer import Pacer
from tests.benchmarks.crowd import chat_of

TOKEN = "1:bench"
OPENING = "/reprendre"
FLOW = "mesure"
PROGRAMME = "bilan"
NO_LIMIT = 1_000_000
NOWHERE = "http://127.0.0.1:1"


# --- before ------------------------------------------------------------------------------------


def prepare(folder: Path, participants: int, questions: int, database_url: str = "", behind: bool = False) -> None:
    """Seeds `participants` active participants, each with a queued module of `questions` text questions.

    `behind`: their programme has just been published, and their envois are still to be planned anew.
    """
    (content(folder) / "flows" / f"{FLOW}.yml").write_text(_flow(questions), "utf-8")
    house = app.App.open(settings(folder, database_url=database_url), migrated=True)
    following = Following(house.house)
    while not behind and house.db.write_now(following.step, house.vault, datetime.now(UTC)):
        pass
    house.db.write_now(_seed, house.vault, house.house.library.flow(FLOW).version, participants)
    house.close()


def content(folder: Path) -> Path:
    """The content that ships, where `settings` looks for it."""
    return Path(shutil.copytree(shipped("content"), folder / "content"))


def command(folder: Path, api_url: str, questions: int, database_url: str = "") -> list[str]:
    """The arguments of python that start the worker on what `prepare` left in `folder`."""
    return ["-m", "tests.benchmarks.marge_bot", api_url, str(folder), *([database_url] if database_url else [])]


def _flow(questions: int) -> str:
    rows = [
        f'  - question: q{number}\n    text: "Question {number} sur {questions} : que dire ?"\n    why: "Mesure."'
        for number in range(1, questions + 1)
    ]
    return "\n".join([f"flow: {FLOW}", "title: Mesure", "steps:", *rows]) + "\n"


def _seed(connection: Connection, vault: Vault, version: str, participants: int) -> None:
    now = datetime.now(UTC)
    for index in range(participants):
        vault.create_key(connection, index + 1, now)
    connection.execute(insert(t.people), [_person(vault, index, now) for index in range(participants)])
    connection.execute(insert(t.enrolments), [_enrolment(index, now) for index in range(participants)])
    connection.execute(insert(t.runs), [_run(index, version, now) for index in range(participants)])


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


async def work(folder: Path, api_url: str, database_url: str, paced: bool = False) -> None:
    """The product's worker and clock in one process, until SIGTERM; only the pace is not the product's, or `paced`."""
    house = app.App.open(settings(folder, api_url, database_url))
    free = Pacer(time.monotonic, per_second=NO_LIMIT, per_chat=NO_LIMIT, burst=NO_LIMIT)
    try:
        await app.run(house, ("work", "clock"), pacer=None if paced else free)
    finally:
        house.close()


# --- after -------------------------------------------------------------------------------------


def replies(folder: Path, database_url: str = "") -> list[str]:
    """The texts kept, decrypted, in the order of their commits: answers, journal and words that were no answer."""
    house = app.App.open(settings(folder, database_url=database_url))
    texts = house.db.read_now(_texts, house.vault)
    house.close()
    return texts


def _texts(connection: Connection, vault: Vault) -> list[str]:
    columns = select(t.replies.c.enrolment_id, t.replies.c.value).order_by(t.replies.c.id)
    rows = connection.execute(columns).all()
    vault.ready(connection, {row.enrolment_id for row in rows}, datetime.now(UTC))
    return [vault.open_text(row.enrolment_id, "replies.value", row.value) for row in rows]


def sends(folder: Path, database_url: str = "") -> list[tuple[int, str, int | None]]:
    """Chat, state and message id of every message in the outbox."""
    house = app.App.open(settings(folder, database_url=database_url))
    o = t.outbox.c
    query = select(o.chat_id, o.state, o.message_id).where(o.method.in_(MAKES))
    rows = house.db.read_now(lambda connection: connection.execute(query).all())
    house.close()
    return [(row.chat_id, row.state, row.message_id) for row in rows]


def settings(folder: Path, api_url: str = NOWHERE, database_url: str = "") -> Settings:
    paths = {"MARGE_CONTENT": folder / "content", "MARGE_KEYS": folder / "keys"}
    database = {"DATABASE_URL": database_url or f"sqlite:///{folder / 'marge.db'}"}
    return Settings.model_validate({"BOT_TOKEN": TOKEN, "TELEGRAM_API_URL": api_url, **database, **paths})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("api_url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("database_url", nargs="?", default="")
    parser.add_argument("--paced", action="store_true")
    given = parser.parse_args()
    asyncio.run(work(given.folder, given.api_url, given.database_url, given.paced))


if __name__ == "__main__":
    main()
