"""/mesdonnees gives all that a person wrote: answers, an answer begun, the journal, and words that were no answer."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from bot.conversation import intake
from bot.conversation.house import House, Shelf
from bot.conversation.speech import Speech
from bot.library import Library
from bot.settings import shipped
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CHAT = 500


def _person(conn: Connection, vault: Vault) -> None:
    vault.create_key(conn, 1, NOW)
    name = vault.seal_text(1, "people.name", "Claire")
    conn.execute(insert(t.people).values(id=1, role="participant", name=name, zone="Europe/Paris", chat_id=CHAT,
                                         reachable=True, created_at=NOW))  # fmt: skip
    conn.execute(insert(t.enrolments).values(id=1, person_id=1, programme="bilan", format="accompagne",
                                             state="welcomed", created_at=NOW))  # fmt: skip


def _update(number: int, **body: Any) -> dict[str, Any]:
    chat = {"id": CHAT, "type": "private"}
    if "data" in body:
        press = {"id": str(number), "message": {"message_id": 1, "chat": chat, "date": 0}, **body}
        return {"update_id": number, "callback_query": press}
    return {"update_id": number, "message": {"message_id": number, "date": 0, "chat": chat, **body}}


def _files(conn: Connection, vault: Vault) -> list[Any]:
    vault.ready(conn, [1], NOW)
    rows = conn.execute(select(t.outbox.c.payload).where(t.outbox.c.method == "sendDocument")).scalars()
    return [vault.open_json(1, "outbox.payload", row)["files"]["document"] for row in rows]


def test_everything_written_is_in_the_file(database: Database, vault: Vault) -> None:
    library = Library.open(shipped("content"))
    house = House(Speech(library), Shelf(library, {}))
    database.write_now(_person, vault)
    said = ["moyen", "7", "Passer", "Aucune, je raconte", "une histoire", "Voir mes compétences", "un début de critère"]
    updates = [_update(1, data="c:consent:oui"), *(_update(n, text=text) for n, text in enumerate(said, 2))]
    updates.append(_update(90, text="/mesdonnees"))
    for raw in updates:
        database.write_now(intake.keep, vault, [raw], NOW)
        database.write_now(intake.work, vault, house, NOW, 10)
    [(name, body, kind)] = database.read_now(_files, vault)
    written = json.loads(base64.b64decode(body))
    assert (name, kind) == ("mes-reponses.json", "application/json")
    held = json.dumps(written, ensure_ascii=False)
    for words in ("moyen", "une histoire", "un début de critère", "Passer"):
        assert words in held
    assert any(row.get("en_cours") for row in written)
    assert any(row["reponse"] == 7 and row["question"].startswith("Comment est votre énergie") for row in written)
