"""Inserting rows that may be there already, in the words of each database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Any

from starwhale.catalog.tables.base import Base

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_AT_ONCE = 1000


def insert_if_new(dialect: str, table: type[Base], values: Mapping[str, Any]) -> Any:
    """The statement; a row that takes the place of another one by a unique key is left out.

    Args:
        dialect: ``sqlite`` or ``postgresql``; only that one is loaded.
        table: Where to.
        values: The row.
    """
    insert = import_module(f"sqlalchemy.dialects.{dialect}").insert
    return insert(table).values(**values).on_conflict_do_nothing()


def insert_all_new(
    session: Session, dialect: str, table: type[Base], rows: Iterable[Mapping[str, Any]]
) -> None:
    """Insert rows, and leave out those that are there.

    Args:
        session: The transaction.
        dialect: ``sqlite`` or ``postgresql``.
        table: Where to.
        rows: All with the same columns.
    """
    insert = import_module(f"sqlalchemy.dialects.{dialect}").insert
    waiting = iter(rows)
    while some := list(islice(waiting, _AT_ONCE)):
        session.execute(insert(table).on_conflict_do_nothing(), some)


def put_all(session: Session, table: type[Base], rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows, in the place of those that have the same primary key.

    Args:
        session: The transaction.
        table: Where to.
        rows: All with all columns of the table, and none with the key of another one.
    """
    waiting = iter(rows)
    while some := list(islice(waiting, _AT_ONCE)):
        connection = session.connection()
        connection.execute(_put(connection.dialect.name, table), some)


@lru_cache(maxsize=64)
def _put(dialect: str, table: type[Base]) -> Any:
    """The statement, which takes longer to be made than a few rows to be written."""
    stored = table.__table__
    fresh = import_module(f"sqlalchemy.dialects.{dialect}").insert(stored)
    changed = {each.name: fresh.excluded[each.name] for each in stored.columns if not each.primary_key}
    return fresh.on_conflict_do_update(index_elements=list(stored.primary_key), set_=changed)
