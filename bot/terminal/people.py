"""People invited and their appointments, from the terminal."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from bot.app import App
from bot.desk import appointments as desk
from bot.desk import digest, invitations
from bot.desk.invitations import Invitation
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


def _invited(conn: Connection, app: App, about: dict[str, Any]) -> Invitation:
    now = app.clock.now()
    made = invitations.invite(conn, app.vault, app.house, now=now, **about)
    if about["role"] == "coach":
        digest.schedule(conn, made.id, now)
    return made


def _link(app: App, made: Invitation) -> str:
    try:
        return invitations.link(opening.username(app.settings), made.code)
    except Refused as why:
        note(f"L'invitation est écrite, mais {why} : mettez https://t.me/ et le nom de votre bot devant ce lien.")
        return f"?start={made.code}"


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
