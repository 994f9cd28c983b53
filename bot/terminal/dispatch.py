"""The pushes that were made, from the terminal: where they are, what became of them, and their end."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.admin import labels, outcome, pushes
from bot.admin.outcome import Fate
from bot.admin.pushes import Listed
from bot.app import App
from bot.desk import people
from bot.store import audit
from bot.store.audit import By
from bot.terminal import Refused, opening
from bot.terminal.tables import Table, iso, tell, when

MOST = 100
"""Pushes in the list."""

STATES = {"planned": "prévu", "under_way": "en cours", "paused": "suspendu", "done": "terminé", "cancelled": "arrêté"}

ACTS: Mapping[str, tuple[Callable[[Connection, int, By, datetime], int], str]] = {
    "pause": (pushes.pause, "suspendu(s)"),
    "resume": (pushes.resume, "repris"),
    "cancel": (pushes.cancel, "arrêté(s)"),
}


def listed(as_json: bool) -> None:
    with opening.house() as app:
        found = app.db.read_now(pushes.listed, app.vault, app.clock.now(), MOST)
        value = [_plain(app, one) for one in found]
        rows = [_row(app, one) for one in found]
        zone = app.settings.zone
    columns = ("Envoi", "État", f"Quand ({zone})", "À qui", "Quoi", "Restent")
    tell(as_json, value, Table(columns, rows, "Aucun envoi n'a été fait."))


def show(as_json: bool, number: int) -> None:
    """Raises Refused for a number that is none."""
    with opening.house() as app:
        one, fates, names = app.db.read_now(_shown, app, number)
        counts = {state: n for state in outcome.STATES if (n := sum(fate.state == state for fate in fates))}
        value = {**_plain(app, one), "counts": counts, "people": [_fate(fate, names) for fate in fates]}
        rows = [_told(app, fate, names) for fate in fates]
    columns = ("Numéro", "Prénom", "Fois", "Ce qu'il est devenu", "Quand", "Pourquoi")
    tell(as_json, value, Table(columns, rows, "Rien n'en est encore parti."))


def act(as_json: bool, verb: str, number: int) -> None:
    """Raises Refused for a number that is none."""
    done, word = ACTS[verb]
    with opening.house() as app:
        n = app.db.write_now(_acted, app, done, number)
    tell(as_json, {"push": number, "done": verb, "n": n}, f"Envoi n° {number} : {n} {word}.")


def _acted(conn: Connection, app: App, done: Callable[[Connection, int, By, datetime], int], number: int) -> int:
    _one(conn, app, number)
    return done(conn, number, audit.OPERATOR, app.clock.now())


def _shown(conn: Connection, app: App, number: int) -> tuple[Listed, list[Fate], dict[int, str]]:
    one = _one(conn, app, number)
    fates = outcome.outcome(conn, number)
    names: dict[int, str] = {}
    ids = sorted({fate.person_id for fate in fates})
    for start in range(0, len(ids), pushes.SLICE):
        names |= people.names(conn, app.vault, ids[start : start + pushes.SLICE], app.clock.now())
    return one, fates, names


def _one(conn: Connection, app: App, number: int) -> Listed:
    found = pushes.one(conn, app.vault, number, app.clock.now())
    if found is None:
        raise Refused(f"Il n'y a pas d'envoi n° {number}. Voir : marge pushes list")
    return found


def _plain(app: App, one: Listed) -> dict[str, Any]:
    rule = labels.when(app.house, one.rule) if one.rule else None
    return {
        "push": one.id, "state": one.state, "made_at": iso(one.made_at), "at": iso(one.at), "rule": rule,
        "to": labels.to(app.house, one.to), "what": labels.what(app.house, one.what, one.flow), "left": one.left,
    }  # fmt: skip


def _row(app: App, one: Listed) -> tuple[str, ...]:
    at = labels.when(app.house, one.rule) if one.rule else when(one.at, app.settings.zone)
    what = labels.what(app.house, one.what, one.flow)
    return str(one.id), STATES[one.state], at, labels.to(app.house, one.to), what, str(one.left)


def _fate(fate: Fate, names: Mapping[int, str]) -> dict[str, Any]:
    return {"id": fate.person_id, "name": names.get(fate.person_id, ""), "state": fate.state,
            "at": iso(fate.at) if fate.at else None, "why": fate.why, "time": fate.scope or None}  # fmt: skip


def _told(app: App, fate: Fate, names: Mapping[int, str]) -> tuple[str, ...]:
    phrases, key = app.house.speech.phrases, f"push_reason_{fate.why}"
    why = phrases.say(key).strip() if key in phrases else fate.why or ""
    state = phrases.say(f"push_state_{fate.state}").strip()
    at = when(fate.at, app.settings.zone) if fate.at else ""
    return str(fate.person_id), names.get(fate.person_id, "?"), fate.scope, state, at, why
