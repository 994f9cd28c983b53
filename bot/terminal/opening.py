"""The house opened for one command and closed after it; another process may be at work on the same store."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, select

from bot import logs
from bot.app import App
from bot.desk import DeskError
from bot.settings import Settings, SettingsError
from bot.store.address import parse, sqlite_path
from bot.store.tables import people
from bot.telegram.gateway import Denied, Failed, Gateway
from bot.terminal import Refused


@contextmanager
def house() -> Iterator[App]:
    """Raises SettingsError, StoreError or SourceErrors; what the desk refuses becomes Refused, in its own words."""
    logs.configure("ERROR")
    settings = Settings.load()
    folders(settings)
    app = App.open(settings)
    try:
        yield app
    except DeskError as error:
        raise Refused(app.house.speech.label(error.phrase)) from None
    finally:
        app.close()


def folders(settings: Settings) -> None:
    """Makes the folders of the store and of the keys, for their owner alone, where they are missing."""
    store = sqlite_path(parse(settings.database_url))
    for path in (store, settings.keys):
        if path is not None and not path.parent.is_dir():
            _make(path.parent)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, mode=0o700)
    except OSError as error:
        raise Refused(f"Impossible de créer le dossier {folder} : {error.strerror}.") from None


def expect(conn: Connection, person_id: int, role: str) -> str:
    """Their zone. Raises DeskError when nobody has this number and role."""
    row = conn.execute(select(people.c.zone).where(people.c.id == person_id, people.c.role == role)).first()
    if row is None:
        raise DeskError("unknown_coach" if role == "coach" else "unknown_person")
    return str(row.zone)


def username(settings: Settings) -> str:
    """The bot's name as Telegram tells it. Raises Refused, with the reason, when it cannot be had."""
    try:
        return str(asyncio.run(me(settings))["username"])
    except Denied:
        raise Refused("Telegram n'accepte pas BOT_TOKEN") from None
    except (Failed, KeyError):
        raise Refused(f"{settings.telegram_api_url} n'a pas répondu") from None
    except SettingsError:
        raise Refused("BOT_TOKEN manque") from None


async def me(settings: Settings) -> dict[str, object]:
    """getMe, without the patience of a worker. Raises Denied, Failed, SettingsError."""
    gateway = Gateway(settings.token, settings.telegram_api_url, connect_timeout=4.0, read_timeout=6.0)
    try:
        return await gateway.me()
    finally:
        await gateway.close()
