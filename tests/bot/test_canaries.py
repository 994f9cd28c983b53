"""A thousand secrets, one in every input: nowhere in clear, read by nobody else, and gone with whoever wrote them."""

import logging
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from bot.desk import coach
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from bot.web.answer import PREFIX
from bot.web.routes import OPEN, ROUTES
from tests.bot.desk_office import Office
from tests.bot.plain_sight import (
    ADMIN,
    ADMINS,
    ANNE,
    ANNES,
    CLAIRE,
    CLAIRES,
    NAMES,
    PAUL,
    STRANGER,
    YANIS,
    YANISES,
    House,
    files_under,
    rows_in_clear,
    sealed_columns,
)
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


def write_everything(house: House) -> None:
    house.modules()
    house.asides()
    house.desk()
    with espace(house.office) as page:
        typed(house, page)
    house.begin("fiche-preuve")
    house.office.say(CLAIRE, house.word())  # begun, and left there
    assert len(house.canaries) >= LEAST, len(house.canaries)


def test_a_thousand_secrets(house: House, engine_log: Log, tmp_path: Path, store: str) -> None:
    write_everything(house)
    stand_nowhere_in_clear(house, engine_log, [tmp_path, *postgres_files(house, store)])
    are_shown_to_nobody_else(house)
    are_gone_with_their_author(house, tmp_path)


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
        CLAIRE: {CLAIRES, ANNES, NAMES},
        ANNE: {CLAIRES, ANNES, NAMES},
        YANIS: {YANISES},
        PAUL: {YANISES},
        ADMIN: {ADMINS, NAMES},
    }
    for chat, said in house.sent():
        assert inside(said) <= allowed.get(chat, set()), (chat, said[:300])
    with espace(office) as page:
        for who, browser in others(house, page).items():
            for route in (*ROUTES, *OPEN):
                if route.method == "GET":
                    seen = browser.get(PREFIX + IN_PATH.sub(_claires(house), route.path))
                    assert inside(seen.body) <= ({YANISES} if who == "Paul" else set()), (who, route.path)


def others(house: House, page: Espace) -> dict[str, Browser]:
    people = {"Paul": house.paul, "Yanis": house.yanis, "Régie": house.paul + 1}
    return {"nobody": page.stranger(), **{name: page.of(id) for name, id in people.items()}}


def _claires(house: House) -> Any:
    return lambda found: {"person": str(house.claire), "session": "S1"}.get(found[1], "1")


def are_gone_with_their_author(house: House, folder: Path) -> None:
    """No key that is left opens anything of hers, and nothing is left that no key opens."""
    office, inside = house.office, house.canaries.inside
    wrapped = office.db.read_now(
        lambda conn: conn.execute(select(t.keys.c.wrapped).where(t.keys.c.person_id == house.claire)).scalar_one()
    )
    office.say(CLAIRE, "/supprimer")
    office.press(CLAIRE, "c:erase:oui")
    left = [(table.name, column, owner, row.id if "id" in row._fields else None)
            for table, column in sealed_columns() for owner, row, body in house.opened(table, column)
            if owner is None or inside(body) & {CLAIRES, ANNES}]  # fmt: skip
    assert left == []
    assert inside(rows_in_clear(office)) == set()
    assert [path.name for path, data in files_under(folder) if inside(data)] == []
    assert [path.name for path, data in files_under(folder) if bytes(wrapped) in data] == []
