"""Resource pools: where jobs may run, and how much of a machine their steps may ask for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from starwhale.catalog.tables.base import Base, RowId, ascii_text


class PoolRow(Base):
    """One pool.

    Attributes:
        name: Unique in the instance.
        private: Only administrators and the users named in `pool_users` see it.
        labels: What a machine must be labelled with to belong to it; clusters look at them.
        bounds: ``{"cpu": {"most": 8, "default": 1}}``: how much one task may have, and what it gets where
            it asks for nothing: by default the most. A resource that is not named is not bounded.
    """

    __tablename__ = "pools"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[RowId]
    name: Mapped[str] = mapped_column(ascii_text(80))
    description: Mapped[str]
    private: Mapped[bool]
    labels: Mapped[dict[str, Any]]
    bounds: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class PoolUserRow(Base):
    """Who may see a private pool."""

    __tablename__ = "pool_users"

    pool_id: Mapped[int] = mapped_column(ForeignKey("pools.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class WorkReceiptRow(Base):
    """How far the results of one attempt at a task have come over the network.

    Attributes:
        sender: Random name of whoever sends them.
        sequence: Number of the last message that counts; one that comes again is not counted twice.
    """

    __tablename__ = "work_receipts"

    sender: Mapped[str] = mapped_column(ascii_text(32), primary_key=True)
    job_id: Mapped[str] = mapped_column(ascii_text(40), ForeignKey("jobs.id", ondelete="CASCADE"), index=True)
    sequence: Mapped[int]
