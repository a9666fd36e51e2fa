"""Work of a whole instance that its servers do from time to time, one of them at a time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from starwhale.catalog.tables.base import Base, ascii_text


class TurnRow(Base):
    """One kind of work, and whose turn it is.

    Attributes:
        owner_host: Machine of whoever does it, and with the next two its process, as in `JobRow`; empty for
            nobody.
        began_at: When it was begun last; before the first time, since when it is waited for.
        seen_at: When whoever does it last said that he lives.
        ended_at: When it ended last.
        failure: Why it failed then; empty where it did not.
        done: What it did then, and altogether.
    """

    __tablename__ = "turns"

    name: Mapped[str] = mapped_column(ascii_text(40), primary_key=True)
    owner_host: Mapped[str]
    owner_pid: Mapped[int]
    owner_started: Mapped[str]
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    failure: Mapped[str]
    done: Mapped[dict[str, Any]]
