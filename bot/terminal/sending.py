"""Pushes from the terminal, and all that is still to come."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from bot.app import App
from bot.desk import pushes
from bot.desk import upcoming as agenda
from bot.desk.pushes import Preview
from bot.telegram.length import MOST, units
from bot.terminal import Misused, Refused, opening
from bot.terminal.diary import WHYS
from bot.terminal.people import moment
from bot.terminal.tables import Table, iso, tell, when
from flows.calendar import resolve
from flows.calendar import zone as zone_of
from flows.usage import LONE


def push(
    as_json: bool, cohort: str | None, person_id: int | None, text_file: Path | None, capsule: str | None,
    at: str | None, *, dry_run: bool, again: bool,
) -> None:  # fmt: skip
    if (cohort is None) == (person_id is None):
        raise Misused("À qui ? Donnez --cohort ou --participant, l'un des deux.")
    if (text_file is None) == (capsule is None):
        raise Misused("Quoi ? Donnez --text-file ou --capsule, l'un des deux.")
    local = moment(at) if at else None
    body = {"flow": LONE + capsule} if capsule else {"text": _text(text_file or Path("-"))}
    to: dict[str, Any] = {"cohort": cohort, "person_ids": None if person_id is None else [person_id]}
    with opening.house() as app:
        _check_ahead(app, local)
        if capsule and capsule not in app.house.library.capsules:
            raise Refused(f"Il n'y a pas de capsule « {capsule} ».")
        found = app.db.read_now(_preview, app, body, person_id, to)
        _refuse(app, found, dry_run, again)
        push_id = None if dry_run else app.db.write_now(_plan, app, body, local, to)
        reason = {why: _reason(app, why) for _, _, why in found.excluded}
    value = {
        "push": push_id, "dry_run": dry_run, "repeat": found.repeat,
        "included": [{"id": id, "name": name} for id, name in found.included],
        "excluded": [{"id": id, "name": name, "why": why} for id, name, why in found.excluded],
    }  # fmt: skip
    rows = [(str(id), name, "oui", "") for id, name in found.included]
    rows += [(str(id), name, "non", reason[why]) for id, name, why in found.excluded]
    n = len(found.included)
    last = f"{n} personne(s) recevraient l'envoi. Rien n'est parti." if dry_run else f"En route pour {n} personne(s)."
    tell(as_json, value, Table(("Numéro", "Prénom", "Reçoit", "Sinon, pourquoi"), rows), last)


def _check_ahead(app: App, local: datetime | None) -> None:
    """A date behind us would send at once: a slip of the keyboard."""
    at = resolve(local, zone_of(app.settings.zone)) if local and local.tzinfo is None else local
    if at and at < app.clock.now():
        raise Misused(f"La date {local:%Y-%m-%dT%H:%M} est déjà passée. Pour envoyer maintenant, retirez --at.")


def _text(file: Path) -> str:
    """The words to send, as they are. Raises Misused."""
    try:
        text = (sys.stdin.read() if str(file) == "-" else file.read_text("utf-8-sig")).strip()
    except (OSError, UnicodeDecodeError):
        raise Misused(f"Le fichier {file} ne se lit pas : il faut un texte en UTF-8.") from None
    if not text or units(text) > MOST:
        raise Misused(f"Le texte à envoyer doit tenir en un message : de 1 à {MOST} signes, ici {units(text)}.")
    return text


def _preview(conn: Connection, app: App, body: dict[str, str], person_id: int | None, to: dict[str, Any]) -> Preview:
    if person_id is not None:
        opening.expect(conn, person_id, "participant")
    found = pushes.preview(conn, app.vault, app.house, body=body, now=app.clock.now(), **to)
    names = ", ".join(name for name, _ in pushes.cohorts(conn))
    if not found.included and not found.excluded:
        raise Refused(f"Cette cohorte est vide. Celles qui existent : {names or 'aucune'}.")
    return found


def _refuse(app: App, found: Preview, dry_run: bool, again: bool) -> None:
    if dry_run:
        return
    if not found.included:
        whys = ", ".join(f"{name} ({_reason(app, why)})" for _, name, why in found.excluded)
        raise Refused(f"Personne ne recevrait cet envoi, il n'est pas parti : {whys}.")
    if found.repeat and not again:
        raise Refused("La même chose est partie à une partie de ces personnes il y a moins de douze heures. "
                      "Pour l'envoyer quand même : --again.")  # fmt: skip


def _reason(app: App, why: str) -> str:
    phrases, key = app.house.speech.phrases, f"push_reason_{why}"
    return phrases.say(key) if key in phrases else why


def _plan(conn: Connection, app: App, body: dict[str, str], local: Any, to: dict[str, Any]) -> int:
    return pushes.plan(conn, app.vault, app.house, by_id=None, body=body, now=app.clock.now(), at=local, **to)


# --- what is to come ---------------------------------------------------------------------------


def upcoming(as_json: bool, person_id: int | None) -> None:
    with opening.house() as app:
        if person_id is not None:
            app.db.read_now(opening.expect, person_id, "participant")
        found = app.db.read_now(agenda.upcoming, app.vault, app.house, app.clock.now(), person_id)
        zone = app.settings.zone
    value = [
        {"id": u.person_id, "name": u.name, "due_at": iso(u.due_at) if u.due_at else None,
         "kind": u.kind, "what": u.what, "why": u.why}
        for u in found
    ]  # fmt: skip
    rows = [
        (when(u.due_at, zone) if u.due_at else "à son tour", str(u.person_id or ""), u.name, u.what,
         WHYS.get(u.why or "", u.why or ""))
        for u in found
    ]  # fmt: skip
    columns = (f"Quand ({zone})", "Numéro", "Prénom", "Quoi", "Pourquoi alors")
    tell(as_json, value, Table(columns, rows, "Rien n'est prévu."))
