"""Cohorts, from the terminal."""

from bot.desk import cohorts as desk
from bot.store import audit
from bot.terminal import opening
from bot.terminal.tables import Table, iso, tell


def listed(as_json: bool) -> None:
    with opening.house() as app:
        found = app.db.read_now(desk.listed)
    rows = [(one.name, str(one.people), str(one.active), "close" if one.closed_at else "ouverte") for one in found]
    plain = [{"name": one.name, "people": one.people, "active": one.active,
              "closed_at": iso(one.closed_at) if one.closed_at else None} for one in found]  # fmt: skip
    tell(as_json, plain, Table(("Cohorte", "Personnes", "En cours", "État"), rows, "Aucune cohorte."))


def create(as_json: bool, name: str) -> None:
    with opening.house() as app:
        made = app.db.write_now(desk.create, audit.OPERATOR, name, app.clock.now())
    tell(as_json, {"name": made}, f"La cohorte « {made} » est ouverte.")


def rename(as_json: bool, name: str, new: str) -> None:
    with opening.house() as app:
        n = app.db.write_now(desk.rename, audit.OPERATOR, name, new, app.clock.now())
    tell(as_json, {"name": new, "people": n}, f"La cohorte « {name} » s'appelle « {new} » : {n} personne(s).")


def close(as_json: bool, name: str) -> None:
    with opening.house() as app:
        app.db.write_now(desk.close, audit.OPERATOR, name, app.clock.now())
    tell(as_json, {"name": name}, f"La cohorte « {name} » est close : personne n'y entre plus.")


def put(as_json: bool, person_id: int, name: str | None) -> None:
    with opening.house() as app:
        before = app.db.write_now(desk.put, audit.OPERATOR, person_id, name, app.clock.now())
    where = f"dans la cohorte « {name} »" if name is not None else "dans aucune cohorte"
    was = f" (avant : « {before} »)" if before else ""
    tell(as_json, {"id": person_id, "cohort": name, "before": before}, f"n° {person_id} est {where}{was}.")
