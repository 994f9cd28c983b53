"""People invited and their appointments, from the terminal."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from bot.admin import enlisting, guestlist
from bot.admin.enlisting import Plan, Usual
from bot.admin.guestlist import ListFaults
from bot.app import App
from bot.desk import appointments as desk
from bot.desk import invitations
from bot.desk.invitations import Invitation
from bot.store import audit
from bot.terminal import Misused, Refused, opening
from bot.terminal.tables import Table, iso, note, tell, when
from flows.agenda import Appointment

STATES = {"planned": "prévu", "cancelled": "annulé", "done": "fait", "no_show": "absence"}


def invite(as_json: bool, *, role: str, name: str, zone: str | None, **about: Any) -> None:
    """Writes the invitation, then its link; one that Telegram cannot complete is still an invitation."""
    with opening.house() as app:
        about |= {"role": role, "name": name, "zone": zone or app.settings.zone}
        made = app.db.write_now(_invited, app, about)
        link = _link(app, made)
        until = when(made.expires_at, app.settings.zone)
        line = f"n° {made.id} ({role}) : {link}"
        tell(as_json, {"id": made.id, "code": made.code, "link": link}, line, f"Valable une fois, jusqu'au {until}.")


def invite_participants(
    as_json: bool, *, name: str | None, path: Path | None, dry_run: bool, coach_id: int | None, zone: str | None,
    **about: Any,
) -> None:  # fmt: skip
    """One person by their name, or a whole list."""
    if path is not None:
        if name is not None:
            raise Misused("Donnez --name ou --csv, l'un des deux.")
        return _invite_list(as_json, path, dry_run, coach_id=coach_id, zone=zone, **about)
    if name is None or coach_id is None or dry_run:
        missing = "--dry-run va avec --csv" if dry_run else f"il manque {'--name' if name is None else '--coach'}"
        raise Misused(f"{missing.capitalize()} : marge invite participant --name Claire --coach 2, ou --csv FICHIER.")
    return invite(as_json, role="participant", name=name, zone=zone, coach_id=coach_id, **about)


def _invite_list(as_json: bool, path: Path, dry_run: bool, *, zone: str | None, **about: Any) -> None:
    """Reads everything first; one line at fault and nothing is written."""
    try:
        data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        with opening.house() as app:
            usual = Usual(zone or app.settings.zone, **about)
            if dry_run:
                plan = app.db.read_now(enlisting.drawn_up, app.vault, app.house, data, usual, app.clock.now())
                return _tell_plan(as_json, plan)
            names, made = app.db.write_now(_enlisted, app, data, usual)
            start = _start(app)
    except ListFaults as error:
        faults = "\n".join(guestlist.told(error.faults))
        raise Refused(f"{faults}\n{len(error.faults)} faute(s) dans {path} : personne n'est invité.") from None
    except OSError as error:
        raise Refused(f"{path} ne se lit pas : {error.strerror}.") from None
    links = [{"id": one.id, "code": one.code, "link": start + one.code} for one in made]
    rows = [(str(one.id), name, start + one.code) for one, name in zip(made, names, strict=True)]
    until = when(made[0].expires_at, app.settings.zone)
    tell(as_json, links, Table(("Numéro", "Prénom", "Lien"), rows),
         f"{len(made)} lien(s), chacun valable une fois, jusqu'au {until}.")  # fmt: skip


def _enlisted(conn: Connection, app: App, data: bytes, usual: Usual) -> tuple[list[str], list[Invitation]]:
    """First names and links, in the order of the list."""
    now = app.clock.now()
    plan = enlisting.drawn_up(conn, app.vault, app.house, data, usual, now)
    many = len(plan.newcomers) > enlisting.SLICE

    def progress(n: int) -> None:
        if many:
            note(f"{n} sur {len(plan.newcomers)}")

    made = enlisting.enlist(conn, app.vault, plan, audit.OPERATOR, now, progress)
    return [one.name for one in plan.newcomers], made


def _tell_plan(as_json: bool, plan: Plan) -> None:
    rows = [(name or "aucune", str(n), "oui" if name in plan.fresh else "") for name, n in plan.by_cohort()]
    value = {"dry_run": True, "people": len(plan.newcomers), "cohorts": dict(plan.by_cohort()),
             "new_cohorts": list(plan.fresh)}  # fmt: skip
    tell(as_json, value, Table(("Cohorte", "Personnes", "Nouvelle"), rows),
         f"{len(plan.newcomers)} personne(s) seraient invitées. Rien n'est écrit.")  # fmt: skip


def resend(as_json: bool, person_id: int) -> None:
    with opening.house() as app:
        made = app.db.write_now(invitations.reinvite, person_id, app.clock.now(), audit.OPERATOR)
        link = _link(app, made)
        until = when(made.expires_at, app.settings.zone)
    tell(as_json, {"id": made.id, "code": made.code, "link": link}, f"n° {made.id} : {link}",
         f"Valable une fois, jusqu'au {until}. Les liens d'avant n'ouvrent plus rien.",
         "Si cette personne était déjà entrée, l'ouvrir retire l'accès à son ancien compte Telegram.")  # fmt: skip


def revoke(as_json: bool, person_id: int) -> None:
    with opening.house() as app:
        app.db.write_now(invitations.revoke, person_id, app.clock.now(), audit.OPERATOR)
    tell(as_json, {"id": person_id, "revoked": True}, f"Le lien du n° {person_id} n'ouvre plus rien.")


def _invited(conn: Connection, app: App, about: dict[str, Any]) -> Invitation:
    return invitations.invite(conn, app.vault, app.house, now=app.clock.now(), by=audit.OPERATOR, **about)


def _link(app: App, made: Invitation) -> str:
    return _start(app) + made.code


def _start(app: App) -> str:
    """What stands before a code; without the bot's name, which Telegram did not tell, only its end."""
    try:
        return invitations.link(opening.username(app.settings), "")
    except Refused as why:
        note(f"L'invitation est écrite, mais {why} : mettez https://t.me/ et le nom de votre bot devant ce lien.")
        return "?start="


def put(as_json: bool, person_id: int, session: str, at: str, zone: str | None) -> None:
    local = moment(at)
    with opening.house() as app:
        made = app.db.write_now(desk.put, app.vault, app.house, person_id, session, local, zone, app.clock.now())
        tell(as_json, _plain(made), _line(made))


def cancel(as_json: bool, person_id: int, session: str) -> None:
    with opening.house() as app:
        made = app.db.write_now(desk.cancel, app.vault, app.house, person_id, session, app.clock.now())
        tell(as_json, _plain(made), _line(made))


def appointments(as_json: bool, person_id: int) -> None:
    with opening.house() as app:
        app.db.read_now(opening.expect, person_id, "participant")
        found = app.db.read_now(desk.list_, person_id)
    rows = [(a.session, when(a.at, a.zone), a.zone, STATES[a.state]) for a in found]
    table = Table(("Séance", "Date", "Fuseau", "État"), rows, "Aucun rendez-vous.")
    tell(as_json, [_plain(a) for a in found], table)


def moment(text: str) -> datetime:
    """An ISO date and hour, naive unless it says its offset. Raises Misused."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or len(text) <= len("2026-12-01"):
        raise Misused(f"La date « {text[:40]} » ne convient pas : écrivez par exemple 2026-12-01T10:00.")
    return at.astimezone(UTC) if at.tzinfo else at


def _line(a: Appointment) -> str:
    return f"{a.session} : {when(a.at, a.zone)} ({a.zone}), {STATES[a.state]}."


def _plain(a: Appointment) -> dict[str, Any]:
    return {
        "id": a.id, "session": a.session, "at": iso(a.at, a.zone), "zone": a.zone,
        "state": a.state, "revision": a.revision,
    }  # fmt: skip
