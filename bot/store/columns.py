"""Column types of our own. Knows no table."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Dialect, event
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """An instant, to the microsecond: `timestamptz` on PostgreSQL, microseconds since 1970 on SQLite.

    Takes aware datetimes of any zone (a naive one is a ValueError that names the column), gives aware UTC back.
    SQLite compares dates it is given as text or numbers as they come: integers sort right and are half the size.
    """

    impl = DateTime(timezone=True)
    cache_ok = True
    column = "instant"

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{self.column}: naive datetime")
        return (value - _EPOCH) // _MICROSECOND if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "sqlite":
            return _EPOCH + timedelta(microseconds=value)
        instant: datetime = value
        return instant.astimezone(UTC)


@event.listens_for(Column, "after_parent_attach")
def _name_the_instant(column: Column[Any], table: Any) -> None:
    if isinstance(column.type, Instant):
        column.type.column = f"{table.name}.{column.name}"
