"""From one revision of the tables to the next, on SQLite and on PostgreSQL by the same scripts.

How to change a table: edit its module in `catalog/tables/`, add the new revision to
`catalog/revision.py`, and let the script be written from the difference:

    python -m starwhale.catalog.migrations write 0002 "what changes"

While a revision has not been released it is written again by the same command, with the same outcome.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from starwhale.catalog.revision import HEAD

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

# Whoever opens a catalog first makes it; the others wait here and then find nothing left to do.
_LOCK = 0x53_57_43_41_54


def configuration(connection: Connection) -> Config:
    """What Alembic needs to know to run our scripts over `connection`."""
    config = Config()
    config.set_main_option("script_location", "starwhale.catalog:migrations")
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection, revision: str = HEAD) -> None:
    """Bring the tables up to `revision` in one transaction: wholly, or not at all."""
    _run(connection, revision, up=True)


def downgrade(connection: Connection, revision: str) -> None:
    """Bring the tables back to `revision`, or to none at all for "base", in one transaction."""
    _run(connection, revision, up=False)


def _run(connection: Connection, revision: str, *, up: bool) -> None:
    with connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        (command.upgrade if up else command.downgrade)(configuration(connection), revision)
        if connection.dialect.name == "sqlite":
            # Keys are not enforced while tables are rebuilt, so they are looked at once at the end.
            broken = connection.execute(text("PRAGMA foreign_key_check")).fetchall()
            if broken:
                raise RuntimeError(f"the migration to {revision} broke foreign keys: {broken[:3]}")
