"""The house put to work until it is asked to stop, and its tables made ready before."""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import nullcontext, redirect_stdout
from typing import Any

import structlog

from bot import logs
from bot.settings import Settings
from bot.store import migrate
from bot.terminal.opening import folders
from bot.terminal.tables import note, tell

log = structlog.get_logger()

DOING = {
    "web": "reçoit ce que Telegram envoie",
    "work": "traite les messages",
    "clock": "suit les échéances",
}


def keep(parts: Sequence[str], as_json: bool, *, migrated: bool = False) -> None:
    """Runs the named parts of the house until SIGTERM or Ctrl-C; raises whatever stopped it before."""
    from bot.app import App

    logs.configure()
    settings = Settings.load()
    if "work" in parts:
        assert settings.token  # asked for before anything is changed
    folders(settings)
    app = App.open(settings, migrated=migrated)
    try:
        asyncio.run(_live(app, parts, as_json))
    finally:
        app.close()


async def _live(app: Any, parts: Sequence[str], as_json: bool) -> None:
    from bot.app import run

    served = [part for part in parts if part != "web" or app.settings.public_url]
    if not served:
        note("PUBLIC_URL manque : il n'y a rien à recevoir ici, Marge interroge Telegram elle-même.")
    running = asyncio.create_task(run(app, parts))
    await asyncio.sleep(0)  # the store is held, or refused, by now
    if not running.done():
        doing = ", ".join(DOING[part] for part in served) or "attend"
        tell(as_json, {"parts": served}, f"Marge {doing}. Pour l'arrêter : Ctrl-C.")
        sys.stdout.flush()
    await running


def migrated(as_json: bool) -> None:
    """Brings the tables up to date."""
    settings = Settings.load()
    folders(settings)
    changed = migrate.upgrade(settings.database_url)
    said = "La base est à jour." if changed else "La base était déjà à jour."
    tell(as_json, {"changed": changed, "revision": migrate.head()}, f"{said} Version : {migrate.head()}.")


def demo(port: int, browser: bool, as_json: bool) -> None:
    """The whole product with invented people; with `as_json` its tour goes to stderr."""
    from bot.demo import demo as show

    logs.configure("ERROR")
    if as_json:
        tell(True, {"url": f"http://127.0.0.1:{port}"})
        sys.stdout.flush()
    with redirect_stdout(sys.stderr) if as_json else nullcontext():
        show(port, browser)
