"""Messages held back by a restoration, at the terminal: shown, let go, or dropped."""

from collections.abc import Sequence

from sqlalchemy import Connection

from bot.admin import retained
from bot.app import App
from bot.store import audit
from bot.terminal import Misused, Refused, opening
from bot.terminal.tables import Table, iso, tell, when


def listed(as_json: bool) -> None:
    with opening.house() as app:
        found = app.db.read_now(retained.listed)
        zone = app.settings.zone
    value = [{"id": row.id, "person": row.owner_id, "method": row.method, "cause": row.cause,
              "created_at": iso(row.created_at)} for row in found]  # fmt: skip
    rows = [(str(row.id), str(row.owner_id), row.method, row.cause, when(row.created_at, zone)) for row in found]
    columns = ("numéro", "personne", "quoi", "cause", f"préparé le ({zone})")
    tell(as_json, value, Table(columns, rows, "Aucun message n'est retenu."))


def send(as_json: bool, ids: Sequence[int], everything: bool) -> None:
    with opening.house() as app:
        n = app.db.write_now(_sent, app, _chosen(app, ids, everything))
    tell(as_json, {"done": "send", "n": n}, f"{n} message(s) partent, à une heure permise.")


def drop(as_json: bool, ids: Sequence[int], everything: bool) -> None:
    with opening.house() as app:
        n = app.db.write_now(_dropped, app, _chosen(app, ids, everything))
    tell(as_json, {"done": "drop", "n": n}, f"{n} message(s) ne partiront pas. Leur coach le voit dans le suivi.")


def _chosen(app: App, ids: Sequence[int], everything: bool) -> Sequence[int] | None:
    """Raises Misused for neither or both, Refused for what is not held."""
    if everything == bool(ids):
        raise Misused("Donnez des numéros de « marge held list », ou --all.")
    if everything:
        return None
    known = {row.id for row in app.db.read_now(retained.listed)}
    if missing := [str(id) for id in ids if id not in known]:
        raise Refused(f"Pas retenu(s) : {', '.join(missing)}. « marge held list » dit ce qui l'est.")
    return ids


def _sent(conn: Connection, app: App, ids: Sequence[int] | None) -> int:
    return retained.send(conn, app.vault, app.house, ids, audit.OPERATOR, app.clock.now())


def _dropped(conn: Connection, app: App, ids: Sequence[int] | None) -> int:
    return retained.drop(conn, app.vault, ids, audit.OPERATOR, app.clock.now())
