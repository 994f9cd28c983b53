"""Who changed what, from the terminal; and whether the chain of it is whole."""

from sqlalchemy import Connection

from bot.admin import ledger
from bot.admin.ledger import Line
from bot.app import App
from bot.store import audit
from bot.terminal import opening
from bot.terminal.tables import Table, iso, tell, when

DOORS = {"telegram": "Telegram", "page": "page", "terminal": "terminal"}


def listed(as_json: bool, limit: int, action: str | None) -> int:
    with opening.house() as app:
        found = app.db.read_now(_lines, app, limit, action)
        zone = app.settings.zone
    rows = [(str(line.entry.id), when(line.entry.at, zone), line.who, DOORS[line.entry.by.door], line.words)
            for line in found]  # fmt: skip
    plain = [{"id": line.entry.id, "at": iso(line.entry.at), "by": line.entry.by.id, "role": line.entry.by.role,
              "door": line.entry.by.door, "action": line.entry.action, "about": line.entry.about}
             for line in found]  # fmt: skip
    tell(as_json, plain, Table(("Ligne", f"Date ({zone})", "Qui", "D'où", "Quoi"), rows, "Rien encore."))
    return 0


def _lines(conn: Connection, app: App, limit: int, action: str | None) -> list[Line]:
    found = audit.newest(conn, limit, None, action)
    return ledger.lines(conn, app.vault, app.house, found, app.clock.now())


def check(as_json: bool) -> int:
    """Exit code 1 when a row was changed, or one is missing before it."""
    with opening.house() as app:
        rows = app.db.read_now(lambda conn: list(audit.broken(conn)))
    said = (
        "Le journal est entier : rien n'y a été changé ni retiré."
        if not rows
        else (f"Le journal n'est plus entier : ligne {', '.join(map(str, rows))} changée, ou une retirée juste avant.")
    )
    tell(as_json, {"ok": not rows, "broken": rows}, said)
    return 1 if rows else 0
