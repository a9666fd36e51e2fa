"""What happened: audit trail and outbox in one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from starwhale.catalog.tables.base import Base, RowId, ascii_text


class EventRow(Base):
    """One change of the catalog, written by the transaction that made it.

    Attributes:
        project_id: Project that was changed; None for what concerns the whole instance.
        user_id: Account of who did it; None where there are no accounts.
        address: Where he called from; None where that means nothing.
        request: Id of his request; None where there was none.
    """

    __tablename__ = "events"
    # Whoever delivers events remembers the last number: it must never be given a second time.
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  (SQLAlchemy reads it, nobody writes it)

    id: Mapped[RowId]
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str]
    name: Mapped[str] = mapped_column(ascii_text(80))
    payload: Mapped[dict[str, Any]]
    project_id: Mapped[int | None] = mapped_column(index=True)
    user_id: Mapped[int | None]
    address: Mapped[str | None]
    request: Mapped[str | None]
