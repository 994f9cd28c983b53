"""What a coach reads, from the terminal: answers, the digest, the brief. Private answers stay where they are."""

from datetime import datetime

from sqlalchemy import Connection, select

from bot.app import App
from bot.desk import brief as briefs
from bot.desk import digest as digests
from bot.desk import review
from bot.desk.review import Read
from bot.store import accesses
from bot.store.accesses import Reader
from bot.store.case import SCHEDULED, Outgoing
from bot.store.cases import by_person
from bot.store.recall import BRIEF
from bot.store.saving import insert_outbox, outbox_rows
from bot.store.tables import enrolments
from bot.telegram.length import plain
from bot.terminal import Refused, opening
from bot.terminal.tables import Table, iso, tell, when

STATES = {"a_lire": "à lire", "lu": "lu", "a_aborder": "à aborder", "traite": "traité", "en_cours": "en cours"}
UNSENT = {
    "unreachable": "Ce coach n'a pas encore ouvert son invitation, ou a bloqué le bot : rien n'est parti.",
    "already_sent": "Cette synthèse est déjà partie.",
}


def replies(as_json: bool, person_id: int) -> None:
    with opening.house() as app:
        now = app.clock.now()
        found = app.db.write_now(_replies, app, person_id, now)
        zone = app.settings.zone
    rows = [
        (r.key, r.question, r.value, STATES.get(r.state, r.state), when(r.answered_at, zone), str(r.version))
        for r in found
    ]
    table = Table(("Clé", "Question", "Réponse", "État", f"Date ({zone})", "Version"), rows, "Aucune réponse.")
    plainly = [
        {"key": r.key, "question": r.question, "value": r.value, "state": r.state,
         "answered_at": iso(r.answered_at), "version": r.version}
        for r in found
    ]  # fmt: skip
    tell(as_json, plainly, table)


def _replies(conn: Connection, app: App, person_id: int, now: datetime) -> list[Read]:
    """What is read here is known to whoever wrote it."""
    found = review.replies(conn, app.vault, app.house, person_id, now, for_coach=True)
    accesses.note(conn, [person_id], accesses.OPERATOR, "replies", now)
    return found


# --- digest ----------------------------------------------------------------------------------


def digest(as_json: bool, coach_id: int, send: bool) -> None:
    with opening.house() as app:
        app.db.read_now(opening.expect, coach_id, "coach")
        if not send:
            text = plain(app.db.write_now(_digest, app, coach_id))
            return tell(as_json, {"coach": coach_id, "sent": False, "text": text}, text)
        why = app.db.write_now(_send_digest, app, coach_id)
    if why in UNSENT:
        raise Refused(UNSENT[why])
    said = "La synthèse est en route." if why is None else "Rien de nouveau : il n'y a pas de synthèse à envoyer."
    return tell(as_json, {"coach": coach_id, "sent": why is None}, said)


def _digest(conn: Connection, app: App, coach_id: int) -> str:
    """Counts and names; those it is about know that it was looked at."""
    now = app.clock.now()
    e = enrolments.c
    mine = conn.execute(select(e.person_id).where(e.coach_id == coach_id)).scalars().all()
    accesses.note(conn, mine, accesses.OPERATOR, "digest", now)
    return digests.now(conn, app.vault, app.house, coach_id, now)


def _send_digest(conn: Connection, app: App, coach_id: int) -> str | None:
    """Under the minute rather than the day: the weekly one still leaves on its own day."""
    now = app.clock.now()
    return digests.send(conn, app.vault, app.house, coach_id, now.strftime("%Y-%m-%dT%H:%M"), now)


# --- brief -----------------------------------------------------------------------------------


def brief(as_json: bool, person_id: int, send: bool) -> None:
    with opening.house() as app:
        app.db.read_now(opening.expect, person_id, "participant")
        if not send:
            text = plain(app.db.write_now(_brief, app, person_id))
            return tell(as_json, {"participant": person_id, "sent": False, "text": text}, text)
        app.db.write_now(_send_brief, app, person_id)
    return tell(as_json, {"participant": person_id, "sent": True}, "Le brief est en route.")


def _brief(conn: Connection, app: App, person_id: int) -> str:
    now = app.clock.now()
    accesses.note(conn, [person_id], accesses.OPERATOR, "brief", now)
    return briefs.now(conn, app.vault, app.house, person_id, now)


def _send_brief(conn: Connection, app: App, person_id: int) -> None:
    """To their coach, sealed under the participant's key: erasing them takes it out of the queue too."""
    now, house = app.clock.now(), app.house
    text = briefs.now(conn, app.vault, house, person_id, now)
    case = by_person(conn, app.vault, [person_id], now)[person_id]
    if not case.appointments:
        raise Refused("Il n'y a aucun rendez-vous, donc aucun brief à envoyer.")
    if case.coach is None or case.coach.chat_id is None or not case.coach.reachable or case.enrolment is None:
        raise Refused(UNSENT["unreachable"])
    params = {**house.speech.message(text), "protect_content": True}
    outgoing = Outgoing("sendMessage", params, case.coach.chat_id, person_id, SCHEDULED, case.enrolment.id)
    insert_outbox(conn, outbox_rows(app.vault, [outgoing], f"{BRIEF}{person_id}@{now.timestamp()}", now))
    accesses.note(conn, [person_id], Reader(case.coach.id, "coach", "telegram"), "brief", now)
