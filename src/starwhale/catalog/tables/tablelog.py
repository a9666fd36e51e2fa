"""Live tables: which commits they consist of, in which order."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from starwhale.catalog.tables.base import Base, RowId, ascii_text


class LiveTableRow(Base):
    """One live table.

    Attributes:
        path: Its name in the whole store.
        revision: Number of its latest commit.
        manifest: Digest of the snapshot that holds its first `folded` commits.
    """

    __tablename__ = "live_tables"

    id: Mapped[RowId]
    path: Mapped[str] = mapped_column(ascii_text(1024), unique=True)
    revision: Mapped[int]
    folded: Mapped[int]
    manifest: Mapped[str | None] = mapped_column(ascii_text(64))
    created_at: Mapped[datetime]


class TableWriterRow(Base):
    """A writer that has committed to some table; its log is kept as long as this row is."""

    __tablename__ = "table_writers"

    name: Mapped[str] = mapped_column(ascii_text(32), primary_key=True)
    started_at: Mapped[datetime]


class TableCommitRow(Base):
    """One committed frame of one table.

    Attributes:
        refs: Digests of the blobs that its values lie in, where they are too large for a log.
    """

    __tablename__ = "table_commits"

    table_id: Mapped[int] = mapped_column(ForeignKey("live_tables.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    writer: Mapped[str] = mapped_column(ForeignKey("table_writers.name"), index=True)
    offset: Mapped[int]
    length: Mapped[int]
    rows: Mapped[int]
    refs: Mapped[list[str]]
