"""Writers of tables that come over the network."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from starwhale.catalog.tables.base import Base, RowId, ascii_text


class TableSessionRow(Base):
    """One writer of the tables of one evaluation, or of one tracked run.

    Attributes:
        kind: ``evaluation`` or ``experiment``.
        job: The evaluation, or the run.
        part: Which process of a run; a later session of the same one takes its place.
        user_id: Account of who opened it, and alone may write through it.
        sequence: Number of the last batch that counts; one that is sent again changes nothing.
        used_at: When it was written through last.
    """

    __tablename__ = "table_sessions"
    # Who still holds the number of a session that was ended must never write through another one by it.
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  (SQLAlchemy reads it, nobody writes it)

    id: Mapped[RowId]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(ascii_text(16))
    job: Mapped[str]
    part: Mapped[str]
    user_id: Mapped[int | None]
    sequence: Mapped[int]
    opened_at: Mapped[datetime]
    used_at: Mapped[datetime] = mapped_column(index=True)
