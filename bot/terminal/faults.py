"""What went wrong, in French, and the exit code that goes with it."""

import errno
import traceback
from pathlib import Path

from bot.settings import HOUSE, SettingsError
from bot.store import StoreError
from bot.telegram.gateway import Denied, Failed
from flows.source import SourceErrors


def told(error: Exception) -> tuple[str, int]:
    """One line (one per fault for contents), and the exit code: 2 for the operator's settings, else 1."""
    match error:
        case SettingsError():
            return str(error), 2
        case Denied():
            return "Telegram n'accepte pas BOT_TOKEN : redemandez-le à @BotFather.", 2
        case StoreError() | SourceErrors():
            return str(error), 1
        case Failed():
            return "Telegram n'a pas répondu : vérifiez le réseau, ou TELEGRAM_API_URL.", 1
        case OSError(errno=errno.EADDRINUSE):
            return "Ce port est déjà pris : choisissez-en un autre (--port, ou PORT).", 1
        case _:
            return f"Marge s'est arrêtée sur un défaut de son code : {type(error).__name__}{_place(error)}.", 1


def _place(error: Exception) -> str:
    """The last line of ours on the way to the fault; the error's own text may hold what people wrote."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_relative_to(HOUSE.parent)]
    ours = [f for f in frames if "site-packages" not in f.filename]
    return f", {Path(ours[-1].filename).relative_to(HOUSE.parent)}:{ours[-1].lineno}" if ours else ""
