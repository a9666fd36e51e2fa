"""Writers of tables that come over the network."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from starwhale.catalog.tables.base import Base, RowId


class TableSessionRow(Base):
    """One writer of the tables of one evaluation.

    Attributes:
        job: The evaluation.
        user_id: Account of who opened it, and alone may write through it.
        sequence: Number of the last batch that counts; one that is sent again changes nothing.
        used_at: When it was written through last.
    """

    __tablename__ = "table_sessions"

    id: Mapped[RowId]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    job: Mapped[str]
    user_id: Mapped[int | None]
    sequence: Mapped[int]
    opened_at: Mapped[datetime]
    used_at: Mapped[datetime] = mapped_column(index=True)
