"""Pushes from the terminal, and all that is still to come."""

import base64
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from bot.admin import audience, labels, occurrences, pushes
from bot.admin.audience import Audience, Unknown
from bot.admin.occurrences import Rule, Unread
from bot.admin.pushes import Preview
from bot.app import App
from bot.desk import upcoming as agenda
from bot.store import audit
from bot.telegram.length import CAPTION, MOST, units
from bot.terminal import Misused, Refused, opening
from bot.terminal.diary import WHYS
from bot.terminal.people import moment
from bot.terminal.tables import Table, iso, tell, when
from flows.calendar import resolve
from flows.calendar import zone as zone_of
from flows.usage import LONE

EVERYBODY = "*"
"""The cohort of all participants."""

IMAGES = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png"}
PHOTO, DOCUMENT = 10, 20
"""Megabytes of a picture, of a document (Bot API, sendPhoto; what we send of any file)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A push as it was typed: `people` are names or numbers, not looked up yet."""

    body: Mapping[str, str]
    picture: Mapping[str, str] | None
    to: Audience
    people: tuple[str, ...]
    at: datetime | None
    rule: Rule | None


def push(
    as_json: bool, to: Mapping[str, Any], body: Mapping[str, Any], times: Mapping[str, str | None], *, dry_run: bool,
    again: bool,
) -> None:  # fmt: skip
    """Raises Misused for what was half said, Refused for what names nothing or reaches nobody."""
    asked = _asked(to, body, times)
    with opening.house() as app:
        _check_ahead(app, asked.at)
        try:
            chosen, found = app.db.read_now(_preview, app, asked)
            _refuse(app, found, asked.rule, dry_run, again)
            push_id = None if dry_run else app.db.write_now(_plan, app, asked, chosen)
        except Unknown as error:
            raise Refused(labels.unknown(app.house, error)) from None
        except KeyError:
            raise Refused(_no_such(asked.body["flow"])) from None
        reason = {why: _reason(app, why) for _, _, why in found.excluded}
        rule = labels.when(app.house, asked.rule) if asked.rule else ""
        zone = app.settings.zone
    value: dict[str, Any] = {
        "push": push_id, "dry_run": dry_run, "repeat": found.repeat,
        "included": [{"id": id, "name": name} for id, name in found.included],
        "excluded": [{"id": id, "name": name, "why": why} for id, name, why in found.excluded],
    }  # fmt: skip
    if asked.rule:
        value |= {"rule": occurrences.kept(asked.rule), "first": iso(found.soonest) if found.soonest else None}
    rows = [(str(id), name, "oui", "") for id, name in found.included]
    rows += [(str(id), name, "non", reason[why]) for id, name, why in found.excluded]
    last = _last(len(found.included), push_id, dry_run, rule, when(found.soonest, zone) if found.soonest else "")
    tell(as_json, value, Table(("Numéro", "Prénom", "Reçoit", "Sinon, pourquoi"), rows), last)


def _last(n: int, push_id: int | None, dry_run: bool, rule: str, first: str) -> str:
    begins = f"{rule[:1].upper()}{rule[1:]}. Premier départ : {first or 'pas encore connu'}. " if rule else ""
    if dry_run:
        return f"{begins}{n} personne(s) recevraient l'envoi. Rien n'est parti."
    done = "C'est en place" if rule else f"En route pour {n} personne(s)"
    return f"{begins}{done}. Envoi n° {push_id}."


def _no_such(flow: str) -> str:
    kind = "capsule" if flow.startswith(LONE) else "module"
    return f"Il n'y a pas de {kind} « {flow.removeprefix(LONE)} »."


# --- as it was typed -----------------------------------------------------------------------------


def _asked(to: Mapping[str, Any], body: Mapping[str, Any], times: Mapping[str, str | None]) -> Asked:
    if not any(to.values()):
        raise Misused("À qui ? Donnez --cohort, --phase, --format, --situation ou --participant.")
    given = [name for name in ("text_file", "capsule", "flow") if body[name] is not None]
    if len(given) != 1:
        raise Misused("Quoi ? Donnez --text-file, --capsule ou --flow, l'un des trois.")
    if body["picture"] is not None and given != ["text_file"]:
        raise Misused("--picture va avec --text-file : le texte est écrit sous l'image.")
    cohorts = tuple(name for name in to["cohorts"] or () if name != EVERYBODY)
    chosen = Audience(cohorts, *(tuple(to[kind] or ()) for kind in ("phases", "formats", "situations")))
    rule, at = _times(times)
    picture, kind = _picture(body["picture"]) if body["picture"] is not None else (None, "")
    if body["text_file"] is not None:
        text = {"text": _text(body["text_file"], CAPTION if picture else MOST)}
        what = {**text, **({"picture": kind} if kind else {})}
    else:
        what = {"flow": LONE + body["capsule"] if body["capsule"] else body["flow"]}
    return Asked(what, picture, chosen, tuple(to["people"] or ()), at, rule)


def _times(times: Mapping[str, str | None]) -> tuple[Rule | None, datetime | None]:
    at, weekly, around = times["at"], times["weekly"], times["around"]
    if sum(one is not None for one in (at, weekly, around)) > 1:
        raise Misused("Quand ? Donnez --at, --weekly ou --around, l'un des trois.")
    if times["until"] and not (weekly or around):
        raise Misused("--until va avec --weekly ou --around.")
    last = _day(times["until"]) if times["until"] else None
    try:
        if weekly is not None:
            return occurrences.weekly(weekly, last), None
        if around is not None:
            return occurrences.around(around, last), None
    except Unread as error:
        written = f"« {(weekly or around or '')[:40]} »"
        wanted = "« lundi 18:00 »" if error.reason == "week" else "« J-2 18:00 », « J+1 » ou « S2 - 2j 18:00 »"
        raise Misused(f"{written} ne convient pas : écrivez par exemple {wanted}.") from None
    return None, moment(at) if at else None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Misused(f"La date « {text[:40]} » ne convient pas : écrivez par exemple 2027-01-31.") from None


def _picture(file: Path) -> tuple[dict[str, str], str]:
    """The file, and whether it is a photo or a document. Raises Misused."""
    kind = "photo" if file.suffix.lower() in IMAGES else "document"
    try:
        data = file.read_bytes()
    except OSError:
        raise Misused(f"Le fichier {file} ne se lit pas.") from None
    most = PHOTO if kind == "photo" else DOCUMENT
    if not data or len(data) > most * 1024 * 1024:
        raise Misused(f"Le fichier {file} doit peser {most} Mo au plus, et ne pas être vide.")
    type_ = IMAGES.get(file.suffix.lower(), "application/octet-stream")
    return {"name": file.name, "bytes": base64.b64encode(data).decode(), "type": type_}, kind


def _check_ahead(app: App, local: datetime | None) -> None:
    """A date behind us would send at once: a slip of the keyboard."""
    at = resolve(local, zone_of(app.settings.zone)) if local and local.tzinfo is None else local
    if at and at < app.clock.now():
        raise Misused(f"La date {local:%Y-%m-%dT%H:%M} est déjà passée. Pour envoyer maintenant, retirez --at.")


def _text(file: Path, most: int) -> str:
    """The words to send, as they are. Raises Misused."""
    try:
        text = (sys.stdin.read() if str(file) == "-" else file.read_text("utf-8-sig")).strip()
    except (OSError, UnicodeDecodeError):
        raise Misused(f"Le fichier {file} ne se lit pas : il faut un texte en UTF-8.") from None
    if not text or units(text) > most:
        raise Misused(f"Le texte à envoyer doit tenir en un message : de 1 à {most} signes, ici {units(text)}.")
    return text


# --- looked at, and planned ----------------------------------------------------------------------


def _preview(conn: Connection, app: App, asked: Asked) -> tuple[Audience, Preview]:
    """Whom the words meant, and who would get it."""
    chosen, now = asked.to, app.clock.now()
    if asked.people:
        people = audience.named(conn, app.vault, asked.people, now)
        chosen = Audience(chosen.cohorts, chosen.phases, chosen.formats, chosen.situations, people)
    found = pushes.preview(conn, app.vault, app.house, body=asked.body, to=chosen, now=now, rule=asked.rule)
    return chosen, found


def _refuse(app: App, found: Preview, rule: Rule | None, dry_run: bool, again: bool) -> None:
    if dry_run:
        return
    if not found.included and not found.excluded and rule is None:
        raise Refused("Personne ne répond à tout cela : rien n'est parti. Pour voir sans envoyer : --dry-run.")
    if not found.included and rule is None:
        whys = ", ".join(f"{name} ({_reason(app, why)})" for _, name, why in found.excluded)
        raise Refused(f"Personne ne recevrait cet envoi, il n'est pas parti : {whys}.")
    if found.repeat and not again:
        raise Refused("La même chose est partie à une partie de ces personnes il y a moins de douze heures. "
                      "Pour l'envoyer quand même : --again.")  # fmt: skip


def _reason(app: App, why: str) -> str:
    phrases, key = app.house.speech.phrases, f"push_reason_{why}"
    return phrases.say(key) if key in phrases else why


def _plan(conn: Connection, app: App, asked: Asked, chosen: Audience) -> int:
    return pushes.plan(conn, app.vault, app.house, by=audit.OPERATOR, body=asked.body, to=chosen, now=app.clock.now(),
                       at=asked.at, rule=asked.rule, picture=asked.picture)  # fmt: skip


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
