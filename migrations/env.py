"""Runs the revisions on the connection it is given, in the transaction that is already open there."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

from bot.store.columns import Instant
from bot.store.tables import metadata

INSTANT = "sa.DateTime(timezone=True).with_variant(sa.BigInteger(), 'sqlite')"


def render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """A revision is frozen: it must not follow our column types when they change."""
    return INSTANT if kind == "type" and isinstance(item, Instant) else False


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_schemas=True,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render,
        transactional_ddl=True,
    )
    context.run_migrations()


given = context.config.attributes.get("connection")
if given is None:
    raise SystemExit("Les migrations se lancent par « marge migrate » ; une nouvelle s'écrit par migrations/revise.py.")
run(given)
