"""Inserting a row unless it is there, in the words of each database."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from starwhale.catalog.tables.base import Base


def insert_if_new(dialect: str, table: type[Base], values: Mapping[str, Any]) -> Any:
    """The statement; a row that takes the place of another one by a unique key is left out.

    Args:
        dialect: ``sqlite`` or ``postgresql``; only that one is loaded.
        table: Where to.
        values: The row.
    """
    insert = import_module(f"sqlalchemy.dialects.{dialect}").insert
    return insert(table).values(**values).on_conflict_do_nothing()
