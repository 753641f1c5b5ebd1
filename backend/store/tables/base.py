"""What all tables share: names of constraints, times in UTC, texts that sort alike everywhere.

Times are aware datetimes in UTC. JSON columns hold finite numbers or null, never NaN.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    MetaData,
    String,
    Text,
    TypeDecorator,
)
from sqlalchemy.dialects.postgresql import VARCHAR
from sqlalchemy.orm import (
    DeclarativeBase,
    InstrumentedAttribute,
)

MOST_NAME = 200  # characters of a metric's name


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC; SQLite, which forgets time zones, gets it back aware."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a naive datetime; use datetime.now(UTC)")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def sorted_text(length: int | None = None) -> String:
    """Compared and sorted byte by byte on both databases, whatever the cluster's locale."""
    plain = String(length) if length else Text()
    return plain.with_variant(VARCHAR(length, collation="C"), "postgresql")


class Base(DeclarativeBase):
    """Names every constraint, so that migrations can name them too."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {datetime: UtcDateTime, dict[str, Any]: JSON, list[Any]: JSON}


def largest(column: InstrumentedAttribute[int]) -> int:
    """The largest number that a column holds on every database; SQLite alone would hold more."""
    return 2**63 - 1 if isinstance(column.type, BigInteger) else 2**31 - 1
