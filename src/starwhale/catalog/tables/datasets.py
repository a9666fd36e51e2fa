"""Sharing the rows of a dataset among processes: sessions, and the ranges that are being read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from starwhale.catalog.tables.base import Base, RowId, ascii_text


class ConsumptionRow(Base):
    """One session: the rows of one version, each for one of the processes that joined.

    Attributes:
        session: What the user calls it; unique in the project.
        dataset: Name of the dataset.
        version: Id of the version, so that all read the same rows.
        rows: How many there are.
        next: Position from which on nothing was handed out yet.
        tokens: Counts leases; each has a number of its own.
        finished_at: When the last row was acknowledged; None until then.
    """

    __tablename__ = "consumptions"
    __table_args__ = (UniqueConstraint("project_id", "session"),)

    id: Mapped[RowId]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    session: Mapped[str] = mapped_column(ascii_text(255))
    dataset: Mapped[str] = mapped_column(ascii_text(80))
    version: Mapped[str] = mapped_column(ascii_text(40))
    rows: Mapped[int]
    next: Mapped[int]
    tokens: Mapped[int]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class ConsumptionRangeRow(Base):
    """Rows that were handed out and not all acknowledged. What was read through has no row any more.

    Attributes:
        start: First position.
        stop: First position that is not part of it.
        token: Fencing token: a range is given back only together with the newest.
        host: Machine of the process that has it, `pid` its number there, `started` when it started.
        expires_at: When the lease ends unless it is prolonged.
    """

    __tablename__ = "consumption_ranges"

    consumption_id: Mapped[int] = mapped_column(
        ForeignKey("consumptions.id", ondelete="CASCADE"), primary_key=True
    )
    start: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stop: Mapped[int]
    token: Mapped[int]
    host: Mapped[str]
    pid: Mapped[int]
    started: Mapped[str]
    expires_at: Mapped[datetime]
