"""What people send as files: how big, how much, and what they are told when it is too much."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from bot.conversation import media
from bot.store import files
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from bot.telegram.gateway import Gateway
from tests.bot.desk_office import Office, words
from tests.bot.scripted import TOKEN, Scripted, answer, raw, scripted
from tests.bot.web_office import Clock

COACH, CLAIRE = 701, 801
MEGABYTE = 1024 * 1024


@pytest.fixture
def office(database: Database, vault: Vault, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A house that keeps ten kilobytes of each person: the rule is the same, the files are lighter."""
    monkeypatch.setattr(files, "MOST", 10_000)
    office = Office(database, vault, now)
    office.join("participant", "Claire", CLAIRE, office.join("coach", "Anne", COACH))
    office.say(CLAIRE, "/pause")
    office.press(CLAIRE, "c:pause:0")
    return office


@pytest.fixture
async def server() -> AsyncIterator[Scripted]:
    async with scripted() as script:
        yield script


def send(office: Office, size: int, **about: Any) -> str:
    """A document of so many bytes, with a word; what came back."""
    return " ".join(
        words(office.say(CLAIRE, "", caption="voici", document={"file_id": "F", "file_size": size, **about}))
    )


def states(office: Office) -> list[str]:
    return office.db.read_now(
        lambda conn: list(conn.execute(select(t.media.c.state).order_by(t.media.c.next_at)).scalars())
    )


def test_a_file_beyond_what_telegram_gives_is_told_so(office: Office) -> None:
    assert "20 Mo" in send(office, 20 * MEGABYTE + 1)
    assert states(office) == ["too_big"]


def test_when_there_is_no_room_left_they_are_told_and_their_words_are_kept(office: Office) -> None:
    assert "Mo" not in send(office, 9_000)
    [wanted] = office.db.read_now(files.wanted, office.now)
    office.db.write_now(files.store, office.vault, wanted, b"x" * 9_000, office.now)
    assert "100 Mo" in send(office, 2_000) and "séance" in send(office, 2_000)
    assert "Mo" not in send(office, 500), "what fits is kept"
    assert states(office).count("too_big") == 2 and answered(office) == len(states(office)) == 4


def answered(office: Office) -> int:
    """Files that some answer names, kept or not."""

    def read(conn: Any) -> int:
        rows = conn.execute(select(t.replies.c.value, t.enrolments.c.person_id).join(t.enrolments)).all()
        return len({id for row in rows
                    for id in office.vault.open_json(row.person_id, "replies.value", row.value)["media"]})  # fmt: skip

    return office.db.write_now(read)


def test_two_files_of_one_album_count_together(office: Office) -> None:
    for _ in "12":
        about = {"caption": "voici", "document": {"file_id": "F", "file_size": 6_000}, "media_group_id": "7"}
        office.keep(CLAIRE, "message", {**office.message(CLAIRE, ""), **about})
    office.work()
    assert sorted(states(office)) == ["too_big", "waiting"]
    assert sum("100 Mo" in said for said in words(office.heard(CLAIRE))) == 1


async def test_a_file_that_said_nothing_of_its_size_is_not_kept_beyond_the_room(
    office: Office, server: Scripted
) -> None:
    send(office, 0)
    server.acts = [answer({"file_path": "a"}), raw(b"x" * 10_001)]
    gateway = Gateway(TOKEN, server.url)
    assert await media.fetch(office.db, office.vault, office.house, gateway, Clock(office)) == 1  # type: ignore[arg-type]
    await gateway.close()
    assert states(office) == ["too_big"]
    assert "100 Mo" in " ".join(words(office.heard(CLAIRE)))
    assert "n’a pas pu être téléchargé" in " ".join(words(office.heard(COACH)))


@pytest.mark.parametrize("private", [True, False])
async def test_a_file_of_ones_own_that_cannot_be_had_is_told_to_its_author_alone(
    office: Office, server: Scripted, private: bool
) -> None:
    claire = office.db.read_now(lambda conn: conn.execute(select(t.enrolments.c.person_id)).scalar_one())
    run = office.run(claire, "parcours")
    office.file(claire, "m1", "document", body=None, state="waiting")
    due = t.media.update().values(next_at=office.now)
    office.db.write_now(lambda conn: conn.execute(due))
    office.reply(claire, "poste", None, run=run, media=("m1",), private=private)
    office.heard(CLAIRE), office.heard(COACH)
    server.acts = [answer({"file_path": "a"}), raw(b"x" * 10_001)]
    gateway = Gateway(TOKEN, server.url)
    assert await media.fetch(office.db, office.vault, office.house, gateway, Clock(office)) == 1  # type: ignore[arg-type]
    await gateway.close()
    assert states(office) == ["too_big"] and words(office.heard(CLAIRE))
    assert bool(words(office.heard(COACH))) != private


def test_no_name_of_a_file_leads_anywhere(office: Office) -> None:
    """Names are kept sealed, as words; the row's own name is drawn."""
    send(office, 10, file_name="../../../etc/passwd\x00.png", mime_type="image/png")
    row = office.db.read_now(lambda conn: conn.execute(select(t.media)).one())
    assert len(row.id) == 16 and set(row.id) <= set("0123456789abcdef")
    assert b"passwd" not in bytes(row.about)
