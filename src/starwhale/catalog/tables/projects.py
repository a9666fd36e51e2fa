"""Projects: where everything else belongs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from starwhale.catalog.tables.base import Base, RowId, ascii_text

_ALIVE = text("removed_at IS NULL")


class ProjectRow(Base):
    """One project. A removed one keeps its row, and its name is free for another.

    Attributes:
        public: Whether everybody may look into it; None is no.
        readme: What it is about, in Markdown; None where nobody has written it.
    """

    __tablename__ = "projects"
    __table_args__ = (
        Index("uq_projects_name", "name", unique=True, sqlite_where=_ALIVE, postgresql_where=_ALIVE),
    )

    id: Mapped[RowId]
    name: Mapped[str] = mapped_column(ascii_text(80))
    description: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    removed_at: Mapped[datetime | None]
    public: Mapped[bool | None]
    readme: Mapped[str | None]
