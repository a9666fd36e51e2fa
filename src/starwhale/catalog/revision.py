"""Which revision of the tables a database holds, found out without Alembic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

#: All revisions of the tables, oldest first. A test holds this against the migration scripts.
REVISIONS: tuple[str, ...] = ("0001", "0002", "0003", "0004")
HEAD = REVISIONS[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """Revision of a database.

    Attributes:
        name: Name of the revision; None in a database without tables.
    """

    name: str | None

    @property
    def is_behind(self) -> bool:
        """Migrations are to be run."""
        return self.name is None or self.name in REVISIONS[:-1]

    @property
    def is_newer(self) -> bool:
        """Written by a release that knows more revisions than this one."""
        return self.name is not None and self.name not in REVISIONS


def revision_of(connection: Connection) -> Revision:
    """Read the revision that Alembic left in the database."""
    if connection.dialect.name == "sqlite":
        known = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
    else:
        known = "SELECT to_regclass('alembic_version')"
    if connection.scalar(text(known)) is None:
        return Revision(name=None)
    return Revision(name=connection.scalar(text("SELECT version_num FROM alembic_version")))
