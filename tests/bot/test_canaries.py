"""A thousand secrets, one in every input: nowhere in clear, not in a copy nor once they were read; read by nobody else,
and gone with whoever wrote them.
"""

import logging
import re
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from bot.desk import coach
from bot.store import backup, copies
from bot.store import tables as t
from bot.store.backup import Made
from bot.store.database import Database
from bot.store.vault import Vault
from bot.web.answer import PREFIX
from bot.web.routes import OPEN, OWN_ROUTES, ROUTES
from tests.bot import readings
from tests.bot.desk_office import Office
from tests.bot.plain_sight import (
    ADMIN,
    ADMINS,
    ANNE,
    ANNES,
    CLAIRE,
    CLAIRES,
    NAMES,
    OFFICES,
    PAUL,
    STRANGER,
    YANIS,
    YANISES,
    House,
    files_under,
    rows_in_clear,
    sealed_columns,
)
from tests.bot.test_copies import clients as clients
from tests.bot.test_web_rights import IN_PATH
from tests.bot.web_office import Browser, Espace, espace
from tests.fuzz.test_pages import FIELDS

LEAST = 1000


class Log(logging.Handler):
    """What the database's own logger says at DEBUG: statements, parameters and rows, as nobody masks them."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture
def engine_log() -> Iterator[Log]:
    log, logger = Log(), logging.getLogger("sqlalchemy.engine")
    before = logger.level
    logger.addHandler(log)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    yield log
    logger.removeHandler(log)
    logger.setLevel(before)
    logger.propagate = True


@pytest.fixture
def house(
    engine_log: Log, database_url: str, vault: Vault, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    monkeypatch.setenv("TMPDIR", str(scratch))
    database = Database.open(database_url)
    yield House(Office(database, vault, now))
    database.close()


def typed(house: House, page: Espace) -> None:
    """Every form of the page, each field a secret; then once more with places that are theirs."""
    places = {"person": str(house.claire), "token": "A" * 43, "session": "S1"}
    browser = page.of(house.anne)
    marks = browser.get(PREFIX).forms()[0]
    for n, route in enumerate(route for route in (*ROUTES, *OPEN) if route.method == "POST"):
        if route.path == "/sortir":
            continue
        path = PREFIX + IN_PATH.sub(lambda found: places.get(found[1], "1"), route.path)
        fields = {name: house.canaries.new(ANNES) for name in FIELDS if name not in ("csrf", "form", "coach")}
        path += f"?q={house.canaries.new(ANNES)}"
        assert browser.post(path, {**fields, "csrf": marks["csrf"], "form": f"canari-{n:06}"}).status < 500
    browser.get(f"{PREFIX}/entrer/{house.canaries.new(ANNES)}")
    typed_by_her(house, page)


def typed_by_her(house: House, page: Espace) -> None:
    """Every form of her own space, refused for what stands in it; then what she says of her synthesis, kept."""
    browser, here = page.of(house.claire), f"{PREFIX}/documents/synthese"
    marks = browser.get(here).forms()[0]
    for n, route in enumerate(route for route in OWN_ROUTES if route.method == "POST"):
        if not route.path.endswith("/sortir"):
            fields = {name: house.canaries.new(ANNES) for name in FIELDS if name not in ("csrf", "form")}
            path = PREFIX + IN_PATH.sub(_claires(house), route.path)
            assert browser.post(path, {**fields, "csrf": marks["csrf"], "form": f"sien-{n:08}"}).status < 500
    assert browser.submit(browser.get(here), "/synthese/remarque", mots=house.word()).status == 200


def write_everything(house: House) -> None:
    house.modules()
    house.asides()
    house.desk()
    house.works()
    with espace(house.office) as page:
        typed(house, page)
    house.begin("fiche-preuve")
    house.office.say(CLAIRE, house.word())  # begun, and left there
    assert len(house.canaries) >= LEAST, len(house.canaries)


def test_a_thousand_secrets(house: House, engine_log: Log, tmp_path: Path, store: str) -> None:
    folders = [tmp_path, *postgres_files(house, store)]
    write_everything(house)
    stand_nowhere_in_clear(house, engine_log, folders)
    are_read_by_her_coach(house, tmp_path)
    are_read_in_her_own_space(house)
    house.begun()
    stand_nowhere_in_clear(house, engine_log, folders)
    made = backup.make(house.office.db.url.render_as_string(hide_password=False), tmp_path / "copies", house.office.now)
    sealed = stand_sealed_in_copies(house, made)
    are_shown_to_nobody_else(house)
    are_gone_with_their_author(house, tmp_path, made, sealed)


def stand_nowhere_in_clear(house: House, engine_log: Log, folders: list[Path]) -> None:
    inside = house.canaries.inside
    assert inside(rows_in_clear(house.office)) == set()
    assert len(engine_log.lines) > 1000 and inside("\n".join(engine_log.lines)) == set()
    assert [path.name for path, data in files_under(*folders) if inside(data)] == []
    sealed = "".join(body.decode("utf-8", "replace") for table, column in sealed_columns()
                     for _, _, body in house.opened(table, column))  # fmt: skip
    everything = [one for whose in (CLAIRES, YANISES) for one in house.canaries.made[whose]]
    kept = sum(f"{one}." in sealed or f'{one}"' in sealed for one in everything)
    print(f"{len(house.canaries)} secrets, {len(everything)} of participants, of which {kept} are kept sealed")
    assert kept > len(everything) * 9 // 10, "what was looked for was hardly there"


def postgres_files(house: House, store: str) -> list[Path]:
    """The server's own files of this database and its log, when they lie on this machine."""
    if store != "postgres":
        return []
    with house.office.db._reader.connect() as conn:
        folder = Path(conn.execute(text("SHOW data_directory")).scalar_one())
        number = conn.execute(text("SELECT oid FROM pg_database WHERE datname = current_database()")).scalar_one()
    here = [folder / "base" / str(number), folder / "pg_wal"]
    return [path for path in here if path.is_dir()]


# --- read --------------------------------------------------------------------------------------


def are_read_by_her_coach(house: House, folder: Path) -> None:
    """Pages, files, sheets on paper, a search, and the same by chat: nothing of it stays in a file of its own."""
    readings.by_timer(house)
    with espace(house.office) as page:
        seen = readings.by_page(house, page)
    papers = {place.rpartition("/")[2] for place, body in seen.items() if body.startswith(b"%PDF")}
    assert "fiche.pdf" in papers and len(papers) > 1, papers
    heard = [body for place, body in seen.items() if "/fichiers/" in place]
    assert house.canaries.found(b"".join(heard)), "no file was opened"
    read = [house.canaries.found(said) for said in (b"".join(seen.values()), readings.by_chat(house))]
    assert all(len(each) > 300 for each in read), [len(each) for each in read]
    assert [path for path in (folder / "scratch").rglob("*")] == []
    without = {f"{table.name}.{column}" for table, column in sealed_columns()
               if not any(house.canaries.inside(body) for _, _, body in house.opened(table, column))}  # fmt: skip
    assert without <= {"digests.body", "replies.question"}, "somewhere nobody wrote a secret"


def are_read_in_her_own_space(house: House) -> None:
    """What is of her, by whoever wrote it, and nothing of anybody else: on each page, from the table of routes."""
    with espace(house.office) as page:
        browser, seen = page.of(house.claire), dict[str, bytes]()
        for route in OWN_ROUTES:
            if route.method == "GET" and "{format}" not in route.path:
                for made in house.office.house.library.deliverables if "{document}" in route.path else (None,):
                    path = PREFIX + route.path.replace("{document}", made.id if made else "")
                    answer = browser.get(path)
                    assert answer.status == 200, (path, answer.status)
                    seen[path.rpartition("/")[2]] = answer.body
    assert house.canaries.inside(b"".join(seen.values())) == {CLAIRES, ANNES, NAMES}
    assert {CLAIRES, ANNES} <= house.canaries.inside(seen["synthese"]), "its words, and what she says of them"
    assert ANNES in house.canaries.inside(seen["competences"]), "a skill that her coach found"
    assert len(house.canaries.found(b"".join(seen.values()))) > 50


# --- copied ------------------------------------------------------------------------------------


def stand_sealed_in_copies(house: House, made: Made) -> list[tuple[str, bytes]]:
    """Neither copy says a word, and only the one that lives 48 hours has keys; gives the sealed values they hold."""
    tables, keys = told(made.data), told(made.keys)
    assert house.canaries.inside(tables + keys) == set()
    wrapped = house.office.db.read_now(lambda conn: list(conn.execute(select(t.keys.c.wrapped)).scalars()))
    assert len(wrapped) > 4 and all(bytes(key) in keys for key in wrapped)
    assert not any(bytes(key) in tables for key in wrapped)
    sealed = house.sealed()
    assert len(sealed) > LEAST and all(value in tables for _, value in sealed)
    return sealed


def told(copy: Path) -> bytes:
    """All that a copy says to whoever has it: its bytes as they lie, then each of its values whole."""
    (file,) = [path for path in copy.iterdir() if path.name != "manifest.json"]
    if file.suffix == ".dump":
        said = subprocess.run(["pg_restore", "-f", "-", file], capture_output=True, check=True).stdout
        values = [re.sub(rb"\\+x([0-9a-f]+)", lambda found: bytes.fromhex(found[1].decode()), said)]
    else:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro&immutable=1", uri=True)) as raw:
            names = [name for (name,) in raw.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            rows = [value for name in names for row in raw.execute(f'SELECT * FROM "{name}"') for value in row]
        values = [value if isinstance(value, bytes) else str(value).encode() for value in rows]
    return b"\n".join([file.read_bytes(), *values])


# --- shown to whoever asks, and erased -----------------------------------------------------------


def are_shown_to_nobody_else(house: House) -> None:
    """Each route, each command and each verb of a button, asked by everybody else. An admin is told first names."""
    office, inside = house.office, house.canaries.inside
    for chat in (PAUL, ADMIN, YANIS, STRANGER):
        for command in (*coach.COMMANDS, "pousser", "temoignages", "mes_reponses", "mesdonnees", "parcours", "aide"):
            office.say(chat, f"/{command}")
        for verb in (*coach.ABOUT, "page", "amend"):
            office.press(chat, f"d:{verb}:{house.claire}")
            office.press(chat, f"d:{verb}:{house.claire}:S1")
            office.press(chat, f"c:{verb}:1")
    allowed = {
        CLAIRE: {CLAIRES, ANNES, NAMES, ADMINS},
        ANNE: {CLAIRES, ANNES, NAMES, OFFICES},
        YANIS: {YANISES, ADMINS},
        PAUL: {YANISES},
        ADMIN: {ADMINS, NAMES},
    }
    for chat, said in house.sent():
        assert inside(said) <= allowed.get(chat, set()), (chat, said[:300])
    with espace(office) as page:
        for who, browser in others(house, page).items():
            for route in (*OWN_ROUTES, *ROUTES, *OPEN):
                if route.method == "GET":
                    seen = browser.get(PREFIX + IN_PATH.sub(_claires(house), route.path))
                    theirs = who == "Paul" or (who == "Yanis" and route.own)
                    assert inside(seen.body) <= ({YANISES} if theirs else set()), (who, route.path)


def others(house: House, page: Espace) -> dict[str, Browser]:
    people = {"Paul": house.paul, "Yanis": house.yanis, "Régie": house.paul + 1}
    return {"nobody": page.stranger(), **{name: page.of(id) for name, id in people.items()}}


def _claires(house: House) -> Any:
    places = {"person": str(house.claire), "session": "S1", "document": "livret", "format": "docx"}
    return lambda found: places.get(found[1], "1")


def are_gone_with_their_author(house: House, folder: Path, made: Made, copied: list[tuple[str, bytes]]) -> None:
    """No key that is left opens anything of hers, here or in a copy, and nothing is left here that no key opens."""
    office, inside = house.office, house.canaries.inside
    wrapped = office.db.read_now(
        lambda conn: conn.execute(select(t.keys.c.wrapped).where(t.keys.c.person_id == house.claire)).scalar_one()
    )
    assert len(hers(house, copied)) > LEAST // 3
    office.say(CLAIRE, "/supprimer")
    office.press(CLAIRE, "c:erase:oui")
    left = [(table.name, column, owner, row.id if "id" in row._fields else None)
            for table, column in sealed_columns() for owner, row, body in house.opened(table, column)
            if owner is None or inside(body) & {CLAIRES, ANNES}]  # fmt: skip
    assert left == []
    assert inside(rows_in_clear(office)) == set()
    assert [path.name for path, data in files_under(folder) if inside(data)] == []
    assert hers(house, copied) == [("people.prompt", {ANNES})], "of what a coach had begun a restoration leaves nothing"
    assert copies.expire(made.data.parents[1], office.now + copies.KEPT[copies.KEYS]) == [made.keys]
    assert [path.name for path, data in files_under(folder) if bytes(wrapped) in data] == []
    assert bytes(wrapped) not in told(made.data)


def hers(house: House, copied: list[tuple[str, bytes]]) -> list[tuple[str, set[str]]]:
    """Where the keys of now open a value that was copied, and find what she wrote or what was of her; and which."""
    owners = house.office.db.write_now(house.keys)
    opened = [(place, house.unsealed(owners, place, value)[1]) for place, value in copied]
    found = [(place, house.canaries.inside(body) & {CLAIRES, ANNES}) for place, body in opened]
    return [(place, whose) for place, whose in found if whose]
