"""A push tried on oneself: the very messages, to one's own chat. Nothing else changes but the audit."""

from datetime import datetime

from sqlalchemy import Connection

from bot.admin import labels, recipients
from bot.admin.recipients import Body
from bot.conversation.house import House
from bot.desk import DeskError
from bot.store import audit
from bot.store.audit import By
from bot.store.case import Outgoing, Person, drawn_id
from bot.store.saving import insert_outbox, outbox_rows
from bot.store.vault import Vault


def send(conn: Connection, vault: Vault, house: House, by: By, who: Person, body: Body, now: datetime) -> None:
    """Raises KeyError for a module that does not exist, ValueError for a body that is none; DeskError: no_chat."""
    recipients.check(house, body)
    if who.chat_id is None or not who.reachable:
        raise DeskError("no_chat")
    vault.ready(conn, [who.id], now)
    calls = [Outgoing(method, params, who.chat_id, who.id) for method, params in labels.messages(house, body)]
    insert_outbox(conn, outbox_rows(vault, calls, f"essai{drawn_id()}", now))
    audit.note(conn, by, "push_test", {"what": body.get("flow", "text")}, now)
