"""Alembic's way in: it runs this file for every command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from alembic import context
from sqlalchemy import JSON, BigInteger, String

from starwhale.catalog.tables import complete_metadata
from starwhale.catalog.tables.base import JsonList, JsonObject, UtcDateTime

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


def render_item(kind: str, item: object, _autogen: object) -> str | Literal[False]:
    """Write our column types by the names that every script defines for itself.

    A script must go on making the tables of its day when our classes have changed.
    """
    if kind != "type":
        return False
    if isinstance(item, UtcDateTime):
        return "MOMENT"
    if isinstance(item, (JSON, JsonObject, JsonList)):
        return "DOCUMENT"
    if isinstance(item, BigInteger):
        return "NUMBER"
    if isinstance(item, String) and item.length:
        return f"ascii_text({item.length})"
    return False


def run(connection: Connection) -> None:
    """Run the command over the connection that was handed in, inside its transaction."""
    context.configure(
        connection=connection,
        target_metadata=complete_metadata(),
        render_as_batch=context.config.attributes.get("batch", True),
        render_item=render_item,
        transactional_ddl=True,
    )
    context.run_migrations()


run(context.config.attributes["connection"])
