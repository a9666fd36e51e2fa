"""What every table is made of: the declarative base and the column types that both databases share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, cast

import orjson
from sqlalchemy import BigInteger, Boolean, DateTime, Integer, MetaData, String, Table, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import JSON, TypeDecorator, TypeEngine

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

#: One form of every constraint's name, so that migrations can address them on both databases.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """A moment. Aware UTC on both sides of every database, since SQLite forgets time zones.

    Raises:
        ValueError: a naive time is stored (wrapped by SQLAlchemy in `StatementError`).
    """

    impl = DateTime
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What its values are."""
        return datetime

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            from sqlalchemy.dialects.postgresql import TIMESTAMP

            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value!r}")
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def ascii_text(length: int) -> String:
    """Text compared byte by byte on both databases: names, ids, digests, states.

    PostgreSQL would otherwise sort and range-scan by the locale of whoever created the database.
    """
    return String(length).with_variant(String(length, collation="C"), "postgresql")


#: 64-bit row number; SQLite only numbers a column of exactly this type by itself.
BigId = BigInteger().with_variant(Integer(), "sqlite")

#: The only key, or the only word, of what stands in the place of a document that cannot be read.
UNREADABLE = "unreadable"


class JsonObject(TypeDecorator[dict[str, Any]]):
    """A JSON object. Not JSONB: that stores numbers as decimals, and a float such as 7e16 comes back an int.

    One row that was damaged, or that a later release wrote, must not keep the others from being read: what is
    no object is given out as ``{"unreadable": …}``, and whoever needs more of it finds it missing.
    """

    impl = JSON
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> dict[str, Any] | None:
        return value if value is None or isinstance(value, dict) else {UNREADABLE: repr(value)[:80]}


class JsonList(TypeDecorator[list[Any]]):
    """A JSON list; see `JsonObject`. What is none is given out as ``["unreadable"]``."""

    impl = JSON
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> list[Any] | None:
        return value if value is None or isinstance(value, list) else [UNREADABLE]


def read_json(text: str | bytes) -> Any:
    """What a document says; its text where that is no JSON, which is neither an object nor a list."""
    try:
        return orjson.loads(text)
    except ValueError:
        return str(text)


#: Row number that the database hands out, in order of insertion.
RowId = Annotated[int, mapped_column(BigId, primary_key=True, autoincrement=True)]


class Base(DeclarativeBase):
    """Base of all tables. Annotations choose the column type, so that tables read as dataclasses."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        bool: Boolean(),
        int: BigInteger().with_variant(Integer(), "sqlite"),
        str: Text(),
        datetime: UtcDateTime(),
        dict[str, Any]: JsonObject(),
        list[Any]: JsonList(),
        list[str]: JsonList(),
    }


def table_of(mapped: type[Base]) -> Table:
    """The table of a class, for statements that are asked often.

    Of the class's own columns the session would look through what it is to make objects of, which takes
    about as long again as the statement.
    """
    return cast("Table", mapped.__table__)
