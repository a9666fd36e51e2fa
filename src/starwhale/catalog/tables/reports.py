"""What people keep of how they look at results: views of grids, panels, and reports."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from starwhale.catalog.tables.base import Base, RowId, ascii_text


class DocumentRow(Base):
    """One view, panel or report of a project.

    Attributes:
        kind: ``view``, ``panel`` or ``report``.
        place: Which grid a view or panel belongs to; empty for none.
        name: What people call it, unique among its kind and place.
        preferred: Whether a view is shown where nobody chose another; None is no.
        revision: Counts its changes; whoever changes it names the one he saw.
        link: SHA-256 of the secret by which everybody may read it; None where nobody may.
    """

    __tablename__ = "documents"
    __table_args__ = (
        UniqueConstraint("project_id", "kind", "place", "name"),
        UniqueConstraint("link"),
        Index("ix_documents_changed_at", "changed_at"),
    )

    id: Mapped[RowId]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(ascii_text(16))
    place: Mapped[str] = mapped_column(ascii_text(200))
    name: Mapped[str] = mapped_column(ascii_text(200))
    content: Mapped[dict[str, Any]]
    preferred: Mapped[bool | None]
    revision: Mapped[int]
    link: Mapped[str | None] = mapped_column(ascii_text(64))
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]
